# ruff: noqa: F722  jaxtyping writes shapes as strings
"""Continue a prompt token by token (paper A, Figure 4). Knows models and token ids, no text.

Shapes: B batch (1), T tokens, V vocabulary.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from transformers import PreTrainedModel

from workers.analysis import head, rope
from workers.analysis.batches import Track, context_length, untracked
from workers.analysis.errors import AnalysisError

Finish = Literal["eos", "length"]
SAMPLINGS = ("greedy", "sampled")


class Step(NamedTuple):
    """One generated token."""

    token_id: int
    log_probability: float
    """Under the model itself: float32 logits, before temperature, top-k and top-p."""


class Sampler:
    """Chooses the next token; greedy, or sampled with a generator of its own."""

    def __init__(self, *, sampling: str, temperature: float, top_p: float, top_k: int, seed: int) -> None:
        if sampling not in SAMPLINGS:
            raise AnalysisError("unknown_sampling", f"{sampling!r}", hint=f"Accepted: {', '.join(SAMPLINGS)}.")
        self._greedy = sampling == "greedy"
        self._temperature, self._top_p, self._top_k = temperature, top_p, top_k
        self._generator = torch.Generator().manual_seed(seed)

    def choose(self, logits_V: Float[Tensor, " V"]) -> int:
        """Token id; of equal logits the smallest id (greedy). Drawn on the CPU, the same on every device."""
        if self._greedy:
            return int(logits_V.argmax())
        sorted_V, ids_V = torch.sort(logits_V.cpu(), descending=True, stable=True)
        probabilities_V = torch.softmax((sorted_V - sorted_V[0]) / self._temperature, dim=0)
        if self._top_k:
            probabilities_V[self._top_k :] = 0
        # Nucleus: the fewest tokens that reach top_p of what top-k left; the first always stays.
        before_V = (probabilities_V.cumsum(0) - probabilities_V) / probabilities_V.sum()
        probabilities_V[1:][before_V[1:] >= self._top_p] = 0
        return int(ids_V[torch.multinomial(probabilities_V, 1, generator=self._generator)])


@torch.no_grad()
def continuation(
    model: PreTrainedModel,
    prompt_ids: Sequence[int],
    *,
    max_new_tokens: int,
    sampling: str = "greedy",
    temperature: float = 1.0,
    top_p: float = 1.0,
    top_k: int = 0,
    seed: int = 0,
    eos_ids: Collection[int] = (),
    on_step: Callable[[Step], None] | None = None,
    track: Track = untracked,
) -> tuple[list[Step], Finish]:
    """Tokens that follow `prompt_ids` (BOS included by the caller), with a KV cache.

    Ends with the first token of `eos_ids`, which is the last step (`eos`), or after
    `max_new_tokens` or a full context (`length`). `on_step` is told each token as it comes.
    Raises `AnalysisError`: `empty_prompt`, `prompt_too_long` (naming both lengths), `not_finite`
    (the changed weights leave no distribution to choose from).
    """
    n_steps = min(max_new_tokens, _room(model, prompt_ids))
    rope.forget_lengths(model)
    sampler = Sampler(sampling=sampling, temperature=temperature, top_p=top_p, top_k=top_k, seed=seed)
    steps: list[Step] = []
    token_ids, cache = list(prompt_ids), None
    for _ in track(range(n_steps), n_steps, "tokens"):
        logits_V, cache = _next_logits(model, token_ids, cache)
        token_id = sampler.choose(logits_V)
        steps.append(Step(token_id, float(torch.log_softmax(logits_V, dim=0)[token_id])))
        if on_step is not None:
            on_step(steps[-1])
        if token_id in eos_ids:
            return steps, "eos"
        token_ids = [token_id]
    return steps, "length"


def _next_logits(model: PreTrainedModel, token_ids: Sequence[int], cache: object) -> tuple[Tensor, object]:
    device = model.get_input_embeddings().weight.device
    input_ids = torch.tensor([list(token_ids)], device=device)
    name = cache_name(model)
    output = model.base_model(input_ids=input_ids, use_cache=True, **{name: cache})
    logits_V = head.logits(model, output.last_hidden_state[:, -1])[0]
    if not bool(torch.isfinite(logits_V).any()):
        raise AnalysisError(
            "not_finite",
            "the model's next-token logits are all NaN or infinite",
            hint="The change breaks the model's numbers; take a smaller factor or float32.",
        )
    return logits_V.nan_to_num_(nan=-torch.inf, posinf=torch.finfo(torch.float32).max), output[name]


def cache_name(model: PreTrainedModel) -> str:
    """Return what this release of transformers calls the KV cache, as an argument and in the output.

    5.24 renamed `past_key_values` to `cache`. The class is asked: the forward of the module itself may be replaced.
    """
    parameters = inspect.signature(type(model.base_model).forward).parameters
    return "cache" if "cache" in parameters else "past_key_values"


def _room(model: PreTrainedModel, prompt_ids: Sequence[int]) -> int:
    """How many tokens the context still takes after the prompt."""
    if not prompt_ids:
        raise AnalysisError("empty_prompt", "the prompt has no tokens", hint="Give a prompt, or a BOS.")
    limit = context_length(model)
    if limit is None:
        return torch.iinfo(torch.int64).max
    if len(prompt_ids) >= limit:
        raise AnalysisError(
            "prompt_too_long",
            f"the prompt has {len(prompt_ids)} tokens, the model's context takes {limit}",
            hint=f"Give a prompt of at most {limit - 1} tokens.",
        )
    return limit - len(prompt_ids)
