"""A GGUF file becomes, once, a folder of float32 safetensors with config and tokenizer.

The weights equal `from_pretrained(gguf_file=...)` bit for bit, by the same mappings of transformers, but
are streamed to disk one at a time: no second copy in memory, and the vocabulary is parsed once. The config
is read by `gguf_keys`, for transformers leaves out what it has no name for.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from math import prod
from pathlib import Path
from typing import BinaryIO, NamedTuple

import gguf
import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, PretrainedConfig
from transformers.modeling_gguf_pytorch_utils import TENSOR_PROCESSORS, TensorProcessor, get_gguf_hf_weights_map
from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES

from backend.contracts.problems import KnownError
from workers.families import family_of
from workers.sources.found import Fits, Tracker, any_size, untracked
from workers.sources.gguf_header import GgufHeader, GgufTensor, read_header
from workers.sources.gguf_keys import ROPE_FACTORS, config_of
from workers.sources.told import TOKENIZER
from workers.sources.weights import SINGLE, incomplete

_ROWS = 16_384
"""Rows that are dequantized at a time: bounds the memory for temporaries."""


class _Plan(NamedTuple):
    """Where each tensor goes: names and shapes of the model that transformers would build."""

    config: PretrainedConfig
    architecture: str
    names: dict[str, str]
    shapes: dict[str, tuple[int, ...]]

    @property
    def n_parameters(self) -> int:
        """Of the whole model."""
        return sum(prod(shape) for shape in self.shapes.values())


def convert(path: Path, folder: Path, *, fits: Fits = any_size, track: Tracker = untracked) -> str:
    """Write `folder` (which must not exist) from the GGUF file; gives the SHA-256 of the weights file.

    A folder is there whole or not at all. Unsupported architectures are refused before any weight is read.
    """
    header = read_header(path)
    plan = _plan(path, header)
    fits(plan.n_parameters)
    _room_for(header, plan, folder.parent)
    temporary = folder.parent / f".converting-{folder.name}"
    shutil.rmtree(temporary, ignore_errors=True)  # a worker that was killed left it
    temporary.mkdir(parents=True)
    try:
        with ThreadPoolExecutor(1) as second_core:
            tokenizer = second_core.submit(_save_tokenizer, path, plan.config.model_type, temporary, header.adds_bos)
            digest = _write_weights(path, header, plan, temporary / SINGLE, track)
            for _ in track([None], 1, "step", "converting the tokenizer"):
                tokenizer.result()
        _save_config(plan, temporary)
        os.rename(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return digest


def _plan(path: Path, header: GgufHeader) -> _Plan:
    config = config_of(header, _rope_factors(path, header))
    family_of(config)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    processor = _processor(header, config)
    names = get_gguf_hf_weights_map(model, processor)
    shapes = {name: tuple(tensor.shape) for name, tensor in model.named_parameters()}
    return _Plan(config, type(model).__name__, names, shapes)


def _rope_factors(path: Path, header: GgufHeader) -> tuple[float, ...] | None:
    """Llama 3.1 and later: what each frequency is divided by, stored as if it were a weight."""
    table = next((tensor for tensor in header.tensors if tensor.name == ROPE_FACTORS), None)
    if table is None:
        return None
    return tuple(dequantized(np.memmap(path, mode="r"), table).reshape(-1).tolist())


def _processor(header: GgufHeader, config: PretrainedConfig) -> TensorProcessor:
    return TENSOR_PROCESSORS.get(header.architecture, TensorProcessor)(config=config.to_dict())


def _write_weights(path: Path, header: GgufHeader, plan: _Plan, target: Path, track: Tracker) -> str:
    """One safetensors file, hashed while it is written."""
    foreign = [tensor.name for tensor in header.tensors if plan.names.get(tensor.name) not in plan.shapes]
    if unknown := sorted({*foreign} - {ROPE_FACTORS}):
        raise KnownError(
            "unsupported_gguf_tensor",
            f"{path} holds {', '.join(unknown[:3])}, for which {plan.architecture} has no place",
            hint="Give the model as a folder of safetensors; the file would be read as another model than it is.",
            field="source",
        )
    order = [name for tensor in header.tensors if (name := plan.names.get(tensor.name)) in plan.shapes]
    missing = sorted(set(plan.shapes) - set(order))
    if missing:
        raise incomplete(path, f"no tensor for {', '.join(missing[:3])}")
    converted = _converted(path, header, plan)
    state = hashlib.sha256()
    with target.open("wb") as file:
        _put(file, state, _safetensors_header(order, plan.shapes))
        for name, values in track(converted, len(order), "tensors", "converting weights"):
            if values.shape != plan.shapes[name]:
                raise incomplete(path, f"{name} is {values.shape}, not {plan.shapes[name]}")
            _put(file, state, np.ascontiguousarray(values).data.cast("B"))
    return state.hexdigest()


def _put(file: BinaryIO, state: hashlib._Hash, data: bytes | memoryview) -> None:
    file.write(data)
    state.update(data)


def _safetensors_header(order: Iterable[str], shapes: dict[str, tuple[int, ...]]) -> bytes:
    entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name in order:
        end = offset + 4 * prod(shapes[name])
        entries[name] = {"dtype": "F32", "shape": list(shapes[name]), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)  # the data starts aligned
    return struct.pack("<Q", len(text)) + text


def _converted(path: Path, header: GgufHeader, plan: _Plan) -> Iterator[tuple[str, np.ndarray]]:
    """(name, float32 values) in the file's order, one tensor in memory at a time."""
    processor = _processor(header, plan.config)
    data = np.memmap(path, mode="r")
    for tensor in header.tensors:
        if plan.names.get(tensor.name) not in plan.shapes:
            continue
        kept: dict[str, dict[str, torch.Tensor]] = {"tensors": {}}
        result = processor.process(
            weights=dequantized(data, tensor),
            name=tensor.name,
            tensor_key_mapping=plan.names,
            parsed_parameters=kept,
        )
        # GPT-2's head: the processor stores it itself and gives no name.
        values = result.weights if result.name else next(iter(kept["tensors"].values())).numpy()
        yield plan.names[tensor.name], values.astype(np.float32, copy=False)


