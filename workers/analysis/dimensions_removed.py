"""Dimensions that are zero for a while, then exactly what they were (structured removal, Tables 3, 7, 8).

Knows which dimensions were taken; knows nothing of rankings or what is measured meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NamedTuple

from torch import Tensor, nn

from workers.analysis.checksum import bits
from workers.analysis.dimensions import Taken

Guard = Callable[[], AbstractContextManager[object]]
"""Opened around each short write to weights; keeps a cancel signal out of it."""


class _Zeroed(NamedTuple):
    """One dimension of one matrix."""

    cells: Tensor
    """As integers on the parameter's memory."""
    values: Tensor
    """The bits that were there."""


@contextmanager
def dimensions_removed(model: nn.Module, taken: Sequence[Taken], *, guard: Guard = nullcontext) -> Iterator[int]:
    """Zero every dimension taken; yield how many parameters; put the same bits back at the end.

    Only the dimensions are saved, not their matrices. Invariant: afterwards, also after any exception, every
    parameter has the bits it had.
    """
    parameters = dict(model.named_parameters())
    zeroed: list[_Zeroed] = []
    try:
        for one in taken:
            stored = parameters[one.view.tensor]
            with guard():
                for index in one.indices.tolist():
                    cells = bits(one.view.cells(stored, _line(one, index)))
                    zeroed.append(_Zeroed(cells, cells.clone()))
                    cells.zero_()
        yield sum(line.values.numel() for line in zeroed)
    finally:
        # A stop that comes while the guard is being entered comes only once: then again.
        try:
            with guard():
                _restore(zeroed)
        except BaseException:
            with guard():
                _restore(zeroed)
            raise


def _restore(zeroed: Sequence[_Zeroed]) -> None:
    for line in reversed(zeroed):
        line.cells.copy_(line.values)


def _line(one: Taken, index: int) -> tuple[int | slice, ...]:
    return tuple(index if axis == one.axis else slice(None) for axis in range(len(one.view.shape)))
