from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.analysis import brackets, selection
from workers.analysis.brackets import Scores
from workers.analysis.errors import AnalysisError
from workers.analysis.selection import k_largest

finite = st.floats(0, 2.0**100, width=32) | st.sampled_from([0.0, 1.0, 2.0, float(np.float32(1e-45))])


def scores(**matrices: object) -> dict[str, Scores]:
    return {name: Scores((np.asarray(values, np.float32),)) for name, values in matrices.items()}


def cells(found: dict[str, np.ndarray]) -> dict[str, list[int]]:
    return {name: np.flatnonzero(np.unpackbits(bits)).tolist() for name, bits in found.items()}


def naive(matrices: list[np.ndarray], k: int, of_equals: str) -> list[set[int]]:
    """The definition: sort by value, then by place."""
    places = [(value, (m, i)) for m, values in enumerate(matrices) for i, value in enumerate(values)]
    sign = 1 if of_equals == "first" else -1
    ordered = sorted(places, key=lambda one: (-one[0], sign * one[1][0], sign * one[1][1]))
    return [{i for _, (found, i) in ordered[:k] if found == m} for m in range(len(matrices))]


def test_by_hand() -> None:
    given = scores(a=[3, 1], b=[1, 2, 1])
    assert cells(k_largest(given, 1)) == {"a": [0], "b": []}
    assert cells(k_largest(given, 3)) == {"a": [0, 1], "b": [1]}  # of three ones the first
    assert cells(k_largest(given, 3, of_equals="last")) == {"a": [0], "b": [1, 2]}
    assert cells(k_largest(given, 5)) == {"a": [0, 1], "b": [0, 1, 2]}


@pytest.mark.parametrize("small", [0, 1 << 16], ids=["bracket", "all at once"])
@given(
    matrices=st.lists(st.lists(finite, min_size=1, max_size=40), min_size=1, max_size=4),
    of_equals=st.sampled_from(["first", "last"]),
    data=st.data(),
)
@settings(deadline=None, max_examples=100)
def test_exact_on_any_matrices(small: int, matrices: list[list[float]], of_equals: str, data: st.DataObject) -> None:
    arrays = [np.array(values, np.float32) for values in matrices]
    k = data.draw(st.integers(1, sum(map(len, arrays))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(brackets, "SMALL", small)
        patch.setattr(selection, "CHUNK", 8)
        patch.setattr(selection, "TASK", 16)
        found = k_largest(scores(**{str(m): array for m, array in enumerate(arrays)}), k, of_equals=of_equals)
    assert [set(places) for places in cells(found).values()] == naive(arrays, k, of_equals)


@pytest.mark.parametrize("k", [1, 17, 2_000, 60_000, 100_000, 199_999, 200_000])
@pytest.mark.parametrize("shape", ["smooth", "clustered", "constant", "few values", "many zeros"])
def test_exact_through_the_bracket(monkeypatch, shape: str, k: int) -> None:
    monkeypatch.setattr(brackets, "SMALL", 1000)
    monkeypatch.setattr(brackets, "FEWEST", 20_000)
    rng = np.random.default_rng(0)
    values = {
        "smooth": rng.random(200_000),
        "clustered": np.sort(rng.random(200_000)),
        "constant": np.ones(200_000),
        "few values": rng.integers(0, 3, 200_000),
        "many zeros": np.maximum(0, rng.random(200_000) - 0.7),
    }[shape].astype(np.float32)
    given = scores(a=values[:150_000], b=values[150_000:150_010], c=values[150_010:])
    found = np.concatenate([np.unpackbits(bits)[: given[name].size] for name, bits in k_largest(given, k).items()])
    order = np.argsort(-values, kind="stable")
    assert set(np.flatnonzero(found).tolist()) == set(order[:k].tolist())


def test_many_equal_scores_are_not_taken_out_one_by_one(monkeypatch) -> None:
    monkeypatch.setattr(brackets, "SMALL", 1000)
    values = np.where(np.arange(200_000) % 2, np.arange(200_000), 0).astype(np.float32)
    kept: list[int] = []
    compare = selection._compare

    def counted(*given: object) -> object:
        part = compare(*given)
        kept.append(part.indices.size)
        return part

    monkeypatch.setattr(selection, "_compare", counted)
    for k in (100_000, 100_001, 150_000):
        found = k_largest(scores(a=values), k)["a"]
        assert np.unpackbits(found).sum() == k
    assert max(kept) < 60_000


def test_sums_are_added_up_chunk_by_chunk(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(brackets, "SMALL", 1000)
    monkeypatch.setattr(selection, "CHUNK", 1024)
    rng = np.random.default_rng(1)
    parts = [rng.random(50_001, np.float32) for _ in range(3)]
    stored = np.memmap(tmp_path / "scores", np.float32, "w+", shape=50_001)  # one of them on disk
    stored[:] = parts[1]
    found = k_largest({"a": Scores((parts[0], stored, parts[2]))}, 500)
    assert cells(found) == cells(k_largest(scores(a=parts[0] + parts[1] + parts[2]), 500))


@pytest.mark.parametrize("small", [0, 1 << 16])
@pytest.mark.parametrize("value", [np.nan, -np.nan, np.inf, -1.0])
def test_what_is_no_score_is_refused_with_its_matrix(monkeypatch, value: float, small: int) -> None:
    monkeypatch.setattr(brackets, "SMALL", small)
    with pytest.raises(AnalysisError, match=r"scores of 0\.mlp\.up hold NaN, infinity or a negative"):
        k_largest(scores(**{"0.mlp.down": [1.0], "0.mlp.up": [1.0, value]}), 1)


def test_a_matrix_of_nan_is_refused_through_the_bracket() -> None:
    with pytest.raises(AnalysisError, match="scores of b hold NaN"):
        k_largest(scores(a=np.ones(70_000), b=np.full(70_000, 0xFFFFFFFF, np.uint32).view(np.float32)), 1000)


@pytest.mark.parametrize("k", [0, 3])
def test_a_rank_outside_names_the_range(k: int) -> None:
    with pytest.raises(AnalysisError, match="of 2 scores"):
        k_largest(scores(a=[1.0, 2.0]), k)
