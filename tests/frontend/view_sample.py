"""A view with everything in it, and a page that shows it: exports need no page of their own to be tested."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import plotly.graph_objects as go
import pytest

from backend.contracts.requests import OpenModelRequest
from backend.contracts.results import OpenedModel
from frontend import urls
from frontend.figures.telling import tell
from frontend.views import Passage, Picture, Table, View
from tests.frontend.fake_api import FakeApi
from tests.frontend.model_sample import description

PAGE = "estimators"
ADDRESS = "/estimators?result=abc"
ROWS = (("ar", 20.123456789012345, 3, True), ("en & <de>", float("inf"), None, False))


def figure() -> go.Figure:
    """Two bars, told."""
    bars = go.Figure(go.Bar(x=["ar", "en"], y=[20.5, 30.25], name="base"))
    return tell(bars, name="bars", title="Perplexity <by language>", description="Arabic 20.5, English 30.25.")


def view(api: Any = None, **changes: Any) -> View:
    """One figure, two tables, a text, a source and something missing."""
    api = api or FakeApi()
    request = OpenModelRequest(source="demo:tiny")
    manifest = api.result_with(request, OpenedModel(description=description("tiny")))
    shown = View(
        ADDRESS, "A view", "Two languages of a tiny model.", (Picture(figure()),),
        (Table("numbers", "Numbers, all of them", ("language", "perplexity", "lines", "held_out"), ROWS),
         Table("paper", "As printed", ("a",), ((1,),), "\\begin{table}paper\\end{table}\n")),
        (Passage("said", "What it said", "مرحبا", "ar"),), (manifest,), (request,),
    )  # fmt: skip
    return shown._replace(**changes)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> View:
    """The page of `ADDRESS` shows this view, whatever it is asked."""
    sample = view()

    def renderer(query: Mapping[str, str], api: Any) -> View:
        return sample._replace(address=urls.link(PAGE, **query))

    monkeypatch.setitem(sys.modules, f"frontend.views.{PAGE}", SimpleNamespace(view=renderer))
    return sample
