from __future__ import annotations

import numpy as np
import pytest

from workers.analysis.rank_agreement import agreement, spearman


def test_by_hand() -> None:
    """Ranks 1 2 3 4 against 1 3 2 4: 1 - 6 * 2 / (4 * 15) = 0.8; ties share the mean of their ranks."""
    assert spearman([1, 2, 3, 4], [10, 30, 20, 40]) == pytest.approx(0.8)
    # ranks 1.5 1.5 3 against 1 2 3: covariance 1.5, variances 1.5 and 2
    assert spearman([5, 5, 9], [1, 2, 3]) == pytest.approx(1.5 / np.sqrt(1.5 * 2))


def test_only_the_order_counts() -> None:
    source = np.random.default_rng(0)
    left, right = source.standard_normal(50), source.standard_normal(50)
    assert spearman(np.exp(left), right) == pytest.approx(spearman(left, right))
    assert spearman(left, left**3) == pytest.approx(1)
    assert spearman(left, -left) == pytest.approx(-1)


def test_it_is_not_defined_without_an_order() -> None:
    assert spearman([1, 1, 1], [1, 2, 3]) is None
    assert agreement([1, 1, 1], [1, 2, 3], seed=0) == (None, None, None)


def test_the_interval_holds_the_value_and_narrows_with_more_points() -> None:
    source = np.random.default_rng(0)
    widths = []
    for n in (30, 3000):
        left = source.standard_normal(n)
        found = agreement(left, left + source.standard_normal(n), seed=0)
        assert -1 <= found.low <= found.rho <= found.high <= 1
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 5
