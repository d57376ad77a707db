"""The settings of structured removal as small pictures: which side of which matrices loses its dimensions."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.vocabulary import DimensionSetting, MatrixKind, Side
from frontend.choices.sweep_words import setting_words
from frontend.fields import label
from frontend.form_parts import field_id

WORDS = {
    DimensionSetting.HEAD_AND_DOWN: ("Heads, and down", "Table 3"),
    DimensionSetting.HEAD: ("Heads", "Table 7"),
    DimensionSetting.RESIDUAL: ("Residual", "Table 8"),
    DimensionSetting.RESIDUAL_AND_DOWN: ("Residual, and down", ""),
}
_KINDS = (MatrixKind.ATTN_Q, MatrixKind.ATTN_K, MatrixKind.ATTN_V, MatrixKind.ATTN_O, MatrixKind.MLP_DOWN)
_ROWS = dict.fromkeys(_KINDS[:3], Side.HEAD) | dict.fromkeys(_KINDS[3:], Side.RESIDUAL)
"""What the rows (the out axis) of each kind count; the columns of q, k, v are residual, those of o are heads."""
_HINT = (
    "Rows are what a matrix writes, columns what it reads (as stored: out by in). The head side of q, k, v is their "
    "rows, that of o its columns; the residual side is the other one, and the rows of down."
)


def settings_field(prefix: str, chosen: str) -> html.Div:
    """One picture per setting to choose from."""
    cards = [_card(setting) for setting in DimensionSetting]
    group = dmc.RadioGroup(
        html.Div(cards, className="dim-settings"), id=field_id(prefix, "setting"), value=str(chosen), size="xs"
    )
    return html.Div([label("Which side of which matrices", _HINT), group])


def _card(setting: DimensionSetting) -> dmc.RadioCard:
    name, table = WORDS[setting]
    drawing = html.Div([_matrix(kind, setting) for kind in _KINDS], className="dim-matrices", **{"aria-hidden": "true"})
    words: list[Any] = [html.Span(name), html.Span(table, className="study-note")]
    return dmc.RadioCard(
        [html.Div(words, className="dim-setting-name"), drawing],
        value=setting.value,
        className="dim-setting",
        **{"aria-label": f"{name}: {setting_words(setting)}"},
    )


def _matrix(kind: MatrixKind, setting: DimensionSetting) -> html.Div:
    side = setting.sides.get(kind)
    lines = "" if side is None else " is-rows" if _ROWS[kind] is side else " is-columns"
    return html.Div([html.I(className=f"dim-matrix{lines}"), html.Span(kind.value.partition(".")[2])])
