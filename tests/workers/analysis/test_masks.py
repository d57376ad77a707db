from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workers.analysis import masks

flags = st.lists(st.booleans(), min_size=1, max_size=200)


@given(flags=flags)
def test_there_and_back(flags: list[bool]) -> None:
    mask = torch.tensor(flags)
    bits = masks.packed(mask)
    assert bits.size == masks.n_bytes(len(flags))
    assert torch.equal(masks.unpacked(bits, mask.shape), mask)
    assert masks.count(bits) == sum(flags)
    assert torch.equal(masks.unpacked(masks.inverted(bits, len(flags)), mask.shape), ~mask)
    assert masks.count(masks.inverted(bits, len(flags))) == len(flags) - sum(flags)


@given(flags=flags, n=st.integers(0, 210))
def test_the_first_set_bits(flags: list[bool], n: int) -> None:
    kept = np.unpackbits(masks.first(np.packbits(flags), n))
    assert np.flatnonzero(kept).tolist() == np.flatnonzero(flags)[:n].tolist()


@pytest.mark.parametrize("few", [0, 10**9])
@given(flags=flags, cells=st.lists(st.integers(0, 199)))
def test_cells_are_added_in_any_order_few_or_many(few: int, flags: list[bool], cells: list[int]) -> None:
    flags = flags + [False] * (200 - len(flags))
    bits = np.packbits(flags)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masks, "FEW", few)
        masks.add_cells(bits, np.array(cells, np.int64))
    assert set(np.flatnonzero(np.unpackbits(bits)).tolist()) == set(np.flatnonzero(flags).tolist()) | set(cells)
