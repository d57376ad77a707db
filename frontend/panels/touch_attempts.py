"""Perturbations of this model that are stored: open one again, or lay a second beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from backend.contracts.requests import PerturbationRequest
from backend.contracts.results import ResultRow
from frontend import urls
from frontend.choices.touch import edit_words
from frontend.language_names import name_of

SHOWN = 30


def listing(rows: Sequence[ResultRow], shown: tuple[str, ...] = ()) -> Any:
    """Newest first; `shown` are the keys on the page: the first can get a second beside it."""
    if not rows:
        return html.Div("Nothing was touched yet. Every attempt stays listed here.", className="map-note")
    return html.Div([_attempt(row, shown) for row in rows[:SHOWN]], className="touch-attempts")


def attempt_title(row: ResultRow) -> str:
    """What was done, in a few words."""
    return "; ".join(edit_words(edit) for edit in _asked(row).edits)


def _asked(row: ResultRow) -> PerturbationRequest:
    assert isinstance(row.request, PerturbationRequest)
    return row.request


def _attempt(row: ResultRow, shown: tuple[str, ...]) -> html.Div:
    request = _asked(row)
    languages = dict.fromkeys(prompt.language for prompt in request.prompts)
    texts = ", ".join(name_of(language) for language in languages) or "perplexity only"
    facts = f"{row.created_at:%d %b %H:%M} · {texts}"
    place = shown.index(row.key) if row.key in shown else None
    return html.Div(
        [
            dcc.Link(
                [
                    html.Span(attempt_title(row), className="touch-attempt-title"),
                    html.Span(facts, className="touch-attempt-facts"),
                ],
                href=urls.link("touch", model=request.model, key=row.key),
                className="touch-attempt-link",
            ),
            _beside(row, shown) if place is None else html.Span("shown" if place == 0 else "beside it"),
        ],
        className="touch-attempt" + (" is-shown" if place is not None else ""),
    )


def _beside(row: ResultRow, shown: tuple[str, ...]) -> Any:
    if not shown:
        return None
    href = urls.link("touch", model=_asked(row).model, key=shown[0], beside=row.key)
    return dcc.Link("compare", href=href, className="touch-compare", title="Lay it beside the one that is shown")
