"""Lists of parts and the expressions they stand for."""

from __future__ import annotations

import pytest

from backend.contracts.regions import (
    Complement,
    Difference,
    ImportedLeaf,
    ImportRegionRequest,
    Intersection,
    RankedLeaf,
    RegionRequest,
    Union_,
    monolingual,
)
from backend.contracts.requests import RegionSpec, ScoreSpec
from frontend.choices import expression
from frontend.choices.expression import (
    DIFFERENCE,
    INTERSECTION,
    UNION,
    Part,
    decoded,
    encoded,
    expression_of,
    parts_of,
)
from frontend.choices.expression import (
    parts_of as listed,
)


def region(language: str) -> RegionRequest:
    return RegionRequest(region=RegionSpec(scores=ScoreSpec(model="tiny"), languages=(language,)))


A, B, C, D = (region(language) for language in ("ar", "de", "en", "ru"))
IMPORTED = ImportRegionRequest(model="tiny", title="super weights", file="0" * 64)


def leaf(one: RegionRequest) -> RankedLeaf:
    return RankedLeaf(region=one)


def test_a_list_is_read_from_top_to_bottom() -> None:
    parts = (Part(UNION, A), Part(UNION, B), Part(DIFFERENCE, C), Part(INTERSECTION, D))
    assert expression_of(parts) == Intersection(
        of=(Difference(of=(Union_(of=(leaf(A), leaf(B))), leaf(C))), leaf(D)),
    )


def test_equal_operators_are_one_expression_of_many_parts() -> None:
    parts = (Part(INTERSECTION, A), Part(DIFFERENCE, B), Part(DIFFERENCE, C))
    assert expression_of(parts) == Difference(of=(leaf(A), leaf(B), leaf(C)))


def test_brackets_and_everything_but() -> None:
    inner = (Part(UNION, B), Part(UNION, C))
    assert expression_of((Part(UNION, A), Part(DIFFERENCE, parts=inner))) == Difference(
        of=(leaf(A), Union_(of=(leaf(B), leaf(C))))
    )
    assert expression_of((Part(UNION, A, inverted=True),)) == Complement(of=leaf(A))
    assert expression_of((Part(UNION, parts=inner, inverted=True),)) == Complement(of=Union_(of=(leaf(B), leaf(C))))


def test_an_empty_list_and_empty_brackets_are_no_expression() -> None:
    assert expression_of(()) is None
    assert expression_of((Part(UNION, parts=()), Part(UNION, A))) == leaf(A)


EXPRESSIONS = [
    leaf(A),
    ImportedLeaf(region=IMPORTED),
    Complement(of=leaf(A)),
    Complement(of=Complement(of=leaf(A))),
    Union_(of=(leaf(A), Difference(of=(leaf(B), leaf(C))))),
    Difference(of=(Union_(of=(leaf(A), leaf(B))), Complement(of=Intersection(of=(leaf(C), leaf(D)))))),
    monolingual(A.region, "ru", others=["ar", "de"]).expression,
]


@pytest.mark.parametrize("given", EXPRESSIONS)
def test_an_expression_comes_back_from_its_list_and_from_the_address(given: object) -> None:
    parts = listed(given)  # type: ignore[arg-type]
    assert expression_of(parts) == given
    assert decoded(encoded(parts)) == parts


@pytest.mark.parametrize("text", ["", None, "!!", "eJw", "x" * 5000, encoded((Part(UNION, A),))[:-9]])
def test_an_address_that_cannot_be_read_is_an_empty_list(text: str | None) -> None:
    assert decoded(text) == ()


def test_a_monolingual_region_of_six_fits_into_an_address() -> None:
    one = monolingual(A.region, "ru", others=["ar", "es", "zh", "ko", "vi"])
    assert len(encoded(parts_of(one.expression))) < 1000


def test_lines_are_changed_by_their_path() -> None:
    parts = (Part(UNION, A), Part(DIFFERENCE, parts=(Part(UNION, B), Part(UNION, C))))
    assert expression.joined_by(parts, "1.1", INTERSECTION)[1].parts[1].op == INTERSECTION
    assert expression.joined_by(parts, "1.1", "nonsense") == parts
    assert expression.inverted(parts, "0")[0].inverted
    assert expression.without(parts, "1.0")[1].parts == (Part(UNION, C),)
    assert expression.without(expression.without(parts, "1.0"), "1.0") == (Part(UNION, A),)
    assert expression.added(parts, "1", (Part(UNION, D),))[1].parts[-1] == Part(UNION, D)
    assert expression.added(parts, "", (Part(UNION, D),))[-1] == Part(UNION, D)
    assert expression.without(parts, "7.3") == parts


def test_brackets_are_put_around_all_and_taken_away_again() -> None:
    parts = (Part(UNION, A), Part(DIFFERENCE, B))
    assert expression.grouped(parts) == (Part(parts=parts),)
    assert expression.opened(expression.grouped(parts), "0") == parts
    assert expression.grouped(parts[:1]) == parts[:1]
    turned = (Part(UNION, parts=parts, inverted=True),)
    assert expression.opened(turned, "0") == turned
