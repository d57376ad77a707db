from __future__ import annotations

from statistics import mean

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.analysis.errors import AnalysisError
from workers.analysis.similarity import lrds, sads, similarity_map


def pairs(similarity: torch.Tensor, n_languages: int, *, same_language: bool, same_meaning: bool) -> float:
    """Mean over all pairs of two samples that agree and differ as named, one by one."""
    k = len(similarity) // n_languages
    return mean(
        float(similarity[i, j])
        for i in range(len(similarity))
        for j in range(len(similarity))
        if i != j and (i // k == j // k) == same_language and (i % k == j % k) == same_meaning
    )


def test_by_hand() -> None:
    """Two languages, two sentences: a1 a2 b1 b2."""
    similarity = torch.tensor(
        [[1.0, 0.8, 0.5, 0.1], [0.8, 1.0, 0.3, 0.7], [0.5, 0.3, 1.0, 0.6], [0.1, 0.7, 0.6, 1.0]],
    )
    assert lrds(similarity, 2) == pytest.approx((0.8 + 0.6) / 2 - (0.1 + 0.3) / 2)
    assert sads(similarity, 2) == pytest.approx((0.5 + 0.7) / 2 - (0.1 + 0.3) / 2)


@given(n_languages=st.integers(2, 4), k=st.integers(2, 4), seed=st.integers(0, 100))
@settings(deadline=None, max_examples=40)
def test_closed_forms_are_the_loops(n_languages: int, k: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    similarity = similarity_map(torch.randn(n_languages * k, 2, 5, generator=generator))
    neither = pairs(similarity, n_languages, same_language=False, same_meaning=False)
    same_language = pairs(similarity, n_languages, same_language=True, same_meaning=False)
    same_meaning = pairs(similarity, n_languages, same_language=False, same_meaning=True)
    assert lrds(similarity, n_languages) == pytest.approx(same_language - neither, abs=1e-6)
    assert sads(similarity, n_languages) == pytest.approx(same_meaning - neither, abs=1e-6)


def test_the_map_is_the_cosine_of_all_pairs() -> None:
    activations = torch.randn(6, 3, 7, generator=torch.Generator().manual_seed(0))
    similarity = similarity_map(activations)
    for i in range(6):
        for j in range(6):
            expected = torch.nn.functional.cosine_similarity(activations[i].flatten(), activations[j].flatten(), dim=0)
            assert float(similarity[i, j]) == pytest.approx(float(expected), abs=1e-6)
    torch.testing.assert_close(similarity, similarity.T)
    torch.testing.assert_close(similarity.diagonal(), torch.ones(6))
    torch.testing.assert_close(similarity_map(activations * torch.rand(6, 1, 1).add(0.1)), similarity)


def test_one_layer_looks_at_that_layer_alone() -> None:
    activations = torch.randn(4, 3, 7, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(similarity_map(activations, layers=[1]), similarity_map(activations[:, 1:2]))


def test_neurons_that_know_only_the_language_or_only_the_meaning() -> None:
    language = torch.eye(3).repeat_interleave(4, 0)[:, None]
    meaning = torch.eye(4).repeat(3, 1)[:, None]
    assert (lrds(similarity_map(language), 3), sads(similarity_map(language), 3)) == (1.0, 0.0)
    assert (lrds(similarity_map(meaning), 3), sads(similarity_map(meaning), 3)) == (0.0, 1.0)


def test_a_silent_sentence_is_like_nobody() -> None:
    similarity = similarity_map(torch.tensor([[[1.0, 2.0]], [[0.0, 0.0]]]))
    assert similarity[0, 1] == 0 and bool(torch.isfinite(similarity).all())


def test_what_is_not_parallel_is_refused() -> None:
    for n_samples, n_languages in ((6, 1), (7, 2), (3, 3)):
        with pytest.raises(AnalysisError, match=f"{n_samples} samples in {n_languages}"):
            lrds(torch.eye(n_samples), n_languages)
    with pytest.raises(AnalysisError, match="NaN"):
        similarity_map(torch.full((2, 1, 1), float("nan")))
