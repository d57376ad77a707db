"""A model that computes in float64 from its first operation to its last, for changes too small for float32."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from accelerate.hooks import remove_hook_from_module
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import PreTrainedModel

_NARROW = (torch.float32, torch.bfloat16, torch.float16)


@contextmanager
def doubled(model: PreTrainedModel, *, device: str) -> Iterator[PreTrainedModel]:
    """A copy in float64 on `device`; the model itself is not touched. Needs 12 bytes a parameter, 8 to stay.

    Within the block nothing narrows a float64 tensor: norms and softmax of many architectures compute in
    float32 whatever the model's dtype, which would bring float32's rounding back.
    """
    twin = copy.deepcopy(model)
    remove_hook_from_module(twin, recurse=True)  # of a model across several GPUs: they would move tensors there
    twin.to(device=device, dtype=torch.float64)
    with _NeverNarrower():
        yield twin


_PRODUCTS = (torch.ops.aten.mm.default, torch.ops.aten.bmm.default)
"""They refuse two widths, which sums and products of elements bring together by themselves."""


class _NeverNarrower(TorchDispatchMode):
    """Conversions of float64 to a narrower float leave it float64; a matrix product with a narrower one is float64."""

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        given = dict(kwargs or {})
        narrows = func is torch.ops.aten._to_copy.default and given.get("dtype") in _NARROW
        if narrows and args[0].dtype is torch.float64:
            given["dtype"] = torch.float64
        if func in _PRODUCTS and any(one.dtype is torch.float64 for one in args):
            args = tuple(one.double() for one in args)
        return func(*args, **given)
