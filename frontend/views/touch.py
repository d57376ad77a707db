"""Touch outside of its page: the texts of attempts and of a grid, what was changed, what it cost in perplexity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import GenerationGridRequest, PerturbationRequest, Request
from backend.contracts.results import Continuation, GenerationGridSummary, Manifest, PerturbationSummary
from frontend import urls
from frontend.choices.touch import edit_words
from frontend.choices.touched import Touched, touched
from frontend.figures.changes import changes
from frontend.figures.numbers import factor
from frontend.language_names import name_of
from frontend.views.base import Passage, Table, View
from frontend.views.parts import model_of, stored_table

TITLE = "Touch"


class _Column(NamedTuple):
    """The texts of one change."""

    name: str
    title: str
    texts: tuple[Continuation | None, ...]


def view(query: Mapping[str, str], api: Client) -> View:
    """The attempts and the grid that the address names; without either, what its form would ask."""
    model = api.model(model_of(query, api))
    shown = touched(query, model, api)
    attempts = _attempts(shown, api)
    grid = api.manifest(shown.grid_key) if shown.grid and shown.grid_key and not shown.grid_is_running else None
    columns = [*_of_attempts(attempts), *_of_grid(grid)]
    keys = dict(zip(("key", "beside"), shown.keys, strict=False))
    return View(
        address=urls.link("touch", model=model.name, **keys, grid=shown.grid_key, **shown.form.changes(shown.drawn)),
        title=_title(attempts, grid),
        lead=_lead(attempts, grid, model.name),
        tables=(*_edits(attempts), *_perplexities(attempts, api), *_changes(grid), *_texts(columns)),
        passages=tuple(_passages(columns)),
        sources=(*attempts, *([grid] if grid else [])),
        missing=tuple(_missing(shown, attempts, grid, api)),
    )


def read_texts(attempts: Sequence[Manifest]) -> tuple[tuple[Table, ...], tuple[Passage, ...]]:
    """The texts of stored attempts, as one table and one by one."""
    columns = _of_attempts(attempts)
    return tuple(_texts(columns)), tuple(_passages(columns))


def _attempts(shown: Touched, api: Client) -> list[Manifest]:
    """The stored ones; one that still runs is missing, one that nobody knows is a problem."""
    keys = shown.keys[1:] if shown.is_running else shown.keys
    found = [api.manifest(key) for key in keys]
    for manifest in found:
        if not isinstance(manifest.summary, PerturbationSummary):
            raise KnownError(
                "other_kind",
                f"result {manifest.key} is of kind {manifest.request.kind.value}, which another page shows",
                hint="Touch shows perturbations and grids of texts.",
                status=404,
            )
    return found


def _missing(shown: Touched, attempts: Sequence[Manifest], grid: Manifest | None, api: Client) -> list[Request]:
    if shown.is_running:
        return [api.job(shown.keys[0]).request]
    if shown.grid_is_running and shown.grid is not None:
        return [shown.grid]
    if attempts or grid:
        return []
    return [shown.form.request(api.model(shown.form.model))]


def _of_attempts(attempts: Sequence[Manifest]) -> list[_Column]:
    """The unchanged text once, then one column per attempt, in the order of the first one's prompts."""
    if not attempts:
        return []
    base = _summary(attempts[0]).base
    columns = [_Column("unchanged", "Unchanged", base)]
    for number, manifest in enumerate(attempts, 1):
        aligned = tuple(_same_prompt(one, _summary(manifest).perturbed) for one in base)
        columns.append(_Column(f"touched-{number}", _words(manifest), aligned))
    return columns


def _of_grid(grid: Manifest | None) -> list[_Column]:
    if grid is None or not isinstance(grid.summary, GenerationGridSummary):
        return []
    return [
        _Column(f"grid-{place}", column.name if place else "Unchanged", column.continuations)
        for place, column in enumerate(grid.summary.columns)
    ]


