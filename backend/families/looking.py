"""How far every member of a family is, from the catalogue, the stored results and the queue. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from backend.artifacts.answers import is_answered
from backend.artifacts.development import point_of
from backend.artifacts.keys import Keys
from backend.artifacts.models import name_of
from backend.contracts.building import development_parts
from backend.contracts.development import AXIS_WORDS, Axis, DevelopmentPlan, FamilyMember, MemberState, PartState, Stage
from backend.contracts.jobs import JobStatus
from backend.contracts.models import ModelDescription
from backend.contracts.neurons import MemberMeasures
from backend.contracts.problems import KnownError, Problem
from backend.contracts.requests import DevelopmentMember, DevelopmentRequest, OpenModelRequest, Request
from backend.contracts.results import DevelopmentPoint, Summary
from backend.contracts.vocabulary import JobState
from backend.jobs.service import JobService

OPENING = "opening"
SIMILARITY, NEURONS = "similarity", "key neurons"


class Part(NamedTuple):
    """One job of a member as it stands."""

    told: PartState
    request: Request
    problem: Problem | None = None


class Seen(NamedTuple):
    """One member as it stands, and what must be asked for it now."""

    state: MemberState
    todo: tuple[Request, ...] = ()
    member: DevelopmentMember | None = None
    """Once it is open and has its place."""
    point: DevelopmentPoint | None = None


class Standing(NamedTuple):
    """What is known of a member without the queue."""

    opening: OpenModelRequest | None = None
    """Its way in; None where it is open already."""
    model: ModelDescription | None = None
    asked: DevelopmentMember | None = None
    parts: tuple[tuple[str, str, Request], ...] = ()
    """(name in `building.development_parts`, key, request), once it is open."""
    keys: tuple[str, ...] = ()
    """Of the jobs whose answers are not there."""
    problem: Problem | None = None


class Look(NamedTuple):
    """One look at everything; short-lived, as its keys are."""

    jobs: JobService
    keys: Keys
    plan: DevelopmentPlan
    axis: Axis

    def at(self, members: Sequence[FamilyMember], refused: Mapping[int, Problem]) -> list[Seen]:
        """Every member, in their order. The queue is asked once for all."""
        standing = [
            Standing(problem=refused[place]) if place in refused else self._standing(member)
            for place, member in enumerate(members)
        ]
        statuses = self.jobs.statuses.some([key for one in standing for key in one.keys])
        found: list[Seen] = []
        placed: list[MemberState] = []
        first = next((one.model for one in standing if one.model), None)
        for member, one in zip(members, standing, strict=True):
            seen = self._seen(member, one, statuses, placed, first)
            if seen.member is not None:
                placed.append(seen.state)
            found.append(seen)
        return found

    def request(self, members: Sequence[DevelopmentMember]) -> DevelopmentRequest:
        """The question about these members."""
        measures = {name: getattr(self.plan, name) for name in MemberMeasures.model_fields}
        return DevelopmentRequest(members=tuple(members), axis=self.axis, **measures)

    def _standing(self, member: FamilyMember) -> Standing:
        try:
            opening, model = self._model(member)
            if model is None:
                assert opening is not None
                return Standing(opening=opening, keys=(self.keys.key(opening),))
            position = member.position if member.position is not None else float(model.n_parameters)
            asked = DevelopmentMember(model=model.name, position=position, label=member.label)
            named = development_parts(self.request([asked]), asked)
            parts = tuple((name, self.keys.key(request), request) for name, request in named.items())
        except KnownError as error:  # its files or its text are gone meanwhile
            return Standing(problem=error.problem)
        missing = tuple(key for _, key, _ in parts if not self.jobs.store.has(key))
        return Standing(model=model, asked=asked, parts=parts, keys=missing)

    def _model(self, member: FamilyMember) -> tuple[OpenModelRequest | None, ModelDescription | None]:
        models = self.jobs.models
        if member.model:
            return None, models.ready(member.model)
        request = OpenModelRequest(source=member.source, revision=member.revision)
        if is_answered(request, self.keys.key(request), self.jobs.store, models):
            return None, models.ready(name_of(member.source, member.revision))
        return request, None

    def _seen(
        self,
        member: FamilyMember,
        one: Standing,
        statuses: Mapping[str, JobStatus],
        placed: Sequence[MemberState],
        first: ModelDescription | None,
    ) -> Seen:
        if one.problem:
            return _left_out(member, one.problem)
        if one.opening:
            return _opening(member, _part(OPENING, one.keys[0], one.opening, statuses.get(one.keys[0])))
        assert one.model is not None and one.asked is not None and first is not None
        if problem := _in_the_way(one.model.name, one.asked.position, placed, self.axis):
            return _left_out(member, problem, model=one.model.name)
        return self._measured(member, one, one.asked, statuses, _note(one.model, first))

    def _measured(
        self,
        member: FamilyMember,
        one: Standing,
        asked: DevelopmentMember,
        statuses: Mapping[str, JobStatus],
        note: str,
    ) -> Seen:
        missing = set(one.keys)
        shown = (SIMILARITY, NEURONS, *(task.title for task in self.plan.tasks))
        parts = [
            _part(short, key, request, statuses.get(key)) if key in missing else _stored(short, key, request)
            for short, (_, key, request) in zip(shown, one.parts, strict=True)
        ]
        summaries: dict[str, Summary] = {
            name: self.jobs.store.manifest(key).summary for name, key, _ in one.parts if key not in missing
        }
        problem = next((part.problem for part in parts if part.problem), None)
        stage: Stage = "left_out" if problem else "measuring" if missing else "measured"
        state = MemberState(
            member=member,
            stage=stage,
            model=asked.model,
            position=asked.position,
            parts=tuple(part.told for part in parts),
            problem=problem,
            note=note,
        )
        todo = tuple(part.request for part in parts if part.told.state is None and not problem)
        point = point_of(self.request([asked]), asked, summaries)
        return Seen(state, todo, None if problem else asked, point)


def _opening(member: FamilyMember, part: Part) -> Seen:
    if part.problem:
        return _left_out(member, part.problem, (part.told,))
    state = MemberState(member=member, stage="opening", position=member.position, parts=(part.told,))
    return Seen(state, todo=(part.request,) if part.told.state is None else ())


def _stored(name: str, key: str, request: Request) -> Part:
    return Part(PartState(name=name, key=key, state=JobState.DONE), request)


def _part(name: str, key: str, request: Request, status: JobStatus | None) -> Part:
    """A job whose answer is not there; one that is done all the same has to be asked again."""
    if status is None or status.state is JobState.DONE:
        return Part(PartState(name=name, key=key), request)
    problem = _why(name, status) if status.state.ended else None
    return Part(PartState(name=name, key=key, state=status.state), request, problem)


def _why(name: str, status: JobStatus) -> Problem:
    given = status.problem
    told = given.detail if given else f"the job was {status.state.value}"
    return KnownError(
        given.code if given else "not_done",
        f"{name}: {told}",
        hint=(given.hint if given else "") or "Ask the same development again to retry it.",
        title="Left out",
        status=given.status if given else 409,
    ).problem


def _left_out(
    member: FamilyMember, problem: Problem, parts: tuple[PartState, ...] = (), *, model: str | None = None
) -> Seen:
    return Seen(
        MemberState(
            member=member, stage="left_out", model=model or member.model, position=member.position, parts=parts,
            problem=problem,
        )
    )  # fmt: skip


def _in_the_way(model: str, position: float, placed: Sequence[MemberState], axis: Axis) -> Problem | None:
    """Known only once models are open: the same one under two names, or two of one size."""
    same: Callable[[MemberState], bool] = lambda other: other.model == model or other.position == position  # noqa: E731
    other = next(filter(same, placed), None)
    if other is None:
        return None
    detail = (
        f"it is the same model as {other.member.label}"
        if other.model == model
        else f"it stands at the same {AXIS_WORDS[axis]} ({position:,.0f}) as {other.member.label}"
    )
    return KnownError(
        "same_position",
        f"{detail}; each place on the axis has one model",
        hint="Checkpoints of one model are compared by step: have their step in the name.",
        title="Left out",
    ).problem


def _note(model: ModelDescription, first: ModelDescription) -> str:
    if model.tokenizer_hash == first.tokenizer_hash:
        return ""
    return f"another tokenizer than {first.name}: it cuts the sentences differently, so compare with care"
