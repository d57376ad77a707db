"""Sentences that were cut, or that one translation says twice: compared all the same, and told."""

from __future__ import annotations

import pytest

from backend.contracts.building import inputs_of
from backend.contracts.requests import Lines, SimilarityRequest
from backend.contracts.results import ActivationsSummary
from tests.workers.handlers.shop import Shop


@pytest.fixture(scope="module")
def doubtful(shop: Shop) -> SimilarityRequest:
    folder = shop.context.layout.corpora / "doubtful"
    folder.mkdir()
    (folder / "de.txt").write_text("eins\nzwei\nzwei\n" + "lang " * 60 + "\n", encoding="utf-8")
    (folder / "en.txt").write_text("one\ntwo\nthree\nfour\n", encoding="utf-8")
    return SimilarityRequest(model=shop.model, lines=Lines(corpus="doubtful", start=0, stop=4), languages=("de", "en"))


def test_a_sentence_beyond_the_context_is_cut_and_counted(shop: Shop, doubtful: SimilarityRequest) -> None:
    rules = shop.answer(doubtful).rules
    assert rules["cut"] == "de: 1"
    found = {}
    for language, needed in inputs_of(doubtful).items():
        manifest = shop.context.store.manifest(shop.key(needed))
        assert isinstance(manifest.summary, ActivationsSummary)
        found[language] = manifest.summary.n_cut, manifest.provenance.rules["cut"]
    assert found == {"de": (1, "1 of 4 sentences, at the context of 256 tokens"), "en": (0, "none")}


def test_what_one_language_says_twice_is_told_by_line(shop: Shop, doubtful: SimilarityRequest) -> None:
    assert shop.answer(doubtful).rules["repeated"] == "de: lines 1 and 2"
    fine = doubtful.model_copy(update={"lines": Lines(corpus="doubtful", start=0, stop=2)})
    assert not {"cut", "repeated"} & shop.answer(fine).rules.keys()
