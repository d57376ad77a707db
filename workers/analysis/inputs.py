"""Squares of what each weight multiplies, summed over all real tokens (the input norm of `wanda`).

What a weight multiplies: of a projection (nn.Linear, GPT-2's Conv1D, fused q/k/v) the module's input; of a norm
the normalised input; of a bias 1, so that its norm is sqrt(tokens); of an embedding the one-hot of its id, so that
a row's norm is sqrt(how often the id was read); of the LM head the last hidden state. Forward only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch.nn import functional as F
from torch.utils.hooks import RemovableHandle
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from workers.analysis import head
from workers.analysis.batches import Batch
from workers.families.base import View


class InputSums:
    """One vector per parameter: `columns` along the input, `rows` along the ids of an embedding.

    Takes no memory of the parameters' size. Where several parameters are views of one (fused q/k/v) they share it.
    """

    def __init__(self, model: PreTrainedModel, parameters: Mapping[str, Parameter]) -> None:
        self._parameters = dict(parameters)
        self._sums: dict[str, dict[str, Tensor]] = {name: {} for name in parameters}
        self._by_module = _users(model, self._parameters)
        head_weight = model.get_output_embeddings().weight
        self._head = next((name for name, parameter in parameters.items() if parameter is head_weight), None)
        self._real_BT = torch.zeros(0, 0, dtype=torch.bool)
        for module, names in self._by_module.items():
            for name in names:
                self._sums[name] |= _empty(module, self._parameters[name])
        if self._head is not None:
            self._sums[self._head]["columns"] = head_weight.new_zeros(head_weight.shape[1], dtype=torch.float32)

    n_bytes = 0
    """Next to nothing."""

    def parts(self, view: View) -> dict[str, Tensor]:
        """Sums of squares, broadcastable to the view's canonical shape: the input is its last axis."""
        return self._sums[view.tensor]

    @contextmanager
    def listening(self, model: PreTrainedModel) -> Iterator[None]:
        """Hooks on every module that uses a parameter asked for; taken away at the end."""
        del model
        handles: list[RemovableHandle] = []
        try:
            for module in self._by_module:
                handles.append(module.register_forward_pre_hook(self._read))  # noqa: PERF401  undone if one fails
            yield
        finally:
            # As with gradients: a stop that cuts this short comes only once.
            try:
                _remove(handles)
            except BaseException:
                _remove(handles)
                raise

    @torch.no_grad()
    def add(self, model: PreTrainedModel, batch: Batch, *, room_bytes: int | None = None) -> None:
        """One forward pass, without the head; there is no loss to give back."""
        del room_bytes
        if batch.token_ids.shape[1] in _head_counts(model):  # else a head's axis could not be told from the tokens'
            batch = batch._replace(token_ids=F.pad(batch.token_ids, (0, 1)))
        self._real_BT = torch.arange(batch.token_ids.shape[1]) < batch.lengths[:, None]
        hidden_BTD = head.hidden_states(model, batch)
        if self._head is not None:
            self._sums[self._head]["columns"].add_(_squares(hidden_BTD, self._real_BT))

    def clear(self) -> None:
        """Start from nothing again."""
        for sums in self._sums.values():
            for total in sums.values():
                total.zero_()

    def drop(self, tensor: str) -> None:
        """Nothing worth freeing."""

    @torch.no_grad()
    def _read(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        for name in self._by_module[module]:
            for part, total in self._sums[name].items():
                if name == self._head and part == "columns":
                    continue  # the embedding's weight as the head: its input comes last
                squares = _of(module, self._parameters[name], args[0], self._real_BT)
                total.add_(squares.to(total.device).view_as(total))


def normalised(norm: nn.Module, x: Tensor) -> Tensor:
    """What a norm's weight multiplies, in float32 or better: LayerNorm's or RMSNorm's input at unit scale."""
    x = x.to(torch.promote_types(x.dtype, torch.float32))
    if isinstance(norm, nn.LayerNorm):
        return F.layer_norm(x, norm.normalized_shape, eps=norm.eps)
    epsilon = float(getattr(norm, "variance_epsilon", getattr(norm, "eps", 0.0)))
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon)


def _of(module: nn.Module, parameter: Parameter, x: Tensor, real_BT: Tensor) -> Tensor:
    if parameter is getattr(module, "bias", None):
        return real_BT.sum()
    if isinstance(module, nn.Embedding):
        ids = x.expand(real_BT.shape)[real_BT.to(x.device)]
        return torch.bincount(ids, minlength=parameter.shape[0])
    return _squares(x if isinstance(module, nn.Linear | Conv1D) else normalised(module, x), real_BT)


def _squares(x: Tensor, real_BT: Tensor) -> Tensor:
    """Sum over real tokens, and over heads where there are any, of x squared; x is B T ... or B heads T ..."""
    if x.shape[1] != real_BT.shape[1]:
        x = x.transpose(1, 2)
    return x[real_BT.to(x.device)].float().flatten(0, -2).square().sum(0)


def _users(model: PreTrainedModel, parameters: Mapping[str, Parameter]) -> dict[nn.Module, list[str]]:
    """Parameters asked for by the module that holds them, the head left out."""
    found: dict[nn.Module, list[str]] = {}
    for name in parameters:
        module = model.get_submodule(name.rpartition(".")[0])
        if module is not model.get_output_embeddings():
            found.setdefault(module, []).append(name)
    return found


def _empty(module: nn.Module, parameter: Parameter) -> dict[str, Tensor]:
    zeros = torch.zeros(0, device=parameter.device).new_zeros
    if isinstance(module, nn.Embedding):
        return {"rows": zeros(parameter.shape[0], 1)}
    if parameter is getattr(module, "bias", None):
        return {"columns": zeros(1)}
    return {"columns": zeros(parameter.shape[0] if isinstance(module, Conv1D) else parameter.shape[-1])}


def _head_counts(model: PreTrainedModel) -> set[int]:
    config = model.config
    return {config.num_attention_heads, getattr(config, "num_key_value_heads", None) or 0}


def _remove(handles: Iterable[RemovableHandle]) -> None:
    for handle in handles:
        handle.remove()
