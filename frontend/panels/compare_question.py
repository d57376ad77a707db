"""One stored question that several models can answer: how it is picked, and who has answered it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.results import ResultRow
from frontend.panels.compare_bar import choice_id
from frontend.shell import hint


def question_select(
    label: str, explanation: str, stored: Sequence[ResultRow], chosen: ResultRow, extra: Any = None
) -> html.Section:
    """A card with the picker; the answers of all models belong to what it says."""
    select = dmc.Select(
        id=choice_id("question", drawn=chosen.key),
        label=hint(label, explanation),
        data=[{"value": row.key, "label": row.title} for row in stored],
        value=chosen.key,
        allowDeselect=False,
        searchable=True,
        size="xs",
        w=460,
        maw="100%",
        comboboxProps={"width": 520, "position": "bottom-start"},
    )
    return html.Section([select, extra], className="atlas-card study-card")
