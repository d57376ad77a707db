"""The key neurons of one language as a list to click, their mask as a file and as a region."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.results import NeuronList, NeuronRow
from frontend import follow, urls
from frontend.choices.neurons import neuron_text
from frontend.figures.numbers import counted
from frontend.language_names import name_of
from frontend.plain import plain
from frontend.shell import icon

LANGUAGE, LAYER, LISTED, MASK = "neurons-language", "neurons-layer", "neurons-listed", "neurons-mask"
MASK_PREFIX = "neurons-region"
USE, MASK_DONE = "neurons-use", "neurons-mask-done"
EVERY = "every"
MOST_LISTED = 60
"""The table of the view holds the first 200, the mask all."""
CHOSEN = "neurons-chosen"
"""Store, `neuron_said` of the neuron clicked last, in the list or among the shared ones."""


def neuron_said(at: tuple[int, int]) -> dict[str, Any]:
    """What a click on a neuron says."""
    return {"type": CHOSEN, "layer": at[0], "index": at[1]}


def controls(languages: Sequence[str], language: str, layer: int | None, n_layers: int) -> dmc.Group:
    """Which language, which layer."""
    layers = [{"value": EVERY, "label": "every layer"}]
    layers += [{"value": str(number), "label": f"layer {number}"} for number in range(n_layers)]
    return dmc.Group(
        [
            dmc.Select(
                id=LANGUAGE, data=[{"value": code, "label": name_of(code)} for code in languages], value=language,
                allowDeselect=False, size="xs", w=160, **{"aria-label": "Language of the key neurons"},
            ),
            dmc.Select(
                id=LAYER, data=layers, value=EVERY if layer is None else str(layer), allowDeselect=False, size="xs",
                w=120, searchable=n_layers > 12, **{"aria-label": "Layer of the key neurons"},
            ),
        ],
        gap=8,
    )  # fmt: skip


def listing(found: NeuronList, chosen: tuple[int, int] | None) -> Any:
    """One line per neuron, the largest z first; of equal z the more active."""
    if not found.neurons:
        return html.Div(
            f"No neuron of {name_of(found.language)} passes z > {found.threshold:g} here. Choose another layer, or "
            "find key neurons with a lower threshold.",
            className="study-note",
        )
    more = (
        f", the {counted(len(found.neurons))} of largest z below; the mask holds all"
        if found.n_found > len(found.neurons)
        else ""
    )
    low, top = found.threshold, found.neurons[0].z
    rows = [_row(row, _between(row.z, low, top), chosen) for row in found.neurons]
    return [
        html.Div(
            f"{counted(found.n_found)} key neurons{more}. Numbers: z, and the mean activation, which orders equal z.",
            className="study-note",
        ),
        plain(html.Div(rows, className="neurons-list"), CHOSEN),
    ]


def mask_links(key: str, language: str, following: str | None = None) -> html.Div:
    """The mask of a language: to a file, and into the regions of this atlas."""
    download = html.A(
        [icon("download", 14), f"Mask of {name_of(language)} (JSON)"],
        href=f"/api/results/{key}/neurons.json?language={language}",
        download=f"neurons-{language}-{key[:8]}.json",
        className="study-download",
    )
    use = dmc.Button("Use as a region", id=USE, size="compact-xs", variant="light", leftSection=icon("plus", 13))
    own = dcc.Link("Bring a mask of your own", href=urls.link("combine"), className="atlas-anchor")
    return html.Div(
        [
            dmc.Group([download, html.Span(use, title=_USE_HINT), html.Span(own, className="study-note")], gap=8),
            follow.slot(MASK_PREFIX, following),
            html.Div(id=MASK_DONE),
        ],
        className="neurons-mask",
    )


def as_region(model: str, key: str, language: str) -> dmc.Group:
    """Where the imported region can go."""
    links = (
        ("Show in the Atlas", urls.open_result("import_region", key, model)),
        ("Remove it and measure", urls.link("regions", model=model, others=key)),
        ("Combine it with others", urls.link("combine", model=model, result=key)),
    )
    told = html.Span(f"The neurons of {name_of(language)} are a region now:", className="study-note")
    return dmc.Group(
        [told, *(dcc.Link(words, href=href, className="study-download is-strong") for words, href in links)], gap=4
    )


def _between(z: float, low: float, top: float) -> float:
    """Where z lies from the threshold (a short stub) to the largest."""
    return 0.04 + 0.96 * (z - low) / (top - low) if top > low else 1.0


def _row(row: NeuronRow, share: float, chosen: tuple[int, int] | None) -> html.Button:
    also = f"also {' '.join(row.others)}" if row.others else ""
    at = (row.layer, row.index)
    active = "" if row.mean_activation is None else f"{row.mean_activation:.3g}"
    return html.Button(
        [
            html.Span(f"layer {row.layer}", className="neurons-row-layer"),
            html.Span(f"neuron {row.index}", className="neurons-row-index"),
            html.Span(className="neurons-row-bar", style={"backgroundSize": f"{100 * share:.0f}% 100%"}),
            html.Span(f"{row.z:.2f}", className="atlas-number"),
            html.Span(active, className="neurons-row-mean"),
            *([html.Span(also, className="neurons-row-others")] if also else ()),
        ],
        id=neuron_said(at),
        className="neurons-row" + (" is-shown" if at == chosen else ""),
        title=f"neuron {neuron_text(at)}, z {row.z:.4f}{active and f', mean activation {active}'} {also}".strip(),
    )


_USE_HINT = (
    "Makes a region of the weights these neurons own (their rows of gate and up, their column of down), which can be "
    "removed, combined and looked at like any other."
)
