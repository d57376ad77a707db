"""The numbers of a result as a table: CSV for reading in, LaTeX in the paper's layout, JSON with provenance."""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from backend.contracts.jobs import title_of
from backend.contracts.problems import KnownError
from backend.contracts.results import Manifest, PerplexityRow, PerturbationSummary, RemovalSummary, SimilaritySummary
from backend.results import latex

Value = str | int | float | None
NOT_FINITE = "nan"
"""What CSV says for a perplexity that is infinite or not a number; readers of CSV know the word."""


class TableFormat(StrEnum):
    """How a table is written."""

    CSV = "csv"
    TEX = "tex"
    JSON = "json"


class Table(NamedTuple):
    """A header and rows; None stands for a number that is not finite or cannot be had."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    n_printed: int
    """How many leading columns the paper's layout has; the rest are details."""


def table_of(manifest: Manifest) -> Table:
    """The table of a removal, perturbation or similarity result, or the problem of one that has none."""
    match manifest.summary:
        case RemovalSummary():
            return _removal(manifest.summary)
        case PerturbationSummary() if manifest.summary.perplexity_base:
            return _perturbation(manifest.summary)
        case SimilaritySummary():
            return _similarity(manifest.summary)
    raise KnownError(
        "no_table",
        f"result {manifest.key} ({manifest.summary.kind.value}) has no table",
        hint="Tables belong to removal, to perturbation with an evaluation, and to similarity.",
        status=404,
        field="key",
    )


def written(manifest: Manifest, form: TableFormat) -> str:
    """The table as text."""
    table = table_of(manifest)
    if form is TableFormat.CSV:
        return _csv(table)
    if form is TableFormat.TEX:
        n = table.n_printed
        rows = [row[:n] for row in table.rows]
        return latex.table(table.columns[:n], rows, title_of(manifest.request), manifest.key)
    return _json(table, manifest)


def _removal(summary: RemovalSummary) -> Table:
    """Languages by Base, Top, Bottom, Random mean and spread (sample standard deviation), then each draw."""
    perplexity = {condition.name: _by_language(condition.rows) for condition in summary.conditions}
    draws = [name for name in perplexity if name.startswith("random")]
    named = [name for name in perplexity if name not in draws]
    spread = ("Random mean", "Random spread") if draws else ()
    columns = ("Language", *(name.capitalize() for name in named), *spread, *(name.capitalize() for name in draws))
    rows = []
    for language in next(iter(perplexity.values()), {}):
        drawn = [perplexity[name].get(language) for name in draws]
        first = [perplexity[name].get(language) for name in named]
        rows.append((language, *first, *(_mean_and_spread(drawn) if draws else ()), *drawn))
    return Table(columns, tuple(rows), n_printed=1 + len(named) + len(spread))


def _mean_and_spread(values: Sequence[float | None]) -> tuple[float | None, float | None]:
    finite = [value for value in values if value is not None]
    if len(finite) < len(values):
        return None, None
    return statistics.fmean(finite), statistics.stdev(finite) if len(finite) > 1 else None


def _perturbation(summary: PerturbationSummary) -> Table:
    base, perturbed = _by_language(summary.perplexity_base), _by_language(summary.perplexity_perturbed)
    rows = []
    for language, before in base.items():
        after = perturbed.get(language)
        rows.append((language, before, after, after / before if before and after is not None else None))
    return Table(("Language", "Base", "Perturbed", "Ratio"), tuple(rows), n_printed=4)


def _similarity(summary: SimilaritySummary) -> Table:
    rows = tuple(
        ("whole model" if score.layer is None else score.layer, score.lrds, score.sads) for score in summary.scores
    )
    return Table(("Layer", "LRDS", "SADS"), rows, n_printed=3)


def _by_language(rows: Sequence[PerplexityRow]) -> dict[str, float | None]:
    return {row.language: row.perplexity for row in rows}


def _csv(table: Table) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([NOT_FINITE if value is None else value for value in row] for row in table.rows)
    return text.getvalue()


def _json(table: Table, manifest: Manifest) -> str:
    told = {
        "key": manifest.key,
        "title": title_of(manifest.request),
        "columns": table.columns,
        "rows": [dict(zip(table.columns, row, strict=True)) for row in table.rows],
        "request": manifest.request.model_dump(mode="json"),
        "provenance": manifest.provenance.model_dump(mode="json"),
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
