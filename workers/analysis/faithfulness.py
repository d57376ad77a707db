"""Eq. 2 of paper A itself: the loss with one parameter set to zero against the loss without (docs/protocol.md).

Parameters are measured in the order of their layers: what comes before a parameter's layer does not depend on it,
so those layers answer what they answered before instead of computing. Knows models and views, no estimators.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from workers.analysis import head
from workers.analysis.batches import Batch, Track, bucketed, require_context, untracked
from workers.analysis.checkpointing import layers
from workers.analysis.checksum import bits
from workers.analysis.errors import AnalysisError
from workers.analysis.faithfulness_sample import Cell
from workers.analysis.forwards import replaced
from workers.analysis.importance import require_finite_weights
from workers.analysis.products import fast_linear
from workers.analysis.removal import Guard
from workers.families.base import View


class LossChanges(NamedTuple):
    """What zeroing each of some parameters did."""

    changes: list[float]
    """L(parameter zeroed) - L, per token in nats, in the order of the cells; above 0: the loss grew."""
    base_loss: float
    n_tokens: int
    noise_floor: float
    """Largest difference of the unchanged loss between orders of the same sums; smaller changes mean nothing."""


@torch.no_grad()
def loss_changes(
    model: PreTrainedModel,
    views: Sequence[View],
    samples: Sequence[Sequence[int]],
    cells: Sequence[Cell],
    *,
    max_tokens_per_batch: int = 1024,
    guard: Guard = nullcontext,
    track: Track = untracked,
) -> LossChanges:
    """Eq. 2, signed, of every cell: the loss is the mean over all predicted tokens of `samples`.

    One parameter at a time is zero, for a while, then has its bits back, also after any exception. Memory: the
    output of one layer besides a forward pass. Raises `AnalysisError`: `not_finite`, `no_tokens`, `too_long`,
    `unknown_matrix`.
    """
    require_context(model, samples)
    require_finite_weights(model)
    batches = bucketed([sample for sample in samples if len(sample) > 1], max_tokens_per_batch=max_tokens_per_batch)
    if not batches:
        raise AnalysisError("no_tokens", "no sample has a token to predict", hint="Give samples of two tokens or more.")
    places = _places(model, views, cells)
    found = [0.0] * len(cells)
    with fast_linear(model):
        measure = _Measure(model, batches)
        floor = _noise_floor(model, batches, measure.base)
        order = sorted(range(len(cells)), key=lambda number: places[number].entry)
        for number in track(order, len(order), "parameters"):
            measure.enter(places[number].entry)
            with _zero(places[number].cell, guard):
                found[number] = _finite(measure.loss()) - measure.base
    return LossChanges(found, measure.base, sum(int((batch.lengths - 1).sum()) for batch in batches), floor)


class _Place(NamedTuple):
    cell: Tensor
    """The parameter itself: a view of one element."""
    entry: int
    """Layers before this one do not see it."""


class _Measure:
    """The loss over some batches, with the layers before `entry` replayed."""

    def __init__(self, model: PreTrainedModel, batches: Sequence[Batch]) -> None:
        self._model, self._batches, self._layers = model, batches, layers(model)
        self._entry = 0
        self._outputs: list[Any] = [None] * len(batches)
        self._replays = True
        self.base = _finite(self.loss())

    def enter(self, entry: int) -> None:
        """From now on the layers before `entry` answer what they answer now; `entry` never falls.

        Proved at each entry: the loss has the same bits. A model whose layers pass on more than their output
        would not pass; it computes all layers each time.
        """
        if entry == self._entry or not self._replays:
            return
        outputs: list[Any] = []
        handle = self._layers[entry - 1].register_forward_hook(lambda _module, _args, output: outputs.append(output))
        try:
            self.loss()
        finally:
            handle.remove()
        before = self._entry, self._outputs
        self._entry, self._outputs = entry, outputs
        if self.loss() != self.base:
            self._entry, self._outputs = before
            self._replays = False

    def loss(self) -> float:
        """Mean over all predicted tokens, with the weights as they are."""
        nll, n_tokens = 0.0, 0
        for batch, output in zip(self._batches, self._outputs, strict=True):
            with _answering(self._layers[: self._entry], output):
                nll += _nll(self._model, batch)
            n_tokens += int((batch.lengths - 1).sum())
        return nll / n_tokens


@contextmanager
def _answering(replayed: Sequence[nn.Module], output: Any) -> Iterator[None]:
    """Layers give `output` without computing; only the last one's is ever used."""

    def answer(*_: Any, **__: Any) -> Any:
        return output

    with replaced(dict.fromkeys(replayed, answer)):
        yield


def _nll(model: PreTrainedModel, batch: Batch) -> float:
    return head.negative_log_likelihood(model, head.targets(head.hidden_states(model, batch), batch))


def _noise_floor(model: PreTrainedModel, batches: Sequence[Batch], base: float) -> float:
    """The same loss by other sums: every sample on its own, and two by two from the other end."""
    samples = [row[:n].tolist() for batch in batches for row, n in zip(batch.token_ids, batch.lengths, strict=True)]
    alone = [bucketed([sample], max_tokens_per_batch=len(sample))[0] for sample in samples]
    turned = samples[::-1]
    pairs = [bucketed(turned[start : start + 2], max_tokens_per_batch=1 << 62)[0] for start in range(0, len(turned), 2)]
    losses = [_Measure(model, other).base for other in (alone, pairs)]
    return max(abs(base) * torch.finfo(torch.float64).eps, *(abs(loss - base) for loss in losses))


def _places(model: PreTrainedModel, views: Sequence[View], cells: Sequence[Cell]) -> list[_Place]:
    known, parameters = {view.name: view for view in views}, dict(model.named_parameters())
    n_layers, found = len(layers(model)), []
    for cell in cells:
        view = known.get(cell.matrix)
        if view is None:
            raise AnalysisError(
                "unknown_matrix",
                f"the model has no matrix {cell.matrix!r}",
                hint="Score the parameters of this model again.",
            )
        outside = 0 if view.kind.startswith("embed.") else n_layers
        entry = outside if view.layer is None else view.layer
        found.append(_Place(view.cells(parameters[view.tensor], cell.at), entry))
    return found


@contextmanager
def _zero(cell: Tensor, guard: Guard) -> Iterator[None]:
    """The parameter is zero within the block and has the same bits as before after it."""
    there = bits(cell)
    before = there.clone()
    try:
        with guard():
            there.zero_()
        yield
    finally:
        # A stop that comes while the guard is being entered comes only once: then again. In place, not in a function
        # of its own: Python hears a stop when a function is entered, before anything in it can catch it.
        try:
            _put_back(there, before, guard)
        except BaseException:
            _put_back(there, before, guard)
            raise


def _put_back(there: Tensor, before: Tensor, guard: Guard) -> None:
    with guard():
        there.copy_(before)


def _finite(loss: float) -> float:
    if not math.isfinite(loss):
        raise AnalysisError("not_finite", f"the loss is {loss}", hint="Open the model in float32 or check its weights.")
    return loss
