"""Dimensions outside of the page: a structured removal, a sweep over dimensions, a scan of one norm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from backend.client import Client
from backend.contracts.perplexity_words import RATIO, marked, vocabulary_of
from backend.contracts.requests import Request, StructuredRemovalRequest, SweepRequest
from backend.contracts.results import Manifest, PerplexityRow, StructuredRemovalSummary, SweepPoint, SweepSummary
from frontend import urls
from frontend.choices.dimension_tabs import first_choice, results_of, tab_named, tab_of
from frontend.choices.dimensions_view import DimensionsView, condition_name, text_of
from frontend.choices.region_source import region_words
from frontend.choices.sweep_words import scan_title, scan_verdict, setting_words, sweep_title, sweep_verdict
from frontend.choices.sweeps import text_request
from frontend.figures.numbers import perplexity_text
from frontend.figures.structured import (
    MEAN,
    heads_figure,
    perplexity_of,
    perplexity_words,
    said_language,
    structured_figure,
)
from frontend.figures.sweep import measured, scan_dots, sweep_bars, worst
from frontend.views.base import Passage, Picture, Table, View
from frontend.views.parts import form_of, model_of, nothing, shown_of, stored_table
from frontend.views.touch import read_texts

TITLE = "Dimensions"


class _Parts(NamedTuple):
    """What a result shows."""

    title: str
    lead: str
    pictures: tuple[Picture, ...]
    tables: tuple[Table, ...]
    passages: tuple[Passage, ...] = ()
    sources: tuple[Manifest, ...] = ()
    missing: tuple[Request, ...] = ()


def view(query: Mapping[str, str], api: Client) -> View:
    """The result of the address, else the newest of its tab."""
    model, tab = model_of(query, api), tab_named(query, api)
    shown = shown_of(query, results_of(tab, model, api), (StructuredRemovalRequest, SweepRequest), api)
    usual = first_choice(tab, model, shown.request, {}, api)
    form = form_of(usual.with_query(query).state(), usual.state())
    manifest = shown.manifest
    if manifest is None:
        lead = "Nothing of this kind has been measured for this model yet."
        return nothing("dimensions", TITLE, lead, shown, **{"model": model, "tab": tab} | form)
    look = DimensionsView.of_query(query, manifest)
    state = {"model": manifest.provenance.model, "result": manifest.key} | form | look.state(manifest)
    parts = _structured(manifest, look, api) if tab == "structured" else _sweep(manifest, look, api)
    return View(
        address=urls.link("dimensions", **state),
        title=parts.title,
        lead=parts.lead,
        pictures=parts.pictures,
        tables=parts.tables,
        passages=parts.passages,
        sources=(manifest, *parts.sources),
        missing=parts.missing,
    )


def _structured(manifest: Manifest, look: DimensionsView, api: Client) -> _Parts:
    request, summary = manifest.request, manifest.summary
    assert isinstance(request, StructuredRemovalRequest) and isinstance(summary, StructuredRemovalSummary)
    ranking = request.ranking
    pictures = [structured_figure(summary, look.language, dark=False)]
    tables = [_stored(manifest, look, summary.base, api), _cells(summary), _taken(summary, look.taken)]
    if summary.heads:
        pictures.append(heads_figure(summary.heads, dark=False))
        tables.append(_heads(summary))
    return _Parts(
        title=f"Without dimensions of the {setting_words(ranking.setting)}",
        lead=(
            f"{manifest.provenance.model} without {', '.join(map(str, request.counts))} dimensions, ranked by the "
            f"{region_words(ranking.region)}: perplexity ({said_language(summary.base, look.language)}) "
            f"{perplexity_words(summary.base, look.language, 4)} unchanged, "
            f"{perplexity_text(_largest(summary, look.language), vocabulary_of(summary.base), 4)} at most."
        ),
        pictures=tuple(Picture(figure) for figure in pictures),
        tables=tuple(tables),
    )


def _sweep(manifest: Manifest, look: DimensionsView, api: Client) -> _Parts:
    request, summary = manifest.request, manifest.summary
    assert isinstance(request, SweepRequest) and isinstance(summary, SweepSummary)
    points = measured(summary, look.language)
    is_scan = tab_of(request) == "scan"
    title = scan_title(request) if is_scan else sweep_title(request)
    found = scan_verdict(points) if is_scan else sweep_verdict(points)
    base = perplexity_words(summary.base, look.language, 4)
    draw = scan_dots if is_scan else sweep_bars
    key = text_of(manifest, look.text, api)
    text = [api.manifest(key)] if key else []
    tables, passages = read_texts(text)
    return _Parts(
        title=title,
        lead=f"{title} ({manifest.provenance.model}), base {base}. {found}",
        pictures=(Picture(draw(summary, look.language, dark=False)),),
        tables=(_stored(manifest, look, summary.base, api), _worst(summary, look.language), *tables),
        passages=passages,
        sources=tuple(text),
        missing=(text_request(request, look.text),) if look.text is not None and not key else (),
    )


def _stored(manifest: Manifest, look: DimensionsView, base: tuple[PerplexityRow, ...], api: Client) -> Table:
    """The paper's table, in the language that is shown."""
    language = None if look.language == MEAN else look.language
    title = f"Perplexity, {said_language(base, look.language)}"
    return stored_table(manifest, api, name="perplexity", title=title, language=language)


