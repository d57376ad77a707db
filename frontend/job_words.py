"""Jobs in words: shares, durations, phases, states. Pure; events.js says the same in the browser."""

from __future__ import annotations

from datetime import datetime

from backend.contracts.jobs import JobStatus, Progress
from backend.contracts.vocabulary import AnalysisKind, JobState

STATE_COLOURS = {
    JobState.WAITING: "gray",
    JobState.QUEUED: "gray",
    JobState.RUNNING: "indigo",
    JobState.DONE: "teal",
    JobState.FAILED: "red",
    JobState.CANCELLED: "orange",
}
KIND_NAMES = {kind: kind.value.replace("_", " ").capitalize() for kind in AnalysisKind}


UNDER_A_SECOND = "under 1 s"


def percent(progress: Progress) -> float:
    """Share done of the present phase, 0 to 100; 100 while the total is not known."""
    return round(100 * progress.done / progress.total, 1) if progress.total else 100.0


def duration(seconds: float) -> str:
    """`under 1 s`, `8 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 1:
        return UNDER_A_SECOND
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 and whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(n_bytes: int) -> str:
    """`1.1 GB`, `240 MB`, `3 kB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if n_bytes >= factor:
            return f"{n_bytes / factor:.3g} {unit}"
    return f"{n_bytes / 1e3:.0f} kB" if n_bytes >= 1e3 else f"{n_bytes} bytes"


def count(number: int) -> str:
    """`268 M`, `7.24 B`, `12 k`."""
    for unit, factor in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= factor:
            return f"{number / factor:.3g} {unit}"
    return str(number)


def progress_text(progress: Progress) -> str:
    """Phase, what is being worked on, share and time left, as one line."""
    parts = [progress.phase.value, progress.note]
    if progress.total:
        parts.append(f"{progress.done:,} of {progress.total:,} {progress.unit}".strip())
    if progress.eta_seconds is not None:
        parts.append(f"{_roughly(progress.eta_seconds)} left")
    return " · ".join(part for part in parts if part)


def _roughly(seconds: float) -> str:
    told = duration(seconds)
    return told if told == UNDER_A_SECOND else f"about {told}"


def waiting_text(job: JobStatus) -> str:
    """Why a job that does not run yet does not: other jobs first, or its place in the queue."""
    if job.state is JobState.WAITING:
        return "waits for the jobs it builds on"
    if job.position is None:
        return "queued"
    return "next in the queue" if job.position == 0 else f"{job.position} before it in the queue"


def ran_for(job: JobStatus) -> float | None:
    """Seconds between start and end, None while either is missing."""
    return (job.ended_at - job.started_at).total_seconds() if job.started_at and job.ended_at else None


def moment(time: datetime | None) -> str:
    """ISO text that events.js turns into the reader's local time; '' for none."""
    return time.isoformat() if time else ""
