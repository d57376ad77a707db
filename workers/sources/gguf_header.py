"""The header of a GGUF file in one pass: its scalar metadata and where each tensor lies.

`gguf.GGUFReader` makes an array of every token (16 s for 262,144 of them, again for each use); the
vocabulary is stepped over here, transformers reads it once for the tokenizer.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import NamedTuple

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from backend.contracts.problems import KnownError
from workers.sources import gguf_kinds

_BOOL, _STRING, _ARRAY = 7, 8, 9
_WIDTH = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_UNSIGNED = {2: "<H", 4: "<I"}
_VOCABULARY = "tokenizer."
_EMBEDDING = "token_embd.weight"
_BPE_WITH_BOS = ("llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "tekken")
"""Splitting rules whose models llama.cpp gives a BOS where the file does not say."""


class GgufTensor(NamedTuple):
    """One tensor of the file. `shape` is in torch's order, (out, in)."""

    name: str
    shape: tuple[int, ...]
    quantization: GGMLQuantizationType
    offset: int
    """From the start of the file, bytes."""

    @property
    def row_bytes(self) -> int:
        """Bytes of one row (the last axis)."""
        block, block_bytes = GGML_QUANT_SIZES[self.quantization]
        return self.shape[-1] // block * block_bytes

    @property
    def n_bytes(self) -> int:
        """Bytes of the whole tensor."""
        return prod(self.shape[:-1]) * self.row_bytes


class GgufHeader(NamedTuple):
    """What stands before the weights."""

    architecture: str
    tensors: tuple[GgufTensor, ...]
    without_vocabulary: bytes
    """The same header less `tokenizer.*`: small, and read by transformers at once."""
    size_bytes: int
    adds_bos: bool
    """Whether a text begins with BOS: `tokenizer.ggml.add_bos_token`, else as llama.cpp does without that key."""


def read_header(path: Path) -> GgufHeader:
    """Parse the header; `unreadable_gguf` when it is none, or cut short."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _Parser(data).header()
    except (struct.error, ValueError, KeyError, IndexError, UnicodeDecodeError) as error:
        raise KnownError(
            "unreadable_gguf",
            f"{path} is no whole GGUF file of version 2 or 3 ({error})",
            hint="Download the file again, or give a folder with safetensors.",
            field="source",
        ) from None


class _Parser:
    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.position = 24

    def header(self) -> GgufHeader:
        magic, version, n_tensors, n_entries = struct.unpack_from("<4sIQQ", self.data, 0)
        gguf_kinds.require_version(self.data[:8])
        values: dict[str, str | int | None] = {}
        kept = []
        for _ in range(n_entries):
            start = self.position
            key, values[key] = self._entry()
            if not key.startswith(_VOCABULARY) and not key.endswith(".vocab_size"):
                kept.append(self.data[start : self.position])
        gguf_kinds.require_whole(values.get("split.count"))
        start = self.position
        infos = [self._tensor() for _ in range(n_tensors)]
        kept += [
            _vocabulary_size(str(values["general.architecture"]), info.shape[0])
            for info in infos
            if info.name == _EMBEDDING
        ]
        small = struct.pack("<4sIQQ", magic, version, n_tensors, len(kept)) + b"".join(kept)
        small += self.data[start : self.position]
        tensors = self._placed(infos, int(values.get("general.alignment") or 32))
        return GgufHeader(
            str(values["general.architecture"]), tensors, small, len(self.data), adds_bos=_adds_bos(values)
        )

    def _placed(self, infos: list[GgufTensor], alignment: int) -> tuple[GgufTensor, ...]:
        data_start = -(-self.position // alignment) * alignment
        tensors = tuple(info._replace(offset=data_start + info.offset) for info in infos)
        for tensor in tensors:
            if tensor.offset + tensor.n_bytes > len(self.data):
                raise ValueError(f"cut short before the end of {tensor.name}")
        return tensors

    def _entry(self) -> tuple[str, str | int | None]:
        """Key and value; None for arrays and for numbers that nobody here asks for."""
        key = self._string()
        kind = self._number("<I", 4)
        if kind == _STRING:
            return key, self._string()
        if kind != _ARRAY:
            value = self._number(_UNSIGNED[_WIDTH[kind]], 0) if _WIDTH[kind] in _UNSIGNED else None
            if kind == _BOOL:
                value = self.data[self.position]
            self.position += _WIDTH[kind]
            return key, value
        inner, count = self._number("<I", 4), self._number("<Q", 8)
        if inner == _STRING:
            for _ in range(count):
                self.position += 8 + int(struct.unpack_from("<Q", self.data, self.position)[0])
        else:
            self.position += count * _WIDTH[inner]
        return key, None

    def _tensor(self) -> GgufTensor:
        name, n_axes = self._string(), self._number("<I", 4)
        # GGUF names the fastest axis first, torch last.
        shape = tuple(reversed([self._number("<Q", 8) for _ in range(n_axes)]))
        return GgufTensor(name, shape, GGMLQuantizationType(self._number("<I", 4)), self._number("<Q", 8))

    def _string(self) -> str:
        length = self._number("<Q", 8)
        start, self.position = self.position, self.position + length
        if self.position > len(self.data):
            raise ValueError("cut short")
        return self.data[start : self.position].decode()

    def _number(self, form: str, width: int) -> int:
        (value,) = struct.unpack_from(form, self.data, self.position)
        self.position += width
        return int(value)


def _adds_bos(values: Mapping[str, str | int | None]) -> bool:
    """llama.cpp's rule (`llama_vocab::impl::load`): SentencePiece and WordPiece begin with BOS, of BPE a few do."""
    given = values.get("tokenizer.ggml.add_bos_token")
    if given is not None:
        return bool(given)
    if values.get("tokenizer.ggml.model") in ("llama", "bert"):
        return True
    return values.get("tokenizer.ggml.pre") in _BPE_WITH_BOS


def _vocabulary_size(architecture: str, size: int) -> bytes:
    """The entry that stands for the vocabulary left out."""
    key = f"{architecture}.vocab_size".encode()
    return struct.pack("<Q", len(key)) + key + struct.pack("<II", 4, size)
