"""Stored results and the views of their arrays: lists, manifests, tiles, marginals, cells, grids."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.contracts.compared_tiles import ComparedTiles
from backend.contracts.jobs import title_of
from backend.contracts.problems import KnownError
from backend.contracts.results import CellView, GridView, LanguageMeans, Manifest, MarginalsView, ResultRow
from backend.contracts.vocabulary import AnalysisKind, Reducer
from backend.results import (
    cells,
    compare,
    compare_cells,
    compare_tiles,
    grid,
    language_means,
    marginals,
    subjects,
    tiles,
)
from backend.results.cache import ArrayCache
from backend.results.compare_tiles import Asked
from backend.results.pyramids import Pyramids
from backend.results.subjects import Subject
from backend.results.tiles import Tile, Window

KEPT_SUBJECTS = 64


class ResultViews:
    """Everything that can be read from the results volume. Keeps small things in memory; writes only pyramids."""

    def __init__(self, store: ResultStore, models: ModelEntries, pyramids: Path) -> None:
        self.store = store
        self.models = models
        self.pyramids = Pyramids(pyramids, ArrayCache())
        self._rows: dict[str, ResultRow] = {}
        self._subjects: OrderedDict[str, Subject] = OrderedDict()

    def rows(self, kind: AnalysisKind | None = None, model: str | None = None) -> tuple[ResultRow, ...]:
        """Stored results, newest first; a result that cannot be read is left out."""
        keys = self.store.keys()
        known = {key: self._rows[key] if key in self._rows else _row(self.store, key) for key in keys}
        self._rows = {key: row for key, row in known.items() if row is not None}
        return tuple(
            row
            for row in self._rows.values()
            if (kind is None or row.kind is kind) and (model is None or row.model == model)
        )

    def delete(self, key: str) -> None:
        """Remove a stored result, or the 404 problem of an unknown key."""
        if not self.store.is_there(key):
            self.store.manifest(key)
        self.store.delete(key)
        self._subjects.pop(key, None)

    def of_result(self, key: str, order: tuple[str, ...] = ()) -> Subject:
        """What a stored result lets one look at; its weights must be those it was computed on.

        `order`: of a similarity result, its languages as they are to be shown; others have none.
        """
        found = self._of_result(key)
        if not order:
            return found
        if found.sentences is None:
            raise KnownError(
                "nothing_to_order", f"result {key} is no similarity map", hint="Leave order out.", field="order"
            )
        return found._replace(sentences=found.sentences.ordered(order))

    def _of_result(self, key: str) -> Subject:
        found = self._subjects.get(key)
        if found is None or not self.store.has(key) or self._is_stale(found):
            found = subjects.of_result(self.store.manifest(key), self.store, self.models)
            self._subjects[key] = found
            while len(self._subjects) > KEPT_SUBJECTS:
                self._subjects.popitem(last=False)
        return found

    def _is_stale(self, subject: Subject) -> bool:
        """Its model may be known, or lie elsewhere, by now."""
        if subject.model is None:
            return subject.sentences is None
        return self.models.state(subject.model) != "ready"

    def of_model(self, name: str) -> Subject:
        """The weights of an opened model."""
        return subjects.of_model(name, self.models)

    def tile(self, subject: Subject, matrix: str, reducer: Reducer, window: Window) -> Tile:
        """A window of one matrix, reduced to the screen."""
        self._check_weights(subject, reducer)
        return tiles.tile(self.pyramids, subject.picture(matrix, reducer), window)

    def difference(self, left: Subject, right: Subject, matrix: str, reducer: Reducer, window: Window) -> Tile:
        """A window of one matrix of `left` minus `right`."""
        for subject in (left, right):
            self._check_weights(subject, reducer)
        return tiles.tile(self.pyramids, compare.difference(left, right, matrix, reducer), window)

    def compared_tiles(
        self, subjects: Sequence[Subject], pictures: Sequence[Asked], matrix: str, reducer: Reducer, window: Window
    ) -> tuple[bytes, ComparedTiles]:
        """The same window of several subjects and of their differences."""
        for subject in subjects:
            self._check_weights(subject, reducer)
        return compare_tiles.compared_tiles(self.pyramids, subjects, pictures, matrix, reducer, window)

    def marginals(self, subject: Subject, matrix: str, reducer: Reducer) -> MarginalsView:
        """Profiles along the sides of one matrix."""
        self._check_weights(subject, reducer)
        return marginals.marginals(self.pyramids, subject, matrix, reducer)

    def difference_marginals(self, left: Subject, right: Subject, matrix: str, reducer: Reducer) -> MarginalsView:
        """How much each row and each column of one matrix changed from `right` to `left`."""
        for subject in (left, right):
            self._check_weights(subject, reducer)
        return compare_cells.difference_marginals(self.pyramids, left, right, matrix, reducer)

    def language_means(self, subject: Subject, matrix: str) -> LanguageMeans:
        """Mean similarity of every pair of languages in one map."""
        return language_means.language_means(self.pyramids, subject, matrix)

    def cell(self, subject: Subject, matrix: str, row: int, column: int, **block: object) -> CellView:
        """One exact cell, or the largest of a block."""
        return cells.cell(subject, matrix, row, column, **block)  # type: ignore[arg-type]

    def grid(self, subject: Subject, reducer: Reducer) -> GridView:
        """Thumbnails of all matrices."""
        self._check_weights(subject, reducer)
        return grid.grid(self.pyramids, subject, reducer)

    def _check_weights(self, subject: Subject, reducer: Reducer) -> None:
        """Changed or vanished weight files give their own problem instead of wrong numbers."""
        if reducer not in subjects.WEIGHTS or subject.model is None:
            return
        state = self.models.state(subject.model)
        if state != "ready":
            raise KnownError(
                f"model_{state}",
                f"the files of model {subject.model.name!r} in {subject.model.folder} {_STATES[state]}",
                hint="Put them back, or open the model again.",
                status=409,
                field="model",
            )


_STATES = {"vanished": "are gone", "changed": "changed since it was opened"}


def _row(store: ResultStore, key: str) -> ResultRow | None:
    try:
        manifest = store.manifest(key)
    except KnownError:
        return None
    return row_of(manifest)


def row_of(manifest: Manifest) -> ResultRow:
    """One line of `GET /results`."""
    return ResultRow(
        key=manifest.key,
        kind=manifest.request.kind,
        title=title_of(manifest.request),
        model=manifest.provenance.model,
        created_at=manifest.provenance.ended_at,
        size_bytes=sum(manifest.files.values()),
        request=manifest.request,
    )
