"""Words for the text alternative of a figure: how numbers run, which are the largest, what stands beside what.

Knows numbers and names, nothing of figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Written = Callable[[float], str]


def four(value: float) -> str:
    """A score: four digits after the point."""
    return f"{value:.4f}"


def course(values: Sequence[float | None], at: Sequence[object], *, written: Written = four, place: str = "") -> str:
    """`from 0.1000 at layer 0 to 0.2000 at layer 17, highest 0.3100 at layer 12, lowest 0.0500 at layer 3`.

    `at` names where each value stands, `place` what these are. Values that are None or not finite are left out.
    """
    known = [(value, where) for value, where in zip(values, at, strict=True) if _is_number(value)]
    if not known:
        return "not measured"

    def told(value: float, where: object) -> str:
        return f"{written(value)} at {f'{place} ' if place else ''}{where}"

    pairs = [(float(value or 0.0), where) for value, where in known]
    if len(pairs) == 1:
        return told(*pairs[0])
    first, last = pairs[0], pairs[-1]
    high, low = max(pairs, key=lambda pair: pair[0]), min(pairs, key=lambda pair: pair[0])
    said = f"from {told(*first)} to {told(*last)}"
    said += "" if high in (first, last) else f", highest {told(*high)}"
    return said + ("" if low in (first, last) else f", lowest {told(*low)}")


def extremes(named: Sequence[tuple[str, float | None]], *, written: Written = four) -> str:
    """`largest 0.9000 (English, Chinese), smallest 0.1000 (Arabic, Hindi)`; what is not finite is left out."""
    known = [(name, float(value or 0.0)) for name, value in named if _is_number(value)]
    if not known:
        return "nothing measured"
    top, least = max(known, key=lambda pair: pair[1]), min(known, key=lambda pair: pair[1])
    if len(known) == 1 or written(top[1]) == written(least[1]):
        return f"{written(top[1])} ({top[0]})" if len(known) == 1 else f"all {written(top[1])}"
    return f"largest {written(top[1])} ({top[0]}), smallest {written(least[1])} ({least[0]})"


def joined(names: Sequence[str], *, most: int = 12) -> str:
    """`A, B and C`; after `most` names how many more there are."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
