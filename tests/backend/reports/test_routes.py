"""`/reports` and `/keys` over HTTP, and the client that speaks them."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.reports import MAX_NOTE_CHARACTERS, Report
from backend.settings import Settings
from tests.backend.atlas_folder import AtlasFolder
from tests.backend.servers import running_api

VIEW = {"address": "/atlas?model=tiny", "title": "The atlas"}


def begun(api: TestClient, **fields: object) -> Report:
    answer = api.post("/reports", json={"title": "Where"} | fields)
    assert answer.status_code == 201, answer.text
    return Report.model_validate_json(answer.content)


def test_a_report_from_its_beginning_to_its_end(api: TestClient):
    report = begun(api, lead="One.", items=[VIEW])
    added = Report.model_validate_json(api.post("/reports/where/items", json=VIEW | {"note": "second"}).content)
    assert [item.note for item in added.items] == ["", "second"]
    change = added.change(items=tuple(reversed(added.items)), title="Where else")
    changed = api.put("/reports/where", json=change.model_dump(mode="json"))
    assert changed.status_code == 200
    assert [item["note"] for item in changed.json()["items"]] == ["second", ""]
    late = api.put("/reports/where", json=report.change(lead="late").model_dump(mode="json"))
    assert (late.status_code, late.json()["code"]) == (409, "report_changed")
    assert [(row["name"], row["n_items"]) for row in api.get("/reports").json()["reports"]] == [("where", 2)]
    assert api.delete("/reports/where").status_code == 204
    assert api.get("/reports/where").json()["code"] == "unknown_report"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x", "name": "No Name"}, "name"),
        ({"title": "x", "items": [{"address": "javascript:alert(1)", "title": "x"}]}, "items.0.address"),
        ({"title": "x", "items": [VIEW | {"note": "x" * (MAX_NOTE_CHARACTERS + 1)}]}, "items.0.note"),
        ({"title": "x", "items": [VIEW] * 61}, "items"),
    ],
)
def test_what_cannot_be_kept_is_named(api: TestClient, body, field):
    answer = api.post("/reports", json=body).json()
    assert (answer["status"], answer["field"]) == (422, field)
    assert api.get("/reports").json() == {"reports": [], "broken": []}


def test_keys_by_their_beginnings(api: TestClient, atlas: AtlasFolder):
    key, other = atlas.keys["region"], atlas.keys["removal"]
    found = api.get("/keys", params={"beginning": [key[:7], other, "fffffff"]}).json()["keys"]
    assert found == {key[:7]: [key], other: [other], "fffffff": []}
    assert api.get("/keys", params={"beginning": "abc"}).status_code == 422
    assert api.get("/keys").status_code == 422


def test_a_job_that_is_not_answered_yet_has_a_key_as_well(api: TestClient):
    request = {"kind": "generation", "model": "tiny", "prompts": [{"language": "en", "text": "x"}]}
    key = api.post("/jobs", json={"request": request}).json()["key"]
    assert api.get("/keys", params={"beginning": key[:8]}).json()["keys"] == {key[:8]: [key]}
    api.delete(f"/jobs/{key}")


def test_keys_of_results_are_told_without_redis(atlas: AtlasFolder):
    from backend.app import create_app

    with TestClient(create_app(Settings(redis_url="redis://127.0.0.1:1/0", layout=atlas.layout))) as api:
        key = atlas.keys["region"]
        assert api.get("/keys", params={"beginning": key[:9]}).json()["keys"] == {key[:9]: [key]}


def test_the_client_speaks_it(settings: Settings, atlas: AtlasFolder):
    with running_api(settings) as url, Client(url) as client:
        report = client.create_report("Told", lead="by a client")
        added = client.add_to_report(report.name, "/atlas?model=tiny", title="Atlas", note="n")
        assert client.report("told") == added and client.reports()[0].n_items == 1
        assert client.replace_report("told", added.change(title="New")).title == "New"
        with pytest.raises(KnownError, match="was changed meanwhile"):
            client.replace_report("told", added.change(title="Late"))
        key = atlas.keys["removal"]
        assert client.keys_beginning([key[:7], key[:8]]) == {key[:7]: (key,), key[:8]: (key,)}
        client.delete_report("told")
        assert client.reports() == ()
