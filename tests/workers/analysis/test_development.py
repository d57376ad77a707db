"""LRDS and SADS from sentence pairs: against the map, against naive resamples, and their invariants."""

import pytest
import torch
from torch.nn import functional as F

from workers.analysis import similarity
from workers.analysis.development import interval, pairs_of_map, scores, sentence_pairs
from workers.analysis.errors import AnalysisError


def units(languages=4, sentences=6, features=9, seed=0):
    return F.normalize(
        torch.randn(languages, sentences, features, generator=torch.Generator().manual_seed(seed)), dim=-1
    )


def test_by_hand():
    # two languages, two sentences: every language points its own way, every sentence alike
    unit = torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]])
    found = scores(sentence_pairs(unit))
    assert (float(found.lrds), float(found.sads)) == (1.0, 0.0)
    found = scores(sentence_pairs(unit.transpose(0, 1)))
    assert (float(found.lrds), float(found.sads)) == (0.0, 1.0)


def test_equal_to_the_scores_of_the_map():
    unit = units()
    map_SS = similarity.similarity_map(unit.flatten(0, 1)[:, None])
    torch.testing.assert_close(pairs_of_map(map_SS, 4), sentence_pairs(unit), atol=1e-5, rtol=0)
    found = scores(sentence_pairs(unit))
    assert float(found.lrds) == pytest.approx(similarity.lrds(map_SS, 4), abs=1e-6)
    assert float(found.sads) == pytest.approx(similarity.sads(map_SS, 4), abs=1e-6)


def naive(unit, drawn):
    """Eq. 8 and 9 over a resample, pair by pair, sentences never paired with themselves."""
    groups = {"language": [], "meaning": [], "neither": []}
    for a in range(len(unit)):
        for b in range(len(unit)):
            for i, first in enumerate(drawn):
                for j, second in enumerate(drawn):
                    value = float(unit[a, first] @ unit[b, second])
                    if a == b and first != second:
                        groups["language"].append(value)
                    elif a != b and i == j:
                        groups["meaning"].append(value)
                    elif a != b and first != second:
                        groups["neither"].append(value)
    means = {name: sum(values) / len(values) for name, values in groups.items()}
    return means["language"] - means["neither"], means["meaning"] - means["neither"]


def test_a_resample_is_weights():
    unit, drawn = units(3, 4), [0, 0, 2, 3]
    weights = torch.tensor([[2.0, 0.0, 1.0, 1.0]])
    found = scores(sentence_pairs(unit), weights)
    assert (float(found.lrds[0]), float(found.sads[0])) == pytest.approx(naive(unit, drawn), abs=1e-6)


def test_the_interval_holds_the_score_and_is_the_same_for_the_same_seed():
    pairs = sentence_pairs(units(sentences=40))
    low, high = interval(pairs, n_resamples=400, seed=1)
    whole = scores(pairs)
    assert low.lrds < whole.lrds < high.lrds
    assert low.sads < whole.sads < high.sads
    again, _ = interval(pairs, n_resamples=400, seed=1)
    assert torch.equal(low.lrds, again.lrds)


@pytest.mark.parametrize("shape", [(1, 5, 3), (3, 1, 3)])
def test_one_language_or_one_sentence_is_refused(shape):
    with pytest.raises(AnalysisError, match="languages with"):
        sentence_pairs(torch.ones(shape))