def _passages(columns: Sequence[_Column]) -> list[Passage]:
    return [
        Passage(
            f"{column.name}-{number}",
            f"{name_of(text.language)}, prompt {number}: {column.title}",
            text.prompt + text.text,
            text.language,
        )
        for column in columns
        for number, text in enumerate(column.texts, 1)
        if text is not None
    ]


def _texts(columns: Sequence[_Column]) -> list[Table]:
    """Prompts by changes, what was generated alone: Figure 4."""
    parts = (
        ("texts", "What the model writes after each prompt", False),
        ("grid-texts", "What the model writes under each change", True),
    )
    tables = []
    for name, title, is_grid in parts:
        if part := [column for column in columns if column.name.startswith("grid-") is is_grid]:
            rows = tuple(_row(part, place, text) for place, text in enumerate(part[0].texts) if text is not None)
            tables.append(Table(name, title, ("language", "prompt", *(column.title for column in part)), rows))
    return tables


def _row(columns: Sequence[_Column], place: int, first: Continuation) -> tuple[str | None, ...]:
    texts = (column.texts[place] for column in columns)
    return (first.language, first.prompt, *(text.text if text else None for text in texts))


def _edits(attempts: Sequence[Manifest]) -> list[Table]:
    rows = tuple(
        (number, edit.sentence, edit.n_parameters, ", ".join(edit.matrices), _summary(manifest).weights_restored)
        for number, manifest in enumerate(attempts, 1)
        for edit in _summary(manifest).edits
    )
    columns = ("attempt", "what was done", "parameters", "matrices", "weights restored")
    return [Table("edits", "What was done to the weights", columns, rows)] if rows else []


def _perplexities(attempts: Sequence[Manifest], api: Client) -> list[Table]:
    return [
        stored_table(
            manifest, api, name=f"perplexity-{number}", title=f"Perplexity before and after: {_words(manifest)}"
        )
        for number, manifest in enumerate(attempts, 1)
        if _summary(manifest).perplexity_base
    ]


def _changes(grid: Manifest | None) -> list[Table]:
    if grid is None or not isinstance(grid.summary, GenerationGridSummary):
        return []
    rows = tuple((column.name, column.note, column.n_changed) for column in grid.summary.columns)
    return [Table("changes", "The changes of the grid", ("change", "what it did", "parameters or neurons"), rows)]


def _title(attempts: Sequence[Manifest], grid: Manifest | None) -> str:
    if attempts:
        return " beside ".join(_words(manifest) for manifest in attempts)
    return "A grid of texts" if grid else TITLE


def _lead(attempts: Sequence[Manifest], grid: Manifest | None, model: str) -> str:
    told = []
    for manifest in attempts:
        summary = _summary(manifest)
        n_changed = sum(edit.n_parameters for edit in summary.edits)
        told.append(f"{_words(manifest)} in {model} changes {n_changed:,} parameters" + _cost(summary) + ".")
    if grid is not None and isinstance(grid.request, GenerationGridRequest):
        n_prompts, n_changes = len(grid.request.prompts), len(grid.request.columns)
        told.append(f"{n_prompts} prompts under {n_changes} changes of {model}, beside the unchanged model.")
    return " ".join(told) or f"Nothing of {model} has been touched in this view yet."


def _cost(summary: PerturbationSummary) -> str:
    rows = changes(summary.perplexity_base, summary.perplexity_perturbed)
    told = [f"{factor(row.ratio)} in {name_of(row.language)}" for row in rows]
    return f"; perplexity {', '.join(told)}" if told else ""


def _same_prompt(one: Continuation, texts: Sequence[Continuation]) -> Continuation | None:
    return next((text for text in texts if (text.language, text.prompt) == (one.language, one.prompt)), None)


def _summary(manifest: Manifest) -> PerturbationSummary:
    assert isinstance(manifest.summary, PerturbationSummary)
    return manifest.summary


def _words(manifest: Manifest) -> str:
    assert isinstance(manifest.request, PerturbationRequest)
    return "; ".join(edit_words(edit) for edit in manifest.request.edits)
