from __future__ import annotations

from backend.contracts.results import PerplexityRow
from backend.contracts.token_premium import premium_columns, premium_words, token_premiums
from tests.frontend.samples import row


def _aligned(language: str, n_tokens: int) -> PerplexityRow:
    return row(language, 10.0, n_tokens=n_tokens).model_copy(update={"is_aligned": True})


def test_tokens_of_the_same_sentences_are_relative_to_english() -> None:
    found = token_premiums([_aligned("ar", 184), _aligned("en", 100)])
    assert (found["ar"].tokens_per_byte, found["ar"].per_sentence) == (0.92, 1.84)
    assert (found["en"].per_sentence, found["ar"].text) == (1.0, "0.92 per byte, ×1.84 en")


def test_without_english_the_first_language_is_the_measure() -> None:
    found = token_premiums([_aligned("ar", 50), _aligned("de", 100)])
    assert found["de"].per_sentence == 2.0 and found["de"].reference == "ar"


def test_text_that_is_not_aligned_has_tokens_per_byte_alone() -> None:
    rows = [_aligned("ar", 184), row("en", 10.0)]
    assert {one.per_sentence for one in token_premiums(rows).values()} == {None}
    assert premium_columns(rows) == {"Tokens per byte": {"ar": 0.92, "en": 0.5}}
    assert premium_words(rows) == "Token premium: ar 0.92 per byte; en 0.5 per byte."
    assert token_premiums([]) == {} and premium_words([]) == ""
