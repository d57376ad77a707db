"""Key neurons against regions of paper A: how much denser a region is in their weights than in all neurons'.

Ratio = density in the weights of the key neurons / density in those of all neurons of the same layers; z counts the
standard deviations of as many neurons drawn by chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from backend.contracts.results import EnrichmentCell, EnrichmentSummary
from frontend import theme
from frontend.figures.heat_figure import heat_figure
from frontend.figures.numbers import counted, significant
from frontend.figures.overlap import HeatCell, HeatTable
from frontend.figures.sentences import course, extremes
from frontend.figures.telling import tell
from frontend.language_names import name_of

CLEAR_Z = 3.0
"""From here on chance is out of the question, also among a hundred cells."""


class HeldCell(NamedTuple):
    """One language against one region, over all layers."""

    ratio: str
    z: str
    shade: float
    """0 to 1: so much denser than chance; negative: so much sparser."""
    hover: str
    keys: tuple[str, str]
    """Language, and number of the region."""
    own: bool
    """The region is that of this language alone."""


def held_cells(summary: EnrichmentSummary) -> tuple[tuple[HeldCell, ...], ...]:
    """Rows are languages, columns regions."""
    whole = {(cell.language, cell.region): cell for cell in summary.cells if cell.layer is None}
    return tuple(
        tuple(_cell(whole[code, region], number) for number, region in enumerate(summary.regions))
        for code in summary.languages
    )


def verdict(summary: EnrichmentSummary) -> str:
    """In plain words: whose neurons lie in the region of their language, whose do not."""
    whole = [cell for cell in summary.cells if cell.layer is None]
    own = [cell for cell in whole if _is_own(cell)]
    if not own:
        clear = [cell for cell in whole if cell.z is not None and cell.z > CLEAR_Z]
        return (
            f"{len(clear)} of {len(whole)} pairs are denser than chance (z above {CLEAR_Z:g}): there the region holds "
            "more of the key neurons' weights than of other neurons'."
        )
    inside = [name_of(cell.language) for cell in own if cell.z is not None and cell.z > CLEAR_Z]
    strongest = sum(_is_strongest(cell, whole) for cell in own)
    told = f"The key neurons of {', '.join(inside)} lie" if inside else "The key neurons of no language lie"
    return (
        f"{told} in the monolingual region of the same language more than chance allows (z above {CLEAR_Z:g}, "
        f"{len(inside)} of {len(own)}). For {strongest} of {len(own)} languages their own is the "
        "monolingual region densest in them."
    )


def held_figure(summary: EnrichmentSummary, *, dark: bool) -> go.Figure:
    """The table of ratios as a figure: red where a region is denser than chance."""
    rows = tuple(name_of(code) for code in summary.languages)
    cells = tuple(
        tuple(HeatCell(cell.ratio, cell.shade, cell.hover) for cell in of_language)
        for of_language in held_cells(summary)
    )
    table = HeatTable(rows, summary.regions, summary.regions, cells, 1)
    ratios = [(f"{name_of(one.language)} in {one.region}", one.ratio) for one in summary.cells if one.layer is None]
    described = (
        f"Table of the key neurons of {len(rows)} languages by {len(summary.regions)} regions, density over chance: "
        f"{extremes(ratios, written=_three)}. {verdict(summary)}"
    )
    title = "Key neurons in regions: density over chance"
    return heat_figure(table, name="held", title=title, description=described, signed=True, dark=dark)


def by_layer(summary: EnrichmentSummary, language: str, region: str, *, dark: bool) -> go.Figure:
    """The ratio layer by layer, 1 is chance; a layer without key neurons is left out."""
    cells = [
        cell
        for cell in summary.cells
        if cell.language == language and cell.region == region and cell.layer is not None and cell.ratio is not None
    ]
    figure = go.Figure(
        go.Scatter(
            x=[cell.layer for cell in cells],
            y=[cell.ratio for cell in cells],
            mode="lines+markers",
            line={"color": theme.language_colour(language), "width": 2},
            marker={"size": [11 if cell.z is not None and abs(cell.z) > CLEAR_Z else 6 for cell in cells]},
            customdata=[[_z(cell.z), counted(cell.n_chosen)] for cell in cells],
            hovertemplate="layer %{x}: ratio %{y:.3f}<br>z %{customdata[0]}, %{customdata[1]} neurons<extra></extra>",
        )
    )
    figure.add_hline(y=1, line={"dash": "dot", "width": 1.5, "color": "rgba(128,128,128,0.9)"})
    figure.update_layout(
        template=theme.figure_template(dark), height=260, margin={"l": 56, "r": 16, "t": 12, "b": 42}, showlegend=False
    )
    n_layers = 1 + max((cell.layer or 0 for cell in summary.cells), default=0)
    figure.update_xaxes(title="layer", range=[-0.5, n_layers - 0.5], dtick=max(1, n_layers // 16), zeroline=False)
    figure.update_yaxes(title="ratio to chance", rangemode="tozero")
    beyond = [str(cell.layer) for cell in cells if cell.z is not None and abs(cell.z) > CLEAR_Z]
    run = course([cell.ratio for cell in cells], [cell.layer for cell in cells], written=_three, place="layer")
    described = (
        f"Density of “{region}” in the key neurons of {name_of(language)} over that in all neurons, by layer, 1 is "
        f"chance: {run}. {len(beyond)} of {len(cells)} layers have |z| above {CLEAR_Z:g}."
    )
    title = f"{name_of(language)} in “{region}” by layer"
    return tell(figure, name="held-by-layer", title=title, description=described)


def _three(value: float) -> str:
    return f"{value:.3f}"


def _cell(cell: EnrichmentCell, number: int) -> HeldCell:
    ratio = "–" if cell.ratio is None else f"×{significant(cell.ratio, 3)}"
    hover = [
        f"{name_of(cell.language)} against {cell.region}",
        f"{counted(cell.n_chosen)} key neurons",
        f"the region holds {_share(cell.density)} of their weights, {_share(cell.expected)} of all neurons'",
        "click to see it layer by layer",
    ]
    keys = (cell.language, str(number))
    return HeldCell(ratio, f"z {_z(cell.z)}", _shade(cell.ratio), "\n".join(hover), keys, _is_own(cell))


def _is_own(cell: EnrichmentCell) -> bool:
    return cell.region in (f"{name_of(cell.language)} only", f"{cell.language} only")


def _is_strongest(own: EnrichmentCell, whole: Sequence[EnrichmentCell]) -> bool:
    others = [cell.ratio or 0.0 for cell in whole if cell.language == own.language and "only" in cell.region]
    return own.ratio is not None and own.ratio >= max(others)


def _shade(ratio: float | None) -> float:
    """Full at four times and at a quarter."""
    if ratio is None:
        return 0.0
    return -1.0 if ratio <= 0 else max(-1.0, min(1.0, math.log2(ratio) / 2))


def _z(z: float | None) -> str:
    if z is None:
        return "–"
    return "0.0" if abs(z) < 0.05 else f"{z:.1f}".replace("-", "−")


def _share(density: float | None) -> str:
    return "–" if density is None else f"{100 * density:.3g} %"
