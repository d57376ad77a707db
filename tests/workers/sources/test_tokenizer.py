"""Tokenizers that would count wrongly or not at all: corrected, told, or refused when the model is opened."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import pytest
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.utils import logging as transformers_logging

from backend.contracts.problems import KnownError
from tests.fakes import write_model
from workers.sources import tekken, tokenizer
from workers.sources.listening import listening
from workers.sources.tokenizer import load_tokenizer, notes_on
from workers.sources.weights import tokenizer_hash

RIGHT = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?"
    r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
WRONG = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
HINDI = "मैं हिंदी में लिखता हूँ और यह वाक्य लंबा है"
TEXT = [HINDI, "The year 1987 and 25 more", "größte Straße", "Привет, мир"] * 20


def rule(pattern: str) -> pre_tokenizers.PreTokenizer:
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    return pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


@pytest.fixture(scope="module")
def trained() -> str:
    """A byte-level tokenizer trained by tekken's rule and saved with Llama 3's, filled up to tekken's size."""
    found = Tokenizer(models.BPE())
    found.pre_tokenizer = rule(RIGHT)
    found.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    found.train_from_iterator(
        TEXT,
        trainers.BpeTrainer(
            vocab_size=600, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet, show_progress=False
        ),
    )
    found.pre_tokenizer = rule(WRONG)
    state = json.loads(found.to_str())
    vocabulary = state["model"]["vocab"]
    vocabulary |= {f"Ġzz{number}qq": number for number in range(len(vocabulary), 100_600)}
    return json.dumps(state)


def mistral(
    folder: Path, trained: str, *, version: str = "4.48.0", model_type: str = "mistral", numbers: int = 0
) -> Path:
    """Such a folder; `numbers` tokens of several digits, as Llama 3's vocabulary has."""
    folder.mkdir()
    state = json.loads(trained)
    for number in range(numbers):
        del state["model"]["vocab"][f"Ġzz{100_000 + number}qq"]
        state["model"]["vocab"][str(10 + number)] = 100_000 + number
    (folder / "tokenizer.json").write_text(json.dumps(state))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    (folder / "config.json").write_text(json.dumps({"model_type": model_type, "transformers_version": version}))
    return folder


def n_tokens(one: object, text: str = HINDI) -> int:
    return len(one.encode(text, add_special_tokens=False))  # type: ignore[attr-defined]


def test_a_wrong_split_rule_is_corrected_as_transformers_offers(tmp_path: Path, trained: str) -> None:
    folder = mistral(tmp_path / "nemo", trained)
    with listening() as heard:
        found = load_tokenizer(folder)
    offered = AutoTokenizer.from_pretrained(folder, fix_mistral_regex=True, local_files_only=True)
    assert [found.encode(text) for text in TEXT] == [offered.encode(text) for text in TEXT]
    as_saved = AutoTokenizer.from_pretrained(folder, fix_mistral_regex=False, local_files_only=True)
    assert n_tokens(found) < n_tokens(as_saved)
    assert notes_on(found, folder, n_embeddings=100_600) == [tekken.CORRECTED] and not heard


def test_the_correction_is_part_of_the_hash(tmp_path: Path, trained: str) -> None:
    """The numbers of before were counted by the wrong rule: they must not answer for those of now."""
    old = tokenizer_hash(mistral(tmp_path / "old", trained))
    assert old != tokenizer_hash(mistral(tmp_path / "new", trained, version="5.0.0"))


@pytest.mark.parametrize(
    "given",
    [{"version": "5.1.0"}, {"model_type": "llama"}, {"numbers": 200}],
    ids=["saved by transformers 5", "another architecture", "a vocabulary that groups digits"],
)
def test_a_rule_that_is_right_stays(tmp_path: Path, trained: str, given: dict) -> None:
    folder = mistral(tmp_path / "other", trained, **given)
    saved = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found = load_tokenizer(folder)
    assert [found.encode(text, add_special_tokens=False) for text in TEXT] == [saved.encode(text).ids for text in TEXT]
    assert notes_on(found, folder, n_embeddings=100_600) == ([tekken.LEFT] if given.get("numbers") else [])


# Whole, or refused with the file


