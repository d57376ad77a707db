"""Memory maps of safetensors files without torch: the header is read once, the numbers as they are needed."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backend.artifacts.results import require_intact
from backend.contracts.problems import KnownError

STORED: Mapping[str, np.dtype] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
}
"""numpy type in which the bytes of a safetensors dtype are mapped; BF16 as its bit pattern."""


class StoredTensor(NamedTuple):
    """Where a tensor lies: `offset` bytes into `path`."""

    path: Path
    dtype: str
    shape: tuple[int, ...]
    offset: int


def tensors(path: Path) -> Mapping[str, StoredTensor]:
    """The tensors of a file by name; a clear problem for one that is gone, cut off or no safetensors."""
    try:
        stat = path.stat()
        return _index(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)
    except FileNotFoundError:
        raise KnownError(
            "file_vanished",
            f"{path} is gone",
            hint="Put it back, or open the model or run the analysis again.",
            status=409,
        ) from None


def mapped(tensor: StoredTensor) -> np.ndarray:
    """The stored numbers, unread until they are touched."""
    if tensor.dtype not in STORED:
        raise _unreadable(tensor.path, f"dtype {tensor.dtype} is not one of {', '.join(STORED)}")
    if math.prod(tensor.shape) == 0:
        return np.zeros(tensor.shape, STORED[tensor.dtype])
    return np.memmap(tensor.path, STORED[tensor.dtype], "r", tensor.offset, tensor.shape)


def decoded(stored: np.ndarray, dtype: str) -> np.ndarray:
    """Float32 of stored numbers, same shape; BF16 is the upper half of a float32."""
    if dtype == "BF16":
        return (stored.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return stored.astype(np.float32, copy=False)


@lru_cache(maxsize=512)
def _index(path: Path, size_bytes: int, modified_ns: int, inode: int) -> Mapping[str, StoredTensor]:
    del modified_ns, inode  # tell a file that was written again
    require_intact(path)
    with path.open("rb") as file:
        n_header = int.from_bytes(file.read(8), "little")
        if n_header > size_bytes - 8:
            raise _unreadable(path, "it is cut off or no safetensors file")
        try:
            header = json.loads(file.read(n_header))
            header.pop("__metadata__", None)
            start = 8 + n_header
            end = max((start + entry["data_offsets"][1] for entry in header.values()), default=start)
            found = {
                name: StoredTensor(path, entry["dtype"], tuple(entry["shape"]), start + entry["data_offsets"][0])
                for name, entry in header.items()
            }
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _unreadable(path, "its header is none of a safetensors file") from None
    if end > size_bytes:
        raise _unreadable(path, "it is cut off")
    return found


def _unreadable(path: Path, why: str) -> KnownError:
    return KnownError(
        "unreadable_file",
        f"{os.fspath(path)} cannot be read: {why}",
        hint="Open the model or run the analysis again.",
        status=409,
    )
