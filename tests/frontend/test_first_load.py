"""What a page costs to load: few files, each kept or compressed, something to see before any script has run."""

import gzip
import re

from starlette.testclient import TestClient

from frontend import bundles, first_paint
from frontend.app import ASSETS, create_app
from frontend.settings import FrontendSettings
from tests.frontend.fake_api import FakeApi


def client() -> TestClient:
    return TestClient(create_app(FrontendSettings(), FakeApi()), base_url="http://127.0.0.1")


def test_own_files_are_two_and_kept_for_ever():
    with client() as browser:
        page = browser.get("/runs").text
        assert "/assets/" not in page
        own = re.findall(rf'"({bundles.PREFIX}[^"]+)"', page)
        assert sorted(address.rpartition(".")[2] for address in own) == ["css", "js"]
        for address in own:
            answer = browser.get(address)
            assert "immutable" in answer.headers["cache-control"]
            assert answer.headers["content-encoding"] == "gzip"
            names = {path.name for path in ASSETS.glob(f"*.{address.rpartition('.')[2]}")}
            assert names == set(re.findall(r"^/\* (\S+) \*/$", answer.text, re.MULTILINE))
        assert browser.get(bundles.PREFIX + "older.js").status_code == 404


def test_a_changed_file_has_another_address(tmp_path):
    (tmp_path / "a.js").write_text("one()")
    before = bundles.scripts(tmp_path)
    (tmp_path / "b.js").write_text("two()")
    after = bundles.scripts(tmp_path)
    assert before.address != after.address
    assert gzip.decompress(after.compressed) == after.content == b"/* a.js */\none()\n;\n/* b.js */\ntwo()\n;\n"


def test_answers_are_compressed_scripts_once():
    with client() as browser:
        for address in (first_paint.LAYOUT, first_paint.WIRES, "/runs"):
            assert browser.get(address).headers["content-encoding"] == "gzip"
        script = re.findall(r'src="(/_dash-component-suites/[^"]+dash_renderer[^"]+)"', browser.get("/").text)[0]
        packed, plain = browser.get(script), browser.get(script, headers={"accept-encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain.content
        assert "max-age" in packed.headers["cache-control"]


def test_a_script_without_version_in_its_name_is_asked_for_by_its_tag():
    with client() as browser:
        browser.get("/")
        script = "/_dash-component-suites/plotly/package_data/plotly.min.js"
        tag = browser.get(script).headers["etag"]
        assert browser.get(script, headers={"if-none-match": tag}).status_code == 304


def test_the_head_stands_before_any_script():
    with client() as browser:
        page = browser.get("/").text
    before = page[: page.index("react-entry-point")]
    for part in ("Lingua Atlas", "Reproduction", "mantineColorScheme", f'href="{first_paint.LAYOUT}"'):
        assert part in before
    assert "<script src=" not in before
