"""What is remembered of a development under way: small, losable, in Redis. Asking the plan again makes it anew.

One hash per development: `plan` and `members` (JSON), `problem:{place}` of a member that could not be asked,
`cancelled`, and `ended`, the whole `Development` once nothing more happens to it.
"""

from __future__ import annotations

from typing import NamedTuple

from pydantic import ValidationError
from redis import Redis

from backend.contracts.development import Development, DevelopmentPlan, FamilyMembers
from backend.contracts.problems import Problem
from backend.contracts.streams import LISTED_SECONDS

OPEN = "lingua-atlas:developments"
"""Redis set of the keys of those that are under way."""


class Record(NamedTuple):
    """One of them, read."""

    plan: DevelopmentPlan
    members: FamilyMembers
    problems: dict[int, Problem]
    """By place of the member."""
    ended: Development | None


class Records(NamedTuple):
    """Reads and writes them."""

    redis: Redis

    def begin(self, key: str, plan: DevelopmentPlan, members: FamilyMembers) -> None:
        """Write or replace one, and have it looked after."""
        with self.redis.pipeline() as pipeline:
            pipeline.delete(_name(key))
            pipeline.hset(_name(key), mapping={"plan": plan.model_dump_json(), "members": members.model_dump_json()})
            pipeline.expire(_name(key), LISTED_SECONDS)
            pipeline.sadd(OPEN, key)
            pipeline.execute()

    def find(self, key: str) -> Record | None:
        """None where there is none, or one that another version wrote."""
        told = {name.decode(): value for name, value in self.redis.hgetall(_name(key)).items()}
        try:
            return Record(
                plan=DevelopmentPlan.model_validate_json(told["plan"]),
                members=FamilyMembers.model_validate_json(told["members"]),
                problems={
                    int(name.partition(":")[2]): Problem.model_validate_json(value)
                    for name, value in told.items()
                    if name.startswith("problem:")
                },
                ended=Development.model_validate_json(told["ended"]) if "ended" in told else None,
            )
        except (KeyError, ValidationError):
            return None

    def refuse(self, key: str, place: int, problem: Problem) -> None:
        """A member that cannot be asked is left out from now on."""
        self.redis.hset(_name(key), f"problem:{place}", problem.model_dump_json())

    def end(self, key: str, development: Development) -> None:
        """Nothing more happens to it."""
        with self.redis.pipeline() as pipeline:
            pipeline.hset(_name(key), "ended", development.model_dump_json())
            pipeline.srem(OPEN, key)
            pipeline.execute()

    def open(self) -> list[str]:
        """Keys of those under way; one whose record is gone is forgotten."""
        keys = [key.decode() for key in self.redis.smembers(OPEN)]
        gone = [key for key in keys if not self.redis.exists(_name(key))]
        if gone:
            self.redis.srem(OPEN, *gone)
        return [key for key in keys if key not in gone]


def _name(key: str) -> str:
    return f"lingua-atlas:development:{key}"
