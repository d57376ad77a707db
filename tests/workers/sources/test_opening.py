"""What opens runs, and what would not run is refused when it is opened: as a problem of the model, with its reason."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import gguf
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import EvaluationSpec, Lines, OpenModelRequest, PerplexityRequest
from backend.contracts.results import OpenedModel
from tests.fakes import write_model
from tests.workers.handlers.shop import Shop
from tests.workers.sources.given import write_gguf
from workers import model_host
from workers.analysis.batches import encode
from workers.analysis.errors import AnalysisError
from workers.failures import known
from workers.families import FAMILIES

Tensors = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(autouse=True)
def no_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second each in a process full of tests."""
    monkeypatch.setattr(model_host, "_collect", lambda: None)


@pytest.fixture
def folder(shop: Shop, tmp_path: Path) -> Path:
    """A place for a model below the allowed root."""
    return shop.model_folder.parent / tmp_path.name


def opened(shop: Shop, source: Path) -> ModelDescription:
    summary = shop.answer(OpenModelRequest(source=str(source))).summary
    assert isinstance(summary, OpenedModel)
    return summary.description


def refused(shop: Shop, source: Path) -> tuple[str, str]:
    """(code, detail and hint), as the job would end with."""
    with pytest.raises((KnownError, AnalysisError)) as caught:
        opened(shop, source)
    problem = known(caught.value).problem
    assert problem.hint and "fault of the atlas" not in problem.hint
    assert source.name in problem.detail
    return problem.code, f"{problem.detail} {problem.hint}"


def perplexity(shop: Shop, model: str) -> float:
    lines = Lines(corpus="small", start=0, stop=4)
    summary = shop.answer(
        PerplexityRequest(model=model, evaluation=EvaluationSpec(lines=lines, languages=("de",)))
    ).summary
    return summary.rows[0].perplexity


def rewritten(folder: Path, change: Callable[[Tensors], Tensors], **config: object) -> Path:
    """A tiny Llama with other tensors in its file."""
    write_model(folder, **config)
    stored = load_file(folder / "model.safetensors")
    save_file(change(stored), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def configured(folder: Path, **changes: object) -> Path:
    if not folder.exists():
        write_model(folder)
    settings = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(settings))
    return folder


@pytest.mark.parametrize("tried_bytes", [1, 1e9])
def test_every_architecture_opens_and_is_tried(shop: Shop, folder: Path, monkeypatch, tried_bytes: float) -> None:
    monkeypatch.setattr(model_host, "TRIED_BYTES", tried_bytes)
    for architecture in (name for family in FAMILIES for name in family.architectures):
        described = opened(shop, write_model(folder / architecture, architecture))
        assert described.warnings == ()


def test_what_was_opened_is_held_for_the_next_job(shop: Shop, folder: Path) -> None:
    described = opened(shop, write_model(folder))
    assert described.name in shop.context.host.report().resident_models


# Embedding and head: one matrix or two


def only_head(stored: Tensors) -> Tensors:
    return {"lm_head.weight" if "embed_tokens" in name else name: tensor for name, tensor in stored.items()}


def another_head(stored: Tensors) -> Tensors:
    return stored | {"lm_head.weight": stored["model.embed_tokens.weight"].flip(0).contiguous()}


def same_head(stored: Tensors) -> Tensors:
    return stored | {"lm_head.weight": stored["model.embed_tokens.weight"].clone()}


def test_one_matrix_under_the_head_s_name_is_the_same_model(shop: Shop, folder: Path) -> None:
    truth = opened(shop, write_model(folder / "plain", tie_word_embeddings=True))
    found = opened(shop, rewritten(folder / "head", only_head, tie_word_embeddings=True))
    assert next(matrix.tensor for matrix in found.matrices if matrix.kind == "embed.token") == "lm_head.weight"
    assert found.n_parameters == truth.n_parameters
    assert perplexity(shop, found.name) == perplexity(shop, truth.name)


def test_two_matrices_that_differ_are_two(shop: Shop, folder: Path) -> None:
    """Whatever the config says; transformers computes with both."""
    tied = opened(shop, write_model(folder / "plain", tie_word_embeddings=True))
    found = opened(shop, rewritten(folder / "two", another_head, tie_word_embeddings=True))
    assert found.n_parameters == tied.n_parameters + 260 * 32
    assert [matrix.tensor for matrix in found.matrices if matrix.kind == "head"] == ["lm_head.weight"]
    configured(rewritten(folder / "truth", another_head, tie_word_embeddings=True), tie_word_embeddings=False)
    assert perplexity(shop, found.name) == perplexity(shop, opened(shop, folder / "truth").name)


def test_two_matrices_that_are_equal_are_one(shop: Shop, folder: Path) -> None:
    found = opened(shop, rewritten(folder, same_head, tie_word_embeddings=True))
    assert not [matrix for matrix in found.matrices if matrix.kind == "head"]


# Names


