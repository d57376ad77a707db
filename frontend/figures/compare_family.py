"""Perplexity along a training, with a mark at the state that is compared. Pure."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from backend.contracts.training import TrainingCurve
from frontend import theme
from frontend.figures.numbers import counted, significant
from frontend.figures.sentences import course
from frontend.figures.telling import tell
from frontend.language_names import name_of

HEIGHT = 150
FEW_DECADES = 2.5


def figure(curve: TrainingCurve, at: int | None, *, dark: bool) -> go.Figure:
    """One line per language; a state that was not measured lies between its neighbours."""
    drawn = go.Figure(layout={"template": theme.figure_template(dark), "height": HEIGHT, "uirevision": "family"})
    languages = list(dict.fromkeys(code for one in curve.evaluations for code in one.perplexity))
    for place, language in enumerate(languages):
        told = [(one.n_samples, one.perplexity.get(language)) for one in curve.evaluations]
        finite = [(samples, value) for samples, value in told if value is not None]
        drawn.add_scatter(
            x=[samples for samples, _ in finite],
            y=[value for _, value in finite],
            name=name_of(language),
            mode="lines+markers",
            line={"color": theme.CATEGORICAL[place % len(theme.CATEGORICAL)], "width": 2},
            customdata=[significant(value) for _, value in finite],
            hovertemplate=f"{name_of(language)}<br>%{{x:,}} samples: perplexity %{{customdata}}<extra></extra>",
        )
    if at is not None:
        drawn.add_vline(x=at, line={"color": theme.INDIGO[4], "width": 2, "dash": "dot"})
    drawn.update_layout(margin={"l": 52, "r": 8, "t": 8, "b": 34}, legend={"x": 1.01, "y": 1})
    drawn.update_xaxes(title="samples seen", rangemode="tozero", title_standoff=4)
    drawn.update_yaxes(title="perplexity", type="log", exponentformat="power", dtick=_step(curve))
    title = "Perplexity along the training"
    return tell(drawn, name="family", title=title, description=_told(curve, languages, at))


def _told(curve: TrainingCurve, languages: list[str], at: int | None) -> str:
    seen = [counted(one.n_samples) for one in curve.evaluations]
    told = [f"Perplexity by samples seen, logarithmic, measured {len(seen)} times, a line for each language."]
    for language in languages:
        values = [one.perplexity.get(language) for one in curve.evaluations]
        told.append(f"{name_of(language)}: {course(values, seen, written=significant)} samples.")
    return " ".join([*told, *([f"The mark stands at {counted(at)} samples."] if at is not None else [])])


def _step(curve: TrainingCurve) -> str | int:
    """1, 2, 5 and 10 on a short axis, powers of ten on a long one."""
    told = [value for one in curve.evaluations for value in one.perplexity.values() if value]
    decades = math.log10(max(told) / min(told)) if told else 0.0
    return "D2" if decades < FEW_DECADES else math.ceil(decades / 4)
