"""One stored question that several models can answer: how it is picked, and who has answered it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.results import ResultRow
from frontend.choices.compare import asked_of, counterpart, row_of
from frontend.panels.compare_bar import choice_id
from frontend.results.compare import Compared
from frontend.shell import hint


def answers(view: Compared, stored: Sequence[ResultRow]) -> tuple[ResultRow, list[ResultRow | None]]:
    """The chosen question and every model's answer to it; when none is chosen, the one that most have answered."""
    models = view.choice.models

    def of(row: ResultRow) -> list[ResultRow | None]:
        return [counterpart(row.request, model, view.answered) for model in models]

    named = row_of(view.rows, view.choice.question)
    if named is not None:
        asked = asked_of(named.request, models[0])
        same = next((row for row in stored if asked_of(row.request, models[0]) == asked), None)
        if same is not None:
            return same, of(same)
    found = [(row, of(row)) for row in stored]
    return max(found, key=lambda pair: sum(one is not None for one in pair[1]))


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
