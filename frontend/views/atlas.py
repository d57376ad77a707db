"""The Atlas outside of its page: the matrix in view, the overview of all, the profiles, what was picked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from backend.client import Client
from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.results import CellView, Manifest, MarginalsView, ResultRow, TileHeader
from backend.contracts.vocabulary import AnalysisKind, Reducer
from frontend.choices.atlas import AtlasChoice, completed, matrix_of
from frontend.choices.painted import paintable, result_label, row_named
from frontend.figures.heatmap import MOST_PIXELS, HeatAxis, heatmap
from frontend.figures.kinds import matrix_title
from frontend.figures.mosaic import mosaic
from frontend.figures.profile import profile_figure
from frontend.figures.reducers import LOOKS, reducers_of
from frontend.figures.sides import dimension_label, side_words, sizes
from frontend.views.base import Cell, Picture, Table, View
from frontend.views.parts import model_of

TITLE = "Atlas"


class _Seen(NamedTuple):
    """What the address shows."""

    choice: AtlasChoice
    model: ModelDescription
    matrix: MatrixView
    reducer: Reducer
    painted: str
    """What is painted, in words."""
    manifest: Manifest | None


def view(query: Mapping[str, str], api: Client) -> View:
    """One matrix of a model: its window, its place among the others, its largest dimensions."""
    seen = _seen(query, api)
    source: dict[str, Any] = seen.choice.source()
    place: dict[str, Any] = {"matrix": seen.matrix.name, "reducer": seen.reducer.value}
    values, header = api.tile(**source, **place, **_window(seen.choice), max_rows=MOST_PIXELS, max_columns=MOST_PIXELS)
    marginals = api.marginals(**source, **place)
    of = f"{matrix_title(seen.matrix)} of {seen.model.name}"
    figures = [
        _map(values, header, seen),
        mosaic(api.grid(**source, reducer=seen.reducer.value), seen.model, reducer=seen.reducer, of=seen.painted),
        *(profile_figure(profile, of=of) for profile in marginals.profiles),
    ]
    cell = _cell(seen, api)
    tables = [_top_dimensions(marginals), *([cell] if cell else []), *_region(seen.manifest)]
    return View(
        address=_address(seen),
        title=f"{matrix_title(seen.matrix).capitalize()} of {seen.model.name}",
        lead=_lead(seen, values, marginals),
        pictures=tuple(Picture(figure) for figure in figures),
        tables=tuple(tables),
        sources=tuple(_sources(seen, api)),
    )


def _seen(query: Mapping[str, str], api: Client) -> _Seen:
    asked = AtlasChoice.of_query(query)
    manifest = api.manifest(asked.key) if asked.key else None
    name = asked.model or (manifest.provenance.model if manifest else model_of(query, api))
    model, results = api.model(name), paintable(api, name)
    if manifest is not None and manifest.request.kind is AnalysisKind.OPEN_MODEL and manifest.provenance.model == name:
        manifest = None  # what it opened are the weights
    if manifest is not None and row_named(results, manifest.key) is None:
        _refuse(manifest, name)
    key = manifest.key if manifest else None
    choice = completed(asked._replace(model=name, key=key), model, results)
    assert choice.reducer is not None
    if choice.key and manifest is None:
        manifest = api.manifest(choice.key)
    return _Seen(choice, model, matrix_of(model, choice), choice.reducer, _painted(results, choice.key), manifest)


def _refuse(manifest: Manifest, model: str) -> None:
    raise KnownError(
        "not_paintable",
        f"result {manifest.key} ({manifest.request.kind.value} of {manifest.provenance.model}) is no map of {model}",
        hint="The Atlas paints regions and importances of the model that the address names, or its weights.",
        status=404,
    )


def _painted(results: tuple[ResultRow, ...], key: str | None) -> str:
    row = row_named(results, key)
    return f"{result_label(row)} ({row.kind.value.replace('_', ' ')})" if row else "the weights"


def _address(seen: _Seen) -> str:
    request = seen.manifest.request if seen.manifest else None
    usual = reducers_of(request)[0] is seen.reducer
    return seen.choice._replace(reducer=None if usual else seen.reducer).address()


def _window(choice: AtlasChoice) -> dict[str, Any]:
    window: dict[str, Any] = {}
    for name, span in (("row", choice.rows), ("column", choice.columns)):
        if span:
            window |= {f"{name}_start": span[0], f"{name}_stop": span[1]}
    return window


def _map(values: np.ndarray, header: TileHeader, seen: _Seen) -> Any:
    is_vector = len(seen.matrix.shape) == 1
    across, down = (0, None) if is_vector else (1, 0)
    return heatmap(
        values,
        header,
        reducer=seen.reducer,
        rows=HeatAxis("" if down is None else side_words(seen.matrix, down)),
        columns=HeatAxis(side_words(seen.matrix, across)),
        name="map",
        title=f"{matrix_title(seen.matrix)} of {seen.model.name}, {seen.painted}",
    )


def _top_dimensions(marginals: MarginalsView) -> Table:
    columns = ("side", "axis", "index", "dimension", "measure", "value")
    rows = tuple(
        (profile.side, "row" if profile.axis == 0 else "column", mark.index, mark.label, profile.measure, mark.value)
        for profile in marginals.profiles
        for mark in profile.top
    )
    return Table("top-dimensions", f"Dimensions of {marginals.matrix} that hold most", columns, rows)


def _cell(seen: _Seen, api: Client) -> Table | None:
    """What was picked: an exact cell, or a dimension."""
    choice, columns = seen.choice, ("what", "value")
    if choice.cell:
        found = api.cell(**choice.source(), matrix=seen.matrix.name, row=choice.cell[0], column=choice.cell[1])
        return Table("picked-cell", f"The cell picked in {matrix_title(seen.matrix)}", columns, _facts(found))
    if choice.dimension:
        axis, index = choice.dimension
        axis = 0 if len(seen.matrix.shape) == 1 else axis
        side = seen.matrix.sides[axis]
        rows = (("dimension", dimension_label(seen.matrix, axis, index)), ("side", side.value if side else None))
        return Table("picked-dimension", f"The dimension picked in {matrix_title(seen.matrix)}", columns, rows)
    return None


def _facts(found: CellView) -> tuple[tuple[Cell, ...], ...]:
    told: dict[str, Cell] = {
        "matrix": found.matrix,
        "row": found.row,
        "row is": found.row_label,
        "column": found.column,
        "column is": found.column_label or None,
        "weight": found.weight,
        "importance": found.importance,
        "in the region": found.in_region,
    }
    return tuple((name, value) for name, value in told.items() if value is not None)


def _region(manifest: Manifest | None) -> list[Table]:
    """How much of every matrix a painted region holds."""
    counts = getattr(manifest.summary, "matrices", None) if manifest else None
    if not counts:
        return []
    rows = tuple((count.matrix, count.selected, count.total, count.selected / count.total) for count in counts)
    return [Table("matrices", "The region in every matrix", ("matrix", "selected", "total", "share"), rows)]


def _lead(seen: _Seen, values: np.ndarray, marginals: MarginalsView) -> str:
    tops = [profile.top[0] for profile in marginals.profiles if profile.top]
    most = " and ".join(f"{mark.label} ({mark.value:.6g})" for mark in tops)
    measure = marginals.profiles[0].measure if marginals.profiles else ""
    return (
        f"{matrix_title(seen.matrix).capitalize()} of {seen.model.name}, {sizes(seen.matrix)}: {seen.painted}, "
        f"{LOOKS[seen.reducer].label.lower()} from {np.nanmin(values):.4g} to {np.nanmax(values):.4g}"
        + (f"; largest {measure}: {most}." if most else ".")
    )


def _sources(seen: _Seen, api: Client) -> list[Manifest]:
    """The result that is painted; of the weights, the job that opened the model, where it is still stored."""
    if seen.manifest is not None:
        return [seen.manifest]
    opened = api.results(kind=AnalysisKind.OPEN_MODEL.value, model=seen.model.name)
    return [api.manifest(opened[0].key)] if opened else []
