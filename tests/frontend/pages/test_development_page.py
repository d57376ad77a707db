"""What the Development page answers, on an in-memory API."""

from __future__ import annotations

import pytest
from dash import no_update

from backend.contracts.development import Development, FamilyMember, FamilyMembers, MemberState, PartState
from backend.contracts.models import CorpusSummary
from backend.contracts.problems import KnownError
from backend.contracts.requests import DevelopmentRequest
from backend.contracts.results import DevelopmentSummary
from backend.contracts.tasks import TaskSummary
from backend.contracts.vocabulary import JobState
from backend.families.observations import observations
from frontend.choices.development import DevelopmentChoice
from frontend.pages import development
from frontend.panels.development_shown import leads_to, observed
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.figures.test_development import DEEP, SHALLOW
from tests.frontend.pages.test_regions_page import text

SIX = ("ar", "de", "en", "fr", "ru", "zh")
KEY = "ab" * 10
TASK = TaskSummary(file="0" * 64, title="story", form="story_cloze", language="en", n_items=9)
PARTS = (PartState(name="similarity", key="cd" * 10, state=JobState.DONE),
         PartState(name="key neurons", key="ef" * 10, state=JobState.DONE))  # fmt: skip


def member(point, stage="measured", **changes: object) -> MemberState:
    one = FamilyMember(source="/m", position=point.position, label=point.label)
    given = {"member": one, "stage": stage, "model": point.model, "position": point.position, "parts": PARTS}
    return MemberState.model_validate(given | changes)


BROKEN = KnownError("bad", "opening: no weights", hint="Mend it.").problem


def found(**changes: object) -> Development:
    points = (SHALLOW, DEEP)
    given = {
        "key": KEY, "axis": "step", "languages": ("de", "en"), "members": [member(one) for one in points],
        "summary": DevelopmentSummary(languages=("de", "en"), points=points), "result": KEY, "state": "done",
        "observations": observations(points),
    }  # fmt: skip
    return Development.model_validate(given | changes)


@pytest.fixture
def api() -> FakeApi:
    return FakeApi(views={"table": "\\begin{tabular}", "tasks": (TASK,), "development": found()})


def test_an_empty_page_names_the_next_click(api: FakeApi) -> None:
    assert "click “Measure the development”" in text(development.layout({}, api))


def test_a_development_shows_figures_verdicts_and_models(api: FakeApi) -> None:
    shown = text(development.layout({"result": KEY}, api))
    for words in (
        "By step of training",
        "Layer by layer",
        "What the paper saw",
        "no change at all",
        "CSV",
        "step 1000",
    ):
        assert words in shown


def test_tasks_judged_by_one_rule_share_a_card(api: FakeApi) -> None:
    points = [
        point.model_copy(update={"accuracy": {"Stories, de": share, "Stories, en": 0.5}})
        for point, share in ((SHALLOW, 0.5), (DEEP, 0.6))
    ]
    shown = text(observed(found(observations=observations(points))))
    assert shown.count("standard errors from first to last") == 1 and shown.count("Accuracy grows") == 1
    assert "Stories, de" in shown and "Stories, en" in shown and shown.count("standard error of the difference") == 2


def test_what_is_left_out_and_under_way_is_told(api: FakeApi) -> None:
    states = [member(SHALLOW, "left_out", problem=BROKEN), member(DEEP, "measuring", parts=PARTS[:1])]
    api.views["development"] = found(members=states, state="running", result=None)
    shown = text(development.layout({"result": KEY}, api))
    assert "0 of 2 models measured, 1 left out" in shown and "no weights" in shown and "CSV" not in shown


def test_watching_draws_only_what_changed(api: FakeApi) -> None:
    first = development.watch(KEY, None, None, api)
    assert first[4] == {"result": KEY} and first[5] is True
    assert development.watch(KEY, first[3], "log", api) == (no_update,) * 5 + (True,)
    assert development.watch(None, None, None, api)[5] is True


def test_clicks_lead_to_the_model() -> None:
    click = {"points": [{"customdata": ["m1000", "step 1000", 3]}]}
    assert leads_to("scores", click, found()) == f"/languages?model=m1000&result={'cd' * 10}"
    assert leads_to("layers", click, found()).endswith("&layer=3")
    assert leads_to("depth", click, found()) == f"/neurons?model=m1000&result={'ef' * 10}"
    assert leads_to("accuracy", click, found()) == "/tasks?model=m1000"


def test_a_plan_follows_the_form_and_the_address() -> None:
    corpus = CorpusSummary(name="c", title="", languages=SIX, n_lines=9, licence="", folder="", hash="")
    choice = DevelopmentChoice.first((corpus,), "c").with_query({"models": "a,b", "tasks": "0" * 64, "n_items": "3"})
    plan = choice.plan((TASK,))
    assert (plan.family.way, plan.lines.stop, plan.languages, plan.n_items) == ("sources", 9, SIX, 3)
    assert [task.title for task in plan.tasks] == ["story"]
    revisions = choice._replace(way="revisions", source="org/m", pattern="step{step}", steps=("1", "20"))
    assert revisions.is_named() and revisions.plan(()).family.steps == (1, 20)  # type: ignore[union-attr]
    assert not choice._replace(way="folder").is_named()
    assert DevelopmentChoice().of_plan(revisions.plan((TASK,))).plan((TASK,)) == revisions.plan((TASK,))
    assert DevelopmentChoice().of_plan(plan).others == ("a", "b")
    request = DevelopmentRequest.model_validate(
        {"members": [{"model": "a", "position": 1}, {"model": "b", "position": 2}], "languages": SIX}
    )
    assert choice.of_request(request).models == ("a", "b")


def test_checkpoints_of_a_training_open_as_that_training() -> None:
    """By their names alone they would stand at one step, and the form would refuse what it shows."""
    members = [{"model": "m", "position": 0}, {"model": "m-16", "position": 16}, {"model": "m-32", "position": 32}]
    request = DevelopmentRequest.model_validate({"axis": "samples", "members": members, "languages": SIX})
    folder = f"/data/training/{'a' * 20}"
    sources = {"m": "org/m", "m-16": f"{folder}/m-16", "m-32": f"{folder}/m-32"}
    choice = DevelopmentChoice().of_request(request, sources)
    assert choice.family() == {"way": "training", "training": "a" * 20} and choice.languages == SIX
    elsewhere = DevelopmentChoice().of_request(request, sources | {"m-16": f"/data/training/{'b' * 20}/m-16"})
    assert elsewhere.models == ("m", "m-16", "m-32")


def test_bad_choices_are_told(api: FakeApi) -> None:
    choice = DevelopmentChoice(models=(MODEL, "other"), languages=SIX[:3])
    api.views["develop"] = found(state="running")
    one = FamilyMember(source="/m", label="one")
    api.views["family_members"] = FamilyMembers(axis="step", members=(one, one))
    assert development.submit(choice._replace(languages=SIX), api)[0] == KEY
    assert "take at least 6 languages" in text(development.submit(choice, api)[1])
    assert "take at least 6 languages" in text(development.members(choice, api))
    assert "2 models by step" in text(development.members(choice._replace(languages=SIX), api))
    assert development.members(DevelopmentChoice(), api) is None
