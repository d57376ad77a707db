"""Multiple choice by log-likelihood (paper B, appendix B). Knows models and token ids, no files, no languages.

A choice is scored as the lm-evaluation-harness does: the sum of log p(token | everything before) over the
tokens of the choice alone. Shapes: B batch, T tokens, N positions that are scored, D residual.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from workers.analysis import head
from workers.analysis.batches import Batch, Track, bucketed, context_length, encode, one_by_one, untracked
from workers.analysis.errors import AnalysisError
from workers.analysis.products import fast_linear


class Item(NamedTuple):
    """One question."""

    context: str
    """What every choice follows."""
    choices: tuple[str, ...]
    """Two or more, each with the blank that parts it from the context."""
    answer: int
    """Index of the right one."""


class Judgement(NamedTuple):
    """What the model makes of one item."""

    log_likelihoods: tuple[float, ...]
    """Of each choice, in nats."""
    chosen: int
    """The likeliest; of equals the first. -1 where a likelihood is not a number."""
    chosen_by_character: int
    """The likeliest per character (the harness's `acc_norm`)."""


class Continuation(NamedTuple):
    """Token ids of context and choice, and how many of them belong to the choice."""

    token_ids: list[int]
    n_scored: int


def judge(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    items: Sequence[Item],
    *,
    bos: bool = True,
    max_tokens_per_batch: int = 1024,
    track: Track = untracked,
) -> list[Judgement]:
    """Log-likelihood of every choice of every item; an item does not depend on the others.

    `bos`: a context begins with BOS where the tokenizer has one. Raises `AnalysisError`: `no_items`, `bad_item`
    (fewer than two choices, an answer that is none of them, a choice without a token).
    """
    if not items:
        raise AnalysisError("no_items", "there is no item to judge", hint="Give at least one.")
    for number, item in enumerate(items):
        _require_item(item, number)
    limit = context_length(model)
    pairs = [_pair(tokenizer, item, choice, limit, bos=bos) for item in items for choice in item.choices]
    scores = iter(log_likelihoods(model, pairs, max_tokens_per_batch=max_tokens_per_batch, track=track))
    return [_judgement(item, tuple(next(scores) for _ in item.choices)) for item in items]


@torch.no_grad()
def log_likelihoods(
    model: PreTrainedModel,
    pairs: Sequence[Continuation],
    *,
    max_tokens_per_batch: int = 1024,
    track: Track = untracked,
) -> list[float]:
    """Summed log p of the last `n_scored` tokens of each pair, given those before; in nats."""
    batches = bucketed([pair.token_ids for pair in pairs], max_tokens_per_batch=max_tokens_per_batch)
    found = [0.0] * len(pairs)
    with fast_linear(model):
        for batch in track(batches, len(batches), "batches"):
            for index, score in zip(batch.indices.tolist(), _batch(model, batch, pairs), strict=True):
                found[index] = score
    return found


def encode_pair(tokenizer: PreTrainedTokenizerBase, context: str, choice: str, *, bos: bool = True) -> Continuation:
    """Context and choice tokenised together, cut where the context alone would end (as the harness does).

    Blanks at the end of the context belong to the choice; with `bos`, BOS comes first where there is one.
    """
    kept = context.rstrip()
    whole = encode(tokenizer, context + choice, bos=bos, eos=False)
    n_context = len(encode(tokenizer, kept, bos=bos, eos=False))
    return Continuation(whole, len(whole) - n_context)


def _pair(tokenizer: PreTrainedTokenizerBase, item: Item, choice: str, limit: int | None, *, bos: bool) -> Continuation:
    pair = encode_pair(tokenizer, item.context, choice, bos=bos)
    if pair.n_scored < 1 or len(pair.token_ids) == pair.n_scored:
        raise AnalysisError(
            "bad_item",
            f"choice {choice!r} of {item.context[:60]!r} has no token of its own, or nothing before it",
            hint="Give a context and choices that are not empty.",
        )
    return pair if limit is None else Continuation(pair.token_ids[-limit:], min(pair.n_scored, limit - 1))


def _batch(model: PreTrainedModel, batch: Batch, pairs: Sequence[Continuation]) -> list[float]:
    scores = _together(model, batch, pairs)
    for row, alone in enumerate(one_by_one(batch)):
        # Padding that is infinite turns the others into NaN: alone, a pair has none, and what is broken stays so.
        if not math.isfinite(scores[row]) and alone.token_ids.shape != batch.token_ids[:1].shape:
            (scores[row],) = _together(model, alone, pairs)
    return scores


def _together(model: PreTrainedModel, batch: Batch, pairs: Sequence[Continuation]) -> list[float]:
    n_scored = torch.tensor([pairs[index].n_scored for index in batch.indices.tolist()])
    n_steps = batch.token_ids.shape[1] - 1
    step = torch.arange(1, n_steps + 1)
    scored_BT = (step < batch.lengths[:, None]) & (step >= (batch.lengths - n_scored)[:, None])
    hidden_BTD = head.hidden_states(model, batch)
    hidden_ND = hidden_BTD[:, :-1][scored_BT.to(hidden_BTD.device)]
    targets_N = batch.token_ids[:, 1:][scored_BT]
    chosen = [
        _log_likelihoods(head.logits(model, hidden_ND[chunk]), targets_N[chunk])
        for chunk in head.chunks(model, len(targets_N))
    ]
    sums_B = torch.zeros(len(batch.lengths), dtype=torch.float64)
    return sums_B.index_add_(0, scored_BT.nonzero()[:, 0], torch.cat(chosen)).tolist()


def _log_likelihoods(logits_NV: Tensor, targets_N: Tensor) -> Tensor:
    chosen_N1 = targets_N.unsqueeze(1).to(logits_NV.device)
    return torch.log_softmax(logits_NV.double(), dim=1).gather(1, chosen_N1).squeeze(1).cpu()


def _judgement(item: Item, scores: tuple[float, ...]) -> Judgement:
    if any(score != score for score in scores):
        return Judgement(scores, -1, -1)
    # The blank that parts a choice from the context is no character of the choice.
    lengths = [max(1, len(choice.lstrip())) for choice in item.choices]
    by_character = [score / length for score, length in zip(scores, lengths, strict=True)]
    return Judgement(scores, scores.index(max(scores)), by_character.index(max(by_character)))


def _require_item(item: Item, number: int) -> None:
    if len(item.choices) < 2 or not 0 <= item.answer < len(item.choices):
        raise AnalysisError(
            "bad_item",
            f"item {number} has {len(item.choices)} choices and the answer {item.answer}",
            hint="Give two choices or more; the answer is an index into them, from 0.",
        )
