"""The fields that say how parameters are scored, for every form that needs scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, html

from backend.contracts.models import CorpusSummary
from frontend.choices.fields import BOS_HINT, BOS_LABELS
from frontend.choices.scores import ESTIMATORS, ScoresChoice, chosen_snapshot
from frontend.fields import corpus_select, label, more, number, segments
from frontend.shell import hint


def field_ids(prefix: str) -> dict[str, str]:
    """Element whose `value` holds each field of `ScoresChoice`."""
    return {name: f"{prefix}-{name}" for name in ScoresChoice._fields}


def estimator(prefix: str, choice: ScoresChoice) -> html.Div:
    """Which estimator, and what it is and costs."""
    options = [{"value": name, "label": words.label} for name, words in ESTIMATORS.items()]
    return html.Div(
        [
            label("Scored by", _ESTIMATOR_HINT),
            dmc.Select(
                id=f"{prefix}-estimator",
                data=options,
                value=choice.estimator,
                size="xs",
                allowDeselect=False,
                **{"aria-label": "Estimator"},
            ),
            html.Div(estimator_note(choice.estimator), id=f"{prefix}-estimator-note", className="study-note"),
        ],
        className="study-field",
    )


def estimator_note(name: str | None) -> list[Any]:
    """Formula and cost of an estimator."""
    words = ESTIMATORS.get(name or "")
    return [html.Div(words.formula), html.Div(words.cost)] if words else ["No such estimator."]


def text_and_samples(prefix: str, choice: ScoresChoice, corpora: Sequence[CorpusSummary]) -> dmc.Accordion:
    """Which text is scored, what is kept on the way, how the work is split."""
    kept = dmc.TagsInput(
        id=f"{prefix}-snapshots",
        value=list(choice.snapshots),
        label=hint("keep the scores of the first … samples too", _SNAPSHOTS_HINT),
        placeholder="" if choice.snapshots else "e.g. 10000, then Enter",
        size="xs",
        splitChars=[",", " ", ";"],
    )
    taken = dmc.Select(
        id=f"{prefix}-snapshot",
        data=snapshot_options(choice.snapshots),
        value=str(choice.snapshot or ""),
        label=hint("region from", _SNAPSHOT_HINT),
        size="xs",
        allowDeselect=False,
    )
    lines = [number(f"{prefix}-start", "from line", choice.start), number(f"{prefix}-stop", "to line", choice.stop)]
    last = [taken, number(f"{prefix}-shards", hint("jobs per language", _SHARDS_HINT), choice.shards)]
    fields = [
        corpus_select(f"{prefix}-corpus", "Scoring text", corpora, choice.corpus),
        dmc.SimpleGrid(lines, cols=2, spacing="xs"),
        kept,
        dmc.SimpleGrid(last, cols=2, spacing="xs"),
        number(f"{prefix}-batch_tokens", hint("tokens of a batch", _BATCH_HINT), choice.batch_tokens),
        label("BOS token", BOS_HINT),
        segments(f"{prefix}-bos", choice.bos, BOS_LABELS),
    ]
    usual = ScoresChoice()
    is_changed = choice.shards != 1 or choice.bos != usual.bos or choice.batch_tokens != usual.batch_tokens
    is_open = bool(choice.snapshots) or is_changed
    return more("Text, BOS, snapshots, shards, batches", dmc.Stack(fields, gap=8), is_open=is_open)


def snapshot_options(snapshots: Sequence[str]) -> list[dict[str, str]]:
    """All samples, or one of the snapshots that are kept."""
    return [{"value": "", "label": "all samples"}, *({"value": text, "label": f"first {text}"} for text in snapshots)]


def keep_snapshot(snapshots: Sequence[str] | None, wanted: str | None) -> tuple[list[dict[str, str]], str]:
    """Options of the region's snapshot, and the chosen one while it is kept."""
    kept = list(snapshots or ())
    return snapshot_options(kept), str(chosen_snapshot(kept, wanted) or "")


def register(app: Dash, prefix: str) -> None:
    """Connect the note with the estimator, and the region's snapshot with those that are kept."""

    @app.callback(
        Output(f"{prefix}-estimator-note", "children"),
        Input(f"{prefix}-estimator", "value"),
        prevent_initial_call=True,
    )
    def _note(name: str | None) -> Any:
        return estimator_note(name)

    @app.callback(
        Output(f"{prefix}-snapshot", "data"),
        Output(f"{prefix}-snapshot", "value"),
        Input(f"{prefix}-snapshots", "value"),
        State(f"{prefix}-snapshot", "value"),
        prevent_initial_call=True,
    )
    def _snapshots(snapshots: list[str] | None, wanted: str | None) -> Any:
        return keep_snapshot(snapshots, wanted)


_ESTIMATOR_HINT = (
    "How the importance of a parameter is estimated. The paper uses Taylor, abs of sum. The Estimators page measures "
    "which of them is closest to really zeroing a parameter."
)
_SNAPSHOTS_HINT = (
    "One pass keeps the scores at several numbers of samples, for example 10000 of 100000, so that regions can be "
    "compared by how much text made them. Other snapshots are other scores: they are computed anew."
)
_SNAPSHOT_HINT = "Which of the kept scores the region is taken from."
_SHARDS_HINT = (
    "One language can be scored by several workers at once: each adds up its share of the samples, one more job merges "
    "them. The result is that of a single run, up to rounding."
)
_BATCH_HINT = (
    "How many tokens, padding included, go through the model at once. The gradients of a batch are those of its mean "
    "loss and every batch weighs the same, so the size of a batch changes the scores: other sizes are other scores. "
    "To compare with a paper, ask for its batch: samples of a batch times tokens of a sample."
)
