"""Bytes behind token ids, and the text they complete. Broken UTF-8 is the finding: never hidden.

Knows how byte-level BPE and SentencePiece with byte fallback write bytes as tokens; no models.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from transformers import PreTrainedTokenizerBase

_FALLBACK = re.compile(r"<0x([0-9A-Fa-f]{2})>")


class TokenBytes:
    """The bytes of each token, so that the bytes of a text are those of its tokens joined."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        decoders = {part["type"]: part for part in _decoders(tokenizer)}
        self._byte_level = "ByteLevel" in decoders
        self._fallback = "ByteFallback" in decoders
        self._space = _space_mark(decoders)
        # Added tokens are written as they are; `größe` read by the alphabet would be other bytes (no UTF-8 even).
        self._added = {number: str(token) for number, token in tokenizer.added_tokens_decoder.items()}

    def of(self, token_id: int) -> bytes:
        """Bytes of one token; specials by their name, an id outside the vocabulary as nothing."""
        token = self._tokenizer.convert_ids_to_tokens(token_id)
        if token is None:
            return b""
        if self._byte_level and token_id in self._added:
            return self._added[token_id].encode()
        if self._byte_level:
            return _from_byte_alphabet(token)
        if self._fallback and (match := _FALLBACK.fullmatch(token)):
            return bytes([int(match[1], 16)])
        if self._fallback or self._space:
            return (token.replace(self._space, " ") if self._space else token).encode()
        return self._tokenizer.decode([token_id], skip_special_tokens=False).encode()


class TextStream:
    """Turns the bytes of tokens into text as they come."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, token_bytes: bytes) -> str:
        """Text that these bytes complete: '' while a character is incomplete, U+FFFD once it is broken."""
        return self._decoder.decode(token_bytes)

    def finish(self) -> str:
        """What is left at the end: U+FFFD for a character that never became complete, else ''."""
        return self._decoder.decode(b"", final=True)


def _decoders(tokenizer: PreTrainedTokenizerBase) -> Iterator[dict[str, Any]]:
    """The parts of a fast tokenizer's decoder, as its tokenizer.json spells them."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None or backend.decoder is None:
        return iter(())
    state = json.loads(backend.decoder.__getstate__())
    return iter(state.get("decoders", [state]))


def _space_mark(decoders: dict[str, dict[str, Any]]) -> str:
    """The character that stands for a space inside tokens (▁), '' where none does."""
    if "Metaspace" in decoders:
        return str(decoders["Metaspace"].get("replacement", "▁"))
    replaced = decoders.get("Replace", {})
    return str(replaced.get("pattern", {}).get("String", "")) if replaced.get("content") == " " else ""


def _from_byte_alphabet(token: str) -> bytes:
    """GPT-2's alphabet back to bytes; a token with any other character stands for itself."""
    if all(character in _BYTES for character in token):
        return bytes(_BYTES[character] for character in token)
    return token.encode()


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's printable character of each byte: itself where printable, else 256 and up in order."""
    printable = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    rest = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + rank): byte for rank, byte in enumerate(rest)}


_BYTES = _byte_alphabet()
