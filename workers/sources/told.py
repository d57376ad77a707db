"""What a model's own files say of it, for people to read and compare: configuration and tokenizer.

Numbers are computed with what transformers reads; nothing is computed with what is told here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import PretrainedConfig

_NOISE = ("_name_or_path", "transformers_version", "id2label", "label2id", "architectures", "auto_map")
_OF_TOKENIZER = (
    "tokenizer_class", "bos_token", "eos_token", "pad_token", "unk_token", "add_bos_token", "add_eos_token",
    "add_prefix_space", "clean_up_tokenization_spaces",
)  # fmt: skip
TOKENIZER = "tokenizer_config.json"
SPECIAL = "special_tokens_map.json"


def configuration(config: PretrainedConfig) -> dict[str, Any]:
    """Every entry of the configuration, the usual values filled in, as JSON."""
    told: dict[str, Any] = json.loads(config.to_json_string(use_diff=False))
    return {name: value for name, value in sorted(told.items()) if name not in _NOISE}


def tokenizer(folder: Path) -> dict[str, Any]:
    """Class and special tokens, and whether samples start with BOS; without a file of settings only what is known."""
    told = _read(folder / SPECIAL) | _read(folder / TOKENIZER)
    found = {name: _token(told[name]) for name in _OF_TOKENIZER if name in told}
    bos = found.get("bos_token")
    return found | {"bos_rule": f"every sample starts with {bos}" if bos else "none: the tokenizer has no BOS"}


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _token(value: Any) -> Any:
    """`<bos>`, also where the file describes the token."""
    return value.get("content") if isinstance(value, dict) else value
