"""A development from its plan to its result: open every member, measure it, collect what was measured.

`begin` asks, `advance` asks what can be asked next (the API does it once a second), `view` only looks.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from redis.exceptions import RedisError

from backend.artifacts.keys import Keys
from backend.artifacts.layout import Layout
from backend.artifacts.tasks import Tasks
from backend.contracts.base import digest
from backend.contracts.development import (
    Development,
    DevelopmentPlan,
    FamilyMember,
    FamilyMembers,
    MemberState,
    ModelFolders,
    PartState,
    Sources,
    TrainingCheckpoints,
)
from backend.contracts.jobs import JobStatus, Submission
from backend.contracts.problems import KnownError, Problem
from backend.contracts.requests import DevelopmentRequest, OpenModelRequest, TrainingRequest
from backend.contracts.results import DevelopmentSummary, Manifest
from backend.contracts.vocabulary import JobState
from backend.families.expansion import Known, Start, expanded
from backend.families.looking import NEURONS, SIMILARITY, Look, Seen
from backend.families.observations import observations
from backend.families.records import Record, Records
from backend.jobs.service import JobService
from backend.jobs.validation import check_source
from backend.training.service import Trainings

EVERY_SECONDS = 1.0
REST = 5.0
"""Times as long as a look took: a family of hundreds must not keep a core busy with being looked at."""
log = logging.getLogger(__name__)
State = Literal["running", "done", "failed", "cancelled"]


class _Collected(NamedTuple):
    """The job that collects the points, and what it is about; nothing while a member is under way."""

    key: str | None = None
    status: JobStatus | None = None
    request: DevelopmentRequest | None = None
    is_stored: bool = False
    problem: Problem | None = None


class Developments(NamedTuple):
    """Everything `/development` does."""

    jobs: JobService
    records: Records
    layout: Layout
    tasks: Tasks
    model_roots: tuple[Path, ...]

    def members(self, plan: DevelopmentPlan) -> FamilyMembers:
        """Who would be measured; raises KnownError for all that can be known to be wrong before a worker is asked."""
        found = expanded(plan.family, self._known(plan))
        for member in found.members:
            if member.model:
                self.jobs.models.ready(member.model)
            else:
                check_source(OpenModelRequest(source=member.source, revision=member.revision), self.model_roots)
        self.jobs.corpora.named(plan.lines.corpus).hash(plan.lines, plan.languages)
        for task in plan.tasks:
            self.tasks.items_of(task, plan.n_items)
        return found

    def begin(self, plan: DevelopmentPlan) -> Development:
        """Start it, or join it; what failed or was cancelled before is asked again."""
        members = self.members(plan)
        key = digest([plan.model_dump(mode="json"), members.model_dump(mode="json")])
        record = self.records.find(key)
        if record and record.ended is None:
            return self.advance(key)
        self._retry(key, plan, members)
        self.records.begin(key, plan, members)
        return self.advance(key)

    def view(self, key: str) -> Development:
        """How far a development is, by its own key or that of a `development` job; a 404 problem for any other."""
        record = self.records.find(key)
        if record is None:
            return self._of_job(key)
        ended = record.ended
        if ended and (ended.result is None or self.jobs.store.has(ended.result)):
            return ended
        return self._now(key, record)[0]

    def advance(self, key: str) -> Development:
        """Ask what can be asked now; a member that cannot be asked is left out."""
        record = self.records.find(key)
        if record is None or record.ended:
            return self.view(key)
        found, todo = self._now(key, record)
        for place, seen in enumerate(todo):
            try:
                for request in seen.todo:
                    self.jobs.submit(Submission(request=request, queue="batch"))
            except KnownError as error:
                self.records.refuse(key, place, error.problem)
        if found.request and not (found.collecting or found.result or found.problem):
            self.jobs.submit(Submission(request=found.request, queue="batch"))
        if found.state != "running":
            self.records.end(key, found)
        return found

    def cancel(self, key: str) -> Development:
        """Stop every job of it that has not ended; the points so far stay."""
        found = self.view(key)
        if found.state != "running":
            return found
        parts = [part for member in found.members for part in member.parts]
        for job in [*(part.key for part in parts if part.state and not part.state.ended), found.collecting]:
            if job:
                self.jobs.cancel(job)
        stopped = found.model_copy(update={"state": "cancelled"})
        if self.records.find(key):
            self.records.end(key, stopped)
        return stopped

    def _retry(self, key: str, plan: DevelopmentPlan, members: FamilyMembers) -> None:
        """What ended badly when it was asked before is queued again, before anybody looks at it as new."""
        look = Look(self.jobs, self._keys(), plan, members.axis)
        found = self._told(key, plan, look, look.at(members.members, {}))
        parts = [part for member in found.members for part in member.parts]
        bad = [part.key for part in parts if part.key and part.state in (JobState.FAILED, JobState.CANCELLED)]
        if found.collecting and found.state in ("failed", "cancelled"):
            bad.append(found.collecting)
        for job in bad:
            with suppress(KnownError):  # somebody else retried it, or it cannot be asked: `advance` tells
                self.jobs.retry(job)

    def _now(self, key: str, record: Record) -> tuple[Development, list[Seen]]:
        look = Look(self.jobs, self._keys(), record.plan, record.members.axis)
        seen = look.at(record.members.members, record.problems)
        return self._told(key, record.plan, look, seen), seen

    def _told(self, key: str, plan: DevelopmentPlan, look: Look, seen: Sequence[Seen]) -> Development:
        members = tuple(one.state for one in seen)
        collected = self._collected(look, seen) if _is_settled(members) else _Collected()
        points = tuple(sorted((one.point for one in seen if one.point), key=lambda point: point.position))
        return Development(
            key=key,
            axis=look.axis,
            plan=plan,
            request=collected.request,
            languages=plan.languages,
            members=members,
            summary=DevelopmentSummary(languages=plan.languages, points=points),
            result=collected.key if collected.is_stored else None,
            collecting=collected.key if collected.status else None,
            state=_state(collected),
            problem=collected.problem,
            observations=observations(points),
        )

    def _collected(self, look: Look, seen: Sequence[Seen]) -> _Collected:
        measured = [one.member for one in seen if one.member and one.state.stage == "measured"]
        if len(measured) < 2:
            return _Collected(problem=_too_few(seen))
        request = look.request(measured)
        key = look.keys.key(request)
        if self.jobs.store.has(key):
            return _Collected(key, None, request, is_stored=True)
        status = self.jobs.statuses.some([key]).get(key)
        problem = status.problem if status and status.state.ended else None
        return _Collected(key, status, request, problem=problem)

    def _of_job(self, key: str) -> Development:
        """The same about a `development` result, or the job that was asked for one by itself."""
        if self.jobs.store.has(key):
            return _stored(self.jobs.store.manifest(key))
        job = self.jobs.status(key)
        if not isinstance(job.request, DevelopmentRequest):
            raise _unknown(key)
        plan, members = _plan_of(job.request)
        look = Look(self.jobs, self._keys(), plan, job.request.axis)
        found = self._told(key, plan, look, look.at(members, {}))
        state = _state(_Collected(key, job, job.request, problem=job.problem))
        return found.model_copy(
            update={"state": state, "problem": job.problem, "collecting": key, "request": job.request, "plan": None}
        )

    def _keys(self) -> Keys:
        return Keys(self.jobs.models, self.jobs.corpora)

    def _known(self, plan: DevelopmentPlan) -> Known:
        match plan.family:
            case ModelFolders(folder=folder):
                check_source(OpenModelRequest(source=folder), self.model_roots)
                return Known(folders=_model_folders(Path(folder)))
            case TrainingCheckpoints(training=key):
                curve = Trainings(self.layout, self.jobs.store, self.jobs).curve(key)
                return Known(checkpoints=curve.checkpoints, start=self._start(key))
            case Sources():
                return Known(opened={entry.name: entry.source for entry in self.jobs.models.all()})
            case _:
                return Known()

    def _start(self, training: str) -> Start | None:
        request = self.jobs.status(training).request
        if not isinstance(request, TrainingRequest):
            return None
        return Start(request.model, self.jobs.models.named(request.model).source)


def _model_folders(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        return ()
    found = [path for path in folder.iterdir() if path.suffix.lower() == ".gguf" or (path / "config.json").is_file()]
    return tuple(sorted(map(str, found)))


def _is_settled(members: Sequence[MemberState]) -> bool:
    return all(member.stage in ("measured", "left_out") for member in members)


def _state(collected: _Collected) -> State:
    if collected.is_stored:
        return "done"
    if collected.status and collected.status.state is JobState.CANCELLED:
        return "cancelled"
    if collected.problem or (collected.status and collected.status.state is JobState.FAILED):
        return "failed"
    return "running"


def _plan_of(request: DevelopmentRequest) -> tuple[DevelopmentPlan, tuple[FamilyMember, ...]]:
    """The plan that would have asked it: its members are open already."""
    names = tuple(member.model for member in request.members)
    asked = request.model_dump(exclude={"kind", "members", "axis"})
    plan = DevelopmentPlan.model_validate({"family": Sources(sources=names), **asked})
    # The keys of the parts follow the order in which the languages were asked.
    plan = plan.model_copy(update={"languages": request.languages})
    return plan, tuple(
        FamilyMember(source=one.model, position=one.position, label=one.label or one.model[:60], model=one.model)
        for one in request.members
    )


def _stored(manifest: Manifest) -> Development:
    request, summary = manifest.request, manifest.summary
    if not isinstance(request, DevelopmentRequest) or not isinstance(summary, DevelopmentSummary):
        raise _unknown(manifest.key)
    names = (SIMILARITY, NEURONS, *(task.title for task in request.tasks))
    members = tuple(
        MemberState(
            member=one,
            stage="measured",
            model=one.model,
            position=one.position,
            parts=tuple(
                PartState(name=name, key=manifest.inputs.get(f"{one.model} {name}"), state=JobState.DONE)
                for name in names
            ),
        )
        for one in _plan_of(request)[1]
    )
    return Development(
        key=manifest.key,
        axis=request.axis,
        request=request,
        languages=summary.languages,
        members=members,
        summary=summary,
        result=manifest.key,
        state="done",
        observations=observations(summary.points),
    )


def _too_few(seen: Sequence[Seen]) -> Problem:
    n_measured = sum(one.state.stage == "measured" for one in seen)
    return KnownError(
        "too_few_measured",
        f"{n_measured} of {len(seen)} models could be measured; a development needs two",
        hint="Each model that is left out tells why; mend that and ask again.",
        status=409,
    ).problem


def _unknown(key: str) -> KnownError:
    return KnownError(
        "unknown_development",
        f"{key} is no development",
        hint="List the stored ones with GET /results?kind=development, or ask one with POST /development.",
        status=404,
    )


async def advance_forever(developments: Developments, *, every_seconds: float = EVERY_SECONDS) -> None:
    """The API's background task: nobody has to watch a development for it to go on."""
    took, told = 0.0, ""
    while True:
        await asyncio.sleep(max(every_seconds, REST * took))
        started = time.monotonic()
        try:
            for key in await asyncio.to_thread(developments.records.open):
                await asyncio.to_thread(developments.advance, key)
            told = ""
        except (RedisError, KnownError) as error:
            if str(error) != told:  # once, not every second of the time that Redis is away
                log.warning("cannot look after developments just now: %s", error)
            told = str(error)
        took = time.monotonic() - started
