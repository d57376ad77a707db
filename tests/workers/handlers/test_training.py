"""Training through its handler: what is stored, what is held, and that a kill changes nothing."""

from __future__ import annotations

import errno
import shutil
from collections import namedtuple
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from backend.artifacts.bootstrap import paired_ratios
from backend.artifacts.training import TrainingFolder
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    EvaluationSpec,
    Lines,
    OpenModelRequest,
    RegionRequest,
    RegionSpec,
    ScoreSpec,
    TrainingRequest,
)
from backend.contracts.training import Hold, Optimizer, TrainingCurve
from backend.contracts.vocabulary import Selection
from tests.workers.handlers.shop import RecordedProgress, Shop
from workers.analysis.checksum import checksum
from workers.analysis.errors import AnalysisError
from workers.handlers import training, training_saving
from workers.handlers.intervals import read_samples
from workers.handlers.regions_read import StoredMasks

Usage = namedtuple("Usage", "total used free")


def region(shop: Shop, selection: Selection = Selection.TOP) -> RegionRequest:
    scores = ScoreSpec(model=shop.model, lines=Lines(corpus="small", start=0, stop=4))
    spec = RegionSpec(scores=scores, languages=("de", "fr"), fraction=0.05)
    return RegionRequest(region=spec, selection=selection)


def request(shop: Shop, **changes: object) -> TrainingRequest:
    given = {
        "model": shop.model,
        "language": "fr",
        "lines": Lines(corpus="small", start=0, stop=6),
        "n_samples": 20,
        "batch_size": 3,
        "optimizer": Optimizer(learning_rate=1e-2, weight_decay=0.1),
        "evaluation": EvaluationSpec(lines=Lines(corpus="small", start=6, stop=8), languages=("fr", "de")),
        "evaluate_at": (4, 12),
        "save_at": (10,),
    }
    return TrainingRequest.model_validate(given | changes)


def place(shop: Shop, asked: TrainingRequest) -> TrainingFolder:
    return TrainingFolder(shop.context.layout.training / shop.key(asked))


def weights(folder: Path | str) -> dict[str, torch.Tensor]:
    return load_file(Path(folder) / "model.safetensors")


def code(shop: Shop, asked: TrainingRequest) -> str:
    with pytest.raises((KnownError, AnalysisError)) as caught:
        shop.answer(asked)
    error = caught.value
    return error.problem.code if isinstance(error, KnownError) else error.code


class Killed(BaseException):
    """What a kill looks like from inside: no `except Exception` sees it."""


class DeadlyProgress(RecordedProgress):
    """Kills the run after so many training steps."""

    def __init__(self, after_steps: int) -> None:
        super().__init__()
        self.left = after_steps

    def track(self, items: Iterable, total: int, unit: str, note: str = "") -> Iterator:
        for item in super().track(items, total, unit, note):
            if unit == "steps":
                if self.left == 0:
                    raise Killed
                self.left -= 1
            yield item


def kill(shop: Shop, asked: TrainingRequest, *, after_steps: int) -> None:
    alive = shop.context
    shop.context = alive._replace(progress=DeadlyProgress(after_steps))  # type: ignore[arg-type]
    with pytest.raises(Killed):
        shop.answer(asked)
    shop.context = alive


@pytest.fixture(scope="module")
def frozen(shop: Shop):
    """A run with the top region frozen, its outcome and its request."""
    asked = request(shop, hold=Hold(region=region(shop)))
    before = checksum(shop.context.host.load(shop.model).model.parameters())
    outcome = shop.answer(asked)
    assert checksum(shop.context.host.load(shop.model).model.parameters()) == before
    return asked, outcome


def test_the_result_tells_the_whole_run(shop: Shop, frozen) -> None:
    asked, outcome = frozen
    summary = outcome.summary
    assert (summary.n_steps, summary.n_samples, summary.n_resumed) == (7, 20, 0)
    assert [one.n_samples for one in summary.evaluations] == [0, 6, 12, 20]
    assert [one.n_samples for one in summary.checkpoints] == [12, 20]
    assert set(summary.evaluations[0].perplexity) == {"fr", "de"}
    assert summary.evaluations[-1].perplexity["fr"] < 0.8 * summary.evaluations[0].perplexity["fr"]
    assert summary.held_identical is True
    assert summary.n_held == sum(
        count.selected for count in shop.context.store.manifest(shop.key(region(shop))).summary.matrices
    )
    stored = TrainingCurve.model_validate_json((shop.context.store.path(shop.key(asked)) / "curve.json").read_bytes())
    assert stored == place(shop, asked).curve()
    assert [step.step for step in stored.steps] == list(range(1, 8))
    assert stored.steps[-1].loss == summary.final_loss < stored.steps[0].loss
    assert not place(shop, asked).states()
    assert outcome.rules["precision"] == "float32"
    assert outcome.seed == 0


