"""Languages as chips to click, grouped by family, with shortcuts that choose several at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, html

from frontend.choices.languages import TEN
from frontend.language_names import by_family, name_of
from frontend.theme import language_colour

PAPER_SIX = ("ar", "es", "ru", "zh", "ko", "vi")
"""The languages that paper A scores."""
Chooses = Callable[[Sequence[str]], list[str]]


def language_chips(
    chips_id: str, languages: Sequence[str], chosen: Sequence[str], *, named_families: bool = True
) -> Any:
    """One group of chips; its `value` is the list of chosen codes. A chosen code the corpus lacks is shown too.

    Each chip holds an element `mark_id(chips_id, code)` whose class a page may set to `is-marked`.
    """
    families = by_family((*languages, *(code for code in chosen if code not in languages)))
    if named_families:
        rows: Any = [_family(chips_id, family, codes) for family, codes in families.items()]
    else:
        rows = html.Div([_chip(chips_id, code) for codes in families.values() for code in codes], className="chips-row")
    return dmc.ChipGroup(html.Div(rows, className="chips"), id=chips_id, multiple=True, value=list(chosen))


def _family(chips_id: str, family: str, codes: Sequence[str]) -> html.Div:
    row = html.Div([_chip(chips_id, code) for code in codes], className="chips-row")
    return html.Div([html.Div(family, className="chips-family"), row], className="chips-group")


def mark_id(chips_id: str, language: Any) -> dict[str, Any]:
    """Id of the mark inside one chip."""
    return {"type": f"{chips_id}-mark", "language": language}


def _chip(chips_id: str, code: str) -> dmc.Chip:
    dot = html.Span(className="chips-dot", style={"background": language_colour(code)})
    mark = html.Span("✓", id=mark_id(chips_id, code), className="chips-mark", title="scored already")
    label = html.Span([dot, name_of(code), mark])
    return dmc.Chip(label, value=code, size="xs", variant="outline", className="chips-chip")


def shortcut(button_id: str, label: str) -> dmc.Button:
    """A small button that chooses several languages at once."""
    return dmc.Button(label, id=button_id, size="compact-xs", variant="subtle", color="gray")


def paper_six(available: Sequence[str]) -> list[str]:
    """The paper's six, as far as they are there."""
    return [language for language in PAPER_SIX if language in available]


def ten(available: Sequence[str]) -> list[str]:
    """Ten languages of many scripts and families, or the first ten where none of them is there."""
    return [language for language in TEN if language in available] or list(available)[: len(TEN)]


def none(_available: Sequence[str]) -> list[str]:
    """No language at all."""
    return []


def register_shortcuts(app: Dash, chips_id: str, shortcuts: Mapping[str, Chooses]) -> None:
    """Connect small buttons with the chips: each chooses some of those that are there."""

    @app.callback(
        Output(chips_id, "value"),
        *(Input(button, "n_clicks") for button in shortcuts),
        State(mark_id(chips_id, ALL), "id"),
        prevent_initial_call=True,
    )
    def _choose(*values: Any) -> list[str]:
        return shortcuts[str(ctx.triggered_id)]([one["language"] for one in values[-1]])
