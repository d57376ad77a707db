"""The models of a development as a table: where each stands, its numbers, how far it is, why it is left out."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.development import AXIS_WORDS, Development, MemberState, PartState
from backend.contracts.results import DevelopmentPoint, LayerScore
from backend.contracts.vocabulary import JobState
from frontend import urls
from frontend.figures.development import short
from frontend.job_words import STATE_COLOURS
from frontend.shell import hint
from frontend.table_files import table_files

CANCEL = "development-cancel"


def under_way(found: Development) -> Any:
    """How many models are measured, with a button that stops it; what went wrong once it ended badly."""
    n_done = sum(member.stage == "measured" for member in found.members)
    n_out = sum(member.stage == "left_out" for member in found.members)
    if found.state == "done":
        return None
    if found.state != "running":
        title = "Cancelled" if found.state == "cancelled" else "It could not be completed"
        told = f"{found.problem.detail} {found.problem.hint}" if found.problem else "The points so far stay."
        return dmc.Alert(told, title=title, color="gray" if found.state == "cancelled" else "red")
    words = f"{n_done} of {len(found.members)} models measured" + (f", {n_out} left out" if n_out else "")
    parts = [part for member in found.members for part in member.parts]
    running = next((part.key for part in parts if part.state is JobState.RUNNING), None)
    follow = dcc.Link("Watch its job", href=urls.link("runs", job=running)) if running else None
    bar = dmc.Progress(
        value=100 * (n_done + n_out) / len(found.members), size="sm", striped=True, animated=True,
        **{"aria-label": "Models measured"},
    )  # fmt: skip
    stop = dmc.Button("Cancel", id=CANCEL, size="compact-sm", variant="default")
    head = dmc.Group([html.B(words), dmc.Group([follow, stop], gap="sm")], justify="space-between")
    return html.Div([head, bar], className="atlas-card follow-card", role="status")


def members_table(found: Development, latex: str | None) -> html.Section:
    """One row per model by rising position; downloads once the result is stored."""
    points = {point.model: point for point in found.summary.points}
    tasks = list(dict.fromkeys(title for point in found.summary.points for title in point.accuracy))
    names = ("LRDS", "SADS", "SKLR", "by chance", "% of all", *tasks)
    head = [html.Th("Model", scope="col"), _number(AXIS_WORDS[found.axis], head=True)]
    head += [*(_number(name, head=True) for name in names), html.Th("", scope="col")]
    members = sorted(found.members, key=lambda one: one.position if one.position is not None else float("inf"))
    rows = [_row(one, points.get(one.model or ""), tasks) for one in members]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="dim-table")
    title = html.H2(hint("Models", _TABLE_HINT), className="study-heading")
    files = table_files(found.result, "development", latex or "") if found.result else None
    return html.Section(
        [
            dmc.Group([title, files], justify="space-between"),
            html.Div(table, className="removal-scroll"),
        ],
        className="atlas-card study-card",
    )


def _row(member: MemberState, point: DevelopmentPoint | None, tasks: list[str]) -> html.Tr:
    name: Any = member.member.label
    if member.model:
        href = urls.link("languages", model=member.model, result=_key(member, "similarity"))
        name = dcc.Link(name, href=href, className="development-model")
    place = "" if member.position is None else short(member.position)
    numbers = [""] * (5 + len(tasks))
    if point:
        chance = "" if point.sklr_null is None else f"{point.sklr_null:,.0f}"
        share = f"{100 * point.sklr / point.n_neurons_total:.2f}"
        accuracy = [f"{100 * point.accuracy[title]:.1f} %" if title in point.accuracy else "" for title in tasks]
        numbers = [
            _score(point.whole, "lrds"),
            _score(point.whole, "sads"),
            f"{point.sklr:,}",
            chance,
            share,
            *accuracy,
        ]
    cells = [html.Th(name, scope="row"), _number(place), *(_number(text) for text in numbers)]
    return html.Tr([*cells, html.Td(_stands(member), className="development-stands")])


def _stands(member: MemberState) -> Any:
    if member.problem:
        badge = dmc.Badge("left out", color="red", variant="light", size="sm")
        return html.Span([badge, html.Span(f" {member.problem.detail}", title=member.problem.hint)])
    if member.stage == "measured":
        return html.Span(member.note, className="study-note")
    part = next((one for one in member.parts if one.state is not JobState.DONE), None)
    return _badge(part) if part else dmc.Badge("measured", color="teal", variant="light", size="sm")


def _badge(part: PartState) -> dmc.Badge:
    state = part.state or JobState.QUEUED
    badge = dmc.Badge(f"{part.name}: {state.value}", color=STATE_COLOURS[state], variant="light", size="sm")
    return dcc.Link(badge, href=urls.link("runs", job=part.key)) if part.key and part.state else badge


def _key(member: MemberState, name: str) -> str | None:
    return next((part.key for part in member.parts if part.name == name and part.state is JobState.DONE), None)


def _score(score: LayerScore, field: str) -> Any:
    value, interval = getattr(score, field), getattr(score, f"{field}_interval")
    if not interval:
        return f"{value:.4f}"
    return html.Span(f"{value:.4f}", title=f"95 % bootstrap interval {interval[0]:.4f} to {interval[1]:.4f}")


def _number(content: Any, *, head: bool = False) -> html.Th | html.Td:
    return html.Th(content, scope="col", className="is-number") if head else html.Td(content, className="is-number")


_TABLE_HINT = (
    "SKLR is the sum of the sizes of all key regions; by chance is what shuffled languages give. Hover a score for its "
    "95 % bootstrap interval over texts and languages."
)
