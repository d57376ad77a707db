"""The paper's observations on hand-made points: clear ones, opposite ones, and those that nobody can tell."""

from __future__ import annotations

import math

import pytest

from backend.contracts.results import DevelopmentPoint, LayerScore
from backend.families.observations import first_density, observations, order_p, rank_correlation


def point(
    position: float, *, lrds: float = 0.2, sads: float = 0.1, width: float = 0.01, counts=((2, 2, 2, 2),), **more
):
    whole = LayerScore(
        layer=None, lrds=lrds, sads=sads, lrds_interval=(lrds - width, lrds + width),
        sads_interval=(sads - width, sads + width),
    )  # fmt: skip
    layers = tuple(LayerScore(layer=layer, lrds=lrds, sads=sads) for layer in range(len(counts[0])))
    return DevelopmentPoint(
        model=f"m{position:g}", label=f"step {position:g}", position=position, whole=whole, layers=layers,
        sklr=sum(map(sum, counts)), sklr_null=1.0, n_neurons_total=400, counts=counts,
        accuracy=more.get("accuracy", {}), accuracy_error=more.get("errors", {}),
    )  # fmt: skip


def holds(points) -> list[bool | None]:
    return [one.judgement.holds for one in observations(points)]


def growing(n: int) -> list[DevelopmentPoint]:
    return [
        point(
            at, lrds=0.5 - 0.1 * at, sads=0.1 * at, counts=((2 + at, 14 - 2 * at, 4, 4),),
            accuracy={"t": 0.4 + 0.1 * at}, errors={"t": 0.01},
        )
        for at in range(n)
    ]  # fmt: skip


def test_the_papers_development_holds() -> None:
    points = growing(5)
    assert holds(points) == [True] * 5
    backwards = [one.model_copy(update={"position": -one.position}) for one in points[::-1]]
    assert holds(backwards) == [False] * 5


def test_counts_have_no_interval_so_few_points_decide_nothing_about_them() -> None:
    """Three in order come by chance one time in three; scores with intervals apart are decided."""
    assert holds(growing(3)) == [None, True, True, None, True]
    assert "p of the order 0.33" in observations(growing(3))[0].judgement.evidence
    assert [one.judgement.word for one in observations(growing(1))] == ["not judged"] * 5


def test_the_order_of_points_by_hand() -> None:
    assert order_p([1.0, 2.0, 3.0]) == pytest.approx(2 / 6)
    assert order_p([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx(2 / 120)
    assert order_p([1.0, 1.0]) == 1.0
    assert order_p([float(at) for at in range(10)]) == pytest.approx(math.erfc(3 / math.sqrt(2)))


def test_full_marks_are_no_certainty() -> None:
    points = [point(1, accuracy={"t": 0.9}, errors={"t": 0.06}), point(2, accuracy={"t": 1.0}, errors={"t": 0.0})]
    assert holds(points)[4] is None


def test_nothing_is_forced() -> None:
    same = [point(1), point(2)]
    assert holds(same) == [None] * 4
    assert all("no change at all" in one.judgement.evidence for one in observations(same))
    assert holds([point(1)]) == [None] * 4
    overlapping = [point(1, sads=0.1, width=0.1), point(2, sads=0.2, width=0.1)]
    assert holds(overlapping)[2] is None
    zigzag = [point(at, sads=sads) for at, sads in enumerate((0.1, 0.5, 0.05, 0.4, 0.02, 0.14))]
    assert holds(zigzag)[2] is None
    noisy = [
        point(1, accuracy={"t": 0.5}, errors={"t": 0.05}),
        point(2, accuracy={"t": 0.6}, errors={"t": 0.05}),
    ]
    assert holds(noisy)[4] is None


def test_density_of_the_first_quarter() -> None:
    assert first_density(point(1, counts=((3, 1, 1, 1), (0, 1, 1, 0)))) == pytest.approx((3 / 8) / (1 / 4))
    assert math.isnan(first_density(point(1, counts=((0, 0, 0, 0),))))
    shallow = [point(1, counts=((2, 8),)), point(2, counts=((8, 2),))]
    assert holds(shallow)[3] is None


def test_rank_correlation_by_hand() -> None:
    assert rank_correlation([1.0, 2.0, 5.0]) == pytest.approx(1)
    assert rank_correlation([5.0, 2.0, 1.0]) == pytest.approx(-1)
    assert rank_correlation([1.0, 3.0, 2.0]) == pytest.approx(0.5)  # 1 - 6 * (0 + 1 + 1) / (3 * 8)
    assert rank_correlation([2.0, 1.0, 2.0]) == pytest.approx(0.0)
    assert math.isnan(rank_correlation([1.0, 1.0]))
