"""Further pre-training of a model with AdamW, step by step (paper A, Tables 2, 6, Figure 5).

Knows models, views and masks; knows nothing of languages, files or jobs. Float32 as it is; a model in
bfloat16 computes in it and is moved through float32 masters. Nothing is random: dropout is off, and the
order of the samples is a function of the seed and the pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel
from transformers.modeling_layers import GradientCheckpointingLayer

from workers.analysis import head
from workers.analysis.batches import Batch, bucketed, require_context
from workers.analysis.errors import AnalysisError
from workers.analysis.products import fast_linear
from workers.analysis.training_hold import Frozen, Hold, Limited, region_checksum
from workers.analysis.training_memory import (
    Flat,
    flats_of,
    gradient_norm,
    places_of,
    scale_gradients,
    zero_gradients,
)
from workers.analysis.training_plan import Recipe, batch_indices, learning_rate
from workers.families.base import View

BYTES_PER_PARAMETER = 16
"""Float32 weights, gradient and two moments; a model that is not float32 itself adds its own."""
_MOMENTS = ("exp_avg", "exp_avg_sq")


class Step(NamedTuple):
    """What one optimizer step did."""

    step: int
    """Counted from 1."""
    n_samples: int
    """Seen after it."""
    n_tokens: int
    """Tokens of its batch that carry a loss."""
    loss: float
    """Mean over these tokens, in nats, before the step."""
    learning_rate: float
    gradient_norm: float
    """Before clipping; of the parameters that may move."""


class Trainer:
    """Trains `model` in place: the copy given is the trainer's from then on, and is to be saved or thrown away.

    All parameters are trained, embeddings and head included. `samples` are token ids (`BOS + text + EOS`), indexed
    when they are needed, so that they may be made then.
    """

    def __init__(self, model: PreTrainedModel, samples: Sequence[Sequence[int]], recipe: Recipe) -> None:
        if any(parameter.dtype == torch.float16 for parameter in model.parameters()):
            raise AnalysisError(
                "unsupported_dtype",
                "gradients of a float16 model underflow, so it cannot be trained",
                hint="Choose float32 or bfloat16.",
            )
        self.model, self.samples, self.recipe = model.eval(), samples, recipe
        self.n_steps_done = 0
        self._flats = flats_of(model)
        self._optimizer = torch.optim.AdamW(
            [flat.weights for flat in self._flats],
            lr=recipe.learning_rate,
            betas=(recipe.beta1, recipe.beta2),
            eps=recipe.epsilon,
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        self._held: list[tuple[Flat, Tensor]] = []
        self.holding: Hold | None = None
        """What is done to the held region at every step."""
        _spare_memory(model, recompute=recipe.gradient_checkpointing)

    @property
    def n_samples_seen(self) -> int:
        """Samples of all steps done."""
        return self.recipe.n_seen(self.n_steps_done)

    @torch.no_grad()
    def remove(self, views: Sequence[View], masks: Mapping[str, Tensor]) -> int:
        """Set a region to zero; gives the number of its parameters. Before the first step, and before `hold`."""
        n_removed = 0
        for flat in self._flats:
            places = places_of(flat, views, masks)
            flat.weights.data[places] = 0.0
            flat.publish()
            n_removed += len(places)
        return n_removed

    def hold(self, views: Sequence[View], masks: Mapping[str, Tensor], *, factor: float | None = None) -> int:
        """Freeze a region as it is now, or limit its updates by `factor`; gives the number of its parameters."""
        self._held = [(flat, places_of(flat, views, masks)) for flat in self._flats]
        self._held = [(flat, places) for flat, places in self._held if len(places)]
        self.holding = Frozen(self._held) if factor is None else Limited(self._held, factor=factor)
        return sum(len(places) for _, places in self._held)

    def held_checksum(self) -> str:
        """SHA-256 of the bits of the held region."""
        return region_checksum(self._held)

    def step(self) -> Step:
        """One optimizer step over one batch.

        Raises `AnalysisError`: `diverged` (loss or gradient are not finite; the weights stay), `no_tokens`, `too_long`.
        """
        recipe, number = self.recipe, self.n_steps_done
        indices = batch_indices(recipe, number, n_there=len(self.samples))
        rate = learning_rate(recipe, number)
        loss, n_tokens = self._accumulate([self.samples[index] for index in indices])
        if self.holding:
            self.holding.before_step()
        norm = gradient_norm(self._flats)
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise _diverged(number + 1, loss, norm, rate)
        if recipe.max_gradient_norm is not None and norm > recipe.max_gradient_norm:
            scale_gradients(self._flats, recipe.max_gradient_norm / norm)
        self._move(rate)
        self.n_steps_done += 1
        return Step(number + 1, self.n_samples_seen, n_tokens, loss, rate, norm)

    def state(self) -> dict[str, Tensor]:
        """Weights and both moments, float32, by `{what}.{device number}`: the memory itself, not a copy."""
        found = {}
        for number, flat in enumerate(self._flats):
            found[f"weights.{number}"] = flat.weights.detach()
            moments = self._optimizer.state[flat.weights]
            for name in _MOMENTS if moments else ():
                found[f"{name}.{number}"] = moments[name]
        return found

    @torch.no_grad()
    def restore(self, state: Mapping[str, Tensor], *, n_steps_done: int) -> None:
        """Go on where a state was taken; the next step is what it would have been. Call it before `hold`.

        Raises ValueError, before anything is written, for a state of another model or device layout.
        """
        expected = {f"{name}.{number}" for name in self._kept(n_steps_done) for number in range(len(self._flats))}
        sizes = {name: tuple(tensor.shape) for name, tensor in state.items()}
        if not expected <= set(sizes) or any(
            sizes[f"weights.{number}"] != tuple(flat.weights.shape) for number, flat in enumerate(self._flats)
        ):
            raise ValueError(f"the state holds {sizes}, which does not fit the model")
        for number, flat in enumerate(self._flats):
            flat.weights.data.copy_(state[f"weights.{number}"])
            flat.publish()
            if n_steps_done:
                moments = {name: torch.empty_like(flat.weights).copy_(state[f"{name}.{number}"]) for name in _MOMENTS}
                steps = torch.tensor(float(n_steps_done), device=flat.weights.device)
                self._optimizer.state[flat.weights] = {"step": steps, **moments}
        self.n_steps_done = n_steps_done

    @staticmethod
    def _kept(n_steps_done: int) -> tuple[str, ...]:
        return ("weights", *_MOMENTS) if n_steps_done else ("weights",)

    def _accumulate(self, samples: Sequence[Sequence[int]]) -> tuple[float, int]:
        """Mean loss over all tokens of the batch, and their number; the gradient of it is in the flats."""
        require_context(self.model, samples)
        chosen = [sample for sample in samples if len(sample) > 1]
        n_tokens = sum(map(len, chosen)) - len(chosen)
        if not n_tokens:
            raise AnalysisError(
                "no_tokens", "no sample of a batch has a token to predict", hint="Give longer lines, or larger batches."
            )
        zero_gradients(self._flats)
        weight = self.model.get_output_embeddings().weight
        of_head = next(flat.gradient(name) for flat in self._flats for name in flat.places if self._is(name, weight))
        with torch.enable_grad(), fast_linear(self.model):
            loss = math.fsum(self._backward(batch, of_head, n_tokens) for batch in _passes(chosen, self.recipe))
        return loss, n_tokens

    def _backward(self, batch: Batch, of_head: Tensor, n_tokens: int) -> float:
        """One pass: its part of the batch's mean loss, and of its gradient."""
        found = head.targets(head.hidden_states(self.model, batch), batch)
        loss, gradient_ND = head.loss_gradient(self.model, found, of_head, n_tokens=n_tokens)
        found.hidden.backward(gradient_ND)
        return loss

    def _is(self, name: str, parameter: Tensor) -> bool:
        return self.model.get_parameter(name) is parameter

    def _move(self, rate: float) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        if self.holding:
            self.holding.after_step()
        for flat in self._flats:
            flat.publish()


