"""The prompts of the form: language and text each, to edit, add and take away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from frontend.choices.prompts import PROMPTS
from frontend.language_names import name_of
from frontend.shell import icon
from frontend.theme import text_direction


def rows(prompts: Sequence[tuple[str, str]], *, first: int = 0) -> list[html.Div]:
    """One row per prompt; ids count from `first`, so that a rebuilt list does not inherit typed text."""
    return [_row(first + place, language, text) for place, (language, text) in enumerate(prompts)]


def _row(number: int, language: str, text: str) -> html.Div:
    tag = dmc.Badge(language, variant="light", color="gray", radius="sm", tt="none", className="touch-tag")
    field = dmc.Textarea(
        id={"type": "touch-prompt", "row": number, "language": language},
        value=text,
        autosize=True,
        minRows=1,
        maxRows=8,
        className="touch-prompt-text",
        attributes={"input": {"dir": text_direction(language), "lang": language}},
        **{"aria-label": f"Prompt in {name_of(language)}"},
    )
    remove = dmc.ActionIcon(
        icon("trash", 15),
        id={"type": "touch-remove", "row": number},
        variant="subtle",
        color="gray",
        **{"aria-label": f"Remove the prompt in {name_of(language)}"},
    )
    return html.Div([dmc.Tooltip(tag, label=name_of(language)), field, remove], className="touch-prompt")


def adder(languages: Sequence[str]) -> dmc.Select:
    """Choosing a language adds a prompt in it."""
    codes = sorted({*PROMPTS, *languages}, key=name_of)
    return dmc.Select(
        id="touch-add",
        data=[{"value": code, "label": name_of(code)} for code in codes],
        placeholder="Add a prompt in …",
        searchable=True,
        clearable=True,
        size="sm",
        **{"aria-label": "Add a prompt in a language"},
    )


def changed(
    prompts: Sequence[tuple[str, str]], *, added: str | None = None, removed: int | None = None
) -> list[tuple[str, str]]:
    """The prompts after one was added (with the usual text of its language) or the one at a place removed."""
    kept: list[Any] = [prompt for place, prompt in enumerate(prompts) if place != removed]
    return [*kept, (added, PROMPTS.get(added, ""))] if added else kept
