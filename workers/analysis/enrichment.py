# ruff: noqa: F722  jaxtyping writes shapes as strings
"""Do some neurons lie in a region? Its density in their weights against chance. Knows masks, no model.

Joins the papers: a neuron of paper B owns a row of gate and up and a column of down; a region of paper A
holds some of these weights. Shapes: N neurons of a layer, D residual.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from workers.analysis.errors import AnalysisError

OWNED = {"mlp.gate": 0, "mlp.up": 0, "mlp.down": 1}
"""The axis of a canonical matrix that counts neurons."""


class Enrichment(NamedTuple):
    """Density of a region in the weights of chosen neurons."""

    n_chosen: int
    n_neurons: int
    density: float
    """Mean share of a chosen neuron's weights that lie in the region; NaN when none is chosen."""
    expected: float
    """Mean share over all neurons: what as many neurons drawn at random have on average."""
    ratio: float
    """density / expected; NaN where it is not defined."""
    z: float
    """(density - expected) in standard deviations of that draw (without replacement); NaN where not defined."""


def neuron_density(masks: Mapping[str, Bool[Tensor, "out in"]]) -> Float[Tensor, " N"]:
    """Share of each neuron's own weights that a region holds, float64.

    `masks`: of one layer, by matrix kind (`mlp.up`, `mlp.down`, and `mlp.gate` where the family has one). The mean
    over neurons is the density of the region in these matrices together.
    """
    owned = {kind: mask for kind, mask in masks.items() if kind in OWNED}
    if not owned:
        raise AnalysisError(
            "no_neurons", f"no matrix of {', '.join(masks) or 'none'} belongs to neurons", hint=f"Give {list(OWNED)}."
        )
    held = torch.stack([mask.sum(1 - OWNED[kind], dtype=torch.float64) for kind, mask in owned.items()]).sum(0)
    return held / sum(mask.shape[1 - OWNED[kind]] for kind, mask in owned.items())


def enrichment(density_N: Float[Tensor, " N"], chosen_N: Bool[Tensor, " N"]) -> Enrichment:
    """Mean density of the chosen neurons against a random choice of as many.

    Under that null the mean is the population's and its variance s^2 (N - k) / (k (N - 1)), exactly, with the
    population variance s^2 and k chosen of N: no permutation is needed.
    """
    n, k = len(density_N), int(chosen_N.sum())
    expected = float(density_N.mean())
    if not k:
        return Enrichment(0, n, math.nan, expected, math.nan, math.nan)
    density = float(density_N[chosen_N].mean())
    variance = float(density_N.var(unbiased=False)) * (n - k) / (k * (n - 1)) if n > 1 else 0.0
    ratio = density / expected if expected else math.nan
    z = (density - expected) / math.sqrt(variance) if variance > 0 else math.nan
    return Enrichment(k, n, density, expected, ratio, z)
