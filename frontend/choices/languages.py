"""What is chosen on the Languages page: from the address, to the address, to the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from backend.contracts.requests import DEFAULT_CORPUS, SimilarityRequest
from frontend.choices.problems import checked
from frontend.urls import many


class LanguagesChoice(NamedTuple):
    """Everything the form says. Numbers may be None or out of range: the request refuses them."""

    model: str
    languages: tuple[str, ...] = ()
    corpus: str = DEFAULT_CORPUS
    start: int | None = 0
    stop: int | None = 40
    bos: bool = False

    @classmethod
    def of_query(cls, query: Mapping[str, str], default: Self) -> Self:
        """`default` with whatever the query string names; what cannot be read is left as it was."""
        changes: dict[str, Any] = {}
        if query.get("languages"):
            changes["languages"] = many(query, "languages")
        if query.get("corpus"):
            changes["corpus"] = query["corpus"]
        if query.get("bos"):
            changes["bos"] = query["bos"] == "1"
        for name in ("start", "stop"):
            if query.get(name, "").isdigit():
                changes[name] = int(query[name])
        return default._replace(**changes)

    @classmethod
    def of_request(cls, request: SimilarityRequest) -> Self:
        """The form that asks this request."""
        lines = request.lines
        return cls(request.model, request.languages, lines.corpus, lines.start, lines.stop, request.add_bos)

    def state(self) -> dict[str, object]:
        """For `urls.link`: every choice by its name."""
        return self._asdict()

    def request(self) -> SimilarityRequest:
        """The similarity map, languages in alphabetical order; raises `KnownError` naming the bad field."""
        asked = {
            "model": self.model,
            "languages": tuple(sorted(self.languages)),
            "lines": {"corpus": self.corpus, "start": self.start, "stop": self.stop},
            "add_bos": self.bos,
        }
        return checked(lambda: SimilarityRequest.model_validate(asked))
