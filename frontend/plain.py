"""Long lists and tables without a component per element: one attribute says them, plain.js draws them in one go.

Dash keeps books on every component whenever anything on the page changes, so a thousand cells cost seconds.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

from dash import html
from dash.development.base_component import Component

Element = TypeVar("Element", bound=Component)
_NAMES = {"className": "class", "colSpan": "colspan", "rowSpan": "rowspan"}
_TOLD = "data-says"


def plain(element: Element, said_to: str | None = None) -> Element:
    """The same element; all below it are `dash.html` ones, drawn by the browser itself.

    A click on one of them that has a pattern as its id writes `{**id, "at": time}` into the store `said_to`.
    """
    children = element.children
    parts = children if isinstance(children, list | tuple) else [children]
    element.children = None
    setattr(element, "data-plain", json.dumps([_made(part) for part in parts if part is not None], ensure_ascii=False))
    if said_to is not None:
        setattr(element, "data-said-to", said_to)
    return element


def _made(part: Any) -> str | list[Any]:
    """A text, or tag, attributes and children of an element."""
    if not isinstance(part, Component):
        return str(part)
    if part._namespace != html.Div()._namespace:
        raise TypeError(f"{type(part).__name__} cannot be drawn without Dash: only elements of dash.html can")
    props = dict(part.to_plotly_json()["props"])
    children = props.pop("children", None)
    inside = children if isinstance(children, list | tuple) else [children]
    attributes = dict(_attribute(name, value) for name, value in props.items() if value is not None)
    return [part.__class__.__name__.lower(), attributes, *(_made(child) for child in inside if child is not None)]


def _attribute(name: str, value: Any) -> tuple[str, str]:
    if name == "id" and isinstance(value, dict):
        return _TOLD, json.dumps(value, ensure_ascii=False)
    if name == "style":
        return name, "; ".join(f"{_kebab(key)}: {one}" for key, one in value.items())
    return _NAMES.get(name, name), str(value)


def _kebab(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"-{letter[0].lower()}", name)
