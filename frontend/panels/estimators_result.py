"""What a faithfulness check found: one figure per estimator, a table, and what it means in plain words."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from backend.contracts.results import EstimatorAgreement, FaithfulnessSummary
from frontend.choices.estimators_found import label_of, verdict
from frontend.choices.scores import ESTIMATORS
from frontend.figures.blank import blank
from frontend.figures.estimators import HEIGHT, below_noise
from frontend.job_words import duration
from frontend.shell import hint, term


def figure_id(index: Any, key: Any) -> dict[str, Any]:
    """Id of the figure of one estimator of one result."""
    return {"type": "estimators-figure", "index": index, "key": key}


def words(summary: FaithfulnessSummary) -> html.Div:
    """Which estimator ranks parameters best, and how sure that is."""
    found = verdict(summary)
    if found is None:
        nothing = "No rank correlation is defined here: all changes, or all scores, are equal."
        return html.Div(html.P(nothing, className="study-prose"))
    lost = below_noise(summary)
    noise = (
        f"{lost} of {len(summary.points)} parameters change the loss by less than rounding does "
        f"({summary.noise_floor:.1e} nats per token): their true order is not known, so even a perfect score stays "
        "below 1."
    )
    first = [html.B(found.best), f" is closest to really zeroing parameters.{found.sure}"]
    return html.Div(
        [
            html.P(first, className="study-prose"),
            html.P(noise, className="study-prose") if lost else None,
            html.P(_MEANING, className="study-prose"),
        ]
    )


def table(summary: FaithfulnessSummary) -> html.Div:
    """One line per estimator: Spearman with its interval, seconds."""
    heads = [("Spearman", _SPEARMAN_HINT), ("95 % interval", _INTERVAL_HINT)]
    if summary.uniform:
        heads += [("Spearman, all alike", _UNIFORM_HINT), ("95 % interval", _INTERVAL_HINT)]
    heads.append(("seconds", _SECONDS_HINT))
    head = [
        html.Th(term("Importance", "Scored by")),
        *(html.Th(hint(name, told), className="removal-number") for name, told in heads),
    ]
    uniform = summary.uniform or [None] * len(summary.estimators)
    body = [html.Tr(_line(one, alike)) for one, alike in zip(summary.estimators, uniform, strict=True)]
    truth = [
        html.Th(term("Faithfulness", "Eq. 2 itself"), scope="row"),
        html.Td(html.Div("1", className="removal-cell")),
        html.Td(),
        *((html.Td(html.Div("1", className="removal-cell")), html.Td()) if summary.uniform else ()),
        html.Td(html.Div(f"{summary.seconds:.1f}", className="removal-cell")),
    ]
    whole = html.Table([html.Thead(html.Tr(head)), html.Tbody([*body, html.Tr(truth)])], className="removal-table")
    return html.Div(whole, className="removal-scroll")


def figures(key: str, summary: FaithfulnessSummary) -> html.Div:
    """One scatter per estimator, side by side."""
    return html.Div(
        [_figure(key, index, one) for index, one in enumerate(summary.estimators)], className="estimators-figures"
    )


def _figure(key: str, index: int, one: EstimatorAgreement) -> html.Section:
    known = ESTIMATORS.get(one.name.replace(" ", "_"))
    spearman = "not defined" if one.spearman is None else f"{one.spearman:.3f}"
    graph = dcc.Graph(
        id=figure_id(index, key), figure=blank(HEIGHT), config={"displayModeBar": False}, style={"height": HEIGHT}
    )
    name = hint(label_of(one.name), known.formula if known else "")
    title = html.H2(name, className="study-heading")
    return html.Section(
        [title, html.Div(f"Spearman {spearman}", className="study-note"), graph], className="atlas-card"
    )


def _line(one: EstimatorAgreement, alike: EstimatorAgreement | None) -> list[Any]:
    cells = (*_correlation(one), *(_correlation(alike) if alike else ()), f"{one.seconds:.1f}")
    return [
        html.Th(label_of(one.name), scope="row", title=duration(one.seconds)),
        *(html.Td(html.Div(cell, className="removal-cell")) for cell in cells),
    ]


def _correlation(one: EstimatorAgreement) -> tuple[str, str]:
    spearman = "–" if one.spearman is None else f"{one.spearman:.3f}"
    known = one.spearman_low is not None and one.spearman_high is not None
    return spearman, f"{one.spearman_low:.2f} to {one.spearman_high:.2f}" if known else ""


_MEANING = (
    "Each point is one parameter that was set to zero for a moment. To the right: the score calls it important. Up: "
    "the loss really changed. A good score makes a rising band; a cloud without direction says that the score does not "
    "know what matters. Only the order counts for regions, which take the highest scores."
)
_SPEARMAN_HINT = "Rank correlation of the score with |loss change|: 1 the same order, 0 no relation."
_UNIFORM_HINT = "The same over parameters that were drawn all alike, of which nearly all hardly matter."
_INTERVAL_HINT = "Bootstrap over the zeroed parameters: where the correlation lies with 95 % confidence."
_SECONDS_HINT = "What all scores of the model cost; for Eq. 2 itself, what these few parameters cost."
