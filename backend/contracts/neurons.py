"""Questions of paper B: activations of parallel text, similarity, key neurons, deactivation, development."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from backend.contracts.base import Contract, Language, ModelName
from backend.contracts.regions import NamedRegion, region_model
from backend.contracts.specs import EvaluationSpec, LayerRange, Lines, Seed, unique
from backend.contracts.vocabulary import AnalysisKind, Bos, Dtype

MIN_Z_LANGUAGES = 6
"""z over L languages cannot exceed sqrt(L - 1): with five or fewer nothing passes a threshold of 2."""
ParallelLanguages = Annotated[tuple[Language, ...], Field(min_length=2, max_length=100)]


def _bos_of_add_bos(given: Any) -> Any:
    """`add_bos: true or false` of stored requests and old addresses, as `bos`."""
    if isinstance(given, dict) and "add_bos" in given:
        rest = {name: value for name, value in given.items() if name != "add_bos"}
        return {"bos": Bos.ALWAYS if given["add_bos"] else Bos.NEVER} | rest
    return given


class ActivationSpec(Contract):
    """Which text is read by which model, all languages alike (Eq. 5)."""

    model: ModelName
    dtype: Dtype = Dtype.AUTO
    lines: Lines = Lines(start=0, stop=60)
    bos: Bos = Bos.NEVER

    _of_earlier_versions = model_validator(mode="before")(_bos_of_add_bos)


class ActivationsRequest(Contract):
    """Mean neuron activations of every sentence of one language; stored once, read by all of paper B."""

    kind: Literal[AnalysisKind.ACTIVATIONS] = AnalysisKind.ACTIVATIONS
    activations: ActivationSpec
    language: Language


class SimilarityRequest(Contract):
    """Similarity map, LRDS and SADS of parallel text (Eq. 5-9).

    `layers` restricts the map to a range; None is the whole model, with the scores of each layer beside it.
    """

    kind: Literal[AnalysisKind.SIMILARITY] = AnalysisKind.SIMILARITY
    model: ModelName
    dtype: Dtype = Dtype.AUTO
    lines: Lines = Lines(start=0, stop=60)
    languages: ParallelLanguages
    bos: Bos = Bos.NEVER
    layers: LayerRange | None = None
    n_bootstrap: int = Field(
        200, ge=0, le=10_000, description="Resamples of documents (or sentences) and languages for 95 % intervals."
    )

    _of_earlier_versions = model_validator(mode="before")(_bos_of_add_bos)

    _unique_languages = field_validator("languages")(unique)


def require_reachable(languages: tuple[str, ...], threshold: float) -> None:
    """A z over so few languages cannot exceed the threshold: refuse, with what would do."""
    most = (len(languages) - 1) ** 0.5
    if threshold >= most:
        raise ValueError(
            f"with {len(languages)} languages z cannot exceed {most:.2f}, so no neuron can pass the threshold "
            f"{threshold:g}; take at least {int(threshold**2) + 2} languages or a lower threshold"
        )


class KeyNeuronsRequest(Contract):
    """Neurons that belong to a language by z-score of their contribution to its similarity (Eq. 10-14)."""

    kind: Literal[AnalysisKind.KEY_NEURONS] = AnalysisKind.KEY_NEURONS
    activations: ActivationSpec
    languages: ParallelLanguages
    threshold: float = Field(2.0, gt=0, le=20)
    n_permutations: int = Field(
        1000, ge=0, le=10_000, description="Shuffles of the language labels: the null of every count, and its p."
    )
    separation: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Languages share a neuron as a group where this part of its variance over them lies between the "
        "group and the others.",
    )
    n_splits: int = Field(10, ge=0, le=100, description="Random halves of the sentences: does each list come again?")
    seed: Seed = 0

    @field_validator("languages")
    @classmethod
    def _in_one_order(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(unique(languages)))

    @model_validator(mode="after")
    def _can_pass(self) -> Self:
        require_reachable(self.languages, self.threshold)
        return self


class DeactivateNeurons(Contract):
    """Zero the key neurons of one language at every position (the input of the down projection).

    `random` zeroes as many others instead, drawn by `seed`: the control.
    """

    change: Literal["neurons"] = "neurons"
    neurons: KeyNeuronsRequest
    language: Language
    random: bool = False
    seed: Seed = 0

    @model_validator(mode="after")
    def _among_them(self) -> Self:
        if self.language not in self.neurons.languages:
            among = ", ".join(self.neurons.languages)
            raise ValueError(f"language {self.language!r} has no key neurons in this request; it has {among}")
        return self


class DeactivationRequest(Contract):
    """Every language's key neurons off, perplexity of every language (Tables 1, 4). Each column is a job."""

    kind: Literal[AnalysisKind.DEACTIVATION] = AnalysisKind.DEACTIVATION
    neurons: KeyNeuronsRequest
    evaluation: EvaluationSpec
    deactivated: tuple[Language, ...] = Field((), max_length=100, description="None named: all that have neurons.")
    random_draws: int = Field(10, ge=0, le=20, description="Controls of equal size, per deactivated language.")
    seed: Seed = 0

    @property
    def columns(self) -> tuple[Language, ...]:
        """Languages whose neurons are turned off, one after the other."""
        return self.deactivated or self.neurons.languages

    @model_validator(mode="after")
    def _among_them(self) -> Self:
        strange = [language for language in self.deactivated if language not in self.neurons.languages]
        if strange:
            raise ValueError(f"deactivated {', '.join(strange)}: no key neurons are computed for these here")
        unique(self.deactivated)
        return self


