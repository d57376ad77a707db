"""The grid of texts on the Touch page (Figure 4): its columns while they are collected, its export, its places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.requests import GenerationGridRequest
from backend.contracts.results import ResultRow
from frontend import follow
from frontend.choices.region_source import region_options
from frontend.panels.stored_requests import stored_requests
from frontend.shell import hint, icon

PREFIX = "touch-grid"
COLUMNS, SHOWN = f"{PREFIX}-columns", f"{PREFIX}-shown"
"""Stores: the columns as JSON of `NamedChange`; the key of the grid whose texts are on the page."""
NAME, ADD, REGION, RUN = f"{PREFIX}-name", f"{PREFIX}-add", f"{PREFIX}-region", f"{PREFIX}-run"
LISTED, PROBLEM, EXPORTS, TEXTS, STORED = (
    f"{PREFIX}-listed", f"{PREFIX}-problem", f"{PREFIX}-exports", f"{PREFIX}-texts", f"{PREFIX}-stored",
)  # fmt: skip
FORMATS = {"md": "Markdown", "html": "HTML", "json": "JSON"}


def card(
    columns: Sequence[Mapping[str, Any]], regions: Sequence[ResultRow], key: str | None, following: str | None
) -> html.Section:
    """Columns, buttons, and where the texts come."""
    options = region_options(regions)[:-1]
    name = dmc.TextInput(
        id=NAME, placeholder="name of the column (optional)", size="xs", **{"aria-label": "Column name"}
    )
    add = dmc.Button([icon("plus", 14), "Add what the form says"], id=ADD, size="xs", variant="light")
    region = dmc.Select(
        id=REGION,
        data=options,
        placeholder="Add a region to remove …" if options else "No region is stored yet",
        disabled=not options,
        size="xs",
        comboboxProps={"width": 320},
        **{"aria-label": "Add the removal of a region"},
    )
    return html.Section(
        [
            dmc.Group(
                [html.H2(hint("Grid", _HINT), className="map-heading"), html.Div(exports(key), id=EXPORTS)],
                justify="space-between",
            ),
            dcc.Store(id=COLUMNS, data=list(columns)),
            dcc.Store(id=SHOWN, data=key),
            html.Div([name, add, region], className="touch-grid-adders"),
            html.Div(listed(columns), id=LISTED),
            dmc.Button("Write the grid", id=RUN, size="sm", leftSection=icon("grid", 15)),
            html.Div(id=PROBLEM, role="alert"),
            follow.slot(PREFIX, following),
            html.Div(id=TEXTS, className="touch-texts touch-grid-texts"),
        ],
        className="atlas-card touch-grid",
    )


def listed(columns: Sequence[Mapping[str, Any]]) -> Any:
    """The columns so far, each with its button to take it away."""
    if not columns:
        return html.Div(
            "No columns yet. Set a change in the form and add it here, as many as you like; "
            "the unchanged model is always the first column.",
            className="map-note",
        )
    chips: list[Any] = [html.Span("Unchanged", className="touch-grid-column is-base")]
    for place, column in enumerate(columns):
        remove = dmc.ActionIcon(
            icon("trash", 13),
            id=remove_id(place),
            variant="subtle",
            color="gray",
            size="xs",
            **{"aria-label": f"Remove the column {column['name']}"},
        )
        chips.append(html.Span([column["name"], remove], className="touch-grid-column"))
    return html.Div(chips, className="touch-grid-columns")


def remove_id(place: Any) -> dict[str, Any]:
    """Id of the button that takes one column away."""
    return {"type": "touch-grid-remove", "place": place}


def exports(key: str | None) -> Any:
    """The grid as files; nothing before there is one."""
    if not key:
        return None
    links = [
        html.A(
            [icon("download", 14), label],
            href=f"/api/results/{key}/grid.{form}",
            download=f"grid-{key[:8]}.{form}",
            className="study-download",
        )
        for form, label in FORMATS.items()
    ]
    return dmc.Group(links, gap=4)


def stored(rows: Sequence[ResultRow], key: str | None) -> Any:
    """Grids of this model that are stored."""
    return stored_requests("touch", "Grids", rows, key, _told)


def _told(request: GenerationGridRequest) -> str:
    names = ", ".join(column.name for column in request.columns)
    n_prompts = len(request.prompts)
    return f"{n_prompts} prompt{'' if n_prompts == 1 else 's'} × {names}"


_HINT = (
    "Every prompt under every change, side by side (the paper's Figure 4). Changes are weights touched as the form "
    "says, or whole regions set to zero."
)
