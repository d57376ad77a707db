"""The key of a request: a hash of the question, the model, the text and the analysis versions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from backend.artifacts.corpora import Corpora
from backend.artifacts.models import ModelEntries, fingerprint
from backend.contracts.base import digest
from backend.contracts.building import inputs_of, model_of, texts_of, versions_needed
from backend.contracts.requests import ANALYSIS_VERSIONS, OpenModelRequest, Request


def key_of(request: Request, *, identity: str, corpus_hashes: Mapping[str, str]) -> str:
    """Same question, same key. The model's name is replaced by what it is: a copy asks the same."""
    question = request.model_dump(mode="json")
    _drop(question, "model")
    _drop(question, "title")
    versions = {kind.value: ANALYSIS_VERSIONS[kind] for kind in versions_needed(request)}
    return digest([question, identity, dict(corpus_hashes), versions])


def resolve_key(request: Request, models: ModelEntries, corpora: Corpora) -> str:
    """The key of a request on this data root; raises the problem of a missing model, corpus or language."""
    if isinstance(request, OpenModelRequest):
        path = Path(request.source)
        seen = fingerprint(path) if path.is_absolute() and path.exists() else ""
        return key_of(request, identity=seen, corpus_hashes={})
    name = model_of(request)
    assert name is not None
    return key_of(request, identity=models.ready(name).identity, corpus_hashes=corpus_hashes(request, corpora))


def input_keys(request: Request, models: ModelEntries, corpora: Corpora) -> dict[str, str]:
    """Keys of the results a request reads, by the names of `building.inputs_of`."""
    return {name: resolve_key(needed, models, corpora) for name, needed in inputs_of(request).items()}


def corpus_hashes(request: Request, corpora: Corpora) -> dict[str, str]:
    """Hash of each text a request reads, by `corpus:start-stop:languages`."""
    return {
        f"{lines.corpus}:{lines.start}-{'' if lines.stop is None else lines.stop}:{','.join(languages)}": corpora.named(
            lines.corpus
        ).hash(lines, languages)
        for lines, languages in texts_of(request)
    }


def _drop(value: object, name: str) -> None:
    if isinstance(value, dict):
        value.pop(name, None)
        for inner in value.values():
            _drop(inner, name)
