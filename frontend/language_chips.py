"""Languages as chips to click, grouped by family, with shortcuts that choose several at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, ctx, dcc, html

from frontend.choices.languages import TEN
from frontend.language_names import by_family, name_of
from frontend.theme import language_colour

PAPER_SIX = ("ar", "es", "ru", "zh", "ko", "vi")
"""The languages that paper A scores."""
Chooses = Callable[[Sequence[str]], list[str]]


def language_chips(
    chips_id: str,
    languages: Sequence[str],
    chosen: Sequence[str],
    *,
    named_families: bool = True,
    marked: bool = False,
) -> Any:
    """One group of chips; its `value` is the list of chosen codes. A chosen code the corpus lacks is shown too.

    A `marked` chip holds an element `mark_id(chips_id, code)` whose class a page may set to `is-marked`.
    """
    families = by_family((*languages, *(code for code in chosen if code not in languages)))
    every = [code for codes in families.values() for code in codes]
    chips = {code: _chip(code, mark_id(chips_id, code) if marked else None) for code in every}
    if named_families:
        rows: Any = [_family(family, [chips[code] for code in codes]) for family, codes in families.items()]
    else:
        rows = html.Div(list(chips.values()), className="chips-row")
    known = dcc.Store(id=every_id(chips_id), data=every)
    return dmc.ChipGroup([known, html.Div(rows, className="chips")], id=chips_id, multiple=True, value=list(chosen))


def every_id(chips_id: str) -> str:
    """Store, the codes of all chips."""
    return f"{chips_id}-every"


def _family(family: str, chips: list[dmc.Chip]) -> html.Div:
    row = html.Div(chips, className="chips-row")
    return html.Div([html.Div(family, className="chips-family"), row], className="chips-group")


def mark_id(chips_id: str, language: Any) -> dict[str, Any]:
    """Id of the mark inside one chip."""
    return {"type": f"{chips_id}-mark", "language": language}


def _chip(code: str, mark: dict[str, Any] | None) -> dmc.Chip:
    # One component, not four: pages with dozens of chips drew slowly. The dot is drawn by study.css.
    label: Any = name_of(code)
    if mark:
        label = html.Span([label, html.Span("✓", id=mark, className="chips-mark", title="scored already")])
    look: dict[str, Any] = {"className": "chips-chip", "style": {"--chips-dot": language_colour(code)}}
    return dmc.Chip(label, value=code, size="xs", variant="outline", **look)


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
        State(every_id(chips_id), "data"),
        prevent_initial_call=True,
    )
    def _choose(*values: Any) -> list[str]:
        return shortcuts[str(ctx.triggered_id)](values[-1])
