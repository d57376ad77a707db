"""What an expression over regions would give, at once: sizes and overlaps from the leaves that are stored."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pydantic import ValidationError

from backend.artifacts.corpora import Corpora
from backend.artifacts.keys import Keys
from backend.artifacts.models import ModelEntries
from backend.artifacts.region_algebra import (
    Leaf,
    PackedBits,
    evaluate,
    held_by,
    kind_of,
    n_selected,
    require_same_cover,
)
from backend.artifacts.results import ResultStore
from backend.contracts.formulas import formula, region_labels
from backend.contracts.problems import KnownError
from backend.contracts.regions import CombinedRegionRequest, Expression, RegionRequest, leaves, region_model
from backend.contracts.results import ExpressionPreview, LeafState, Overlap
from backend.results.overlap import expected, in_common, table
from backend.results.stored_regions import StoredRegion, stored_region


def preview(expression: Expression, *, store: ResultStore, models: ModelEntries, corpora: Corpora) -> ExpressionPreview:
    """Sizes by popcount over memory-mapped bits; names the leaves that are not stored yet. Computes no region."""
    request = _request(expression)
    keys = Keys(models, corpora)
    key, questions = keys.key(request), list(leaves(expression))
    labels = region_labels(questions)
    leaf_keys = [keys.key(leaf) for leaf in questions]
    stored = {leaf: stored_region(of, store) for leaf, of in zip(questions, leaf_keys, strict=True) if store.has(of)}
    overlap = _overlap(key, request, stored, labels) if len(stored) == len(questions) else None
    return ExpressionPreview(
        key=key,
        formula=formula(expression),
        stored=store.has(key),
        leaves=tuple(
            LeafState(
                key=of,
                label=label,
                stored=leaf in stored,
                n_selected=stored[leaf].n_selected if leaf in stored else None,
            )
            for leaf, of, label in zip(questions, leaf_keys, labels, strict=True)
        ),
        n_selected=overlap.sizes[-1] if overlap else None,
        n_total=_n_total(request, stored, models),
        overlap=overlap,
    )


def _request(expression: Expression) -> CombinedRegionRequest:
    try:
        return CombinedRegionRequest(expression=expression)
    except ValidationError as error:
        problem = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise KnownError("bad_expression", problem, hint="Use regions of one model.", field="expression") from None


def _overlap(
    key: str, request: CombinedRegionRequest, stored: dict[Leaf, StoredRegion], labels: Sequence[str]
) -> Overlap:
    """The leaves and, last, the result, one matrix at a time."""
    regions = list(stored.values())
    covered = require_same_cover({label: region.totals for label, region in zip(labels, regions, strict=True)})
    selected: dict[str, int] = {}
    with_leaf = [0] * len(regions)
    for name, n_cells in covered.items():
        bits = _bits(name, n_cells, request.expression, stored)
        selected[name] = n_selected(bits)
        for place, region in enumerate(regions):
            with_leaf[place] += n_selected(bits & region.bits(name))
    size = sum(selected.values())
    everyone = [*(region.selected for region in regions), selected]
    among = [[sum(in_common(left, right).values()) for right in regions] for left in regions]
    return table(
        keys=[*(region.key for region in regions), key],
        labels=[*labels, formula(request.expression)],
        sizes=[*(region.n_selected for region in regions), size],
        shared=[*([*row, last] for row, last in zip(among, with_leaf, strict=True)), [*with_leaf, size]],
        chance=[[expected(left, right, covered) for right in everyone] for left in everyone],
    )


def _bits(name: str, n_cells: int, expression: Expression, stored: dict[Leaf, StoredRegion]) -> PackedBits:
    return evaluate(expression, lambda leaf: stored[leaf].bits(name), n_cells=n_cells, kind=kind_of(name))


def _n_total(request: CombinedRegionRequest, stored: dict[Leaf, StoredRegion], models: ModelEntries) -> int:
    """Of what the leaves cover; of the model, while none of them is stored."""
    if stored:
        totals = next(iter(stored.values())).totals
        return sum(total for name, total in totals.items() if held_by(request.expression, name))
    ranked = [leaf for leaf in leaves(request.expression) if isinstance(leaf, RegionRequest)]
    everything = any(leaf.region.scores.outside_layers for leaf in ranked)
    matrices = models.ready(region_model(request)).matrices
    covered = (view for view in matrices if everything or view.layer is not None)
    return sum(math.prod(view.shape) for view in covered if held_by(request.expression, view.name))
