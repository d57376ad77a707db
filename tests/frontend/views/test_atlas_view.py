from __future__ import annotations

import base64

import numpy as np
import pytest

from backend.contracts.problems import KnownError
from backend.contracts.requests import OpenModelRequest
from backend.contracts.results import GridTile, GridView, OpenedModel, TileHeader
from frontend.views import render
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.model_sample import description
from tests.frontend.test_atlas_touch_pages import CELL, MARGINALS, region
from tests.frontend.views.whole import whole


def tile() -> tuple[np.ndarray, TileHeader]:
    values = np.zeros((16, 32), np.float32)
    values[3, 7] = 0.5
    header = TileHeader(
        height=16, width=32, row_start=0, column_start=0, row_block=2, column_block=1, n_rows=32, n_columns=32,
        low=0, high=1, format="f32", exact=False, reducer="density",
    )  # fmt: skip
    return values, header


def grid() -> GridView:
    tiles = [
        GridTile(
            matrix=view.name, layer=view.layer, kind=view.kind, height=1 if len(view.shape) == 1 else 32, width=32,
            data=base64.b64encode(bytes(32 if len(view.shape) == 1 else 1024)).decode(), density=0.25, high=2.0,
        )
        for view in description(MODEL).matrices
    ]  # fmt: skip
    return GridView(reducer="density", tiles=tuple(tiles))


@pytest.fixture
def api() -> FakeApi:
    return FakeApi(views={"marginals": MARGINALS, "cell": CELL, "tile": tile(), "grid": grid()})


def test_an_opened_model_is_its_weights(api):
    opened = api.result_with(OpenModelRequest(source="a/b"), OpenedModel(description=description(MODEL)))
    view = whole(render(f"/atlas?model={MODEL}&result={opened.key}", api), api)
    assert view.address == render(f"/atlas?model={MODEL}", api).address


def test_without_a_query_the_address_names_what_the_page_starts_with(api):
    key = api.result_with(region(), samples.region()).key
    view = whole(render("/atlas", api), api)
    assert view.address == f"/atlas?model={MODEL}&key={key}&matrix=0.attn.q"
    assert [picture.told.name for picture in view.pictures] == ["map", "layers-by-kinds", "profile-columns"]
    assert [table.name for table in view.tables] == ["top-dimensions", "matrices"]
    assert view.tables[1].rows[0] == ("0.attn.q", 30, 100, 0.3)
    assert view.sources[0].key == key
    assert "residual dimension 31 (4)" in view.lead


def test_the_model_is_known_by_the_result(api):
    key = api.result_with(region(), samples.region()).key
    assert render(f"/atlas?key={key}", api).address == f"/atlas?model={MODEL}&key={key}&matrix=0.attn.q"


def test_weights_say_which_job_opened_the_model(api):
    view = whole(render(f"/atlas?matrix=1.mlp.down&reducer=mean_weight&rows=2-9&cell=3,7&model={MODEL}", api), api)
    assert view.address == f"/atlas?model={MODEL}&matrix=1.mlp.down&reducer=mean_weight&rows=2-9&cell=3,7"
    assert ("weight", 0.0123) in view.tables[1].rows
    assert view.sources == ()


def test_a_picked_dimension_is_named(api):
    view = whole(render("/atlas?matrix=0.attn.q&dimension=column-31&reducer=max_abs_weight", api), api)
    assert view.tables[1].rows[0] == ("dimension", "residual dimension 31")
    assert view.address.endswith("matrix=0.attn.q&dimension=column-31")


def test_a_result_that_is_no_map_is_refused(api):
    key = api.result_with(region(), samples.region()).key
    with pytest.raises(KnownError, match="no map of other"):
        render(f"/atlas?model=other&key={key}", api)
