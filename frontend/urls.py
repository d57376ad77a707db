"""The address of every view: page names to paths, view state to query string and back.

Knows nothing about Dash. Lists are joined by commas; None and empty values are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from urllib.parse import parse_qsl, urlencode, urlsplit


class Page(StrEnum):
    """The pages, in the order of the navigation."""

    START = "start"
    ATLAS = "atlas"
    TOUCH = "touch"
    REGIONS = "regions"
    COMBINE = "combine"
    DIMENSIONS = "dimensions"
    ESTIMATORS = "estimators"
    TRAIN = "train"
    LANGUAGES = "languages"
    NEURONS = "neurons"
    TASKS = "tasks"
    DEVELOPMENT = "development"
    COMPARE = "compare"
    REPRODUCTION = "reproduction"
    REPORTS = "reports"
    RUNS = "runs"
    GLOSSARY = "glossary"


PATHS: dict[str, str] = {page.value: "/" if page is Page.START else f"/{page.value}" for page in Page}

_SHOWN_ON = {
    "open_model": Page.ATLAS,
    "importance": Page.ATLAS,
    "region": Page.ATLAS,
    "importance_shard": Page.RUNS,
    "faithfulness": Page.ESTIMATORS,
    "combined_region": Page.ATLAS,
    "import_region": Page.ATLAS,
    "perplexity": Page.RUNS,
    "removal": Page.REGIONS,
    "structured_removal": Page.DIMENSIONS,
    "sweep": Page.DIMENSIONS,
    "generation_grid": Page.TOUCH,
    "training": Page.TRAIN,
    "perturbation": Page.TOUCH,
    "generation": Page.TOUCH,
    "activations": Page.RUNS,
    "similarity": Page.LANGUAGES,
    "key_neurons": Page.NEURONS,
    "deactivation": Page.NEURONS,
    "enrichment": Page.NEURONS,
    "choice": Page.TASKS,
    "development": Page.DEVELOPMENT,
    "comparison": Page.COMPARE,
}


def link(page: str, **state: object) -> str:
    """Path and query of a view: `link("atlas", result=key, layer=3)` is `/atlas?result=...&layer=3`."""
    query = urlencode(
        {name: _text(value) for name, value in state.items() if value not in (None, "", (), [])}, safe=","
    )
    return PATHS[page] + (f"?{query}" if query else "")


def parse(search: str | None) -> dict[str, str]:
    """View state of a query string, with or without its question mark; the last of equal names wins."""
    return dict(parse_qsl((search or "").removeprefix("?")))


def split(address: str) -> tuple[str, dict[str, str]]:
    """Path and view state of an address, with or without scheme and host before it."""
    parts = urlsplit(address)
    return (parts.path.rstrip("/") or "/"), parse(parts.query)


def many(query: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The list behind one query parameter; empty when it is absent."""
    return tuple(part for part in query.get(name, "").split(",") if part)


def open_result(kind: str, key: str, model: str | None = None) -> str:
    """Where a finished result is shown: the page gets `result=KEY` (and `model`, where known).

    What has no page of its own opens in the list of runs, `job=KEY`.
    """
    page = _SHOWN_ON[str(kind)]
    return link(page, job=key) if page is Page.RUNS else link(page, model=model, result=key)


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return ",".join(_text(part) for part in value)
    if isinstance(value, bool):
        return str(int(value))
    return str(value)
