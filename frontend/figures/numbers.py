"""How numbers are written on the page: six significant digits, powers of ten, infinity as a sign."""

from __future__ import annotations

import math

from backend.contracts.perplexity_words import lost
from backend.contracts.results import PerplexityRow
from backend.contracts.training import EvaluationRatio

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LARGEST_PLAIN = 1e6
INFINITY = "∞"


def significant(value: float | None, digits: int = 6) -> str:
    """`value` with `digits` significant digits: `21.3457`, `1.23457×10¹¹`; None and infinity are `∞`."""
    if value is None or not math.isfinite(value):
        return INFINITY
    if value != 0 and not 1e-4 <= abs(value) < LARGEST_PLAIN:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    whole_digits = math.floor(math.log10(abs(value))) + 1 if value else 1
    return f"{value:.{max(0, digits - whole_digits)}f}"


def perplexity_text(value: float | None, n_vocabulary: int | None, digits: int = 6) -> str:
    """A perplexity: `lost, 10⁹` above the size of the vocabulary, else as any number."""
    return lost(value, n_vocabulary) or significant(value, digits)


def ratio_text(row: PerplexityRow | EvaluationRatio) -> str:
    """`×1.23 (1.19 to 1.28 over documents)`; without the brackets where no interval is known."""
    interval = ratio_interval(row)
    return f"{factor(row.ratio)} ({interval})" if interval else factor(row.ratio)


def ratio_interval(row: PerplexityRow | EvaluationRatio) -> str:
    """`1.19 to 1.28 over documents`, '' where no interval is known."""
    if row.ratio_low is None or row.ratio_high is None:
        return ""
    return f"{significant(row.ratio_low, 3)} to {significant(row.ratio_high, 3)} over {row.resampled}"


def factor(ratio: float | None) -> str:
    """A ratio for people, three digits: `×1.04`, `×24,605`, `×3.40·10⁹`; None is `×∞`."""
    if ratio is not None and 999.5 <= ratio < LARGEST_PLAIN - 0.5:
        return "×" + counted(round(ratio))
    return "×" + significant(ratio, 3).replace("×", "·")


def bits_text(added: float | None) -> str:
    """A change that compares languages: `+0.25 bits per byte`; None is `lost`."""
    return "lost" if added is None else f"{added:+.2f} bits per byte".replace("-", "−")


def percent(fraction: float) -> str:
    """A share as a percentage without needless zeros: 0.03 is `3 %`."""
    return f"{fraction * 100:.4g} %"


def counted(number: int) -> str:
    """An integer with commas between thousands, as Plotly writes them on hover: `1,003,520`."""
    return f"{number:,}"


def interval_text(interval: tuple[float, float] | None) -> str:
    """`0.1234 to 0.2345`, a dash where none was asked for."""
    return "–" if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"
