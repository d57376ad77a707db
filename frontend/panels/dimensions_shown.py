"""What the results of the Dimensions page share: language to show, figures, table cells, links to a dimension."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.models import MatrixView
from backend.contracts.results import Manifest, PerplexityRow
from backend.contracts.vocabulary import Side
from frontend import urls
from frontend.figures.blank import blank
from frontend.figures.removal import STEPS, Cell
from frontend.figures.structured import MEAN
from frontend.language_names import name_of
from frontend.shell import hint, icon

WINDOW = 16
"""Dimensions on both sides of one that is shown in the Atlas."""


def language_id(kind: Any, key: Any) -> dict[str, Any]:
    """Id of the choice of the language shown, of one result."""
    return {"type": "dimensions-language", "kind": kind, "key": key}


def figure_id(kind: Any, key: Any) -> dict[str, Any]:
    """Id of one figure (`structured`, `heads`, `sweep`, `scan`) of one result."""
    return {"type": "dimensions-figure", "kind": kind, "key": key}


def table_id(kind: Any, key: Any) -> dict[str, Any]:
    """Id of the element around a table of one result."""
    return {"type": "dimensions-table", "kind": kind, "key": key}


def language_select(kind: str, manifest: Manifest, base: Sequence[PerplexityRow], language: str) -> Any:
    """Which language table and figure are about."""
    data = [{"value": row.language, "label": name_of(row.language)} for row in base]
    if len(base) > 1:
        data.insert(0, {"value": MEAN, "label": f"geometric mean of {len(base)}"})
    select = dmc.Select(
        id=language_id(kind, manifest.key),
        data=data,
        value=language,
        allowDeselect=False,
        size="xs",
        w=210,
        **{"aria-label": "Language shown"},
    )
    return dmc.Group([html.Span("perplexity in", className="study-note"), select], gap=8)


def graph(kind: str, key: str, height: int) -> dcc.Graph:
    """The place of a figure; drawn by the page's handlers in the colours of the page."""
    return dcc.Graph(
        id=figure_id(kind, key), figure=blank(height), config={"displayModeBar": False}, style={"height": height}
    )


def cell(shown: Cell, *, plain: bool = False) -> html.Td:
    """One perplexity, coloured by its bits per byte above the base, explained on hover."""
    inner = html.Div(shown.text, tabIndex=0, className="removal-cell" if plain else f"removal-cell ratio-{shown.step}")
    told = html.Div(shown.hover, className="removal-hover")
    return html.Td(
        dmc.Tooltip(
            inner,
            label=told,
            openDelay=120,
            events={"hover": True, "focus": True, "touch": True},
            boxWrapperProps={"w": "100%"},
        )
    )


def legend() -> html.Div:
    """What the colours of the cells say."""
    steps = [html.Span([html.I(className=f"ratio ratio-{step.name}"), step.label]) for step in STEPS]
    return html.Div(
        [html.Span("Bits per byte above base", className="removal-legend-title"), *steps],
        className="removal-legend",
    )


def atlas_link(model: str, view: MatrixView, side: Side, index: int, *, key: str | None = None) -> str:
    """The Atlas at one dimension of a matrix: a window around it."""
    axis = view.sides.index(side) if side in view.sides else 0
    span = f"{max(0, index - WINDOW)}-{index + WINDOW + 1}"
    window = {"columns": span} if axis == 1 or len(view.shape) == 1 else {"rows": span}
    return urls.link("atlas", model=model, matrix=view.name, result=key, **window)


def touch_link(model: str, matrix: str, side: Side, index: int, **what: object) -> str:
    """The Touch page with this dimension in its form; `what` is written there: action, factor, value."""
    return urls.link("touch", model=model, matrix=matrix, side=side, dimension=index, **what)


def dimension_chip(text: str, atlas: str, touch: str, explanation: str) -> html.Span:
    """One dimension: its number leads to the Atlas, the hand beside it to Touch."""
    return html.Span(
        [
            dcc.Link(text, href=atlas, title=f"{explanation}. See it in the Atlas"),
            dcc.Link(icon("touch", 13), href=touch, title=f"Touch dimension {text}", className="dim-touch"),
        ],
        className="dim-chip",
    )


def heading(text: Any, explanation: str = "") -> html.H2:
    """The title of a card."""
    return html.H2(hint(text, explanation) if explanation else text, className="study-heading")
