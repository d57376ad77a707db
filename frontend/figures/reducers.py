"""What one screen pixel may say about the parameters below it: words, scale and colours per reducer."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from backend.contracts.regions import CombinedRegionRequest, ImportRegionRequest
from backend.contracts.requests import ImportanceRequest, RegionRequest, Request
from backend.contracts.vocabulary import Reducer, Selection
from frontend import theme

Scale = Literal["linear", "signed", "log"]


class Look(NamedTuple):
    """How a reducer is named and painted. `unit` `share` shows values as per cent."""

    label: str
    measure: str
    sentence: str
    scale: Scale
    colours: Any
    unit: str = ""


_SIGNED = {"light": theme.DIVERGING, "dark": theme.DIVERGING_DARK}

LOOKS: dict[Reducer, Look] = {
    Reducer.DENSITY: Look(
        "Density of the region",
        "in the region",
        "The share of the parameters below one pixel that belong to the region.",
        "linear",
        theme.DENSITY,
        "share",
    ),
    Reducer.MAX_IMPORTANCE: Look(
        "Largest importance",
        "importance",
        "The most important parameter below one pixel: |weight × gradient| (log colours).",
        "log",
        theme.DENSITY,
    ),
    Reducer.MAX_ABS_WEIGHT: Look(
        "Largest |weight|",
        "|weight|",
        "The largest weight below one pixel, whatever its sign: outliers stay visible.",
        "linear",
        theme.SEQUENTIAL,
    ),
    Reducer.SIGNED_MAX_WEIGHT: Look(
        "Largest weight, signed",
        "weight",
        "The largest weight below one pixel, with its sign: red above zero, blue below.",
        "signed",
        _SIGNED,
    ),
    Reducer.MEAN_WEIGHT: Look(
        "Mean weight",
        "mean weight",
        "The mean of the weights below one pixel: shows drift, hides outliers.",
        "signed",
        _SIGNED,
    ),
    Reducer.SIGNED_DIFFERENCE: Look(
        "Largest difference", "difference", "The largest difference below one pixel, with its sign.", "signed", _SIGNED
    ),
    Reducer.MEAN_DIFFERENCE: Look(
        "Mean difference", "mean difference", "The mean difference below one pixel.", "signed", _SIGNED
    ),
    Reducer.SIMILARITY: Look(
        "Similarity", "similarity", "Cosine of two activation vectors, 0 to 1.", "linear", theme.SEQUENTIAL
    ),
}

_WEIGHTS = (Reducer.MAX_ABS_WEIGHT, Reducer.SIGNED_MAX_WEIGHT, Reducer.MEAN_WEIGHT)


def reducers_of(request: Request | None) -> tuple[Reducer, ...]:
    """Reducers that the result of a request offers, the one to start with first; None: a model's weights.

    Importance is offered where one score stands behind a result: not for random, combined or imported regions.
    """
    match request:
        case ImportanceRequest():
            return (Reducer.MAX_IMPORTANCE, *_WEIGHTS)
        case RegionRequest(selection=selection) if selection is not Selection.RANDOM:
            return (Reducer.DENSITY, Reducer.MAX_IMPORTANCE, *_WEIGHTS)
        case RegionRequest() | CombinedRegionRequest() | ImportRegionRequest():
            return (Reducer.DENSITY, *_WEIGHTS)
        case _:
            return _WEIGHTS
