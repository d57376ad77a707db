"""Every experiment of paper B from its name to its verdicts on tiny models, by the real handlers."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.contracts.reproduction import Conditions, Reproduction, Step
from backend.contracts.vocabulary import JobState
from backend.reproduction.catalogue import SPECS, reproduction
from backend.reproduction.markdown import markdown
from backend.reproduction.parallel import LANGUAGES
from backend.reproduction.setting import Setting, setting_of
from tests.fakes import write_corpus
from tests.workers.handlers.shop import Shop

PAPER_B = [name for name, spec in SPECS.items() if spec.paper == "B"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    root: Path = tmp_path_factory.mktemp("paper-b")
    # ru: a score needs two languages of paper A
    write_corpus(root / "corpora" / "nine", (*LANGUAGES, "ru"))
    return Shop(root)


def setting(shop: Shop, **asked: object) -> Setting:
    conditions = Conditions.model_validate({"model": shop.model, "corpus": "nine", "lines": 2} | asked)
    entry = shop.context.models.ready(shop.model)
    corpus = shop.context.corpora.named("nine").summary()
    return setting_of(conditions, entry.shape, corpus, {shop.model: entry.n_parameters})


def run(shop: Shop, name: str, **asked: object) -> Reproduction:
    """As the service goes: ask, answer, ask what follows from the answers."""
    spec, known, steps = SPECS[name], {}, {}
    here = setting(shop, **asked)
    while new := {step: one for step, one in spec.requests(here, known).items() if step not in steps}:
        for step, request in new.items():
            key = shop.key(request)
            if not shop.context.store.has(key):
                shop.answer(request)
            known[step] = shop.context.store.manifest(key)
            steps[step] = Step(name=step, title=step, request=request, key=key, state=JobState.DONE)
    return reproduction(spec, here, tuple(steps.values()), known)


@pytest.mark.parametrize("name", PAPER_B)
def test_an_experiment_of_paper_b_runs_and_is_written(shop: Shop, name: str):
    found = run(shop, name)
    assert found.is_done and found.comparison.rows
    assert "not run" not in str(found.comparison)
    measured = [group for group in found.comparison.groups if group.origin == "measured"]
    assert all(group.key for group in measured)
    written = markdown(found)
    assert f"lingua-atlas reproduce {name} --model {shop.model} --corpus nine" in written
    assert "nan" not in written.lower().replace("finance", "")


def test_two_layers_have_no_middle_and_one_size_no_order(shop: Shop):
    assert [claim.measured.holds for claim in run(shop, "b-figure-3").claims] == [None, None]
    assert {claim.measured.holds for claim in run(shop, "b-figure-7").claims} == {None}


def test_a_table_is_judged_on_its_own_numbers(shop: Shop):
    found = run(shop, "b-table-1")
    suffers, others_stay, random, _ = (claim.measured for claim in found.claims)
    assert suffers.is_judged and random.is_judged
    assert "does not know this language" in others_stay.evidence  # random weights: worse than a blind guess
    assert others_stay.holds is None and "too little" in others_stay.evidence  # a random model has no language
    rows = {row.labels[0]: row.cells for row in found.comparison.rows}
    assert rows["neurons"][1][2].value and rows["neurons"][1][0].text == ""
    assert rows["en"][0][0].text == "13.94" and rows["en"][1][1].text.endswith("%")
    columns = [group.columns for group in found.comparison.groups]
    assert columns[0][2:] == columns[1][2:]  # the same languages in the same order


def test_a_model_trained_a_little_further_is_three_points(shop: Shop):
    found = run(shop, "b-figure-4", training_samples=16)
    assert [step.name for step in found.steps] == [
        "training", "open the model after 8 samples", "open the model after 16 samples", "development",
    ]  # fmt: skip
    assert [row.labels[0] for row in found.comparison.rows] == ["before training", "8 samples", "16 samples"]
    smaller, agnostic, *_ = found.claims
    assert "over 3 points" in smaller.measured.evidence and "over 3 points" in agnostic.measured.evidence


def test_checkpoints_that_are_named_need_no_training(shop: Shop):
    found = run(shop, "b-figure-4", members=(f"{shop.model}=1000",))
    assert [step.name for step in found.steps] == ["development"]
    assert found.comparison.rows[0].cells[0][0].text == "1000"
    assert f"--members {shop.model}=1000" in markdown(found)


def test_texts_are_shown_in_pairs_with_broken_bytes_as_bytes(shop: Shop):
    found = run(shop, "b-appendix-a")
    assert found.texts.count("full model") == 9 and "zh off" in found.texts
    assert "\\x" in found.texts  # a random model of bytes writes no UTF-8
