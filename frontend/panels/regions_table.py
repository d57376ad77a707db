"""The removal table as the paper prints it, coloured by the ratio to Base, sorted and searched, with its downloads."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.requests import WITH_NORMS
from backend.contracts.results import RemovalSummary
from backend.contracts.token_premium import COLUMN as PREMIUM
from backend.contracts.token_premium import HINT as PREMIUM_HINT
from frontend.choices.removal_table import BITS, PERPLEXITY, TableChoice
from frontend.figures.removal import ASKED, FEW_LANGUAGES, NAME, STEPS, Cell, Line, Order, columns_of, removal_table
from frontend.shell import hint, icon
from frontend.table_files import table_files


def table_id(key: Any) -> dict[str, Any]:
    """Id of the element around the table of one result."""
    return {"type": "regions-table", "key": key}


def control_id(name: str, key: Any) -> dict[str, Any]:
    """Id of a control above the table of one result: `unit`, `sort`, `search`."""
    return {"type": f"regions-{name}", "key": key}


UNITS = {PERPLEXITY: "perplexity", BITS: "bits per byte"}
COLUMN_HINTS = {
    "Base": "The model as it is.",
    "Top": "The most important parameters set to zero.",
    "Bottom": "As many of the least important parameters set to zero.",
    "Random": "As many parameters set to zero, drawn by chance: the median of the draws, their least and most.",
}


MOST_TOOLTIPS = 80
"""Cells beyond which the browser's own tooltips are used: hundreds of drawn ones take seconds to set up."""


def table(summary: RemovalSummary, choice: TableChoice | None = None) -> html.Div:
    """Languages by Base, Top, Bottom, Random and further regions, the mean last; scrolls where it does not fit."""
    choice = choice or TableChoice.first(summary)
    view = removal_table(summary, bits_per_byte=choice.bits_per_byte, order=choice.order)
    plain = len(view.lines) * len(view.columns) > MOST_TOOLTIPS
    head = [
        html.Th("Language", scope="col"),
        *(_column(name) for name in view.columns),
        html.Th(hint(PREMIUM, PREMIUM_HINT), scope="col", className="removal-number"),
    ]
    body = [html.Tr(_line(line, plain=plain)) for line in view.lines]
    if not body:
        body = [html.Tr(html.Td("No language has this name.", colSpan=len(head), className="removal-nothing"))]
    foot = html.Tfoot(html.Tr(_line(view.mean, plain=plain))) if len(view.lines) > 1 else None
    return html.Div(
        html.Table([html.Thead(html.Tr(head)), html.Tbody(body), foot], className="removal-table"),
        className="removal-scroll is-long" if len(view.lines) > FEW_LANGUAGES else "removal-scroll",
    )


def order_controls(key: str, summary: RemovalSummary, order: Order) -> dmc.Group:
    """Sort by loss or name, find a language."""
    columns = [column.name for column in columns_of(summary)]
    options = [
        {"value": ASKED, "label": "as asked"},
        {"value": NAME, "label": "by name"},
        {"value": columns[0], "label": "Base, smallest first"},
        *({"value": name, "label": f"{name}, most lost first"} for name in columns[1:]),
    ]
    names = {"size": "xs", "w": 210}
    sort = dmc.Select(
        id=control_id("sort", key),
        data=options,
        value=order.by,
        allowDeselect=False,
        **names,
        **{"aria-label": "Order of the languages"},
    )
    search = dmc.TextInput(
        id=control_id("search", key),
        value=order.search,
        placeholder="Find a language",
        debounce=150,
        leftSection=icon("search", 14),
        size="xs",
        w=170,
        **{"aria-label": "Find a language"},
    )
    return dmc.Group([sort, search], gap=8)


def toolbar(key: str, summary: RemovalSummary, latex: str, choice: TableChoice | None = None) -> dmc.Group:
    """Unit and order of the cells, and the table as files and in the clipboard."""
    choice = choice or TableChoice.first(summary)
    data = [{"value": value, "label": label} for value, label in UNITS.items()]
    return dmc.Group(
        [
            dmc.Group(
                [
                    dmc.SegmentedControl(id=control_id("unit", key), data=data, value=choice.unit, size="xs"),
                    order_controls(key, summary, choice.order),
                ],
                gap=8,
            ),
            table_files(key, "removal", latex),
        ],
        justify="space-between",
    )


def legend() -> html.Div:
    """What the colours say."""
    steps = [html.Span([html.I(className=f"ratio ratio-{step.name}"), step.label]) for step in STEPS]
    return html.Div(
        [html.Span("Bits per byte above Base", className="removal-legend-title"), *steps],
        className="removal-legend",
    )


def _column(name: str) -> html.Th:
    explanation = COLUMN_HINTS.get(name.removesuffix(WITH_NORMS), "A further region set to zero.")
    if name.endswith(WITH_NORMS):
        explanation += " With the same share of every norm (and bias) in it."
    return html.Th(hint(name, explanation), scope="col", className="removal-number")


def _line(line: Line, *, plain: bool) -> list[Any]:
    code = html.Span(line.code, className="removal-code") if line.code else None
    name = html.Th([line.language, code], scope="row")
    cells = [_cell(cell, is_base=index == 0, plain=plain) for index, cell in enumerate(line.cells)]
    return [name, *cells, html.Td(line.premium, className="removal-premium")]


def _cell(cell: Cell, *, is_base: bool, plain: bool) -> html.Td:
    text: list[Any] = [html.Span(cell.text)]
    if cell.spread:
        text.append(html.Span(f" ({cell.spread})", className="removal-spread"))
    look = "removal-cell" if is_base else f"removal-cell ratio-{cell.step}"
    if plain:
        return html.Td(html.Div(text, title=cell.hover, className=look))
    inner = html.Div(text, tabIndex=0, className=look)
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
