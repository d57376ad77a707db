"""How a similarity map is looked at: which layers, in which order of languages, on which scale of colours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from frontend import theme
from frontend.choices.atlas import Window, read_window
from frontend.urls import many

Layers = tuple[int, int] | None
"""First and last, both included; None is the whole model."""
ALL, ONE, RANGE = "all", "one", "range"
MODES = {ALL: "All layers", ONE: "One layer", RANGE: "A range"}
GIVEN, FAMILY, CLUSTERED = "given", "family", "clustered"
ORDERS = {GIVEN: "A to Z", FAMILY: "By family", CLUSTERED: "By likeness"}
FIXED, FREE = "fixed", "free"
SCALES = {FIXED: "0 to 1", FREE: "Free"}
MOST_PINNED = 3
MOST_BESIDE = 3
"""Further results in the curves: with the one on the page four."""


class MapView(NamedTuple):
    """What the address keeps beside the result."""

    layers: Layers = None
    order: str = GIVEN
    scale: str = FIXED
    beside: tuple[str, ...] = ()
    """Keys of the results whose curves are laid beside this one's."""
    rows: Window = None
    """Of the map, in the order shown: what of it is in view."""
    columns: Window = None
    is_whole: bool = False
    """The whole model is asked for by name: a result of some layers opens on these otherwise."""
    pinned: tuple[str, ...] = ()
    """Pairs of sentences kept beside the map, by language and line of the corpus: `ar.3-en.7`."""

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> Self:
        """From the address; what cannot be read is left as it is at first."""
        order, scale = query.get("order", GIVEN), query.get("scale", FIXED)
        return cls(
            layers=layers_of(query.get("layers") or query.get("layer") or ""),
            order=order if order in ORDERS else GIVEN,
            scale=scale if scale in SCALES else FIXED,
            beside=many(query, "beside")[:MOST_BESIDE],
            rows=read_window(query.get("rows")),
            columns=read_window(query.get("columns")),
            is_whole=query.get("layers") == ALL,
            pinned=tuple(pair for pair in many(query, "pinned") if pinned_pair(pair))[:MOST_PINNED],
        )

    @property
    def mode(self) -> str:
        """Which of the three controls is in use."""
        if self.layers is None:
            return ALL
        return ONE if self.layers[0] == self.layers[1] else RANGE

    def state(self) -> dict[str, Any]:
        """For the address: what is as at first is left out."""
        return {
            "layers": layers_text(self.layers) if self.layers or self.is_whole else None,
            "layer": None,
            "order": None if self.order == GIVEN else self.order,
            "scale": None if self.scale == FIXED else self.scale,
            "beside": list(self.beside) or None,
        }

    def address(self) -> dict[str, Any]:
        """All of it, also what the browser itself writes: the window and the pinned pairs."""
        windows = {name: getattr(self, name) for name in ("rows", "columns")}
        told = {name: f"{window[0]}-{window[1]}" if window else None for name, window in windows.items()}
        return {**self.state(), **told, "pinned": self.pinned or None}


def pinned_pair(text: str) -> tuple[tuple[str, int], tuple[str, int]] | None:
    """`ar.3-en.7` as ((ar, 3), (en, 7)); None for anything else."""
    found = re.fullmatch(r"([A-Za-z][\w-]*?)\.(\d{1,7})-([A-Za-z][\w-]*)\.(\d{1,7})", text)
    return ((found[1], int(found[2])), (found[3], int(found[4]))) if found else None


def layers_of(text: str) -> Layers:
    """`3`, `3-9`; anything else is the whole model."""
    found = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", text)
    if not found:
        return None
    first = int(found[1])
    last = int(found[2]) if found[2] else first
    return (first, last) if first <= last else None


def layers_text(layers: Layers) -> str:
    """`all`, `3`, `3-9`: in the address and wherever a map is looked up."""
    if layers is None:
        return ALL
    return str(layers[0]) if layers[0] == layers[1] else f"{layers[0]}-{layers[1]}"


def layers_words(layers: Layers) -> str:
    """What scores and buttons say."""
    if layers is None:
        return "Whole model"
    return f"Layer {layers[0]}" if layers[0] == layers[1] else f"Layers {layers[0]} to {layers[1]}"


def chosen_layers(mode: str, layer: int, span: Sequence[int], n_layers: int) -> Layers:
    """What the controls stand on; a range over everything is the whole model."""
    chosen = {ALL: None, ONE: (layer, layer), RANGE: (span[0], span[1])}[mode]
    return None if chosen == (0, n_layers - 1) and mode == RANGE else chosen


def by_family(languages: Sequence[str]) -> list[str]:
    """Families in alphabetical order, those the atlas does not know last; languages alphabetically within."""

    def place(language: str) -> tuple[bool, str, str]:
        family = theme.language_family(language)
        return family == "Other", family, language

    return sorted(languages, key=place)
