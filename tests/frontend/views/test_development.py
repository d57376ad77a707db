"""The Development page without the page."""

from __future__ import annotations

from backend.contracts.requests import DevelopmentRequest
from backend.contracts.results import DevelopmentSummary
from tests.frontend.fake_api import FakeApi
from tests.frontend.figures.test_development import DEEP, SHALLOW
from tests.frontend.pages.test_development_page import KEY, found
from tests.frontend.views.holds import holds

REQUEST = DevelopmentRequest.model_validate(
    {
        "languages": ["de", "en"],
        "lines": {"start": 0, "stop": 4},
        "threshold": 0.9,
        "members": [{"model": one.model, "position": one.position, "label": one.label} for one in (SHALLOW, DEEP)],
    }
)


def test_figures_along_the_axis_layers_and_verdicts() -> None:
    api = FakeApi()
    points = (SHALLOW, DEEP)
    manifest = api.result_with(REQUEST, DevelopmentSummary(languages=("de", "en"), points=points))
    api.views = {"development": found(result=manifest.key)}
    view = holds("/development", api)
    assert view.address == f"/development?result={manifest.key}"
    names = [one.told.name for one in view.pictures]
    assert names == ["scores", "sklr", "accuracy", "layers", "depth", "languages"]
    tables = {table.name: table for table in view.tables}
    assert tables["models"].latex and tables["models"].rows[1][:3] == ("step 1000", 1000.0, 0.3)
    assert tables["layers"].rows[0] == ("m0", "step 0", "whole model", 0.3, 0.2, 0.35, 0.1, None, None)
    assert ("m1000", "en", 3, 1) in tables["key-neurons"].rows
    assert len(tables["observations"].rows) == len(found().observations)
    assert view.sources == (manifest,) and view.missing == ()
    assert "from step 0 to step 1000 LRDS goes from 0.3000 to 0.3000" in view.lead
    assert "scale=log" in holds("/development?scale=log", api).address


def test_one_under_way_shows_its_points_so_far_and_what_is_missing() -> None:
    summary = DevelopmentSummary(languages=("de", "en"), points=(SHALLOW,))
    running = found(result=None, state="running", summary=summary, request=REQUEST, observations=())
    view = holds(f"/development?result={KEY}", FakeApi(views={"development": running}))
    assert view.address == f"/development?result={KEY}" and view.missing == (REQUEST,) and view.sources == ()
    assert view.tables[0].rows == (("step 0", 0.0, 0.3, 0.1, 5, 2.0),)
    nothing = running.model_copy(update={"summary": DevelopmentSummary(languages=("de", "en"), points=())})
    assert (
        "nothing is measured yet" in holds(f"/development?result={KEY}", FakeApi(views={"development": nothing})).lead
    )
    assert "No development" in holds("/development", FakeApi()).lead
