"""The views of a report, each drawn or with the reason why it is not: one that is gone leaves the others standing."""

from __future__ import annotations

import json
import logging
import shlex
from typing import NamedTuple

from backend.client import Client
from backend.contracts.problems import KnownError, Problem
from backend.contracts.reports import Report, ReportItem
from frontend.views import View, render

log = logging.getLogger("lingua_atlas.frontend")


class Shown(NamedTuple):
    """One view of a report: `view`, or the `problem` that keeps it from being drawn."""

    item: ReportItem
    view: View | None = None
    problem: Problem | None = None


def all_shown(report: Report, api: Client) -> tuple[Shown, ...]:
    """Every view of a report, in its order."""
    return tuple(shown(item, api) for item in report.items)


def shown(item: ReportItem, api: Client) -> Shown:
    """One view, drawn now."""
    try:
        return Shown(item, view=render(item.address, api))
    except KnownError as error:
        return Shown(item, problem=error.problem)
    except Exception as error:  # one view that fails must not take the report with it
        log.error("a view of a report could not be drawn: %s", item.address, exc_info=error)
        return Shown(item, problem=_failed(item, error).problem)


def command(address: str) -> str:
    """What shows the view in a terminal."""
    return f"lingua-atlas view {shlex.quote(address)}"


def python(address: str) -> str:
    """What shows the view in a notebook."""
    return f"from backend.client import Client\n\nview = Client().view({json.dumps(address)})"


def _failed(item: ReportItem, error: Exception) -> KnownError:
    return KnownError(
        "view_failed",
        f"{item.address} cannot be drawn here ({type(error).__name__})",
        hint="The link opens the page itself; the log of the dashboard tells more.",
        title="This view has stumbled",
        status=500,
    )
