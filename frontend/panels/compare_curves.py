"""Language scores of several models over each other: LRDS, SADS, key neurons by relative depth, and of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from backend.client import Client
from backend.contracts.requests import SimilarityRequest
from backend.contracts.results import KeyNeuronsSummary, ResultRow, SimilaritySummary
from backend.contracts.specs import Lines
from backend.contracts.vocabulary import AnalysisKind
from frontend import urls
from frontend.choices.compare import asked_of, letter, questions
from frontend.figures.blank import blank
from frontend.figures.compare_curves import HEIGHT, Curves, curves, figure
from frontend.panels import compare_pairs
from frontend.panels.compare_ask import ask
from frontend.panels.compare_question import question_select
from frontend.results.compare import Compared
from frontend.shell import hint
from frontend.views.compare_asked import answers, key_neurons_of

DATA = "compare-curves-data"
FIGURE = "compare-curves"
MOST_LANGUAGES = 6
MOST_LINES = 40


def panel(view: Compared, api: Client) -> html.Div:
    """A stored map of languages asked of all, its curves and scores; without one, a button that makes it."""
    models = view.choice.models
    stored = questions(view.of_kinds(AnalysisKind.SIMILARITY), models)
    if not stored:
        return _first(view, api)
    chosen, found = answers(view, stored)
    missing = [asked_of(chosen.request, name) for name, row in zip(models, found, strict=True) if row is None]
    neurons = key_neurons_of(view, chosen)
    maps = [_similarity(row, api) for row in found]
    keys = [_key_neurons(row, api) for row in neurons]
    drawn = [
        curves(f"{letter(place)} · {name}", one, two)
        for place, (name, one, two) in enumerate(zip(models, maps, keys, strict=True))
    ]
    sentence = html.Span("Not every model has this map yet.", className="study-note")
    graph = dcc.Graph(id=FIGURE, figure=blank(HEIGHT), config={"displayModeBar": False}, style={"height": HEIGHT})
    return html.Div(
        [
            question_select(
                "Map of languages", _QUESTION, stored, chosen, None if any(neurons) else _neurons_link(models)
            ),
            html.Section(
                [dcc.Store(id=DATA, data=[one._asdict() for one in drawn]), graph, scores(models, maps, keys)],
                className="atlas-card study-card",
            ),
            compare_pairs.panel(view, found, maps, api),
            ask("Compute it for the others", missing, view, sentence=sentence),
        ],
        className="compare-main",
    )


def redrawn(data: Sequence[dict[str, Any]] | None, scheme: str | None) -> Any:
    """The figure in the colours of the page."""
    return figure([Curves(**one) for one in data or ()], dark=scheme == "dark")


def scores(
    models: Sequence[str],
    maps: Sequence[SimilaritySummary | None],
    keys: Sequence[KeyNeuronsSummary | None],
) -> html.Div:
    """LRDS, SADS and SKLR of each whole model."""
    heads = [html.Th(""), *(html.Th(hint(name, told)) for name, told in _SCORES)]
    lines = []
    for place, (name, one, two) in enumerate(zip(models, maps, keys, strict=True)):
        whole = one.scores[0] if one else None
        cells = [
            "–" if whole is None else f"{whole.lrds:.4f}",
            "–" if whole is None else f"{whole.sads:.4f}",
            "–" if two is None else f"{two.sklr:,}",
        ]
        title = html.Th(f"{letter(place)} · {name}", scope="row")
        lines.append(html.Tr([title, *(html.Td(cell, className="compare-number") for cell in cells)]))
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(lines)], className="compare-table")
    return html.Div(table, className="heat-scroll")


def _first(view: Compared, api: Client) -> html.Div:
    corpus = next((one for one in api.corpora() if not one.problem and one.is_parallel), None)
    asked = []
    if corpus and len(corpus.languages) > 1:
        lines = Lines(corpus=corpus.name, start=0, stop=min(MOST_LINES, corpus.n_lines))
        languages = corpus.languages[:MOST_LANGUAGES]
        asked = [SimilarityRequest(model=name, lines=lines, languages=languages) for name in view.choice.models]
    told = "One click reads the same sentences with every model." if asked else "No parallel text is here."
    return html.Div(
        [
            html.Div(
                [
                    html.Div("No map of languages is stored for these models", className="empty-what"),
                    html.Div(told, className="empty-next"),
                ],
                className="empty",
            ),
            ask("Read them with all models", asked, view),
        ],
        className="compare-main",
    )


def _neurons_link(models: Sequence[str]) -> html.Div:
    link = dcc.Link("Neurons", href=urls.link("neurons", model=models[0]))
    return html.Div(["Key neurons join the curves once ", link, " has found them."], className="study-note")


def _similarity(row: ResultRow | None, api: Client) -> SimilaritySummary | None:
    found = api.manifest(row.key).summary if row else None
    return found if isinstance(found, SimilaritySummary) else None


def _key_neurons(row: ResultRow | None, api: Client) -> KeyNeuronsSummary | None:
    found = api.manifest(row.key).summary if row else None
    return found if isinstance(found, KeyNeuronsSummary) else None


_QUESTION = "The same sentences in the same languages, read by every model; layers are laid over each other by depth."
_SCORES = (
    ("LRDS", "mean(same language, different meaning) − mean(different language, different meaning): Eq. 8."),
    ("SADS", "mean(different language, same meaning) − mean(different language, different meaning): Eq. 9."),
    ("SKLR", "Size of the key linguistic regions: key neurons summed over languages."),
)
