"""Importance of every parameter (paper A, Eq. 4, and the estimators beside it). No disk, no queue.

One pass over the text, whatever is asked of it: scores, scores of the first n samples, sums that another
worker's are added to. Memory: weights, the estimator's sums (one float32 copy of the scored parameters for
`taylor` and `fisher`, two for `second_order`, none to speak of for `wanda` and `magnitude`), the gradient of
one parameter, and the activations of a batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from transformers import PreTrainedModel

from workers.analysis.batches import Batch, Track, require_context, untracked
from workers.analysis.blocks import Block, blocks, steps
from workers.analysis.errors import AnalysisError
from workers.analysis.estimators import Estimator, estimator_of
from workers.analysis.gradients import GradientSums
from workers.analysis.inputs import InputSums
from workers.analysis.products import fast_linear
from workers.families.base import View


class Scores(NamedTuple):
    """Importance of the parameters of every view asked for."""

    scores: dict[str, Tensor]
    """By view name: canonical shape, float32, contiguous, on the CPU, none below 0."""
    n_samples: int
    """Samples that have a token to predict; 0 where no text is read."""
    n_tokens: int
    """Predicted tokens: those that carry a loss."""
    mean_loss: float | None
    """Per token over all samples, in nats; None for an estimator that computes none."""


class _Adder(Protocol):
    """What an estimator's sums offer: `GradientSums`, `InputSums`."""

    n_bytes: int

    def listening(self, model: PreTrainedModel) -> AbstractContextManager[None]: ...
    def add(self, model: PreTrainedModel, batch: Batch, *, room_bytes: int | None) -> float | None: ...
    def parts(self, view: View) -> dict[str, Tensor]: ...
    def clear(self) -> None: ...
    def drop(self, tensor: str) -> None: ...


class Added:
    """What was added up so far, and the scores that follow from it."""

    def __init__(self, model: PreTrainedModel, views: Sequence[View], estimator: Estimator) -> None:
        self.views = tuple(views)
        asked = {view.tensor for view in views}
        self._parameters = {name: p for name, p in model.named_parameters() if name in asked}
        self._estimator = estimator
        self.adder: _Adder | None = None
        if estimator.reads == "backward":
            head_weight = model.get_output_embeddings().weight
            self.adder = GradientSums(self._parameters, parts=estimator.parts, head_weight=head_weight)  # type: ignore[assignment]
        elif estimator.reads == "forward":
            self.adder = InputSums(model, self._parameters)
        self.clear()

    def clear(self) -> None:
        """Start from nothing again."""
        self.n_samples, self.n_tokens, self.summed_loss = 0, 0, 0.0
        if self.adder:
            self.adder.clear()

    def sums(self, view: View) -> dict[str, Tensor]:
        """What the estimator adds, in the view's canonical shape or broadcastable to it; memory shared."""
        return self.adder.parts(view) if self.adder else {}

    def scores(self, view: View) -> Tensor:
        """Importance of one matrix: canonical shape, float32, contiguous, on the CPU, memory of its own.

        Raises `AnalysisError`: `no_tokens`, `not_finite`.
        """
        if self.adder and not self.n_samples:
            raise AnalysisError(
                "no_tokens", "no sample has a token to predict", hint="Give samples of two tokens or more."
            )
        weights = view.canonical(self._parameters[view.tensor].detach())
        found = self._estimator.finish(weights, self.sums(view)).cpu()
        require_finite(found, f"the importance of {view.name}")
        return found

    def drop(self, tensor: str) -> None:
        """Free the sums of one parameter; its scores were taken."""
        if self.adder:
            self.adder.drop(tensor)

    @property
    def mean_loss(self) -> float | None:
        """Per token, in nats."""
        return self.summed_loss / self.n_tokens if self._estimator.reads == "backward" and self.n_tokens else None

    def count(self, batch: Batch, loss: float | None) -> None:
        """One batch more was added; `loss` is its mean over tokens."""
        n_tokens = int((batch.lengths - 1).sum())
        self.n_samples += len(batch.lengths)
        self.n_tokens += n_tokens
        self.summed_loss += (loss or 0.0) * n_tokens


AtCut = Callable[[int, Added], None]
"""`at_cut(n, added)`: the first n samples are in, as far as the chosen blocks reach."""


def _pass_on(n_samples: int, added: Added) -> None:
    del n_samples, added


