"""The models a worker holds: loaded once, given up in order, never the wrong weights."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from backend.artifacts.models import ModelEntries, fingerprint, inodes
from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import Dtype
from tests.fakes import write_model
from workers import devices, model_host
from workers.model_host import ModelHost
from workers.sources import loading
from workers.sources.found import Found
from workers.sources.opening import describe


@pytest.fixture
def entries(tmp_path: Path) -> ModelEntries:
    found = ModelEntries(tmp_path / "models")
    for name, seed in (("one", 1), ("two", 2)):
        folder = write_model(tmp_path / name, seed=seed)
        found.save(describe(Found(folder), name=name, source=str(folder)))
    return found


def host(entries: ModelEntries, **options: int) -> ModelHost:
    return ModelHost(entries, device="cpu", **options)


def code_of(entries: ModelEntries, name: str, **options: int) -> str:
    with pytest.raises(KnownError) as caught:
        host(entries, **options).load(name)
    assert caught.value.problem.hint
    return caught.value.problem.code


def test_a_model_is_loaded_once_and_is_the_one_of_its_files(entries: ModelEntries) -> None:
    worker = host(entries)
    loaded = worker.load("one")
    assert worker.load("one").model is loaded.model
    stored = load_file(Path(loaded.description.folder) / "model.safetensors")
    for name, parameter in loaded.model.named_parameters():
        assert torch.equal(parameter, stored[name])
        assert not parameter.requires_grad
    assert not loaded.model.training
    assert (loaded.device, loaded.dtype) == ("cpu", "float32")
    assert worker.report().resident_models == ("one",)


def test_edits_in_memory_never_reach_the_files(entries: ModelEntries) -> None:
    loaded = host(entries).load("one")
    file = Path(loaded.description.folder) / "model.safetensors"
    before = file.read_bytes()
    with torch.no_grad():
        loaded.model.get_input_embeddings().weight.zero_()
    assert file.read_bytes() == before


def test_the_longest_unused_model_is_given_up_first(entries: ModelEntries) -> None:
    size = host(entries).load("one").n_bytes
    worker = host(entries, max_bytes=int(2.5 * size))
    worker.load("one"), worker.load("two"), worker.load("one")
    worker.load("two", Dtype.BFLOAT16)
    assert worker.report().resident_models == ("two", "one", "two")
    worker.load("one", Dtype.FLOAT16)
    assert worker.report().resident_models == ("one", "two", "one")


def test_a_model_larger_than_the_bound_is_held_alone(entries: ModelEntries) -> None:
    worker = host(entries, max_bytes=1)
    worker.load("one"), worker.load("two")
    assert worker.report().resident_models == ("two",)


def test_dtypes_are_models_of_their_own(entries: ModelEntries) -> None:
    worker = host(entries)
    assert worker.load("one", Dtype.BFLOAT16).model.dtype is torch.bfloat16
    assert worker.load("one").model.dtype is torch.float32


def test_release_gives_up_everything(entries: ModelEntries) -> None:
    worker = host(entries)
    first = worker.load("one").model
    worker.release()
    assert worker.report().resident_models == ()
    assert worker.load("one").model is not first


def test_other_files_under_the_same_name_are_loaded_anew(entries: ModelEntries, tmp_path: Path) -> None:
    worker = host(entries)
    first = worker.load("one")
    shutil.rmtree(tmp_path / "one")
    folder = write_model(tmp_path / "one", seed=9)
    with pytest.raises(KnownError, match="changed"):
        worker.load("one")
    entries.save(describe(Found(folder), name="one", source=str(folder)))
    second = worker.load("one")
    assert not torch.equal(first.model.lm_head.weight, second.model.lm_head.weight)
    assert worker.report().resident_models == ("one",)


def test_models_that_are_not_there_have_their_own_answers(entries: ModelEntries, tmp_path: Path) -> None:
    assert code_of(entries, "nobody") == "unknown_model"
    shutil.rmtree(tmp_path / "one")
    assert code_of(entries, "one") == "model_vanished"
    os.utime(tmp_path / "two" / "model.safetensors", ns=(0, 0))
    assert code_of(entries, "two") == "model_changed"


def test_weights_that_were_cleaned_out_of_a_cache_are_told(entries: ModelEntries, tmp_path: Path) -> None:
    """The hub's cache has links to its files, which stay behind when only these are deleted."""
    weights = tmp_path / "one" / "model.safetensors"
    weights.unlink()
    weights.symlink_to(tmp_path / "nowhere")
    assert code_of(entries, "one") == "model_vanished"
    (tmp_path / "two" / "extra.json").symlink_to(tmp_path / "nowhere")
    assert code_of(entries, "two") == "model_changed"


