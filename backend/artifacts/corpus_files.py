"""Samples of one language, streamed from one file: plain text, JSON lines or Parquet.

Knows file formats; knows nothing of corpora, alignment or languages. A sample is a line of a `.txt`,
the text of an object of a `.jsonl`, or of a row of a `.parquet`; a column of objects and rows may name its
document. No file is ever held whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, NamedTuple

from backend.contracts.problems import KnownError

TEXT_FIELDS = ("text", "sentence", "content")
"""Where the text of an object or a row is looked for, in this order; else its only string."""
DOCUMENT_FIELDS = ("document", "documents", "document_id", "doc_id")
"""Where the document of an object or a row is looked for, in this order."""
ROWS_AT_ONCE = 1024


class Row(NamedTuple):
    """One row as the file has it."""

    text: str
    """Without outer blanks; '' where it is missing."""
    document: str | None = None
    """Which document it is of, where the file says so."""


BLANK = Row("")
"""The one row (by identity) that stands for a line with nothing on it; at the end of a file it is no sample."""


def samples(path: Path, *, corpus: str) -> Iterator[str]:
    """Every sample of a file in order, outer blanks removed; the first bad one raises a clear error."""
    return (row.text for row in sample_rows(path, corpus=corpus))


def sample_rows(path: Path, *, corpus: str) -> Iterator[Row]:
    """Every sample with its document; a missing text, or no sample at all, raises a clear error."""
    number, n_blank = 0, 0
    for row in rows(path, corpus=corpus):
        if row is BLANK:
            n_blank += 1
            continue
        if n_blank or not row.text:
            raise bad_file(
                path,
                corpus,
                f"has an empty line (line {number}, counted from 0)",
                "Fill it, or remove that line in every language: `lingua-atlas corpora add` does the latter.",
            )
        number += 1
        yield row
    if not number:
        raise bad_file(path, corpus, "is empty", "Give at least one sentence a line.")


def rows(path: Path, *, corpus: str) -> Iterator[Row]:
    """Every row as it stands in the file, missing texts among them."""
    try:
        yield from READERS[path.suffix](path, corpus)
    except OSError as error:
        raise unreadable(path, corpus, error.strerror or str(error)) from None


def require_file(path: Path, corpus: str) -> os.stat_result:
    """Size and time of a file that can be read; a folder, a pipe or a dangling link raises a clear error."""
    try:
        stat = path.stat()
    except OSError as error:
        raise unreadable(path, corpus, error.strerror or str(error)) from None
    if not S_ISREG(stat.st_mode):
        raise unreadable(path, corpus, "a folder" if S_ISDIR(stat.st_mode) else "a pipe, socket or device, not a file")
    return stat


def unreadable(path: Path, corpus: str, why: str) -> KnownError:
    """The problem of what is named like a file of text and cannot be opened as one."""
    return bad_file(path, corpus, f"cannot be read: {why}", "Put a file of text there, or take this entry away.")


def bad_file(path: Path, corpus: str, what: str, hint: str) -> KnownError:
    """The problem of a file that cannot be read as text."""
    return KnownError("bad_corpus_file", f"{path.name} of corpus {corpus!r} {what}", hint=hint, field="lines.corpus")


def _text_rows(path: Path, corpus: str) -> Iterator[Row]:
    for line in _lines(path, corpus):
        yield Row(line) if line else BLANK


def _lines(path: Path, corpus: str) -> Iterator[str]:
    with path.open("rb") as file:
        for number, raw in enumerate(file):
            try:
                line = raw.decode("utf-8-sig" if number == 0 else "utf-8")
            except UnicodeDecodeError as error:
                where = f"is not UTF-8 text (line {number}, byte {error.start} of it)"
                raise bad_file(path, corpus, where, "Convert it to UTF-8.") from None
            if "\0" in line:
                raise bad_file(path, corpus, "is a binary file, not text", "Give UTF-8 text, one sentence a line.")
            yield _stripped(line)


def _stripped(text: str) -> str:
    """Without line ends and spaces around it; a text of other blanks alone is missing too."""
    return text.strip("\r\n ") if text.strip() else ""


def _json_rows(path: Path, corpus: str) -> Iterator[Row]:
    fields: tuple[str, str | None] | None = None
    for number, line in enumerate(_lines(path, corpus)):
        if not line:
            yield BLANK
            continue
        value = _json_value(path, corpus, number, line)
        document = None
        if isinstance(value, dict):
            fields = fields or _fields(path, corpus, [key for key, one in value.items() if _may_be_text(one)], value)
            value, document = value.get(fields[0], number), _document(path, corpus, number, value, fields[1])
        if value is not None and not isinstance(value, str):
            what = f"has a line without a text (line {number}, field {fields[0] if fields else 'text'!r})"
            raise bad_file(path, corpus, what, "Every line needs the same text field.")
        yield Row(_valid(path, corpus, number, value or ""), document)


def _json_value(path: Path, corpus: str, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        what = f"has a line that is no JSON (line {number}: {error})"
        raise bad_file(path, corpus, what, "Write one JSON object or string a line.") from None


def _may_be_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _valid(path: Path, corpus: str, number: int, text: str) -> str:
    """The text, if it can be written as UTF-8: JSON can name half a character (`\\ud83d`)."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        what = f"holds half a character (line {number}: {text[error.start]!r}, a lone surrogate)"
        raise bad_file(path, corpus, what, "Write the whole character, or remove it.") from None
    return _stripped(text)


