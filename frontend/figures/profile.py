"""The profile along one side of a matrix: how much each row or each column holds, the largest named."""

from __future__ import annotations

import plotly.graph_objects as go

from backend.contracts.results import DimensionMark, SideProfile
from frontend import theme
from frontend.figures.numbers import counted, significant
from frontend.figures.telling import tell

MOST_NAMED = 5


def profile_figure(profile: SideProfile, *, of: str, dark: bool = False) -> go.Figure:
    """One line over the indices of a side; `of`: the matrix in words."""
    colour = "#96a5da" if dark else "#475fb0"
    what = f"{profile.side} side" if profile.side else "channels"
    figure = go.Figure(
        go.Scatter(
            x0=0, dx=profile.block, y=list(profile.values), mode="lines", line={"color": colour, "width": 1},
            hovertemplate=f"%{{x}}: {profile.measure} %{{y:.4g}}<extra></extra>", showlegend=False,
        ),
        layout={"template": theme.figure_template(dark)},
    )  # fmt: skip
    marks = profile.top[:MOST_NAMED]
    figure.add_trace(
        go.Scatter(
            x=[mark.index for mark in marks], y=[mark.value for mark in marks], mode="markers+text",
            text=[str(mark.index) for mark in marks], textposition="top center", showlegend=False,
            marker={"color": "#e8743b" if dark else "#c8500e", "size": 7},
            customdata=[mark.label for mark in marks],
            hovertemplate=f"%{{customdata}}<br>{profile.measure} %{{y:.6g}}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(height=260, margin={"l": 64, "r": 20, "t": 24, "b": 44})
    figure.update_xaxes(title=f"{what}, index", tickformat="d")
    # Room above the largest for its name.
    figure.update_yaxes(title=profile.measure, range=[0, 1.15 * max((*profile.values, 0.0)) or 1.0])
    name = f"profile-{'rows' if profile.axis == 0 else 'columns'}"
    title = f"{profile.measure[0].upper()}{profile.measure[1:]} along the {what} of {of}"
    return tell(figure, name=name, title=title, description=_described(profile, what, of))


def _described(profile: SideProfile, what: str, of: str) -> str:
    told = f"{counted(profile.size)} indices of the {what} of {of} against {profile.measure}"
    if not profile.values:
        return told + "."
    told += f", from {significant(min(profile.values), 3)} to {significant(max(profile.values), 3)}"
    largest = ", ".join(f"{mark.label} ({_number(mark)})" for mark in profile.top[:3])
    return told + (f"; most in {largest}." if largest else ".")


def _number(mark: DimensionMark) -> str:
    return counted(int(mark.value)) if float(mark.value).is_integer() else significant(mark.value, 3)
