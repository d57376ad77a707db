"""What a model's own files say of it, for people to read and compare: configuration and tokenizer.

Numbers are computed with what transformers reads; of what is told here only `adds_bos` is computed with.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import PretrainedConfig, PreTrainedTokenizerBase

from backend.contracts.problems import KnownError
from workers.sources.tokenizer import load_tokenizer

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
    return found | {"bos_rule": bos_rule(folder, found.get("bos_token"))}


def bos_rule(folder: Path, bos: str | None) -> str:
    """What `bos: tokenizer` does to a sample of this model."""
    if not bos:
        return "none: the tokenizer has no BOS"
    adds = _given(folder)
    try:
        adds = adds_bos(folder, load_tokenizer(folder)) if adds is None else adds  # seconds, of a large vocabulary
    except KnownError:  # which the trial at the end of opening tells
        return "unknown: the tokenizer cannot be read"
    return f"every sample starts with {bos}" if adds else f"none: the tokenizer does not add {bos}"


def adds_bos(folder: Path, tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether the model's own tokenizer begins a text with BOS: the one place where this is decided.

    `add_bos_token` of its settings counts where it is given (transformers 5 drops it beside a `tokenizer.json`,
    GGUF conversion writes it down); else what the tokenizer does to a text. Never without a BOS token.
    """
    if tokenizer.bos_token_id is None:
        return False
    given = _given(folder)
    return list(tokenizer.encode("a"))[:1] == [tokenizer.bos_token_id] if given is None else given


def _given(folder: Path) -> bool | None:
    """`add_bos_token` of the settings; None where they do not say."""
    given = _read(folder / TOKENIZER).get("add_bos_token")
    return given if isinstance(given, bool) else None


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _token(value: Any) -> Any:
    """`<bos>`, also where the file describes the token."""
    return value.get("content") if isinstance(value, dict) else value
