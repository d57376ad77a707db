"""A table of shaded numbers as a plotly figure: where there is no page to write it as a table. Pure."""

from __future__ import annotations

import plotly.graph_objects as go

from frontend import theme
from frontend.figures.overlap import HeatTable
from frontend.figures.telling import tell

ROW, HEAD = 24, 96


def heat_figure(
    table: HeatTable,
    *,
    name: str,
    title: str,
    description: str,
    across: str = "",
    down: str = "",
    signed: bool = False,
    dark: bool = False,
) -> go.Figure:
    """The table with its texts in the cells and its shades below them; `across` and `down` name the axes.

    `signed`: shades run from −1 to 1 over a middle that is the ground.
    """
    cells = [list(row) for row in table.cells]
    figure = go.Figure(
        go.Heatmap(
            z=[[cell.shade for cell in row] for row in cells],
            x=list(range(len(table.columns))),
            y=list(range(len(table.rows))),
            text=[[cell.text for cell in row] for row in cells],
            customdata=[[cell.hover.replace("\n", "<br>") for cell in row] for row in cells],
            texttemplate="%{text}",
            textfont={"size": 10},
            hovertemplate="%{customdata}<extra></extra>",
            colorscale=theme.diverging(dark) if signed else ground_scale(dark),
            zmin=-1 if signed else 0,
            zmax=1,
            xgap=1,
            ygap=1,
            showscale=False,
        )
    )
    figure.update_layout(
        template=theme.figure_template(dark),
        height=HEAD + ROW * max(1, len(table.rows)),
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
    )
    shown = {"showgrid": False, "zeroline": False, "automargin": True}
    figure.update_xaxes(
        side="top", tickvals=list(range(len(table.columns))), ticktext=list(table.columns), title=across, **shown
    )
    figure.update_yaxes(
        autorange="reversed", tickvals=list(range(len(table.rows))), ticktext=list(table.rows), title=down, **shown
    )
    return tell(figure, name=name, title=title, description=description)


def ground_scale(dark: bool) -> list[list[object]]:
    """From the ground to the accent: as the tables of the page are shaded; plotly writes light on dark by itself."""
    return [[0.0, "#1b1f26" if dark else "#ffffff"], [1.0, theme.INDIGO[3] if dark else theme.INDIGO[8]]]
