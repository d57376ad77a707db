"""Importance of every parameter, |theta * g| (paper A, Eq. 4). Knows models and views, no disk, no queue.

One backward pass per batch; each gradient is consumed and freed as soon as it is whole, so the peak
is weights + one float32 total + the gradient of one parameter (+ the activations of a batch).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.utils.hooks import RemovableHandle
from transformers import PreTrainedModel

from workers.analysis import head
from workers.analysis.batches import Batch, Track, bucketed, require_context, untracked
from workers.analysis.errors import AnalysisError
from workers.analysis.gradients import MODES, GradientTotals
from workers.analysis.products import fast_linear
from workers.families.base import View


class Scores(NamedTuple):
    """Importance of the parameters of every view asked for."""

    scores: dict[str, Tensor]
    """By view name: canonical shape, float32, contiguous, on the CPU, none below 0."""
    n_samples: int
    """Samples that have a token to predict."""
    n_tokens: int
    """Predicted tokens: those that carry a loss."""
    mean_loss: float
    """Per token over all samples, in nats."""


def score(
    model: PreTrainedModel,
    views: Sequence[View],
    samples: Sequence[Sequence[int]],
    *,
    mode: str,
    max_tokens_per_batch: int = 1024,
    track: Track = untracked,
) -> Scores:
    """I = |theta * g| of every parameter behind `views` (paper A, Eq. 4), the weights held still.

    `abs_of_sum`: |theta * sum over batches of g|, the sum signed. `sum_of_abs`: sum over batches of
    |theta * g|. In both, g is the gradient of the *mean-token loss of one batch*, so every batch
    weighs the same, as in the authors' code, whatever its number of tokens; which samples share a
    batch follows from `samples` and `max_tokens_per_batch` alone (`batches.bucketed`).
    The model must be in eval mode and is left as it was. Raises `AnalysisError`: `not_finite`
    (weights, loss or scores), `no_tokens`, `too_long`, `unknown_mode`.
    """
    if mode not in MODES:
        raise AnalysisError("unknown_mode", f"mode {mode!r}", hint=f"Accepted: {', '.join(MODES)}.")
    require_context(model, samples)
    require_finite_weights(model)
    batches = bucketed([sample for sample in samples if len(sample) > 1], max_tokens_per_batch=max_tokens_per_batch)
    if not batches:
        raise AnalysisError("no_tokens", "no sample has a token to predict", hint="Give samples of two tokens or more.")
    parameters = {name: p for name, p in model.named_parameters() if name in {view.tensor for view in views}}
    totals = GradientTotals(parameters.values(), mode=mode, head=model.get_output_embeddings().weight)
    with _gradients_to(totals, model, parameters.values()), fast_linear(model):
        losses = [_add_batch(model, batch, totals) for batch in track(batches, len(batches), "batches")]
    n_tokens = [int((batch.lengths - 1).sum()) for batch in batches]
    mean_loss = sum(loss * n for loss, n in zip(losses, n_tokens, strict=True)) / sum(n_tokens)
    return Scores(_canonical(totals, parameters, views), sum(len(b.lengths) for b in batches), sum(n_tokens), mean_loss)


def require_finite_weights(model: PreTrainedModel) -> None:
    """Raise `AnalysisError("not_finite")` naming the first parameter that holds NaN or infinity."""
    for name, parameter in model.named_parameters():
        _require_finite(parameter.detach(), f"the weights of {name}")


def _add_batch(model: PreTrainedModel, batch: Batch, totals: GradientTotals) -> float:
    """Mean-token loss of the batch; its gradients go to `totals`."""
    hidden_BTD = head.hidden_states(model, batch.token_ids)
    found = head.targets(hidden_BTD, batch)
    loss, gradient_ND = head.loss_gradient(model, found, totals.parts(model.get_output_embeddings().weight))
    if not math.isfinite(loss):
        raise AnalysisError(
            "not_finite", f"the loss of a batch is {loss}", hint="Open the model in float32 or check its weights."
        )
    if found.hidden.requires_grad:
        found.hidden.backward(gradient_ND)
    totals.end_batch()
    return loss


@contextmanager
def _gradients_to(totals: GradientTotals, model: PreTrainedModel, asked: Iterable[Parameter]) -> Iterator[None]:
    """Only the parameters asked for get gradients, and `totals` takes them; undone at the end."""
    before = {p: (p.requires_grad, p.grad) for p in model.parameters()}
    handles: list[RemovableHandle] = []
    try:
        for parameter in before:
            parameter.grad = None
            parameter.requires_grad_(False)
        for parameter in asked:
            parameter.requires_grad_(True)
            handles.append(parameter.register_post_accumulate_grad_hook(totals.take))
        with torch.enable_grad():
            yield
    finally:
        # A hook left behind would eat the next job's gradients.
        # A stop that cuts this short comes only once: then again.
        try:
            _undo(handles, before)
        except BaseException:
            _undo(handles, before)
            raise


def _undo(handles: Iterable[RemovableHandle], before: Mapping[Parameter, tuple[bool, Tensor | None]]) -> None:
    for handle in handles:
        handle.remove()
    for parameter, (required, gradient) in before.items():
        parameter.requires_grad_(required)
        parameter.grad = gradient


def _canonical(totals: GradientTotals, parameters: Mapping[str, Parameter], views: Sequence[View]) -> dict[str, Tensor]:
    """Stored totals seen through the views: fused tensors become several matrices, each its own memory."""
    n_views = Counter(view.tensor for view in views)
    stored = {name: totals.pop(parameter).cpu() for name, parameter in parameters.items()}
    scores = {}
    for view in views:
        matrix = view.canonical(stored[view.tensor])
        scores[view.name] = (
            matrix.clone(memory_format=torch.contiguous_format) if n_views[view.tensor] > 1 else matrix.contiguous()
        )
        _require_finite(scores[view.name], f"the importance of {view.name}")
    return scores


def _require_finite(tensor: Tensor, what: str) -> None:
    if tensor.numel() and not all(bool(torch.isfinite(end)) for end in torch.aminmax(tensor)):
        raise AnalysisError(
            "not_finite",
            f"{what} hold NaN or infinity",
            hint="Open the model in float32, or check that its files are whole.",
        )
