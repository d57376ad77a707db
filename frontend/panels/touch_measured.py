"""What a finished perturbation did: in words, and to the perplexity of each language."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.results import PerturbationSummary
from frontend.figures.changes import Change, changes
from frontend.figures.numbers import factor, perplexity_text
from frontend.language_names import name_of
from frontend.shell import hint, term


def panel(summary: PerturbationSummary, title: str = "") -> html.Div:
    """Sentences of the edits, whether the weights are as before, and the table."""
    sentences = [html.Li(edit.sentence) for edit in summary.edits]
    return html.Div(
        [
            html.Div(title, className="map-picked-title") if title else None,
            html.Div([html.Ul(sentences, className="touch-sentences"), restored(summary.weights_restored)]),
            table(changes(summary.perplexity_base, summary.perplexity_perturbed)),
        ],
        className="touch-stack",
    )


def restored(proved: bool) -> dmc.Tooltip:
    """Whether the model is what it was."""
    badge = (
        dmc.Badge("weights restored", color="teal", variant="light", radius="sm", tt="none")
        if proved
        else dmc.Badge("weights not restored", color="red", variant="filled", radius="sm", tt="none")
    )
    return dmc.Tooltip(
        badge,
        label="The checksum of every touched tensor is what it was before."
        if proved
        else "A touched tensor differs from before. Restart the worker and tell us.",
    )


def table(rows: Sequence[Change]) -> Any:
    """Language, before, after, factor, and a bar on a log scale: right is worse, left is better."""
    if not rows:
        return html.Div("No perplexity was asked for.", className="map-note")
    reach = max((abs(math.log10(row.ratio)) for row in rows if row.ratio), default=0.0)
    reach = max(reach, math.log10(2))
    head = [
        html.Th("Language"),
        html.Th(term("Perplexity", "before"), className="is-number"),
        html.Th(term("Perplexity", "after"), className="is-number"),
        html.Th(hint("factor", "Perplexity after, divided by before. 1 means nothing changed."), className="is-number"),
        html.Th(hint("log scale", "Bars grow with the logarithm of the factor: right is worse, left is better.")),
    ]
    body = [_row(row, reach) for row in rows]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="touch-table")


def _row(row: Change, reach: float) -> html.Tr:
    return html.Tr(
        [
            html.Td(name_of(row.language)),
            html.Td(perplexity_text(row.before, row.n_vocabulary), className="is-number"),
            html.Td(perplexity_text(row.after, row.n_vocabulary), className="is-number"),
            html.Td(factor(row.ratio), className="is-number"),
            html.Td(_bar(row.ratio, reach)),
        ]
    )


def _bar(ratio: float | None, reach: float) -> html.Div:
    share = 1.0 if ratio is None else math.log10(ratio) / reach
    width = max(0.6, 50 * min(1.0, abs(share)))
    start = 50 if share >= 0 else 50 - width
    kind = "is-worse" if share >= 0 else "is-better"
    bar = html.Span(className=f"touch-bar-fill {kind}", style={"left": f"{start:.2f}%", "width": f"{width:.2f}%"})
    return html.Div([html.Span(className="touch-bar-middle"), bar], className="touch-bar")
