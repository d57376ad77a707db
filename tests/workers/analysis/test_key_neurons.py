"""Key neurons: a hand-computed case, the naive sum over pairs, and what must always hold."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.analysis.errors import AnalysisError
from workers.analysis.key_neurons import (
    contributions,
    driving_sentences,
    key_neurons,
    overlap,
    random_like,
    shuffled_labels,
    z_scores,
)


def layers_of(activations_GKLN):
    return lambda layer: activations_GKLN[:, :, layer]


def random_activations(*, languages=7, sentences=5, layers=3, neurons=11, seed=0):
    return torch.randn(languages, sentences, layers, neurons, generator=torch.Generator().manual_seed(seed))


def test_by_hand():
    # one neuron, three sentences 1, 2, 3: pairs give 2 + 3 + 6
    assert contributions(torch.tensor([[[1.0], [2.0], [3.0]]])).tolist() == [[11.0]]
    # contributions 0, 0, 3 over three languages: mean 1, deviation sqrt(2)
    z = z_scores(torch.tensor([[0.0], [0.0], [3.0]], dtype=torch.float64))
    torch.testing.assert_close(z.flatten(), torch.tensor([-1.0, -1.0, 2.0], dtype=torch.float64) / 2**0.5)


def test_the_closed_form_is_the_sum_over_pairs():
    unit_GKN = random_activations()[:, :, 0]
    naive = sum(unit_GKN[:, i] * unit_GKN[:, j] for i, j in itertools.combinations(range(unit_GKN.shape[1]), 2))
    torch.testing.assert_close(contributions(unit_GKN).float(), naive)


def test_layer_by_layer_is_the_whole_vector():
    given_GKLN = random_activations()
    vectors_GKF = given_GKLN.flatten(2)
    unit_GKF = vectors_GKF / vectors_GKF.norm(dim=-1, keepdim=True)
    found = key_neurons(layers_of(given_GKLN), 3, threshold=2.0)
    torch.testing.assert_close(found.z.flatten(1), z_scores(contributions(unit_GKF)).float())
    mean_similarity = (unit_GKF @ unit_GKF.transpose(1, 2)).triu(1).sum((1, 2))
    torch.testing.assert_close(contributions(unit_GKF).sum(1).float(), mean_similarity)  # the parts sum to Eq. 10


@settings(deadline=None, max_examples=25)
@given(languages=st.integers(2, 12), seed=st.integers(0, 99))
def test_z_stays_within_its_bound_and_sums_to_zero(languages, seed):
    z_GN = z_scores(contributions(random_activations(languages=languages, seed=seed)[:, :, 0]))
    assert float(z_GN.abs().max()) <= (languages - 1) ** 0.5 + 1e-9
    torch.testing.assert_close(z_GN.sum(0), torch.zeros(z_GN.shape[1], dtype=torch.float64), atol=1e-9, rtol=0)


def test_a_neuron_alike_in_all_languages_belongs_to_none():
    alike = torch.ones(7, 4, 1, 1)
    assert key_neurons(layers_of(alike), 1, threshold=2.0).z.abs().max() == 0


def test_a_planted_neuron_is_found_and_the_null_is_small():
    planted = random_activations(neurons=50, layers=1, sentences=12) * 0.05
    planted[3, :, 0, 17] = 1.0
    found = key_neurons(layers_of(planted), 1, threshold=2.0, n_permutations=20)
    assert bool(found.z[3, 0, 17] > 2)
    assert found.z[:, 0, 17].argmax() == 3


def test_on_noise_the_null_counts_what_the_labels_count():
    noise = random_activations(languages=9, sentences=10, neurons=4000, layers=1)
    found = key_neurons(layers_of(noise), 1, threshold=2.0, n_permutations=4)
    counted = float((found.z > 2).sum()) / noise[:, 0].numel()
    expected = float(found.null.sum(1).mean()) / noise[:, 0].numel()
    assert abs(counted - expected) < 0.003


def test_independent_contributions_pass_as_often_as_the_protocol_says():
    contributions_GN = torch.randn(9, 100_000, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert float((z_scores(contributions_GN) > 2).double().mean()) == pytest.approx(0.017, abs=0.001)


def test_the_null_shuffles_translations_of_one_sentence_only():
    labels_PGK = shuffled_labels(3, 5, 4, seed=1)
    assert bool((labels_PGK.sort(dim=1).values == torch.arange(5)[None, :, None]).all())
    assert torch.equal(labels_PGK, shuffled_labels(3, 5, 4, seed=1))


@pytest.mark.parametrize(("languages", "threshold"), [(5, 2.0), (2, 1.0), (6, 2.3)])
def test_too_few_languages_are_refused_with_the_reason(languages, threshold):
    with pytest.raises(AnalysisError, match="cannot exceed") as caught:
        key_neurons(layers_of(random_activations(languages=languages)), 3, threshold=threshold)
    assert caught.value.code == "few_languages"


def test_one_sentence_and_broken_numbers_are_refused():
    with pytest.raises(AnalysisError, match="1 sentence"):
        key_neurons(layers_of(random_activations(sentences=1)), 3, threshold=2.0)
    broken = random_activations()
    broken[0, 0, 1, 0] = float("nan")
    with pytest.raises(AnalysisError, match="layer 1"):
        key_neurons(layers_of(broken), 3, threshold=2.0)


def test_overlap_and_controls():
    masks = torch.tensor([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]], dtype=torch.bool)
    shared, jaccard = overlap(masks)
    assert shared.tolist() == [[2, 1, 0], [1, 2, 0], [0, 0, 0]]
    assert jaccard[0, 1] == pytest.approx(1 / 3)
    assert bool(jaccard[2, 2].isnan())
    control = random_like(masks[:2], seed=3)
    assert int(control.sum()) == 4
    assert not bool((control & masks[:2]).any())
    assert torch.equal(control, random_like(masks[:2], seed=3))


def test_what_drives_a_neuron():
    assert driving_sentences(torch.tensor([[0.1, -3.0], [2.0, 0.0]]), n=2) == [(0, 1), (1, 0)]
