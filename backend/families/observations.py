"""What the paper saw over training and size, judged on the points that are there: first against last, and the order.

A change counts where it is clear: intervals that do not touch, or, of counts that have no interval, an order along the
axis that chance would hardly give. Nothing is forced: without a clear change it is undecided.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from backend.contracts.development import Observation
from backend.contracts.reproduction import Judgement
from backend.contracts.results import DevelopmentPoint, LayerScore

LEAST_SKLR = 0.05
"""Of the first value."""
LEAST_CORRELATION = 0.5
ERRORS = 2.0
"""Standard errors of the difference that an accuracy has to move."""
FIRST_SHARE = 0.25
MIN_LAYERS = 4
MOST_EXACT = 6
_LEAST = f"{100 * LEAST_SKLR:g} %"
LEVEL = 0.05
_BY_ORDER = f"and chance gives such an order along the axis with p below {LEVEL:g} (five points or more)"
_ORDER = f"and the rank correlation with the axis is at least {LEAST_CORRELATION:g} that way (three points or more)"
Interval = tuple[float, float]


class _Change(NamedTuple):
    """A quantity along the axis: its values, and whether first and last differ clearly."""

    values: tuple[float, ...]
    is_clear: bool
    told: str
    by_order: bool = False
    """Nothing but the order along the axis tells it from chance: a count of one set of sentences has no interval."""


def observations(points: Sequence[DevelopmentPoint]) -> tuple[Observation, ...]:
    """Observations III, IV and V of paper B on points of rising position; those about tasks where there are tasks."""
    seen = [
        Observation(
            text="The key regions become smaller",
            rule=f"SKLR as a share of all neurons falls by {_LEAST} or more from first to last, {_BY_ORDER}.",
            judgement=_judged(points, _sklr, falls=True),
        ),
        Observation(
            text="Activations become more language-agnostic",
            rule=f"LRDS falls from first to last, their 95 % intervals apart, {_ORDER}.",
            judgement=_judged(points, _score("lrds"), falls=True),
        ),
        Observation(
            text="Semantic alignment grows",
            rule=f"SADS rises from first to last, their 95 % intervals apart, {_ORDER}.",
            judgement=_judged(points, _score("sads"), falls=False),
        ),
        Observation(
            text="Key neurons become denser in the first layers",
            rule=f"Density in the first quarter of the layers over the density in all rises by {_LEAST} or "
            f"more from first to last, {_BY_ORDER}; models of {MIN_LAYERS} layers or more.",
            judgement=_judged(_deep(points), _first_layers, falls=False),
        ),
    ]
    tasks = [
        Observation(
            text=f"Accuracy grows: {title}",
            rule=f"It rises by more than {ERRORS:g} standard errors from first to last, {_ORDER}.",
            judgement=_judged([point for point in points if title in point.accuracy], _task(title), falls=False),
        )
        for title in dict.fromkeys(title for point in points for title in point.accuracy)
    ]
    return (*seen, *tasks)


def first_density(point: DevelopmentPoint) -> float:
    """Key neurons per neuron in the first quarter of the layers, over the same in all layers; nan without any."""
    by_layer = [sum(column) for column in zip(*point.counts, strict=True)]
    n_first = max(1, round(FIRST_SHARE * len(by_layer)))
    total = sum(by_layer)
    return (sum(by_layer[:n_first]) / total) / (n_first / len(by_layer)) if total else math.nan


def rank_correlation(values: Sequence[float]) -> float:
    """Spearman's, of the values with their order; ties share their mean rank, nan where all are equal."""
    ordered = sorted(values)
    ranks = [(ordered.index(value) + len(ordered) - 1 - ordered[::-1].index(value)) / 2 for value in values]
    middle = (len(values) - 1) / 2
    products = sum((place - middle) * (rank - middle) for place, rank in enumerate(ranks))
    spread = sum((place - middle) ** 2 for place in range(len(values))) * sum((rank - middle) ** 2 for rank in ranks)
    return products / math.sqrt(spread) if spread else math.nan


