"""Perplexities of the same text by every model, beside each other and with what changed from A."""

from __future__ import annotations

from typing import Any

from dash import html

from backend.client import Client
from backend.contracts.requests import PerplexityRequest
from backend.contracts.token_premium import COLUMN as PREMIUM
from backend.contracts.token_premium import HINT as PREMIUM_HINT
from frontend.choices.compare import LETTERS, asked_of, questions
from frontend.figures.compare_perplexity import Table, table
from frontend.language_names import name_of
from frontend.panels.compare_ask import ask
from frontend.panels.compare_question import question_select
from frontend.results.compare import Compared
from frontend.shell import hint, term
from frontend.views.compare_asked import answers, base_request, ratios_to_first, tables_of


def panel(view: Compared, api: Client) -> html.Div:
    """A stored table asked of all, or one button that measures the unchanged models."""
    models = view.choice.models
    stored = questions(tables_of(view), models)
    base = base_request(view, api)
    asks_base = all(asked_of(row.request, models[0]) != base for row in stored)
    if not stored:
        missing = [base.model_copy(update={"model": name}) for name in models] if base else []
        return html.Div([_first(base), ask("Measure all", missing, view, sentence=_sentence(base))])
    chosen, found = answers(view, stored)
    missing_here = [asked_of(chosen.request, name) for name, row in zip(models, found, strict=True) if row is None]
    sentence = html.Span("Not every model has been measured this way.", className="study-note")
    if not missing_here and asks_base and base:
        missing_here = [base.model_copy(update={"model": name}) for name in models]
        sentence = _sentence(base)
    in_bits = len({model.tokenizer_hash for model in view.models}) > 1
    summaries = [api.manifest(row.key).summary if row else None for row in found]
    return html.Div(
        [
            question_select("Table", _QUESTION, stored, chosen, _note(in_bits)),
            html.Section(
                numbers(table(summaries, in_bits=in_bits, ratios=ratios_to_first(found, api))),
                className="atlas-card study-card",
            ),
            ask("Measure all", missing_here, view, sentence=sentence),
        ],
        className="compare-main",
    )


def numbers(found: Table) -> html.Div:
    """Languages down, conditions and models across."""
    n_models = len(found.cells[0][0]) if found.cells and found.cells[0] else 0
    top = [html.Th(term(found.unit), scope="col")]
    top += [html.Th(name, colSpan=n_models, scope="colgroup", className="compare-group") for name in found.conditions]
    top.append(html.Th(hint(PREMIUM, PREMIUM_HINT), colSpan=n_models, scope="colgroup", className="compare-group"))
    second = [
        html.Th(""),
        *(html.Th(LETTERS[place]) for _ in (*found.conditions, PREMIUM) for place in range(n_models)),
    ]
    body = [
        html.Tr(
            [
                html.Th(name_of(language), scope="row"),
                *(_cell(cell) for cells in by_condition for cell in cells),
                *(html.Td(text, className="removal-premium") for text in premiums),
            ]
        )
        for language, by_condition, premiums in zip(found.languages, found.cells, found.premiums, strict=True)
    ]
    head = html.Thead([html.Tr(top), html.Tr(second)])
    return html.Div(html.Table([head, html.Tbody(body)], className="compare-table"), className="heat-scroll")


def _cell(cell: Any) -> html.Td:
    sign = {True: "is-worse", False: "is-better", None: ""}[cell.is_worse]
    title = f"95 % interval {cell.interval}" if cell.interval else None
    words = f"{cell.change}, {cell.interval.partition(' over ')[0]}" if cell.interval else cell.change
    change = html.Span(words, title=title, className=f"compare-change {sign}") if cell.change else None
    return html.Td([cell.text or "–", change], className="compare-number")


def _first(base: PerplexityRequest | None) -> html.Div:
    told = "One click measures the unchanged models." if base else "No text is here to measure it on: add a corpus."
    return html.Div(
        [
            html.Div("No perplexity of these models is stored yet", className="empty-what"),
            html.Div(told, className="empty-next"),
        ],
        className="empty",
    )


def _sentence(base: PerplexityRequest | None) -> html.Span:
    if base is None:
        return html.Span()
    lines, codes = base.evaluation.lines, base.evaluation.languages
    text = f"Unchanged models on {lines.corpus}, lines {lines.start} to {lines.stop or 'the end'}: {', '.join(codes)}"
    return html.Span(text, className="study-note")


def _note(in_bits: bool) -> Any:
    if not in_bits:
        return html.Div(
            "Beside every number its ratio to A: above 1 the model predicts the text worse.", className="study-note"
        )
    words = hint("bits per byte", "Negative log2-likelihood of the text over its length in bytes.")
    told = ["These models cut text into different tokens, so perplexities do not compare; shown are ", words, "."]
    return html.Div(told, className="study-note")


_QUESTION = "A stored perplexity or removal table; the same text, rule and change is asked of every model."
