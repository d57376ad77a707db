# ruff: noqa: E501 (rows of the table are whole names)
"""Bad input and bad days: each has its clear answer. Where each case is tested:

| case | where |
|---|---|
| unknown language | backend/jobs/test_service.py::test_what_can_be_known_is_refused_before_queueing |
| | backend/artifacts/test_corpora.py::test_unknown_language_names_those_there_are |
| | end_to_end/test_regions.py::test_an_unknown_language_in_the_address_is_told_with_the_known_ones |
| empty or binary corpus file | backend/artifacts/test_corpora.py::test_a_file_that_is_no_text_says_why |
| | end_to_end/test_cli.py::test_a_corpus_that_is_none_is_refused_and_leaves_nothing |
| | test_bad_days.py::test_a_broken_corpus_is_refused_before_anything_is_queued |
| lines that do not align | backend/artifacts/test_corpora.py::test_lines_that_do_not_align_are_counted |
| | test_bad_days.py::test_a_broken_corpus_is_refused_before_anything_is_queued |
| text that is not parallel, compared | backend/jobs/test_text_checks.py::test_text_that_is_not_parallel_is_not_compared |
| one sentence twice | backend/jobs/test_text_checks.py::test_one_meaning_on_two_lines_is_refused_with_its_lines |
| | workers/handlers/test_doubtful_text.py::test_what_one_language_says_twice_is_told_by_line |
| a sentence longer than the context | workers/handlers/test_doubtful_text.py::test_a_sentence_beyond_the_context_is_cut_and_counted |
| a fraction of 0 or 2 | backend/test_protection.py::test_a_wrong_request_is_told_in_words |
| | end_to_end/test_regions.py::test_a_share_that_cannot_be_is_told_next_to_the_form |
| a fraction that selects nothing | backend/jobs/test_service.py::test_a_share_that_selects_nothing_is_refused_before_anything_is_scored |
| a layer or dimension outside | backend/jobs/test_validation.py::test_an_edit_outside_the_model_is_refused_with_the_range |
| | workers/handlers/test_perturbation.py::test_an_edit_outside_the_model_names_the_range |
| a prompt longer than the context | workers/handlers/test_text_and_similarity.py::test_a_prompt_longer_than_the_context_is_refused |
| | end_to_end/test_cli.py::test_a_run_that_fails_tells_its_reason |
| an unknown key | backend/jobs/test_service.py::test_an_unknown_key_is_a_clear_404 |
| | end_to_end/test_regions.py::test_an_unknown_key_is_answered_on_the_page |
| a region file that was not uploaded | backend/jobs/test_service.py::test_a_file_that_was_not_uploaded_is_refused_wherever_it_is_named |
| a body of 50 MB | backend/test_protection.py::test_a_large_body_is_refused |
| | backend/test_doors.py::test_a_chunked_body_without_a_length_ends_at_the_limit |
| a model folder that vanishes | workers/test_model_host.py::test_models_that_are_not_there_have_their_own_answers |
| | backend/results/test_views.py::test_results_without_matrices_and_models_that_vanished |
| NaN weights | workers/analysis/test_importance.py::test_broken_weights_are_named |
| | test_bad_days.py::test_weights_that_are_not_numbers_have_a_clear_answer |
| NaN scores | workers/analysis/test_regions.py::test_fractions_and_words_that_make_no_region |
| a full disk | backend/artifacts/test_results.py::test_a_full_disk_has_its_own_words |
| | test_bad_days.py::test_a_full_disk_is_known_by_its_words_too |
| | workers/handlers/test_training.py::test_a_disk_that_fills_up_leaves_nothing_half_written |
| a disk too small for the checkpoints | workers/handlers/test_training.py::test_a_disk_that_is_too_small_is_said_before_the_first_step |
| a training that diverges | workers/handlers/test_training.py::test_a_run_that_diverges_keeps_its_checkpoint_and_shows_where |
| a training that is killed | workers/handlers/test_training.py::test_a_killed_run_goes_on_to_the_same_bits |
| | end_to_end/test_training.py::test_a_training_whose_process_is_killed_goes_on_by_itself |
| every kind of fault, at a random moment | faults/test_faults_smoke.py::test_nothing_is_lost |
| a Redis that refuses writes | test_bad_days.py::test_a_redis_that_refuses_writes_is_told_and_it_goes_on_afterwards |
| a Redis that cannot start again | backend/test_launcher.py::test_up_lives_on_while_its_redis_cannot_start_and_recovers |
| a folder that cannot be written | backend/test_launcher.py::test_a_folder_that_cannot_be_written_is_named |
| a port already taken | end_to_end/test_launcher.py::test_a_port_that_is_taken_is_said |
| a second demo beside the first | end_to_end/test_launcher.py::test_a_second_one_says_where_the_first_is |
| a browser after an hour | end_to_end/test_shell.py::test_a_lost_stream_is_bridged_and_found_again |
| | test_bad_days.py::test_a_browser_that_comes_back_after_an_hour_is_brought_up_to_date |
| nothing half-written is read | backend/artifacts/test_results.py::test_a_folder_without_manifest_is_no_result_and_is_replaced |
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import (
    BusyLoadingError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from starlette.testclient import TestClient

from backend.app import create_app
from backend.client import Client
from backend.contracts.jobs import ALL_EVENTS
from backend.contracts.problems import KnownError
from backend.contracts.redis_problems import redis_state
from backend.contracts.requests import (
    EvaluationSpec,
    GenerationRequest,
    ImportanceRequest,
    Lines,
    OpenModelRequest,
    PerturbationRequest,
    Prompt,
    ScoreSpec,
    SimilarityRequest,
)
from backend.contracts.results import Manifest
from backend.settings import Settings
from frontend import job_bar
from tests.backend.atlas_folder import AtlasFolder, write_atlas
from tests.frontend.test_pages import text
from tests.redis_server import RedisServer, running_redis
from tests.workers.handlers.shop import Shop
from workers.analysis.errors import AnalysisError
from workers.failures import known

HERE = Path(__file__).parent
CASES = re.findall(r"\| (\S+\.py)::(\w+) \|", __doc__ or "")


@pytest.mark.parametrize(("file", "name"), CASES, ids=[name for _, name in CASES])
def test_the_table_is_true(file: str, name: str):
    assert f"def {name}(" in (HERE / file).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    yield from running_redis()


@pytest.fixture
def atlas(tmp_path: Path) -> AtlasFolder:
    return write_atlas(tmp_path / "atlas")


@pytest.fixture
def api(atlas: AtlasFolder, redis: RedisServer) -> Iterator[TestClient]:
    settings = Settings(redis_url=redis.url, layout=atlas.layout)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.redis
@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "bad_corpus_file", "is empty"),
        (b"one\0two\n", "bad_corpus_file", "binary"),
        (b"\xff\xfe\n", "bad_corpus_file", "UTF-8"),
        (b"only one line\n", "corpus_not_aligned", "de: 2, en: 1"),
    ],
)
def test_a_broken_corpus_is_refused_before_anything_is_queued(
    api: TestClient, atlas: AtlasFolder, content: bytes, code: str, words: str
):
    folder = atlas.layout.corpora / "broken"
    folder.mkdir(parents=True)
    (folder / "de.txt").write_text("eins\nzwei\n", encoding="utf-8")
    (folder / "en.txt").write_bytes(content)
    lines = {"corpus": "broken", "start": 0, "stop": 1}
    request = {"kind": "similarity", "model": "tiny", "lines": lines, "languages": ["de", "en"]}
    refused = api.post("/jobs", json={"request": request})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert problem["code"] == code
    assert words in problem["detail"]
    assert problem["hint"]
    assert api.get("/jobs").json()["jobs"] == []


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Its model has one weight that is no number, on disk."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    file = shop.model_folder / "model.safetensors"
    weights = load_file(file)
    weights["model.layers.1.mlp.down_proj.weight"][3, 4] = float("nan")
    save_file(weights, file, metadata={"format": "pt"})
    opened = shop.answer(OpenModelRequest(source=str(shop.model_folder)))
    assert opened.model is not None
    shop.model = opened.model
    return shop


LINES = Lines(corpus="small", start=0, stop=2)
PROMPTS = (Prompt(language="en", text="x"),)
EDIT = {"where": {"target": "dimension", "index": 0}, "action": "zero"}
EVALUATION = EvaluationSpec(lines=LINES, languages=("de", "en"))


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: ImportanceRequest(scores=ScoreSpec(model=model, lines=LINES), language="de"),
        lambda model: GenerationRequest(model=model, prompts=PROMPTS),
        lambda model: PerturbationRequest.model_validate({"model": model, "edits": [EDIT], "prompts": PROMPTS}),
        lambda model: PerturbationRequest.model_validate({"model": model, "edits": [EDIT], "evaluation": EVALUATION}),
        lambda model: SimilarityRequest(model=model, lines=LINES, languages=("de", "en")),
    ],
    ids=["importance", "generation", "perturbed text", "perturbed perplexity", "similarity"],
)
def test_weights_that_are_not_numbers_have_a_clear_answer(shop: Shop, ask):
    """Either a problem that says so, or a result that can be read and shows the gap; never a fault of the atlas."""
    request = ask(shop.model)
    try:
        shop.answer(request)
    except (KnownError, AnalysisError) as error:
        problem = known(error).problem
        assert problem.code == "not_finite", problem
        assert problem.hint
        assert not shop.context.store.has(shop.key(request))
    else:
        stored: Manifest = shop.context.store.manifest(shop.key(request))
        assert "null" in stored.summary.model_dump_json()


def test_a_full_disk_is_known_by_its_words_too():
    """Safetensors tells of a full disk in an exception of its own, without a number."""
    error = SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")
    assert known(error).problem.code == "disk_full"


@pytest.mark.redis
def test_a_browser_that_comes_back_after_an_hour_is_brought_up_to_date(
    api: TestClient, atlas: AtlasFolder, redis: RedisServer
):
    """Its run has ended and Redis has forgotten it: the result still tells, and streams end or go on."""
    key = atlas.keys["removal"]
    assert api.get(f"/jobs/{key}").json()["state"] == "done"
    an_hour_ago = {"Last-Event-ID": f"{int((time.time() - 3600) * 1000)}-0"}
    told = api.get(f"/jobs/{key}/events", headers=an_hour_ago).text
    assert '"state":"done"' in told
    assert "event: end" in told
    with redis.connect() as connection:
        assert connection.xlen(ALL_EVENTS) == 0  # a Redis that was started anew meanwhile
    for header in (an_hour_ago, {"Last-Event-ID": "yesterday"}):
        assert api.get("/jobs/" + "0" * 20 + "/events", headers=header).status_code in (404, 422)


REFUSING = {
    "redis_full": ({"maxmemory": "1"}, {"maxmemory": "0"}),
    "redis_read_only": ({"replicaof": "127.0.0.1 1"}, {"replicaof": "no one"}),
}
"""What makes a real Redis refuse writes, and what ends it."""


@pytest.mark.redis
@pytest.mark.parametrize("code", REFUSING)
def test_a_redis_that_refuses_writes_is_told_and_it_goes_on_afterwards(
    api: TestClient, atlas: AtlasFolder, redis: RedisServer, code: str
):
    """The question, the health, and the list: a problem each, never a 500; stored results stay readable."""
    request = {"request": {"kind": "importance", "scores": {"model": "tiny"}, "language": "vi"}}
    refuse, allow = REFUSING[code]
    client = Client("http://testserver")
    client._http.close()
    client._http = api
    with redis.connect() as connection:
        _set(connection, refuse)
        try:
            refused = api.post("/jobs", json=request)
            health = api.get("/health").json()
            shown = text(job_bar.refresh(api=client)[0])
            stored = api.get(f"/results/{atlas.keys['region']}")
        finally:
            _set(connection, allow)
    assert (refused.status_code, refused.json()["code"]) == (503, code)
    assert refused.json()["hint"]
    assert refused.json()["detail"] in shown  # at the foot of every page
    assert health["status"] == "degraded" and health["redis"] == code.removeprefix("redis_")
    assert stored.status_code == 200
    assert api.get("/health").json() == {"status": "ok", "redis": "up"}
    assert api.post("/jobs", json=request).status_code in (200, 202)


def _set(connection: Redis, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        if name == "replicaof":
            connection.execute_command("REPLICAOF", *value.split())
        else:
            connection.config_set(name, value)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (ResponseError("MISCONF Redis is configured to save RDB snapshots, but is unable to persist"), "cannot_save"),
        (ResponseError("MISCONF Errors writing to the AOF file: No space left on device"), "cannot_save"),
        (BusyLoadingError("LOADING Redis is loading the dataset in memory"), "loading"),
        (OutOfMemoryError("OOM command not allowed when used memory > 'maxmemory'."), "full"),
        (ReadOnlyError("READONLY You can't write against a read only replica."), "read_only"),
        (ConnectionError("Connection refused"), "down"),
        (ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"), ""),
    ],
)
def test_what_redis_says_is_understood(said: RedisError, state: str):
    assert redis_state(said) == state
