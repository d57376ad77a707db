"""What the hand shows: search, help, and where it says what it did. The handlers are in `frontend.hand`."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from frontend import navigation, urls
from frontend.choices import keys
from frontend.choices.search_words import Hit


class HandId(StrEnum):
    """Ids of the hand. `hand-undo` and `hand-redo` are buttons anywhere: the script finds them."""

    PALETTE = "hand-palette"
    SEARCH = "hand-search"
    HITS = "hand-hits"
    HELP = "hand-help"
    SHEET = "hand-sheet"
    SAID = "hand-said"
    """Live region: what an undo brought back, why a key did nothing."""


def parts(paths: Collection[str]) -> list[Any]:
    """What the frame holds, closed: search, help, and where the hand says what it did."""
    jumps = {letter: urls.PATHS[page] for letter, page in keys.JUMPS.items() if urls.PATHS[page] in paths}
    return [
        dmc.Modal(
            [
                dmc.TextInput(
                    id=HandId.SEARCH,
                    placeholder="3.attn.q   layer 12   dim 507   neuron 5:1024   Arabic   LRDS",
                    debounce=120,
                    value="",
                    size="md",
                    **{"aria-label": "Search the atlas", "data-autofocus": True, "autoComplete": "off"},
                ),
                html.Div(id=HandId.HITS, className="hand-hits", role="group", **{"aria-label": "What was found"}),
            ],
            id=HandId.PALETTE,
            withCloseButton=False,
            size="lg",
            yOffset="12vh",
            padding="sm",
            transitionProps={"duration": 80},
            title="Search",
            className="hand-palette",
        ),
        dmc.Modal(
            html.Div(id=HandId.SHEET),
            id=HandId.HELP,
            title="Keys and terms",
            className="hand-help",
            size="xl",
            transitionProps={"duration": 80},
            closeButtonProps={"aria-label": "Close"},
        ),
        html.Div(id=HandId.SAID, role="status", className="hand-said", **{"data-jumps": json.dumps(jumps)}),
    ]


def buttons(icon: Any) -> list[Any]:
    """Search and help for the mouse, in the header."""
    return [
        html.Button(
            icon, className="hand-button", title="Search ( / )", type="button",
            **{"aria-label": "Search", "data-hand": "search", "aria-keyshortcuts": "/"},
        ),
        html.Button(
            "?", className="hand-button", title="Keys and terms ( ? )", type="button",
            **{"aria-label": "Keys and terms", "data-hand": "help", "aria-keyshortcuts": "?"},
        ),
    ]  # fmt: skip


def hits(text: str, found: Sequence[Hit]) -> html.Div:
    """Each hit a link; the first is where Enter in the field leads, as soon as it answers what stands there."""
    nothing = "Nothing is called so. Try a matrix (3.attn.q), a dimension (dim 507), a neuron (neuron 5:1024)."
    return html.Div([_hit(one) for one in found] or html.P(nothing), **{"data-answers": text})


def _hit(hit: Hit) -> dcc.Link:
    return dcc.Link(
        [
            html.Span(hit.what, className="hand-what"),
            html.Span(hit.label, className="hand-label", dir="auto"),
            html.Span(hit.detail, className="hand-detail"),
        ],
        href=hit.address,
        className="hand-hit",
    )


def sheet(pathname: str | None) -> list[Any]:
    """All keys that work on a page, and the way to the glossary."""
    own = next(
        (keys.BY_PAGE[page] for page, path in urls.PATHS.items() if path == pathname and page in keys.BY_PAGE), ()
    )
    labels = {place.page: place.label for place in (*navigation.HEADER, *navigation.ASIDE)}
    labels |= {tab.page: tab.label for family in navigation.FAMILIES.values() for tab in family}
    jumps = [keys.Key(("g", letter), labels.get(page, page.value)) for letter, page in keys.JUMPS.items()]
    picture = keys.PICTURE if pathname in {urls.PATHS[page] for page in keys.WITH_PICTURES} else ()
    sections = [
        ("Everywhere", keys.EVERYWHERE), ("On this page", own),
        ("On a picture that has the focus", picture), ("Go to", jumps),
    ]  # fmt: skip
    return [
        html.P(
            ["Terms with dots below them show their equation on hover and focus. All of them are in the ",
             dcc.Link("glossary", href=urls.link(urls.Page.GLOSSARY), className="atlas-anchor"), "."],
        ),
        *(_section(title, rows) for title, rows in sections if rows),
    ]  # fmt: skip


def _section(title: str, rows: Sequence[keys.Key]) -> html.Section:
    lines = [
        html.Div([html.Dt([html.Kbd(key) for key in row.keys]), html.Dd(row.what)], className="hand-key")
        for row in rows
    ]
    return html.Section([html.H3(title, className="study-label"), html.Dl(lines)])
