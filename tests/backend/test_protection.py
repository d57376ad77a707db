"""Token, body limit, errors: whatever goes wrong leaves the API as a problem."""

from __future__ import annotations

import http.client
import json

import pytest
from starlette.testclient import TestClient

from backend.app import create_app
from tests.backend.servers import running_api

SCORES = {"model": "tiny", "lines": {"start": 0, "stop": 4}}


def problem_of(response, status: int, code: str) -> dict:
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    return problem


def test_a_token_guards_everything_but_health(settings, monkeypatch):
    monkeypatch.setattr("backend.wrong_tokens.FIRST_SECONDS", 0.0)
    with TestClient(create_app(settings._replace(token="s3cret"))) as api:
        refused = api.get("/models")
        problem_of(refused, 401, "unauthorized")
        assert refused.headers["www-authenticate"] == "Bearer"
        for wrong in ("Bearer s3cre", "Bearer s3cret2", "s3cret", "Basic s3cret", ""):
            assert api.get("/openapi.json", headers={"Authorization": wrong}).status_code == 401
        assert api.get("/models", headers={"Authorization": "Bearer s3cret"}).status_code == 200
        assert api.get("/health").status_code == 200
        assert api.get("/health/../models").status_code == 401


@pytest.mark.parametrize(
    "request_body,field,words",
    [
        ({"kind": "importanse"}, "request.kind", "accepted: activations, choice, combined_region"),
        ({}, "request.kind", "request.kind is missing; accepted: activations"),
        ({"kind": "importance", "scores": SCORES, "language": "de", "langauge": "x"}, "request.langauge",
         "accepted: kind, scores, language"),
        ({"kind": "importance", "scores": SCORES | {"lines": {"begin": 0}}, "language": "de"},
         "request.scores.lines.begin", "accepted: corpus, start, stop"),
        ({"kind": "importance", "scores": SCORES}, "request.language", "request.language is missing"),
        ({"kind": "importance", "scores": SCORES | {"lines": {"start": 4, "stop": 4}}, "language": "de"},
         "request.scores.lines", "stop must exceed start"),
        ({"kind": "region", "region": {"scores": SCORES, "languages": ["de"], "fraction": 0}},
         "request.region.fraction", "greater than 0, not 0"),
        ({"kind": "region", "region": {"scores": SCORES, "languages": ["de"], "fraction": 2}},
         "request.region.fraction", "less than 1, not 2"),
        ({"kind": "region", "region": {"scores": SCORES, "languages": ["de", "de"]}},
         "request.region.languages", "given twice"),
        ({"kind": "perturbation", "model": "tiny", "edits": [{"where": {"target": "row"}, "action": "zero"}]},
         "request.edits.0.where.target", "accepted: dimension, scalar"),
        ({"kind": "sweep", "model": "tiny", "targets": {"over": "rows"}, "action": "zero", "evaluation": {}},
         "request.targets.over", "accepted: dimensions, scalars"),
        ({"kind": "perturbation", "model": "tiny", "prompts": [{"language": "de", "text": "x"}], "edits": [
            {"where": {"target": "dimension", "index": 1, "idx": 2}, "action": "zero"}]},
         "request.edits.0.where.idx", "accepted: target, side, index, kinds, layers"),
        ("importance", "request", "must be"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_told_in_words(api, request_body, field, words):
    problem = problem_of(api.post("/jobs", json={"request": request_body}), 422, "invalid_request")
    assert problem["field"] == field
    assert words in problem["detail"]


def test_a_body_that_is_no_json(api):
    headers = {"Content-Type": "application/json"}
    problem_of(api.post("/jobs", content="{no", headers=headers), 400, "invalid_json")
    problem_of(api.post("/jobs", content=b"\xff\x00", headers=headers), 400, "invalid_json")
    problem_of(api.post("/jobs", content="[1]", headers=headers), 422, "invalid_request")
    problem_of(api.post("/jobs"), 422, "invalid_request")
    text = json.dumps({"request": {"kind": "open_model", "source": "\ud800"}})
    problem_of(api.post("/jobs", content=text, headers=headers), 422, "invalid_request")


def test_query_errors_name_their_parameter(api):
    problem = problem_of(api.get("/models/tiny/grid?reducer=median"), 422, "invalid_request")
    assert problem["field"] == "reducer"
    assert "density" in problem["detail"]
    problem = problem_of(api.get("/models/tiny/cell?matrix=a&row=-1&column=x"), 422, "invalid_request")
    assert "row" in problem["detail"] and "column" in problem["detail"]


def test_paths_and_methods_that_do_not_exist(api):
    problem_of(api.get("/nowhere"), 404, "not_found")
    response = api.put("/jobs")
    problem_of(response, 405, "method_not_allowed")
    assert "POST" in response.headers["allow"]


def test_without_redis_results_stay_readable(settings, atlas, tmp_path):
    gone = settings._replace(redis_url=f"unix://{tmp_path}/none.sock")
    with TestClient(create_app(gone), raise_server_exceptions=False) as api:
        assert api.get("/health").json().items() >= {"status": "degraded", "redis": "down"}.items()
        problem_of(api.get("/jobs"), 503, "redis_unavailable")
        problem_of(api.get("/capabilities"), 503, "redis_unavailable")
        assert api.get(f"/results/{atlas.keys['region']}").status_code == 200


def test_what_nobody_expected_is_a_problem_too(settings):
    app = create_app(settings)

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError

    with TestClient(app, raise_server_exceptions=False) as api:
        problem = problem_of(api.get("/broken"), 500, "internal_error")
    assert "ZeroDivisionError" in problem["detail"]


def test_a_large_body_is_refused(settings):
    with running_api(settings) as url:
        address = url.removeprefix("http://")
        announced = http.client.HTTPConnection(address, timeout=10)
        announced.putrequest("POST", "/jobs")
        announced.putheader("Content-Length", str(50_000_000))
        announced.endheaders()  # not one byte of the body is sent: the answer comes all the same
        _check_refusal(announced)
        chunked = http.client.HTTPConnection(address, timeout=10)
        pieces = (b'"' + b"x" * 65_536 for _ in range(40))
        headers = {"Content-Type": "application/json"}
        chunked.request("POST", "/jobs", body=pieces, headers=headers, encode_chunked=True)
        _check_refusal(chunked)


def _check_refusal(connection: http.client.HTTPConnection) -> None:
    response = connection.getresponse()
    problem = json.loads(response.read())
    connection.close()
    assert (response.status, problem["code"]) == (413, "body_too_large")


def test_json_is_compressed_and_tiles_are_not(api):
    headers = {"Accept-Encoding": "gzip"}
    assert api.get("/analyses", headers=headers).headers["content-encoding"] == "gzip"
    tile = api.get("/models/tiny/tile?matrix=embed.token&reducer=mean_weight&format=f32", headers=headers)
    assert tile.headers["content-encoding"] == "identity"
    assert len(tile.content) == 30 * 12 * 4
