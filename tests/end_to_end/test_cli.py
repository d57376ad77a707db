"""The command line on a running atlas: what it prints where, and with which exit code it ends."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from backend import cli
from backend.artifacts.tasks import STORIES
from backend.contracts.requests import GenerationRequest, GenerationSettings, Prompt
from backend.contracts.results import Manifest
from backend.contracts.vocabulary import JobState
from tests.end_to_end.stack import Stack, done, running
from tests.fakes import write_corpus, write_model

pytestmark = pytest.mark.redis


class Told(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def atlas(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """`lingua-atlas ARGUMENTS`, as the entry point runs it."""

    def run(*arguments: object, stdin: str = "") -> Told:
        monkeypatch.setattr("sys.argv", ["lingua-atlas", *map(str, arguments)])
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return Told(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Not the one of the browser tests: models and corpora are added here."""
    with running(tmp_path_factory.mktemp("cli")) as stack:
        yield stack


@pytest.fixture
def here(own_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The running atlas, named by the environment."""
    monkeypatch.setenv("LINGUA_ATLAS_DATA", str(own_stack.root))
    monkeypatch.setenv("LINGUA_ATLAS_API_URL", own_stack.api.base_url)
    return own_stack


def generation(stack: Stack, text: str) -> GenerationRequest:
    prompts = (Prompt(language="en", text=text),)
    return GenerationRequest(model=stack.model.name, prompts=prompts, settings=GenerationSettings(max_new_tokens=2))


def test_a_request_is_answered_and_only_its_key_is_on_stdout(atlas, here: Stack, tmp_path: Path):
    request = generation(here, "from a file")
    path = tmp_path / "request.json"
    path.write_text(request.model_dump_json())
    told = atlas("run", path, "--wait")
    assert told.code == 0
    key = told.out.removesuffix("\n")
    assert here.api.manifest(key).request == request
    assert "done: Generation" in told.err
    again = atlas("run", "-", stdin=path.read_text())
    assert (again.code, again.out, again.err) == (0, f"{key}\n", "")


def test_a_run_that_fails_tells_its_reason(atlas, here: Stack):
    told = atlas("run", "-", "--wait", stdin=generation(here, "x" * 300).model_dump_json())
    assert told.code == 1
    assert len(told.out) == 21
    assert "failed: Generation" in told.err
    assert "256" in told.err  # the length of the context


def test_a_run_that_is_cancelled_has_its_own_exit_code(atlas, here: Stack):
    request = here.endless("w")
    key = here.api.submit(request).key
    cancel = threading.Timer(0.5, here.api.cancel, args=(key,))
    cancel.start()
    told = atlas("run", "-", "--wait", stdin=request.model_dump_json())
    cancel.join()
    assert (told.code, told.out) == (3, f"{key}\n")
    assert here.api.job(key).state is JobState.CANCELLED


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is no JSON"),
        ("[]", "is no request"),
        ('{"kind": "horoscope"}', "kind is 'horoscope'; accepted: activations, choice"),
        (
            '{"kind": "removal", "region": {"corpus": "x"}}',
            "region.corpus is unknown here; accepted: scores, languages",
        ),
        ('{"kind": "region", "region": {"scores": {"model": "m"}, "languages": ["de"], "fraction": 2}}', "less than 1"),
        ('{"kind": "generation", "model": "nobody", "prompts": [{"language": "en", "text": "x"}]}', "nobody"),
        ('{"kind": "importance", "scores": {"model": "MODEL"}, "language": "xx"}', "no language 'xx'; it has ar, de"),
    ],
)
def test_a_bad_request_is_told_and_nothing_is_on_stdout(atlas, here: Stack, text: str, words: str):
    told = atlas("run", "-", stdin=text.replace("MODEL", here.model.name))
    assert (told.code, told.out) == (2, "")
    assert words in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_request_file_that_cannot_be_read_is_named(atlas, here: Stack, tmp_path: Path, content: bytes | None):
    path = tmp_path / "request.json"
    if content:
        path.write_bytes(content)
    told = atlas("run", path)
    assert (told.code, told.out) == (2, "")
    assert str(path) in told.err


def test_a_result_is_listed_printed_and_deleted(atlas, here: Stack):
    key = here.perturbation(prompts=(), settings={"seed": 11})
    listed = atlas("results")
    assert listed.code == 0
    assert [line for line in listed.out.splitlines() if line.startswith(key)]
    rows = list(csv.DictReader(io.StringIO(atlas("results", key, "--csv").out)))
    assert [row["Language"] for row in rows] == ["de", "en"]
    assert r"\begin{tabular}" in atlas("results", key, "--tex").out
    assert Manifest.model_validate(json.loads(atlas("results", key, "--json").out)).key == key
    assert atlas("results", key).out.startswith(f"perturbation {key}\n")
    assert atlas("results", key, "--delete").out == f"deleted {key}\n"
    assert here.api.results(kind="perturbation") == () or key not in {row.key for row in here.api.results()}
    for arguments in ((), ("--csv",), ("--json",), ("--delete",)):
        told = atlas("results", key, *arguments)
        assert (told.code, told.out) == (2, ""), arguments
        assert key in told.err


@pytest.mark.parametrize(("key", "words"), [("123", "20 hexadecimal digits"), ("deadbeef", "no result and no job")])
def test_what_is_no_key_is_told(atlas, here: Stack, key: str, words: str):
    told = atlas("results", key)
    assert (told.code, told.out) == (2, "")
    assert f"{key}" in told.err
    assert words in told.err


def test_a_result_without_a_table_says_so(atlas, here: Stack):
    told = atlas("results", done(here.api, generation(here, "no table")), "--csv")
    assert (told.code, told.out) == (2, "")
    assert "table" in told.err


def test_a_file_that_cannot_be_written_is_named(atlas, here: Stack, tmp_path: Path):
    nowhere = tmp_path / "no folder" / "table.csv"
    key = here.perturbation(prompts=(), settings={"seed": 12})
    told = atlas("view", key, "--csv", nowhere)
    assert (told.code, told.out) == (2, "")
    assert f"{nowhere}: No such file or directory" in told.err


def test_models_are_opened_and_listed(atlas, here: Stack):
    folder = write_model(here.root.parent / "models-here" / "second", seed=1)
    opened = atlas("models", "open", folder)
    assert opened.code == 0
    name = opened.out.strip()
    assert name in {model.name for model in here.api.models()}
    listed = atlas("models", "list").out
    assert name in listed
    assert here.model.name in listed


@pytest.mark.parametrize(("source", "words"), [("/etc", "outside"), ("no [/such] model!", "no [/such] model!")])
def test_a_model_that_cannot_be_opened_is_told(atlas, here: Stack, source: str, words: str):
    told = atlas("models", "open", source)
    assert (told.code, told.out) == (2, "")
    assert words in told.err


def test_a_text_file_given_as_a_dataset_says_what_is_accepted(atlas, here: Stack, tmp_path: Path):
    file = tmp_path / "de.txt"
    file.write_text("Hallo.\n")
    told = atlas("corpora", "add", "rows", file, "--languages", "de")
    assert (told.code, told.out) == (2, "")
    assert ".jsonl, .json, .parquet, .csv" in told.err


def test_a_corpus_is_added_listed_and_usable(atlas, here: Stack, tmp_path: Path):
    folder = write_corpus(tmp_path / "given", ("de", "zh-Hant"), 3)
    added = atlas("corpora", "add", "mine", folder)
    assert (added.code, added.out) == (0, "mine: 3 lines in 2 languages\n")
    assert str(here.root / "corpora" / "mine") in added.err
    assert here.api.corpus_lines("mine").lines["zh-Hant"][0] == "zh-Hant line 0 é0"
    assert any(line.startswith("mine ") for line in atlas("corpora", "list").out.splitlines())
    twice = atlas("corpora", "add", "mine", folder)
    assert twice.code == 2
    assert "already" in twice.err


@pytest.mark.parametrize(
    ("name", "files", "words"),
    [
        ("bad", None, "no folder"),
        ("bad", {}, "no text file in"),
        ("bad", {"de.txt": b""}, "is empty"),
        ("bad", {"de.txt": b"a\0b\n"}, "binary"),
        ("bad", {"de.txt": b"\xff\xfe"}, "UTF-8"),
        ("bad", {"de.txt": b"a\nb\n", "en.txt": b"a\n"}, "not parallel: --no-parallel"),
        ("bad", {"de.txt": b"a\n", "my notes.txt": b"b\n"}, "my notes.txt"),
        ("../outside", {"de.txt": b"a\n"}, "cannot be the name"),
        ("atlas-parallel", {"de.txt": b"a\n"}, "cannot be the name"),
    ],
)
def test_a_corpus_that_is_none_is_refused_and_leaves_nothing(
    atlas, here: Stack, tmp_path: Path, name: str, files: dict[str, bytes] | None, words: str
):
    folder = tmp_path / "given"
    if files is not None:
        folder.mkdir()
    for file, content in (files or {}).items():
        (folder / file).write_bytes(content)
    before = sorted(here.root.rglob("corpora/**"))
    told = atlas("corpora", "add", name, folder)
    assert (told.code, told.out) == (2, "")
    assert words in told.err
    assert sorted(here.root.rglob("corpora/**")) == before


@pytest.mark.parametrize("command", [("up", "--port", "8259"), ("api",), ("corpora", "add", "mine", "CORPUS")])
def test_a_data_folder_that_cannot_be_written_is_told(
    atlas, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...]
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LINGUA_ATLAS_DATA", str(tmp_path / "file" / "atlas"))
    corpus = write_corpus(tmp_path / "given", ("de",), 3)
    told = atlas(*(str(corpus) if part == "CORPUS" else part for part in command))
    assert (told.code, told.out) == (2, "")
    assert f"nothing can be written to the data folder {tmp_path / 'file' / 'atlas'}" in told.err
    assert "LINGUA_ATLAS_DATA" in told.err


@pytest.mark.parametrize("command", [("results",), ("models", "list"), ("corpora", "list"), ("run", "-")])
def test_without_a_running_atlas_it_says_how_to_start_one(
    atlas, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...]
):
    monkeypatch.delenv("LINGUA_ATLAS_API_URL", raising=False)
    monkeypatch.setenv("LINGUA_ATLAS_DATA", str(tmp_path))
    told = atlas(*command, stdin='{"kind": "open_model", "source": "org/name"}')
    assert (told.code, told.out) == (1, "")
    assert f"no atlas of {tmp_path} is running" in told.err
    assert "lingua-atlas up" in told.err


def test_an_api_that_does_not_answer_is_named(atlas):
    told = atlas("results", "--api", "http://127.0.0.1:9")
    assert (told.code, told.out) == (1, "")
    assert "http://127.0.0.1:9" in told.err


def test_what_was_added_is_removed_by_its_name(atlas, here: Stack, tmp_path: Path):
    write_corpus(tmp_path / "texts")
    assert atlas("corpora", "add", "brief", tmp_path / "texts").code == 0
    story = json.dumps(json.loads((STORIES / "en.jsonl").read_text(encoding="utf-8").splitlines()[0])) + "\n"
    (tmp_path / "one.jsonl").write_text(story)
    assert atlas("tasks", "add", "own", tmp_path / "one.jsonl", "--form", "story_cloze", "--language", "en").code == 0
    task = next(one.file for one in here.api.tasks() if one.title == "own")
    upload = here.api.upload(b'{"0": [1]}')
    assert upload.sha256 in atlas("imports", "list").out
    for what, name in (("corpora", "brief"), ("tasks", task[:12]), ("imports", upload.sha256[:12])):
        removed = atlas(what, "remove", name)
        assert (removed.code, removed.out.split()[0]) == (0, "removed")
        again = atlas(what, "remove", name)
        assert again.code == 2 and name in again.err
    assert atlas("models", "remove", "nothing").code == 2
    assert here.model.name in atlas("models", "list").out
