"""Which samples a training step takes, and at which learning rate: functions of the step alone.

Nothing here remembers anything, so that a training that goes on after a kill takes the same steps.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.analysis.errors import AnalysisError


class Recipe(NamedTuple):
    """How a model is trained. Weight decay is decoupled (theta -= lr * wd * theta), for norms and biases too."""

    n_samples: int
    """Samples seen at the end; more than there are means several passes."""
    batch_size: int = 8
    """Samples of one optimizer step; the last step takes what is left."""
    micro_batch_size: int | None = None
    """Samples of one backward pass; None: as many as fit into `max_tokens_per_pass`."""
    max_tokens_per_pass: int = 1024
    """Padding counted. What a step computes does not depend on it, but for rounding."""
    learning_rate: float = 1e-5
    cosine: bool = True
    """Down to `final_share` of the learning rate; else it stays."""
    warmup_share: float = 0.05
    final_share: float = 0.0
    weight_decay: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.95
    epsilon: float = 1e-8
    max_gradient_norm: float | None = 1.0
    seed: int = 0
    gradient_checkpointing: bool = False

    @property
    def n_steps(self) -> int:
        """Optimizer steps in all."""
        return math.ceil(self.n_samples / self.batch_size)

    def n_seen(self, n_steps: int) -> int:
        """Samples seen after so many steps."""
        return min(n_steps * self.batch_size, self.n_samples)


def learning_rate(recipe: Recipe, step: int) -> float:
    """Learning rate of step `step`, counted from 0.

    Rises linearly over the first `warmup_share` of the steps, whose last one has the full rate; then
    half a cosine towards `final_share`, which the step after the last would have.
    """
    n_warmup = math.ceil(recipe.warmup_share * recipe.n_steps)
    if step < n_warmup:
        return recipe.learning_rate * (step + 1) / n_warmup
    if not recipe.cosine:
        return recipe.learning_rate
    share_done = (step - n_warmup) / (recipe.n_steps - n_warmup)
    falling = (1 + math.cos(math.pi * share_done)) / 2
    return recipe.learning_rate * (recipe.final_share + (1 - recipe.final_share) * falling)


def batch_indices(recipe: Recipe, step: int, *, n_there: int) -> list[int]:
    """Which of the `n_there` samples step `step` takes: each pass is all of them, in an order of its own."""
    if n_there < 1:
        raise AnalysisError("no_samples", "there is no sample to train on", hint="Give at least one line of text.")
    positions = range(recipe.n_seen(step), recipe.n_seen(step + 1))
    return [int(_order(recipe.seed, position // n_there, n_there)[position % n_there]) for position in positions]


@lru_cache(maxsize=2)
def _order(seed: int, n_passed: int, n_there: int) -> NDArray[np.int64]:
    """Order of the samples in one pass: a function of its arguments on every machine."""
    return np.random.default_rng([seed, n_passed]).permutation(n_there)
