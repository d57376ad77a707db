"""What stands on the Compare page while only one model is chosen: the others, each one click away."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html

from backend.contracts.models import ModelSummary
from frontend.choices.compare import CompareChoice
from frontend.results.compare_family import Family

MOST_OFFERED = 6
_TOLD = (
    "Any two opened models can be compared: two revisions, two sizes, or a model and a checkpoint of its further "
    "training, which the Train page opens."
)


def second(choice: CompareChoice, known: Sequence[ModelSummary], families: Sequence[Family]) -> html.Div:
    """Pairs of A and another model, relatives first; in a family A is the earlier one."""
    pairs = _pairs(choice.models[0], known, families)
    links = [
        html.Li(dcc.Link(f"{one} and {other}", href=choice.link(models=(one, other)), className="atlas-anchor"))
        for one, other in pairs[:MOST_OFFERED]
    ]
    return html.Div(
        [
            html.Div("Choose a second model", className="empty-what"),
            html.Div(_TOLD, className="empty-next"),
            html.Ul(links, className="compare-offers") if links else None,
        ],
        className="empty",
    )


def _pairs(first: str, known: Sequence[ModelSummary], families: Sequence[Family]) -> list[tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for family in families:
        names = [step.model for step in family.steps if step.model]
        at = names.index(first) if first in names else -1
        for place, name in enumerate(names if at >= 0 else ()):
            found.setdefault(name, (name, first) if place < at else (first, name))
    for model in known:
        if model.status == "ready":
            found.setdefault(model.name, (first, model.name))
    return [pair for name, pair in found.items() if name != first]
