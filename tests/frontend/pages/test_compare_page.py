"""The Compare page from an in-memory API: what each section shows, asks, and says where nothing is defined."""

from __future__ import annotations

from backend.contracts.comparison import ComparisonRequest
from backend.contracts.problems import KnownError
from backend.contracts.requests import RegionRequest, RegionSpec, ScoreSpec
from backend.contracts.vocabulary import JobState
from frontend.pages import compare
from frontend.panels import compare_ask, compare_movement
from tests.frontend import samples
from tests.frontend.fake_api import FakeApi
from tests.frontend.figures.test_compare_figures import summary
from tests.frontend.test_pages import text

MOVED = ComparisonRequest(model="a", other="b")
REGION = RegionRequest(region=RegionSpec(scores=ScoreSpec(model="a"), languages=("de",), fraction=0.1))


def two(**views) -> FakeApi:
    return FakeApi(models=("a", "b"), views=views)


def shown(api: FakeApi, **query: str) -> str:
    return text(compare.layout({"models": "a,b", **query}, api))


def test_one_model_asks_for_a_second_and_none_leads_to_start() -> None:
    assert "Choose a second model" in text(compare.layout({"model": "a"}, two()))
    assert "Open one on the start page" in text(compare.layout({}, FakeApi(models=())))


def test_maps_show_both_models_and_their_difference() -> None:
    page = shown(two())
    for part in ("A · a", "B · b", "B − A", "/api/compare/tile?left=b&right=a", "Measure the movement"):
        assert part in page
    picked, heading = compare.picked("?models=a,b&matrix=1.mlp.down", two())
    assert picked["matrix"] == "1.mlp.down" and "Layer 1 · mlp.down" in text(heading)


def test_a_region_of_one_model_is_asked_of_the_other() -> None:
    api = two()
    key = api.result_with(REGION, samples.region()).key
    page = shown(api, key=key)
    assert "b has no such result yet." in page and "Compute it for the others" in page
    assert '"model": "b"' in page and "Density of the region" in page


def test_the_button_asks_and_its_job_is_followed_then_and_after_a_reload() -> None:
    api = two()
    asked = [MOVED.model_dump(mode="json")]
    first, *others, problem = compare_ask.submit(asked, api)
    assert first["key"] == api.jobs()[0].key and api.jobs()[0].request == MOVED and problem is None
    assert len(others) == compare_ask.N_SLOTS - 1
    assert first["key"] in shown(api)
    api.problem = KnownError("full", "the disk is full").problem
    assert "the disk is full" in text(compare_ask.submit(asked, api)[-1])


def test_movement_tells_the_whole_the_kinds_and_what_was_not_compared() -> None:
    api = two()
    api.result_with(MOVED, summary(share_inside=None))
    page = shown(api, section="movement")
    assert "moved by 10 % of their norm" in page and "32 x 48 here" in page and "attn.q" in page
    assert "Measure the movement" not in page


def test_movement_against_a_region_is_measured_once_asked() -> None:
    api = two()
    api.result_with(MOVED, summary(share_inside=None))
    key = api.result_with(REGION, samples.region()).key
    assert "Measure the movement" in shown(api, section="movement", region=key)
    api.result_with(MOVED.model_copy(update={"region": REGION}), summary())
    page = shown(api, section="movement", region=key, measure="inside")
    assert "19 % of the squared movement lies inside" in page and "×1.90, more than chance" in page


def test_the_sentence_knows_nothing_moved_everything_and_nothing_in_common() -> None:
    still = summary().matrices[0].model_copy(update={"n_changed": 0, "moved": 0.0, "relative": 0.0})
    assert "Nothing moved" in compare_movement.sentence(summary(matrices=(still,)), None)
    assert "no movement is defined" in compare_movement.sentence(summary(matrices=()), None)
    assert "held still" in compare_movement.sentence(summary(share_inside=0.0), REGION)
    assert "as chance would have it" in compare_movement.sentence(summary(share_inside=0.1), REGION)


def test_a_stored_comparison_opens_on_its_movement() -> None:
    api = two()
    region = api.result_with(REGION, samples.region()).key
    key = api.result_with(MOVED.model_copy(update={"region": REGION}), summary()).key
    choice = compare.choice_of({"result": key, "model": "a"}, api)
    assert (choice.models, choice.section, choice.region) == (("a", "b"), "movement", region)


def test_a_job_that_failed_can_be_asked_again() -> None:
    api = two()
    api.job_with(MOVED, JobState.FAILED)
    assert '"disabled": false' in shown(api)