TaskForm = Literal["story_cloze", "multiple_choice"]
ChoicePrompt = Literal["letters", "texts"]
"""What multiple choice is judged by: the letters of the choices listed in the prompt, or their texts."""


class TaskFile(Contract):
    """Items of a task, built in or added (`POST /tasks`): JSON lines, one item each.

    `story_cloze`: `sentences` (4, or `input_sentence_1..4`), `endings` (2, or `sentence_quiz1..2`), `answer` (0 or 1,
    or `answer_right_ending` 1 or 2). `multiple_choice`: `question`, `choices`, `answer` (index or letter), asked as
    `prompt` says.
    """

    file: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    title: str = Field(min_length=1, max_length=120)
    form: TaskForm
    language: Language
    prompt: ChoicePrompt = "letters"

    @model_validator(mode="after")
    def _one_way_to_tell_a_story(self) -> Self:
        if self.form == "story_cloze" and self.prompt != "letters":
            raise ValueError("prompt: a story is always judged by its endings; leave prompt out")
        return self


class DevelopmentMember(Contract):
    """One checkpoint or one size of a family, already opened."""

    model: ModelName
    position: float = Field(description="Step of training, or number of parameters: where it stands on the axis.")
    label: str = Field("", max_length=60)


class MemberMeasures(Contract):
    """What is measured of every member of a family, and how: the same for all of them."""

    dtype: Dtype = Dtype.AUTO
    lines: Lines = Lines(start=0, stop=60)
    languages: ParallelLanguages
    bos: Bos = Bos.NEVER
    threshold: float = Field(2.0, gt=0, le=20)
    tasks: tuple[TaskFile, ...] = Field((), max_length=32)
    n_items: int | None = Field(None, ge=1)
    seed: Seed = 0

    _of_earlier_versions = model_validator(mode="before")(_bos_of_add_bos)

    @model_validator(mode="after")
    def _can_pass(self) -> Self:
        require_reachable(self.languages, self.threshold)
        return self


class DevelopmentRequest(MemberMeasures):
    """LRDS, SADS, SKLR, key neurons by layer and task accuracy over checkpoints or sizes (Figures 4, 7, 10).

    Every member is a similarity, a key neurons and some choice jobs; what is stored is not computed again.
    """

    kind: Literal[AnalysisKind.DEVELOPMENT] = AnalysisKind.DEVELOPMENT
    members: tuple[DevelopmentMember, ...] = Field(min_length=1, max_length=200)
    axis: Literal["step", "samples", "parameters"] = "step"

    @field_validator("members")
    @classmethod
    def _in_order(cls, members: tuple[DevelopmentMember, ...]) -> tuple[DevelopmentMember, ...]:
        names = [member.model for member in members]
        if len(set(names)) < len(names):
            raise ValueError("a model is named twice; each member stands once on the axis")
        return tuple(sorted(members, key=lambda member: (member.position, member.model)))


class EnrichmentRequest(Contract):
    """Do the key neurons of a language lie in its region? Region density inside key neurons against chance.

    `regions`: regions of paper A, named by their language (its monolingual region, say) or anything else.
    """

    kind: Literal[AnalysisKind.ENRICHMENT] = AnalysisKind.ENRICHMENT
    neurons: KeyNeuronsRequest
    regions: tuple[NamedRegion, ...] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        model = self.neurons.activations.model
        strange = sorted({region_model(named.region) for named in self.regions} - {model})
        if strange:
            raise ValueError(f"regions of {', '.join(strange)}, neurons of {model}: both must be of one model")
        if len({named.name for named in self.regions}) < len(self.regions):
            raise ValueError("two regions have the same name; give each its own")
        return self
