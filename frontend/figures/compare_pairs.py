"""Similarity of every pair of languages in several models, and its signed difference from A. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from backend.contracts.results import LanguageMeans
from frontend import theme
from frontend.figures.sentences import extremes
from frontend.figures.telling import tell
from frontend.language_names import name_of

MEASURES: dict[str, str] = {
    "same": "same meaning",
    "different": "different meaning",
    "gap": "same − different meaning",
}
MOST_WRITTEN = 8
"""Languages up to which the numbers are written into the cells."""
_CELL_PIXELS = 30
_ROOM_PIXELS = 74


class Pairs(NamedTuple):
    """One model: [G][G] by the languages of A; () where it has no such map."""

    name: str
    """`A · gemma-3-270m · layer 9 of 18`."""
    values: tuple[tuple[float, ...], ...] = ()


def pairs(name: str, means: LanguageMeans | None, measure: str, languages: Sequence[str]) -> Pairs:
    """The values of one model in the order of `languages`; a language that it does not have makes it empty."""
    if means is None or not set(languages) <= set(means.languages):
        return Pairs(name)
    place = [means.languages.index(code) for code in languages]
    return Pairs(name, tuple(tuple(_value(means, measure, row, column) for column in place) for row in place))


def height(models: Sequence[Pairs], n_languages: int) -> int:
    """Of the maps and, once another model has one too, of the differences below."""
    return (1 + _differs(models)) * (_CELL_PIXELS * max(3, n_languages) + _ROOM_PIXELS)


def figure(models: Sequence[Pairs], languages: Sequence[str], measure: str, *, dark: bool) -> go.Figure:
    """The models in the upper row on one scale, below each what A is subtracted from; the middle of those is 0."""
    letters = [model.name[:1] for model in models]
    titles = [model.name for model in models] + ["", *(f"{letter} − A" for letter in letters[1:])]
    n_rows = 1 + _differs(models)
    drawn = make_subplots(
        rows=n_rows, cols=len(models), subplot_titles=titles[: n_rows * len(models)], vertical_spacing=0.16
    )
    values = [value for model in models for row in _between(model.values, measure) for value in row]
    span = (min(values), max(values)) if values else (0.0, 1.0)
    for column, model in enumerate(models, 1):
        _place(drawn, model.values, languages, 1, column, dark=dark, span=span, name=model.name)
    changes = [_changed(model.values, models[0].values) for model in models[1:]]
    below = list(enumerate(changes, 2)) if n_rows > 1 else []
    most = max((abs(value) for one in changes for row in one for value in row), default=0.0) or 1.0
    for column, one in below:
        _place(drawn, one, languages, 2, column, dark=dark, span=(-most, most), name=f"{letters[column - 1]} − A")
    drawn.update_layout(
        template=theme.figure_template(dark),
        height=height(models, len(languages)),
        margin={"l": 36, "r": 8, "t": 40, "b": 30},
    )
    drawn.update_xaxes(type="category", showgrid=False)
    drawn.update_yaxes(type="category", autorange="reversed", showgrid=False)
    empty = [(1, column) for column, model in enumerate(models, 1) if not model.values]
    for row, column in [*empty, *((2, column) for column, one in [(1, ()), *below] if n_rows > 1 and not one)]:
        drawn.update_xaxes(visible=False, row=row, col=column)
        drawn.update_yaxes(visible=False, row=row, col=column)
    drawn.update_annotations(font={"size": 12})
    title = f"Similarity of pairs of languages, {MEASURES[measure]}"
    return tell(drawn, name="pairs", title=title, description=_told(models, changes, languages, measure))


def _differs(models: Sequence[Pairs]) -> bool:
    """Whether there is a difference to show: A and another model have a map."""
    return bool(models) and bool(models[0].values) and any(model.values for model in models[1:])


def _place(
    drawn: go.Figure, values: Any, languages: Sequence[str], row: int, column: int, *, dark: bool,
    span: tuple[float, float], name: str,
) -> None:  # fmt: skip
    if not values:
        # On the paper: an axis that holds no trace is not drawn, nor is a word that refers to it.
        across, down = (drawn.get_subplot(row, column)[axis].domain for axis in (0, 1))
        drawn.add_annotation(text="not there yet", showarrow=False, x=sum(across) / 2, y=sum(down) / 2, xref="paper",
                             yref="paper")  # fmt: skip
        return
    names = [name_of(code) for code in languages]
    is_change = row == 2
    drawn.add_trace(
        go.Heatmap(
            z=[list(line) for line in values],
            x=list(languages),
            y=list(languages),
            customdata=[[f"{one} · {other}" for other in names] for one in names],
            texttemplate=("%{z:+.3f}" if is_change else "%{z:.2f}") if len(languages) <= MOST_WRITTEN else None,
            textfont={"size": 10},
            hovertemplate=f"{name}<br>%{{customdata}} %{{z:{'+' if is_change else ''}.4f}}<extra></extra>",
            colorscale=theme.diverging(dark) if is_change else theme.SEQUENTIAL,
            zmin=span[0],
            zmax=span[1],
            xgap=1,
            ygap=1,
            showscale=False,
        ),
        row=row,
        col=column,
    )


def _between(values: Sequence[Sequence[float]], measure: str) -> list[list[float]]:
    """Within a language the same meaning is the sentence itself: its 1 must not take up the colours."""
    if measure == "different" or len(values) < 2:
        return [list(row) for row in values]
    return [[value for column, value in enumerate(row) if column != place] for place, row in enumerate(values)]


def _value(means: LanguageMeans, measure: str, row: int, column: int) -> float:
    same, different = means.same_meaning[row][column], means.different_meaning[row][column]
    return {"same": same, "different": different, "gap": same - different}[measure]


def _changed(values: Sequence[Sequence[float]], first: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    if not values or not first:
        return ()
    return tuple(
        tuple(one - other for one, other in zip(row, base, strict=True))
        for row, base in zip(values, first, strict=True)
    )


def _told(models: Sequence[Pairs], changes: Sequence[Any], languages: Sequence[str], measure: str) -> str:
    told = [
        f"Mean similarity of every pair of {len(languages)} languages for sentences of {MEASURES[measure]}, a map for "
        f"each of {len(models)} models; below each its difference from A, red where it is larger."
    ]
    differences = [(f"{one.name[:1]} − A", change) for one, change in zip(models[1:], changes, strict=True)]
    for model, values in (*((one.name, one.values) for one in models), *differences):
        told.append(f"{model}: {_largest(values, languages)}.")
    return " ".join(told)


def _largest(values: Sequence[Sequence[float]], languages: Sequence[str]) -> str:
    if not values:
        return "not there yet"
    named = [
        (f"{name_of(languages[row])}, {name_of(languages[column])}", values[row][column])
        for row in range(len(languages))
        for column in range(row + 1, len(languages))
    ]
    return extremes(named)
