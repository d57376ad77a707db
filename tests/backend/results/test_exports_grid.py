"""Generated texts as Markdown, HTML and JSON: every script whole, markup harmless."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from backend.artifacts.results import ResultStore
from backend.contracts.requests import GenerationGridRequest, GenerationRequest, PerturbationRequest
from backend.contracts.results import (
    Continuation,
    EditReport,
    GenerationGridSummary,
    GenerationSummary,
    GridColumn,
    PerturbationSummary,
)
from tests.backend.atlas_folder import put

PROMPTS = ({"language": "ar", "text": "تقع جامعة"}, {"language": "zh", "text": "复旦大学<位于>"})
EDITS = [{"where": {"target": "dimension", "index": 3}, "action": "zero"}]
WILD = "<script>alert(1)</script> `code` ```\n| a | b & c \ufffd"


def text(number: int, written: str, finish: str = "length") -> Continuation:
    prompt = PROMPTS[number]
    return Continuation(
        language=prompt["language"], prompt=prompt["text"], prompt_token_ids=(1,), tokens=(), text=written,
        finish=finish,
    )  # fmt: skip


@pytest.fixture
def grid(atlas) -> str:
    request = GenerationGridRequest.model_validate(
        {
            "model": "tiny",
            "prompts": PROMPTS,
            "columns": [{"name": "dim_3 *zero*", "change": {"change": "edits", "edits": EDITS}}],
        }
    )
    columns = (
        GridColumn(name="base", note="the unchanged model", n_changed=0,
                   continuations=(text(0, " القاهرة في مصر"), text(1, "上海市。"))),
        GridColumn(name="dim_3 *zero*", note="residual dimension 3: set to <0>", n_changed=128,
                   continuations=(text(0, WILD), text(1, "", "not_finite"))),
    )  # fmt: skip
    return put(
        ResultStore(atlas.layout.results), request, GenerationGridSummary(columns=columns, weights_restored=True)
    )


class Cells(HTMLParser):
    """Tags, and the text and attributes of every cell."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[tuple[dict, str]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.cells.append((dict(attrs), ""))
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._inside:
            attributes, before = self.cells[-1]
            self.cells[-1] = (attributes, before + data)


def test_html_is_one_file_that_shows_every_text_as_it_is(api, grid):
    response = api.get(f"/results/{grid}/grid.html")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    page = Cells()
    page.feed(response.text)
    assert "script" not in page.tags
    assert not re.search(r"(src|href)=|@import|url\(", response.text)
    rows = [(cell["lang"], cell["dir"], shown) for cell, shown in page.cells if "lang" in cell]
    assert rows == [
        ("ar", "auto", "تقع جامعة"),
        ("ar", "auto", " القاهرة في مصر"),
        ("ar", "auto", WILD),
        ("zh", "auto", "复旦大学<位于>"),
        ("zh", "auto", "上海市。"),
        ("zh", "auto", " (the change leaves no next token to choose: all logits are NaN or infinite)"),
    ]
    assert "dim_3 *zero*residual dimension 3: set to <0>" in [shown for _, shown in page.cells]
    assert grid in response.text


def test_markdown_fences_what_a_model_wrote(api, grid):
    response = api.get(f"/results/{grid}/grid.md")
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert f"````text\n{WILD}\n````" in response.text
    assert "**dim\\_3 \\*zero\\***" in response.text
    assert "| dim\\_3 \\*zero\\* | 128 | residual dimension 3: set to \\<0\\> |" in response.text
    assert "## 2. zh\n\n```text\n复旦大学<位于>\n```" in response.text
    assert "(the change leaves no next token" in response.text


def test_json_has_texts_and_provenance(api, grid):
    told = json.loads(api.get(f"/results/{grid}/grid.json").text)
    assert [column["name"] for column in told["columns"]] == ["base", "dim_3 *zero*"]
    assert told["columns"][1]["texts"][0] == {
        "language": "ar", "prompt": "تقع جامعة", "text": WILD, "finish": "length",
    }  # fmt: skip
    assert told["columns"][1]["n_changed"] == 128
    assert told["provenance"]["weights_hash"] == "a" * 64


def test_a_perturbation_and_a_generation_export_alike(api, atlas):
    store = ResultStore(atlas.layout.results)
    base, changed = (text(0, "one"),), (text(0, "two"),)
    request = PerturbationRequest.model_validate({"model": "tiny", "edits": EDITS, "prompts": PROMPTS[:1]})
    edits = (EditReport(matrices=("0.attn.q",), n_parameters=12, sentence="zeroed"),)
    summary = PerturbationSummary(edits=edits, base=base, perturbed=changed, weights_restored=True)
    told = json.loads(api.get(f"/results/{put(store, request, summary)}/grid.json").text)
    assert [(c["name"], c["note"], c["texts"][0]["text"]) for c in told["columns"]] == [
        ("base", "the unchanged model", "one"),
        ("perturbed", "zeroed", "two"),
    ]
    asked = GenerationRequest.model_validate({"model": "tiny", "prompts": PROMPTS[:1]})
    assert "one" in api.get(f"/results/{put(store, asked, GenerationSummary(base=base))}/grid.md").text


def test_other_results_have_no_texts(api, atlas):
    refused = api.get(f"/results/{atlas.keys['removal']}/grid.md")
    assert (refused.status_code, refused.json()["code"]) == (404, "no_texts")
    assert api.get(f"/results/{atlas.keys['removal']}/grid.pdf").status_code == 422
