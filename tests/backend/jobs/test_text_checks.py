"""Text that cannot be compared sentence with sentence is refused before anything is queued."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.artifacts.corpora import Corpora
from backend.contracts.problems import KnownError, Problem
from backend.contracts.requests import (
    ActivationSpec,
    ActivationsRequest,
    DeactivationRequest,
    DevelopmentMember,
    DevelopmentRequest,
    EvaluationSpec,
    KeyNeuronsRequest,
    Lines,
    Request,
    SimilarityRequest,
)
from backend.jobs.text_checks import check_texts
from tests.fakes import write_corpus

LANGUAGES = ("de", "en", "es", "fr", "it", "pt")
NEURONS = KeyNeuronsRequest(
    activations=ActivationSpec(model="m", lines=Lines(corpus="text", start=0, stop=4)), languages=LANGUAGES
)
SIMILARITY = SimilarityRequest(model="m", lines=NEURONS.activations.lines, languages=("de", "en"))
COMPARING: tuple[Request, ...] = (
    SIMILARITY,
    NEURONS,
    DevelopmentRequest(
        members=(DevelopmentMember(model="m", position=1),), lines=SIMILARITY.lines, languages=LANGUAGES
    ),
    DeactivationRequest(neurons=NEURONS, evaluation=EvaluationSpec(lines=SIMILARITY.lines, languages=("de",))),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "text", LANGUAGES)


def _problem(request: Request, folder: Path) -> Problem:
    with pytest.raises(KnownError) as caught:
        check_texts(request, Corpora((folder.parent,)))
    return caught.value.problem


@pytest.mark.parametrize("request_", COMPARING, ids=lambda request: request.kind.value)
def test_text_that_is_not_parallel_is_not_compared(request_: Request, folder: Path) -> None:
    check_texts(request_, Corpora((folder.parent,)))
    (folder / "corpus.json").write_text(json.dumps({"parallel": False}), encoding="utf-8")
    assert _problem(request_, folder).code == "corpus_not_parallel"


def test_activations_alone_compare_nothing(folder: Path) -> None:
    (folder / "corpus.json").write_text(json.dumps({"parallel": False}), encoding="utf-8")
    check_texts(ActivationsRequest(activations=NEURONS.activations, language="de"), Corpora((folder.parent,)))


def test_files_of_unequal_length_and_empty_lines_are_named(folder: Path) -> None:
    text = (folder / "en.txt").read_text(encoding="utf-8")
    (folder / "en.txt").write_text(text + "one more\n", encoding="utf-8")
    assert "de: 8, en: 9" in _problem(SIMILARITY, folder).detail
    (folder / "en.txt").write_text(text.replace("en line 2 é14", ""), encoding="utf-8")
    assert "line 2, counted from 0" in _problem(SIMILARITY, folder).detail


def test_one_sentence_alone_has_nothing_to_be_compared_with(folder: Path) -> None:
    one = SIMILARITY.model_copy(update={"lines": Lines(corpus="text", start=3, stop=4)})
    assert _problem(one, folder).code == "too_few_sentences"


def test_one_meaning_on_two_lines_is_refused_with_its_lines(folder: Path) -> None:
    for language in LANGUAGES:
        lines = (folder / f"{language}.txt").read_text(encoding="utf-8").splitlines()
        lines[3] = lines[2]
        (folder / f"{language}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    later = SIMILARITY.model_copy(update={"lines": Lines(corpus="text", start=1, stop=4)})
    problem = _problem(later, folder)
    assert problem.code == "repeated_sentences" and "lines 2 and 3" in problem.detail and problem.field == "lines"
    check_texts(
        SIMILARITY.model_copy(update={"lines": Lines(corpus="text", start=3, stop=8)}), Corpora((folder.parent,))
    )


def test_a_translation_that_says_two_things_alike_passes(folder: Path) -> None:
    lines = (folder / "de.txt").read_text(encoding="utf-8").splitlines()
    (folder / "de.txt").write_text("\n".join([lines[1], *lines[1:]]) + "\n", encoding="utf-8")
    check_texts(SIMILARITY, Corpora((folder.parent,)))
