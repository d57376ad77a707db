"""What is chosen on the Neurons page: the form of the key neurons, and what of a result is looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Self

from backend.contracts.models import CorpusSummary
from backend.contracts.neurons import MIN_Z_LANGUAGES
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS, KeyNeuronsRequest
from frontend.choices.fields import bos_word, read
from frontend.choices.languages import LanguagesChoice
from frontend.choices.problems import checked
from frontend.urls import many

_FIELDS = ("switched", "measured", "from_line", "to_line", "draws", "regions", "percent")
_NUMBERS: Mapping[str, type] = {"start": int, "stop": int, "threshold": float, "permutations": int, "separation": float}


class NeuronsChoice(NamedTuple):
    """Everything the form says. Numbers may be None or out of range: the request refuses them."""

    model: str
    languages: tuple[str, ...] = ()
    corpus: str = DEFAULT_CORPUS
    start: int | None = 0
    stop: int | None = 40
    bos: str = "never"
    """A `Bos`."""
    threshold: float | None = 2.0
    permutations: int | None = 1000
    separation: float | None = 0.9

    @classmethod
    def of_query(cls, query: Mapping[str, str], default: Self) -> Self:
        """`default` with whatever the query string names; what cannot be read is left as it was."""
        found = default._replace(**read(query, lists=("languages",), words=("corpus",), numbers=_NUMBERS))
        return found._replace(bos=bos_word(query["bos"])) if query.get("bos") else found

    @classmethod
    def of_request(cls, request: KeyNeuronsRequest) -> Self:
        """The form that asks this request."""
        text, lines = request.activations, request.activations.lines
        return cls(
            text.model, request.languages, lines.corpus, lines.start, lines.stop, text.bos.value,
            request.threshold, request.n_permutations, request.separation,
        )  # fmt: skip

    @classmethod
    def first(cls, model: str, corpora: Sequence[CorpusSummary], corpus: str = DEFAULT_CORPUS) -> Self:
        """What stands in the form of a newcomer: the languages and lines of the similarity map, read once for both."""
        same = LanguagesChoice.first(model, corpora, corpus)
        return cls(model, same.languages, same.corpus, same.start, same.stop)

    def state(self) -> dict[str, object]:
        """For `urls.link`: every choice by its name."""
        return self._asdict()

    def request(self) -> KeyNeuronsRequest:
        """The key neurons asked for; raises `KnownError` naming the bad field."""
        asked = {
            "activations": {
                "model": self.model,
                "lines": {"corpus": self.corpus, "start": self.start, "stop": self.stop},
                "bos": self.bos,
            },
            "languages": self.languages,
            "threshold": self.threshold,
            "n_permutations": self.permutations,
            "separation": self.separation,
        }
        return checked(lambda: KeyNeuronsRequest.model_validate(asked))

    @property
    def most_z(self) -> float:
        """No z can be larger: sqrt(L - 1)."""
        return max(len(self.languages) - 1, 0) ** 0.5

    def refusal(self) -> str | None:
        """Why this cannot be asked, in words; None when it can."""
        if len(self.languages) < 2:
            return f"Choose {MIN_Z_LANGUAGES} languages or more: a language's neuron differs from what it is in others."
        try:
            self.request()
        except KnownError as error:
            detail = error.problem.detail
            return f"{detail[:1].upper()}{detail[1:]}."
        return None


class NeuronsView(NamedTuple):
    """What of a result is looked at; the address keeps all of it."""

    language: str | None = None
    layer: int | None = None
    neuron: tuple[int, int] | None = None
    """Layer and index."""
    pair: tuple[str, ...] = ()
    """Two languages whose shared neurons are listed."""
    off: str | None = None
    """Key of a deactivation."""
    read: tuple[str, ...] = ()
    """The language whose neurons are off, and the one that is read."""
    enriched: str | None = None
    """Key of an enrichment."""
    held: tuple[str, ...] = ()
    """A language, and the number of a region of the enrichment."""
    fields: Mapping[str, str] = MappingProxyType({})
    """What the address says of the two forms on the page, of deactivation and of regions."""

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> Self:
        """Whatever the query string names; what cannot be read is left out."""
        neuron = re.fullmatch(r"(\d{1,5})\.(\d{1,9})", query.get("neuron", ""))
        return cls(
            language=query.get("language") or None,
            layer=int(query["layer"]) if query.get("layer", "").isdigit() else None,
            neuron=(int(neuron[1]), int(neuron[2])) if neuron else None,
            pair=_two(query, "pair"),
            off=query.get("off") or None,
            read=_two(query, "read"),
            enriched=query.get("enriched") or None,
            held=_two(query, "held"),
            fields={name: query[name] for name in _FIELDS if query.get(name)},
        )

    def state(self) -> dict[str, object]:
        """For the address: every part by its name, None where there is none; a form writes its own fields."""
        parts = {**self._asdict(), "neuron": neuron_text(self.neuron)}
        del parts["fields"]
        return {name: value if value not in (None, "", ()) else None for name, value in parts.items()}


def neuron_text(neuron: tuple[int, int] | None) -> str | None:
    """A neuron as the address has it: `3.17` is neuron 17 of layer 3."""
    return None if neuron is None else f"{neuron[0]}.{neuron[1]}"


def _two(query: Mapping[str, str], name: str) -> tuple[str, ...]:
    found = many(query, name)
    return found if len(found) == 2 else ()
