"""Three lines in a notebook: a view, its figures, its tables."""

import subprocess
import sys

import httpx
import pytest

from backend.client import Client
from backend.client.transport import DEFAULT_URL
from backend.contracts.problems import KnownError
from tests.frontend.view_sample import ADDRESS, ROWS, shown  # noqa: F401
from tests.frontend.view_sample import view as sample


def client(manifest=None) -> Client:
    def answer(request: httpx.Request) -> httpx.Response:
        assert manifest is not None, f"nothing should be asked of the API: {request.url}"
        if request.url.path == "/keys":
            (beginning,) = request.url.params.get_list("beginning")
            return httpx.Response(200, json={"keys": {beginning: [manifest.key]}})
        return httpx.Response(200, text=manifest.model_dump_json())

    return Client("http://test", transport=httpx.MockTransport(answer))


@pytest.mark.usefixtures("shown")
def test_a_view_by_its_address_with_or_without_a_host():
    with client() as atlas:
        assert atlas.view(ADDRESS).address == ADDRESS
        assert atlas.view("http://127.0.0.1:8050" + ADDRESS).address == ADDRESS
        assert list(atlas.figures(ADDRESS)) == ["bars"]
        assert atlas.figure(ADDRESS).layout.meta["title"] == "Perplexity <by language>"


@pytest.mark.usefixtures("shown")
def test_a_table_is_a_frame_with_exact_numbers():
    with client() as atlas:
        frame = atlas.frame(ADDRESS)
    assert list(frame.columns) == ["language", "perplexity", "lines", "held_out"]
    assert frame["perplexity"].tolist() == [row[1] for row in ROWS]


@pytest.mark.usefixtures("shown")
def test_what_a_view_does_not_have_is_said_with_what_it_has():
    with client() as atlas, pytest.raises(KnownError, match="no table 'x'") as refused:
        atlas.frame(ADDRESS, "x")
    assert "numbers, paper" in refused.value.problem.hint


def test_a_key_opens_the_page_that_shows_it(monkeypatch):
    manifest = sample().sources[0]
    seen = {}
    monkeypatch.setattr("frontend.views.render", lambda address, api: seen.update(address=address))
    with client(manifest) as atlas:
        atlas.view(manifest.key)
        address = seen["address"]
        atlas.view(manifest.key[:8])  # as links have it
        assert seen["address"] == address
    assert seen["address"].startswith("/atlas?model=")
    assert seen["address"].endswith(f"result={manifest.key}")


def test_a_key_is_completed_and_a_whole_one_given_back_unasked():
    manifest = sample().sources[0]
    with client(manifest) as atlas:
        assert atlas.whole_key(manifest.key[:8]) == manifest.key
    with client() as atlas:
        assert atlas.whole_key(manifest.key) == manifest.key


def test_what_is_neither_address_nor_key_is_told_what_would_be():
    with client() as atlas, pytest.raises(KnownError, match="neither an address nor the key") as refused:
        atlas.view("languages")
    assert "begins with a slash" in refused.value.problem.hint


@pytest.mark.usefixtures("shown")
def test_without_pandas_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with client() as atlas, pytest.raises(KnownError, match="pandas") as refused:
        atlas.frame(ADDRESS)
    assert "lingua-atlas[notebook]" in refused.value.problem.hint


def test_without_an_address_the_client_finds_the_atlas_of_this_machine(monkeypatch):
    monkeypatch.delenv("LINGUA_ATLAS_API_URL", raising=False)
    with Client() as atlas:
        assert atlas.base_url == DEFAULT_URL
    monkeypatch.setenv("LINGUA_ATLAS_API_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("LINGUA_ATLAS_TOKEN", "s3cret")
    with Client() as atlas:
        assert atlas.base_url == "http://127.0.0.1:9"
        assert atlas._http.headers["authorization"] == "Bearer s3cret"
    with Client("http://other") as atlas:  # another machine is not told this one's token
        assert "authorization" not in atlas._http.headers


@pytest.mark.parametrize("module", ["backend.app", "backend.client", "backend.cli"])
def test_the_page_is_loaded_only_when_a_view_is_asked(module):
    code = f"import {module}, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {name.partition(".")[0] for name in loaded} & {"dash", "plotly", "pandas", "frontend"}
