"""What the search understands: places of a model first, then whatever is called so."""

import pytest

from backend.contracts.requests import OpenModelRequest
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import AnalysisKind
from frontend import urls
from frontend.choices.search import MOST, Known, search
from frontend.choices.search_words import rank
from tests.frontend import model_sample

MODEL = "gemma-3-270m"
KNOWN = Known(
    tuple(urls.PATHS.values()), (model_sample.summary(MODEL),), model_sample.description(MODEL), ("ar", "en", "zh")
)


def first(text: str, known: Known = KNOWN) -> tuple[str, str]:
    hit = search(text, known)[0]
    return hit.what, hit.address


@pytest.mark.parametrize("text", ["1.attn.q", "attn.q 1", "layer 1 q", "q 1", "ATTN Q 1", "1 query"])
def test_a_matrix_is_named_in_any_order(text: str):
    assert first(text) == ("matrix", f"/atlas?model={MODEL}&matrix=1.attn.q")


def test_a_layer_lists_its_matrices():
    assert [hit.label for hit in search("layer 1", KNOWN)] == ["1.attn.q", "1.mlp.down", "1.norm.input"]
    assert not any(hit.what == "matrix" for hit in search("layer 2", KNOWN))


def test_a_second_number_is_a_row_or_a_column_of_it():
    shown = [(hit.label, hit.address) for hit in search("mlp down 0 40", KNOWN)]
    assert shown == [("0.mlp.down, neuron 40", f"/atlas?model={MODEL}&matrix=0.mlp.down&columns=8-48")]


@pytest.mark.parametrize("text", ["dim 7", "residual 7", "dimension 7", "residual dim 7"])
def test_a_dimension_is_touched(text: str):
    assert first(text) == ("dimension", f"/touch?model={MODEL}&side=residual&dimension=7")


@pytest.mark.parametrize("text", ["neuron 1:40", "1/40", "1:40", "neuron 1.40"])
def test_a_neuron_is_named_by_layer_and_index(text: str):
    assert first(text) == ("neuron", f"/neurons?model={MODEL}&neuron=1.40")


@pytest.mark.parametrize("text", ["dim 32", "neuron 2:0", "neuron 0:48", "9.attn.q"])
def test_what_the_model_does_not_have_is_not_offered(text: str):
    assert not {"dimension", "neuron", "matrix"} & {hit.what for hit in search(text, KNOWN)}


def test_languages_terms_pages_and_models_are_found_by_name():
    assert first("arabic") == ("language", f"/neurons?model={MODEL}&language=ar")
    assert first("LRDS") == ("term", "/glossary?term=lrds")
    assert first("compare") == ("page", f"/compare?model={MODEL}")
    assert first("gemma") == ("model", f"/atlas?model={MODEL}")


def test_stored_results_and_reports_are_found_by_title_kind_and_key():
    row = ResultRow(
        key="abc123def4567890abcd", kind=AnalysisKind.OPEN_MODEL, title="Opened from a folder", model=MODEL,
        created_at=model_sample.OPENED_AT, size_bytes=1, request=OpenModelRequest(source="demo:x"),
    )  # fmt: skip
    known = KNOWN._replace(results=(row, row.model_copy(update={"model": "other"})))
    for text in ("folder", "open model", "abc123d"):
        assert ("result", f"/atlas?model={MODEL}&result=abc123def4567890abcd") in [
            (hit.what, hit.address) for hit in search(text, known)
        ]
    assert len([hit for hit in search("folder", known) if hit.what == "result"]) == 1


def test_nothing_typed_offers_the_pages_and_nothing_called_so_nothing():
    assert {hit.what for hit in search("  ", KNOWN)} == {"page"}
    assert search("xyzzy", KNOWN) == ()


def test_without_a_model_places_are_left_out():
    found = search("dim 7", KNOWN._replace(model=None))
    assert not {"dimension", "matrix"} & {hit.what for hit in found}


def test_the_very_name_comes_before_its_beginning_and_both_before_the_middle():
    assert [rank("region", name) for name in ("Region", "Regions", "Core region", "xregionx", "top")] == [
        0,
        1,
        2,
        3,
        None,
    ]
    assert rank("top region", "Top", "top region") == 4
    assert rank("7", "17") is None


def test_an_answer_is_short_and_every_hit_leads_to_a_page():
    for text in ("a", "re", "q", "layer 0", "regions"):
        found = search(text, KNOWN)
        assert len(found) <= MOST
        assert all(urls.split(hit.address)[0] in urls.PATHS.values() for hit in found)
