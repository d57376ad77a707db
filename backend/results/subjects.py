"""What a key or a model name lets one look at: which matrices, through which reducers, out of which files."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import RegionRequest, SimilarityRequest
from backend.contracts.results import CombinedRegionSummary, ImportRegionSummary, Manifest, RegionSummary
from backend.contracts.vocabulary import AnalysisKind, Reducer
from backend.results.arrays import tensors
from backend.results.planes import MaskPlane, Plane, ScorePlane, WeightPlane, plane_shape
from backend.results.pyramids import Picture
from backend.results.sentence_maps import SentenceMap

SCORES = "scores.safetensors"
MASK = "mask.safetensors"
GRID = "grid.safetensors"
SIMILARITY = "similarity.safetensors"
MAX_NAMED = 5
"""Unknown names are answered with all there are up to this number, else with those near them."""
WEIGHTS = (Reducer.MAX_ABS_WEIGHT, Reducer.SIGNED_MAX_WEIGHT, Reducer.MEAN_WEIGHT)


class Subject(NamedTuple):
    """One result or one model, ready to be looked at."""

    key: str
    """Result key; for a model its weights hash."""
    model: ModelDescription | None
    weights_hash: str
    score_keys: tuple[str, ...] = ()
    scores: tuple[Path, ...] = ()
    region: Path | None = None
    """Folder of a region result."""
    region_matrices: frozenset[str] = frozenset()
    density: dict[str, float] = {}
    sentences: SentenceMap | None = None
    """Of a similarity result."""

    @property
    def reducers(self) -> tuple[Reducer, ...]:
        """What can be asked of it, the most telling first."""
        if self.sentences is not None:
            return (Reducer.SIMILARITY,)
        region = (Reducer.DENSITY,) if self.region is not None else ()
        return (*region, *((Reducer.MAX_IMPORTANCE,) if self.scores else ()), *WEIGHTS)

    def names(self, reducer: Reducer) -> tuple[str, ...]:
        """Names of the matrices that this reducer can show, or the problem of a reducer it has not."""
        if reducer not in self.reducers:
            raise _unknown("reducer", reducer.value, [known.value for known in self.reducers], self.key)
        if self.sentences is not None:
            return self.sentences.names
        views, shown = self._model().matrices, self._shown(reducer)
        return tuple(view.name for view in views if shown is None or view.name in shown)

    def _shown(self, reducer: Reducer) -> Collection[str] | None:
        """The matrices that a result is about; None for all of the model."""
        if reducer is Reducer.DENSITY:
            return self.region_matrices
        # Embeddings and the head are scored only where they were asked for.
        return tensors(self.scores[0]).keys() if reducer is Reducer.MAX_IMPORTANCE else None

    def view(self, name: str) -> MatrixView | None:
        """Where a matrix lies; None for a similarity map."""
        if self.sentences is not None:
            return None
        return next(view for view in self._model().matrices if view.name == name)

    def picture(self, matrix: str, reducer: Reducer) -> Picture:
        """One matrix through one reducer, or the problem of a name that is not there."""
        names = self.names(reducer)
        if matrix not in names:
            raise _unknown("matrix", matrix, names, self.key)
        if self.sentences is not None:
            return Picture(self.key + self.sentences.mark, matrix, self.sentences.plane(matrix), reducer)
        view = self.view(matrix)
        assert view is not None
        return Picture(self._identity(reducer), matrix, self._plane(view, reducer), reducer)

    def _plane(self, view: MatrixView, reducer: Reducer) -> Plane:
        shape = plane_shape(view.shape)
        if reducer is Reducer.DENSITY:
            assert self.region is not None
            return MaskPlane(view.name, self.region / MASK, shape)
        if reducer is Reducer.MAX_IMPORTANCE:
            return ScorePlane(view.name, self.scores, shape)
        return WeightPlane(view, Path(self._model().folder))

    def _identity(self, reducer: Reducer) -> str:
        if reducer is Reducer.DENSITY:
            return self.key
        return "+".join(self.score_keys) if reducer is Reducer.MAX_IMPORTANCE else self.weights_hash

    def _model(self) -> ModelDescription:
        if self.model is None:
            raise KnownError(
                "model_forgotten",
                f"the model that {self.key} is about is no longer among the opened models",
                hint="Open it again; its results are found by its weights.",
                status=409,
            )
        return self.model


def of_model(name: str, models: ModelEntries) -> Subject:
    """The weights of an opened model whose files are unchanged."""
    entry = models.ready(name)
    return Subject(key=entry.weights_hash, model=entry, weights_hash=entry.weights_hash)


def of_result(manifest: Manifest, store: ResultStore, models: ModelEntries) -> Subject:
    """What a stored result shows: its own arrays, the scores it was made from, its model's weights."""
    key, summary, weights_hash = manifest.key, manifest.summary, manifest.provenance.weights_hash
    folder = store.path(key)
    if summary.kind is AnalysisKind.SIMILARITY:
        assert isinstance(manifest.request, SimilarityRequest)
        languages, start = summary.languages, manifest.request.lines.start
        sentences = SentenceMap(folder / SIMILARITY, languages, languages, summary.n_lines, start)
        return Subject(key, None, weights_hash, sentences=sentences)
    if summary.kind is AnalysisKind.OPEN_MODEL:
        return Subject(key, summary.description, summary.description.weights_hash)
    model = _model_with(weights_hash, manifest.provenance.model, models)
    if summary.kind is AnalysisKind.IMPORTANCE:
        return Subject(key, model, weights_hash, score_keys=(key,), scores=(folder / SCORES,))
    if isinstance(summary, RegionSummary | CombinedRegionSummary | ImportRegionSummary):
        scores = _scores_of(manifest, store)
        return Subject(
            key,
            model,
            weights_hash,
            score_keys=tuple(scores),
            scores=tuple(scores.values()),
            region=folder,
            region_matrices=frozenset(count.matrix for count in summary.matrices),
            density={count.matrix: count.selected / max(count.total, 1) for count in summary.matrices},
        )
    raise KnownError(
        "nothing_to_show",
        f"a {summary.kind.value} result has no matrices to look at",
        hint="Matrices belong to results of open_model, importance, similarity and of regions of every kind.",
        field="key",
    )


