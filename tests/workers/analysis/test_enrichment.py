"""Enrichment: by hand, against many random draws, and what must always hold."""

import math

import pytest
import torch

from workers.analysis.enrichment import enrichment, neuron_density
from workers.analysis.errors import AnalysisError


def test_by_hand():
    masks = {
        "mlp.gate": torch.tensor([[1, 1], [0, 0], [0, 0]], dtype=torch.bool),
        "mlp.up": torch.tensor([[1, 0], [0, 0], [0, 1]], dtype=torch.bool),
        "mlp.down": torch.tensor([[1, 0, 0], [0, 0, 0]], dtype=torch.bool),
        "attn.q": torch.ones(4, 2, dtype=torch.bool),
    }
    density = neuron_density(masks)
    assert density.tolist() == pytest.approx([4 / 6, 0, 1 / 6])
    found = enrichment(density, torch.tensor([True, False, False]))
    assert (found.n_chosen, found.n_neurons) == (1, 3)
    assert found.density == pytest.approx(4 / 6)
    assert found.expected == pytest.approx(5 / 18)
    assert found.ratio == pytest.approx(2.4)


def test_the_mean_over_neurons_is_the_density_of_the_region():
    generator = torch.Generator().manual_seed(0)
    shapes = {"mlp.gate": (8, 5), "mlp.up": (8, 5), "mlp.down": (5, 8)}
    masks = {kind: torch.rand(shape, generator=generator) < 0.3 for kind, shape in shapes.items()}
    whole = torch.cat([mask.flatten() for mask in masks.values()]).double().mean()
    torch.testing.assert_close(neuron_density(masks).mean(), whole)


def test_chance_is_that_of_random_draws():
    generator = torch.Generator().manual_seed(1)
    density = torch.rand(40, generator=generator, dtype=torch.float64)
    chosen = torch.zeros(40, dtype=torch.bool)
    chosen[:7] = True
    draws = torch.stack([density[torch.randperm(40, generator=generator)[:7]].mean() for _ in range(20_000)])
    found = enrichment(density, chosen)
    assert found.expected == pytest.approx(float(draws.mean()), abs=2e-3)
    assert found.z == pytest.approx((found.density - float(draws.mean())) / float(draws.std()), abs=0.05)


@pytest.mark.parametrize("n_chosen", [0, 4])
def test_none_or_all_chosen_say_nothing(n_chosen):
    chosen = torch.arange(4) < n_chosen
    found = enrichment(torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64), chosen)
    assert math.isnan(found.z)


def test_matrices_without_neurons_are_refused():
    with pytest.raises(AnalysisError, match=r"attn\.q"):
        neuron_density({"attn.q": torch.ones(2, 2, dtype=torch.bool)})
