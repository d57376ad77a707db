"""The place of a figure before it is drawn: its height, and nothing else."""

from __future__ import annotations

import plotly.graph_objects as go

from frontend.figures.telling import tell


def blank(height: int) -> go.Figure:
    """An invisible figure, so that nothing jumps when the real one comes."""
    hidden = {"visible": False}
    figure = go.Figure(
        layout={
            "height": height,
            "xaxis": hidden,
            "yaxis": hidden,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
        }
    )
    return tell(figure, name="to-come", title="A figure to come", description="Not drawn yet: nothing to see.")
