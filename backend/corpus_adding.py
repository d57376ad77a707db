"""A folder of the user's text becomes a corpus of the atlas: checked first, then copied whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from backend.artifacts.corpora import Corpus
from backend.contracts.base import CorpusName, Language
from backend.contracts.models import CorpusSummary
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS

_NAME: TypeAdapter[str] = TypeAdapter(CorpusName)
_LANGUAGE: TypeAdapter[str] = TypeAdapter(Language)


def add_corpus(name: str, folder: Path, corpora: Path) -> CorpusSummary:
    """Copy the aligned `LANGUAGE.txt` files of `folder` to `corpora / name`. Raises KnownError."""
    if not _fits(_NAME, name) or name == DEFAULT_CORPUS:
        raise KnownError(
            "bad_corpus_name",
            f"{name!r} cannot be the name of a corpus",
            hint=f"Use up to 80 letters, digits, dots, dashes and underscores, and not {DEFAULT_CORPUS!r}.",
        )
    if not folder.is_dir():
        raise KnownError("bad_corpus", f"there is no folder {folder}", hint="Give a folder of LANGUAGE.txt files.")
    summary = Corpus(name, folder).summary()
    if summary.problem:
        raise KnownError("bad_corpus", summary.problem)
    if strange := [f"{language}.txt" for language in summary.languages if not _fits(_LANGUAGE, language)]:
        raise KnownError(
            "bad_corpus",
            f"{', '.join(strange)} in {folder}: a file is named by its language code",
            hint="Name files like de.txt or zh-Hant.txt, and keep other text elsewhere.",
        )
    target = corpora / name
    if target.exists():
        raise KnownError("corpus_exists", f"there is a corpus {name!r} already", hint=f"Remove {target} first.")
    _copy(folder, summary.languages, target)
    return summary


def _copy(folder: Path, languages: tuple[str, ...], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=target.parent, ignore_cleanup_errors=True) as temporary:
        whole = Path(temporary) / target.name
        whole.mkdir()
        for language in languages:
            shutil.copyfile(folder / f"{language}.txt", whole / f"{language}.txt")
        os.rename(whole, target)


def _fits(kind: TypeAdapter[str], text: str) -> bool:
    try:
        kind.validate_python(text)
    except ValidationError:
        return False
    return True
