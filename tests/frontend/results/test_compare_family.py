"""Families that B steps through: revisions, sizes, one's own set; and their perplexities."""

from __future__ import annotations

from dash import dcc

from backend.contracts.models import ModelSummary
from backend.contracts.requests import EvaluationSpec, PerplexityRequest
from backend.contracts.training import TrainingCurve
from frontend import urls
from frontend.choices.compare import CompareChoice
from frontend.figures.compare_family import figure
from frontend.figures.telling import told
from frontend.panels import compare_family, compare_second
from frontend.results.compare_family import Family, Step, curve_of, families
from tests.frontend import model_sample
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.figures.test_compare_tables import perplexity
from tests.frontend.test_pages import text
from tests.frontend.training_samples import FREE, FROZEN, checkpoint, summary


def known(*models: tuple[str, str, int]) -> list[ModelSummary]:
    """(name, source, parameters)."""
    return [
        model_sample.summary(name).model_copy(update={"source": source, "n_parameters": n})
        for name, source, n in models
    ]


def family_of(names: tuple[str, ...], models: list[ModelSummary], **choice) -> Family:
    found = families(CompareChoice(models=names, **choice), models, FakeApi(models=tuple(one.name for one in models)))
    return found[0]


def test_revisions_of_one_source_are_in_the_order_of_their_steps_main_last() -> None:
    names = ("p@step1000", "p@step512", "p", "q")
    models = known(*((name, "org/q" if name == "q" else "org/p", 70) for name in names))
    found = family_of(("p", "p@step512"), models)
    assert (found.key, found.labels) == ("revisions", ("step512", "step1000", "main"))
    assert found.place("p@step1000") == 1 and found.axis == "revision"


def test_one_model_is_offered_beside_its_relatives_the_earlier_one_as_a() -> None:
    names = ("p@step1000", "p@step512", "p", "q")
    models = known(*((name, "org/q" if name == "q" else "org/p", 70) for name in names))
    choice = CompareChoice(models=("p@step1000",), section="touch")
    page = compare_second.second(choice, models, families(choice, models, FakeApi(models=names)))
    links = [part for part in page._traverse() if isinstance(part, dcc.Link)]
    assert [CompareChoice.of_query(urls.split(link.href)[1]).models for link in links] == [
        ("p@step512", "p@step1000"), ("p@step1000", "p"), ("p@step1000", "q"),
    ]  # fmt: skip
    assert all("section=touch" in link.href for link in links)


def test_sizes_share_a_name_or_a_tokenizer_and_go_by_parameters() -> None:
    models = known(
        ("pythia-410m", "a", 405_000_000), ("pythia-70m", "b", 70_400_000), ("pythia-70m-x", "c", 70_400_000)
    )
    found = family_of(("pythia-410m", "pythia-70m-x"), models)
    assert [step.model for step in found.steps] == ["pythia-70m-x", "pythia-410m"]
    assert found.labels == ("70.4M", "405M")


def test_a_set_of_ones_own_keeps_its_order_and_more_than_four_models_are_such_a_set() -> None:
    models = known(*((name, name, 5) for name in "abcdef"))
    found = family_of(("a", "b"), models, steps=("c", "a", "b", "gone"))
    assert [step.model for step in found.steps] == ["c", "a", "b"] and found.key == "order"
    choice = CompareChoice.of_query({"models": "f,e,d,c,b"})
    assert choice.models == ("f", "e") and choice.steps == ("f", "e", "d", "c", "b")
    again = CompareChoice.of_query(urls.split(choice.link())[1])
    assert again == choice


def test_of_two_trainings_the_one_that_b_stands_in_comes_first() -> None:
    api = FakeApi(models=(MODEL, "free", "frozen"))
    for asked in (FREE, FROZEN):
        api.result_with(asked, summary())
    curves = {
        row.key: TrainingCurve(checkpoints=(checkpoint().model_copy(update={"source": f"/{name}"}),))
        for row, name in zip(api.results(kind="training"), ("frozen", "free"), strict=True)
    }
    api.training = curves.__getitem__
    models = known((MODEL, "", 1), ("free", "/free", 1), ("frozen", "/frozen", 1))
    for b in ("free", "frozen"):
        c = "frozen" if b == "free" else "free"
        first = families(CompareChoice(models=(MODEL, b, c)), models, api)[0]
        assert first.place(b) == 1


def test_perplexities_are_those_of_the_text_that_most_were_measured_on() -> None:
    api = FakeApi(models=("a", "b"))
    for model, value in (("a", 20.0), ("b", 30.0)):
        asked = PerplexityRequest(model=model, evaluation=EvaluationSpec(languages=("ar", "en")))
        api.result_with(asked, perplexity(value, 10.0))
    other = PerplexityRequest(model="a", evaluation=EvaluationSpec(languages=("ar",)))
    api.result_with(other, perplexity(1.0, 1.0))
    family = Family("order", "", (Step(0, "a", "", "a"), Step(1, "b", "", "b")), axis="model")
    curve = curve_of(family, api)
    assert [one.perplexity["ar"] for one in curve.evaluations] == [20.0, 30.0]
    drawn = figure(curve, 1, dark=False, labels=family.labels, axis=family.axis)
    low, high = figure(TrainingCurve(), 96, dark=False).layout.xaxis.range
    assert low < 0 and high > 96  # the outermost marks are whole
    assert list(drawn.layout.xaxis.ticktext) == ["a", "b"] and "The mark stands at b." in told(drawn).description
    shown = {"key": "order", "at": 1, "axis": "model", "steps": [["a", "a"], ["b", "b"]]}
    assert len(compare_family.drawn(shown, "dark", api).data) == 2
    empty = compare_family.drawn(shown, "dark", FakeApi(models=("a", "b")))
    assert "No perplexity of these models" in empty.layout.annotations[0].text


def test_without_a_family_a_set_is_offered() -> None:
    models = known(*((name, name, 5) for name in "abc"))
    choice = CompareChoice(models=("a", "b"))
    assert "Step B through a set of models" in text(compare_family.slider(choice, (), models))
    own = choice._replace(family="order")
    api = FakeApi(models=("a", "b", "c"))
    page = text(compare_family.slider(own, families(own, models, api), models))
    assert "Models in the order of the steps" in page and '"data-steps": "[\\"a\\", \\"b\\"]"' in page.replace(
        "\\\\", "\\"
    )
