from __future__ import annotations

import pytest

from frontend.figures.numbers import counted, factor, percent, significant


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (21.3456789, "21.3457"),
        (5.865, "5.86500"),
        (123456.7, "123457"),
        (1e6, "1.00000×10⁶"),
        (1.2345678e11, "1.23457×10¹¹"),
        (0.5, "0.500000"),
        (0.0, "0.00000"),
        (-2.5, "-2.50000"),
        (3e-7, "3.00000×10⁻⁷"),
        (None, "∞"),
        (float("inf"), "∞"),
    ],
)
def test_six_significant_digits(value: float | None, text: str) -> None:
    assert significant(value) == text


def test_factors_percentages_and_counts() -> None:
    assert [factor(ratio) for ratio in (1.04321, 999.9, 24605.2)] == ["×1.04", "×1,000", "×24,605"]
    assert factor(3.4e9) == "×3.40·10⁹"
    assert factor(None) == "×∞"
    assert percent(0.03) == "3 %"
    assert percent(0.0125) == "1.25 %"
    assert counted(1003520) == "1,003,520"
