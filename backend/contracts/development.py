"""A family of models by one name each way: revisions, a folder of folders, a training's checkpoints, several sources.

`POST /development` takes a `DevelopmentPlan`, opens every member, measures it, and collects the `development` result;
`GET /development/{key}` tells how far that is, with the points that are there already.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from backend.contracts.base import Contract, Key, Language
from backend.contracts.neurons import DevelopmentRequest, MemberMeasures
from backend.contracts.problems import Problem
from backend.contracts.reproduction import Judgement
from backend.contracts.results import DevelopmentSummary
from backend.contracts.specs import unique
from backend.contracts.vocabulary import JobState

MOST_MEMBERS = 200
Axis = Literal["step", "samples", "parameters"]
AXIS_WORDS: dict[Axis, str] = {
    "step": "step of training",
    "samples": "samples trained on",
    "parameters": "number of parameters",
}
Revision = Annotated[str, Field(min_length=1, max_length=200)]
Source = Annotated[str, Field(min_length=1, max_length=1000)]


class Revisions(Contract):
    """Revisions of one Hugging Face id, named or by a pattern: `global_step{step}` and its steps."""

    way: Literal["revisions"] = "revisions"
    source: Source
    revisions: tuple[Revision, ...] = Field((), max_length=MOST_MEMBERS)
    pattern: str = Field("", max_length=150, description="Holds {step}.")
    steps: tuple[Annotated[int, Field(ge=0)], ...] = Field((), max_length=MOST_MEMBERS)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if bool(self.revisions) == bool(self.pattern or self.steps):
            raise ValueError("name either revisions, or a pattern with its steps")
        if self.pattern and "{step}" not in self.pattern:
            raise ValueError(f"pattern {self.pattern!r} has no {{step}} in it; write e.g. global_step{{step}}")
        if bool(self.pattern) != bool(self.steps):
            raise ValueError("a pattern needs steps, and steps need a pattern such as global_step{step}")
        return self


class ModelFolders(Contract):
    """A folder whose folders are models. The step is the number in a folder's name; without one, sizes are compared."""

    way: Literal["folder"] = "folder"
    folder: Source
    axis: Literal["auto", "step", "parameters"] = "auto"


class TrainingCheckpoints(Contract):
    """The checkpoints of a training of this atlas, and the model it began with at 0 samples."""

    way: Literal["training"] = "training"
    training: Key
    with_start: bool = True


class Sources(Contract):
    """Any models: Hugging Face ids (`org/name`, `org/name@revision`), folders, GGUF files, names of opened models."""

    way: Literal["sources"] = "sources"
    sources: tuple[Source, ...] = Field(min_length=1, max_length=MOST_MEMBERS)
    axis: Literal["auto", "step", "parameters"] = "parameters"


Family = Annotated[Revisions | ModelFolders | TrainingCheckpoints | Sources, Field(discriminator="way")]


class DevelopmentPlan(MemberMeasures):
    """A family, and what is measured of each member."""

    family: Family

    @field_validator("languages")
    @classmethod
    def _in_one_order(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        """Any order is the same question, and the one that the Languages page asks."""
        return tuple(sorted(unique(languages)))

    @model_validator(mode="after")
    def _one_curve_a_task(self) -> Self:
        if len({task.title for task in self.tasks}) < len(self.tasks):
            raise ValueError("two tasks have the same title; each is a curve of its own")
        return self


class FamilyMember(Contract):
    """One model of a family before it is opened. `model`: its name, where it is open already."""

    source: str
    revision: str | None = None
    position: float | None = None
    """None: its number of parameters, known once it is open."""
    label: str = Field(max_length=60)
    model: str | None = None


class FamilyMembers(Contract):
    """`POST /development/members`: who would be measured. Starts nothing."""

    axis: Axis
    members: tuple[FamilyMember, ...]


Stage = Literal["opening", "measuring", "measured", "left_out"]


class PartState(Contract):
    """One job of a member: opening, similarity, key neurons, a task. `state` None: not asked yet."""

    name: str
    key: Key | None = None
    state: JobState | None = None


class MemberState(Contract):
    """How far one member is."""

    member: FamilyMember
    stage: Stage
    model: str | None = None
    """Its name in the atlas, once open."""
    position: float | None = None
    parts: tuple[PartState, ...] = ()
    problem: Problem | None = None
    """Why it is left out."""
    note: str = ""
    """What makes it hard to compare: another tokenizer."""


class Observation(Contract):
    """Something the paper saw, the rule by which it is judged here, and what decides.

    `holds` None: no clear change, or too few points.
    """

    text: str
    rule: str
    judgement: Judgement


class Development(Contract):
    """How far a development is, and what it says so far."""

    key: Key
    axis: Axis
    plan: DevelopmentPlan | None = None
    """What was asked; None of a job that was asked by itself."""
    request: DevelopmentRequest | None = None
    """What is collected in the end; None while no member is open."""
    languages: tuple[Language, ...]
    members: tuple[MemberState, ...]
    summary: DevelopmentSummary
    """Points so far."""
    result: Key | None = None
    """Key of the stored result, once there."""
    collecting: Key | None = None
    """Key of the job that collects the points."""
    state: Literal["running", "done", "failed", "cancelled"]
    problem: Problem | None = None
    observations: tuple[Observation, ...] = ()