def test_a_missing_tensor_is_an_error_not_a_random_matrix(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    entries = ModelEntries(tmp_path / "models")
    entry = describe(Found(folder), name="tiny", source=str(folder))
    stored = load_file(folder / "model.safetensors")
    del stored["model.layers.1.mlp.up_proj.weight"]
    save_file(stored, folder / "model.safetensors")
    entries.save(entry.model_copy(update={"fingerprint": fingerprint(folder), "inodes": inodes(folder)}))
    assert code_of(entries, "tiny") == "incomplete_weights"


def test_a_model_too_big_is_told_with_numbers(entries: ModelEntries, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = host(entries)
    with pytest.raises(KnownError, match="GB") as caught:
        worker.require_room(10**13)
    assert caught.value.problem.code == "model_too_big"
    monkeypatch.setattr(devices, "memory", lambda device: (1000, 2000))
    assert code_of(entries, "one", max_bytes=10**9) == "model_too_big"


def test_weights_that_spilled_off_the_gpus_are_refused(entries: ModelEntries, monkeypatch: pytest.MonkeyPatch) -> None:
    """accelerate puts on the processor or the disk what it cannot place, and hooks bring it back for each pass."""
    load = loading.AutoModelForCausalLM.from_pretrained

    def spilled(*args: object, **options: object) -> object:
        model, told = load(*args, **options)
        model.model.layers[1].to("meta")
        return model, told

    monkeypatch.setattr(loading.AutoModelForCausalLM, "from_pretrained", spilled)
    assert code_of(entries, "one") == "model_too_big"


def test_what_earlier_jobs_left_is_given_back_before_a_model_is_called_too_big(
    entries: ModelEntries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory that torch keeps for later use does not count as free."""
    free = [1000]
    monkeypatch.setattr(devices, "memory", lambda device: (free[0], 10**9))
    monkeypatch.setattr(model_host, "_collect", lambda: free.append(free.pop() * 1000))
    host(entries).require_room(100_000)


def test_room_is_made_before_a_model_is_refused(entries: ModelEntries, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = host(entries)
    one = worker.load("one")
    free = iter([1000, 10 * one.n_bytes])
    monkeypatch.setattr(devices, "memory", lambda device: (next(free), 10**9))
    worker.load("two")
    monkeypatch.undo()
    assert worker.report().resident_models == ("two",)


def test_a_device_that_is_not_there_is_told(entries: ModelEntries) -> None:
    with pytest.raises(KnownError) as caught:
        ModelHost(entries, device="cuda:99")
    assert caught.value.problem.code == "unknown_device"


def test_a_container_has_the_memory_that_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its limit the kernel kills the worker, however much the machine has."""
    monkeypatch.setattr(devices, "_CONTROL_GROUP", tmp_path)
    machine = devices.memory("cpu")[1]
    (tmp_path / "memory.current").write_text("900000\n")
    (tmp_path / "memory.stat").write_text("anon 500000\ninactive_file 300000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert devices.memory("cpu")[1] == machine
    (tmp_path / "memory.max").write_text("1000000\n")
    assert devices.memory("cpu") == (400_000, 1_000_000)


def test_a_gpu_that_only_imitates_bfloat16_computes_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch says that a V100 or a T4 has it, and converts to float32 and back for each product."""
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    assert devices.dtype_of(Dtype.AUTO, "cuda:0") is torch.float32
    assert devices.dtype_of(Dtype.BFLOAT16, "cuda:0") is torch.bfloat16


def test_across_gpus_only_when_none_alone_has_room(monkeypatch: pytest.MonkeyPatch) -> None:
    free = {"cuda:0": 10, "cuda:1": 30}
    monkeypatch.setattr(devices, "candidates", lambda setting: tuple(free))
    monkeypatch.setattr(devices, "memory", lambda device: (free[device], 100))
    assert devices.place("auto", 20) == devices.Placement({"": "cuda:1"}, "cuda:1")
    assert devices.place("auto", 35) == devices.Placement("auto", "cuda:0,1")
    with pytest.raises(KnownError, match="cuda:1 has"):
        devices.place("auto", 60)
    assert devices.place("auto", 60, held={"cuda:0": 60}).device == "cuda:0"
