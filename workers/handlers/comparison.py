"""Two models matrix by matrix, out of their files: neither is loaded whole, nothing is computed with them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from safetensors import safe_open
from torch import Tensor

from backend.contracts.building import REGION_INPUT
from backend.contracts.comparison import ComparisonRequest, ComparisonSummary, MatrixMovement, NotCompared
from backend.contracts.jobs import Ticket
from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.vocabulary import Phase
from workers.analysis.comparison import Movement, movement, pooled
from workers.context import Context, Outcome
from workers.families.base import View
from workers.handlers.region_files import model_views
from workers.handlers.regions_read import stored_masks


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Every matrix that both models have in one shape. Writes no file."""
    del folder
    request = ticket.request
    assert isinstance(request, ComparisonRequest)
    context.progress.phase(Phase.RUNNING)
    left, right = context.models.ready(request.model), context.models.ready(request.other)
    right_views = {view.name: view for view in right.matrices}
    pairs = [
        (view, right_views[view.name])
        for view in left.matrices
        if view.name in right_views and right_views[view.name].shape == view.shape
    ]
    masks = stored_masks(ticket, REGION_INPUT, context, model_views(left.name, context)) if request.region else {}
    moved: list[Movement] = []
    with _Weights(left, context) as of_left, _Weights(right, context) as of_right:
        for a, b in context.progress.track(pairs, len(pairs), "matrices", "comparing"):
            moved.append(movement(of_left.read(a), of_right.read(b), masks.get(a.name)))
    sizes = [math.prod(view.shape) for view, _ in pairs]
    whole = pooled(zip(moved, sizes, strict=True))
    return Outcome(
        summary=ComparisonSummary(
            matrices=tuple(_told(view, one) for (view, _), one in zip(pairs, moved, strict=True)),
            not_compared=tuple(_not_compared(left, right)),
            relative=_finite(whole.relative),
            largest=_finite(whole.largest),
            share_inside=_finite(whole.share_inside),
            share_of_parameters=_finite(whole.share_of_parameters),
        ),
        model=left.name,
        seed=None,
        rules={
            "compared with": f"{right.name}, weights {right.weights_hash}",
            "matrices": "in common by name and shape, in the precision in which they are stored",
        },
        device="cpu",
        dtype="float64",
    )


class _Weights(ExitStack):
    """Canonical matrices of one model, read one at a time."""

    def __init__(self, model: ModelDescription, context: Context) -> None:
        super().__init__()
        self._folder = Path(model.folder)
        self._views: dict[str, View] = {view.name: view for view in model_views(model.name, context)}
        self._files: dict[str, safe_open] = {}

    def read(self, matrix: MatrixView) -> Tensor:
        """[out, in] or [n], as stored."""
        if matrix.file not in self._files:
            self._files[matrix.file] = self.enter_context(safe_open(self._folder / matrix.file, framework="pt"))
        return self._views[matrix.name].canonical(self._files[matrix.file].get_tensor(matrix.tensor))


def _told(view: MatrixView, one: Movement) -> MatrixMovement:
    return MatrixMovement(
        matrix=view.name,
        layer=view.layer,
        kind=view.kind,
        n_parameters=math.prod(view.shape),
        norm=_finite(one.norm),
        moved=_finite(one.moved),
        relative=_finite(one.relative),
        largest=_finite(one.largest),
        largest_at=one.largest_at,
        cosine=_finite(one.cosine),
        n_changed=one.n_changed,
        n_inside=one.n_inside,
        moved_inside=_finite(one.moved_inside),
    )


def _not_compared(left: ModelDescription, right: ModelDescription) -> Iterator[NotCompared]:
    shapes = [{view.name: view.shape for view in model.matrices} for model in (left, right)]
    for name in dict.fromkeys([*shapes[0], *shapes[1]]):
        a, b = shapes[0].get(name), shapes[1].get(name)
        if a == b:
            continue
        if a is None or b is None:
            reason = f"only {right.name if a is None else left.name} has it"
        else:
            reason = f"{' x '.join(map(str, a))} here, {' x '.join(map(str, b))} there"
        yield NotCompared(matrix=name, left=a, right=b, reason=reason)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
