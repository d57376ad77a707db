"""A safetensors file written one tensor after the other: `save_file` would need all of them in memory at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import torch
from torch import Tensor


class TensorFile:
    """Float32 tensors of shapes told beforehand, appended in that order; whole when the block ends.

    Leaving the block by an exception leaves the file unfinished: it lies in a folder that is dropped then.
    """

    def __init__(self, path: Path, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self._path = path
        self._waiting = dict(shapes)

    def __enter__(self) -> TensorFile:
        self._file = self._path.open("wb")
        header = _header(self._waiting)
        self._file.write(len(header).to_bytes(8, "little") + header)
        return self

    def append(self, tensor: Tensor) -> None:
        """The next of the tensors."""
        name, shape = next(iter(self._waiting.items()))
        if tuple(tensor.shape) != shape or tensor.dtype != torch.float32:
            raise ValueError(f"{name} was announced as float32 {shape}, not {tensor.dtype} {tuple(tensor.shape)}")
        del self._waiting[name]
        if tensor.numel():
            self._file.write(tensor.detach().cpu().contiguous().numpy().data.cast("B"))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is None and self._waiting:
            raise ValueError(f"{self._path.name} lacks {', '.join(self._waiting)}")


def _header(shapes: Mapping[str, tuple[int, ...]]) -> bytes:
    """JSON as safetensors defines it, padded to a multiple of 8 so that the data is aligned."""
    entries, end = {}, 0
    for name, shape in shapes.items():
        start, end = end, end + 4 * torch.Size(shape).numel()
        entries[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(entries, separators=(",", ":")).encode()
    return text + b" " * (-len(text) % 8)
