"""Generated texts of a result as columns of the same prompts, whatever kind of result wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.contracts.jobs import title_of
from backend.contracts.problems import KnownError
from backend.contracts.results import (
    Continuation,
    GenerationGridSummary,
    GenerationSummary,
    GridColumn,
    Manifest,
    PerturbationSummary,
)

_UNCHANGED = "the unchanged model"
_NO_TEXT = {"not_finite": "the change leaves no next token to choose: all logits are NaN or infinite"}


class Grid(NamedTuple):
    """Columns of the same prompts."""

    title: str
    columns: tuple[GridColumn, ...]
    source: str
    """What was computed, in one line for people."""


def grid_of(manifest: Manifest) -> Grid:
    """The texts of a generation grid, a perturbation or a generation; a 404 problem where there are none."""
    return Grid(title_of(manifest.request), _columns(manifest), _source(manifest))


def ending(text: Continuation) -> str:
    """Why there is no more text, where that is a finding; '' for most."""
    return _NO_TEXT.get(text.finish, "")


def _columns(manifest: Manifest) -> tuple[GridColumn, ...]:
    match manifest.summary:
        case GenerationGridSummary() as found:
            return found.columns
        case GenerationSummary() as found:
            return (_column("base", _UNCHANGED, 0, found.base),)
        case PerturbationSummary() as found if found.base:
            note = "; ".join(edit.sentence for edit in found.edits)
            n_changed = sum(edit.n_parameters for edit in found.edits)
            return (
                _column("base", _UNCHANGED, 0, found.base),
                _column("perturbed", note, n_changed, found.perturbed),
            )
    raise KnownError(
        "no_texts",
        f"result {manifest.key} ({manifest.summary.kind.value}) has no generated texts",
        hint="Texts belong to generation_grid, to generation, and to perturbation with prompts.",
        status=404,
        field="key",
    )


def _column(name: str, note: str, n_changed: int, texts: Sequence[Continuation]) -> GridColumn:
    return GridColumn(name=name, note=note, n_changed=n_changed, continuations=tuple(texts))


def _source(manifest: Manifest) -> str:
    told = manifest.provenance
    revision = f" {told.model_revision}" if told.model_revision else ""
    sampling = told.rules.get("sampling", "")
    return (
        f"{told.model_source or told.model}{revision}, weights {told.weights_hash[:12]}, {told.dtype} on {told.device}"
        f"{sampling and f', {sampling}'}, {told.ended_at:%Y-%m-%d}; result {manifest.key} of Lingua Atlas"
    )
