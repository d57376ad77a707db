"""Live events over HTTP from a real API process: replay, follow, end, and a clean stop while open."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import httpx
import pytest

from backend.contracts.streams import CANCELLED
from backend.contracts.vocabulary import JobState
from tests.workers.queue.bench import Bench, open_bench

pytestmark = pytest.mark.redis


class Api(NamedTuple):
    url: str
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    yield from open_bench(tmp_path_factory.mktemp("atlas"))


@pytest.fixture(scope="module")
def api(bench: Bench) -> Iterator[Api]:
    with _running(bench) as api:
        yield api


@contextmanager
def _running(bench: Bench) -> Iterator[Api]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "REDIS_URL": bench.redis.url,
        "LINGUA_ATLAS_DATA": str(bench.layout.root),
        "LINGUA_ATLAS_API_PORT": str(port),
    }
    process = subprocess.Popen([sys.executable, "-m", "backend.cli", "api"], env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        bench.until(lambda: _answers(url), "the API answers", seconds=60)
        yield Api(url, process)
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/jobs").status_code == 200
    except httpx.TransportError:
        return False


def _messages(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    message: dict[str, str] = {}
    for line in lines:
        if not line and message:
            yield message
            message = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            message[name] = value


def test_events_are_replayed_followed_and_ended(bench: Bench, api: Api) -> None:
    key = bench.submit("speak 1 0")
    with httpx.stream("GET", f"{api.url}/jobs/{key}/events", timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        messages = _messages(answer.iter_lines())
        first = next(messages)
        assert json.loads(first["data"])["state"] == "queued"
        bench.service.cancel(key)
        rest = list(messages)
    assert [json.loads(message["data"])["state"] for message in rest] == ["cancelled", "cancelled"]
    assert rest[-1]["event"] == "end"
    with httpx.stream("GET", f"{api.url}/jobs/{key}/events", headers={"Last-Event-ID": first["id"]}) as answer:
        replayed = list(_messages(answer.iter_lines()))
    assert [message.get("id") for message in replayed] == [rest[0]["id"], None]


def test_a_job_that_ended_unheard_still_ends_its_stream(bench: Bench, api: Api) -> None:
    key = bench.submit("speak 1 1")
    bench.service.end(key, CANCELLED)
    bench.connection.delete(f"lingua-atlas:job:{key}:events")
    with httpx.stream("GET", f"{api.url}/jobs/{key}/events", timeout=20) as answer:
        messages = list(_messages(answer.iter_lines()))
    assert messages[-1]["event"] == "end" and json.loads(messages[-1]["data"])["state"] == JobState.CANCELLED


def test_an_unknown_job_has_no_stream(bench: Bench, api: Api) -> None:
    answer = httpx.get(f"{api.url}/jobs/{'0' * 20}/events")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_submitting_over_http_is_accepted_then_joined(bench: Bench, api: Api) -> None:
    body = {"request": {"kind": "generation", "model": "fake", "prompts": [{"language": "en", "text": "speak 1"}]}}
    first, second = (httpx.post(f"{api.url}/jobs", json=body) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["key"] == second.json()["key"]
    cancelled = httpx.delete(f"{api.url}/jobs/{first.json()['key']}")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    retried = httpx.post(f"{api.url}/jobs/{first.json()['key']}/retry")
    assert (retried.status_code, retried.json()["state"]) == (202, "queued")


def test_the_api_stops_while_a_stream_is_open(bench: Bench) -> None:
    heard: list[str] = []

    def listen(url: str) -> None:
        try:
            with httpx.stream("GET", f"{url}/events", timeout=30) as answer:
                heard.extend(answer.iter_lines())
        except httpx.RemoteProtocolError:
            heard.append("cut off")

    with _running(bench) as api:
        listener = threading.Thread(target=listen, args=(api.url,))
        listener.start()
        bench.until(lambda: heard, "the listener is connected")
        bench.service.cancel(bench.submit("speak 1 heard"))
        bench.until(lambda: any("cancelled" in line for line in heard), "the listener heard of the job")
        api.process.terminate()
        api.process.wait(10)
        listener.join(10)
    assert not listener.is_alive() and "cut off" not in heard
