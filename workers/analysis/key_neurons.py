# ruff: noqa: F722  jaxtyping writes shapes as strings
"""Key neurons of a language (paper B, Eq. 10 to 14) and their permutation null. Knows activations, no model.

Works layer by layer: what is held is the activations of one layer and one number per neuron and language.
Shapes: G languages, K sentences per language, L layers, N neurons of a layer, P permutations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from workers.analysis.batches import Track, untracked
from workers.analysis.errors import AnalysisError
from workers.analysis.neuron_chance import HalfLists, Shuffles, half_overlap, p_values
from workers.analysis.neuron_groups import MOST_NAMED, Split, best_split, counted, high_class, languages_of, names

EQUAL = 1e-12
"""Contributions that differ less than this, relative to their mean, are equal."""
LayerActivations = Callable[[int], Float[Tensor, "G K N"]]
"""Mean activations of one layer (`activations.sentence_activations`), not normalised, sentence by sentence."""


SEPARATION = 0.9
"""Languages fall into two classes where nine tenths of a neuron's variance over them lies between the two."""
N_SPLITS = 10


class Group(NamedTuple):
    """Languages that share neurons: those whose best split of the contributions is just this group."""

    languages: tuple[int, ...]
    n_neurons: int
    null_mean: float | None
    """Neurons of the largest group of this size, mean over the shuffles."""
    null_high: float | None
    p: float | None
    """How often a shuffle has a group of this size with as many neurons or more."""


class KeyNeurons(NamedTuple):
    """What belongs to which language."""

    z: Float[Tensor, "G L N"]
    """Standard score of a neuron's contribution to a language, over languages (Eq. 12); within +-sqrt(G - 1).

    m languages alike and high, the others alike and low, have z = sqrt((G - m) / m): what they share does not pass.
    """
    null: Float[Tensor, "P G"]
    """How many neurons pass the threshold when the language labels are shuffled."""
    half_overlap: Float[Tensor, " G"]
    """Jaccard index of the lists of two halves of the sentences, mean over random halves; NaN without any."""
    half_chance: Float[Tensor, " G"]
    """The same of two random lists of these sizes."""
    explained: Float[Tensor, "L N"]
    """Part of the variance over languages that the best split explains."""
    group_size: Int[Tensor, "L N"]
    """Languages of the high class of that split: those with the largest z."""
    null_split: Float[Tensor, " P"]
    """Neurons whose split explains `separation` or more, under shuffled languages."""
    groups: tuple[Group, ...]
    """The largest first."""


def key_neurons(
    layer_of: LayerActivations,
    n_layers: int,
    *,
    threshold: float,
    separation: float = SEPARATION,
    n_permutations: int = 0,
    n_splits: int = N_SPLITS,
    seed: int = 0,
    track: Track = untracked,
) -> KeyNeurons:
    """z of every neuron in every language, groups that share neurons, and what chance and half the text give.

    A sentence's vector is divided by its norm over all layers (Eq. 6), so layers are read twice. The null
    shuffles, within each sentence, which language each of its translations is said to be in: what is left
    is what the sentences and the number of languages make of noise. It says nothing of neurons that several
    languages share, whose z cannot pass: that is what `groups` are for. Raises `AnalysisError`:
    `few_languages` when no z can pass `threshold`, `few_sentences`, `not_finite`.
    """
    norms_GK1 = _norms(layer_of, n_layers, threshold)
    n_languages, n_sentences, _ = norms_GK1.shape
    labels_PGK = shuffled_labels(n_permutations, n_languages, n_sentences, seed=seed)
    shuffles = Shuffles(labels_PGK, threshold=threshold, separation=separation)
    n_splits = n_splits if n_sentences >= 4 else 0  # a mean over pairs needs two in either half
    halves = HalfLists(n_splits, n_languages, n_sentences, threshold=threshold, seed=seed)
    z, explained, sizes, named = [], [], [], []
    for layer in track(range(n_layers), n_layers, "layers"):
        unit_GKN = (layer_of(layer).double() / norms_GK1).float()
        contributions_GN = contributions(unit_GKN)
        z.append(z_scores(contributions_GN).float())
        split = best_split(contributions_GN.numpy())
        explained.append(torch.from_numpy(split.explained).float())
        sizes.append(torch.from_numpy(split.size).to(torch.uint8))
        named.append(_named(contributions_GN.numpy(), split, separation))
        shuffles.add(unit_GKN)
        halves.add(unit_GKN)
    z_GLN = torch.stack(z, dim=1)
    overlap_G, chance_G = half_overlap(halves.halves(), z_GLN[0].numel())
    groups = _groups(np.concatenate(named), shuffles, n_languages)
    return KeyNeurons(
        z_GLN,
        shuffles.counts,
        overlap_G,
        chance_G,
        torch.stack(explained),
        torch.stack(sizes),
        shuffles.n_split,
        groups,
    )


def _norms(layer_of: LayerActivations, n_layers: int, threshold: float) -> Float[Tensor, "G K 1"]:
    """Norm of every sentence's vector over all layers; refuses what no key neurons can be found in."""
    squares_GK = sum(_finite(layer_of(layer), layer).double().square().sum(-1) for layer in range(n_layers))
    assert isinstance(squares_GK, Tensor)
    n_languages, n_sentences = squares_GK.shape
    require_languages(n_languages, threshold)
    if n_sentences < 2:
        raise AnalysisError("few_sentences", f"{n_sentences} sentence", hint="A mean over pairs needs two or more.")
    return squares_GK.sqrt().clamp_min(torch.finfo(torch.float64).tiny)[..., None]


