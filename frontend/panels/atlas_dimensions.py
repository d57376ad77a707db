"""The dimensions that hold most, listed by name under the side they belong to."""

from __future__ import annotations

from typing import Any

from dash import html

from backend.contracts.results import MarginalsView, SideProfile

SHOWN = 8


def listing(view: MarginalsView) -> html.Div:
    """One short list per side; a click marks the dimension in the map (assets/atlas.js)."""
    return html.Div([_side(profile) for profile in view.profiles if profile.top], className="map-tops")


def _side(profile: SideProfile) -> html.Div:
    most = max((mark.value for mark in profile.top), default=0) or 1
    title = f"{profile.side} side" if profile.side else "Channels"
    return html.Div(
        [
            html.Div([html.Span(title.capitalize()), html.Span(profile.measure)], className="map-tops-title"),
            *[_chip(profile.axis, mark, most) for mark in profile.top[:SHOWN]],
        ]
    )


def _chip(axis: int, mark: Any, most: float) -> html.Button:
    return html.Button(
        [
            html.Span(mark.label, className="map-top-name"),
            html.Span(number(mark.value), className="map-top-value"),
            html.Span(className="map-top-bar", style={"width": f"{100 * abs(mark.value) / most:.1f}%"}),
        ],
        className="map-top",
        title=f"Mark {mark.label} in the map",
        **{"data-axis": str(axis), "data-dimension": str(mark.index)},
    )


def number(value: float) -> str:
    """`1,204`, `0.0123` or `4.5e-06`."""
    if float(value).is_integer() and abs(value) < 1e7:
        return f"{int(value):,}"
    return f"{value:.3g}"
