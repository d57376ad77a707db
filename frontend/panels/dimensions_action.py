"""What is written to each dimension or scalar of a sweep, with its operand."""

from __future__ import annotations

from collections.abc import Collection

import dash_mantine_components as dmc
from dash import Dash, Input, Output, html

from backend.contracts.vocabulary import EditAction
from frontend.choices.sweep_words import ACTION_WORDS
from frontend.choices.sweeps import ScanChoice, SweepChoice
from frontend.fields import label
from frontend.form_parts import field_id, number, segments

_HINT = (
    "Random: noise with the matrix's own spread (the paper's Figure 3). Zero: 0. Times k: multiplied. Set: a value. "
    "Reset: the initial value, an effective norm scale of 1 (the paper's Table 4)."
)
OPERANDS = {"factor": EditAction.SCALE, "value": EditAction.SET, "seed": EditAction.RANDOM}


def action_part(prefix: str, choice: SweepChoice | ScanChoice, offered: Collection[EditAction]) -> html.Div:
    """The actions offered; only the operand of the chosen one is shown."""
    fields = {
        "factor": number(prefix, "factor", "factor k", choice.factor, allowDecimal=True),
        "value": number(prefix, "value", "value", choice.value, allowDecimal=True),
        "seed": number(prefix, "seed", "seed of the noise and of the draw", choice.seed),
    }
    parts = [
        html.Div(field, id=f"{field_id(prefix, name)}-part", hidden=is_hidden(prefix, name, choice.action))
        for name, field in fields.items()
    ]
    options = {action: word for action, word in ACTION_WORDS.items() if action in offered}
    return html.Div(
        [label("What is written", _HINT), segments(prefix, "action", choice.action, options), dmc.Stack(parts, gap=4)],
        className="study-card",
    )


def is_hidden(prefix: str, name: str, action: str | None) -> bool:
    """An operand is hidden while its action is not chosen; a sweep always has the seed of its random dimensions."""
    return action != OPERANDS[name] and not (name == "seed" and prefix.endswith("sweep"))


def register_action(app: Dash, prefix: str) -> None:
    """Show the operand that the action needs."""

    @app.callback(
        *[Output(f"{field_id(prefix, name)}-part", "hidden") for name in OPERANDS],
        Input(field_id(prefix, "action"), "value"),
    )
    def _operands(action: str | None) -> tuple[bool, ...]:
        return tuple(is_hidden(prefix, name, action) for name in OPERANDS)
