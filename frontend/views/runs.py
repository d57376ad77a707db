"""The Runs page without the page: everything queued, running and done, and one run with its request."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.results import Manifest
from backend.contracts.vocabulary import AnalysisKind
from frontend import run_rows, urls
from frontend.job_words import ran_for
from frontend.run_rows import RunRow, command_line
from frontend.views.base import Cell, Passage, Table, View
from frontend.views.parts import stored_table
from frontend.writing import plain

TITLE = "Runs"


def view(query: Mapping[str, str], api: Client) -> View:
    """The runs that the filter of the address keeps; with `job`, that one in full."""
    state = run_rows.filter_of(query.get("state"))
    found = run_rows.rows(api.jobs(), api.results())
    shown, key = run_rows.chosen(found, state), run_rows.opened_of(query)
    opened = next((row for row in found if row.job.key == key), None)
    if key and opened is None:
        raise KnownError(
            "unknown_key",
            f"no run and no result has the key {key}",
            hint="It may have been deleted; `/runs` lists what there is.",
            status=404,
            field="job",
        )
    manifest = api.manifest(opened.job.key) if opened and opened.result else None
    return View(
        address=urls.link(
            "runs",
            state=None if state == "all" else state,
            job=key,
            rows=run_rows.n_rows_of(query.get("rows"), 0) or None,
        ),
        title=opened.job.title if opened else TITLE,
        lead=_opened_lead(opened) if opened else _lead(shown, state),
        # Whoever opens a run wants that one: the list behind it would bury its numbers in a report.
        tables=(*measured(manifest, api), _facts(opened, manifest)) if opened else (_listed(shown),),
        passages=_told(opened) if opened else (),
        sources=(manifest,) if manifest else (),
        missing=(opened.job.request,) if opened and manifest is None else (),
    )


def measured(manifest: Manifest | None, api: Client) -> tuple[Table, ...]:
    """The numbers of a result that no other page shows: perplexities by language."""
    if manifest is None or manifest.request.kind is not AnalysisKind.PERPLEXITY:
        return ()
    return (stored_table(manifest, api, name="perplexity", title="Perplexity by language"),)


def _opened_lead(row: RunRow) -> str:
    told = ", ".join(part for part in (row.model, plain(row.detail)) if part)
    return f"{row.job.title} ({told}): {row.job.state.value}." if told else f"{row.job.title}: {row.job.state.value}."


def _lead(shown: Sequence[RunRow], state: str) -> str:
    counts = Counter(row.job.state.value for row in shown)
    told = ", ".join(f"{number} {name}" for name, number in counts.most_common())
    kept = "" if state == "all" else f" that are {state}"
    return f"{len(shown)} runs{kept}{f': {told}' if told else ''}."


def _listed(shown: Sequence[RunRow]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            row.job.title, row.kind.value, row.model, plain(row.detail) or None, row.job.state.value, _time(row.when),
            ran_for(row.job), row.job.attempts, row.job.problem.title if row.job.problem else None, row.job.key,
            row.href,
        )
        for row in shown
    )  # fmt: skip
    columns = (
        "Title", "Kind", "Model", "Detail", "State", "When", "Seconds", "Attempts", "Problem", "Key", "Address",
    )  # fmt: skip
    return Table("runs", "Runs", columns, rows)


def _facts(row: RunRow, manifest: Manifest | None) -> Table:
    job = row.job
    facts: list[tuple[str, Cell]] = [
        ("Key", job.key), ("State", job.state.value), ("Kind", row.kind.value), ("Model", row.model),
        ("Queue", job.queue), ("Worker", job.worker), ("Asked", _time(job.submitted_at)),
        ("Started", _time(job.started_at)), ("Ended", _time(job.ended_at)), ("Seconds", ran_for(job)),
        ("Attempts", job.attempts or None), ("Bytes", row.result.size_bytes if row.result else None),
        ("Problem", f"{job.problem.detail} {job.problem.hint}".strip() if job.problem else None),
    ]  # fmt: skip
    if manifest:
        source = manifest.provenance
        facts += [
            ("Source", source.model_source), ("Revision", source.model_revision), ("Weights", source.weights_hash),
            *((f"Text {name}", told) for name, told in source.corpus_hashes.items()),
            ("Device", f"{source.device}, {source.dtype}"), ("Seed", source.seed),
            *((name.replace("_", " ").capitalize(), rule) for name, rule in source.rules.items()),
            ("Versions", ", ".join(f"{name} {version}" for name, version in sorted(source.versions.items()))),
        ]  # fmt: skip
    rows = tuple((name, told) for name, told in facts if told not in (None, ""))
    return Table("run", f"Run: {job.title}", ("What", "Value"), rows)


def _told(row: RunRow) -> tuple[Passage, ...]:
    request = json.dumps(row.job.request.model_dump(mode="json"), indent=2, ensure_ascii=False)
    return (
        Passage("request", "Request, as JSON", request),
        Passage("command", "The same from a shell", command_line(row.job.request)),
    )


def _time(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
