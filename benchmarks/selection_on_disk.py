"""Regions of a score too large for memory: `python -m benchmarks.selection_on_disk [--layers 32] [--smoke]`.

Scores of the shape of LLaMA-2-7B (202 million a layer) are written to disk, then the top 1 % is selected in a process
of its own, with a threshold per matrix and with one for all. Seconds stand beside one read of the same files from the
disk; memory is what the process holds by itself: pages of the files are the system's, given back when it needs them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from workers.analysis.regions import ranked

HIDDEN, FEED_FORWARD = 4096, 11008
SMOKE = 64


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.selection_on_disk", description=__doc__)
    parser.add_argument("--layers", type=int, default=4, help="0.8 GB of disk each; 32 are the whole model.")
    parser.add_argument("--folder", type=Path, help="Where the scores are written; default: a temporary one.")
    parser.add_argument("--smoke", action="store_true", help="Tiny matrices; says nothing about speed.")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(given.measure)
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        write(Path(folder), 2 if given.smoke else given.layers, divisor=SMOKE if given.smoke else 1)
        subprocess.run([sys.executable, "-m", "benchmarks.selection_on_disk", "--measure", folder], check=True)


def write(folder: Path, n_layers: int, *, divisor: int) -> None:
    """Random scores, one file a layer; the spread differs from matrix to matrix as that of real scores does."""
    draw = torch.Generator().manual_seed(0)
    hidden, wide = HIDDEN // divisor, FEED_FORWARD // divisor
    shapes = dict.fromkeys("qkvo", (hidden, hidden)) | dict.fromkeys(("gate", "up", "down"), (wide, hidden))
    for layer in range(n_layers):
        scores = {
            f"{layer}.{name}": torch.randn(shape, generator=draw).abs_().mul_(1e-6 * (1 + number + layer))
            for number, (name, shape) in enumerate(shapes.items())
        }
        save_file(scores, folder / f"{layer:02}.safetensors")


def measure(folder: Path) -> None:
    """Select from the files and print the table."""
    cases: dict[str, Callable[[dict[str, tuple[Tensor, ...]]], None]] = {
        "one read of the files": read,
        "top 1 %, a threshold per matrix": partial(selected, "per_matrix"),
        "top 1 %, one threshold for all": partial(selected, "global"),
    }
    once = None
    for name, work in cases.items():
        forget(folder)
        seconds, held, n = timed(work, folder)
        if once is None:
            once = seconds
            print(f"{n:.2e} scores, {4 * n / 1e9:.1f} GB on disk, {torch.get_num_threads()} threads", flush=True)
        print(f"| {name:<32} | {seconds / once:5.2f} | {seconds:7.1f} s | {held / 1e9:6.2f} GB |", flush=True)


def opened(folder: Path) -> dict[str, tuple[Tensor, ...]]:
    """Memory maps of all matrices, as a region job has them."""
    files = [safe_open(path, framework="pt") for path in sorted(folder.iterdir())]
    return {name: (file.get_tensor(name),) for file in files for name in file.keys()}  # noqa: SIM118, no mapping


def forget(folder: Path) -> None:
    """Have the system drop the pages of the files, so that each case reads them from the disk."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read(scores: dict[str, tuple[Tensor, ...]]) -> None:
    """Every score once."""
    for (one,) in scores.values():
        one.sum()


def selected(scope: str, scores: dict[str, tuple[Tensor, ...]]) -> None:
    """The selection, matrix by matrix as a job writes it away."""
    for _name, _bits in ranked(scores, fraction=0.01, selection="top", scope=scope):
        pass


def timed(work: Callable[[dict[str, tuple[Tensor, ...]]], None], folder: Path) -> tuple[float, int, int]:
    """Seconds of `work`, the most memory that the process held beyond what it held before, and how many scores.

    The maps are closed again at the end: the system keeps the pages of files that somebody holds open.
    """
    scores = opened(folder)
    before = own_bytes()
    with watched() as peak:
        started = time.perf_counter()
        work(scores)
        seconds = time.perf_counter() - started
    return seconds, max(0, peak[0] - before), sum(one.numel() for (one,) in scores.values())


@contextmanager
def watched() -> Iterator[list[int]]:
    """The peak of `own_bytes`, looked at 50 times a second."""
    peak, over = [own_bytes()], threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            peak[0] = max(peak[0], own_bytes())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def own_bytes() -> int:
    """Resident memory that is no page of a file (Linux)."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["RssAnon"].split()[0]) * 1024


if __name__ == "__main__":
    main()
