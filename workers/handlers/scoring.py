"""One pass over a language's text that adds up what an estimator needs; scores and shards are made of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

import torch

from backend.contracts.requests import ScoreSpec
from backend.contracts.vocabulary import Phase
from workers.analysis.blocks import BLOCK, Block, blocks
from workers.analysis.estimators import Estimator, estimator_of
from workers.analysis.importance import Added, AtCut, accumulate
from workers.context import Context
from workers.devices import memory
from workers.handlers.scores import scored_views
from workers.handlers.texts import bos_rule, scoring_samples
from workers.model_host import Loaded


class Scored(NamedTuple):
    """What a pass left behind."""

    loaded: Loaded
    added: Added
    seconds: float
    """Without loading the model; with what `at_cut` wrote."""


def estimator(spec: ScoreSpec) -> Estimator:
    """How the scores are estimated."""
    return estimator_of(spec.estimator.value, spec.mode.value)


def all_blocks(context: Context, spec: ScoreSpec, language: str) -> list[Block]:
    """The blocks of a language's lines, the same for every worker; raises when lines or snapshots do not exist."""
    corpus = context.corpora.named(spec.lines.corpus)
    corpus.stream(spec.lines, language)
    stop = corpus.count(language) if spec.lines.stop is None else spec.lines.stop
    return blocks(stop - spec.lines.start, snapshots=spec.snapshots)


def add_up(context: Context, spec: ScoreSpec, language: str, *, chosen: Sequence[Block], at_cut: AtCut) -> Scored:
    """Load the model, stream the chosen blocks through it; `at_cut` is told at every snapshot and at the end."""
    context.progress.phase(Phase.LOADING_MODEL)
    loaded = context.host.load(spec.model, spec.dtype)
    context.progress.phase(Phase.RUNNING)
    since = time.monotonic()
    added = accumulate(
        loaded.model,
        scored_views(loaded.views, outside_layers=spec.outside_layers),
        _samples(context, loaded, spec, language, chosen=chosen),
        estimator=estimator(spec),
        chosen=chosen,
        at_cut=at_cut,
        max_tokens_per_batch=spec.batch_tokens,
        free_bytes=_free_bytes(loaded.device),
        track=partial(context.progress.track, note=language),
    )
    return Scored(loaded, added, time.monotonic() - since)


def scoring_rules(loaded: Loaded, spec: ScoreSpec) -> dict[str, str]:
    """What was decided, for the result's provenance."""
    if estimator(spec).reads == "nothing":
        return {"text": "none is read: the scores are the same for every language and number of samples"}
    rules = {
        "bos": bos_rule(loaded, spec.bos),
        "sample": f"BOS + text + EOS, cut at {spec.max_tokens} tokens and the context, padding out of the loss",
        "batch_weight": "each batch counts by its mean-token loss; batches are bucketed by length, "
        f"{spec.batch_tokens} tokens",
        "blocks": f"{BLOCK} lines are sorted by length together; a snapshot ends a block",
    }
    if estimator(spec).reads == "forward":
        del rules["batch_weight"]
        rules["inputs"] = (
            "L2 norm over all real tokens of what a weight multiplies: a projection's input, a norm's normalised "
            "input, 1 for a bias, the one-hot of the id for an embedding, the last hidden state for the head"
        )
    return rules


def _samples(
    context: Context, loaded: Loaded, spec: ScoreSpec, language: str, *, chosen: Sequence[Block]
) -> Iterator[list[int]]:
    """Token ids of the chosen blocks alone, made as they are needed."""
    texts = context.corpora.named(spec.lines.corpus).stream(spec.lines, language)
    span = slice(chosen[0].start, chosen[-1].stop) if chosen else slice(0)
    return scoring_samples(loaded, islice(texts, span.start, span.stop), max_tokens=spec.max_tokens, bos=spec.bos)


def _free_bytes(device: str) -> int:
    """Room for sums and activations; what torch keeps for later use counts as free."""
    if device == "cpu":
        return memory(device)[0]
    names = [f"cuda:{index}" for index in device.removeprefix("cuda:").split(",")]
    return sum(memory(name)[0] + torch.cuda.memory_reserved(name) - torch.cuda.memory_allocated(name) for name in names)
