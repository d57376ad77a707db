"""The API against its own OpenAPI: generated requests, none may be answered outside of the document."""

from __future__ import annotations

import math
import os
import random
from collections import Counter
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from backend.app import create_app
from backend.artifacts.layout import Layout
from backend.contracts.jobs import Submission
from backend.contracts.vocabulary import AnalysisKind
from backend.settings import Settings
from tests.backend.atlas_folder import write_atlas
from tests.backend.real_names import StoredAtlas, name_what_is_there

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


N_CASES = int(os.environ.get("LINGUA_ATLAS_SCHEMA_CASES", "0"))
"""How many cases in all; 0: ten good and ten bad ones of each operation. Set by `python -m tests.faults --schema N`."""
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_atlas(tmp_path_factory.mktemp("openapi") / "atlas")


@pytest.fixture(scope="module")
def app(folder, redis_url):
    app = create_app(Settings(redis_url=redis_url, layout=folder.layout))
    with TestClient(app):
        yield app


@pytest.fixture(scope="module")
def atlas_there(app, folder):
    return StoredAtlas(folder, TestClient(app))


@pytest.fixture(scope="module")
def schema(app):
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def operations() -> list[tuple[str, str]]:
    """All but the endless stream, whose tests follow it."""
    document = create_app(Settings(redis_url="redis://unused", layout=Layout(Path("unused")))).openapi()
    return [(path, method) for path, methods in document["paths"].items() for method in methods if path != "/events"]


OPERATIONS = operations()
ANSWERS: Counter[int] = Counter()
"""How many answers of each status there were."""
PER_TEST = math.ceil(1.6 * N_CASES / len(OPERATIONS) / len(MODES)) if N_CASES else 10  # some have few to give


@pytest.mark.parametrize("mode", MODES, ids=["good", "bad"])
@pytest.mark.parametrize("path,method", OPERATIONS)
def test_the_api_keeps_its_word(schema, app, atlas_there, path, method, mode):
    begin(app, atlas_there)
    names = atlas_there.names()

    @settings(
        max_examples=PER_TEST, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=schema[path][method.upper()].as_strategy(generation_mode=mode), seed=st.integers(0, 2**32))
    def answers(case, seed):
        chance = random.Random(seed)
        if mode is GenerationMode.POSITIVE or chance.random() < 0.5:  # a bad case with real names goes deeper
            name_what_is_there(case, names, chance)
        response = case.call()
        ANSWERS[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)
        if method == "delete" and response.status_code < 300:
            atlas_there.restore()

    try:
        answers()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "nothing can be asked here"


def begin(app, atlas_there: StoredAtlas) -> None:
    """Nothing queued by earlier cases, everything stored that they deleted."""
    app.state.redis.flushall()
    atlas_there.restore()
    atlas_there.jobs = atlas_there.submit()


def test_the_cases_go_deep():
    """Cases with real names are answered, not only refused; a long run says how many there were."""
    if not ANSWERS:
        pytest.skip("the cases ran elsewhere, or not at all")
    n_cases = ANSWERS.total()
    print(f"{n_cases} cases:", ", ".join(f"{status} {count}" for status, count in sorted(ANSWERS.items())))
    assert n_cases >= N_CASES
    assert max(ANSWERS) < 500
    n_answered = sum(count for status, count in ANSWERS.items() if status < 300)
    assert not N_CASES or 5 * n_answered > n_cases  # in the gate they may be spread over several processes


def test_the_document_is_complete(app):
    document = app.openapi()
    assert len(document["paths"]) > 15
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            named = f"{method} {path}"
            assert operation.get("description"), named
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"], named
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_kind_of_request_has_an_example_that_validates(app):
    examples = app.openapi()["paths"]["/jobs"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    kinds = [Submission.model_validate(example["value"]).request.kind.value for example in examples.values()]
    assert kinds == list(examples)
    assert set(kinds) == set(AnalysisKind)
