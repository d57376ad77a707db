"""What the Hugging Face Hub says about a model, within seconds: its commit, its files, whether it is gated.

One HTTP request with limits of our own. The name look-up of a dead network has no limit in any
HTTP library, so the request runs beside a clock.
"""

from __future__ import annotations

import os
import threading
from typing import Any, NamedTuple

import httpx
from huggingface_hub import constants, get_token

from backend.contracts.problems import KnownError

LIMIT_SECONDS = 9.0


class HubFile(NamedTuple):
    """One file of a repository."""

    name: str
    size_bytes: int


class HubModel(NamedTuple):
    """A model at one commit."""

    commit: str
    files: tuple[HubFile, ...]
    licence: str


class UnreachableError(Exception):
    """The hub gave no answer; says why."""


def look_up(model_id: str, revision: str | None, *, endpoint: str | None = None) -> HubModel:
    """Ask the hub. Raises `UnreachableError`, or the problem of a missing or gated model."""
    if constants.is_offline_mode() if hasattr(constants, "is_offline_mode") else constants.HF_HUB_OFFLINE:
        raise UnreachableError("HF_HUB_OFFLINE is set")
    base = endpoint or os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    response = _get(f"{base.rstrip('/')}/api/models/{model_id}/revision/{revision or 'main'}")
    if response.status_code in (401, 403, 404):
        raise refused(model_id, revision, code=response.headers.get("X-Error-Code", ""), status=response.status_code)
    if response.is_error:
        raise UnreachableError(f"{base} answered {response.status_code}")
    return _model(response.json())


def refused(model_id: str, revision: str | None, *, code: str, status: int) -> KnownError:
    """Why the hub does not give a model, as a problem."""
    if code == "GatedRepo" or (status == 403 and not code):
        return KnownError(
            "gated_model",
            f"{model_id} is gated: its authors give access to those who accept their terms",
            hint=f"Accept the terms at https://huggingface.co/{model_id} and start the worker with HF_TOKEN set.",
            status=403,
            field="source",
        )
    if code == "RevisionNotFound":
        return KnownError(
            "model_not_found",
            f"{model_id} has no revision {revision!r} on the Hugging Face Hub",
            hint=f"Choose a branch, tag or commit listed at https://huggingface.co/{model_id}/tree/main.",
            status=404,
            field="revision",
        )
    return KnownError(
        "model_not_found",
        f"the Hugging Face Hub has no public model {model_id!r}",
        hint="Check the spelling (org/name). A private model needs HF_TOKEN set for the worker.",
        status=404,
        field="source",
    )


def _get(url: str) -> httpx.Response:
    """The response, or `UnreachableError` within `LIMIT_SECONDS`, whatever the network does."""
    answers: list[httpx.Response | Exception] = []

    def ask() -> None:
        token = get_token()
        try:
            with httpx.Client(timeout=LIMIT_SECONDS / 2, follow_redirects=True) as client:
                answers.append(
                    client.get(
                        url,
                        params={"blobs": "true"},
                        headers={"Authorization": f"Bearer {token}"} if token else {},
                    )
                )
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            answers.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(LIMIT_SECONDS)
    if not answers:
        raise UnreachableError(f"no answer within {LIMIT_SECONDS:.0f} seconds")
    if isinstance(answers[0], Exception):
        raise UnreachableError(str(answers[0]) or type(answers[0]).__name__)
    return answers[0]


def _model(answer: dict[str, Any]) -> HubModel:
    files = tuple(HubFile(file["rfilename"], int(file.get("size") or 0)) for file in answer.get("siblings", ()))
    licence = (answer.get("cardData") or {}).get("license") or ""
    return HubModel(str(answer["sha"]), files, licence if isinstance(licence, str) else ", ".join(licence))
