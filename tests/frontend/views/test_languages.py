"""The Languages page without the page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backend.contracts.models import CorpusLines
from backend.contracts.problems import KnownError
from backend.contracts.requests import LayerRange
from backend.contracts.results import TileHeader
from backend.contracts.vocabulary import Bos
from frontend.choices.languages_view import MapView, pinned_pair
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.results.test_languages_result import LARGE, MEANS, REQUEST
from tests.frontend.views.holds import holds


class Api(FakeApi):
    """Serves a map whose every pixel is the place of its row, and sentences that say where they are from."""

    def tile(self, key: str, **asked: Any) -> tuple[np.ndarray, TileHeader]:
        size = 12
        rows, columns = ((asked[f"{side}_start"], asked[f"{side}_stop"] or size) for side in ("row", "column"))
        height, width = rows[1] - rows[0], columns[1] - columns[0]
        values = np.repeat(np.arange(*rows, dtype=np.float32)[:, None] / size, width, axis=1)
        header = TileHeader(
            height=height, width=width, row_start=rows[0], column_start=columns[0], row_block=1, column_block=1,
            n_rows=size, n_columns=size, low=0, high=1, format="f32", exact=True, reducer="similarity",
        )  # fmt: skip
        return values, header

    def corpus_lines(self, corpus: str, start: int, stop: int, languages: tuple[str, ...]) -> CorpusLines:
        found = {code: tuple(f"{code} {line}" for line in range(start, stop)) for code in languages}
        return CorpusLines(corpus=corpus, start=start, lines=found)


@pytest.fixture
def api() -> Api:
    return Api(views={"language_means": MEANS})


def test_the_newest_result_with_map_curves_pairs_and_exact_numbers(api: Api) -> None:
    manifest = api.result_with(REQUEST, LARGE)
    view = holds("/languages", api)
    assert view.address == f"/languages?model={MODEL}&result={manifest.key}"
    assert [one.told.name for one in view.pictures] == ["similarity", "layer-scores", "pairs-same", "pairs-different"]
    scores, pairs = view.tables
    assert scores.rows[0][1:4] == (0.1, 0.05, 0.15) and "tabular" in (scores.latex or "")
    assert ("fr", "en", 0.3, 0.5) in pairs.rows and len(pairs.rows) == 6
    assert "whole model: LRDS 0.1000, SADS 0.2000." in view.lead
    assert view.sources == (manifest,) and view.missing == ()


def test_what_the_address_says_of_the_look_comes_back(api: Api) -> None:
    api.result_with(REQUEST, samples.similarity())
    view = holds("/languages?layers=1&order=clustered&scale=free&rows=0-4&columns=4-8&pinned=ar.1-en.2,xx.1-en.1", api)
    assert "layers=1&order=clustered&scale=free&rows=0-4&columns=4-8" in view.address
    assert list(view.pictures[2].figure.data[0].x) == ["fr", "en", "ar"]
    assert view.pictures[0].figure.data[0].x0 == 4
    assert [(one.text, one.language) for one in view.passages] == [("ar 1", "ar"), ("en 2", "en")]
    assert view.tables[-1].rows[0][:4] == ("ar", 1, "en", 2)


def test_a_map_that_is_not_stored_is_missing(api: Api) -> None:
    api.result_with(REQUEST, LARGE)
    view = holds("/languages?layers=0-1", api)
    assert [one.told.name for one in view.pictures] == ["layer-scores"]
    assert view.missing == (REQUEST.model_copy(update={"layers": LayerRange(first=0, last=1)}),)


def test_a_result_of_some_layers_opens_on_them_unless_the_whole_is_named(api: Api) -> None:
    whole = api.result_with(REQUEST, LARGE)
    part = api.result_with(
        REQUEST.model_copy(update={"layers": LayerRange(first=0, last=1)}),
        samples.similarity().model_copy(update={"maps": ("whole",)}),
    )
    view = holds(f"/languages?result={part.key}", api)
    assert "layers" not in view.address and "layers 0 to 1" in view.lead
    assert view.sources == (part, whole)
    assert "layers=all" in holds(f"/languages?result={part.key}&layers=all", api).address


def test_others_are_laid_beside_by_depth(api: Api) -> None:
    other = api.result_with(REQUEST.model_copy(update={"bos": Bos.ALWAYS}), samples.similarity())
    manifest = api.result_with(REQUEST, LARGE)
    view = holds(f"/languages?result={manifest.key}&beside={other.key},gone", api)
    assert view.address.endswith(f"beside={other.key}") and view.pictures[1].told.name == "scores-by-depth"
    assert [table.name for table in view.tables] == ["scores", "scores-beside", "pairs"]
    assert view.sources == (manifest, other)


def test_nothing_stored_and_a_result_of_another_page(api: Api) -> None:
    assert "No languages have been compared" in holds("/languages", api).lead
    removal = api.result_with(samples_request(), samples.removal())
    with pytest.raises(KnownError, match="another page shows"):
        holds(f"/languages?result={removal.key}", api)
    job = api.job_with(REQUEST, "queued")  # type: ignore[arg-type]
    assert holds(f"/languages?result={job.key}", api).missing == (REQUEST,)


def samples_request() -> Any:
    from backend.contracts.requests import RemovalRequest
    from backend.demo import plan

    return next(one for one in plan(MODEL) if isinstance(one, RemovalRequest))


def test_pinned_pairs_are_read_and_written() -> None:
    assert pinned_pair("ar.3-en.7") == (("ar", 3), ("en", 7))
    assert pinned_pair("zh-Hant.3-en.7") == (("zh-Hant", 3), ("en", 7))
    assert pinned_pair("ar-en") is None
    assert MapView.of_query({"pinned": "ar.3-en.7,nonsense"}).pinned == ("ar.3-en.7",)
