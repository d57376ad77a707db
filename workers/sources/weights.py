"""Weight files of a model folder: which ones count, what lies where in them, and their hash.

Knows the safetensors format only; never unpickles, never loads a tensor.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import NamedTuple

from safetensors import SafetensorError, safe_open

from backend.contracts.base import canonical_json
from backend.contracts.problems import KnownError
from workers.sources import tekken
from workers.sources.bounds import read_object
from workers.sources.found import Tracker, untracked

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
)
DTYPES = ("F32", "BF16", "F16")
"""What a weight may be stored as; anything else is quantized."""
_BLOB = re.compile(r"^[0-9a-f]{64}$")
_SHARD = re.compile(r"^[^/\\\0:]+\.safetensors\Z")
_CHUNK_BYTES = 4_000_000


class StoredTensor(NamedTuple):
    """Where one tensor lies."""

    file: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def numel(self) -> int:
        """Number of values."""
        return prod(self.shape)


def weight_files(folder: Path) -> tuple[str, ...]:
    """Names of the safetensors files that make up the model, sorted; a clear error where there is none."""
    if (folder / SINGLE).is_file():
        return (SINGLE,)
    if (folder / INDEX).is_file():
        names = index_files(folder)
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise incomplete(folder, f"{INDEX} names {', '.join(missing[:3])}, which is not there")
        return names
    raise _no_weights(folder, tuple(sorted(path.name for path in folder.glob("*.safetensors"))))


def index_files(folder: Path) -> tuple[str, ...]:
    """The index's files, all of them in the folder itself: a name with a path in it leads elsewhere."""
    try:
        weight_map = read_object(folder / INDEX).get("weight_map")
    except KnownError as error:
        raise incomplete(folder, f"{INDEX} is no index of files: {error}") from None
    if not isinstance(weight_map, dict) or not weight_map:
        raise incomplete(folder, f"{INDEX} has no weight_map")
    for name in weight_map.values():
        if not isinstance(name, str) or not _SHARD.match(name):
            raise incomplete(folder, f"{INDEX} names {str(name)[:80]!r}, which is no .safetensors file beside it")
    return tuple(sorted(set(weight_map.values())))


def stored_tensors(folder: Path, files: tuple[str, ...]) -> dict[str, StoredTensor]:
    """Every tensor of the files, by name, from their headers alone."""
    found: dict[str, StoredTensor] = {}
    for name in files:
        for tensor, entry in _header(folder / name).items():
            if tensor != "__metadata__":
                found[tensor] = StoredTensor(name, entry["dtype"], tuple(entry["shape"]))
    return found


def weights_hash(
    folder: Path, files: tuple[str, ...], *, known: Mapping[str, str] = {}, track: Tracker = untracked
) -> str:
    """SHA-256 that names the weights: of the file, or of all files' hashes in order. Renaming changes nothing.

    Every file is read. What is known of it already (the hub names large files by their SHA-256, a conversion notes what
    it wrote) must be true, or `damaged_weights` is raised.
    """
    digests = {name: hashlib.sha256() for name in files}
    total = sum(-(-(folder / name).stat().st_size // _CHUNK_BYTES) for name in files)
    for _ in track(_chunks(digests, folder), total, "x 4 MB", "hashing weights"):
        pass
    found = [state.hexdigest() for state in digests.values()]
    for name, digest in zip(files, found, strict=True):
        if digest != (known.get(name) or _blob_hash(folder / name) or digest):
            raise _damaged(folder / name)
    return found[0] if len(found) == 1 else hashlib.sha256("\n".join(found).encode()).hexdigest()


def tokenizer_hash(folder: Path) -> str:
    """SHA-256 over the tokenizer's files, names included, and what is corrected; a clear error when there is none."""
    state = hashlib.sha256()
    names = [name for name in TOKENIZER_FILES if (folder / name).is_file()]
    if not {"tokenizer.json", "tokenizer.model", "vocab.json"} & set(names):
        raise KnownError(
            "no_tokenizer",
            f"{folder} has no tokenizer; one of tokenizer.json, tokenizer.model or vocab.json is needed",
            hint="Save the model's tokenizer into the same folder.",
            field="source",
        )
    for name in names:
        state.update(f"{name}\0".encode() + hashlib.sha256((folder / name).read_bytes()).digest())
    if tekken.needs_rule(folder):
        state.update(b"fix_mistral_regex\0")  # the same files, read by another rule than before
    return state.hexdigest()


def config_hash(folder: Path) -> str:
    """SHA-256 of the model's and the generation's configuration, but for who wrote them and with what."""
    state = hashlib.sha256()
    for name in ("config.json", "generation_config.json"):
        if (folder / name).is_file():
            told = read_object(folder / name)
            for noise in ("transformers_version", "_name_or_path"):
                told.pop(noise, None)
            state.update(f"{name}\0{canonical_json(told)}\0".encode())
    return state.hexdigest()


def incomplete(folder: Path, why: str, *, hint: str = "Copy or download the model again.") -> KnownError:
    """Part of the weights is missing, or not where transformers looks for it."""
    return KnownError(
        "incomplete_weights",
        f"the weights in {folder} are not complete: {why}",
        hint=hint,
        field="source",
    )


def _header(path: Path) -> dict[str, dict]:
    """The file's header, after the library itself checked it: sizes, offsets in order without gap or overlap, no more
    than 100 MB of JSON."""
    try:
        with safe_open(path, framework="np"), path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header: dict[str, dict] = json.loads(file.read(length))
    except (SafetensorError, OSError, ValueError, struct.error, RecursionError) as error:
        raise incomplete(path.parent, f"{path.name} is no whole safetensors file ({error})") from None
    return header


def _blob_hash(path: Path) -> str | None:
    """The hub's cache names large files by their SHA-256."""
    name = path.resolve().name
    return name if _BLOB.match(name) else None


def _chunks(states: dict, folder: Path) -> Iterator[None]:
    for name, state in states.items():
        with (folder / name).open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                state.update(chunk)
                yield


def _damaged(path: Path) -> KnownError:
    return KnownError(
        "damaged_weights",
        f"the bytes of {path} are not those that were downloaded or converted",
        hint="Remove the file and open the model again: it is fetched or converted anew.",
        field="source",
    )


def _no_weights(folder: Path, names: tuple[str, ...]) -> KnownError:
    pickles = sorted(path.name for path in folder.iterdir() if path.suffix in PICKLES)
    if len(names) == 1:
        return incomplete(folder, f"its one safetensors file is called {names[0]}", hint=f"Rename it to {SINGLE}.")
    if names:
        return incomplete(folder, f"there are {len(names)} safetensors files, but neither {SINGLE} nor {INDEX}")
    if pickles:
        return pickle_only(str(folder), pickles)
    return KnownError(
        "no_weights",
        f"{folder} has no .safetensors file",
        hint="Give a folder that holds the model's weights as safetensors, or a .gguf file.",
        field="source",
    )


def pickle_only(where: str, names: list[str]) -> KnownError:
    """The weights are pickles, which run code when they are read."""
    return KnownError(
        "pickle_only",
        f"{where} has its weights only as pickles ({', '.join(names[:3])}); only safetensors are read",
        hint="Convert them with transformers' save_pretrained, or choose a revision that has safetensors.",
        field="source",
    )
