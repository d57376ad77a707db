"""Rules of the launcher that need no running atlas."""

import errno
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend import launcher
from backend.artifacts.disk import disk_full
from backend.artifacts.layout import Layout
from backend.contracts.binding import is_loopback, require_port, require_token
from backend.contracts.problems import KnownError
from backend.embedded_redis import RedisServer
from backend.launcher import DEFAULT_PORT, Child, Options, Stack, choose_port


@pytest.mark.parametrize(("host", "local"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("10.1.2.3", False), ("atlas.example", False)])  # fmt: skip  # noqa: E501
def test_loopback(host, local):
    assert is_loopback(host) is local


def test_beyond_loopback_a_token_is_required():
    with pytest.raises(KnownError, match="LINGUA_ATLAS_TOKEN is not set"):
        require_token("0.0.0.0", "")
    require_token("0.0.0.0", "a secret of some length")
    require_token("127.0.0.1", "")
    with pytest.raises(KnownError, match="no HTTP header can carry") as refused:
        require_token("127.0.0.1", "schlüssel")
    assert "schl" not in str(refused.value)


def test_a_port_that_is_taken_is_said_when_it_was_asked_for():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(KnownError) as caught:
            choose_port("127.0.0.1", taken.getsockname()[1])
    assert caught.value.problem.code == "port_taken"


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [("127.0.0.1", 70000, "no port"), ("127.0.0.1", 0, "no port"), ("192.0.2.1", 8259, "cannot be opened")],
)
def test_a_port_that_cannot_be_opened_is_told_with_its_setting(host: str, port: int, words: str):
    with pytest.raises(KnownError, match=words) as caught:
        require_port(host, port, "LINGUA_ATLAS_API_PORT")
    assert "LINGUA_ATLAS_API_PORT" in str(caught.value) or "address of this machine" in caught.value.problem.hint


def test_without_a_wish_the_default_port_or_any_free_one(monkeypatch):
    assert choose_port("127.0.0.1", None) > 0
    monkeypatch.setattr("backend.launcher.port_is_free", lambda host, port: False)
    assert choose_port("127.0.0.1", None) != DEFAULT_PORT


def ended() -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process


def test_up_lives_on_while_its_redis_cannot_start_and_recovers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    said: list[str] = []
    stack = Stack(Options(Layout(tmp_path)), say=said.append)
    stack._redis = RedisServer("unix:///gone", ended())
    answers: list[Exception | RedisServer] = [disk_full(tmp_path), disk_full(tmp_path), OSError(errno.ENOSPC, "full")]

    def start(folder: Path, *, given_url: str | None) -> RedisServer:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(launcher, "ensure_redis", start)
    for _ in range(3):
        stack._watch_redis()
    assert len(said) == 2 and "is full" in said[1] and str(tmp_path) in said[1] and "Free some space" in said[1]
    answers.append(RedisServer("unix:///here", None))
    stack._watch_redis()
    assert said[2:] == ["Redis runs again."] and stack._redis.url == "unix:///here"


def test_up_lives_on_while_a_child_cannot_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    said: list[str] = []
    stack = Stack(Options(Layout(tmp_path)), say=said.append)
    child = Child("api", ("none",), tmp_path / "api.log")

    def refuse(child: Child) -> None:
        raise OSError(errno.EACCES, "Permission denied", str(child.log))

    monkeypatch.setattr(stack, "_launch", refuse)
    for _ in range(20):
        stack._restart("api", child, ended(), time.monotonic())
    assert len(said) == 2 and str(child.log) in said[1] and "chown" in said[1]
    launched: list[Child] = []
    monkeypatch.setattr(stack, "_launch", launched.append)
    stack._restart("api", child, ended(), time.monotonic())
    assert launched == [child]


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.EACCES, "data_not_writable", "Let this user"),
        (errno.EROFS, "data_not_writable", "read-only"),
        (errno.ENOSPC, "disk_full", "Free some space"),
    ],
)
@pytest.mark.parametrize("place", ["root", "results", "run"])
def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, number: int, code: str, words: str
):
    layout = Layout(tmp_path)
    refusing: Path = getattr(layout, place)
    refusing.mkdir(exist_ok=True)

    def refuse(dir: Path) -> object:
        if dir == refusing:
            raise OSError(number, os.strerror(number), str(dir))
        return open(os.devnull)

    monkeypatch.setattr("backend.artifacts.layout.tempfile.TemporaryFile", refuse)
    with pytest.raises(KnownError) as caught:
        layout.require_writable()
    assert caught.value.problem.code == code
    told = f"{caught.value.problem.detail} {caught.value.problem.hint}"
    assert str(refusing) in told and words in told
