"""The numbers of a result as a table: CSV for reading in, LaTeX in the paper's layout, JSON with provenance."""

from __future__ import annotations

import json
from enum import StrEnum

from backend import latex
from backend.contracts.jobs import title_of
from backend.contracts.perplexity_words import with_states
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    LayerRange,
    RemovalRequest,
    SimilarityRequest,
    StructuredRemovalRequest,
    SweepRequest,
    TrainingRequest,
)
from backend.contracts.results import (
    ChoiceSummary,
    DeactivationSummary,
    DevelopmentSummary,
    EnrichmentSummary,
    KeyNeuronsSummary,
    LayerScore,
    Manifest,
    PerplexitySummary,
    PerturbationSummary,
    RemovalSummary,
    SimilaritySummary,
    StructuredRemovalSummary,
    SweepSummary,
    TrainingSummary,
)
from backend.csv_text import csv_text
from backend.results import perplexity_tables, tables_neurons, tables_structured, tables_training
from backend.results.perplexity_tables import BETWEEN, Table, Unit

NOT_FINITE = "nan"
"""What CSV says for a perplexity that is infinite or not a number; readers of CSV know the word."""


class TableFormat(StrEnum):
    """How a table is written."""

    CSV = "csv"
    TEX = "tex"
    JSON = "json"


def table_of(manifest: Manifest, unit: Unit = Unit.PERPLEXITY, language: str | None = None) -> Table:
    """The table of a result, or the problem of one that has none.

    `language` picks one where the paper's layout has a single number for all (structured removal, sweep).
    """
    match manifest.summary, manifest.request:
        case RemovalSummary() as summary, RemovalRequest() as request:
            return perplexity_tables.removal(summary, request, unit)
        case StructuredRemovalSummary() as summary, StructuredRemovalRequest() as request:
            return tables_structured.structured(summary, request, unit, language)
        case SweepSummary() as summary, SweepRequest() as request:
            return tables_structured.sweep(summary, request, unit, language)
        case TrainingSummary() as summary, TrainingRequest() as request:
            return tables_training.training(summary, request, unit)
        case PerplexitySummary() as summary, _:
            return perplexity_tables.column(summary)
        case PerturbationSummary() as summary, _ if summary.perplexity_base:
            return perplexity_tables.perturbation(summary, unit)
        case SimilaritySummary() as summary, SimilarityRequest() as request:
            return _similarity(summary, request.layers)
        case KeyNeuronsSummary() as summary, _:
            return tables_neurons.key_neurons(summary)
        case DeactivationSummary() as summary, _:
            return tables_neurons.deactivation(summary)
        case ChoiceSummary() as summary, _:
            return tables_neurons.choice(summary)
        case DevelopmentSummary() as summary, _:
            return tables_neurons.development(summary)
        case EnrichmentSummary() as summary, _:
            return tables_neurons.enrichment(summary)
    raise KnownError(
        "no_table",
        f"result {manifest.key} ({manifest.summary.kind.value}) has no table",
        hint="Tables belong to removal, structured removal, sweep, training, perplexity, perturbation with an "
        "evaluation, similarity, key neurons, deactivation, tasks, development and enrichment.",
        status=404,
        field="key",
    )


def written(manifest: Manifest, form: TableFormat, unit: Unit = Unit.PERPLEXITY, language: str | None = None) -> str:
    """The table as text; `unit` is what the cells of perplexities by language say."""
    table = table_of(manifest, unit, language)
    if form is TableFormat.CSV:
        return _csv(table)
    if form is TableFormat.TEX:
        return _tex(table, manifest, unit)
    return _json(table, manifest, unit)


def _similarity(summary: SimilaritySummary, layers: LayerRange | None) -> Table:
    joined = "whole model" if layers is None else f"layers {layers.first} to {layers.last}"
    rows = tuple((joined if score.layer is None else score.layer, *_ends(score)) for score in summary.scores)
    if all(score.lrds_interval is None for score in summary.scores):
        return Table(("Layer", "LRDS", "SADS"), tuple((row[0], row[1], row[4]) for row in rows), n_printed=3)
    ends = (f"{name}{end}" for name in ("LRDS", "SADS") for end in ("", " low", " high"))
    said = f"low and high: ends of the 95 % bootstrap interval over {summary.resampled or 'sentences'}"
    return Table(("Layer", *ends), rows, n_printed=7, said=said)


def _ends(score: LayerScore) -> tuple[float | None, ...]:
    """LRDS with the ends of its interval, SADS with its own."""
    nothing = (None, None)
    return (score.lrds, *(score.lrds_interval or nothing), score.sads, *(score.sads_interval or nothing))


def _csv(table: Table) -> str:
    columns, rows = with_states(table.columns, table.rows)
    return csv_text(columns, ([NOT_FINITE if value is None else value for value in row] for row in rows))


def _tex(table: Table, manifest: Manifest, unit: Unit) -> str:
    """The printed columns; those whose names share what stands before `BETWEEN` stand under it."""
    columns = table.columns[: table.n_printed]
    split = [name.rpartition(BETWEEN) for name in columns]
    heads = [name.capitalize() if group else name for group, _, name in split]
    said = [title_of(manifest.request), table.said, "bits per byte" if unit is Unit.BITS_PER_BYTE else ""]
    caption = ", ".join(part for part in said if part)
    rows = [row[: table.n_printed] for row in table.rows]
    return latex.table(heads, rows, caption, manifest.key, groups=[group for group, _, _ in split])


def _json(table: Table, manifest: Manifest, unit: Unit) -> str:
    columns, rows = with_states(table.columns, table.rows)
    told = {
        "key": manifest.key,
        "title": title_of(manifest.request),
        "unit": unit.value,
        "columns": columns,
        "rows": [dict(zip(columns, row, strict=True)) for row in rows],
        "request": manifest.request.model_dump(mode="json"),
        "provenance": manifest.provenance.model_dump(mode="json"),
    }
    if table.said:
        told["said"] = table.said
    if isinstance(manifest.summary, RemovalSummary):
        # Everything the table was made from: parameters removed, tokens, nats, both units, by column.
        told["conditions"] = manifest.summary.model_dump(mode="json")["conditions"]
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
