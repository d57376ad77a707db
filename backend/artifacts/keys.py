"""The key of a request: a hash of the question, the model, the text it reads, its version, and the keys below it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from backend.artifacts.corpora import Corpora
from backend.artifacts.models import ModelEntries, fingerprint
from backend.contracts.base import digest
from backend.contracts.building import inputs_of, models_of, own_texts, texts_of
from backend.contracts.requests import ANALYSIS_VERSIONS, ComparisonRequest, OpenModelRequest, Request
from backend.contracts.specs import Lines

Text = tuple[Lines, tuple[str, ...]]


class Keys:
    """Keys of questions on one data root. Short-lived: it reads every model, text and key once, and remembers.

    A table of 30 languages is a graph of hundreds of questions that share a model, a few texts and most of their parts.
    """

    def __init__(self, models: ModelEntries, corpora: Corpora) -> None:
        self._models = models
        self._corpora = corpora
        self._keys: dict[Request, str] = {}
        self._inputs: dict[Request, dict[str, Request]] = {}
        self._identities: dict[str, str] = {}
        self._hashes: dict[Text, str] = {}

    def key(self, request: Request) -> str:
        """The key of a request; raises the problem of a missing model, corpus or language."""
        found = self._keys.get(request)
        if found is None:
            found = self._keys[request] = key_of(
                request,
                identity=self.identity(request),
                corpus_hashes=self._named_hashes(own_texts(request)),
                inputs=self.input_keys(request),
            )
        return found

    def inputs(self, request: Request) -> dict[str, Request]:
        """`building.inputs_of`, worked out once."""
        found = self._inputs.get(request)
        if found is None:
            found = self._inputs[request] = inputs_of(request)
        return found

    def input_keys(self, request: Request) -> dict[str, str]:
        """Keys of the results a request reads, by the names of `building.inputs_of`."""
        return {name: self.key(needed) for name, needed in self.inputs(request).items()}

    def identity(self, request: Request) -> str:
        """What the request is about, whatever it is called: a copy of a model asks the same."""
        if isinstance(request, OpenModelRequest):
            path = Path(request.source)
            return fingerprint(path) if path.is_absolute() and path.exists() else ""
        return "+".join(self._identity_of(name) for name in models_of(request))

    def _identity_of(self, name: str) -> str:
        if name not in self._identities:
            self._identities[name] = self._models.ready(name).identity
        return self._identities[name]

    def _named_hashes(self, texts: tuple[Text, ...]) -> dict[str, str]:
        return {text_name(*text): self._hash(text) for text in texts}

    def _hash(self, text: Text) -> str:
        if text not in self._hashes:
            lines, languages = text
            self._hashes[text] = _text_hash(self._corpora, lines, languages)
        return self._hashes[text]


def key_of(request: Request, *, identity: str, corpus_hashes: Mapping[str, str], inputs: Mapping[str, str]) -> str:
    """Same question, same key. The names of models and regions are for people: what they stand for counts."""
    question = request.model_dump(mode="json", exclude={"other"} if isinstance(request, ComparisonRequest) else None)
    _drop(question, "model")
    _drop(question, "title")
    version = ANALYSIS_VERSIONS[request.kind]
    return digest([question, identity, dict(corpus_hashes), version, dict(inputs)])


def resolve_key(request: Request, models: ModelEntries, corpora: Corpora) -> str:
    """The key of one request; `Keys` for several."""
    return Keys(models, corpora).key(request)


def input_keys(request: Request, models: ModelEntries, corpora: Corpora) -> dict[str, str]:
    """The keys of one request's inputs; `Keys` for several."""
    return Keys(models, corpora).input_keys(request)


def corpus_hashes(request: Request, corpora: Corpora) -> dict[str, str]:
    """Hash of each text a request reads, itself or below it, by `corpus:start-stop:languages`."""
    return {text_name(*text): _text_hash(corpora, *text) for text in texts_of(request)}


def _text_hash(corpora: Corpora, lines: Lines, languages: tuple[str, ...]) -> str:
    """Of the text, and of its documents where they are known: intervals are drawn over them."""
    corpus = corpora.named(lines.corpus)
    return "+".join(filter(None, (corpus.hash(lines, languages), corpus.documents_hash(lines, languages))))


def text_name(lines: Lines, languages: tuple[str, ...]) -> str:
    """What names a text that a request reads, in keys and in `Provenance.corpus_hashes`."""
    stop = "" if lines.stop is None else lines.stop
    return f"{lines.corpus}:{lines.start}-{stop}:{','.join(languages)}"


def _drop(value: object, name: str) -> None:
    if isinstance(value, dict):
        value.pop(name, None)
        for inner in value.values():
            _drop(inner, name)
    elif isinstance(value, list):
        for inner in value:
            _drop(inner, name)
