"""Jobs and stored results as one list: the job list is short-lived, the results stay. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from backend.contracts.building import model_of, own_texts, texts_of
from backend.contracts.jobs import JobStatus
from backend.contracts.requests import (
    GenerationRequest,
    Lines,
    OpenModelRequest,
    PerturbationRequest,
    RemovalRequest,
    Request,
)
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import AnalysisKind, JobState
from frontend import urls
from frontend.writing import beginning, isolated

Filter = Literal["all", "active", "done", "failed", "cancelled"]
ACTIVE = (JobState.RUNNING, JobState.QUEUED, JobState.WAITING)
_ORDER = {JobState.RUNNING: 0, JobState.QUEUED: 1, JobState.WAITING: 2}


class RunRow(NamedTuple):
    """One line of the Runs page."""

    job: JobStatus
    result: ResultRow | None
    """None while nothing is stored under this key."""

    @property
    def kind(self) -> AnalysisKind:
        """Which question it asks."""
        return self.job.request.kind

    @property
    def model(self) -> str:
        """Name of the model, the source where it has none yet."""
        if self.result is not None:
            return self.result.model
        request = self.job.request
        return request.source if isinstance(request, OpenModelRequest) else model_of(request) or ""

    @property
    def detail(self) -> str:
        """What tells this question from others of its kind: texts, prompts, revision."""
        return _detail(self.job.request)

    @property
    def href(self) -> str | None:
        """Page that shows the result; None while there is none."""
        return urls.open_result(self.kind, self.job.key, self.model) if self.result else None

    @property
    def when(self) -> datetime | None:
        """The latest known moment of its life."""
        return self.job.ended_at or self.job.started_at or self.job.submitted_at


def rows(jobs: Sequence[JobStatus], results: Sequence[ResultRow]) -> tuple[RunRow, ...]:
    """Running, then queued in their order, then waiting, then what has ended, newest first."""
    stored = {row.key: row for row in results}
    known = {job.key for job in jobs}
    found = [RunRow(job, stored.get(job.key)) for job in jobs]
    found += [RunRow(_finished(row), row) for row in results if row.key not in known]
    return tuple(sorted(found, key=_rank))


def chosen(found: Sequence[RunRow], state: str) -> tuple[RunRow, ...]:
    """The rows a filter keeps."""
    return tuple(row for row in found if group_of(row.job.state) == state or state == "all")


def group_of(state: JobState) -> Filter:
    """The filter under which a state is found."""
    if state in ACTIVE:
        return "active"
    return "done" if state is JobState.DONE else "failed" if state is JobState.FAILED else "cancelled"


def opened_of(query: Mapping[str, str]) -> str | None:
    """Key of the run or result that an address opens: `job`, or `result` as on every other page."""
    return query.get("job") or query.get("result") or query.get("key")


def filter_of(text: str | None) -> Filter:
    """Filter of an address: one of its names, a state, else everything."""
    if text in ("active", "done", "failed", "cancelled"):
        return text  # type: ignore[return-value]
    return "active" if text in [state.value for state in ACTIVE] else "all"


def n_rows_of(text: str | None, fewest: int) -> int:
    """How many rows of each group an address wants to see; never less than `fewest`."""
    return max(fewest, int(text)) if text and text.isdigit() else fewest


def signature(shown: Sequence[RunRow]) -> list[list[object]]:
    """What a list looks like apart from running progress: equal signatures need no new drawing."""
    return [
        [row.job.key, row.job.state.value, row.job.position, row.job.attempts, row.result is not None] for row in shown
    ]


def command_line(request: Request) -> str:
    """The shell command that asks the same question."""
    return f"echo {shlex.quote(request.model_dump_json())} | lingua-atlas run - --wait"


def _detail(request: Request) -> str:
    match request:
        case OpenModelRequest():
            return f"revision {request.revision}" if request.revision else ""
        case GenerationRequest() | PerturbationRequest() if request.prompts:
            return f"\u201c{isolated(beginning(request.prompts[0].text, 60))}\u201d"
        case RemovalRequest():
            return f"{request.random_draws} random draws, {_lines(request.evaluation.lines)}"
        case _:
            # Its own text; a region's is that of its scores.
            return ", ".join(_lines(lines) for lines, _ in (own_texts(request) or texts_of(request))[:1])


def _lines(lines: Lines) -> str:
    return f"{lines.corpus} lines {lines.start} to {'the end' if lines.stop is None else lines.stop - 1}"


def _finished(row: ResultRow) -> JobStatus:
    """The job of a stored result that the queue has forgotten."""
    return JobStatus(
        key=row.key, title=row.title, request=row.request, state=JobState.DONE, ended_at=row.created_at, attempts=0
    )


def _rank(row: RunRow) -> tuple[int, float]:
    group = _ORDER.get(row.job.state, 3)
    if group == 1:
        return group, float(row.job.position or 0)
    return group, -(row.when.timestamp() if row.when else 0.0)
