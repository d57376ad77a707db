"""Whether embedding and head are one matrix: what the files hold, where the config says otherwise."""

from __future__ import annotations

import copy
from pathlib import Path

import torch
from safetensors import safe_open
from transformers import PretrainedConfig

from workers.families import family_of
from workers.sources.weights import StoredTensor

_ROWS = 4096


def ends(config: PretrainedConfig) -> tuple[str, str]:
    """Names of embedding and head among the parameters of such a model, were they two."""
    apart = copy.copy(config)
    apart.tie_word_embeddings = False
    by_kind = {view.kind: view.tensor for view in family_of(config).views(apart)}
    return by_kind["embed.token"], by_kind["head"]


def are_equal(folder: Path, one: tuple[str, StoredTensor], other: tuple[str, StoredTensor]) -> bool:
    """Whether two stored matrices have the same values; read in parts, up to the first difference."""
    if one[1].shape != other[1].shape:
        return False
    with (
        safe_open(folder / one[1].file, framework="pt") as left,
        safe_open(folder / other[1].file, framework="pt") as right,
    ):
        rows, others = left.get_slice(one[0]), right.get_slice(other[0])
        starts = range(0, one[1].shape[0], _ROWS)
        return all(torch.equal(rows[at : at + _ROWS].float(), others[at : at + _ROWS].float()) for at in starts)
