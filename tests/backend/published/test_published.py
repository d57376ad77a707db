"""The reference data is what the papers print, digit by digit, and consistent in itself."""

from __future__ import annotations

import re

import pytest

from backend import published
from backend.contracts.problems import KnownError
from backend.contracts.published import PublishedNumber, PublishedTable
from tests.backend.published import transcribe

needs_text = pytest.mark.skipif(not transcribe.PAPER_A.exists(), reason="the papers' texts are not here")
TEXTS = {"A": transcribe.PAPER_A, "B": transcribe.PAPER_B}
NOT_PRINTED = {"table-4": {"257.7"}}
"""From the authors' repository, and said so in `inferred`."""


def printed(table: PublishedTable) -> list[list[str]]:
    """The numbers of each row, as printed, each part's rows one after the other."""
    return [[cell.printed for cell in row.cells if cell] for part in table.parts for row in part.rows]


@needs_text
def test_the_files_are_what_the_transcription_gives():
    assert transcribe.transcribed() == {name: published.table(name) for name in published.ORDER}


@needs_text
@pytest.mark.parametrize("name", published.ORDER)
def test_every_number_is_in_the_text_in_one_line_and_in_this_order(name: str):
    table = published.table(name)
    lines = [re.findall(r"[\d.]*\d%?", line) for line in TEXTS[table.paper].read_text(encoding="utf-8").splitlines()]
    for numbers in printed(table):
        wanted = [number for number in numbers if number not in NOT_PRINTED.get(name, ())]
        assert any(holds_in_order(line, wanted) for line in lines), numbers


def holds_in_order(line: list[str], wanted: list[str]) -> bool:
    rest = iter(line)
    return all(any(number == one for one in rest) for number in wanted)


def test_table_1_is_a_part_of_table_14():
    for part, whole in zip(published.table("table-1").parts, published.table("table-14").parts, strict=True):
        values = {row.labels: [cell.value for cell in row.cells if cell] for row in whole.rows}
        assert len(part.rows) == 11
        for row in part.rows:
            assert [cell.value for cell in row.cells if cell] == values[row.labels]


def test_sizes_of_the_tables():
    shapes = {
        name: [(len(part.rows), len(part.columns)) for part in published.table(name).parts] for name in published.ORDER
    }
    assert shapes["table-2"] == shapes["table-6"] == [(14, 3)]
    assert shapes["table-3"] == shapes["table-7"] == shapes["table-8"] == [(4, 4)] * 3
    assert shapes["table-4"] == [(8, 1)]
    assert all(shapes[f"table-{number}"] == [(11, 3)] * 2 for number in (5, 9, 10, 11, 12, 13))
    assert all(shapes[f"table-{number}"] == [(30, 4)] * 2 for number in (14, 15, 16))
    assert shapes["appendix-a"] == [(30, 1)]


def test_what_the_text_does_not_say_is_marked():
    assert "N = 1, 3, 5, 10" in [one.what for one in published.table("table-3").inferred]
    assert any("13B" in one.what for one in published.table("table-1").inferred)
    assert any("257.7" in one.what for one in published.table("table-4").inferred)


def test_a_number_is_what_was_printed():
    with pytest.raises(ValueError, match="was printed"):
        PublishedNumber(printed="5.86", value=5.87)


def test_an_unknown_table_lists_those_there_are():
    with pytest.raises(KnownError, match="table-14"):
        published.table("table-99")