def dequantized(data: np.ndarray, tensor: GgufTensor) -> np.ndarray:
    """Values of one tensor, float32, in torch's shape."""
    raw = data[tensor.offset : tensor.offset + tensor.n_bytes].reshape(-1, tensor.row_bytes)
    read = _q8_0 if tensor.quantization == gguf.GGMLQuantizationType.Q8_0 else _by_gguf
    parts = [read(raw[start : start + _ROWS], tensor) for start in range(0, len(raw), _ROWS)]
    return (parts[0] if len(parts) == 1 else np.concatenate(parts)).reshape(tensor.shape)


def _by_gguf(rows: np.ndarray, tensor: GgufTensor) -> np.ndarray:
    return gguf.dequantize(rows, tensor.quantization)


def _q8_0(rows: np.ndarray, tensor: GgufTensor) -> np.ndarray:
    """Blocks of a float16 scale and 32 int8: the usual embedding, 168 million values in the demo model.

    The same one product as gguf's, which walks over groups of 16 rows and takes ten times as long.
    """
    blocks = torch.from_numpy(rows.copy()).view(-1, 34)
    scales = blocks[:, :2].contiguous().view(torch.float16).float()
    return (blocks[:, 2:].view(torch.int8) * scales).view(len(rows), -1).numpy()


def _save_tokenizer(path: Path, model_type: str, folder: Path, adds_bos: bool) -> None:
    """The tokenizer by transformers' own conversion; `tokenizer_type` spares it a second look at the config."""
    known = {"tokenizer_type": model_type} if TOKENIZER_MAPPING_NAMES.get(model_type) else {}
    tokenizer = AutoTokenizer.from_pretrained(
        path.parent, gguf_file=path.name, local_files_only=True, trust_remote_code=False, **known
    )
    tokenizer.save_pretrained(folder)
    # transformers 5 neither reads the file's `add_bos_token` nor saves its own.
    settings = folder / TOKENIZER
    told = json.loads(settings.read_bytes()) | {"add_bos_token": adds_bos}
    settings.write_text(json.dumps(told, indent=2, ensure_ascii=False), encoding="utf-8")


def _save_config(plan: _Plan, folder: Path) -> None:
    if hasattr(plan.config, "quantization_config"):
        del plan.config.quantization_config
    plan.config.architectures = [plan.architecture]
    plan.config.dtype = "float32"
    plan.config.save_pretrained(folder)
    GenerationConfig.from_model_config(plan.config).save_pretrained(folder)


def _room_for(header: GgufHeader, plan: _Plan, parent: Path) -> None:
    parent.mkdir(parents=True, exist_ok=True)
    needed = 4 * plan.n_parameters
    free = shutil.disk_usage(parent).free
    if needed > free:
        raise KnownError(
            "disk_full",
            f"converting the GGUF file ({header.architecture}) takes {needed / 1e9:.1f} GB in {parent}, "
            f"where {free / 1e9:.1f} GB are free",
            hint="Free some space or point LINGUA_ATLAS_DATA at another disk.",
            status=507,
            field="source",
        )
