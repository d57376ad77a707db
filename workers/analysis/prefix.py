"""What the lower layers give to a text, remembered while only upper layers change (paper A, Table 4 on one layer).

Knows transformers' layers; nothing of edits or of what is measured. The states at the entry of the first changed layer
are those of the unchanged model, so that they are computed once per batch and not once per change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from workers.analysis import rope
from workers.analysis.checkpointing import layers
from workers.analysis.forwards import Forward, replaced

ROOM_BYTES = 1 << 30
"""That states may take; batches beyond are computed anew each time."""


@contextmanager
def remembered_below(model: PreTrainedModel, first: int, *, room_bytes: int = ROOM_BYTES) -> Iterator[None]:
    """Within the block, layers 0 to `first - 1` compute each batch of token ids once, and give the same bits again.

    No weight of the embedding or of those layers may change meanwhile. Passes with a KV cache are left alone, as are
    layers whose forward somebody else has replaced (accelerate's device maps) and models whose positions depend on
    what of the token ids is padding: then nothing is remembered.
    """
    below = layers(model)[:first]
    if not below or any("forward" in vars(layer) for layer in below) or rope.depends_on_length(model):
        yield
        return
    memory = _Memory(room_bytes)
    whole = model.base_model
    forwards: dict[nn.Module, Forward] = {whole: partial(memory.enter, whole.forward)}
    forwards |= {layer: partial(memory.forward, layer.forward, is_last=layer is below[-1]) for layer in below}
    with replaced(forwards):
        yield


class _Memory:
    """Outputs of the last of the lower layers, by the token ids that went in."""

    def __init__(self, room_bytes: int) -> None:
        self._room_bytes = room_bytes
        self._known: dict[bytes, Any] = {}
        self._key: bytes | None = None

    def enter(self, forward: Forward, *args: Any, **kwargs: Any) -> Any:
        """The whole model: a pass begins."""
        token_ids = kwargs.get("input_ids")
        plain = not args and set(kwargs) <= {"input_ids", "use_cache"} and not kwargs.get("use_cache", True)
        self._key = _digest(token_ids) if plain and isinstance(token_ids, Tensor) else None
        return forward(*args, **kwargs)

    def forward(self, forward: Forward, *args: Any, is_last: bool, **kwargs: Any) -> Any:
        """One lower layer: what the last of them gave to these token ids, or its own output."""
        # Every lower layer gives the output of the last: layers of a model return the same form.
        if self._key is not None and self._key in self._known:
            return _copied(self._known[self._key]) if is_last else self._known[self._key]
        output = forward(*args, **kwargs)
        if is_last and self._key is not None:
            self._keep(self._key, output)
        return output

    def _keep(self, key: bytes, output: Any) -> None:
        parts = output if isinstance(output, tuple) else (output,)
        n_bytes = sum(part.numel() * part.element_size() for part in parts if isinstance(part, Tensor))
        if n_bytes <= self._room_bytes and not torch.is_grad_enabled():
            self._room_bytes -= n_bytes
            self._known[key] = _copied(output)


def _copied(output: Any) -> Any:
    """What the next layer may write into, as it may into what a layer computed."""
    if isinstance(output, tuple):
        return tuple(_copied(part) for part in output)
    return output.clone() if isinstance(output, Tensor) else output


def _digest(token_ids: Tensor) -> bytes:
    return hashlib.sha256(f"{tuple(token_ids.shape)}".encode() + token_ids.cpu().numpy().tobytes()).digest()
