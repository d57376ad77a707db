"""A table of a view as CSV for reading in, LaTeX for a paper, JSON with everything it comes from. Pure.

As the tables of single results are (`backend.results.tables`): CSV holds numbers and nothing else, exact; LaTeX prints
them as the papers do, with its sources as comments; JSON carries all provenance.
"""

from __future__ import annotations

import json
import math
from enum import StrEnum

from backend import latex
from backend.contracts.perplexity_words import with_states
from backend.csv_text import csv_text as csv_text_of
from frontend.exports.sources import lines, provenance
from frontend.views.base import Cell, Table, View

NOT_MEASURED = "nan"
"""What CSV says for None; readers of CSV know the word."""


class TableFormat(StrEnum):
    """How a table is written."""

    CSV = "csv"
    TEX = "tex"
    JSON = "json"


def written(table: Table, view: View, form: TableFormat) -> str:
    """The table as text."""
    if form is TableFormat.CSV:
        return csv_text(table)
    if form is TableFormat.TEX:
        return tex_text(table, view)
    return json_text(table, view)


def csv_text(table: Table) -> str:
    """Columns, then rows; numbers as exact as they are known."""
    columns, rows = with_states(table.columns, table.rows)
    return csv_text_of(columns, ([NOT_MEASURED if value is None else value for value in row] for row in rows))


def tex_text(table: Table, view: View) -> str:
    """The paper's own layout where the view has one, else a booktabs table of all columns; sources as comments."""
    said = "".join(f"% {' '.join(line.split())}\n" for line in (view.address, *lines(view)))
    if table.latex is not None:
        return said + table.latex
    rows = [[_printed(value) for value in row] for row in table.rows]
    return said + latex.table(table.columns, rows, f"{table.title}. {view.title}", f"{_page(view)}-{table.name}")


def json_text(table: Table, view: View) -> str:
    """Columns and rows with the address of the view and every result it was made of."""
    columns, rows = with_states(table.columns, table.rows)
    told = {
        "address": view.address,
        "view": view.title,
        "lead": view.lead,
        "name": table.name,
        "title": table.title,
        "columns": columns,
        "rows": [dict(zip(columns, map(_plain, row), strict=True)) for row in rows],
        **provenance(view),
    }
    return json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _printed(value: Cell) -> str | int | float | None:
    """LaTeX has one sign for all that is no number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: object) -> object:
    """JSON knows neither infinity nor nan: words that `float()` reads."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _page(view: View) -> str:
    return view.address.partition("?")[0].strip("/") or "start"
