"""Folders and GGUF files as sources: what is accepted, and the clear answer to everything else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from backend.artifacts.layout import Layout
from backend.contracts.problems import KnownError
from tests.fakes import write_model
from tests.workers.sources.given import write_gguf
from workers.analysis.errors import AnalysisError
from workers.sources import told
from workers.sources.find import find
from workers.sources.found import Found
from workers.sources.gguf import convert
from workers.sources.opening import describe, read_config


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The one folder that models may be read from."""
    (tmp_path / "allowed").mkdir()
    return tmp_path / "allowed"


def found(root: Path, source: object, revision: str | None = None) -> Found:
    return find(str(source), revision, layout=Layout(root.parent / "data"), roots=(root,))


def problem_of(root: Path, source: object, revision: str | None = None) -> str:
    with pytest.raises(KnownError) as caught:
        found(root, source, revision)
    assert caught.value.problem.hint
    return caught.value.problem.code


def test_a_folder_is_found_where_it_lies(root: Path) -> None:
    folder = write_model(root / "tiny")
    assert found(root, folder).folder == folder


def test_a_folder_outside_the_roots_is_refused_whether_it_exists_or_not(root: Path, tmp_path: Path) -> None:
    write_model(tmp_path / "elsewhere")
    (root / "link").symlink_to(tmp_path / "elsewhere")
    assert problem_of(root, tmp_path / "elsewhere") == "outside_model_roots"
    assert problem_of(root, tmp_path / "nothing") == "outside_model_roots"
    assert problem_of(root, root / "link") == "outside_model_roots"
    assert problem_of(root, root / ".." / "elsewhere") == "outside_model_roots"


def test_pickles_are_never_read(root: Path) -> None:
    folder = write_model(root / "tiny")
    (folder / "model.safetensors").unlink()
    assert problem_of(root, folder) == "no_weights"
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04")
    assert problem_of(root, folder) == "pickle_only"


def test_a_folder_without_config_or_without_anything_is_no_model(root: Path) -> None:
    folder = write_model(root / "tiny")
    (folder / "config.json").unlink()
    assert problem_of(root, folder) == "no_model_config"
    assert problem_of(root, root / "nothing") == "model_not_found"
    assert problem_of(root, root / "nothing.gguf") == "model_not_found"


def test_what_is_no_source_is_refused(root: Path) -> None:
    assert problem_of(root, "gemma") == "bad_source"
    assert problem_of(root, "./here") == "bad_source"
    assert problem_of(root, "demo:other") == "bad_source"
    assert problem_of(root, root / "tiny", "main") == "bad_source"


def test_a_shard_that_the_index_names_must_be_there(root: Path) -> None:
    folder = write_model(root / "tiny")
    os.rename(folder / "model.safetensors", folder / "model-00001-of-00002.safetensors")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert problem_of(root, folder) == "incomplete_weights"


def test_a_cut_weights_file_is_told(root: Path) -> None:
    folder = write_model(root / "tiny")
    os.truncate(folder / "model.safetensors", 20_000)
    with pytest.raises(KnownError) as caught:
        describe(Found(folder), name="tiny", source=str(folder))
    assert caught.value.problem.code == "incomplete_weights"


def test_code_that_comes_with_a_model_is_not_run(root: Path) -> None:
    folder = write_model(root / "tiny")
    config = json.loads((folder / "config.json").read_text()) | {
        "model_type": "own",
        "auto_map": {"AutoConfig": "own.Config"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(KnownError) as caught:
        read_config(folder)
    assert caught.value.problem.code == "unsupported_architecture"


def test_quantized_and_foreign_architectures_are_refused_by_their_config(root: Path) -> None:
    folder = write_model(root / "tiny")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"quantization_config": {"quant_method": "gptq"}}))
    with pytest.raises(KnownError) as quantized:
        read_config(folder)
    assert quantized.value.problem.code == "quantized_weights"
    (folder / "config.json").write_text(json.dumps(config | {"dtype": "mxfp4"}))
    with pytest.raises(KnownError, match="mxfp4"):
        read_config(folder)
    (folder / "config.json").write_text(json.dumps({"model_type": "t5"}))
    with pytest.raises(AnalysisError) as foreign:
        read_config(folder)
    assert foreign.value.code == "unsupported_architecture"


