"""Notes in an export: no link but to the web, to mail and within the atlas, however it is spelt."""

from __future__ import annotations

import re
import sys

import pytest
from markdown_it import MarkdownIt

from frontend.reports import notes

SPELT = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java&#115;cript:alert(1)",
    "&#x6A;avascript:alert(1)",
    "&#0000106;avascript:alert(1)",
    "javascript&colon;alert(1)",
    "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)",
    "javascript\\:alert(1)",
    "<javascript:alert(1)>",
    "&#1;javascript:alert(1)",
    "  javascript:alert(1)",
    "\njavascript:alert(1)",
    "vbscript:x",
    "data:text/html,x",
    "file:///etc/passwd",
    "java&#173;script:alert(1)",
    "&amp;#106;avascript:alert(1)",
)


def links(text: str) -> list[str]:
    """Addresses that a lenient reader of Markdown makes links of."""
    reader = MarkdownIt("commonmark", {"html": False})
    reader.validateLink = lambda url: True  # type: ignore[method-assign]
    inline = (child for token in reader.parse(text) for child in token.children or ())
    return [str(token.attrs["href"]) for token in inline if token.type == "link_open"]


@pytest.mark.parametrize("target", SPELT)
@pytest.mark.parametrize("form", ["[x]({})", "[x][1]\n\n[1]: {}", "> [1]: {}\n\n[1]", "![x]({})"])
def test_no_other_scheme_is_a_link_in_any_spelling(form: str, target: str) -> None:
    written = notes.markdown(form.format(target))
    assert links(written) == []
    assert "alert" not in target or "alert(1)" in written  # shown as text
    assert "href" not in notes.html(form.format(target))


@pytest.mark.parametrize("target", ["https://a.b/c?d=e:f", "http://a.b", "mailto:a@b.c", "/atlas?x=1", "#place"])
def test_links_that_are_fine_stay(target: str) -> None:
    assert links(notes.markdown(f"[x]({target}) and [y][1]\n\n[1]: {target}")) == [target, target]


def test_a_long_note_costs_steps_in_proportion_to_its_length() -> None:
    """Counted, not timed: twenty thousand blank lines were twenty thousand squared."""
    for line in ("\n", "[\n", "](\n", "]:\n", "> \n", "](javascript:\n"):
        steps = []
        for n_lines in (2_000, 4_000):
            count = 0

            def counting(*_: object) -> None:
                nonlocal count
                count += 1

            sys.setprofile(counting)
            notes.markdown(line * n_lines)
            sys.setprofile(None)
            steps.append(count)
        assert steps[1] < 2.2 * steps[0] + 100
    assert not re.search(r"\^\\s\*", notes._TARGET.pattern)  # what begins at every blank and reads all that follow
