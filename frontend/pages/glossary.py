"""Glossary: every term of the atlas with its equation, its source and the page that shows it."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, dcc, html

from backend.client import Client
from frontend import glossary, urls
from frontend.glossary.entry import PAPERS, Entry
from frontend.shell import page_header

PATH = "/glossary"
TITLE = "Glossary"
ICON = "text"
LEAD = "Every term with its equation, where it comes from, and the page that shows it."


def layout(query: dict[str, str], api: Client) -> Any:
    """All terms by groups; `term=lrds` is marked, and the browser scrolls to it (`hand.js`)."""
    del api
    chosen = query.get("term", "")
    papers = " ".join(f"Paper {letter}: {title}." for letter, title in PAPERS.items())
    return html.Div(
        [
            page_header(TITLE, LEAD),
            html.P(papers, className="glossary-papers"),
            *(_group(name, entries, chosen, query.get("model")) for name, entries in glossary.GROUPS.items()),
        ],
        className="glossary",
    )


def register(app: Dash, api: Client) -> None:
    """Nothing happens here: the page is text."""


def _group(name: str, entries: tuple[Entry, ...], chosen: str, model: str | None) -> html.Section:
    return html.Section(
        [dmc.Title(name, order=2, className="atlas-heading"), html.Dl([_entry(one, chosen, model) for one in entries])]
    )


def _entry(entry: Entry, chosen: str, model: str | None) -> html.Div:
    anchor = glossary.anchor(entry)
    is_chosen = anchor == f"term-{chosen}"
    words = ", ".join(word for word in entry.also if word.lower() != entry.name.lower())
    shown = entry.page and dcc.Link(
        f"Shown on {entry.page.value.capitalize()}", href=urls.link(entry.page, model=model), className="atlas-anchor"
    )
    return html.Div(
        [
            html.Dt([entry.name, html.Span(f"also: {words}", className="glossary-also") if words else None]),
            html.Dd(
                [
                    html.Span(entry.sentence),
                    html.Code(entry.equation, className="glossary-equation", dir="ltr") if entry.equation else None,
                    html.Span(
                        [*([entry.source, " · "] if entry.source and shown else [entry.source]), shown],
                        className="glossary-source",
                    ),
                ]
            ),
        ],
        id=anchor,
        className="glossary-entry is-chosen" if is_chosen else "glossary-entry",
    )
