"""What happens on the overlap part of the Combine page: regions are found, compared, and looked at in pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from backend.client import Client
from backend.contracts.formulas import region_label
from backend.contracts.problems import KnownError
from frontend.heat_table import cell_id
from frontend.panels import combine_overlap
from frontend.panels.combine_overlap import FILTERS, OverlapId
from frontend.panels.problem import problem_alert
from frontend.stored_regions import as_region, stored_regions


def drawn(keys: Sequence[str], shown: Sequence[str], api: Client) -> tuple[Any, Any]:
    """The matrix of some stored regions, and the pair of them that is shown."""
    return overlap(keys, shown, api), pair(shown, api)


def overlap(keys: Sequence[str], marked: Sequence[str], api: Client) -> Any:
    """The matrix of some stored regions."""
    try:
        return combine_overlap.matrix(api.overlap(tuple(keys)) if len(keys) > 1 else None, marked)
    except KnownError as error:
        return problem_alert(error.problem)


def pair(keys: Sequence[str], api: Client) -> Any:
    """Two stored regions, matrix by matrix; nothing without two."""
    if len(keys) != 2:
        return None
    left, right = keys
    try:
        view = api.overlap_by_matrix(left, right)
        rows = {row.key: row for row in stored_regions(api)}
        found = rows[left], rows[right]
    except KnownError as error:
        return problem_alert(error.problem)
    except KeyError:
        return None
    names = tuple(region_label(as_region(row.request)) for row in found)
    return combine_overlap.by_matrix(view, (names[0], names[1]), (found[0].model, found[1].model))


def register(app: Dash, api: Client) -> None:
    """Connect filters, picker, matrix and pair."""

    @app.callback(
        Output(OverlapId.REGIONS, "value"),
        Input(OverlapId.ADD, "n_clicks"),
        State(OverlapId.REGIONS, "value"),
        *(State(element, "value") for element in FILTERS),
        prevent_initial_call=True,
    )
    def _add(_clicks: Any, chosen: list[str], *wanted: str | None) -> list[str]:
        found = combine_overlap.matching(stored_regions(api), wanted)
        return list(dict.fromkeys([*chosen, *found]))[: combine_overlap.MOST_REGIONS]

    @app.callback(
        Output(OverlapId.SHOWN, "data"),
        Input(cell_id(ALL, ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def _click(_clicks: Any) -> Any:
        cell = ctx.triggered_id
        return [cell["left"], cell["right"]] if cell and ctx.triggered[0]["value"] else no_update

    @app.callback(
        Output(OverlapId.MATRIX, "children"),
        Input(OverlapId.REGIONS, "value"),
        Input(OverlapId.SHOWN, "data"),
        running=[(Output(OverlapId.MATRIX, "className"), "overlap-matrix is-loading", "overlap-matrix")],
        prevent_initial_call=True,
    )
    def _matrix(keys: list[str], shown: list[str]) -> Any:
        return overlap(keys, shown, api)

    @app.callback(
        Output(OverlapId.PAIR, "children"),
        Input(OverlapId.SHOWN, "data"),
        running=[(Output(OverlapId.PAIR, "className"), "is-loading", "")],
        prevent_initial_call=True,
    )
    def _pair(shown: list[str]) -> Any:
        return pair(shown, api)
