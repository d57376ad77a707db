"""How much regions have in common: Jaccard, and what chance alone would give, whole and by matrix.

Regions of different models are comparable where their matrices are of one shape. A matrix that only one region
covers counts with nothing in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from backend.artifacts.region_algebra import n_selected
from backend.contracts.formulas import region_labels
from backend.contracts.problems import KnownError
from backend.contracts.results import MatrixOverlap, Overlap, OverlapByMatrix
from backend.contracts.vocabulary import MatrixKind
from backend.results.arrays import tensors
from backend.results.stored_regions import StoredRegion, bits_at

MAX_REGIONS = 64


def overlap(regions: Sequence[StoredRegion]) -> Overlap:
    """Every region against every other, in the order given."""
    for region in regions[1:]:
        _require_comparable(regions[0], region)
    shared = [[sum(in_common(left, right).values()) for right in regions] for left in regions]
    chance = [[expected(left.selected, right.selected, left.totals) for right in regions] for left in regions]
    return table(
        keys=[region.key for region in regions],
        labels=region_labels([region.request for region in regions]),
        sizes=[region.n_selected for region in regions],
        shared=shared,
        chance=chance,
    )


def table(
    *,
    keys: Sequence[str],
    labels: Sequence[str],
    sizes: Sequence[int],
    shared: Sequence[Sequence[int]],
    chance: Sequence[Sequence[float]],
) -> Overlap:
    """Counts as the contract tells them; `chance` is the expected number in common of random regions."""
    pairs = [[(left, right) for right in sizes] for left in sizes]
    return Overlap(
        keys=tuple(keys),
        labels=tuple(labels),
        sizes=tuple(sizes),
        shared=tuple(map(tuple, shared)),
        jaccard=tuple(tuple(map(_of_pair, *rows)) for rows in zip(shared, pairs, strict=True)),
        expected=tuple(tuple(map(_of_pair, *rows)) for rows in zip(chance, pairs, strict=True)),
    )


def overlap_by_matrix(left: StoredRegion, right: StoredRegion) -> OverlapByMatrix:
    """Two regions within each matrix that either covers."""
    _require_comparable(left, right)
    shared = in_common(left, right)
    names = list(dict.fromkeys([*left.totals, *right.totals]))
    return OverlapByMatrix(
        left=left.key,
        right=right.key,
        matrices=tuple(_matrix(name, left, right, shared.get(name, 0)) for name in names),
    )


def in_common(left: StoredRegion, right: StoredRegion) -> Mapping[str, int]:
    """Parameters in both, by matrix."""
    if left.key == right.key:
        return left.selected
    return _counted(*sorted((left.path, right.path)))


def expected(left: Mapping[str, int], right: Mapping[str, int], totals: Mapping[str, int]) -> float:
    """Parameters in common, in the mean, of two random regions with as many in each matrix."""
    return sum(left[name] * right.get(name, 0) / total for name, total in totals.items() if total)


def jaccard(shared: float, left: int, right: int) -> float | None:
    """shared / union; None when both are empty."""
    either = left + right - shared
    return shared / either if either else None


def _of_pair(shared: float, sizes: tuple[int, int]) -> float | None:
    return jaccard(shared, *sizes)


@lru_cache(maxsize=512)
def _counted(left: Path, right: Path) -> Mapping[str, int]:
    """Of two mask files, which never change: their folders are named by what they answer."""
    held = tensors(right)
    return {name: n_selected(bits_at(left, name) & bits_at(right, name)) for name in tensors(left) if name in held}


def _matrix(name: str, left: StoredRegion, right: StoredRegion, shared: int) -> MatrixOverlap:
    layer, _, kind = name.partition(".") if name[0].isdigit() else ("", "", name)
    n_left, n_right = left.selected.get(name, 0), right.selected.get(name, 0)
    return MatrixOverlap(
        matrix=name,
        layer=int(layer) if layer else None,
        kind=MatrixKind(kind),
        left=n_left,
        right=n_right,
        shared=shared,
        total=left.totals.get(name) or right.totals[name],
        jaccard=jaccard(shared, n_left, n_right),
    )


def _require_comparable(left: StoredRegion, right: StoredRegion) -> None:
    both = [name for name in left.totals if name in right.totals]
    differing = next((name for name in both if left.totals[name] != right.totals[name]), None)
    if both and differing is None:
        return
    told = (
        f"{differing} has {left.totals[differing]} parameters in one and {right.totals[differing]} in the other"
        if differing
        else "they have no matrix in common"
    )
    raise KnownError(
        "not_comparable",
        f"regions {left.key} and {right.key} cannot be compared: {told}",
        hint="Compare regions of one model, or of models of the same shape.",
        field="keys",
    )
