"""The list of stored results hides none: what is older unfolds, and is open where the shown one is among it."""

from __future__ import annotations

from typing import Any

from dash import html

from backend.contracts.requests import RegionRequest, RegionSpec, ScoreSpec
from frontend.panels.stored_requests import MOST_SHOWN, stored_requests
from frontend.panels.stored_results import empty, told
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.pages.test_regions_page import text


def rows(n: int, *, model: str = MODEL) -> tuple[Any, ...]:
    api = FakeApi()
    for share in range(1, n + 1):
        region = RegionSpec(scores=ScoreSpec(model=model), languages=("ar", "zh"), fraction=share / 100)
        api.result_with(RegionRequest(region=region), samples.region())
    return api.results(kind="region")


def older(drawn: Any) -> html.Details | None:
    return drawn.children[2]


def test_a_short_list_folds_nothing():
    assert older(stored_requests("regions", "Stored", rows(MOST_SHOWN), None, told)) is None


def test_what_is_older_unfolds():
    found = rows(MOST_SHOWN + 2)
    folded = older(stored_requests("regions", "Stored", found, found[0].key, told))
    assert folded is not None and not folded.open
    assert "2 older" in text(folded) and "1 % in each matrix" in text(folded)


def test_it_is_open_where_the_one_on_the_page_is_among_them():
    found = rows(MOST_SHOWN + 2)
    folded = older(stored_requests("regions", "Stored", found, found[-1].key, told))
    assert folded is not None and folded.open


def test_an_empty_place_leads_to_the_same_results_of_other_models():
    shown = empty("Nothing", "Click", (), (*rows(2, model="other"), *rows(1, model="third")))
    assert "other" in text(shown) and "2 results" in text(shown) and "third : 1 result" in text(shown)
    assert "Stored for other models" not in text(empty("Nothing", "Click"))
