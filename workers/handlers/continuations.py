"""Continuations of prompts: tokens told while they come, kept with their ids and bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal, NamedTuple

from backend.contracts.jobs import Token
from backend.contracts.requests import GenerationSettings, Prompt
from backend.contracts.results import Continuation
from backend.contracts.vocabulary import Sampling
from workers.analysis.batches import encode
from workers.analysis.errors import AnalysisError
from workers.analysis.generation import Step, continuation
from workers.analysis.token_bytes import TextStream
from workers.handlers.texts import begins_with_bos, bos_rule
from workers.model_host import Loaded
from workers.progress import Progress

Side = Literal["base", "perturbed"]
Finish = Literal["eos", "length", "not_finite"]


class Teller(NamedTuple):
    """How the writing of texts is told."""

    progress: Progress
    note: str
    """What is being written, e.g. `base`."""
    side: Side | None
    """Of a pair, whose tokens are told while they come; None tells the progress alone."""


def continuations(
    loaded: Loaded, prompts: Sequence[Prompt], settings: GenerationSettings, *, side: Side, progress: Progress
) -> tuple[Continuation, ...]:
    """One text per prompt, in order. A base text that this loaded model gave before is told again at once."""
    return _written(loaded, prompts, settings, Teller(progress, side, side), is_base=side == "base")


def column(
    loaded: Loaded,
    prompts: Sequence[Prompt],
    settings: GenerationSettings,
    *,
    is_base: bool,
    note: str,
    progress: Progress,
) -> tuple[Continuation, ...]:
    """The same texts as `continuations`, as one column among several: `note` says which, no tokens are told."""
    return _written(loaded, prompts, settings, Teller(progress, note, None), is_base=is_base)


def generation_rules(loaded: Loaded, settings: GenerationSettings) -> dict[str, str]:
    """What was decided, for the result's provenance."""
    return {
        "bos": bos_rule(loaded, settings.bos, "prompt"),
        "sampling": settings.sampling.value,
        "log_probability": "under the model itself: float32, before temperature, top-k and top-p",
    }


def eos_ids(loaded: Loaded) -> frozenset[int]:
    """Every token that ends a text, by the tokenizer, the config and the generation config."""
    told = [loaded.tokenizer.eos_token_id]
    for config in (loaded.model.config, loaded.model.generation_config):
        ids = getattr(config, "eos_token_id", None)
        told += ids if isinstance(ids, list) else [ids]
    return frozenset(token_id for token_id in told if token_id is not None)


def _written(
    loaded: Loaded, prompts: Sequence[Prompt], settings: GenerationSettings, teller: Teller, *, is_base: bool
) -> tuple[Continuation, ...]:
    """One prompt after the other: side by side in a batch, rounding could choose another token."""
    write = _base if is_base else _changed
    return tuple(write(loaded, prompt, settings, teller, number) for number, prompt in enumerate(prompts))


def _base(loaded: Loaded, prompt: Prompt, settings: GenerationSettings, teller: Teller, number: int) -> Continuation:
    question = (prompt, settings, number if settings.sampling is Sampling.SAMPLED else 0)
    known = loaded.base_texts.get(question)
    if known is None:
        known = _continuation(loaded, prompt, settings, teller, number, may_break=False)
        return loaded.base_texts.keep(question, known)
    if teller.side:
        teller.progress.tokens(side=teller.side, prompt=number, language=prompt.language, offset=0, tokens=known.tokens)
    return known


def _changed(loaded: Loaded, prompt: Prompt, settings: GenerationSettings, teller: Teller, number: int) -> Continuation:
    return _continuation(loaded, prompt, settings, teller, number, may_break=True)


def _continuation(
    loaded: Loaded, prompt: Prompt, settings: GenerationSettings, teller: Teller, number: int, *, may_break: bool
) -> Continuation:
    prompt_ids = encode(loaded.tokenizer, prompt.text, bos=begins_with_bos(loaded, settings.bos), eos=False)
    stream, tokens = TextStream(), list[Token]()

    def tell(step: Step) -> None:
        token = _token(loaded, stream, step)
        if teller.side:
            teller.progress.tokens(
                side=teller.side, prompt=number, language=prompt.language, offset=len(tokens), tokens=[token]
            )
        tokens.append(token)

    finish: Finish
    try:
        _, finish = continuation(
            loaded.model,
            prompt_ids,
            max_new_tokens=settings.max_new_tokens,
            sampling=settings.sampling.value,
            temperature=settings.temperature,
            top_p=settings.top_p,
            top_k=settings.top_k,
            seed=settings.seed + number,
            eos_ids=eos_ids(loaded),
            on_step=tell,
            track=partial(teller.progress.track, note=f"{teller.note} · {prompt.language}"),
        )
    except AnalysisError as error:
        # That a change leaves nothing to choose from is the finding; that the model itself does is a failure.
        if not may_break or error.code != "not_finite":
            raise
        finish = "not_finite"
    if tokens and (rest := stream.finish()):
        tokens[-1] = tokens[-1].model_copy(update={"text": tokens[-1].text + rest})
    written = tokens[:-1] if finish == "eos" else tokens
    return Continuation(
        language=prompt.language,
        prompt=prompt.text,
        prompt_token_ids=tuple(prompt_ids),
        tokens=tuple(tokens),
        text="".join(token.text for token in written),
        finish=finish,
    )


def _token(loaded: Loaded, stream: TextStream, step: Step) -> Token:
    token_bytes = loaded.token_bytes.of(step.token_id)
    return Token(
        id=step.token_id,
        text=stream.push(token_bytes),
        bytes_hex=token_bytes.hex(),
        log_probability=step.log_probability,
    )
