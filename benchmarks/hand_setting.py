"""A real atlas for `benchmarks.hand`: four models of one large matrix, many stored results, a job that keeps it busy.

The large matrix is of LLaMA's `mlp.down`, 4096 x 11008 in bfloat16; its models need no worker, only pictures of them
are made.
"""

from __future__ import annotations

import json
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from backend.artifacts.layout import Layout
from backend.artifacts.models import ModelEntries, fingerprint
from backend.artifacts.results import MANIFEST
from backend.client import Client
from backend.contracts.models import MatrixView, ModelDescription, ModelShape
from backend.contracts.neurons import SimilarityRequest
from backend.contracts.requests import (
    EvaluationSpec,
    ImportanceRequest,
    Lines,
    OpenModelRequest,
    PerplexityRequest,
    RegionRequest,
    RegionSpec,
    RemovalRequest,
    Request,
    ScoreSpec,
)
from backend.contracts.vocabulary import JobState, MatrixKind, Side
from backend.launcher import Options, Stack
from tests.fakes import write_model

MODELS = ("matrix-a", "matrix-b", "matrix-c", "matrix-d")
N_LAYERS = 2
BUSY_SHAPE = {"hidden_size": 512, "num_hidden_layers": 12, "intermediate_size": 2048, "max_position_embeddings": 1024}
LANGUAGES = ("de", "en", "es")
N_JOBS = 12


class Size(NamedTuple):
    """How much of everything."""

    shape: tuple[int, int]
    n_results: int
    n_gestures: int
    """Of each kind, on each page."""
    busy: dict[str, Any]
    """Shape of the model that is scored meanwhile."""


FULL = Size((4096, 11008), 320, 12, BUSY_SHAPE)
SMOKE = Size((512, 1376), 60, 1, {"hidden_size": 64, "num_hidden_layers": 2, "intermediate_size": 128})


class Atlas(NamedTuple):
    """Where it answers, and the model that its stored results are about."""

    url: str
    client: Client
    model: str
    busy: str
    data: Path


@contextmanager
def atlas(folder: Path, size: Size) -> Iterator[Atlas]:
    """Redis, API, one worker and the dashboard as `lingua-atlas up` starts them, filled."""
    layout = Layout(folder / "data")
    entries = ModelEntries(layout.models)
    for place, name in enumerate(MODELS):
        entries.save(write_matrix(folder / name, name, size.shape, place))
    roots = folder / "models"
    sources = (write_model(roots / "stored"), write_model(roots / "busy", **size.busy))
    with (
        Stack(Options(layout=layout, model_roots=(roots,)), say=lambda _: None) as stack,
        Client(stack.api_url) as client,
    ):
        stored, busy = (_opened(client, str(source)) for source in sources)
        answer(client, stored)
        multiply(layout.results, size.n_results)
        yield Atlas(stack.url, client, stored, busy, layout.root)


@contextmanager
def beside_a_job(here: Atlas) -> Iterator[None]:
    """Score the busy model meanwhile, one job after the other; says when that was over too early."""
    scores = [ScoreSpec(model=here.busy, lines=Lines(start=number, stop=100)) for number in range(N_JOBS)]
    keys = [here.client.submit(ImportanceRequest(scores=one, language="ru"), queue="batch").key for one in scores]
    while not any(here.client.job(key).state is JobState.RUNNING for key in keys):
        time.sleep(0.01)
    try:
        yield
        if not any(here.client.job(key).state is JobState.RUNNING for key in keys):
            print("the job beside it was over before the last gesture")
    finally:
        for key in keys:
            here.client.cancel(key)


def answer(client: Client, model: str) -> None:
    """Results of the kinds that pages show first."""
    scores = ScoreSpec(model=model, lines=Lines(stop=4))
    region = RegionSpec(scores=scores, languages=LANGUAGES, fraction=0.05)
    evaluation = EvaluationSpec(lines=Lines(start=4, stop=8), languages=LANGUAGES)
    requests: tuple[Request, ...] = (
        RegionRequest(region=region),
        RemovalRequest(region=region, evaluation=evaluation, random_draws=1),
        PerplexityRequest(model=model, evaluation=evaluation),
        SimilarityRequest(model=model, lines=Lines(stop=4), languages=LANGUAGES, n_bootstrap=10),
    )
    for request in requests:
        job = client.wait(client.submit(request).key)
        assert job.state is JobState.DONE, job.problem


def multiply(results: Path, n_results: int) -> None:
    """Older results beside the real ones, alike but for their keys: of a kind that has no arrays."""
    manifests = [json.loads(path.read_text()) for path in results.glob(f"*/{MANIFEST}")]
    source = next(one for one in manifests if one["request"]["kind"] == "perplexity")
    for number in range(n_results - len(manifests)):
        folder = results / f"{number:020x}"
        folder.mkdir()
        (folder / MANIFEST).write_text(json.dumps(source | {"key": folder.name}))
        os.utime(folder / MANIFEST, (number, number))


def write_matrix(folder: Path, name: str, shape: tuple[int, int], change: int) -> ModelDescription:
    """A model of one random matrix, the same in every layer; `change` above 0 moves some of it."""
    folder.mkdir(parents=True)
    values = np.random.default_rng(0).standard_normal(shape, np.float32) * np.float32(0.02)
    if change:
        moved = np.random.default_rng(change)
        rows = moved.integers(0, shape[0], shape[0] // 8)
        values[rows] *= np.float32(1 + 0.1 * change)
        values[:, :: 64 * change] += np.float32(0.01)
    stored = (values.view(np.uint32) >> 16).astype(np.uint16)
    header = json.dumps({"down": {"dtype": "BF16", "shape": shape, "data_offsets": [0, stored.nbytes]}}).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        stored.tofile(file)
    return _described(folder, name, shape, change)


def _described(folder: Path, name: str, shape: tuple[int, int], change: int) -> ModelDescription:
    n_rows, n_columns = shape
    size = ModelShape(
        n_layers=N_LAYERS, residual_size=n_rows, n_heads=1, n_key_value_heads=1, head_size=n_rows, n_neurons=n_columns,
        vocabulary_size=1, context_length=1,
    )  # fmt: skip
    views = tuple(
        MatrixView(
            name=f"{layer}.mlp.down", layer=layer, kind=MatrixKind.MLP_DOWN, shape=shape,
            sides=(Side.RESIDUAL, Side.NEURON), n_heads=(1, 1), tensor="down", file="model.safetensors", dtype="BF16",
        )
        for layer in range(N_LAYERS)
    )  # fmt: skip
    return ModelDescription(
        name=name, source=str(folder), revision=None, fingerprint=fingerprint(folder), folder=str(folder),
        weights_hash=str(change) * 64, tokenizer_hash="0" * 64, architecture="Random", family="random", shape=size,
        matrices=views, n_parameters=N_LAYERS * n_rows * n_columns, size_bytes=2 * n_rows * n_columns, dtype="BF16",
        opened_at=datetime.now(UTC),
    )  # fmt: skip


def _opened(client: Client, source: str) -> str:
    job = client.wait(client.submit(OpenModelRequest(source=source)).key)
    assert job.state is JobState.DONE, job.problem
    return client.models()[0].name
