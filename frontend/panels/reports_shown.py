"""A view inside a report: its sentence, figures, tables and texts, or why it is not there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from backend.contracts.jobs import title_of
from frontend import theme
from frontend.panels.problem import problem_alert
from frontend.reports.html import is_numeric
from frontend.reports.looks import looking
from frontend.reports.shown import Shown
from frontend.views import Cell, Passage, Picture, Table, View

HEIGHT = 360
MOST_ROWS = 8
"""Of a table on the page; the exports have all."""


def drawn(shown: Shown, *, dark: bool) -> list[Any]:
    """Everything of one view."""
    if shown.view is None:
        return [problem_alert(shown.problem, color="yellow")] if shown.problem else []
    return [part for part in _parts(shown.view, dark) if part is not None]


def _parts(view: View, dark: bool) -> list[Any]:
    return [
        html.P(view.lead, className="reports-lead", dir="auto"),
        *(_picture(one, dark) for one in view.pictures),
        *(_table(one) for one in view.tables),
        *(_passage(one) for one in view.passages),
        _missing([title_of(request) for request in view.missing]),
    ]


def _picture(picture: Picture, dark: bool) -> html.Figure:
    figure = looking(picture.figure, dark=dark)
    height = figure.layout.height or HEIGHT
    graph = dcc.Graph(
        figure=figure,
        config={"displayModeBar": False},
        style={"height": height},
        responsive=True,
    )
    return html.Figure(
        [html.Figcaption(picture.told.title, className="study-label"), graph], className="reports-figure"
    )


def _table(table: Table) -> html.Div:
    rows = [html.Tr([_cell(cell) for cell in row]) for row in table.rows[:MOST_ROWS]]
    looks = ["is-number" if is_numeric(table, place) else "" for place in range(len(table.columns))]
    heads = [html.Th(column, scope="col", className=look) for column, look in zip(table.columns, looks, strict=True)]
    left = len(table.rows) - MOST_ROWS
    return html.Div(
        [
            html.Div(table.title, className="study-label"),
            html.Div(
                html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="reports-table"),
                className="reports-scroll",
                tabIndex=0,
                role="region",
                **{"aria-label": table.title},
            ),
            html.Div(f"{left:,} more rows in the exports.", className="study-note") if left > 0 else None,
        ]
    )


def _cell(value: Cell) -> html.Td:
    if isinstance(value, bool):
        return html.Td("yes" if value else "no")
    if isinstance(value, int | float):
        text = f"{value:.4g}" if isinstance(value, float) and math.isfinite(value) else str(value)
        return html.Td(text, className="is-number", title=str(value))
    return html.Td("–" if value is None else value, dir="auto")


def _passage(passage: Passage) -> html.Div:
    direction = theme.text_direction(passage.language) if passage.language else "auto"
    quoted = html.Blockquote(passage.text, dir=direction, lang=passage.language, className="reports-text")
    return html.Div([html.Div(passage.title, className="study-label"), quoted])


def _missing(titles: Sequence[str]) -> Any:
    return html.P(f"Not computed yet: {'; '.join(titles)}.", className="study-note") if titles else None