def test_a_checkpoint_opens_and_its_frozen_bits_are_those_of_the_model(shop: Shop, frozen) -> None:
    _, outcome = frozen
    last = outcome.summary.checkpoints[-1]
    assert Path(last.source).name == f"{shop.model}-fr-frozen-20"
    opened = shop.answer(OpenModelRequest(source=last.source))
    assert opened.model == last.name
    trained = shop.context.host.load(last.name)
    old, new = weights(shop.model_folder), weights(last.source)
    masks = StoredMasks(shop.context.store.path(shop.key(region(shop))) / "mask.safetensors", trained.views)
    for view in trained.views:
        before, after = (view.canonical(found[view.tensor]).view(torch.int32) for found in (old, new))
        if view.name in masks:
            mask = masks[view.name]
            assert torch.equal(before[mask], after[mask])
            assert (before[~mask] != after[~mask]).double().mean() > 0.9
    assert shop.context.models.named(last.name).tokenizer_hash == shop.context.models.named(shop.model).tokenizer_hash
    assert last.size_bytes == sum(file.stat().st_size for file in Path(last.source).iterdir())


def test_the_last_perplexity_is_that_of_the_checkpoint(shop: Shop, frozen) -> None:
    from backend.contracts.requests import PerplexityRequest

    asked, outcome = frozen
    last = outcome.summary.checkpoints[-1]
    shop.answer(OpenModelRequest(source=last.source))
    rows = shop.answer(PerplexityRequest(model=last.name, evaluation=asked.evaluation)).summary.rows
    assert {row.language: row.perplexity for row in rows} == pytest.approx(outcome.summary.evaluations[-1].perplexity)


def test_a_removed_region_is_zero_in_a_frozen_run_and_grows_back_in_a_free_one(shop: Shop) -> None:
    from workers.families import family_of

    one = region(shop)
    model = shop.context.host.load(shop.model)
    for hold, zeros_left in ((Hold(region=one), True), (None, False)):
        asked = request(shop, remove=one, hold=hold, n_samples=6, evaluate_at=(), save_at=())
        summary = shop.answer(asked).summary
        assert summary.n_removed > 0
        assert (summary.n_held, summary.held_identical) == ((summary.n_removed, True) if hold else (0, None))
        after = weights(summary.checkpoints[-1].source)
        masks = StoredMasks(shop.context.store.path(shop.key(one)) / "mask.safetensors", model.views)
        views = {view.name: view for view in family_of(model.model.config).views(model.model.config)}
        left = torch.cat([views[name].canonical(after[views[name].tensor])[mask] for name, mask in masks.items()])
        assert bool((left == 0).all()) is zeros_left
        name = f"{shop.model}-fr-removed-{'frozen' if hold else 'free'}-6"
        assert Path(summary.checkpoints[-1].source).name == name


def test_a_limited_region_moves_and_says_so(shop: Shop) -> None:
    asked = request(
        shop, hold=Hold(region=region(shop), how="limit", factor=0.5), n_samples=3, evaluate_at=(), save_at=()
    )
    outcome = shop.answer(asked)
    assert outcome.summary.held_identical is None
    assert outcome.summary.n_held > 0
    assert "scaled" in outcome.rules["held"]
    assert Path(outcome.summary.checkpoints[0].source).name.endswith("-fr-limited-3")


@pytest.mark.parametrize("after_steps", [2, 5, 6])
def test_a_killed_run_goes_on_to_the_same_bits(
    shop: Shop, frozen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, after_steps: int
) -> None:
    """Killed before any state, after the one of a checkpoint, or after one by the clock."""
    asked, whole = frozen
    if after_steps == 6:
        monkeypatch.setattr(training, "STATE_SECONDS", 0.0)
        monkeypatch.setattr(training, "_STATE_SHARE", 0)
    expected = weights(whole.summary.checkpoints[-1].source)
    other = Shop(tmp_path)
    again = request(other, hold=Hold(region=region(other)))
    kill(other, again, after_steps=after_steps)
    found = place(other, again)
    assert [path.name for path in found.states()] == {2: [], 5: ["state-12"], 6: ["state-18"]}[after_steps]
    with found.curve_file.open("a") as file:
        file.write('{"steps":{"ste')  # what a kill leaves: half a line, half a folder
    (found.path / ".writing-half").mkdir()
    outcome = other.answer(again)
    assert outcome.summary.n_resumed == int(after_steps > 2)
    ours = weights(outcome.summary.checkpoints[-1].source)
    assert all(torch.equal(ours[name], tensor) for name, tensor in expected.items())
    told = found.curve()
    assert told.steps == place(shop, asked).curve().steps
    assert told.evaluations == whole.summary.evaluations
    assert [one.n_samples for one in told.checkpoints] == [12, 20]
    assert outcome.summary.n_tokens == whole.summary.n_tokens
    assert outcome.summary.held_identical is True
    names = sorted(path.name for path in found.path.iterdir())
    assert names == ["curve.jsonl", f"{other.model}-fr-frozen-12", f"{other.model}-fr-frozen-20"]


def test_a_checkpoint_that_is_saved_again_stays_as_it_was_opened(shop: Shop, frozen) -> None:
    asked, outcome = frozen
    file = Path(outcome.summary.checkpoints[0].source) / "model.safetensors"
    before = file.stat().st_mtime_ns
    shop.context.store.delete(shop.key(asked))
    again = shop.answer(asked)
    assert file.stat().st_mtime_ns == before
    assert [one.source for one in again.summary.checkpoints] == [one.source for one in outcome.summary.checkpoints]


