"""Stored masks come back as they were packed, one matrix at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from backend.contracts.problems import KnownError
from tests.workers.handlers.shop import Shop
from workers.families.llama_like import FAMILY
from workers.handlers.regions_read import StoredMasks, stored_masks
from workers.sources.opening import read_config


def test_masks_are_the_packed_bits_in_canonical_shape(shop: Shop, tmp_path: Path) -> None:
    views = FAMILY.views(read_config(shop.model_folder))
    generator = torch.Generator().manual_seed(0)
    given = {v.name: torch.rand(v.shape, generator=generator) < 0.3 for v in views if v.layer == 0}
    save_file({name: np.packbits(mask.numpy().ravel()) for name, mask in given.items()}, tmp_path / "mask.safetensors")
    masks = StoredMasks(tmp_path / "mask.safetensors", views)
    assert list(masks) == [view.name for view in views if view.layer == 0]
    assert all(torch.equal(mask, given[name]) for name, mask in masks.items())
    assert all(mask.dtype == torch.bool for mask in masks.values())
    with pytest.raises(KeyError):
        masks["1.mlp.up"]


def test_a_region_that_was_not_computed_is_named(shop: Shop) -> None:
    with pytest.raises(KnownError) as caught:
        stored_masks(type("T", (), {"inputs": {}})(), "region", shop.context, [])
    assert caught.value.problem.code == "input_missing"
