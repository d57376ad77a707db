"""What the Reproduction page answers, on an in-memory API whose reproductions are made by the pure code."""

from __future__ import annotations

import pytest
from dash import no_update

from backend.contracts.problems import KnownError
from backend.contracts.reproduction import Conditions, Experiment, Reproduction, Step
from backend.contracts.vocabulary import JobState
from backend.reproduction.catalogue import SPECS, reproduction, spec_named
from backend.reproduction.setting import setting_of
from frontend.choices.reproduction import ReproductionChoice
from frontend.pages import reproduction as page
from frontend.panels import reproduction_steps
from frontend.panels.reproduction_steps import step_id
from tests.backend.reproduction import given
from tests.frontend.fake_api import MODEL, FakeApi, key_of
from tests.frontend.pages.test_regions_page import text

CHOICE = ReproductionChoice(MODEL)
CODES = ("ar", "zh", "it", "ja", "ko", "fa", "pt", "ru", "es", "uk", "vi")


class Api(FakeApi):
    """The API's own logic of reproductions, on the results of the fake."""

    def experiments(self) -> tuple[Experiment, ...]:
        self._answer()
        return tuple(spec.experiment for spec in SPECS.values())

    def reproduction(self, name: str, conditions: Conditions) -> Reproduction:
        self._answer()
        spec = spec_named(name)
        setting = setting_of(conditions, given.SHAPE, self.corpora()[0])
        steps: dict[str, Step] = {}
        known = {}
        for step, request in spec.requests(setting, {}).items():
            key = key_of(request)
            job = self.known_jobs.get(key)
            state = JobState.DONE if key in self.stored else job.state if job else None
            steps[step] = Step(name=step, title=step, request=request, key=key, state=state)
            if key in self.stored:
                known[step] = self.stored[key]
        return reproduction(spec, setting, tuple(steps.values()), known)

    def store_removal(self) -> str:
        request = SPECS["table-1"].requests(setting_of(CHOICE.conditions(), given.SHAPE, self.corpora()[0]), {})
        (removal,) = request.values()
        even = dict.fromkeys(CODES, 20.0)
        summary = given.removal(
            base=even,
            top=dict.fromkeys(CODES, 4e6),
            bottom=even,
            **{f"random_{n}": dict.fromkeys(CODES, 50.0) for n in range(1, 11)},
        )
        return self.result_with(removal, summary).key


@pytest.fixture
def api() -> Api:
    return Api()


def test_without_a_model_the_page_says_where_to_open_one() -> None:
    assert "No model is open yet" in text(page.layout({}, Api(models=())))


def test_nothing_measured_shows_the_papers_numbers_and_offers_to_run(api: Api) -> None:
    shown = text(page.layout({}, api))
    for words in ("127208.250", "not run", "Run what is missing (1)", "not judged", "11 of 11, ×3.04·10³"):
        assert words in shown, words
    assert "Base of Chinese is 8.652" in shown


@pytest.mark.parametrize("name", SPECS)
def test_every_table_has_a_page(api: Api, name: str) -> None:
    shown = text(page.layout({"table": name, "lines": "10"}, api))
    assert SPECS[name].question in shown and "Run what is missing" in shown


def test_a_click_submits_what_is_missing_and_says_where_it_stands(api: Api) -> None:
    shown, refused = page.submit(CHOICE, api)
    assert refused is no_update
    (job,) = api.jobs()
    assert job.queue == "batch" and "Under way" in text(shown) and "queued" in text(shown)
    again, _ = page.submit(CHOICE, api)
    assert len(api.jobs()) == 1 and "Under way" in text(again)


def test_only_news_of_its_own_jobs_redraw_the_page(api: Api) -> None:
    key = api.store_removal()
    idle, busy = [step_id(key, False)], [step_id(key, True)]
    assert page.news({"key": "0" * 20, "state": "done"}, idle, CHOICE, api) is no_update
    assert page.news(None, busy, CHOICE, api) is no_update
    assert "All measured" in text(page.news({"key": key, "state": "done"}, idle, CHOICE, api))
    assert "All measured" in text(page.news({"key": "0" * 20, "state": "done"}, busy, CHOICE, api))


def test_a_cancelled_job_is_not_told_as_a_failed_one(api: Api) -> None:
    (step,) = api.reproduction("table-1", CHOICE.conditions()).steps
    problem = KnownError("cancelled", "this run was cancelled", hint="Retry it at any time.").problem
    one = step.model_copy(update={"state": JobState.CANCELLED, "problem": problem})
    assert "cancelled: this run was cancelled. Retry it" in text(reproduction_steps._step(one, MODEL))


