"""The runs of a model as a list to choose from: what each does, how far it is, cancel and resume."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.vocabulary import JobState
from frontend import urls
from frontend.choices.train import run_words
from frontend.figures.training import run_colour
from frontend.job_words import STATE_COLOURS, duration, percent, progress_text
from frontend.shell import icon
from frontend.training_runs import ShownRun, TrainingRun

CHOSEN = "train-chosen"
"""CheckboxGroup, keys of the runs that are shown."""


def act_id(act: Any, key: Any) -> dict[str, Any]:
    """Id of the button that cancels or resumes a run."""
    return {"type": "train-act", "act": act, "key": key}


def runs_list(runs: Sequence[TrainingRun], chosen: Sequence[str]) -> Any:
    """One line per run; the chosen ones carry the colour of their curves."""
    if not runs:
        return None
    places = {key: place for place, key in enumerate(in_order(runs, chosen))}
    return dmc.CheckboxGroup(
        html.Div([_line(run, places.get(run.key)) for run in runs], className="train-runs"),
        id=CHOSEN,
        value=list(chosen),
    )


def in_order(runs: Sequence[TrainingRun], chosen: Sequence[str]) -> list[str]:
    """The chosen keys, the oldest first, as `shown_runs`: the order of clicks must not change a colour."""
    return [run.key for run in reversed(runs) if run.key in chosen]


def signature(runs: Sequence[TrainingRun], chosen: Sequence[str]) -> list[list[Any]]:
    """What the list looks like apart from progress, which moves by itself: equal signatures need no new drawing."""
    return [[run.key, run.state.value, run.key in chosen] for run in runs]


def facts(shown: Sequence[ShownRun]) -> Any:
    """What became of each shown run: loss, time, parameters held and whether their bits are the same."""
    done = [(place, one) for place, one in enumerate(shown) if one.summary is not None]
    if not done:
        return None
    head = [html.Th(name, scope="col") for name in ("Run", "Steps", "Final loss", "Per step", "Removed", "Held")]
    body = [html.Tr(_fact(place, one)) for place, one in done]
    return html.Div(
        html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="dim-table"), className="removal-scroll"
    )


def _line(run: TrainingRun, place: int | None) -> html.Div:
    active = run.state in (JobState.RUNNING, JobState.QUEUED, JobState.WAITING)
    box = dmc.Checkbox(value=run.key, size="xs", **{"aria-label": f"Show {run_words(run.request)}"})
    colour = {"background": run_colour(place)} if place is not None else {}
    badge = dmc.Badge(run.state.value, color=STATE_COLOURS[run.state], variant="light", size="sm")
    name = html.Div(
        [
            html.Span(run_words(run.request), className="train-run-name"),
            html.Span(_small(run), className="study-note", id=f"train-text-{run.key}", **_moving(run)),
        ],
        className="train-run-words",
    )
    return html.Div(
        [box, html.I(className="train-colour", style=colour), name, badge, _action(run, active=active)],
        className="train-run" + (" is-shown" if place is not None else ""),
    )


def _moving(run: TrainingRun) -> dict[str, str]:
    """events.js writes the progress of a running job into elements that carry its key."""
    return {"data-job-text": run.key} if run.state is JobState.RUNNING else {}


def _small(run: TrainingRun) -> str:
    request = run.request
    if run.state is JobState.RUNNING:
        share = f"{percent(run.progress):.0f} % · " if run.progress.total else ""
        return share + progress_text(run.progress)
    if run.state is JobState.FAILED and run.problem:
        return run.problem.detail
    when = f" · {run.when:%d %b %H:%M}" if run.when else ""
    return f"{request.n_samples:,} samples, batch {request.batch_size}{when}"


def _action(run: TrainingRun, *, active: bool) -> Any:
    if active:
        return dmc.Button("Cancel", id=act_id("cancel", run.key), size="compact-xs", variant="default")
    if run.state in (JobState.CANCELLED, JobState.FAILED):
        button = dmc.Button(
            [icon("retry", 13), "Resume"], id=act_id("retry", run.key), size="compact-xs", variant="light"
        )
        return dmc.Tooltip(button, label="Goes on from its last saved state; curves and checkpoints stay.")
    return dcc.Link("Details", href=urls.link("runs", job=run.key), className="study-download")


def _fact(place: int, one: ShownRun) -> list[Any]:
    summary = one.summary
    assert summary is not None
    name = html.Th(
        [html.I(className="train-colour", style={"background": run_colour(place)}), run_words(one.run.request)],
        scope="row",
    )
    loss = "∞" if summary.final_loss is None else f"{summary.final_loss:.4f}"
    per_step = f"{summary.seconds_per_step:.3g} s" if summary.seconds_per_step else ""
    resumed = f", resumed {summary.n_resumed} times" if summary.n_resumed else ""
    return [
        name,
        html.Td(f"{summary.n_steps:,} in {duration(summary.seconds)}{resumed}"),
        html.Td(loss),
        html.Td(per_step),
        html.Td(f"{summary.n_removed:,}" if summary.n_removed else "nothing"),
        html.Td(_held(one)),
    ]


def _held(one: ShownRun) -> Any:
    summary = one.summary
    assert summary is not None
    if not summary.n_held:
        return "nothing"
    if summary.held_identical is None:
        return f"{summary.n_held:,} limited"
    told = "bit-identical" if summary.held_identical else "not identical"
    badge = dmc.Badge(told, color="teal" if summary.held_identical else "red", variant="light", size="sm")
    explained = "Every frozen parameter has the bits it started with, checked at the end."
    return dmc.Group([f"{summary.n_held:,}", dmc.Tooltip(badge, label=explained)], gap=6, wrap="nowrap")
