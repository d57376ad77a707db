# ruff: noqa: F722  jaxtyping writes shapes as strings
"""Similarity map and development scores (paper B, Eq. 5 to 9). Knows vectors, not models.

Shapes: S samples (ordered by language, then sentence), L layers, N neurons, F features,
G languages, K sentences per language (S = G * K).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from workers.analysis.errors import AnalysisError


class _Means(NamedTuple):
    same_language: float
    """Same language, different meaning."""
    same_meaning: float
    """Different language, same meaning."""
    neither: float
    """Different language, different meaning."""


def similarity_map(
    activations_SLN: Float[Tensor, "S L N"], layers: Sequence[int] | None = None
) -> Float[Tensor, "S S"]:
    """Cosine of all pairs of samples (Eq. 7), the chosen layers concatenated (Eq. 5, 6).

    Symmetric, -1 to 1, diagonal 1; a sample whose vector is zero is 0 to everyone.
    """
    chosen_SLN = activations_SLN if layers is None else activations_SLN[:, list(layers)]
    if not bool(torch.isfinite(chosen_SLN).all()):
        raise AnalysisError(
            "not_finite", "an activation is NaN or infinite", hint="Open the model in float32 or check its weights."
        )
    unit_SF = F.normalize(chosen_SLN.flatten(1).float(), dim=1)
    return (unit_SF @ unit_SF.T).clamp_(-1, 1)


def lrds(similarity_SS: Float[Tensor, "S S"], n_languages: int) -> float:
    """Linguistic regions development score (Eq. 8), in [-2, 2].

    Mean over pairs of the same language and different meaning, minus the mean over pairs of
    different language and different meaning.
    """
    means = _means(similarity_SS, n_languages)
    return means.same_language - means.neither


def sads(similarity_SS: Float[Tensor, "S S"], n_languages: int) -> float:
    """Semantic alignment development score (Eq. 9), in [-2, 2].

    Mean over pairs of different language and the same meaning, minus the mean over pairs of
    different language and different meaning. (The authors' code groups with an off-by-one stride
    and does not compute this.)
    """
    means = _means(similarity_SS, n_languages)
    return means.same_meaning - means.neither


def _means(similarity_SS: Tensor, n_languages: int) -> _Means:
    """The three group means in closed form, by sums over blocks and diagonals in float64."""
    n = n_languages
    k = _n_sentences(similarity_SS, n)
    blocks_GKGK = similarity_SS.double().view(n, k, n, k)
    everything = blocks_GKGK.sum()
    same_language = blocks_GKGK.diagonal(dim1=0, dim2=2).sum()
    same_meaning = blocks_GKGK.diagonal(dim1=1, dim2=3).sum()
    itself = similarity_SS.double().diagonal().sum()
    return _Means(
        float((same_language - itself) / (n * k * (k - 1))),
        float((same_meaning - itself) / (n * (n - 1) * k)),
        float((everything - same_language - same_meaning + itself) / (n * (n - 1) * k * (k - 1))),
    )


def _n_sentences(similarity_SS: Tensor, n_languages: int) -> int:
    n_samples = len(similarity_SS)
    if n_languages < 2 or n_samples % n_languages or n_samples < 2 * n_languages:
        raise AnalysisError(
            "not_parallel",
            f"{n_samples} samples in {n_languages} languages",
            hint="Give at least two languages, each with the same number of sentences, at least two.",
        )
    return n_samples // n_languages
