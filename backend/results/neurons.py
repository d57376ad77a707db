"""Key neurons looked at closely: lists, one neuron from all sides, masks for export. Reads stored results; no torch.

Shapes: G languages, L layers, N neurons of a layer, K sentences.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from backend.artifacts.corpora import Corpora
from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.contracts.jobs import title_of
from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import KeyNeuronsRequest
from backend.contracts.results import (
    DrivingSentence,
    KeyNeuronsSummary,
    Manifest,
    NeuronCard,
    NeuronLanguage,
    NeuronList,
    NeuronMatrix,
    NeuronRegion,
    NeuronRow,
)
from backend.contracts.vocabulary import REGION_KINDS, MatrixKind
from backend.results.arrays import decoded, mapped, tensors

NEURONS = "neurons.safetensors"
ACTIVATIONS = "activations.safetensors"
MASK = "mask.safetensors"
ROWS = {MatrixKind.MLP_GATE: "row", MatrixKind.MLP_UP: "row", MatrixKind.MLP_DOWN: "column"}
"""Which way a neuron's weights run in each matrix: (out, in)."""
MAX_REGIONS = 12


class NeuronViews:
    """What can be read about the neurons of a stored `key_neurons` result."""

    def __init__(self, store: ResultStore, models: ModelEntries, corpora: Corpora) -> None:
        self._store = store
        self._models = models
        self._corpora = corpora

    def listed(self, key: str, language: str, *, layer: int | None, limit: int) -> NeuronList:
        """Key neurons of a language (of one layer, where one is named), the largest z first.

        z cannot exceed sqrt(G - 1), where neurons of one language alone crowd: of equal z, to two decimals, the more
        active come first; in the order of their places where the activations were deleted.
        """
        manifest, request, summary = self._opened(key)
        z_GLN = self._z(manifest)
        is_key_GLN = z_GLN > request.threshold
        place = _language(summary, language)
        found = []
        for at in range(summary.n_layers) if layer is None else [_inside(layer, summary.n_layers, "layer")]:
            means_N = self._means(manifest, language, at)
            found += [
                (float(z_GLN[place, at, index]), None if means_N is None else float(means_N[index]), at, int(index))
                for index in np.flatnonzero(is_key_GLN[place, at])
            ]
        found.sort(key=lambda one: (-round(one[0], 2), -abs(one[1] or 0.0), -one[0], one[2:]))
        rows = (
            NeuronRow(
                layer=at,
                index=index,
                z=z,
                mean_activation=mean,
                others=tuple(
                    other
                    for number, other in enumerate(summary.languages)
                    if number != place and is_key_GLN[number, at, index]
                ),
            )
            for z, mean, at, index in found[:limit]
        )
        return NeuronList(language=language, threshold=request.threshold, n_found=len(found), neurons=tuple(rows))

    def card(self, key: str, layer: int, index: int, *, n_sentences: int) -> NeuronCard:
        """One neuron: z and activation in every language, what drives it, its weights, the regions it lies in."""
        manifest, request, summary = self._opened(key)
        _inside(layer, summary.n_layers, "layer")
        _inside(index, summary.n_neurons, "neuron")
        z_G = self._z(manifest)[:, layer, index]
        activations_GK = np.stack(
            [self._activations(manifest, language, layer)[:, index] for language in summary.languages]
        )
        model = self._models.named(manifest.provenance.model)
        return NeuronCard(
            layer=layer,
            index=index,
            languages=tuple(
                NeuronLanguage(
                    language=language, z=float(z), mean_activation=float(mean), is_key=bool(z > request.threshold)
                )
                for language, z, mean in zip(summary.languages, z_G, activations_GK.mean(1), strict=True)
            ),
            sentences=tuple(self._driving(request, summary, activations_GK, n_sentences)),
            matrices=tuple(
                NeuronMatrix(matrix=view.name, side="row" if ROWS[view.kind] == "row" else "column", index=index)
                for view in _owned(model, layer)
            ),
            regions=tuple(self._regions(model, layer, index)),
        )

    def mask(self, key: str, language: str) -> str:
        """The key neurons of a language as JSON, `{"LAYER": [index, ...]}`: what `import_region` reads."""
        manifest, request, summary = self._opened(key)
        is_key_LN = self._z(manifest)[_language(summary, language)] > request.threshold
        layers = {str(layer): np.flatnonzero(is_key_N).tolist() for layer, is_key_N in enumerate(is_key_LN)}
        return json.dumps({layer: indices for layer, indices in layers.items() if indices}) + "\n"

    def shared_mask(self, key: str, languages: Sequence[str]) -> str:
        """The neurons that just these languages share (`NeuronGroup`), in the form of `mask`."""
        manifest, request, summary = self._opened(key)
        stored = tensors(self._store.file(key, NEURONS))
        if "group_size" not in stored:
            raise KnownError(
                "no_groups",
                f"result {key} was made before groups of languages were looked for",
                hint="Ask for the key neurons again.",
                status=404,
                field="group",
            )
        inside = np.zeros(len(summary.languages), dtype=bool)
        inside[[_language(summary, language) for language in languages]] = True
        layers = {}
        z_GLN = self._z(manifest)
        for layer in range(summary.n_layers):
            explained_N, size_N = (mapped(stored[name])[layer] for name in ("explained", "group_size"))
            highest_N = z_GLN[inside, layer].min(0) > z_GLN[~inside, layer].max(0, initial=-np.inf)
            shared_N = (explained_N >= request.separation) & (size_N == inside.sum()) & highest_N
            layers[str(layer)] = np.flatnonzero(shared_N).tolist()
        return json.dumps({layer: indices for layer, indices in layers.items() if indices}) + "\n"

    def _opened(self, key: str) -> tuple[Manifest, KeyNeuronsRequest, KeyNeuronsSummary]:
        manifest = self._store.manifest(key)
        request, summary = manifest.request, manifest.summary
        if not isinstance(request, KeyNeuronsRequest) or not isinstance(summary, KeyNeuronsSummary):
            raise KnownError(
                "no_neurons",
                f"result {key} ({manifest.summary.kind.value}) has no key neurons",
                hint="Neurons belong to results of kind key_neurons.",
                status=404,
                field="key",
            )
        return manifest, request, summary

    def _z(self, manifest: Manifest) -> np.ndarray:
        return mapped(tensors(self._store.file(manifest.key, NEURONS))["z"])

    def _activations(self, manifest: Manifest, language: str, layer: int) -> np.ndarray:
        """Float32 [K, N] of one layer; a problem when the activations were deleted."""
        key = manifest.inputs[language]
        if not self._store.has(key):
            raise KnownError(
                "input_deleted",
                f"the activations of {language} (result {key}) were deleted",
                hint="Delete these key neurons too and submit the request again.",
                status=409,
            )
        stored = tensors(self._store.file(key, ACTIVATIONS))[f"layer.{layer}"]
        return decoded(mapped(stored), stored.dtype)

    def _means(self, manifest: Manifest, language: str, layer: int) -> np.ndarray | None:
        """Float64 [N]: mean activation of one layer over the language's sentences; None when they were deleted."""
        if not self._store.has(manifest.inputs[language]):
            return None
        return self._activations(manifest, language, layer).mean(0, dtype=np.float64)

    def _driving(
        self, request: KeyNeuronsRequest, summary: KeyNeuronsSummary, activations_GK: np.ndarray, n_sentences: int
    ) -> Iterator[DrivingSentence]:
        lines = request.activations.lines
        texts = self._corpora.named(lines.corpus).texts(lines, summary.languages)
        order = np.argsort(-np.abs(activations_GK), axis=None, kind="stable")[:n_sentences]
        for place, sentence in zip(*np.unravel_index(order, activations_GK.shape), strict=True):
            language = summary.languages[place]
            yield DrivingSentence(
                language=language,
                line=lines.start + int(sentence),
                text=texts[language][sentence],
                activation=float(activations_GK[place, sentence]),
            )

    def _regions(self, model: ModelDescription, layer: int, index: int) -> Iterator[NeuronRegion]:
        """The newest stored regions of the same weights."""
        manifests = map(self._store.manifest, filter(self._store.has, self._store.keys()))
        own = (
            manifest
            for manifest in manifests
            if manifest.request.kind in REGION_KINDS and manifest.provenance.weights_hash == model.weights_hash
        )
        for manifest in islice(own, MAX_REGIONS):
            yield self._region(manifest, model, layer, index)

    def _region(self, manifest: Manifest, model: ModelDescription, layer: int, index: int) -> NeuronRegion:
        stored = tensors(self._store.file(manifest.key, MASK))
        selected = total = held = size = 0
        for view in _owned(model, layer):
            if view.name in stored:
                bits_OI = np.unpackbits(mapped(stored[view.name]), count=view.shape[0] * view.shape[1]).reshape(
                    view.shape
                )
                own = bits_OI[index] if ROWS[view.kind] == "row" else bits_OI[:, index]
                selected, total = selected + int(own.sum()), total + own.size
                held, size = held + int(bits_OI.sum()), size + bits_OI.size
        return NeuronRegion(
            key=manifest.key,
            label=title_of(manifest.request),
            selected=selected,
            total=total,
            density_of_region=held / size if size else 0.0,
        )


def _owned(model: ModelDescription, layer: int) -> list[MatrixView]:
    return [view for view in model.matrices if view.layer == layer and view.kind in ROWS]


def _language(summary: KeyNeuronsSummary, language: str) -> int:
    if language not in summary.languages:
        raise KnownError(
            "unknown_language",
            f"these key neurons are of {', '.join(summary.languages)}, not of {language!r}",
            hint="Choose one of them.",
            status=404,
            field="language",
        )
    return summary.languages.index(language)


def _inside(index: int, size: int, what: str) -> int:
    if not 0 <= index < size:
        raise KnownError(
            "index_out_of_range",
            f"{what} {index} is not in this model; valid is 0 to {size - 1}",
            hint="All count from 0.",
            status=404,
            field=what,
        )
    return index
