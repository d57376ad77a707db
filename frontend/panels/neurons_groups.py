"""Each language's list judged, and the groups of languages that share neurons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from dash import html

from backend.contracts.results import KeyNeuronsSummary
from frontend.figures.neurons_words import shared_groups
from frontend.figures.numbers import counted, significant
from frontend.language_names import name_of
from frontend.panels.neurons_form import SPLIT_HINT
from frontend.shell import hint

MOST_SHOWN = 20


def lists(summary: KeyNeuronsSummary) -> Any:
    """By language: chance, and whether half of the sentences give the same list; None in earlier results."""
    if not summary.p_more:
        return None
    rows = [
        [
            name_of(code),
            counted(sum(counts)),
            _whole(mean),
            _p(p_more),
            _p(p_fewer),
            _share(overlap),
            _share(chance),
        ]
        for code, counts, mean, p_more, p_fewer, overlap, chance in zip(
            summary.languages,
            summary.counts,
            summary.null_mean,
            summary.p_more,
            summary.p_fewer,
            summary.half_overlap,
            summary.half_chance,
            strict=True,
        )
    ]
    head: list[Any] = [
        "Language", "key neurons", "by chance", hint("p of as many", _P_HINT), hint("p of as few", _P_FEW_HINT),
        hint("overlap of halves", _HALF_HINT), "by chance",
    ]  # fmt: skip
    return _table(head, rows)


def groups(key: str, summary: KeyNeuronsSummary, separation: float) -> list[Any]:
    """The largest groups that share neurons beside what chance gives; each as a file."""
    if summary.n_split is None:
        return [
            html.P("These were found before groups were looked for: ask again to see them.", className="study-note")
        ]
    chance = "" if summary.n_split_null is None else f"; shuffled languages give {counted(round(summary.n_split_null))}"
    note = (
        f"{counted(summary.n_split)} neurons divide the languages into two classes that explain {separation:.0%} of "
        f"the variance or more{chance}. By chance: the largest group of the same size under shuffled languages. A "
        "neuron is in one group at most."
    )
    found = shared_groups(summary)
    if not found:
        return [html.P(note, className="study-note"), html.P("No languages share a neuron in this sense.")]
    rows = [
        [
            group_name(group.languages, summary.languages),
            counted(group.n_neurons),
            _whole(group.null_mean),
            _whole(group.null_high),
            _p(group.p),
            html.A("JSON", href=_file(key, group.languages), download=f"neurons-{'-'.join(group.languages)}.json"),
        ]
        for group in found[:MOST_SHOWN]
    ]
    head: list[Any] = [
        hint("Shared by just", SPLIT_HINT), "neurons", "by chance, mean", "most",
        hint("p of as many", _P_GROUP_HINT), "",
    ]  # fmt: skip
    return [html.P(note, className="study-note"), _table(head, rows)]


def group_name(languages: Sequence[str], all_languages: Sequence[str]) -> str:
    """`German and Dutch`, or `all but Chinese` where that is shorter."""
    others = [code for code in all_languages if code not in languages]
    if others and len(others) < len(languages) and len(others) <= 2:
        return "all but " + " and ".join(map(name_of, others))
    return ", ".join(map(name_of, languages))


def _file(key: str, languages: Sequence[str]) -> str:
    return f"/api/results/{key}/neurons.json?{urlencode([('language', code) for code in languages])}"


def _table(head: Sequence[Any], rows: Sequence[Sequence[Any]]) -> html.Div:
    body = [html.Tr([html.Th(first, scope="row"), *map(html.Td, rest)]) for first, *rest in rows]
    top = html.Thead(html.Tr([html.Th(cell, scope="col") for cell in head]))
    return html.Div(
        html.Table([top, html.Tbody(body)], className="neurons-table"),
        className="neurons-table-frame",
        tabIndex=0,
        role="region",
        **{"aria-label": "Table, scrolls sideways"},
    )


def _p(value: float | None) -> str:
    return "–" if value is None else significant(value, 2)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _whole(value: float | None) -> str:
    return "–" if value is None else counted(round(value))


_P_HINT = (
    "The part of the shuffles in which this language has as many key neurons or more, counting the real one: (1 + n) / "
    "(1 + shuffles). With L languages, 0.05 / L keeps one false alarm in twenty results."
)
_P_FEW_HINT = (
    "The part of the shuffles with as few or fewer. Small where the neurons of a language are shared by its relatives, "
    "which z cannot see: it never means that there are none."
)
_HALF_HINT = (
    "The sentences are halved at random, ten times by default, and the key neurons found in each half: neurons in both "
    "lists over those in either. 1 is the same list from other sentences; beside it, two random lists of these sizes."
)
_P_GROUP_HINT = "The part of the shuffles in which any group of this many languages shares as many neurons or more."
