from __future__ import annotations

from frontend.study import asked_for, drawn_with, to_remember

STATE = {"model": "m", "languages": ("de", "en"), "percent": 1.0, "seed": 3}


def test_the_address_names_what_differs_from_how_the_page_was_drawn():
    drawn = drawn_with(STATE, {})
    assert to_remember(STATE, drawn, None) == {"model": "m", "languages": None, "percent": None, "seed": None}
    assert to_remember(STATE | {"percent": 3.0}, drawn, None)["percent"] == 3.0
    assert to_remember(STATE, drawn, {"percent": 3.0})["percent"] is None  # back again


def test_what_the_address_named_stays_in_it():
    drawn = drawn_with(STATE, {"percent": "1"})
    assert to_remember(STATE, drawn, None)["percent"] == 1.0


def test_after_a_click_the_key_says_all():
    address, drawn = asked_for(STATE | {"percent": 3.0}, "k" * 20)
    assert address == {"model": "m", "languages": None, "percent": None, "seed": None, "result": "k" * 20}
    assert to_remember(STATE | {"percent": 3.0}, drawn, address)["percent"] is None
    assert to_remember(STATE, drawn, address)["percent"] == 1.0
