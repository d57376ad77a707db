"""What is chosen on the Languages page: from the address, to the address, to the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from backend.contracts.models import CorpusSummary
from backend.contracts.requests import DEFAULT_CORPUS, SimilarityRequest
from frontend.choices.fields import bos_word
from frontend.choices.problems import checked
from frontend.urls import many

TEN = ("ar", "de", "en", "es", "fr", "hi", "ja", "ru", "vi", "zh")
"""Ten languages of eight scripts and families: enough to see blocks, few enough to read them."""


class LanguagesChoice(NamedTuple):
    """Everything the form says. Numbers may be None or out of range: the request refuses them."""

    model: str
    languages: tuple[str, ...] = ()
    corpus: str = DEFAULT_CORPUS
    start: int | None = 0
    stop: int | None = 40
    bos: str = "never"
    """A `Bos`."""

    @classmethod
    def of_query(cls, query: Mapping[str, str], default: Self) -> Self:
        """`default` with whatever the query string names; what cannot be read is left as it was."""
        changes: dict[str, Any] = {}
        if query.get("languages"):
            changes["languages"] = many(query, "languages")
        if query.get("corpus"):
            changes["corpus"] = query["corpus"]
        if query.get("bos"):
            changes["bos"] = bos_word(query["bos"])
        for name in ("start", "stop"):
            if query.get(name, "").isdigit():
                changes[name] = int(query[name])
        return default._replace(**changes)

    @classmethod
    def of_request(cls, request: SimilarityRequest) -> Self:
        """The form that asks this request."""
        lines = request.lines
        return cls(request.model, request.languages, lines.corpus, lines.start, lines.stop, request.bos.value)

    @classmethod
    def first(cls, model: str, corpora: Sequence[CorpusSummary], corpus: str = DEFAULT_CORPUS) -> Self:
        """What stands in the form of a newcomer: ten languages, or all that the corpus has, on 40 lines."""
        found = next((entry for entry in corpora if entry.name == corpus), None)
        if found is None:
            return cls(model)
        wanted = tuple(code for code in TEN if code in found.languages) if len(found.languages) > len(TEN) else ()
        return cls(model, wanted or found.languages[: len(TEN)], found.name, 0, min(40, found.n_lines))

    def state(self) -> dict[str, object]:
        """For `urls.link`: every choice by its name."""
        return self._asdict()

    def request(self) -> SimilarityRequest:
        """The similarity map, languages in alphabetical order; raises `KnownError` naming the bad field."""
        asked = {
            "model": self.model,
            "languages": tuple(sorted(self.languages)),
            "lines": {"corpus": self.corpus, "start": self.start, "stop": self.stop},
            "bos": self.bos,
        }
        return checked(lambda: SimilarityRequest.model_validate(asked))
