"""A no-op job through the queue, and the API's answers while a job keeps every core busy.

Real Redis, real API, real worker: `python -m benchmarks.service [--smoke]`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from backend.artifacts.layout import Layout
from backend.client import Client
from backend.contracts.requests import (
    GenerationRequest,
    ImportanceRequest,
    Lines,
    OpenModelRequest,
    Prompt,
    ScoreSpec,
)
from backend.contracts.results import OpenedModel
from backend.contracts.vocabulary import JobState
from backend.launcher import Options, Stack
from tests.fakes import write_model

BUSY_SHAPE = {"hidden_size": 512, "num_hidden_layers": 12, "intermediate_size": 2048, "max_position_embeddings": 1024}


@contextmanager
def atlas(folder: Path) -> Iterator[tuple[Client, str]]:
    """A running atlas with one opened model of random weights."""
    os.environ["LINGUA_ATLAS_REGISTRY"] = "benchmarks.noop_registry"
    model = write_model(folder / "models" / "busy", "llama", **BUSY_SHAPE)
    options = Options(layout=Layout(folder / "data"), model_roots=(folder / "models",))
    with Stack(options, say=lambda _: None) as stack, Client(stack.api_url) as client:
        job = client.wait(client.submit(OpenModelRequest(source=str(model))).key)
        assert job.state is JobState.DONE, job.problem
        described = client.manifest(job.key).summary
        assert isinstance(described, OpenedModel)
        yield client, described.description.name


def no_op_seconds(client: Client, model: str, turns: range) -> list[float]:
    """Seconds from `POST /jobs` to the done state, as the event stream tells it."""
    seconds: list[float] = []
    keys: set[str] = set()
    for turn in turns:  # each turn is another question, so that none is answered from the store
        request = GenerationRequest(model=model, prompts=(Prompt(language="en", text=f"a{turn}"),))
        started = time.perf_counter()
        job = client.submit(request)
        if not job.state.ended:
            for event in client.events(job.key):
                if event.event == "state" and event.state.ended:
                    break
        seconds.append(time.perf_counter() - started)
        keys.add(job.key)
    assert len(keys) == len(turns), "some turns asked the same: the store answered them"
    return seconds


def latency_seconds(client: Client, url: str, model: str, n_requests: int) -> dict[str, list[float]]:
    """Seconds of each route, asked in turn while a scoring job runs on all cores."""
    scores = ScoreSpec(model=model, lines=Lines(start=0, stop=100))
    busy = client.submit(ImportanceRequest(scores=scores, language="ru"))
    while client.job(busy.key).state is not JobState.RUNNING:
        time.sleep(0.01)
    routes = ("/health", "/jobs", "/models", "/results", f"/models/{model}/tile?matrix=3.mlp.up&reducer=max_abs_weight")
    seconds: dict[str, list[float]] = {route.partition("?")[0]: [] for route in routes}
    with httpx.Client(base_url=url) as browser:
        for _ in range(n_requests):
            for route in routes:
                started = time.perf_counter()
                browser.get(route).raise_for_status()
                seconds[route.partition("?")[0]].append(time.perf_counter() - started)
    still_running = client.job(busy.key).state is JobState.RUNNING
    print(f"the job was {'still running' if still_running else 'over before the last request'}")
    client.cancel(busy.key)
    return seconds


def row(name: str, seconds: list[float]) -> str:
    """One line of the table, in milliseconds."""
    ordered = sorted(seconds)
    worst = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{name:<44} {1e3 * statistics.median(ordered):8.1f} {1e3 * worst:8.1f} {len(ordered):6d}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true")
    smoke = parser.parse_args().smoke
    with tempfile.TemporaryDirectory() as folder, atlas(Path(folder)) as (client, model):
        no_op_seconds(client, model, range(3))  # warm
        print(f"{'':<44} {'median':>8} {'p95':>8} {'n':>6}   (milliseconds)")
        print(row("no-op job, submit to done", no_op_seconds(client, model, range(3, 8 if smoke else 103))))
        url = client.base_url
        for route, seconds in latency_seconds(client, url, model, 3 if smoke else 60).items():
            print(row(f"GET {route} while a job runs", seconds))


if __name__ == "__main__":
    main()