@pytest.mark.parametrize("architecture", ["llama", "gemma3_text", "gpt2", "gpt_neox"])
@pytest.mark.parametrize("prefix", ["language_model.", "model.language_model."])
def test_a_prefix_is_left_out(shop: Shop, folder: Path, prefix: str, architecture: str) -> None:
    truth = opened(shop, write_model(folder / "plain", architecture))
    write_model(folder / "prefixed", architecture)
    stored = load_file(folder / "prefixed" / "model.safetensors")
    vision = {"vision_tower.weight": torch.zeros(2)}
    save_file(
        {prefix + name: tensor for name, tensor in stored.items()} | vision, folder / "prefixed" / "model.safetensors"
    )
    found = opened(shop, folder / "prefixed")
    assert perplexity(shop, found.name) == perplexity(shop, truth.name)


def test_weights_below_two_names_are_refused(shop: Shop, folder: Path) -> None:
    rewritten(folder, lambda stored: {("a." if "0" in name else "b.") + name: t for name, t in stored.items()})
    code, detail = refused(shop, folder)
    assert code == "incomplete_weights" and "a., b." in detail


def test_one_file_of_any_name_is_told_how_to_be_called(shop: Shop, folder: Path) -> None:
    (write_model(folder) / "model.safetensors").rename(folder / "weights.safetensors")
    code, detail = refused(shop, folder)
    assert code == "incomplete_weights" and "Rename it to model.safetensors" in detail


@pytest.mark.parametrize(
    "index", ["", "{", "[]", "{}", '{"weight_map": []}', '{"weight_map": {}}', '{"weight_map": {"a": 3}}']
)
def test_a_broken_index_is_told(shop: Shop, folder: Path, index: str) -> None:
    (write_model(folder) / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    (folder / "model.safetensors.index.json").write_text(index)
    code, detail = refused(shop, folder)
    assert code == "incomplete_weights" and "model.safetensors.index.json" in detail


# Configurations


@pytest.mark.parametrize(
    "changes",
    [
        {"num_attention_heads": 5},
        {"hidden_size": "32"},
        {"hidden_size": 33},
        {"vocab_size": None},
        {"num_key_value_heads": 3},
        {"layer_types": ["x"]},
        {"hidden_act": "nope"},
        {"pad_token_id": 9999},
        {"rope_parameters": {"rope_type": "nope", "rope_theta": 1e4}},
        {"rope_parameters": {"rope_type": "yarn"}},
        {"rope_parameters": 3},
        {"num_hidden_layers": 1},
        {"num_hidden_layers": -1},
        {"num_hidden_layers": 3},
        {"intermediate_size": 40},
        {"rms_norm_eps": None},
        {"model_type": "qwen2"},
        {"model_type": None},
        {"model_type": 3},
    ],
    ids=str,
)
def test_a_config_that_transformers_refuses_or_that_is_of_another_model(
    shop: Shop, folder: Path, changes: dict
) -> None:
    code, _ = refused(shop, configured(folder, **changes))
    assert code in {
        "unsupported_architecture", "incomplete_weights", "weights_left_over", "unloadable_model", "does_not_run",
        "broken_model_file",
    }  # fmt: skip


@pytest.mark.parametrize("tried_bytes", [1, 1e9])
@pytest.mark.parametrize("name", ["model.layers.0.mlp.up_proj.bias", "model.layers.7.mlp.up_proj.weight"])
def test_weights_of_layers_that_would_not_be_read(
    shop: Shop, folder: Path, monkeypatch, name: str, tried_bytes
) -> None:
    monkeypatch.setattr(model_host, "TRIED_BYTES", tried_bytes)
    code, detail = refused(shop, rewritten(folder, lambda stored: stored | {name: torch.ones(48)}))
    assert code == "weights_left_over" and name in detail


@pytest.mark.parametrize("name", ["config.json", "generation_config.json", "tokenizer_config.json"])
@pytest.mark.parametrize("content", ["", '{"max_le', "[1]", "null", "[" * 100_000])
def test_a_cut_file_of_settings_is_named(shop: Shop, folder: Path, name: str, content: str) -> None:
    write_model(folder)
    (folder / name).write_text(content)
    code, detail = refused(shop, folder)
    assert code == "broken_model_file" and str(folder / name) in detail


@pytest.mark.parametrize(
    "architectures",
    [["LlamaModel"], ["LlamaForSequenceClassification"], ["LlamaForTokenClassification"], ["MistralModel"], ["Own"]],
)
def test_what_has_no_head_for_words_is_no_language_model(shop: Shop, folder: Path, architectures: list[str]) -> None:
    """A reward model, a classifier, an embedding model."""
    code, detail = refused(shop, configured(folder, architectures=architectures))
    assert code == "not_a_language_model" and architectures[0] in detail


def test_a_config_without_architectures_opens(shop: Shop, folder: Path) -> None:
    assert opened(shop, configured(folder, architectures=None)).architecture == "llama"


@pytest.mark.parametrize("name", ["modules.json", "config_sentence_transformers.json"])
def test_sentence_embeddings_are_refused(shop: Shop, folder: Path, name: str) -> None:
    (write_model(folder) / name).write_text("[]")
    assert refused(shop, folder)[0] == "not_a_language_model"


def test_text_that_is_read_from_both_sides_is_refused(shop: Shop, folder: Path) -> None:
    write_model(folder, "gemma3_text", use_bidirectional_attention=True)
    assert refused(shop, folder)[0] == "not_a_language_model"


@pytest.mark.parametrize("whole", [True, False])
def test_an_adapter_is_told_how_to_be_merged(shop: Shop, folder: Path, whole: bool) -> None:
    write_model(folder)
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "org/base", "peft_type": "LORA"}')
    if not whole:
        (folder / "config.json").unlink()
        (folder / "model.safetensors").rename(folder / "adapter_model.safetensors")
    code, detail = refused(shop, folder)
    assert code == "adapter_only" and "merge_and_unload" in detail


