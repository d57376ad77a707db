"""The rows and columns of a matrix that differ most from A, each with what to do next."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from backend.client import Client
from backend.contracts.models import MatrixView
from frontend.choices.compare import CompareChoice
from frontend.figures.compare_cell import Moved, moved_most
from frontend.figures.numbers import factor, percent, significant
from frontend.figures.sides import dimension_label
from frontend.panels.compare_cell import CHANGE, TOUCHABLE
from frontend.results.compare_seen import Seen, changes, view_of
from frontend.shell import hint

MOVED = "compare-moved"
N_MOVED = 6


def moved(seen: Seen, api: Client) -> list[Any]:
    """For every model but A the rows and columns of the matrix that differ most, each with what to do next."""
    view = view_of(seen)
    if view is None:
        return []
    cards = []
    for member, found in changes(seen, api):
        most = moved_most(found, view, N_MOVED)
        title = html.H3(f"What differs most, {member.letter} − A", className="map-heading")
        nothing = html.Div(f"{view.name} is the same in both.", className="study-note")
        rows = [_moved(seen.choice, view, one) for one in most]
        note = html.Div(hint(found.profiles[0].measure, CHANGE), className="study-note") if most else nothing
        cards.append(html.Section([title, note, *rows], className="atlas-card compare-moved"))
    return cards


def _moved(choice: CompareChoice, view: MatrixView, one: Moved) -> html.Div:
    share = f" · {percent(round(one.share, 4))} of all, {factor(one.evenly)}" if one.share else ""
    number = significant(one.value, 3) + share
    name = html.A(
        one.label, href=choice.link(cell=None, dimension=(one.axis, one.place)), className="atlas-anchor",
        title="Mark it on the maps", **{"data-compare-dimension": f"{one.axis},{one.place}"},
    )  # fmt: skip
    side = 0 if len(view.shape) == 1 else one.axis
    touch = _touch_link(choice, view, side, one.place, axis=one.axis)
    parts = [name, html.Span(number, className="compare-moved-number"), touch]
    return html.Div(parts, className="compare-moved-row")


def _touch_link(choice: CompareChoice, view: MatrixView, side: int, index: int, *, axis: int) -> Any:
    if view.sides[side] not in TOUCHABLE:
        return None
    href = choice.link(section="touch", cell=None, dimension=(axis, index), touched=None)
    label = f"Touch {dimension_label(view, side, index)} in all models"
    return html.Span(dcc.Link("touch in all", href=href, className="atlas-anchor"), title=label)
