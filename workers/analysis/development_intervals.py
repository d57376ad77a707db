# ruff: noqa: F722  jaxtyping writes shapes as strings
"""How sure LRDS and SADS are: a bootstrap over documents and languages at once (paper B, Eq. 8, 9).

Both are samples, of texts and of languages: other ones would give other scores. Documents (or sentences, where none
are known) and languages are each drawn with replacement, as many as there are; a sentence or a language that is drawn
twice makes no pair with itself, which would look alike by itself. Knows vectors, not models. Shapes: G languages,
K sentences per language, F features, R resamples. Source: A. B. Owen, The pigeonhole bootstrap, Annals of Applied
Statistics 1 (2), 2007: rows and columns of a table are drawn independently.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from workers.analysis.development import Scores

_AT_ONCE = 16
"""Resamples whose weighted sums of vectors are held at a time."""


class Drawn(NamedTuple):
    """How often each sentence and each language is in each resample."""

    sentences: Float[Tensor, "R K"]
    languages: Float[Tensor, "R G"]


def draw(units: Sequence[str], n_languages: int, *, n_resamples: int, seed: int) -> Drawn:
    """Draw documents and languages; a resample of one sentence or one language alone, which has no pair, is left out.

    `units`: of every sentence its document; each its own where documents are not known.
    """
    names = {name: place for place, name in enumerate(dict.fromkeys(units))}
    generator = torch.Generator().manual_seed(seed)
    of_units_RU = _counts(len(names), n_resamples, generator)
    sentences_RK = of_units_RU[:, [names[unit] for unit in units]]
    languages_RG = _counts(n_languages, n_resamples, generator)
    usable_R = ((sentences_RK > 0).sum(1) > 1) & ((languages_RG > 0).sum(1) > 1)
    return Drawn(sentences_RK[usable_R], languages_RG[usable_R])


def scores_of_vectors(unit_GKF: Float[Tensor, "G K F"], drawn: Drawn) -> Scores:
    """Both scores of every resample, from unit vectors: O(R G K F), never the map of G K x G K."""
    found = []
    for start in range(0, len(drawn.sentences), _AT_ONCE):
        weights_BK = drawn.sentences[start : start + _AT_ONCE].to(unit_GKF)
        sums_BGF = torch.einsum("bk,gkf->bgf", weights_BK, unit_GKF)
        found.append((sums_BGF @ sums_BGF.mT).double().cpu())
    unit_KGF = unit_GKF.transpose(0, 1)
    aligned_KGG = (unit_KGF @ unit_KGF.mT).double().cpu()
    n_languages = len(unit_GKF)
    return _scores(torch.cat([*found, torch.zeros(0, n_languages, n_languages)]), aligned_KGG, drawn)


def scores_of_map(similarity_SS: Float[Tensor, "S S"], drawn: Drawn) -> Scores:
    """The same from a whole map, ordered by language, then by sentence."""
    n_languages, n_sentences = drawn.languages.shape[1], drawn.sentences.shape[1]
    blocks_GKGK = similarity_SS.view(n_languages, n_sentences, n_languages, n_sentences)
    weights_KR = drawn.sentences.T.to(similarity_SS)
    columns = [
        ((blocks_GKGK[:, :, language] @ weights_KR) * weights_KR).sum(1, dtype=torch.float64)  # [G, R]
        for language in range(n_languages)
    ]
    return _scores(
        torch.stack(columns, dim=2).transpose(0, 1),
        blocks_GKGK.diagonal(dim1=1, dim2=3).permute(2, 0, 1).double(),
        drawn,
    )


def ends(found: Scores, level: float = 0.95) -> tuple[Scores, Scores] | None:
    """Lower and upper ends of the percentile interval of both scores; None where no resample has a pair."""
    if not len(found.lrds):
        return None
    tail = (1 - level) / 2
    low, high = (Scores(*(torch.quantile(values, end) for values in found)) for end in (tail, 1 - tail))
    return low, high


def _scores(sums_RGG: Tensor, aligned_KGG: Tensor, drawn: Drawn) -> Scores:
    """Eq. 8 and 9 of every resample.

    `sums`: of languages g and h, over sentences i and j, w_i w_j cos(g i, h j). `aligned`: cos(g k, h k).
    """
    w_RK, v_RG = drawn.sentences, drawn.languages
    of_itself_RGG = torch.einsum("rk,kgh->rgh", w_RK.square(), aligned_KGG)
    same_sentence_RGG = torch.einsum("rk,kgh->rgh", w_RK, aligned_KGG)
    different_RGG = (sums_RGG - of_itself_RGG) / (w_RK.sum(1).square() - w_RK.square().sum(1))[:, None, None]
    same_RGG = same_sentence_RGG / w_RK.sum(1)[:, None, None]
    within_R = (v_RG * different_RGG.diagonal(dim1=1, dim2=2)).sum(1) / v_RG.sum(1)
    neither_R, meaning_R = _across(different_RGG, v_RG), _across(same_RGG, v_RG)
    return Scores(within_R - neither_R, meaning_R - neither_R)


def _across(means_RGG: Tensor, v_RG: Tensor) -> Tensor:
    """Mean over the pairs of drawn languages that differ."""
    pairs_RGG = v_RG[:, :, None] * v_RG[:, None] * (1 - torch.eye(v_RG.shape[1], dtype=v_RG.dtype))
    return (pairs_RGG * means_RGG).sum((1, 2)) / pairs_RGG.sum((1, 2))


def _counts(n: int, n_resamples: int, generator: torch.Generator) -> Tensor:
    drawn_RN = torch.randint(0, n, (n_resamples, n), generator=generator)
    counts_RN = torch.zeros(n_resamples, n, dtype=torch.float64)
    return counts_RN.scatter_add_(1, drawn_RN, torch.ones_like(drawn_RN, dtype=torch.float64))
