"""Curves of training runs laid over each other: loss, and perplexity language by language (paper A, Figure 5)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from backend.contracts.training import TrainingCurve, TrainingEvaluation
from frontend import theme
from frontend.figures import ticks
from frontend.figures.numbers import perplexity_text, ratio_text
from frontend.figures.telling import tell
from frontend.language_names import name_of

COLUMNS = 3
SMOOTHED_OVER = 40
"""Parts into which the steps are averaged for the bold line; the single steps stay pale behind it."""
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


class Curve(NamedTuple):
    """One run: its words, its place (colour and dash), what it told."""

    name: str
    place: int
    curve: TrainingCurve


def run_colour(place: int) -> str:
    """Colour of a run by its place among those shown."""
    return theme.CATEGORICAL[place % len(theme.CATEGORICAL)]


def loss_figure(runs: Sequence[Curve], *, dark: bool, log: bool = False) -> go.Figure:
    """Loss by samples seen: single steps pale, their means over `SMOOTHED_OVER` parts bold."""
    figure = go.Figure(layout={"template": theme.figure_template(dark), "uirevision": "loss"})
    for run in runs:
        steps = [step for step in run.curve.steps if step.loss is not None]
        samples, losses = [step.n_samples for step in steps], [step.loss or 0.0 for step in steps]
        line = {"color": run_colour(run.place), "width": 1}
        figure.add_scatter(
            x=samples, y=losses, mode="lines", line=line, opacity=0.28, hoverinfo="skip", showlegend=False
        )
        means = smoothed(samples, losses)
        figure.add_scatter(
            x=[sample for sample, _ in means],
            y=[loss for _, loss in means],
            name=run.name,
            mode="lines+markers" if len(means) < 3 else "lines",
            line={"color": run_colour(run.place), "width": 2.2, "dash": _DASHES[run.place % len(_DASHES)]},
            hovertemplate=f"{run.name}<br>%{{x:,}} samples: loss %{{y:.4f}}<extra></extra>",
        )
    _laid_out(figure, 280)
    figure.update_xaxes(title="samples seen", rangemode="tozero")
    figure.update_yaxes(title="loss per token", type="log" if log else "linear")
    title = "Loss on the training text by samples seen"
    return tell(figure, name="training-loss", title=title, description=_loss_words(runs))


def perplexity_figure(runs: Sequence[Curve], target: str, *, dark: bool, log: bool = True) -> go.Figure:
    """One small figure per language, the trained one first; a point that is not finite is left out."""
    languages = languages_of(runs, target)
    if not languages:
        return _waiting(dark)
    columns = min(COLUMNS, len(languages))
    n_rows = math.ceil(len(languages) / columns)
    titles = [f"{name_of(code)} (trained)" if code == target else name_of(code) for code in languages]
    figure = make_subplots(
        rows=n_rows, cols=columns, subplot_titles=titles, horizontal_spacing=0.07, vertical_spacing=0.24 / n_rows
    )
    figure.update_layout(template=theme.figure_template(dark), uirevision="perplexity")
    for number, language in enumerate(languages):
        row, column = number // columns + 1, number % columns + 1
        for run in runs:
            figure.add_trace(_line(run, language, named=number == 0), row=row, col=column)
        figure.update_yaxes(**_axis(runs, language, log=log), row=row, col=column)
    _laid_out(figure, 70 + 210 * n_rows)
    figure.update_annotations(font={"size": 12.5})
    figure.update_xaxes(rangemode="tozero", nticks=5)
    figure.update_xaxes(title="samples seen", row=n_rows)
    figure.update_yaxes(title="perplexity", col=1)
    title = "Perplexity by samples seen, language by language"
    return tell(figure, name="training-perplexity", title=title, description=_perplexity_words(runs, languages))


def languages_of(runs: Sequence[Curve], target: str) -> tuple[str, ...]:
    """Languages measured in any run, the trained one first."""
    found = dict.fromkeys(
        code for run in runs for evaluation in run.curve.evaluations for code in evaluation.perplexity
    )
    return tuple(sorted(found, key=lambda code: code != target))


def smoothed(samples: Sequence[int], losses: Sequence[float]) -> list[tuple[int, float]]:
    """Means over about `SMOOTHED_OVER` equal parts: (samples seen at the end of the part, mean loss)."""
    width = max(1, math.ceil(len(losses) / SMOOTHED_OVER))
    parts = [range(start, min(start + width, len(losses))) for start in range(0, len(losses), width)]
    return [(samples[part[-1]], sum(losses[place] for place in part) / len(part)) for part in parts]


def evaluation_words(one: TrainingEvaluation, language: str, digits: int = 6) -> str:
    """A perplexity along a training as it is written: `21.3457`, `lost, 10⁹`, `∞`."""
    return perplexity_text(one.perplexity.get(language), one.n_vocabulary, digits)


def _ratio_words(one: TrainingEvaluation, language: str) -> str:
    """`<br>×1.23 (1.19 to 1.28 over documents) of the start`; '' where there is none."""
    found = one.ratios.get(language)
    return f"<br>{ratio_text(found)} of the start" if found else ""


def _line(run: Curve, language: str, *, named: bool) -> go.Scatter:
    finite = [one for one in run.curve.evaluations if one.perplexity.get(language) is not None]
    colour = run_colour(run.place)
    return go.Scatter(
        x=[one.n_samples for one in finite],
        y=[one.perplexity[language] for one in finite],
        name=run.name,
        legendgroup=str(run.place),
        showlegend=named,
        mode="lines+markers",
        line={"color": colour, "width": 2, "dash": _DASHES[run.place % len(_DASHES)]},
        marker={"size": 6, "color": colour},
        customdata=[evaluation_words(one, language) + _ratio_words(one, language) for one in finite],
        hovertemplate=f"{run.name}<br>%{{x:,}} samples: perplexity %{{customdata}}<extra></extra>",
    )


def _axis(runs: Sequence[Curve], language: str, *, log: bool) -> dict[str, Any]:
    told = [value for run in runs for one in run.curve.evaluations if (value := one.perplexity.get(language))]
    if not log or not told:
        return {"type": "linear", "nticks": 6}
    return ticks.log_axis(told, most=6)


def _waiting(dark: bool) -> go.Figure:
    hidden = {"visible": False}
    figure = go.Figure(
        layout={"template": theme.figure_template(dark), "height": 120, "xaxis": hidden, "yaxis": hidden}
    )
    figure.add_annotation(text="The first perplexities are measured before the first step.", showarrow=False)
    title = "Perplexity by samples seen"
    return tell(figure, name="training-perplexity", title=title, description="Nothing is measured yet: 0 evaluations.")


def _perplexity_words(runs: Sequence[Curve], languages: Sequence[str]) -> str:
    told = f"Perplexity against samples seen, {len(languages)} small figures with {len(runs)} runs each."
    for run in runs:
        if len(run.curve.evaluations) > 1:
            first, last = run.curve.evaluations[0], run.curve.evaluations[-1]
            ends = [
                f"{name_of(code)} {evaluation_words(first, code, 3)} to {evaluation_words(last, code, 3)}"
                for code in languages
                if code in first.perplexity
            ]
            told += f" {run.name}, {last.n_samples} samples: {', '.join(ends)}."
    return told


def _loss_words(runs: Sequence[Curve]) -> str:
    told = f"Loss per token against samples seen, {len(runs)} run{'' if len(runs) == 1 else 's'}."
    for run in runs:
        losses = [step.loss for step in run.curve.steps if step.loss is not None]
        if losses:
            told += f" {run.name}: from {losses[0]:.3f} to {losses[-1]:.3f} in {len(losses)} steps."
    return told


def _laid_out(figure: go.Figure, height: int) -> None:
    figure.update_layout(
        height=height,
        margin={"l": 60, "r": 16, "t": 64, "b": 46},
        legend={"orientation": "h", "yref": "container", "y": 0.995, "yanchor": "top", "x": 0},
        hovermode="closest",
    )
