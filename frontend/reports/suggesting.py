"""What a view is called in a report, and the address that is kept of it: complete, canonical and short."""

from __future__ import annotations

from typing import NamedTuple

from backend.client import Client
from backend.contracts.problems import KnownError, Problem
from backend.contracts.reports import MAX_ADDRESS_CHARACTERS, ReportItem
from frontend import urls
from frontend.addresses import expanded, readable, shortened
from frontend.reports.shown import shown

_LONGEST_TITLE = 200


class Suggestion(NamedTuple):
    """An item to be; `problem` says why the view cannot be drawn in a report, which does not keep it out."""

    address: str
    title: str
    problem: Problem | None = None


def suggested(address: str, api: Client) -> Suggestion:
    """What stands in the form. Raises `unknown_view` for an address of no page, and for keys that lead nowhere."""
    path, query = urls.split(address)
    page = next((page for page, known in urls.PATHS.items() if known == path), None)
    if page is None or page == urls.Page.REPORTS:
        raise KnownError(
            "unknown_view",
            f"{address!r} is no view of the atlas",
            hint="An address is the path of a page and its query, as the browser shows it: `/atlas?model=...`.",
            status=404,
            field="address",
        )
    whole = readable(path, expanded(query, api))
    found = shown(ReportItem(address=_bounded(whole), title=page), api)
    if found.view is None:
        return Suggestion(_bounded(shortened(whole, api)), page.capitalize(), found.problem)
    return Suggestion(_bounded(shortened(found.view.address, api)), found.view.title[:_LONGEST_TITLE])


def _bounded(address: str) -> str:
    if len(address) <= MAX_ADDRESS_CHARACTERS:
        return address
    raise KnownError(
        "address_too_long",
        f"this address has {len(address):,} characters, and a report keeps {MAX_ADDRESS_CHARACTERS:,} at most",
        hint="Choose fewer things on the page, or store what it shows as a result: its key is short.",
        field="address",
    )
