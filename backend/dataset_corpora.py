"""A Hugging Face dataset, a JSON-lines or a Parquet file becomes a corpus: streamed, nothing held whole.

Where a language is found is said by `{language}` in the configuration, the split or the text field
(`--config 20231101.{language}`), or by a column that holds its code (`--language-column lang`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from backend.artifacts.corpus_files import Row
from backend.contracts.problems import KnownError
from backend.corpus_alignment import aligned
from backend.corpus_joining import Cells, by_id, by_position

HUB = "hf:"
FORMATS = {".jsonl": "json", ".json": "json", ".parquet": "parquet", ".csv": "csv"}


class DatasetSource(NamedTuple):
    """Where samples come from. In `config`, `split` and `text`, `{language}` stands for the language's code."""

    place: str
    """`hf:ORG/NAME`, a folder that `datasets` can load, or one `.jsonl`, `.parquet` or `.csv` file."""
    text: str = "text"
    config: str | None = None
    split: str = "train"
    revision: str | None = None
    language_column: str | None = None
    id_column: str | None = None
    """Column that is the same on all translations of a row and different on every row."""

    @property
    def has_tables(self) -> bool:
        """Whether each language is a table of its own, so that row N of one need not be row N of another."""
        is_hub, is_file = self.place.startswith(HUB), Path(self.place).suffix in FORMATS
        places = (self.config if is_hub else None, None if is_file and not is_hub else self.split)
        return any("{language}" in place for place in places if place)


def is_dataset(place: str) -> bool:
    """Whether a place is read by `datasets`, not as a folder of LANGUAGE files."""
    return place.startswith(HUB) or Path(place).suffix in FORMATS


def stream(source: DatasetSource, language: str) -> Iterator[str]:
    """Every sample of one language, '' where the cell is blank or missing; raises KnownError."""
    rows = open_rows(source, language)
    if source.language_column:
        rows = _of_language(rows, source.language_column, language)
    field = source.text.format(language=language)
    return (_text(row, field) for row in rows)


def stream_together(
    source: DatasetSource, languages: Sequence[str], *, n_samples: int | None = None
) -> Iterable[Cells | None]:
    """Rows of all languages, None for one that misses a text; raises KnownError where nothing lays them together.

    What says so: an id column; one table that has a column for each language; or tables of equal length, which only
    reading them whole shows, so not together with `n_samples`.
    """
    if source.id_column:
        return by_id({language: _with_ids(source, language) for language in languages}, n_samples=n_samples)
    hint = (
        "Name a column that is the same on all translations of a row (--id-column id), give a table with a column for "
        "each language (--text 'text_{language}'), or leave out --parallel."
    )
    if source.language_column:
        what = f"rows of {source.place} hold one language each, so nothing says which ones are translations"
        raise KnownError("corpus_not_aligned", what, hint=hint)
    columns = {language: (Row(text) for text in stream(source, language)) for language in languages}
    if not source.has_tables:
        return aligned(columns)
    if n_samples is not None:
        raise KnownError(
            "corpus_not_aligned",
            f"each language of {source.place} is a table of its own (--config or --split), and the first {n_samples} "
            "rows do not show whether a row is missing in one of them",
            hint=f"{hint} Without --samples the tables are read whole, and taken if they have equally many rows.",
        )
    return by_position(columns)


def open_rows(source: DatasetSource, language: str) -> Iterator[dict[str, Any]]:
    """Every row with all its columns, streamed; raises KnownError."""
    datasets = _library()
    split = source.split.format(language=language)
    try:
        if source.place.startswith(HUB):
            config = source.config and source.config.format(language=language)
            name = source.place.removeprefix(HUB)
            return iter(datasets.load_dataset(name, config, split=split, revision=source.revision, streaming=True))
        path = Path(source.place).expanduser()
        if not path.exists():
            raise KnownError("bad_corpus", f"there is no file or folder {path}", hint="Check the path.")
        if path.is_dir():
            return iter(datasets.load_dataset(str(path), split=split, streaming=True))
        if path.suffix not in FORMATS:
            hint = f"Accepted are {', '.join(FORMATS)}, or a folder of LANGUAGE.txt files without --languages."
            raise KnownError("bad_corpus", f"{path} is no file of rows", hint=hint)
        return iter(datasets.load_dataset(FORMATS[path.suffix], data_files=str(path), split="train", streaming=True))
    except (ValueError, OSError, RuntimeError) as error:
        raise _unreadable(source, error) from error


def _with_ids(source: DatasetSource, language: str) -> Iterator[tuple[str, Row]]:
    column = source.id_column or ""
    rows = open_rows(source, language)
    if source.language_column:
        rows = _of_language(rows, source.language_column, language)
    field = source.text.format(language=language)
    for row in rows:
        name = row.get(column)
        if isinstance(name, bool) or not isinstance(name, (str, int)) or not str(name).strip():
            raise KnownError(
                "bad_corpus",
                f"a row of {language} has no id in a column {column!r}; its columns are {', '.join(row)}",
                hint="Name with --id-column a column of text or whole numbers that is filled on every row.",
            )
        yield str(name).strip(), Row(_text(row, field))


def _of_language(rows: Iterator[dict[str, Any]], column: str, language: str) -> Iterator[dict[str, Any]]:
    for row in rows:
        if column not in row:
            raise _no_column(column, row)
        if row[column] == language:
            yield row


def _text(row: dict[str, Any], field: str) -> str:
    text = row.get(field, 0)
    if text is not None and not isinstance(text, str):
        raise _no_column(field, row)
    return text.strip() if text else ""


def _no_column(name: str, row: dict[str, Any]) -> KnownError:
    return KnownError(
        "bad_corpus",
        f"the dataset has no text in a column {name!r}; its columns are {', '.join(row)}",
        hint="Name the column of the text with --text, that of the language's code with --language-column.",
    )


def _unreadable(source: DatasetSource, error: Exception) -> KnownError:
    reason = str(error).split("\n")[0]
    return KnownError(
        "bad_corpus",
        f"{source.place} cannot be read as a dataset: {reason}",
        hint="Check name, --config, --split and --revision; a private dataset needs HF_TOKEN.",
    )


def _library() -> Any:
    try:
        import datasets  # seconds and many packages: only for whom it serves
    except ImportError:
        raise KnownError(
            "extra_missing",
            "reading datasets needs the package `datasets`, which is not installed",
            hint='Install it with: pip install "lingua-atlas[datasets]"',
        ) from None
    datasets.disable_progress_bars()
    return datasets
