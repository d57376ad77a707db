"""Removal of a region: its parameters are zero for a while, then exactly what they were (paper A, section 3.2).

Knows views and masks; knows nothing of how a region was selected or what is measured meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NamedTuple

from torch import Tensor, nn

from workers.analysis.checksum import bits
from workers.analysis.errors import AnalysisError
from workers.analysis.masks import PackedBits, packed, unpacked
from workers.families.base import View

Guard = Callable[[], AbstractContextManager[object]]
"""Opened around each short write to weights; keeps a cancel signal out of it."""


class _Zeroed(NamedTuple):
    """What one mask took out of one matrix."""

    cells: Tensor
    """The matrix as integers on the parameter's memory."""
    mask: PackedBits
    """Packed: an eighth of a byte for each parameter, however large the region."""
    values: Tensor
    """The bits that were there, in row-major order."""

    def restore(self) -> None:
        self.cells.masked_scatter_(unpacked(self.mask, self.cells.shape).to(self.cells.device), self.values)


@contextmanager
def removed(
    model: nn.Module, views: Sequence[View], masks: Mapping[str, Tensor], *, guard: Guard = nullcontext
) -> Iterator[int]:
    """Zero every parameter that a mask selects; yield how many; put the same bits back at the end.

    `masks`: bool, canonical shape, by view name; a view without a mask is left alone. Only the zeroed
    values and the packed masks are held. Invariant: afterwards, also after any exception, every parameter
    has the bits it had.
    Raises `AnalysisError`: `unknown_matrix`, `mask_shape`, before anything is written.
    """
    chosen = checked(views, masks)
    parameters = dict(model.named_parameters())
    zeroed: list[_Zeroed] = []
    try:
        for view in chosen:
            with guard():
                _zero(view.writable(parameters[view.tensor]), masks[view.name], zeroed)
        yield sum(part.values.numel() for part in zeroed)
    finally:
        # One guard for all: a restore that stopped half-way would leave a broken model.
        # A stop that comes while the guard is being entered comes only once: then again.
        try:
            with guard():
                _restore(zeroed)
        except BaseException:
            with guard():
                _restore(zeroed)
            raise


def _restore(zeroed: Sequence[_Zeroed]) -> None:
    for part in reversed(zeroed):
        part.restore()


def _zero(matrix: Tensor, mask: Tensor, zeroed: list[_Zeroed]) -> None:
    cells, shaped = bits(matrix), mask.view(matrix.shape)
    there = shaped.to(cells.device)
    zeroed.append(_Zeroed(cells, packed(shaped), cells[there]))
    cells.masked_fill_(there, 0)


def checked(views: Sequence[View], masks: Mapping[str, Tensor]) -> list[View]:
    """The views that have a mask, in the order of the masks. Raises `AnalysisError`: `unknown_matrix`, `mask_shape`."""
    known = {view.name: view for view in views}
    for name, mask in masks.items():
        if name not in known:
            raise AnalysisError(
                "unknown_matrix",
                f"the region has a matrix {name!r} that the model does not have",
                hint="Select the region again for this model.",
            )
        if tuple(mask.shape) != known[name].shape:
            raise AnalysisError(
                "mask_shape",
                f"the mask of {name} is {tuple(mask.shape)}, the matrix is {known[name].shape}",
                hint="Select the region again for this model.",
            )
    return [known[name] for name in masks]
