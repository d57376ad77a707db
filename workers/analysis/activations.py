# ruff: noqa: F722  jaxtyping writes shapes as strings
"""Mean neuron activation of sentences (paper B, Eq. 5). Knows models, no languages.

Neurons are the inputs of the down projections. Shapes: S samples, B samples of a batch, T tokens,
L layers, N neurons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from transformers import PreTrainedModel

from workers.analysis import head
from workers.analysis.batches import Batch, Track, bucketed, one_by_one, require_context, untracked
from workers.analysis.errors import AnalysisError
from workers.analysis.products import fast_linear


@torch.no_grad()
def sentence_activations(
    model: PreTrainedModel,
    down_projections: Sequence[nn.Module],
    samples: Sequence[Sequence[int]],
    *,
    max_tokens_per_batch: int = 1024,
    track: Track = untracked,
) -> Float[Tensor, "S L N"]:
    """Mean over each sample's own tokens of every layer's neurons (Eq. 5), not normalised, on the CPU.

    `down_projections`: one module per layer (`Family.down_projections`). A sample's row does not
    depend on its batch: padding is left out, and comes after every real token. The LM head does
    not run. Beside one batch only the result is held, S x L x N float32: 141 MB for 100 sentences of
    a 7B model (32 layers of 11,008 neurons), whatever the number of languages, read one by one.
    Raises `AnalysisError`: `no_tokens` (naming the empty samples), `too_long`.
    """
    empty = [index for index, sample in enumerate(samples) if not sample]
    if empty or not samples:
        raise AnalysisError("no_tokens", f"samples without tokens: {empty or 'all'}", hint="Leave empty lines out.")
    require_context(model, samples)
    batches = bucketed(samples, max_tokens_per_batch=max_tokens_per_batch)
    found_SLN = torch.empty(0)
    with fast_linear(model):
        for batch in track(batches, len(batches), "batches"):
            means_BLN = _batch_activations(model, down_projections, batch)
            if not len(found_SLN):
                found_SLN = means_BLN.new_empty(len(samples), *means_BLN.shape[1:])
            found_SLN[batch.indices] = means_BLN
    return found_SLN


def _batch_activations(
    model: PreTrainedModel, down_projections: Sequence[nn.Module], batch: Batch
) -> Float[Tensor, "B L N"]:
    means_BLN = _means(model, down_projections, batch)
    if len(batch.lengths) == 1 or bool(torch.isfinite(means_BLN).all()):
        return means_BLN
    # Zero times an infinite padding token is NaN: alone, a sentence has no padding, and what is broken stays so.
    return torch.cat([_means(model, down_projections, alone) for alone in one_by_one(batch)])


def _means(model: PreTrainedModel, down_projections: Sequence[nn.Module], batch: Batch) -> Float[Tensor, "B L N"]:
    means: list[Tensor] = []
    with _watched(down_projections, _shares(batch), means):
        head.hidden_states(model, batch)
    return torch.stack([mean_BN.cpu() for mean_BN in means], dim=1)


def _shares(batch: Batch) -> Float[Tensor, "B T"]:
    """What each token adds to its sample's mean: 1 / length; 0 for padding."""
    real_BT = torch.arange(batch.token_ids.shape[1]) < batch.lengths[:, None]
    return real_BT / batch.lengths[:, None]


@contextmanager
def _watched(modules: Sequence[nn.Module], shares_BT: Tensor, means: list[Tensor]) -> Iterator[None]:
    """Within the block, every module's input is averaged into `means`, in the order of running."""
    handles: list[RemovableHandle] = []
    try:
        keep = partial(_keep_means, shares_BT, means)
        handles.extend(module.register_forward_pre_hook(keep) for module in modules)
        yield
    finally:
        # A hook left behind would read the next job's batches. A stop that cuts this short comes only once: then again.
        try:
            _remove(handles)
        except BaseException:
            _remove(handles)
            raise


def _remove(handles: Sequence[RemovableHandle]) -> None:
    for handle in handles:
        handle.remove()


def _keep_means(shares_BT: Tensor, means: list[Tensor], module: nn.Module, inputs: tuple[Any, ...]) -> None:
    """Forward pre-hook: token means of each sample's real tokens, in float32; one product for all samples."""
    del module
    neurons_BTN = inputs[0]
    means.append(torch.bmm(shares_BT.to(neurons_BTN.device)[:, None], neurons_BTN.float())[:, 0])
