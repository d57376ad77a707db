"""Training jobs: further pre-training with a region removed, frozen or limited (Tables 2, 6, Figure 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from backend.contracts.base import Contract, Language, ModelName
from backend.contracts.regions import RegionQuestion, region_model
from backend.contracts.specs import EvaluationSpec, Lines, Seed
from backend.contracts.vocabulary import AnalysisKind, Dtype

Count = Annotated[int, Field(ge=1)]


class Optimizer(Contract):
    """AdamW with linear warm-up, then a cosine to `final_share` of the learning rate (or constant)."""

    learning_rate: float = Field(1e-5, gt=0, le=1)
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup_share: float = Field(0.05, ge=0, lt=1, description="Share of all steps.")
    final_share: float = Field(0.0, ge=0, le=1)
    weight_decay: float = Field(0.0, ge=0, le=1)
    beta1: float = Field(0.9, ge=0, lt=1)
    beta2: float = Field(0.95, ge=0, lt=1)
    epsilon: float = Field(1e-8, gt=0, le=1e-2)
    max_gradient_norm: float | None = Field(1.0, gt=0)

    @property
    def rate_told(self) -> str:
        """The learning rate as people write it: `2e-5`, `1e-4`, `0.01`."""
        return rate_told(self.learning_rate)


def rate_told(rate: float) -> str:
    """`2e-5`, `1e-4`, `0.01`: one way of writing for all rates."""
    if rate >= 1e-2:
        return f"{rate:g}"
    mantissa, exponent = f"{rate:.5e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


class Hold(Contract):
    """What happens to a region while the rest trains.

    `freeze`: its parameters are bit-identical at the end. `limit`: their update is scaled by `factor`.
    """

    region: RegionQuestion
    how: Literal["freeze", "limit"] = "freeze"
    factor: float = Field(0.1, gt=0, lt=1, description="Belongs to `limit`.")


class TrainingRequest(Contract):
    """Train a model on one language; measure perplexity of many along the way; keep checkpoints.

    Samples are lines `lines.start` onward, shuffled by `seed` within each pass; the first `n_samples` are taken,
    again from the start when the lines are fewer. `remove` is set to zero before the first step.
    """

    kind: Literal[AnalysisKind.TRAINING] = AnalysisKind.TRAINING
    model: ModelName
    dtype: Dtype = Dtype.AUTO
    language: Language
    lines: Lines = Lines(start=0, stop=60)
    n_samples: int = Field(1000, ge=1, le=100_000_000)
    max_tokens: int = Field(512, ge=2, le=1_000_000)
    batch_size: int = Field(8, ge=1, le=65536, description="Samples of one optimizer step.")
    micro_batch_size: int | None = Field(
        None, ge=1, description="Samples of one backward pass; None lets the worker choose by token count."
    )
    optimizer: Optimizer = Optimizer()
    seed: Seed = 0
    gradient_checkpointing: bool = False
    remove: RegionQuestion | None = None
    hold: Hold | None = None
    evaluation: EvaluationSpec
    evaluate_at: tuple[Count, ...] = Field(
        (), max_length=100, description="Samples seen; before the first step and at the end it is always measured."
    )
    save_at: tuple[Count, ...] = Field((), max_length=50, description="Samples seen; the end is always saved.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name, at in (("evaluate_at", self.evaluate_at), ("save_at", self.save_at)):
            if at and max(at) > self.n_samples:
                raise ValueError(f"{name} names {max(at)} samples, but training ends at n_samples={self.n_samples}")
            if tuple(sorted(set(at))) != at:
                raise ValueError(f"{name} must rise, each number once; given: {', '.join(map(str, at))}")
        if self.micro_batch_size and self.micro_batch_size > self.batch_size:
            raise ValueError(f"micro_batch_size={self.micro_batch_size} exceeds batch_size={self.batch_size}")
        for name, region in (("remove", self.remove), ("hold", self.hold and self.hold.region)):
            if region and region_model(region) != self.model:
                raise ValueError(f"{name} is a region of {region_model(region)!r}, the model trained is {self.model!r}")
        return self


class TrainingStep(Contract):
    """One optimizer step."""

    step: int
    n_samples: int
    """Samples seen after it."""
    loss: float | None
    """Mean per token of the step's batch; None when it is not finite."""
    learning_rate: float
    gradient_norm: float | None


class EvaluationRatio(Contract):
    """Perplexity of one language by that before the first step of the same run, on the same samples."""

    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    """95 % paired bootstrap interval over what `resampled` says; None also where there is only one to draw."""
    bits_added: float | None = None
    bits_added_low: float | None = None
    bits_added_high: float | None = None
    """Bits per byte above those before the first step."""
    resampled: Literal["documents", "lines", "windows"] | None = None


class TrainingEvaluation(Contract):
    """Perplexity of every language after so many samples."""

    n_samples: int
    perplexity: dict[str, float | None]
    """By language; None: infinite or not a number."""
    bits_per_byte: dict[str, float | None]
    n_vocabulary: int | None = None
    """Tokens that the model chooses from: a perplexity above it is *lost*."""
    ratios: dict[str, EvaluationRatio] = {}
    """By language, against the evaluation before the first step, which has none; empty in results of older versions."""


class Checkpoint(Contract):
    """A model saved along the way, which the atlas can open: `source` of an `open_model` request."""

    n_samples: int
    name: str
    source: str
    size_bytes: int
    saved_at: datetime


class TrainingCurve(Contract):
    """`GET /training/{key}`: what a training job, running or ended, has told so far."""

    steps: tuple[TrainingStep, ...] = ()
    """At most 2,000, evenly thinned when there were more; the last one is always there."""
    evaluations: tuple[TrainingEvaluation, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
