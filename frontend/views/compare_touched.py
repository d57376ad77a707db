"""The Touch section of the Compare page: the same change of every model, texts and perplexities side by side."""

from __future__ import annotations

from collections.abc import Sequence

from backend.client import Client
from backend.contracts.formulas import region_label
from backend.contracts.perplexity_words import marked
from backend.contracts.requests import PerturbationRequest
from backend.contracts.results import Continuation
from frontend.choices.compare import asked_of, counterpart
from frontend.choices.touch import edit_words
from frontend.results.compare import Compared
from frontend.results.compare_touch import Asked, Touched, answers, asked
from frontend.views.base import Cell, Passage, Table
from frontend.views.compare_part import Part


def touch(view: Compared, api: Client) -> Part:
    """The same change of every model: texts before and after, and perplexities where they were measured."""
    question, problem = asked(view, api)
    if problem:
        raise problem
    if question is None:
        # What is picked on the maps is what a new question would be about.
        picked = {name: getattr(view.choice, name) for name in ("matrix", "cell", "dimension")}
        return Part("None of these models has been touched this way yet.", changes=picked)
    found, missing = answers(view, question, api)
    manifests = [
        api.manifest(row.key)
        for model in view.choice.models
        for request in question.requests(model)
        if (row := counterpart(request, model, view.answered))
    ]
    known = {question.texts: view.choice.touched} | {one.request: one.key for one in manifests}
    first = [asked_of(question.texts, model) for model in view.choice.models]
    n_texts = sum(len(one.base) for one in found)
    reasons = [f"{one.letter}: {one.reason}" for one in found if one.reason]
    n_there = sum(bool(one.base) for one in found)
    told = f"{_words(question)}: {n_texts} texts by {n_there} of {len(found)} models, unchanged and touched."
    return Part(
        " ".join([told, *reasons]),
        tables=_touched_perplexities(found),
        passages=tuple(passage for one in found for passage in _texts(one)),
        sources=tuple(manifests),
        missing=tuple(missing),
        changes={
            "touched": next((known[one] for one in first if known.get(one)), view.choice.touched),
            "question": view.choice.question if question.perplexity else None,
        },
    )


def _words(question: Asked) -> str:
    if isinstance(question.texts, PerturbationRequest):
        return ", ".join(edit_words(edit) for edit in question.texts.edits)
    region = question.region
    return f"Without {region_label(region)}" if region else "Unchanged"


def _touched_perplexities(found: Sequence[Touched]) -> tuple[Table, ...]:
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        before = {row.language: marked(row.perplexity, row.n_vocabulary) for row in one.rows_before}
        after = {row.language: marked(row.perplexity, row.n_vocabulary) for row in one.rows_after}
        told = [(code, before.get(code), after.get(code)) for code in dict.fromkeys((*before, *after))]
        rows += [
            (one.letter, code, base, value, value / base if base and value is not None else None)
            for code, base, value in told
        ]
    columns = ("Letter", "Language", "Unchanged", "Touched", "Ratio")
    return (Table("perplexity", "Perplexity unchanged and touched", columns, tuple(rows)),) if rows else ()


def _texts(one: Touched) -> list[Passage]:
    letter_ = one.letter.lower()
    return [
        Passage(f"{letter_}-{number}-{state}", f"{one.letter} · {one.name}, {state}", _written(text), text.language)
        for number, pair in enumerate(zip(one.base, one.changed, strict=True), 1)
        for state, text in zip(("unchanged", "touched"), pair, strict=True)
    ]


def _written(one: Continuation) -> str:
    return one.prompt + ("" if one.finish == "not_finite" else one.text)
