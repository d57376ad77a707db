"""What the parts of the Combine page do to its list: pieces come in, lines change, the address remembers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from backend.client import Client
from backend.contracts.formulas import region_label
from backend.contracts.problems import KnownError
from backend.contracts.regions import ImportRegionRequest, RegionQuestion
from frontend.choices import expression
from frontend.choices.combine import CombineChoice
from frontend.choices.expression import Parts, decoded, encoded
from frontend.choices.problems import checked
from frontend.choices.scores import chosen_snapshot
from frontend.fields import filled
from frontend.panels.combine_form import FIELDS, FormId
from frontend.stored_regions import as_region

MOST_PARTS = 200
_LISTS = ("languages", "ends", "snapshots")
_PRESETS: dict[str, str] = {FormId.ONLY: "only", FormId.SHARED: "shared", FormId.ANY: "any"}


def choice_of(model: str, values: Sequence[Any]) -> CombineChoice:
    """The form of the pieces, from the values of `FIELDS` in their order; an emptied number is None."""
    fields: dict[str, Any] = dict(zip(FIELDS, map(filled, values), strict=True))
    fields |= {name: fields[name] or () for name in _LISTS}
    fields["snapshot"] = chosen_snapshot(fields["snapshots"], fields["snapshot"])
    return CombineChoice(model).changed(**fields)


class Chosen(NamedTuple):
    """What the buttons of the form act on."""

    target: str = ""
    """Path of the group that new pieces go into."""
    language: str | None = None
    stored: str | None = None
    uploaded: Mapping[str, Any] | None = None


def with_pieces(trigger: str, choice: CombineChoice, chosen: Chosen, api: Client) -> tuple[str, str | None]:
    """The list after a click on one of the form's buttons, and its title where it gets a new one."""
    if preset := _PRESETS.get(trigger):
        title, parts = choice.preset(preset, chosen.language)
        return _checked(parts), title
    if trigger == FormId.ADD:
        return _checked(expression.added(choice.list(), chosen.target, choice.pieces())), None
    region = _stored(chosen.stored, api) if trigger == FormId.ADD_STORED else _imported(chosen.uploaded, choice.model)
    parts = expression.added(choice.list(), chosen.target, (expression.part_of_region(region),))
    return _checked(parts), None if choice.parts else region_label(region)


def with_line(text: str, do: str, path: str, value: str | None = None) -> str:
    """The list after a click on one of its lines: `remove`, `invert`, `open`, or `join` with a new operator."""
    parts = decoded(text)
    if do == "join":
        return encoded(expression.joined_by(parts, path, value or ""))
    changes: dict[str, Callable[[Parts, str], Parts]] = {
        "remove": expression.without,
        "invert": expression.inverted,
        "open": expression.opened,
    }
    return encoded(changes[do](parts, path)) if do in changes else text


def _stored(key: str | None, api: Client) -> RegionQuestion:
    if not key:
        raise KnownError(
            "nothing_chosen", "no stored region is chosen", title="Choose a region first", hint="Pick one in the list."
        )
    return as_region(api.manifest(key).request)


def _imported(uploaded: Mapping[str, Any] | None, model: str) -> ImportRegionRequest:
    found = uploaded or {}
    asked = {"model": model, "title": str(found.get("name", ""))[:120], "file": found.get("file")}
    return checked(lambda: ImportRegionRequest.model_validate(asked))


def _checked(parts: Parts) -> str:
    """The list as text, once the contract takes it."""
    n_parts = sum(1 for _ in expression.all_parts(parts))
    if n_parts > MOST_PARTS:
        raise KnownError("too_many_parts", f"the list would have {n_parts} lines; {MOST_PARTS} are the most")
    checked(lambda: expression.expression_of(parts))
    return encoded(parts)
