"""Logarithmic axes that say whole numbers: powers of ten, with 2 and 5 between them where the span is short."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from frontend.figures.numbers import significant

_AUTO_BELOW, _FINE_BELOW = 0.5, 2.5
"""Powers of ten that the values span."""


def log_axis(values: Sequence[float | None], *, most: int = 8) -> dict[str, Any]:
    """Settings of an axis for these values; about `most` ticks. What is not above 0 is not shown by it.

    Within half a power of ten plotly chooses. Its own 2 and 5 stand alone ("2" for 200), so those are written out.
    """
    finite = [value for value in values if value and value > 0]
    low, high = (math.log10(min(finite)), math.log10(max(finite))) if finite else (0.0, 1.0)
    axis = {"type": "log", "exponentformat": "power"}
    if high - low < _AUTO_BELOW:
        return axis
    if high - low >= _FINE_BELOW:
        return axis | {"dtick": max(1, math.ceil((high - low) / most))}
    places = [step * 10.0**power for power in range(math.floor(low) - 1, math.ceil(high) + 1) for step in (1, 2, 5)]
    return axis | {"tickvals": places, "ticktext": [_written(place) for place in places]}


def _written(place: float) -> str:
    return f"{place:g}" if 1e-4 <= place < 1e6 else significant(place, 1)
