"""One button that asks the same of every model that has not answered yet; its jobs are followed in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import REQUEST, Request
from backend.contracts.vocabulary import JobState
from frontend import follow
from frontend.results.compare import Compared
from frontend.shell import icon, problem_alert

ASK = "compare-ask"
REQUESTS = "compare-requests"
PROBLEM = "compare-ask-problem"
N_SLOTS = 4
PREFIXES = tuple(f"compare-run-{place}" for place in range(N_SLOTS))


def ask(label: str, requests: Sequence[Request], view: Compared, *, sentence: Any = None) -> html.Div:
    """The button (none while nothing is missing) and a place for each job; jobs under way are followed at once."""
    following = [view.under_way.get(request) for request in requests[:N_SLOTS]]
    is_asked = bool(requests) and all(following)
    button = dmc.Button(label, id=ASK, leftSection=icon("play", 15), size="sm", disabled=is_asked)
    kept = [request.model_dump(mode="json") for request in requests[:N_SLOTS]]
    return html.Div(
        [
            html.Div([sentence, button], className="compare-ask-row") if requests else html.Div(id=ASK, hidden=True),
            dcc.Store(id=REQUESTS, data=kept),
            html.Div(id=PROBLEM),
            *[
                follow.slot(prefix, following[place] if place < len(following) else None)
                for place, prefix in enumerate(PREFIXES)
            ],
        ],
        className="compare-ask",
    )


def submit(asked: Sequence[dict[str, Any]] | None, api: Client) -> tuple[Any, ...]:
    """What each place follows from now on, and the problem of a request that was refused."""
    jobs: list[Any] = []
    for one in asked or ():
        try:
            job = api.submit(REQUEST.validate_python(one))
        except KnownError as error:
            kept: list[Any] = [no_update] * (N_SLOTS - len(jobs))
            return (*jobs, *kept, problem_alert(error.problem))
        jobs.append({"key": job.key, "done": job.state is JobState.DONE})
    return (*jobs, *[no_update] * (N_SLOTS - len(jobs)), None)
