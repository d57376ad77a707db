"""Corpora on disk: a folder with one file per language (`ru.txt`, `ru.jsonl` or `ru.parquet`).

A corpus is *parallel* (sample N says the same in every language) unless its `corpus.json` says
`"parallel": false`: then languages may have different numbers of samples, which is all that scoring,
training and perplexity need.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from backend.artifacts.corpus_documents import digest_of, document_file, of_column, of_file
from backend.artifacts.corpus_files import READERS, require_file, samples
from backend.artifacts.corpus_folder import ABOUT, about, bad_folder, text_files, writable
from backend.contracts.base import CorpusName
from backend.contracts.language_codes import normalised
from backend.contracts.models import CorpusSummary
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS, Lines

logger = logging.getLogger(__name__)
BUILT_IN = Path(__file__).resolve().parents[1] / "data" / "parallel"
HELD_BYTES = 4 << 20
"""Files up to this size are kept in memory once read; larger ones are streamed each time."""
_NAME: TypeAdapter[str] = TypeAdapter(CorpusName)
_BUILT_IN_TITLE = "Atlas parallel corpus: 100 everyday, factual and narrative sentences in 16 languages"


class Corpus(NamedTuple):
    """A named folder of text files."""

    name: str
    folder: Path

    def files(self) -> dict[str, Path]:
        """By language code, sorted."""
        return text_files(self.name, self.folder).by_language

    def languages(self) -> tuple[str, ...]:
        """Language codes with a file, sorted."""
        return tuple(self.files())

    @property
    def about(self) -> dict[str, object]:
        """What `corpus.json` says; {} without one."""
        return about(self.name, self.folder)

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
        digests = {
            language: digest_of(self.documents(lines, language)) for language in sorted(map(normalised, languages))
        }
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
        for language in sorted(map(normalised, languages)):
            start, stop = self._range(lines, language)
            state.update(f"{language}\0{_digest(*self._read(language), start, stop)}\0".encode())
        return state.hexdigest()

    def summary(self) -> CorpusSummary:
        """What the catalogue shows; a broken corpus is listed with its reason, not hidden."""
        shown = _without_text(self.name, self.folder, "")
        try:
            shown = self._described(shown)
            self._require_aligned(shown.languages)
            n_lines = min(self.count(language) for language in shown.languages)
            total = self.hash(Lines(corpus=self.name), shown.languages)
            self.documents_hash(Lines(corpus=self.name), shown.languages)
            return shown.model_copy(update={"n_lines": n_lines, "hash": total})
        except KnownError as error:
            return shown.model_copy(update={"problem": writable(error.problem.detail)})
        except Exception as error:  # whatever lies there: the list and its other entries stand
            logger.warning("corpus %s cannot be read", writable(self.name), exc_info=True)
            return shown.model_copy(update={"problem": writable(f"cannot be read: {error}")})

    def _described(self, shown: CorpusSummary) -> CorpusSummary:
        built_in, said = self.folder == BUILT_IN, self.about
        files, left_out = text_files(self.name, self.folder), said.get("n_left_out")
        if not files.by_language:
            named = f"; {', '.join(files.ignored)} is not named by a language code" if files.ignored else ""
            raise bad_folder(f"no text file in {self.folder} ({', '.join(READERS)}){named}", "Name files like de.txt.")
        return shown.model_copy(
            update={
                "title": _BUILT_IN_TITLE if built_in else writable(str(said.get("title") or self.name)),
                "languages": tuple(files.by_language),
                "ignored": files.ignored,
                "licence": "CC0-1.0" if built_in else writable(str(said.get("licence") or "")),
                "is_parallel": said.get("parallel", True) is not False,
                "n_left_out": left_out if isinstance(left_out, int) else 0,
            }
        )

    def _read(self, language: str) -> tuple[Path, str, int, int]:
        """What tells a file and its state: what caches go by."""
        files, language = self.files(), normalised(language)
        if language not in files:
            raise KnownError(
                "unknown_language",
                f"corpus {self.name!r} has no language {language!r}; it has {', '.join(files) or 'none'}",
                hint="Choose one of these, or add a corpus of your own: lingua-atlas corpora add NAME FOLDER."
                if self.folder == BUILT_IN
                else f"Choose one of these, or add {language}.txt to {self.folder}.",
                field="languages",
            )
        stat = require_file(files[language], self.name)
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
        """Those that a request can name, by name; the built-in one first."""
        found = {DEFAULT_CORPUS: Corpus(DEFAULT_CORPUS, BUILT_IN)}
        for folder in self._folders():
            if folder.is_dir() and _fits(folder.name):
                found.setdefault(folder.name, Corpus(folder.name, folder))
        return found

    def summaries(self) -> tuple[CorpusSummary, ...]:
        """Every entry below the roots, one that no request can name with its reason."""
        usable = tuple(corpus.summary() for corpus in self.all().values())
        return usable + tuple(_without_text(path.name, path, why) for path, why in self._unusable())

    def _folders(self) -> Iterator[Path]:
        for root in self.roots:
            try:
                yield from sorted(path for path in root.iterdir() if not path.name.startswith("."))
            except OSError:  # `_unusable` says so
                continue

    def _unusable(self) -> Iterator[tuple[Path, str]]:
        for root in self.roots:
            try:
                next(root.iterdir(), None)
            except FileNotFoundError:
                continue
            except OSError as error:
                yield root, f"this root of corpora cannot be read: {error.strerror}"
        for path in self._folders():
            if path.is_symlink() and not path.exists():
                yield path, "a link to nothing"
            elif path.is_dir() and not _fits(path.name):
                yield path, "no request can name it: rename the folder, up to 80 of A-Z a-z 0-9 . _ - are accepted"

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


def _fits(name: str) -> bool:
    try:
        _NAME.validate_python(name)
    except ValidationError:
        return False
    return True


def _without_text(name: str, folder: Path, problem: str) -> CorpusSummary:
    """What can be said of an entry before anything in it is read."""
    shown = writable(name)
    return CorpusSummary(
        name=shown, title=shown, languages=(), n_lines=0, licence="", folder=writable(str(folder)), hash="",
        problem=problem,
    )  # fmt: skip


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
