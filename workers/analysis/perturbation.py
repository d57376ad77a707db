"""Perturbation: chosen parameters hold other values for a while, then exactly what they were (Figure 3, Table 4).

Knows weights and edits; knows nothing of what is measured or generated meanwhile.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NamedTuple

import torch
from torch import Tensor, nn

from workers.analysis.checksum import bits
from workers.analysis.edit_sentences import dimension_sentence, scalar_sentence
from workers.analysis.edits import Change, DimensionTarget, EditSpec, ScalarTarget, resolve
from workers.analysis.errors import AnalysisError
from workers.families.base import View

__all__ = ["Applied", "Change", "Deviations", "DimensionTarget", "EditSpec", "ScalarTarget", "perturbed", "resolve"]

Guard = Callable[[], AbstractContextManager[object]]
"""Opened around each short write to weights; keeps a cancel signal out of it."""


class Applied(NamedTuple):
    """What one edit really did."""

    matrices: tuple[str, ...]
    """Names of the views it wrote to."""
    n_parameters: int
    sentence: str
    before: float | None = None
    """Of a single parameter: its value, for a norm the effective scale; None for several."""
    after: float | None = None
    """What was written, likewise."""


class Deviations(dict[str, float]):
    """Standard deviations of whole matrices by name, so that many edits in turn read each matrix once.

    Only for edits that each start from the same weights: what is remembered is not measured again.
    """

    def of(self, view: View, stored: Tensor) -> float:
        """Population standard deviation of the matrix as it is now, or as it was when first asked for."""
        if view.name not in self:
            self[view.name] = view.canonical(stored).float().std(correction=0).item()
        return self[view.name]


class _Saved(NamedTuple):
    """Cells that were written to, and the bits they had."""

    cells: Tensor
    values: Tensor


@contextmanager
def perturbed(
    model: nn.Module,
    views: Sequence[View],
    edits: Sequence[EditSpec],
    *,
    guard: Guard = nullcontext,
    deviations: Deviations | None = None,
) -> Iterator[list[Applied]]:
    """Apply the edits in order, each upon the one before; yield what each did; put the same bits back.

    Invariant: afterwards, also after any exception, every parameter has the bits it had. Every edit is
    resolved before the first is applied. `deviations`: what `random` draws with, remembered from edits of
    the same weights. Raises what `resolve` raises, and `not_representable` for a value that the weights'
    dtype cannot hold.
    """
    plans = [(edit, resolve(views, edit)) for edit in edits]
    parameters = dict(model.named_parameters())
    saved: list[_Saved] = []
    try:
        yield [_apply(edit, changes, parameters, saved, guard, deviations) for edit, changes in plans]
    finally:
        # A stop that comes while the guard is being entered comes only once: then again.
        try:
            with guard():
                _restore(saved)
        except BaseException:
            with guard():
                _restore(saved)
            raise


def _restore(saved: Sequence[_Saved]) -> None:
    for part in reversed(saved):
        part.cells.copy_(part.values)


def _apply(
    edit: EditSpec,
    changes: Sequence[Change],
    parameters: Mapping[str, nn.Parameter],
    saved: list[_Saved],
    guard: Guard,
    deviations: Deviations | None,
) -> Applied:
    pairs = []
    for change in changes:
        stored = parameters[change.view.tensor]
        cells = change.view.cells(stored, change.index)
        old, new = cells.clone(), _new_values(change, stored, cells, deviations)
        with guard():
            saved.append(_Saved(bits(cells), bits(old)))
            cells.copy_(new)
        pairs.append((old, cells))
    names = tuple(change.view.name for change in changes)
    n_parameters = sum(change.n_parameters for change in changes)
    if n_parameters > 1:
        assert isinstance(edit.where, DimensionTarget)
        return Applied(names, n_parameters, dimension_sentence(changes, edit.where.side))
    before, after = (cells.item() for cells in pairs[0])
    offset = changes[0].view.scale_offset
    return Applied(names, 1, scalar_sentence(changes[0], before, after), before + offset, after + offset)


def _new_values(change: Change, stored: Tensor, cells: Tensor, deviations: Deviations | None) -> Tensor:
    """The values to write, in the dtype of the weights; computed in float64 on the CPU, alike on every device."""
    old = cells.cpu().double()
    match change.action:
        case "zero":
            new = torch.zeros_like(old)
        case "scale":
            new = old * (1.0 if change.factor is None else change.factor)
        case "set":
            new = torch.full_like(old, 0.0 if change.value is None else change.value)
        case "reset":
            new = torch.full_like(old, 0.0 if change.view.kind.endswith(".bias") else 1 - change.view.scale_offset)
        case _:
            new = _noise(change, old, (Deviations() if deviations is None else deviations).of(change.view, stored))
    written = new.to(cells.dtype)
    _require_finite(change, old, written)
    return written.to(cells.device)


def _noise(change: Change, like: Tensor, deviation: float) -> Tensor:
    """Normal with mean 0 and the whole matrix's standard `deviation`; the stream belongs to seed and matrix.

    So a matrix gets the same draw whichever other kinds and layers an edit names.
    """
    # Hashed to 32 bits: torch's CPU generator ignores the upper half of a longer seed.
    generator = torch.Generator().manual_seed(zlib.crc32(f"{change.seed} {change.view.name}".encode()))
    return torch.randn(like.shape, generator=generator, dtype=like.dtype) * deviation


def _require_finite(change: Change, old: Tensor, new: Tensor) -> None:
    """What was a number stays one: overflow would only show as broken text."""
    if bool((torch.isfinite(old) & ~torch.isfinite(new)).any()):
        operand = {"scale": f"factor {change.factor}", "set": f"value {change.value}"}.get(change.action, change.action)
        raise AnalysisError(
            "not_representable",
            f"{operand} makes a weight of {change.view.name} infinite or not a number; "
            f"{str(new.dtype).removeprefix('torch.')} reaches to {torch.finfo(new.dtype).max:.3g}",
            hint="Take a smaller number, or open the model in float32.",
        )
