"""The notebook as it is committed: it was run, nothing in it failed, and it shows its figures on GitHub too."""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path

import pytest

from backend.client import Client
from frontend import urls

PATH = Path(__file__).resolve().parents[1] / "docs" / "notebook.ipynb"
CELLS = [cell for cell in json.loads(PATH.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
PLOTLY = "application/vnd.plotly.v1+json"


def source(cell: dict) -> str:
    return "".join(cell["source"])


def test_it_is_small_enough_to_be_opened_anywhere():
    assert PATH.stat().st_size < 1_500_000


@pytest.mark.parametrize("cell", CELLS, ids=[cell["id"] for cell in CELLS])
def test_every_cell_was_run_and_says_something(cell: dict):
    assert cell["execution_count"]
    assert cell["outputs"]
    for output in cell["outputs"]:
        assert output["output_type"] != "error"
        assert output.get("name") != "stderr"
        if PLOTLY in output.get("data", ()):
            assert output["data"]["image/png"]
            assert output["data"][PLOTLY]["layout"]["meta"]["description"]


def test_there_are_figures_and_tables():
    kinds = [kind for cell in CELLS for output in cell["outputs"] for kind in output.get("data", ())]
    assert kinds.count(PLOTLY) >= 3
    assert kinds.count("text/html") >= 3


@pytest.mark.parametrize("cell", CELLS, ids=[cell["id"] for cell in CELLS])
def test_it_asks_what_the_client_knows(cell: dict):
    tree = ast.parse(source(cell))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "atlas":
            asked = inspect.signature(getattr(Client, call.func.attr))
            asked.bind(None, *call.args, **{str(word.arg): word.value for word in call.keywords})
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    for address in (text for text in texts if text.startswith("/")):
        assert urls.split(address)[0] in urls.PATHS.values()
