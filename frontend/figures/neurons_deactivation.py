"""The deactivation matrix (paper B, Tables 1 and 4) as a view model; columns that are not measured yet are open.

A cell is the relative increase of perplexity in percent: 100 (changed / full - 1). Its shade compares languages, so it
is that of the bits per byte added, logarithmic: nothing up to 0.003, full from 0.75 on (in English 1 % and 1000 %).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from backend.contracts.building import Deactivated
from backend.contracts.perplexity_ratios import bits_of
from backend.contracts.requests import DeactivationRequest
from backend.contracts.results import DeactivationSummary, PerplexityRow
from backend.contracts.token_premium import token_premiums
from backend.contracts.verdicts import Estimate, all_of, exceeds
from frontend.figures.heat_figure import heat_figure
from frontend.figures.numbers import bits_text, counted, perplexity_text, ratio_text, significant
from frontend.figures.overlap import HeatCell, HeatTable
from frontend.figures.removal import added_or_lost, mean_of
from frontend.figures.sentences import extremes
from frontend.language_names import name_of

NO_SHADE_BITS, FULL_SHADE_BITS = 0.003, 0.75


class Measured(NamedTuple):
    """One column as it was measured: how many neurons were zero, and the perplexity of every language."""

    n_neurons: int
    rows: tuple[PerplexityRow, ...]


class OffCell(NamedTuple):
    """One number of the matrix."""

    text: str
    hover: str
    shade: float = 0.0
    """0 to 1; negative: perplexity fell."""
    order: float = -math.inf
    """Bits per byte added; infinity when the perplexity is not finite, or lost."""
    own: bool = False
    """The language's own neurons are off: the diagonal."""
    keys: tuple[str, str] | None = None
    """The language whose neurons are off, and the one that is read; None: no text to read."""
    added: Estimate | None = None
    """Bits per byte that the language lost, which compare languages; None: not measured."""


class OffRow(NamedTuple):
    """One measured language, or one of the last rows (`language` '')."""

    language: str
    name: str
    cells: tuple[OffCell, ...]
    premium: str = ""
    """Tokens per byte, and per aligned sentence."""


class OffTable(NamedTuple):
    """`columns`: Full, Random, then a language each; `rows` are languages, `feet` numbers and shares of neurons."""

    columns: tuple[tuple[str, str], ...]
    """Short name and explanation."""
    rows: tuple[OffRow, ...]
    feet: tuple[OffRow, ...]
    n_done: int
    n_columns: int
    has_random: bool


def of_summary(summary: DeactivationSummary) -> dict[Deactivated | None, Measured]:
    """The columns of a finished matrix by place."""
    found: dict[Deactivated | None, Measured] = {None: Measured(0, summary.base)}
    return found | {
        (column.language, column.draw): Measured(column.n_neurons, column.rows) for column in summary.columns
    }


def off_table(
    request: DeactivationRequest, columns: Mapping[Deactivated | None, Measured], n_neurons_total: int
) -> OffTable:
    """The matrix with what is measured so far; `columns` must hold the base (None)."""
    base = {row.language: row for row in columns[None].rows}
    controls = {place: one for place, one in columns.items() if place is not None and place[1] is not None}
    has_random = request.random_draws > 0
    heads = [("full model", "Perplexity of the model as it is.")]
    if has_random:
        heads.append(("random", _RANDOM_HINT))
    heads += [(f"× {code}", f"The key neurons of {name_of(code)} are 0 at every position.") for code in request.columns]
    rows, premiums = [], token_premiums(columns[None].rows)
    for language in request.evaluation.languages:
        cells = [
            OffCell(perplexity_text(base[language].perplexity, base[language].n_vocabulary, 4), _tokens(base[language]))
        ]
        if has_random:
            cells.append(_random(base[language], list(controls.values())))
        cells += [_cell(base[language], off, columns, controls) for off in request.columns]
        rows.append(OffRow(language, name_of(language), tuple(cells), premiums[language].text))
    n_columns = 1 + len(request.columns) * (1 + request.random_draws)
    feet = _feet(request, columns, n_neurons_total, has_random=has_random)
    return OffTable(tuple(heads), tuple(rows), feet, len(columns), n_columns, has_random)


def increase_percent(base: PerplexityRow, changed: PerplexityRow) -> float | None:
    """100 (changed / base - 1); None where one of them is not finite."""
    if not base.perplexity or changed.perplexity is None:
        return None
    return 100 * (changed.perplexity / base.perplexity - 1)


def shade_of(bits: float | None) -> float:
    """0 up to 0.003 bits per byte, 1 from 0.75 (and lost) on, logarithmic between; negative for a decrease."""
    if bits is None:
        return 1.0
    if abs(bits) <= NO_SHADE_BITS:
        return 0.0
    shade = min(1.0, math.log(abs(bits) / NO_SHADE_BITS) / math.log(FULL_SHADE_BITS / NO_SHADE_BITS))
    return math.copysign(shade, bits)


def percent_text(increase: float | None) -> str:
    """`+22 %`, `−3 %`, `+0.4 %`, `∞`."""
    if increase is None:
        return "∞"
    if abs(increase) >= 1e6:
        return f"{'+' if increase > 0 else '−'}{significant(abs(increase), 3)} %"
    digits = 0 if abs(increase) >= 10 else 1
    size = f"{abs(increase):,.{digits}f}"
    sign = "" if float(f"{abs(increase):.{digits}f}") == 0 else "+" if increase > 0 else "−"
    return f"{sign}{size} %"


def deviation_text(percent: float) -> str:
    """Two digits of it: `0.42`, `6.8`, `180`; powers of ten are for the immense."""
    if not 0 < percent < 1e6:
        return significant(percent, 2)
    rounded = round(percent, 1 - math.floor(math.log10(percent)))
    return counted(int(rounded)) if rounded >= 10 else significant(rounded, 2)


