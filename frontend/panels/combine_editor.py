"""The expression as a list that is read from top to bottom; every line says how it joins what stands above it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.formulas import region_label
from frontend.choices.expression import DIFFERENCE, INTERSECTION, UNION, Part, Parts
from frontend.shell import hint, icon, term
from frontend.theme import language_colour


class EditorId(StrEnum):
    """Ids of the editor."""

    PARTS = "combine-parts"
    """Store, the list as `expression.encoded` writes it."""
    TARGET = "combine-target"
    """Store, path of the group that new parts go into; '' is the whole list."""
    ASK = "combine-ask"
    """Store, the list to preview: `PARTS` once it has not changed for a moment."""
    TITLE = "combine-title"
    ROWS = "combine-rows"
    GROUP = "combine-group"
    CLEAR = "combine-clear"


OPERATORS = {UNION: "∪ add", INTERSECTION: "∩ keep only", DIFFERENCE: "− take away"}
GROUP_LABEL = "brackets"


def button_id(do: Any, path: Any) -> dict[str, Any]:
    """Id of a small button of one line: `remove`, `invert`, `open`, `target`."""
    return {"type": "combine-do", "do": do, "path": path}


def operator_id(path: Any) -> dict[str, Any]:
    """Id of the choice how a line joins what is above it."""
    return {"type": "combine-op", "path": path}


def editor(parts: Parts, encoded: str, title: str) -> html.Section:
    """Title, list, what can be done with all of it."""
    name = dmc.TextInput(
        id=EditorId.TITLE,
        value=title,
        placeholder="A name for this region (not part of the question)",
        size="xs",
        flex=1,
        debounce=300,
        **{"aria-label": "Name of the region"},
    )
    tools = [
        dmc.Button(
            hint("Put brackets around all", _GROUP_HINT), id=EditorId.GROUP, size="compact-xs", variant="subtle",
            leftSection=icon("nest", 14),
        ),
        dmc.Button("Start anew", id=EditorId.CLEAR, size="compact-xs", variant="subtle", color="gray"),
    ]  # fmt: skip
    heading = html.H2(term("Region", "The region"), className="study-heading")
    return html.Section(
        [
            dcc.Store(id=EditorId.PARTS, data=encoded),
            dcc.Store(id=EditorId.TARGET, data=""),
            dcc.Store(id=EditorId.ASK, data=encoded),
            dmc.Group([heading, dmc.Group(tools, gap=4)], justify="space-between"),
            name,
            html.Div(rows(parts, ""), id=EditorId.ROWS, className="combine-rows"),
        ],
        className="atlas-card study-card",
    )  # fmt: skip


def rows(parts: Parts, target: str) -> list[Any]:
    """Every line, groups with their own lines inside; without any it names the next click."""
    if parts:
        return _lines(parts, "", target)
    return [
        html.Div(
            [
                html.Div("Nothing yet.", className="empty-what"),
                html.Div(
                    [
                        "Click ",
                        html.B("Only this one"),
                        " for a monolingual region, or ",
                        html.B("Add to the list"),
                        ".",
                    ],
                    className="empty-next",
                ),
            ],
            className="combine-nothing",
        )
    ]


def _lines(parts: Sequence[Part], above: str, target: str) -> list[Any]:
    return [
        _line(part, f"{above}.{index}" if above else str(index), target, is_first=index == 0)
        for index, part in enumerate(parts)
    ]


def _line(part: Part, path: str, target: str, *, is_first: bool) -> html.Div:
    if part.leaf is None:
        return _group(part, path, target, is_first=is_first)
    return html.Div(
        [_operator(part, path, is_first=is_first), _words(part), _buttons(part, path)], className="combine-row"
    )


def _group(part: Part, path: str, target: str, *, is_first: bool) -> html.Div:
    head = html.Div(
        [
            _operator(part, path, is_first=is_first),
            html.Span(["everything but " if part.inverted else "", GROUP_LABEL], className="combine-words is-group"),
            html.Span("new pieces go here", className="combine-target") if target == path else None,
            _buttons(part, path, is_target=target == path),
        ],
        className="combine-row",
    )
    return html.Div(
        [head, html.Div(_lines(part.parts, path, target), className="combine-inner")], className="combine-group"
    )


def _operator(part: Part, path: str, *, is_first: bool) -> Any:
    if is_first:
        return html.Span("start with", className="combine-op is-first")
    data = [{"value": op, "label": words} for op, words in OPERATORS.items()]
    return dmc.Select(
        id=operator_id(path),
        data=data,
        value=part.op,
        allowDeselect=False,
        size="xs",
        className="combine-op",
        **{"aria-label": "How this line joins what is above it"},
    )


def _words(part: Part) -> html.Span:
    assert part.leaf is not None
    languages = getattr(getattr(part.leaf, "region", None), "languages", ())
    dots = [html.I(className="chips-dot is-on", style={"background": language_colour(code)}) for code in languages[:6]]
    but = html.B("everything but ") if part.inverted else ""
    return html.Span([but, *dots, region_label(part.leaf)], className="combine-words")


def _buttons(part: Part, path: str, *, is_target: bool = False) -> html.Span:
    group = [
        _button("target", path, "Add here", "New pieces go into these brackets", pressed=is_target),
        _button("open", path, "Remove brackets", "Put these lines into the list around them"),
    ]
    return html.Span(
        [
            *(group if part.leaf is None else ()),
            _button("invert", path, "not", "Everything but this, or that taken back", pressed=part.inverted),
            _button("remove", path, "×", "Take this line out"),
        ],
        className="combine-buttons",
    )


def _button(do: str, path: str, text: str, explanation: str, *, pressed: bool = False) -> html.Button:
    return html.Button(
        text,
        id=button_id(do, path),
        title=explanation,
        className="combine-button is-pressed" if pressed else "combine-button",
        **{"aria-label": explanation, "aria-pressed": "true" if pressed else "false"},
    )


_GROUP_HINT = "Use all of this as one part of a larger expression: the next lines act on the whole."
