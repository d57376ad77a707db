"""Estimators against the truth (paper A, Eq. 2): |loss change| over score, one point per zeroed parameter."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from backend.contracts.results import FaithfulnessPoint, FaithfulnessSummary
from frontend import theme
from frontend.figures.numbers import significant
from frontend.figures.telling import tell
from frontend.figures.ticks import log_axis

HEIGHT = 330
FAR = 100
"""A noise floor that many times below the smallest change is not drawn: the points would be pressed together."""
_UP = ("zeroing it made the loss larger", "circle")
_DOWN = ("zeroing it made the loss smaller", "circle-open")


def scatter(summary: FaithfulnessSummary, index: int, *, dark: bool) -> go.Figure:
    """One estimator: score on x, |loss change| on y, both logarithmic; zeros stand at the edge of the axes.

    Filled points made the loss larger, open ones smaller. Below the noise floor a change cannot be told from rounding.
    """
    accent, muted = ("#96a5da", "#9aa1ac") if dark else ("#475fb0", "#667080")
    least_x = least([point.estimates[index] for point in summary.points])
    least_y = least([point.loss_change for point in summary.points])
    figure = go.Figure(layout={"template": theme.figure_template(dark)})
    for (name, symbol), points in zip((_UP, _DOWN), _by_sign(summary.points), strict=True):
        figure.add_trace(
            go.Scatter(
                x=[max(point.estimates[index], least_x) for point in points],
                y=[max(point.loss_change, least_y) for point in points],
                name=name,
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": 6,
                    "color": accent,
                    "opacity": 0.8,
                    "line": {"width": 1, "color": accent},
                },
                customdata=[told(point, index) for point in points],
                hovertemplate="%{customdata}<extra></extra>",
                showlegend=False,
            )
        )
    if summary.noise_floor > least_y / FAR:
        figure.add_hline(
            y=summary.noise_floor,
            line={"dash": "dot", "width": 1, "color": muted},
            annotation={"text": "noise floor", "font": {"size": 10, "color": muted}},
            annotation_position="bottom right",
        )
    figure.update_layout(height=HEIGHT, margin={"l": 62, "r": 12, "t": 12, "b": 44}, hovermode="closest")
    said = [point.estimates[index] for point in summary.points]
    figure.update_xaxes(title="score", **log_axis(said, most=6))
    changes = [point.loss_change for point in summary.points]
    figure.update_yaxes(title="|loss change|", **log_axis(changes, most=6))
    name = summary.estimators[index].name
    title = f"Measured loss change over the score of {name}"
    return tell(figure, name=f"score-{_slug(name)}", title=title, description=_described(summary, index))


def _described(summary: FaithfulnessSummary, index: int) -> str:
    one = summary.estimators[index]
    if not summary.points:
        return f"No parameter was zeroed: 0 points for {one.name}."
    changes = [point.loss_change for point in summary.points]
    scores = [point.estimates[index] for point in summary.points]
    rank = "not defined" if one.spearman is None else f"{one.spearman:.3f}"
    return (
        f"{len(summary.points)} parameters, each zeroed once: score of {one.name} from {significant(min(scores), 3)} "
        f"to {significant(max(scores), 3)} against |loss change| from {significant(min(changes), 3)} to "
        f"{significant(max(changes), 3)}, both logarithmic. Spearman rank correlation {rank}; "
        f"{below_noise(summary)} points lie below the noise floor of {significant(summary.noise_floor, 2)}."
    )


def _slug(name: str) -> str:
    return "-".join(name.lower().replace("_", " ").split())


def least(values: Sequence[float]) -> float:
    """Where zeros are drawn on a logarithmic axis: a third of the smallest value above zero."""
    above = [value for value in values if value > 0]
    return min(above) / 3 if above else 1e-12


def below_noise(summary: FaithfulnessSummary) -> int:
    """How many parameters changed the loss by less than rounding does."""
    return sum(point.loss_change < summary.noise_floor for point in summary.points)


def told(point: FaithfulnessPoint, index: int) -> str:
    """One parameter in the words of the hover."""
    place = ", ".join(map(str, point.index))
    return (
        f"{point.matrix} [{place}]<br>weight {significant(point.weight, 4)}<br>"
        f"score {significant(point.estimates[index], 4)}<br>loss change {point.signed_loss_change:+.3e}"
    )


def _by_sign(points: Sequence[FaithfulnessPoint]) -> tuple[list[FaithfulnessPoint], list[FaithfulnessPoint]]:
    up = [point for point in points if point.signed_loss_change >= 0]
    return up, [point for point in points if point.signed_loss_change < 0]
