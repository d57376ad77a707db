from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.analysis import selection
from workers.analysis.errors import AnalysisError
from workers.analysis.selection import Threshold, kth_largest

finite = st.floats(0, 2.0**100, width=32) | st.sampled_from([0.0, 1.0, 2.0])


def bits(values: object) -> np.ndarray:
    return np.asarray(values, dtype=np.float32).view(np.uint32)


def test_by_hand() -> None:
    shards = [bits([3, 1]), bits([1, 2, 1])]
    assert kth_largest(shards, 1) == Threshold(int(bits([3])[0]), 0, 1)
    assert kth_largest(shards, 4) == Threshold(int(bits([1])[0]), 2, 3)


@given(shards=st.lists(st.lists(finite, min_size=1, max_size=40), min_size=1, max_size=4), data=st.data())
@settings(deadline=None, max_examples=100)
def test_exact_on_any_shards(shards: list[list[float]], data: st.DataObject) -> None:
    everything = sorted((np.float32(x) for shard in shards for x in shard), reverse=True)
    k = data.draw(st.integers(1, len(everything)))
    found = kth_largest([bits(shard) for shard in shards], k)
    assert found.bits == bits([everything[k - 1]])[0]
    assert found.n_above == sum(x > everything[k - 1] for x in everything)
    assert found.n_equal == sum(x == everything[k - 1] for x in everything)


@pytest.mark.parametrize("k", [1, 17, 2_000, 100_000, 199_999, 200_000])
@pytest.mark.parametrize("shape", ["smooth", "clustered", "constant", "few values"])
def test_exact_through_the_bracket(monkeypatch, shape: str, k: int) -> None:
    monkeypatch.setattr(selection, "SMALL", 1000)
    monkeypatch.setattr(selection, "SAMPLES", 20_000)
    rng = np.random.default_rng(0)
    values = {
        "smooth": rng.random(200_000),
        "clustered": np.sort(rng.random(200_000)),
        "constant": np.ones(200_000),
        "few values": rng.integers(0, 3, 200_000),
    }[shape].astype(np.float32)
    found = kth_largest([bits(values[:150_000]), bits(values[150_000:150_010]), bits(values[150_010:])], k)
    expected = np.sort(values)[200_000 - k]
    assert found == (bits([expected])[0], (values > expected).sum(), (values == expected).sum())


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_what_is_no_score_is_refused(value: float) -> None:
    with pytest.raises(AnalysisError, match="NaN, infinite or negative"):
        kth_largest([bits([1.0, value])], 1)


@pytest.mark.parametrize("k", [0, 3])
def test_a_rank_outside_names_the_range(k: int) -> None:
    with pytest.raises(AnalysisError, match="of 2 scores"):
        kth_largest([bits([1.0, 2.0])], k)
