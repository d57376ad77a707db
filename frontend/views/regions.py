"""Regions outside of the page: a removal table with its dots, or a region with what it holds of every matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.client import Client
from backend.client.results import Unit
from backend.contracts.requests import RegionRequest, RegionSpec, RemovalRequest
from backend.contracts.results import Manifest, RegionSummary, RemovalSummary
from backend.contracts.vocabulary import Scope
from frontend import urls
from frontend.choices.regions import RegionsChoice, default_choice
from frontend.choices.removal_table import TableChoice
from frontend.figures.numbers import counted, factor, percent
from frontend.figures.region_counts import by_kind, region_counts
from frontend.figures.removal import mean_ratios, removal_table
from frontend.figures.removal_dots import removal_dots
from frontend.stored_regions import stored_regions, top_of
from frontend.views.base import Picture, Table, View
from frontend.views.parts import form_of, model_of, nothing, shown_of, stored_table

TITLE = "Removal"


def view(query: Mapping[str, str], api: Client) -> View:
    """The result of the address, else the newest removal table of the model."""
    model = model_of(query, api)
    rows = api.results(kind="removal", model=model)
    shown = shown_of(query, rows, (RegionRequest, RemovalRequest), api)
    usual = default_choice(query, model, api.corpora(), shown.request, stored_regions(api, model))
    form = form_of(RegionsChoice.of_query(query, usual).state(), usual.state())
    manifest = shown.manifest
    if manifest is None:
        return nothing("regions", TITLE, "No removal has been measured for this model yet.", shown, model=model, **form)
    state = {"model": manifest.provenance.model, "result": manifest.key} | form
    if isinstance(manifest.summary, RemovalSummary):
        return _removal(manifest, manifest.summary, TableChoice.of_query(query, manifest.summary), state, api)
    assert isinstance(manifest.summary, RegionSummary) and isinstance(manifest.request, RegionRequest)
    return View(
        address=urls.link("regions", **state),
        title=f"A region of {manifest.provenance.model}",
        lead=_size(manifest.summary),
        pictures=_place(manifest.request.region, manifest.summary),
        tables=_counts(manifest.summary),
        sources=(manifest,),
    )


def _removal(
    manifest: Manifest, summary: RemovalSummary, choice: TableChoice, state: Mapping[str, Any], api: Client
) -> View:
    request = manifest.request
    assert isinstance(request, RemovalRequest)
    region = top_of(request.region, api)
    place: tuple[Picture, ...] = ()
    counts: tuple[Table, ...] = ()
    if region is not None:
        assert isinstance(region.summary, RegionSummary)
        place, counts = _place(request.region, region.summary), _counts(region.summary)
    # Regions made by hand are of other sizes than the share that is asked for.
    what = f"{percent(summary.fraction) if request.selections else 'Regions'} of {manifest.provenance.model} removed"
    return View(
        address=urls.link("regions", **state, **choice.state(summary)),
        title=f"{what}, {len(_languages(summary))} languages",
        lead=_lead(manifest, summary),
        pictures=(Picture(removal_dots(summary, dark=False)), *place),
        tables=(_table(manifest, summary, choice, api), _factors(summary), *counts),
        sources=(manifest, *([region] if region else [])),
        missing=() if region else (RegionRequest(region=request.region),),
    )


def _table(manifest: Manifest, summary: RemovalSummary, choice: TableChoice, api: Client) -> Table:
    """The stored table, in the order and with the languages that the page shows."""
    unit: Unit = "bits_per_byte" if choice.bits_per_byte else "perplexity"
    title = "Bits per byte" if choice.bits_per_byte else "Perplexity"
    stored = stored_table(manifest, api, name="removal", title=f"{title} by language and condition", unit=unit)
    order = [line.code for line in removal_table(summary, order=choice.order).lines]
    by_language = {row[0]: row for row in stored.rows}
    return stored._replace(rows=tuple(by_language[code] for code in order if code in by_language))


def _factors(summary: RemovalSummary) -> Table:
    rows = tuple(mean_ratios(summary).items())
    return Table("factors", "Geometric mean over languages of perplexity by that of Base", ("column", "factor"), rows)


def _counts(summary: RegionSummary) -> tuple[Table, ...]:
    kinds = tuple((kind.kind, kind.selected, kind.total, kind.share) for kind in by_kind(summary.matrices))
    matrices = tuple((one.matrix, one.selected, one.total) for one in summary.matrices)
    return (
        Table("kinds", "The region by kind of matrix", ("kind", "selected", "total", "share of the region"), kinds),
        Table("matrices", "The region in every matrix", ("matrix", "selected", "total"), matrices),
    )


def _place(spec: RegionSpec, summary: RegionSummary) -> tuple[Picture, ...]:
    """By kind and layer, where one threshold is shared by all matrices; else every matrix gives the same share."""
    return (Picture(region_counts(summary.matrices, dark=False)),) if spec.scope is Scope.GLOBAL else ()


def _languages(summary: RemovalSummary) -> list[str]:
    return [row.language for row in summary.conditions[0].rows]


def _lead(manifest: Manifest, summary: RemovalSummary) -> str:
    factors = ", ".join(f"{factor(ratio)} at {name}" for name, ratio in mean_ratios(summary).items())
    return (
        f"{_removed(summary)} of {manifest.provenance.model} set to zero: "
        f"perplexity of {len(_languages(summary))} languages changes by {factors or 'nothing'} "
        "(geometric mean, against Base)."
    )


def _removed(summary: RemovalSummary) -> str:
    sizes = sorted({condition.n_removed for condition in summary.conditions if condition.n_removed}) or [0]
    least, most = sizes[0], sizes[-1]
    shares = [percent(size / summary.n_total) for size in dict.fromkeys((least, most))]
    numbers = [counted(size) for size in dict.fromkeys((least, most))]
    return f"{' to '.join(numbers)} parameters ({' to '.join(shares)})"


def _size(summary: RegionSummary) -> str:
    share = percent(summary.n_selected / summary.n_total)
    return f"{counted(summary.n_selected)} of {counted(summary.n_total)} parameters ({share}) are in the region."
