"""What HTTP answers mean to the client: contracts, problems raised as `KnownError`, events, tiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TypeVar

import httpx
import numpy as np
from pydantic import ValidationError

from backend.contracts.base import Contract
from backend.contracts.jobs import EVENT, Event
from backend.contracts.problems import KnownError, Problem
from backend.contracts.results import TileHeader

Answer = TypeVar("Answer", bound=Contract)


def tile_values(content: bytes, header: TileHeader) -> np.ndarray:
    """Float32 [height, width] of a binary tile."""
    shape = (header.height, header.width)
    if header.format == "f32":
        return np.frombuffer(content, dtype="<f4").reshape(shape)
    steps = np.frombuffer(content, dtype=np.uint8).reshape(shape).astype(np.float32)
    if header.format == "l8":
        values = header.low * np.power(np.float32(header.high / header.low), (steps - 1) / np.float32(254))
        return np.where(steps > 0, values, np.float32(0)).astype(np.float32)
    return header.low + steps / np.float32(255) * np.float32(header.high - header.low)


def tiles_values(content: bytes, headers: Sequence[TileHeader]) -> list[np.ndarray]:
    """The same of several tiles that follow each other."""
    sizes = [header.height * header.width * (4 if header.format == "f32" else 1) for header in headers]
    starts = accumulate(sizes, initial=0)
    parts = zip(starts, sizes, headers, strict=False)  # one start more than tiles: the end
    return [tile_values(content[start : start + size], header) for start, size, header in parts]


def parsed(answer: type[Answer], response: httpx.Response) -> Answer:
    """The body as the contract it should be."""
    try:
        return answer.model_validate_json(response.content)
    except ValidationError as error:
        raise KnownError(
            "unexpected_answer",
            f"{response.request.url} answered with something that is no {answer.__name__}",
            hint="Check that the address is a Lingua Atlas API of the same version; that of a page ends in /api.",
            status=502,
        ) from error


def problem_in(response: httpx.Response) -> KnownError:
    """The error that a refusing answer carries."""
    try:
        return KnownError.of(Problem.model_validate_json(response.content))
    except ValidationError:
        return KnownError(
            "unexpected_answer",
            f"{response.request.url} answered {response.status_code} {response.reason_phrase}",
            hint="Check that the address is a Lingua Atlas API; that of a page ends in /api.",
            status=502,
        )


def unreachable(base_url: str, error: Exception) -> KnownError:
    """Nobody answers at `base_url`."""
    return KnownError(
        "api_unreachable",
        f"the API at {base_url} does not answer ({type(error).__name__}: {error})",
        hint="Start it with `lingua-atlas up`, or check the address.",
        status=503,
    )


def events_in(lines: Iterator[str]) -> Iterator[Event]:
    """Parse a server-sent stream: `event: end` ends it, comments are skipped."""
    name, data = "", ""
    for line in lines:
        field, _, value = line.partition(":")
        if not line:
            if name == "end":
                return
            if data:
                yield EVENT.validate_json(data)
            name, data = "", ""
        elif field == "event":
            name = value.strip()
        elif field == "data":
            data += value.removeprefix(" ")
