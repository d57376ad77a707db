"""Under the curves: which other results are laid beside them, and the numbers with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.results import LayerScore, ResultRow
from frontend.choices.languages_view import MOST_BESIDE
from frontend.fields import more
from frontend.figures.numbers import interval_text
from frontend.shell import hint
from frontend.views.languages_figures import result_name


class CurvesId(StrEnum):
    """Ids of this part."""

    BESIDE = "languages-beside"
    TABLE = "languages-table"


def beside_select(rows: Sequence[ResultRow], chosen: Sequence[str]) -> dmc.MultiSelect:
    """Results of whole models, of any model, to lay beside the one on the page."""
    options = [{"value": row.key, "label": result_name(row)} for row in rows]
    return dmc.MultiSelect(
        id=CurvesId.BESIDE,
        data=options,
        value=[key for key in chosen if any(row.key == key for row in rows)],
        maxValues=MOST_BESIDE,
        placeholder="Another result, of this or another model" if options else "No other result is stored yet",
        disabled=not options,
        searchable=True,
        size="xs",
        label=hint("Beside it", _BESIDE_HINT),
        **{"aria-label": "Results to lay beside this one"},
    )


def scores_table(scores: dict[str, Sequence[LayerScore]]) -> Any:
    """One row for each model, when there are several; else the whole model and every layer, folded."""
    if len(scores) > 1:
        rows = [(name, next((one for one in found if one.layer is None), None)) for name, found in scores.items()]
        return _table("Whole model", [(name, score) for name, score in rows if score is not None])
    (found,) = scores.values()
    layers = [("whole" if one.layer is None else str(one.layer), one) for one in found]
    return more("All numbers", html.Div(_table("Layer", layers), className="languages-numbers"))


def _table(head: str, rows: Sequence[tuple[str, LayerScore]]) -> dmc.Table:
    heads = [head, "LRDS", "95 % interval", "SADS", "95 % interval"]
    return dmc.Table(
        [
            dmc.TableThead(dmc.TableTr([dmc.TableTh(name) for name in heads])),
            dmc.TableTbody([dmc.TableTr([dmc.TableTd(cell) for cell in _cells(*row)]) for row in rows]),
        ],
        className="languages-table",
        fz="xs",
        withRowBorders=False,
        highlightOnHover=True,
        verticalSpacing=3,
    )


def _cells(name: str, score: LayerScore) -> tuple[str, ...]:
    return (
        name,
        f"{score.lrds:.4f}", interval_text(score.lrds_interval),
        f"{score.sads:.4f}", interval_text(score.sads_interval),
    )  # fmt: skip


_BESIDE_HINT = (
    "Up to three stored results, of any models: all curves from the first layer (0) to the last one (1). They compare "
    "where the sentences and languages are the same."
)
