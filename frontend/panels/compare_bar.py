"""The head of the Compare page: which models stand beside each other, and which section is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.models import ModelSummary
from frontend import urls
from frontend.choices.compare import LETTERS, SECTIONS, CompareChoice
from frontend.shell import hint

MODEL = "compare-model"


def model_id(place: Any) -> dict[str, Any]:
    """Id of the select of model A, B, C or D."""
    return {"type": MODEL, "place": place}


def choice_id(field: Any, *, drawn: Any = "", usual: Any = "", forgets: Any = "") -> dict[str, Any]:
    """Id of a select that writes one field into the address.

    `drawn` is the value it was drawn with, `usual` the one that an address leaves out, `forgets` names the fields that
    no longer fit after a change.
    """
    return {"type": "compare-choice", "field": field, "drawn": drawn or "", "usual": usual, "forgets": forgets}


def models(choice: CompareChoice, known: Sequence[ModelSummary], family: Any = None) -> html.Div:
    """A select for each chosen model and an empty one for the next; below, the slider of their family."""
    ready = [model for model in known if model.status == "ready"]
    n_shown = min(len(LETTERS), max(2, len(choice.models) + 1))
    selects = [_select(place, choice, ready) for place in range(n_shown)]
    train = [
        "A saved state of a training is opened as a model on ",
        dcc.Link("Train", href=urls.link("train"), className="atlas-anchor"),
        ".",
    ]
    return html.Div(
        [html.Div(selects, className="compare-models"), html.Div(train, className="study-note compare-note"), family],
        className="atlas-card compare-bar",
    )


def sections(choice: CompareChoice) -> html.Nav:
    """The sections as links: each is an address."""
    links = [
        html.Div(
            dcc.Link(label, href=choice.link(section=None if name == "maps" else name), className="compare-tab"),
            **{"data-compare-section": name},
            **({"aria-current": "page"} if name == choice.section else {}),
        )
        for name, label in SECTIONS.items()
    ]
    return html.Nav(links, className="compare-tabs", **{"aria-label": "What is compared"})


def _select(place: int, choice: CompareChoice, known: Sequence[ModelSummary]) -> html.Div:
    chosen = choice.models[place] if place < len(choice.models) else None
    taken = set(choice.models) - {chosen}
    data = [{"value": model.name, "label": model.name, "disabled": model.name in taken} for model in known]
    if chosen and chosen not in {model.name for model in known}:
        data.append({"value": chosen, "label": f"{chosen} (not opened)"})
    select = dmc.Select(
        id=model_id(place),
        data=data,
        value=chosen,
        placeholder="Choose a model" if place < 2 else "Add one more",
        searchable=True,
        clearable=place > 0,
        allowDeselect=False,
        size="sm",
        comboboxProps={"width": 380, "position": "bottom-start"},
        **{"aria-label": f"Model {LETTERS[place]}"},
    )
    name = hint(LETTERS[place], "Differences and movements are from A to this one." if place else _FIRST)
    return html.Div([html.Div(name, className="compare-letter"), select], className="compare-model")


_FIRST = "What the others are held against: differences are B − A, movements go from A to B."
