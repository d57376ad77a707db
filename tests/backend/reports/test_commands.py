"""`lingua-atlas reports` against a real API: what it prints and what it writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend import cli
from backend.client import Client
from backend.contracts.problems import KnownError
from backend.settings import Settings
from tests.backend.servers import running_api
from tests.frontend.view_sample import ADDRESS, shown  # noqa: F401

pytestmark = pytest.mark.usefixtures("shown")


@pytest.fixture
def url(settings: Settings):
    with running_api(settings) as url:
        yield url


def run(url: str, *arguments: object) -> str:
    done = CliRunner().invoke(cli.app, ["reports", *map(str, arguments), "--api", url])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(autouse=True)
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Consoles are bound to the streams they were made with."""
    said: list[str] = []
    for name in ("out", "err"):
        monkeypatch.setattr(f"backend.commands_reports.{name}.print", lambda *what, **_: said.extend(map(str, what)))
    return said


def test_the_road_of_a_report(url: str, tmp_path: Path, printed: list[str]):
    address = ADDRESS.replace("abc", "abcd")
    assert run(url, "new", "What breaks", "--lead", "First.").strip() == "what-breaks"
    run(url, "add", "what-breaks", f"http://127.0.0.1:8050{address}", "--note", "look *here*")
    run(url, "add", "what-breaks", "/runs", "--title", "All runs")
    assert f"what-breaks: 1. A view ({address})" in printed
    run(url, "show", "what-breaks")
    assert "look *here*" in "".join(printed) and "2. All runs" in "".join(printed)
    run(url, "list")
    files = tmp_path / "r.html", tmp_path / "r.md"
    run(url, "export", "what-breaks", "--html", files[0], "--md", files[1], "--origin", "http://atlas.example/")
    assert "look <em>here</em>" in files[0].read_text(encoding="utf-8")
    for text in (path.read_text(encoding="utf-8") for path in files):
        assert f"http://atlas.example{address}" in text
    run(url, "delete", "what-breaks")
    with Client(url) as client:
        assert client.reports() == ()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "gone"), "no report 'gone'"),
        (("export", "gone"), "neither --html nor --md"),
        (("add", "gone", "/nowhere"), "no view of the atlas"),
        (("add", "gone", "/reports?report=x"), "no view of the atlas"),
        (("add", "gone", "/estimators?result=abcdef12"), "begins with abcdef12"),
        (("add", "gone", "/estimators?x=" + "y" * 5000), "keeps 4,000 at most"),
    ],
)
def test_what_cannot_be_done_is_told(url: str, arguments, told):
    with pytest.raises(KnownError, match=told):
        run(url, *arguments)


def test_links_lead_to_the_page_whose_api_is_asked():
    from backend.commands_reports import _origin

    with Client("http://127.0.0.1:8050/api") as client:
        assert _origin(client) == "http://127.0.0.1:8050"
    with Client("http://127.0.0.1:1") as client:
        assert _origin(client) == ""