@pytest.mark.parametrize("prefix", ["", "language_model."])
def test_matrices_are_found_under_another_prefix(root: Path, prefix: str) -> None:
    folder = write_model(root / "tiny", "gpt2")
    stored = load_file(folder / "model.safetensors")
    names = {name: prefix + (name if prefix else name.removeprefix("transformer.")) for name in stored}
    save_file({names[name]: tensor for name, tensor in stored.items()}, folder / "model.safetensors")
    described = describe(Found(folder), name="tiny", source=str(folder))
    view = next(matrix for matrix in described.matrices if matrix.name == "1.mlp.up")
    assert view.tensor == names["transformer.h.1.mlp.c_fc.weight"]
    assert described.n_parameters == sum(tensor.numel() for tensor in stored.values())


def test_the_hash_names_the_weights(root: Path) -> None:
    folder = write_model(root / "tiny")
    copy = write_model(root / "copy")
    first = describe(Found(folder), name="tiny", source=str(folder))
    assert describe(Found(copy), name="copy", source=str(copy)).weights_hash == first.weights_hash


def test_weights_are_checked_by_content_when_they_are_opened(root: Path) -> None:
    folder = write_model(root / "tiny")
    path, state = folder / "model.safetensors", os.stat(folder / "model.safetensors")
    first = describe(Found(folder), name="tiny", source=str(folder))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    again = describe(Found(folder), name="tiny", source=str(folder))
    assert again.fingerprint == first.fingerprint
    assert again.weights_hash != first.weights_hash


def test_a_download_whose_bytes_are_not_those_of_its_name_is_refused(root: Path) -> None:
    folder = write_model(root / "tiny")
    hashes = {"model.safetensors": "0" * 64}
    with pytest.raises(KnownError) as caught:
        describe(Found(folder, hashes=hashes), name="tiny", source=str(folder))
    assert caught.value.problem.code == "damaged_weights"
    true = describe(Found(folder), name="tiny", source=str(folder)).weights_hash
    described = describe(Found(folder, hashes={"model.safetensors": true}), name="tiny", source=str(folder))
    assert described.weights_hash == true


def test_weights_that_are_written_while_they_are_read_are_refused(root: Path) -> None:
    folder = write_model(root / "tiny")

    def writing(items, total, unit, note=""):
        (folder / "generation_config.json").write_text('{"eos_token_id": 3}')
        return iter(items)

    with pytest.raises(KnownError) as caught:
        describe(Found(folder), name="tiny", source=str(folder), track=writing)
    assert caught.value.problem.code == "input_changed"


def test_a_folder_without_tokenizer_is_told(root: Path) -> None:
    folder = write_model(root / "tiny")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(KnownError) as caught:
        describe(Found(folder), name="tiny", source=str(folder))
    assert caught.value.problem.code == "no_tokenizer"


def test_a_gguf_file_gives_what_transformers_makes_of_it(root: Path) -> None:
    file = write_gguf(root / "tiny.gguf")
    folder = found(root, file).folder
    ours = load_file(folder / "model.safetensors")
    theirs = AutoModelForCausalLM.from_pretrained(root, gguf_file=file.name, dtype=torch.float32)
    assert set(ours) == {name for name, _ in theirs.named_parameters()}
    for name, parameter in theirs.named_parameters():
        assert torch.equal(ours[name], parameter.detach()), name
    read = AutoTokenizer.from_pretrained(folder)
    named = AutoTokenizer.from_pretrained(root, gguf_file=file.name)
    assert read.encode("the t é 复") == named.encode("the t é 复")
    assert describe(found(root, file), name="tiny", source=str(file)).shape.vocabulary_size == 260
    loaded = AutoModelForCausalLM.from_pretrained(folder)
    assert not hasattr(loaded.config, "quantization_config")


