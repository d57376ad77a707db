"""Search and help as they are drawn."""

from frontend import hand, urls
from frontend.choices import keys
from frontend.choices.search_words import Hit
from frontend.panels.hand import hits, parts, sheet
from tests.frontend import model_sample
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.test_pages import text

PATHS = tuple(path for path in urls.PATHS.values() if path != "/reports")


def test_a_search_asks_the_api_and_answers_with_links():
    shown = text(hand.found("1.attn.q", MODEL, PATHS, FakeApi(views={"model": model_sample.description(MODEL)})))
    assert f"/atlas?model={MODEL}&matrix=1.attn.q" in shown
    assert '"data-answers": "1.attn.q"' in shown


def test_nothing_typed_asks_for_no_results_and_offers_the_pages():
    assert "Removal" in text(hand.found("", None, PATHS, FakeApi()))


def test_an_api_that_is_away_is_told():
    api = FakeApi()
    api.down = True
    assert "hand-hit" not in text(hand.found("q", MODEL, PATHS, api))


def test_no_hit_says_what_can_be_asked():
    assert "3.attn.q" in text(hits("xyzzy", ()))
    assert "hand-hit" in text(hits("q", [Hit("q", "matrix", "/atlas")]))


def test_help_shows_the_keys_of_the_page_and_the_glossary():
    assert "overview" in text(sheet("/atlas"))
    assert "overview" not in text(sheet("/runs"))
    assert "/glossary" in text(sheet("/runs"))


def test_every_page_has_a_letter_and_no_letter_two():
    assert len(set(keys.JUMPS.values())) == len(keys.JUMPS)
    assert set(urls.PATHS) == set(keys.JUMPS.values())
    assert "/compare" in text(parts(["/compare"])) and "/train" not in text(parts(["/compare"]))
