"""What differs between the models, and between two stored requests; what is equal is only counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.client import Client
from backend.contracts.models import ModelDescription
from backend.contracts.requests import OpenModelRequest
from frontend.choices.compare import letter
from frontend.figures.compare_settings import (
    Difference,
    Differences,
    merged,
    of_configurations,
    of_models,
    of_requests,
    of_tokenizers,
    untold,
)
from frontend.panels.compare_ask import ask
from frontend.panels.compare_bar import choice_id
from frontend.results.compare import Compared
from frontend.views.compare_asked import two_requests

MOST_OFFERED = 200


def panel(view: Compared, api: Client) -> html.Div:
    """A table of the models and one of two requests."""
    names = [f"{letter(place)} · {model.name}" for place, model in enumerate(view.models)]
    parts: list[Any] = [html.H2("Models", className="study-heading"), *differing(of_models(view.models), names)]
    for title, found in (("Configuration", of_configurations(view.models)), ("Tokenizer", of_tokenizers(view.models))):
        if found.rows or found.n_equal:
            parts += [html.H3(title, className="map-heading"), *differing(found, names)]
    older = untold(view.models)
    models = html.Section(parts, className="atlas-card study-card")
    again = [OpenModelRequest(source=model.source, revision=_revision(model)) for model in older]
    asked = ask("Open again", again, view, sentence=html.Span(_untold(older), className="study-note"))
    return html.Div([models, asked, _requests(view)], className="compare-main")


def _revision(model: ModelDescription) -> str | None:
    """As it was asked for: a model opened without one has none in its name."""
    return model.revision if "@" in model.name else None


def _untold(older: Sequence[ModelDescription]) -> str:
    names = ", ".join(model.name for model in older)
    return f"The whole configuration was not kept when an older version opened {names}: open it again to see it."


def differing(found: Differences, names: Sequence[str]) -> list[Any]:
    """The rows that differ, or the sentence that none does."""
    equal = f"{found.n_equal} {'entry is' if found.n_equal == 1 else 'entries are'} the same and not shown."
    if not found.rows:
        return [html.Div(f"Nothing differs. {equal}", className="study-note")]
    head = html.Tr([html.Th(""), *(html.Th(name, scope="col") for name in names)])
    lines = [html.Tr([_name(row), *map(html.Td, row.values)]) for row in found.rows]
    table = html.Table([html.Thead(head), html.Tbody(lines)], className="compare-table compare-settings")
    return [html.Div(table, className="heat-scroll"), html.Div(equal, className="study-note")]


def _name(row: Difference) -> html.Th:
    more = html.Span(f" and at {row.n_alike - 1} more places", className="study-note") if row.n_alike > 1 else None
    return html.Th([row.words, more], scope="row", title=row.name)


def _requests(view: Compared) -> html.Section:
    rows = view.rows[:MOST_OFFERED]
    title = html.H2("Two requests", className="study-heading")
    if not rows:
        told = html.Div("No result of these models is stored yet.", className="study-note")
        return html.Section([title, told], className="atlas-card study-card")
    left, right = two_requests(view)
    data = [{"value": row.key, "label": f"{row.title} · {row.created_at:%d %b %H:%M}"} for row in rows]
    selects = [
        dmc.Select(
            id=choice_id(name, drawn=row.key if row else ""),
            label=label, data=data, value=row.key if row else None, allowDeselect=False,
            searchable=True, size="xs", placeholder="a stored result", w=420, maw="100%",
        )
        for name, label, row in (("question", "one", left), ("against", "the other", right))
    ]  # fmt: skip
    told = []
    if left and right:
        requests = [row.request.model_dump(mode="json") for row in (left, right)]
        told = differing(merged(of_requests(requests)), ["one", "the other"])
    return html.Section(
        [title, html.Div(selects, className="compare-fields"), *told], className="atlas-card study-card"
    )
