"""What is chosen on the Train page: from the address, to the address, to one request per run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from backend.client import Client
from backend.contracts.models import CorpusSummary
from backend.contracts.problems import KnownError
from backend.contracts.regions import RegionQuestion, RegionRequest
from backend.contracts.requests import Optimizer, TrainingRequest
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import Dtype, Selection
from frontend.choices import fields
from frontend.choices.measured import Measured
from frontend.choices.problems import checked
from frontend.choices.region_source import RegionSource, region_words, replaced
from frontend.language_names import in_paper_order, name_of

NOTHING, TOP, BOTTOM, RANDOM, REGION = "nothing", "top", "bottom", "random", "region"
"""What is removed or held: nothing, an end of the region, as many random parameters, the region as it is."""
ONE, REMOVE_THEN_TRAIN, FREEZE_THE_CORE = "one", "remove", "freeze"
PLANS = {ONE: "My choice", REMOVE_THEN_TRAIN: "Remove, then train", FREEZE_THE_CORE: "Freeze the core"}
"""What one click compares; presets are several runs that differ in what is removed and held."""
FREEZE, LIMIT = "freeze", "limit"
OFF, ON = "off", "on"
LISTS = ("languages", "evaluated", "rates")
WORDS = ("region", "corpus", "bos", "plan", "language", "schedule", "remove", "hold", "how", "dtype", "checkpointing")
NUMBERS: dict[str, type] = {
    "percent": float, "start": int, "stop": int, "evaluated_start": int, "evaluated_stop": int, "train_start": int,
    "train_stop": int, "n_samples": int, "batch_size": int, "max_tokens": int, "warmup": float, "factor": float,
    "every": int, "save_every": int, "seed": int, "final": float, "weight_decay": float, "beta1": float,
    "beta2": float, "epsilon": float, "clip": float, "micro_batch": int,
}  # fmt: skip


class Arm(NamedTuple):
    """One run of a plan: what is removed before, what is held during training."""

    remove: str
    hold: str
    how: str = FREEZE


ARMS = {
    REMOVE_THEN_TRAIN: (Arm(TOP, TOP), Arm(BOTTOM, BOTTOM), Arm(TOP, NOTHING)),
    FREEZE_THE_CORE: (Arm(NOTHING, NOTHING), Arm(NOTHING, TOP), Arm(NOTHING, RANDOM)),
}
"""Table 2 (top & freeze, bottom & freeze, top & unfreeze) and Figure 5 (free, top frozen, random frozen)."""


class TrainChoice(NamedTuple):
    """Everything the form says. Numbers may be None or out of range: the requests refuse them."""

    model: str
    source: RegionSource = RegionSource()
    measured: Measured = Measured()
    plan: str = FREEZE_THE_CORE
    language: str = "ar"
    train_start: int | None = 0
    train_stop: int | None = 60
    n_samples: int | None = 1000
    batch_size: int | None = 8
    max_tokens: int | None = 512
    rates: tuple[str, ...] = ("5e-5",)
    """Learning rates as typed; each is a run of its own."""
    schedule: str = "cosine"
    warmup: float | None = 5.0
    """Share of the steps in percent."""
    remove: str = NOTHING
    hold: str = NOTHING
    how: str = FREEZE
    factor: float | None = 0.1
    every: int | None = 250
    """Samples between two evaluations; None: only at both ends."""
    save_every: int | None = None
    seed: int | None = 0
    final: float | None = 0.0
    """Learning rate at the end of a cosine, in percent of the largest."""
    weight_decay: float | None = 0.0
    beta1: float | None = 0.9
    beta2: float | None = 0.95
    epsilon: float | None = 1e-8
    clip: float | None = 1.0
    """Largest norm of the gradient; 0: any."""
    micro_batch: int | None = None
    """Samples of one backward pass; None: the worker chooses."""
    dtype: str = Dtype.AUTO
    checkpointing: str = OFF
    """Whether activations are computed again in the backward pass instead of kept."""

    @classmethod
    def first(cls, model: str, stored: Sequence[ResultRow], corpus: CorpusSummary | None) -> Self:
        """What stands in the form of a newcomer: Figure 5 in small, on the lines that are not measured."""
        choice = cls(model, RegionSource.first(stored, corpus), Measured.first(corpus, n_languages=3))
        if corpus is None:
            return choice
        languages = in_paper_order(corpus.languages)
        language = "ar" if "ar" in languages else languages[0]
        evaluated = tuple(dict.fromkeys((language, *(code for code in ("en", "zh") if code in languages))))
        measured = choice.measured._replace(evaluated=in_paper_order(evaluated))
        split = round(0.6 * corpus.n_lines)
        return choice._replace(language=language, train_stop=split, measured=measured)

    @classmethod
    def of_request(cls, request: TrainingRequest, stored: Sequence[ResultRow]) -> Self:
        """The form that asks this run again (`plan` is one)."""
        held = request.hold.region if request.hold else None
        named = held or request.remove
        base = _top_of(named)
        choice = cls(request.model, measured=Measured.of_spec(request.evaluation), plan=ONE)
        if base:
            choice = choice._replace(source=RegionSource.of_question(base, stored))
        return choice._replace(
            language=request.language,
            train_start=request.lines.start,
            train_stop=request.lines.stop,
            n_samples=request.n_samples,
            batch_size=request.batch_size,
            max_tokens=request.max_tokens,
            rates=(request.optimizer.rate_told,),
            schedule=request.optimizer.schedule,
            warmup=round(100 * request.optimizer.warmup_share, 10),
            remove=_part_of(request.remove),
            hold=_part_of(held),
            how=request.hold.how if request.hold else FREEZE,
            factor=request.hold.factor if request.hold else 0.1,
            every=request.evaluate_at[0] if request.evaluate_at else None,
            save_every=request.save_at[0] if request.save_at else None,
            seed=request.seed,
            dtype=request.dtype,
            checkpointing=ON if request.gradient_checkpointing else OFF,
            micro_batch=request.micro_batch_size,
            **_settings_of(request.optimizer),
        )

    def with_fields(self, given: Mapping[str, Any]) -> Self:
        """The choice with these fields, wherever they belong."""
        source, measured = replaced(self.source, given), replaced(self.measured, given)
        own: Self = replaced(self, given)
        return own._replace(source=source, measured=measured)

    def with_query(self, query: Mapping[str, str]) -> Self:
        """The choice with whatever the address names."""
        return self.with_fields(fields.read(query, lists=LISTS, words=WORDS, numbers=NUMBERS))

    def state(self) -> dict[str, object]:
        """For the address: every field by its name."""
        flat = {**self._asdict(), **self.source._asdict(), **self.measured._asdict()}
        return {name: flat[name] for name in ("model", *LISTS, *WORDS, *NUMBERS)}

    def arms(self) -> tuple[Arm, ...]:
        """What each run removes and holds."""
        return ARMS.get(self.plan, (Arm(self.remove, self.hold, self.how),))

    def requests(self, api: Client) -> tuple[TrainingRequest, ...]:
        """One run per arm and learning rate; raises `KnownError` naming the field that cannot be asked."""
        arms = self.arms()
        question = None
        if any(part != NOTHING for arm in arms for part in (arm.remove, arm.hold)):
            question = self.source.question(self.model, self.measured.corpus, api)
        if not self.rates:
            raise KnownError("no_rate", "no learning rate is given", field="rates", hint="Type one, such as 5e-5.")
        return tuple(self._request(arm, rate, question) for rate in self.rates for arm in arms)

    def _request(self, arm: Arm, rate: str, question: RegionQuestion | None) -> TrainingRequest:
        hold = None
        if arm.hold != NOTHING and question:
            factor = {"factor": self.factor} if arm.how == LIMIT else {}
            hold = {"region": part(question, arm.hold), "how": arm.how, **factor}
        asked = {
            "model": self.model,
            "language": self.language,
            "lines": {"corpus": self.measured.corpus, "start": self.train_start, "stop": self.train_stop},
            "n_samples": self.n_samples,
            "max_tokens": self.max_tokens,
            "batch_size": self.batch_size,
            "optimizer": {
                "learning_rate": rate,
                "schedule": self.schedule,
                "warmup_share": None if self.warmup is None else self.warmup / 100,
                "final_share": None if self.final is None else self.final / 100,
                "weight_decay": self.weight_decay,
                "beta1": self.beta1,
                "beta2": self.beta2,
                "epsilon": self.epsilon,
                "max_gradient_norm": self.clip or None,
            },
            "dtype": self.dtype,
            "micro_batch_size": self.micro_batch,
            "gradient_checkpointing": self.checkpointing == ON,
            "seed": self.seed,
            "remove": part(question, arm.remove) if arm.remove != NOTHING and question else None,
            "hold": hold,
            "evaluation": self.measured.spec(),
            "evaluate_at": _steps(self.every, self.n_samples),
            "save_at": _steps(self.save_every, self.n_samples),
        }
        return checked(lambda: TrainingRequest.model_validate(asked))


def part(question: RegionQuestion, which: str) -> RegionQuestion:
    """The region itself, or its other end or as many random parameters; only regions by rank have those."""
    if which == REGION:
        return question
    if isinstance(question, RegionRequest):
        return question.model_copy(update={"selection": Selection(which), "seed": 0})
    if which == TOP:
        return question
    raise KnownError(
        "not_ranked",
        f"{region_words(question)!r} is combined or imported: it has no {which} counterpart",
        title="That region has no counterpart",
        hint="Choose a region by rank, or hold the region itself.",
        field="region",
    )


def run_words(request: TrainingRequest, *, rate: bool = True) -> str:
    """A run in a few words: `Arabic · top 5 % frozen · 5e-5`."""
    words = [name_of(request.language)]
    if request.remove:
        words.append(f"{_short(request.remove)} removed")
    if request.hold is None:
        words.append("unfrozen" if request.remove else "free")
    elif request.hold.how == LIMIT:
        words.append(f"{_short(request.hold.region)} limited × {request.hold.factor:g}")
    elif request.remove and request.hold.region == request.remove:
        words.append("frozen")
    else:
        words.append(f"{_short(request.hold.region)} frozen")
    return " · ".join([*words, request.optimizer.rate_told] if rate else words)


def _short(question: RegionQuestion) -> str:
    return region_words(question).partition(" · ")[0]


def _top_of(question: RegionQuestion | None) -> RegionQuestion | None:
    """The region whose part this is: what the form chooses."""
    if isinstance(question, RegionRequest) and question.selection is not Selection.TOP:
        return question.model_copy(update={"selection": Selection.TOP, "seed": 0})
    return question


def _part_of(question: RegionQuestion | None) -> str:
    if question is None:
        return NOTHING
    return question.selection.value if isinstance(question, RegionRequest) else REGION


def _settings_of(optimizer: Optimizer) -> dict[str, Any]:
    return {
        "final": round(100 * optimizer.final_share, 10),
        "weight_decay": optimizer.weight_decay,
        "beta1": optimizer.beta1,
        "beta2": optimizer.beta2,
        "epsilon": optimizer.epsilon,
        "clip": optimizer.max_gradient_norm or 0.0,
    }


def _steps(every: int | None, n_samples: int | None) -> tuple[int, ...]:
    """`every`, twice `every`... below the end, which is always there."""
    return tuple(range(every, n_samples, every)) if every and every > 0 and n_samples else ()
