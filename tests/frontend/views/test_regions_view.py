from __future__ import annotations

import pytest

from backend.contracts.problems import KnownError
from backend.contracts.requests import RegionRequest
from backend.contracts.vocabulary import Scope
from frontend.views import render
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.pages.test_regions_page import REGION, REMOVAL
from tests.frontend.views.whole import whole


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


def test_the_newest_table_with_its_dots(api):
    key = api.result_with(REMOVAL, samples.removal()).key
    view = whole(render("/regions", api), api)
    assert view.address == f"/regions?model={MODEL}&result={key}"
    (picture,) = view.pictures
    assert "2 languages under 6 conditions" in picture.told.description
    assert "Top between 3.00×10¹¹ (English) and ∞ (Arabic)" in picture.told.description
    assert [table.name for table in view.tables] == ["removal", "factors"]
    assert view.tables[0].rows[0][:2] == ("ar", 20.0)
    assert "toprule" in (view.tables[0].latex or "")
    assert view.missing == (RegionRequest(region=REMOVAL.region),)


def test_the_lead_counts_what_was_removed_not_what_was_asked_for(api):
    ranked = samples.removal()
    asked = REMOVAL.model_copy(update={"selections": ()})
    sizes = {"base": 0, "top": 36, "bottom": 13}
    own = tuple(one.model_copy(update={"n_removed": sizes[one.name]}) for one in ranked.conditions if one.name in sizes)
    by_hand = ranked.model_copy(update={"conditions": own})
    view = whole(render(f"/regions?result={api.result_with(asked, by_hand).key}", api), api)
    assert view.lead.startswith(f"13 to 36 parameters (1.3 % to 3.6 %) of {MODEL} set to zero: ")
    assert view.title == f"Regions of {MODEL} removed, 2 languages"
    view = whole(render(f"/regions?result={api.result_with(REMOVAL, ranked).key}", api), api)
    assert view.lead.startswith(f"10 parameters (1 %) of {MODEL} set to zero: ") and view.title.startswith("3 % of")


def test_unit_order_and_search_are_in_the_address(api):
    key = api.result_with(REMOVAL, samples.removal()).key
    asked = f"/regions?model={MODEL}&result={key}&unit=bits&sort=Bottom&find=en"
    view = whole(render(asked, api), api)
    assert view.address == asked
    assert [row[0] for row in view.tables[0].rows] == ["en"]
    assert render(f"/regions?result={key}&unit=perplexity&sort=as+asked&sort=nonsense", api).address.endswith(key)


def test_a_form_that_asks_something_else_is_kept(api):
    key = api.result_with(REMOVAL, samples.removal()).key
    same = f"{REMOVAL.region.fraction * 100:g}"
    view = whole(render(f"/regions?result={key}&percent=7&draws={REMOVAL.random_draws}", api), api)
    assert view.address == f"/regions?model={MODEL}&result={key}&percent=7.0"
    assert "percent" not in render(f"/regions?result={key}&percent={same}", api).address


def test_a_region_shows_where_it_sits(api):
    spread = REGION.model_copy(update={"region": REGION.region.model_copy(update={"scope": Scope.GLOBAL})})
    key = api.result_with(spread, samples.region()).key
    view = whole(render(f"/regions?result={key}", api), api)
    assert "from" in view.pictures[0].told.description.lower()
    assert view.tables[0].rows[0] == ("attn.q", 40, 200, 40 / 45)
    assert view.lead.startswith("45 of 220 parameters")


def test_an_empty_page_and_a_wrong_key(api):
    assert whole(render("/regions", api), api).lead == "No removal has been measured for this model yet."
    with pytest.raises(KnownError, match="no result has the key"):
        render(f"/regions?result={'0' * 20}", api)
