"""The weights of an opened model as transformers' own model: every one of them, and nothing else in their place.

What transformers refuses, or would fill with random numbers, is a problem of the model, with file and reason.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from transformers import AutoModelForCausalLM, PretrainedConfig, PreTrainedModel

from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from workers.failures import device_is_lost, disk_is_full, is_out_of_memory
from workers.families import family_of
from workers.sources.opening import read_config
from workers.sources.weights import incomplete

_NUMBER = re.compile(r"(?<=\.)\d+(?=\.)")


def config_of(entry: ModelDescription) -> PretrainedConfig:
    """The configuration in the model's folder, with embedding and head one or two as its files hold them."""
    config = read_config(Path(entry.folder))
    config.tie_word_embeddings = not any(matrix.kind == "head" for matrix in entry.matrices)
    return config


def read_weights(entry: ModelDescription, config: PretrainedConfig, **options: Any) -> PreTrainedModel:
    """The model as `from_pretrained` gives it (`options`), once no parameter is missing and none is left over.

    With `device_map="meta"` only names and shapes are read. Raises `incomplete_weights`, `unloadable_model`,
    `weights_left_over`.
    """
    folder = Path(entry.folder)
    try:
        model, info = AutoModelForCausalLM.from_pretrained(
            folder,
            config=config,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # refused below, with names and shapes
            key_mapping=_without_prefix(entry, config),
            **options,
        )
    except Exception as error:
        if is_out_of_memory(error) or disk_is_full(error) or device_is_lost(error) or isinstance(error, KnownError):
            raise
        raise _unloadable(folder, error) from None
    if info["mismatched_keys"]:
        name, *shapes = next(iter(info["mismatched_keys"]))
        stored, expected = (tuple(shape) for shape in shapes)
        raise incomplete(folder, f"{name} has the shape {stored}, the config says {expected}")
    if info["missing_keys"]:
        raise incomplete(folder, f"no tensor for {', '.join(sorted(info['missing_keys'])[:3])}")
    _require_all_read(folder, info["unexpected_keys"], {name for name, _ in model.named_parameters()})
    return model


def _without_prefix(entry: ModelDescription, config: PretrainedConfig) -> dict[str, str] | None:
    """What stands before the names in the files (`language_model.model.norm.weight`), for transformers to leave out."""
    parameters = {view.name: view.tensor for view in family_of(config).views(config)}
    prefixes = {
        matrix.tensor.removesuffix(parameters[matrix.name])
        for matrix in entry.matrices
        if matrix.tensor.endswith("." + parameters[matrix.name])
    }
    if len(prefixes) > 1:
        raise incomplete(Path(entry.folder), f"its tensors lie below several names: {', '.join(sorted(prefixes))}")
    return {f"^{re.escape(prefix)}": "" for prefix in prefixes} or None


def _require_all_read(folder: Path, unexpected: Collection[str], parameters: Collection[str]) -> None:
    """Refuse weights of the layers that the model does not read: a bias, a norm, a layer that the config leaves out."""
    known = {_NUMBER.sub("*", name) for name in parameters}
    layers = {name[: name.index("*") + 2] for name in known if "*" in name}
    layered = {name: _NUMBER.sub("*", name) for name in unexpected}
    left = sorted(
        name for name, form in layered.items() if form.startswith(tuple(layers)) or (not layers and "*" in form)
    )
    if left:
        raise KnownError(
            "weights_left_over",
            f"the weights in {folder} hold {len(left)} tensors that a model of its config does not read, such as "
            f"{left[0]}: its numbers would be those of another model",
            hint="Check model_type, num_hidden_layers and the biases in config.json against the original model's.",
            field="source",
        )


def _unloadable(folder: Path, error: Exception) -> KnownError:
    return KnownError(
        "unloadable_model",
        f"transformers cannot load the model in {folder}: {type(error).__name__}: {' '.join(str(error).split())[:300]}",
        hint="Check config.json and the weights against the original model's, or download it again.",
        field="source",
    )
