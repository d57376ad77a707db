"""Lines from the least to the most of several draws, above and below a mark. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


def whiskers(values: Sequence[float | None], spreads: Sequence[tuple[float, float] | None]) -> dict[str, Any]:
    """From the least to the most of the draws; nothing to a side that is not finite."""
    pairs = list(zip(values, spreads, strict=True))
    return {
        "type": "data",
        "symmetric": False,
        "array": [_reach(value, found[1] if found else None) for value, found in pairs],
        "arrayminus": [_reach(found[0] if found else None, value) for value, found in pairs],
        "thickness": 1,
        "width": 4,
    }


def _reach(low: float | None, high: float | None) -> float:
    """From low to high; 0 where one of them is not finite, or where the median of all languages lies outside."""
    is_finite = low is not None and high is not None and math.isfinite(low) and math.isfinite(high)
    return max(0.0, high - low) if is_finite and low is not None and high is not None else 0.0
