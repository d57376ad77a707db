"""The OpenAPI document: examples of every request kind, problem details for every failure."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import PlainTextResponse

from backend.catalog.analyses import ANALYSES, example
from backend.contracts.jobs import EVENT
from backend.contracts.problems import Problem

PROBLEM_TYPE = "application/problem+json"
STREAM_TYPE = "text/event-stream"
Responses = dict[int | str, dict[str, Any]]
"""What `responses=` of a route takes."""
_WORDS = {
    400: "The body is not JSON.",
    401: "A token is required.",
    403: "A browser asked for it from the page of another site.",
    404: "Not stored here, or not known.",
    409: "The state of things does not allow it, or what is stored is damaged.",
    413: "The body is too large.",
    422: "Something in the request cannot be accepted; `field` names it.",
    500: "A failure nobody expected.",
    503: "Redis does not answer, or takes no writes.",
    507: "The disk is full.",
}
_ALWAYS = (401, 403, 413, 422, 500)
_EXAMPLE = {
    "type": "about:blank",
    "title": "Unknown model",
    "status": 404,
    "detail": "no opened model is called 'gema'; opened: gemma-3-270m",
    "code": "unknown_model",
    "hint": "Open it first: lingua-atlas models open SOURCE, or POST /jobs with kind open_model.",
    "field": "model",
}
_CONTENT = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _EXAMPLE}}
# OpenAPI 3.1 has no word for the items of a stream: an example says it, and `Event` is among the schemas.
_STREAM = {"example": 'id: 1-0\ndata: {"event": "state", "key": "0123456789abcdef0123", "state": "running"}\n\n'}


def problems(*statuses: int) -> Responses:
    """`responses=` of a route: these failures and those that any request can meet."""
    return {status: {"description": _WORDS[status], "content": _CONTENT} for status in sorted({*statuses, *_ALWAYS})}


def submission_examples() -> dict[str, dict[str, Any]]:
    """Named examples for the body of `POST /jobs`."""
    return {
        kind.value: {"summary": analysis.title, "value": {"request": example(kind), "queue": "interactive"}}
        for kind, analysis in ANALYSES.items()
    }


def install(app: FastAPI, *, token: bool) -> None:
    """Give the app its document, made once."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, token)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]

    @app.get("/docs", include_in_schema=False)
    def paths() -> PlainTextResponse:
        # FastAPI's own page runs a script of another host under this origin.
        return PlainTextResponse(_listed(document()))


def _listed(schema: dict[str, Any]) -> str:
    lines = [
        f"{method.upper():7} {path}\n        {operation.get('description') or operation.get('summary', '')}"
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    ]
    return "\n".join(
        [f"{schema['info']['title']} {schema['info']['version']}; all of it: /openapi.json", "", *lines, ""]
    )


def _document(app: FastAPI, token: bool) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    event = EVENT.json_schema(ref_template="#/components/schemas/{model}")
    schemas |= {**event.pop("$defs"), "Event": event}
    for never_sent in ("HTTPValidationError", "ValidationError"):
        schemas.pop(never_sent, None)
    for operation in (op for path in schema["paths"].values() for op in path.values()):
        _complete(operation)
    if token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"token": []}]
    return schema


def _complete(operation: dict[str, Any]) -> None:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if body.get("schema", {}).get("$ref", "").endswith("/Submission"):
        body["examples"] = submission_examples()
    responses = {str(status): response for status, response in problems(*((400,) if body else ())).items()}
    responses |= operation["responses"]
    for status, response in responses.items():
        if status >= "400":
            response = {**response, "content": _CONTENT}
        if STREAM_TYPE in response.get("content", {}):
            response = {**response, "content": {STREAM_TYPE: _STREAM}}
        operation["responses"][status] = response
