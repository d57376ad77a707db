"""The texts that the atlas knows, and how to add one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.models import CorpusSummary
from frontend.theme import language_colour, language_family

_COMMAND = "lingua-atlas corpora add NAME FOLDER"


def corpora(known: Sequence[CorpusSummary]) -> html.Div:
    """One block per corpus, and the way to add another."""
    return html.Div([*(_corpus(corpus) for corpus in known), _own()], className="start-corpora")


def _corpus(corpus: CorpusSummary) -> html.Div:
    head = dmc.Group(
        [
            dmc.Text(corpus.name, fw=600),
            dmc.Text(_size(corpus), size="xs", c="dimmed"),
            dmc.Text(corpus.licence, size="xs", c="dimmed"),
        ],
        gap="sm",
        align="baseline",
    )
    languages = html.Div([_language(language) for language in corpus.languages], className="start-languages")
    problem = dmc.Alert(corpus.problem, color="orange", variant="light", p="xs") if corpus.problem else None
    told = dmc.Text(corpus.facts, size="xs", c="dimmed", className="start-corpus-facts") if corpus.facts else None
    title = dmc.Text(corpus.title, size="sm", c="dimmed") if corpus.title != corpus.name else None
    return html.Div([head, title, languages, told, problem], className="start-corpus")


def _size(corpus: CorpusSummary) -> str:
    lines = f"{corpus.n_lines:,} lines" if corpus.is_parallel else f"{corpus.n_lines:,} lines or more, not parallel,"
    return f"{lines} in {len(corpus.languages)} languages"


def _language(language: str) -> html.Span:
    style = {"--language": language_colour(language)}
    return html.Span(language, className="atlas-language", style=style, title=language_family(language))


def _own() -> html.Div:
    text: list[Any] = [
        dmc.Text("Your own texts", fw=600),
        dmc.Text(
            [
                "A folder with one UTF-8 file per language (",
                dmc.Code("en.txt"),
                ", ",
                dmc.Code("sw.txt"),
                "...), one sentence a line, line N the same sentence in every file; JSON lines and Parquet files ",
                "serve too, and Hugging Face datasets (",
                dmc.Code("hf:ORG/NAME"),
                "). Then:",
            ],
            size="sm",
            c="dimmed",
        ),
        dmc.Group(
            [
                dmc.Code(_COMMAND, className="start-command"),
                dmc.CopyButton(
                    value=_COMMAND, children="Copy", copiedChildren="Copied", size="compact-xs", variant="subtle"
                ),
            ],
            gap="xs",
        ),
    ]
    return html.Div(dmc.Stack(text, gap=6), className="start-corpus")
