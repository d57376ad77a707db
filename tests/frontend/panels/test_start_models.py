"""The cards of opened models."""

from __future__ import annotations

import json

from dash import html
from plotly.utils import PlotlyJSONEncoder

from frontend.panels.start_models import cards
from tests.frontend.model_sample import summary


def written(models: list) -> str:
    return json.dumps(cards(models, None), cls=PlotlyJSONEncoder, ensure_ascii=False)


def test_what_was_corrected_or_warned_of_stands_on_the_card() -> None:
    plain = summary("gemma-3-270m")
    warned = plain.model_copy(update={"name": "nemo", "warnings": ("The split rule is corrected.", "<b>second</b>")})
    assert isinstance(cards([plain, warned], None), html.Div)
    assert "start-warnings" not in written([plain])
    assert "The split rule is corrected." in written([warned]) and "<b>second</b>" in written([warned])