def test_a_refused_job_and_a_lost_api_are_told(api: Api) -> None:
    api.problem = KnownError("not_here", "the model has no such matrix", hint="Choose another.").problem
    assert "the model has no such matrix" in text(page.submit(CHOICE, api)[1])
    api.down = True
    assert "does not answer" in text(page.submit(CHOICE, api)[1])
    assert "does not answer" in text(page.body(CHOICE, api))


def test_measured_numbers_stand_beside_and_each_claim_has_its_verdict(api: Api) -> None:
    key = api.store_removal()
    component = page.body(CHOICE, api)
    shown = text(component)
    assert "All measured" in shown and "measured, open" in shown and key in str(component)
    assert shown.count("holds here") == 3 and shown.count("does not hold here") == 1
    assert "11 of 11, lost" in shown and "not ar ×2.5 [×2.49, ×2.51]" in shown and "lost, 10⁶" in shown


def test_what_was_measured_with_other_sizes_is_one_click_away(api: Api) -> None:
    here = api.reproduction("table-1", CHOICE.conditions())
    sizes = {"samples": 20, "fewer_samples": 2, "lines": 8}
    other = here.conditions.model_copy(update=sizes)
    words, choice = CHOICE.under(other, here.conditions)
    assert words == "20 lines scored, 2 of these for 10K, 8 lines measured"
    assert choice == CHOICE._replace(**sizes)
    assert CHOICE.under(other.model_copy(update={"corpus": "mine"}), here.conditions)[0].startswith("mine, 20 lines")

    api.reproduction = lambda *_: here.model_copy(update={"measured_with": (other,)})  # type: ignore[method-assign]
    drawn = page.body(CHOICE, api)
    assert words in text(drawn) and "samples=20&fewer_samples=2&lines=8" in str(drawn)


def test_an_unknown_table_and_impossible_numbers_are_told(api: Api) -> None:
    assert "table-99" in text(page.body(CHOICE._replace(experiment="table-99"), api))
    assert "at most 60" in text(page.body(CHOICE._replace(samples=61), api))


def test_the_address_keeps_the_choice() -> None:
    asked = {"table": "table-4", "corpus": "mine", "lines": "12", "samples": "x"}
    choice = ReproductionChoice.first(MODEL, (), asked)
    assert choice == ReproductionChoice(MODEL, "table-4", "mine", lines=12)
    assert {key: value for key, value in choice.state().items() if value} == {
        "model": MODEL, "table": "table-4", "corpus": "mine", "lines": 12,
    }  # fmt: skip
    assert page.choice_of(MODEL, "table-4", "mine", "", None, 12, None, None, "") == choice
    ntrex = given.corpus("ntrex128")
    assert ReproductionChoice.first(MODEL, (ntrex,), {}).corpus == "ntrex128"


def test_only_the_fields_that_make_a_difference_are_shown(api: Api) -> None:
    def shown(name: str) -> set[str]:
        return {word for word in page.form_class(api.experiments(), name).split() if word.startswith("shows-")}

    assert shown("table-1") == {"shows-samples", "shows-fewer_samples", "shows-lines", "shows-training_samples"}
    assert shown("b-figure-2") == {"shows-sentences"}
    assert shown("b-figure-7") == {"shows-sentences", "shows-members"}
    _, address, fields = page.chosen(CHOICE._replace(experiment="b-figure-7", members="a=1, b=2"), api)
    assert address["members"] == "a=1, b=2" and "shows-members" in fields
    api.down = True
    assert page.chosen(CHOICE, api)[2] is no_update


def test_the_address_keeps_the_models_of_a_development() -> None:
    choice = ReproductionChoice.first(MODEL, (), {"table": "b-figure-4", "members": "a=1,b=2", "sentences": "20"})
    assert choice.conditions().members == ("a=1", "b=2") and choice.conditions().sentences == 20
    with pytest.raises(KnownError, match="members"):
        choice._replace(members="a model").conditions()


def test_both_papers_are_named_in_the_list_and_published_counts_stand_beside(api: Api) -> None:
    assert "'group': 'Paper B'" in str(page.layout({}, api))
    shown = text(page.layout({"table": "b-figure-6"}, api))
    assert "46313" in shown and "least of these zh 31185" in shown
