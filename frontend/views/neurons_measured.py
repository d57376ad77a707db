"""What hangs from key neurons on their page: the deactivation matrix with its texts, and the regions of paper A."""

from __future__ import annotations

from typing import Any, NamedTuple

import plotly.graph_objects as go

from backend.client import Client
from backend.contracts.requests import Request
from backend.contracts.results import EnrichmentSummary, GenerationGridSummary, Manifest
from frontend.choices.neurons import NeuronsView
from frontend.figures.neurons_deactivation import off_figure
from frontend.figures.neurons_regions import by_layer, held_figure
from frontend.language_names import name_of
from frontend.views.base import Passage, Table
from frontend.views.neurons_opened import (
    KINDS,
    Found,
    Matrix,
    asked_texts,
    comparisons_of,
    is_held,
    matrices_of,
    matrix_of,
)
from frontend.views.parts import shown_of, stored_table


class Section(NamedTuple):
    """What one section of the page adds; `state` for the address."""

    state: dict[str, object] = {}
    figures: tuple[go.Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    passages: tuple[Passage, ...] = ()
    sources: tuple[Manifest, ...] = ()
    missing: tuple[Request, ...] = ()


def deactivation(these: Found, look: NeuronsView, api: Client) -> Section:
    """The matrix that is named, else the newest of these neurons; the texts of the cell that is read."""
    rows = matrices_of(these.request, api)
    key = look.off or (rows[0].key if rows else None)
    matrix = matrix_of(key, these.summary, api) if key else None
    if matrix is None:
        return Section()
    figures = (off_figure(matrix.view, dark=False),) if matrix.view else ()
    state: dict[str, object] = {"off": matrix.key}
    texts = _texts(matrix, look, api)
    if not matrix.is_stored:
        return Section(state | texts.state, figures, missing=(matrix.request, *texts.missing))
    manifest = api.manifest(matrix.key)
    title = "Relative increase of perplexity with the key neurons of one language off"
    table = stored_table(manifest, api, name="deactivation", title=title)
    return Section(
        state | texts.state, figures, (table,), texts.passages, (manifest, *texts.sources), texts.missing
    )  # fmt: skip


def _texts(matrix: Matrix, look: NeuronsView, api: Client) -> Section:
    read = look.read
    if not read or not set(read) <= {*matrix.request.columns, *matrix.request.evaluation.languages}:
        return Section()
    state: dict[str, object] = {"read": read}
    request = asked_texts(matrix, read, api)
    rows = api.results(kind="generation_grid", model=request.model)
    key = next((row.key for row in rows if row.request == request), None)
    if key is None:
        return Section(state, missing=(request,))
    manifest = api.manifest(key)
    assert isinstance(manifest.summary, GenerationGridSummary)
    passages = tuple(
        Passage(
            f"text-{number}-{place}",
            f"{name_of(one.language)}, prompt {number}: {column.name if place else 'full model'}",
            one.prompt + one.text,
            one.language,
        )
        for place, column in enumerate(manifest.summary.columns)
        for number, one in enumerate(column.continuations, 1)
    )
    return Section(state, passages=passages, sources=(manifest,))


def held(these: Found, look: NeuronsView, api: Client) -> Section:
    """The comparison with regions that is named, else the newest; one cell of it by layer."""
    rows = comparisons_of(these.request, api)
    key = look.enriched or (rows[0].key if rows else None)
    if key is None:
        return Section()
    shown = shown_of({"result": key}, (), KINDS, api)
    if shown.manifest is None:
        return Section({"enriched": key}, missing=(shown.request,) if shown.request else ())
    summary: Any = shown.manifest.summary
    assert isinstance(summary, EnrichmentSummary)
    cell = look.held if is_held(look.held, summary) else ()
    figures = [held_figure(summary, dark=False)]
    if cell:
        figures.append(by_layer(summary, cell[0], summary.regions[int(cell[1])], dark=False))
    table = stored_table(shown.manifest, api, name="held", title="Key neurons in regions, by layer")
    return Section({"enriched": key, "held": cell}, tuple(figures), (table,), sources=(shown.manifest,))
