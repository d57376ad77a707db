"""LRDS and SADS as two large numbers with their equations in words."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html

from backend.contracts.results import LayerScore
from frontend.figures.numbers import interval_text
from frontend.shell import hint

LRDS = (
    "Linguistic Regions Development Score (paper B, Eq. 8): mean similarity of different sentences in the same "
    "language, minus that of different sentences in different languages. High: neurons respond to the language. "
    "Low: they do not care which language it is."
)
SADS = (
    "Semantic Alignment Development Score (paper B, Eq. 9): mean similarity of the same sentence in different "
    "languages, minus that of different sentences in different languages. High: neurons respond to the meaning, "
    "whatever the language."
)
INTERVAL = "Where the score would lie with other texts and languages: 95 % percentile bootstrap over both."


def numbers(score: LayerScore | None, whose: str) -> html.Div:
    """Both scores with their intervals; `whose` names the layers, None are not known yet."""
    lrds, sads = (None, None) if score is None else (score.lrds, score.sads)
    intervals = (None, None) if score is None else (score.lrds_interval, score.sads_interval)
    return html.Div(
        [
            html.Div(whose, className="scores-whose"),
            _number("LRDS", lrds, intervals[0], LRDS, "language matters"),
            _number("SADS", sads, intervals[1], SADS, "meaning matters"),
        ],
        className="scores",
    )


def _number(
    name: str, value: float | None, interval: tuple[float, float] | None, explanation: str, note: str
) -> html.Div:
    return html.Div(
        [
            html.Div(hint(name, explanation), className="scores-name"),
            html.Div("–" if value is None else f"{value:.4f}", className="scores-number"),
            html.Div(hint(interval_text(interval), INTERVAL), className="scores-interval") if interval else None,
            html.Div(note, className="scores-note"),
        ]
    )


def guide() -> dmc.Accordion:
    """How to read the map, for someone who never saw the paper."""
    paragraphs = [
        [
            html.B("Every pixel is a pair of sentences. "),
            "Each sentence is the mean, over its tokens, of what all MLP neurons did; the colour is the cosine of two "
            "such vectors, on the scale 0 to 1 unless you free it.",
        ],
        [
            html.B("Bright blocks on the diagonal "),
            "are sentences of one language among themselves: the language shows. Bright blocks off the diagonal are "
            "languages that look alike inside the model, often relatives.",
        ],
        [
            html.B("Fine diagonal lines inside the other blocks "),
            "are the same sentence in two languages: the meaning shows. They grow with better multilingual models, and "
            "are clearest in the middle layers.",
        ],
    ]
    item = dmc.AccordionItem(
        [
            dmc.AccordionControl("How to read this map"),
            dmc.AccordionPanel([html.P(paragraph, className="study-prose") for paragraph in paragraphs]),
        ],
        value="guide",
    )
    return dmc.Accordion([item], chevronPosition="left", className="study-more")
