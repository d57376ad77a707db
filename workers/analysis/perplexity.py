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
    with fast_linear(model):
        nll = math.fsum(_nll(model, batch) for batch in track(batches, len(batches), "batches"))
    n_samples = sum(len(batch.lengths) for batch in batches)
    return Nll(nll, sum(int(batch.lengths.sum()) for batch in batches) - n_samples, n_samples)


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


def _nll(model: PreTrainedModel, batch: Batch) -> float:
    nll = _together(model, batch)
    if math.isfinite(nll) or len(batch.lengths) == 1:
        return nll
    # Padding that is infinite turned the others into NaN, or one sample is broken by itself: that one is enough.
    nll = 0.0
    for alone in one_by_one(batch):
        nll += _together(model, alone)
        if not math.isfinite(nll):
            break
    return nll


def _together(model: PreTrainedModel, batch: Batch) -> float:
    return head.negative_log_likelihood(model, head.targets(head.hidden_states(model, batch), batch))
