"""Corpora on disk: a folder with one file per language (`ru.txt`, `ru.jsonl` or `ru.parquet`).

A corpus is *parallel* (sample N says the same in every language) unless its `corpus.json` says
`"parallel": false`: then languages may have different numbers of samples, which is all that scoring,
training and perplexity need.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from backend.artifacts.corpus_documents import DOCUMENT_FILES, digest_of, document_file, of_column, of_file
from backend.artifacts.corpus_files import READERS, samples
from backend.contracts.models import CorpusSummary
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS, Lines

BUILT_IN = Path(__file__).resolve().parents[1] / "data" / "parallel"
ABOUT = "corpus.json"
"""Optional: `title`, `licence`, `source`, `parallel`."""
HELD_BYTES = 4 << 20
"""Files up to this size are kept in memory once read; larger ones are streamed each time."""
_BUILT_IN_TITLE = "Atlas parallel corpus: 100 everyday, factual and narrative sentences in 16 languages"


class Corpus(NamedTuple):
    """A named folder of text files."""

    name: str
    folder: Path

    def files(self) -> dict[str, Path]:
        """By language code, sorted; of several files of one language the first of txt, jsonl, parquet."""
        paths = (path for ending in reversed(READERS) for path in self.folder.glob(f"*{ending}"))
        found = {path.stem: path for path in paths if path.name not in DOCUMENT_FILES}
        return dict(sorted(found.items()))

    def languages(self) -> tuple[str, ...]:
        """Language codes with a file, sorted."""
        return tuple(self.files())

    @property
    def about(self) -> dict[str, object]:
        """What `corpus.json` says; {} without one or when it cannot be read."""
        try:
            said = json.loads((self.folder / ABOUT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    @property
    def is_parallel(self) -> bool:
        """Whether sample N says the same in every language."""
        return self.about.get("parallel", True) is not False

    def count(self, language: str) -> int:
        """Samples of one language; the first call reads the whole file and checks it."""
        return _count(*self._read(language))

    def lines(self, language: str) -> tuple[str, ...]:
        """All samples of one language; a clear error when the file is missing, empty or not text."""
        return tuple(self.stream(Lines(corpus=self.name), language))

    def stream(self, lines: Lines, language: str) -> Iterator[str]:
        """The samples asked for, one after the other; raises before the first when the range does not exist."""
        start, stop = self._range(lines, language)
        return islice(_samples(*self._read(language)), start, stop)

    def texts(self, lines: Lines, languages: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """The samples asked for, by language; of a parallel corpus all files must be equally long."""
        self._require_aligned(languages)
        return {language: tuple(self.stream(lines, language)) for language in languages}

    def documents(self, lines: Lines, language: str) -> tuple[str, ...] | None:
        """The document of each sample asked for, aligned with `stream`; None where the corpus does not say it.

        A column of the language's own file counts before the file for all languages, which only a parallel corpus
        can have.
        """
        start, stop = self._range(lines, language)
        by_column = _documents(*self._read(language), start, stop)
        path = document_file(self.folder)
        if by_column is not None or path is None:
            return by_column
        if not self.is_parallel:
            raise KnownError(
                "documents_not_aligned",
                f"corpus {self.name!r} is not parallel, so {path.name} cannot say the documents of every language",
                hint="Give each language a column `document` (.jsonl, .parquet), or take the file away.",
                field="lines.corpus",
            )
        return of_file(path, self.name, self.count(language), start, stop)

    def documents_hash(self, lines: Lines, languages: tuple[str, ...]) -> str:
        """SHA-256 of the documents of exactly the texts asked for, '' where none is known; `hash` is without them."""
        digests = {language: digest_of(self.documents(lines, language)) for language in sorted(languages)}
        if not any(digests.values()):
            return ""
        return hashlib.sha256("\0".join(f"{one}\0{value}" for one, value in digests.items()).encode()).hexdigest()

    def require_parallel(self) -> None:
        """For whoever compares sentence with sentence."""
        if not self.is_parallel:
            raise KnownError(
                "corpus_not_parallel",
                f"corpus {self.name!r} is not parallel: line N need not say the same in every language",
                hint="Choose a parallel corpus; this one serves for scoring, training and perplexity.",
                field="lines.corpus",
            )

    def hash(self, lines: Lines, languages: tuple[str, ...]) -> str:
        """SHA-256 of exactly the texts asked for: part of every key that reads them."""
        self._require_aligned(languages)
        state = hashlib.sha256()
        for language in sorted(languages):
            start, stop = self._range(lines, language)
            state.update(f"{language}\0{_digest(*self._read(language), start, stop)}\0".encode())
        return state.hexdigest()

    def summary(self) -> CorpusSummary:
        """What the catalogue shows; a broken corpus is listed with its reason, not hidden."""
        built_in, about = self.folder == BUILT_IN, self.about
        languages, problem, n_lines, total = self.languages(), "", 0, ""
        try:
            self._require_aligned(languages)
            n_lines = min((self.count(language) for language in languages), default=0)
            total = self.hash(Lines(corpus=self.name), languages) if languages else ""
            problem = "" if languages else f"no text file in {self.folder} ({', '.join(READERS)})"
        except KnownError as error:
            problem = error.problem.detail
        return CorpusSummary(
            name=self.name,
            title=_BUILT_IN_TITLE if built_in else str(about.get("title") or self.name),
            languages=languages,
            n_lines=n_lines,
            licence="CC0-1.0" if built_in else str(about.get("licence") or ""),
            folder=str(self.folder),
            hash=total,
            problem=problem,
            is_parallel=self.is_parallel,
        )

    def _read(self, language: str) -> tuple[Path, str, int, int]:
        """What tells a file and its state: what caches go by."""
        files = self.files()
        if language not in files:
            raise KnownError(
                "unknown_language",
                f"corpus {self.name!r} has no language {language!r}; it has {', '.join(files) or 'none'}",
                hint="Choose one of these, or add a corpus of your own: lingua-atlas corpora add NAME FOLDER."
                if self.folder == BUILT_IN
                else f"Choose one of these, or add {language}.txt to {self.folder}.",
                field="languages",
            )
        stat = files[language].stat()
        return files[language], self.name, stat.st_size, stat.st_mtime_ns

    def _range(self, lines: Lines, language: str) -> tuple[int, int]:
        n_lines = self.count(language)
        stop = n_lines if lines.stop is None else lines.stop
        if lines.start >= n_lines or stop > n_lines:
            whose = "" if self.is_parallel else f" in {language}"
            raise KnownError(
                "lines_out_of_range",
                f"lines {lines.start} to {stop} of corpus {self.name!r} do not exist{whose}; "
                f"it has lines 0 to {n_lines - 1}",
                hint=f"Choose start below and stop at most {n_lines}.",
                field="lines",
            )
        return lines.start, stop

    def _require_aligned(self, languages: tuple[str, ...]) -> None:
        counts = {language: self.count(language) for language in languages}
        if self.is_parallel and len(set(counts.values())) > 1:
            told = ", ".join(f"{language}: {count}" for language, count in counts.items())
            raise KnownError(
                "corpus_not_aligned",
                f"corpus {self.name!r} must have the same number of lines in every language, but has {told}",
                hint="Line N must be the same sentence in every file: add or remove lines; or, for text that is not "
                f'parallel, write {{"parallel": false}} into {self.folder / ABOUT}.',
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


def _samples(path: Path, corpus: str, size_bytes: int, modified_ns: int) -> Iterator[str]:
    if path.suffix == ".txt" and size_bytes <= HELD_BYTES:
        return iter(_held(path, corpus, size_bytes, modified_ns))
    return samples(path, corpus=corpus)


@lru_cache(maxsize=128)
def _held(path: Path, corpus: str, size_bytes: int, modified_ns: int) -> tuple[str, ...]:
    return tuple(samples(path, corpus=corpus))


@lru_cache(maxsize=4096)
def _count(path: Path, corpus: str, size_bytes: int, modified_ns: int) -> int:
    return sum(1 for _ in _samples(path, corpus, size_bytes, modified_ns))


@lru_cache(maxsize=4096)
def _digest(path: Path, corpus: str, size_bytes: int, modified_ns: int, start: int, stop: int) -> str:
    state = hashlib.sha256(f"{stop - start}\0".encode())
    for text in islice(_samples(path, corpus, size_bytes, modified_ns), start, stop):
        state.update(text.encode() + b"\0")
    return state.hexdigest()


@lru_cache(maxsize=128)
def _documents(
    path: Path, corpus: str, size_bytes: int, modified_ns: int, start: int, stop: int
) -> tuple[str, ...] | None:
    return None if path.suffix == ".txt" else of_column(path, corpus, start, stop)
