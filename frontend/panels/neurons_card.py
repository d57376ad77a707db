"""One neuron from all sides: z in every language, what drives it, its weights, the regions that hold them."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.results import DrivingSentence, NeuronCard, NeuronMatrix, NeuronRegion
from frontend import theme, urls
from frontend.figures.numbers import significant
from frontend.language_names import name_of
from frontend.shell import hint, icon

CARD = "neurons-card"


def nothing() -> html.Div:
    """Before a neuron is chosen."""
    return html.Div(
        [
            icon("languages", 30),
            html.Div("No neuron is chosen", className="empty-what"),
            html.Div("Click one in the list: its languages, its sentences, its weights.", className="empty-next"),
        ],
        className="empty neurons-nothing",
    )


def card(model: str, found: NeuronCard, bars: Any) -> html.Div:
    """The whole card; `bars` is the figure of its z."""
    keys = [name_of(one.language) for one in found.languages if one.is_key]
    told = f"Key for {', '.join(keys)}." if keys else "Key for no language."
    down = next((one for one in found.matrices if one.side == "column"), None)
    touch = (
        dcc.Link(
            [icon("touch", 14), "Zero it and read"],
            href=urls.link(
                "touch", model=model, matrix=down.matrix, side="neuron", dimension=found.index, action="zero"
            ),
            className="study-download is-strong",
        )
        if down
        else None
    )
    return html.Div(
        [
            dmc.Group(
                [html.H3(f"Layer {found.layer}, neuron {found.index}", className="neurons-title"), touch],
                justify="space-between",
            ),
            html.Div(told, className="study-note"),
            bars,
            _part("Sentences that move it most", _SENTENCES_HINT, [_sentence(one) for one in found.sentences]),
            _part("Its weights in the Atlas", _WEIGHTS_HINT, _weights(model, found.matrices)),
            _part("Regions that hold them", _REGIONS_HINT, _regions(model, found)),
        ],
        className="neurons-card",
    )


def _part(title: str, explanation: str, content: Any) -> html.Div:
    return html.Div([html.H4(hint(title, explanation), className="study-label"), html.Div(content)])


def _sentence(one: DrivingSentence) -> html.Div:
    colour = {"--language": theme.language_colour(one.language)}
    return html.Div(
        [
            html.Div(
                [
                    html.Span(name_of(one.language), className="atlas-language", style=colour),
                    html.Span(f"line {one.line}", className="study-note"),
                    html.Span(
                        significant(one.activation, 3),
                        className="atlas-number",
                        title="mean activation",
                    ),
                ],
                className="neurons-sentence-head",
            ),
            html.P(one.text, dir=theme.text_direction(one.language), lang=one.language, className="neurons-sentence"),
        ]
    )


def _weights(model: str, matrices: tuple[NeuronMatrix, ...]) -> dmc.Group:
    links = [
        dcc.Link(
            [icon("atlas", 14), f"{one.matrix.split('.')[-1]}, {one.side} {one.index}"],
            href=_at(model, one),
            className="study-download is-strong",
            title=f"{one.matrix}, {one.side} {one.index}",
        )
        for one in matrices
    ]
    return dmc.Group(links, gap=4)


def _at(model: str, one: NeuronMatrix, key: str | None = None) -> str:
    """The Atlas with exactly this row or column in view; `key` paints a region."""
    window = f"{one.index}-{one.index + 1}"
    side: dict[str, str] = {"rows" if one.side == "row" else "columns": window}
    return urls.link("atlas", model=model, matrix=one.matrix, result=key, **side)


def _regions(model: str, found: NeuronCard) -> Any:
    if not found.regions:
        return html.Div(
            [
                "No region of this model is stored yet. Make one on the ",
                _link("Regions page", urls.link("regions")),
                ".",
            ],
            className="study-note",
        )
    holding = sorted((one for one in found.regions if one.selected), key=lambda one: -_times(one))
    n_none = len(found.regions) - len(holding)
    none = html.Div(f"{n_none} stored regions hold none of them.", className="study-note") if n_none else None
    if not holding:
        return none
    rows = [_region(model, found, one) for one in holding]
    heads = ("region", "holds", "of its layer", "")
    table = html.Table(
        [html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])), html.Tbody(rows)],
        className="neurons-regions",
    )
    return [html.Div(table, className="removal-scroll"), none]


def _region(model: str, found: NeuronCard, one: NeuronRegion) -> html.Tr:
    held = one.selected / one.total if one.total else 0.0
    place = found.matrices[0] if found.matrices else None
    href = _at(model, place, one.key) if place else urls.open_result("region", one.key, model)
    return html.Tr(
        [
            html.Td(_link(one.label, href)),
            html.Td(f"{100 * held:.3g} %", title=f"{one.selected} of {one.total} weights"),
            html.Td(f"{100 * one.density_of_region:.3g} %"),
            html.Td(f"×{significant(_times(one), 3)}" if one.density_of_region else "–"),
        ]
    )


def _times(one: NeuronRegion) -> float:
    return one.selected / one.total / one.density_of_region if one.total and one.density_of_region else 0.0


def _link(words: str, href: str) -> dcc.Link:
    return dcc.Link(words, href=href, className="atlas-anchor")


_SENTENCES_HINT = "Mean activation over the tokens of a sentence (what enters the down projection), largest by size."
_WEIGHTS_HINT = (
    "A neuron owns a row of gate and of up (what it reads) and a column of down (what it writes). Each link shows "
    "exactly that row or column."
)
_REGIONS_HINT = (
    "Share of the neuron's own weights that a stored region holds, beside the share of this layer's MLP weights that "
    "it holds: above ×1 the region prefers this neuron."
)
