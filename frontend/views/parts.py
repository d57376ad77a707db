"""What the views of several pages are made of: the result an address means, its table, a page with nothing on it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from backend.client import Client
from backend.client.results import Unit
from backend.contracts.perplexity_words import LOST, STATE, Lost
from backend.contracts.problems import KnownError
from backend.contracts.results import Manifest, ResultRow
from frontend import urls
from frontend.choices.shown import Shown, following_or_stored, wanted_model
from frontend.views.base import Cell, Table, View


def model_of(query: Mapping[str, str], api: Client) -> str:
    """The model of an address, else the newest; `no_model` when none is open."""
    model = wanted_model(query, api)
    if model is None:
        raise KnownError(
            "no_model",
            "no model is open, so there is nothing to show",
            title="No model is open yet",
            hint="Open one on the start page, or with `lingua-atlas run` and a request of kind `open_model`.",
            status=404,
        )
    return model


def shown_of(query: Mapping[str, str], rows: Sequence[ResultRow], kinds: tuple[type, ...], api: Client) -> Shown:
    """The result or the running job that an address means, else the newest; raises where it means neither."""
    found = following_or_stored(query, rows, kinds, api)
    if found.problem is not None:
        raise KnownError.of(found.problem)
    return found


def nothing(page: str, title: str, lead: str, shown: Shown | None = None, **state: object) -> View:
    """A page on which nothing is stored yet; what is on its way is missing."""
    request = shown.request if shown else None
    if shown and shown.following:
        state["result"] = shown.following
        lead = "The job that computes this has not ended yet."
    return View(urls.link(page, **state), title, lead, missing=(request,) if request else ())


def stored_table(
    manifest: Manifest,
    api: Client,
    *,
    name: str,
    title: str,
    unit: Unit = "perplexity",
    language: str | None = None,
) -> Table:
    """The table that the API has of a result, every number exact, with the paper's layout as LaTeX."""
    told = json.loads(api.table(manifest.key, "json", unit=unit, language=language))
    columns = tuple(
        name for name in told["columns"] if name.removesuffix(STATE) not in told["columns"] or not name.endswith(STATE)
    )
    numeric = {column for column in columns if any(isinstance(row[column], int | float) for row in told["rows"])}
    rows = tuple(
        tuple(_cell(row[column], column in numeric, row.get(column + STATE, "")) for column in columns)
        for row in told["rows"]
    )
    return Table(name, title, columns, rows, api.table(manifest.key, "tex", unit=unit, language=language))


def _cell(value: Cell, is_number: bool, state: str) -> Cell:
    """A number that does not exist (what stood there in the unchanged model) is none, not a word of no letters."""
    if state == LOST and isinstance(value, float):
        return Lost(value)
    return None if is_number and value == "" else value


def form_of(asked: Mapping[str, object], usual: Mapping[str, object]) -> dict[str, object]:
    """The fields of a form for the address: those that differ from what stands in it without being asked."""
    return {name: value for name, value in asked.items() if value != usual[name]}
