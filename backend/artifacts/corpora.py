"""Corpora on disk: a folder with one `{language}.txt` per language, line N the same sentence in each."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from backend.contracts.models import CorpusSummary
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS, Lines

BUILT_IN = Path(__file__).resolve().parents[1] / "data" / "parallel"
_BUILT_IN_TITLE = "Atlas parallel corpus: 100 everyday, factual and narrative sentences in 16 languages"


class Corpus(NamedTuple):
    """A named folder of aligned text files."""

    name: str
    folder: Path

    def languages(self) -> tuple[str, ...]:
        """Language codes with a file, sorted."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.txt")))

    def lines(self, language: str) -> tuple[str, ...]:
        """All lines of one language; a clear error when the file is missing, empty or not text."""
        path = self.folder / f"{language}.txt"
        if language not in self.languages():
            raise KnownError(
                "unknown_language",
                f"corpus {self.name!r} has no language {language!r}; it has {', '.join(self.languages()) or 'none'}",
                hint=f"Choose one of these, or add {language}.txt to {self.folder}.",
                field="languages",
            )
        stat = path.stat()
        return _read(path, self.name, stat.st_size, stat.st_mtime_ns)

    def texts(self, lines: Lines, languages: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """The lines asked for, by language; checks that the range exists and that all files align."""
        found = {language: self.lines(language) for language in languages}
        counts = {language: len(text) for language, text in found.items()}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{language}: {count}" for language, count in counts.items())
            raise KnownError(
                "corpus_not_aligned",
                f"corpus {self.name!r} must have the same number of lines in every language, but has {told}",
                hint="Line N must be the same sentence in every file; add or remove lines.",
            )
        n_lines = min(counts.values())
        stop = n_lines if lines.stop is None else lines.stop
        if lines.start >= n_lines or stop > n_lines:
            raise KnownError(
                "lines_out_of_range",
                f"lines {lines.start} to {stop} of corpus {self.name!r} do not exist; it has lines 0 to {n_lines - 1}",
                hint=f"Choose start below and stop at most {n_lines}.",
                field="lines",
            )
        return {language: text[lines.start : stop] for language, text in found.items()}

    def hash(self, lines: Lines, languages: tuple[str, ...]) -> str:
        """SHA-256 of exactly the texts asked for: part of every key that reads them."""
        state = hashlib.sha256()
        for language, text in sorted(self.texts(lines, languages).items()):
            state.update(f"{language}\0{len(text)}\0".encode())
            for line in text:
                state.update(line.encode() + b"\0")
        return state.hexdigest()

    def summary(self) -> CorpusSummary:
        """What the catalogue shows; a broken corpus is listed with its reason, not hidden."""
        built_in = self.folder == BUILT_IN
        languages, problem, n_lines, total = self.languages(), "", 0, ""
        try:
            whole = self.texts(Lines(corpus=self.name), languages) if languages else {}
            n_lines = len(next(iter(whole.values()), ()))
            total = self.hash(Lines(corpus=self.name), languages) if languages else ""
            problem = "" if languages else f"no .txt file in {self.folder}"
        except KnownError as error:
            problem = error.problem.detail
        return CorpusSummary(
            name=self.name,
            title=_BUILT_IN_TITLE if built_in else self.name,
            languages=languages,
            n_lines=n_lines,
            licence="CC0-1.0" if built_in else "",
            folder=str(self.folder),
            hash=total,
            problem=problem,
        )


class Corpora:
    """The built-in corpus and every folder below the given roots; the first root with a name wins."""

    def __init__(self, roots: tuple[Path, ...]) -> None:
        self.roots = roots

    def all(self) -> dict[str, Corpus]:
        """By name; the built-in one first."""
        found = {DEFAULT_CORPUS: Corpus(DEFAULT_CORPUS, BUILT_IN)}
        for root in self.roots:
            for folder in sorted(root.iterdir()) if root.is_dir() else []:
                if folder.is_dir() and not folder.name.startswith("."):
                    found.setdefault(folder.name, Corpus(folder.name, folder))
        return found

    def named(self, name: str) -> Corpus:
        """One corpus, or a 404 problem that lists the names there are."""
        found = self.all()
        if name not in found:
            raise KnownError(
                "unknown_corpus",
                f"there is no corpus {name!r}; there are {', '.join(found)}",
                hint="Add a folder of aligned {language}.txt files with `lingua-atlas corpora add NAME FOLDER`.",
                status=404,
                field="lines.corpus",
            )
        return found[name]


@lru_cache(maxsize=512)
def _read(path: Path, corpus: str, size_bytes: int, modified_ns: int) -> tuple[str, ...]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad(path, corpus, f"is not UTF-8 text (byte {error.start})", "Convert it to UTF-8.") from None
    if "\0" in text:
        raise _bad(path, corpus, "is a binary file, not text", "Give a UTF-8 text file, one sentence a line.")
    lines = tuple(line.strip("\r ") for line in text.removesuffix("\n").split("\n"))
    if not text.strip():
        raise _bad(path, corpus, "is empty", "Give at least one sentence a line.")
    empty = [number for number, line in enumerate(lines) if not line.strip()]
    if empty:
        raise _bad(
            path, corpus, f"has an empty line (line {empty[0]}, counted from 0)", "Fill or remove it in every language."
        )
    return lines


def _bad(path: Path, corpus: str, what: str, hint: str) -> KnownError:
    return KnownError("bad_corpus_file", f"{path.name} of corpus {corpus!r} {what}", hint=hint, field="lines.corpus")
