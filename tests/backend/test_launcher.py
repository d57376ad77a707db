"""Rules of the launcher that need no running atlas."""

import socket

import pytest

from backend.contracts.binding import is_loopback, require_port, require_token
from backend.contracts.problems import KnownError
from backend.launcher import DEFAULT_PORT, choose_port


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
