"""How numbers are written on the page: six significant digits, powers of ten, infinity as a sign."""

from __future__ import annotations

import math

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


def factor(ratio: float | None) -> str:
    """A ratio for people, three digits: `×1.04`, `×24,605`, `×3.40·10⁹`; None is `×∞`."""
    if ratio is not None and 999.5 <= ratio < LARGEST_PLAIN - 0.5:
        return "×" + counted(round(ratio))
    return "×" + significant(ratio, 3).replace("×", "·")


def percent(fraction: float) -> str:
    """A share as a percentage without needless zeros: 0.03 is `3 %`."""
    return f"{fraction * 100:.4g} %"


def counted(number: int) -> str:
    """An integer with commas between thousands, as Plotly writes them on hover: `1,003,520`."""
    return f"{number:,}"


def interval_text(interval: tuple[float, float] | None) -> str:
    """`0.1234 to 0.2345`, a dash where none was asked for."""
    return "–" if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"
