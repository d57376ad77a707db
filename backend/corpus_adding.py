"""The user's text becomes a corpus of the atlas: checked first, then copied whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from backend.artifacts.corpora import Corpus
from backend.artifacts.corpus_folder import ABOUT
from backend.contracts.base import CorpusName, Language
from backend.contracts.models import CorpusSummary
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS, Lines
from backend.dataset_corpora import DatasetSource, stream

_NAME: TypeAdapter[str] = TypeAdapter(CorpusName)
_LANGUAGE: TypeAdapter[str] = TypeAdapter(Language)


def add_folder(name: str, folder: Path, corpora: Path, *, parallel: bool = True) -> CorpusSummary:
    """Copy the `LANGUAGE.txt`, `.jsonl` or `.parquet` files of `folder` to `corpora / name`. Raises KnownError."""
    _require_name(name, corpora)
    if not folder.is_dir():
        raise KnownError(
            "bad_corpus",
            f"{folder} is a file, and a corpus is a folder" if folder.is_file() else f"there is no folder {folder}",
            hint="Give a folder of LANGUAGE.txt (or .jsonl, .parquet) files; "
            "one .jsonl, .parquet or .csv file with --languages; or hf:ORG/NAME.",
        )
    files = Corpus(name, folder).files()
    if strange := [path.name for language, path in files.items() if not _fits(_LANGUAGE, language)]:
        raise KnownError(
            "bad_corpus",
            f"{', '.join(strange)} in {folder}: a file is named by its language code",
            hint="Name files like de.txt or zh-Hant.txt, and keep other text elsewhere.",
        )
    if not files:
        raise KnownError("bad_corpus", Corpus(name, folder).summary().problem, hint="Name files like de.txt.")
    with _adding(name, corpora) as whole:
        for path in files.values():
            shutil.copyfile(path, whole / path.name)
        if (folder / ABOUT).is_file():
            shutil.copyfile(folder / ABOUT, whole / ABOUT)
        elif not parallel:
            _write_about(whole, title=name, source=str(folder), parallel=False)
        return _checked(name, whole)


def add_dataset(
    name: str,
    source: DatasetSource,
    corpora: Path,
    *,
    languages: Sequence[str],
    n_samples: int | None = None,
    parallel: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> CorpusSummary:
    """Stream the first `n_samples` of each language of a dataset into `corpora / name`. Raises KnownError."""
    _require_name(name, corpora)
    if not languages:
        raise KnownError("bad_corpus", "no language is named", hint="Name them: --languages ar,ru,zh.")
    if strange := [language for language in languages if not _fits(_LANGUAGE, language)]:
        raise KnownError("bad_corpus", f"{', '.join(strange)}: no language code", hint="Use codes like de or zh-Hant.")
    with _adding(name, corpora) as whole:
        for language in languages:
            with (whole / f"{language}.jsonl").open("w", encoding="utf-8") as file:
                n_written = 0
                for text in stream(source, language, n_samples=n_samples):
                    file.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
                    n_written += 1
            if not n_written:
                raise KnownError("bad_corpus", f"{source.place} has no sample in {language}", hint="Check the code.")
            say(f"{language}: {n_written:,} samples")
        _write_about(whole, title=name, source=source.place, parallel=parallel)
        return _checked(name, whole)


def _require_name(name: str, corpora: Path) -> None:
    if not _fits(_NAME, name) or name == DEFAULT_CORPUS:
        raise KnownError(
            "bad_corpus_name",
            f"{name!r} cannot be the name of a corpus",
            hint=f"Use up to 80 letters, digits, dots, dashes and underscores, and not {DEFAULT_CORPUS!r}.",
        )
    target = corpora / name
    if target.exists():
        raise KnownError("corpus_exists", f"there is a corpus {name!r} already", hint=f"Remove {target} first.")


@contextmanager
def _adding(name: str, corpora: Path) -> Iterator[Path]:
    """A folder that becomes the corpus when the block ends well, and vanishes when it does not."""
    corpora.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=corpora, ignore_cleanup_errors=True) as temporary:
        whole = Path(temporary) / name
        whole.mkdir()
        yield whole
        os.rename(whole, corpora / name)


def _write_about(folder: Path, *, title: str, source: str, parallel: bool) -> None:
    about = {"title": title, "source": source, "parallel": parallel}
    (folder / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")


def _checked(name: str, folder: Path) -> CorpusSummary:
    corpus = Corpus(name, folder)
    try:
        corpus.hash(Lines(corpus=name), corpus.languages())
    except KnownError as error:
        if error.problem.code != "corpus_not_aligned":
            raise
        hint = "Line N must be the same sentence in every file; text that is not parallel: --no-parallel."
        raise KnownError("corpus_not_aligned", error.problem.detail, hint=hint) from None
    return corpus.summary()


def _fits(kind: TypeAdapter[str], text: str) -> bool:
    try:
        kind.validate_python(text)
    except ValidationError:
        return False
    return True