def accumulate(
    model: PreTrainedModel,
    views: Sequence[View],
    samples: Iterable[Sequence[int]],
    *,
    estimator: Estimator,
    chosen: Sequence[Block],
    at_cut: AtCut = _pass_on,
    max_tokens_per_batch: int = 1024,
    free_bytes: int | None = None,
    track: Track = untracked,
) -> Added:
    """Add up what `estimator` needs over the `chosen` blocks of `samples` (a stream from the first of them on).

    Every batch weighs the same, as in the authors' code, whatever its number of tokens; which samples share a
    batch follows from the blocks and `max_tokens_per_batch` alone. `at_cut` is called at every snapshot and at the
    end. `free_bytes` of the device, where told, decides when layers are computed twice instead of kept.
    The model must be in eval mode and is left as it was. Raises `AnalysisError`: `not_finite` (weights, loss),
    `too_long`, `too_few_samples`.
    """
    require_finite_weights(model)
    added = Added(model, views, estimator)
    if added.adder is None:
        for count in dict.fromkeys(block.counts_to for block in chosen):
            at_cut(count, added)
        return added
    room = None if free_bytes is None else free_bytes - added.adder.n_bytes - _largest_gradient(model)
    todo = steps(_fitting(model, samples), chosen, max_tokens_per_batch=max_tokens_per_batch)
    with added.adder.listening(model), fast_linear(model):
        for step in track(todo, sum(block.stop - block.start for block in chosen), "samples"):
            if step.batch is not None:
                added.count(step.batch, added.adder.add(model, step.batch, room_bytes=room))
            if step.cut is not None:
                at_cut(step.cut, added)
    return added


def score(
    model: PreTrainedModel,
    views: Sequence[View],
    samples: Sequence[Sequence[int]],
    *,
    estimator: str = "taylor",
    mode: str = "abs_of_sum",
    max_tokens_per_batch: int = 1024,
    free_bytes: int | None = None,
    track: Track = untracked,
) -> Scores:
    """Importance of every parameter behind `views`, the weights held still.

    `estimator`: `taylor` (paper A, Eq. 4; `mode` `abs_of_sum`: |theta * sum over batches of g|, the sum signed,
    or `sum_of_abs`: sum over batches of |theta * g|), `magnitude`, `fisher`, `second_order`, `wanda`
    (`estimators` has their formulas). g is the gradient of the *mean-token loss of one batch*. Raises
    `AnalysisError`: `not_finite` (weights, loss or scores), `no_samples`, `no_tokens`, `too_long`,
    `unknown_estimator`, `unknown_mode`.
    """
    chosen = estimator_of(estimator, mode)
    whole = blocks(len(samples)) if chosen.reads != "nothing" else []
    added = accumulate(
        model,
        views,
        samples,
        estimator=chosen,
        chosen=whole,
        max_tokens_per_batch=max_tokens_per_batch,
        free_bytes=free_bytes,
        track=track,
    )
    return Scores(dict(_taken(added, views)), added.n_samples, added.n_tokens, added.mean_loss)


def require_finite_weights(model: PreTrainedModel) -> None:
    """Raise `AnalysisError("not_finite")` naming the first parameter that holds NaN or infinity."""
    for name, parameter in model.named_parameters():
        require_finite(parameter.detach(), f"the weights of {name}")


def require_finite(tensor: Tensor, what: str) -> None:
    """Raise `AnalysisError("not_finite")` when a cell is NaN or infinite."""
    if tensor.numel() and not all(bool(torch.isfinite(end)) for end in torch.aminmax(tensor)):
        raise AnalysisError(
            "not_finite",
            f"{what} hold NaN or infinity",
            hint="Open the model in float32, or check that its files are whole.",
        )


def _taken(added: Added, views: Sequence[View]) -> Iterator[tuple[str, Tensor]]:
    """Scores by name; the sums are freed behind them, so that both never stand whole side by side."""
    waiting = Counter(view.tensor for view in views)
    for view in views:
        yield view.name, added.scores(view)
        waiting[view.tensor] -= 1
        if not waiting[view.tensor]:
            added.drop(view.tensor)


def _fitting(model: PreTrainedModel, samples: Iterable[Sequence[int]]) -> Iterator[Sequence[int]]:
    for sample in samples:
        require_context(model, [sample])
        yield sample


def _largest_gradient(model: PreTrainedModel) -> int:
    return max(parameter.nbytes for parameter in model.parameters())
