"""What lies in a folder of text: which file is which language's, what is not read, what `corpus.json` says.

Names and files below a corpus root are other people's: each reading here says what is wrong by a `KnownError`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

from backend.artifacts.corpus_documents import DOCUMENT_FILES
from backend.artifacts.corpus_files import READERS, require_file
from backend.contracts.language_codes import is_code, normalised
from backend.contracts.problems import KnownError

ABOUT = "corpus.json"
"""Optional: `title`, `licence`, `source`, `parallel`."""
MAX_ABOUT_BYTES = 1 << 20


class TextFiles(NamedTuple):
    """The text files of one folder."""

    by_language: dict[str, Path]
    """By normalised code, sorted."""
    ignored: tuple[str, ...]
    """Names that end like text and are no language's."""


def writable(text: str) -> str:
    """Text that UTF-8 can hold: bytes of a file name that are none are shown as `\\udcff`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def text_files(name: str, folder: Path) -> TextFiles:
    """Of several endings of one stem the first of txt, jsonl, parquet; two names of one language are a problem."""
    found: dict[str, Path] = {}
    ignored = []
    for path in sorted(_entries(name, folder), key=lambda path: (list(READERS).index(path.suffix), path.name)):
        if not is_code(path.stem):
            ignored.append(writable(path.name))
            continue
        other = found.setdefault(normalised(path.stem), path)
        if other.stem != path.stem:
            raise bad_folder(
                f"{other.name} and {path.name} of corpus {name!r} are both the language {normalised(path.stem)}",
                "Keep one of them.",
            )
    return TextFiles(dict(sorted(found.items())), tuple(sorted(ignored)))


def about(name: str, folder: Path) -> dict[str, object]:
    """What `corpus.json` says; {} without one."""
    path = folder / ABOUT
    if not os.path.lexists(path):
        return {}
    if require_file(path, name).st_size > MAX_ABOUT_BYTES:
        raise bad_folder(f"{ABOUT} of corpus {name!r} is larger than {MAX_ABOUT_BYTES} bytes", "Shorten it.")
    try:
        given = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise bad_folder(f"{ABOUT} of corpus {name!r} cannot be read: {error}", "Mend it or take it away.") from None
    if not isinstance(given, dict) or not isinstance(given.get("parallel", True), bool):
        raise bad_folder(
            f"{ABOUT} of corpus {name!r} is not an object whose `parallel` is true or false",
            'Write for example {"title": "Mine", "parallel": false}.',
        )
    return given


def bad_folder(detail: str, hint: str) -> KnownError:
    """The problem of a folder that cannot be read as a corpus."""
    return KnownError("bad_corpus", writable(detail), hint=hint, field="lines.corpus")


def _entries(name: str, folder: Path) -> list[Path]:
    try:
        paths = list(folder.iterdir())
    except OSError as error:
        raise bad_folder(
            f"the folder of corpus {name!r} cannot be read: {error.strerror}", f"Check who may read {folder}."
        ) from None
    return [path for path in paths if path.suffix in READERS and path.name not in DOCUMENT_FILES]
