"""Tables of paper B: key neurons, deactivation, tasks, development, enrichment. Knows summaries, not how to write."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from backend.contracts.perplexity_words import marked
from backend.contracts.results import (
    ChoiceSummary,
    DeactivationSummary,
    DevelopmentSummary,
    EnrichmentSummary,
    KeyNeuronsSummary,
    PerplexityRow,
)
from backend.results.perplexity_tables import BETWEEN, Table, Value, ratio_cells, ratio_heads, with_premium


def key_neurons(summary: KeyNeuronsSummary) -> Table:
    """By language: the count beside chance, how far its list comes again in half the text; every layer.

    Figures 5, 6 and 11 of paper B.
    """
    n_all = summary.n_layers * summary.n_neurons
    nothing = (None,) * len(summary.languages)
    rows: list[tuple[Value, ...]] = [
        (language, sum(counts), *chance, 100 * sum(counts) / n_all, *counts)
        for language, counts, *chance in zip(
            summary.languages,
            summary.counts,
            summary.null_mean,
            summary.null_high,
            summary.p_more or nothing,
            summary.p_fewer or nothing,
            summary.half_overlap or nothing,
            summary.half_chance or nothing,
            strict=True,
        )
    ]
    by_layer = [sum(column) for column in zip(*summary.counts, strict=True)]
    rows.append(("SKLR", summary.sklr, summary.sklr_null, *(None,) * 6, *by_layer))
    columns = (
        *("Language", "Key neurons", "By chance, mean", "By chance, most", "p of as many", "p of as few"),
        *("Overlap of halves", "Overlap by chance", "Percent of all neurons"),
        *(f"Layer{BETWEEN}{layer}" for layer in range(summary.n_layers)),
    )
    return Table(columns, tuple(rows), n_printed=9)


def deactivation(summary: DeactivationSummary) -> Table:
    """Tables 1 and 4: a row per measured language, perplexity, then the relative increase in percent.

    `Random` is the mean over all controls; the last rows give the number of neurons.
    """
    own = [column for column in summary.columns if column.draw is None]
    controls = [column for column in summary.columns if column.draw is not None]
    named = {f"Off{BETWEEN}{column.language}": column for column in own}
    named |= {f"Random {column.draw}{BETWEEN}{column.language}": column for column in controls}
    if not any(row.ratio is not None for column in summary.columns for row in column.rows):
        named = {}
    rows: list[tuple[Value, ...]] = []
    for place, base in enumerate(summary.base):
        random = [increase(base, column.rows[place]) for column in controls]
        rows.append(
            (
                base.language,
                marked(base.perplexity, base.n_vocabulary),
                _mean(random),
                *(increase(base, column.rows[place]) for column in own),
                *ratio_cells(column.rows[place] for column in named.values()),
            )
        )
    sizes = [column.n_neurons for column in own]
    nothing = ratio_cells([None] * len(named))
    rows.append(("Key neurons", None, _mean([column.n_neurons for column in controls]), *sizes, *nothing))
    shares = [100 * size / summary.n_neurons_total for size in sizes]
    rows.append(("Percent of all neurons", None, None, *shares, *nothing))
    columns = ("Language", "Perplexity", "Random", *(f"Off{BETWEEN}{column.language}" for column in own))
    said = "relative increase of perplexity in percent"
    table = Table((*columns, *ratio_heads(named)), tuple(rows), n_printed=len(columns), said=said)
    return with_premium(table, summary.base)


def increase(base: PerplexityRow, changed: PerplexityRow) -> float | None:
    """Relative increase of perplexity in percent; None where one of them is not finite."""
    if base.perplexity is None or changed.perplexity is None:
        return None
    return 100 * (changed.perplexity / base.perplexity - 1)


def choice(summary: ChoiceSummary) -> Table:
    """Accuracy with its standard error, beside chance."""
    row = (
        summary.n_items,
        summary.n_correct,
        100 * summary.accuracy,
        100 * summary.standard_error,
        100 * summary.accuracy_by_character,
        100 * summary.chance,
    )
    columns = ("Items", "Correct", "Accuracy, percent", "Standard error", "By character, percent", "Chance, percent")
    return Table(columns, (row,), n_printed=len(columns))


def development(summary: DevelopmentSummary) -> Table:
    """A row per checkpoint or size (Figures 4, 7, 10)."""
    tasks = list(dict.fromkeys(title for point in summary.points for title in point.accuracy))
    rows = tuple(
        (
            point.label,
            point.position,
            point.whole.lrds,
            point.whole.sads,
            point.sklr,
            point.sklr_null,
            *(point.accuracy.get(task) for task in tasks),
        )
        for point in summary.points
    )
    columns = ("Model", "Position", "LRDS", "SADS", "SKLR", "SKLR by chance", *tasks)
    return Table(columns, rows, n_printed=len(columns))


def enrichment(summary: EnrichmentSummary) -> Table:
    """A row per language, region and layer; density in the key neurons over density in all neurons."""
    rows = tuple(
        (
            cell.language,
            cell.region,
            "all layers" if cell.layer is None else cell.layer,
            cell.n_chosen,
            cell.density,
            cell.expected,
            cell.ratio,
            cell.z,
        )
        for cell in summary.cells
    )
    columns = ("Neurons of", "Region", "Layer", "Neurons", "Density", "Density of all neurons", "Ratio", "z")
    return Table(columns, rows, n_printed=len(columns))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known and len(known) == len(values) else None