def verdict(table: OffTable) -> str:
    """In how many columns the language that lost its neurons loses most; '' before there is a whole column."""
    states = []
    for cells in zip(*(row.cells for row in table.rows), strict=True):
        own = next((cell for cell in cells if cell.own and cell.added), None)
        others = [cell.added for cell in cells if not cell.own and cell.added]
        if own and own.added and others:
            states.append(all_of(exceeds(own.added, other) for other in others))
    if not states:
        return ""
    told = (
        f"In {states.count(True)} of {len(states)} columns the language whose own neurons are off (framed) loses most "
        "bits per byte, its 95 % interval above those of all others"
    )
    n_undecided = states.count(None)
    return f"{told}; {n_undecided} undecided: intervals meet, or there are none." if n_undecided else f"{told}."


def off_figure(table: OffTable, *, dark: bool) -> go.Figure:
    """The matrix as a figure, shaded as the table is: red where perplexity rose."""
    names = tuple(name for name, _ in table.columns)
    cells = tuple(tuple(HeatCell(cell.text, cell.shade, cell.hover) for cell in row.cells) for row in table.rows)
    found = HeatTable(
        tuple(row.name for row in table.rows), names, tuple(words for _, words in table.columns), cells, 1
    )
    increases = [
        (f"{row.name}, neurons of {name_of(cell.keys[0])} off", cell.order)
        for row in table.rows
        for cell in row.cells
        if cell.keys
    ]
    described = (
        f"Table of {len(table.rows)} measured languages by {len(names)} columns, bits per byte added while "
        f"the key neurons of a language are off: {extremes(increases, written=bits_text)}. {verdict(table)}"
    ).strip()
    title = "Perplexity with the key neurons of one language off"
    return heat_figure(found, name="deactivation", title=title, description=described, signed=True, dark=dark)


def _cell(
    base: PerplexityRow,
    off: str,
    columns: Mapping[Deactivated | None, Measured],
    controls: Mapping[Deactivated, Measured],
) -> OffCell:
    language, own = base.language, base.language == off
    found = columns.get((off, None))
    if found is None:
        return OffCell("…", "not measured yet", own=own)
    changed = _of(found.rows, language)
    increase, added = increase_percent(base, changed), added_or_lost(changed, base)
    random = [increase_percent(base, _of(one.rows, language)) for (code, _), one in controls.items() if code == off]
    hover = [
        f"{name_of(language)}, with the {counted(found.n_neurons)} key neurons of {name_of(off)} off",
        f"perplexity {perplexity_text(base.perplexity, base.n_vocabulary)} becomes "
        f"{perplexity_text(changed.perplexity, changed.n_vocabulary)}",
        *([ratio_text(changed)] if changed.ratio_low is not None else []),
        f"{bits_text(added)}: its shade",
        *([f"as many random neurons off: {_spread(random)}"] if random else []),
        "click to read what it writes then",
    ]
    order = math.inf if added is None else added
    return OffCell(
        percent_text(increase),
        "\n".join(hover),
        shade_of(added),
        order,
        own,
        (off, language),
        bits_of(changed, base),
    )


def _random(base: PerplexityRow, controls: Sequence[Measured]) -> OffCell:
    if not controls:
        return OffCell("…", "not measured yet")
    increases = [increase_percent(base, _of(one.rows, base.language)) for one in controls]
    mean = mean_of([added_or_lost(_of(one.rows, base.language), base) for one in controls])
    sizes = sorted(one.n_neurons for one in controls)
    between = counted(sizes[0]) if sizes[0] == sizes[-1] else f"{counted(sizes[0])} to {counted(sizes[-1])}"
    hover = f"{len(controls)} draws of {between} neurons that are not key: mean and standard deviation"
    return OffCell(_spread(increases), hover, shade_of(mean))


def _feet(
    request: DeactivationRequest,
    columns: Mapping[Deactivated | None, Measured],
    n_neurons_total: int,
    *,
    has_random: bool,
) -> tuple[OffRow, ...]:
    sizes = [columns[code, None].n_neurons if (code, None) in columns else None for code in request.columns]
    controls = [one.n_neurons for place, one in columns.items() if place is not None and place[1] is not None]
    if has_random:
        sizes.insert(0, round(statistics.fmean(controls)) if controls else None)
    numbers = ["…" if size is None else counted(size) for size in sizes]
    shares = ["…" if size is None or not n_neurons_total else f"{100 * size / n_neurons_total:.3g} %" for size in sizes]
    return tuple(
        OffRow("", name, (OffCell("", ""), *(OffCell(text, hover) for text in texts)))
        for name, hover, texts in (
            ("Key neurons", "Neurons that are off; of the random draws the mean.", numbers),
            ("Share of all", f"Of {counted(n_neurons_total)} neurons of the model.", shares),
        )
    )


def _of(rows: Sequence[PerplexityRow], language: str) -> PerplexityRow:
    return next(row for row in rows if row.language == language)


def _spread(increases: Sequence[float | None]) -> str:
    known = [value for value in increases if value is not None]
    if not known or len(known) < len(increases):
        return percent_text(None)
    mean = percent_text(statistics.fmean(known))
    return mean if len(known) < 2 else f"{mean} ± {deviation_text(statistics.stdev(known))}"


def _tokens(row: PerplexityRow) -> str:
    return f"{counted(row.n_tokens)} tokens of {row.n_samples} sentences"


_RANDOM_HINT = (
    "As many neurons that are not key for the language, drawn by chance: mean ± standard deviation over all draws. "
    "Point at a cell for the draws of exactly its size."
)
