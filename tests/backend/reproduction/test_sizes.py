"""The sizes of a stored answer are read back from its request, and a table says under which it was measured."""

from __future__ import annotations

import pytest

from backend.contracts.reproduction import Reproduction
from backend.reproduction.catalogue import SPECS
from backend.reproduction.sizes import sizes_of
from tests.backend.atlas_folder import AtlasFolder, put
from tests.backend.reproduction import given

SIZES = {"samples": 60, "fewer_samples": 12, "lines": 6, "training_samples": 32}


@pytest.mark.parametrize("name", ["table-1", "table-3", "table-5", "table-2", "figure-5", "figure-3"])
def test_the_sizes_of_a_question_are_read_back_from_it(name: str):
    spec = SPECS[name]
    here = given.setting().conditions
    for request in spec.requests(given.setting(**SIZES), {}).values():
        found = sizes_of(request, here, spec.options)
        said = {size: value for size in SIZES if (value := getattr(found, size)) is not None}
        assert said.items() <= SIZES.items() and said["lines"] == 6


def test_of_paper_b_the_sentences_are_read_back():
    spec = SPECS["b-figure-2"]
    (request,) = spec.requests(given.setting(sentences=30), {}).values()
    assert sizes_of(request, given.setting().conditions, spec.options).sentences == 30


def test_a_table_says_under_which_sizes_it_was_measured(api, atlas: AtlasFolder):
    small = {"samples": 20, "fewer_samples": 5, "lines": 7}
    assert read(api, "table-1").measured_with == ()
    (step,) = read(api, "table-1", **small).steps
    put(atlas.store, step.request, given.removal(base={"ar": 2.0}, top={"ar": 9.0}), key=step.key or "")

    (other,) = read(api, "table-1").measured_with
    assert other.model_dump(include=set(small)) == small
    under = read(api, "table-1", **small)
    assert under.is_done and under.measured_with == ()
    assert read(api, "table-14").measured_with == () and read(api, "table-2").measured_with == ()


def read(api, name: str, **asked: object) -> Reproduction:
    return Reproduction.model_validate_json(api.get(f"/reproductions/{name}", params={"model": "tiny"} | asked).content)
