"""Start: what this is, which models are open, what is being prepared, and where to click."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import Dash

from backend.client import Client
from frontend.shell import page_header

PATH = "/"
TITLE = "Start"
ICON = "home"


def layout(query: dict[str, str], api: Client) -> dmc.Stack:
    """The start page."""
    del query, api
    return dmc.Stack([page_header("Lingua Atlas", "An atlas of the linguistic regions of a language model.")])


def register(app: Dash, api: Client) -> None:
    """Nothing to connect yet."""
