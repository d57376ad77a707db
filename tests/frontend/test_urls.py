"""View state survives the way into an address and back."""

import pytest

from backend.contracts.vocabulary import AnalysisKind, Selection
from frontend import urls


def test_state_comes_back_as_it_went_in():
    address = urls.link("atlas", result="a" * 20, layer=3, languages=("de", "zh-Hant"), selection=Selection.TOP)
    assert address == f"/atlas?result={'a' * 20}&layer=3&languages=de,zh-Hant&selection=top"
    query = urls.parse(address.partition("?")[2])
    assert query["layer"] == "3"
    assert urls.many(query, "languages") == ("de", "zh-Hant")


def test_what_is_not_chosen_leaves_no_trace():
    assert urls.link("runs", state=None, job="", languages=()) == "/runs"
    assert urls.parse(None) == {}
    assert urls.many({}, "languages") == ()


def test_text_of_any_script_survives():
    text = "Where is 北京? & مرحبا"
    assert urls.parse(urls.link("touch", prompt=text).partition("?")[2])["prompt"] == text


@pytest.mark.parametrize("kind", list(AnalysisKind))
def test_every_kind_of_result_has_a_page(kind):
    address = urls.open_result(kind, "a" * 20, "tiny")
    assert address.partition("?")[0] in urls.PATHS.values()
    named = {"job": "a" * 20} if address.startswith("/runs") else {"model": "tiny", "result": "a" * 20}
    assert urls.parse(address.partition("?")[2]) == named
