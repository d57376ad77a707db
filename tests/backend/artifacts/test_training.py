"""The curve file while it grows, and folders that are whole or not there."""

from __future__ import annotations

import errno
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.artifacts.training import TrainingFolder, thinned
from backend.contracts.problems import KnownError
from backend.contracts.training import Checkpoint, TrainingCurve, TrainingEvaluation, TrainingStep


def step(number: int) -> TrainingStep:
    return TrainingStep(step=number, n_samples=8 * number, loss=1 / number, learning_rate=1e-5, gradient_norm=None)


def evaluation(n_samples: int) -> TrainingEvaluation:
    return TrainingEvaluation(n_samples=n_samples, perplexity={"de": 12.5, "en": None}, bits_per_byte={"de": 1.0})


CHECKPOINT = Checkpoint(
    n_samples=16, name="m-1", source="/m-1", size_bytes=3, saved_at=datetime(2026, 1, 1, tzinfo=UTC)
)


@pytest.fixture
def folder(tmp_path: Path) -> TrainingFolder:
    found = TrainingFolder(tmp_path / "training" / "0123456789abcdef0123")
    found.cut(None)
    return found


def test_what_is_appended_is_read(folder: TrainingFolder) -> None:
    for told in (evaluation(0), step(1), step(2), CHECKPOINT):
        folder.append(told)
    expected = TrainingCurve(steps=(step(1), step(2)), evaluations=(evaluation(0),), checkpoints=(CHECKPOINT,))
    assert folder.curve() == expected


def test_a_line_that_is_not_whole_yet_is_not_read(folder: TrainingFolder) -> None:
    folder.append(step(1))
    with folder.curve_file.open("a") as file:
        file.write('{"steps":{"step":2,"n_sam')
    assert folder.curve().steps == (step(1),)
    folder.cut(8)
    folder.append(step(2))
    assert folder.curve().steps == (step(1), step(2))


def test_a_resumed_job_tells_again_what_came_after_its_state(folder: TrainingFolder) -> None:
    for told in (evaluation(0), step(1), step(2), evaluation(16), CHECKPOINT, step(3)):
        folder.append(told)
    folder.cut(16)
    assert (len(folder.curve().steps), len(folder.curve().checkpoints)) == (2, 1)
    folder.cut(8)
    assert folder.curve() == TrainingCurve(steps=(step(1),), evaluations=(evaluation(0),))
    folder.cut(None)
    assert folder.curve() == TrainingCurve()


def test_many_steps_are_thinned_evenly(folder: TrainingFolder) -> None:
    for number in range(1, 101):
        folder.append(step(number))
    folder.append(evaluation(800))
    shown = folder.curve(10)
    assert [one.step for one in shown.steps] == [1, 12, 23, 34, 45, 56, 67, 78, 89, 100]
    assert shown.evaluations == (evaluation(800),)
    assert thinned([1, 2, 3], 3) == [1, 2, 3]


def test_a_folder_is_there_whole_or_not_at_all(folder: TrainingFolder) -> None:
    with folder.writing() as dropped:
        (dropped / "half").write_text("")
    assert [path.name for path in folder.path.iterdir()] == ["curve.jsonl"]
    for text in ("old", "new"):
        with folder.writing() as written:
            (written / "file").write_text(text)
            folder.flush(written)
            folder.place(written, "state-16")
    assert (folder.path / "state-16" / "file").read_text() == "new"
    assert sorted(path.name for path in folder.path.iterdir()) == ["curve.jsonl", "state-16"]


def test_states_are_known_newest_first_and_leftovers_are_swept(folder: TrainingFolder) -> None:
    for name in ("state-8", "state-16", "state-x", ".writing-abc", ".deleted-abc"):
        (folder.path / name).mkdir()
    folder.sweep()
    assert [path.name for path in folder.states()] == ["state-16", "state-8"]
    assert not list(folder.path.glob(".*"))
    folder.remove()
    assert not list(folder.path.parent.iterdir())


def test_a_full_disk_is_said(folder: TrainingFolder) -> None:
    with pytest.raises(KnownError) as caught, folder.writing():
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.problem.code == "disk_full"
    assert not list(folder.path.glob(".*"))


def test_one_process_writes_at_a_time(folder: TrainingFolder) -> None:
    with folder.claimed(), pytest.raises(KnownError, match="another worker"), folder.claimed():
        pass
    with folder.claimed():
        folder.append(step(1))
