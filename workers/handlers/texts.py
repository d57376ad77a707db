"""Corpus lines as token ids, by the rules of docs/protocol.md; shared by all handlers that read text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from backend.artifacts.corpora import Corpora
from backend.contracts.requests import EvaluationSpec, Lines
from backend.contracts.results import Resampled
from backend.contracts.vocabulary import Bos, PerplexityRule
from workers.analysis.batches import context_length, encode
from workers.analysis.errors import AnalysisError
from workers.analysis.perplexity import windows
from workers.model_host import Loaded


class Evaluation(NamedTuple):
    """What perplexity is measured on, in one language."""

    samples: Sequence[Sequence[int]]
    """BOS + text each, or whole windows."""
    bytes_of_each: Sequence[int]
    """UTF-8 bytes of the predicted tokens of each sample."""
    places: Sequence[int]
    """Which of the texts (or windows) given each sample is."""
    units: Sequence[str] = ()
    """The document, line or window of each sample; what a bootstrap draws. Set by `perplexities.evaluations`."""
    resampled: Resampled = "lines"
    is_cut: bool = False
    """The budget or the context ended a sample early, or these are windows."""
    is_aligned: bool = False
    """Whole samples, the same sentences in every language. Set by `perplexities.evaluations`."""

    @property
    def n_bytes(self) -> int:
        """UTF-8 bytes of all predicted tokens."""
        return sum(self.bytes_of_each)


def corpus_texts(corpora: Corpora, lines: Lines, languages: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The lines asked for, by language."""
    return corpora.named(lines.corpus).texts(lines, tuple(languages))


def corpus_documents(corpora: Corpora, lines: Lines, languages: Sequence[str]) -> Mapping[str, tuple[str, ...]] | None:
    """The document of each of these lines, by language; None where the corpus does not say it of every language."""
    corpus = corpora.named(lines.corpus)
    found = {language: corpus.documents(lines, language) for language in languages}
    known = {language: documents for language, documents in found.items() if documents is not None}
    return known if len(known) == len(found) else None


def scoring_samples(loaded: Loaded, texts: Iterable[str], *, max_tokens: int, bos: Bos) -> Iterator[list[int]]:
    """`BOS + text + EOS`, cut at `max_tokens` and at the context (Eq. 4), one after the other."""
    limit = min(max_tokens, context_length(loaded.model) or max_tokens)
    first = begins_with_bos(loaded, bos)
    return (encode(loaded.tokenizer, text, bos=first, eos=True, max_tokens=limit) for text in texts)


def evaluation(loaded: Loaded, texts: Sequence[str], spec: EvaluationSpec) -> Evaluation:
    """Samples by the rule of the request, no more than its budget of predicted tokens (but one whole window)."""
    if spec.rule is PerplexityRule.WINDOWS_2048:
        found = windows(loaded.tokenizer, texts, bos=begins_with_bos(loaded, spec.bos))
        samples = found[: max(1, spec.max_tokens_per_language // (len(found[0]) - 1))]
        return Evaluation(
            samples, [_bytes_of(loaded, sample[1:]) for sample in samples], range(len(samples)), is_cut=True
        )
    return _single(loaded, texts, spec.max_tokens_per_language, bos=begins_with_bos(loaded, spec.bos))


def text_rules(loaded: Loaded, spec: EvaluationSpec) -> dict[str, str]:
    """What was decided, for the result's provenance."""
    samples = "each sample on its own, cut at the context; exp of the mean over all predicted tokens of the language"
    joined = "samples joined by a blank line, non-overlapping windows of 2048 tokens, the remainder dropped"
    return {
        "perplexity": samples if spec.rule is PerplexityRule.SAMPLES else joined,
        "bos": bos_rule(loaded, spec.bos),
        "token_budget": f"at most {spec.max_tokens_per_language} predicted tokens per language, the last sample cut",
    }


def begins_with_bos(loaded: Loaded, bos: Bos) -> bool:
    """Whether samples of a request begin with BOS; `always` without a BOS token is refused (`no_bos`)."""
    if bos is Bos.ALWAYS and loaded.tokenizer.bos_token_id is None:
        raise AnalysisError(
            "no_bos",
            f"bos is 'always', but the tokenizer of {loaded.description.name} has no BOS token",
            hint="Choose bos 'tokenizer' or 'never'.",
        )
    return bos is Bos.ALWAYS or (bos is Bos.TOKENIZER and loaded.adds_bos)


def bos_rule(loaded: Loaded, bos: Bos, what: str = "sample") -> str:
    """Whether samples begin with BOS, and who said so."""
    token = loaded.tokenizer.bos_token
    if bos is not Bos.TOKENIZER:
        return f"always: every {what} starts with {token}" if bos is Bos.ALWAYS else "never: left out by request"
    if loaded.adds_bos:
        return f"as the tokenizer says: every {what} starts with {token}"
    return f"none, as the tokenizer says: it {f'does not add {token}' if token else 'has no BOS'}"


def _single(loaded: Loaded, texts: Sequence[str], budget: int, *, bos: bool) -> Evaluation:
    limit = context_length(loaded.model)
    samples: list[list[int]] = []
    n_bytes, places = list[int](), list[int]()
    is_cut = False
    for place, text in enumerate(texts):
        if budget < 1:
            break
        whole = encode(loaded.tokenizer, text, bos=bos, eos=False)
        sample = whole[: min(budget + 1, limit or budget + 1)]
        if len(sample) < 2:  # one token and no BOS: nothing to predict
            continue
        budget -= len(sample) - 1
        is_cut |= len(sample) < len(whole)
        samples.append(sample)
        places.append(place)
        n_bytes.append(_predicted_bytes(loaded, text, sample, whole, bos=bos))
    return Evaluation(samples, n_bytes, places, is_cut=is_cut)


def _predicted_bytes(loaded: Loaded, text: str, sample: list[int], whole: list[int], *, bos: bool) -> int:
    """All of the text where BOS comes first and nothing was cut; else what the tokens say."""
    if bos and len(sample) == len(whole):
        return len(text.encode())
    return _bytes_of(loaded, sample[1:])


def _bytes_of(loaded: Loaded, token_ids: Sequence[int]) -> int:
    return sum(len(loaded.token_bytes.of(token_id)) for token_id in token_ids)