def problem(folder: Path) -> tuple[str, str]:
    with pytest.raises(KnownError) as caught:
        load_tokenizer(folder)
    return caught.value.problem.code, f"{caught.value.problem.detail} {caught.value.problem.hint}"


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json"])
@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": "1.0", "model": {"type": "BPE"}}'])
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: str) -> None:
    folder = write_model(tmp_path / "m")
    if name == "tokenizer_config.json" and content.startswith('{"version'):
        pytest.skip("these are settings nobody asks for")
    (folder / name).write_text(content)
    code, detail = problem(folder)
    assert code == "broken_tokenizer" and str(folder) in detail
    if content != '{"version": "1.0", "model": {"type": "BPE"}}':
        assert name in detail


def test_a_cut_tokenizer_is_named(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m")
    whole = (folder / "tokenizer.json").read_bytes()
    (folder / "tokenizer.json").write_bytes(whole[: len(whole) // 2])
    code, detail = problem(folder)
    assert code == "broken_tokenizer" and "tokenizer.json" in detail and "no whole JSON" in detail


def test_sentencepiece_alone_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_model(tmp_path / "m")
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.model").write_bytes(b"\x0a\x05")
    monkeypatch.setattr(tokenizer.importlib.util, "find_spec", lambda name: None)
    code, detail = problem(folder)
    assert code == "no_tokenizer_library" and "pip install sentencepiece" in detail and "tokenizer.json" in detail


def test_vocabulary_without_merges_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", "gpt2")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    (folder / "vocab.json").write_text('{"a": 0, "b": 1}')
    assert problem(folder)[0] == "broken_tokenizer"


def test_code_that_comes_with_a_tokenizer_is_not_run(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m")
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings |= {"tokenizer_class": "Own", "auto_map": {"AutoTokenizer": ["own.Own", None]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    (folder / "own.py").write_text("raise SystemExit('it ran')")
    assert problem(folder)[0] == "broken_tokenizer"
    assert "own" not in sys.modules


# A vocabulary and its embedding


def bytes_with(*tokens: str | AddedToken, folder: Path) -> PreTrainedTokenizerFast:
    found = AutoTokenizer.from_pretrained(write_model(folder))
    found.add_tokens(list(tokens))
    return found


def test_words_beyond_the_embedding_are_refused(tmp_path: Path) -> None:
    found = bytes_with("größe", "ñandú", folder=tmp_path / "m")
    assert notes_on(found, tmp_path, n_embeddings=262) == []
    with pytest.raises(
        KnownError, match=r"2 tokens beyond the model's 260 embeddings, such as 'größe' \(260\)"
    ) as caught:
        notes_on(found, tmp_path, n_embeddings=260)
    assert "resize_token_embeddings" in caught.value.problem.hint


def test_specials_beyond_the_embedding_are_told_but_not_as_an_end_of_text(tmp_path: Path) -> None:
    """`<pad>` added and never trained is harmless: no text becomes it. An EOS is read."""
    found = bytes_with(AddedToken("<more>", special=True), folder=tmp_path / "m")
    (note,) = notes_on(found, tmp_path, n_embeddings=260)
    assert "<more>" in note
    found.eos_token = "<more>"
    with pytest.raises(KnownError, match="<more>"):
        notes_on(found, tmp_path, n_embeddings=260)


def test_a_text_that_does_not_come_back_is_told(tmp_path: Path) -> None:
    letters = {letter: number for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}
    small = Tokenizer(models.BPE(vocab=letters | {"<unk>": 26}, merges=[], unk_token="<unk>"))
    found = PreTrainedTokenizerFast(tokenizer_object=small, unk_token="<unk>")
    assert "their bytes are lost" in notes_on(found, tmp_path, n_embeddings=27)[0]
    nothing = Tokenizer(models.BPE(vocab={"<unk>": 0}, merges=[], unk_token="<unk>"))
    found = PreTrainedTokenizerFast(tokenizer_object=nothing, unk_token="<unk>")
    assert "no token of ordinary text" in notes_on(found, tmp_path, n_embeddings=1)[0]


# What transformers says


def test_warnings_are_heard_once_each_and_said_again_of_the_next_model() -> None:
    log = transformers_logging.get_logger("transformers.test")
    for _ in range(2):
        with listening() as heard:
            log.warning("wrong\n  rule")
            log.warning("wrong rule")
            log.info("nothing")
            log.warning_once("said once in a process")
            warnings.warn("of Python", UserWarning, stacklevel=1)
            warnings.warn("for programmers", FutureWarning, stacklevel=1)
        assert heard == ["wrong rule", "said once in a process", "of Python"]
    log.warning("afterwards")
    assert "afterwards" not in heard
