"""Start, Runs and the frame from an in-memory API: what is said, and what happens when the API is away."""

import json
from types import ModuleType

import pytest
from dash import no_update
from plotly.utils import PlotlyJSONEncoder

from backend.contracts.problems import KnownError, Problem
from backend.contracts.redis_problems import REFUSALS, redis_problem
from backend.contracts.requests import GenerationRequest, OpenModelRequest, Prompt
from backend.contracts.vocabulary import JobState
from frontend import job_bar, router
from frontend.pages import compare, runs, start
from frontend.panels import start_open
from tests.frontend.fake_api import MODEL, FakeApi, running

ASKED = GenerationRequest(model=MODEL, prompts=(Prompt(language="de", text="Heute"),))
GATED = Problem(code="gated_model", title="Gated model", status=403, detail="needs an account", hint="log in")


def text(component: object) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def test_start_names_model_licence_and_texts():
    shown = text(start.layout({}, FakeApi()))
    for part in (MODEL, "Gemma terms", "https://ai.google.dev/gemma/terms", "268 M parameters", "100 lines"):
        assert part in shown


def test_start_without_a_model_shows_the_one_on_its_way():
    api = FakeApi(models=())
    api.job_with(OpenModelRequest(source="demo:gemma-3-270m"), JobState.RUNNING, progress=running(3, 8, "converting"))
    shown = text(start.layout({}, api))
    assert "converting" in shown
    assert "3 of 8" in shown


def test_the_address_fills_in_the_form_of_another_model():
    shown = text(start.layout({"origin": "folder", "source": "/data/models/mine"}, FakeApi()))
    assert '"value": "folder"' in shown and "/data/models/mine" in shown and '{"display": "none"}' in shown
    assert '"value": "hub"' in text(start.layout({"origin": "nonsense"}, FakeApi()))


def test_opening_says_what_is_wrong_in_the_words_of_the_problem():
    api = FakeApi()
    api.problem = GATED
    assert "needs an account" in text(start_open.open_model("a/b", None, api=api))
    assert "needs a name or a path" in text(start_open.open_model("  ", None, api=api))


def test_opening_leads_to_runs():
    api = FakeApi()
    answer = text(start_open.open_model(" a/b ", "", api=api))
    assert api.jobs()[0].request == OpenModelRequest(source="a/b")
    assert f"/runs?job={api.jobs()[0].key}" in answer


def test_runs_says_what_to_do_when_there_is_nothing():
    assert "Nothing has run yet" in text(runs.layout({}, FakeApi()))


def test_runs_shows_a_failure_with_its_way_out():
    api = FakeApi()
    job = api.job_with(ASKED, JobState.FAILED, problem=GATED)
    shown = text(runs.layout({"job": job.key}, api))
    for part in ("Gated model", "needs an account", "log in", "Heute"):
        assert part in shown
    assert "may have been deleted" in text(runs.layout({"job": "0" * 20}, api))


def test_an_unchanged_group_is_not_drawn_again():
    api = FakeApi()
    job = api.job_with(ASKED, JobState.RUNNING, progress=running(1, 4))
    *_, drawn = runs.refresh("all", 50, None, api=api)
    assert runs.refresh("all", 50, drawn, api=api) == (no_update,) * 3
    api.job_with(OpenModelRequest(source="a/b"), JobState.FAILED, problem=GATED)
    now, earlier, drawn = runs.refresh("all", 50, drawn, api=api)
    assert now is no_update
    assert "a/b" in text(earlier)
    runs.act("cancel", job.key, api=api)
    now, earlier, _ = runs.refresh("all", 50, drawn, api=api)
    assert now is None
    assert "cancelled" in text(earlier)


def test_a_long_list_begins_with_its_newest_rows():
    api = FakeApi()
    for number in range(60):
        api.job_with(OpenModelRequest(source=f"a/b{number}"), JobState.CANCELLED)
    first = text(runs.layout({}, api))
    assert first.count("data-run-key") == 50
    assert "Show 10 more of 10" in first
    assert text(runs.refresh("all", 100, None, api=api)[1]).count("data-run-key") == 60


def test_rows_are_plain_html():
    api = FakeApi()
    api.job_with(ASKED, JobState.CANCELLED)
    group = text(runs.layout({}, api)["runs-earlier"])
    assert group.count('"namespace": "dash_mantine_components"') == 1  # the heading of the group


