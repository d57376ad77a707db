"""The header of a GGUF file in one pass: its metadata and where each tensor lies.

`gguf.GGUFReader` makes an array of every token (16 s for 262,144 of them, again for each use); the
vocabulary is stepped over here, transformers reads it once for the tokenizer. Nothing is believed: every
count and offset is held against a bound and against the file's size before anything is made from it.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import NamedTuple

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from backend.contracts.problems import KnownError
from workers.sources import gguf_kinds

_STRING, _ARRAY = 8, 9
_FORM = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""Kind of a value in the file to its form in `struct`."""
_VOCABULARY = "tokenizer."
_MOST_ENTRIES = 10_000
_MOST_TENSORS = 1_000_000
_MOST_ITEMS = 50_000_000
"""Of one array; vocabularies have up to some 300,000."""
_MOST_KEPT = 65_536
"""Items of an array that is kept; per-layer values have as many as there are layers."""
_LONGEST_NAME = 1_024
_MOST_AXES = 4
_SMALLEST_ENTRY, _SMALLEST_TENSOR = 13, 32
"""Bytes in the file."""

Value = str | int | float | bool | tuple[int | float | bool, ...] | None
"""Of one key; None for arrays that are stepped over (strings, the vocabulary)."""
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
    values: Mapping[str, Value]
    adds_bos: bool
    """Whether a text begins with BOS: `tokenizer.ggml.add_bos_token`, else as llama.cpp does without that key."""


def read_header(path: Path) -> GgufHeader:
    """Parse the header; `unreadable_gguf` when it is none, is cut short, or says what cannot be."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _Parser(data).header()
    except (struct.error, ValueError, KeyError, IndexError, OverflowError) as error:
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
        n_tensors, n_entries = struct.unpack_from("<QQ", self.data, 8)
        gguf_kinds.require_version(self.data[:8])
        self._fit(n_entries, _MOST_ENTRIES, _SMALLEST_ENTRY, "entries")
        self._fit(n_tensors, _MOST_TENSORS, _SMALLEST_TENSOR, "tensors")
        values: dict[str, Value] = {}
        for _ in range(n_entries):
            key = self._name()
            if key in values:
                raise ValueError(f"{key} stands there twice")
            values[key] = self._value(key)
        gguf_kinds.require_whole(values.get("split.count"))
        infos = [self._tensor() for _ in range(n_tensors)]
        tensors = self._placed(infos, values.get("general.alignment", 32))
        return GgufHeader(str(values["general.architecture"]), tensors, values, adds_bos=_adds_bos(values))

    def _fit(self, count: int, most: int, smallest: int, what: str) -> None:
        """A count that the rest of the file can hold."""
        if count > most or count * smallest > len(self.data) - self.position:
            raise ValueError(f"its header counts {count:,} {what}")

    def _placed(self, infos: list[GgufTensor], alignment: Value) -> tuple[GgufTensor, ...]:
        if not isinstance(alignment, int) or not 8 <= alignment <= 2**20 or alignment % 8:
            raise ValueError(f"general.alignment is {alignment}")
        data_start = -(-self.position // alignment) * alignment
        tensors = tuple(info._replace(offset=data_start + info.offset) for info in infos)
        for tensor in tensors:
            if tensor.offset + tensor.n_bytes > len(self.data):
                raise ValueError(f"cut short before the end of {tensor.name}")
        _apart(tensors)
        return tensors

    def _value(self, key: str) -> Value:
        kind = self._one("I")
        if kind == _STRING:
            return self._string(len(self.data))
        if kind != _ARRAY:
            return self._one(_FORM[kind])
        inner, count = self._one("I"), self._one("Q")
        if inner == _STRING:
            self._fit(count, _MOST_ITEMS, 8, f"items of {key}")
            for _ in range(count):
                self._skip(self._one("Q"))
            return None
        width = struct.calcsize(f"<{_FORM[inner]}")
        self._fit(count, _MOST_ITEMS, width, f"items of {key}")
        start = self._skip(count * width)
        if key.startswith(_VOCABULARY) or count > _MOST_KEPT:
            return None
        return struct.unpack_from(f"<{count}{_FORM[inner]}", self.data, start)

    def _tensor(self) -> GgufTensor:
        name, n_axes = self._name(), self._one("I")
        if not 1 <= n_axes <= _MOST_AXES:
            raise ValueError(f"{name} has {n_axes} axes")
        # GGUF names the fastest axis first, torch last.
        shape = tuple(reversed([self._one("Q") for _ in range(n_axes)]))
        tensor = GgufTensor(name, shape, GGMLQuantizationType(self._one("I")), self._one("Q"))
        if not all(shape) or shape[-1] % GGML_QUANT_SIZES[tensor.quantization][0]:
            raise ValueError(f"{name} is {shape} in {tensor.quantization.name}")
        return tensor

    def _name(self) -> str:
        return self._string(_LONGEST_NAME)

    def _string(self, longest: int) -> str:
        length = self._one("Q")
        if length > longest:
            raise ValueError(f"a name of {length:,} bytes")
        start = self._skip(length)
        return self.data[start : self.position].decode()

    def _skip(self, n_bytes: int) -> int:
        """Step over; gives where it started."""
        start, self.position = self.position, self.position + n_bytes
        if self.position > len(self.data):
            raise ValueError("cut short")
        return start

    def _one(self, form: str) -> int:
        (value,) = struct.unpack_from(f"<{form}", self.data, self.position)
        self.position += struct.calcsize(f"<{form}")
        return value


def _apart(tensors: Iterable[GgufTensor]) -> None:
    """Every tensor has a name and bytes of its own."""
    placed = sorted(tensors, key=lambda tensor: tensor.offset)
    for before, after in pairwise(placed):
        if before.offset + before.n_bytes > after.offset:
            raise ValueError(f"{before.name} and {after.name} overlap")
    names = sorted(tensor.name for tensor in placed)
    for one, other in pairwise(names):
        if one == other:
            raise ValueError(f"{one} stands there twice")


def _adds_bos(values: Mapping[str, Value]) -> bool:
    """llama.cpp's rule (`llama_vocab::impl::load`): SentencePiece and WordPiece begin with BOS, of BPE a few do."""
    given = values.get("tokenizer.ggml.add_bos_token")
    if given is not None:
        return bool(given)
    if values.get("tokenizer.ggml.model") in ("llama", "bert"):
        return True
    return values.get("tokenizer.ggml.pre") in _BPE_WITH_BOS
