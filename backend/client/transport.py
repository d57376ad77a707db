"""One HTTP connection to the API; every failure comes back as `KnownError`. Knows no path."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Self
from urllib.parse import quote

import httpx

from backend.contracts.base import Contract
from backend.contracts.binding import require_sendable
from backend.contracts.paths import is_plain
from backend.contracts.problems import KnownError
from backend.wire import Answer, parsed, problem_in, unreachable

DEFAULT_URL = "http://127.0.0.1:8050/api"
"""The API as the page of `lingua-atlas up` and `demo` passes it on."""

KEPT_ANSWERS = 64


class Kept(NamedTuple):
    """An answer and the tag that the API gave it."""

    tag: str
    answer: Contract


class Transport:
    """Sends, reads, and says what went wrong. Without an address: `LINGUA_ATLAS_API_URL`, else this machine's."""

    def __init__(
        self,
        base_url: str | None = None,
        token: str | None = None,
        transport: httpx.BaseTransport | None = None,
        *,
        timeout_seconds: float = 60.0,
    ) -> None:
        if base_url is None:  # in a notebook three lines should do
            base_url = os.environ.get("LINGUA_ATLAS_API_URL") or DEFAULT_URL
            token = token or os.environ.get("LINGUA_ATLAS_TOKEN")
        require_sendable(token)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.base_url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.base_url, headers=headers, transport=transport, timeout=timeout_seconds, trust_env=False
        )
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._keeping = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections free."""
        self._http.close()

    def _get(self, answer: type[Answer], path: str, **params: object) -> Answer:
        """Ask; what the API says is as it was (by its tag) is not read again: lists of results are long."""
        query = given(params)
        place = f"{path}?{query}"
        kept = self._kept.get(place)
        response = self._send("GET", path, params=query, headers={"If-None-Match": kept.tag} if kept else None)
        if kept and response.status_code == httpx.codes.NOT_MODIFIED and isinstance(kept.answer, answer):
            return kept.answer
        made = parsed(answer, response)
        if tag := response.headers.get("ETag"):
            self._keep(place, Kept(tag, made))
        return made

    def _keep(self, place: str, kept: Kept) -> None:
        with self._keeping:
            self._kept[place] = kept
            self._kept.move_to_end(place)
            while len(self._kept) > KEPT_ANSWERS:
                self._kept.popitem(last=False)

    def _posted(self, answer: type[Answer], path: str, body: Contract) -> Answer:
        headers = {"Content-Type": "application/json"}
        return parsed(answer, self._send("POST", path, content=body.model_dump_json(), headers=headers))

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: httpx.QueryParams | None = None,
        content: str | bytes | Iterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        path = plain(path)
        try:
            response = self._http.request(method, path, params=params, content=content, headers=headers)
        except httpx.TransportError as error:
            raise unreachable(self.base_url, error) from error
        if response.is_error:
            raise problem_in(response)
        return response


def plain(path: str) -> str:
    """The path percent-encoded. A name out of an address bar such as `../jobs` or `a?b` asks for nothing else."""
    encoded = quote(path, safe="/@+:,;=!$&'()*~", errors="replace")
    if is_plain(encoded.encode("ascii")):
        return encoded
    raise KnownError(
        "not_found",
        f"there is nothing at {path!r}",
        hint="Names and keys hold no slashes, dots alone, percent signs or control characters.",
        status=404,
    )


def given(params: Mapping[str, object]) -> httpx.QueryParams:
    """Query parameters without those that are None."""
    return httpx.QueryParams({name: value for name, value in params.items() if value is not None})  # type: ignore[misc]