def _named(contributions_GN: np.ndarray, split: Split, separation: float) -> np.ndarray:
    """Names of the groups of one layer's neurons that are split; none where languages are too many to name."""
    split_C = np.flatnonzero(split.explained >= separation) if len(contributions_GN) <= MOST_NAMED else np.zeros(0, int)
    return names(high_class(contributions_GN[:, split_C], split.size[split_C]))


def _groups(named_C: np.ndarray, shuffles: Shuffles, n_languages: int) -> tuple[Group, ...]:
    largest_PG = shuffles.groups.largest(n_languages)
    found = []
    for name, n_neurons in counted(named_C).items():
        members = languages_of(name, n_languages)
        null_P = torch.from_numpy(largest_PG[:, len(members) - 1]).double()
        known = len(null_P) > 0
        found.append(
            Group(
                members,
                n_neurons,
                float(null_P.mean()) if known else None,
                float(null_P.max()) if known else None,
                float(p_values(null_P, torch.tensor(float(n_neurons)))[0]) if known else None,
            )
        )
    return tuple(found)


def contributions(unit_GKN: Float[Tensor, "G K N"]) -> Float[Tensor, "G N"]:
    """Contribution of each neuron to the mean similarity of each language (Eq. 11), float64.

    sum over pairs i < j of a_i a_j, in closed form ((sum a)^2 - sum a^2) / 2: O(K), not O(K^2).
    """
    total_GN = unit_GKN.sum(1, dtype=torch.float64)
    return (total_GN.square() - unit_GKN.double().square().sum(1)) / 2


def z_scores(contributions_GN: Float[Tensor, "G N"]) -> Float[Tensor, "G N"]:
    """Standard score over languages (Eq. 12 to 14), population standard deviation; 0 where all are equal."""
    mean_N = contributions_GN.mean(0)
    centred_GN = contributions_GN - mean_N
    deviation_N = centred_GN.square().mean(0).sqrt()
    # What rounding leaves of equal contributions is no difference between languages.
    differs_N = deviation_N > EQUAL * mean_N.abs()
    return torch.where(differs_N, centred_GN / deviation_N.where(differs_N, 1.0), 0.0)


def require_languages(n_languages: int, threshold: float) -> None:
    """Raise where no neuron could pass: z over G languages cannot exceed sqrt(G - 1)."""
    most = max(0, n_languages - 1) ** 0.5
    if threshold >= most:
        raise AnalysisError(
            "few_languages",
            f"z over {n_languages} languages cannot exceed {most:.2f}, the threshold is {threshold:g}",
            hint=f"Take {int(threshold**2) + 2} languages or more, or a lower threshold.",
        )


def shuffled_labels(n_permutations: int, n_languages: int, n_sentences: int, *, seed: int) -> Int[Tensor, "P G K"]:
    """For every permutation and sentence, an order of the languages; the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    keys_PGK = torch.rand(n_permutations, n_languages, n_sentences, generator=generator)
    return keys_PGK.argsort(dim=1)


def overlap(masks_GF: Bool[Tensor, "G F"]) -> tuple[Int[Tensor, "G G"], Float[Tensor, "G G"]]:
    """Neurons two languages share, and the Jaccard index; NaN where both have none."""
    cells_GF = masks_GF.float()
    shared_GG = (cells_GF @ cells_GF.T).long()
    sizes_G = masks_GF.sum(1)
    return shared_GG, shared_GG / (sizes_G[:, None] + sizes_G[None] - shared_GG)


def random_like(masks_LN: Bool[Tensor, "L N"], *, seed: int) -> Bool[Tensor, "L N"]:
    """As many neurons in every layer, drawn from those that the mask leaves out there where there are enough.

    The control is matched by layer: key neurons lie in few layers, and layers differ in what zeroing them does.
    """
    source = torch.Generator().manual_seed(seed)
    drawn_LN = torch.zeros_like(masks_LN)
    for mask_N, drawn_N in zip(masks_LN, drawn_LN, strict=True):
        n_wanted, others = int(mask_N.sum()), (~mask_N).nonzero().flatten()
        pool = others if len(others) >= n_wanted else torch.arange(len(mask_N))
        drawn_N[pool[torch.randperm(len(pool), generator=source)[:n_wanted]]] = True
    return drawn_LN


def driving_sentences(activations_GK: Float[Tensor, "G K"], *, n: int) -> Sequence[tuple[int, int]]:
    """The (language, sentence) pairs that move one neuron most, by absolute mean activation, most first."""
    order = activations_GK.abs().flatten().argsort(descending=True, stable=True)[:n]
    return [divmod(int(place), activations_GK.shape[1]) for place in order]


def _finite(activations_GKN: Tensor, layer: int) -> Tensor:
    if not bool(torch.isfinite(activations_GKN).all()):
        raise AnalysisError(
            "not_finite",
            f"an activation of layer {layer} is NaN or infinite",
            hint="Open the model in float32 or check its weights.",
        )
    return activations_GKN
