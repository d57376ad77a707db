"""Mean similarity of every pair of languages, and the order in which languages that look alike stand together.

LRDS and SADS (paper B, Eq. 8, 9) are differences of these means.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backend.contracts.results import LanguageMeans
from backend.contracts.vocabulary import Reducer
from backend.results.planes import Plane
from backend.results.pyramids import Pyramids
from backend.results.subjects import Subject


def language_means(pyramids: Pyramids, subject: Subject, matrix: str) -> LanguageMeans:
    """Of one map, in the order shown; read once, then kept."""
    picture = subject.picture(matrix, Reducer.SIMILARITY)
    shown = subject.sentences
    assert shown is not None  # only similarity maps have this reducer
    means_2GG = pyramids.kept(
        [picture.identity, matrix, "language means"], lambda: pair_means(picture.plane, shown.n_lines)
    )
    same_GG, different_GG = means_2GG.tolist()
    return LanguageMeans(
        matrix=matrix,
        languages=shown.shown,
        same_meaning=same_GG,
        different_meaning=different_GG,
        clustered=clustered(means_2GG[1], shown.shown),
    )


def pair_means(plane: Plane, n_lines: int) -> np.ndarray:
    """Float64 [2, G, G]: mean over the same sentence in both languages, and over different ones.

    Within a language the first is 1 and the second leaves a sentence with itself out. One pass.
    """
    n_languages = plane.shape[0] // n_lines
    same_GG, total_GG = np.empty((2, n_languages, n_languages))
    for language in range(n_languages):
        rows = slice(language * n_lines, (language + 1) * n_lines)
        values_KGK = plane.read(rows, slice(0, plane.shape[1])).reshape(n_lines, n_languages, n_lines)
        same_GG[language] = np.einsum("kgk->g", values_KGK, dtype=np.float64)
        total_GG[language] = values_KGK.sum(axis=(0, 2), dtype=np.float64)
    return np.stack([same_GG / n_lines, (total_GG - same_GG) / (n_lines * max(1, n_lines - 1))])


def clustered(similarity_GG: np.ndarray, languages: Sequence[str]) -> tuple[str, ...]:
    """Average linkage: the two most alike groups are joined until one is left; its leaves from end to end.

    Each join lays those ends together that are most alike. The same for whatever order the languages are given in:
    ties fall to the alphabet, and of the two directions the one whose first language comes first in it.
    """
    order = sorted(range(len(languages)), key=languages.__getitem__)
    alike_GG = ((similarity_GG + similarity_GG.T) / 2)[np.ix_(order, order)]
    groups = [[place] for place in range(len(order))]
    mean_GG = alike_GG.astype(np.float64)
    np.fill_diagonal(mean_GG, -np.inf)
    for _ in range(len(order) - 1):
        one, other = sorted(int(place) for place in np.unravel_index(np.argmax(mean_GG), mean_GG.shape))
        _link(mean_GG, one, other, len(groups[one]), len(groups[other]))
        groups[one], groups[other] = _laid(groups[one], groups[other], alike_GG), []
    leaves = [languages[order[place]] for place in groups[0]]
    return tuple(leaves if leaves[0] <= leaves[-1] else leaves[::-1])


def _link(mean_GG: np.ndarray, one: int, other: int, n_one: int, n_other: int) -> None:
    """Group `other` goes into `one`: means are weighted by size, and `other` is out of the search."""
    joined_G = (n_one * mean_GG[one] + n_other * mean_GG[other]) / (n_one + n_other)
    mean_GG[one], mean_GG[:, one] = joined_G, joined_G
    mean_GG[other], mean_GG[:, other] = -np.inf, -np.inf
    mean_GG[one, one] = -np.inf


def _laid(left: list[int], right: list[int], alike_GG: np.ndarray) -> list[int]:
    ways = [(one, other) for one in (left, left[::-1]) for other in (right, right[::-1])]
    one, other = max(ways, key=lambda way: alike_GG[way[0][-1], way[1][0]])
    return one + other
