"""Changes of a report from a page that may be open twice: each says what it changes, and nothing else is overwritten.

What somebody else changed meanwhile stays; only the same words changed twice are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.reports import Report, ReportItem

TRIES = 5


def changed(name: str, change: Callable[[Report], dict[str, Any]], api: Client) -> Report:
    """The report with the fields that `change` gives for it as it is now; tried again when another was faster."""
    for left in reversed(range(TRIES)):
        report = api.report(name)
        try:
            return api.replace_report(name, report.change(**change(report)))
        except ValidationError as error:
            raise too_long(error) from None
        except KnownError as error:
            if error.problem.code != "report_changed" or not left:
                raise
    raise AssertionError("the last try returns or raises")


def reworded(name: str, item: str, words: dict[str, str], seen: dict[str, str], api: Client) -> Report:
    """An item with other `words` (title, note); `seen` are those that stood on the page before."""

    def change(report: Report) -> dict[str, Any]:
        found = next((one for one in report.items if one.id == item), None)
        if found is None:
            raise _gone()
        _check({name: getattr(found, name) for name in words}, words, seen)
        new = {**found.model_dump(), **words}
        return {"items": [new if one.id == item else one for one in report.items]}

    return changed(name, change, api)


def renamed(name: str, words: dict[str, str], seen: dict[str, str], api: Client) -> Report:
    """The report with another title or first paragraph."""

    def change(report: Report) -> dict[str, Any]:
        _check({name: getattr(report, name) for name in words}, words, seen)
        return dict(words)

    return changed(name, change, api)


def arranged(name: str, ids: Sequence[str], removed: Sequence[str], api: Client) -> Report:
    """The items in this order, without `removed`; those that somebody added meanwhile come last."""

    def change(report: Report) -> dict[str, Any]:
        known = {item.id: item for item in report.items if item.id not in removed}
        named = [known.pop(one) for one in ids if one in known]
        return {"items": [*named, *known.values()]}

    return changed(name, change, api)


def put_back(name: str, item: ReportItem, place: int, api: Client) -> Report:
    """An item that was removed, where it stood."""

    def change(report: Report) -> dict[str, Any]:
        others = [one for one in report.items if one.id != item.id]
        return {"items": [*others[:place], item, *others[place:]]}

    return changed(name, change, api)


def too_long(error: ValidationError) -> KnownError:
    """What is wrong with words that a report does not take, without the words."""
    first = error.errors()[0]
    field = str(first["loc"][-1]) if first["loc"] else "report"
    return KnownError(
        "not_kept",
        f"the {field} cannot be kept: {first['msg'][:1].lower()}{first['msg'][1:]}",
        hint="Your words are still in the field and not stored.",
        title="Not stored",
        field=field,
    )


def _check(now: dict[str, str], words: dict[str, str], seen: dict[str, str]) -> None:
    for name, text in words.items():
        if now[name] not in (seen.get(name, ""), text):
            raise KnownError(
                "changed_elsewhere",
                f"somebody else changed this {name} meanwhile; it now says: {now[name][:300] or '(nothing)'}",
                hint="Your words are still in the field and not stored. Copy what you need and reload the page.",
                title="Changed in two places",
                status=409,
                field=name,
            )


def _gone() -> KnownError:
    return KnownError(
        "unknown_item",
        "this view was removed from the report meanwhile",
        hint="Reload the page; add the view again from its own page if it should stay.",
        status=404,
    )
