"""The form of the Train page: text, optimizer, what is removed and held, what is measured, what is saved."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html

from backend.contracts.models import CorpusSummary
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import Dtype
from frontend.choices.measured import corpus_named
from frontend.choices.train import (
    ARMS,
    BOTTOM,
    FREEZE,
    FREEZE_THE_CORE,
    LIMIT,
    NOTHING,
    OFF,
    ON,
    ONE,
    PLANS,
    RANDOM,
    REGION,
    REMOVE_THEN_TRAIN,
    TOP,
    TrainChoice,
)
from frontend.fields import label, more
from frontend.form_parts import (
    MEASURED_FIELDS,
    REGION_FIELDS,
    field_id,
    measured_part,
    number,
    region_part,
    section,
    segments,
    tags,
)
from frontend.job_words import duration, size
from frontend.language_names import in_paper_order, name_of
from frontend.shell import hint, icon

PREFIX = "train"
FIELDS = (
    *REGION_FIELDS, *MEASURED_FIELDS, "plan", "language", "train_start", "train_stop", "n_samples", "batch_size",
    "max_tokens", "rates", "schedule", "warmup", "remove", "hold", "how", "factor", "every", "save_every", "seed",
    "final", "weight_decay", "beta1", "beta2", "epsilon", "clip", "micro_batch", "dtype", "checkpointing",
)  # fmt: skip
RUN, COST, PROBLEM = "train-run", "train-cost", "train-problem"
OWN_PART, FACTOR_PART, PLAN_NOTE, REGION_PART = (
    "train-own-part", "train-factor-part", "train-plan-note", "train-region-part",
)  # fmt: skip
_PLAN_NOTES = {
    ONE: "One run per learning rate: you say what is removed and what is held.",
    REMOVE_THEN_TRAIN: "Tables 2 and 6, three runs: top removed and frozen, bottom removed and frozen, top removed "
    "and free to grow back.",
    FREEZE_THE_CORE: "Figure 5, three runs: everything free, the top region frozen, as many random parameters frozen.",
}
_PARTS = {NOTHING: "nothing", TOP: "top", BOTTOM: "bottom", RANDOM: "random", REGION: "the region"}


def form(choice: TrainChoice, stored: Sequence[ResultRow], corpora: Sequence[CorpusSummary]) -> html.Div:
    """Three cards and the button."""
    corpus = corpus_named(choice.measured.corpus, corpora)
    return html.Div(
        [
            _compared(choice, stored, corpus),
            _training(choice, corpus),
            section(
                "What is measured",
                *measured_part(PREFIX, choice.measured, corpora),
                dmc.SimpleGrid(
                    [
                        number(PREFIX, "every", hint("measured every", _EVERY_HINT), choice.every, suffix=" samples"),
                        number(
                            PREFIX, "save_every", hint("saved every", _SAVE_HINT), choice.save_every, suffix=" samples"
                        ),
                    ],
                    cols=2,
                    spacing="xs",
                ),
                html.Div(id=COST, className="study-note"),
                dmc.Button("Train", id=RUN, fullWidth=True, leftSection=icon("play", 16)),
                html.Div(id=PROBLEM),
            ),
        ],
        className="study-form",
    )


def _compared(choice: TrainChoice, stored: Sequence[ResultRow], corpus: CorpusSummary | None) -> html.Section:
    own = [
        label("Removed before the first step", "Set to zero. Frozen, it stays zero; free, it can grow back."),
        segments(PREFIX, "remove", choice.remove, {key: _PARTS[key] for key in (NOTHING, TOP, BOTTOM, REGION)}),
        label("Held during training", _HOLD_HINT),
        segments(PREFIX, "hold", choice.hold, _PARTS),
        segments(PREFIX, "how", choice.how, {FREEZE: "frozen", LIMIT: "limited"}),
        html.Div(
            number(PREFIX, "factor", "its update times", choice.factor, allowDecimal=True, step=0.1),
            id=FACTOR_PART,
            hidden=factor_hidden(choice.plan, choice.how),
        ),
    ]
    return section(
        "What is compared",
        segments(PREFIX, "plan", choice.plan, PLANS),
        html.Div(_PLAN_NOTES.get(choice.plan, ""), id=PLAN_NOTE, className="study-note"),
        html.Div(own, id=OWN_PART, hidden=choice.plan != ONE, className="study-card"),
        html.Div(
            region_part(PREFIX, choice.source, stored, corpus, hint("Region", _REGION_HINT)),
            id=REGION_PART,
            hidden=region_hidden(choice.plan, choice.remove, choice.hold),
        ),
    )


def _training(choice: TrainChoice, corpus: CorpusSummary | None) -> html.Section:
    languages = in_paper_order(corpus.languages if corpus else (choice.language,))
    select = dmc.Select(
        id=field_id(PREFIX, "language"),
        label="language",
        data=[{"value": code, "label": name_of(code)} for code in languages],
        value=choice.language,
        searchable=True,
        allowDeselect=False,
        size="xs",
    )
    text = [
        select,
        number(PREFIX, "train_start", "from line", choice.train_start),
        number(PREFIX, "train_stop", "to line", choice.train_stop),
        number(PREFIX, "n_samples", hint("samples", _SAMPLES_HINT), choice.n_samples),
        number(PREFIX, "batch_size", hint("batch", "Samples of one step of the optimizer."), choice.batch_size),
        number(PREFIX, "max_tokens", hint("tokens", "A longer sample is cut."), choice.max_tokens),
    ]
    schedule = [
        number(PREFIX, "warmup", hint("warm-up", _WARMUP_HINT), choice.warmup, suffix=" %", allowDecimal=True),
        number(PREFIX, "seed", hint("seed", "Of the order of the samples."), choice.seed),
    ]
    return section(
        "Training",
        dmc.SimpleGrid(text, cols=3, spacing="xs"),
        tags(PREFIX, "rates", hint("Learning rates", _RATES_HINT), choice.rates, "5e-6, 5e-5"),
        segments(PREFIX, "schedule", choice.schedule, {"cosine": "cosine", "constant": "constant"}),
        dmc.SimpleGrid(schedule, cols=2, spacing="xs"),
        more("Optimizer and memory", _settings(choice), is_open=_is_unusual(choice)),
    )


def _settings(choice: TrainChoice) -> dmc.Stack:
    numbers = [
        number(PREFIX, "final", hint("final rate", _FINAL_HINT), choice.final, suffix=" %", allowDecimal=True),
        number(PREFIX, "weight_decay", hint("weight decay", _DECAY_HINT), choice.weight_decay, allowDecimal=True),
        number(PREFIX, "clip", hint("gradient norm", _CLIP_HINT), choice.clip, allowDecimal=True),
        number(PREFIX, "beta1", hint("β₁", "Of AdamW: memory of the gradient."), choice.beta1, allowDecimal=True),
        number(PREFIX, "beta2", hint("β₂", "Of AdamW: memory of its square."), choice.beta2, allowDecimal=True),
        number(PREFIX, "epsilon", hint("ε", "Of AdamW: keeps the division finite."), choice.epsilon, allowDecimal=True),
        number(PREFIX, "micro_batch", hint("micro batch", _MICRO_HINT), choice.micro_batch, placeholder="auto"),
    ]
    return dmc.Stack(
        [
            dmc.SimpleGrid(numbers, cols=3, spacing="xs"),
            label("Numbers in", "Auto: as the device computes best."),
            segments(PREFIX, "dtype", choice.dtype, {dtype: dtype.value for dtype in Dtype}),
            label("Activations computed again", "Instead of kept for the backward pass: less memory, more time."),
            segments(PREFIX, "checkpointing", choice.checkpointing, {OFF: "off", ON: "on"}),
        ],
        gap=8,
    )


def _is_unusual(choice: TrainChoice) -> bool:
    usual = TrainChoice(choice.model)
    return any(getattr(choice, name) != getattr(usual, name) for name in FIELDS[FIELDS.index("final") :])


def factor_hidden(plan: str | None, how: str | None) -> bool:
    """The factor belongs to a limited region."""
    return plan != ONE or how != LIMIT


def region_hidden(plan: str | None, remove: str | None, hold: str | None) -> bool:
    """No region is needed where nothing is removed and nothing held."""
    return plan == ONE and remove == NOTHING and hold == NOTHING


def plan_note(plan: str | None) -> str:
    """What a plan compares."""
    return _PLAN_NOTES.get(plan or "", "")


def cost(choice: TrainChoice, *, model_bytes: int, seconds_per_sample: float | None) -> str:
    """What the click will cost, in words; time only where a run of this model is known."""
    if not choice.n_samples or not choice.batch_size or not choice.rates:
        return "Give samples, batch and at least one learning rate."
    n_runs = len(choice.rates) * len(ARMS.get(choice.plan, (None,)))
    n_steps = -(-choice.n_samples // choice.batch_size)
    n_measured = 2 + (choice.n_samples - 1) // choice.every if choice.every and choice.every > 0 else 2
    n_saved = 1 + (choice.n_samples - 1) // choice.save_every if choice.save_every and choice.save_every > 0 else 1
    runs = "1 run" if n_runs == 1 else f"{n_runs} runs, one after the other,"
    languages = f"{len(choice.measured.evaluated)} language{'' if len(choice.measured.evaluated) == 1 else 's'}"
    checkpoints = "1 checkpoint" if n_saved == 1 else f"{n_saved} checkpoints"
    told = (
        f"{runs} of {choice.n_samples:,} samples in {n_steps:,} steps; perplexity of {languages} {n_measured} times; "
        f"{checkpoints} of {size(model_bytes)} each."
    )
    if seconds_per_sample:
        told += f" About {duration(n_runs * choice.n_samples * seconds_per_sample)} of training, as the last run went."
    return told


_REGION_HINT = "Top is this region; bottom and random have as many parameters."
_HOLD_HINT = (
    "Frozen: its parameters have the same bits at the end, whatever momentum and decay say. Limited: its update is "
    "scaled down. Random is the control of the same size."
)
_SAMPLES_HINT = "Lines seen in all; when the lines are fewer, they come again in a new order."
_RATES_HINT = "Each is a run of its own, side by side. The paper: 5e-6 and 5e-5."
_WARMUP_HINT = "Share of the steps in which the learning rate rises from zero."
_FINAL_HINT = "Learning rate at the end of a cosine, as a share of the largest."
_DECAY_HINT = "Every step draws the weights towards zero by this share of the learning rate."
_CLIP_HINT = "A gradient that is longer is cut to this length. 0: never cut."
_MICRO_HINT = "Samples of one backward pass; empty: the worker chooses by the number of tokens."
_EVERY_HINT = "Perplexity of all languages, also before the first step and at the end. Empty: only then."
_SAVE_HINT = "A model that the atlas can open. Empty: only at the end."
