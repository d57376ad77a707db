"""A choice that no request accepts, told in the words of the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from pydantic import ValidationError

from backend.contracts.problems import KnownError

Built = TypeVar("Built")

HINTS: Mapping[str, str] = {
    "fraction": "Give a share above 0 % and below 100 %; the paper uses 1 %, 3 % and 5 %.",
    "languages": "Choose the languages by clicking on their names.",
    "random_draws": "Three draws show how much chance matters; none leaves the column out.",
    "start": "Lines count from 0.",
    "stop": "Lines count from 0; the last line itself is left out.",
    "model": "Open a model on the start page first.",
}


def checked(build: Callable[[], Built]) -> Built:
    """What `build` gives; a request that pydantic refuses becomes a `KnownError` about its first field."""
    try:
        return build()
    except ValidationError as error:
        first = error.errors()[0]
        names = [part for part in first["loc"] if isinstance(part, str)]
        field = names[-1] if names else None
        message = first["msg"].removeprefix("Value error, ")
        told = f"{field} is {_shown(first['input'])}: {_lower(message)}" if field else message
        raise KnownError(
            "invalid_request", told, title="That cannot be asked", hint=HINTS.get(field or "", ""), field=field
        ) from None


def _shown(value: object) -> str:
    if value is None or value in ((), []):
        return "empty"
    return f"{value:g}" if isinstance(value, int | float) else repr(value)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
