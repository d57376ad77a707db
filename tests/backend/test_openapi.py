"""The API against its own OpenAPI: generated requests, none may be answered outside of the document."""

from __future__ import annotations

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

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_atlas(tmp_path_factory.mktemp("openapi") / "atlas")


@pytest.fixture(scope="module")
def app(folder, redis_url):
    app = create_app(Settings(redis_url=redis_url, layout=folder.layout))
    with TestClient(app):
        yield app


@pytest.fixture(scope="module")
def schema(app):
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def operations() -> list[tuple[str, str]]:
    """All but the endless stream, whose tests follow it."""
    document = create_app(Settings(redis_url="redis://unused", layout=Layout(Path("unused")))).openapi()
    return [(path, method) for path, methods in document["paths"].items() for method in methods if path != "/events"]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
@pytest.mark.parametrize("path,method", operations())
def test_the_api_keeps_its_word(schema, folder, path, method, mode):
    @settings(
        max_examples=10, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        case=schema[path][method.upper()].as_strategy(generation_mode=mode),
        key=st.sampled_from(sorted(folder.keys.values())),
        matrix=st.sampled_from(["0.attn.q", "0.norm.input", "whole", ""]),
    )
    def answers(case, key, matrix):
        if mode is GenerationMode.POSITIVE and method == "get":
            name_what_is_there(case, key, matrix)
        case.validate_response(case.call(), checks=CHECKS)

    try:
        answers()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "nothing can be asked here"


def name_what_is_there(case, key: str, matrix: str) -> None:
    """Random names only ever meet 404: name a stored result, an opened model, a matrix it has."""
    for name, value in {"key": key, "name": "atlas-parallel" if "corpora" in case.path else "tiny"}.items():
        if name in (case.path_parameters or {}) and "files" not in case.path:
            case.path_parameters[name] = value
    if "matrix" in (case.query or {}) and matrix:
        case.query["matrix"] = matrix


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