def _parquet_rows(path: Path, corpus: str) -> Iterator[Row]:
    import pyarrow as arrow  # half a second and 50 MB: only for whom it serves
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
        strings = [entry.name for entry in file.schema_arrow if _is_string(entry.type)]
        text, document = _fields(path, corpus, strings, file.schema_arrow.names)
        number = 0
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=[text, *([document] if document else [])]):
            for row in batch.to_pylist():
                yield Row(_stripped(row[text] or ""), _document(path, corpus, number, row, document))
                number += 1
    except UnicodeDecodeError:
        raise bad_file(path, corpus, "holds text that is not UTF-8", "Convert it to UTF-8.") from None
    except (arrow.ArrowInvalid, arrow.ArrowIOError) as error:
        raise bad_file(path, corpus, f"is no whole Parquet file ({error})", "Write it again.") from None


def _is_string(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _fields(path: Path, corpus: str, strings: list[str], names: Iterable[str]) -> tuple[str, str | None]:
    """Which field is the text, and which the document if one is."""
    document = next((name for name in DOCUMENT_FIELDS if name in names), None)
    others = [name for name in strings if name not in DOCUMENT_FIELDS]
    if strings and not others:  # `{"document": "the text itself"}`
        document, others = None, strings
    strings = others
    named = [name for name in TEXT_FIELDS if name in strings]
    if named or len(strings) == 1:
        return (named or strings)[0], document
    raise bad_file(
        path,
        corpus,
        f"does not say which field is the text; its string fields: {', '.join(strings) or 'none'}",
        f"Call it {TEXT_FIELDS[0]!r}, or add the file with `lingua-atlas corpora add NAME FILE --text FIELD`.",
    )


def _document(path: Path, corpus: str, number: int, row: dict[str, Any], field: str | None) -> str | None:
    if field is None:
        return None
    value = row.get(field)
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
        what = f"does not say which document line {number} is of (field {field!r})"
        raise bad_file(path, corpus, what, "Give the document's name or number on every line, or on none.")
    return _valid(path, corpus, number, str(value))


READERS: dict[str, Callable[[Path, str], Iterator[Row]]] = {
    ".txt": _text_rows,
    ".jsonl": _json_rows,
    ".parquet": _parquet_rows,
}
"""By the ending of the file."""
