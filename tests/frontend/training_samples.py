"""Training runs with known curves."""

from __future__ import annotations

from datetime import UTC, datetime

from backend.contracts.requests import EvaluationSpec, Hold, Lines, Optimizer, TrainingRequest
from backend.contracts.results import TrainingSummary
from backend.contracts.training import Checkpoint, TrainingCurve, TrainingEvaluation, TrainingStep
from tests.frontend.dimension_samples import REGION
from tests.frontend.fake_api import MODEL

EVALUATION = EvaluationSpec(lines=Lines(start=60, stop=100), languages=("ar", "zh", "en"))
FREE = TrainingRequest(
    model=MODEL, language="ar", n_samples=100, evaluation=EVALUATION, evaluate_at=(50,),
    optimizer=Optimizer(learning_rate=5e-5),
)  # fmt: skip
FROZEN = FREE.model_copy(update={"hold": Hold(region=REGION)})
SOURCE = "/data/training/k/checkpoints/100"


def curve(*, worse: float = 1.0) -> TrainingCurve:
    """Ten steps; Arabic falls, English rises by `worse`, Chinese becomes infinite."""
    steps = tuple(
        TrainingStep(step=n, n_samples=10 * n, loss=3.0 - 0.1 * n, learning_rate=5e-5, gradient_norm=1.0)
        for n in range(1, 11)
    )
    evaluations = tuple(
        TrainingEvaluation(
            n_samples=samples,
            perplexity={"ar": 20.0 - samples / 10, "en": 10.0 + worse * samples, "zh": None if samples else 9.0},
            bits_per_byte={"ar": 1.0, "en": 1.0, "zh": None},
        )
        for samples in (0, 50, 100)
    )
    return TrainingCurve(steps=steps, evaluations=evaluations, checkpoints=(checkpoint(),))


def checkpoint() -> Checkpoint:
    return Checkpoint(
        n_samples=100, name="100", source=SOURCE, size_bytes=10**9, saved_at=datetime(2026, 1, 5, 12, tzinfo=UTC)
    )


def summary(*, n_held: int = 0) -> TrainingSummary:
    return TrainingSummary(
        n_steps=10, n_samples=100, n_tokens=4000, seconds=20.0, seconds_per_step=2.0,
        evaluations=curve().evaluations, checkpoints=(checkpoint(),), final_loss=2.0, n_removed=0, n_held=n_held,
        held_identical=True if n_held else None, n_resumed=0,
    )  # fmt: skip
