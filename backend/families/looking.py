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


class Look(NamedTuple):
    """One look at everything; short-lived, as its keys are."""

    jobs: JobService
    keys: Keys
    plan: DevelopmentPlan
    axis: Axis

    def at(self, members: Sequence[FamilyMember], refused: Mapping[int, Problem]) -> list[Seen]:
        """Every member, in their order."""
        found: list[Seen] = []
        opened: list[ModelDescription] = []
        placed: list[MemberState] = []
        for place, member in enumerate(members):
            try:
                seen = self._one(member, refused.get(place), opened, placed)
            except KnownError as error:  # its files or its text are gone meanwhile
                seen = _left_out(member, error.problem)
            if seen.member is not None:
                placed.append(seen.state)
            found.append(seen)
        return found

    def request(self, members: Sequence[DevelopmentMember]) -> DevelopmentRequest:
        """The question about these members."""
        plan = self.plan
        return DevelopmentRequest(
            members=tuple(members),
            axis=self.axis,
            dtype=plan.dtype,
            lines=plan.lines,
            languages=plan.languages,
            add_bos=plan.add_bos,
            threshold=plan.threshold,
            tasks=plan.tasks,
            n_items=plan.n_items,
            seed=plan.seed,
        )

    def _one(
        self,
        member: FamilyMember,
        refused: Problem | None,
        opened: list[ModelDescription],
        placed: Sequence[MemberState],
    ) -> Seen:
        if refused:
            return _left_out(member, refused)
        opening, model = self._opening(member)
        if model is None:
            assert opening is not None
            if opening.problem:
                return _left_out(member, opening.problem, (opening.told,))
            state = MemberState(member=member, stage="opening", position=member.position, parts=(opening.told,))
            return Seen(state, todo=(opening.request,) if opening.told.state is None else ())
        position = member.position if member.position is not None else float(model.n_parameters)
        if problem := _in_the_way(model.name, position, placed, self.axis):
            return _left_out(member, problem, model=model.name)
        opened.append(model)
        return self._measured(member, model, position, note=_note(model, opened[0]))

    def _opening(self, member: FamilyMember) -> tuple[Part | None, ModelDescription | None]:
        models = self.jobs.models
        if member.model:
            return None, models.ready(member.model)
        request = OpenModelRequest(source=member.source, revision=member.revision)
        key = self.keys.key(request)
        if is_answered(request, key, self.jobs.store, models):
            return None, models.ready(name_of(member.source, member.revision))
        status = self.jobs.statuses.some([key]).get(key)
        return _part(OPENING, key, request, status), None

    def _measured(self, member: FamilyMember, model: ModelDescription, position: float, note: str) -> Seen:
        asked = DevelopmentMember(model=model.name, position=position, label=member.label)
        one = self.request([asked])
        named = development_parts(one, asked)
        keys = {name: self.keys.key(request) for name, request in named.items()}
        found: dict[str, Summary] = {
            name: self.jobs.store.manifest(key).summary for name, key in keys.items() if self.jobs.store.has(key)
        }
        pending = self.jobs.statuses.some([key for name, key in keys.items() if name not in found])
        shown = (SIMILARITY, NEURONS, *(task.title for task in self.plan.tasks))
        parts = [
            _stored(short, keys[name], request)
            if name in found
            else _part(short, keys[name], request, pending.get(keys[name]))
            for short, (name, request) in zip(shown, named.items(), strict=True)
        ]
        problem = next((part.problem for part in parts if part.problem), None)
        stage: Stage = "left_out" if problem else "measured" if len(found) == len(named) else "measuring"
        state = MemberState(
            member=member,
            stage=stage,
            model=model.name,
            position=position,
            parts=tuple(part.told for part in parts),
            problem=problem,
            note=note,
        )
        todo = tuple(part.request for part in parts if part.told.state is None and not problem)
        return Seen(state, todo, None if problem else asked, point_of(one, asked, found))


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
