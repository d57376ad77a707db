# ruff: noqa: F722  jaxtyping writes shapes as strings
"""Text into token ids, samples into batches. Knows the tokenizer, nothing of models.

Batches are right-padded and need no attention mask: under causal attention a padding token never
reaches a real one, as long as it is finite (it is weighed by zero, and zero times infinity is NaN).
Whoever reads a batch must leave the padding out (`lengths`), and read what is not finite again `one_by_one`.
Shapes: S samples, B samples of a batch, T tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from workers.analysis.errors import AnalysisError

Track = Callable[[Iterable[Any], int, str], Iterator[Any]]
"""Progress and cancel point: `track(items, total, unit)` yields the items unchanged."""


def untracked(items: Iterable[Any], total: int, unit: str) -> Iterator[Any]:
    """The `Track` that tells nobody."""
    del total, unit
    return iter(items)


class Batch(NamedTuple):
    """Samples of similar length, side by side."""

    token_ids: Int[Tensor, "B T"]
    """Right-padded with 0, which is a valid id of every vocabulary."""
    lengths: Int[Tensor, " B"]
    """Real tokens of each sample."""
    indices: Int[Tensor, " B"]
    """Where each sample stood in the sequence that was given."""


def encode(
    tokenizer: PreTrainedTokenizerBase, text: str, *, bos: bool, eos: bool, max_tokens: int | None = None
) -> list[int]:
    """`BOS + text + EOS`, cut at `max_tokens` (docs/protocol.md, samples of Eq. 4).

    Where the tokenizer has no BOS or EOS, none is added. Specials written in
    the text are not special here. The cut falls on the whole, so a long sample loses its EOS.
    """
    token_ids = list(tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True))
    if bos and tokenizer.bos_token_id is not None:
        token_ids.insert(0, tokenizer.bos_token_id)
    if eos and tokenizer.eos_token_id is not None:
        token_ids.append(tokenizer.eos_token_id)
    return token_ids[:max_tokens]


def bucketed(samples: Sequence[Sequence[int]], *, max_tokens_per_batch: int) -> list[Batch]:
    """Batches of samples sorted by length (ties by index), padding counted in the budget.

    Deterministic: the same samples give the same batches. Every sample is in exactly one batch; a
    sample longer than the budget is a batch of its own. Longest first, so that a batch that does
    not fit into memory fails at once.
    """
    order = sorted(range(len(samples)), key=lambda index: (-len(samples[index]), index))
    groups: list[list[int]] = []
    for index in order:
        if groups and (len(groups[-1]) + 1) * len(samples[groups[-1][0]]) <= max_tokens_per_batch:
            groups[-1].append(index)
        else:
            groups.append([index])
    return [_padded(samples, group) for group in groups]


def _padded(samples: Sequence[Sequence[int]], indices: Sequence[int]) -> Batch:
    lengths = [len(samples[index]) for index in indices]
    token_ids = torch.zeros(len(indices), max(lengths), dtype=torch.long)
    for row, index in enumerate(indices):
        token_ids[row, : lengths[row]] = torch.tensor(samples[index], dtype=torch.long)
    return Batch(token_ids, torch.tensor(lengths), torch.tensor(indices))


def one_by_one(batch: Batch) -> Iterator[Batch]:
    """Each sample of a batch on its own, without padding."""
    for row, length in enumerate(batch.lengths.tolist()):
        one = slice(row, row + 1)
        yield Batch(batch.token_ids[one, :length], batch.lengths[one], batch.indices[one])


def context_length(model: PreTrainedModel) -> int | None:
    """Most tokens the model takes at once; None where positions have no limit (BLOOM's ALiBi)."""
    return getattr(model.config, "max_position_embeddings", None)


def require_context(model: PreTrainedModel, samples: Sequence[Sequence[int]]) -> None:
    """Raise `AnalysisError("too_long")` when a sample does not fit into the model's context."""
    limit = context_length(model)
    longest = max((len(sample) for sample in samples), default=0)
    if limit is not None and longest > limit:
        raise AnalysisError(
            "too_long",
            f"a sample has {longest} tokens, the model's context takes {limit}",
            hint=f"Cut samples at {limit} tokens or fewer.",
        )
