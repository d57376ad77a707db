"""Movement of one matrix against a naive twin, a case by hand, and what must always hold."""

from __future__ import annotations

import math

import pytest
import torch

from workers.analysis import comparison
from workers.analysis.comparison import movement, pooled
from workers.analysis.errors import AnalysisError


def test_a_case_by_hand():
    left, right = torch.tensor([[3.0, 0.0], [0.0, 4.0]]), torch.tensor([[3.0, 0.0], [0.0, 2.0]])
    found = movement(left, right, torch.tensor([[True, False], [False, True]]))
    assert (found.norm, found.moved, found.relative) == (5.0, 2.0, 0.4)
    assert (found.largest, found.largest_at, found.n_changed) == (2.0, (1, 1), 1)
    assert found.cosine == pytest.approx(17 / (5 * math.sqrt(13)))
    assert (found.n_inside, found.moved_inside) == (2, 2.0)


@pytest.mark.parametrize("shape", [(37, 11), (50,)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_in_pieces_it_is_what_three_lines_give(shape, dtype, monkeypatch):
    monkeypatch.setattr(comparison, "PIECE_CELLS", 64)
    generator = torch.Generator().manual_seed(1)
    left, right = (torch.randn(shape, generator=generator).to(dtype) for _ in range(2))
    inside = torch.rand(shape, generator=generator) < 0.2
    found = movement(left, right, inside)
    change = (right.double() - left.double()).flatten()
    assert found.relative == pytest.approx(float(change.norm() / left.double().norm()))
    assert found.largest == float(change.abs().max())
    flat = int(change.abs().argmax())
    assert found.largest_at == (divmod(flat, shape[1]) if len(shape) == 2 else (flat,))
    cosine = torch.nn.functional.cosine_similarity(left.double().flatten(), right.double().flatten(), dim=0)
    assert found.cosine == pytest.approx(float(cosine))
    assert found.moved_inside == pytest.approx(float(change[inside.flatten()].norm()))


def test_a_scaled_matrix_points_the_same_way_and_an_equal_one_has_not_moved():
    left = torch.randn(8, 5, generator=torch.Generator().manual_seed(0))
    scaled = movement(left, 1.5 * left)
    assert (scaled.relative, scaled.cosine) == (pytest.approx(0.5), pytest.approx(1.0))
    same = movement(left, left.clone(), torch.ones(8, 5, dtype=torch.bool))
    assert (same.moved, same.largest, same.n_changed, same.moved_inside) == (0.0, 0.0, 0, 0.0)


def test_what_is_not_defined_is_not_a_number_and_a_broken_weight_is_not_hidden():
    zero = movement(torch.zeros(3), torch.ones(3))
    assert math.isnan(zero.relative) and math.isnan(zero.cosine)
    broken = movement(torch.ones(3), torch.tensor([1.0, math.nan, 9.0]))
    assert math.isnan(broken.largest) and broken.largest_at == (1,)
    with pytest.raises(AnalysisError) as refused:
        movement(torch.ones(3), torch.ones(4))
    assert refused.value.code == "shapes_differ"


def test_matrices_together_are_one_long_vector():
    generator = torch.Generator().manual_seed(2)
    pairs = [(torch.randn(6, 4, generator=generator), torch.randn(6, 4, generator=generator)) for _ in range(3)]
    masks = [torch.rand(6, 4, generator=generator) < 0.3 for _ in pairs[:2]] + [None]
    found = [movement(*pair, mask) for pair, mask in zip(pairs, masks, strict=True)]
    whole = pooled((one, 24) for one in found)
    joined = movement(*(torch.cat(side) for side in zip(*pairs, strict=True)))
    assert whole.relative == pytest.approx(joined.relative)
    assert whole.largest == joined.largest
    covered = movement(*(torch.cat(side) for side in zip(*pairs[:2], strict=True)), torch.cat(masks[:2]))
    assert whole.share_inside == pytest.approx((covered.moved_inside / covered.moved) ** 2)
    assert whole.share_of_parameters == pytest.approx(covered.n_inside / 48)
    everything = [movement(*pair, torch.ones(6, 4, dtype=torch.bool)) for pair in pairs]
    assert pooled((one, 24) for one in everything).share_inside == pytest.approx(1.0)
