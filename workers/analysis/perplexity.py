"""Perplexity per token over a whole corpus (docs/protocol.md, "Perplexity"). Knows models, no languages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from workers.analysis import head
from workers.analysis.batches import Batch, Track, bucketed, encode, one_by_one, require_context, untracked
from workers.analysis.errors import AnalysisError
from workers.analysis.products import fast_linear

BETWEEN_SAMPLES = "\n\n"
"""`windows-2048` joins samples by a blank line."""


class Nll(NamedTuple):
    """Negative log-likelihood of a corpus."""

    nll: float
    """Sum over all predicted tokens, in nats; infinite or NaN where the model is broken."""
    n_tokens: int
    """Predicted tokens: all but the first of each sample."""
    n_samples: int
    """Samples that have a token to predict."""
    losses: tuple[float, ...] = ()
    """Of each of these samples, in the order given, in nats; NaN after the first one that is not finite."""
    tokens: tuple[int, ...] = ()
    """Predicted tokens of each of these samples."""

    @property
    def perplexity(self) -> float:
        """`exp(nll / n_tokens)`: per token over the corpus, not a mean of batch means."""
        mean = self.nll / self.n_tokens
        return math.exp(mean) if not mean > 700 else math.inf


def bits_per_byte(nll: float, *, n_bytes: int) -> float:
    """`nll / (ln 2 * n_bytes)`: compares across tokenizers; `n_bytes` of the UTF-8 text predicted."""
    return nll / (math.log(2) * n_bytes)


@torch.no_grad()
def measure(
    model: PreTrainedModel,
    samples: Sequence[Sequence[int]],
    *,
    max_tokens_per_batch: int = 1024,
    track: Track = untracked,
) -> Nll:
    """Summed NLL of all tokens but the first of each sample; samples hold their BOS already.

    Each sample is on its own: neither its neighbours nor the padding reach it. A broken model
    gives an infinite or NaN sum, not an error. Raises `AnalysisError`: `no_tokens`, `too_long`.
    """
    require_context(model, samples)
    batches = bucketed([sample for sample in samples if len(sample) > 1], max_tokens_per_batch=max_tokens_per_batch)
    if not batches:
        raise AnalysisError("no_tokens", "no sample has a token to predict", hint="Give longer samples, or a BOS.")
    n_samples = sum(len(batch.lengths) for batch in batches)
    losses, tokens = [math.nan] * n_samples, [0] * n_samples
    with fast_linear(model):
        for batch in track(batches, len(batches), "batches"):
            places = batch.indices.tolist()
            for place, loss, length in zip(places, _losses(model, batch), batch.lengths.tolist(), strict=True):
                losses[place], tokens[place] = loss, length - 1
    return Nll(math.fsum(losses), sum(tokens), n_samples, tuple(losses), tuple(tokens))


def windows(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], *, size: int = 2048, bos: bool = True
) -> list[list[int]]:
    """The rule `windows-2048`: texts joined by a blank line, one BOS (with `bos`), cut into whole windows.

    The windows do not overlap and the remainder is dropped. Raises `AnalysisError("too_little_text")`
    when not one window is full.
    """
    token_ids = encode(tokenizer, BETWEEN_SAMPLES.join(texts), bos=bos, eos=False)
    starts = range(0, len(token_ids) - size + 1, size)
    if not starts:
        raise AnalysisError(
            "too_little_text",
            f"the text has {len(token_ids)} tokens, one window takes {size}",
            hint="Give more lines, or measure sample by sample.",
        )
    return [token_ids[start : start + size] for start in starts]


def _losses(model: PreTrainedModel, batch: Batch) -> list[float]:
    """Summed NLL of each sample of the batch."""
    losses = _together(model, batch)
    if all(map(math.isfinite, losses)) or len(losses) == 1:
        return losses
    # Padding that is infinite turned the others into NaN, or one sample is broken by itself: that one is enough.
    for row, alone in enumerate(one_by_one(batch)):
        (losses[row],) = _together(model, alone)
        if not math.isfinite(losses[row]):
            return losses[: row + 1] + [math.nan] * (len(losses) - row - 1)
    return losses


def _together(model: PreTrainedModel, batch: Batch) -> list[float]:
    losses_N = head.losses(model, head.targets(head.hidden_states(model, batch), batch))
    return [float(losses.sum()) for losses in losses_N.split((batch.lengths - 1).tolist())]
