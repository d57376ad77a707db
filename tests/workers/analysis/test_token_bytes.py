from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from tests.fakes import write_tokenizer
from workers.analysis.token_bytes import TextStream, TokenBytes


@pytest.fixture(scope="module")
def byte_level(tmp_path_factory) -> PreTrainedTokenizerFast:
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return AutoTokenizer.from_pretrained(folder)


@pytest.fixture(scope="module")
def sentencepiece() -> PreTrainedTokenizerFast:
    """As Gemma's and Llama's: ▁ for a space, <0xNN> for the bytes of what the vocabulary lacks."""
    tokens = ["<unk>", "<bos>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", "a", "b", "é", "▁a", "▁▁"]
    merges = [("▁", "a"), ("▁", "▁")]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>", byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([AddedToken("<bos>", special=True)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<bos>")


TEXT = st.text(alphabet=st.sampled_from("ab é ▁\n\tжあ🦜𒀀"), max_size=20)


@pytest.mark.parametrize("kind", ["byte_level", "sentencepiece"])
@given(text=TEXT)
@settings(deadline=None, max_examples=60)
def test_joined_bytes_are_the_decoded_text(kind: str, text: str, byte_level, sentencepiece) -> None:
    tokenizer = {"byte_level": byte_level, "sentencepiece": sentencepiece}[kind]
    token_ids = tokenizer.encode(text, add_special_tokens=False)
    parts = [TokenBytes(tokenizer).of(token_id) for token_id in token_ids]
    assert b"".join(parts).decode() == tokenizer.decode(token_ids)
    stream = TextStream()
    assert "".join(stream.push(part) for part in parts) + stream.finish() == tokenizer.decode(token_ids)


def test_by_hand(byte_level, sentencepiece) -> None:
    assert [TokenBytes(byte_level).of(token_id) for token_id in (0x20, 0xC3, 0xFF)] == [b" ", b"\xc3", b"\xff"]
    assert TokenBytes(byte_level).of(256) == b"<bos>"
    assert TokenBytes(byte_level).of(10_000) == b""
    of = TokenBytes(sentencepiece).of
    assert [of(token_id) for token_id in (2 + 0xE2, 262, 261, 1)] == [b"\xe2", b" a", "é".encode(), b"<bos>"]


WORDS = ("größe", "niño", "đem", "čekat", "ñandú", "für", "été", "Köln", "été ", "ö", "日本", "\u00a0", "a b")
"""Of a vocabulary that was extended: some letters stand for bytes in GPT-2's alphabet (ö is 0xF6), some do not."""


@pytest.mark.parametrize("kind", ["byte_level", "sentencepiece"])
def test_added_words_have_their_own_bytes(kind: str, byte_level, sentencepiece) -> None:
    """transformers' own `decode` gives `gr\\xf6\\xdfe` as broken UTF-8 here."""
    tokenizer = copy.deepcopy({"byte_level": byte_level, "sentencepiece": sentencepiece}[kind])
    tokenizer.add_tokens(list(WORDS))
    of = TokenBytes(tokenizer).of
    for word in WORDS:
        assert of(tokenizer.convert_tokens_to_ids(word)) == word.encode()
    text = "Die größe, été  ñandú, Köln日本 für Ñandú"
    token_ids = tokenizer.encode(text, add_special_tokens=False)
    assert {tokenizer.convert_tokens_to_ids(word) for word in ("größe", "ñandú", "Köln", "日本")} <= set(token_ids)
    assert b"".join(map(of, token_ids)).decode() == text


def test_a_tokenizer_of_another_kind_is_asked_itself() -> None:
    tokenizer = Tokenizer(models.WordLevel({"one": 0, "<unk>": 1}, unk_token="<unk>"))
    assert TokenBytes(PreTrainedTokenizerFast(tokenizer_object=tokenizer)).of(0) == b"one"


def test_a_character_appears_with_its_last_byte_and_broken_ones_are_shown() -> None:
    stream = TextStream()
    assert [stream.push(part) for part in (b"a\xe3", b"\x81", b"\x82")] == ["a", "", "あ"]
    assert stream.push(b"\xe3") == ""
    assert stream.push(b"b") == "\ufffdb"
    assert stream.push(b"\xff") == "\ufffd"
    assert stream.push(b"\xf0\x9f") == ""
    assert stream.finish() == "\ufffd"
    assert TextStream().finish() == ""
