"""Entries of a list that cannot be read, below those that can."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html

from backend.contracts.models import BrokenEntry

N_SHOWN = 20


def unreadable(broken: Sequence[BrokenEntry]) -> dmc.Alert | None:
    """One line for each, its file and why; None when there is none."""
    if not broken:
        return None
    lines = [html.Div([html.Code(one.name[:120], dir="auto"), f": {one.problem}"]) for one in broken[:N_SHOWN]]
    more = len(broken) - N_SHOWN
    return dmc.Alert(
        [*lines, html.Div(f"and {more} more")] if more > 0 else lines,
        title="1 entry cannot be read" if len(broken) == 1 else f"{len(broken)} entries cannot be read",
        color="orange",
        variant="light",
        p="xs",
        mt="xs",
        className="unreadable-entries",
    )
