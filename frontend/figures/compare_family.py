"""Perplexity along a training, or another family of models, with a mark at the state that is compared. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from backend.contracts.training import TrainingCurve
from frontend import theme
from frontend.figures.numbers import counted, perplexity_text
from frontend.figures.sentences import course
from frontend.figures.telling import tell
from frontend.figures.training import evaluation_words
from frontend.language_names import name_of

HEIGHT = 150
FEW_DECADES = 2.5
SHORT = 0.5
"""Decades below which the axis is linear."""


def figure(
    curve: TrainingCurve, at: int | None, *, dark: bool, labels: Sequence[str] = (), axis: str = "samples seen"
) -> go.Figure:
    """One line per language; a state that was not measured lies between its neighbours.

    With `labels` the states are named by their place instead of the samples seen.
    """
    drawn = go.Figure(layout={"template": theme.figure_template(dark), "height": HEIGHT, "uirevision": "family"})
    languages = list(dict.fromkeys(code for one in curve.evaluations for code in one.perplexity))
    for place, language in enumerate(languages):
        finite = [one for one in curve.evaluations if one.perplexity.get(language) is not None]
        drawn.add_scatter(
            x=[one.n_samples for one in finite],
            y=[one.perplexity[language] for one in finite],
            name=name_of(language),
            mode="lines+markers",
            line={"color": theme.category(place)[0], "width": 2},
            marker={"symbol": theme.category(place)[1], "size": 7},
            customdata=[[evaluation_words(one, language), _state(one.n_samples, labels)] for one in finite],
            hovertemplate=f"{name_of(language)}<br>%{{customdata[1]}}: perplexity %{{customdata[0]}}<extra></extra>",
        )
    if at is not None:
        drawn.add_vline(x=at, line={"color": theme.INDIGO[4], "width": 2, "dash": "dot"})
    drawn.update_layout(margin={"l": 52, "r": 8, "t": 8, "b": 34}, legend={"x": 1.01, "y": 1}, showlegend=True)
    drawn.update_xaxes(title=axis, range=_room([one.n_samples for one in curve.evaluations], at), title_standoff=4)
    if labels:
        drawn.update_xaxes(tickvals=list(range(len(labels))), ticktext=list(labels), range=[-0.2, len(labels) - 0.8])
    if not languages:
        nothing = "No perplexity of these models is stored on one text yet: the Perplexity section measures it."
        drawn.add_annotation(text=nothing, showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5)
        drawn.update_yaxes(visible=False)
    if _decades(curve) < SHORT:  # too short for a tick on a logarithmic axis
        drawn.update_yaxes(title="perplexity", nticks=4)
    else:
        drawn.update_yaxes(title="perplexity", type="log", exponentformat="power", dtick=_step(curve))
    title = f"Perplexity by {axis}" if labels else "Perplexity along the training"
    return tell(drawn, name="family", title=title, description=_told(curve, languages, at, labels=labels, axis=axis))


def _room(samples: Sequence[int], at: int | None) -> list[float]:
    """From 0 to the last, with room for the marks of the outermost."""
    last = max([*samples, at or 0, 1])
    return [-0.02 * last, 1.04 * last]


def _state(samples: int, labels: Sequence[str]) -> str:
    return labels[samples] if labels else f"{samples:,} samples"


def _told(curve: TrainingCurve, languages: list[str], at: int | None, *, labels: Sequence[str], axis: str) -> str:
    seen = [labels[one.n_samples] if labels else counted(one.n_samples) for one in curve.evaluations]
    told = [f"Perplexity by {axis}, measured {len(seen)} times, a line for each language."]
    unit = "" if labels else " samples"

    def written(value: float) -> str:
        return perplexity_text(value, next((one.n_vocabulary for one in curve.evaluations), None))

    for language in languages:
        values = [one.perplexity.get(language) for one in curve.evaluations]
        told.append(f"{name_of(language)}: {course(values, seen, written=written)}{unit}.")
    mark = None if at is None else labels[at] if labels else f"{counted(at)} samples"
    return " ".join([*told, *([f"The mark stands at {mark}."] if mark else [])])


def _step(curve: TrainingCurve) -> str | int:
    """1, 2, 5 and 10 on a short axis, powers of ten on a long one."""
    decades = _decades(curve)
    return "D2" if decades < FEW_DECADES else math.ceil(decades / 4)


def _decades(curve: TrainingCurve) -> float:
    told = [value for one in curve.evaluations for value in one.perplexity.values() if value]
    return math.log10(max(told) / min(told)) if told else 0.0
