"""How far a job is: told to Redis at most ten times a second, and the points where it may be stopped.

Progress is losable. When Redis is away the job goes on and progress is silent for a moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, TypeVar

from redis import Redis
from redis.exceptions import RedisError

from backend.contracts.jobs import Event, StateEvent, Token, TokenEvent
from backend.contracts.jobs import Progress as ProgressContract
from backend.contracts.problems import Problem
from backend.contracts.streams import job_record, tell
from backend.contracts.vocabulary import JobState, Phase
from workers.cancellation import JobCancelled, checkpoint, shield

__all__ = ["JobCancelled", "Progress", "shield", "stoppable"]

T = TypeVar("T")
INTERVAL_SECONDS = 0.1
SILENCE_SECONDS = 1.0
"""After a failed write, none is tried for this long."""


def stoppable(items: Iterable[T], total: int, unit: str) -> Iterator[T]:
    """Tell nobody, but stop here when the job is cancelled: for a loop within one that is counted."""
    del total, unit
    for item in items:
        checkpoint()
        yield item


class Progress:
    """The progress of one running job."""

    def __init__(self, connection: Redis, key: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._connection = connection
        self._key = key
        self._clock = clock
        self._state = ProgressContract(phase=Phase.RUNNING)
        self._told: ProgressContract | None = None
        self._next_at = 0.0
        self._tokens: dict[tuple[str, int], TokenEvent] = {}

    def of(self, key: str) -> Progress:
        """The progress of another job over the same connection."""
        return Progress(self._connection, key, clock=self._clock)

    def phase(self, phase: Phase, note: str = "") -> None:
        """Enter a phase; told at once, counters start over."""
        self._state = ProgressContract(phase=phase, note=note)
        self.flush()
        checkpoint()

    def track(self, items: Iterable[T], total: int, unit: str, note: str = "") -> Iterator[T]:
        """Yield the items; count them, estimate the time left, and stop here when the job is cancelled."""
        phase, since = self._state.phase, self._clock()
        self._set(ProgressContract(phase=phase, total=total, unit=unit, note=note))
        for done, item in enumerate(items, start=1):
            checkpoint()
            yield item
            each_seconds = (self._clock() - since) / done
            self._set(
                ProgressContract(
                    phase=phase,
                    done=done,
                    total=total,
                    unit=unit,
                    note=note,
                    eta_seconds=round(each_seconds * max(total - done, 0), 1),
                )
            )
        checkpoint()

    def tokens(
        self, *, side: Literal["base", "perturbed"], prompt: int, language: str, offset: int, tokens: Sequence[Token]
    ) -> None:
        """Show generated tokens while they come; neighbours of one continuation travel together."""
        waiting = self._tokens.get((side, prompt))
        if waiting and waiting.offset + len(waiting.tokens) == offset:
            event = waiting.model_copy(update={"tokens": (*waiting.tokens, *tokens)})
        else:
            event = TokenEvent(
                key=self._key, side=side, prompt=prompt, language=language, offset=offset, tokens=tuple(tokens)
            )
            if waiting:
                self.flush()
        self._tokens[side, prompt] = event
        self._flush_when_due()
        checkpoint()

    def flush(self) -> None:
        """Tell whatever is not told yet."""
        events: list[Event] = list(self._tokens.values())
        if self._state != self._told:
            events.append(StateEvent(key=self._key, state=JobState.RUNNING, progress=self._state))
        self._told, self._tokens = self._state, {}
        if events:
            self._write(events)

    def problem_of(self, key: str) -> Problem | None:
        """Why another job did not give its result, as far as Redis remembers."""
        try:
            told = self._connection.hget(job_record(key), "problem")
        except RedisError:
            return None
        return Problem.model_validate_json(told) if told else None

    def _set(self, state: ProgressContract) -> None:
        self._state = state
        self._flush_when_due()

    def _flush_when_due(self) -> None:
        if self._clock() >= self._next_at:
            self.flush()

    def _write(self, events: Sequence[Event]) -> None:
        self._next_at = self._clock() + INTERVAL_SECONDS
        with shield():  # an exception between a command and its answer would leave the connection unusable
            try:
                if self._connection.hget(job_record(self._key), "problem"):
                    return  # the job has ended: others gave this process up
                with self._connection.pipeline(transaction=False) as pipeline:
                    for event in events:
                        tell(pipeline, event)
                    pipeline.execute()
            except RedisError:
                self._next_at = self._clock() + SILENCE_SECONDS
