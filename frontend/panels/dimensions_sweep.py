"""The dimension sweep (Figure 3): its form, the bars, and the table of what each dimension did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.client import Client
from backend.contracts.models import CorpusSummary
from backend.contracts.requests import DimensionSweep, SweepRequest
from backend.contracts.results import Manifest, ResultRow, SweepSummary
from backend.contracts.vocabulary import EditAction, MatrixKind
from frontend.choices.dimensions_view import DimensionsView
from frontend.choices.measured import corpus_named
from frontend.choices.sweep_words import SIDES, ranked_by, sweep_title, sweep_verdict
from frontend.choices.sweeps import SweepChoice
from frontend.figures.numbers import factor
from frontend.figures.sweep import GROUPS, measured, worst
from frontend.form_parts import (
    MEASURED_FIELDS,
    REGION_FIELDS,
    field_id,
    measured_part,
    number,
    region_part,
    section,
    segments,
    tags,
)
from frontend.panels.dimensions_action import action_part
from frontend.panels.dimensions_shown import (
    graph,
    heading,
    language_select,
    table_id,
    touch_link,
)
from frontend.panels.dimensions_text import actions, place
from frontend.provenance import copy_key, provenance_line
from frontend.shell import hint

FIELDS = (
    *REGION_FIELDS, *MEASURED_FIELDS, "side", "kinds", "n_top", "n_random", "indices", "first", "last", "action",
    "factor", "value", "seed",
)  # fmt: skip
ACTIONS = (EditAction.RANDOM, EditAction.ZERO, EditAction.SCALE, EditAction.SET)
MOST_LISTED = 20


def form(prefix: str, choice: SweepChoice, stored: Sequence[ResultRow], corpora: Sequence[CorpusSummary]) -> list[Any]:
    """Which dimensions, what is written to each, how it is measured."""
    corpus = corpus_named(choice.measured.corpus, corpora)
    numbers = [
        number(prefix, "n_top", hint("top", "The dimensions that hold most of the region."), choice.n_top),
        number(prefix, "n_random", hint("random", "Others, drawn by the seed, to compare with."), choice.n_random),
        number(prefix, "first", hint("from layer", "Empty: all layers."), choice.first),
        number(prefix, "last", "to layer", choice.last),
    ]
    which = section(
        "Which dimensions",
        segments(prefix, "side", choice.side, SIDES),
        _kinds(prefix, choice.kinds),
        region_part(prefix, choice.source, stored, corpus, hint("Ranked by the region", _RANKED_HINT)),
        dmc.SimpleGrid(numbers, cols=4, spacing="xs"),
        tags(prefix, "indices", hint("And these dimensions", _INDICES_HINT), choice.indices, "2100, 4743"),
        action_part(prefix, choice, ACTIONS),
    )
    return [which, section("What is measured", *measured_part(prefix, choice.measured, corpora))]


def _kinds(prefix: str, chosen: Sequence[str]) -> dmc.MultiSelect:
    """Only these kinds of matrices, everywhere their side runs; none chosen: all of them."""
    return dmc.MultiSelect(
        id=field_id(prefix, "kinds"),
        label=hint("Only in these matrices", _KINDS_HINT),
        data=[kind.value for kind in MatrixKind],
        value=list(chosen),
        placeholder="" if chosen else "all",
        searchable=True,
        clearable=True,
        size="xs",
    )


def result(manifest: Manifest, api: Client, shown: DimensionsView) -> list[Any]:
    """Verdict, bars, the text of a clicked one, the table."""
    request, summary = manifest.request, manifest.summary
    assert isinstance(request, SweepRequest) and isinstance(summary, SweepSummary)
    language = shown.language
    return [
        html.Section(
            [
                dmc.Group(
                    [heading(sweep_title(request), summary.sentence),
                     copy_key(manifest.key)],
                    justify="space-between",
                ),
                dmc.Group(
                    [html.Span(ranked_by(request), className="study-note"),
                     language_select("sweep", manifest, summary.base, language)],
                    justify="space-between",
                ),
                html.P(sweep_verdict(measured(summary, language)), className="study-prose"),
                graph("sweep", manifest.key, 330),
                place("Click a bar to read what the model writes then.", manifest, shown.text, api),
            ],
            className="atlas-card study-card",
        ),
        html.Section(
            [heading("Dimension by dimension"),
             html.Div(table(manifest, language), id=table_id("sweep", manifest.key)),
             provenance_line(manifest)],
            className="atlas-card study-card",
        ),
    ]  # fmt: skip


def table(manifest: Manifest, language: str) -> html.Div:
    """The worst first: what each did, its text, and its way to Touch."""
    request, summary = manifest.request, manifest.summary
    assert isinstance(request, SweepRequest) and isinstance(summary, SweepSummary)
    assert isinstance(request.targets, DimensionSweep)
    side = request.targets.side
    what = {"action": request.action, "factor": request.factor, "value": request.value}
    head = ("Dimension", "Group", "Parameters", "Perplexity", "Of the base", "95 % interval", "")
    body = [
        html.Tr(
            [
                html.Th(str(one.point.index), scope="row"),
                html.Td(GROUPS[one.point.group]),
                html.Td(f"{one.point.n_parameters:,}", className="is-number"),
                html.Td(one.words, className="is-number"),
                html.Td(factor(one.ratio), className="is-number"),
                html.Td(one.interval, className="is-number"),
                html.Td(actions(one.point.index, touch_link(request.model, "", side, one.point.index, **what))),
            ]
        )
        for one in worst(measured(summary, language), MOST_LISTED)
    ]
    heads = [html.Th(name, scope="col", className="is-number" if 2 <= n <= 5 else "") for n, name in enumerate(head)]
    return html.Div(
        html.Table([html.Thead(html.Tr(heads)), html.Tbody(body)], className="dim-table"), className="removal-scroll"
    )


_KINDS_HINT = "A dimension is disturbed in these kinds of matrices alone, as mlp.down. None chosen: wherever it runs."
_RANKED_HINT = "One ranking over all layers: a dimension ranks by how many parameters of this region it holds."
_INDICES_HINT = "Dimensions by number, perturbed beside the others. The paper names 2100 and 4743 of LLaMA-2-13B."
