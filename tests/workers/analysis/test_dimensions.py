"""Dimensions are ranked by the number of region parameters they hold, taken by rank, and put back bit for bit."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import ARCHITECTURES, tiny_model
from workers.analysis.checksum import checksum
from workers.analysis.dimensions import heads, held, held_by_index, pick, ranking, taken_dimensions
from workers.analysis.dimensions_removed import dimensions_removed
from workers.analysis.errors import AnalysisError
from workers.families import family_of

HEAD = {"attn.q": "head", "attn.k": "head", "attn.v": "head", "attn.o": "head"}
RESIDUAL = dict.fromkeys(HEAD, "residual") | {"mlp.down": "residual"}
_MODELS: dict[str, tuple] = {}


def opened(architecture: str):
    """A model, its views, and masks of a random tenth of each matrix."""
    if architecture not in _MODELS:
        model = tiny_model(architecture)
        views = family_of(model.config).views(model.config)
        generator = torch.Generator().manual_seed(1)
        masks = {
            view.name: torch.rand(view.shape, generator=generator) < 0.1 for view in views if view.layer is not None
        }
        _MODELS[architecture] = (model, views, masks)
    return _MODELS[architecture]


def test_ranks_by_hand():
    counts = torch.tensor([2, 0, 5, 2, 1, 0, 2])
    assert ranking(counts).tolist() == [2, 0, 3, 6, 4, 1, 5]
    assert pick(counts, rank="top", count=2).tolist() == [2, 0]
    assert pick(counts, rank="middle", count=1).tolist() == [6]
    assert pick(counts, rank="middle", count=3).tolist() == [3, 6, 4]
    assert pick(counts, rank="bottom", count=2).tolist() == [1, 5]


def test_held_by_hand():
    mask_OI = torch.tensor([[1, 1, 0], [0, 1, 0]], dtype=torch.bool)
    assert held(mask_OI, 0).tolist() == [2, 1]
    assert held(mask_OI, 1).tolist() == [1, 2, 0]
    assert held(mask_OI[0], 0).tolist() == [1, 1, 0]


def test_random_dimensions_belong_to_the_seed_and_are_never_among_the_top():
    counts = torch.arange(40)
    drawn = [pick(counts, rank="random", count=5, seed=seed, name="0.attn.q").tolist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert all(index < 35 for indices in drawn for index in indices)
    assert all(len(set(indices)) == 5 for indices in drawn)
    assert pick(counts, rank="random", count=5, seed=1, name="0.attn.k").tolist() != drawn[0]
    assert pick(counts, rank="random", count=20, seed=3).tolist() == list(range(20))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=3, max_size=30), st.data())
def test_no_dimensions_hold_more_than_the_top_ones(given_counts, data):
    counts = torch.tensor(given_counts)
    count = data.draw(st.integers(1, len(counts) // 3))
    taken = {rank: pick(counts, rank=rank, count=count) for rank in ("top", "middle", "bottom")}
    naive = sorted(range(len(counts)), key=lambda index: (-given_counts[index], index))
    start = (len(counts) - count) // 2
    assert taken["top"].tolist() == naive[:count]
    assert taken["middle"].tolist() == naive[start : start + count]
    assert taken["bottom"].tolist() == naive[len(counts) - count :]
    held_by = {rank: int(counts[indices].sum()) for rank, indices in taken.items()}
    assert held_by["top"] >= held_by["middle"] >= held_by["bottom"]
    assert len({int(index) for indices in taken.values() for index in indices}) == 3 * count
    drawn = pick(counts, rank="random", count=count, seed=data.draw(st.integers(0, 9)))
    assert int(counts[drawn].sum()) <= held_by["top"]
    assert not set(drawn.tolist()) & set(taken["top"].tolist())


@pytest.mark.parametrize(
    "rank,count,told",
    [("top", 8, "1 to 7"), ("middle", 0, "1 to 7"), ("random", 4, "1 to 3"), ("best", 1, "top, middle, bottom")],
)
def test_what_cannot_be_taken_is_refused(rank, count, told):
    with pytest.raises(AnalysisError, match=told):
        pick(torch.zeros(7, dtype=torch.long), rank=rank, count=count)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("sides", [HEAD, RESIDUAL])
def test_every_matrix_of_the_setting_is_ranked_on_its_own(architecture, sides):
    _, views, masks = opened(architecture)
    taken = taken_dimensions(views, masks, sides=sides, rank="top", count=3)
    assert [one.view.name for one in taken] == [view.name for view in views if view.kind in sides]
    for one in taken:
        assert one.view.sides[one.axis] == sides[one.view.kind]
        mask = masks[one.view.name].movedim(one.axis, 0)
        counts = [int(line.sum()) for line in mask]
        naive = sorted(range(len(counts)), key=lambda index: (-counts[index], index))[:3]
        assert one.indices.tolist() == naive
        assert one.counts.tolist() == [counts[index] for index in naive]


def test_a_shared_ranking_sums_over_matrices_whose_side_has_one_size():
    _, views, masks = opened("llama")
    taken = {one.view.name: one for one in taken_dimensions(views, masks, sides=HEAD, rank="top", count=2, shared=True)}
    for kinds, size in ((("attn.q", "attn.o"), 32), (("attn.k", "attn.v"), 16)):
        names = [f"{layer}.{kind}" for layer in (0, 1) for kind in kinds]
        total = sum(held(masks[name], taken[name].axis) for name in names)
        assert len(total) == size
        for name in names:
            assert taken[name].indices.tolist() == ranking(total)[:2].tolist()
            assert taken[name].counts.tolist() == held(masks[name], taken[name].axis)[taken[name].indices].tolist()


def test_a_dimension_counts_what_its_perturbation_would_touch():
    _, views, masks = opened("llama")
    naive = [0] * 32
    for view in views:
        if view.layer is not None and "head" in view.sides:
            for index, line in enumerate(masks[view.name].movedim(view.sides.index("head"), 0)):
                naive[index] += int(line.sum())
    assert held_by_index(views, masks, "head").tolist() == naive
    with pytest.raises(AnalysisError, match="no matrix"):
        held_by_index(views, {}, "residual")


@pytest.mark.parametrize("architecture,n_key_heads", [("llama", 2), ("gpt2", 4), ("bloom", 4)])
def test_heads_hold_all_of_the_region_that_their_matrices_hold(architecture, n_key_heads):
    _, views, masks = opened(architecture)
    shares = heads(views, masks, sides=HEAD)
    assert len(shares) == 2 * (2 * 4 + 2 * n_key_heads)
    assert sum(share.selected for share in shares) == sum(int(masks[v.name].sum()) for v in views if v.kind in HEAD)
    parts = [share.selected / share.total for share in shares]
    assert parts == sorted(parts, reverse=True)
    share = next(share for share in shares if (share.layer, share.kind, share.head) == (1, "attn.o", 3))
    assert share.selected == int(masks["1.attn.o"][:, 24:32].sum())
    assert share.total == 32 * 8
    assert heads(views, masks, sides=RESIDUAL) == []


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("sides", [HEAD, RESIDUAL])
def test_what_is_taken_is_zero_and_nothing_else_changes(architecture, sides):
    model, views, masks = opened(architecture)
    parameters = dict(model.named_parameters())
    before = checksum(model.parameters())
    old = {view.name: view.canonical(parameters[view.tensor]).clone() for view in views}
    taken = taken_dimensions(views, masks, sides=sides, rank="top", count=2)
    lines = {one.view.name: one for one in taken}
    with dimensions_removed(model, taken) as n_removed:
        for view in views:
            expected = old[view.name].clone()
            if one := lines.get(view.name):
                expected.index_fill_(one.axis, one.indices, 0.0)
            assert torch.equal(view.canonical(parameters[view.tensor]), expected)
    assert n_removed == sum(2 * old[name].numel() // old[name].shape[one.axis] for name, one in lines.items())
    assert checksum(model.parameters()) == before


class Stop(BaseException):
    """A cancel signal."""


@pytest.mark.parametrize("nth", [1, 3])
def test_a_stop_leaves_the_weights_as_they_were(nth):
    model, views, masks = opened("gpt2")
    before, n_entered = checksum(model.parameters()), 0

    @contextmanager
    def guard():
        nonlocal n_entered
        n_entered += 1
        own = n_entered
        yield
        if own == nth:
            raise Stop

    taken = taken_dimensions(views, masks, sides=HEAD, rank="middle", count=4)
    with pytest.raises(Stop), dimensions_removed(model, taken, guard=guard):
        raise AssertionError("the body must not run")
    assert checksum(model.parameters()) == before
    with pytest.raises(ValueError, match="inside"), dimensions_removed(model, taken):
        raise ValueError("inside")
    assert checksum(model.parameters()) == before
