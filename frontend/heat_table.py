"""A table of shaded numbers that can be clicked; it follows the colours of the page by itself."""

from __future__ import annotations

from typing import Any

from dash import html

from frontend.figures.overlap import HeatCell, HeatTable
from frontend.plain import plain

CELL = "heat-cell"
DARK = 0.65
"""Shade above which the number is written in the colour of the ground."""


def cell_id(left: Any, right: Any, kind: str = CELL) -> dict[str, Any]:
    """Id of a cell that can be clicked; `kind` tells the tables of one page apart."""
    return {"type": kind, "left": left, "right": right}


def heat_table(
    table: HeatTable,
    *,
    clickable: bool = False,
    numbered: bool = False,
    marked: tuple[str, ...] = (),
    kind: str = CELL,
    said_to: str | None = None,
) -> html.Div:
    """The table. `numbered` rows carry the number that stands for them above the columns; `marked` keys are framed.

    `said_to`: store for clicks; then no cell is a component.
    """
    head = [
        html.Th(column, scope="col", title=title) for column, title in zip(table.columns, table.titles, strict=True)
    ]
    lines = [
        html.Tr(
            [
                html.Th([html.Span(f"{index + 1} ", className="heat-number") if numbered else None, name], scope="row",
                        title=name),
                *(
                    _cell(cell, kind if clickable else None, is_marked=bool(marked) and cell.keys == marked)
                    for cell in cells
                ),
            ]
        )
        for index, (name, cells) in enumerate(zip(table.rows, table.cells, strict=True))
    ]  # fmt: skip
    body = html.Tbody(lines)
    if said_to:
        plain(body, said_to)
    whole = html.Table([html.Thead(html.Tr([html.Th(""), *head])), body], className="heat-table")
    return html.Div(whole, className="heat-scroll")


def _cell(cell: HeatCell, kind: str | None, *, is_marked: bool) -> html.Td:
    if cell.shade is None:
        return html.Td(cell.text, title=cell.hover, className="heat-cell is-empty")
    look: dict[str, Any] = {
        "style": {"--shade": f"{100 * min(1.0, cell.shade):.0f}%"},
        "title": cell.hover,
        "className": " ".join(
            ["heat-cell", *(["is-dark"] if cell.shade > DARK else []), *(["is-marked"] if is_marked else [])]
        ),
    }
    if kind is None or cell.keys is None:
        return html.Td(cell.text, **look)
    button = html.Button(
        cell.text, id=cell_id(*cell.keys, kind), className="heat-button", **{"aria-label": f"{cell.text}: {cell.hover}"}
    )
    return html.Td(button, **look)
