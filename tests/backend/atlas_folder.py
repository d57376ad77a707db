"""A small data root written by hand: one model with every way a matrix can be stored, one result of each kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backend.artifacts.layout import Layout
from backend.artifacts.models import ModelEntries, fingerprint
from backend.artifacts.results import ResultStore
from backend.contracts.base import digest
from backend.contracts.models import MatrixView, ModelDescription, ModelShape
from backend.contracts.requests import (
    ANALYSIS_VERSIONS,
    EvaluationSpec,
    ImportanceRequest,
    Lines,
    OpenModelRequest,
    RegionRequest,
    RegionSpec,
    RemovalRequest,
    Request,
    ScoreSpec,
    SimilarityRequest,
)
from backend.contracts.results import (
    Condition,
    ImportanceSummary,
    LayerScore,
    Manifest,
    MatrixCount,
    OpenedModel,
    PerplexityRow,
    Provenance,
    RegionSummary,
    RemovalSummary,
    SimilaritySummary,
    Summary,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODEL, WEIGHTS = "tiny", "a" * 64
LANGUAGES = ("de", "en")
SCORES = ScoreSpec(model=MODEL, lines=Lines(start=0, stop=4))
REGION = RegionSpec(scores=SCORES, languages=LANGUAGES, fraction=0.1)
N_LINES = 3


def write_safetensors(path: Path, arrays: Mapping[str, tuple[str, np.ndarray]]) -> None:
    """Tensors as (safetensors dtype, array of its bytes), in the given order."""
    header, offset = {}, 0
    for name, (dtype, array) in arrays.items():
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(array.tobytes() for _, array in arrays.values()))


def bf16(values: np.ndarray) -> np.ndarray:
    """Bit patterns of float32 values cut to bfloat16."""
    return (np.ascontiguousarray(values, np.float32).view(np.uint32) >> 16).astype(np.uint16)


def view(name: str, shape, sides, *, tensor: str = "", dtype: str = "F32", n_heads=None, **fold) -> MatrixView:
    layer, _, kind = name.partition(".") if name[0].isdigit() else (None, "", name)
    return MatrixView(
        name=name, layer=int(layer) if layer else None, kind=kind, shape=shape, sides=sides,
        n_heads=n_heads or (1,) * len(shape), tensor=tensor or name, file="model.safetensors", dtype=dtype, **fold,
    )  # fmt: skip


VIEWS = (
    view("0.attn.q", (8, 12), ("head", "residual"), tensor="qkv", n_heads=(2, 1), fold=(2, 3, 4, 12), axis=1, pick=0),
    view("0.attn.k", (8, 12), ("head", "residual"), tensor="qkv", n_heads=(2, 1), fold=(2, 3, 4, 12), axis=1, pick=1),
    view("0.mlp.up", (10, 12), ("neuron", "residual"), dtype="BF16", transposed=True),
    view("0.mlp.down", (12, 10), ("residual", "neuron"), dtype="F16"),
    view("0.norm.input", (12,), ("residual",)),
    view("embed.token", (30, 12), ("vocabulary", "residual")),
)
IN_LAYERS = tuple(one for one in VIEWS if one.layer is not None)


class AtlasFolder(NamedTuple):
    """Where everything lies, and the canonical numbers by matrix name."""

    layout: Layout
    store: ResultStore
    models: ModelEntries
    weights: dict[str, np.ndarray]
    scores: dict[str, dict[str, np.ndarray]]
    masks: dict[str, np.ndarray]
    similarity: np.ndarray
    keys: dict[str, str]
    """Result keys: opened, de, en, region, removal, similarity."""


def write_atlas(root: Path) -> AtlasFolder:
    rng = np.random.default_rng(5)
    layout = Layout(root)
    store, models = ResultStore(layout.results), ModelEntries(layout.models)
    weights = _write_model(root / "weights", rng)
    description = _describe(root / "weights")
    models.save(description)
    scores = {language: {one.name: rng.random(one.shape, np.float32) ** 4 for one in VIEWS} for language in LANGUAGES}
    total = {one.name: scores["de"][one.name] + scores["en"][one.name] for one in VIEWS}
    masks = {one.name: total[one.name] >= np.sort(total[one.name].ravel())[-max(1, total[one.name].size // 10)]
             for one in IN_LAYERS}  # fmt: skip
    similarity = rng.random((len(LANGUAGES) * N_LINES,) * 2, np.float32)
    keys = {"opened": put(store, OpenModelRequest(source=str(root / "weights")), OpenedModel(description=description))}
    for language in LANGUAGES:
        files = {"scores.safetensors": {one.name: ("F32", scores[language][one.name]) for one in IN_LAYERS}}
        summary: Summary = ImportanceSummary(n_samples=4, n_tokens=40, mean_loss=3.0, seconds=1.0)
        keys[language] = put(store, ImportanceRequest(scores=SCORES, language=language), summary, files)
    inputs = {language: keys[language] for language in LANGUAGES}
    keys["region"] = put(store, RegionRequest(region=REGION), _region_summary(masks), _region_files(masks), inputs)
    keys["removal"] = put(store, removal_request(), removal_summary(), inputs=inputs)
    keys["similarity"] = _put_similarity(store, similarity)
    return AtlasFolder(layout, store, models, weights, scores, masks, similarity, keys)


def put(store: ResultStore, request: Request, summary: Summary, files=None, inputs=None, key: str = "") -> str:
    """Store a result; its key hashes the request alone where none is given."""
    key = key or digest(request.model_dump(mode="json"))
    provenance = Provenance(
        model=MODEL, model_source="/weights", model_revision=None, weights_hash=WEIGHTS, tokenizer_hash="b" * 64,
        corpus_hashes={}, device="cpu", dtype="float32", seed=None, versions={"torch": "2.13.0"}, worker="w",
        started_at=NOW, ended_at=NOW,
    )  # fmt: skip
    with store.writing(key) as folder:
        for name, arrays in (files or {}).items():
            write_safetensors(folder / name, arrays)
        sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
        manifest = Manifest(
            key=key, request=request, analysis_version=ANALYSIS_VERSIONS[request.kind], inputs=inputs or {},
            provenance=provenance, summary=summary, files=sizes,
        )  # fmt: skip
        store.commit(folder, manifest)
    return key


def removal_request() -> RemovalRequest:
    evaluation = EvaluationSpec(lines=Lines(start=4, stop=8), languages=LANGUAGES)
    return RemovalRequest(region=REGION, evaluation=evaluation, random_draws=2, with_norms=False)


def removal_summary() -> RemovalSummary:
    """German breaks without a bound when the top is removed."""
    columns = {"base": (20.5, 30.0), "top": (None, 2.5e11), "bottom": (21.0, 31.0)}
    columns |= {"random 1": (22.0, 33.0), "random 2": (24.0, 33.0)}
    conditions = tuple(
        Condition(name=name, n_removed=9, rows=tuple(_row(*pair) for pair in zip(LANGUAGES, values, strict=True)))
        for name, values in columns.items()
    )
    return RemovalSummary(conditions=conditions, fraction=0.1, n_total=480)


def _row(language: str, perplexity: float | None) -> PerplexityRow:
    return PerplexityRow(
        language=language, n_samples=4, n_tokens=40, n_bytes=100, nll=None if perplexity is None else 1.0,
        perplexity=perplexity, bits_per_byte=None,
    )  # fmt: skip


def _write_model(folder: Path, rng: np.random.Generator) -> dict[str, np.ndarray]:
    folder.mkdir(parents=True)
    draw = lambda *shape: rng.standard_normal(shape).astype(np.float32)  # noqa: E731
    qkv, norm, embed = draw(24, 12), draw(12), draw(30, 12)
    up_in_out, down = bf16(draw(12, 10)), draw(12, 10).astype(np.float16)
    stored = {"qkv": ("F32", qkv), "0.mlp.up": ("BF16", up_in_out), "0.mlp.down": ("F16", down),
              "0.norm.input": ("F32", norm), "embed.token": ("F32", embed)}  # fmt: skip
    write_safetensors(folder / "model.safetensors", stored)
    by_head = qkv.reshape(2, 3, 4, 12)
    up = (up_in_out.astype(np.uint32) << 16).view(np.float32).T
    return {
        "0.attn.q": by_head[:, 0].reshape(8, 12), "0.attn.k": by_head[:, 1].reshape(8, 12), "0.mlp.up": up,
        "0.mlp.down": down.astype(np.float32), "0.norm.input": norm, "embed.token": embed,
    }  # fmt: skip


def _describe(folder: Path) -> ModelDescription:
    shape = ModelShape(
        n_layers=1, residual_size=12, n_heads=2, n_key_value_heads=2, head_size=4, n_neurons=10, vocabulary_size=30,
        context_length=64,
    )  # fmt: skip
    return ModelDescription(
        name=MODEL, source=str(folder), revision=None, fingerprint=fingerprint(folder), folder=str(folder),
        weights_hash=WEIGHTS, tokenizer_hash="b" * 64, architecture="TinyForCausalLM", family="tiny", shape=shape,
        matrices=VIEWS, n_parameters=1000, size_bytes=4000, dtype="F32", opened_at=NOW,
    )  # fmt: skip


def _region_summary(masks: dict[str, np.ndarray]) -> RegionSummary:
    counts = [MatrixCount(matrix=name, selected=int(mask.sum()), total=mask.size) for name, mask in masks.items()]
    n_selected, n_total = sum(count.selected for count in counts), sum(count.total for count in counts)
    return RegionSummary(n_selected=n_selected, n_total=n_total, matrices=tuple(counts))


def _region_files(masks: dict[str, np.ndarray]) -> dict[str, dict[str, tuple[str, np.ndarray]]]:
    grid = {}
    for name, mask in masks.items():
        cells = mask.reshape(1, -1) if mask.ndim == 1 else mask
        grid[f"density/{name}"] = grid[f"peak/{name}"] = ("U8", (cells * 255).astype(np.uint8))
    packed = {name: ("U8", np.packbits(mask.ravel())) for name, mask in masks.items()}
    return {"mask.safetensors": packed, "grid.safetensors": grid}


def _put_similarity(store: ResultStore, similarity: np.ndarray) -> str:
    request = SimilarityRequest(model=MODEL, lines=Lines(start=2, stop=2 + N_LINES), languages=LANGUAGES)
    scores = (LayerScore(layer=None, lrds=0.25, sads=0.5), LayerScore(layer=0, lrds=-0.125, sads=0.75))
    summary = SimilaritySummary(languages=LANGUAGES, n_lines=N_LINES, scores=scores)
    arrays = {"whole": ("F32", similarity), "layer.0": ("F32", similarity[::-1].copy())}
    return put(store, request, summary, {"similarity.safetensors": arrays})
