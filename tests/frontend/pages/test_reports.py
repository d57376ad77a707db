"""The Reports page: what stands on it, what is stored, what happens when two write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from dash import no_update

from backend.contracts.problems import KnownError
from frontend import report_adding, theme
from frontend.figures.heat_figure import ground_scale
from frontend.pages import reports
from frontend.panels import report_add
from frontend.panels.report_add import NEW
from frontend.reports.looks import looking
from tests.frontend.reports.fake import ReportsApi
from tests.frontend.test_pages import text
from tests.frontend.view_sample import ADDRESS, figure, shown  # noqa: F401


@pytest.fixture
def api(tmp_path: Path) -> ReportsApi:
    return ReportsApi(tmp_path / "reports")


@pytest.fixture
def report(api: ReportsApi):
    api.create_report("A road", lead="First.")
    api.add_to_report("a-road", ADDRESS, title="One", note="n1")
    api.add_to_report("a-road", "/runs", title="Two", note="n2")
    return api.report("a-road")


def titles(api: ReportsApi) -> list[str]:
    return [item.title for item in api.report("a-road").items]


def test_without_a_report_the_page_says_how_to_come_to_one(api: ReportsApi):
    assert "No report yet" in text(reports.layout({}, api))


def test_reports_are_listed_and_begun(api: ReportsApi, report):
    page = text(reports.layout({}, api))
    assert "A road" in page and "2 views" in page and "/reports?report=a-road" in page
    assert reports.begin("  ", api) == (no_update, "Give it a title first.")
    assert reports.begin("A road", api) == ("/reports?report=a-road-2", None)


def test_a_report_shows_its_views_in_order_with_exports(api: ReportsApi, report):
    page = text(reports.layout({"report": "a-road"}, api))
    assert page.index('"One"') < page.index('"Two"')
    for part in (ADDRESS, "/export/report/a-road.html", "/export/report/a-road.md", "First.", "n1", "Remove from the"):
        assert part in page
    api.create_report("Empty")
    assert "Nothing in it yet" in text(reports.layout({"report": "empty"}, api))
    with pytest.raises(KnownError, match="no report 'gone'"):
        reports.layout({"report": "gone"}, api)


def words(item: Any, **changes: str) -> dict[str, str]:
    return {"title": item.title, "note": item.note} | changes


def test_words_are_stored_and_a_clash_is_told(api: ReportsApi, report):
    first, second = report.items
    seen = words(first)
    assert reports.save_item("a-road", first.id, seen, seen, api=api) == (no_update, no_update)
    said, kept = reports.save_item("a-road", first.id, words(first, note="new"), seen, api=api)
    assert (said, kept["note"]) == ("Saved", "new")
    # Another tab that still shows the old words may change another note, but not this one.
    assert reports.save_item("a-road", second.id, words(second, note="other"), words(second), api=api)[0] == "Saved"
    said, kept = reports.save_item("a-road", first.id, words(first, note="late"), seen, api=api)
    assert "somebody else changed this note" in text(said) and kept is no_update
    assert [item.note for item in api.report("a-road").items] == ["new", "other"]


def test_what_cannot_be_stored_is_told(api: ReportsApi, report):
    first = report.items[0]
    assert "needs a title" in reports.save_item("a-road", first.id, words(first, title=" "), words(first), api=api)[0]
    said = text(reports.save_item("a-road", first.id, words(first, note="x" * 20_001), words(first), api=api)[0])
    assert "the note cannot be kept" in said and len(said) < 2000
    assert "removed from the report meanwhile" in text(
        reports.save_item("a-road", "0" * 8, words(first, note="y"), words(first), api=api)[0]
    )
    assert "needs a title" in reports.save_head("a-road", {"title": "", "lead": ""}, {"title": "A road"}, api=api)[0]


def test_title_and_first_paragraph_are_stored(api: ReportsApi, report):
    seen = {"title": "A road", "lead": "First."}
    assert reports.save_head("a-road", seen, seen, api=api) == (no_update, no_update)
    assert reports.save_head("a-road", seen | {"lead": "Other."}, seen, api=api)[0] == "Saved"
    assert api.report("a-road").lead == "Other."


def test_views_are_moved_removed_and_put_back(api: ReportsApi, report):
    first, second = (item.id for item in report.items)
    assert reports.arrange("a-road", None, api) == (no_update,) * 3
    reports.arrange("a-road", {"ids": [second, first], "removed": None}, api)
    assert titles(api) == ["Two", "One"]
    api.add_to_report("a-road", "/", title="Added elsewhere")
    _, removed, bar = reports.arrange("a-road", {"ids": [first], "removed": second}, api)
    assert titles(api) == ["One", "Added elsewhere"] and bar == "Removed “Two”."
    drawn, *_ = reports.undo("a-road", removed, api)
    assert titles(api) == ["Two", "One", "Added elsewhere"] and len(drawn) == 3
    assert api.report("a-road").items[0].note == "n2"
    assert reports.undo("a-road", None, api) == (no_update,) * 4


def test_a_change_that_meets_another_is_tried_again(api: ReportsApi, report, monkeypatch: pytest.MonkeyPatch):
    store, first = api.replace_report, report.items[0]
    n_refused = []

    def busy(name, change):
        if len(n_refused) < 2:
            n_refused.append(api.kept.add(name, report.items[1]))
        return store(name, change)

    monkeypatch.setattr(api, "replace_report", busy)
    assert reports.save_item("a-road", first.id, words(first, note="kept"), words(first), api=api)[0] == "Saved"
    assert [item.note for item in api.report("a-road").items] == ["kept", "n2", "n2", "n2"]


def test_a_report_is_deleted(api: ReportsApi, report):
    assert reports.delete("a-road", api)[0] == "/reports"
    assert "no report" in text(reports.delete("a-road", api)[1])


@pytest.mark.usefixtures("shown")
def test_a_view_is_drawn_and_one_that_is_gone_says_so(api: ReportsApi):
    drawn = text(reports.draw(ADDRESS, "dark", api))
    for part in ("Two languages of a tiny model.", "Numbers, all of them", "مرحبا", '"rtl"', "Not computed yet"):
        assert part in drawn
    assert reports.draw(ADDRESS, None, api) is no_update
    assert "is the address of no page" in text(reports.draw("/nowhere", "light", api))


def test_marks_come_to_a_dark_ground_and_the_figure_stays():
    light = figure()
    light.data[0].marker.color = "#c8500e"
    dark = looking(light, dark=True)
    assert (dark.data[0].marker.color, light.data[0].marker.color) == ("#e8743b", "#c8500e")
    assert dark.layout.meta == light.layout.meta
    assert looking(light, dark=False).data[0].marker.color == "#c8500e"


def test_scales_that_fade_into_the_ground_fade_into_a_dark_one():
    for scale in (ground_scale, theme.diverging):
        light = go.Figure(go.Heatmap(z=[[0, 1]], colorscale=scale(False)))
        assert [list(stop) for stop in looking(light, dark=True).data[0].colorscale] == scale(True)
    kept = go.Figure(go.Heatmap(z=[[0, 1]], colorscale=theme.SEQUENTIAL))
    assert [list(stop) for stop in looking(kept, dark=True).data[0].colorscale] == theme.SEQUENTIAL


@pytest.mark.usefixtures("shown")
def test_the_form_suggests_title_address_and_report(api: ReportsApi, report):
    data, chosen, title, address, problem = report_adding.opened({"address": ADDRESS}, "tiny", api)
    assert [one["value"] for one in data] == ["a-road", NEW] and chosen == "a-road"
    assert (title, problem) == ("A view", None)
    assert address == f"{ADDRESS}&model=tiny"
    *_, address, problem = report_adding.opened({"address": "/reports?report=a-road"}, None, api)
    assert address == "" and "no view of the atlas" in text(problem)
    assert report_adding.opened(None, None, api) == (no_update,) * 5


def test_a_view_that_is_not_drawn_may_be_added_all_the_same(api: ReportsApi, monkeypatch: pytest.MonkeyPatch):
    def gone(address, api):
        raise KnownError("unknown_key", "its result is gone", status=404)

    monkeypatch.setattr("frontend.reports.shown.render", gone)
    _, chosen, title, address, problem = report_adding.opened({"address": "/runs?job=x"}, None, api)
    assert (chosen, title, address) == (NEW, "Runs", "/runs?job=x") and "its result is gone" in text(problem)


def test_a_view_is_added_to_a_new_report_and_to_one_that_is_there(api: ReportsApi):
    still, said, problem = report_adding.add(NEW, " Road ", address=ADDRESS, title="One", note="n", api=api)
    assert (still, problem) == (False, None) and "/reports?report=road" in text(said)
    report_adding.add("road", "", address=ADDRESS, title="", note=None, api=api)
    assert [(item.title, item.note) for item in api.report("road").items] == [("One", "n"), ("A view", "")]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"report": NEW, "new_title": " "}, "no title yet"),
        ({"address": ""}, "cannot be added"),
        ({"address": "javascript:alert(1)"}, "address cannot be kept"),
        ({"report": "gone"}, "no report 'gone'"),
        ({"note": "x" * 20_001}, "note cannot be kept"),
    ],
)
def test_what_cannot_be_added_is_told(api: ReportsApi, fields: dict[str, str], told: str):
    asked = {"report": NEW, "new_title": "x", "address": ADDRESS, "title": "t", "note": ""} | fields
    report, title = asked.pop("report"), asked.pop("new_title")
    still, said, problem = report_adding.add(report, title, **asked, api=api)
    assert still is no_update and said is no_update and told in text(problem)


def test_the_form_has_its_parts():
    drawn = text(report_add.modal())
    for part in report_add.AddId:
        assert part is report_add.AddId.OPEN or f'"{part.value}"' in drawn
