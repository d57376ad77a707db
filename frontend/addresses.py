"""Short, readable addresses: keys by their beginnings, as git has them, and no percent sign that need not be there.

`shortened` is what people copy, `expanded` is what pages read. Knows urls and the client, nothing about Dash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

from backend.client import Client
from backend.contracts.base import KEY_LENGTH
from backend.contracts.building import model_of
from backend.contracts.problems import KnownError
from backend.contracts.reports import MIN_BEGINNING
from frontend import urls

KEYED = frozenset(
    {
        "result", "key", "job", "region", "regions", "grid", "beside", "runs", "off", "enriched", "from", "question",
        "against", "touched", "family", "overlap", "pair", "changes", "keys", "left", "right", "others", "training",
    }
)  # fmt: skip
"""Parameters whose values are keys, or lists of keys, or `KEY:LANGUAGE`."""
SHORTEST = 8
"""Digits of a shortened key that we write; fewer are read."""
_READABLE = ",:;@!*~"  # what a query may hold as it is, and what nobody mistakes for markup
_BEGINNING = re.compile(rf"[0-9a-f]{{{MIN_BEGINNING},{KEY_LENGTH - 1}}}")
_KEY = re.compile(rf"[0-9a-f]{{{KEY_LENGTH}}}")
_MOST_AT_ONCE = 100
_OWN = ("result", "key", "grid", "runs")
"""Parameters that name what is shown itself, not something of another model beside it."""


def expanded(query: Mapping[str, str], api: Client) -> dict[str, str]:
    """The query with whole keys; asks the API only where one is shortened.

    Raises `unknown_key` and `ambiguous_key` (which names the candidates) for a beginning that says nothing.
    """
    beginnings = _words(query, _BEGINNING)
    if not beginnings:
        return dict(query)
    found = _found(beginnings, api)
    return _replaced(query, {beginning: _only(beginning, found[beginning]) for beginning in beginnings})


def owned(query: Mapping[str, str], api: Client) -> dict[str, str]:
    """The query with the model of the result or job that it names, where it names no model itself.

    Without it the page of a result would stand under whichever model was chosen last.
    """
    key = next((word for name in _OWN for word in query.get(name, "").split(",") if _KEY.fullmatch(word)), None)
    model = None if "model" in query or "models" in query or key is None else _model_of(key, api)
    return {**query, "model": model} if model else dict(query)


def shortened(address: str, api: Client) -> str:
    """Path and readable query, every key cut to its shortest unambiguous beginning; keys of nothing stay whole."""
    path, query = urls.split(address)
    keys = _words(query, _KEY)
    found = _found([key[:SHORTEST] for key in keys], api) if keys else {}
    return readable(path, _replaced(query, {key: _beginning_of(key, found[key[:SHORTEST]]) for key in keys}))


def readable(path: str, query: Mapping[str, str]) -> str:
    """The address of a view, as little encoded as it can be; what is empty is left out."""
    told = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in query.items() if value)
    return path + (f"?{told}" if told else "")


def host_of(address: str) -> str:
    """`http://127.0.0.1:8050` of a whole address; '' of a path."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _encoded(text: str) -> str:
    return quote(text, safe=_READABLE + " ").replace(" ", "+")


def _words(query: Mapping[str, str], pattern: re.Pattern[str]) -> list[str]:
    words = (_word(part) for name, value in query.items() if name in KEYED for part in value.split(","))
    return list(dict.fromkeys(word for word in words if pattern.fullmatch(word)))


def _word(part: str) -> str:
    return part.partition(":")[0]


def _replaced(query: Mapping[str, str], whole: Mapping[str, str]) -> dict[str, str]:
    def one(part: str) -> str:
        word = _word(part)
        return whole.get(word, word) + part[len(word) :]

    return {name: ",".join(map(one, value.split(","))) if name in KEYED else value for name, value in query.items()}


def _found(beginnings: Iterable[str], api: Client) -> dict[str, tuple[str, ...]]:
    return api.keys_beginning(list(dict.fromkeys(beginnings))[:_MOST_AT_ONCE])


def _model_of(key: str, api: Client) -> str | None:
    try:
        return api.manifest(key).provenance.model
    except KnownError:
        pass  # it is not computed yet, or is no result
    try:
        return model_of(api.job(key).request)
    except KnownError:
        return None


def _only(beginning: str, keys: tuple[str, ...]) -> str:
    if len(keys) == 1:
        return keys[0]
    if not keys:
        raise KnownError(
            "unknown_key",
            f"no result and no job here has a key that begins with {beginning}",
            hint="It may have been deleted, or the address is of an atlas with other results: Runs lists those here.",
            title="Nothing has this key",
            status=404,
        )
    raise KnownError(
        "ambiguous_key",
        f"{len(keys)} keys begin with {beginning}: {', '.join(keys)}",
        hint="Write more of its digits into the address.",
        title="Several results begin so",
        status=409,
    )


def _beginning_of(key: str, alike: tuple[str, ...]) -> str:
    if key not in alike:
        return key
    others = [other for other in alike if other != key]
    lengths = range(SHORTEST, KEY_LENGTH)
    return next((key[:n] for n in lengths if not any(other.startswith(key[:n]) for other in others)), key)
