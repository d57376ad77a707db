"""Who belongs to a family, and what is refused before anything is queued."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from backend.contracts.development import DevelopmentPlan, ModelFolders, Revisions, Sources, TrainingCheckpoints
from backend.contracts.problems import KnownError
from backend.contracts.training import Checkpoint
from backend.families.expansion import Known, Start, expanded, step_of

SIX = ("ar", "de", "en", "fr", "ru", "zh")


def code(call) -> str:
    with pytest.raises(KnownError) as caught:
        call()
    assert caught.value.problem.hint
    return caught.value.problem.code


def told(found) -> list[tuple[str, float | None]]:
    return [(member.label, member.position) for member in found.members]


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("global_step1000", 1000), ("checkpoint-500", 500), ("pythia-70m-step3000", 3000), ("step10k", 10_000),
        ("bloom-560m", None), ("bloom-1b1", None), ("run 12", 12), ("stage1-step5-tokens2B", 5), ("final", None),
        ("gemma-3-270m", None), ("gemma-3-270m-ar-free-16", 16), ("llama-2-7B-hf", None), ("Qwen3-0.6B-500", 500),
    ],
)  # fmt: skip
def test_the_step_in_a_name(name: str, step: int | None) -> None:
    assert step_of(name) == step


def test_a_pattern_names_its_steps_in_order() -> None:
    family = Revisions(source="bigscience/bloom-560m-intermediate", pattern="global_step{step}", steps=(10_000, 1000))
    found = expanded(family)
    assert told(found) == [("global_step1000", 1000), ("global_step10000", 10_000)]
    assert {(one.source, one.revision) for one in found.members} == {
        (family.source, "global_step1000"), (family.source, "global_step10000"),
    }  # fmt: skip
    assert found.axis == "step"


def test_folders_are_placed_by_step_or_by_size() -> None:
    steps = Known(folders=("/m/step20", "/m/step3"))
    assert told(expanded(ModelFolders(folder="/m"), steps)) == [("step3", 3), ("step20", 20)]
    sizes = Known(folders=("/m/bloom-560m", "/m/bloom-1b1"))
    found = expanded(ModelFolders(folder="/m"), sizes)
    assert (found.axis, told(found)) == ("parameters", [("bloom-560m", None), ("bloom-1b1", None)])
    assert code(lambda: expanded(ModelFolders(folder="/m", axis="step"), sizes)) == "no_step"


def test_a_training_begins_with_its_model() -> None:
    checkpoints = [
        Checkpoint(n_samples=n, name=str(n), source=f"/t/{n}", size_bytes=1, saved_at=datetime(2026, 1, 1, tzinfo=UTC))
        for n in (2000, 1000)
    ]
    known = Known(checkpoints=checkpoints, start=Start("tiny", "/weights"))
    found = expanded(TrainingCheckpoints(training="ab" * 10), known)
    assert told(found) == [("before training", 0), ("1,000 samples", 1000), ("2,000 samples", 2000)]
    assert (found.axis, found.members[0].model) == ("samples", "tiny")
    assert len(expanded(TrainingCheckpoints(training="ab" * 10, with_start=False), known).members) == 2


def test_sources_may_be_opened_names_ids_with_revision_and_folders() -> None:
    known = Known(opened={"org--m@step9": "org/m", "big-abc123": "/models/step40-big"})
    found = expanded(Sources(sources=("org--m@step9", "org/m@step12", "big-abc123"), axis="step"), known)
    assert told(found) == [("org--m@step9", 9), ("org/m@step12", 12), ("big-abc123", 40)]
    assert [(one.source, one.revision, one.model) for one in found.members] == [
        ("org/m", None, "org--m@step9"), ("org/m", "step12", None), ("/models/step40-big", None, "big-abc123"),
    ]  # fmt: skip


def test_what_cannot_be_a_family_is_refused() -> None:
    assert code(lambda: expanded(Sources(sources=("org/m",)))) == "one_member"
    assert code(lambda: expanded(ModelFolders(folder="/empty"))) == "one_member"
    assert code(lambda: expanded(Sources(sources=("org/m", "org/m")))) == "same_position"
    twice = Known(folders=("/m/step1-a", "/m/step1-b"))
    assert code(lambda: expanded(ModelFolders(folder="/m"), twice)) == "same_position"
    assert code(lambda: expanded(Revisions(source="org/m", revisions=("main", "step1")))) == "no_step"
    many = Known(folders=tuple(f"/m/step{number}" for number in range(201)))
    assert code(lambda: expanded(ModelFolders(folder="/m"), many)) == "too_many_members"


@pytest.mark.parametrize(
    "changes", [{"revisions": ("a",), "pattern": "s{step}", "steps": (1,)}, {"pattern": "s", "steps": (1,)}, {},
                {"pattern": "s{step}"}, {"steps": (1, 2)}],
)  # fmt: skip
def test_revisions_come_in_one_form(changes: dict) -> None:
    with pytest.raises(ValidationError):
        Revisions(source="org/m", **changes)


def test_five_languages_cannot_pass_a_threshold_of_two() -> None:
    family = Sources(sources=("a/b", "c/d"))
    with pytest.raises(ValidationError, match="take at least 6 languages"):
        DevelopmentPlan(family=family, languages=SIX[:5])
    assert DevelopmentPlan(family=family, languages=SIX[::-1]).languages == SIX