def test_a_gguf_file_is_converted_once_and_again_when_it_changes(root: Path) -> None:
    file = write_gguf(root / "tiny.gguf")
    first = found(root, file)
    written = os.stat(first.folder / "model.safetensors").st_mtime_ns
    assert found(root, file) == first
    assert os.stat(first.folder / "model.safetensors").st_mtime_ns == written
    os.utime(file, ns=(0, 0))
    again = found(root, file)
    assert os.stat(again.folder / "model.safetensors").st_mtime_ns != written
    assert [path.name for path in first.folder.parent.iterdir()] == [first.folder.name]


def test_a_hash_taken_while_writing_is_the_file_s(root: Path) -> None:
    file = write_gguf(root / "tiny.gguf")
    converted = found(root, file)
    quick = describe(converted, name="tiny", source=str(file)).weights_hash
    assert quick == describe(Found(converted.folder), name="tiny", source=str(file)).weights_hash


def test_broken_gguf_files_are_told(root: Path) -> None:
    (root / "text.gguf").write_text("no model at all, but long enough to hold a header")
    assert problem_of(root, root / "text.gguf") == "unreadable_gguf"
    whole = write_gguf(root / "whole.gguf").read_bytes()
    (root / "cut.gguf").write_bytes(whole[: len(whole) // 2])
    assert problem_of(root, root / "cut.gguf") == "unreadable_gguf"
    (root / "head.gguf").write_bytes(whole[:300])
    assert problem_of(root, root / "head.gguf") == "unreadable_gguf"
    lacking = write_gguf(root / "lacking.gguf", drop="model.layers.1.mlp.up_proj.weight")
    assert problem_of(root, lacking) == "incomplete_weights"


def test_a_conversion_that_is_stopped_leaves_nothing(root: Path) -> None:
    file = write_gguf(root / "tiny.gguf")

    def stopped(items: object, total: int, unit: str, note: str = "") -> object:
        del items, total, unit, note
        raise KeyboardInterrupt

    target = root / "converted"
    with pytest.raises(KeyboardInterrupt):
        convert(file, target, track=stopped)  # type: ignore[arg-type]
    assert sorted(path.name for path in root.iterdir()) == ["tiny.gguf"]


def test_a_model_too_big_is_refused_before_anything_heavy(root: Path) -> None:
    """Neither converted nor hashed."""

    def fits(n_parameters: int) -> None:
        raise KnownError("model_too_big", str(n_parameters))

    file, folder = write_gguf(root / "tiny.gguf"), write_model(root / "tiny")
    with pytest.raises(KnownError, match="32160"):
        find(str(file), None, layout=Layout(root.parent / "data"), roots=(root,), fits=fits)
    assert not (root.parent / "data" / "models").exists()
    with pytest.raises(KnownError, match="32160"):
        describe(Found(folder), name="tiny", source=str(folder), fits=fits, track=lambda *told: pytest.fail("hashed"))


def test_configuration_and_tokenizer_are_told_for_people(root: Path) -> None:
    folder = write_model(root / "tiny", "gemma3_text", rope_theta=5000.0)
    described = describe(Found(folder), name="tiny", source=str(folder))
    assert described.config["hidden_size"] == 32 and "rope_parameters" in described.config
    assert "transformers_version" not in described.config
    assert described.tokenizer["bos_rule"] == "every sample starts with <bos>"
    settings = json.loads((folder / "tokenizer_config.json").read_text()) | {"bos_token": {"content": "<s>"}}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    assert told.tokenizer(folder)["bos_token"] == "<s>"
    (folder / "tokenizer_config.json").write_text("not JSON")
    assert told.tokenizer(folder)["bos_rule"].startswith("none")
