from __future__ import annotations

import pytest

from backend.contracts.regions import monolingual
from backend.contracts.results import MatrixOverlap, OverlapByMatrix
from backend.contracts.vocabulary import MatrixKind, Selection
from frontend import urls
from frontend.choices.expression import encoded
from frontend.pages import combine
from frontend.views import render
from tests.frontend import samples
from tests.frontend.dimension_samples import REGION
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.pages.test_combine_page import CHOICE, RUSSIAN, previewed
from tests.frontend.views.whole import whole


@pytest.fixture
def api() -> FakeApi:
    return FakeApi(views={"preview": previewed(), "overlap": samples.overlap()})


def test_nothing_in_the_list(api):
    view = whole(render("/combine", api), api)
    assert (view.address, view.tables) == (f"/combine?model={MODEL}", ())


def test_a_list_that_is_not_stored_is_written_out_and_missing(api):
    parts = encoded(CHOICE.pieces())
    view = whole(render(urls.link("combine", parts=parts, title="mine", percent=3.0), api), api)
    assert view.address == urls.link("combine", model=MODEL, percent=3.0, title="mine", parts=parts)
    assert view.missing[0].title == "mine"
    assert view.tables[0].rows[0] == ("top 0 %", "0" * 20, False, None)
    assert "1 of its 3 pieces are not computed yet" in view.lead


def test_a_stored_list_is_named_by_its_key(api):
    spec = RUSSIAN.pieces()[0].leaf.region
    stored = api.result_with(monolingual(spec, "ru", others=["ar"]), samples.combined())
    preview = previewed(stored=True, missing=0).model_copy(update={"key": stored.key})
    api.views["preview"] = preview
    view = whole(render(f"/combine?from={stored.key}", api), api)
    assert view.address == f"/combine?model={MODEL}&from={stored.key}"
    assert render(f"/combine?result={stored.key}", api).tables == view.tables
    assert view.title == "ru only" and not view.missing and view.sources[0].key == stored.key
    assert [table.name for table in view.tables] == ["pieces", "pieces-overlap"]
    assert "12.35 %" in view.lead
    written = combine.started_from(stored.key, CHOICE, api)
    assert render(urls.link("combine", parts=written.parts, title="ru only"), api).address == view.address


def test_overlaps_and_a_pair(api):
    left, right = (
        api.result_with(REGION.model_copy(update={"seed": seed, "selection": Selection.RANDOM}), samples.region()).key
        for seed in (1, 2)
    )
    one = MatrixOverlap(
        matrix="0.attn.q", layer=0, kind=MatrixKind.ATTN_Q, left=10, right=10, shared=5, total=100, jaccard=1 / 3
    )
    api.views["overlap_by_matrix"] = OverlapByMatrix(left=left, right=right, matrices=(one,))
    view = whole(render(f"/combine?overlap={left},{right}&pair={left},{right}", api), api)
    assert view.address == f"/combine?model={MODEL}&overlap={left},{right}&pair={left},{right}"
    overlap, pair = view.pictures
    assert "Most alike are ru and uk with 0.333" in overlap.told.description
    assert "0.333 in 0.attn.q" in pair.told.description
    assert view.tables[0].rows[0] == ("ru", "uk", 100, 100, 50, 1 / 3, 0.005)
    assert view.tables[1].rows[0][:5] == ("0.attn.q", 10, 10, 5, 100)
