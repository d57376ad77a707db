"""What every model wrote and how well it predicts, unchanged and touched, side by side with the differences marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from backend.contracts.results import Continuation, PerplexityRow
from frontend import theme
from frontend.figures.compare_words import marked, share_changed
from frontend.figures.numbers import factor, percent, perplexity_text
from frontend.language_names import name_of
from frontend.results.compare_touch import Touched
from frontend.shell import hint, term


def texts_and_numbers(found: Sequence[Touched], words: str) -> html.Section:
    """One column per model, then one table of perplexities."""
    first = next((one for one in found if one.base), None)
    columns = [_column(one, first) for one in found]
    return html.Section(
        [
            html.H2(words, className="study-heading"),
            html.Div(_LEGEND, className="study-note"),
            html.Div(columns, className="compare-texts"),
            perplexities(found),
        ],
        className="atlas-card study-card",
    )


def perplexities(found: Sequence[Touched]) -> Any:
    """Languages down, models across: before, after, and how many times as large; nothing where none was measured."""
    measured = [one for one in found if one.rows_before or one.rows_after]
    codes = list(dict.fromkeys(row.language for one in measured for row in (*one.rows_before, *one.rows_after)))
    if not codes:
        return None
    ratio = hint("×", "Perplexity after over before: above 1 the model predicts the text worse.")
    top = html.Tr(
        [html.Th(term("Perplexity", "perplexity")), *(_group(one, index) for index, one in enumerate(measured))]
    )
    second = [html.Th("")]
    for index, _ in enumerate(measured):
        second += [html.Th("before"), html.Th("after"), html.Th(ratio if index == 0 else "×")]
        second += [html.Th(hint("× of A's", _OF_A) if index == 1 else "× of A's")] if index else []
    lines = []
    for code in codes:
        cells: list[html.Td] = []
        base = _of(measured[0], code)
        for index, one in enumerate(measured):
            before, after = _of(one, code)
            told = [_written(before), _written(after), _ratio(before, after)]
            if index:
                told.append(_relative((before, after), base))
            cells += [html.Td(text, className="compare-number") for text in told]
        lines.append(html.Tr([html.Th(name_of(code), scope="row"), *cells]))
    table = html.Table([html.Thead([top, html.Tr(second)]), html.Tbody(lines)], className="compare-table")
    return html.Div(table, className="heat-scroll compare-touch-table")


def _group(one: Touched, index: int) -> html.Th:
    return html.Th(f"{one.letter} · {one.name}", colSpan=4 if index else 3, scope="colgroup", className="compare-group")


def _column(one: Touched, first: Touched | None) -> html.Div:
    title = html.H3(f"{one.letter} · {one.name}", className="map-heading")
    if one.reason:
        return html.Div([title, html.Div(f"Not defined here: {one.reason}", className="study-note compare-reason")])
    if not one.base:
        return html.Div([title, html.Div("not touched yet", className="study-note")])
    pairs = []
    for place, (base, changed) in enumerate(zip(one.base, one.changed, strict=True)):
        against = first.base[place] if first and place < len(first.base) else base
        pairs.append(
            html.Div(
                [
                    _text("unchanged", base, against),
                    _text(f"touched · {percent(round(share_changed(changed.text, base.text), 3))} other words",
                          changed, base),
                ],
                className="compare-text-pair",
            )
        )  # fmt: skip
    return html.Div([title, *pairs])


def _text(label: str, one: Continuation, against: Continuation) -> html.Div:
    if one.finish == "not_finite":
        words: list[Any] = [html.Span("the model gives no next token any more")]
    else:
        words = [html.Mark(piece.text) if piece.differs else piece.text for piece in marked(one.text, against.text)]
    told = html.Div(
        [html.Span(one.prompt, className="compare-prompt"), *words],
        className="compare-text", dir=theme.text_direction(one.language), lang=one.language,
    )  # fmt: skip
    return html.Div([html.Div(label, className="study-note"), told])


def _of(one: Touched, code: str) -> tuple[PerplexityRow | None, PerplexityRow | None]:
    before = next((row for row in one.rows_before if row.language == code), None)
    return before, next((row for row in one.rows_after if row.language == code), None)


def _written(row: PerplexityRow | None) -> str:
    return "–" if row is None else perplexity_text(row.perplexity, row.n_vocabulary, 4)


def _change(before: PerplexityRow | None, after: PerplexityRow | None) -> float | None:
    if before is None or after is None or not before.perplexity or after.perplexity is None:
        return None
    return after.perplexity / before.perplexity


def _ratio(before: PerplexityRow | None, after: PerplexityRow | None) -> str:
    if before is None or after is None:
        return "–"
    return factor(_change(before, after))


def _relative(
    own: tuple[PerplexityRow | None, PerplexityRow | None], first: tuple[PerplexityRow | None, PerplexityRow | None]
) -> str:
    mine, theirs = _change(*own), _change(*first)
    return factor(mine / theirs) if mine is not None and theirs else "–"


_LEGEND = (
    "Marked in an unchanged text: words that A did not write there. Marked in a touched text: words that the same "
    "model, unchanged, did not write there."
)
_OF_A = "This model's × over that of A: above 1 the same change hurts it more than A."
