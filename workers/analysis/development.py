# ruff: noqa: F722  jaxtyping writes shapes as strings
"""LRDS and SADS from two small matrices instead of the whole map (paper B, Eq. 8, 9).

All pairs of samples fall into three groups, by language and meaning; what the scores need of a pair of
sentences are two sums over languages. Knows vectors, not models. Shapes: G languages, K sentences per
language, F features.
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
    """LRDS and SADS; scalars, or tensors over resamples."""

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


def scores(pairs: SentencePairs) -> Scores:
    """LRDS (Eq. 8) and SADS (Eq. 9) of all sentences and languages."""
    n, k = pairs.n_languages, len(pairs.same_language)
    same_language = _off_diagonal(pairs.same_language) / (n * k * (k - 1))
    neither = _off_diagonal(pairs.across_languages) / (n * (n - 1) * k * (k - 1))
    same_meaning = pairs.across_languages.diagonal().sum() / (n * (n - 1) * k)
    return Scores(same_language - neither, same_meaning - neither)


def _off_diagonal(matrix_KK: Tensor) -> Tensor:
    return matrix_KK.sum() - matrix_KK.diagonal().sum()
