"""Every page of weights, regions and training with results of all kinds: told, exact, restored by its address."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from frontend import figures, urls
from frontend.views import render
from tests.frontend import samples
from tests.frontend.dimension_samples import REGION, SCAN, STRUCTURED, SWEEP, scan, structured, sweep
from tests.frontend.fake_api import MODEL
from tests.frontend.pages.test_combine_page import previewed
from tests.frontend.pages.test_estimators_page import CHOICE
from tests.frontend.pages.test_regions_page import REMOVAL
from tests.frontend.pages.test_train_page import TrainingApi
from tests.frontend.test_atlas_touch_pages import CELL, MARGINALS
from tests.frontend.training_samples import FREE, summary
from tests.frontend.views.test_atlas_view import grid, tile
from tests.frontend.views.test_touch_view import attempt
from tests.frontend.views.whole import whole

ADDRESSES = {
    "/atlas": 3, "/atlas?cell=3,7&matrix=0.attn.q": 3, "/regions": 1, "/regions?unit=bits": 1, "/touch": 0,
    "/touch?dimension=3&action=set&value=2": 0, "/dimensions": 2, "/dimensions?tab=sweep": 1,
    "/dimensions?tab=scan&language=zh": 1, "/train": 2, "/train?scale=linear": 2, "/combine": 0,
    "/combine?overlap=1,2": 1, "/estimators": 2,
}  # fmt: skip
"""How many figures each of them has."""


@pytest.fixture
def api() -> TrainingApi:
    api = TrainingApi()
    api.views |= {
        "marginals": MARGINALS, "cell": CELL, "tile": tile(), "grid": grid(), "preview": previewed(),
        "overlap": samples.overlap(),
    }  # fmt: skip
    for request, found in (
        (REGION, samples.region()), (REMOVAL, samples.removal()), (STRUCTURED, structured()), (SWEEP, sweep()),
        (SCAN, scan()), (FREE, summary()), (CHOICE.request(), samples.faithfulness()),
    ):  # fmt: skip
        api.result_with(request, found)
    attempt(api, 5, " there")
    return api


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_view_is_told_exact_and_restored(api, address):
    view = whole(render(address, api), api)
    assert len(view.pictures) == ADDRESSES[address]
    assert urls.split(view.address)[1]["model"] == MODEL
    assert len(view.address) < 300


def test_every_function_that_gives_a_figure_tells_it():
    untold = []
    for file in Path(figures.__file__).parent.glob("*.py"):
        text = file.read_text()
        for node in ast.parse(text).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or node.returns is None:
                continue
            source = ast.get_source_segment(text, node) or ""
            if ast.unparse(node.returns).endswith("Figure") and not ("tell(" in source or "heat_figure(" in source):
                untold.append(f"{file.name}: {node.name}")
    assert untold == []
