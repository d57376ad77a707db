"""Asking: jobs, what they tell while they run, trainings and families of models."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Literal

import httpx

from backend.client.transport import Transport, plain
from backend.contracts.development import Development, DevelopmentPlan, FamilyMembers
from backend.contracts.jobs import Event, JobList, JobStatus, Submission
from backend.contracts.models import Capabilities
from backend.contracts.problems import KnownError
from backend.contracts.requests import Request
from backend.contracts.training import TrainingCurve
from backend.wire import events_in, parsed, problem_in, unreachable

Queue = Literal["interactive", "batch"]


class Jobs(Transport):
    """Questions, from the asking to the end."""

    def submit(self, request: Request, queue: Queue = "interactive") -> JobStatus:
        """Ask a question; a stored answer comes back as state `done` at once."""
        body = Submission(request=request, queue=queue).model_dump_json()
        response = self._send("POST", "/jobs", content=body, headers={"Content-Type": "application/json"})
        return parsed(JobStatus, response)

    def jobs(self) -> tuple[JobStatus, ...]:
        """Everything waiting, running and recently ended, newest first."""
        return self._get(JobList, "/jobs").jobs

    def job(self, key: str) -> JobStatus:
        """How one job stands."""
        return self._get(JobStatus, f"/jobs/{key}")

    def cancel(self, key: str) -> JobStatus:
        """Stop a job, queued or running."""
        return parsed(JobStatus, self._send("DELETE", f"/jobs/{key}"))

    def retry(self, key: str) -> JobStatus:
        """Run a failed or cancelled job again."""
        return parsed(JobStatus, self._send("POST", f"/jobs/{key}/retry"))

    def wait(
        self,
        key: str,
        on_progress: Callable[[JobStatus], None] | None = None,
        *,
        poll_seconds: float = 0.3,
        no_worker_seconds: float = 60.0,
    ) -> JobStatus:
        """Poll a job until it ends, however it ends; `on_progress` is called at every poll.

        Raises `no_worker` when for so long no worker was alive that could take it up; the job stays queued.
        """
        workers_at = time.monotonic()  # when one was last seen, or first looked for
        look_at = workers_at + no_worker_seconds / 4
        while True:
            status = self.job(key)
            if on_progress:
                on_progress(status)
            if status.state.ended:
                return status
            if (now := time.monotonic()) >= look_at:
                look_at = now + no_worker_seconds / 4
                if any(worker.state != "lost" for worker in self.capabilities().workers):
                    workers_at = now
                elif now - workers_at >= no_worker_seconds:
                    raise _no_worker(status, no_worker_seconds)
            time.sleep(poll_seconds)

    def events(self, key: str | None = None, *, last_event_id: str | None = None) -> Iterator[Event]:
        """What one job says from its beginning to its end; without `key`, every state event from now on."""
        path = plain(f"/jobs/{key}/events" if key else "/events")
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        try:
            with self._http.stream("GET", path, headers=headers, timeout=httpx.Timeout(60.0, read=None)) as response:
                if response.is_error:
                    response.read()
                    raise problem_in(response)
                yield from events_in(response.iter_lines())
        except httpx.TransportError as error:
            raise unreachable(self.base_url, error) from error

    def capabilities(self) -> Capabilities:
        """Workers, devices, queues and disk."""
        return self._get(Capabilities, "/capabilities")

    def training(self, key: str) -> TrainingCurve:
        """What a training job, running or ended, has told so far; steps thinned to 2,000."""
        return self._get(TrainingCurve, f"/training/{key}")

    def remove_checkpoints(self, key: str) -> None:
        """Remove the checkpoints of an ended training; its result stays."""
        self._send("DELETE", f"/training/{key}")

    def develop(self, plan: DevelopmentPlan) -> Development:
        """Measure a family of models; follow it with `development`."""
        return self._posted(Development, "/development", plan)

    def family_members(self, plan: DevelopmentPlan) -> FamilyMembers:
        """Who would be measured; starts nothing."""
        return self._posted(FamilyMembers, "/development/members", plan)

    def development(self, key: str) -> Development:
        """How far a development is, with the points that are there already."""
        return self._get(Development, f"/development/{key}")

    def cancel_development(self, key: str) -> Development:
        """Stop its jobs; the points so far stay."""
        return parsed(Development, self._send("DELETE", f"/development/{key}"))


def _no_worker(job: JobStatus, seconds: float) -> KnownError:
    return KnownError(
        "no_worker",
        f"no worker has been alive for {seconds:.0f} s; {job.title} (job {job.key}) is {job.state.value}",
        hint="Start one with `lingua-atlas worker` (`lingua-atlas up` starts everything): it takes the job up.",
        status=503,
    )
