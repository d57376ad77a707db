"""The deactivation matrix: its form, its table that fills column by column, and the texts behind a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.requests import DeactivationRequest, KeyNeuronsRequest
from backend.contracts.token_premium import COLUMN as PREMIUM
from backend.contracts.token_premium import HINT as PREMIUM_HINT
from frontend import follow
from frontend.choices.neurons_deactivation import N_PROMPTS, N_TOKENS, DeactivationChoice, overlaps
from frontend.fields import label
from frontend.figures.neurons_deactivation import OffCell, OffRow, OffTable, verdict
from frontend.language_chips import language_chips
from frontend.language_names import name_of
from frontend.plain import plain
from frontend.shell import hint, icon

PREFIX, TEXTS_PREFIX = "neurons-off", "neurons-texts"
SWITCHED, MEASURED, FROM, TO, DRAWS = (
    f"{PREFIX}-switched", f"{PREFIX}-measured", f"{PREFIX}-from", f"{PREFIX}-to", f"{PREFIX}-draws",
)  # fmt: skip
RUN, PROBLEM, TABLE, NOTE = f"{PREFIX}-run", f"{PREFIX}-problem", f"{PREFIX}-table", f"{PREFIX}-note"
DRAWN = f"{PREFIX}-drawn"
"""Store, the choice with which the form was drawn."""
READ = f"{PREFIX}-read"
"""Store, `cell_said` of the cell clicked last."""
TEXTS_PLACE = f"{TEXTS_PREFIX}-place"
TEXTS_HEAD, TEXTS, TEXTS_KEY = f"{TEXTS_PREFIX}-head", f"{TEXTS_PREFIX}-shown", f"{TEXTS_PREFIX}-key"
FIELDS = {"switched": SWITCHED, "measured": MEASURED, "from_line": FROM, "to_line": TO, "draws": DRAWS}


def cell_said(off: str, read: str) -> dict[str, str]:
    """What a click on a cell says."""
    return {"type": READ, "off": off, "read": read}


def form(choice: DeactivationChoice, neurons: KeyNeuronsRequest) -> html.Div:
    """Which languages are off, which are measured, on which lines, how many random draws; folded behind one button."""
    fields = html.Div(
        [
            label("Neurons off", "A column for each of these languages."),
            language_chips(SWITCHED, neurons.languages, choice.switched, named_families=False),
            label("Languages measured", "A row for each of these languages."),
            language_chips(MEASURED, neurons.languages, choice.measured, named_families=False),
            dmc.Group(
                [
                    _number(FROM, "from line", choice.from_line),
                    _number(TO, "to line", choice.to_line),
                    _number(DRAWS, hint("random draws", _DRAWS_HINT), choice.draws),
                    html.Div(note(choice, neurons), id=NOTE, className="study-note"),
                ],
                gap="xs",
                align="flex-end",
            ),
        ],
        className="study-card",
    )
    item = dmc.AccordionItem(
        [dmc.AccordionControl("Languages, lines, random draws"), dmc.AccordionPanel(fields)], value="more"
    )
    folded = dmc.Accordion([item], chevronPosition="left", className="study-more")
    return html.Div([dcc.Store(id=DRAWN, data=choice._asdict()), folded])


def note(choice: DeactivationChoice, neurons: KeyNeuronsRequest) -> str:
    """How many jobs this is, and a warning when the lines that found the neurons are measured."""
    n = 1 + len(choice.switched) * (1 + (choice.draws or 0))
    told = f"{n} columns to measure; each is a job of its own."
    if (choice.draws or 0) < DeactivationRequest.model_fields["random_draws"].default:
        told += " Fewer than ten random draws tell little about chance: ask for ten before judging."
    if overlaps(choice, neurons):
        told += " These lines found the neurons too: hold some out for an honest number."
    return told


def run_button(*, again: bool) -> dmc.Button:
    """Asks for the matrix."""
    words = "Measure again with these" if again else "Turn them off and measure"
    return dmc.Button(words, id=RUN, size="sm", leftSection=icon("play", 15), variant="light" if again else "filled")


def table(view: OffTable | None, read: Sequence[str] = ()) -> Any:
    """The matrix with its legend; what to click while there is none."""
    if view is None:
        return html.Div(
            f"Click “Turn them off and measure”: {_WHAT}",
            className="study-note",
        )
    heads = [html.Th("", scope="col")]
    heads += [html.Th(hint(short, words), scope="col", className="off-head") for short, words in view.columns]
    heads.append(html.Th(hint(PREMIUM, PREMIUM_HINT), scope="col", className="off-head"))
    body = plain(html.Tbody([html.Tr(_line(row, read)) for row in view.rows]), READ)
    foot = plain(html.Tfoot([html.Tr(_line(row, read)) for row in view.feet]))
    drawn = html.Div(
        html.Table([html.Thead(html.Tr(heads)), body, foot], className="off-table"),
        className="removal-scroll",
    )
    parts: list[Any] = [drawn, _legend()]
    if said := verdict(view):
        parts.insert(0, html.P(said, className="neurons-verdict"))
    if view.n_done < view.n_columns:
        parts.insert(0, html.Div(f"{view.n_done} of {view.n_columns} columns so far", className="study-note"))
    return parts


def texts_place(read: Sequence[str], key: str | None, following: str | None) -> html.Div:
    """Where the texts of a cell come."""
    return html.Div(
        [
            dcc.Store(id=TEXTS_KEY, data=key),
            html.Div(texts_head(read) if read else None, id=TEXTS_HEAD),
            follow.slot(TEXTS_PREFIX, following),
            html.Div(id=TEXTS, className="touch-texts touch-grid-texts", **{"data-key": key or ""}),
        ],
        id=TEXTS_PLACE,
        className="neurons-texts",
    )


def texts_head(read: Sequence[str], *, not_written: bool = False) -> Any:
    """Which cell these texts are of."""
    off, language = read
    title = html.H3(
        f"{name_of(language)}, with the neurons of {name_of(off)} off",
        className="study-heading",
        id="neurons-texts-title",
    )
    told = (
        "These texts are not written yet: click the framed cell of the table."
        if not_written
        else f"{N_PROMPTS} prompts, {N_TOKENS} tokens, greedy. Bytes that are no text are shown as bytes."
    )
    return html.Div([title, html.Div(told, className="study-note")])


def _number(number_id: str, words: Any, value: int | None) -> dmc.NumberInput:
    settings: dict[str, Any] = {
        "allowDecimal": False,
        "clampBehavior": "none",
        "size": "xs",
        "debounce": True,
        "w": 104,
    }
    return dmc.NumberInput(id=number_id, label=words, value=value, **settings)


def _line(row: OffRow, read: Sequence[str]) -> list[Any]:
    code = html.Span(row.language, className="removal-code") if row.language else None
    premium = html.Td(row.premium, className="removal-premium")
    return [html.Th([row.name, code], scope="row"), *(_cell(cell, read) for cell in row.cells), premium]


def _cell(cell: OffCell, read: Sequence[str]) -> html.Td:
    kind = "is-more" if cell.shade > 0 else "is-less" if cell.shade < 0 else ""
    marks = [kind, "is-own" if cell.own else "", "is-dark" if abs(cell.shade) > 0.75 else ""]
    is_read = cell.keys is not None and cell.keys == tuple(read)
    names = " ".join(["off-cell", *(mark for mark in marks if mark), *(["is-read"] if is_read else [])])
    look: dict[str, Any] = {
        "className": names, "title": cell.hover, "style": {"--shade": f"{100 * abs(cell.shade):.0f}%"},
    }  # fmt: skip
    if cell.keys is None:
        return html.Td(cell.text, **look)
    words = {"aria-label": f"{cell.text}: " + cell.hover.replace("\n", "; ")}
    return html.Td(html.Button(cell.text, id=cell_said(*cell.keys), className="heat-button", **words), **look)


def _legend() -> html.Div:
    steps = [
        html.Span([html.I(className="off-swatch is-more", style={"--shade": f"{shade}%"}), words])
        for shade, words in ((0, "up to 0.003"), (42, "0.03"), (83, "0.3"), (100, "0.75 and more, or lost"))
    ]
    less = html.Span([html.I(className="off-swatch is-less", style={"--shade": "60%"}), "less than before"])
    own = html.Span([html.I(className="off-swatch is-own"), "its own neurons"])
    words = hint(
        "Bits per byte added",
        "Shades compare languages, so they do not depend on the tokenizer. Numbers: increase of perplexity, "
        "100 (perplexity with neurons off / perplexity of the full model − 1).",
    )
    return html.Div([words, *steps, less, own, html.Span("click a cell to read")], className="removal-legend")


_WHAT = (
    "the key neurons of one language after the other are held at 0, and perplexity is measured in every language "
    "(the paper's Tables 1 and 4)."
)
_DRAWS_HINT = (
    "For every language so many random sets of as many neurons, none of them key for it: what turning off neurons "
    "does by itself."
)
