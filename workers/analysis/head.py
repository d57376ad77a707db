# ruff: noqa: F722  jaxtyping writes shapes as strings
"""The language model's head in pieces: logits never stand as one [tokens, vocabulary] tensor.

With 262,144 tokens in the vocabulary the logits of one batch take more memory than the model. Here
a chunk of positions is projected, its loss and its gradient are taken, and it is gone.
Shapes: B batch, T tokens, N positions that predict a token, D residual, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import PreTrainedModel

from workers.analysis import rope
from workers.analysis.batches import Batch
from workers.analysis.products import linear

LOGITS_PER_CHUNK = 1 << 25
"""Cells of one chunk of logits: 128 MiB in float32."""


_LIFT = 64.0
"""A power of two, which costs no digit: probabilities from 1e-9 on are float16 numbers then; divided by the tokens of
a batch of 1,000 they would be from 6e-5 on."""


class Targets(NamedTuple):
    """The positions of a batch that predict a real token."""

    hidden: Float[Tensor, "N D"]
    token_ids: Int[Tensor, " N"]


def hidden_states(model: PreTrainedModel, batch: Batch) -> Float[Tensor, "B T D"]:
    """Residual stream after the final norm, right before the head; a sample's own does not depend on the others."""
    device = model.get_input_embeddings().weight.device
    with rope.by_sample(model, batch.lengths.tolist()):
        return model.base_model(input_ids=batch.token_ids.to(device), use_cache=False).last_hidden_state


def targets(hidden_BTD: Float[Tensor, "B T D"], batch: Batch) -> Targets:
    """Hidden states that predict a real token, and that token: padding and last tokens left out."""
    n_steps = batch.token_ids.shape[1] - 1
    real_BT = torch.arange(1, n_steps + 1) < batch.lengths[:, None]
    hidden_ND = hidden_BTD[:, :-1][real_BT.to(hidden_BTD.device)]
    return Targets(hidden_ND, batch.token_ids[:, 1:][real_BT].to(hidden_BTD.device))


def logits(model: PreTrainedModel, hidden_ND: Float[Tensor, "N D"]) -> Float[Tensor, "N V"]:
    """Next-token logits in float32, soft-capped where the model does so (Gemma 2)."""
    head = model.get_output_embeddings()
    raw_NV = linear(hidden_ND.to(head.weight.device), head.weight, head.bias).float()
    cap = soft_cap(model)
    return raw_NV if cap is None else raw_NV.div_(cap).tanh_().mul_(cap)


def soft_cap(model: PreTrainedModel) -> float | None:
    """Bound of the logits, `cap * tanh(raw / cap)`; None for most models."""
    return getattr(model.config, "final_logit_softcapping", None)


def chunks(model: PreTrainedModel, n_positions: int) -> Iterator[slice]:
    """Slices over the positions, each of `LOGITS_PER_CHUNK` logits at most (but one position)."""
    rows = max(1, LOGITS_PER_CHUNK // model.get_output_embeddings().weight.shape[0])
    return (slice(start, start + rows) for start in range(0, n_positions, rows))


@torch.no_grad()
def negative_log_likelihood(model: PreTrainedModel, found: Targets) -> float:
    """Summed NLL of the targets in nats, accumulated in float64; infinite or NaN comes out as such."""
    return float(losses(model, found).sum())


@torch.no_grad()
def losses(model: PreTrainedModel, found: Targets) -> Float[Tensor, " N"]:
    """NLL of each target in nats, float64 on the CPU; infinite or NaN comes out as such."""
    parts = [torch.zeros(0, dtype=torch.float64)]
    for chunk in chunks(model, len(found.token_ids)):
        logits_NV = logits(model, found.hidden[chunk])
        targets_N = found.token_ids[chunk].to(logits_NV.device)
        chosen_N = logits_NV.gather(1, targets_N[:, None])[:, 0]
        parts.append((torch.logsumexp(logits_NV, dim=1) - chosen_N).double().cpu())
    return torch.cat(parts)


@torch.no_grad()
def loss_gradient(
    model: PreTrainedModel,
    found: Targets,
    weight_gradient_VD: Float[Tensor, "V D"] | None,
    *,
    n_tokens: int | None = None,
) -> tuple[float, Float[Tensor, "N D"]]:
    """Mean-token loss and its gradient with respect to the hidden states, chunk by chunk.

    The head weight's own gradient is added to the float32 `weight_gradient_VD` where one is given.
    `n_tokens`: what both are divided by, when these targets are a part of a larger batch.
    Derivative by hand (softmax minus one-hot), so that no graph keeps the logits.
    """
    weight_VD = model.get_output_embeddings().weight
    of_hidden_ND, nll, cap = torch.empty_like(found.hidden), 0.0, soft_cap(model)
    n_tokens = n_tokens or len(found.token_ids)
    for chunk in chunks(model, len(found.token_ids)):
        logits_NV = logits(model, found.hidden[chunk])
        targets_N = found.token_ids[chunk].to(logits_NV.device)
        slope_NV = 1.0 if cap is None else 1 - (logits_NV / cap).square()
        nll += _to_loss_gradient(logits_NV, targets_N)
        raw_NV = logits_NV.mul_(slope_NV) if cap else logits_NV
        hidden_ND = found.hidden[chunk].to(raw_NV.device)
        if weight_VD.dtype is torch.float16:
            product_ND = _lifted_product(raw_NV, weight_VD).div_(n_tokens)
            raw_NV, hidden_ND = raw_NV.div_(n_tokens), hidden_ND.float()
        else:
            raw_NV = raw_NV.div_(n_tokens).to(weight_VD.dtype)
            product_ND = linear(raw_NV, weight_VD.t())
        of_hidden_ND[chunk] = product_ND.to(of_hidden_ND.device)
        if weight_gradient_VD is not None:
            _add_product(weight_gradient_VD, raw_NV.t(), hidden_ND)
    return nll / n_tokens, of_hidden_ND


def _to_loss_gradient(logits_NV: Tensor, targets_N: Tensor) -> float:
    """Turn logits in place into the gradient of their summed NLL; gives that NLL."""
    normaliser_N1 = torch.logsumexp(logits_NV, dim=1, keepdim=True)
    chosen_N1 = logits_NV.gather(1, targets_N[:, None])
    logits_NV.sub_(normaliser_N1).exp_()
    logits_NV.scatter_add_(1, targets_N[:, None], torch.full_like(chosen_N1, -1.0))
    return float((normaliser_N1 - chosen_N1).double().sum())


def _lifted_product(raw_NV: Float[Tensor, "N V"], weight_VD: Float[Tensor, "V D"]) -> Float[Tensor, "N D"]:
    """`raw @ weight` in float16, as float32: the small probabilities of a large vocabulary do not vanish on the way.

    Together they weigh a lot: without them all hidden states are pushed towards the mean row of the head.
    """
    return linear((raw_NV * _LIFT).to(weight_VD.dtype), weight_VD.t()).float().div_(_LIFT)


def _add_product(total: Tensor, left: Tensor, right: Tensor) -> None:
    """`total += left @ right` in float32, without a temporary where the dtypes allow it."""
    if left.dtype == total.dtype:
        total.addmm_(left, right)
    else:
        total.add_(left @ right)
