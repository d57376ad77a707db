"""How far matrices moved, as tables of shaded numbers: layers by kinds, and kind by kind against a region. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from backend.contracts.comparison import ComparisonSummary, MatrixMovement
from backend.contracts.formulas import region_label
from backend.contracts.models import MatrixView
from backend.contracts.regions import RegionQuestion
from backend.contracts.vocabulary import MatrixKind
from frontend.figures.kinds import kind_words
from frontend.figures.numbers import counted, factor, percent, significant
from frontend.figures.overlap import HeatCell, HeatTable

AS_CHANCE = 0.02
"""A ratio this near to 1 is told as chance."""


class Measure(NamedTuple):
    """One number of a matrix: its name, its explanation, how it is read and written."""

    label: str
    explanation: str
    value: Callable[[MatrixMovement], float | None]
    written: Callable[[float], str]
    needs_region: bool = False


def enrichment(one: MatrixMovement) -> float | None:
    """Share of the squared movement inside the region over the region's share of the matrix; chance is 1."""
    if not one.n_inside or not one.moved or one.moved_inside is None:
        return None
    return (one.moved_inside / one.moved) ** 2 / (one.n_inside / one.n_parameters)


def _turned(one: MatrixMovement) -> float | None:
    return None if one.cosine is None else max(0.0, 1 - one.cosine)


def _small(value: float) -> str:
    """As much as a cell has room for: `.012`, `1.42`, `3e-5`."""
    if value == 0:
        return "0"
    if value < 1e-3:
        return f"{value:.0e}".replace("e-0", "e-")
    return f"{value:.2g}".lstrip("0") if value < 1 else f"{value:.3g}"


MEASURES: dict[str, Measure] = {
    "relative": Measure(
        "‖B − A‖ / ‖A‖",
        "Frobenius norm of the movement over the norm of the matrix in A: how far it moved for its size.",
        lambda one: one.relative,
        _small,
    ),
    "largest": Measure("max |B − A|", "The largest change of a single parameter.", lambda one: one.largest, _small),
    "turned": Measure(
        "1 − cosine",
        "0: the matrix was only scaled; 1: it points somewhere else. Matrices are taken as long vectors.",
        _turned,
        _small,
    ),
    "changed": Measure(
        "share changed",
        "Share of the parameters that differ at all.",
        lambda one: one.n_changed / one.n_parameters,
        lambda value: f"{100 * value:.3g}%",
    ),
    "inside": Measure(
        "inside the region",
        "Share of the squared movement inside the region over the region's share of the parameters: 1 is chance, "
        "above 1 the region moves more than the rest.",
        enrichment,
        lambda value: f"{value:.2g}×",
        needs_region=True,
    ),
}


class KindRow(NamedTuple):
    """All matrices of one kind as one long vector."""

    kind: str
    n_matrices: int
    relative: float | None
    share_inside: float | None
    share_of_parameters: float | None

    @property
    def ratio(self) -> float | None:
        """Share inside over share of parameters."""
        if self.share_inside is None or not self.share_of_parameters:
            return None
        return self.share_inside / self.share_of_parameters


def picker(views: Sequence[MatrixView], summary: ComparisonSummary | None, measure: str = "relative") -> HeatTable:
    """Layers by kinds, every matrix a button; shaded by its movement where that is known."""
    found = {one.matrix: one for one in summary.matrices} if summary else {}
    refused = {one.matrix: one.reason for one in summary.not_compared} if summary else {}
    told = MEASURES[measure]
    values = {name: value for name, one in found.items() if (value := told.value(one)) is not None}
    largest = max((value for value in values.values() if math.isfinite(value)), default=0.0)
    kinds = [kind for kind in MatrixKind if any(view.kind is kind for view in views)]
    inside = [kind for kind in kinds if any(view.kind is kind and view.layer is not None for view in views)]
    layers = sorted({view.layer for view in views if view.layer is not None})
    by_place = {(view.layer, view.kind): view.name for view in views}

    def cell(name: str | None) -> HeatCell:
        if name is None:
            return HeatCell("", None, "no such matrix")
        if name not in values:
            why = refused.get(name) or ("not defined" if name in found else "")
            return HeatCell("×" if name in refused else "·", 0.0, f"{name}\n{why}".strip(), (name, ""))
        value = values[name]
        return HeatCell(told.written(value), value / largest if largest else 0.0, _hover(found[name]), (name, ""))

    rows = [tuple(cell(by_place.get((layer, kind))) for kind in inside) for layer in layers]
    labels = tuple(_short(kind) for kind in inside)
    return HeatTable(tuple(map(str, layers)), labels, tuple(kind.value for kind in inside), tuple(rows), largest)


