"""Masks of an uploaded safetensors file: bool, uint8 of 0 and 1, or packed bits, by matrix or parameter name."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from backend.artifacts.import_forms import bad_import
from backend.contracts.problems import KnownError
from workers.analysis.masks import PackedBits, n_bytes, packed, without_tail
from workers.families.base import View

FORMS = "bool or uint8 0/1 of the matrix's shape, or uint8 packed bits as the atlas exports them"


class UploadedMasks:
    """Bits of every matrix, read when asked for; all names and shapes are checked at once."""

    def __init__(self, path: Path, views: Sequence[View]) -> None:
        try:
            self._file = safe_open(path, framework="pt")
        except SafetensorError as error:
            raise bad_import(f"the file is cut off or no safetensors file ({error})") from None
        self._source: dict[str, str] = {}
        names: list[str] = self._file.keys()
        for name in names:
            holders = [view for view in views if name in (view.name, view.tensor)]
            if not holders:
                raise _unknown(name, views)
            self._source |= dict.fromkeys((view.name for view in holders), name)
            self._require_form(name, holders[0])

    @property
    def named(self) -> set[str]:
        """Matrices that the file holds something for."""
        return set(self._source)

    def bits(self, view: View) -> PackedBits:
        """Packed bits of one matrix; none set where the file says nothing."""
        n_cells = math.prod(view.shape)
        name = self._source.get(view.name)
        if name is None:
            return np.zeros(n_bytes(n_cells), np.uint8)
        stored = self._file.get_tensor(name)
        if name == view.name and _is_packed(tuple(stored.shape), str(stored.dtype), view):
            return _checked(stored.numpy(), n_cells, name)
        mask = _as_bool(stored, name)
        return packed(mask if name == view.name else view.canonical(mask))

    def _require_form(self, name: str, view: View) -> None:
        part = self._file.get_slice(name)
        shape, dtype = tuple(part.get_shape()), part.get_dtype()
        if dtype not in ("BOOL", "U8"):
            raise bad_import(f"{name} is stored as {dtype}; accepted: {FORMS}")
        if name == view.name:
            fits = shape == view.shape or _is_packed(shape, dtype, view)
        else:
            fits = shape == view.stored_shape
        if not fits:
            expected = view.shape if name == view.name else view.stored_shape
            raise KnownError(
                "wrong_shape",
                f"{name} has shape {_sizes(shape)}, in this model it is {_sizes(expected)} "
                f"({n_bytes(math.prod(view.shape))} bytes of packed bits of {view.name})",
                hint="The file belongs to another model, or its axes are swapped: the atlas has (out, in).",
                field="file",
            )


def _is_packed(shape: tuple[int, ...], dtype: str, view: View) -> bool:
    """Packed bits are told by their length; of one cell alone they look like a mask, and mean the same."""
    return shape != view.shape and dtype in ("U8", "torch.uint8") and shape == (n_bytes(math.prod(view.shape)),)


def _checked(bits: PackedBits, n_cells: int, name: str) -> PackedBits:
    if not np.array_equal(without_tail(bits.copy(), n_cells), bits):
        raise bad_import(
            f"the packed bits of {name} go on after its last parameter",
            "Bits are in numpy.packbits order, the first parameter in the highest bit; the rest of the last byte is 0.",
        )
    return bits


def _as_bool(stored: Tensor, name: str) -> Tensor:
    if stored.dtype is torch.uint8 and int(stored.max()) > 1:
        raise bad_import(f"{name} holds {int(stored.max())}; a uint8 mask holds 0 and 1")
    return stored.bool()


def _unknown(name: str, views: Sequence[View]) -> KnownError:
    known = [known for view in views for known in (view.name, view.tensor)]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:2]
    return KnownError(
        "unknown_matrix",
        f"the file masks {name!r}, which is no matrix or parameter of this model; near it: {', '.join(near)}",
        hint="Name masks as the atlas does (2.mlp.down) or as the model does.",
        field="file",
    )


def _sizes(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "no axes"
