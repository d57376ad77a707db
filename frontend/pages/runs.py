"""Runs: everything queued, running and done."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import Dash

from backend.client import Client
from frontend.shell import page_header

PATH = "/runs"
TITLE = "Runs"
ICON = "runs"


def layout(query: dict[str, str], api: Client) -> dmc.Stack:
    """The runs page."""
    del query, api
    return dmc.Stack([page_header("Runs")])


def register(app: Dash, api: Client) -> None:
    """Nothing to connect yet."""
