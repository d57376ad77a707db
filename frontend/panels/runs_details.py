"""Everything known about one run: state, problem, request, provenance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.results import Provenance
from frontend import urls
from frontend.figures.numbers import significant
from frontend.job_words import KIND_NAMES, STATE_COLOURS, duration, moment, ran_for, size
from frontend.language_names import name_of
from frontend.panels.problem import problem_alert
from frontend.run_rows import RunRow, command_line
from frontend.shell import hint, icon
from frontend.views.base import Cell, Table


def details(row: RunRow, provenance: Provenance | None, measured: Sequence[Table] = ()) -> dmc.Stack:
    """Content of the drawer; `measured` are the numbers that no other page shows."""
    job = row.job
    badges = [
        dmc.Badge(job.state.value, color=STATE_COLOURS[job.state], variant="light"),
        dmc.Badge(KIND_NAMES[row.kind], color="gray", variant="light"),
    ]
    parts: list[Any] = [
        dmc.Title(job.title, order=2, className="atlas-heading atlas-wrap"),
        dmc.Group([*badges, _open(row)], gap=6),
        problem_alert(job.problem) if job.problem else None,
        *(_section(table.title, _numbers(table)) for table in measured),
        _section("Run", _facts(_run_facts(row))),
        _section("Request", _code(json.dumps(job.request.model_dump(mode="json"), indent=2, ensure_ascii=False))),
        _section("The same from a shell", _command(row)),
        _section("Where it comes from", _facts(_provenance_facts(provenance))) if provenance else None,
    ]
    return dmc.Stack([part for part in parts if part is not None], gap="md")


def _open(row: RunRow) -> Any:
    if row.href is None or urls.split(row.href)[0] == urls.link("runs"):
        return None  # it has no other page than this
    return dcc.Link(["Open the result", icon("arrow", 14)], href=row.href, className="start-action")


def _section(title: str, content: Any) -> html.Section:
    return html.Section([dmc.Text(title, fw=600, size="sm", mb=4), content])


def _run_facts(row: RunRow) -> list[tuple[Any, Any]]:
    job, seconds = row.job, ran_for(row.job)
    key = hint("Key", "Names this question: the same question has the same key and is computed only once.")
    return [
        (key, dmc.Code(job.key)),
        ("Model", row.model),
        ("Queue", job.queue),
        ("Worker", job.worker),
        ("Asked", _time(job.submitted_at)),
        ("Started", _time(job.started_at)),
        ("Ended", _time(job.ended_at)),
        ("Took", duration(seconds) if seconds is not None else None),
        ("Attempts", job.attempts or None),
        ("Size of arrays", size(row.result.size_bytes) if row.result and row.result.size_bytes else None),
    ]


def _provenance_facts(provenance: Provenance) -> list[tuple[Any, Any]]:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(provenance.versions.items()))
    weights = hint("Weights", "SHA-256 over the weight files, first digits: the identity of the model.")
    return [
        ("Source", provenance.model_source),
        ("Revision", provenance.model_revision),
        (weights, dmc.Code(provenance.weights_hash[:16])),
        *((f"Text {name}", dmc.Code(value[:16])) for name, value in provenance.corpus_hashes.items()),
        ("Device", f"{provenance.device}, {provenance.dtype}"),
        ("Seed", None if provenance.seed is None else str(provenance.seed)),
        *((name.replace("_", " ").capitalize(), rule) for name, rule in provenance.rules.items()),
        ("Versions", versions),
    ]


def _numbers(table: Table) -> html.Div:
    first, *others = table.columns
    heads = [html.Th(first, scope="col"), *(html.Th(name, scope="col", className="is-number") for name in others)]
    rows = [html.Tr([html.Th(name_of(str(first)), scope="row"), *map(_number, rest)]) for first, *rest in table.rows]
    drawn = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="dim-table")
    return html.Div(drawn, className="removal-scroll")


def _number(value: Cell) -> html.Td:
    text = f"{value:,}" if isinstance(value, int) else significant(value) if not isinstance(value, str) else value
    return html.Td(text, className="is-number", title=str(value))


def _facts(facts: list[tuple[Any, Any]]) -> html.Dl:
    known = [(name, value) for name, value in facts if value not in (None, "")]
    return html.Dl([part for name, value in known for part in (html.Dt(name), html.Dd(value))], className="runs-dl")


def _time(time: datetime | None) -> html.Time | None:
    return html.Time(moment(time), dateTime=moment(time), className="atlas-time") if time else None


def _code(text: str) -> html.Pre:
    return html.Pre(text, className="runs-code", tabIndex=0)


def _command(row: RunRow) -> html.Div:
    copy = dmc.CopyButton(
        value=command_line(row.job.request),
        children="Copy as command",
        copiedChildren="Copied",
        copiedColor="teal",
        color="gray",
        variant="light",
        size="compact-sm",
        timeout=1600,
    )
    return html.Div([_code(command_line(row.job.request)), copy], className="runs-command")
