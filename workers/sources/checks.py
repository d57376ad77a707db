"""What is no language model, or not there as a whole: known from names and small files, before anything heavy.

Never reads a weight. Each refusal names the file, the reason and what to do.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from transformers import PretrainedConfig
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from backend.contracts.problems import KnownError
from workers.sources.bounds import read_object

_POINTER = b"version https://git-lfs"
_POINTER_BYTES = 1024
_SETTINGS = ("config.json", "generation_config.json", "tokenizer_config.json", "special_tokens_map.json")
_SENTENCES = ("modules.json", "config_sentence_transformers.json", "sentence_bert_config.json")
ADAPTER = "adapter_config.json"


def require_kind(where: str, names: Collection[str]) -> None:
    """Refuse adapters and sentence embeddings by the names of their files; `where`: folder, or id on the hub."""
    if ADAPTER in names:
        raise KnownError(
            "adapter_only",
            f"{where} holds an adapter (LoRA): {ADAPTER}; it is not read, so the numbers would be another model's",
            hint="Merge it into its base model (peft: merge_and_unload), save_pretrained, and open that folder.",
            field="source",
        )
    marks = [name for name in _SENTENCES if name in names]
    if marks:
        raise _no_language_model(where, f"{marks[0]} says that it makes embeddings of sentences")


def require_head(where: Path, config: PretrainedConfig) -> None:
    """Refuse a reward model, a classifier, an embedding model: what the config names as class, or how it attends."""
    causal = set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values())
    named = [name for name in config.architectures or () if name not in causal]
    if named and len(named) == len(config.architectures or ()):
        raise _no_language_model(str(where / "config.json"), f"architectures says {', '.join(map(str, named))}")
    if getattr(config, "use_bidirectional_attention", None):
        raise _no_language_model(str(where / "config.json"), "use_bidirectional_attention lets tokens see what follows")


def require_whole(folder: Path) -> None:
    """Refuse what git left in the place of a file, and settings that are no JSON."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.stat().st_size <= _POINTER_BYTES and path.read_bytes().startswith(_POINTER):
            raise KnownError(
                "lfs_pointer",
                f"{path} is not the file but a pointer of Git LFS to it",
                hint="Fetch the files: git lfs install, then git lfs pull in the folder; or download the model again.",
                field="source",
            )
    for name in _SETTINGS:
        require_object(folder / name)


def require_object(path: Path) -> dict[str, Any]:
    """The settings in a file, none where there is none; refuses one that holds no whole JSON object."""
    return read_object(path) if path.is_file() else {}


def _no_language_model(where: str, why: str) -> KnownError:
    return KnownError(
        "not_a_language_model",
        f"{where} belongs to no causal language model: {why}",
        hint="Choose the language model itself. If these are its weights, name its class in config.json, "
        'such as "architectures": ["LlamaForCausalLM"].',
        field="source",
    )
