"""What the parts of the Neurons form tell each other: shortcuts, how large z can get, address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from frontend import urls
from frontend.choices.languages import TEN
from frontend.choices.neurons import NeuronsChoice
from frontend.fields import filled
from frontend.language_chips import mark_id
from frontend.panels.neurons_form import FIELDS, FormId, note
from frontend.shell import ShellId
from frontend.study import to_remember


def choice_of(model: str, values: Sequence[Any]) -> NeuronsChoice:
    """The form, from the values of `FIELDS` in their order; an emptied number is None."""
    fields: dict[str, Any] = dict(zip(FIELDS, map(filled, values), strict=True))
    fields["languages"] = fields["languages"] or ()
    return NeuronsChoice(model)._replace(**fields)


def chosen_languages(trigger: str | None, available: Sequence[str]) -> list[str]:
    """What a shortcut above the chips chooses."""
    if trigger == FormId.TEN:
        return [language for language in TEN if language in available] or list(available)[: len(TEN)]
    return [] if trigger == FormId.NONE else list(available)


def register(app: Dash) -> None:
    """Connect the parts of the form with each other and with the address."""

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

    @app.callback(
        Output(FormId.LANGUAGES, "value"),
        *(Input(button, "n_clicks") for button in (FormId.TEN, FormId.ALL, FormId.NONE)),
        State(mark_id(FormId.LANGUAGES, ALL), "id"),
        prevent_initial_call=True,
    )
    def _languages(*values: Any) -> Any:
        return chosen_languages(ctx.triggered_id, [one["language"] for one in values[-1]])

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(FormId.CORPUS, "value"),
        State(FormId.DRAWN, "data"),
        prevent_initial_call=True,
    )
    def _corpus(corpus: str, drawn: dict[str, Any]) -> Any:
        if corpus == drawn["corpus"]:
            return no_update
        return urls.link("neurons", model=drawn["model"], corpus=corpus)
