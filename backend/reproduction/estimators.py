"""Faithfulness: the estimators of importance against Eq. 2 itself. The paper asserts it and prints no number."""

from __future__ import annotations

from backend.contracts.reproduction import Judgement
from backend.contracts.requests import FaithfulnessRequest, Lines, Request, ScoreSpec
from backend.contracts.results import FaithfulnessSummary
from backend.contracts.verdicts import Estimate, all_of, inside
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
    cells = block.series.get((TAYLOR,), {})
    found = {name: _estimate(cells, name) for name in ("Spearman", "all alike") if name in cells}
    if not found:
        return NOTHING_YET
    told = "; ".join(f"{'by rank' if name == 'Spearman' else name} {_told(one)}" for name, one in found.items())
    return Judgement(holds=all_of(inside(one, least=FAITHFUL) for one in found.values()), evidence=told)


def _estimate(cells: dict[str, float], name: str) -> Estimate:
    low, high = ("low", "high") if name == "Spearman" else (f"{name} low", f"{name} high")
    return Estimate(cells[name], cells.get(low), cells.get(high))


def _told(one: Estimate) -> str:
    if one.low is None or one.high is None:
        return f"{one.value:.3f} ({one.reason})"
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"


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
            f"the intervals of Spearman of taylor with the measured change of the loss lie above {FAITHFUL}, of the "
            "parameters drawn by rank and of those drawn all alike",
            _faithful,
            "0.5 is the customary bound of a large correlation (Cohen)",
        ),
    ),
    stand_ins=lambda setting: (f"Scores and losses are of the same {min(N_SAMPLES, setting.samples)} lines.",),
    has_published=False,
)
