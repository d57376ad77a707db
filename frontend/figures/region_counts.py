"""Where a region sits: the share of each matrix kind in each layer, as a small heatmap and as a list."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from backend.contracts.results import MatrixCount
from backend.contracts.vocabulary import MatrixKind
from frontend import theme
from frontend.figures.numbers import counted, percent
from frontend.figures.telling import tell

LEAST_SHARE = 1e-4
"""Share of a matrix below which every colour is the darkest: small norms are full where matrices give 1 %."""
_TICKS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_KINDS = tuple(kind.value for kind in MatrixKind)


class KindCount(NamedTuple):
    """All layers of one matrix kind together. `share` is of the region: the shares sum to 1."""

    kind: str
    selected: int
    total: int
    share: float


def place_of(matrix: str) -> tuple[int | None, str]:
    """`3.attn.q` is (3, `attn.q`); what lies outside the layers has no number: (None, `norm.final`)."""
    first, _, rest = matrix.partition(".")
    return (int(first), rest) if first.isdigit() else (None, matrix)


def by_kind(counts: Sequence[MatrixCount]) -> tuple[KindCount, ...]:
    """Sums over the layers, the kind that holds most of the region first."""
    selected: dict[str, int] = {}
    total: dict[str, int] = {}
    for count in counts:
        kind = place_of(count.matrix)[1]
        selected[kind] = selected.get(kind, 0) + count.selected
        total[kind] = total.get(kind, 0) + count.total
    whole = sum(selected.values()) or 1
    found = [KindCount(kind, selected[kind], total[kind], selected[kind] / whole) for kind in selected]
    return tuple(sorted(found, key=lambda item: (-item.selected, item.kind)))


def region_counts(counts: Sequence[MatrixCount], *, dark: bool) -> go.Figure:
    """Share of each matrix that the region holds, coloured on a logarithmic scale; kinds by layers."""
    placed = {place_of(count.matrix): count for count in counts}
    layers = sorted({layer for layer, _ in placed if layer is not None})
    kinds = [kind for kind in _KINDS if any(found == kind for layer, found in placed if layer is not None)]
    cells = [[placed.get((layer, kind)) for layer in layers] for kind in kinds]
    figure = go.Figure(
        go.Heatmap(
            z=[[cell and _shade(cell) for cell in row] for row in cells],
            x=layers,
            y=kinds,
            customdata=[[_told(cell) for cell in row] for row in cells],
            hovertemplate="layer %{x} · %{y}<br>%{customdata}<extra></extra>",
            colorscale=theme.SEQUENTIAL,
            zmin=math.log10(LEAST_SHARE),
            zmax=0,
            xgap=1,
            ygap=1,
            colorbar={
                "title": {"text": "share of the matrix", "side": "right"},
                "tickvals": [math.log10(share) for share in _TICKS],
                "ticktext": [percent(share) for share in _TICKS],
                "thickness": 10,
            },
        )
    )
    figure.update_layout(
        template=theme.figure_template(dark),
        height=110 + 20 * len(kinds),
        margin={"l": 110, "r": 10, "t": 10, "b": 44},
    )
    figure.update_xaxes(title="layer", showgrid=False, dtick=max(1, len(layers) // 12), zeroline=False)
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    title = "Share of each matrix that the region holds, kinds by layers"
    return tell(figure, name="region-by-layer", title=title, description=_described(counts, len(layers), len(kinds)))


def _described(counts: Sequence[MatrixCount], n_layers: int, n_kinds: int) -> str:
    told = f"{n_kinds} kinds of matrices by {n_layers} layers, coloured by share on a logarithmic scale."
    held = {count.matrix: count.selected / count.total for count in counts if place_of(count.matrix)[0] is not None}
    if not held:
        return told
    least, most = min(held, key=held.__getitem__), max(held, key=held.__getitem__)
    first = by_kind(counts)[0]
    return (
        f"{told} From {percent(held[least])} of {least} to {percent(held[most])} of {most}; "
        f"{first.kind} gives most of the region, {percent(first.share)} of it."
    )


def _shade(cell: MatrixCount) -> float:
    return math.log10(max(LEAST_SHARE, cell.selected / cell.total))


def _told(cell: MatrixCount | None) -> str:
    if cell is None:
        return "no such matrix"
    return f"{counted(cell.selected)} of {counted(cell.total)} parameters ({percent(cell.selected / cell.total)})"
