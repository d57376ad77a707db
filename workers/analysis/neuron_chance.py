# ruff: noqa: F722  jaxtyping writes shapes as strings
"""What chance and a second text say of key neurons: shuffled languages, halves of the sentences. Knows no model.

Shapes: G languages, K sentences per language, N neurons of a layer, P permutations, S splits into halves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from workers.analysis.neuron_groups import MOST_NAMED, Tally, best_split, high_class, names

COLUMNS = 512
"""Neurons at a time: 16 languages of 60 sentences, twice, are 4 MB and stay in the cache."""
PERMUTATIONS = 64
EQUAL = 1e-5
"""Shuffled sums are float32: what differs less, relative to the mean over languages, is equal."""


class Halves(NamedTuple):
    """Lists of one half of the sentences against those of the other."""

    shared: Float[Tensor, "S G"]
    """Neurons in both lists."""
    sizes: Float[Tensor, "2 S G"]


class Shuffles:
    """Key neurons and groups under shuffled languages, layer after layer.

    Which language each translation of a sentence is said to be in is shuffled within the sentence; all neurons are
    shuffled alike, so that what neurons have in common stays.
    """

    def __init__(self, labels_PGK: Int[Tensor, "P G K"], *, threshold: float, separation: float) -> None:
        n_permutations, n_languages, n_sentences = labels_PGK.shape
        self._rows_PGK = labels_PGK * n_sentences + torch.arange(n_sentences)
        self._threshold, self._separation = threshold, separation
        self.counts = torch.zeros(n_permutations, n_languages)
        """Key neurons by permutation and language."""
        self.n_split = torch.zeros(n_permutations)
        """Neurons whose languages fall into two classes."""
        self.groups = Tally(n_permutations)

    def add(self, unit_GKN: Float[Tensor, "G K N"]) -> None:
        """Count what one layer adds, in blocks that stay in the cache."""
        for parts_RN in _blocks(unit_GKN):
            for start in range(0, len(self._rows_PGK), PERMUTATIONS):
                block = slice(start, start + PERMUTATIONS)
                contributions_PGN = _summed(parts_RN, self._rows_PGK[block])
                self.counts[block] += _key(contributions_PGN, self._threshold).sum(-1)
                self._add_groups(contributions_PGN.numpy(), start)

    def _add_groups(self, contributions_PGN: np.ndarray, start: int) -> None:
        if contributions_PGN.shape[1] > MOST_NAMED:
            return
        split = best_split(contributions_PGN, equal=EQUAL)
        permutation_C, neuron_C = np.nonzero(split.explained >= self._separation)
        if len(permutation_C):
            own_GC = contributions_PGN[permutation_C, :, neuron_C].T
            self.groups.add(permutation_C + start, names(high_class(own_GC, split.size[permutation_C, neuron_C])))
            n_split = np.bincount(permutation_C, minlength=len(contributions_PGN))
            self.n_split[start : start + len(contributions_PGN)] += torch.from_numpy(n_split)


class HalfLists:
    """Key neurons of both halves of the sentences, layer after layer, for several random divisions."""

    def __init__(self, n_splits: int, n_languages: int, n_sentences: int, *, threshold: float, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        half = n_sentences // 2
        order_SK = torch.rand(n_splits, n_sentences, generator=generator).argsort(1)[:, : 2 * half]
        halves_SHK = order_SK.view(n_splits, 2, half)
        self._rows = halves_SHK[:, :, None] + torch.arange(n_languages)[:, None] * n_sentences
        """Rows of a block, [S, 2, G, K / 2]."""
        self._threshold = threshold
        self.shared = torch.zeros(n_splits, n_languages)
        self.sizes = torch.zeros(2, n_splits, n_languages)

    def add(self, unit_GKN: Float[Tensor, "G K N"]) -> None:
        """Count what one layer adds."""
        for parts_RN in _blocks(unit_GKN):
            for split, rows_HGK in enumerate(self._rows):
                is_key_HGN = _key(_summed(parts_RN, rows_HGK), self._threshold)
                self.shared[split] += is_key_HGN.all(0).sum(-1)
                self.sizes[:, split] += is_key_HGN.sum(-1)

    def halves(self) -> Halves:
        """All layers together."""
        return Halves(self.shared, self.sizes)


def p_values(null_PG: Float[Tensor, "P ..."], counts_G: Float[Tensor, ...]) -> tuple[Tensor, Tensor]:
    """How often shuffles give as many or more, and as few or fewer; (1 + n) / (1 + P), never 0 (Phipson 2010)."""
    at_least_G = (null_PG >= counts_G).sum(0)
    at_most_G = (null_PG <= counts_G).sum(0)
    return (1.0 + at_least_G) / (1 + len(null_PG)), (1.0 + at_most_G) / (1 + len(null_PG))


def half_overlap(halves: Halves, n_neurons: int) -> tuple[Float[Tensor, " G"], Float[Tensor, " G"]]:
    """Jaccard index of the lists of both halves, and of two random lists of these sizes; means over the splits.

    NaN for a language whose lists are empty in every split.
    """
    either_SG = halves.sizes.sum(0) - halves.shared
    by_chance_SG = halves.sizes.prod(0) / n_neurons
    random_SG = by_chance_SG / (halves.sizes.sum(0) - by_chance_SG)
    return (halves.shared / either_SG).nanmean(0), random_SG.nanmean(0)


def _blocks(unit_GKN: Float[Tensor, "G K N"]) -> Iterator[Float[Tensor, "R C"]]:
    """Activations and their squares side by side, a row per language and sentence, some neurons at a time."""
    rows_RN = unit_GKN.flatten(0, 1)
    for start in range(0, rows_RN.shape[1], COLUMNS):
        part_RC = rows_RN[:, start : start + COLUMNS]
        yield torch.cat([part_RC, part_RC.square()], dim=1)


def _summed(parts_RC: Float[Tensor, "R C"], rows_PGK: Int[Tensor, "P G K"]) -> Float[Tensor, "P G N"]:
    """Contributions (Eq. 11) of the rows named: ((sum a)^2 - sum a^2) / 2. A sum of rows is what a bag of words is."""
    sums_BC = torch.nn.functional.embedding_bag(rows_PGK.flatten(0, 1), parts_RC, mode="sum")
    total_BN, squares_BN = sums_BC.chunk(2, dim=1)
    return ((total_BN.square() - squares_BN) / 2).unflatten(0, rows_PGK.shape[:2])


def _key(contributions_PGN: Float[Tensor, "P G N"], threshold: float) -> Tensor:
    """Whether z over languages passes, without the division."""
    mean_P1N = contributions_PGN.mean(1, keepdim=True)
    centred_PGN = contributions_PGN - mean_P1N
    deviation_P1N = centred_PGN.square().mean(1, keepdim=True).sqrt()
    differs_P1N = deviation_P1N > EQUAL * mean_P1N.abs()
    return (centred_PGN > threshold * deviation_P1N) & differs_P1N
