"""The deactivation matrix of some key neurons: stored, or as far as its columns are measured; the texts of a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.building import Deactivated, deactivation_columns
from backend.contracts.problems import KnownError
from backend.contracts.requests import DeactivationRequest, GenerationGridRequest, KeyNeuronsRequest
from backend.contracts.results import DeactivationSummary, KeyNeuronsSummary, PerplexitySummary, ResultRow
from backend.contracts.vocabulary import JobState
from frontend import follow
from frontend.choices.neurons import NeuronsView
from frontend.choices.neurons_deactivation import DeactivationChoice, texts_request
from frontend.figures.neurons_deactivation import Measured, OffTable, of_summary, off_table
from frontend.panels import neurons_counts
from frontend.panels import neurons_deactivation as panel
from frontend.panels.stored_requests import stored_requests
from frontend.shell import hint

OFF = "neurons-off-key"
"""Store, key of the deactivation that is shown."""


class Matrix(NamedTuple):
    """What of a matrix is there; `view` None: not even the full model is measured."""

    key: str
    request: DeactivationRequest
    view: OffTable | None
    is_stored: bool


def section(request: KeyNeuronsRequest, summary: KeyNeuronsSummary, view: NeuronsView, api: Client) -> html.Section:
    """Form, job, table and texts."""
    rows = _stored_of(request, api)
    key = view.off or (rows[0].key if rows else None)
    matrix = matrix_of(key, summary, api) if key else None
    choice = (
        DeactivationChoice.of_request(matrix.request) if matrix else DeactivationChoice.first(request, api.corpora())
    )
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


def matrix_of(key: str, neurons: KeyNeuronsSummary, api: Client) -> Matrix | None:
    """The matrix behind a key; None when nobody knows it, or it is something else."""
    total = neurons.n_layers * neurons.n_neurons
    try:
        manifest = api.manifest(key)
    except KnownError:
        return _under_way(key, total, api)
    request, summary = manifest.request, manifest.summary
    if not isinstance(request, DeactivationRequest) or not isinstance(summary, DeactivationSummary):
        return None
    return Matrix(key, request, off_table(request, of_summary(summary), summary.n_neurons_total), is_stored=True)


def downloads(matrix: Matrix | None, api: Client) -> Any:
    """The table as files, once it is whole."""
    if matrix is None or not matrix.is_stored:
        return None
    return neurons_counts.downloads(matrix.key, "deactivation", api.table(matrix.key, "tex"))


def asked_texts(matrix: Matrix, read: Sequence[str], api: Client) -> GenerationGridRequest:
    """The texts of one cell."""
    return texts_request(matrix.request, read[0], read[1], api)


def _texts(matrix: Matrix | None, read: Sequence[str], api: Client) -> html.Div:
    """The texts that the address names, when they are written or on their way; reading an address asks for nothing."""
    if matrix is None or not read or not set(read) <= {*matrix.request.columns, *matrix.request.evaluation.languages}:
        return panel.texts_place((), None, None)
    request = asked_texts(matrix, read, api)
    for row in api.results(kind="generation_grid", model=request.model):
        if row.request == request:
            return panel.texts_place(read, row.key, None)
    running = next((job.key for job in api.jobs() if job.request == request and not job.state.ended), None)
    place = panel.texts_place(read, None, running)
    if running is None:
        place.children[1].children = panel.texts_head(read, not_written=True)
    return place


def _under_way(key: str, n_neurons_total: int, api: Client) -> Matrix | None:
    try:
        job = api.job(key)
    except KnownError:
        return None
    if not isinstance(job.request, DeactivationRequest) or job.state is JobState.DONE:
        return None
    columns = _so_far(job.request, api)
    view = off_table(job.request, columns, n_neurons_total) if None in columns else None
    return Matrix(key, job.request, view, is_stored=False)


def _so_far(request: DeactivationRequest, api: Client) -> dict[Deactivated | None, Measured]:
    wanted = deactivation_columns(request)
    keys = {row.request: row.key for row in api.results(kind="perplexity", model=request.neurons.activations.model)}
    found: dict[Deactivated | None, Measured] = {}
    for place, column in wanted.items():
        if column in keys:
            summary = api.manifest(keys[column]).summary
            assert isinstance(summary, PerplexitySummary)
            found[place] = Measured(summary.n_changed, summary.rows)
    return found


def _stored_of(request: KeyNeuronsRequest, api: Client) -> list[ResultRow]:
    rows = api.results(kind="deactivation", model=request.activations.model)
    return [row for row in rows if isinstance(row.request, DeactivationRequest) and row.request.neurons == request]


def _told(request: DeactivationRequest) -> str:
    lines = request.evaluation.lines
    draws = f"{request.random_draws} random draw{'' if request.random_draws == 1 else 's'}"
    return f"off: {' '.join(request.columns)} · lines {lines.start} to {lines.stop or 'end'} · {draws}"


_HINT = (
    "The key neurons of one language are held at 0 (the input of the down projection, at every position), and "
    "perplexity is measured in every language, beside as many random neurons (paper B, Tables 1 and 4)."
)
