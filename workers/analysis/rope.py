"""Rotary positions of one sample, whatever lies beside it or came before. Knows transformers' rotary modules.

Two kinds of scaling choose their frequencies by the longest position of the call: `longrope` has one set up to the
length of pre-training and another beyond it, `dynamic` stretches with every further token and remembers it until a
short call comes. In a batch the longest sample would so decide on the numbers of all, and an earlier batch on those of
a later one. Shapes: B samples, T tokens, R rotated channels of a head.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import PreTrainedModel

from workers.analysis.forwards import replaced

BY_LENGTH = ("longrope", "dynamic")
"""Types whose frequencies depend on the length (`modeling_rope_utils.dynamic_rope_update`)."""


def depends_on_length(model: PreTrainedModel) -> bool:
    """Whether the positions of a token differ with the length of the text it stands in."""
    return bool(_rotaries(model))


@contextmanager
def by_sample(model: PreTrainedModel, lengths: Sequence[int]) -> Iterator[None]:
    """Within the block each row of a right-padded batch has the frequencies that it would have alone.

    `lengths`: real tokens of each row. Padding has position vectors of zero. Costs nothing with any other rope type.
    """
    forwards = {rotary: partial(_rows, _fresh(rotary), tuple(lengths)) for rotary in _rotaries(model)}
    with replaced(forwards):
        yield


def forget_lengths(model: PreTrainedModel) -> None:
    """Start from the frequencies of a model that has read nothing, as `dynamic` keeps those of the longest text."""
    for rotary in _rotaries(model):
        _reset(rotary)


def _rotaries(model: PreTrainedModel) -> list[nn.Module]:
    return [module for module in model.base_model.modules() if any(name in BY_LENGTH for name in _types(module))]


def _types(module: nn.Module) -> tuple[str, ...]:
    """Of a rotary module: one, or one for each type of layer (Gemma 3, OLMo 3); none of any other module."""
    kind = getattr(module, "rope_type", None)
    return tuple(kind.values()) if isinstance(kind, dict) else (kind,) if isinstance(kind, str) else ()


def _rows(
    fresh: nn.Module, lengths: tuple[int, ...], x: Tensor, position_ids: Tensor, *args: Any, **kwargs: Any
) -> Any:
    """(cos, sin), each B T R: every row by a call of its own length."""
    n_tokens = position_ids.shape[-1]
    by_length = {
        length: _padded(_alone(fresh, x, position_ids[:1, :length], *args, **kwargs), n_tokens)
        for length in dict.fromkeys(lengths)
    }
    return tuple(torch.cat([by_length[length][part] for length in lengths]) for part in (0, 1))


def _alone(fresh: nn.Module, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    _reset(fresh)
    return type(fresh).forward(fresh, *args, **kwargs)


def _padded(found: tuple[Tensor, Tensor], n_tokens: int) -> tuple[Tensor, ...]:
    return tuple(F.pad(part_1TR, (0, 0, 0, n_tokens - part_1TR.shape[1])) for part_1TR in found)


def _fresh(rotary: nn.Module) -> nn.Module:
    """A copy to compute with: the model's own is left as it was. The configuration is shared."""
    config: Any = rotary.config
    return copy.deepcopy(rotary, {id(config): config})


def _reset(rotary: nn.Module) -> None:
    """As transformers made it: `dynamic_rope_update` keeps the frequencies of before in `original_inv_freq`."""
    rotary.max_seq_len_cached = rotary.original_max_seq_len
    kinds: Any = rotary.rope_type
    for prefix in [f"{layer_type}_" for layer_type in kinds] if isinstance(kinds, dict) else [""]:
        setattr(rotary, f"{prefix}inv_freq", getattr(rotary, f"{prefix}original_inv_freq").clone())
        if prefix:
            vars(rotary).pop(f"{prefix}max_seq_len_cached", None)
