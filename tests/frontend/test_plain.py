"""What plain.js draws is exactly what was said, and never a component of Dash."""

from __future__ import annotations

import json

import dash_mantine_components as dmc
import pytest
from dash import html

from frontend.plain import plain


def test_elements_become_one_attribute_and_their_ids_what_a_click_says():
    button = html.Button("+1 %", id={"type": "read", "off": "ar"}, className="heat", **{"aria-label": "one"})
    cell = html.Td([button, None, 3], title='a "b" & c', style={"--shade": "4%", "backgroundSize": "2% 100%"})
    body = plain(html.Tbody([html.Tr([cell], className="line")]), "store")
    assert body.children is None
    ((tag, look, (_, at, told, number)),) = json.loads(getattr(body, "data-plain"))
    assert (tag, look, number) == ("tr", {"class": "line"}, "3")
    assert at == {"title": 'a "b" & c', "style": "--shade: 4%; background-size: 2% 100%"}
    assert told == [
        "button",
        {"data-says": '{"type": "read", "off": "ar"}', "class": "heat", "aria-label": "one"},
        "+1 %",
    ]
    assert body.to_plotly_json()["props"]["data-said-to"] == "store"


def test_what_needs_dash_is_refused():
    with pytest.raises(TypeError, match="Tooltip cannot be drawn without Dash"):
        plain(html.Div([html.P(dmc.Tooltip("x", label="y"))]))
