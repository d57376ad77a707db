"""What is picked on a map, in all models: one cell with its exact numbers, or one dimension."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.compared_cells import ComparedCells
from backend.contracts.models import MatrixView
from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import Side
from frontend.choices.compare import CompareChoice
from frontend.figures.compare import Member
from frontend.figures.compare_cell import CellTable, cell_table, changed_by
from frontend.figures.kinds import matrix_title
from frontend.figures.numbers import significant
from frontend.figures.sides import dimension_label
from frontend.results.compare_seen import Seen, changes, clicked, view_of
from frontend.shell import hint, problem_alert

ASKED = "compare-cell-asked"
PICKED = "compare-cell"
AT = "compare-cell-at"
NEIGHBOURS = 8
TOUCHABLE = (Side.RESIDUAL, Side.HEAD, Side.NEURON)
_ARROWS = (("←", "left"), ("↑", "up"), ("↓", "down"), ("→", "right"))


def empty() -> html.Div:
    """Before anything is picked."""
    told = "Click a cell of a map for its exact numbers in all models, or a profile beside a difference."
    return html.Div(told, className="study-note")


def shown(seen: Seen, api: Client) -> Any:
    """What the address says is picked; the empty sentence where nothing is."""
    choice = seen.choice
    if choice.cell:
        return picked_cell(seen, {"row": choice.cell[0], "column": choice.cell[1]}, api)
    return picked_dimension(seen, *choice.dimension, api) if choice.dimension else empty()


def picked_cell(seen: Seen, asked: dict[str, Any], api: Client) -> Any:
    """The cell that was clicked (`place` counts the maps), or the largest one below that pixel."""
    able, choice = seen.able, seen.choice
    if not able:
        return empty()
    place = asked.get("place") or 0
    chosen = clicked(seen, place)
    of, minus = chosen if chosen else (able[0], None)
    assert choice.matrix and choice.reducer
    try:
        found = api.compared_cell(
            [member.subject for member in able],
            matrix=choice.matrix,
            reducer=choice.reducer.value,
            of=of.subject,
            minus=minus.subject if minus else None,
            row=asked["row"],
            column=asked["column"],
            row_stop=asked.get("row_stop"),
            column_stop=asked.get("column_stop"),
        )
    except KnownError as error:
        return problem_alert(error.problem)
    return _cell(seen, found, of, n_cells=_size(asked))


def picked_dimension(seen: Seen, axis: int, index: int, api: Client) -> Any:
    """A whole row or column: how much it changed from A to each model, and the way to touch it in all."""
    view = view_of(seen)
    if view is None:
        return empty()
    side = 0 if len(view.shape) == 1 else axis
    if index >= view.shape[side]:
        return html.Div(f"{view.name} has no {('row', 'column')[axis]} {index} in A.", className="study-note")
    lines = []
    for member, found in changes(seen, api):
        value = changed_by(found, side, index)
        told = "told for its block only" if value is None else significant(value, 4)
        lines.append(html.Div([html.Dt(f"{member.letter} − A"), html.Dd(told)]))
    measure = hint("change of the whole dimension", CHANGE)
    return html.Div(
        [
            html.Div(dimension_label(view, side, index), className="map-picked-title"),
            html.Div([measure, f" in {view.name}"], className="study-note"),
            html.Dl(lines, className="map-facts"),
            _touch_dimension(seen.choice, view, side, index, axis=axis, variant="filled"),
            dcc.Store(id=AT, data={"axis": axis, "index": index, "matrix": view.name}),
        ],
        className="map-picked",
    )


def _touch_dimension(
    choice: CompareChoice, view: MatrixView, side: int, index: int, *, axis: int, variant: str = "light"
) -> Any:
    if view.sides[side] not in TOUCHABLE:
        return None
    button = dmc.Button(
        f"Touch {dimension_label(view, side, index)} in all", variant=variant, fullWidth=True, size="xs"
    )
    href = choice.link(section="touch", cell=None, dimension=(axis, index), touched=None)
    return dmc.Anchor(button, href=href, underline="never")


def _cell(seen: Seen, found: ComparedCells, of: Member, *, n_cells: int) -> html.Div:
    choice, view = seen.choice, of.view(found.matrix)
    assert view is not None
    there = next(one.cell for one in found.cells if one.cell is not None)
    sides = [label for label in (there.row_label, there.column_label) if label]
    is_vector = len(view.shape) == 1
    row, column = (0, found.row) if is_vector else (found.row, found.column)
    choice = choice._replace(cell=(row, column), dimension=None, touched=None)
    note = f"The largest of the {n_cells:,} cells below that pixel. " if n_cells > 1 else ""
    arrows = [
        html.Button(sign, className="map-tool", title=f"One cell {word}",
                    **{"data-compare-step": word, "aria-label": f"One cell {word}"})
        for sign, word in _ARROWS
    ]  # fmt: skip
    window = choice._replace(rows=_around(row, 1 if is_vector else view.shape[0]),
                             columns=_around(column, view.shape[-1]))  # fmt: skip
    neighbours = html.A(
        "Show its neighbours", href=window.link(), className="atlas-anchor",
        **{"data-compare-cell": f"{row},{column}"},
    )  # fmt: skip
    touches = [
        _touch_dimension(choice, view, side, (found.row, found.column)[side], axis=1 if is_vector else side)
        for side in range(len(view.shape))
    ]
    scalar = dmc.Button("Touch this parameter in all", fullWidth=True, size="xs")
    title = html.Div(matrix_title(view), className="map-picked-title")
    return html.Div(
        [
            html.Div([title, html.Div(arrows, className="compare-arrows")], className="compare-picked-head"),
            html.Div(" × ".join(sides), className="compare-where"),
            _table(cell_table(found, [member.letter for member in seen.able])),
            *_without(seen),
            html.Div([note, neighbours],
                     className="study-note"),
            html.Div([dmc.Anchor(scalar, href=choice.link(section="touch"), underline="never"), *touches],
                     className="compare-touches"),
            dcc.Store(id=AT, data={"row": row, "column": column, "matrix": view.name}),
        ],
        className="map-picked",
    )  # fmt: skip


def _table(found: CellTable) -> html.Div:
    head = html.Tr([html.Th(""), *(html.Th(name, scope="col") for name in found.columns)])
    lines = [
        html.Tr(
            [
                html.Th(line.letter, scope="row"),
                *(
                    [html.Td(line.reason, colSpan=len(found.columns), className="study-note")]
                    if line.reason
                    else [html.Td(value, className="compare-number") for value in line.values]
                ),
            ]
        )
        for line in found.lines
    ]
    table = html.Table([html.Thead(head), html.Tbody(lines)], className="compare-table compare-cell-table")
    return html.Div(table, className="heat-scroll")


def _without(seen: Seen) -> list[html.Div]:
    """Models that cannot be asked, with the reason."""
    found = []
    for member in seen.members:
        if member.view(seen.choice.matrix or "") is None:
            found.append(f"{member.letter} has no {seen.choice.matrix}.")
        elif member.is_missing:
            found.append(f"{member.letter} has no such result yet.")
    return [html.Div(" ".join(found), className="study-note")] if found else []


def _size(block: dict[str, Any]) -> int:
    sides = [(block.get(f"{axis}_stop") or block[axis] + 1) - block[axis] for axis in ("row", "column")]
    return int(sides[0] * sides[1])


def _around(index: int, size: int) -> tuple[int, int] | None:
    found = max(0, index - NEIGHBOURS), min(size, index + NEIGHBOURS)
    return found if found[1] > found[0] and size > 2 * NEIGHBOURS else None


CHANGE = (
    "Of weights and importances: the square root of the summed squared changes along the row or column. Of regions: "
    "how many parameters only one of the two holds. The last factor is the share over that of an even spread: 1 is "
    "chance."
)
