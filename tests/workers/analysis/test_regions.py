from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.analysis.errors import AnalysisError
from workers.analysis.regions import drawn, ranked, select, thumbnail

SCORES = {"a": torch.tensor([[5.0, 1.0, 5.0], [0.0, 5.0, 1.0]]), "b": torch.tensor([9.0, 0.0, 0.0, 1.0])}


def chosen(masks: dict[str, torch.Tensor]) -> dict[str, list[int]]:
    return {name: mask.flatten().nonzero()[:, 0].tolist() for name, mask in masks.items()}


def test_by_hand() -> None:
    top = select(SCORES, fraction=1 / 3, selection="top", scope="per_matrix")
    assert chosen(top) == {"a": [0, 2], "b": [0]}  # of three fives the first two
    bottom = select(SCORES, fraction=0.5, selection="bottom", scope="per_matrix")
    assert chosen(bottom) == {"a": [1, 3, 5], "b": [1, 2]}
    assert chosen(select(SCORES, fraction=1 / 3, selection="middle", scope="per_matrix")) == {"a": [1, 4], "b": [3]}
    assert chosen(select(SCORES, fraction=0.3, selection="top", scope="global")) == {"a": [0, 2], "b": [0]}
    assert chosen(select(SCORES, fraction=0.2, selection="bottom", scope="global")) == {"a": [3], "b": [1]}


@given(
    values=st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=30), min_size=1, max_size=4),
    fraction=st.floats(0.05, 0.95),
    selection=st.sampled_from(["top", "middle", "bottom", "random"]),
    scope=st.sampled_from(["per_matrix", "global"]),
)
@settings(deadline=None, max_examples=100)
def test_masks_are_those_of_a_stable_sort(values, fraction: float, selection: str, scope: str) -> None:
    scores = {str(index): torch.tensor(row, dtype=torch.float32) for index, row in enumerate(values)}
    groups = [list(scores)] if scope == "global" else [[name] for name in scores]
    sizes = [round(fraction * sum(scores[name].numel() for name in group)) for group in groups]
    if not sum(sizes):
        with pytest.raises(AnalysisError):
            select(scores, fraction=fraction, selection=selection, scope=scope)
        return
    masks = select(scores, fraction=fraction, selection=selection, scope=scope, seed=3)
    for group, size in zip(groups, sizes, strict=True):
        flat = torch.cat([masks[name] for name in group])
        assert int(flat.sum()) == size
        if selection != "random":
            order = (
                torch.cat([scores[name] for name in group]).sort(stable=True, descending=selection != "bottom").indices
            )
            before = (len(order) - size) // 2 if selection == "middle" else 0
            assert set(flat.nonzero()[:, 0].tolist()) == set(order[before : before + size].tolist())


def test_random_depends_on_the_seed_alone_and_is_uniform() -> None:
    scores = {"a": torch.zeros(50), "b": torch.zeros(50)}
    draw = [select(scores, fraction=0.2, selection="random", scope="per_matrix", seed=s) for s in (0, 0, 1)]
    assert torch.equal(draw[0]["a"], draw[1]["a"]) and not torch.equal(draw[0]["a"], draw[2]["a"])
    assert not torch.equal(draw[0]["a"], draw[0]["b"])
    alone = select({"b": scores["b"]}, fraction=0.2, selection="random", scope="per_matrix", seed=0)
    assert torch.equal(alone["b"], draw[0]["b"])
    for fraction in (0.2, 0.8):
        counts = sum(
            select({"a": scores["a"]}, fraction=fraction, selection="random", scope="global", seed=s)["a"].int()
            for s in range(400)
        )
        # Binomial(400, fraction): 8 standard deviations, both ways.
        assert (counts - 400 * fraction).abs().max() < 64


def test_random_of_all_matrices_is_uniform_and_of_exact_size() -> None:
    sizes = {"a": 5, "b": 40, "c": 15}
    counts = np.zeros(60)
    for seed in range(400):
        drawn_bits = dict(drawn(sizes, fraction=0.6, scope="global", seed=seed))
        flat = np.concatenate([np.unpackbits(bits, count=sizes[name]) for name, bits in drawn_bits.items()])
        assert flat.sum() == 36
        counts += flat
    assert np.abs(counts - 240).max() < 80  # Binomial(400, 0.6): 8 standard deviations


def test_one_matrix_is_held_at_a_time_and_sums_are_ranked() -> None:
    asked: list[str] = []

    class Lazy(dict):
        def __getitem__(self, name: str) -> object:
            asked.append(name)
            return super().__getitem__(name)

    halves = Lazy({name: (score / 2, score / 2) for name, score in SCORES.items()})
    regions = ranked(halves, fraction=1 / 3, selection="top")
    name, bits = next(regions)
    assert name == "a" and "b" not in asked
    assert np.flatnonzero(np.unpackbits(bits)).tolist() == [0, 2]
    assert [name for name, _ in regions] == ["b"]


def test_fractions_and_words_that_make_no_region() -> None:
    with pytest.raises(AnalysisError, match="selects none"):
        select(SCORES, fraction=0.01, selection="top", scope="per_matrix")
    for fraction in (0.0, 1.0, 2.0, float("nan")):
        with pytest.raises(AnalysisError, match="fraction"):
            select(SCORES, fraction=fraction, selection="top", scope="per_matrix")
    with pytest.raises(AnalysisError, match="'centre'"):
        select(SCORES, fraction=0.5, selection="centre", scope="per_matrix")
    with pytest.raises(AnalysisError, match="NaN"):
        select({"a": torch.tensor([1.0, float("nan")])}, fraction=0.5, selection="top", scope="per_matrix")


def test_thumbnail_by_hand_with_partial_edges() -> None:
    matrix = torch.tensor([[1.0, 3.0, 5.0], [1.0, 3.0, 7.0], [4.0, 8.0, 9.0]])
    assert thumbnail(matrix, height=2, width=2).tolist() == [[2.0, 6.0], [6.0, 9.0]]
    assert thumbnail(matrix, height=2, width=2, reduce="max").tolist() == [[3.0, 7.0], [8.0, 9.0]]


@given(rows=st.integers(1, 70), columns=st.integers(1, 70), reduce=st.sampled_from(["mean", "max"]))
@settings(deadline=None, max_examples=40)
def test_thumbnail_is_the_block_by_block_loop(rows: int, columns: int, reduce: str) -> None:
    matrix = torch.rand(rows, columns, generator=torch.Generator().manual_seed(rows * 71 + columns))
    got = thumbnail(matrix, reduce=reduce)
    high, wide = -(-rows // 32), -(-columns // 32)
    assert got.shape == (-(-rows // high), -(-columns // wide)) and max(got.shape) <= 32
    for i in range(got.shape[0]):
        for j in range(got.shape[1]):
            block = matrix[i * high : (i + 1) * high, j * wide : (j + 1) * wide]
            assert float(got[i, j]) == pytest.approx(float(getattr(block, reduce)()), rel=1e-5)


def test_thumbnail_of_a_vector_and_of_a_mask() -> None:
    assert thumbnail(torch.arange(64.0)).shape == (32, 1)
    assert thumbnail(torch.ones(3, 3, dtype=torch.bool)).tolist() == [[1.0] * 3] * 3
