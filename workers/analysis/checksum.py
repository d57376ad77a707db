"""One hash over the bits of tensors: the proof that a change to weights was undone exactly."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import torch
from torch import Tensor

BIT_TYPES = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
"""Integer dtype by element size: copying bits keeps NaN payloads and the sign of zero."""
_CHUNK = 1 << 24
"""Elements that are copied from the device at once."""


def bits(tensor: Tensor) -> Tensor:
    """The same storage as integers of the same width; same shape and strides, no copy."""
    return tensor.detach().view(BIT_TYPES[tensor.element_size()])


def checksum(tensors: Iterable[Tensor]) -> str:
    """SHA-256 over dtype, shape and every bit of the tensors, in order; the same on every device.

    Invariant: equal exactly when all bits are (a NaN equals itself, 0.0 differs from -0.0).
    """
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(f"{tensor.dtype}{tuple(tensor.shape)}".encode())
        for chunk in bits(tensor).reshape(-1).split(_CHUNK):
            digest.update(memoryview(chunk.cpu().numpy()))
    return digest.hexdigest()
