"""The routes of jobs and of live events. No logic: the service has it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Path, Request, Response
from fastapi.responses import StreamingResponse

from backend.contracts.base import Key
from backend.contracts.jobs import JobList, JobStatus, Submission
from backend.contracts.problems import Problem
from backend.contracts.vocabulary import JobState
from backend.jobs.service import JobService
from backend.jobs.streaming import follow_all, follow_job

Responses = dict[int | str, dict[str, Any]]

router = APIRouter(tags=["jobs"])

_NO_BUFFERING = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_EXAMPLES = {
    "importance": {
        "summary": "Score the importance of every parameter on Arabic",
        "value": {"request": {"kind": "importance", "scores": {"model": "demo-gemma"}, "language": "ar"}},
    },
    "open_model": {
        "summary": "Open a model by its Hugging Face id",
        "value": {"request": {"kind": "open_model", "source": "HuggingFaceTB/SmolLM2-135M"}},
    },
}
_NOT_FOUND: Responses = {404: {"model": Problem, "description": "No such job or result."}}
_STREAM: Responses = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Server-sent events."}
}


def _service(request: Request) -> JobService:
    return request.app.state.jobs


Service = Annotated[JobService, Depends(_service)]
JobKey = Annotated[Key, Path(description="Key of the job, which is the key of its result.")]
LastEventId = Annotated[str, Header(description="Id of the last event that arrived.", pattern=r"^(\d+(-\d+)?)?$")]


@router.post(
    "/jobs",
    status_code=202,
    summary="Ask a question",
    responses={
        200: {"model": JobStatus, "description": "Answered already: the result is stored."},
        404: {"model": Problem, "description": "The model or the corpus is not known."},
        409: {"model": Problem, "description": "The model's files changed or vanished."},
        422: {"model": Problem, "description": "The request cannot be answered as it is."},
    },
)
def submit(
    submission: Annotated[Submission, Body(openapi_examples=_EXAMPLES)], service: Service, response: Response
) -> JobStatus:
    """Queue a request, join the job that answers it already, or give the stored answer (200)."""
    status = service.submit(submission)
    response.status_code = 200 if status.state is JobState.DONE else 202
    return status


@router.get("/jobs", summary="List jobs")
def list_jobs(service: Service) -> JobList:
    """Everything queued, waiting, running or lately ended, newest first."""
    return service.jobs()


@router.get("/jobs/{key}", summary="Look at one job", responses=_NOT_FOUND)
def get_job(key: JobKey, service: Service) -> JobStatus:
    """Its state, progress, place in the queue, attempts, and why it failed."""
    return service.status(key)


@router.delete("/jobs/{key}", summary="Cancel a job", responses=_NOT_FOUND)
def cancel_job(key: JobKey, service: Service) -> JobStatus:
    """Queued jobs end at once, a running one within a second. A job that has ended stays as it is."""
    return service.cancel(key)


@router.post(
    "/jobs/{key}/retry",
    status_code=202,
    summary="Retry a failed or cancelled job",
    responses={**_NOT_FOUND, 409: {"model": Problem, "description": "The job has not failed."}},
)
def retry_job(key: JobKey, service: Service) -> JobStatus:
    """Submit the same request again; its key changes when the model or the text changed meanwhile."""
    return service.retry(key)


@router.get("/jobs/{key}/events", summary="Follow one job", responses={**_NOT_FOUND, **_STREAM})
def job_events(key: JobKey, service: Service, request: Request, last_event_id: LastEventId = "") -> StreamingResponse:
    """Replays what the job said, follows it, and ends with `event: end`."""
    service.status(key)
    stream = follow_job(request.app.state.fanout, service, key, after=last_event_id)
    return StreamingResponse(stream, media_type="text/event-stream", headers=_NO_BUFFERING)


@router.get("/events", summary="Follow all jobs", responses=_STREAM)
def all_events(request: Request, last_event_id: LastEventId = "") -> StreamingResponse:
    """State events of every job, from now on or after `Last-Event-ID`."""
    stream = follow_all(request.app.state.fanout, after=last_event_id)
    return StreamingResponse(stream, media_type="text/event-stream", headers=_NO_BUFFERING)
