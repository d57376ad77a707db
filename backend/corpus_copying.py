"""Samples are written into a new corpus: parallel rows whole or not at all, each left out row counted and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from backend.artifacts.corpus_documents import document_file
from backend.artifacts.corpus_files import Row, require_file, rows
from backend.contracts.language_codes import normalised
from backend.corpus_alignment import aligned, left_out_words, not_parallel

Say = Callable[[str], None]


def write_rows(
    folder: Path,
    languages: Sequence[str],
    laid: Iterable[tuple[Row, ...] | None],
    *,
    n_samples: int | None,
    say: Say,
    are_numbered: bool = True,
) -> int:
    """Write `LANGUAGE.jsonl` of the first `n_samples` rows that every language has; gives how many were left out.

    `laid`: cells in the order of `languages`, None for a row to leave out. Where rows are joined by an id their place
    in `laid` is no row number (`are_numbered` false), and none is said.
    """
    n_written, missing = 0, []
    with ExitStack() as stack:
        files = [
            stack.enter_context((folder / f"{normalised(language)}.jsonl").open("w", encoding="utf-8"))
            for language in languages
        ]
        for number, cells in enumerate(laid):
            if cells is None:
                missing.append(number)
                continue
            for file, cell in zip(files, cells, strict=True):
                file.write(json.dumps(_as_object(cell), ensure_ascii=False) + "\n")
            n_written += 1
            if n_written == n_samples:
                break
    say(f"{', '.join(languages)}: {n_written:,} samples")
    if missing:
        whose = f"of {', '.join(languages)}: a text was missing"
        say(left_out_words(missing, whose, are_numbered=are_numbered))
    return len(missing)


def copy_folder(folder: Path, files: Mapping[str, Path], target: Path, *, corpus: str, parallel: bool, say: Say) -> int:
    """Copy text files under their normalised codes without the rows that miss a text; gives how many those were."""
    for path in files.values():
        require_file(path, corpus)
    groups = [files] if parallel else [{language: path} for language, path in files.items()]
    documents, n_left_out = document_file(folder), 0
    for group in groups:
        kept = [
            cells is not None for cells in aligned({code: rows(path, corpus=corpus) for code, path in group.items()})
        ]
        missing = [number for number, is_kept in enumerate(kept) if not is_kept]
        for code, path in group.items():
            _copy(path, target, code, kept, corpus) if missing else shutil.copyfile(
                path, target / f"{code}{path.suffix}"
            )
        if missing:
            say(left_out_words(missing, f"of {', '.join(group)}: a text was missing"))
        if documents and parallel:
            _copy_documents(documents, target, kept)
        n_left_out += len(missing)
    return n_left_out


def _copy(path: Path, target: Path, code: str, kept: list[bool], corpus: str) -> None:
    """A line of text stays a line; rows of the other formats become JSON lines, for their text may have line ends."""
    is_text = path.suffix == ".txt"
    with (target / f"{code}{'.txt' if is_text else '.jsonl'}").open("w", encoding="utf-8") as file:
        for row, is_kept in zip(rows(path, corpus=corpus), kept, strict=False):  # blank rows at the end are none
            if is_kept:
                file.write((row.text if is_text else json.dumps(_as_object(row), ensure_ascii=False)) + "\n")


def _copy_documents(path: Path, target: Path, kept: list[bool]) -> None:
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    while lines and len(lines) > len(kept) and not lines[-1].strip():
        lines.pop()
    if len(lines) != len(kept):
        raise not_parallel(f"{path.name} has {len(lines)} lines for {len(kept)} rows")
    text = "".join(f"{line}\n" for line, is_kept in zip(lines, kept, strict=True) if is_kept)
    (target / path.name).write_text(text, encoding="utf-8")


def _as_object(row: Row) -> dict[str, str]:
    return {"text": row.text} | ({"document": row.document} if row.document is not None else {})
