"""Every setting of the guide's table does what the table says. A row without a test here fails."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import httpx
import pytest
import torch
from starlette.testclient import TestClient
from typer.testing import CliRunner

from backend import cli, terminal
from backend.app import create_app
from backend.artifacts.corpora import Corpora
from backend.artifacts.layout import Layout, default_root
from backend.client import Client
from backend.contracts.binding import require_token
from backend.contracts.problems import KnownError
from backend.contracts.requests import OpenModelRequest
from backend.embedded_redis import RedisServer, ensure_redis
from backend.jobs.validation import check_source
from backend.launcher import DEFAULT_PORT, Options, Stack
from backend.settings import Settings
from frontend.settings import FrontendSettings
from tests.fakes import write_corpus
from workers import model_host
from workers.devices import candidates
from workers.resident import RESTORE_SECONDS, ResidentWorker
from workers.settings import WorkerSettings

GUIDE = Path(__file__).parent.parent / "docs" / "guide.md"
TOKEN = "0123456789abcdef0123456789abcdef"
TESTED: set[str] = set()
Test = TypeVar("Test", bound=Callable[..., None])


def does(*variables: str) -> Callable[[Test], Test]:
    """Mark the test that shows what these variables do."""

    def mark(test: Test) -> Test:
        TESTED.update(variables)
        return test

    return mark


def table() -> dict[str, str]:
    """Default of each variable, by its name."""
    found = {}
    for line in GUIDE.read_text(encoding="utf-8").split("## Settings")[1].split("\n## ")[0].splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        for name in re.findall(r"`([A-Z][A-Z_]+)`", cells[1] if len(cells) == 5 else ""):
            found[name] = cells[3]
    return found


def worker(tmp_path: Path, **given: str) -> WorkerSettings:
    return WorkerSettings.from_environment({"REDIS_URL": "redis://x", "LINGUA_ATLAS_DATA": str(tmp_path), **given})


def api(tmp_path: Path, **given: str) -> Settings:
    return Settings.from_env({"REDIS_URL": "redis://127.0.0.1:1", "LINGUA_ATLAS_DATA": str(tmp_path), **given})


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Options]:
    """What `lingua-atlas up` would start, with this environment."""

    def options(*arguments: str, **environment: str) -> Options:
        taken: list[Options] = []
        monkeypatch.setattr(cli, "serve", lambda options, **_: taken.append(options) or True)
        result = CliRunner().invoke(cli.app, list(arguments) or ["up"], env=environment, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return taken[0]

    for name in [name for name in os.environ if name.startswith("LINGUA_ATLAS_") or name == "REDIS_URL"]:
        monkeypatch.delenv(name)
    return options


def children_of(options: Options, monkeypatch: pytest.MonkeyPatch) -> tuple[Stack, dict[str, str]]:
    """The stack, and what its children would be told; no process is started."""
    redis = RedisServer("unix:///r", SimpleNamespace(poll=lambda: None, terminate=lambda: None, wait=lambda *_: 0))
    monkeypatch.setattr("backend.launcher.ensure_redis", lambda *_, **__: redis._replace(process=None))
    monkeypatch.setattr(Stack, "_launch", lambda *_: None)
    monkeypatch.setattr(Stack, "_wait_until_up", lambda *_: None)
    with Stack(options, say=lambda _: None) as stack:
        return stack, dict(stack.environment)


def test_every_row_has_a_test_and_every_test_a_row():
    assert set(table()) == TESTED


@does("LINGUA_ATLAS_DATA")
def test_everything_lies_below_the_data_folder(tmp_path, started, monkeypatch):
    monkeypatch.setenv("LINGUA_ATLAS_DATA", str(tmp_path))
    layouts = (Layout(default_root()), api(tmp_path).layout, worker(tmp_path).layout, started().layout)
    assert {layout.root for layout in layouts} == {tmp_path}
    layout = layouts[0]
    assert all(tmp_path in place.parents for place in (layout.results, layout.models, layout.corpora, layout.run))
    monkeypatch.delenv("LINGUA_ATLAS_DATA")
    assert "lingua-atlas" in str(default_root())


@does("REDIS_URL")
def test_a_redis_that_is_named_is_used_and_a_dead_one_is_an_error(tmp_path, started):
    assert started(REDIS_URL="redis://h:1/0").redis_url == "redis://h:1/0"
    assert started().redis_url == ""
    assert worker(tmp_path, REDIS_URL="redis://h:1/0").redis_url == "redis://h:1/0"
    assert api(tmp_path, REDIS_URL="redis://h:1/0").redis_url == "redis://h:1/0"
    with pytest.raises(KnownError) as refused:
        ensure_redis(tmp_path, given_url="redis://127.0.0.1:1")
    assert refused.value.problem.code == "redis_unreachable"
    assert not list(tmp_path.iterdir())  # no private one beside it


@does("LINGUA_ATLAS_TOKEN")
def test_the_token_is_asked_for(tmp_path, started):
    assert started(LINGUA_ATLAS_TOKEN=TOKEN).token == TOKEN
    assert FrontendSettings.of({"LINGUA_ATLAS_TOKEN": TOKEN}).token == TOKEN
    with pytest.raises(KnownError, match="LINGUA_ATLAS_TOKEN is not set"):
        require_token("0.0.0.0", "")
    with TestClient(create_app(api(tmp_path, LINGUA_ATLAS_TOKEN=TOKEN))) as client:
        assert client.get("/corpora").status_code == 401
        assert client.get("/corpora", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


@does("LINGUA_ATLAS_HOST", "LINGUA_ATLAS_API_HOST")
def test_the_addresses_of_page_and_api(tmp_path, started, monkeypatch):
    assert (started().host, started().api_host) == ("127.0.0.1", "127.0.0.1")
    assert started("up", "--host", "127.0.0.3", LINGUA_ATLAS_HOST="127.0.0.2").host == "127.0.0.3"
    options = started(LINGUA_ATLAS_HOST="127.0.0.2", LINGUA_ATLAS_API_HOST="127.0.0.4", LINGUA_ATLAS_DATA=str(tmp_path))
    _, told = children_of(options, monkeypatch)
    assert FrontendSettings.of(told).host == "127.0.0.2"
    assert Settings.from_env(told).host == "127.0.0.4"
    wide = started(LINGUA_ATLAS_API_HOST="0.0.0.0", LINGUA_ATLAS_DATA=str(tmp_path))
    with pytest.raises(KnownError, match="LINGUA_ATLAS_TOKEN is not set"), Stack(wide):
        pass
    stack, told = children_of(wide._replace(token=TOKEN), monkeypatch)
    assert told["LINGUA_ATLAS_API_URL"] == stack.api_url == f"http://127.0.0.1:{told['LINGUA_ATLAS_API_PORT']}"


@does("LINGUA_ATLAS_DASHBOARD_PORT", "LINGUA_ATLAS_API_PORT")
def test_the_ports_of_page_and_api(tmp_path, started, monkeypatch):
    assert (started().port, started().api_port) == (None, None)
    assert started("up", "--port", "18059", LINGUA_ATLAS_DASHBOARD_PORT="18058").port == 18059
    ports = {"LINGUA_ATLAS_DASHBOARD_PORT": "18058", "LINGUA_ATLAS_API_PORT": "18057"}
    for command in ("up", "demo"):
        options = started(command, **ports, LINGUA_ATLAS_DATA=str(tmp_path))
        stack, told = children_of(options, monkeypatch)
        assert stack.url.endswith(":18058") and stack.api_url.endswith(":18057")
        assert (FrontendSettings.of(told).port, Settings.from_env(told).port) == (18058, 18057)
    with pytest.raises(KnownError, match="cannot both listen at port 18058"), Stack(options._replace(api_port=18058)):
        pass
    refused = CliRunner().invoke(cli.app, ["up"], env={"LINGUA_ATLAS_API_PORT": "80x"})
    assert refused.exit_code == 2 and "LINGUA_ATLAS_API_PORT" in refused.output
    assert table()["LINGUA_ATLAS_API_PORT"] == f"{DEFAULT_PORT}, {api(tmp_path).port}"


@does("LINGUA_ATLAS_MODEL_ROOTS", "LINGUA_ATLAS_CORPUS_ROOTS")
def test_folders_outside_the_roots_are_not_opened(tmp_path):
    roots = [tmp_path / "one", tmp_path / "two"]
    for root in roots:
        (root / "a").mkdir(parents=True)
        write_corpus(root / f"corpus-{root.name}", ("de", "en"), 2)
    joined = os.pathsep.join(map(str, roots))
    data = tmp_path / "data"
    given = {"LINGUA_ATLAS_MODEL_ROOTS": joined, "LINGUA_ATLAS_CORPUS_ROOTS": joined}
    for settings in (worker(data, **given), api(data, **given)):
        assert settings.model_roots == settings.corpus_roots == tuple(roots)
        for name in ("corpus-one", "corpus-two"):
            assert Corpora(settings.corpus_roots).named(name).languages() == ("de", "en")
        check_source(OpenModelRequest(source=str(roots[1] / "a")), settings.model_roots)
        with pytest.raises(KnownError, match="outside the folders"):
            check_source(OpenModelRequest(source=str(tmp_path / "three")), settings.model_roots)


@does("LINGUA_ATLAS_DEVICE")
def test_the_device_of_a_worker(tmp_path):
    assert worker(tmp_path).device == table()["LINGUA_ATLAS_DEVICE"].strip("`")
    assert candidates(worker(tmp_path, LINGUA_ATLAS_DEVICE="cpu").device) == ("cpu",)
    with pytest.raises(KnownError, match="'cuda:99' is not on this machine"):
        candidates(worker(tmp_path, LINGUA_ATLAS_DEVICE="cuda:99").device)


@does("LINGUA_ATLAS_MODEL_BYTES", "LINGUA_ATLAS_THREADS")
def test_the_memory_and_the_threads_of_a_worker(tmp_path):
    before = torch.get_num_threads()
    try:
        host = model_host.open_host(
            worker(tmp_path, LINGUA_ATLAS_MODEL_BYTES="1000", LINGUA_ATLAS_THREADS="1", LINGUA_ATLAS_DEVICE="cpu")
        )
        assert host.max_bytes == 1000
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
    assert model_host.open_host(worker(tmp_path)).max_bytes > 1000
    assert torch.get_num_threads() == before


@does("LINGUA_ATLAS_API_URL")
def test_the_api_that_is_talked_to(monkeypatch, tmp_path):
    assert Client().base_url in table()["LINGUA_ATLAS_API_URL"]
    monkeypatch.setenv("LINGUA_ATLAS_API_URL", "http://127.0.0.1:7/")
    assert Client().base_url == "http://127.0.0.1:7"
    assert FrontendSettings.of().api_url == "http://127.0.0.1:7/"
    asked = []
    monkeypatch.setattr(cli, "client_of", lambda url: asked.append(url) or terminal.client_of(url))
    CliRunner().invoke(cli.app, ["results"])
    assert asked == ["http://127.0.0.1:7/"]


@does("LINGUA_ATLAS_MAX_BODY_BYTES", "LINGUA_ATLAS_MAX_IMPORT_BYTES")
def test_a_body_over_its_limit_is_refused(tmp_path):
    settings = api(tmp_path, LINGUA_ATLAS_MAX_BODY_BYTES="1000", LINGUA_ATLAS_MAX_IMPORT_BYTES="3000")
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        assert client.post("/jobs", content=b"x" * 1001).status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
        assert client.post("/jobs", content=b"x" * 999).status_code != httpx.codes.REQUEST_ENTITY_TOO_LARGE
        for n_bytes, refused in ((2999, False), (3001, True)):
            answer = client.post("/imports", params={"model": "m", "name": "n"}, content=b"x" * n_bytes)
            assert (answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE) is refused
    told = table()
    assert int(told["LINGUA_ATLAS_MAX_BODY_BYTES"]) == api(tmp_path).max_body_bytes
    assert int(told["LINGUA_ATLAS_MAX_IMPORT_BYTES"]) == api(tmp_path).max_import_bytes


@does("LINGUA_ATLAS_JOB_SECONDS")
def test_the_limit_of_a_run_is_that_of_its_place_in_the_queue(tmp_path):
    """That such a run is stopped and failed: tests/workers/queue/test_jobs.py."""
    app = create_app(api(tmp_path, LINGUA_ATLAS_JOB_SECONDS="7"))
    with TestClient(app):
        assert app.state.jobs.queue._job_seconds == 7
    assert int(table()["LINGUA_ATLAS_JOB_SECONDS"]) == api(tmp_path).job_seconds


@does("LINGUA_ATLAS_CANCEL_GRACE_SECONDS", "LINGUA_ATLAS_LOST_SECONDS")
def test_the_patience_with_a_run_and_with_a_worker(tmp_path):
    """What happens after it: tests/workers/queue/test_cancellation.py and test_faults.py."""
    given = worker(tmp_path, LINGUA_ATLAS_CANCEL_GRACE_SECONDS="0.3", LINGUA_ATLAS_LOST_SECONDS="4")
    deaf = SimpleNamespace(settings=given, horse=SimpleNamespace(heard=False))
    hearing = SimpleNamespace(settings=given, horse=SimpleNamespace(heard=True))
    assert ResidentWorker._grace_seconds(deaf) == 0.3
    assert ResidentWorker._grace_seconds(hearing) == RESTORE_SECONDS
    assert ResidentWorker.get_heartbeat_ttl(deaf, None) == 4
    told = table()
    assert float(told["LINGUA_ATLAS_CANCEL_GRACE_SECONDS"]) == worker(tmp_path).cancel_grace_seconds
    assert int(told["LINGUA_ATLAS_LOST_SECONDS"]) == worker(tmp_path).lost_seconds


@does("LINGUA_ATLAS_WORKER_NAME", "LINGUA_ATLAS_REGISTRY")
def test_the_name_of_a_worker_and_where_its_handlers_are(tmp_path):
    """A worker with another registry answers in tests/workers/queue/bench.py."""
    named = worker(tmp_path, LINGUA_ATLAS_WORKER_NAME="left", LINGUA_ATLAS_REGISTRY="tests.workers.queue.handlers")
    assert (named.name, named.registry) == ("left", "tests.workers.queue.handlers")
    assert worker(tmp_path).name != worker(tmp_path).name
    assert worker(tmp_path).registry == table()["LINGUA_ATLAS_REGISTRY"].strip("`")
