"""Zoom of a large matrix in real Chromium: `python -m benchmarks.heatmap [--smoke]`.

A random bfloat16 matrix of 4096 x 11008 (LLaMA's `mlp.down`) behind the real API and dashboard. One
measurement is one zoom: from the new window to the first frame that shows its picture.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np
from playwright.sync_api import Page, sync_playwright

from backend import processes
from backend.artifacts.models import ModelEntries, fingerprint
from backend.contracts.models import MatrixView, ModelDescription, ModelShape
from backend.contracts.vocabulary import MatrixKind, Side
from backend.embedded_redis import ensure_redis

MODEL = "benchmark"
MATRIX = "0.mlp.down"
ZOOM = """([r0, r1, c0, c1]) => new Promise((resolve) => {
    const box = document.getElementById("atlas-matrix"), started = performance.now();
    box.addEventListener("matrix:painted", ({detail}) => requestAnimationFrame(() => requestAnimationFrame(() =>
        resolve([performance.now() - started, detail.bytes, detail.header.exact]))), {once: true});
    box.matrix.move({r0, r1, c0, c1}, {now: true, silent: true});
})"""


class Zoom(NamedTuple):
    """One zoom: time to the picture, bytes of its tile, whether single cells are shown."""

    milliseconds: float
    n_bytes: int
    exact: bool


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a small matrix and a few zooms")
    smoke = parser.parse_args().smoke
    shape, n_zooms = ((512, 1376), 6) if smoke else ((4096, 11008), 60)
    with tempfile.TemporaryDirectory(prefix="la-heatmap-") as folder, served(Path(folder), shape) as url:
        first, zooms = measured(url, shape, n_zooms)
    report(shape, first, zooms)
    return 0


def write_model(folder: Path, shape: tuple[int, int]) -> ModelDescription:
    """A model of one random matrix, as a worker would have opened it."""
    folder.mkdir(parents=True)
    values = np.random.default_rng(0).standard_normal(shape, np.float32) * np.float32(0.02)
    stored = (values.view(np.uint32) >> 16).astype(np.uint16)
    header = json.dumps({"down": {"dtype": "BF16", "shape": shape, "data_offsets": [0, stored.nbytes]}}).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        stored.tofile(file)
    view = MatrixView(
        name=MATRIX,
        layer=0,
        kind=MatrixKind.MLP_DOWN,
        shape=shape,
        sides=(Side.RESIDUAL, Side.NEURON),
        n_heads=(1, 1),
        tensor="down",
        file="model.safetensors",
        dtype="BF16",
    )
    n_rows, n_columns = shape
    size = ModelShape(
        n_layers=1,
        residual_size=n_rows,
        n_heads=1,
        n_key_value_heads=1,
        head_size=n_rows,
        n_neurons=n_columns,
        vocabulary_size=1,
        context_length=1,
    )
    return ModelDescription(
        name=MODEL,
        source=str(folder),
        revision=None,
        fingerprint=fingerprint(folder),
        folder=str(folder),
        weights_hash="0" * 64,
        tokenizer_hash="0" * 64,
        architecture="Random",
        family="random",
        shape=size,
        matrices=(view,),
        n_parameters=n_rows * n_columns,
        size_bytes=stored.nbytes,
        dtype="BF16",
        opened_at=datetime.now(UTC),
    )


@contextmanager
def served(root: Path, shape: tuple[int, int]) -> Iterator[str]:
    """Redis, API and dashboard without a worker: nothing is computed but pictures."""
    ModelEntries(root / "data" / "models").save(write_model(root / "model", shape))
    redis = ensure_redis(root / "redis", given_url=None)
    api, dashboard = processes.free_port(), processes.free_port()
    environment = {
        **os.environ,
        "REDIS_URL": redis.url,
        "LINGUA_ATLAS_DATA": str(root / "data"),
        "LINGUA_ATLAS_API_PORT": str(api),
        "LINGUA_ATLAS_API_URL": f"http://127.0.0.1:{api}",
        "LINGUA_ATLAS_DASHBOARD_PORT": str(dashboard),
    }
    commands = ((sys.executable, "-m", "backend.cli", "api"), (sys.executable, "-m", "frontend.run"))
    children = [processes.start(command, environment=environment, log=root / "log") for command in commands]
    try:
        for port in (api, dashboard):
            _until_up(f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{dashboard}"
    finally:
        processes.stop([*children, *([redis.process] if redis.process else [])])


def _until_up(url: str) -> None:
    for _ in range(600):
        try:
            if httpx.get(url, timeout=2, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(f"nothing answers at {url}")


def measured(url: str, shape: tuple[int, int], n_zooms: int) -> tuple[float, list[Zoom]]:
    """Milliseconds from the address to the first picture, then every zoom."""
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        started = time.perf_counter()
        page.goto(f"{url}/atlas?model={MODEL}&matrix={MATRIX}&reducer=max_abs_weight")
        page.wait_for_function("() => document.getElementById('atlas-matrix')?.matrix?.tile")
        first = 1000 * (time.perf_counter() - started)
        page.wait_for_timeout(2000)  # overview and marginals are made once, beside the first picture
        zooms = [_zoom(page, window) for window in windows(shape, n_zooms)]
        browser.close()
    return first, zooms


def windows(shape: tuple[int, int], n_zooms: int) -> Iterator[tuple[int, int, int, int]]:
    """Windows anywhere in the matrix, from half of it down to some 40 cells, evenly on a log scale."""
    random = np.random.default_rng(1)
    for share in np.geomspace(0.5, 40 / max(shape), n_zooms):
        sizes = [max(8, int(size * share)) for size in shape]
        starts = [int(random.integers(0, size - length)) for size, length in zip(shape, sizes, strict=True)]
        yield starts[0], starts[0] + sizes[0], starts[1], starts[1] + sizes[1]


def _zoom(page: Page, window: tuple[int, int, int, int]) -> Zoom:
    return Zoom(*page.evaluate(ZOOM, list(window)))


def report(shape: tuple[int, int], first: float, zooms: list[Zoom]) -> None:
    """One table: median, 95th percentile and payload of pooled and of exact pictures."""
    print(f"Heatmap of {shape[0]} x {shape[1]} bfloat16 in Chromium; first picture of the page after {first:,.0f} ms")
    print(f"{'zoom to':<14}{'n':>4}{'median ms':>12}{'p95 ms':>10}{'payload kB':>12}")
    groups = {"pooled blocks": [z for z in zooms if not z.exact], "single cells": [z for z in zooms if z.exact]}
    for name, group in (groups | {"all": zooms}).items():
        if not group:
            continue
        times = [zoom.milliseconds for zoom in group]
        kilobytes = statistics.median(zoom.n_bytes for zoom in group) / 1000
        row = f"{statistics.median(times):>12.0f}{np.percentile(times, 95):>10.0f}{kilobytes:>12.0f}"
        print(f"{name:<14}{len(group):>4}{row}")


if __name__ == "__main__":
    sys.exit(main())
