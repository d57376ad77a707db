"""The cards above the removal table: three states, by intervals, of matrices alone."""

from __future__ import annotations

import pytest

from frontend.figures.removal_claims import column_claims
from tests.backend.reproduction import given


def claims(width: float, *, top: float, bottom: float, random: float, n_draws: int = 10) -> dict[str, str]:
    draws = {f"random_{n + 1}": {"en": random, "it": random} for n in range(n_draws)}
    columns = {"top": top, "bottom": bottom, "bottom with norms": 90.0}
    named = {name: dict.fromkeys(("en", "it"), one) for name, one in columns.items()}
    found = given.removal(width, base={"en": 10.0, "it": 10.0}, **named, **draws)
    return {name: claim.state for name, claim in column_claims(found).items()}


@pytest.mark.parametrize(
    ("width", "numbers", "state"),
    [
        (0.01, {"top": 200.0, "bottom": 10.1, "random": 15.0}, "holds"),
        (0.01, {"top": 50.0, "bottom": 12.0, "random": 30.0}, "does not hold"),
        (9.0, {"top": 150.0, "bottom": 10.1, "random": 15.0}, "undecided"),
        (0.0, {"top": 100.0, "bottom": 10.5, "random": 20.0}, "undecided"),  # on the margin
    ],
)
def test_inside_outside_across(width: float, numbers: dict[str, float], state: str) -> None:
    assert claims(width, **numbers) == {"Top": state, "Bottom": state, "Random": state}


def test_three_draws_have_no_interval_and_a_result_without_intervals_decides_nothing() -> None:
    assert claims(0.01, top=200.0, bottom=10.1, random=15.0, n_draws=3)["Random"] == "undecided"
    old = given.removal(base={"en": 10.0}, top={"en": 200.0})
    bare = [one.model_copy(update={"ratio": None}) for one in old.conditions[1].rows]
    top = old.conditions[1].model_copy(update={"rows": bare})
    old = old.model_copy(update={"conditions": (old.conditions[0], top)})
    (claim,) = column_claims(old).values()
    assert claim.text == "language lost: undecided (0 of 1 languages, 1 undecided)"


def test_what_is_lost_is_lost_whatever_the_width() -> None:
    assert claims(50.0, top=1e9, bottom=1e9, random=1e9) == {
        "Top": "holds", "Bottom": "does not hold", "Random": "does not hold",
    }  # fmt: skip
