"""What was added can be removed, but not under a job that needs it, and not what is not ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from backend.artifacts.results import ResultStore
from backend.artifacts.tasks import Tasks
from backend.artifacts.training import TrainingFolder
from backend.contracts.problems import KnownError
from backend.contracts.regions import ImportRegionRequest
from backend.contracts.requests import OpenModelRequest
from backend.jobs.leftovers import sweep
from backend.jobs.removal import Removals
from tests.workers.queue.bench import Bench, generation, region

pytestmark = pytest.mark.redis


@pytest.fixture
def removals(bench: Bench) -> Removals:
    return Removals(bench.layout, bench.service)


def _code(removing: object, name: str) -> str:
    with pytest.raises(KnownError) as caught:
        removing(name)  # type: ignore[operator]
    assert caught.value.problem.hint
    return caught.value.problem.code


def test_a_model_is_forgotten_and_its_files_stay_where_they_are_not_ours(bench: Bench, removals: Removals) -> None:
    asked = bench.ask(generation("speak 1"))
    assert _code(removals.model, "fake") == "in_use"
    bench.service.cancel(asked.key)
    removed = removals.model("fake")
    assert removed.freed_bytes == 0 and str(bench.layout.root / "weights") in removed.note
    assert (bench.layout.root / "weights" / "model.safetensors").exists()
    assert bench.models.all() == []
    assert _code(removals.model, "fake") == "unknown_model"


def test_the_files_of_a_conversion_go_with_the_last_model_that_needs_them(bench: Bench, removals: Removals) -> None:
    folder = bench.layout.models / "converted"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"0123456789")
    entry = bench.models.named("fake").model_copy(update={"folder": str(folder)})
    bench.models.save(entry)
    bench.models.save(entry.model_copy(update={"name": "again"}))
    assert removals.model("again").freed_bytes == 0 and folder.exists()
    assert removals.model("fake").freed_bytes == 10 and not folder.exists()
    assert list(bench.layout.models.iterdir()) == []


def test_a_model_that_is_being_opened_is_in_use(bench: Bench, removals: Removals) -> None:
    entry = bench.models.named("fake")
    bench.models.save(entry.model_copy(update={"name": "org--one"}))
    bench.ask(OpenModelRequest(source="org/one"))
    assert _code(removals.model, "org--one") == "in_use"


def test_a_corpus_is_removed_but_for_what_is_only_read(bench: Bench, removals: Removals) -> None:
    asked = bench.ask(region("de", "en"))
    assert _code(removals.corpus, "small") == "in_use"
    bench.service.cancel(asked.key)
    assert removals.corpus("small").freed_bytes > 0
    assert list(bench.layout.corpora.iterdir()) == []
    assert _code(removals.corpus, "small") == "unknown_corpus"
    assert _code(removals.corpus, "atlas-parallel") in ("not_added", "unknown_corpus")


def test_a_link_below_the_corpora_goes_and_what_it_leads_to_stays(
    bench: Bench, removals: Removals, tmp_path: Path
) -> None:
    (bench.layout.corpora / "small").rename(tmp_path / "elsewhere")
    (bench.layout.corpora / "small").symlink_to(tmp_path / "elsewhere")
    removals.corpus("small")
    assert not (bench.layout.corpora / "small").is_symlink() and (tmp_path / "elsewhere" / "de.txt").exists()


def test_a_task_that_was_added_is_removed(bench: Bench, removals: Removals) -> None:
    tasks = bench.service.tasks = Tasks(bench.layout.tasks)
    task = tasks.add(_story(), title="own", form="story_cloze", language="en")
    assert removals.task(task.file).name == "own"
    assert list(bench.layout.tasks.iterdir()) == []
    assert _code(removals.task, task.file) == "unknown_task"
    assert _code(removals.task, tasks.all()[0].file) == "built_in"


def _story() -> bytes:
    built_in = Path(__file__).parents[3] / "backend" / "data" / "stories" / "en.jsonl"
    return built_in.read_bytes().splitlines()[0] + b"\n"


def test_an_upload_is_removed_even_when_it_is_damaged(bench: Bench, removals: Removals) -> None:
    content = json.dumps({"0": [1]}).encode()
    path = bench.layout.imports / sha256(content).hexdigest()
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    asked = bench.ask(ImportRegionRequest(model="fake", title="given", file=path.name))
    assert _code(removals.upload, path.name) == "in_use"
    bench.service.cancel(asked.key)
    path.write_bytes(b"flipped")
    assert [one.sha256 for one in bench.service.imports.all()] == [path.name]
    assert removals.upload(path.name).freed_bytes == 7
    assert _code(removals.upload, path.name) == "file_not_uploaded"


def test_what_dead_writers_left_goes_at_the_next_start_and_what_lives_stays(bench: Bench) -> None:
    store = ResultStore(bench.layout.results)
    store.root.mkdir(parents=True)
    code = (
        "import os, sys, signal; from pathlib import Path; from backend.artifacts.results import ResultStore\n"
        "with ResultStore(Path(sys.argv[1])).writing('0' * 20) as folder:\n"
        "    (folder / 'half').write_bytes(b'x'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(store.root)], check=False)
    (dead,) = store.root.glob(".writing-*")
    older = store.root / f".writing-{'1' * 20}-abc"  # of an atlas without locks: only its age tells
    older.mkdir()
    training = TrainingFolder(bench.layout.training / ("2" * 20))
    (training.path / ".writing-dead").mkdir(parents=True)
    with store.writing("3" * 20) as alive, TrainingFolder(bench.layout.training / ("4" * 20)).claimed():
        held = bench.layout.training / ("4" * 20) / ".writing-alive"
        held.mkdir()
        sweep(bench.layout, bench.service)
        assert alive.exists() and held.exists()
    assert not dead.exists() and older.exists()
    assert not (training.path / ".writing-dead").exists()
    os.utime(older, (time.time() - 25 * 3600,) * 2)
    store.sweep()
    assert list(store.root.iterdir()) == []
