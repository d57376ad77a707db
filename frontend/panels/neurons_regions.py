"""Both papers on one map: key neurons of every language against regions of paper A."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.results import EnrichmentSummary, ResultRow
from frontend.choices.neurons_regions import MADE, RegionsOfNeurons
from frontend.figures.neurons_regions import HeldCell, held_cells, verdict
from frontend.language_names import name_of
from frontend.plain import plain
from frontend.shell import hint, icon, term
from frontend.stored_regions import options

PREFIX = "neurons-held"
REGIONS, PERCENT = f"{PREFIX}-regions", f"{PREFIX}-percent"
RUN, PROBLEM, TABLE, CURVE, NOTE = (f"{PREFIX}-{name}" for name in ("run", "problem", "table", "curve", "note"))
DRAWN = f"{PREFIX}-drawn"
"""Store, the choice with which the form was drawn."""
LOOKED = f"{PREFIX}-looked"
"""Store, `cell_said` of the cell clicked last."""
KEY = f"{PREFIX}-key"
"""Store, key of the enrichment that is shown."""
FIELDS = {"regions": REGIONS, "percent": PERCENT}


def cell_said(language: str, region: str) -> dict[str, str]:
    """What a click on a cell says; `region` is its number."""
    return {"type": LOOKED, "language": language, "region": region}


def form(choice: RegionsOfNeurons, stored: Sequence[ResultRow]) -> html.Div:
    """Which regions; those of the neurons' own languages can be made with the same click."""
    made = [{"value": value, "label": words} for value, words in MADE.items()]
    data = [{"group": "Made if need be", "items": made}, *options(stored)]
    known = {row.key for row in stored} | set(MADE)
    chosen = [one for one in choice.regions if one in known]
    return html.Div(
        [
            dcc.Store(id=DRAWN, data={"regions": chosen, "percent": choice.percent}),
            dmc.MultiSelect(
                id=REGIONS, data=data, value=chosen, size="xs",
                label=hint("Regions", _REGIONS_HINT), searchable=True, clearable=True, className="held-regions",
                placeholder="Choose regions",
            ),
            dmc.NumberInput(
                id=PERCENT, label=hint("share", _SHARE_HINT), value=choice.percent, suffix=" %", decimalScale=4, w=92,
                clampBehavior="none", size="xs", debounce=True,
            ),
            dmc.Button("Compare with regions", id=RUN, size="sm", leftSection=icon("play", 15)),
        ],
        className="held-form",
    )  # fmt: skip


def table(summary: EnrichmentSummary | None, held: Sequence[str] = ()) -> Any:
    """Languages by regions; what to click while there is none."""
    if summary is None:
        return html.Div(
            "Click “Compare with regions”: are the weights of a language's key neurons in its monolingual region more "
            "often than those of other neurons?",
            className="study-note",
        )
    heads = [html.Th(term("Key neuron", "key neurons of"), scope="col")]
    heads += [html.Th(name, scope="col", title=name, className="off-head") for name in summary.regions]
    rows = [
        html.Tr([html.Th(name_of(code), scope="row"), *(_cell(cell, held) for cell in cells)])
        for code, cells in zip(summary.languages, held_cells(summary), strict=True)
    ]
    body = plain(html.Tbody(rows), LOOKED)
    drawn = html.Table([html.Thead(html.Tr(heads)), body], className="off-table held-table")
    return [
        html.P(verdict(summary), className="neurons-verdict"),
        html.Div(drawn, className="removal-scroll"),
        html.Div(
            [
                hint("Ratio", _RATIO_HINT),
                " of densities; below it ",
                hint("z", _Z_HINT),
                ". Red: denser than chance, blue: sparser; framed: its own region. Click a cell for its layers.",
            ],
            className="study-note",
        ),
    ]


def curve(language: str, region: str, graph: Any) -> html.Div:
    """One cell layer by layer."""
    title = html.H3(f"{name_of(language)} in “{region}”, layer by layer", className="study-heading")
    note = html.Div("Large points: z beyond 3. Dotted: chance.", className="study-note")
    return html.Div([title, note, graph])


def _cell(cell: HeldCell, held: Sequence[str]) -> html.Td:
    kind = "is-more" if cell.shade > 0 else "is-less"
    marks = ["is-own"] * cell.own + ["is-dark"] * (abs(cell.shade) > 0.75) + ["is-read"] * (cell.keys == tuple(held))
    inner = [html.Span(cell.ratio), " ", html.Span(cell.z, className="held-z")]
    words = {"aria-label": f"{cell.ratio} {cell.z}: " + cell.hover.replace("\n", "; ")}
    return html.Td(
        html.Button(inner, id=cell_said(*cell.keys), className="heat-button", **words),
        className=" ".join(["off-cell", kind, *marks]),
        title=cell.hover,
        style={"--shade": f"{100 * abs(cell.shade):.0f}%"},
    )


_REGIONS_HINT = (
    "Regions of paper A: what a language alone uses (Eq. 5: its top parameters without the top and bottom of the "
    "others), what all use (the core), or any stored region. Those made here are scored on the lines that found the "
    "neurons, one job per language."
)
_SHARE_HINT = "Share of the parameters in the regions that are made here; the paper takes 1, 3 and 5 %."
_RATIO_HINT = (
    "Share of the key neurons' weights (rows of gate and up, column of down) that the region holds, over the same "
    "share of all neurons. 1 is chance."
)
_Z_HINT = (
    "How many standard deviations that is from as many neurons drawn by chance, without replacement: exact, no "
    "shuffles needed. Beyond 3 chance is out of the question."
)
