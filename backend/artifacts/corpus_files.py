"""Samples of one language, streamed from one file: plain text, JSON lines or Parquet.

Knows file formats; knows nothing of corpora, alignment or languages. A sample is a line of a `.txt`,
the text of an object of a `.jsonl`, or of a row of a `.parquet`. No file is ever held whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from backend.contracts.problems import KnownError

TEXT_FIELDS = ("text", "sentence", "content")
"""Where the text of an object or a row is looked for, in this order; else its only string."""
ROWS_AT_ONCE = 1024


def samples(path: Path, *, corpus: str) -> Iterator[str]:
    """Every sample of a file in order, outer blanks removed; the first bad one raises a clear error."""
    number = 0
    for number, text in enumerate(READERS[path.suffix](path, corpus), start=1):
        text = text.strip("\r\n ")
        if not text:
            raise bad_file(
                path,
                corpus,
                f"has an empty line (line {number - 1}, counted from 0)",
                "Fill or remove it in every language.",
            )
        yield text
    if not number:
        raise bad_file(path, corpus, "is empty", "Give at least one sentence a line.")


def bad_file(path: Path, corpus: str, what: str, hint: str) -> KnownError:
    """The problem of a file that cannot be read as text."""
    return KnownError("bad_corpus_file", f"{path.name} of corpus {corpus!r} {what}", hint=hint, field="lines.corpus")


def _text_lines(path: Path, corpus: str) -> Iterator[str]:
    held = ""  # blank lines at the very end are no samples
    with path.open("rb") as file:
        for number, raw in enumerate(file):
            try:
                line = raw.decode("utf-8-sig" if number == 0 else "utf-8")
            except UnicodeDecodeError as error:
                where = f"is not UTF-8 text (line {number}, byte {error.start} of it)"
                raise bad_file(path, corpus, where, "Convert it to UTF-8.") from None
            if "\0" in line:
                raise bad_file(path, corpus, "is a binary file, not text", "Give UTF-8 text, one sentence a line.")
            if not line.strip():
                held += "\n"
                continue
            yield from [""] * len(held)
            held = ""
            yield line


def _json_lines(path: Path, corpus: str) -> Iterator[str]:
    field: str | None = None
    for number, line in enumerate(_text_lines(path, corpus)):
        try:
            value = json.loads(line) if line else None
        except ValueError as error:
            what = f"has a line that is no JSON (line {number}: {error})"
            raise bad_file(path, corpus, what, "Write one JSON object or string a line.") from None
        if isinstance(value, dict):
            field = field or _text_field(
                path, corpus, [name for name, found in value.items() if isinstance(found, str)]
            )
            value = value.get(field)
        if not isinstance(value, str):
            what = f"has a line without a text (line {number}, field {field or 'text'!r})"
            raise bad_file(path, corpus, what, "Every line needs the same text field.")
        yield value


def _parquet_rows(path: Path, corpus: str) -> Iterator[str]:
    import pyarrow as arrow  # half a second and 50 MB: only for whom it serves
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
        strings = [entry.name for entry in file.schema_arrow if _is_string(entry.type)]
        field = _text_field(path, corpus, strings)
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=[field]):
            for text in batch.column(0).to_pylist():
                yield text or ""
    except UnicodeDecodeError:
        raise bad_file(path, corpus, "holds text that is not UTF-8", "Convert it to UTF-8.") from None
    except (arrow.ArrowInvalid, arrow.ArrowIOError) as error:
        raise bad_file(path, corpus, f"is no whole Parquet file ({error})", "Write it again.") from None


def _is_string(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _text_field(path: Path, corpus: str, strings: list[str]) -> str:
    named = [name for name in TEXT_FIELDS if name in strings]
    if named or len(strings) == 1:
        return (named or strings)[0]
    raise bad_file(
        path,
        corpus,
        f"does not say which field is the text; its string fields: {', '.join(strings) or 'none'}",
        f"Call it {TEXT_FIELDS[0]!r}, or add the file with `lingua-atlas corpora add NAME FILE --text FIELD`.",
    )


READERS: dict[str, Callable[[Path, str], Iterator[str]]] = {
    ".txt": _text_lines,
    ".jsonl": _json_lines,
    ".parquet": _parquet_rows,
}
"""By the ending of the file."""
