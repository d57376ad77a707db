"""Validation errors in human words: the field's path, what was given, what is accepted.

Knows pydantic's error lists and the schema of submissions; nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from backend.contracts.jobs import Submission
from backend.contracts.problems import KnownError, Problem

FILE = "file"
"""Where a location begins in a file that holds a request alone; it is `body` in what HTTP brings."""
MAX_SHOWN = 5
MAX_INPUT_CHARACTERS = 80


def problem_of_validation(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """One problem for all that is wrong with a request; `field` is the path of the first."""
    if errors and errors[0]["type"] == "json_invalid":
        reason = errors[0].get("ctx", {}).get("error", "")
        detail = f"the body is not JSON: {reason} (character {errors[0]['loc'][-1]})"
        return KnownError("invalid_json", detail, hint="Send a JSON object.", status=400).problem
    real = [error for error in errors if not _is_echo(error)]
    told = "; ".join(_sentence(error) for error in real[:MAX_SHOWN])
    more = f"; and {len(real) - MAX_SHOWN} more" if len(real) > MAX_SHOWN else ""
    field = path_of(real[0]) if real else ""
    hint = "GET /analyses gives the schema and an example of every kind of request."
    return KnownError("invalid_request", told + more, hint=hint, field=field or None).problem


def path_of(error: Mapping[str, Any]) -> str:
    """Path of the field as the client wrote it: without `body` or `query` and without the tags of unions."""
    parts, _ = _walk(error["loc"])
    tag = _tag(error)
    return ".".join(str(part) for part in (*parts, *([tag] if tag else [])))


def _is_echo(error: Mapping[str, Any]) -> bool:
    """pydantic calls a list whose items are all wrong too short as well."""
    return error["type"] == "too_short" and not error["ctx"]["actual_length"] and bool(error["input"])


def _tag(error: Mapping[str, Any]) -> str:
    is_union = error["type"] in ("union_tag_invalid", "union_tag_not_found")
    return str(error["ctx"]["discriminator"]).strip("'") if is_union else ""


def _sentence(error: Mapping[str, Any]) -> str:
    path, context = path_of(error) or "the body", error.get("ctx", {})
    match error["type"]:
        case "missing":
            return f"{path} is missing"
        case "extra_forbidden":
            return f"{path} is unknown here{_accepted_beside(error['loc'])}"
        case "union_tag_invalid":
            return f"{path} is {context['tag']!r}; accepted: {_tags_at(error['loc'])}"
        case "union_tag_not_found":
            return f"{path} is missing; accepted: {_tags_at(error['loc'])}"
        case "value_error":
            return f"{path}: {context.get('error') or error['msg']}"
        case "model_attributes_type" | "model_type" | "dict_type":
            how = " (sent with Content-Type: application/json)" if error["loc"][:1] == ("body",) else ""
            return f"{path} must be a JSON object{how}"
        case _:
            return f"{path}: {error['msg'][:1].lower()}{error['msg'][1:]}, not {_short(error)}"


def _tags_at(location: Sequence[str | int]) -> str:
    """The values that the discriminator of the union at this place accepts."""
    _, union = _walk(location)
    return ", ".join(union.get("discriminator", {}).get("mapping", {}))


def _short(error: Mapping[str, Any]) -> str:
    text = ascii(error.get("input")) if not isinstance(error.get("input"), str) else repr(error["input"])
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= MAX_INPUT_CHARACTERS else text[: MAX_INPUT_CHARACTERS - 3] + "..."


def _accepted_beside(location: Sequence[str | int]) -> str:
    """`; accepted: ...`, the fields of the object that holds an unknown one."""
    _, holder = _walk(location[:-1])
    names = ", ".join(holder.get("properties", {}))
    return f"; accepted: {names}" if names else ""


def _walk(location: Sequence[str | int]) -> tuple[list[str | int], dict[str, Any]]:
    """The fields on the way, without the tags pydantic puts in for unions, and the schema at the end."""
    source, *rest = location
    if source not in ("body", FILE):
        return rest, {}
    fields: list[str | int] = []
    here = _submission_schema() if source == "body" else _resolve(_submission_schema()["properties"]["request"])
    for part in rest:
        if "discriminator" in here and part in here["discriminator"]["mapping"]:
            here = _resolve({"$ref": here["discriminator"]["mapping"][part]})
            continue
        fields.append(part)
        inner = here.get("items", {}) if isinstance(part, int) else here.get("properties", {}).get(part, {})
        here = _resolve(inner)
    return fields, here


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
