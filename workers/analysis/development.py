# ruff: noqa: F722  jaxtyping writes shapes as strings
"""LRDS and SADS with intervals, from two small matrices instead of the whole map (paper B, Eq. 8, 9).

All pairs of samples fall into three groups, by language and meaning; what the scores need of a pair of
sentences are two sums over languages. Knows vectors, not models. Shapes: G languages, K sentences per
language, F features, R resamples.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from workers.analysis.errors import AnalysisError


class SentencePairs(NamedTuple):
    """Cosines summed over languages, for every pair of sentences; float64."""

    same_language: Float[Tensor, "K K"]
    """Over all languages g: similarity of sentence i and sentence j, both in g."""
    across_languages: Float[Tensor, "K K"]
    """Over all g and h that differ: similarity of sentence i in g and sentence j in h."""
    n_languages: int


class Scores(NamedTuple):
    """LRDS and SADS; tensors over resamples, or scalars."""

    lrds: Tensor
    sads: Tensor


def sentence_pairs(unit_GKF: Float[Tensor, "G K F"]) -> SentencePairs:
    """The two sums, from unit vectors (Eq. 6): O(G K^2 F) and K x K memory, never the map of G K x G K."""
    n_languages, n_sentences, _ = unit_GKF.shape
    if n_languages < 2 or n_sentences < 2:
        raise AnalysisError(
            "not_parallel",
            f"{n_languages} languages with {n_sentences} sentences each",
            hint="Give at least two languages, each with the same number of sentences, at least two.",
        )
    same_KK = torch.zeros(n_sentences, n_sentences, dtype=torch.float64)
    for unit_KF in unit_GKF:
        same_KK += (unit_KF @ unit_KF.T).double().cpu()
    total_KF = unit_GKF.sum(0)
    return SentencePairs(same_KK, (total_KF @ total_KF.T).double().cpu() - same_KK, n_languages)


def pairs_of_map(similarity_SS: Float[Tensor, "S S"], n_languages: int) -> SentencePairs:
    """The same two sums from a whole map, ordered by language, then by sentence."""
    n_samples = len(similarity_SS)
    if n_languages < 2 or n_samples % n_languages or n_samples < 2 * n_languages:
        raise AnalysisError(
            "not_parallel",
            f"{n_samples} samples in {n_languages} languages",
            hint="Give at least two languages, each with the same number of sentences, at least two.",
        )
    blocks_GKGK = similarity_SS.view(n_languages, n_samples // n_languages, n_languages, -1)
    same_KK = sum(blocks_GKGK[language, :, language].double() for language in range(n_languages))
    assert isinstance(same_KK, Tensor)
    return SentencePairs(same_KK, blocks_GKGK.sum((0, 2), dtype=torch.float64) - same_KK, n_languages)


def scores(pairs: SentencePairs, weights_RK: Float[Tensor, "R K"] | None = None) -> Scores:
    """LRDS (Eq. 8) and SADS (Eq. 9); with weights, of every resample of the sentences.

    A sentence drawn twice makes no pair with itself: it would be of the same meaning and look alike by itself.
    """
    n, k = pairs.n_languages, len(pairs.same_language)
    plain = weights_RK is None
    weights_RK = torch.ones(1, k, dtype=torch.float64) if weights_RK is None else weights_RK.double()
    n_pairs_R = weights_RK.sum(1).square() - weights_RK.square().sum(1)
    same_language_R = _off_diagonal(pairs.same_language, weights_RK) / (n * n_pairs_R)
    neither_R = _off_diagonal(pairs.across_languages, weights_RK) / (n * (n - 1) * n_pairs_R)
    same_meaning_R = weights_RK @ pairs.across_languages.diagonal() / (n * (n - 1) * weights_RK.sum(1))
    found = Scores(same_language_R - neither_R, same_meaning_R - neither_R)
    return Scores(found.lrds[0], found.sads[0]) if plain else found


def interval(pairs: SentencePairs, *, n_resamples: int, seed: int, level: float = 0.95) -> tuple[Scores, Scores]:
    """Percentile bootstrap over sentences: the lower and the upper ends of both scores."""
    k = len(pairs.same_language)
    generator = torch.Generator().manual_seed(seed)
    drawn_RK = torch.randint(0, k, (n_resamples, k), generator=generator)
    weights_RK = torch.zeros(n_resamples, k, dtype=torch.float64)
    weights_RK.scatter_add_(1, drawn_RK, torch.ones_like(drawn_RK, dtype=torch.float64))
    # A resample of one sentence alone has no pair of different meaning.
    usable_RK = weights_RK[(weights_RK > 0).sum(1) > 1]
    found = scores(pairs, usable_RK)
    tail = (1 - level) / 2
    low, high = (Scores(*(torch.quantile(values, end) for values in found)) for end in (tail, 1 - tail))
    return low, high


def _off_diagonal(matrix_KK: Tensor, weights_RK: Tensor) -> Tensor:
    """Sum over i != j of w_i w_j m_ij, for every resample."""
    everything_R = ((weights_RK @ matrix_KK) * weights_RK).sum(1)
    return everything_R - weights_RK.square() @ matrix_KK.diagonal()
