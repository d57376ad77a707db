"""A handler that fails: told to the user in a notification, to the log with its traceback if nobody expected it."""

from __future__ import annotations

import logging
from typing import Any

from dash import set_props

from backend.contracts.problems import KnownError, Problem
from frontend.shell import ShellId

log = logging.getLogger("lingua_atlas.frontend")

UNEXPECTED = Problem(
    code="page_failed",
    title="This page has stumbled",
    status=500,
    detail="Something went wrong while drawing it; your results are safe.",
    hint="Reload the page. The dashboard's log tells the details.",
)


def notice(problem: Problem) -> dict[str, Any]:
    """The notification that says a problem."""
    message = f"{problem.detail} {problem.hint}".strip()
    return {"action": "show", "title": problem.title, "message": message, "color": "red", "autoClose": 10_000}


def report(error: Exception) -> None:
    """Dash's `on_error`: nothing on the page changes, the user is told."""
    if not isinstance(error, KnownError):
        log.error("a handler of the page failed", exc_info=error)
    problem = error.problem if isinstance(error, KnownError) else UNEXPECTED
    set_props(ShellId.NOTIFICATIONS, {"sendNotifications": [notice(problem)]})
