"""The maps of one matrix in several models on one scale of colours, and their signed differences from A."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import plotly.graph_objects as go

from backend.client import Client
from backend.contracts.models import MatrixView
from backend.contracts.problems import KnownError
from backend.contracts.results import TileHeader
from backend.contracts.vocabulary import Reducer
from frontend.figures.compare import Member, slots
from frontend.figures.compare_cell import moved_most
from frontend.figures.heatmap import MOST_PIXELS, HeatAxis, heatmap
from frontend.figures.kinds import matrix_title
from frontend.figures.reducers import LOOKS, reducers_of
from frontend.figures.sides import side_words
from frontend.results.compare import Compared, movement_rows
from frontend.views.base import Cell, Table
from frontend.views.compare_maps import Maps, maps
from frontend.views.compare_part import Part
from frontend.views.compare_weights import movement_table

N_MOVED = 6
_MEANS = (Reducer.MEAN_WEIGHT, Reducer.DENSITY)


def maps_part(view: Compared, api: Client) -> Part:
    """Every model's picture, every difference, what is picked, and how far each matrix moved."""
    found = maps(view)
    choice = found.choice
    assert choice.matrix and choice.reducer
    usual = reducers_of(found.painted.request)[0] if found.painted else Reducer.SIGNED_MAX_WEIGHT
    moved = [(place, row) for place, (_, row) in enumerate(movement_rows(view), 1) if row]
    painted = [one.key for one in found.members if one.key] or [row.key for row in view.opened]
    manifests = [api.manifest(key) for key in dict.fromkeys(painted)]
    answers = [(place, api.manifest(row.key)) for place, row in moved]
    return Part(
        lead=_lead(found),
        figures=tuple(_figures(found, api)),
        tables=(
            *_picked(found, api),
            *_moved(found, api),
            *(movement_table(one, place, None) for place, one in answers),
        ),
        sources=(*manifests, *(manifest for _, manifest in answers)),
        missing=found.missing,
        changes={
            "key": choice.key,
            "matrix": choice.matrix,
            "reducer": None if choice.reducer is usual else choice.reducer,
        },
    )


def _lead(found: Maps) -> str:
    name = found.choice.matrix or ""
    look = LOOKS[found.choice.reducer or Reducer.SIGNED_MAX_WEIGHT]
    painted = found.painted.title if found.painted else "weights"
    refused = [one["problem"] for one in _slots(found) if "problem" in one]
    view = next(one for one in found.matrices if one.name == name)
    sizes = " × ".join(map(str, view.shape))
    told = (
        f"{matrix_title(view).capitalize()} ({sizes}) of {len(found.members)} models: {painted}, {look.label.lower()}."
    )
    return " ".join([told, *refused])


def _slots(found: Maps) -> list[dict[str, Any]]:
    choice = found.choice
    assert choice.matrix and choice.reducer
    return slots(found.members, choice.matrix, choice.reducer, rows=choice.rows, columns=choice.columns)


def _figures(found: Maps, api: Client) -> Iterator[go.Figure]:
    """Those that can be painted, in the order of the page."""
    choice, n_members = found.choice, len(found.members)
    assert choice.matrix and choice.reducer
    shown = [spec.get("problem") is None for spec in _slots(found)]
    subjects = [one.subject for one, is_shown in zip(found.members, shown, strict=False) if is_shown]
    rows, columns = choice.rows or (0, None), choice.columns or (0, None)
    place: dict[str, Any] = {"matrix": choice.matrix, "reducer": choice.reducer.value}
    window: dict[str, Any] = {
        "row_start": rows[0], "row_stop": rows[1], "column_start": columns[0], "column_stop": columns[1],
        "max_rows": MOST_PIXELS, "max_columns": MOST_PIXELS,
    }  # fmt: skip
    of = matrix_title(next(one for one in found.matrices if one.name == choice.matrix))
    changed = Reducer.MEAN_DIFFERENCE if choice.reducer in _MEANS else Reducer.SIGNED_DIFFERENCE
    for member, is_shown in zip(found.members, shown, strict=False):
        if is_shown:
            source: dict[str, Any] = {"key": member.key} if member.key else {"model": member.model.name}
            values, header = api.tile(**source, **place, **window)
            limits = _limits(subjects, place, header, api)
            told: dict[str, Any] = {
                "name": f"map-{member.letter.lower()}",
                "title": f"{member.letter} · {member.model.name}: {of}",
            }
            yield _heatmap(values, header, member, found, limits=limits, **told)
    for member, is_shown in zip(found.members[1:], shown[n_members:], strict=True):
        if is_shown:
            values, header = api.difference_tile(
                member.subject, found.members[0].subject, **place, rows=rows, columns=columns,
                max_rows=MOST_PIXELS, max_columns=MOST_PIXELS,
            )  # fmt: skip
            told = {"name": f"difference-{member.letter.lower()}", "title": f"{member.letter} − A: {of}"}
            yield _heatmap(values, header, member, found, reducer=changed, **told)


