"""The Development page without the page: scores, regions, accuracy along the axis; layers; what the paper saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import plotly.graph_objects as go

from backend.client import Client
from backend.contracts.development import AXIS_WORDS, Development
from backend.contracts.results import DevelopmentPoint
from backend.contracts.vocabulary import AnalysisKind
from frontend import urls
from frontend.figures.development import accuracy_figure, scale_of, scores_figure, sklr_figure
from frontend.figures.development_layers import depth_figure, languages_figure, layers_figure
from frontend.views.base import Cell, Picture, Table, View
from frontend.views.parts import nothing, stored_table

TITLE = "How languages develop while a model learns and grows"
_VERDICTS = {"holds": "holds here", "does not hold": "the opposite here"}


def view(query: Mapping[str, str], api: Client) -> View:
    """The development that the address names, running or done, else the newest."""
    rows = api.results(kind=AnalysisKind.DEVELOPMENT.value)
    key = query.get("result") or query.get("key") or (rows[0].key if rows else None)
    if key is None:
        return nothing("development", TITLE, "No development has been measured yet.")
    found = api.development(key)
    points = found.summary.points
    positions = [point.position for point in points]
    scale = scale_of(query.get("scale"), positions)
    usual = scale_of(None, positions)
    manifest = api.manifest(found.result) if found.result else None
    models = (
        stored_table(manifest, api, name="models", title=f"Models by {AXIS_WORDS[found.axis]}")
        if manifest
        else _models(points)
    )
    figures = _figures(found, log=scale == "log") if points else ()
    return View(
        address=urls.link("development", result=found.result or key, scale=None if scale == usual else scale),
        title=TITLE,
        lead=_lead(found),
        pictures=tuple(map(Picture, figures)),
        tables=(models, _layers(points), _key_neurons(points, found.languages), _members(found), _observed(found)),
        sources=(manifest,) if manifest else (),
        missing=(found.request,) if found.request and manifest is None else (),
    )


def _lead(found: Development) -> str:
    points = found.summary.points
    n_measured = sum(member.stage == "measured" for member in found.members)
    told = f"{n_measured} of {len(found.members)} models by {AXIS_WORDS[found.axis]}, {len(found.languages)} languages"
    if not points:
        return f"{told}: nothing is measured yet."
    first, last = points[0], points[-1]
    return (
        f"{told}: from {first.label} to {last.label} LRDS goes from {first.whole.lrds:.4f} to {last.whole.lrds:.4f}, "
        f"SADS from {first.whole.sads:.4f} to {last.whole.sads:.4f}, SKLR from {first.sklr:,} to {last.sklr:,}."
    )


def _figures(found: Development, *, log: bool) -> Iterator[go.Figure]:
    points = found.summary.points
    yield scores_figure(points, found.axis, dark=False, log=log)
    yield sklr_figure(points, found.axis, dark=False, log=log)
    if any(point.accuracy for point in points):
        yield accuracy_figure(points, found.axis, dark=False, log=log)
    yield layers_figure(points, dark=False)
    yield depth_figure(points, dark=False)
    yield languages_figure(points, found.summary.languages, dark=False)


def _models(points: Sequence[DevelopmentPoint]) -> Table:
    """The points so far: as the stored table will have them."""
    tasks = list(dict.fromkeys(title for point in points for title in point.accuracy))
    columns = ("Model", "Position", "LRDS", "SADS", "SKLR", "SKLR by chance", *tasks)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            point.label, point.position, point.whole.lrds, point.whole.sads, point.sklr, point.sklr_null,
            *(point.accuracy.get(task) for task in tasks),
        )
        for point in points
    )  # fmt: skip
    return Table("models", "Models measured so far", columns, rows)


def _layers(points: Sequence[DevelopmentPoint]) -> Table:
    none = (None, None)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            point.model, point.label, "whole model" if score.layer is None else score.layer,
            score.lrds, *(score.lrds_interval or none), score.sads, *(score.sads_interval or none),
        )
        for point in points
        for score in (point.whole, *point.layers)
    )  # fmt: skip
    columns = ("Model", "Label", "Layer", "LRDS", "LRDS low", "LRDS high", "SADS", "SADS low", "SADS high")
    return Table("layers", "LRDS and SADS by layer", columns, rows)


def _key_neurons(points: Sequence[DevelopmentPoint], languages: Sequence[str]) -> Table:
    rows = tuple(
        (point.model, language, layer, count)
        for point in points
        for language, counts in zip(languages, point.counts, strict=True)
        for layer, count in enumerate(counts)
    )
    return Table("key-neurons", "Key neurons by layer", ("Model", "Language", "Layer", "Key neurons"), rows)


def _members(found: Development) -> Table:
    rows = tuple(
        (
            one.member.label, one.model, one.member.source, one.member.revision, one.position,
            one.stage.replace("_", " "), one.problem.detail if one.problem else one.note or None,
        )
        for one in found.members
    )  # fmt: skip
    columns = ("Label", "Model", "Source", "Revision", "Position", "Stands", "Note")
    return Table("members", "Members of the family", columns, rows)


def _observed(found: Development) -> Table:
    rows = tuple(
        (one.text, _VERDICTS.get(word := one.judgement.word, word), one.judgement.evidence, one.rule)
        for one in found.observations
    )
    return Table("observations", "What the paper saw", ("Observation", "Verdict", "Here", "Rule"), rows)
