"""Regions of the same question in every model, and what they share: whole, and matrix by matrix."""

from __future__ import annotations

from dash import dcc, html

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import REGION_KINDS
from frontend import urls
from frontend.choices.compare import asked_of, letter, questions
from frontend.figures.overlap import overlap_by_matrix, overlap_sentence
from frontend.heat_table import heat_table
from frontend.panels.compare_ask import ask
from frontend.panels.compare_question import question_select
from frontend.results.compare import Compared
from frontend.shell import hint, problem_alert
from frontend.views.compare_asked import answers


def panel(view: Compared, api: Client) -> html.Div:
    """The question, what is missing, and the overlap of A's region with that of every other model."""
    stored = questions(view.of_kinds(*REGION_KINDS), view.choice.models)
    if not stored:
        return _nothing(view.choice.models[0])
    chosen, found = answers(view, stored)
    missing = [
        asked_of(chosen.request, name) for name, row in zip(view.choice.models, found, strict=True) if row is None
    ]
    first = found[0]
    cards = [
        _pair(place, first, row, api)
        for place, row in enumerate(found)
        if place and first is not None and row is not None
    ]
    sentence = html.Span("Not every model has this region yet; its scores are computed first.", className="study-note")
    return html.Div(
        [
            question_select("Region", _QUESTION, stored, chosen),
            ask("Compute it for the others", missing, view, sentence=sentence),
            *cards,
        ],
        className="compare-main",
    )


def _nothing(model: str) -> html.Div:
    link = dcc.Link("Regions", href=urls.link("regions", model=model))
    return html.Div(
        [
            html.Div("No region is stored for these models", className="empty-what"),
            html.Div(["Make one on ", link, "; here it is then asked of the others."], className="empty-next"),
        ],
        className="empty",
    )


def _pair(place: int, first: ResultRow, other: ResultRow, api: Client) -> html.Section:
    title = html.H2(f"A and {letter(place)} · {other.model}", className="study-heading")
    try:
        whole = api.overlap([first.key, other.key])
        by_matrix = api.overlap_by_matrix(first.key, other.key)
    except KnownError as error:
        return html.Section([title, problem_alert(error.problem, color="gray")], className="atlas-card study-card")
    table = overlap_by_matrix(by_matrix, ("A", letter(place)))
    return html.Section(
        [
            title,
            html.P(overlap_sentence(whole), className="study-prose"),
            html.H3(hint("Jaccard by matrix", _JACCARD), className="map-heading"),
            html.Div(heat_table(table), className="compare-picker"),
        ],
        className="atlas-card study-card",
    )


_QUESTION = (
    "The same languages, share, text and scoring, asked of every model. Uploaded regions belong to one model and are "
    "left out."
)
_JACCARD = "Parameters in both regions over parameters in either, position by position: 1 is the same set."
