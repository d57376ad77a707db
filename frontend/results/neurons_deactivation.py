"""The deactivation matrix of some key neurons: stored, or as far as its columns are measured; the texts of a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.requests import DeactivationRequest, KeyNeuronsRequest
from backend.contracts.results import KeyNeuronsSummary
from frontend import follow
from frontend.choices.neurons import NeuronsView
from frontend.choices.neurons_deactivation import DeactivationChoice
from frontend.panels import neurons_deactivation as panel
from frontend.panels.stored_requests import stored_requests
from frontend.shell import hint
from frontend.table_files import table_files
from frontend.views.neurons_opened import Matrix, asked_texts, matrices_of, matrix_of

OFF = "neurons-off-key"
"""Store, key of the deactivation that is shown."""


def section(request: KeyNeuronsRequest, summary: KeyNeuronsSummary, view: NeuronsView, api: Client) -> html.Section:
    """Form, job, table and texts."""
    rows = matrices_of(request, api)
    key = view.off or (rows[0].key if rows else None)
    matrix = matrix_of(key, summary, api) if key else None
    choice = (
        DeactivationChoice.of_request(matrix.request) if matrix else DeactivationChoice.first(request, api.corpora())
    )
    choice = DeactivationChoice.of_query(view.fields, choice)
    running = key if matrix and not matrix.is_stored else None
    read = view.read if matrix and set(view.read) <= set(request.languages) else ()
    head = [
        html.H2([hint("Turned off", _HINT), ": what each language loses"], className="study-heading"),
        html.Div(downloads(matrix, api), id="neurons-off-downloads"),
    ]
    return html.Section(
        [
            dmc.Group(head, justify="space-between"),
            dcc.Store(id=OFF, data=matrix.key if matrix else None),
            dcc.Store(id=panel.READ),
            panel.form(choice, request),
            html.Div(panel.run_button(again=matrix is not None)),
            html.Div(id=panel.PROBLEM),
            follow.slot(panel.PREFIX, running),
            html.Div(
                panel.table(matrix.view if matrix else None, read),
                id=panel.TABLE,
                className="study-card",
                **{"data-key": matrix.key if matrix and matrix.is_stored else ""},
            ),
            _texts(matrix, read, api),
            stored_requests("neurons", "Further matrices of these neurons", rows, key, _told)
            if len(rows) > 1
            else None,
        ],
        className="atlas-card study-card",
        id="neurons-off",
    )


def downloads(matrix: Matrix | None, api: Client) -> Any:
    """The table as files, once it is whole."""
    if matrix is None or not matrix.is_stored:
        return None
    return table_files(matrix.key, "deactivation", api.table(matrix.key, "tex"))


def _texts(matrix: Matrix | None, read: Sequence[str], api: Client) -> html.Div:
    """The texts that the address names, when they are written or on their way; reading an address asks for nothing."""
    if matrix is None or not read or not set(read) <= {*matrix.request.columns, *matrix.request.evaluation.languages}:
        return panel.texts_place((), None, None)
    request = asked_texts(matrix, read, api)
    # Before the results: what ends in between is followed to its end instead of being in neither list.
    running = next((job.key for job in api.jobs() if job.request == request and not job.state.ended), None)
    for row in api.results(kind="generation_grid", model=request.model):
        if row.request == request:
            return panel.texts_place(read, row.key, None)
    place = panel.texts_place(read, None, running)
    if running is None:
        place.children[1].children = panel.texts_head(read, not_written=True)
    return place


def _told(request: DeactivationRequest) -> str:
    lines = request.evaluation.lines
    draws = f"{request.random_draws} random draw{'' if request.random_draws == 1 else 's'}"
    return f"off: {' '.join(request.columns)} · lines {lines.start} to {lines.stop or 'end'} · {draws}"


_HINT = (
    "The key neurons of one language are held at 0 (the input of the down projection, at every position), and "
    "perplexity is measured in every language, beside as many random neurons (paper B, Tables 1 and 4)."
)
