"""The opened models as cards, and the chosen one marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.models import ModelSummary
from frontend import urls
from frontend.job_words import count, size
from frontend.shell import hint, icon

N_SHOWN = 5
_STATUS = {
    "changed": "The files of this model have changed since it was opened. Open it again to use it.",
    "vanished": "The folder of this model is gone. Put it back, or open the model again.",
}


def cards(models: Sequence[ModelSummary], chosen: str | None) -> Any:
    """One card per model; an invitation when there is none."""
    if not models:
        return dmc.Text("No model is open yet. Open one below.", c="dimmed", size="sm")
    first = sorted(models, key=lambda model: model.name != chosen)[:N_SHOWN]
    shown = [_card(model, model.name == chosen) for model in models if model in first]
    older = [_card(model, chosen=False) for model in models if model not in first]
    return html.Div([*shown, _older(older)], className="start-models")


def _older(rest: Sequence[html.Div]) -> html.Details | None:
    """Folded, so that the form below stays in reach."""
    if not rest:
        return None
    told = f"{len(rest)} more model" + ("s" if len(rest) > 1 else "")
    return html.Details([html.Summary(told), html.Div(list(rest), className="start-models")], className="stored-older")


def _card(model: ModelSummary, chosen: bool) -> html.Div:
    status = _STATUS.get(model.status)
    head = dmc.Group(
        [dcc.Link(model.name, href=urls.link("start", model=model.name), className="start-model-name"), _mark(chosen)],
        justify="space-between",
        wrap="nowrap",
    )
    facts = html.Div(
        [
            hint(f"{count(model.n_parameters)} parameters", "The numbers that training has found: weights and biases."),
            html.Span(f"{model.n_layers} layers"),
            html.Span(size(model.size_bytes)),
            html.Span(model.architecture.removesuffix("ForCausalLM").removesuffix("LMHeadModel")),
            _licence(model),
        ],
        className="start-facts",
    )
    alert = dmc.Alert(status, color="orange", variant="light", p="xs", mt="xs") if status else None
    return html.Div([head, facts, alert, _warnings(model)], className="start-model" + (" is-chosen" if chosen else ""))


def _warnings(model: ModelSummary) -> dmc.Alert | None:
    """What was corrected, and what the libraries warned of when it was opened."""
    if not model.warnings:
        return None
    lines = [html.Div(line) for line in model.warnings]
    return dmc.Alert(lines, color="yellow", variant="light", p="xs", mt="xs", className="start-warnings")


def _mark(chosen: bool) -> Any:
    return dmc.Badge("shown", size="xs", variant="light", leftSection=icon("check", 11)) if chosen else None


def _licence(model: ModelSummary) -> html.Span:
    if not model.licence:
        return html.Span("no licence stated")
    name = model.licence
    shown = (
        html.A(name, href=model.licence_url, target="_blank", rel="noopener noreferrer", className="atlas-anchor")
        if model.licence_url
        else html.Span(name)
    )
    return html.Span(["Licence: ", shown])
