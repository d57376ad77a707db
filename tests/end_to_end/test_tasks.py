"""Story cloze and multiple choice on a running atlas: from a terminal, and in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend import cli
from backend.artifacts.tasks import STORIES
from tests.backend.artifacts.test_task_items import QUESTION, lines
from tests.end_to_end.stack import JOB_MS, Stack

pytestmark = [pytest.mark.redis, pytest.mark.browser]


def lingua_atlas(
    *arguments: object, stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    monkeypatch.setenv("LINGUA_ATLAS_API_URL", stack.api.base_url)
    monkeypatch.setattr("sys.argv", ["lingua-atlas", "tasks", *map(str, arguments)])
    try:
        cli.main()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    return code, *capsys.readouterr()


def test_a_task_is_added_listed_and_given_to_the_harness(
    atlas_stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: object) -> tuple[int, str, str]:
        return lingua_atlas(*arguments, stack=atlas_stack, monkeypatch=monkeypatch, capsys=capsys)

    path = tmp_path / "sums.jsonl"
    path.write_bytes(lines(QUESTION, QUESTION))
    asked = ("add", "sums", path, "--form", "multiple_choice", "--language", "en")
    code, out, _ = run(*asked)
    file = out.split()[-1]
    assert code == 0 and out.startswith("sums: 2 items, ")
    assert re.search(rf"{file} +sums +multiple_choice +en +2", run("list")[1])
    code, out, _ = run("export", file[:8], tmp_path / "out", "--prompt", "texts")
    assert code == 0 and out.startswith(f"lm_eval --tasks atlas_en_{file[:8]} --include_path ")
    assert (tmp_path / "out" / f"atlas_en_{file[:8]}.yaml").is_file()
    path.write_bytes(lines(QUESTION) + b"\n{}")
    code, out, told = run(*asked)
    assert (code, out) == (2, "") and "line 2 has no question; it has nothing" in told
    assert run("export", "nothing")[0] == 2


def test_stories_are_asked_intact_and_with_a_region_removed(atlas_stack: Stack, page: Page) -> None:
    region = atlas_stack.region()
    page.goto(atlas_stack.page_url("tasks", changes=region, items=4))
    expect(page.get_by_text("These tasks have not been asked yet")).to_be_visible()
    page.get_by_role("button", name="none", exact=True).click()
    expect(page.get_by_text("Choose at least one task.")).to_be_visible()
    for language in ("Arabic", "Chinese"):
        page.get_by_label(language, exact=True).check()
    expect(page.get_by_text("4 runs, 16 items.")).to_be_visible()
    page.get_by_role("button", name="Ask them").click()
    expect(page.locator(".tasks-table tbody tr")).to_have_count(2, timeout=JOB_MS)
    expect(page.locator(".study-prose", has_text="of 8 right")).to_have_count(2, timeout=JOB_MS)
    expect(page.locator("#tasks-figure .bars .point")).to_have_count(4)
    story = page.locator(".tasks-context").first
    expect(story).to_have_attribute("dir", "rtl")
    page.get_by_role("combobox", name="Task").or_(page.locator("#tasks-items-task")).first.click()
    page.get_by_role("option", name="Chinese").click()
    expect(story).to_have_attribute("lang", "zh")
    bar = page.locator("#tasks-figure .bars .point").first  # Arabic, intact
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 8)
    expect(story).to_have_attribute("lang", "ar")
    address = page.url
    assert "changes=" in address and "items=4" in address and "tasks=" in address
    page.goto(address)
    expect(page.locator(".study-prose", has_text="of 8 right")).to_have_count(2)


def test_a_file_is_sent_from_the_browser_and_checked(atlas_stack: Stack, page: Page) -> None:
    page.goto(atlas_stack.page_url("tasks"))
    page.get_by_role("button", name="Add a task of your own").click()
    page.get_by_label("Code of its language").fill("es")
    page.watched.allowed = ("422",)  # type: ignore[attr-defined]
    stories = b"\n".join((STORIES / "es.jsonl").read_bytes().split(b"\n")[:5])
    for content in (b"{}", stories):
        with page.expect_file_chooser() as choosing:
            page.get_by_role("button", name="Choose a .jsonl file").click()
        choosing.value.set_files({"name": "five stories.jsonl", "mimeType": "application/jsonl", "buffer": content})
        if content != stories:
            expect(page.get_by_text("line 1 has neither sentences")).to_be_visible()
    box = page.get_by_label("five stories")
    expect(box).to_be_checked()
    expect(page.get_by_text("story cloze, Spanish, 5 items")).to_be_visible()
