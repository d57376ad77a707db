"""Every term is told once, exactly, and nothing on a page is called by a term that is not there."""

import ast
from pathlib import Path

import pytest
from dash import html

from backend import latex
from frontend import glossary, shell, urls
from frontend.glossary.entry import PAPERS
from frontend.pages import glossary as page
from frontend.views import render
from tests.frontend.fake_api import FakeApi
from tests.frontend.test_pages import text

FRONTEND = Path(shell.__file__).parent
NEEDED = (
    "Importance", "Magnitude", "Fisher", "Second order", "Wanda", "Region", "Core region", "Top", "Bottom", "Random",
    "Side", "Matrix kind", "Dimension", "Fraction", "Scope", "Perplexity", "Bits per byte", "Removal",
    "Structured removal", "Perturbation", "Sweep", "Monolingual region", "Freezing", "Activation of a neuron",
    "Similarity map", "LRDS", "SADS", "SKLR", "Key neuron", "z", "Deactivation", "Enrichment", "Jaccard",
    "Relative Frobenius movement", "Expected by chance", "Bootstrap interval", "BOS",
)  # fmt: skip


@pytest.mark.parametrize("name", NEEDED)
def test_what_the_papers_and_the_atlas_measure_is_there(name: str):
    assert glossary.find(name.upper()) is glossary.find(name)
    assert glossary.find(name) is not None


def test_every_word_names_one_term():
    words = [word.lower() for entry in glossary.entries() for word in {entry.name.lower(), *map(str.lower, entry.also)}]
    assert sorted(words) == sorted(set(words))
    anchors = [glossary.anchor(entry) for entry in glossary.entries()]
    assert len(set(anchors)) == len(anchors)


def test_latex_has_every_sign_of_every_equation():
    told = latex.table(("equation",), [(entry.equation,) for entry in glossary.entries()], "Terms", "terms")
    assert "LuaLaTeX" not in told


def test_terms_are_sentences_with_a_source_that_is_known():
    for entry in glossary.entries():
        assert entry.sentence[0].isupper() and entry.sentence.endswith("."), entry.name
        assert not entry.source or any(known in entry.source for known in ("paper", "docs/protocol.md")), entry.name
        if entry.source.startswith("paper"):
            assert entry.source.split()[1].rstrip(",") in PAPERS


def _terms_used() -> list[tuple[str, str]]:
    """File and name of every `term("...")` and `entry="..."` in the pages."""
    found = []
    for file in FRONTEND.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", None))
            if called == "term" and node.args and isinstance(node.args[0], ast.Constant):
                found.append((file.name, node.args[0].value))
            found += [
                (file.name, keyword.value.value)
                for keyword in node.keywords
                if called == "hint" and keyword.arg == "entry" and isinstance(keyword.value, ast.Constant)
            ]
    return found


def test_every_term_that_a_page_uses_is_in_the_glossary():
    used = _terms_used()
    assert used
    assert [(file, name) for file, name in used if glossary.find(name) is None] == []


def test_a_term_shows_sentence_equation_and_source_and_can_be_reached_by_keyboard():
    shown = text(shell.term("LRDS"))
    assert "Linguistic Regions Development Score" in shown and "mean(S" in shown and "paper B, Eq. 8" in shown
    assert '"tabIndex": 0' in shown
    with pytest.raises(LookupError, match="glossary"):
        shell.term("no such thing")


def test_a_hint_keeps_its_own_words_and_adds_the_equation_where_it_names_a_term():
    assert "equation" in text(shell.hint("z above", "Own words."))
    assert shell.hint("batch", "Own words.").label == "Own words."
    assert shell.hint(html.B("z"), "Own words.").label == "Own words."


def test_the_page_lists_all_terms_with_anchors_and_marks_the_one_of_the_address():
    shown = text(page.layout({"term": "sads", "model": "m"}, FakeApi()))
    assert all(glossary.anchor(entry) in shown for entry in glossary.entries())
    assert shown.count("is-chosen") == 1


def test_the_view_of_the_glossary_is_one_table():
    view = render("/glossary?term=lrds", FakeApi())
    assert len(view.tables[0].rows) == len(glossary.entries())
    assert view.address == urls.PATHS["glossary"]
