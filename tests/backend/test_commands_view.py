"""`lingua-atlas view`: what stands in the terminal, and what is written to files."""

import json

import httpx
import plotly.graph_objects as go
import pytest
from typer.testing import CliRunner

from backend import cli, commands_view
from backend.client import Client
from backend.contracts.problems import KnownError
from tests.frontend.view_sample import ADDRESS, shown  # noqa: F401

pytestmark = pytest.mark.usefixtures("shown")


@pytest.fixture
def atlas(monkeypatch, capsys):
    """`lingua-atlas view ADDRESS ...`: what it prints."""
    nobody = httpx.MockTransport(lambda request: httpx.Response(500))
    monkeypatch.setattr(commands_view, "client_of", lambda _: Client("http://test", transport=nobody))

    def run(*arguments: object) -> str:
        done = CliRunner().invoke(cli.app, ["view", ADDRESS, *map(str, arguments)])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output + capsys.readouterr().out

    return run


def test_without_options_everything_in_words(atlas, shown, monkeypatch):  # noqa: F811
    printed: list[str] = []
    monkeypatch.setattr(commands_view.out, "print", lambda *what, **_: printed.extend(map(str, what)))
    grids = []
    monkeypatch.setattr(commands_view, "table", lambda *columns: grids.append(columns) or _Grid(grids))
    atlas()
    text = "\n".join(printed)
    for said in (shown.title, shown.lead, "Perplexity <by language> (--figure bars)", "Arabic 20.5", "What it said"):
        assert said in text
    assert shown.sources[0].key in text
    assert "missing: " in text
    assert ("ar", "20.1235", "3", "True") in grids
    assert ("en & <de>", "inf", "–", "False") in grids


class _Grid:
    def __init__(self, rows: list) -> None:
        self.rows = rows

    def add_row(self, *cells: str) -> None:
        self.rows.append(cells)


def test_a_table_in_three_forms(atlas, tmp_path):
    files = [tmp_path / f"t.{form}" for form in ("csv", "tex", "json")]
    atlas("--table", "numbers", "--csv", files[0], "--tex", files[1], "--json", files[2])
    assert files[0].read_text().startswith("language,perplexity")
    assert r"\toprule" in files[1].read_text()
    assert json.loads(files[2].read_text())["sources"]


def test_a_figure_as_html_and_json(atlas, tmp_path):
    page, figure = tmp_path / "f.html", tmp_path / "f.json"
    atlas("--figure", "bars", "--html", page, "--json", figure)
    assert "Plotly.newPlot" in page.read_text()
    assert go.Figure(json.loads(figure.read_text())).layout.meta["name"] == "bars"


def test_one_part_at_a_time(atlas):
    with pytest.raises(KnownError, match="two parts"):
        atlas("--figure", "bars", "--table", "numbers")
    with pytest.raises(KnownError, match="no figure 'pie'"):
        atlas("--figure", "pie", "--html", "-")
