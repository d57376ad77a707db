"""What the trainings of Tables 2 and 6 and of Figure 5 share: one request, and reading its evaluations."""

from __future__ import annotations

import math

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


class Trained(Cells):
    """Perplexities of training runs: one seed has no interval, so what training did is undecided."""

    def __init__(self, n_vocabulary: int) -> None:
        super().__init__()
        self._n_vocabulary = n_vocabulary

    def add_value(self, labels: Labels, column: str, perplexity: float | None, *, trained: bool) -> None:
        """One perplexity; None: not measured yet. Before training, beyond the vocabulary is lost, whatever the seed."""
        if perplexity is None:
            return
        self.series.setdefault(labels, {})[column] = perplexity
        beyond = lost(perplexity, self._n_vocabulary)
        if beyond:
            self.printed[labels, column] = beyond
        before = LOST_ESTIMATE if beyond or perplexity == math.inf else Estimate(math.nan)
        self.estimates[labels, column] = Estimate(math.nan, reason=ONE_SEED) if trained else before
