"""What the Regions page answers, on an in-memory API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dash import no_update

from backend.contracts.building import removal_columns
from backend.contracts.problems import KnownError
from backend.contracts.regions import monolingual
from backend.contracts.requests import ImportanceRequest, RegionRequest, RemovalRequest
from backend.contracts.results import ImportanceSummary, PerplexitySummary
from backend.contracts.vocabulary import JobState
from backend.demo import plan
from frontend import follow, urls
from frontend.choices.regions import RegionsChoice
from frontend.fields import share
from frontend.language_chips import none, paper_six
from frontend.pages import regions
from frontend.panels import regions_form_handlers as handlers
from frontend.panels.regions_form import FIELDS
from frontend.results.regions import figure
from frontend.stored_regions import stored_regions
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi, running

REQUESTS = {request.kind: request for request in plan(MODEL)}
REMOVAL = next(request for request in plan(MODEL) if isinstance(request, RemovalRequest))
REGION = RegionRequest(region=REMOVAL.region)
CHOICE = RegionsChoice.of_request(REMOVAL)


@pytest.fixture
def api() -> FakeApi:
    return FakeApi(views={"table": "\\begin{tabular}"})


def text(component: Any) -> str:
    """All texts below a component, those of `frontend.plain` included."""
    if component is None or isinstance(component, str | int | float):
        return "" if component is None else str(component)
    if isinstance(component, list | tuple):
        return " ".join(text(part) for part in component)
    own = " ".join(text(getattr(component, name, None)) for name in ("label", "title", "children"))
    written = getattr(component, "data-plain", None)
    return own if written is None else f"{own} {written_text(json.loads(written))}"


def written_text(parts: list[Any]) -> str:
    """All texts of what `frontend.plain` wrote down."""
    return " ".join(part if isinstance(part, str) else written_text(part[2:]) for part in parts)


def test_without_a_model_the_page_says_where_to_open_one() -> None:
    assert "No model is open yet" in text(regions.layout({}, FakeApi(models=())))


def test_without_a_result_it_names_the_next_click_and_what_is_on_its_way(api: FakeApi) -> None:
    api.job_with(REMOVAL, JobState.RUNNING, progress=running(1, 4, "top"))
    shown = text(regions.layout({}, api))
    assert "click “Measure removal”" in shown
    assert "On its way:" in shown and "1 of 4 batches" in shown


def test_the_newest_table_is_shown_and_the_form_asks_the_same_again(api: FakeApi) -> None:
    manifest = api.result_with(REMOVAL, samples.removal())
    page = regions.layout({}, api)
    assert "4 and more, or lost" in text(page) and "3.00000×10¹¹" in text(page)
    followed, problem, state, _ = regions.submit(CHOICE, "removal", api)
    assert followed == {"key": manifest.key, "intent": "removal", "done": True}
    assert problem is None and state["result"] == manifest.key


def test_a_key_of_a_running_job_is_followed(api: FakeApi) -> None:
    job = api.job_with(REMOVAL, JobState.RUNNING)
    assert job.key in str(regions.layout({"result": job.key}, api))


def test_an_unknown_key_and_a_key_of_another_page_are_told(api: FakeApi) -> None:
    assert "no result has the key" in text(regions.layout({"result": "0" * 20}, api))
    other = api.result_with(REQUESTS["similarity"], samples.similarity())
    assert "another page shows" in text(regions.layout({"result": other.key}, api))


def test_a_refused_request_becomes_an_alert_and_nothing_is_followed(api: FakeApi) -> None:
    followed, problem, state, _ = regions.submit(CHOICE.changed(percent=200.0), "removal", api)
    assert followed is no_update and state is no_update
    assert "fraction is 2" in text(problem)


def test_the_end_of_a_region_for_the_atlas_leads_there(api: FakeApi) -> None:
    manifest = api.result_with(REGION, samples.region())
    ended = {"key": manifest.key, "state": "done"}
    assert regions.show(ended, {"key": manifest.key, "intent": "atlas"}, MODEL, api)[2].startswith("/atlas?")
    shown, _, href = regions.show(ended, None, MODEL, api)
    assert "attn.q" in text(shown) and href is no_update


def test_a_failed_job_shows_no_result(api: FakeApi) -> None:
    assert regions.show({"key": "k", "state": "failed"}, None, MODEL, api) == (no_update,) * 3


def test_a_removal_finds_its_located_region(api: FakeApi) -> None:
    manifest = api.result_with(REMOVAL, samples.removal())
    assert "Not located yet" in text(regions.result(manifest, api))
    api.result_with(REGION, samples.region())
    assert "Open in the Atlas" in text(regions.result(manifest, api))


def test_an_empty_place_is_filled_when_a_result_arrives(api: FakeApi) -> None:
    assert regions.REMOVALS.arrive([], MODEL, api) == (no_update, no_update)
    assert "click “Measure removal”" in text(regions.REMOVALS.arrive([{}], MODEL, api)[0])
    api.result_with(REMOVAL, samples.removal())
    shown, listed = regions.REMOVALS.arrive([{}], MODEL, api)
    assert "Top" in text(shown) and "Stored removal tables" in text(listed)


def test_the_cost_names_what_is_still_to_be_scored(api: FakeApi) -> None:
    note, marks = handlers.cost(CHOICE, ["ar", "de"], api)
    assert note == "To be scored first: Arabic, Spanish, Korean, Russian, Vietnamese, Chinese."
    assert marks == ["chips-mark", "chips-mark"]
    summary = ImportanceSummary(n_samples=60, n_tokens=900, mean_loss=3.0, seconds=20)
    for language in CHOICE.spec().languages[:-1]:
        api.result_with(ImportanceRequest(scores=CHOICE.score_spec(), language=language), summary)
    note, marks = handlers.cost(CHOICE, ["ar", "de"], api)
    assert note == "5 of 6 are scored already. To be scored first: Chinese, about 20 s."
    assert marks == ["chips-mark is-marked", "chips-mark"]
    assert handlers.cost(CHOICE.changed(languages=()), [], api)[0] == "Choose at least one language."


def test_share_buttons_and_number_follow_each_other() -> None:
    assert share("buttons", "3", 1, buttons="buttons") == (no_update, 3.0)
    assert share("typed", "3", 5, buttons="buttons") == ("5", no_update)
    assert share("typed", "3", 2.5, buttons="buttons") == ("", no_update)
    assert share("typed", "3", "", buttons="buttons") == ("", no_update)


def test_shortcuts_choose_what_the_corpus_has() -> None:
    assert paper_six(["en", "zh", "ar"]) == ["ar", "zh"]
    assert none(["en"]) == []


def test_the_form_gives_back_the_choice_it_shows() -> None:
    chosen = CHOICE.changed(snapshots=("10", "20"), snapshot=20, others=("a" * 20,))
    state = chosen.state()
    values = [list(value) if isinstance(value := state[name], tuple) else value for name in FIELDS]
    assert handlers.choice_of(MODEL, values) == chosen
    assert handlers.choice_of(MODEL, ["" if value is None else value for value in values]).scores.snapshot == 20


def test_figures_follow_the_colour_scheme(api: FakeApi) -> None:
    manifest = api.result_with(REMOVAL, samples.removal())
    light, dark = (figure("dots", manifest.key, scheme, api) for scheme in ("light", "dark"))
    assert light.data[0].marker.color != dark.data[0].marker.color


def test_a_followed_job_tells_what_it_waits_for_and_how_it_ends(api: FakeApi) -> None:
    api.job_with(ImportanceRequest(scores=CHOICE.score_spec(), language="ar"), JobState.RUNNING, progress=running(3, 4))
    for name, column in removal_columns(REMOVAL).items():
        state = JobState.WAITING if name == "top" else JobState.RUNNING
        api.job_with(column, state, progress=running(1, 4))
    job = api.job_with(REMOVAL, JobState.WAITING)
    shown, ended = follow.watch({"key": job.key}, None, prefix="regions", api=api)
    assert "waits for the jobs it builds on" in text(shown) and "1 of 4 batches" in text(shown)
    assert "Importance · ar · gemma-3-270m: running 75 %" in text(shown) and ended is no_update
    api.cancel(job.key)
    shown, ended = follow.watch({"key": job.key}, None, prefix="regions", api=api)
    assert "Cancelled" in text(shown) and ended == {"key": job.key, "state": "cancelled"}
    assert follow.watch({"key": job.key}, ended, prefix="regions", api=api)[1] is no_update
    assert follow.watch(None, None, prefix="regions", api=api) == (None, no_update)


def test_a_region_that_waits_names_its_languages(api: FakeApi) -> None:
    api.job_with(ImportanceRequest(scores=CHOICE.score_spec(), language="ar"), JobState.RUNNING, progress=running(3, 4))
    stored = ImportanceRequest(scores=CHOICE.score_spec(), language="vi")
    api.result_with(stored, ImportanceSummary(n_samples=60, n_tokens=900, mean_loss=3.0, seconds=1.0))
    job = api.job_with(REGION, JobState.WAITING)
    shown = text(follow.watch({"key": job.key}, None, prefix="regions", api=api)[0])
    assert "Arabic: running 75 %" in shown and "Vietnamese: done" in shown
    assert "Russian: queued" in shown  # neither listed nor stored: not done


def test_columns_fill_in_while_the_table_is_under_way(api: FakeApi) -> None:
    job = api.job_with(REMOVAL, JobState.WAITING)
    followed = {"key": job.key}
    assert regions.so_far(followed, "", api) == (no_update, no_update)
    for condition, column in zip(
        samples.removal().conditions, list(removal_columns(REMOVAL).values())[:2], strict=False
    ):
        api.result_with(column, PerplexitySummary(rows=condition.rows, n_changed=condition.n_removed, n_total=1000))
    drawn, told = regions.so_far(followed, "", api)
    shown = text(drawn)
    assert regions.so_far(followed, told, api) == (no_update, no_update)
    assert "2 of 13 columns so far" in shown and "3.00000×10¹¹" in shown
    api.cancel(job.key)
    assert regions.so_far(followed, told, api) == (None, "")
    assert regions.so_far(None, "", api) == (no_update, no_update)


def test_stored_regions_are_columns_and_come_back_from_a_request(api: FakeApi) -> None:
    only = monolingual(REMOVAL.region, "ru", others=["ar", "zh"])
    stored = api.result_with(only, samples.combined())
    followed, problem, *_ = regions.submit(CHOICE.changed(others=(stored.key,)), "removal", api)
    asked = api.job(followed["key"]).request
    assert problem is None and isinstance(asked, RemovalRequest)
    assert [(other.name, other.region) for other in asked.others] == [("ru only", only)]
    again = regions.default_choice({}, MODEL, api.corpora(), asked, stored_regions(api, MODEL))
    assert again.others == (stored.key,)
    assert "is gone" in text(regions.submit(CHOICE.changed(others=("0" * 20,)), "removal", api)[1])


def test_another_text_brings_its_languages_and_lines(api: FakeApi) -> None:
    drawn = CHOICE.state()
    assert handlers.other_text(CHOICE, drawn, api.corpora()) is no_update
    books = api.corpora()[0].model_copy(update={"name": "books", "languages": ("en", "fi"), "n_lines": 500})
    corpora = (*api.corpora(), books)
    measured = urls.parse(handlers.other_text(CHOICE.changed(evaluated_corpus="books"), drawn, corpora).split("?")[1])
    assert (measured["evaluated"], measured["evaluated_start"], measured["evaluated_stop"]) == ("en,fi", "0", "100")
    assert measured["languages"] == ",".join(CHOICE.languages) and measured["corpus"] == "atlas-parallel"
    scored = urls.parse(handlers.other_text(CHOICE.changed(corpus="books"), drawn, corpora).split("?")[1])
    assert (scored["languages"], scored["stop"], scored["evaluated_start"]) == ("en,fi", "300", "300")
    assert scored["evaluated_corpus"] == "books"


def test_a_failed_job_shows_its_problem_and_a_lost_api_too(api: FakeApi) -> None:
    problem = KnownError("not_finite", "the loss is not a number", hint="Try float32.").problem
    job = api.job_with(REMOVAL, JobState.FAILED, problem=problem)
    assert "the loss is not a number" in text(follow.watch({"key": job.key}, None, prefix="regions", api=api)[0])
    api.down = True
    assert "does not answer" in text(follow.watch({"key": job.key}, None, prefix="regions", api=api)[0])
