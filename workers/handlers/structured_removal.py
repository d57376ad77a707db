"""The table of a structured removal from its cells, each of which is a `perplexity` job (paper A, Tables 3, 7, 8)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from backend.contracts.building import BASE, REGION_INPUT, Place, structured_columns, structured_draws, structured_name
from backend.contracts.jobs import Ticket
from backend.contracts.problems import KnownError
from backend.contracts.requests import StructuredRemovalRequest
from backend.contracts.results import (
    HeadCount,
    Manifest,
    PerplexityRow,
    PerplexitySummary,
    StructuredCell,
    StructuredRemovalSummary,
)
from backend.contracts.vocabulary import MatrixKind, Phase, Rank, Side
from workers.analysis.dimensions import heads
from workers.context import Context, Outcome
from workers.families import family_of
from workers.handlers.intervals import against_base
from workers.handlers.regions_read import stored_masks
from workers.handlers.structured import setting_sides
from workers.sources.opening import read_config

MAX_HEADS = 64
"""Told of a region; a 13-billion-parameter model has 6,400 of them in q, k, v and o."""


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Base, then snapshots by counts by ranks, and the heads that hold most. Loads no model, writes no file."""
    del folder
    request = ticket.request
    assert isinstance(request, StructuredRemovalRequest)
    context.progress.phase(Phase.RUNNING, "collecting")
    places = [place for place in structured_columns(request) if place is not None]
    named = {place: tuple(structured_draws(request, place)) for place in structured_columns(request)}
    manifests = {name: _named(ticket, context, name)[0] for names in named.values() for name in names}
    base, rows = manifests[BASE], against_base(context, manifests)
    cells = tuple(_cell(ticket, context, place, [rows[name] for name in named[place]]) for place in places)
    return Outcome(
        summary=StructuredRemovalSummary(base=rows[BASE], cells=cells, heads=_heads(request, ticket, context, places)),
        model=request.ranking.region.region.scores.model,
        seed=request.seed if Rank.RANDOM in request.ranks else None,
        rules=_rules(request, base),
        device=base.provenance.device,
        dtype=base.provenance.dtype,
    )


def _column(ticket: Ticket, context: Context, place: Place | None) -> tuple[Manifest, PerplexitySummary]:
    return _named(ticket, context, structured_name(place))


def _named(ticket: Ticket, context: Context, name: str) -> tuple[Manifest, PerplexitySummary]:
    if name not in ticket.inputs:
        raise KnownError(
            "input_missing",
            f"this table needs the column {name!r}, which was not computed with it",
            hint="Submit the request again.",
            status=424,
        )
    manifest = context.store.manifest(ticket.inputs[name])
    assert isinstance(manifest.summary, PerplexitySummary)
    return manifest, manifest.summary


def _cell(ticket: Ticket, context: Context, place: Place, draws: Sequence[tuple[PerplexityRow, ...]]) -> StructuredCell:
    snapshot, rank, count = place
    _, found = _column(ticket, context, place)
    return StructuredCell(
        snapshot=snapshot,
        rank=rank,
        count=count,
        n_removed=found.n_changed,
        rows=tuple(map(_middle, zip(*draws, strict=True))),
        dimensions=found.dimensions,
        draws=tuple(draws) if rank is Rank.RANDOM else (),
    )


def _middle(rows: Sequence[PerplexityRow]) -> PerplexityRow:
    """The row of the median draw; infinite is the largest, the lower one of an even number."""
    ordered = sorted(rows, key=lambda row: math.inf if row.perplexity is None else row.perplexity)
    return ordered[(len(ordered) - 1) // 2]


def _heads(
    request: StructuredRemovalRequest, ticket: Ticket, context: Context, places: list[Place]
) -> tuple[HeadCount, ...]:
    """The heads that hold most of the region by all samples, or by the most samples that were asked for."""
    if Side.HEAD not in request.ranking.setting.sides.values():
        return ()
    place = max(places, key=lambda place: (place[0] is None, place[0] or 0))
    manifest, _ = _column(ticket, context, place)
    if not context.store.has(manifest.inputs[REGION_INPUT]):
        return ()  # deleted since: the cells are still whole
    entry = context.models.ready(request.ranking.region.region.scores.model)
    config = read_config(Path(entry.folder))
    views = family_of(config).views(config)
    masks = stored_masks(ticket.model_copy(update={"inputs": manifest.inputs}), REGION_INPUT, context, views)
    shares = heads(views, masks, sides=setting_sides(request.ranking.setting))
    return tuple(
        HeadCount(layer=one.layer, kind=MatrixKind(one.kind), head=one.head, selected=one.selected, total=one.total)
        for one in shares[:MAX_HEADS]
    )


def _rules(request: StructuredRemovalRequest, base: Manifest) -> dict[str, str]:
    """How perplexity was measured, as every cell says it, and how dimensions were ranked."""
    ranked = "one ranking for all matrices with the same side" if request.ranking.shared else "one ranking per matrix"
    return {
        **base.provenance.rules,
        "dimensions": f"ranked by the number of region parameters they hold, {ranked}; ties by index",
        "middle": "around the median rank",
        "random": f"{request.random_draws} draws, draw n with the seed of the request + n - 1, none among the top; "
        "shown is the median draw of each language",
        BASE: "the unchanged weights",
    }
