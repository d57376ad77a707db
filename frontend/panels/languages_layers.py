"""The controls of the similarity map: layers, order of the languages, scale of the colours; what is not stored yet."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import html

from frontend.choices.languages_view import MODES, ORDERS, SCALES, Layers, MapView, layers_words
from frontend.fields import segments
from frontend.shell import hint, icon


class LayersId(StrEnum):
    """Ids of the controls."""

    MODE = "languages-mode"
    LAYER = "languages-layer"
    RANGE = "languages-range"
    ORDER = "languages-order"
    SCALE = "languages-scale"
    OFFER = "languages-offer"
    ASK = "languages-ask"
    ASK_PROBLEM = "languages-ask-problem"


def controls(view: MapView, n_layers: int) -> html.Div:
    """Two rows above the map; of the two sliders the one that is in use is seen."""
    first, last = view.layers or (0, n_layers - 1)
    return html.Div(
        [
            html.Div(
                [_named("Layers", _LAYERS_HINT, segments(LayersId.MODE, view.mode, MODES, fullWidth=False)),
                 html.Div(_slider(first, n_layers), className="languages-one"),
                 html.Div(_range(first, last, n_layers), className="languages-range")],
                className="languages-controls",
            ),
            html.Div(
                [_named("Order", _ORDER_HINT, segments(LayersId.ORDER, view.order, ORDERS, fullWidth=False)),
                 _named("Colours", _SCALE_HINT, segments(LayersId.SCALE, view.scale, SCALES, fullWidth=False))],
                className="languages-controls",
            ),
        ],
        className="languages-looks",
    )  # fmt: skip


def offer(layers: Layers, *, is_stored: bool) -> Any:
    """In the place of a map that nobody has asked for: the click that makes it."""
    if is_stored:
        return None
    return html.Div(
        [
            html.Div(f"{layers_words(layers)}: this map is not stored yet.", className="languages-offer-what"),
            html.Div("It is made from the stored activations; the model is not run.", className="study-note"),
            dmc.Button(
                f"Compare {_lower(layers_words(layers))}", id=LayersId.ASK, size="xs", leftSection=icon("play", 14)
            ),
            html.Div(id=LayersId.ASK_PROBLEM),
        ],
        className="languages-offer",
    )


def _lower(words: str) -> str:
    return "the " + words[0].lower() + words[1:] if words.startswith("Whole") else words[0].lower() + words[1:]


def _named(text: str, explanation: str, control: Any) -> html.Div:
    return html.Div([html.Div(hint(text, explanation), className="study-label"), control], className="languages-named")


def _slider(layer: int, n_layers: int) -> dmc.Slider:
    return dmc.Slider(
        id=LayersId.LAYER, value=layer, max=n_layers - 1, marks=_marks(n_layers), thumbLabel="Layer", **_SLIDING
    )


def _range(first: int, last: int, n_layers: int) -> dmc.RangeSlider:
    return dmc.RangeSlider(
        id=LayersId.RANGE,
        value=[first, last],
        max=n_layers - 1,
        minRange=0,
        marks=_marks(n_layers),
        thumbFromLabel="First layer",
        thumbToLabel="Last layer",
        **_SLIDING,
    )


def _marks(n_layers: int) -> list[dict[str, Any]]:
    return [{"value": layer, "label": str(layer)} for layer in sorted({0, (n_layers - 1) // 2, n_layers - 1})]


_SLIDING: dict[str, Any] = {
    "min": 0, "step": 1, "updatemode": "drag", "size": "sm", "className": "languages-slider", "label": None,
}  # fmt: skip
_LAYERS_HINT = (
    "All: the neurons of all layers as one vector (paper B, Eq. 6). One: the neurons of that layer alone, counted "
    "from 0. A range: the neurons of these layers as one vector."
)
_ORDER_HINT = (
    "A view, nothing is computed again. By likeness: languages that look alike inside the whole model stand together "
    "(average linkage on the mean similarity of different sentences)."
)
_SCALE_HINT = (
    "0 to 1 compares maps with each other, as in the paper. Free: from the smallest to the largest value in view, "
    "which shows what little difference there is."
)
