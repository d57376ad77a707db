from __future__ import annotations

import math

from frontend.figures.sentences import course, extremes, joined


def test_a_course_names_its_ends_and_what_lies_beyond_them():
    said = course([0.1, 0.3, None, 0.05, 0.2], [0, 1, 2, 3, 4], place="layer")
    assert said == ("from 0.1000 at layer 0 to 0.2000 at layer 4, highest 0.3000 at layer 1, lowest 0.0500 at layer 3")
    assert course([1.0, 2.0], ["a", "b"], written=lambda value: f"{value:g}") == "from 1 at a to 2 at b"
    assert course([0.5], [3], place="layer") == "0.5000 at layer 3"
    assert course([None, math.inf], [0, 1]) == "not measured"


def test_extremes_leave_out_what_is_no_number():
    assert extremes([("a", 0.1), ("b", None), ("c", 0.9)]) == "largest 0.9000 (c), smallest 0.1000 (a)"
    assert extremes([("a", 1.0), ("b", 1.0)]) == "all 1.0000"
    assert extremes([("a", 1.0)]) == "1.0000 (a)"
    assert extremes([("b", math.nan)]) == "nothing measured"


def test_names_are_joined_and_counted():
    assert joined([]) == "none"
    assert (joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])) == ("a", "a and b", "a, b and c")
    assert joined(list("abcd"), most=2) == "a, b and 2 more"
