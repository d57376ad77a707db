"""Names of models, and names that no file can have."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.artifacts.models import ModelEntries, name_of
from backend.contracts.problems import KnownError


def test_revisions_that_begin_alike_give_two_names() -> None:
    revisions = ("stage2-ingredient1-step1000-tokens5B", "stage2-ingredient1-step11000-tokens50B", "a/b", "a-b", "a")
    assert len({name_of("org/name", revision) for revision in revisions}) == len(revisions)
    assert name_of("org/name", "step143000") == "org--name@step143000"
    assert name_of("org/name", None) == "org--name"


@pytest.mark.parametrize("name", ["absent", "nul\0", "long" * 100])
def test_a_name_that_is_not_there_is_unknown(tmp_path: Path, name: str) -> None:
    with pytest.raises(KnownError) as caught:
        ModelEntries(tmp_path).named(name)
    assert caught.value.problem.code == "unknown_model"
