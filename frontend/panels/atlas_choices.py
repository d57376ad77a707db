"""What is painted on the Atlas page: the weights, a stored region, or the importance of a language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.requests import Request
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import AnalysisKind, Reducer
from frontend import urls
from frontend.choices.painted import result_label
from frontend.figures.reducers import LOOKS, reducers_of
from frontend.shell import hint

WEIGHTS = "weights"
_GROUPS = (
    (AnalysisKind.COMBINED_REGION, "Combined regions"),
    (AnalysisKind.IMPORT_REGION, "Imported regions"),
    (AnalysisKind.REGION, "Regions"),
    (AnalysisKind.IMPORTANCE, "Importance of one language"),
)


def painted_options(results: Sequence[ResultRow]) -> list[dict[str, Any]]:
    """Options of the select, in groups; regions before single languages."""
    groups = [{"group": "Always there", "items": [{"value": WEIGHTS, "label": "The weights themselves"}]}]
    for kind, title in _GROUPS:
        items = [{"value": row.key, "label": result_label(row)} for row in results if row.kind is kind]
        if items:
            groups.append({"group": title, "items": items})
    return groups


def reducer_options(painted: Request | None) -> list[dict[str, str]]:
    """Options of the reducer select for what is painted; None: the weights."""
    return [{"value": reducer.value, "label": LOOKS[reducer].label} for reducer in reducers_of(painted)]


def regions_link(model: str, results: Sequence[ResultRow]) -> Any:
    """Where a region comes from, while the model has none."""
    if any(row.kind is AnalysisKind.REGION for row in results):
        return None
    link = dmc.Anchor("Find a region", href=urls.link("regions", model=model), size="xs")
    return html.Span(["No region of this model yet. ", link, " of some languages."], className="map-note")


def bar(options: list[dict[str, Any]], painted: str, request: Request | None, reducer: Reducer) -> html.Div:
    """The two selects above the map, each with a plain hint on its term."""
    return html.Div(
        [
            _labelled(
                "Paint",
                "The weights, where a region sits, or how much each parameter matters to one language.",
                dmc.Select(
                    id="atlas-painted",
                    data=options,
                    value=painted,
                    allowDeselect=False,
                    searchable=True,
                    w=320,
                    maxDropdownHeight=420,
                    **{"aria-label": "What is painted"},
                ),
            ),
            _labelled(
                "One pixel says",
                "A large matrix has more cells than the screen has pixels: this is what a pixel tells about its cells.",
                dmc.Select(
                    id="atlas-reducer",
                    data=reducer_options(request),
                    value=reducer.value,
                    allowDeselect=False,
                    w=210,
                    **{"aria-label": "What one pixel says"},
                ),
            ),
        ],
        className="map-choices",
    )


def _labelled(term: str, explanation: str, control: Any) -> html.Div:
    return html.Div([html.Div(hint(term, explanation), className="map-label"), control])
