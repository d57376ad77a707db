"""Sections of the Compare page about the weights: movement, overlap of regions, and what differs."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from backend.client import Client
from backend.contracts.comparison import ComparisonSummary
from backend.contracts.formulas import region_label
from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.regions import RegionQuestion
from backend.contracts.results import Manifest, OverlapByMatrix
from backend.contracts.vocabulary import REGION_KINDS
from frontend.choices.compare import asked_of, letter, questions
from frontend.figures.compare import all_matrices
from frontend.figures.compare_movement import MEASURES, by_kind, enrichment, movement_sentence, picker
from frontend.figures.compare_settings import Differences, of_configurations, of_models, of_requests, of_tokenizers
from frontend.figures.heat_figure import heat_figure
from frontend.figures.numbers import significant
from frontend.figures.overlap import overlap_by_matrix, overlap_sentence
from frontend.figures.sentences import extremes
from frontend.results.compare import Compared, movement_rows, region_in
from frontend.views.base import Cell, Table
from frontend.views.compare_asked import answers, two_requests
from frontend.views.compare_part import Part


def movement(view: Compared, api: Client) -> Part:
    """How far every matrix moved from A to each other model."""
    region = region_in(view)
    measure = view.choice.measure if view.choice.measure in MEASURES else "relative"
    measure = "relative" if MEASURES[measure].needs_region and region is None else measure
    figures: list[go.Figure] = []
    tables: list[Table] = []
    told, sources, missing = [], [], []
    for place, (request, row) in enumerate(movement_rows(view), 1):
        if row is None:
            missing.append(request)
            continue
        manifest = api.manifest(row.key)
        summary = _comparison(manifest)
        name = f"A to {letter(place)}"
        told.append(f"{name}: {movement_sentence(summary, request.region)}")
        sources.append(manifest)
        figures.append(_movement_figure(view.models, place, summary, measure))
        tables += [movement_table(manifest, place, region), _kinds_table(summary, letter(place), region)]
    lead = " ".join(told) or "The movement between these models has not been measured yet."
    changes = {"measure": measure, "region": view.choice.region if region else None}
    return Part(lead, tuple(figures), tuple(tables), sources=tuple(sources), missing=tuple(missing), changes=changes)


def movement_table(manifest: Manifest, place: int, region: RegionQuestion | None) -> Table:
    """Every matrix of A and of the model at `place`, exact; without a region nothing is said of one.

    The stored comparison may hold one that nobody asked for here.
    """
    other = letter(place)
    columns = (
        "Matrix", "Layer", "Kind", "Parameters", "Norm in A", "Moved", "Moved over norm", "Largest change", "Cosine",
        "Changed", *(("In the region", "Moved inside", "Ratio to chance") if region else ()),
    )  # fmt: skip
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.matrix, one.layer, one.kind.value, one.n_parameters, one.norm, one.moved, one.relative, one.largest,
            one.cosine, one.n_changed, *((one.n_inside, one.moved_inside, enrichment(one)) if region else ()),
        )
        for one in _comparison(manifest).matrices
    )  # fmt: skip
    title = f"How far each matrix moved from A to {other}{_against(region)}"
    return Table(f"movement-{other.lower()}", title, columns, rows)


def _against(region: RegionQuestion | None) -> str:
    return f", against {region_label(region)}" if region else ""


def regions(view: Compared, api: Client) -> Part:
    """What the regions of one question share, whole and matrix by matrix."""
    stored = questions(view.of_kinds(*REGION_KINDS), view.choice.models)
    if not stored:
        return Part("No region is stored for these models.")
    chosen, found = answers(view, stored)
    missing = [asked_of(chosen.request, name) for name, row in zip(view.choice.models, found, strict=True) if not row]
    told, figures, tables = [], [], []
    for place, row in enumerate(found[1:], 1):
        if row is None or found[0] is None:
            continue
        try:
            whole = api.overlap([found[0].key, row.key])
            by_matrix = api.overlap_by_matrix(found[0].key, row.key)
        except KnownError as error:
            told.append(f"A and {letter(place)}: {error.problem.detail}.")
            continue
        told.append(f"A and {letter(place)}: {overlap_sentence(whole)}")
        figures.append(_overlap_figure(by_matrix, letter(place)))
        tables.append(_overlap_table(by_matrix, letter(place)))
    return Part(
        f"{chosen.title}. {' '.join(told) or 'Not every model has this region yet.'}",
        tuple(figures),
        tuple(tables),
        sources=tuple(api.manifest(row.key) for row in found if row),
        missing=tuple(missing),
        changes={"question": chosen.key},
    )


def settings(view: Compared, api: Client) -> Part:
    """What differs between the models, and between two requests."""
    names = [f"{letter(place)} {model.name}" for place, model in enumerate(view.models)]
    parts = (
        ("models", "Models", of_models(view.models)),
        ("configuration", "Configurations", of_configurations(view.models)),
        ("tokenizer", "Tokenizers", of_tokenizers(view.models)),
    )
    tables = [_differences(name, title, found, names) for name, title, found in parts if found.rows or found.n_equal]
    told = [f"{title}: {len(found.rows)} entries differ, {found.n_equal} are the same" for _, title, found in parts]
    left, right = two_requests(view) if view.rows else (None, None)
    if left and right:
        found = of_requests([row.request.model_dump(mode="json") for row in (left, right)])
        tables.append(_differences("requests", "Two requests", found, [left.title, right.title]))
        told.append(f"Two requests: {len(found.rows)} entries differ, {found.n_equal} are the same")
    return Part(
        f"{'. '.join(told)}.",
        tables=tuple(tables),
        sources=tuple(api.manifest(row.key) for row in (*view.opened, left, right) if row),
        changes={"question": left.key if left else None, "against": right.key if right else None},
    )


def _comparison(manifest: Manifest) -> ComparisonSummary:
    assert isinstance(manifest.summary, ComparisonSummary)
    return manifest.summary


def _movement_figure(
    models: Sequence[ModelDescription], place: int, summary: ComparisonSummary, measure: str
) -> go.Figure:
    told = MEASURES[measure]
    table = picker(all_matrices((models[0], models[place])), summary, measure)
    named = [(one.matrix, told.value(one)) for one in summary.matrices]
    numbers = extremes(named, written=lambda value: significant(value, 3))
    return heat_figure(
        table,
        name=f"movement-{letter(place).lower()}",
        title=f"Movement from A to {letter(place)}: {told.label}",
        description=f"Table of {len(table.rows)} layers by {len(table.columns)} kinds, {told.label} of each matrix: "
        f"{numbers}.",
        across="kind",
        down="layer",
    )


def _kinds_table(summary: ComparisonSummary, other: str, region: RegionQuestion | None) -> Table:
    columns = (
        "Kind", "Matrices", "Moved over norm", *(("Share inside", "Share of parameters", "Ratio") if region else ()),
    )  # fmt: skip
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            row.kind, row.n_matrices, row.relative,
            *((row.share_inside, row.share_of_parameters, row.ratio) if region else ()),
        )
        for row in by_kind(summary)
    )  # fmt: skip
    title = f"Movement from A to {other}, kind by kind{_against(region)}"
    return Table(f"kinds-{other.lower()}", title, columns, rows)


def _overlap_figure(found: OverlapByMatrix, other: str) -> go.Figure:
    table = overlap_by_matrix(found, ("A", other))
    numbers = extremes([(one.matrix, one.jaccard) for one in found.matrices], written=lambda value: f"{value:.3f}")
    return heat_figure(
        table,
        name=f"overlap-{other.lower()}",
        title=f"Jaccard of the regions of A and {other} by matrix",
        description=f"Table of {len(table.rows)} layers by {len(table.columns)} kinds, Jaccard of A and {other}: "
        f"{numbers}.",
        across="kind",
        down="layer",
    )


def _overlap_table(found: OverlapByMatrix, other: str) -> Table:
    columns = ("Matrix", "Layer", "In A", f"In {other}", "In both", "Parameters", "Jaccard")
    rows = tuple(
        (one.matrix, one.layer, one.left, one.right, one.shared, one.total, one.jaccard) for one in found.matrices
    )
    return Table(f"overlap-{other.lower()}", f"Regions of A and {other} by matrix", columns, rows)


def _differences(name: str, title: str, found: Differences, sides: Sequence[str]) -> Table:
    rows = tuple((row.name, *row.values) for row in found.rows)
    return Table(name, f"{title}: what differs ({found.n_equal} entries are the same)", ("Entry", *sides), rows)