def test_logits_that_are_no_numbers_are_told(shop: Shop, folder: Path) -> None:
    rewritten(folder, lambda stored: stored | {"model.norm.weight": torch.full((32,), torch.nan)})
    (warning,) = opened(shop, folder).warnings
    assert "no finite numbers" in warning


def test_an_error_of_the_machine_stays_one(shop: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little memory is no fault of the model."""
    from workers.sources import loading

    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(loading.AutoModelForCausalLM, "from_pretrained", full)
    with pytest.raises(torch.OutOfMemoryError):
        opened(shop, write_model(folder))


def test_a_refused_model_is_not_in_the_catalogue(shop: Shop, folder: Path) -> None:
    before = {entry.name for entry in shop.context.models.all()}
    with pytest.raises(KnownError):
        opened(shop, configured(folder, hidden_act="nope"))
    assert {entry.name for entry in shop.context.models.all()} == before


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", "tokenizer_config.json"])
def test_a_pointer_of_git_is_told_what_to_fetch(shop: Shop, folder: Path, name: str) -> None:
    write_model(folder)
    (folder / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 1073741824\n")
    code, detail = refused(shop, folder)
    assert code == "lfs_pointer" and str(folder / name) in detail and "git lfs pull" in detail


def test_words_beyond_the_embedding_are_known_at_opening(shop: Shop, folder: Path) -> None:
    write_model(folder)
    found = AutoTokenizer.from_pretrained(folder)
    found.add_tokens(["größe", "ñandú"])
    found.save_pretrained(folder)
    code, detail = refused(shop, folder)
    assert code == "token_beyond_embedding" and "größe" in detail


def test_what_transformers_warns_of_is_part_of_the_description(shop: Shop, folder: Path) -> None:
    rewritten(folder, lambda stored: stored | {"score.weight": torch.zeros(1, 32)})
    (warning,) = opened(shop, folder).warnings
    assert "score.weight" in warning


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_bits_per_byte_of_added_words_are_those_of_the_words(shop: Shop, folder: Path, architecture: str) -> None:
    """Without BOS the first word is not predicted, and its bytes do not count."""
    write_model(folder, architecture, vocab_size=262)
    found = AutoTokenizer.from_pretrained(folder)
    found.add_tokens(["größe", "ñandú"])
    found.save_pretrained(folder)
    described = opened(shop, folder)
    loaded = shop.context.host.load(described.name)
    for text in ("größe und ñandú", "ñandú größe"):
        first, *rest = encode(loaded.tokenizer, text, bos=False, eos=False)
        expected = len(text.encode()) - len(loaded.tokenizer.decode([first]).encode())
        if first >= 260:
            expected = len(text.encode()) - len(text.split()[0].encode())
        assert sum(len(loaded.token_bytes.of(number)) for number in rest) == expected


# GGUF


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (struct.pack(">4sI", b"GGUF", 3), "big-endian"),
        (struct.pack("<4sI", b"GGUF", 4), "version 4"),
        (struct.pack("<4sI", b"GGUF", 1), "version 1"),
        (struct.pack("<4sI", b"GGML", 3), "no whole GGUF"),
    ],
)
def test_a_gguf_file_of_another_kind_says_which(shop: Shop, folder: Path, start: bytes, told: str) -> None:
    file = write_gguf(folder / "tiny.gguf")
    file.write_bytes(start + file.read_bytes()[8:])
    with pytest.raises(KnownError, match=told) as caught:
        opened(shop, file)
    assert caught.value.problem.code == "unreadable_gguf" and caught.value.problem.hint


def test_a_part_of_a_split_model_says_how_to_join_it(shop: Shop, folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(gguf.GGUFWriter, "add_block_count", lambda self, n: self.add_uint16("split.count", 3))
    with pytest.raises(KnownError, match="one of 3 parts") as caught:
        opened(shop, write_gguf(folder / "tiny-00001-of-00003.gguf"))
    assert "--merge" in caught.value.problem.hint


def test_capitals_are_a_gguf_file_too(shop: Shop, folder: Path) -> None:
    assert opened(shop, write_gguf(folder / "tiny.GGUF")).n_parameters == 32160
