"""The place of a figure before it is drawn: its height, and nothing else."""

from __future__ import annotations

import plotly.graph_objects as go


def blank(height: int) -> go.Figure:
    """An invisible figure, so that nothing jumps when the real one comes."""
    hidden = {"visible": False}
    return go.Figure(
        layout={
            "height": height,
            "xaxis": hidden,
            "yaxis": hidden,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
        }
    )
