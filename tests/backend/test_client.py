"""The client against a real API on a real port."""

from __future__ import annotations

import httpx
import numpy as np
import pytest

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import ImportanceRequest
from backend.contracts.vocabulary import AnalysisKind, JobState
from tests.backend.atlas_folder import SCORES, write_atlas
from tests.backend.servers import running_api


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_atlas(tmp_path_factory.mktemp("client") / "atlas")


@pytest.fixture(scope="module")
def client(folder, redis_url):
    from backend.settings import Settings

    settings = Settings(redis_url=redis_url, layout=folder.layout, token="s3cret")
    with running_api(settings) as url, Client(url, token="s3cret") as client:
        yield client


def test_everything_that_can_be_read(client, folder):
    region = folder.keys["region"]
    assert client.health() == {"status": "ok", "redis": "up"}
    assert [model.name for model in client.models()] == ["tiny"]
    assert client.model("tiny").shape.n_layers == 1
    assert client.corpora()[0].name == "atlas-parallel"
    assert list(client.corpus_lines("atlas-parallel", 0, 2, ["de", "en"]).lines) == ["de", "en"]
    assert len(client.corpus_lines("atlas-parallel").lines) == 16
    assert {info.kind for info in client.analyses()} == set(AnalysisKind)
    assert client.capabilities().queues == {"interactive": 0, "batch": 0}
    assert {row.key for row in client.results(kind="importance", model="tiny")} == {
        folder.keys["de"],
        folder.keys["en"],
    }
    assert client.manifest(region).key == region
    assert client.table(folder.keys["removal"]).startswith("Language,Base")
    assert client.table(folder.keys["removal"], "tex").startswith("%")
    assert len(client.file(region, "mask.safetensors")) == client.manifest(region).files["mask.safetensors"]


def test_a_list_that_is_as_it_was_is_not_read_again(client, folder):
    region = folder.keys["region"]
    rows = client.results()
    assert client.results() is rows
    assert client.results(kind="region") is not rows
    folder.layout.results.joinpath(region).rename(folder.layout.results / "away")
    try:
        assert region not in {row.key for row in client.results()}
    finally:
        folder.layout.results.joinpath("away").rename(folder.layout.results / region)
    assert region in {row.key for row in client.results()}


def test_views_by_key_and_by_model(client, folder):
    values, header = client.tile(model="tiny", matrix="0.mlp.up", reducer="signed_max_weight")
    np.testing.assert_array_equal(values, folder.weights["0.mlp.up"])
    assert header.exact
    coarse, header = client.tile(
        folder.keys["de"], matrix="0.mlp.up", reducer="max_importance", max_rows=2, max_columns=2, format="u8"
    )
    assert coarse.shape == (header.height, header.width) == (2, 2)
    assert coarse.max() == pytest.approx(folder.scores["de"]["0.mlp.up"].max(), rel=1e-5)
    similarity = folder.keys["similarity"]
    shown, _ = client.tile(similarity, matrix="whole", reducer="similarity", order=("en", "de"))
    np.testing.assert_array_equal(shown, np.roll(folder.similarity, 3, (0, 1)))
    assert client.language_means(similarity).languages == ("de", "en")
    assert len(client.marginals(model="tiny", matrix="0.mlp.up", reducer="mean_weight").profiles) == 2
    assert client.cell(folder.keys["region"], matrix="0.mlp.up", row=0, column=0).weight is not None
    assert len(client.grid(folder.keys["region"], reducer="density").tiles) == 5
    with pytest.raises(ValueError, match="exactly one"):
        client.grid(reducer="density")


def test_jobs_are_submitted_followed_and_cancelled(client):
    job = client.submit(ImportanceRequest(scores=SCORES, language="fr"))
    assert job.state is JobState.QUEUED
    assert client.job(job.key).key in [status.key for status in client.jobs()]
    assert client.cancel(job.key).state is JobState.CANCELLED
    seen = []
    assert client.wait(job.key, seen.append).state is JobState.CANCELLED
    assert len(seen) == 1
    states = [event.state for event in client.events(job.key) if event.event == "state"]
    assert states[-1] is JobState.CANCELLED
    assert client.retry(job.key).state is JobState.QUEUED
    client.cancel(job.key)


def test_waiting_is_given_up_when_no_worker_is_alive(client):
    job = client.submit(ImportanceRequest(scores=SCORES, language="fr"))
    with pytest.raises(KnownError) as caught:
        client.wait(job.key, poll_seconds=0.01, no_worker_seconds=0.1)
    assert caught.value.problem.code == "no_worker"
    assert job.key in caught.value.problem.detail and "lingua-atlas worker" in caught.value.problem.hint
    client.cancel(job.key)


def test_problems_are_raised_as_they_were_told(client):
    with pytest.raises(KnownError) as caught:
        client.manifest("0" * 20)
    assert (caught.value.problem.code, caught.value.problem.status) == ("unknown_key", 404)
    with Client(client.base_url, token="wrong") as stranger, pytest.raises(KnownError) as caught:
        stranger.models()
    assert caught.value.problem.code == "unauthorized"
    with pytest.raises(KnownError) as caught:
        list(client.events("0" * 20))
    assert caught.value.problem.status == 404


def test_an_api_that_is_not_there():
    with Client("http://127.0.0.1:9") as client, pytest.raises(KnownError) as caught:
        client.models()
    assert caught.value.problem.code == "api_unreachable"
    assert "127.0.0.1:9" in caught.value.problem.detail


def test_deleting_a_result(client, folder):
    client.delete_result(folder.keys["similarity"])
    assert folder.keys["similarity"] not in {row.key for row in client.results()}


@pytest.mark.parametrize(
    "name", ["../jobs", "..", "a/../../jobs", "%2e%2e", "a\\b", "\x00", "", "//127.0.0.1:1/x", "\ud800/.."]
)
def test_a_name_asks_for_nothing_but_itself(name):
    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url)
        return httpx.Response(200, json={})

    with Client("http://api", transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(KnownError) as refused:
            client.manifest(name)
        assert refused.value.problem.code == "not_found"
        assert sent == []
        client.delete_result("a?b#c")
        assert [url.raw_path for url in sent] == [b"/results/a%3Fb%23c"]