def outside(views: Sequence[MatrixView], summary: ComparisonSummary | None, measure: str = "relative") -> HeatTable:
    """The matrices of no layer, one a row."""
    names = [view.name for view in views if view.layer is None]
    found = {one.matrix: one for one in summary.matrices} if summary else {}
    told = MEASURES[measure]
    cells = []
    for name in names:
        value = told.value(found[name]) if name in found else None
        text = "·" if value is None else told.written(value)
        hover = _hover(found[name]) if name in found else name
        cells.append((HeatCell(text, 0.0, hover, (name, "")),))
    return HeatTable(tuple(names), ("",), ("",), tuple(cells), 0.0)


def by_kind(summary: ComparisonSummary) -> tuple[KindRow, ...]:
    """Kind by kind, in the order of the vocabulary."""
    rows = []
    for kind in MatrixKind:
        of_kind = [one for one in summary.matrices if one.kind is kind]
        if of_kind:
            rows.append(_kind(kind.value, of_kind))
    return tuple(rows)


def _kind(name: str, matrices: Sequence[MatrixMovement]) -> KindRow:
    moved = math.fsum((one.moved or 0.0) ** 2 for one in matrices)
    norm = math.fsum((one.norm or 0.0) ** 2 for one in matrices)
    covered = [one for one in matrices if one.n_inside is not None]
    of_covered = math.fsum((one.moved or 0.0) ** 2 for one in covered)
    inside = math.fsum((one.moved_inside or 0.0) ** 2 for one in covered)
    n_covered = sum(one.n_parameters for one in covered)
    return KindRow(
        kind=name,
        n_matrices=len(matrices),
        relative=math.sqrt(moved / norm) if norm else None,
        share_inside=inside / of_covered if of_covered else None,
        share_of_parameters=sum(one.n_inside or 0 for one in covered) / n_covered if n_covered else None,
    )


def _hover(one: MatrixMovement) -> str:
    at = " × ".join(map(str, one.largest_at))
    lines = [
        one.matrix,
        f"‖B − A‖ / ‖A‖ {_written(one.relative)}",
        f"max |B − A| {_written(one.largest)} at {at}",
        f"cosine {_written(one.cosine, 6)}",
        f"{counted(one.n_changed)} of {counted(one.n_parameters)} parameters differ",
    ]
    if one.n_inside is not None and one.moved and one.moved_inside is not None:
        share = percent((one.moved_inside / one.moved) ** 2)
        told = enrichment(one)
        lines.append(f"{share} of the squared movement inside the region ({factor(told) if told is not None else '–'})")
    return "\n".join(lines)


def _written(value: float | None, digits: int = 3) -> str:
    return "not defined" if value is None else significant(value, digits)


def _short(kind: MatrixKind) -> str:
    words = kind_words(kind)
    return {"biases": f"{words.label} bias", "norms": f"n.{words.label}"}.get(words.group, words.label)


def movement_sentence(summary: ComparisonSummary, region: RegionQuestion | None) -> str:
    """What the whole model did, in words."""
    if not summary.matrices:
        return "No matrix of the two has the same name and shape, so no movement is defined."
    n_still = sum(1 for one in summary.matrices if one.n_changed == 0)
    if n_still == len(summary.matrices):
        return f"Nothing moved: all {n_still} matrices in common are equal, bit by bit."
    whole = (
        f"All matrices in common together moved by {_share(summary.relative)} of their norm{_without_norms(summary)}"
    )
    largest = f"; the largest change of one parameter is {significant(summary.largest, 3)}." if summary.largest else "."
    still = f" {n_still} of {len(summary.matrices)} matrices did not move at all." if n_still else ""
    return whole + largest + still + (_inside(summary, region) if region else "")


def _without_norms(summary: ComparisonSummary) -> str:
    """Norm vectors can be longer than all matrices together (Gemma's are, by far): then they hide what moved."""
    weights = [one for one in summary.matrices if ".norm" not in f".{one.kind.value}"]
    if not weights or len(weights) == len(summary.matrices):
        return ""
    return f", without the norm vectors by {_share(_kind('', weights).relative)}"


def _inside(summary: ComparisonSummary, region: RegionQuestion) -> str:
    share, chance = summary.share_inside, summary.share_of_parameters
    if share is None or not chance:
        return ""
    if share == 0:
        return f" Of the squared movement nothing lies inside {region_label(region)}: the region was held still."
    if abs(share / chance - 1) < AS_CHANCE:
        more = "as chance would have it"
    else:
        more = "more than chance" if share > chance else "less than chance"
    return (
        f" {percent_of(share)} of the squared movement lies inside {region_label(region)}, which holds "
        f"{percent_of(chance)} of the parameters: {factor(share / chance)}, {more}."
    )


def _share(value: float | None) -> str:
    return "an undefined part" if value is None else percent_of(value)


def percent_of(value: float) -> str:
    """Three digits: `12.3 %`."""
    return f"{significant(100 * value, 3) if 0 < value < 1e-6 else format(100 * value, '.3g')} %"
