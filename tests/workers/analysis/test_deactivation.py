"""Neurons turned off: equal to zeroed columns of the down projections, and nothing is left behind."""

import copy

import pytest
import torch

from tests.workers.analysis.given import SAMPLES, model
from workers.analysis.deactivation import deactivated
from workers.analysis.errors import AnalysisError
from workers.analysis.perplexity import measure
from workers.families import family_of

ARCHITECTURES = ["llama", "gpt2", "gpt_neox", "bloom", "gemma3_text"]


def down_projections(of):
    return family_of(of.config).down_projections(of)


def masks_for(of, *, seed=0):
    family = family_of(of.config)
    shape = family.shape(of.config)
    return torch.rand(shape.n_layers, shape.n_neurons, generator=torch.Generator().manual_seed(seed)) < 0.2


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_equal_to_zeroed_columns(architecture):
    of = model(architecture)
    masks = masks_for(of)
    before = measure(of, SAMPLES).nll
    with deactivated(down_projections(of), masks) as n_off:
        off = measure(of, SAMPLES).nll
    assert n_off == int(masks.sum())
    assert measure(of, SAMPLES).nll == before
    twin = copy.deepcopy(of)
    parameters = dict(twin.named_parameters())
    with torch.no_grad():
        for view in family_of(of.config).views(of.config):
            if view.kind == "mlp.down":
                view.writable(parameters[view.tensor])[:, masks[view.layer]] = 0
    assert off == pytest.approx(measure(twin, SAMPLES).nll, rel=1e-6)
    assert off != before


def test_no_neuron_off_changes_nothing():
    of = model()
    none = torch.zeros_like(masks_for(of))
    before = measure(of, SAMPLES).nll
    with deactivated(down_projections(of), none) as n_off:
        assert (n_off, measure(of, SAMPLES).nll) == (0, before)


def test_no_hook_is_left_after_an_error():
    of = model()
    with pytest.raises(KeyError), deactivated(down_projections(of), masks_for(of)):
        raise KeyError
    assert not any(module._forward_pre_hooks for module in down_projections(of))


@pytest.mark.parametrize("shape", [(1, 4), (2, 4)])
def test_masks_of_another_model_are_refused(shape):
    of = model()
    with pytest.raises(AnalysisError) as caught, deactivated(down_projections(of), torch.ones(shape, dtype=torch.bool)):
        measure(of, SAMPLES)
    assert caught.value.code == "mask_shape"
