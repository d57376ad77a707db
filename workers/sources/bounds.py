"""Bounds on what a model's own files may say: checked where they are read, long before memory would be the bound.

Each is some orders of magnitude above any published model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.contracts.problems import KnownError

MOST_LAYERS = 10_000
LARGEST = {
    **dict.fromkeys(("num_hidden_layers", "n_layer", "n_layers", "num_layers"), MOST_LAYERS),
    **dict.fromkeys(("hidden_size", "n_embd", "d_model", "head_dim"), 1_000_000),
    **dict.fromkeys(("num_attention_heads", "num_key_value_heads", "n_head"), 100_000),
    **dict.fromkeys(("intermediate_size", "n_inner", "vocab_size"), 100_000_000),
    **dict.fromkeys(("max_position_embeddings", "n_positions", "n_ctx", "seq_length"), 10_000_000_000),
}
"""Name in a config to the largest value that is read; the smallest is 1."""
MOST_JSON_BYTES = 64_000_000
DEEPEST_JSON = 64


def read_json(path: Path) -> Any:
    """A JSON file of a model, bounded in size and depth; raises `broken_model_file` with the file and the reason."""
    try:
        if path.stat().st_size > MOST_JSON_BYTES:
            raise ValueError(f"larger than {MOST_JSON_BYTES // 1_000_000} MB")
        value = json.loads(path.read_bytes())
        if _deeper(value, DEEPEST_JSON):
            raise ValueError(f"nested deeper than {DEEPEST_JSON}")
    except (ValueError, RecursionError) as error:
        raise broken(path, f"it is no whole JSON ({error})") from None
    return value


def read_object(path: Path) -> dict[str, Any]:
    """The same, where the file must hold an object."""
    value = read_json(path)
    if not isinstance(value, dict):
        raise broken(path, "it holds no JSON object")
    return value


def check_sizes(config: Mapping[str, Any], path: Path) -> None:
    """Refuse a config whose sizes no model has; `text_config` and its like included."""
    for name, value in config.items():
        if isinstance(value, dict):
            check_sizes(value, path)
        elif name in LARGEST and value is not None and not is_size(name, value):
            raise broken(path, f"{name} is {str(value)[:40]}, accepted are 1 to {LARGEST[name]:,}")


def is_size(name: str, value: object) -> bool:
    """Whether a value of the config can be the size of a model."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST[name]


def broken(path: Path, why: str) -> KnownError:
    """A small file that says nothing, or what cannot be."""
    return KnownError(
        "broken_model_file",
        f"{path} cannot be used: {why}",
        hint="Copy or download this file again.",
        field="source",
    )


def _deeper(value: object, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: object) -> list[object]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []
