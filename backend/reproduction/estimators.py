"""Faithfulness: the estimators of importance against Eq. 2 itself. The paper asserts it and prints no number."""

from __future__ import annotations

from backend.contracts.reproduction import Judgement
from backend.contracts.requests import FaithfulnessRequest, Lines, Request, ScoreSpec
from backend.contracts.results import FaithfulnessSummary
from backend.contracts.vocabulary import Estimator, ImportanceMode
from backend.reproduction.blocks import Block, Known
from backend.reproduction.judging import NOTHING_YET, Rule
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

N_SAMPLES, N_PARAMETERS = 16, 200
FAITHFUL = 0.5
STEP = "faithfulness"
TAYLOR = "taylor"
COLUMNS = ("Spearman", "low", "high", "all alike", "all alike low", "all alike high", "seconds")


def _requests(setting: Setting, known: Known) -> dict[str, Request]:
    n_samples = min(N_SAMPLES, setting.samples)
    lines = Lines(corpus=setting.conditions.corpus, start=0, stop=n_samples)
    base = ScoreSpec(model=setting.conditions.model, dtype=setting.conditions.dtype, lines=lines)
    specs = [base, base.model_copy(update={"mode": ImportanceMode.SUM_OF_ABS})]
    specs += [base.model_copy(update={"estimator": one}) for one in Estimator if one is not Estimator.TAYLOR]
    return {
        STEP: FaithfulnessRequest(
            estimators=tuple(specs), language=setting.one("zh"), n_samples=n_samples, n_parameters=N_PARAMETERS
        )
    }


def _measured(setting: Setting, known: Known) -> list[Block]:
    stored = known.get(STEP)
    series: dict[tuple[str, ...], dict[str, float]] = {}
    if stored and isinstance(stored.summary, FaithfulnessSummary):
        uniform = stored.summary.uniform or (None,) * len(stored.summary.estimators)
        for one, alike in zip(stored.summary.estimators, uniform, strict=True):
            cells = {
                "Spearman": one.spearman,
                "low": one.spearman_low,
                "high": one.spearman_high,
                "all alike": alike.spearman if alike else None,
                "all alike low": alike.spearman_low if alike else None,
                "all alike high": alike.spearman_high if alike else None,
                "seconds": one.seconds,
            }
            series[(one.name,)] = {name: value for name, value in cells.items() if value is not None}
    n_lines = min(N_SAMPLES, setting.samples)
    rule = f"{N_PARAMETERS} parameters drawn by rank and {N_PARAMETERS} all alike, the loss of {n_lines} lines"
    return [Block(setting.conditions.model, COLUMNS, series, step=STEP, rule=rule)]


def _faithful(block: Block) -> Judgement:
    found = block.series.get((TAYLOR,), {}).get("Spearman")
    if found is None:
        return NOTHING_YET
    return Judgement(holds=found >= FAITHFUL, evidence=f"{found:.3f}")


FAITHFULNESS = Spec(
    name="faithfulness",
    title="Eq. 4 against Eq. 2",
    question="Does the first-order estimate rank parameters as zeroing them does?",
    labels=("estimator",),
    requests=_requests,
    measured=_measured,
    rules=(
        Rule(
            "Eq. 4 estimates Eq. 2.",
            f"Spearman of taylor with the measured change of the loss is at least {FAITHFUL}",
            _faithful,
        ),
    ),
    stand_ins=lambda setting: (f"Scores and losses are of the same {min(N_SAMPLES, setting.samples)} lines.",),
    has_published=False,
)