def order_p(values: Sequence[float]) -> float:
    """Two-sided p of the rank correlation with the axis: exact up to six points, then by the normal distribution."""
    here = abs(rank_correlation(values))
    if math.isnan(here):
        return 1.0
    if len(values) > MOST_EXACT:
        return math.erfc(here * math.sqrt(len(values) - 1) / math.sqrt(2))
    orders = [abs(rank_correlation(order)) for order in itertools.permutations(values)]
    return sum(one >= here - 1e-12 for one in orders) / len(orders)


def _judged(
    points: Sequence[DevelopmentPoint], change: Callable[[Sequence[DevelopmentPoint]], _Change], *, falls: bool
) -> Judgement:
    """True: clearly that way; False: clearly the other way; None: undecided."""
    if len(points) < 2:
        return Judgement(holds=None, evidence="fewer than two points so far", is_judged=False)
    found = change(points)
    if any(math.isnan(value) for value in found.values):
        return Judgement(holds=None, evidence="no key neurons at one of the points")
    if len(set(found.values)) == 1:
        return Judgement(holds=None, evidence=f"{found.told}: no change at all")
    moved = found.values[-1] - found.values[0]
    evidence, in_order = found.told, True
    if len(found.values) > 2:
        correlation = rank_correlation(found.values)
        evidence += f"; rank correlation {correlation:+.2f} over {len(found.values)} points"
        in_order = correlation * math.copysign(1.0, moved) >= LEAST_CORRELATION
    if found.by_order:
        p = order_p(found.values)
        evidence, in_order = f"{evidence}; p of the order {p:.2g}", in_order and p < LEVEL
    if not found.is_clear or not in_order or not moved:
        return Judgement(holds=None, evidence=f"{evidence}: no clear change")
    return Judgement(holds=(moved < 0) == falls, evidence=evidence)


def _sklr(points: Sequence[DevelopmentPoint]) -> _Change:
    shares = tuple(point.sklr / point.n_neurons_total for point in points)
    told = f"{100 * shares[0]:.3g} % to {100 * shares[-1]:.3g} % of all neurons"
    return _Change(shares, abs(shares[-1] - shares[0]) >= LEAST_SKLR * max(shares[0], 1e-12), told, by_order=True)


def _score(name: str) -> Callable[[Sequence[DevelopmentPoint]], _Change]:
    def change(points: Sequence[DevelopmentPoint]) -> _Change:
        values = tuple(float(getattr(point.whole, name)) for point in points)
        first, last = _interval(points[0].whole, name), _interval(points[-1].whole, name)
        apart = first is not None and last is not None and (first[1] < last[0] or last[1] < first[0])
        return _Change(values, apart, f"{_told(values[0], first)} to {_told(values[-1], last)}")

    return change


def _first_layers(points: Sequence[DevelopmentPoint]) -> _Change:
    values = tuple(first_density(point) for point in points)
    told = f"{values[0]:.2f} times to {values[-1]:.2f} times the density of all layers"
    return _Change(values, abs(values[-1] - values[0]) >= LEAST_SKLR * values[0], told, by_order=True)


def _task(title: str) -> Callable[[Sequence[DevelopmentPoint]], _Change]:
    def change(points: Sequence[DevelopmentPoint]) -> _Change:
        values = tuple(point.accuracy[title] for point in points)
        # At 0 and 100 % the usual error is 0, which is no certainty: the larger one stands for both.
        error = math.sqrt(2) * max(point.accuracy_error.get(title, math.inf) for point in (points[0], points[-1]))
        told = (
            f"{100 * values[0]:.1f} % to {100 * values[-1]:.1f} %, standard error of the difference {100 * error:.1f}"
        )
        return _Change(values, abs(values[-1] - values[0]) > ERRORS * error, told)

    return change


def _deep(points: Sequence[DevelopmentPoint]) -> list[DevelopmentPoint]:
    return [point for point in points if len(point.layers) >= MIN_LAYERS]


def _interval(score: LayerScore, name: str) -> Interval | None:
    found: Interval | None = getattr(score, f"{name}_interval")
    return found


def _told(value: float, interval: Interval | None) -> str:
    return f"{value:.4f}" + (f" [{interval[0]:.4f}, {interval[1]:.4f}]" if interval else "")
