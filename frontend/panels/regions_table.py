"""The removal table as the paper prints it, coloured by the ratio to Base, with its downloads."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.results import RemovalSummary
from frontend.figures.removal import STEPS, Cell, Line, removal_table
from frontend.shell import hint, icon


def table_id(key: Any) -> dict[str, Any]:
    """Id of the element around the table of one result."""
    return {"type": "regions-table", "key": key}


def unit_id(key: Any) -> dict[str, Any]:
    """Id of the control that chooses what the cells say."""
    return {"type": "regions-unit", "key": key}


UNITS = {"perplexity": "perplexity", "bits": "bits per byte"}
COLUMN_HINTS = {
    "Base": "The model as it is.",
    "Top": "The most important parameters set to zero.",
    "Bottom": "As many of the least important parameters set to zero.",
    "Random": "As many parameters set to zero, drawn by chance: mean ± standard deviation over the draws.",
}


def table(summary: RemovalSummary, unit: str = "perplexity") -> html.Div:
    """Languages by Base, Top, Bottom, Random; scrolls sideways where it does not fit."""
    view = removal_table(summary, bits_per_byte=unit == "bits")
    head = [html.Th("Language", scope="col"), *(_column(name) for name in view.columns)]
    body = [html.Tr(_line(line)) for line in view.lines]
    return html.Div(
        html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="removal-table"), className="removal-scroll"
    )


def toolbar(key: str, latex: str) -> dmc.Group:
    """The unit of the cells, and the table as files and in the clipboard."""
    data = [{"value": value, "label": label} for value, label in UNITS.items()]
    files = [
        html.A(
            [icon("download", 14), name.upper() if name != "tex" else "LaTeX"],
            href=f"/api/results/{key}/table.{name}",
            download=f"removal-{key[:8]}.{name}",
            className="study-download",
        )
        for name in ("csv", "tex", "json")
    ]
    copy = dmc.CopyButton(
        value=latex,
        children=[icon("copy", 14), "Copy LaTeX"],
        copiedChildren=[icon("check", 14), "Copied"],
        size="compact-xs",
        variant="subtle",
        color="gray",
        copiedColor="teal",
    )
    return dmc.Group(
        [
            dmc.SegmentedControl(id=unit_id(key), data=data, value="perplexity", size="xs"),
            dmc.Group([*files, copy], gap=6),
        ],
        justify="space-between",
    )


def legend() -> html.Div:
    """What the colours say."""
    steps = [html.Span([html.I(className=f"ratio ratio-{step.name}"), step.label]) for step in STEPS]
    return html.Div(
        [html.Span("Perplexity against Base, in logarithmic steps", className="removal-legend-title"), *steps],
        className="removal-legend",
    )


def _column(name: str) -> html.Th:
    explanation = COLUMN_HINTS.get(name)
    return html.Th(hint(name, explanation) if explanation else name, scope="col", className="removal-number")


def _line(line: Line) -> list[Any]:
    name = html.Th([line.language, html.Span(line.code, className="removal-code")], scope="row")
    return [name, *(_cell(cell, is_base=index == 0) for index, cell in enumerate(line.cells))]


def _cell(cell: Cell, *, is_base: bool) -> html.Td:
    text: list[Any] = [html.Span(cell.text)]
    if cell.spread:
        text.append(html.Span(f" ± {cell.spread}", className="removal-spread"))
    inner = html.Div(text, tabIndex=0, className="removal-cell" if is_base else f"removal-cell ratio-{cell.step}")
    return html.Td(
        dmc.Tooltip(
            inner,
            label=html.Div(cell.hover, className="removal-hover"),
            openDelay=120,
            events=_ALL_WAYS,
            boxWrapperProps={"w": "100%"},
        )
    )


_ALL_WAYS = {"hover": True, "focus": True, "touch": True}
