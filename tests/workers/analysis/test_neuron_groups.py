"""What several languages share, what chance gives, what half the text says: by hand, naively, and on known truth."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.analysis.key_neurons import contributions, key_neurons, shuffled_labels, z_scores
from workers.analysis.neuron_chance import Halves, half_overlap, p_values
from workers.analysis.neuron_groups import Tally, best_split, high_class, languages_of, names


def naive_split(values: np.ndarray) -> tuple[float, set[int]]:
    """Every division of the languages, the variance between its two classes over all of it."""
    best: tuple[float, set[int]] = (0.0, set())
    for size in range(1, len(values)):
        for high in itertools.combinations(range(len(values)), size):
            low = [place for place in range(len(values)) if place not in high]
            classes = np.empty_like(values)
            classes[list(high)], classes[low] = values[list(high)].mean(), values[low].mean()
            if classes[high[0]] > classes[low[0]]:
                best = max(best, (classes.var() / values.var(), set(high)), key=lambda one: one[0])
    return best


def shared_by(groups: list[list[int]], *, languages=9, sentences=40, neurons=600, seed=0) -> torch.Tensor:
    """Neuron i is twice as active in the languages of group i modulo the number of groups; [G, K, N]."""
    generator = torch.Generator().manual_seed(seed)
    mean_GN = torch.zeros(languages, neurons)
    for place, group in enumerate(groups):
        mean_GN[group, place :: len(groups)] = 1.0
    return 1 + mean_GN[:, None] + 0.5 * torch.randn(languages, sentences, neurons, generator=generator)


def test_by_hand():
    # 0, 0, 4, 4: two classes, nothing left within them; 0, 1, 5: mean 2, squares 4 + 1 + 9 = 14, {5} leaves 1/2
    split = best_split(np.array([[0.0, 0.0], [0.0, 1.0], [4.0, 5.0], [4.0, 5.0]])[:, :1])
    assert (split.explained.tolist(), split.size.tolist()) == ([1.0], [2])
    split = best_split(np.array([[0.0], [1.0], [5.0]]))
    assert (split.explained[0], split.size[0]) == (pytest.approx(13.5 / 14), 1)
    assert high_class(np.array([[3.0], [9.0], [5.0]]), np.array([2])).ravel().tolist() == [False, True, True]
    assert names(np.array([[False], [True], [True]])).tolist() == [6] and languages_of(6, 3) == (1, 2)
    # 2 of 4 shuffles give 3 or more, 3 of 4 give 3 or fewer
    above, below = p_values(torch.tensor([[1.0], [3.0], [5.0], [2.0]]), torch.tensor([3.0]))
    assert (above.item(), below.item()) == (pytest.approx(3 / 5), pytest.approx(4 / 5))
    # lists of 4 and 2 with 1 in common: 1 of 5; by chance 4 * 2 / 16 = 0.5 of 5.5
    found, chance = half_overlap(Halves(torch.tensor([[1.0, 0.0]]), torch.tensor([[[4.0, 0.0]], [[2.0, 0.0]]])), 16)
    assert (found[0], chance[0]) == (pytest.approx(0.2), pytest.approx(0.5 / 5.5)) and bool(found[1].isnan())


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 50), min_size=2, max_size=7, unique=True))
def test_the_best_split_is_the_best_of_all(values):
    given_G = np.array(values, dtype=np.float64)
    split = best_split(given_G[:, None])
    explained, high = naive_split(given_G)
    assert split.explained[0] == pytest.approx(explained) and 0 < explained <= 1 + 1e-12
    own = set(np.flatnonzero(high_class(given_G[:, None], split.size)[:, 0]))
    assert split.explained[0] == pytest.approx(naive_part(given_G, own)) and len(high) in range(1, len(values))


def naive_part(values: np.ndarray, high: set[int]) -> float:
    inside = np.array([place in high for place in range(len(values))])
    classes = np.where(inside, values[inside].mean(), values[~inside].mean())
    return float(classes.var() / values.var())


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_z_of_what_m_of_nine_languages_share_is_bounded(m: int):
    """The bound that the null does not see: sqrt((L - m) / m), reached where the others are alike."""
    contributions_GN = torch.zeros(9, 1, dtype=torch.float64)
    contributions_GN[:m] = 1.0
    assert float(z_scores(contributions_GN).max()) == pytest.approx(((9 - m) / m) ** 0.5)
    assert best_split(contributions_GN.numpy()).explained[0] == pytest.approx(1.0)
    if m == 1:  # z^2 / (L - 1)
        noisy = torch.rand(9, 50, dtype=torch.float64) + 9 * contributions_GN
        split, z = best_split(noisy.numpy()), z_scores(noisy)[0]
        np.testing.assert_allclose(split.explained, z.square().numpy() / 8)


def test_three_relatives_that_share_everything_have_no_key_neurons_and_are_found_as_groups():
    families = [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    activations_GKN = shared_by(families)
    found = key_neurons(lambda _: activations_GKN, 1, threshold=2.0, n_permutations=50)
    counts_G = (found.z > 2).sum((1, 2))
    assert int(counts_G.sum()) < 5 < float(found.null.sum(1).min())  # fewer than chance, and anything but absent
    above, below = p_values(found.null, counts_G.float())
    assert float(above.min()) > 0.9 and float(below.max()) < 0.1
    largest = {group.languages: group for group in found.groups[:3]}
    assert set(largest) == {tuple(family) for family in families}
    assert all(group.n_neurons > 180 and group.p == pytest.approx(1 / 51) for group in largest.values())
    assert all(group.null_high is not None and group.null_high < 20 for group in largest.values())


def test_neurons_of_one_language_pass_and_come_again_in_the_other_half():
    activations_GKN = shared_by([[place] for place in range(9)])
    found = key_neurons(lambda _: activations_GKN, 1, threshold=2.0, n_permutations=50)
    counts_G = (found.z > 2).sum((1, 2)).float()
    assert float(p_values(found.null, counts_G)[0].max()) == pytest.approx(1 / 51)
    assert float(found.half_overlap.min()) > 0.7 > 5 * float(found.half_chance.max())
    assert {group.languages for group in found.groups[:9]} == {(place,) for place in range(9)}


def test_on_noise_nothing_is_more_than_chance_or_comes_again():
    noise = torch.randn(7, 20, 900, generator=torch.Generator().manual_seed(3))
    found = key_neurons(lambda _: noise, 1, threshold=2.0, n_permutations=100)
    counts_G = (found.z > 2).sum((1, 2)).float()
    assert float(p_values(found.null, counts_G)[0].min()) > 0.01
    assert float((found.half_overlap - found.half_chance).abs().max()) < 0.1
    assert all(group.p is not None and group.p > 0.01 for group in found.groups[:5])


def test_the_streamed_null_is_the_naive_one():
    given_GKN = torch.randn(6, 5, 700, generator=torch.Generator().manual_seed(1))
    unit_GKN = given_GKN / given_GKN.double().norm(dim=-1, keepdim=True).float()
    found = key_neurons(lambda _: given_GKN, 1, threshold=1.5, separation=0.8, n_permutations=70, seed=4)
    labels_PGK = shuffled_labels(70, 6, 5, seed=4)
    largest = []
    for place, labels_GK in enumerate(labels_PGK):
        shuffled_GN = contributions(unit_GKN.gather(0, labels_GK[..., None].expand_as(unit_GKN)))
        assert (
            float((found.null[place] - (z_scores(shuffled_GN) > 1.5).sum(-1)).abs().max()) <= 1
        )  # float32 at the edge
        split = best_split(shuffled_GN.numpy())
        places = np.flatnonzero(split.explained >= 0.8)
        assert abs(float(found.null_split[place]) - len(places)) <= 2
        own = [tuple(np.flatnonzero(high_class(shuffled_GN.numpy()[:, [at]], split.size[[at]])[:, 0])) for at in places]
        pairs = [own.count(group) for group in set(own) if len(group) == 2]
        largest.append(max(pairs, default=0))
    two = next(group for group in found.groups if len(group.languages) == 2)
    assert two.null_mean == pytest.approx(np.mean(largest), abs=0.2)


def test_layers_add_up_in_the_tally():
    tally = Tally(2)
    tally.add(np.array([0, 0, 1]), np.array([3, 3, 5]))
    tally.add(np.array([0, 1, 1]), np.array([6, 5, 1]))
    assert tally.largest(3).tolist() == [[0, 2, 0], [1, 2, 0]]
    assert Tally(2).largest(3).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_groups_and_halves_do_not_depend_on_how_layers_and_neurons_are_cut():
    given_GKN = shared_by([[0, 1], [2, 3, 4]], languages=7, sentences=8, neurons=1200)
    whole = key_neurons(lambda _: given_GKN, 1, threshold=1.5, n_permutations=3)
    halves = key_neurons(lambda layer: given_GKN[:, :, layer::2], 2, threshold=1.5, n_permutations=3)
    assert whole.groups[:2] == halves.groups[:2]
    torch.testing.assert_close(whole.half_overlap, halves.half_overlap)
    torch.testing.assert_close(whole.null, halves.null)
    too_few = key_neurons(lambda _: given_GKN[:, :3], 1, threshold=1.5)
    assert bool(too_few.half_overlap.isnan().all()) and too_few.groups[0].p is None
