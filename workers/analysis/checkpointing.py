"""Activations that do not fit are computed twice: gradient checkpointing, layer by layer, when memory asks for it.

Knows transformers' layers; nothing of what the gradients are for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel
from transformers.modeling_layers import GradientCheckpointingLayer

from workers.analysis.batches import Batch
from workers.analysis.forwards import replaced
from workers.families import family_of

_TORCH = tuple(int(part) for part in torch.__version__.split(".")[:2])


@contextmanager
def checkpointed(model: PreTrainedModel, batch: Batch, *, room_bytes: int | None) -> Iterator[bool]:
    """Within the block, layers keep only their input when all of the batch would take more than `room_bytes`.

    Yields whether they do. The gradients are the same; the model stays in eval mode, so transformers' own
    switch, which asks for training mode, is not used. `room_bytes` None: never.
    """
    needed = room_bytes is not None and activation_bytes(model, *batch.token_ids.shape) > room_bytes
    swapped = [layer for layer in layers(model) if "forward" not in vars(layer)] if needed else []
    with replaced({layer: partial(_twice, layer.forward) for layer in swapped}):
        yield bool(swapped)


def activation_bytes(model: PreTrainedModel, n_samples: int, n_tokens: int) -> int:
    """Upper estimate of what one forward pass keeps for the backward pass, without the head.

    Counted by saved tensors of the families (a test holds it to them): per token and layer about 16 of the
    residual's size, 5 of the queries', 4 of the keys', 6 of the neurons'; attention that writes its weights
    out adds 4 per head and position: `eager`, and the fused one of torch before 2.13 where heads share keys.
    """
    config = model.config
    size = family_of(config).shape(config)
    queries, keys = size.n_heads * size.head_size, size.n_key_value_heads * size.head_size
    per_token = 16 * size.residual_size + 5 * queries + 4 * keys + 6 * size.n_neurons
    # torch 2.6 has no fused kernel for grouped queries on the CPU; 2.13 has. Between them: the larger estimate.
    is_grouped = size.n_key_value_heads < size.n_heads
    if config._attn_implementation == "eager" or (is_grouped and _TORCH < (2, 13)):
        per_token += 4 * size.n_heads * n_tokens
    return n_samples * n_tokens * size.n_layers * per_token * model.dtype.itemsize


def layers(model: PreTrainedModel) -> list[nn.Module]:
    """The transformer layers in order, as transformers marks them."""
    return [module for module in model.modules() if isinstance(module, GradientCheckpointingLayer)]


def _twice(forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return checkpoint(forward, *args, use_reentrant=False, preserve_rng_state=False, **kwargs)
