"""A short round of every kind of fault; `python -m tests.faults --rounds N` plays long ones."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.faults.atlas import Atlas
from tests.faults.kinds import KINDS, Kind
from tests.faults.rounds import play

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Atlas]:
    opened = Atlas(tmp_path_factory.mktemp("faults") / "atlas", n_workers=1, quick=True)
    yield opened
    assert opened.close() == []


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_nothing_is_lost(atlas: Atlas, kind: Kind) -> None:
    if kind.own_disk and not atlas.own_disk:
        pytest.skip("no small disk can be mounted here; a limit on files stands in for it")
    assert play(atlas, kind, random.Random(kind.name)) == []
