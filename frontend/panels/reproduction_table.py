"""Published and measured numbers side by side; measured columns link to the result they are from."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from backend.contracts.reproduction import ComparedCell, ComparedGroup, ComparedRow, Comparison
from frontend import urls
from frontend.language_names import name_of
from frontend.shell import hint

LABELS = {
    "language": "Language",
    "n_dimensions": "Dimensions",
    "n_samples": "Samples",
    "change": "Change",
    "parameter": "Parameter",
    "group": "Group",
    "dimension": "Dimension",
    "estimator": "Estimator",
    "layer": "Layer",
    "layers": "Layers",
    "model": "Model",
    "key_neurons": "Key neurons of",
}


def comparison(compared: Comparison, model: str) -> Any:
    """The table; scrolls sideways where it does not fit. Nothing where there are no numbers at all."""
    if not compared.rows:
        return None
    blank = [html.Th("", colSpan=len(compared.labels))]
    groups = [_group(group, model) for group in compared.groups]
    names = [html.Th(LABELS.get(label, label), scope="col") for label in compared.labels]
    for group in compared.groups:
        names += [
            html.Th(column, scope="col", className=f"compared-number is-{group.origin}") for column in group.columns
        ]
    body = [_row(row, compared) for row in compared.rows]
    return html.Div(
        html.Table(
            [html.Thead([html.Tr([*blank, *groups]), html.Tr(names)]), html.Tbody(body)], className="compared-table"
        ),
        className="compared-scroll",
        tabIndex=0,
    )


def _group(group: ComparedGroup, model: str) -> html.Th:
    title: Any = hint(group.title, group.rule) if group.rule else group.title
    where: Any = group.origin
    if group.key:
        where = dcc.Link("measured, open", href=urls.open_result(group.kind, group.key, model))
    return html.Th(
        [html.Div(title), html.Div(where, className="compared-origin")],
        colSpan=len(group.columns),
        scope="colgroup",
        className=f"compared-group is-{group.origin}",
    )


def _row(row: ComparedRow, compared: Comparison) -> html.Tr:
    labels = [
        html.Th(name_of(text) if label in ("language", "key_neurons") else text, scope="row")
        for label, text in zip(compared.labels, row.labels, strict=True)
    ]
    cells = [
        _cell(cell, group.origin)
        for group, group_cells in zip(compared.groups, row.cells, strict=True)
        for cell in group_cells
    ]
    return html.Tr([*labels, *cells])


def _cell(cell: ComparedCell, origin: str) -> html.Td:
    state = " is-missing" if cell.value is None and cell.text != "∞" else ""
    return html.Td(cell.text, className=f"compared-number is-{origin}{state}")
