"""The launcher as a person meets it: started, interrupted, started again, and beaten with kill -9."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from backend.contracts.requests import GenerationRequest, GenerationSettings, OpenModelRequest, Prompt
from backend.processes import free_port
from tests.end_to_end.launched import Home, Started, command
from tests.end_to_end.stack import JOB_MS, done

pytestmark = [pytest.mark.redis, pytest.mark.slow]

DEMO = ("demo", "--model", "./tiny", "--no-browser")
N_PREPARED = 71
"""Opened model, six scores, three regions; ten activations and the map of them; two removal tables, matrices alone and
with norms: 25 columns (base, then top, bottom and ten random each), and the 23 regions that are not among the three."""
N_ASKED = 13
"""What of it is asked for by name, and told: without activations, columns and the regions of columns."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("launcher"))


def test_a_port_that_is_taken_is_said(home: Home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = home.run(*DEMO, "--port", str(port))
    assert refused.returncode == 2
    assert f"port {port} on 127.0.0.1 is taken" in refused.stderr
    assert "--port" in refused.stderr
    assert not home.processes()


def test_beyond_loopback_nothing_starts_without_a_token(home: Home):
    log = home.layout.run / "redis" / "redis.log"
    before = log.stat().st_mtime_ns if log.exists() else 0
    refused = home.run(*DEMO, "--host", "0.0.0.0")
    assert refused.returncode == 2
    assert "LINGUA_ATLAS_TOKEN is not set" in refused.stderr
    assert (log.stat().st_mtime_ns if log.exists() else 0) == before
    assert not home.processes()


def test_a_project_with_packages_of_the_same_names_is_not_imported(tmp_path: Path):
    """And the ports are those of the environment."""
    home = Home(tmp_path)
    home.folder = tmp_path / "project"
    for name in ("backend", "frontend", "workers", "tests", "torch", "redis"):
        (home.folder / name).mkdir(parents=True)
        (home.folder / name / "__init__.py").write_text("raise SystemExit('the package of a user was imported')\n")
    home.environment["LINGUA_ATLAS_DASHBOARD_PORT"] = str(page_port := free_port())
    home.environment["LINGUA_ATLAS_API_PORT"] = str(api_port := free_port())
    with home.started("up") as atlas:
        atlas.until(atlas.answers, "the page answers")
        assert (atlas.instance.url, atlas.instance.api_url) == (
            f"http://127.0.0.1:{page_port}", f"http://127.0.0.1:{api_port}",
        )  # fmt: skip
        with atlas.client() as api:
            atlas.until(lambda: [1 for each in api.capabilities().workers if each.state == "idle"], "the worker is up")
    logs = {log.name: log.read_text(encoding="utf-8") for log in home.layout.run.glob("*.log")}
    assert {"api.log", "dashboard.log", "worker-1.log"} <= set(logs)
    assert not [name for name, text in logs.items() if "package of a user" in text or "No module named" in text]


@pytest.mark.browser
def test_a_page_that_was_opened_before_any_model_fills_itself(tmp_path: Path, page: Page):
    fresh = Home(tmp_path)
    fresh.environment["LINGUA_ATLAS_MODEL_ROOTS"] = str(fresh.model.parent)
    with fresh.started("up") as atlas:
        atlas.until(atlas.answers, "the page answers")
        page.goto(f"{atlas.instance.url}/atlas")
        expect(page.get_by_text("No model is open yet")).to_be_visible()
        with atlas.client() as api:
            api.submit(OpenModelRequest(source=str(fresh.model)))
        expect(page.locator("#atlas-matrix canvas").first).to_be_visible(timeout=JOB_MS)
        assert "model=tiny" in page.url
        page.close()


def test_interrupted_continued_and_computed_only_once(home: Home):
    with home.started(*DEMO, "--once") as demo:
        demo.until_told("ready     Importance")
        assert home.listening() == {"127.0.0.1"}
        demo.process.send_signal(signal.SIGINT)
        assert demo.wait() == 1  # asked to prepare everything, and did not
        assert "Everything is prepared" not in demo.text
    assert not home.processes()
    assert not home.half_written()
    first = home.results()
    assert 2 <= len(first) < N_PREPARED

    with home.started(*DEMO, "--once") as demo:
        assert demo.wait() == 0
        assert re.findall(r"https?://[^\s]+", demo.text) == re.findall(r"http://127\.0\.0\.1:\d+", demo.text)
        assert len(re.findall(r"https?://", demo.text)) == 1
        assert "Everything is prepared." in demo.text
    assert not home.processes()
    second = home.results()
    assert len(second) == N_PREPARED
    assert first.items() <= second.items()
    assert not home.half_written()


@pytest.fixture(scope="module")
def demo(home: Home) -> Iterator[Started]:
    """One that goes on running."""
    with home.started(*DEMO) as started:
        started.until_told("Everything is prepared.")
        yield started


def test_what_is_prepared_is_there_at_once_and_not_computed_again(home: Home, demo: Started):
    assert demo.text.count("  ready  ") == N_ASKED
    assert len(home.results()) == N_PREPARED
    assert all(written < psutil.Process(demo.process.pid).create_time() * 1e9 for written in home.results().values())


def test_a_second_one_says_where_the_first_is(home: Home, demo: Started):
    second = home.run(*DEMO)
    assert (second.returncode, second.stdout.strip()) == (0, f"Lingua Atlas is already running: {demo.instance.url}")
    assert demo.answers()


@pytest.mark.parametrize("victim", ["backend.cli api", "frontend.run", "workers.run", "unixsocket:"])
def test_a_killed_child_is_started_again(home: Home, demo: Started, victim: str):
    process = home.child(victim)
    process.kill()
    demo.until(lambda: _is_gone(process) and _has(home, victim), f"{victim} is started again")
    demo.until(demo.answers, "the page answers again")
    with demo.client() as api:
        (model,) = api.models()
        prompt = Prompt(language="en", text=f"after {victim}")
        settings = GenerationSettings(max_new_tokens=2)
        done(api, GenerationRequest(model=model.name, prompts=(prompt,), settings=settings))


def test_kill_9_of_the_launcher_leaves_nothing_and_the_next_one_starts(home: Home, demo: Started):
    children = psutil.Process(demo.process.pid).children(recursive=True)
    assert len(children) >= 5  # redis, api, dashboard, worker and its horse
    os.kill(demo.process.pid, signal.SIGKILL)
    assert demo.wait() == -signal.SIGKILL
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
    assert not home.processes()
    before = home.results()
    with home.started(*DEMO, "--once") as one, home.started(*DEMO, "--once") as other:  # both at the same moment
        assert (one.wait(), other.wait()) == (0, 0)
        # The later one points to the earlier, or takes its place when that was over already.
        assert sum("is already running: http" in each.text for each in (one, other)) <= 1
    assert home.results() == before


def _is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def _has(home: Home, part: str) -> bool:
    return any(part in command(process) for process in home.processes())
