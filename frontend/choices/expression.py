"""A region expression as a list that is read from top to bottom: start with, add, take away, keep only.

The list `A, add B, take away C` is the expression `(A ∪ B) − C`; a part may be a list of its own. Knows the contract,
nothing of pages. Paths name a part by its places in the lists around it: `2.0` is the first part of the third part.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from pydantic import ValidationError

from backend.contracts.regions import (
    CombinedRegionRequest,
    Complement,
    Difference,
    Expression,
    ImportedLeaf,
    ImportRegionRequest,
    Intersection,
    RankedLeaf,
    RegionQuestion,
    RegionRequest,
    Union_,
)

UNION, INTERSECTION, DIFFERENCE = "union", "intersection", "difference"
_CONTRACTS: dict[str, type[Union_ | Intersection | Difference]] = {
    UNION: Union_,
    INTERSECTION: Intersection,
    DIFFERENCE: Difference,
}
_LONGEST_BYTES = 200_000
_DEEPEST = 8


class Part(NamedTuple):
    """One line of the list. `op` joins it to all above it; a group has `parts` and no `leaf`."""

    op: str = UNION
    leaf: RegionRequest | ImportRegionRequest | None = None
    parts: tuple[Part, ...] = ()
    inverted: bool = False
    """Everything but this."""


Parts = tuple[Part, ...]


def expression_of(parts: Parts) -> Expression | None:
    """The expression of a list; None while it is empty. Raises ValidationError for what the contract refuses."""
    joined: Expression | None = None
    run: list[Expression] = []
    op = UNION
    for part in parts:
        operand = _operand(part)
        if operand is None:
            continue
        if len(run) > 1 and part.op != op:
            run = [_CONTRACTS[op](of=tuple(run))]
        if run:
            op = part.op
        run.append(operand)
    if run:
        joined = run[0] if len(run) == 1 else _CONTRACTS[op](of=tuple(run))
    return joined


def parts_of(expression: Expression) -> Parts:
    """The list of an expression: `expression_of` gives it back, up to brackets that change nothing."""
    match expression:
        case Union_() | Intersection() | Difference():
            first, *rest = expression.of
            head = parts_of(first) if isinstance(first, Union_ | Intersection | Difference) else (_part(first, UNION),)
            return (*head, *(_part(one, expression.op) for one in rest))
        case _:
            return (_part(expression, UNION),)


def list_of_region(region: RegionQuestion) -> Parts:
    """The list that gives a stored region again."""
    return parts_of(region.expression) if isinstance(region, CombinedRegionRequest) else (Part(leaf=region),)


def part_of_region(region: RegionQuestion) -> Part:
    """A stored region as one part: a combined one as a group that can be opened."""
    inner = list_of_region(region)
    return inner[0] if len(inner) == 1 else Part(parts=inner)


def added(parts: Parts, group: str, new: Iterable[Part]) -> Parts:
    """The list with `new` at the end of a group; `` is the whole list. Unknown groups change nothing."""
    if not group:
        return (*parts, *new)
    return changed(parts, group, lambda part: (part._replace(parts=(*part.parts, *new)),))


def changed(parts: Parts, path: str, change: Callable[[Part], Parts]) -> Parts:
    """The list with one part replaced by what `change` makes of it: nothing, one part, or several."""
    place, _, below = path.partition(".")
    if not place.isdigit() or int(place) >= len(parts):
        return parts
    index = int(place)
    part = parts[index]
    new = (part._replace(parts=changed(part.parts, below, change)),) if below else change(part)
    return (*parts[:index], *new, *parts[index + 1 :])


def without(parts: Parts, path: str) -> Parts:
    """The list without one part; a group that loses its last part goes too."""
    return _pruned(changed(parts, path, lambda _: ()))


def joined_by(parts: Parts, path: str, op: str) -> Parts:
    """The list with one part joined in another way."""
    return changed(parts, path, lambda part: (part._replace(op=op if op in _CONTRACTS else part.op),))


def inverted(parts: Parts, path: str) -> Parts:
    """The list with everything but one part in its place, or that taken back."""
    return changed(parts, path, lambda part: (part._replace(inverted=not part.inverted),))


def opened(parts: Parts, path: str) -> Parts:
    """The list with the brackets of a group taken away; a leaf and an inverted group stay."""
    return changed(parts, path, lambda part: _spread(part) if part.parts and not part.inverted else (part,))


def grouped(parts: Parts) -> Parts:
    """The whole list as one part of a new list."""
    return (Part(parts=parts),) if len(parts) > 1 else parts


def all_parts(parts: Parts, above: str = "") -> Iterator[tuple[str, Part]]:
    """Every part with its path, groups before what they hold."""
    for index, part in enumerate(parts):
        path = f"{above}.{index}" if above else str(index)
        yield path, part
        yield from all_parts(part.parts, path)


def encoded(parts: Parts) -> str:
    """The list as text for an address."""
    if not parts:
        return ""
    text = json.dumps([_plain(part) for part in parts], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def decoded(text: str | None) -> Parts:
    """The list of an address; empty when it cannot be read."""
    if not text:
        return ()
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        plain = zlib.decompressobj().decompress(packed, _LONGEST_BYTES)
        return tuple(_parsed(item, _DEEPEST) for item in json.loads(plain))
    except (ValueError, TypeError, KeyError, binascii.Error, zlib.error, RecursionError, ValidationError):
        return ()


def _operand(part: Part) -> Expression | None:
    inner: Expression | None
    match part.leaf:
        case RegionRequest() as region:
            inner = RankedLeaf(region=region)
        case ImportRegionRequest() as imported:
            inner = ImportedLeaf(region=imported)
        case None:
            inner = expression_of(part.parts)
    return Complement(of=inner) if inner is not None and part.inverted else inner


def _part(expression: Expression, op: str) -> Part:
    match expression:
        case RankedLeaf() | ImportedLeaf():
            return Part(op, expression.region)
        case Complement(of=inner):
            part = _part(inner, op)
            return Part(op, parts=(part,), inverted=True) if part.inverted else part._replace(inverted=True)
        case _:
            return Part(op, parts=parts_of(expression))


def _spread(group: Part) -> Parts:
    first, *rest = group.parts
    return (first._replace(op=group.op), *rest)


def _pruned(parts: Parts) -> Parts:
    kept = (part._replace(parts=_pruned(part.parts)) for part in parts)
    return tuple(part for part in kept if part.leaf is not None or part.parts)


def _plain(part: Part) -> dict[str, Any]:
    found: dict[str, Any] = {"o": part.op}
    if part.inverted:
        found["n"] = 1
    if part.leaf is not None:
        return found | {"r": part.leaf.model_dump(mode="json", exclude_defaults=True) | {"kind": part.leaf.kind.value}}
    return found | {"p": [_plain(inner) for inner in part.parts]}


def _parsed(item: dict[str, Any], deepest: int) -> Part:
    if deepest == 0 or item["o"] not in _CONTRACTS:
        raise ValueError("not a list of parts")
    leaf = None
    if "r" in item:
        contract = ImportRegionRequest if item["r"]["kind"] == "import_region" else RegionRequest
        leaf = contract.model_validate(item["r"])
    inner = tuple(_parsed(one, deepest - 1) for one in item.get("p", ()))
    return Part(item["o"], leaf, inner, bool(item.get("n")))
