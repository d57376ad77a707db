"""What a browser puts into a field is what a choice can reckon with, however it was typed."""

from __future__ import annotations

import pytest

from frontend.fields import filled, filled_text
from frontend.form_parts import plain


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        (5, 5), (0.5, 0.5), ("", None), (None, None), ("2.50", 2.5), ("0.0000001", 1e-7), ("1.", 1.0), ("007", 7),
        ("99999999999999999999", 99999999999999999999), ("9" * 5000, None), ("-", None), (".", None), ("-.", None),
        ("ntrex128", "ntrex128"), ("2024", "2024"), (["1", "2"], ("1", "2")),
    ],
)  # fmt: skip
def test_numbers_are_numbers_and_what_is_none_yet_is_none(typed: object, held: object):
    assert filled(typed) == held
    assert isinstance(typed, list) or plain({"field": typed}) == {"field": held}


def test_free_text_is_left_as_it_is():
    assert [filled_text(text) for text in ("1.0", "007", "")] == ["1.0", "007", None]
