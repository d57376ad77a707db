# ruff: noqa: F722  jaxtyping writes shapes as strings
"""Neurons turned off for a while: zero at every position (paper B, section 4.3). Knows modules, no languages.

A neuron is an input of its layer's down projection. Weights stay as they are. Shapes: L layers, N neurons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from jaxtyping import Bool
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from workers.analysis.errors import AnalysisError


@contextmanager
def deactivated(down_projections: Sequence[nn.Module], masks_LN: Bool[Tensor, "L N"]) -> Iterator[int]:
    """Within the block every masked neuron is 0; yields how many are.

    Equal to zeroing the neurons' columns of the down projections (its bias stays). Invariant: afterwards, also
    after any exception, no hook is left. Raises `AnalysisError("mask_shape")`.
    """
    if len(down_projections) != len(masks_LN):
        raise AnalysisError(
            "mask_shape",
            f"neurons of {len(masks_LN)} layers, the model has {len(down_projections)}",
            hint="Find the key neurons of this model.",
        )
    handles: list[RemovableHandle] = []
    try:
        for module, mask_N in zip(down_projections, masks_LN, strict=True):
            if bool(mask_N.any()):
                handles.append(module.register_forward_pre_hook(partial(_without, mask_N)))
        yield int(masks_LN.sum())
    finally:
        # A hook left behind would silence the next job's neurons. A stop that cuts this short comes only once.
        try:
            _remove(handles)
        except BaseException:
            _remove(handles)
            raise


def _without(mask_N: Tensor, module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    del module
    neurons_BTN = inputs[0]
    if neurons_BTN.shape[-1] != len(mask_N):
        raise AnalysisError(
            "mask_shape",
            f"a mask of {len(mask_N)} neurons, the layer has {neurons_BTN.shape[-1]}",
            hint="Find the key neurons of this model.",
        )
    return (neurons_BTN.masked_fill(mask_N.to(neurons_BTN.device), 0), *inputs[1:])


def _remove(handles: Sequence[RemovableHandle]) -> None:
    for handle in handles:
        handle.remove()
