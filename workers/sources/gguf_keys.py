"""What each key of a GGUF header means for the model: the one list of what is known.

A key sets a value of the config, or is only true of the models of its architecture at one value, or describes the
file and changes no number. Any other key is refused by its name: llama.cpp may compute with it.
Defaults of absent keys are llama.cpp's (src/llama-model.cpp, `load_hparams`), which wrote the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from transformers import AutoConfig, PretrainedConfig

from backend.contracts.problems import KnownError
from workers.sources.bounds import LARGEST, is_size
from workers.sources.gguf_header import GgufHeader, Value
from workers.sources.gguf_rope import Rope, rope_of

DESCRIPTIVE = ("general.", "tokenizer.", "quantize.imatrix.", "mradermacher.")
"""Prefixes of keys that change no number of the model; the tokenizer's are read where it is converted."""
CONDITIONS: Mapping[str, tuple[Value, ...]] = {
    "general.type": ("model",),
    "general.quantization_version": (2,),
    "split.no": (0,),
    "split.count": (0, 1),
}
ROPE_FACTORS = "rope_freqs.weight"
_HEAD = "output.weight"
_EMBEDDING = "token_embd.weight"

_NEUTRAL: Mapping[str, tuple[Value, ...]] = {
    "attention.causal": (True,),
    "attention.clamp_kqv": (0.0,),
    "attention.max_alibi_bias": (0.0,),
    "attention.shared_kv_layers": (0,),
    "attn_logit_softcapping": (0.0,),
    "final_logit_softcapping": (0.0,),
    "expert_count": (0,),
    "expert_used_count": (0,),
    "leading_dense_block_count": (0,),
    "nextn_predict_layers": (0,),
    "pooling_type": (0,),
    "logit_scale": (0.0, 1.0),
    "residual_scale": (0.0, 1.0),
    "embedding_scale": (0.0, 1.0),
    "attention.output_scale": (0.0, 1.0),
    # Files made from Meta's own checkpoint; GGUF keeps that layout of q and k, which is turned back all the same.
    "tensor_data_layout": ("Meta AI original pth",),
}
"""Values at which a key changes nothing; llama.cpp reads 0 as "not there"."""

_SIZES: Mapping[str, str] = {
    "block_count": "num_hidden_layers",
    "context_length": "max_position_embeddings",
    "embedding_length": "hidden_size",
    "feed_forward_length": "intermediate_size",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "attention.key_length": "head_dim",
    "attention.layer_norm_rms_epsilon": "rms_norm_eps",
}
_WINDOW = {"attention.sliding_window": "sliding_window"}
_SOFTCAPS = {
    "attn_logit_softcapping": "attn_logit_softcapping",
    "final_logit_softcapping": "final_logit_softcapping",
}
_OPTIONAL = {"attention.head_count_kv", "attention.key_length", *_SOFTCAPS}


class _Architecture(NamedTuple):
    """One architecture of GGUF: transformers' name, and the keys that set a value of its config."""

    model_type: str
    sets: Mapping[str, str]
    rotary: bool = True
    gemma: bool = False


ARCHITECTURES: Mapping[str, _Architecture] = {
    "llama": _Architecture("llama", _SIZES),
    "qwen2": _Architecture("qwen2", _SIZES),
    "qwen3": _Architecture("qwen3", _SIZES),
    "gemma2": _Architecture("gemma2", {**_SIZES, **_WINDOW, **_SOFTCAPS}, gemma=True),
    "gemma3": _Architecture("gemma3_text", {**_SIZES, **_WINDOW, **_SOFTCAPS}, gemma=True),
    "gpt2": _Architecture(
        "gpt2",
        {
            "block_count": "n_layer",
            "context_length": "n_positions",
            "embedding_length": "n_embd",
            "feed_forward_length": "n_inner",
            "attention.head_count": "n_head",
            "attention.layer_norm_epsilon": "layer_norm_epsilon",
        },
        rotary=False,
    ),
    "bloom": _Architecture(
        "bloom",
        {
            "block_count": "n_layer",
            "context_length": "seq_length",
            "embedding_length": "hidden_size",
            "attention.head_count": "n_head",
            "attention.layer_norm_epsilon": "layer_norm_epsilon",
        },
        rotary=False,
    ),
}
"""Accepted; each has a test that the folder and the file give the same logits."""


