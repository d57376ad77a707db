"""From a family to its members. Pure: what lies on disk and what is open is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from backend.contracts.development import (
    AXIS_WORDS,
    MOST_MEMBERS,
    Family,
    FamilyMember,
    FamilyMembers,
    ModelFolders,
    Revisions,
    Sources,
    TrainingCheckpoints,
)
from backend.contracts.problems import KnownError
from backend.contracts.specs import DEMO_SOURCE
from backend.contracts.training import Checkpoint

MOST_LABEL = 60
_STEP = re.compile(r"(?:step|checkpoint|ckpt|iter|samples)s?[-_=]?(\d+)(k?)(?![a-z0-9])", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![A-Za-z0-9.])(\d+)(?![A-Za-z0-9.])")
"""Standing alone: the 560 of `bloom-560m` is a size, no step."""
_SIZE = re.compile(r"(?<![A-Za-z0-9])\d+(?:\.\d+)?[mb]\d*(?![A-Za-z0-9])", re.IGNORECASE)
"""A number before it is a version: the 3 of `gemma-3-270m`."""
_AT_REVISION = re.compile(r"^([A-Za-z0-9][\w.-]*/[\w.-]+)@(.+)$")


class Start(NamedTuple):
    """The model that a training began with."""

    model: str
    source: str


class Known(NamedTuple):
    """What lies around: of it a family takes what it names."""

    opened: Mapping[str, str] = {}
    """Sources of opened models, by name."""
    folders: Sequence[str] = ()
    """Absolute paths of the model folders (and GGUF files) in the folder that is named."""
    checkpoints: Sequence[Checkpoint] = ()
    start: Start | None = None


NOTHING = Known()


def expanded(family: Family, known: Known = NOTHING) -> FamilyMembers:
    """The members by rising position; those placed by their number of parameters stay as they were named.

    Raises KnownError for fewer than two members, for more than 200, and for two at one place.
    """
    match family:
        case Revisions():
            found = _revisions(family)
        case ModelFolders():
            found = _named(known.folders, family.axis, known)
        case TrainingCheckpoints():
            found = _training(family, known)
        case Sources():
            found = _named(family.sources, family.axis, known)
    _check(found)
    placed = sorted(found.members, key=lambda member: member.position or 0.0)
    return found.model_copy(update={"members": tuple(placed)})


def step_of(name: str) -> int | None:
    """The step in a name: `global_step1000`, `checkpoint-500`, `step10k`, else its first number alone after a size."""
    if found := _STEP.search(name):
        return int(found[1]) * (1000 if found[2] else 1)
    sizes = list(_SIZE.finditer(name))
    alone = _NUMBER.search(name, sizes[-1].end() if sizes else 0)
    return int(alone[1]) if alone else None


def _revisions(family: Revisions) -> FamilyMembers:
    if family.pattern:
        steps: dict[str, float | None] = {family.pattern.replace("{step}", str(step)): step for step in family.steps}
    else:
        steps = {revision: step_of(revision) for revision in family.revisions}
    if without := [revision for revision, step in steps.items() if step is None]:
        raise KnownError(
            "no_step",
            f"revision {without[0]!r} has no number in it that tells its step",
            hint="Name revisions such as global_step1000; or name ORG/NAME@REVISION as several models, by size.",
            field="family.revisions",
        )
    members = tuple(
        FamilyMember(source=family.source, revision=revision, position=step, label=_short(revision))
        for revision, step in steps.items()
    )
    return FamilyMembers(axis="step", members=members)


def _training(family: TrainingCheckpoints, known: Known) -> FamilyMembers:
    members = [
        FamilyMember(source=one.source, position=one.n_samples, label=f"{one.n_samples:,} samples")
        for one in known.checkpoints
    ]
    if family.with_start and known.start:
        start = FamilyMember(source=known.start.source, position=0, label="before training", model=known.start.model)
        members.insert(0, start)
    return FamilyMembers(axis="samples", members=tuple(members))


def _named(sources: Sequence[str], axis: str, known: Known) -> FamilyMembers:
    read = [_read(source, known.opened) for source in sources]
    by_step = axis == "step" or (axis == "auto" and all(step is not None for _, step in read))
    if not by_step:
        return FamilyMembers(axis="parameters", members=tuple(member for member, _ in read))
    if without := [member.label for member, step in read if step is None]:
        raise KnownError(
            "no_step",
            f"{without[0]!r} has no number in its name that tells its step",
            hint="Rename it to something like step1000, or compare sizes instead.",
            field="family.axis",
        )
    members = tuple(member.model_copy(update={"position": step}) for member, step in read)
    return FamilyMembers(axis="step", members=members)


def _read(source: str, opened: Mapping[str, str]) -> tuple[FamilyMember, int | None]:
    """A source as a member without a place, and the step that its name tells."""
    if origin := opened.get(source):  # a name ends in its revision, or in a hash of its folder
        told = source.partition("@")[2] or origin.rstrip("/").rpartition("/")[2]
        return FamilyMember(source=origin, label=_short(source), model=source), step_of(told)
    if found := _AT_REVISION.match(source):
        name, revision = found[1], found[2]
        return FamilyMember(source=name, revision=revision, label=_short(f"{name}@{revision}")), step_of(revision)
    bare = source.rstrip("/").rpartition("/")[2] if source != DEMO_SOURCE else source
    return FamilyMember(source=source, label=_short(bare)), step_of(bare)


def _check(found: FamilyMembers) -> None:
    if len(found.members) < 2:
        only = f"only {found.members[0].label}" if found.members else "no model"
        raise KnownError(
            "one_member",
            f"this family has {only}; a development needs two models or more",
            hint="Name more revisions, folders or models; a training gives one checkpoint for each of its save_at.",
            field="family",
        )
    if len(found.members) > MOST_MEMBERS:
        raise KnownError(
            "too_many_members",
            f"this family has {len(found.members)} models; {MOST_MEMBERS} are the most",
            hint="Take every second one.",
            field="family",
        )
    _refuse_twice(found, lambda one: (one.source, one.revision), "is named twice")
    if any(one.position is not None for one in found.members):
        _refuse_twice(found, lambda one: one.position, f"stand at the same {AXIS_WORDS[found.axis]}")


def _refuse_twice(found: FamilyMembers, place: Callable[[FamilyMember], object], what: str) -> None:
    seen: dict[object, FamilyMember] = {}
    for member in found.members:
        first = seen.setdefault(place(member), member)
        if first is member:
            continue
        who = first.label if first.label == member.label else f"{first.label} and {member.label}"
        at = f" ({first.position:g})" if first.position is not None else ""
        raise KnownError(
            "same_position",
            f"{who} {what}{at}; each place on the axis has one model",
            hint="Leave one of them out; models of different size are placed by their number of parameters.",
            field="family",
        )


def _short(label: str) -> str:
    return label if len(label) <= MOST_LABEL else "…" + label[1 - MOST_LABEL :]
