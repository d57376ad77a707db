"""A choice that no request accepts, told in the words of the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from backend.contracts.problems import KnownError

Built = TypeVar("Built")

HINTS: Mapping[str, str] = {
    "fraction": "Give a share above 0 % and below 100 %; the paper uses 1 %, 3 % and 5 %.",
    "languages": "Choose the languages by clicking on their names.",
    "random_draws": "Ten draws show how much chance matters; none leaves the column out.",
    "start": "Lines count from 0.",
    "stop": "Lines count from 0; the last line itself is left out.",
    "model": "Open a model on the start page first.",
    "training": "Choose a training that has saved checkpoints; the Train page makes one.",
    "n_permutations": "Shuffles of the language labels: 0 for none; p cannot be below one over their number.",
    "separation": "A part of the variance over languages, above 0 and up to 1; 0.9 is the default.",
    "threshold": "The paper takes 2; with L languages z cannot exceed √(L − 1).",
}


def checked(build: Callable[[], Built]) -> Built:
    """What `build` gives; a request that pydantic refuses becomes a `KnownError` about its first field."""
    try:
        return build()
    except ValidationError as error:
        first = error.errors()[0]
        names = [part for part in first["loc"] if isinstance(part, str)]
        field = names[-1] if names else None
        told = _told(field, first)
        raise KnownError(
            "invalid_request", told, title="That cannot be asked", hint=HINTS.get(field or "", ""), field=field
        ) from None


def _told(field: str | None, error: ErrorDetails) -> str:
    """The first problem in a sentence; a choice of several fields explains itself."""
    message, given = error["msg"].removeprefix("Value error, "), error["input"]
    if field is None or isinstance(given, Mapping):
        return message
    if given in ("", (), []):
        return f"{field} is empty"
    if error["type"] == "too_short":
        least = error["ctx"]["min_length"]
        return f"{field}: {least} or more are needed, {error['ctx']['actual_length']} given"
    return f"{field} is {_shown(given)}: {_lower(message)}"


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    return f"{value:g}" if isinstance(value, int | float) else repr(value)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