def _passes(samples: Sequence[Sequence[int]], recipe: Recipe) -> Iterator[Batch]:
    """The batch in parts of similar length, each for one backward pass."""
    if recipe.micro_batch_size is None:
        yield from bucketed(samples, max_tokens_per_batch=recipe.max_tokens_per_pass)
        return
    by_length = sorted(samples, key=len, reverse=True)
    for start in range(0, len(by_length), recipe.micro_batch_size):
        part = by_length[start : start + recipe.micro_batch_size]
        yield from bucketed(part, max_tokens_per_batch=len(part) * len(part[0]))


def _spare_memory(model: PreTrainedModel, *, recompute: bool) -> None:
    """Gradients of embeddings hold the rows of the batch only; layers may compute their activations twice."""
    for module in model.modules():
        if isinstance(module, nn.Embedding):
            module.sparse = True
        if recompute and isinstance(module, GradientCheckpointingLayer):
            module.gradient_checkpointing = True
            module._gradient_checkpointing_func = _recomputed
            module.training = True  # the layer's own flag: what is in it stays in eval mode, without dropout


def _recomputed(function: Callable[..., Any], *args: Any) -> Any:
    return checkpoint(function, *args, use_reentrant=False)


def _diverged(step: int, loss: float, norm: float, rate: float) -> AnalysisError:
    what = f"the loss is {loss}" if not math.isfinite(loss) else f"the gradient norm is {norm}"
    return AnalysisError(
        "diverged",
        f"at step {step}, with learning rate {rate:.3g}, {what}",
        hint="Choose a smaller learning rate, a longer warm-up, or a smaller max_gradient_norm; "
        "the last checkpoint is what it was.",
    )
