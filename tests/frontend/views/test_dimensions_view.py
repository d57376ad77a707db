from __future__ import annotations

import pytest

from backend.contracts.results import PerturbationSummary
from frontend.choices.sweeps import SweepChoice, text_request
from frontend.pages import dimensions
from frontend.results import dimensions_handlers
from frontend.views import render
from tests.frontend import samples
from tests.frontend.dimension_samples import REGION, SCAN, STRUCTURED, SWEEP, scan, structured, sweep
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.views.test_touch_view import FORM, texts
from tests.frontend.views.whole import whole


@pytest.fixture
def api() -> FakeApi:
    api = FakeApi()
    api.result_with(REGION, samples.region())
    return api


@pytest.mark.parametrize("tab", ["structured", "sweep", "scan"])
def test_an_empty_tab(api, tab):
    assert whole(render(f"/dimensions?tab={tab}", api), api).address == f"/dimensions?model={MODEL}&tab={tab}"


def test_structured_removal_in_one_language_with_one_condition(api):
    key = api.result_with(STRUCTURED, structured()).key
    assert whole(render("/dimensions", api), api).address == f"/dimensions?model={MODEL}&result={key}"
    asked = f"/dimensions?model={MODEL}&result={key}&language=zh&taken=random-1"
    view = whole(render(asked, api), api)
    assert view.address == asked
    assert [table.name for table in view.tables] == ["perplexity", "cells", "taken", "heads"]
    assert view.tables[2].title.endswith("random-1") and len(view.tables[2].rows) == 4
    first, heads = view.pictures
    assert "Top between 90.0 and ∞" in first.told.description
    assert heads.told.description.startswith("Share of the parameters of 2 attention heads")
    assert "top-3" not in render(asked.replace("random-1", "top-3"), api).address  # as usual


def test_a_sweep_with_a_text(api):
    key = api.result_with(SWEEP, sweep()).key
    asked = f"/dimensions?model={MODEL}&result={key}&language=en&text=21"
    view = whole(render(asked, api), api)
    assert view.address == asked
    assert view.missing == (text_request(SWEEP, 21),)
    assert [row[0] for row in view.tables[1].rows] == [7, 21, 3]
    assert "the worst are 7 (×∞), 21 (×10.0)" in view.pictures[0].told.description
    summary = PerturbationSummary(edits=(), base=texts(FORM, " a"), perturbed=texts(FORM, " b"), weights_restored=True)
    told = api.result_with(text_request(SWEEP, 21), summary).key
    view = whole(render(asked, api), api)
    assert not view.missing and view.sources[1].key == told
    assert [passage.name for passage in view.passages][:2] == ["unchanged-1", "unchanged-2"]
    assert told in str(dimensions.layout({"result": key, "text": "21"}, api))


def test_a_scan_and_a_form_beside_it(api):
    key = api.result_with(SCAN, scan()).key
    view = whole(render(f"/dimensions?result={key}&action=scale&factor=4", api), api)
    assert view.address == f"/dimensions?model={MODEL}&result={key}&action=scale&factor=4.0"
    assert "1 of 32 scalars" in view.lead
    base, changed = view.table().rows[:2]
    assert base[0] == "base" and base[2:4] == (None, None) and isinstance(changed[2], float)


def test_the_kinds_of_a_sweep_go_through_form_address_and_request(api):
    choice = SweepChoice.first_choice(MODEL, (), api.corpora()[0]).with_query({"kinds": "mlp.down,attn.o"})
    request = choice._replace(indices=("4",), n_top=0).request(api)
    assert [kind.value for kind in request.targets.kinds] == ["attn.o", "mlp.down"]
    assert SweepChoice.of_request(request, ()).kinds == ("attn.o", "mlp.down")
    assert "mlp.down" in str(dimensions.layout({"tab": "sweep", "kinds": "mlp.down"}, api))
    key = api.result_with(request, sweep()).key
    assert "dimensions of attn.o, mlp.down, one at a time" in render(f"/dimensions?result={key}", api).title


def test_what_is_looked_at_goes_into_the_address(api):
    key = api.result_with(STRUCTURED, structured()).key
    assert dimensions_handlers.looked_at(key, api, language="mean") == {"language": None}
    assert dimensions_handlers.looked_at(key, api, language="zh") == {"language": "zh"}
    assert dimensions_handlers.looked_at(key, api, taken=1) == {"taken": "random-1"}