def _limits(subjects: Sequence[str], place: dict[str, Any], header: TileHeader, api: Client) -> tuple[float, float]:
    scale = api.shared_scale(subjects, **place, row_block=header.row_block, column_block=header.column_block)
    return scale.low, scale.high


def _heatmap(
    values: Any, header: TileHeader, member: Member, found: Maps, *, reducer: Reducer | None = None, **more: Any
) -> go.Figure:
    view = _view(member, found.choice.matrix or "")
    across, down = (0, None) if len(view.shape) == 1 else (1, 0)
    rows = HeatAxis("" if down is None else side_words(view, down))
    look = reducer or found.choice.reducer
    assert look
    return heatmap(values, header, reducer=look, rows=rows, columns=HeatAxis(side_words(view, across)), **more)


def _view(member: Member, matrix: str) -> MatrixView:
    view = member.view(matrix)
    assert view is not None
    return view


def _picked(found: Maps, api: Client) -> tuple[Table, ...]:
    """The exact cell that is picked, in all models."""
    choice = found.choice
    if not choice.cell or not choice.matrix or not choice.reducer:
        return ()
    able = [one for one in found.members if one.view(choice.matrix) and not one.is_missing]
    row, column = choice.cell
    told = api.compared_cell(
        [one.subject for one in able], matrix=choice.matrix, reducer=choice.reducer.value, row=row, column=column
    )
    rows: list[tuple[Cell, ...]] = [
        (
            member.letter, member.model.name, told.row, told.column,
            one.cell.weight if one.cell else None,
            one.cell.importance if one.cell else None,
            one.cell.in_region if one.cell else None,
            one.reason or None,
        )
        for member, one in zip(able, told.cells, strict=True)
    ]  # fmt: skip
    columns = ("Letter", "Model", "Row", "Column", "Weight", "Importance", "In the region", "Why not")
    return (Table("picked-cell", f"The picked cell of {choice.matrix}", columns, tuple(rows)),)


def _moved(found: Maps, api: Client) -> list[Table]:
    """The rows and columns of the matrix that differ most from A."""
    choice, tables = found.choice, []
    assert choice.matrix and choice.reducer
    first = found.members[0]
    view = first.view(choice.matrix)
    for member in found.members[1:]:
        other = member.view(choice.matrix)
        if view is None or other is None or other.shape != view.shape or member.is_missing or first.is_missing:
            continue
        try:
            told = api.difference_marginals(
                member.subject, first.subject, matrix=choice.matrix, reducer=choice.reducer.value
            )
        except KnownError:
            continue  # the map of this difference says why
        rows = tuple(
            ("row" if one.axis == 0 else "column", one.place, one.label, one.value, one.share or None)
            for one in moved_most(told, view, N_MOVED)
        )
        columns = ("Axis", "Index", "Dimension", "Change", "Share of all")
        title = f"What differs most in {choice.matrix}, {member.letter} − A"
        tables.append(Table(f"most-{member.letter.lower()}", title, columns, rows))
    return tables
