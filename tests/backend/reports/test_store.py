"""Reports on disk: two writers, names, what cannot be read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from backend.artifacts.reports import Reports, slug
from backend.contracts.problems import KnownError
from backend.contracts.reports import MAX_ITEMS, NewItem, NewReport, Report, ReportItem

VIEW = NewItem(address="/atlas?model=tiny&matrix=0.attn.q&result=0123abcd", title="Queries", note="*look*")


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    return Reports(tmp_path / "reports")


def begun(reports: Reports, **fields: object) -> Report:
    return reports.create(NewReport(title="What breaks?", **fields))


def test_a_report_is_kept_as_it_was_written(reports: Reports):
    made = begun(reports, lead="First.", items=(VIEW,))
    assert (made.name, made.revision, made.items[0].note) == ("what-breaks", 1, "*look*")
    assert Reports(reports.root).named("what-breaks") == made
    (row,) = reports.all()
    assert (row.name, row.n_items) == ("what-breaks", 1)


def test_who_was_slower_overwrites_nothing(reports: Reports):
    read = begun(reports)
    first = reports.replace(read.name, read.change(lead="of the first"))
    with pytest.raises(KnownError) as refused:
        reports.replace(read.name, read.change(lead="of the second"))
    problem = refused.value.problem
    assert (problem.status, problem.code) == (409, "report_changed")
    assert "revision 2" in problem.detail and "nothing was overwritten" in problem.hint
    assert reports.named(read.name) == first
    assert first.revision == 2 and first.created_at == read.created_at


def test_of_many_writers_of_one_revision_one_wins(reports: Reports):
    read = begun(reports)

    def write(number: int) -> bool:
        try:
            Reports(reports.root).replace(read.name, read.change(lead=str(number)))
        except KnownError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(write, range(16))) == 1
    assert reports.named(read.name).revision == 2


def test_views_that_are_added_at_once_are_all_there(reports: Reports):
    read = begun(reports)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: Reports(reports.root).add(read.name, VIEW), range(20)))
    stored = reports.named(read.name)
    assert len(stored.items) == 20 == len({item.id for item in stored.items})
    assert stored.revision == 21
    assert [path.name for path in reports.root.iterdir() if path.name.startswith(".writing")] == []


def test_names_are_made_of_titles_and_taken_once(reports: Reports):
    assert [begun(reports).name for _ in range(3)] == ["what-breaks", "what-breaks-2", "what-breaks-3"]
    with pytest.raises(KnownError, match="already"):
        begun(reports, name="what-breaks")
    assert slug("Où sont les régions ?") == "ou-sont-les-regions"
    assert slug("语言区域") == "report"
    assert len(slug("long " * 40)) <= 60 and not slug("long " * 40).endswith("-")
    long = "x" * 80
    names = [reports.create(NewReport(title=long)).name for _ in range(3)]
    assert len(set(names)) == 3 and max(map(len, names)) <= 60


def test_a_full_report_and_items_named_twice_are_refused(reports: Reports):
    full = begun(reports, items=(VIEW,) * MAX_ITEMS)
    with pytest.raises(KnownError, match=f"{MAX_ITEMS} is the most"):
        reports.add(full.name, VIEW)
    item = ReportItem(**VIEW.model_dump())
    with pytest.raises(KnownError, match="same id"):
        reports.replace(full.name, full.change(items=(item, item)))


def test_what_is_not_there_or_not_readable_is_told(reports: Reports):
    for call in (reports.named, reports.delete):
        with pytest.raises(KnownError, match="no report 'gone'"):
            call("gone")
    begun(reports)
    (reports.root / "what-breaks.json").write_text("{}")
    with pytest.raises(KnownError, match="cannot be read"):
        reports.named("what-breaks")
    assert reports.all() == ()
    reports.delete("what-breaks")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "https://evil.example/", "//evil.example/atlas", "/\\evil.example", "atlas", "",
        "/atlas?a=b c", "/atlas?a=<script>", '/atlas?a="x"', "/atlas\n", "/atlas#x", "/" + "a" * 5000, "/../etc",
    ],
)  # fmt: skip
def test_only_own_addresses_are_kept(address: str):
    with pytest.raises(ValidationError):
        NewItem(address=address, title="x")


@pytest.mark.parametrize("address", ["/", "/atlas", "/touch?prompt=%E5%8C%97&index=1,2", "/?model=a"])
def test_addresses_of_pages_are_kept(address: str):
    assert NewItem(address=address, title="x").address == address
