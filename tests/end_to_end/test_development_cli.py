"""`lingua-atlas development` on a running atlas: a folder of checkpoints and two sizes, told as a table."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend import cli
from tests.end_to_end.stack import Stack, running
from tests.fakes import write_corpus, write_model

pytestmark = pytest.mark.redis
SIX = ("ar", "de", "en", "fr", "ru", "zh")
Told = tuple[int, str, str]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    root = Path(tmp_path_factory.mktemp("development"))
    for seed, step in enumerate((8, 1, 4)):
        write_model(root / "family" / f"step{step}", seed=seed)
    write_model(root / "family-of-two" / "deep", num_hidden_layers=4)
    with running(root, roots=(root,)) as found:
        write_corpus(found.root / "corpora" / "six", SIX, 6)
        yield found


@pytest.fixture
def atlas(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    monkeypatch.setenv("LINGUA_ATLAS_DATA", str(stack.root))
    monkeypatch.setenv("LINGUA_ATLAS_API_URL", stack.api.base_url)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    def run(*arguments: object) -> Told:
        monkeypatch.setattr("sys.argv", ["lingua-atlas", "development", *map(str, arguments), "--corpus", "six"])
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_a_folder_of_checkpoints_becomes_a_table(stack: Stack, atlas: Callable[..., Told]) -> None:
    family = stack.root.parent / "family"
    code, listed, _ = atlas(family, "--lines", 4, "--members")
    assert code == 0 and [line.split()[0] for line in listed.splitlines()[1:]] == ["step1", "step4", "step8"]
    stories = stack.api.tasks()[0].title
    code, shown, errors = atlas(family, "--lines", 4, "--task", stories, "--items", 2, "--wait")
    assert code == 0, errors
    rows = [line.split() for line in shown.splitlines()]
    assert [row[:2] for row in rows[1:4]] == [["step1", "1"], ["step4", "4"], ["step8", "8"]]
    assert "LRDS" in shown and stories in shown and "Semantic alignment grows" in shown
    key = rows[-1][0]
    assert stack.api.manifest(key).request.kind == "development"
    assert stack.api.table(key).startswith("Model,Position,LRDS")


def test_two_sizes_one_of_which_is_no_model(stack: Stack, atlas: Callable[..., Told]) -> None:
    broken = stack.root.parent / "family-of-two" / "broken"
    broken.mkdir()
    deep = broken.parent / "deep"
    code, shown, errors = atlas(deep, stack.model.name, broken, "--lines", 4, "--wait")
    assert code == 0 and "broken: opening: " in errors
    assert [line.split()[0] for line in shown.splitlines()[1:3]] == [stack.model.name, "deep"]


def test_what_cannot_be_asked_is_two_lines(stack: Stack, atlas: Callable[..., Told]) -> None:
    family = stack.root.parent / "family"
    for arguments in (
        (), (family, "--languages", "de,en"), (stack.model.name,), (family, "--task", "none"),
        ("org/m", "--pattern", "step"), ("--training", "ab" * 10), ("a/b", "c/d", "--revisions", "x"),
    ):  # fmt: skip
        code, _, errors = atlas(*arguments)
        assert code == 2 and len(errors.strip().splitlines()) == 2, (arguments, errors)
