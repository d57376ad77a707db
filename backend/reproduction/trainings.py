"""What the trainings of Tables 2 and 6 and of Figure 5 share: one request, and reading its evaluations."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from backend.contracts.perplexity_words import lost
from backend.contracts.requests import Optimizer, TrainingRequest
from backend.contracts.results import Manifest, TrainingSummary
from backend.contracts.training import TrainingEvaluation
from backend.contracts.verdicts import LOST_ESTIMATE, Estimate
from backend.reproduction.blocks import Cells, Labels, finite
from backend.reproduction.setting import Setting

BATCH_SIZE = 8
LEAST_SEEDS = 3
ONE_SEED = "one seed"


def training(
    setting: Setting, language: str, others: tuple[str, ...], *, learning_rate: float, **changes: object
) -> TrainingRequest:
    """Train on one language, measure it and others."""
    n_samples = setting.conditions.training_samples or 1
    asked = {
        "model": setting.conditions.model,
        "dtype": setting.conditions.dtype,
        "language": language,
        "lines": setting.training_lines(),
        "n_samples": n_samples,
        "evaluation": setting.evaluation(tuple(dict.fromkeys((language, *others)))),
        "batch_size": BATCH_SIZE,
        "optimizer": Optimizer(learning_rate=learning_rate),
    }
    return TrainingRequest.model_validate(asked | changes)


def _evaluations(stored: Manifest | None) -> tuple[TrainingEvaluation, ...]:
    return stored.summary.evaluations if stored and isinstance(stored.summary, TrainingSummary) else ()


def at(stored: Manifest | None, language: str, n_samples: int) -> float | None:
    """After so many samples: the first evaluation that is not earlier."""
    found = [one for one in _evaluations(stored) if one.n_samples >= n_samples and language in one.perplexity]
    return finite(found[0].perplexity[language]) if found else None


def last(stored: Manifest | None, language: str) -> float | None:
    """At the end."""
    evaluations = _evaluations(stored)
    return finite(evaluations[-1].perplexity[language]) if evaluations else None


def seeds_told(setting: Setting) -> str:
    """How many trainings of each kind there are, and what that decides."""
    n = setting.conditions.training_seeds
    decides = "" if n >= LEAST_SEEDS else f": what training did is undecided; --training-seeds {LEAST_SEEDS} decides it"
    return f"Training seeds: {n}{decides}."


def of_seed(name: str, seed: int) -> str:
    """Name of the step: the first seed has the plain one."""
    return f"{name}, seed {seed}" if seed else name


class Trained(Cells):
    """Perplexities of training runs: one seed has no interval, so what training did is undecided."""

    def __init__(self, n_vocabulary: int) -> None:
        super().__init__()
        self._n_vocabulary = n_vocabulary
        self.seeds: dict[tuple[Labels, str], tuple[float, ...]] = {}

    def add_before(self, labels: Labels, column: str, perplexity: float | None, *, n_seeds: int = 0) -> None:
        """Of an untrained model, whatever the seed; `n_seeds`: to be held against that many trained ones."""
        if perplexity is None:
            return
        value = self._add(labels, column, [perplexity])[0]
        self.estimates[labels, column] = LOST_ESTIMATE if value == math.inf else Estimate(math.nan)
        if n_seeds:
            self.seeds[labels, column] = (value,) * n_seeds

    def add_trained(self, labels: Labels, column: str, perplexities: Sequence[float | None]) -> None:
        """One of each seed; the median is shown. Nothing before all are measured."""
        found = [one for one in perplexities if one is not None]
        if len(found) == len(perplexities):
            self.seeds[labels, column] = self._add(labels, column, found)
            self.estimates[labels, column] = Estimate(math.nan, reason=ONE_SEED)

    def _add(self, labels: Labels, column: str, values: Sequence[float]) -> tuple[float, ...]:
        shown = statistics.median(values)
        self.series.setdefault(labels, {})[column] = shown
        if beyond := lost(shown, self._n_vocabulary):
            self.printed[labels, column] = beyond
        return tuple(math.inf if one > self._n_vocabulary else one for one in values)
