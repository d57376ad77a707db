"""One round: questions, a fault at a random moment, and whether everything that was promised still holds."""

from __future__ import annotations

import random
import time
from typing import NamedTuple

from backend.contracts.jobs import JobStatus
from backend.contracts.problems import KnownError
from backend.contracts.requests import Request
from backend.contracts.vocabulary import JobState
from tests.faults.atlas import PATIENCE_SECONDS, Atlas, LostError
from tests.faults.kinds import Kind
from tests.workers.queue.bench import removal

COMMANDS = ("sleep 0.2", "edit 0.3", "speak 5", "sleep 0.5", "edit 0.1")
INPUT_FAILED = "input_failed"


class Asked(NamedTuple):
    """A question and its job."""

    request: Request
    key: str


def play(atlas: Atlas, kind: Kind, chance: random.Random) -> list[str]:
    """Everything that was lost, one sentence each."""
    try:
        asked = [_ask(atlas, request) for request in _questions(atlas, chance)]
        time.sleep(chance.uniform(0.0, 0.25 if atlas.quick else 1.2))
        kind.act(atlas, chance)
        atlas.revive()
        asked = [_ended(atlas, one, kind) for one in asked]
        for one in asked:
            atlas.require_whole(one.key)
        atlas.answered(atlas.question("speak 1"))
        _require_rest(atlas)
    except LostError as lost:
        return [f"{kind.name}: {lost}"]
    except KnownError as error:
        return [f"{kind.name}: refused by {error.problem.code}: {error.problem.detail}"]
    return []


def _questions(atlas: Atlas, chance: random.Random) -> list[Request]:
    found = [atlas.question(chance.choice(COMMANDS)) for _ in range(2 if atlas.quick else chance.randint(2, 4))]
    if not atlas.quick and chance.random() < 0.25:  # a question made of questions
        found.append(removal("de", "en").model_copy(update={"seed": atlas.number()}))
    return found


def _ask(atlas: Atlas, request: Request) -> Asked:
    return Asked(request, atlas.submit(request).key)


def _ended(atlas: Atlas, asked: Asked, kind: Kind) -> Asked:
    """Wait until a job is done; what failed with a problem of the day is retried once, as a user would."""
    status = _wait(atlas, asked, kind)
    if status.state is JobState.DONE:
        return asked
    code = status.problem.code if status.problem else "no reason"
    if status.state is not JobState.FAILED or not (code in kind.problems or (kind.problems and code == INPUT_FAILED)):
        raise LostError(f"job {asked.key} ended as {status.state.value}: {status.problem}")
    atlas.seen["retried"] += 1
    retried = Asked(asked.request, atlas.client.retry(asked.key).key)
    status = _wait(atlas, retried, kind)
    if status.state is not JobState.DONE:
        raise LostError(f"job {asked.key} failed again: {status.problem}")
    return retried


def _wait(atlas: Atlas, asked: Asked, kind: Kind) -> JobStatus:
    deadline, status = time.monotonic() + PATIENCE_SECONDS, None
    while status is None or not status.state.ended:
        if time.monotonic() > deadline:
            raise LostError(f"job {asked.key} is stuck: {status}")
        time.sleep(0.05)
        atlas.revive()
        try:
            status = atlas.status(asked.key)
        except KnownError as error:
            if not kind.may_vanish:
                raise LostError(f"job {asked.key} was lost: {error.problem.detail}") from None
            atlas.seen["vanished"] += 1
            atlas.submit(asked.request)
    if status.attempts > kind.tries:
        raise LostError(f"job {asked.key} was begun {status.attempts} times of {kind.tries}")
    atlas.seen["begun again"] += status.attempts > 1
    return status


def _require_rest(atlas: Atlas) -> None:
    """Nothing is under way any more, nobody is left alone, and the atlas says that it is well."""
    atlas.until(lambda: all(job.state.ended for job in atlas.client.jobs()), "every job has ended")
    atlas.until(lambda: atlas.health() == "ok", "/health says ok", seconds=10)
    atlas.until(lambda: not atlas.orphans(), "no process is left alone", seconds=10)
