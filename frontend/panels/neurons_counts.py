"""How many neurons belong to each language: SKLR, counts beside chance, layers, overlap of languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dash import html

from backend.contracts.results import KeyNeuronsSummary, NeuronList
from frontend.figures.neurons_words import most_sharing, overlap_matrix, sklr, verdict
from frontend.figures.numbers import counted, significant
from frontend.heat_table import heat_table
from frontend.language_names import name_of
from frontend.plain import plain
from frontend.shell import hint

PAIR = "neurons-pair"
"""The neurons that two languages share."""
OVERLAP = "neurons-overlap"
PAIR_CELL = "neurons-pair-cell"
"""Store, `heat_table.cell_id` of the cell clicked last."""
MOST_SHARED = 60


def numbers(summary: KeyNeuronsSummary) -> html.Div:
    """SKLR, what chance gives, its share."""
    size = sklr(summary)
    return html.Div(
        [
            _number("SKLR", size.size, _SKLR_HINT, size.verdict),
            _number("by chance", size.by_chance, _SKLR_NULL_HINT, "mean of the shuffles"),
            _number("share", size.share, _SHARE_HINT, "of neurons × languages"),
        ],
        className="neurons-numbers",
    )


def words(summary: KeyNeuronsSummary) -> html.P:
    """What is more than chance, in plain words."""
    return html.P(verdict(summary), className="neurons-verdict")


def overlap(summary: KeyNeuronsSummary, threshold: float, pair: Sequence[str]) -> list[Any]:
    """The matrix of Jaccard indices, and how to read it; the reason where no two languages can share a neuron."""
    n = len(summary.languages)
    if most_sharing(n, threshold) < 2:
        below = (n / 2 - 1) ** 0.5
        return [
            html.Div(
                f"None can: with {n} languages a neuron that is alike in two of them has z = √({n - 2} / 2) = "
                f"{below:.2f} at most, which does not pass {threshold:g}. Find key neurons with z above less than "
                f"{below:.2f}, or with more than {2 * (1 + threshold**2):g} languages, to see overlaps.",
                className="study-note",
            )
        ]
    table = overlap_matrix(summary)
    text = (
        "Jaccard index: neurons key in both languages over those key in either; numbers of key neurons on the "
        f"diagonal. The strongest shade is {significant(table.largest, 2)}. Click a cell for the neurons themselves."
    )
    drawn = heat_table(table, clickable=True, marked=tuple(pair), kind=PAIR_CELL, said_to=PAIR_CELL)
    return [drawn, html.Div(text, className="study-note")]


def shared(found: NeuronList, other: str, said: Callable[[tuple[int, int]], Any], said_to: str) -> Any:
    """The neurons of one language that are key in another one too, each a click (`said`) from its card."""
    rows = [row for row in found.neurons if other in row.others]
    n = "1 neuron" if len(rows) == 1 else f"{counted(len(rows))} neurons"
    head = f"{n} of {name_of(found.language)} {'is' if len(rows) == 1 else 'are'} key in {name_of(other)} too"
    if not rows:
        return html.Div(f"{head}.", className="study-note")
    chips = [
        html.Button(
            f"{row.layer} · {row.index}",
            id=said((row.layer, row.index)),
            className="neurons-chip",
            title=f"layer {row.layer}, neuron {row.index}, z {row.z:.2f}",
        )
        for row in rows[:MOST_SHARED]
    ]
    rest = f", the {MOST_SHARED} of largest z" if len(rows) > MOST_SHARED else ""
    return html.Div(
        [
            html.Div(f"{head}{rest} (layer · neuron):", className="study-note"),
            plain(html.Div(chips, className="neurons-chips"), said_to),
        ]
    )


def _number(name: str, value: str, explanation: str, note: str) -> html.Div:
    return html.Div(
        [
            html.Div(hint(name, explanation), className="scores-name"),
            html.Div(value, className="scores-number"),
            html.Div(note, className="scores-note"),
        ]
    )


_SKLR_HINT = (
    "Size of the Key Linguistic Regions (paper B, 3.2.2): the sum over languages of the numbers of their key neurons, "
    "SKLR = Σ |{k : z(k) > threshold}|. A neuron key in two languages counts twice."
)
_SKLR_NULL_HINT = (
    "The same sum after the translations of every sentence were shuffled among the languages: what is found where "
    "nothing belongs to any language."
)
_SHARE_HINT = "SKLR over (neurons × languages): how many of all pairs of a neuron and a language pass."
