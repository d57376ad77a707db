"""Bootstrap of LRDS and SADS over documents and languages: by hand, against a naive twin, and its invariants."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from workers.analysis.development import scores, sentence_pairs
from workers.analysis.development_intervals import Drawn, draw, ends, scores_of_map, scores_of_vectors


def units(languages: int = 4, sentences: int = 6, features: int = 9, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(languages, sentences, features, generator=generator), dim=-1)


def map_of(unit: Tensor) -> Tensor:
    return unit.flatten(0, 1) @ unit.flatten(0, 1).T


def naive(unit: Tensor, sentences: list[int], languages: list[int]) -> tuple[float, float]:
    """Eq. 8 and 9 over what was drawn, pair by pair; neither a sentence nor a language is paired with itself."""
    within, meaning, neither = [], [], []
    for n, a in enumerate(languages):
        for m, b in enumerate(languages):
            for p, i in enumerate(sentences):
                for q, j in enumerate(sentences):
                    value = float(unit[a, i] @ unit[b, j])
                    if n == m and i != j:
                        within.append(value)
                    elif a != b and p == q:
                        meaning.append(value)
                    elif a != b and i != j:
                        neither.append(value)
    means = [sum(values) / len(values) for values in (within, meaning, neither)]
    return means[0] - means[2], means[1] - means[2]


def weights(drawn: list[int], n: int) -> list[float]:
    return [float(drawn.count(place)) for place in range(n)]


def test_by_hand() -> None:
    # languages A and B, two sentences each: within (0.6 + 0.4) / 2, meaning (0.5 + 0.3) / 2, neither (0.2 + 0.1) / 2
    similarity = torch.tensor([[1, 0.6, 0.5, 0.2], [0.6, 1, 0.1, 0.3], [0.5, 0.1, 1, 0.4], [0.2, 0.3, 0.4, 1]])
    found = scores_of_map(similarity, Drawn(torch.ones(1, 2).double(), torch.ones(1, 2).double()))
    assert (float(found.lrds), float(found.sads)) == (pytest.approx(0.35), pytest.approx(0.25))
    # of two sentences and two languages the only resample with pairs is the whole: the interval is a point
    drawn = draw(["0", "1"], 2, n_resamples=50, seed=0)
    assert 0 < len(drawn.sentences) < 50 and bool((drawn.languages == 1).all()) and bool((drawn.sentences == 1).all())
    low, high = ends(scores_of_map(similarity, drawn)) or (None, None)
    assert low and high and float(low.lrds) == float(high.lrds) == pytest.approx(0.35)


def test_a_language_drawn_twice_counts_twice_and_makes_no_pair_with_itself() -> None:
    sentences, languages = [0, 0, 2, 3], [0, 0, 1, 3]
    unit = units(4, 4)
    drawn = Drawn(torch.tensor([weights(sentences, 4)]).double(), torch.tensor([weights(languages, 4)]).double())
    for found in (scores_of_vectors(unit, drawn), scores_of_map(map_of(unit), drawn)):
        assert (float(found.lrds), float(found.sads)) == pytest.approx(naive(unit, sentences, languages), abs=1e-6)


def test_the_interval_of_random_resamples_is_that_of_the_naive_twin() -> None:
    unit = units(3, 5)
    drawn = draw(["a", "a", "b", "c", "c"], 3, n_resamples=40, seed=2)
    found = scores_of_vectors(unit, drawn)
    for number in range(len(drawn.sentences)):
        lists = [[k for k, times in enumerate(one[number].int().tolist()) for _ in range(times)] for one in drawn]
        assert (float(found.lrds[number]), float(found.sads[number])) == pytest.approx(naive(unit, *lists), abs=1e-6)


def test_sentences_of_a_document_are_drawn_together() -> None:
    drawn = draw(["a", "a", "b", "c", "c"], 4, n_resamples=100, seed=0)
    counts = drawn.sentences
    assert torch.equal(counts[:, 0], counts[:, 1]) and torch.equal(counts[:, 3], counts[:, 4])
    assert bool((counts[:, [0, 2, 3]].sum(1) == 3).all()) and bool((drawn.languages.sum(1) == 4).all())
    assert float(drawn.languages.max()) > 1  # languages are drawn too


def test_all_once_is_the_score_and_the_interval_holds_it() -> None:
    unit = units(sentences=40)
    once = Drawn(torch.ones(1, 40).double(), torch.ones(1, 4).double())
    whole = scores(sentence_pairs(unit))
    assert float(scores_of_vectors(unit, once).lrds) == pytest.approx(float(whole.lrds), abs=1e-6)
    assert float(scores_of_vectors(unit, once).sads) == pytest.approx(float(whole.sads), abs=1e-6)
    drawn = draw([str(k) for k in range(40)], 4, n_resamples=300, seed=1)
    low, high = ends(scores_of_vectors(unit, drawn)) or (None, None)
    assert low and high and low.lrds < whole.lrds < high.lrds and low.sads < whole.sads < high.sads
    again = draw([str(k) for k in range(40)], 4, n_resamples=300, seed=1)
    assert torch.equal(drawn.sentences, again.sentences) and torch.equal(drawn.languages, again.languages)


def test_no_usable_resample_has_no_interval() -> None:
    drawn = draw(["a", "b"], 2, n_resamples=0, seed=0)
    assert ends(scores_of_vectors(units(2, 2), drawn)) is None
