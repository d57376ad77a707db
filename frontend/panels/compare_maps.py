"""One matrix of every model side by side on one scale, locked, with the signed differences; a table to pick it from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.comparison import ComparisonSummary
from backend.contracts.requests import Request
from frontend.choices.compare import asked_of, letter, questions
from frontend.figures.compare import size, slots
from frontend.figures.compare_movement import outside, picker
from frontend.figures.kinds import matrix_title
from frontend.figures.reducers import LOOKS, reducers_of
from frontend.heat_table import heat_table
from frontend.panels import compare_cell, compare_moved
from frontend.panels.compare_ask import ask
from frontend.panels.compare_bar import choice_id
from frontend.results.compare import Compared, movements
from frontend.results.compare_seen import Seen
from frontend.shell import hint
from frontend.views.compare_maps import PAINTED, Maps, maps

CELL = "compare-cell"
WEIGHTS = "weights"
SHOWN = "compare-maps"
PICKED = "compare-picked"
HEADING = "compare-heading"
_TOOLS = (("in", "+", "Zoom in"), ("out", "−", "Zoom out"), ("reset", "Whole", "Show the whole matrix"))


def shown(found: Maps) -> dict[str, Any]:
    """For the browser: every place's spec or sentence."""
    choice = found.choice
    assert choice.matrix is not None and choice.reducer is not None
    return {
        "matrix": choice.matrix,
        "reducer": choice.reducer.value,
        "cell": choice.cell,
        "dimension": choice.dimension,
        "address": choice.link(),
        "slots": slots(found.members, choice.matrix, choice.reducer, rows=choice.rows, columns=choice.columns),
    }


def heading(found: Maps) -> list[Any]:
    """The matrix in view, and its size in each model."""
    name = found.choice.matrix or ""
    view = next(one for one in found.matrices if one.name == name)
    sizes = {member.letter: size(one) for member in found.members if (one := member.view(name))}
    alike = len(set(sizes.values())) == 1
    told = next(iter(sizes.values())) if alike else ", ".join(f"{key} {value}" for key, value in sizes.items())
    return [html.H2(matrix_title(view).capitalize(), className="map-title"), html.Div(told, className="study-note")]


def panel(view: Compared, api: Client) -> html.Div:
    """The whole section."""
    found = maps(view)
    moved = movements(view, api)
    summary, moved_to = next(((answer, place) for place, (_, answer) in enumerate(moved, 1) if answer), (None, 1))
    unmoved = [request for request, answer in moved if answer is None]
    left = [
        html.Section(_choices(view, found), className="atlas-card compare-side"),
        html.Section(
            html.Div(compare_cell.shown(Seen(found.choice, found.members), api), id=compare_cell.PICKED),
            className="atlas-card compare-side compare-cell-card",
            **{"aria-live": "polite", "aria-label": "What is picked, in all models"},
        ),
        html.Section(_picker(found, summary, moved_to), className="atlas-card compare-side compare-picker-card"),
    ]
    tools = [
        html.Button(text, className="map-tool", title=title, **{"data-compare-tool": name, "aria-label": title})
        for name, text, title in _TOOLS
    ]
    head = html.Div(
        [html.Div(heading(found), id=HEADING), html.Div(tools, className="map-tools")], className="map-head"
    )
    n_members = len(found.members)
    cards = [
        *(_card(place, f"{member.letter} · {member.model.name}", "") for place, member in enumerate(found.members)),
        *(
            _card(n_members + place, f"{member.letter} − A", _DIFFERENCE)
            for place, member in enumerate(found.members[1:])
        ),
    ]
    missing: Sequence[Request] = found.missing or unmoved
    if found.missing:
        sentence, label = "Not every model has this result yet.", "Compute it for the others"
    else:
        sentence, label = "The table of matrices can show how far each one moved.", "Measure the movement"
    return html.Div(
        [
            dcc.Store(id=SHOWN, data=shown(found)),
            dcc.Store(id=PICKED),
            dcc.Store(id=compare_cell.ASKED),
            html.Div(left, className="compare-left"),
            html.Div(
                [
                    head,
                    html.Div(cards, className="compare-cards"),
                    html.Div(id=compare_moved.MOVED, className="compare-cards"),
                    ask(label, missing, view, sentence=html.Span(sentence, className="study-note")),
                ],
                className="compare-main",
            ),
        ],
        className="compare-page",
    )


def _choices(view: Compared, found: Maps) -> list[Any]:
    choice, offered = found.choice, reducers_of(found.painted.request if found.painted else None)
    assert choice.reducer is not None
    stored = questions(view.of_kinds(*PAINTED), choice.models)
    chosen = WEIGHTS
    if found.painted:
        asked = asked_of(found.painted.request, choice.models[0])
        chosen = next((row.key for row in stored if asked_of(row.request, choice.models[0]) == asked), WEIGHTS)
    painted = [{"value": WEIGHTS, "label": "Weights"}, *({"value": row.key, "label": row.title} for row in stored)]
    return [
        dmc.Select(
            id=choice_id("key", drawn=chosen, usual=WEIGHTS, forgets="reducer"),
            label="Painted",
            data=painted,
            value=chosen,
            allowDeselect=False,
            size="xs",
            comboboxProps={"width": 360, "position": "bottom-start"},
        ),
        dmc.Select(
            id=choice_id("reducer", drawn=choice.reducer.value),
            label="One pixel shows",
            data=[{"value": one.value, "label": LOOKS[one].label} for one in offered],
            value=choice.reducer.value,
            allowDeselect=False,
            size="xs",
        ),
        html.Div(LOOKS[choice.reducer].sentence, className="study-note"),
    ]


def _picker(found: Maps, summary: ComparisonSummary | None, moved_to: int) -> html.Div:
    told = f"shaded by how far it moved from A to {letter(moved_to)}" if summary else "click one"
    title = html.H2(hint("Layers by kinds", _PICKER), className="map-heading")
    marked = (found.choice.matrix or "", "")
    tables = [heat_table(picker(found.matrices, summary), clickable=True, marked=marked, kind=CELL)]
    if any(one.layer is None for one in found.matrices):
        tables.append(heat_table(outside(found.matrices, summary), clickable=True, marked=marked, kind=CELL))
    return html.Div([title, html.Div(told, className="study-note"), *tables], className="compare-picker")


def _card(place: int, title: str, explanation: str) -> html.Section:
    return html.Section(
        [
            html.H3(hint(title, explanation) if explanation else title, className="compare-card-title"),
            html.Div(id=f"compare-map-{place}", className="compare-map"),
            html.Div(className="compare-said", hidden=True, role="status"),
        ],
        className="atlas-card compare-card",
    )


_DIFFERENCE = (
    "Cell by cell, before anything is reduced: red where the number is larger than in A, blue where it is smaller; "
    "the middle of the colours is 0."
)
_PICKER = "Every matrix of the models. The shade is ‖B − A‖ / ‖A‖, once it has been measured."
