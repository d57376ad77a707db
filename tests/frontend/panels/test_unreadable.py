"""The pages show what cannot be read beside what can."""

import pytest

from backend.contracts.models import BrokenEntry
from frontend.fields import corpus_options
from frontend.pages import reports, start, tasks
from frontend.panels import start_corpora
from frontend.panels.unreadable import N_SHOWN, unreadable
from tests.frontend.fake_api import FakeApi

BROKEN = (BrokenEntry(name="pipe.json", problem="cannot be read: it is no regular file"),)


@pytest.mark.parametrize(("page", "what"), [(start, "models"), (reports, "reports"), (tasks, "tasks")])
def test_a_page_names_the_entries_that_cannot_be_read(page, what):
    api = FakeApi(views={"reports": (), "tasks": (), "trainings": ()})
    assert "pipe.json" not in str(page.layout({}, api))
    api.unreadable = {what: BROKEN}
    drawn = str(page.layout({}, api))
    assert "1 entry cannot be read" in drawn and "pipe.json" in drawn and "no regular file" in drawn


def test_many_are_counted():
    drawn = str(unreadable(BROKEN * (N_SHOWN + 3)))
    assert "23 entries cannot be read" in drawn and "and 3 more" in drawn


def test_a_corpus_says_what_is_not_read_and_what_was_left_out():
    corpus = FakeApi().corpora()[0].model_copy(update={"ignored": ("README.txt",), "n_left_out": 3})
    words = "3 rows were left out, for a text was missing; not read, for no language code is their name: README.txt"
    assert corpus.facts == words
    assert words in str(start_corpora.corpora([corpus]))


def test_a_corpus_that_cannot_be_chosen_says_why_and_no_name_stands_twice():
    good = FakeApi().corpora()[0]
    bad = good.model_copy(update={"name": "My corpus", "problem": "rename the folder"})
    assert corpus_options([good, bad, bad]) == [
        {"value": good.name, "label": good.name, "disabled": False},
        {"value": "My corpus", "label": "My corpus (rename the folder)", "disabled": True},
    ]
