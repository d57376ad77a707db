from __future__ import annotations

import time

import pytest
import redis

from backend.contracts.models import DeviceInfo
from backend.contracts.requests import REQUEST
from backend.contracts.streams import WORKERS, worker_record
from backend.contracts.vocabulary import AnalysisKind
from tests.backend.atlas_folder import NOW
from tests.fakes import write_corpus


def ok(response):
    assert response.status_code == 200, response.text
    return response.json()


def test_models_are_listed_and_described(api, atlas):
    (summary,) = ok(api.get("/models"))["models"]
    assert (summary["name"], summary["status"], summary["n_layers"]) == ("tiny", "ready", 1)
    described = ok(api.get("/models/tiny"))
    assert described["matrices"][0]["name"] == "0.attn.q"
    (atlas.layout.root / "weights" / "model.safetensors").touch()
    assert ok(api.get("/models"))["models"][0]["status"] == "changed"


def test_an_unknown_model_names_those_there_are(api):
    response = api.get("/models/tinny")
    assert response.status_code == 404
    assert "opened: tiny" in response.json()["detail"]


def test_corpora_and_their_lines(api, atlas):
    write_corpus(atlas.layout.corpora / "small")
    corpora = ok(api.get("/corpora"))["corpora"]
    assert [corpus["name"] for corpus in corpora] == ["atlas-parallel", "small"]
    lines = ok(api.get("/corpora/small/lines?start=2&stop=4&languages=en&languages=de"))
    assert lines == {"corpus": "small", "start": 2, "lines": {
        "en": ["en line 2 é14", "en line 3 é21"], "de": ["de line 2 é14", "de line 3 é21"],
    }}  # fmt: skip
    everything = ok(api.get("/corpora/small/lines"))["lines"]
    assert {language: len(text) for language, text in everything.items()} == {"de": 8, "en": 8, "fr": 8}


@pytest.mark.parametrize(
    "query,code,words",
    [
        ("start=9", "lines_out_of_range", "lines 0 to 7"),
        ("start=4&stop=4", "bad_range", "1 to 1000 lines"),
        ("stop=4000", "bad_range", "1 to 1000 lines"),
        ("stop=9", "lines_out_of_range", "lines 0 to 7"),
        ("languages=xx", "unknown_language", "de, en, fr"),
    ],
)
def test_lines_that_are_not_there(api, atlas, query, code, words):
    write_corpus(atlas.layout.corpora / "small")
    problem = api.get(f"/corpora/small/lines?{query}").json()
    assert problem["code"] == code
    assert words in problem["detail"]


def test_a_folder_without_text_and_an_unknown_corpus(api, atlas):
    (atlas.layout.corpora / "bare").mkdir(parents=True)
    assert "no text file" in ok(api.get("/corpora"))["corpora"][1]["problem"]
    assert api.get("/corpora/bare/lines").json()["code"] == "bad_corpus"
    assert "atlas-parallel" in api.get("/corpora/nope/lines").json()["detail"]


def test_every_analysis_has_an_example_that_is_a_request(api):
    analyses = ok(api.get("/analyses"))["analyses"]
    assert {analysis["kind"] for analysis in analyses} == set(AnalysisKind)
    for analysis in analyses:
        assert REQUEST.validate_python(analysis["example"]).kind == analysis["kind"]
        assert analysis["request_schema"]["additionalProperties"] is False


def test_capabilities_tell_of_living_workers_only(api, redis_url):
    info = DeviceInfo(
        worker="w1", host="h", state="idle", device="cpu", dtype="float32", memory_bytes=1, memory_free_bytes=1,
        n_threads=2, last_seen=NOW,
    )  # fmt: skip
    with redis.Redis.from_url(redis_url) as connection:
        connection.sadd(WORKERS, "w1", "gone")
        connection.hset(worker_record("w1"), "info", info.model_dump_json())
        told = ok(api.get("/capabilities"))
        connection.delete(WORKERS, worker_record("w1"))
    assert [worker["worker"] for worker in told["workers"]] == ["w1"]
    assert set(told["queues"]) == {"interactive", "batch"}
    assert told["disk_free_bytes"] > 0
    assert told["results_bytes"] > 0


def test_health(api):
    started = time.monotonic()
    assert ok(api.get("/health")) == {"status": "ok", "redis": "up"}
    assert time.monotonic() - started < 5
