"""LRDS and SADS from sentence pairs: against the map, by hand, and what is refused."""

import pytest
import torch
from torch.nn import functional as F

from workers.analysis import similarity
from workers.analysis.development import pairs_of_map, scores, sentence_pairs
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


@pytest.mark.parametrize("shape", [(1, 5, 3), (3, 1, 3)])
def test_one_language_or_one_sentence_is_refused(shape):
    with pytest.raises(AnalysisError, match="languages with"):
        sentence_pairs(torch.ones(shape))