def test_a_state_that_cannot_be_read_means_from_the_beginning(shop: Shop) -> None:
    asked = request(shop, seed=5)
    kill(shop, asked, after_steps=5)
    (state,) = place(shop, asked).states()
    (state / "state.safetensors").write_bytes(b"broken")
    summary = shop.answer(asked).summary
    assert summary.n_resumed == 0
    assert [step.step for step in place(shop, asked).curve().steps] == list(range(1, 8))


def test_a_run_that_diverges_keeps_its_checkpoint_and_shows_where(shop: Shop) -> None:
    asked = request(
        shop, optimizer=Optimizer(learning_rate=1.0, schedule="constant", warmup_share=0), save_at=(3,), seed=1
    )
    real, n_done = training.Trainer.step, 0

    def breaks(trainer: training.Trainer):
        nonlocal n_done
        n_done += 1
        if n_done == 3:
            trainer.model.model.norm.weight.data.fill_(float("nan"))
        return real(trainer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training.Trainer, "step", breaks)
        with pytest.raises(AnalysisError, match="at step 3, with learning rate 1") as caught:
            shop.answer(asked)
    assert caught.value.code == "diverged"
    curve = place(shop, asked).curve()
    assert [step.loss is None for step in curve.steps] == [False, False, True]
    assert [one.n_samples for one in curve.checkpoints] == [3]
    assert not shop.context.store.has(shop.key(asked))


def test_a_disk_that_is_too_small_is_said_before_the_first_step(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10, 9, 1000))
    asked = request(shop, seed=2)
    assert code(shop, asked) == "no_room"
    assert not place(shop, asked).curve().steps


def test_a_run_that_goes_on_needs_no_room_for_what_it_has_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Shop(tmp_path)
    asked = request(other)
    kill(other, asked, after_steps=5)
    loaded, saved = other.context.host.load(other.model), place(other, asked)
    n_parameters = loaded.description.n_parameters
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 0, 20 * n_parameters))
    training_saving.require_room(saved, asked, loaded)
    with pytest.raises(KnownError, match="2 checkpoints and"):
        training_saving.require_room(TrainingFolder(tmp_path / "new"), asked, loaded)


def test_a_disk_that_fills_up_leaves_nothing_half_written(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    asked = request(shop, seed=3)
    with monkeypatch.context() as patch:
        patch.setattr(training_saving, "save_file", full)
        assert code(shop, asked) == "disk_full"
    names = sorted(path.name for path in place(shop, asked).path.iterdir())
    assert names == ["curve.jsonl", "samples-0.json", "samples-12.json", "samples-6.json"]
    assert shop.answer(asked).summary.n_samples == 20


def test_more_samples_than_lines_are_several_passes_and_half_precision_is_told(shop: Shop) -> None:
    asked = request(shop, n_samples=14, dtype="bfloat16", evaluate_at=(), save_at=(), gradient_checkpointing=True)
    outcome = shop.answer(asked)
    assert "masters" in outcome.rules["precision"]
    assert np.isfinite(outcome.summary.final_loss)
    assert weights(outcome.summary.checkpoints[0].source)["model.norm.weight"].dtype == torch.bfloat16
    assert code(shop, request(shop, dtype="float16")) == "unsupported_dtype"


@pytest.mark.parametrize("architecture", ["gpt_neox", "bloom", "gpt2", "gemma3_text"])
def test_checkpoints_of_every_layout_open(architecture: str, tmp_path: Path) -> None:
    shop = Shop(tmp_path, architecture)
    asked = request(shop, hold=Hold(region=region(shop)), n_samples=3, evaluate_at=(), save_at=())
    last = shop.answer(asked).summary.checkpoints[-1]
    assert shop.answer(OpenModelRequest(source=last.source)).model == last.name
    old, new = (dict(shop.context.host.load(name).model.named_parameters()) for name in (shop.model, last.name))
    assert old.keys() == new.keys()
    assert all(not torch.equal(old[name], new[name]) for name in old)


def test_every_evaluation_has_its_interval_against_the_start(shop: Shop) -> None:
    asked = request(shop, seed=11)
    whole = shop.answer(asked).summary.evaluations
    first, *others = whole
    assert first.ratios == {} and len(others) == 3
    result = shop.context.store.path(shop.key(asked))
    start, _ = read_samples(result / "samples-0.json")
    for one in others:
        now, _ = read_samples(result / f"samples-{one.n_samples}.json")
        by_hand = paired_ratios(start, now)
        for language, found in one.ratios.items():
            assert found.ratio == pytest.approx(one.perplexity[language] / first.perplexity[language])
            assert (found.ratio_low, found.ratio_high) == (by_hand[language].low, by_hand[language].high)
            assert found.bits_added == pytest.approx(one.bits_per_byte[language] - first.bits_per_byte[language])
            assert found.resampled == "lines"
