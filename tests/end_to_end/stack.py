"""The whole atlas on a tiny model: real Redis, API, worker and dashboard, each in its own process.

Fixtures are made known in `conftest.py`: `atlas_stack` (once per session), `browser`, `page`.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from backend import processes
from backend.client import Client
from backend.contracts.models import ModelDescription
from backend.contracts.requests import (
    EvaluationSpec,
    GenerationGridRequest,
    Lines,
    OpenModelRequest,
    PerturbationRequest,
    RegionRequest,
    RegionSpec,
    ScoreSpec,
)
from backend.contracts.results import OpenedModel
from backend.contracts.vocabulary import JobState
from backend.embedded_redis import ensure_redis
from tests.fakes import write_corpus, write_model

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
CORPUS = "tiny"
START_SECONDS = 180
PAGE_MS = 60_000
"""What a page may take to answer on a machine that does other things too; a page that answers costs no wait."""
JOB_MS = 180_000
"""What a job of the tiny model may take there."""


class Stack(NamedTuple):
    """Where the atlas answers, and the tiny model it has opened."""

    url: str
    """The dashboard."""
    api: Client
    model: ModelDescription
    root: Path

    def page_url(self, page: str, **state: object) -> str:
        """Address of a page about the tiny model."""
        query = "&".join(f"{name}={value}" for name, value in {"model": self.model.name, **state}.items())
        return f"{self.url}/{page}?{query}"

    def region(self, fraction: float = 0.05, languages: tuple[str, ...] = ("de", "en")) -> str:
        """Key of a stored region, scored now if need be."""
        scores = ScoreSpec(model=self.model.name, lines=Lines(corpus=CORPUS, start=0, stop=4))
        request = RegionRequest(region=RegionSpec(scores=scores, languages=languages, fraction=fraction))
        return done(self.api, request)

    def forget(self, *kinds: str) -> None:
        """Delete stored results of these kinds, so that a page shows what the test asks and not another test's."""
        for kind in kinds:
            for row in self.api.results(kind=kind, model=self.model.name):
                self.api.delete_result(row.key)

    def endless(self, word: str) -> GenerationGridRequest:
        """Texts that take minutes to write on any machine, to be cancelled; another `word` is another question."""

        def without(index: int) -> dict[str, object]:
            where = {"target": "dimension", "side": "residual", "index": index}
            change = {"change": "edits", "edits": [{"where": where, "action": "zero"}]}
            return {"name": f"without {index}", "change": change}

        asked = {
            "model": self.model.name,
            "prompts": [{"language": "en", "text": f"{word} {number}"} for number in range(64)],
            "columns": [without(index) for index in range(32)],
            "settings": {"max_new_tokens": 200},
        }
        return GenerationGridRequest.model_validate(asked)

    def perturbation(self, **changes: object) -> str:
        """Key of a stored perturbation with one prompt and perplexity in two languages."""
        asked = {
            "model": self.model.name,
            "edits": [{"where": {"target": "dimension", "side": "residual", "index": 3}, "action": "zero"}],
            "prompts": [{"language": "en", "text": "Fudan is"}],
            "settings": {"max_new_tokens": 8},
            "evaluation": EvaluationSpec(lines=Lines(corpus=CORPUS, start=4, stop=8), languages=("de", "en")),
        }
        return done(self.api, PerturbationRequest.model_validate(asked | changes))


def done(api: Client, request: object) -> str:
    """Submit, wait, and give the key; a failed job fails the test with its reason."""
    status = api.submit(request)  # type: ignore[arg-type]
    status = api.wait(status.key) if not status.state.ended else status
    assert status.state is JobState.DONE, status.problem
    return status.key


@contextmanager
def running(root: Path, *, model: Path | None = None, roots: tuple[Path, ...] = ()) -> Iterator[Stack]:
    """Start everything below `root`, open one model (a tiny random one by default), stop everything."""
    model = model or write_model(root / "models-here" / "tiny")
    data = root / "data"
    write_corpus(data / "corpora" / CORPUS, ("de", "en", "fr"), 8)
    redis = ensure_redis(root / "redis", given_url=None)
    ports = processes.free_port(), processes.free_port()
    environment = _environment(redis.url, data, (model.parent, *roots), ports)
    commands = (
        (sys.executable, "-m", "backend.cli", "api"),
        (sys.executable, "-m", "frontend.run"),
        (sys.executable, "-m", "workers.run"),
    )
    children = [
        processes.start(command, environment=environment, log=root / f"{command[-1]}.log") for command in commands
    ]
    try:
        with Client(f"http://127.0.0.1:{ports[0]}") as api:
            url = f"http://127.0.0.1:{ports[1]}"
            _until_up(f"{api.base_url}/health")
            _until_up(f"{url}/")
            summary = api.manifest(done(api, OpenModelRequest(source=str(model)))).summary
            assert isinstance(summary, OpenedModel)
            yield Stack(url, api, summary.description, data)
    finally:
        processes.stop([*children, *([redis.process] if redis.process else [])])


def _environment(redis_url: str, data: Path, roots: tuple[Path, ...], ports: tuple[int, int]) -> dict[str, str]:
    return {
        **os.environ,
        "REDIS_URL": redis_url,
        "LINGUA_ATLAS_DATA": str(data),
        "LINGUA_ATLAS_MODEL_ROOTS": os.pathsep.join(map(str, roots)),
        "LINGUA_ATLAS_API_PORT": str(ports[0]),
        "LINGUA_ATLAS_API_URL": f"http://127.0.0.1:{ports[0]}",
        "LINGUA_ATLAS_DASHBOARD_PORT": str(ports[1]),
        "LINGUA_ATLAS_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
    }


def _until_up(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=2, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"nothing answers at {url} after {START_SECONDS} s")
