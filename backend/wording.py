"""Validation errors in human words: the field's path, what was given, what is accepted.

Knows pydantic's error lists and the schema of submissions; nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from backend.contracts.jobs import Submission
from backend.contracts.problems import KnownError, Problem
from backend.contracts.vocabulary import AnalysisKind

TAGS = {"kind": tuple(kind.value for kind in AnalysisKind), "target": ("scalar", "dimension")}
"""Discriminators of the unions a client can send, and the values they accept."""
MAX_SHOWN = 5
MAX_INPUT_CHARACTERS = 80


def problem_of_validation(errors: Sequence[Mapping[str, Any]], body: object) -> Problem:
    """One problem for all that is wrong with a request; `field` is the path of the first."""
    if errors and errors[0]["type"] == "json_invalid":
        reason = errors[0].get("ctx", {}).get("error", "")
        detail = f"the body is not JSON: {reason} (character {errors[0]['loc'][-1]})"
        return KnownError("invalid_json", detail, hint="Send a JSON object.", status=400).problem
    told = [_sentence(error, body) for error in errors[:MAX_SHOWN]]
    more = f"; and {len(errors) - MAX_SHOWN} more" if len(errors) > MAX_SHOWN else ""
    field = path_of(errors[0]["loc"], body) if errors else ""
    hint = "GET /analyses gives the schema and an example of every kind of request."
    return KnownError(
        "invalid_request", "; ".join(told) + more, hint=hint, status=422, field=field or None, title="Invalid request"
    ).problem


def path_of(location: Sequence[str | int], body: object) -> str:
    """Path of a field as the client wrote it: without `body` or `query` and without the tags of unions."""
    return ".".join(str(part) for part in _parts(location, body))


def _parts(location: Sequence[str | int], body: object) -> list[str | int]:
    source, *rest = location or ("",)
    kept: list[str | int] = []
    here = body if source == "body" else None
    for part in rest:
        if isinstance(here, dict) and part not in here and part in [here.get(tag) for tag in TAGS]:
            continue
        kept.append(part)
        here = _inner(here, part)
    return kept


def _inner(value: object, part: str | int) -> object:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


def _sentence(error: Mapping[str, Any], body: object) -> str:
    path, context = path_of(error["loc"], body), error.get("ctx", {})
    match error["type"]:
        case "missing":
            return f"{path or 'the body'} is missing"
        case "extra_forbidden":
            return f"{path} is unknown here{_accepted_beside(error['loc'])}"
        case "union_tag_invalid":
            tag = context["discriminator"].strip("'")
            return f"{_join(path, tag)} is {context['tag']!r}; accepted: {', '.join(TAGS.get(tag, ()))}"
        case "union_tag_not_found":
            tag = context["discriminator"].strip("'")
            return f"{_join(path, tag)} is missing; accepted: {', '.join(TAGS.get(tag, ()))}"
        case "value_error":
            return f"{path or 'the body'}: {context.get('error') or error['msg']}"
        case "model_attributes_type" | "model_type" | "dict_type":
            return f"{path or 'the body'} must be a JSON object (sent with Content-Type: application/json)"
        case _:
            return f"{path or 'the body'}: {error['msg'][:1].lower()}{error['msg'][1:]}, not {_short(error)}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _short(error: Mapping[str, Any]) -> str:
    text = ascii(error.get("input")) if not isinstance(error.get("input"), str) else repr(error["input"])
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= MAX_INPUT_CHARACTERS else text[: MAX_INPUT_CHARACTERS - 3] + "..."


def _accepted_beside(location: Sequence[str | int]) -> str:
    """`; accepted: ...`, the fields of the object that holds an unknown one."""
    here = _submission_schema()
    for part in location[1:-1]:
        here = _descend(here, part)
    names = ", ".join(_resolve(here).get("properties", {}))
    return f"; accepted: {names}" if names else ""


def _descend(schema: dict[str, Any], part: str | int) -> dict[str, Any]:
    schema = _resolve(schema)
    if isinstance(part, int):
        inner = schema.get("items", {})
    elif "discriminator" in schema:
        inner = {"$ref": schema["discriminator"]["mapping"].get(part, "")}
    else:
        inner = schema.get("properties", {}).get(part, {})
    found: dict[str, Any] = inner
    return found


def _resolve(schema: dict[str, Any]) -> dict[str, Any]:
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        schema = options[0]
    reference = schema.get("$ref")
    found: dict[str, Any] = _submission_schema()["$defs"].get(reference.rpartition("/")[2], {}) if reference else schema
    return found


@lru_cache(maxsize=1)
def _submission_schema() -> dict[str, Any]:
    return Submission.model_json_schema()