def _scores_of(manifest: Manifest, store: ResultStore) -> dict[str, Path]:
    """The score files that a region by rank was made from, by what names them; other regions have none."""
    if not isinstance(manifest.request, RegionRequest):
        return {}
    snapshot = manifest.request.region.snapshot
    name, mark = (SCORES, "") if snapshot is None else (f"scores-{snapshot}.safetensors", f"@{snapshot}")
    return {key + mark: store.path(key) / name for key in sorted(set(manifest.inputs.values()))}


def _model_with(weights_hash: str, name: str, models: ModelEntries) -> ModelDescription | None:
    """The entry with these weights, by whatever name; the one the result names is looked at first."""
    try:
        if (entry := models.named(name)).weights_hash == weights_hash:
            return entry
    except KnownError:
        pass
    return next((entry for entry in models.all() if entry.weights_hash == weights_hash), None)


def _unknown(what: str, given: str, known: Iterable[str], key: str) -> KnownError:
    names = list(known)
    near = names if len(names) <= MAX_NAMED else difflib.get_close_matches(given, names, n=5, cutoff=0.4) or names[:5]
    return KnownError(
        f"unknown_{what}",
        f"{key} has no {what} {given!r}; {'near it' if len(near) < len(names) else 'there are'}: {', '.join(near)}",
        hint=f"Choose one of its {len(names)} {'matrices' if what == 'matrix' else 'reducers'}.",
        status=404 if what == "matrix" else 422,
        field=what,
    )
