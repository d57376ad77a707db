"""What an expression would give: formula, size, which pieces are missing, and what can be done with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.results import ExpressionPreview, LeafState
from frontend import urls
from frontend.choices.combine import CombineChoice
from frontend.figures.numbers import counted, percent
from frontend.figures.overlap import overlap_matrix
from frontend.heat_table import heat_table
from frontend.shell import hint, icon, term


class PreviewId(StrEnum):
    """Ids of the preview."""

    PREVIEW = "combine-preview"
    COMPUTE = "combine-compute"


MOST_BADGES = 16
MOST_IN_TABLE = 16


def preview(found: ExpressionPreview, choice: CombineChoice) -> html.Section:
    """One card: the formula, how much it holds, its pieces, the next clicks."""
    missing = [leaf for leaf in found.leaves if not leaf.stored]
    return html.Section(
        [
            html.H2(term("Density", "What it gives"), className="study-heading"),
            html.Div(found.formula, className="combine-formula"),
            _size(found, missing),
            _pieces(found.leaves),
            _next(found, missing, choice),
            _overlap(found),
        ],
        className="atlas-card study-card",
    )


def _size(found: ExpressionPreview, missing: list[LeafState]) -> html.Div:
    if found.n_selected is None:
        pieces = "one of its pieces is" if len(missing) == 1 else f"{len(missing)} of its pieces are"
        return html.Div(f"Its size is known once {pieces} computed.", className="study-note")
    share = found.n_selected / found.n_total if found.n_total else 0
    told = "Nothing is left: no parameter is in this region." if not found.n_selected else ""
    return html.Div(
        [
            html.Span(counted(found.n_selected), className="combine-size"),
            html.Span(f" of {counted(found.n_total)} parameters · {percent(share)}", className="study-note"),
            html.Div(told, className="study-note") if told else None,
        ]
    )


def _pieces(leaves: tuple[LeafState, ...]) -> Any:
    shown = sorted(leaves, key=lambda leaf: leaf.stored)[:MOST_BADGES]
    badges = [_badge(leaf) for leaf in shown]
    rest = len(leaves) - len(shown)
    more = html.Span(f"and {rest} more", className="study-note") if rest else None
    return dmc.Group([*badges, more], gap=6)


def _badge(leaf: LeafState) -> dmc.Badge:
    size = f" · {counted(leaf.n_selected)}" if leaf.n_selected is not None else ""
    state = size if leaf.stored else " · not computed yet"
    return dmc.Badge(f"{leaf.label}{state}", color="teal" if leaf.stored else "gray", variant="light", tt="none")


def _next(found: ExpressionPreview, missing: list[LeafState], choice: CombineChoice) -> Any:
    if not found.stored:
        pieces = f" with {len(missing)} missing piece{'' if len(missing) == 1 else 's'}" if missing else ""
        button = dmc.Button(f"Compute this region{pieces}", id=PreviewId.COMPUTE, leftSection=icon("play", 16))
        return dmc.Group([button], gap="xs")
    key, model = found.key, choice.model
    links = [
        _link("atlas", "Show in the Atlas", urls.open_result("combined_region", key, model)),
        _link("regions", "Remove it and measure", urls.link("regions", **choice.of_ranking(), others=(key,))),
        _link("train", "Train with it frozen", urls.link("train", model=model, region=key)),
        html.A(
            [
                icon("download", 15),
                hint("Export", "Packed bits by matrix name as safetensors, with the formula; can be imported again."),
            ],
            href=f"/api/results/{key}/region.safetensors",
            download=f"region-{key[:8]}.safetensors",
            className="study-download",
        ),
    ]
    # The button stays in the page, hidden: its handler is connected once.
    return dmc.Group([*links, dmc.Button(id=PreviewId.COMPUTE, style={"display": "none"})], gap="xs")


def _link(drawing: str, text: str, address: str) -> dcc.Link:
    return dcc.Link([icon(drawing, 15), text], href=address, className="study-download is-strong")


def _overlap(found: ExpressionPreview) -> Any:
    if found.overlap is None or not 2 <= len(found.overlap.keys) <= MOST_IN_TABLE:
        return None
    words = "Jaccard: shared parameters over parameters in either. The last line is the result."
    named = found.overlap.model_copy(update={"labels": (*found.overlap.labels[:-1], "the result")})
    table = heat_table(overlap_matrix(named), numbered=True)
    return html.Div([html.Div(hint("How its pieces overlap", words), className="study-label"), table])


_EXPORT_HINT = "Packed bits by matrix name as safetensors, with the formula inside; can be imported again."
