from __future__ import annotations

from dash import Dash, State, no_update

from frontend.study import asked_for, drawn_with, register_submit, to_remember

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


def test_only_a_click_asks():
    app = Dash("study")
    asked = [State("form-model", "data"), State("form-number", "value")]
    register_submit(app, "ask", lambda *values: (values, None, {}), asked, followed="job", problem="problem")
    (wire,) = app.callback_map.values()
    assert wire["callback"].__wrapped__(None, "m", 3) == (no_update,) * 3
    assert wire["callback"].__wrapped__(1, "m", 3) == (("m", 3), None, {})
