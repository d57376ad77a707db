"""What an address of the Neurons page leads to: key neurons, their deactivation, their regions. No Dash here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.client import Client
from backend.contracts.building import Deactivated, deactivation_columns
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    DeactivationRequest,
    EnrichmentRequest,
    GenerationGridRequest,
    KeyNeuronsRequest,
    Request,
)
from backend.contracts.results import (
    DeactivationSummary,
    EnrichmentSummary,
    KeyNeuronsSummary,
    Manifest,
    PerplexitySummary,
    ResultRow,
)
from backend.contracts.vocabulary import JobState
from frontend.choices.neurons import NeuronsView
from frontend.choices.neurons_deactivation import texts_request
from frontend.figures.neurons_deactivation import Measured, OffTable, of_summary, off_table

KINDS = (KeyNeuronsRequest, DeactivationRequest, EnrichmentRequest)


class Opened(NamedTuple):
    """What an address leads to."""

    manifest: Manifest | None = None
    """Of the key neurons."""
    view: NeuronsView = NeuronsView()
    request: KeyNeuronsRequest | None = None
    following: str | None = None


def opened_by(request: Request, key: str | None, view: NeuronsView, api: Client) -> Opened:
    """The key neurons that a request is about or is built on, and what of them is looked at.

    Where they are not stored yet, the job itself is followed.
    """
    if isinstance(request, KeyNeuronsRequest):
        neurons = request
    else:
        assert isinstance(request, DeactivationRequest | EnrichmentRequest)
        neurons = request.neurons
        is_matrix = isinstance(request, DeactivationRequest)
        view = view._replace(off=key) if is_matrix else view._replace(enriched=key)
    rows = api.results(kind="key_neurons", model=neurons.activations.model)
    stored_key = next((row.key for row in rows if row.request == neurons), None)
    if stored_key is None:
        return Opened(None, view, neurons, key)
    return Opened(api.manifest(stored_key), view, neurons)


class Found(NamedTuple):
    """A stored `key_neurons` result, taken apart."""

    manifest: Manifest
    request: KeyNeuronsRequest
    summary: KeyNeuronsSummary

    @property
    def key(self) -> str:
        """Its key."""
        return self.manifest.key


def found(manifest: Manifest) -> Found:
    """The parts of a manifest that is known to be of key neurons."""
    request, summary = manifest.request, manifest.summary
    assert isinstance(request, KeyNeuronsRequest) and isinstance(summary, KeyNeuronsSummary)
    return Found(manifest, request, summary)


class Matrix(NamedTuple):
    """What of a matrix is there; `view` None: not even the full model is measured."""

    key: str
    request: DeactivationRequest
    view: OffTable | None
    is_stored: bool


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


def asked_texts(matrix: Matrix, read: Sequence[str], api: Client) -> GenerationGridRequest:
    """The texts of one cell."""
    return texts_request(matrix.request, read[0], read[1], api)


def summary_of(key: str, api: Client) -> EnrichmentSummary | None:
    """The stored comparison of a key; None while it is not stored."""
    try:
        summary = api.manifest(key).summary
    except KnownError:
        return None
    return summary if isinstance(summary, EnrichmentSummary) else None


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


def matrices_of(request: KeyNeuronsRequest, api: Client) -> list[ResultRow]:
    """Stored deactivations of these key neurons, newest first."""
    rows = api.results(kind="deactivation", model=request.activations.model)
    return [row for row in rows if isinstance(row.request, DeactivationRequest) and row.request.neurons == request]


def is_held(held: tuple[str, ...], summary: EnrichmentSummary) -> bool:
    """Whether a cell (language, number of a region) is one of this comparison."""
    return len(held) == 2 and held[0] in summary.languages and held[1].isdigit() and int(held[1]) < len(summary.regions)


def comparisons_of(request: KeyNeuronsRequest, api: Client) -> list[ResultRow]:
    """Stored comparisons of these key neurons with regions, newest first."""
    rows = api.results(kind="enrichment", model=request.activations.model)
    return [row for row in rows if isinstance(row.request, EnrichmentRequest) and row.request.neurons == request]
