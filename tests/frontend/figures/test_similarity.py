from __future__ import annotations

import numpy as np
import pytest

from frontend.figures.similarity import language_pairs, pair_means


def naive(similarity: np.ndarray, n_languages: int, *, same: bool) -> np.ndarray:
    """Means by walking over all pairs."""
    n_lines = len(similarity) // n_languages
    sums, counts = np.zeros((n_languages, n_languages)), np.zeros((n_languages, n_languages))
    for i, row in enumerate(similarity):
        for j, value in enumerate(row):
            if (i % n_lines == j % n_lines) == same:
                sums[i // n_lines, j // n_lines] += value
                counts[i // n_lines, j // n_lines] += 1
    return sums / counts


def test_pair_means_agree_with_the_walk_over_all_pairs() -> None:
    similarity = np.random.default_rng(0).random((12, 12)).astype(np.float32)
    means = pair_means(similarity, 3)
    np.testing.assert_allclose(means.same_meaning, naive(similarity, 3, same=True), rtol=1e-6)
    np.testing.assert_allclose(means.different_meaning, naive(similarity, 3, same=False), rtol=1e-6)


def test_colours_are_fixed_and_cells_name_both_languages() -> None:
    (heatmap,) = language_pairs(np.eye(2), ("en", "zh"), dark=False, what="same meaning").data
    assert (heatmap.zmin, heatmap.zmax) == (0, 1)
    assert heatmap.customdata[0][1] == "English · Chinese"
    assert heatmap.z[0] == pytest.approx((1.0, 0.0))
