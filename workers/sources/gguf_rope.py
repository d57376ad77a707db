"""Rotary positions of a GGUF file: the base, the scaling and the table of factors, as transformers names them.

llama.cpp divides each frequency by the table's factor (`rope_freqs.weight`: Llama 3.1 to 3.3) and by the scaling
factor (`linear`, `yarn`), and multiplies cos and sin of yarn by attn_factor (1 + 0.1 ln factor).
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from math import isfinite, log
from typing import Any, NamedTuple

from backend.contracts.problems import KnownError
from workers.sources.gguf_header import Value

_TYPES = ("none", "linear", "yarn")
_NEUTRAL: dict[str, tuple[Value, ...]] = {
    "rope.scale_linear": (0.0, 1.0),
    "rope.scaling.attn_factor": (0.0, 1.0),
    "rope.scaling.yarn_attn_factor": (1.0,),
    "rope.scaling.yarn_ext_factor": (-1.0, 1.0),
    "rope.scaling.yarn_log_multiplier": (0.0,),
}
_READ = (
    "rope.dimension_count",
    "rope.dimension_count_swa",
    "rope.freq_base",
    "rope.freq_base_swa",
    "rope.scaling.type",
    "rope.scaling.factor",
    "rope.scaling.original_context_length",
    "rope.scaling.finetuned",  # only says where the scaling comes from
    "rope.scaling.yarn_beta_fast",
    "rope.scaling.yarn_beta_slow",
)
_BASE = 10_000.0
"""llama.cpp's, where the file does not say."""

Refused = Callable[[str, Value, str], KnownError]


class Rope(NamedTuple):
    """What the header says of positions."""

    architecture: str
    keys: MutableMapping[str, Value]
    head_dim: int
    context_length: int
    factors: tuple[float, ...] | None
    """`rope_freqs.weight`, one for each pair of a head's values."""

    @property
    def local_theta(self) -> float:
        """Base of the layers that look through a window (Gemma 3)."""
        return float(self.keys.get("rope.freq_base_swa") or _BASE)  # type: ignore[arg-type]


def rope_of(rope: Rope, refused: Refused) -> dict[str, Any]:
    """`rope_parameters` of transformers. Raises what `refused` makes of a key that can't be said there."""
    keys, architecture = rope.keys, rope.architecture
    for name, value in keys.items():
        if not name.startswith("rope."):
            continue
        if name in _NEUTRAL:
            yarn = name == "rope.scaling.attn_factor" and keys.get("rope.scaling.type") == "yarn"
            if value not in _NEUTRAL[name] and not yarn:
                raise refused(f"{architecture}.{name}", value, f"read is {' or '.join(map(str, _NEUTRAL[name]))}")
        elif name not in _READ:
            raise refused(f"{architecture}.{name}", value, "which is no key that the atlas knows")
        elif name.startswith("rope.freq_base") and not _positive(value):
            raise refused(f"{architecture}.{name}", value, "read are numbers above 0")
        elif name.startswith("rope.dimension_count") and value != rope.head_dim:
            raise refused(f"{architecture}.{name}", value, f"all {rope.head_dim} values of a head are turned")
        elif name == "rope.freq_base_swa" and architecture != "gemma3" and value != keys.get("rope.freq_base", _BASE):
            raise refused(f"{architecture}.{name}", value, "all layers have one base")
    scaling = _scaling(rope, refused)
    if rope.factors is not None:
        if scaling["rope_type"] != "default" or architecture.startswith("gemma"):
            raise refused("rope_freqs.weight", "there", f"beside {scaling['rope_type']} scaling of {architecture}")
        scaling = _table(rope, rope.factors, refused)
    return {**scaling, "rope_theta": float(keys.get("rope.freq_base") or _BASE)}  # type: ignore[arg-type]


def _scaling(rope: Rope, refused: Refused) -> dict[str, Any]:
    prefix = f"{rope.architecture}.rope.scaling."
    kind, factor = rope.keys.get("rope.scaling.type", "linear"), rope.keys.get("rope.scaling.factor") or 1.0
    if kind not in _TYPES:
        raise refused(f"{prefix}type", kind, f"read are {', '.join(_TYPES)}")
    if not _positive(factor) or factor < 1:  # type: ignore[operator]
        raise refused(f"{prefix}factor", factor, "read are numbers from 1")
    if kind == "none" or (factor == 1.0 and kind == "linear"):
        return {"rope_type": "default"}
    if kind == "linear":
        return {"rope_type": "linear", "factor": float(factor)}  # type: ignore[arg-type]
    if rope.architecture == "gemma2":
        raise refused(f"{prefix}type", kind, "no model of the architecture has it")
    attention = float(rope.keys.get("rope.scaling.attn_factor") or 1.0)  # type: ignore[arg-type]
    original = rope.keys.get("rope.scaling.original_context_length") or rope.context_length
    found = {
        "rope_type": "yarn",
        "factor": float(factor),  # type: ignore[arg-type]
        "original_max_position_embeddings": original,
        "attention_factor": attention * (1.0 + 0.1 * log(float(factor))),  # type: ignore[arg-type]
        "beta_fast": rope.keys.get("rope.scaling.yarn_beta_fast") or 32.0,
        "beta_slow": rope.keys.get("rope.scaling.yarn_beta_slow") or 1.0,
    }
    for name, value in found.items():
        if name != "rope_type" and not _positive(value):
            raise refused(f"{prefix}{name}", str(value), "read are numbers above 0")
    return found


def _table(rope: Rope, factors: tuple[float, ...], refused: Refused) -> dict[str, Any]:
    """Any table at all, exactly: the same for short and long texts, cos and sin not scaled."""
    if len(factors) != rope.head_dim // 2 or not all(map(_positive, factors)):
        raise refused("rope_freqs.weight", str(len(factors)), f"needed are {rope.head_dim // 2} numbers above 0")
    if set(factors) == {1.0}:
        return {"rope_type": "default"}
    return {
        "rope_type": "longrope",
        "short_factor": list(factors),
        "long_factor": list(factors),
        "factor": 1.0,
        "attention_factor": 1.0,
        "original_max_position_embeddings": rope.context_length,
    }


def _positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value > 0
