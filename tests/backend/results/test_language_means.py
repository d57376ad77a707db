"""Pair means against the loop they stand for; clustering by hand and whatever the order given."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from backend.results.language_means import clustered, pair_means
from tests.backend.results.test_tiles import Numbers

G, K = 3, 4


def test_means_are_those_of_the_pairs_one_by_one():
    values = np.random.default_rng(0).random((G * K, G * K)).astype(np.float32)
    same, different = pair_means(Numbers(values), K)
    for a, b in itertools.product(range(G), repeat=2):
        pairs = {(i, j): values[a * K + i, b * K + j] for i, j in itertools.product(range(K), repeat=2)}
        assert same[a, b] == pytest.approx(np.mean([pairs[i, i] for i in range(K)]))
        assert different[a, b] == pytest.approx(np.mean([value for (i, j), value in pairs.items() if i != j]))


def test_the_two_most_alike_stand_together_and_their_nearest_end_outwards():
    languages = ("a", "b", "c", "d")
    alike = np.array([[1, 0.1, 0.8, 0.2], [0.1, 1, 0.3, 0.7], [0.8, 0.3, 1, 0.4], [0.2, 0.7, 0.4, 1]])
    # a-c join (0.8), then b-d (0.7); of the ends c is nearest to d.
    assert clustered(alike, languages) == ("a", "c", "d", "b")


@pytest.mark.parametrize("tied", [False, True])
def test_the_order_given_does_not_matter(tied):
    languages = np.array(["de", "en", "es", "fr", "nl", "zh"])
    alike = np.random.default_rng(3).random((6, 6))
    alike = np.full((6, 6), 0.5) if tied else alike + alike.T
    expected = clustered(alike, languages.tolist())
    for seed in range(5):
        places = np.random.default_rng(seed).permutation(6)
        assert clustered(alike[np.ix_(places, places)], languages[places].tolist()) == expected


def test_one_language_alone_is_its_own_order():
    assert clustered(np.ones((1, 1)), ("de",)) == ("de",)


def test_the_api_tells_them_in_the_order_shown(api, atlas):
    address = f"/results/{atlas.keys['similarity']}/language-means"
    for order, languages in (("", ["de", "en"]), ("en,de", ["en", "de"])):
        found = api.get(address, params={"order": order} if order else {}).json()
        places = [languages.index(language) for language in ("de", "en")]
        across = found["same_meaning"][places[0]][places[1]]
        assert across == pytest.approx(np.diagonal(atlas.similarity[:3, 3:]).mean())
        assert found["languages"] == languages and found["clustered"] == ["de", "en"]
