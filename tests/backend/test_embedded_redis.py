"""A private Redis: found, started, reused data, ended with its parent."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from redis import Redis

from backend import embedded_redis
from backend.contracts.problems import KnownError
from backend.embedded_redis import ensure_redis
from backend.processes import free_port, port_is_free, start, stop

SERVERS = ("path", "embedded")


@pytest.fixture(params=SERVERS)
def server(request, monkeypatch):
    if request.param == "embedded":
        monkeypatch.setattr(embedded_redis.shutil, "which", lambda name: None)
    return request.param


def test_starts_a_private_server_that_keeps_its_data(tmp_path, server):
    first = ensure_redis(tmp_path, given_url=None)
    with Redis.from_url(first.url) as connection:
        connection.set("queued", "job")
        assert connection.config_get("port")["port"] == "0"
    first.process.send_signal(signal.SIGTERM)
    first.process.wait(5)
    second = ensure_redis(tmp_path, given_url=None)
    with Redis.from_url(second.url) as connection:
        assert connection.get("queued") == b"job"
    stop([second.process])


def test_a_file_with_a_tail_of_zeros_is_mended_and_what_was_lost_is_said(tmp_path, server):
    first = ensure_redis(tmp_path, given_url=None)
    with Redis.from_url(first.url) as connection:
        connection.set("queued", "job")
    first.process.send_signal(signal.SIGTERM)
    first.process.wait(5)
    assert first.note == ""
    written = next((tmp_path / "appendonlydir").glob("*.incr.aof"))
    whole = written.read_bytes()
    written.write_bytes(whole + bytes(100))
    second = ensure_redis(tmp_path, given_url=None)
    with Redis.from_url(second.url) as connection:
        assert connection.get("queued") == b"job"
    stop([second.process])
    assert "last 100 bytes" in second.note
    kept = next(tmp_path.glob("appendonlydir.damaged-*"))
    assert (kept / written.name).read_bytes() == whole + bytes(100)
    assert written.read_bytes().startswith(whole)


def test_a_server_that_does_not_answer_is_asked_once_at_a_time(tmp_path, server, monkeypatch):
    """redis-py by itself tries for seconds, while the server has ended already."""
    waited = []
    monkeypatch.setattr("redis.retry.sleep", waited.append)
    server = ensure_redis(tmp_path, given_url=None)
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    again = ensure_redis(tmp_path, given_url=None)  # its socket is there, nobody listens yet
    stop([again.process])
    assert waited == []


def test_a_folder_that_cannot_be_mended_is_an_error(tmp_path, server):
    first = ensure_redis(tmp_path, given_url=None)
    stop([first.process])
    manifest = next((tmp_path / "appendonlydir").glob("*.manifest"))
    manifest.write_text("nonsense\n")
    with pytest.raises(KnownError) as caught:
        ensure_redis(tmp_path, given_url=None)
    assert caught.value.problem.code == "redis_did_not_start"


def test_a_given_url_is_used_and_not_ours_to_stop(tmp_path):
    private = ensure_redis(tmp_path, given_url=None)
    assert ensure_redis(tmp_path / "other", given_url=private.url) == (private.url, None, "")
    stop([private.process])


def test_a_dead_url_is_an_error_never_a_fall_through(tmp_path):
    with pytest.raises(KnownError) as caught:
        ensure_redis(tmp_path, given_url=f"redis://127.0.0.1:{free_port()}/0")
    assert caught.value.problem.code == "redis_unreachable"
    assert not list(tmp_path.iterdir())


def test_a_long_folder_gets_a_short_socket(tmp_path):
    folder = tmp_path / ("deep" * 30)
    folder.mkdir(mode=0o755)
    servers = [ensure_redis(folder, given_url=None)]
    with Redis.from_url(servers[0].url) as connection:
        assert connection.ping()
    stop([servers[0].process])
    servers.append(ensure_redis(folder, given_url=None))
    stop([servers[1].process])
    sockets = [Path(server.url.removeprefix("unix://")).parent for server in servers]
    assert sockets[0] != sockets[1]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (*sockets, folder)] == [0o700] * 3


def test_no_server_anywhere_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded_redis.shutil, "which", lambda name: None)
    monkeypatch.setattr(embedded_redis.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(KnownError, match="neither redis-server"):
        ensure_redis(tmp_path, given_url=None)


def test_children_end_when_the_parent_is_killed(tmp_path):
    code = (
        "import sys; from backend.processes import start;"
        "child = start([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(child.pid, flush=True); import time; time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    child = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while psutil.pid_exists(child) and psutil.Process(child).status() != "zombie" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie"


def test_stop_ends_a_child_that_does_not_want_to(tmp_path):
    ready = tmp_path / "ready"
    code = f"""import signal, time, pathlib
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path({str(ready)!r}).touch()
time.sleep(60)"""
    child = start([sys.executable, "-c", code])
    while not ready.exists():
        time.sleep(0.01)
    stop([child], grace_seconds=0.2)
    assert child.wait(5) == -signal.SIGKILL


def test_ports():
    port = free_port()
    assert port_is_free("127.0.0.1", port)
