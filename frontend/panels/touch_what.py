"""What to write there: zero, times k, set, reset, random; and how texts are continued and measured."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.vocabulary import EditAction, Sampling
from frontend.choices.touch import TouchForm
from frontend.language_names import name_of
from frontend.shell import hint

ACTIONS = {
    EditAction.ZERO: ("Zero", "Writes 0: the parameter no longer takes part."),
    EditAction.SCALE: ("Times", "Multiplies by a factor. The paper uses 4 and 10."),
    EditAction.SET: ("Set", "Writes the value you give, the same everywhere."),
    EditAction.RESET: (
        "Reset",
        "Back to the initial value: a norm's scale becomes 1, a bias 0. Matrices have no known one.",
    ),
    EditAction.RANDOM: ("Random", "Writes noise with the matrix's own spread; the seed makes it repeatable."),
}


def panel(form: TouchForm) -> html.Div:
    """Action and its operand."""
    data = [{"value": action.value, "label": words[0]} for action, words in ACTIONS.items()]
    return html.Div(
        [
            dmc.SegmentedControl(id="touch-action", value=form.action, data=data, fullWidth=True, size="xs"),
            html.Div(ACTIONS[EditAction(form.action)][1], id="touch-action-hint", className="map-note"),
            *[_operand(name, form) for name in ("factor", "value", "edit-seed")],
        ],
        className="touch-stack",
    )


def operands_hidden(action: str) -> tuple[bool, bool, bool]:
    """Whether factor, value and seed are hidden."""
    return action != EditAction.SCALE, action != EditAction.SET, action != EditAction.RANDOM


def _operand(name: str, form: TouchForm) -> html.Div:
    hidden = dict(zip(("factor", "value", "edit-seed"), operands_hidden(form.action), strict=True))[name]
    fields: dict[str, Any] = {
        "factor": dmc.NumberInput(id="touch-factor", label="Factor k", value=form.factor, step=1),
        "value": dmc.NumberInput(id="touch-value", label="Value", value=form.value, step=0.1),
        "edit-seed": dmc.NumberInput(
            id="touch-edit-seed", label="Seed of the noise", value=form.edit_seed, min=0, allowDecimal=False
        ),
    }
    return html.Div(fields[name], id=f"touch-{name}-part", hidden=hidden)


def decoding(form: TouchForm) -> html.Div:
    """How long and by which rule the texts go on."""
    sampled = form.sampling == Sampling.SAMPLED
    rule = dmc.SegmentedControl(
        id="touch-sampling",
        value=form.sampling,
        data=[{"value": "greedy", "label": "Most likely"}, {"value": "sampled", "label": "Sampled"}],
        fullWidth=True,
        size="sm",
    )
    term = hint(
        "Next token", "Most likely: always the best token (greedy), the same each time. Sampled: drawn by chance."
    )
    return html.Div(
        [
            html.Div([html.Div(term, className="touch-label"), rule]),
            dmc.NumberInput(
                id="touch-length", label="Tokens per text", value=form.length, min=1, max=4096, allowDecimal=False
            ),
            html.Div(
                [
                    dmc.NumberInput(
                        id="touch-temperature", label="Temperature", value=form.temperature, min=0.01, max=10, step=0.1
                    ),
                    dmc.NumberInput(id="touch-seed", label="Seed", value=form.seed, min=0, allowDecimal=False),
                ],
                id="touch-sampled-part",
                hidden=not sampled,
                className="touch-pair",
            ),
        ],
        className="touch-stack",
    )


def evaluation(form: TouchForm, languages: tuple[str, ...]) -> html.Div:
    """In which languages perplexity is measured before and after."""
    shown = (*languages, *(code for code in form.evaluated if code not in languages))
    term = hint(
        "Perplexity in", "How surprised the model is by held-out text, lower is better. Measured before and after."
    )
    return html.Div(
        dmc.MultiSelect(
            id="touch-evaluated",
            label=term,
            data=[{"value": code, "label": name_of(code)} for code in shown],
            value=list(form.evaluated),
            searchable=True,
            clearable=True,
            placeholder="none" if not form.evaluated else "",
        )
    )
