"""The user's text becomes a corpus of the atlas: checked first, then copied whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from backend.artifacts.corpora import Corpus
from backend.artifacts.corpus_files import Row
from backend.artifacts.corpus_folder import ABOUT, text_files
from backend.contracts.base import CorpusName
from backend.contracts.language_codes import is_code, normalised
from backend.contracts.models import CorpusSummary
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS, Lines
from backend.corpus_alignment import aligned
from backend.corpus_copying import copy_folder, write_rows
from backend.dataset_corpora import DatasetSource, stream, stream_together

_NAME: TypeAdapter[str] = TypeAdapter(CorpusName)


def add_folder(
    name: str, folder: Path, corpora: Path, *, parallel: bool = True, say: Callable[[str], None] = lambda _: None
) -> CorpusSummary:
    """Copy the `LANGUAGE.txt`, `.jsonl` or `.parquet` files of `folder` to `corpora / name`. Raises KnownError.

    A row that is blank in one language of parallel text is left out of all.
    """
    _require_name(name, corpora)
    if not folder.is_dir():
        raise KnownError(
            "bad_corpus",
            f"{folder} is a file, and a corpus is a folder" if folder.is_file() else f"there is no folder {folder}",
            hint="Give a folder of LANGUAGE.txt (or .jsonl, .parquet) files; "
            "one .jsonl, .parquet or .csv file with --languages; or hf:ORG/NAME.",
        )
    found = text_files(name, folder)
    files = found.by_language
    if found.ignored and not {"README.txt", "LICENSE.txt"}.issuperset(found.ignored):
        raise KnownError(
            "bad_corpus",
            f"{', '.join(found.ignored)} in {folder}: a file is named by its language code",
            hint="Name files like de.txt, zh-Hant.txt or eng_Latn.txt, and keep other text elsewhere.",
        )
    if not files:
        raise KnownError("bad_corpus", Corpus(name, folder).summary().problem, hint="Name files like de.txt.")
    about = dict(Corpus(name, folder).about)
    parallel = parallel and about.get("parallel", True) is not False
    with _adding(name, corpora) as whole:
        n_left_out = copy_folder(folder, files, whole, corpus=name, parallel=parallel, say=say)
        about |= {"title": about.get("title") or name, "source": about.get("source") or str(folder)}
        _write_about(whole, about, parallel=parallel, n_left_out=n_left_out)
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
    if strange := [language for language in languages if not is_code(language)]:
        raise KnownError("bad_corpus", f"{', '.join(strange)}: no language code", hint="Use codes like de or zh-Hant.")
    if len(set(map(normalised, languages))) < len(languages):
        raise KnownError("bad_corpus", f"{', '.join(languages)}: one language is named twice", hint="Name each once.")
    if source.id_column and not parallel:
        hint = "Add --parallel, or leave out --id-column."
        raise KnownError("bad_corpus", "ids say which rows are translations, of parallel text alone", hint=hint)
    with _adding(name, corpora) as whole:
        if parallel:
            laid = stream_together(source, languages, n_samples=n_samples)
            n_left_out = write_rows(
                whole, languages, laid, n_samples=n_samples, say=say, are_numbered=not source.id_column
            )
            if not any((whole / f"{normalised(language)}.jsonl").stat().st_size for language in languages):
                raise _no_common_row(source, languages)
        else:
            n_left_out = 0
            for language in languages:
                one = aligned({language: (Row(text) for text in stream(source, language))})
                write_rows(whole, (language,), one, n_samples=n_samples, say=say)
        for language in languages:
            if not (whole / f"{normalised(language)}.jsonl").stat().st_size:
                raise KnownError("bad_corpus", f"{source.place} has no sample in {language}", hint="Check the code.")
        _write_about(whole, {"title": name, "source": source.place}, parallel=parallel, n_left_out=n_left_out)
        return _checked(name, whole)


def _no_common_row(source: DatasetSource, languages: Sequence[str]) -> KnownError:
    by = f" with the same {source.id_column}" if source.id_column else ""
    return KnownError(
        "bad_corpus",
        f"{source.place} has no row{by} that has a text in all of {', '.join(languages)}",
        hint="Check --languages, --text and --id-column; a language without a text or row has to go.",
    )


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


def _write_about(folder: Path, about: dict[str, object], *, parallel: bool, n_left_out: int) -> None:
    about = about | {"parallel": parallel} | ({"n_left_out": n_left_out} if n_left_out else {})
    (folder / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")


def _checked(name: str, folder: Path) -> CorpusSummary:
    corpus = Corpus(name, folder)
    try:
        corpus.hash(Lines(corpus=name), corpus.languages())
        corpus.documents_hash(Lines(corpus=name), corpus.languages())
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
