"""`/export/...`: files with names, known failures as problems, nothing that runs in the page's own origin."""

import csv
import io
import json
import re
import sys
from types import SimpleNamespace

import plotly.graph_objects as go
import pytest
from fastapi.testclient import TestClient

from backend.contracts.problems import Problem
from frontend.app import create_app
from frontend.exports.names import file_name, link
from frontend.settings import FrontendSettings
from frontend.views import View
from tests.frontend.fake_api import FakeApi
from tests.frontend.view_sample import ADDRESS, PAGE, shown  # noqa: F401

pytestmark = pytest.mark.usefixtures("shown")


@pytest.fixture(scope="module")
def page():
    with TestClient(create_app(FrontendSettings(api_url="http://127.0.0.1:9"), FakeApi())) as client:
        yield client


def test_a_table_is_a_file_with_a_name(page, shown: View):  # noqa: F811
    answer = page.get(link("table", "csv", view=ADDRESS, name="numbers"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert re.search(
        r'attachment; filename="estimators-numbers-\d{4}-\d\d-\d\d\.csv"', answer.headers["content-disposition"]
    )
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert [float(row[1]) for row in rows[1:]] == [row[1] for row in shown.table("numbers").rows]


def test_a_csv_says_where_its_provenance_is(page):
    answer = page.get(link("table", "csv", view=ADDRESS, name="numbers"))
    address = re.fullmatch(r'<(.*)>; rel="describedby"', answer.headers["link"])[1]
    assert page.get(address).json()["sources"]


def test_the_sources_of_a_view_alone(page, shown: View):  # noqa: F811
    told = page.get("/export/sources.json", params={"view": ADDRESS}).json()
    assert told["address"] == ADDRESS
    assert shown.sources[0].key in told["lines"][0]
    assert told["sources"][0]["provenance"]["weights_hash"]


def test_without_a_name_the_first(page):
    assert page.get("/export/table.json", params={"view": ADDRESS}).json()["name"] == "numbers"


def test_a_figure_as_json_is_a_plotly_figure(page):
    told = page.get(link("figure", "json", view=ADDRESS, name="bars")).json()
    assert go.Figure(told).layout.meta["name"] == "bars"


def test_a_figure_as_html_needs_nothing_else(page, shown: View):  # noqa: F811
    text = page.get(link("figure", "html", view=ADDRESS, name="bars")).text
    assert "<title>Perplexity &lt;by language&gt; · Lingua Atlas</title>" in text
    assert "Arabic 20.5, English 30.25." in text
    assert shown.sources[0].key in text
    assert "Plotly.newPlot" in text
    assert re.search(r'"showSendToCloud": ?false', text)  # plotly would offer to upload it
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=.http", text)


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        (link("table", "csv", view="/nowhere", name="numbers"), 404, "unknown_view"),
        (link("table", "csv", view=ADDRESS, name="others"), 404, "no_such_table"),
        (link("figure", "html", view=ADDRESS, name="pie"), 404, "no_such_figure"),
    ],
)
def test_known_failures_are_problems(page, address, status, code):
    answer = page.get(address)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate_json(answer.content)
    assert (answer.status_code, problem.status, problem.code) == (status, status, code)
    assert problem.hint


def test_a_figure_that_says_nothing_of_itself_is_told(page, shown: View, monkeypatch):  # noqa: F811
    untold = shown._replace(pictures=(shown.pictures[0]._replace(figure=go.Figure()),))
    monkeypatch.setitem(sys.modules, f"frontend.views.{PAGE}", SimpleNamespace(view=lambda *_: untold))
    answer = page.get(link("figure", "json", view=ADDRESS, name="bars"))
    assert (answer.status_code, json.loads(answer.content)["code"]) == (500, "view_failed")


def test_names_of_files_are_plain():
    assert file_name("/languages?result=1", 'a "b"/c').startswith("languages-a--b--c-2")
    assert file_name("/", "models").startswith("start-models-")
