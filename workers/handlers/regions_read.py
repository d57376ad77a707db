"""Masks of a stored region, read from its packed bits: memory-mapped, one matrix at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

from backend.contracts.jobs import Ticket
from backend.contracts.problems import KnownError
from workers.context import Context
from workers.families.base import View

MASK_FILE = "mask.safetensors"


class StoredMasks(Mapping[str, Tensor]):
    """Name to bool mask of canonical shape, unpacked when asked for; only the last one is held."""

    def __init__(self, file: Path, views: Sequence[View]) -> None:
        self._file = safe_open(file, framework="np")
        held = set(self._file.keys())
        self._shapes = {view.name: view.shape for view in views if view.name in held}
        self._last: tuple[str, Tensor] | None = None

    def __getitem__(self, name: str) -> Tensor:
        shape = self._shapes[name]
        if self._last is None or self._last[0] != name:
            bits = np.unpackbits(self.packed(name), count=math.prod(shape))
            self._last = (name, torch.from_numpy(bits).view(torch.bool).view(shape))
        return self._last[1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)

    def packed(self, name: str) -> np.ndarray:
        """The bits of one matrix as stored: `numpy.packbits` of the row-major canonical matrix."""
        return self._file.get_tensor(name)


def stored_masks(ticket: Ticket, name: str, context: Context, views: Sequence[View]) -> StoredMasks:
    """Masks of the region that the ticket reads under `name` (`building.inputs_of`), in the order of `views`.

    Holds the matrices that the region covers, of those among `views`; any kind of region result will do.
    """
    if name not in ticket.inputs:
        raise KnownError(
            "input_missing",
            f"this run builds on a region ({name}), which was not computed with it",
            hint="Submit the request again.",
            status=424,
        )
    return StoredMasks(context.store.file(ticket.inputs[name], MASK_FILE), views)
