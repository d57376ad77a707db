"""Every failure of the API as RFC 9457 problem details: what was given, what is accepted, what to do."""

from __future__ import annotations

import logging

import redis.exceptions
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from backend.artifacts.disk import disk_problem
from backend.contracts.problems import KnownError
from backend.contracts.redis_problems import redis_problem, redis_state
from backend.doors import HEADERS, problem_response
from backend.wording import problem_of_validation

_log = logging.getLogger(__name__)
_HTTP_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


def install(app: FastAPI) -> None:
    """Let every exception leave the API as a problem."""
    app.add_exception_handler(KnownError, _known)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(redis.exceptions.RedisError, _redis_refuses)
    app.add_exception_handler(OSError, _disk)
    app.add_exception_handler(Exception, _unexpected)


async def _known(_: Request, error: Exception) -> Response:
    assert isinstance(error, KnownError)
    return problem_response(error.problem)


async def _validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem_response(problem_of_validation(error.errors()))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _HTTP_CODES.get(error.status_code, f"http_{error.status_code}")
    asked = f"{request.method} {request.url.path}"
    words = {
        404: (f"there is nothing at {asked}", "The paths of this API are listed at /docs."),
        405: (f"{asked} is not allowed here", "The methods of each path are listed at /docs."),
    }
    detail, hint = words.get(error.status_code, (str(error.detail), ""))
    known = KnownError(code, detail, hint=hint, status=error.status_code)
    return problem_response(known.problem, dict(error.headers or {}))


async def _redis_refuses(request: Request, error: Exception) -> Response:
    state = redis_state(error)
    return problem_response(redis_problem(state).problem) if state else await _unexpected(request, error)


async def _disk(request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)
    known = disk_problem(error, request.app.state.settings.layout.root)
    return problem_response(known.problem) if known else await _unexpected(request, error)


async def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    known = KnownError(
        "internal_error",
        f"{request.method} {request.url.path} failed in a way that nobody expected ({type(error).__name__})",
        hint="The log of the API tells more; please report it.",
        status=500,
    )
    return problem_response(known.problem, HEADERS)  # made outside of every middleware
