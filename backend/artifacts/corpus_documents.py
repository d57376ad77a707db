"""Which document each line of a corpus is of: a column of the language's file, or one file for all languages.

Sentences of one document resemble each other: who asks how sure a mean over lines is draws documents, not lines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from backend.artifacts.corpus_files import bad_file, sample_rows
from backend.contracts.problems import KnownError

DOCUMENT_FILES = ("documents.txt", "documents.tsv", "DOCUMENT_IDS.tsv", "DOCUMENT_IDS.txt")
"""One document a line, line N of it for line N of every language; of several columns (tabs) the first."""


def document_file(folder: Path) -> Path | None:
    """The file of documents of a corpus' folder, if there is one."""
    return next((folder / name for name in DOCUMENT_FILES if (folder / name).is_file()), None)


def of_column(path: Path, corpus: str, start: int, stop: int) -> tuple[str, ...] | None:
    """Documents of lines [start, stop) by the column of one language's file; None if it has none."""
    found = tuple(row.document for row in islice(sample_rows(path, corpus=corpus), start, stop))
    known = tuple(one for one in found if one is not None)
    if not known:
        return None
    if len(known) < len(found):
        raise bad_file(
            path,
            corpus,
            f"names the document of {len(known)} of {len(found)} lines",
            "Name it on every line, or on none.",
        )
    return known


def of_file(path: Path, corpus: str, n_lines: int, start: int, stop: int) -> tuple[str, ...]:
    """Documents of lines [start, stop) by the file for all languages, which must have `n_lines` lines."""
    stat = path.stat()
    found = _read(path, corpus, stat.st_size, stat.st_mtime_ns)
    if len(found) != n_lines:
        raise KnownError(
            "documents_not_aligned",
            f"{path.name} of corpus {corpus!r} names the document of {len(found)} lines, "
            f"but the corpus has {n_lines} lines",
            hint="Line N of it must name the document of line N of every language; mend it or take it away.",
            field="lines.corpus",
        )
    return found[start:stop]


def digest_of(documents: tuple[str, ...] | None) -> str:
    """SHA-256 of document ids in order; '' for None."""
    if documents is None:
        return ""
    return hashlib.sha256("\0".join(documents).encode()).hexdigest()


@lru_cache(maxsize=16)
def _read(path: Path, corpus: str, size_bytes: int, modified_ns: int) -> tuple[str, ...]:
    return tuple(_ids(path, corpus))


def _ids(path: Path, corpus: str) -> Iterator[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip().split("\n")
    except UnicodeDecodeError:
        raise bad_file(path, corpus, "is not UTF-8 text", "Convert it to UTF-8.") from None
    for number, line in enumerate(lines):
        name = line.split("\t")[0].strip()
        if not name:
            raise bad_file(path, corpus, f"names no document on line {number}", "Name one on every line.")
        yield name
