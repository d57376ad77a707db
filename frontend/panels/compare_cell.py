"""What is picked on a map, in all models: one cell with its exact numbers, or one dimension; and what moved most."""

from __future__ import annotations

from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.compared_cells import ComparedCells
from backend.contracts.models import MatrixView
from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import Side
from frontend.choices.compare import CompareChoice
from frontend.figures.compare import Member
from frontend.figures.compare_cell import CellTable, Moved, cell_table, changed_by, moved_most
from frontend.figures.kinds import matrix_title
from frontend.figures.numbers import factor, percent, significant
from frontend.figures.sides import dimension_label
from frontend.shell import hint, problem_alert

ASKED = "compare-cell-asked"
PICKED = "compare-cell"
AT = "compare-cell-at"
MOVED = "compare-moved"
N_MOVED = 6
NEIGHBOURS = 8
TOUCHABLE = (Side.RESIDUAL, Side.HEAD, Side.NEURON)
_ARROWS = (("←", "left"), ("↑", "up"), ("↓", "down"), ("→", "right"))


class Seen(NamedTuple):
    """A view of the maps, complete: what is compared, of which matrix."""

    choice: CompareChoice
    members: tuple[Member, ...]

    @property
    def able(self) -> list[Member]:
        """Those that have the matrix and what is painted."""
        return [member for member in self.members if member.view(self.choice.matrix or "") and not member.is_missing]


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
    clicked = _clicked(seen, place)
    of, minus = clicked if clicked else (able[0], None)
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
    view = _view(seen)
    if view is None:
        return empty()
    side = 0 if len(view.shape) == 1 else axis
    if index >= view.shape[side]:
        return html.Div(f"{view.name} has no {('row', 'column')[axis]} {index} in A.", className="study-note")
    lines = []
    for member, found in _marginals(seen, api):
        value = changed_by(found, side, index)
        told = "told for its block only" if value is None else significant(value, 4)
        lines.append(html.Div([html.Dt(f"{member.letter} − A"), html.Dd(told)]))
    measure = hint("change of the whole dimension", _CHANGE)
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


def moved(seen: Seen, api: Client) -> list[Any]:
    """For every model but A the rows and columns of the matrix that differ most, each with what to do next."""
    view = _view(seen)
    if view is None:
        return []
    cards = []
    for member, found in _marginals(seen, api):
        most = moved_most(found, view, N_MOVED)
        title = html.H3(f"What differs most, {member.letter} − A", className="map-heading")
        nothing = html.Div(f"{view.name} is the same in both.", className="study-note")
        rows = [_moved(seen.choice, view, one) for one in most]
        note = html.Div(hint(found.profiles[0].measure, _CHANGE), className="study-note") if most else nothing
        cards.append(html.Section([title, note, *rows], className="atlas-card compare-moved"))
    return cards


def _moved(choice: CompareChoice, view: MatrixView, one: Moved) -> html.Div:
    share = f" · {percent(round(one.share, 4))} of all, {factor(one.evenly)}" if one.share else ""
    number = significant(one.value, 3) + share
    name = html.A(
        one.label, href=choice.link(cell=None, dimension=(one.axis, one.place)), className="atlas-anchor",
        title="Mark it on the maps", **{"data-compare-dimension": f"{one.axis},{one.place}"},
    )  # fmt: skip
    side = 0 if len(view.shape) == 1 else one.axis
    touch = _touch_link(choice, view, side, one.place, axis=one.axis)
    parts = [name, html.Span(number, className="compare-moved-number"), touch]
    return html.Div(parts, className="compare-moved-row")


def _touch_link(choice: CompareChoice, view: MatrixView, side: int, index: int, *, axis: int) -> Any:
    if view.sides[side] not in TOUCHABLE:
        return None
    href = choice.link(section="touch", cell=None, dimension=(axis, index), touched=None)
    label = f"Touch {dimension_label(view, side, index)} in all models"
    return html.Span(dcc.Link("touch in all", href=href, className="atlas-anchor"), title=label)


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


def _marginals(seen: Seen, api: Client) -> list[tuple[Member, Any]]:
    """Profiles of the differences that are defined."""
    choice, able = seen.choice, seen.able
    assert choice.matrix and choice.reducer
    if not able or able[0] is not seen.members[0]:
        return []
    first, shape = able[0], _shape(able[0], choice.matrix)
    found = []
    for member in able[1:]:
        if _shape(member, choice.matrix) == shape:
            try:
                told = api.difference_marginals(
                    member.subject, first.subject, matrix=choice.matrix, reducer=choice.reducer.value
                )
            except KnownError:
                continue  # the map of this difference says why
            found.append((member, told))
    return found


def _shape(member: Member, matrix: str) -> tuple[int, ...]:
    view = member.view(matrix)
    return view.shape if view else ()


def _view(seen: Seen) -> MatrixView | None:
    return next((view for member in seen.able if (view := member.view(seen.choice.matrix or ""))), None)


def _clicked(seen: Seen, place: int) -> tuple[Member, Member | None] | None:
    """Whose map was clicked: members first, then the differences from A."""
    n = len(seen.members)
    if place < n:
        return (seen.members[place], None) if seen.members[place] in seen.able else None
    of = place - n + 1
    return (seen.members[of], seen.members[0]) if of < n else None


def _size(block: dict[str, Any]) -> int:
    sides = [(block.get(f"{axis}_stop") or block[axis] + 1) - block[axis] for axis in ("row", "column")]
    return int(sides[0] * sides[1])


def _around(index: int, size: int) -> tuple[int, int] | None:
    found = max(0, index - NEIGHBOURS), min(size, index + NEIGHBOURS)
    return found if found[1] > found[0] and size > 2 * NEIGHBOURS else None


_CHANGE = (
    "Of weights and importances: the square root of the summed squared changes along the row or column. Of regions: "
    "how many parameters only one of the two holds. The last factor is the share over that of an even spread: 1 is "
    "chance."
)
