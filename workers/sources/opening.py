"""A found folder becomes a model description: what it is, where each matrix lies, which hash names it.

Reads the config and the headers of the weight files; no weight but for hashing.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from math import prod
from pathlib import Path

from transformers import AutoConfig, PretrainedConfig

from backend.artifacts.models import fingerprint, inodes
from backend.contracts.models import MatrixView, ModelDescription, ModelShape
from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import MatrixKind, Side
from workers.failures import is_out_of_memory
from workers.families import family_of
from workers.families.base import View
from workers.sources import told, tying
from workers.sources.bounds import check_sizes
from workers.sources.checks import require_head, require_object, require_whole
from workers.sources.found import Fits, Found, Tracker, any_size, untracked
from workers.sources.weights import (
    DTYPES,
    StoredTensor,
    config_hash,
    incomplete,
    stored_tensors,
    tokenizer_hash,
    weight_files,
    weights_hash,
)

RENAMED = {"lm_head.weight": "embed_out.weight"}
"""Parameter in transformers to tensor in the files, where transformers itself converts (GPT-NeoX, Pythia)."""


def read_config(folder: Path) -> PretrainedConfig:
    """The config of a supported, unquantized model; refuses all others before anything heavy happens."""
    check_sizes(require_object(folder / "config.json"), folder / "config.json")
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # transformers validates by classes of its own and of huggingface_hub
        if is_out_of_memory(error):
            raise
        raise KnownError(
            "unsupported_architecture",
            f"transformers cannot read {folder / 'config.json'}: {' '.join(str(error).split())[:300]}",
            hint="Code that comes with a model is never run; choose a model of an architecture in transformers.",
            field="source",
        ) from None
    if getattr(config, "quantization_config", None) is not None:
        raise _quantized(folder, "its config has a quantization_config")
    family_of(config)
    require_head(folder, config)
    return config


def describe(
    found: Found,
    *,
    name: str,
    source: str,
    fits: Fits = any_size,
    track: Tracker = untracked,
) -> ModelDescription:
    """Everything the atlas knows of a model; every byte of its weights is read for their hash.

    Raises `input_changed` when a file is written while they are read.
    """
    folder = found.folder
    require_whole(folder)
    before = fingerprint(folder), inodes(folder)
    config = read_config(folder)
    family = family_of(config)
    files = weight_files(folder)
    stored = stored_tensors(folder, files)
    config.tie_word_embeddings = _is_tied(config, stored, folder)
    views = family.views(config)
    matrices = tuple(_matrix(view, stored, folder, config) for view in views)
    n_parameters = sum(prod(matrix.shape) for matrix in matrices)
    fits(n_parameters)
    weights = weights_hash(folder, files, known=found.hashes, track=track)
    if (fingerprint(folder), inodes(folder)) != before:
        raise _changed(folder)
    return ModelDescription(
        name=name,
        source=source,
        revision=found.revision,
        fingerprint=before[0],
        inodes=before[1],
        folder=str(folder),
        weights_hash=weights,
        tokenizer_hash=tokenizer_hash(folder),
        config_hash=config_hash(folder),
        architecture=(config.architectures or [config.model_type])[0],
        family=family.name,
        shape=ModelShape(**family.shape(config)._asdict()),
        matrices=matrices,
        n_parameters=n_parameters,
        size_bytes=sum(os.stat(folder / file).st_size for file in files),
        dtype=_main_dtype(stored),
        licence=found.licence,
        licence_url=found.licence_url,
        opened_at=datetime.now(UTC),
        config=told.configuration(config),
        tokenizer=told.tokenizer(folder),
    )


def _is_tied(config: PretrainedConfig, stored: Mapping[str, StoredTensor], folder: Path) -> bool:
    """Whether embedding and head are one matrix; two that differ are two, whatever the config says."""
    if not config.tie_word_embeddings:
        return False
    names = [name for parameter in tying.ends(config) if (name := stored_name(parameter, stored))]
    if len(set(names)) < 2:
        return True
    one, other = ((name, stored[name]) for name in names)
    return tying.are_equal(folder, one, other)


def _matrix(view: View, stored: Mapping[str, StoredTensor], folder: Path, config: PretrainedConfig) -> MatrixView:
    name = stored_name(view.tensor, stored)
    if name is None and config.tie_word_embeddings and view.kind == "embed.token":
        name = stored_name(tying.ends(config)[1], stored)  # the one matrix lies there under the head's name
    if name is None:
        raise incomplete(folder, f"no tensor for {view.name} ({view.tensor})")
    tensor = stored[name]
    if tensor.dtype not in DTYPES:
        raise _quantized(folder, f"{name} is stored as {tensor.dtype}")
    expected = prod(view.fold) if view.fold else prod(view.shape)
    if tensor.numel != expected:
        raise incomplete(folder, f"{name} has {tensor.numel} values, the config says {expected}")
    return MatrixView(
        name=view.name,
        layer=view.layer,
        kind=MatrixKind(view.kind),
        shape=view.shape,
        sides=tuple(Side(side) if side else None for side in view.sides),
        n_heads=view.n_heads,
        tensor=name,
        file=tensor.file,
        dtype=tensor.dtype,
        fold=view.fold,
        axis=view.axis,
        pick=view.pick,
        transposed=view.transposed,
        scale_offset=view.scale_offset,
    )


def stored_name(parameter: str, stored: Mapping[str, StoredTensor]) -> str | None:
    """Name in the files of a parameter of the model: the same, or with less or more of a prefix.

    `transformer.h.0.ln_1.weight` may lie there as `h.0.ln_1.weight` (GPT-2 on the hub),
    `model.norm.weight` as `language_model.model.norm.weight`. Gives None where none fits.
    """
    for known in (parameter, RENAMED.get(parameter, parameter)):
        parts = known.split(".")
        shorter = (".".join(parts[start:]) for start in range(min(2, len(parts) - 1)))
        longer = sorted(name for name in stored if name.endswith(f".{known}"))
        name = next((name for name in (*shorter, *longer) if name in stored), None)
        if name is not None:
            return name
    return None


def _main_dtype(stored: Mapping[str, StoredTensor]) -> str:
    sizes: Counter[str] = Counter()
    for tensor in stored.values():
        sizes[tensor.dtype] += tensor.numel
    return sizes.most_common(1)[0][0]


def _changed(folder: Path) -> KnownError:
    return KnownError(
        "input_changed",
        f"the files of {folder} were written to while they were read",
        hint="Open the model again when nothing writes there any more.",
        status=409,
        field="source",
    )


def _quantized(folder: Path, why: str) -> KnownError:
    return KnownError(
        "quantized_weights",
        f"the weights in {folder} are quantized ({why}); the atlas reads them as {', '.join(DTYPES)}",
        hint="Open the unquantized model, or a GGUF file, which is converted.",
        field="source",
    )
