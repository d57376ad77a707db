"""What can be known to be wrong with parallel text before a worker reads it: too little, not parallel, said twice."""

from __future__ import annotations

from backend.artifacts.corpora import Corpora
from backend.artifacts.repetition import repeats_everywhere
from backend.contracts.building import all_inputs
from backend.contracts.problems import KnownError
from backend.contracts.requests import DevelopmentRequest, KeyNeuronsRequest, Lines, Request, SimilarityRequest

Text = tuple[Lines, tuple[str, ...]]
MOST_NAMED = 5


def check_texts(request: Request, corpora: Corpora) -> None:
    """Every text that a request, or a job below it, compares sentence with sentence."""
    for text in dict.fromkeys(filter(None, map(_compared, (*all_inputs(request), request)))):
        _check(*text, corpora)


def _compared(request: Request) -> Text | None:
    match request:
        case SimilarityRequest(lines=lines, languages=languages) | DevelopmentRequest(lines=lines, languages=languages):
            return lines, tuple(sorted(languages))
        case KeyNeuronsRequest(activations=activations, languages=languages):
            return activations.lines, languages
    return None


def _check(lines: Lines, languages: tuple[str, ...], corpora: Corpora) -> None:
    corpus = corpora.named(lines.corpus)
    corpus.require_parallel()
    texts = corpus.texts(lines, languages)
    if min(map(len, texts.values())) < 2:
        raise KnownError(
            "too_few_sentences",
            f"lines {lines.start} to {lines.stop} are one sentence; sentences of different meaning are compared",
            hint="Choose two lines or more; the paper takes 100.",
            field="lines",
        )
    doubled = repeats_everywhere(texts)
    if doubled:
        told = ", ".join(f"{lines.start + first} and {lines.start + again}" for first, again in doubled[:MOST_NAMED])
        more = f" and {len(doubled) - MOST_NAMED} more" if len(doubled) > MOST_NAMED else ""
        raise KnownError(
            "repeated_sentences",
            f"lines {told}{more} of corpus {lines.corpus!r} are the same sentence in all {len(languages)} languages, "
            "and would be compared as different meanings",
            hint="Choose lines without them, or remove the second one from every file (lines count from 0).",
            field="lines",
        )