def _cells(summary: StructuredRemovalSummary) -> Table:
    rows = tuple(
        (condition_name(cell), cell.snapshot, cell.rank.value, cell.count, cell.n_removed, row.language,
         marked(row.perplexity, row.n_vocabulary), row.ratio, row.ratio_low, row.ratio_high, row.resampled or "")
        for cell in summary.cells
        for row in cell.rows
    )  # fmt: skip
    columns = ("condition", "samples", "rank", "dimensions", "parameters removed", "language", "perplexity", *RATIO)
    return Table("cells", "Every condition in every language", columns, rows)


def _taken(summary: StructuredRemovalSummary, place: int) -> Table:
    cell = summary.cells[place]
    rows = tuple(
        (taken.matrix, taken.side.value, index, count)
        for taken in cell.dimensions
        for index, count in zip(taken.indices, taken.counts, strict=True)
    )
    columns = ("matrix", "side", "dimension", "parameters of the region")
    return Table("taken", f"Dimensions taken at {condition_name(cell)}", columns, rows)


def _heads(summary: StructuredRemovalSummary) -> Table:
    rows = tuple(
        (head.layer, head.kind.value, head.head, head.selected, head.total, head.selected / head.total)
        for head in summary.heads
    )
    columns = ("layer", "kind", "head", "selected", "total", "share")
    return Table("heads", "Heads that hold most of the region", columns, rows)


def _worst(summary: SweepSummary, language: str) -> Table:
    rows = tuple(
        (one.point.index, one.point.group, one.point.n_parameters, one.point.before, one.point.after,
         marked(one.perplexity, vocabulary_of(summary.base)), one.ratio, *_ratio(one.point, language))
        for one in worst(measured(summary, language), len(summary.points))
    )  # fmt: skip
    columns = ("index", "group", "parameters", "before", "after", "perplexity", "factor of the base", *RATIO[1:])
    return Table("worst", f"What hurts most first, {said_language(summary.base, language)}", columns, rows)


def _ratio(point: SweepPoint, language: str) -> tuple[float | str | None, ...]:
    row = next((row for row in point.rows if row.language == language), None)
    return (row.ratio_low, row.ratio_high, row.resampled or "") if row else (None, None, "")


def _largest(summary: StructuredRemovalSummary, language: str) -> float | None:
    values = [perplexity_of(cell.rows, language) for cell in summary.cells]
    finite = [value for value in values if value is not None]
    return max(finite) if finite and len(finite) == len(values) else None
