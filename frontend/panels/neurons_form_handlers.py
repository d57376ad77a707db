"""What the parts of the Neurons form tell each other: shortcuts, how large z can get, address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, Output, State

from frontend import parallel_text
from frontend.choices.neurons import NeuronsChoice
from frontend.panels.neurons_form import FIELDS, PREFIX, FormId, note
from frontend.parallel_text import fields_of
from frontend.shell import ShellId
from frontend.study import to_remember


def choice_of(model: str, values: Sequence[Any]) -> NeuronsChoice:
    """The form, from the values of `FIELDS` in their order; an emptied number is None."""
    return NeuronsChoice(model)._replace(**fields_of(FIELDS, values))


def register(app: Dash) -> None:
    """Connect the parts of the form with each other and with the address."""
    parallel_text.register(app, PREFIX)

    @app.callback(
        Output(FormId.NOTE, "children"),
        Output(FormId.FIND, "disabled"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        *(Input(element, prop) for element, prop in FIELDS.values()),
        State(FormId.DRAWN, "data"),
        State(ShellId.QUERY, "data"),
        prevent_initial_call=True,
    )
    def _changed(*values: Any) -> Any:
        *fields, drawn, written = values
        choice = choice_of(drawn["model"], fields)
        return note(choice), choice.refusal() is not None, to_remember(choice.state(), drawn, written)
