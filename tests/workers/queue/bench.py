"""One small atlas for a test: a real Redis, a data root with a fake model, the job service, real workers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from redis.exceptions import RedisError

from backend.artifacts.corpora import Corpora
from backend.artifacts.imports import Imports
from backend.artifacts.layout import Layout
from backend.artifacts.models import ModelEntries, fingerprint
from backend.artifacts.results import ResultStore
from backend.contracts.jobs import EVENT, Event, JobStatus, Submission, job_events
from backend.contracts.models import DeviceInfo, MatrixView, ModelDescription, ModelShape
from backend.contracts.requests import (
    EvaluationSpec,
    GenerationRequest,
    Lines,
    Prompt,
    RegionRequest,
    RegionSpec,
    RemovalRequest,
    Request,
    ScoreSpec,
)
from backend.contracts.streams import worker_record
from backend.contracts.vocabulary import JobState, MatrixKind, Side
from backend.jobs.reaper import Reaper
from backend.jobs.service import JobService
from tests.fakes import write_corpus
from tests.redis_server import RedisServer, running_redis

PATIENCE_SECONDS = 180.0


class Bench:
    """What a fault test needs at hand."""

    def __init__(self, redis: RedisServer, root: Path, **settings: str) -> None:
        self.redis = redis
        self.layout = Layout(root)
        self.settings = settings
        self.connection = redis.connect()
        self.store = ResultStore(self.layout.results)
        self.models = ModelEntries(self.layout.models)
        write_corpus(self.layout.corpora / "small", ("de", "en", "fr"), 4)
        write_fake_model(self.models, root / "weights")
        self.service = JobService(
            self.connection,
            store=self.store,
            models=self.models,
            corpora=Corpora((self.layout.corpora,)),
            imports=Imports(self.layout.imports),
        )
        self.reaper = Reaper(self.service)
        self.workers: dict[str, subprocess.Popen[bytes]] = {}

    def start_worker(self, name: str = "w1", **settings: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "REDIS_URL": self.redis.url,
            "LINGUA_ATLAS_DATA": str(self.layout.root),
            "LINGUA_ATLAS_REGISTRY": "tests.workers.queue.handlers",
            "LINGUA_ATLAS_WORKER_NAME": name,
            **self.settings,
            **settings,
        }
        with (self.layout.root / f"{name}.log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "workers.run"], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.workers[name] = worker
        self.until(lambda: (info := self.device(name)) is not None and info.state != "starting", "the worker is up")
        return worker

    def device(self, name: str = "w1") -> DeviceInfo | None:
        told = self.connection.hget(worker_record(name), "info")
        return DeviceInfo.model_validate_json(told) if told else None

    def submit(self, command: str, queue: str = "interactive") -> str:
        return self.ask(generation(command), queue).key

    def ask(self, request: Request, queue: str = "interactive") -> JobStatus:
        return self.service.submit(Submission(request=request, queue=queue))

    def until(self, condition: Callable[[], object], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except RedisError:
                pass
            time.sleep(0.02)
        logs = "\n".join(path.read_text()[-3000:] for path in self.layout.root.glob("*.log"))
        raise AssertionError(f"waited {seconds} s in vain until {what}\n{logs}")

    def wait_for(self, key: str, *states: JobState, reap: bool = False) -> JobStatus:
        def reached() -> bool:
            if reap:
                self.reaper.run()
            return self.service.status(key).state in states

        self.until(reached, f"job {key} is {' or '.join(states)}")
        return self.service.status(key)

    def finish(self, key: str, *, reap: bool = False) -> JobStatus:
        return self.wait_for(key, JobState.DONE, JobState.FAILED, JobState.CANCELLED, reap=reap)

    def running(self, key: str) -> JobStatus:
        self.until(lambda: self.service.status(key).progress.done > 0, f"job {key} makes progress")
        return self.service.status(key)

    def horse_pid(self) -> int:
        """Asked of the horse itself, by a short job nobody asked before."""
        status = self.finish(self.submit(f"speak 0 {time.monotonic_ns()}"))
        return int(self.store.file(status.key, "pid.txt").read_text())

    def events(self, key: str) -> list[Event]:
        return [EVENT.validate_json(fields[b"data"]) for _, fields in self.connection.xrange(job_events(key))]

    def close(self) -> None:
        for worker in self.workers.values():
            worker.terminate()
        for worker in self.workers.values():
            try:
                worker.wait(5)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        self.connection.close()


def open_bench(root: Path, **settings: str) -> Iterator[Bench]:
    """A bench whose processes end with the test."""
    for redis in running_redis():
        bench = Bench(redis, root, **settings)
        try:
            yield bench
        finally:
            bench.close()


def generation(command: str) -> GenerationRequest:
    return GenerationRequest(model="fake", prompts=(Prompt(language="en", text=command),))


def region(*languages: str) -> RegionRequest:
    scores = ScoreSpec(model="fake", lines=Lines(corpus="small", start=0, stop=2))
    return RegionRequest(region=RegionSpec(scores=scores, languages=languages))


def removal(*languages: str, draws: int = 1, shards: int = 1) -> RemovalRequest:
    """A table whose columns are jobs of jobs: perplexity, region, importance, shards."""
    scores = ScoreSpec(model="fake", lines=Lines(corpus="small", start=0, stop=2), shards=shards)
    measured = EvaluationSpec(lines=Lines(corpus="small", start=2, stop=4), languages=("de", "en"))
    spec = RegionSpec(scores=scores, languages=languages)
    return RemovalRequest(region=spec, evaluation=measured, random_draws=draws, with_norms=False)


def write_fake_model(models: ModelEntries, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    views = [
        _view(f"{layer}.{kind.value}", layer, kind, shape, sides)
        for layer in range(2)
        for kind, shape, sides in (
            (MatrixKind.ATTN_Q, (16, 8), (Side.HEAD, Side.RESIDUAL)),
            (MatrixKind.NORM_INPUT, (8,), (Side.RESIDUAL,)),
        )
    ]
    models.save(
        ModelDescription(
            name="fake",
            source="test/fake",
            revision=None,
            fingerprint=fingerprint(folder),
            folder=str(folder),
            weights_hash="0" * 64,
            tokenizer_hash="0" * 64,
            architecture="Fake",
            family="fake",
            shape=ModelShape(
                n_layers=2,
                residual_size=8,
                n_heads=2,
                n_key_value_heads=2,
                head_size=8,
                n_neurons=12,
                vocabulary_size=260,
                context_length=64,
            ),
            matrices=tuple(views),
            n_parameters=272,
            size_bytes=7,
            dtype="F32",
            opened_at=datetime.now(UTC),
        )
    )


def _view(
    name: str, layer: int, kind: MatrixKind, shape: tuple[int, ...], sides: tuple[Side | None, ...]
) -> MatrixView:
    return MatrixView(
        name=name,
        layer=layer,
        kind=kind,
        shape=shape,
        sides=sides,
        n_heads=(1,) * len(shape),
        tensor=name,
        file="model.safetensors",
        dtype="F32",
    )