def test_the_job_bar_counts_and_leads_to_runs():
    api = FakeApi()
    api.job_with(ASKED, JobState.FAILED, problem=GATED)
    api.job_with(OpenModelRequest(source="a/b"), JobState.RUNNING, progress=running(1, 4))
    shown = text(job_bar.refresh(api=api)[0])
    assert "1 failed" in shown
    assert "1 of 4 batches" in shown


def test_the_device_is_asked_for_again_until_a_worker_knows_it(monkeypatch: pytest.MonkeyPatch):
    api = FakeApi()
    _, shown, is_there = job_bar.refresh(api=api)
    assert "cpu · float32" in text(shown) and is_there is True
    told = api.capabilities()
    starting = told.workers[0].model_copy(update={"state": "starting", "device": "", "dtype": ""})
    monkeypatch.setattr(api, "capabilities", lambda: told.model_copy(update={"workers": (starting,)}))
    _, shown, is_there = job_bar.refresh(api=api)
    assert "worker is starting" in text(shown) and is_there is False
    _, shown, is_there = job_bar.refresh(api=FakeApi(n_workers=0))
    assert "no worker" in text(shown) and is_there is False


def test_only_an_end_that_nobody_sees_is_announced():
    api = FakeApi()
    job = api.job_with(ASKED, JobState.DONE, queue="interactive")
    event = {"key": job.key, "state": "done"}
    assert "/touch?" in text(job_bar.announce(event, "/atlas", api=api))
    quiet = (job_bar.announce(event, "/touch", api=api), job_bar.announce(event, "/runs", api=api))
    api.known_jobs[job.key] = job.model_copy(update={"asked": False})  # an input of something else
    quiet += (job_bar.announce(event, "/atlas", api=api),)
    assert all("NoUpdate" in type(answer).__name__ for answer in quiet)


@pytest.mark.parametrize("state", REFUSALS)
def test_the_bar_says_why_no_job_can_be_queued_until_it_is_over(state: str):
    api = FakeApi()
    api.problem = redis_problem(state).problem
    said, _, is_well = job_bar.refresh(api=api)
    assert api.problem.detail in text(said) and is_well is False
    api.problem = None
    said, _, is_well = job_bar.refresh(api=api)
    assert "Redis" not in text(said) and is_well is True


def test_an_api_that_is_away_is_said_and_nothing_breaks():
    api = FakeApi()
    api.down = True
    assert "does not answer" in text(job_bar.refresh(api=api)[0])
    assert "does not answer" in text(start.refresh(None, api=api)[1])
    assert "does not answer" in text(router.show_page("/runs", "", None, pages=[runs], api=api))


@pytest.mark.parametrize("address", ["/runs", "/runs/"])
def test_addresses_find_their_page(address):
    page = ModuleType("page")
    page.PATH, page.layout = "/runs", lambda query, api: sorted(query.items())
    api = FakeApi(models=("m",))
    assert router.show_page(address, "?job=1", "m", pages=[page], api=api) == [("job", "1"), ("model", "m")]
    assert router.show_page(address, "?job=1", "gone", pages=[page], api=api) == [("job", "1")]
    assert "Off the map" in text(router.show_page("/nowhere", "", None, pages=[page], api=FakeApi()))


def test_the_switcher_keeps_a_choice_that_still_exists():
    api = FakeApi(models=("a", "b"))
    assert router.model_choices(api, "b", None)[1] == "b"
    assert router.model_choices(api, "b", "a")[1] == "a"
    assert router.model_choices(api, "gone", None)[1] == "a"
    assert router.model_choices(FakeApi(models=()), None, None) == ([], None)


def test_unknown_key_is_a_notification():
    assert runs.delete("0" * 20, api=FakeApi())["color"] == "red"
    with pytest.raises(KnownError):
        FakeApi().manifest("0" * 20)


def test_a_page_that_follows_its_address_is_not_built_anew_while_it_is_there():
    assert router.followers([compare])["/compare"]
    there = {"/compare": "section"}
    assert router.stays("/compare", "?models=a,b", there) and router.stays("/compare/", "", there)
    assert not router.stays("/compare", "?models=a,b", {"/compare": None})
    assert not router.stays("/runs", "", there)
    assert not router.stays("/compare", "?result=abc", there)
