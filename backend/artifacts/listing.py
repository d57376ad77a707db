"""What lies in a folder of small JSON entries: those that can be read, and those that cannot, each with its reason.

A listing never fails because of one entry, never waits for one (a pipe), and never hides one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from backend.artifacts.corpus_folder import writable
from backend.artifacts.regular_files import regular_bytes
from backend.contracts.models import BrokenEntry

_Entry = TypeVar("_Entry")


class Listing(NamedTuple, Generic[_Entry]):
    """What a folder holds."""

    entries: list[_Entry]
    broken: tuple[BrokenEntry, ...]
    """By name."""


def json_entries(root: Path, parse: Callable[[bytes], _Entry], name_of: Callable[[_Entry], str]) -> Listing[_Entry]:
    """Every `NAME.json` below `root`, read by `parse`; hidden files are half-written ones and no entries.

    An entry that says another name than its file is broken: whoever asked for that name would not find it.
    """
    entries, broken = [], []
    paths, problem = visible(root)
    for path in (path for path in paths if path.suffix == ".json"):
        try:
            entry = parse(regular_bytes(path))
        except FileNotFoundError:
            if path.is_symlink():
                broken.append(BrokenEntry(name=writable(path.name), problem="a link to nothing"))
            continue  # removed meanwhile
        except OSError as error:
            broken.append(unreadable(path, error))
            continue
        except (ValidationError, RecursionError) as error:
            broken.append(BrokenEntry(name=writable(path.name), problem=f"cannot be read: {_first_reason(error)}"))
            continue
        if name_of(entry) == path.stem:
            entries.append(entry)
        else:
            why = f"the file says it is {name_of(entry)}, which is not its own name"
            broken.append(BrokenEntry(name=writable(path.name), problem=why))
    return Listing(entries, (*problem, *broken))


def visible(root: Path) -> tuple[list[Path], tuple[BrokenEntry, ...]]:
    """What lies in a folder by name, but for hidden entries; a folder that cannot be read is itself broken."""
    try:
        return sorted(path for path in root.iterdir() if not path.name.startswith(".")), ()
    except FileNotFoundError:
        return [], ()
    except OSError as error:
        return [], (unreadable(root, error),)


def moment(told: datetime) -> datetime:
    """A time that can be compared with any other; one without a zone is UTC."""
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def unreadable(path: Path, error: OSError) -> BrokenEntry:
    """An entry that the file system does not give."""
    return BrokenEntry(name=writable(path.name), problem=f"cannot be read: {error.strerror or error}")


def _first_reason(error: ValidationError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "too deep"
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, first["loc"]))
    return writable(f"{place}: {first['msg']}" if place else first["msg"])[:300]
