"""Three states: inside the margin, outside of it, across it. A wider interval never decides what a narrower leaves."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.contracts.verdicts import (
    LOST_ESTIMATE,
    Estimate,
    all_of,
    difference,
    exceeds,
    inside,
    median_of,
    middle_of,
    over_seeds,
    quotient,
    share,
)

numbers = st.floats(-1e6, 1e6)
widths = st.floats(0, 1e3)


@pytest.mark.parametrize(
    ("low", "high", "least", "most", "state"),
    [
        (1.2, 1.4, 1.0, math.inf, True),  # inside
        (0.8, 0.9, 1.0, math.inf, False),  # outside
        (0.9, 1.2, 1.0, math.inf, None),  # across
        (1.0, 1.2, 1.0, math.inf, None),  # on the margin
        (1.0, 1.0, 1.0, math.inf, None),  # equal at chance
        (0.98, 1.02, 1 / 1.05, 1.05, True),
        (1.06, 1.2, 1 / 1.05, 1.05, False),
        (0.5, 0.9, 1 / 1.05, 1.05, False),
        (0.9, 1.2, 1 / 1.05, 1.05, None),
        (math.inf, math.inf, 10.0, math.inf, True),  # lost is beyond any margin above
        (math.inf, math.inf, -math.inf, 2.0, False),
        (math.nan, math.nan, 1.0, math.inf, None),
    ],
)
def test_an_interval_is_inside_outside_or_across(low, high, least, most, state):
    assert inside(Estimate((low + high) / 2, low, high), least, most) is state


def test_without_an_interval_nothing_is_decided():
    assert inside(Estimate(1e9), least=10) is None
    assert exceeds(Estimate(5.0), Estimate(1.0, 0.9, 1.1)) is None


def test_an_order_needs_intervals_apart_and_says_nothing_of_two_that_are_lost():
    low, high = Estimate(1.0, 0.9, 1.1), Estimate(2.0, 1.2, 3.0)
    assert (exceeds(high, low), exceeds(low, high)) == (True, False)
    assert exceeds(Estimate(1.2, 1.0, 1.4), low) is None
    assert exceeds(LOST_ESTIMATE, LOST_ESTIMATE) is None and exceeds(LOST_ESTIMATE, high) is True


def test_a_claim_about_every_one_fails_with_one_and_is_undecided_with_one():
    assert [all_of(states) for states in ([True, True], [True, None], [True, None, False], [])] == [
        True, None, False, None,
    ]  # fmt: skip


def test_the_median_of_ten_draws_lies_between_the_second_and_the_ninth():
    draws = [Estimate.exact(float(n)) for n in range(1, 11)]
    assert median_of(draws) == Estimate(5.5, 2.0, 9.0)
    assert median_of(draws[:6]) == Estimate(3.5, 1.0, 6.0)
    few = median_of(draws[:5])
    assert few.value == 3.0 and few.low is None and "5 random draws" in few.reason
    assert median_of([*draws[:9], Estimate(10.0)]).low is None
    assert median_of([LOST_ESTIMATE] * 10) == LOST_ESTIMATE


def test_the_middle_of_several_and_a_quotient():
    assert middle_of([Estimate(1, 0, 2), Estimate(2, 1, 5), Estimate(9, 8, 10)]) == Estimate(2, 1, 5)
    assert quotient(Estimate(10, 8, 12), Estimate(2, 1, 4)) == Estimate(5, 2, 12)
    assert quotient(LOST_ESTIMATE, Estimate(2, 1, 4)) == LOST_ESTIMATE
    assert quotient(LOST_ESTIMATE, LOST_ESTIMATE).low is None


def test_three_seeds_by_hand_and_one_has_no_interval():
    found = over_seeds([2.0, 2.0, 2.0], [1.0, 1.0, 1.0])
    assert found[:3] == pytest.approx((2.0, 2.0, 2.0))
    # logs 0, 1, 2: mean 1, deviation 1, t(2) 4.3027 / sqrt(3) = 2.4842
    wide = over_seeds([1.0, math.e, math.e**2], [1.0, 1.0, 1.0])
    assert wide[:3] == pytest.approx((math.e, math.exp(1 - 2.4842), math.exp(1 + 2.4842)), rel=1e-4)
    assert over_seeds([2.0], [1.0]).reason == "one seed" and over_seeds([2.0, 2.0], [1.0, 1.0]).low is None
    assert over_seeds([math.inf] * 3, [1.0] * 3) == LOST_ESTIMATE
    assert over_seeds([math.inf, 1.0, 1.0], [1.0] * 3).low is None


def test_wilson_s_interval_by_hand_and_newcombe_s_difference():
    assert share(10, 20)[:3] == pytest.approx((0.5, 0.2993, 0.7007), abs=1e-4)
    sure = share(20, 20)
    assert sure[:3] == pytest.approx((1.0, 0.8389, 1.0), abs=1e-4)  # not a point, as a normal error would say
    # Newcombe 1998, table II, a: 56/70 against 48/80, method 10
    assert difference(share(56, 70), share(48, 80))[:3] == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


@given(value=numbers, width=widths, more=widths, margin=numbers)
def test_a_wider_interval_never_turns_undecided_into_decided(value, width, more, margin):
    narrow = Estimate(value, value - width, value + width)
    wide = Estimate(value, value - width - more, value + width + more)
    for bounds in ({"least": margin}, {"most": margin}, {"least": margin, "most": margin + 10}):
        if inside(narrow, **bounds) is None:
            assert inside(wide, **bounds) is not True
    if inside(narrow, least=margin) is None:
        assert inside(wide, least=margin) is None and inside(wide, most=margin) is None
    other = Estimate.exact(margin)
    if exceeds(narrow, other) is None:
        assert exceeds(wide, other) is None


@given(value=numbers, width=widths, margin=numbers)
def test_above_and_below_are_never_both(value, width, margin):
    one = Estimate(value, value - width, value + width)
    assert {inside(one, least=margin), inside(one, most=margin)} in ({True, False}, {None})


@given(st.lists(st.booleans() | st.none(), min_size=1))
def test_one_more_undecided_never_makes_a_claim_hold(states):
    assert all_of([*states, None]) is not True