def config_of(header: GgufHeader, rope_factors: tuple[float, ...] | None) -> PretrainedConfig:
    """The config that the header describes. Raises `unsupported_architecture`, or `unsupported_gguf_key` by name."""
    known = ARCHITECTURES.get(header.architecture)
    if known is None:
        raise KnownError(
            "unsupported_architecture",
            f"GGUF files of architecture {header.architecture!r} are not read; read are {', '.join(ARCHITECTURES)}",
            hint="Give the model as a folder of safetensors.",
            field="source",
        )
    return _Reading(header, known).config(rope_factors)


class _Reading:
    """One header on its way to a config; `left` are the architecture's keys that nothing has answered for yet."""

    def __init__(self, header: GgufHeader, known: _Architecture) -> None:
        self.header, self.known = header, known
        prefix = f"{header.architecture}."
        self.left = {key.removeprefix(prefix): value for key, value in header.values.items() if key.startswith(prefix)}
        self.tensors = {tensor.name: tensor for tensor in header.tensors}

    def config(self, rope_factors: tuple[float, ...] | None) -> PretrainedConfig:
        self._conditions()
        values: dict[str, object] = {**self._sizes()}
        heads, hidden = self._integer("attention.head_count"), self._integer("embedding_length")
        head_dim = self._integer("attention.key_length", hidden // heads)
        values |= self._vocabulary()
        if self.known.rotary:
            self._only("attention.value_length", head_dim)
            values |= {"head_dim": head_dim}
            values["num_key_value_heads"] = self._integer("attention.head_count_kv", heads)
        else:
            self._only("attention.head_count_kv", heads)
        values |= self._rope(head_dim, rope_factors)
        values |= self._gemma(head_dim) if self.known.gemma else self._plain(head_dim)
        if self.header.architecture == "bloom":
            self._only("feed_forward_length", 4 * hidden)
            self._only("attention.max_alibi_bias", 8.0)
        for name in [*self.left]:
            self._only(name, *_NEUTRAL.get(name, ()))
        return AutoConfig.for_model(self.known.model_type, **values)

    def _conditions(self) -> None:
        prefixes = (*DESCRIPTIVE, f"{self.header.architecture}.")
        for key, value in self.header.values.items():
            if key in CONDITIONS and value not in CONDITIONS[key]:
                raise refused(key, value, f"read is {' or '.join(map(str, CONDITIONS[key]))}")
            if key not in CONDITIONS and key != "split.tensors.count" and not key.startswith(prefixes):
                raise refused(key, value, "which is no key that the atlas knows")

    def _sizes(self) -> dict[str, Value]:
        values = {}
        for key, name in self.known.sets.items():
            value = self.header.values.get(self._full(key))
            if value is None and key in _OPTIONAL and self._full(key) not in self.header.values:
                continue
            if name in LARGEST and not is_size(name, value):
                raise refused(self._full(key), value, f"read are whole numbers from 1 to {LARGEST[name]:,}")
            if name not in LARGEST and (not isinstance(value, int | float) or not 0 <= value < 1e9):
                raise refused(self._full(key), value, "read are numbers from 0")
            values[name] = (value or None) if key in _SOFTCAPS else value
        if self._integer("block_count") > len(self.tensors):
            raise refused(
                self._full("block_count"), self.left["block_count"], f"the file has {len(self.tensors)} tensors"
            )
        self._answered(*self.known.sets)
        return values

    def _vocabulary(self) -> dict[str, Value]:
        """Tokens, and whether the head is the embedding: a head that the file holds is a head of its own."""
        self._answered("vocab_size")  # some converters count the padding, others do not: the embedding itself decides
        if _EMBEDDING not in self.tensors:
            raise refused(_EMBEDDING, None, "the file has no embedding")
        values: dict[str, Value] = {
            "vocab_size": self.tensors[_EMBEDDING].shape[0],
            "tie_word_embeddings": _HEAD not in self.tensors,
        }
        for kind in ("bos", "eos", "padding"):
            name = {"padding": "pad"}.get(kind, kind)
            values[f"{name}_token_id"] = self.header.values.get(f"tokenizer.ggml.{kind}_token_id")
        return values

    def _rope(self, head_dim: int, factors: tuple[float, ...] | None) -> dict[str, object]:
        if not self.known.rotary:
            if factors is not None:
                raise refused(ROPE_FACTORS, None, "the architecture has no rotary positions")
            return {}
        rope = Rope(self.header.architecture, self.left, head_dim, self._integer("context_length"), factors)
        parameters = rope_of(rope, refused)
        self._answered(*(name for name in self.left if name.startswith("rope.")))
        if self.header.architecture != "gemma3":
            return {"rope_parameters": parameters}
        local = {"rope_type": "default", "rope_theta": rope.local_theta}
        return {"rope_parameters": {"full_attention": parameters, "sliding_attention": local}}

    def _plain(self, head_dim: int) -> dict[str, object]:
        """Attention over everything, scaled by the head's width."""
        scale = self.left.pop("attention.scale", 0.0)
        if scale and abs(float(scale) - head_dim**-0.5) > 1e-6:  # type: ignore[arg-type]
            raise refused(self._full("attention.scale"), scale, f"the architecture has {head_dim**-0.5:.6f}")
        window = self.left.pop("attention.sliding_window", 0)
        if window and not (isinstance(window, int) and window >= self._integer("context_length")):
            raise refused(self._full("attention.sliding_window"), window, "the architecture looks at every token")
        return {}

    def _gemma(self, head_dim: int) -> dict[str, object]:
        return {"query_pre_attn_scalar": self._query_scalar(head_dim), **self._layer_types()}

    def _query_scalar(self, head_dim: int) -> int:
        """The attention scale, squared and inverted: told by the file, or known of the published models.

        llama.cpp takes hidden size over heads for the two 27B models (144 and 168, heads of 128), which it knows by
        their layers, and the head's width (256) for all others. A model that is neither is not guessed at.
        """
        key = "attention.scale"
        scale = self.left.pop(key, None)
        width = self._integer("embedding_length") / self._integer("attention.head_count")
        if isinstance(scale, float) and scale > 0:
            scalar = round(scale**-2)
            if abs(scalar**-0.5 - scale) < 1e-6:
                return scalar
            raise refused(self._full(key), scale, "read are scales of 1 over the root of a whole number")
        if head_dim == 256:
            return 256
        if head_dim == 128 and width == {"gemma2": 144, "gemma3": 168}[self.header.architecture]:
            return int(width)
        raise refused(
            self._full(key), scale, f"with heads of {head_dim} values it is needed, and no published model is like this"
        )

    def _layer_types(self) -> dict[str, object]:
        """Which layers look through the window; absent, it is the architecture's own pattern."""
        key = "attention.sliding_window_pattern"
        pattern = self.left.pop(key, None)
        layers = self._integer("block_count")
        if pattern is None:
            return {}
        if isinstance(pattern, int) and not isinstance(pattern, bool) and 1 < pattern <= layers:
            local = [bool((layer + 1) % pattern) for layer in range(layers)]
        elif isinstance(pattern, tuple) and len(pattern) == layers:
            local = [bool(value) for value in pattern]
        else:
            raise refused(self._full(key), pattern, f"read is one number, or one for each of {layers} layers")
        return {"layer_types": ["sliding_attention" if value else "full_attention" for value in local]}

    def _integer(self, name: str, default: int | None = None) -> int:
        value = self.header.values.get(self._full(name), default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise refused(self._full(name), value, "read is one whole number from 1")
        return value

    def _only(self, name: str, *accepted: Value) -> None:
        if name in self.left and (value := self.left.pop(name)) not in accepted:
            told = f"for {self.header.architecture} read is {' or '.join(map(str, accepted))}" if accepted else ""
            raise refused(self._full(name), value, told or "which is no key that the atlas knows")

    def _answered(self, *names: str) -> None:
        for name in names:
            self.left.pop(name, None)

    def _full(self, name: str) -> str:
        return f"{self.header.architecture}.{name}"


def refused(key: str, value: Value, why: str) -> KnownError:
    """The file says what the model would be computed without."""
    told = "is missing" if value is None else f"is {str(value)[:60]}"
    return KnownError(
        "unsupported_gguf_key",
        f"{key} of the GGUF file {told}: {why}",
        hint="Give the model as a folder of safetensors; the file would be read as another model than it is.",
        field="source",
    )
