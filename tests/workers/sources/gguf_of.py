"""A GGUF file of a small model, as llama.cpp's converter writes it (convert_hf_to_gguf.py): names, layouts, keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from transformers import PreTrainedModel

from tests.fakes import _bytes_to_unicode

Keys = Mapping[str, Any]


def write_gguf_of(
    path: Path,
    model: PreTrainedModel,
    architecture: str,
    keys: Keys,
    *,
    tensors: Mapping[str, np.ndarray] | None = None,
    names_of: str | None = None,
) -> Path:
    """All weights in F32, named as those of `names_of`. A key is the architecture's, or begins with one of `_ROOTS`."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_custom_alignment(64)
    for name, value in keys.items():
        _add(writer, name if "." in name and name.split(".")[0] in _ROOTS else f"{architecture}.{name}", value)
    _add_tokenizer(writer)
    config = model.config
    names = gguf.get_tensor_name_map(_number(names_of or architecture), config.num_hidden_layers)
    for name, parameter in model.state_dict().items():
        stem, _, end = name.removeprefix("transformer." if architecture == "bloom" else "").rpartition(".")
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        values = _LAYOUTS.get(names_of or architecture, _same)(name, parameter.numpy(), config)
        writer.add_tensor(f"{names.get_name(stem)}.{end}", np.ascontiguousarray(values))
    for name, values in (tensors or {}).items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


_ROOTS = ("general", "tokenizer", "split", "adapter", "own", "mradermacher", "quantize")


def _add(writer: gguf.GGUFWriter, key: str, value: object) -> None:
    if isinstance(value, list):
        writer.add_array(key, value)
    elif isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, int):
        writer.add_uint32(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    else:
        writer.add_string(key, str(value))


def _add_tokenizer(writer: gguf.GGUFWriter) -> None:
    tokens = [*(character for _, character in sorted(_bytes_to_unicode().items())), "<bos>", "<eos>", "<pad>", "Ġt"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * 256 + [3, 3, 3, 1])
    writer.add_token_merges(["Ġ t"])
    writer.add_bos_token_id(256)
    writer.add_eos_token_id(257)


def _number(architecture: str) -> gguf.MODEL_ARCH:
    return next(number for number, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture)


def _same(name: str, values: np.ndarray, config: Any) -> np.ndarray:
    del name, config
    return values


def _llama(name: str, values: np.ndarray, config: Any) -> np.ndarray:
    """Pairs of values that are turned together stand side by side, as in Meta's checkpoints."""
    for which, heads in (("q_proj", config.num_attention_heads), ("k_proj", config.num_key_value_heads)):
        if which in name:
            halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
            return halves.swapaxes(1, 2).reshape(values.shape)
    return values


def _gemma(name: str, values: np.ndarray, config: Any) -> np.ndarray:
    """The factor itself, where transformers stores what is added to 1."""
    del config
    return values + 1 if name.endswith("norm.weight") else values


def _gpt2(name: str, values: np.ndarray, config: Any) -> np.ndarray:
    del config
    turned = ("c_attn.weight", "c_proj.weight", "c_fc.weight")
    return values.T if name.endswith(turned) else values


def _bloom(name: str, values: np.ndarray, config: Any) -> np.ndarray:
    """All of q, then k, then v; transformers has them head by head."""
    if "query_key_value" not in name:
        return values
    heads = config.n_head
    by_head = values.reshape(heads, 3, config.hidden_size // heads, *values.shape[1:])
    return by_head.swapaxes(0, 1).reshape(values.shape)


_LAYOUTS: Mapping[str, Callable[[str, np.ndarray, Any], np.ndarray]] = {
    "llama": _llama,
    "gemma2": _gemma,
    "gemma3": _gemma,
    "gpt2": _gpt2,
    "bloom": _bloom,
}
