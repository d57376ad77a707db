"""The scan of one norm (Table 4): its form, the scatter over all scalars, the worst of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.client import Client
from backend.contracts.models import CorpusSummary, ModelDescription
from backend.contracts.requests import ScalarSweep, SweepRequest
from backend.contracts.results import Manifest, SweepSummary
from backend.contracts.vocabulary import EditAction
from frontend import urls
from frontend.choices.dimensions_view import DimensionsView
from frontend.choices.sweep_words import scan_title, scan_verdict
from frontend.choices.sweeps import PAPER_CASES, ScanChoice, paper_indices, vectors
from frontend.figures.numbers import factor
from frontend.figures.sweep import Measured, measured, worst
from frontend.form_parts import MEASURED_FIELDS, field_id, measured_part, section, tags
from frontend.language_chips import shortcut
from frontend.panels.dimensions_action import action_part
from frontend.panels.dimensions_shown import graph, heading, language_select, table_id
from frontend.panels.dimensions_text import actions, place
from frontend.provenance import copy_key, provenance_line
from frontend.shell import hint

FIELDS = (*MEASURED_FIELDS, "matrix", "indices", "action", "factor", "value", "seed")
ACTIONS = (EditAction.RESET, EditAction.SCALE, EditAction.ZERO, EditAction.SET)
MOST_LISTED = 12


def form(prefix: str, choice: ScanChoice, model: ModelDescription, corpora: Sequence[CorpusSummary]) -> list[Any]:
    """Which vector, what is written, how it is measured; the paper's cases where the model has them."""
    matrices = [{"value": view.name, "label": f"{view.name} ({view.shape[0]:,})"} for view in vectors(model)]
    cases = [shortcut(case_id(prefix, name), words) for name, (words, _) in PAPER_CASES.items()]
    known = bool(paper_indices(model))
    lead = "The paper's cases (2100, 2800, 4200)" if known else "The paper's changes, on every scalar"
    which = section(
        "Which norm",
        dmc.Select(
            id=field_id(prefix, "matrix"),
            label=hint("Vector", "Layer and kind: 1.norm.input is the norm before the attention of layer 1."),
            data=matrices,
            value=choice.matrix,
            searchable=True,
            allowDeselect=False,
            limit=200,
            size="xs",
        ),
        tags(prefix, "indices", hint("Only these indices", "None: every scalar of the vector."), choice.indices, "all"),
        action_part(prefix, choice, ACTIONS),
        html.Div([html.Span(hint(lead, _PAPER_HINT), className="study-note"), dmc.Group(cases, gap=0)]),
    )
    return [which, section("What is measured", *measured_part(prefix, choice.measured, corpora))]


def case_id(prefix: str, name: str) -> str:
    """Button of one of the paper's cases."""
    return f"{prefix}-case-{name}"


def result(manifest: Manifest, api: Client, shown: DimensionsView) -> list[Any]:
    """Verdict, scatter, the text of a clicked scalar, the worst of them."""
    request, summary = manifest.request, manifest.summary
    assert isinstance(request, SweepRequest) and isinstance(request.targets, ScalarSweep)
    assert isinstance(summary, SweepSummary)
    language = shown.language
    return [
        html.Section(
            [
                dmc.Group([heading(scan_title(request)), copy_key(manifest.key)], justify="space-between"),
                dmc.Group(
                    [html.Span(hint("What was done", summary.sentence), className="study-note"),
                     language_select("scan", manifest, summary.base, language)],
                    justify="space-between",
                ),
                html.P(scan_verdict(measured(summary, language)), className="study-prose"),
                graph("scan", manifest.key, 340),
                place("Click a point to read what the model writes then.", manifest, shown.text, api),
            ],
            className="atlas-card study-card",
        ),
        html.Section(
            [heading("The worst"), html.Div(table(manifest, language), id=table_id("scan", manifest.key)),
             provenance_line(manifest)],
            className="atlas-card study-card",
        ),
    ]  # fmt: skip


def table(manifest: Manifest, language: str) -> html.Div:
    """The worst scalars: before and after, perplexity, text, Touch."""
    request, summary = manifest.request, manifest.summary
    assert isinstance(request, SweepRequest) and isinstance(request.targets, ScalarSweep)
    assert isinstance(summary, SweepSummary)
    head = ("Index", "Was", "Written", "Perplexity", "Of the base", "95 % interval", "")
    body = [_line(one, request, request.targets.matrix) for one in worst(measured(summary, language), MOST_LISTED)]
    heads = [html.Th(name, scope="col", className="is-number" if 1 <= n <= 5 else "") for n, name in enumerate(head)]
    return html.Div(
        html.Table([html.Thead(html.Tr(heads)), html.Tbody(body)], className="dim-table"), className="removal-scroll"
    )


def _line(one: Measured, request: SweepRequest, matrix: str) -> html.Tr:
    index = one.point.index
    what = {"action": request.action, "factor": request.factor, "value": request.value}
    touch = urls.link("touch", model=request.model, matrix=matrix, index=index, **what)
    return html.Tr(
        [
            html.Th(str(index), scope="row"),
            html.Td(_number(one.point.before), className="is-number"),
            html.Td(_number(one.point.after), className="is-number"),
            html.Td(one.words, className="is-number"),
            html.Td(factor(one.ratio), className="is-number"),
            html.Td(one.interval, className="is-number"),
            html.Td(actions(index, touch)),
        ]
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


_PAPER_HINT = (
    "Table 4, LLaMA-2-13B, norm before the attention of layer 1: dimension 2100 reset to 1 lifts the perplexity from "
    "5.865 to 83,224; times 10, to 4,363. Dimensions 2800 and 4200 change nothing."
)
