"""Removal zeroes exactly what the masks select and gives back exactly the bits that were there."""

from __future__ import annotations

import math
from contextlib import contextmanager

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import ARCHITECTURES, tiny_model
from workers.analysis.checksum import checksum
from workers.analysis.errors import AnalysisError
from workers.analysis.removal import removed
from workers.families import family_of, in_layers

every_architecture = pytest.mark.parametrize("architecture", ARCHITECTURES)
every_dtype = pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])


class Stop(BaseException):
    """A cancel signal."""


def opened(architecture: str, dtype: torch.dtype = torch.float32):
    model = tiny_model(architecture).to(dtype)
    return model, family_of(model.config).views(model.config)


def random_masks(views, *, share: float = 0.1, seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {view.name: torch.rand(view.shape, generator=generator) < share for view in views}


def canonical(model, view) -> torch.Tensor:
    return view.canonical(model.get_parameter(view.tensor)).clone()


def spoil(model) -> None:
    """Bits that arithmetic would lose: NaN with a payload, both infinities, minus zero, a subnormal."""
    for parameter in model.parameters():
        flat = parameter.detach().view(-1)
        flat[:4] = torch.tensor([math.nan, math.inf, -math.inf, -0.0])
        integers = flat.view(torch.int32 if flat.element_size() == 4 else torch.int16)
        integers[4] = 1
        integers[5] = integers[0] | 3


@every_architecture
def test_the_naive_twin_gives_the_same_weights(architecture):
    """Twin: `matrix[mask] = 0` on canonical copies."""
    model, views = opened(architecture)
    masks = random_masks(views)
    expected = {view.name: canonical(model, view).masked_fill(masks[view.name], 0) for view in views}
    with removed(model, views, masks) as n_removed:
        assert n_removed == sum(int(mask.sum()) for mask in masks.values())
        assert all(torch.equal(canonical(model, view), expected[view.name]) for view in views)


@every_architecture
@every_dtype
@pytest.mark.parametrize("error", [None, ValueError, Stop])
def test_every_bit_comes_back(architecture, dtype, error):
    model, views = opened(architecture, dtype)
    spoil(model)
    before = checksum(model.parameters())

    def interrupted() -> None:
        with removed(model, views, random_masks(views, share=0.7)):
            assert checksum(model.parameters()) != before
            if error:
                raise error

    if error:
        with pytest.raises(error):
            interrupted()
    else:
        interrupted()
    assert checksum(model.parameters()) == before


def test_a_matrix_by_hand():
    """gpt2 stores v of `c_attn` transposed and in the last third of the columns."""
    model, views = opened("gpt2")
    stored = model.get_parameter("transformer.h.0.attn.c_attn.weight")
    before = stored.detach().clone()
    mask = torch.zeros(32, 32, dtype=torch.bool)
    mask[3, 7] = mask[31, 0] = True  # (out, in)
    with removed(model, views, {"0.attn.v": mask}) as n_removed:
        assert n_removed == 2
        assert stored[7, 64 + 3] == stored[0, 64 + 31] == 0
        assert (stored != before).sum() == 2
    assert torch.equal(stored, before)


def test_a_global_region_may_leave_matrices_out_or_empty():
    model, views = opened("bloom")
    before = checksum(model.parameters())
    masks = {view.name: torch.zeros(view.shape, dtype=torch.bool) for view in views if in_layers(view)}
    with removed(model, views, masks) as n_removed:
        assert n_removed == 0
        assert checksum(model.parameters()) == before
    masks = {"1.norm.post": torch.ones(32, dtype=torch.bool), "0.attn.k": masks["0.attn.k"]}
    with removed(model, views, masks) as n_removed:
        assert n_removed == 32
    with removed(model, views, {}) as n_removed:
        assert n_removed == 0


def test_the_whole_model_can_be_removed_and_comes_back():
    model, views = opened("gpt_neox")
    before = checksum(model.parameters())
    with removed(model, views, {view.name: torch.ones(view.shape, dtype=torch.bool) for view in views}) as n_removed:
        assert n_removed == sum(parameter.numel() for parameter in model.parameters())
        assert not any(parameter.any() for parameter in model.parameters())
    assert checksum(model.parameters()) == before


def test_removals_nest():
    model, views = opened("qwen2")
    before = checksum(model.parameters())
    with removed(model, views, random_masks(views, share=0.5)):
        within = checksum(model.parameters())
        with removed(model, views, random_masks(views, share=0.5, seed=1)):
            assert checksum(model.parameters()) != within
        assert checksum(model.parameters()) == within
    assert checksum(model.parameters()) == before


def test_masks_are_left_as_they_were():
    model, views = opened("gpt2")
    masks = random_masks(views)
    before = checksum(masks.values())
    with removed(model, views, masks):
        pass
    assert checksum(masks.values()) == before


@pytest.mark.parametrize(
    "masks,code,named",
    [
        ({"7.attn.q": torch.ones(32, 32, dtype=torch.bool)}, "unknown_matrix", "'7.attn.q'"),
        ({"0.attn.q": torch.ones(16, 64, dtype=torch.bool)}, "mask_shape", "(32, 32)"),
    ],
)
def test_a_region_of_another_model_is_refused(masks, code, named):
    model, views = opened("llama")
    before = checksum(model.parameters())
    masks = {"0.norm.input": torch.ones(32, dtype=torch.bool)} | masks
    with pytest.raises(AnalysisError) as caught, removed(model, views, masks):
        pass
    assert caught.value.code == code
    assert named in str(caught.value)
    assert checksum(model.parameters()) == before


def test_every_write_is_inside_the_guard():
    model, views = opened("llama")
    sums = [checksum(model.parameters())]

    @contextmanager
    def guard():
        assert checksum(model.parameters()) == sums[-1]
        yield
        sums.append(checksum(model.parameters()))

    with removed(model, views, random_masks(views[:5]), guard=guard):
        assert checksum(model.parameters()) == sums[-1] != sums[0]
    assert checksum(model.parameters()) == sums[-1] == sums[0]


@pytest.mark.parametrize("nth", [1, 3])
def test_a_cancel_that_comes_out_of_a_guard_takes_all_of_it_back(nth):
    model, views = opened("llama")
    before, n_entered = checksum(model.parameters()), 0

    @contextmanager
    def guard():
        nonlocal n_entered
        n_entered += 1
        own = n_entered
        yield
        if own == nth:
            raise Stop

    with pytest.raises(Stop), removed(model, views, random_masks(views), guard=guard):
        raise AssertionError("the body must not run")
    assert n_entered == nth + 1
    assert checksum(model.parameters()) == before


def test_a_cancel_that_comes_while_the_last_guard_is_entered_leaves_nothing_changed():
    model, views = opened("llama")
    before, inside, stopped = checksum(model.parameters()), False, False

    @contextmanager
    def guard():
        nonlocal stopped
        if inside and not stopped:  # a signal between leaving the body and closing the shield
            stopped = True
            raise Stop
        yield

    with pytest.raises(Stop), removed(model, views, random_masks(views), guard=guard):
        inside = True
    assert stopped
    assert checksum(model.parameters()) == before


@settings(max_examples=30, deadline=None)
@given(share=st.floats(0, 1), seed=st.integers(0, 2**31 - 1), architecture=st.sampled_from(["gpt2", "bloom", "llama"]))
def test_any_region_comes_back(share, seed, architecture):
    model, views = _shared(architecture)
    before = checksum(model.parameters())
    masks = random_masks(views, share=share, seed=seed)
    with removed(model, views, masks) as n_removed:
        assert n_removed == sum(int(mask.sum()) for mask in masks.values())
        assert all(not canonical(model, view)[masks[view.name]].any() for view in views)
    assert checksum(model.parameters()) == before


_SHARED: dict[str, tuple] = {}


def _shared(architecture: str):
    if architecture not in _SHARED:
        _SHARED[architecture] = opened(architecture)
    return _SHARED[architecture]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@every_dtype
def test_on_a_gpu_with_masks_on_the_cpu(dtype):
    for architecture in ("gpt2", "bloom", "llama"):
        model, views = opened(architecture, dtype)
        spoil(model)
        before = checksum(model.parameters())
        model.cuda()
        masks = random_masks(views, share=0.3)
        expected = {view.name: canonical(model, view).cpu().masked_fill(masks[view.name], 0) for view in views}
        with removed(model, views, masks):
            assert checksum(canonical(model, view) for view in views) == checksum(expected.values())
        assert checksum(model.parameters()) == before
