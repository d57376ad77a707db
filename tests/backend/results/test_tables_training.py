from __future__ import annotations

from backend.contracts.perplexity_words import RATIO
from backend.contracts.requests import EvaluationSpec, TrainingRequest
from backend.contracts.results import TrainingSummary
from backend.contracts.training import EvaluationRatio, TrainingEvaluation
from backend.results.perplexity_tables import Unit
from backend.results.tables_training import training


def test_samples_by_languages() -> None:
    evaluations = tuple(
        TrainingEvaluation(n_samples=n, perplexity={"en": 10.0 + n, "zh": None}, bits_per_byte={"en": 1.0, "zh": 2.0})
        for n in (0, 64)
    )
    summary = TrainingSummary(
        n_steps=8, n_samples=64, n_tokens=640, seconds=4, seconds_per_step=0.5, evaluations=evaluations,
        checkpoints=(), final_loss=2.0, n_removed=0, n_held=3, held_identical=True, n_resumed=0,
    )  # fmt: skip
    request = TrainingRequest(model="m", language="zh", evaluation=EvaluationSpec(languages=("zh", "en")))
    table = training(summary, request)
    assert table.columns == ("Training samples", "zh", "en")
    assert table.rows == ((0, None, 10.0), (64, None, 74.0))
    assert training(summary, request, Unit.BITS_PER_BYTE).rows == ((0, 2.0, 1.0), (64, 2.0, 1.0))
    ratio = EvaluationRatio(ratio=7.4, ratio_low=7.1, ratio_high=7.7, resampled="documents")
    last = evaluations[1].model_copy(update={"ratios": {"en": ratio}, "n_vocabulary": 50})
    told = training(summary.model_copy(update={"evaluations": (evaluations[0], last)}), request)
    assert told.columns[3:] == tuple(f"{code} {what}" for code in ("zh", "en") for what in RATIO)
    assert told.rows[0][3:] == (None, None, None, "") * 2
    assert told.rows[1][3:] == (None, None, None, "", 7.4, 7.1, 7.7, "documents")
    assert (str(told.rows[1][2]), told.n_printed) == ("lost, 10¹", 3)
