"""What is chosen on the Reproduction page: from the address, to the address, to the conditions that the API takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

from backend.contracts.models import CorpusSummary
from backend.contracts.reproduction import Conditions
from backend.contracts.requests import DEFAULT_CORPUS
from frontend.choices.problems import checked

FIRST, LARGE_CORPUS = "table-1", "ntrex128"
NUMBERS = ("samples", "fewer_samples", "lines", "training_samples", "sentences")
_WORDS = {
    "samples": "lines scored",
    "fewer_samples": "of these for 10K",
    "lines": "lines measured",
    "training_samples": "samples trained",
    "sentences": "sentences read",
}


class ReproductionChoice(NamedTuple):
    """A table or figure, and on what it is measured. Numbers that are None follow from the corpus."""

    model: str
    experiment: str = FIRST
    corpus: str = DEFAULT_CORPUS
    samples: int | None = None
    fewer_samples: int | None = None
    lines: int | None = None
    training_samples: int | None = None
    sentences: int | None = None
    members: str = ""
    """Models of a development, as they are written: `NAME=STEP,NAME=STEP`."""

    @classmethod
    def first(cls, model: str, corpora: Sequence[CorpusSummary], query: Mapping[str, str]) -> Self:
        """What the address names; the larger corpus where there is one."""
        names = [corpus.name for corpus in corpora if not corpus.problem]
        usual = LARGE_CORPUS if LARGE_CORPUS in names else DEFAULT_CORPUS
        numbers = {name: int(query[name]) for name in NUMBERS if query.get(name, "").isdigit()}
        return cls(
            model,
            query.get("table") or FIRST,
            query.get("corpus") or usual,
            **numbers,
            members=query.get("members", ""),
        )

    def state(self) -> dict[str, object]:
        """For the address."""
        words = {"model": self.model, "table": self.experiment, "corpus": self.corpus, "members": self.members}
        return words | {name: getattr(self, name) for name in NUMBERS}

    def under(self, other: Conditions, here: Conditions) -> tuple[str, Self]:
        """What `other` has that these (`here`, nothing left open) have not, in words, and the choice of it."""
        sizes = {name: getattr(other, name) for name in NUMBERS if getattr(other, name) != getattr(here, name)}
        words = [f"{size} {_WORDS[name]}" for name, size in sizes.items()]
        if other.corpus != here.corpus:
            words.insert(0, other.corpus)
        return ", ".join(words), self._replace(corpus=other.corpus, **sizes)

    def conditions(self) -> Conditions:
        """Raises `KnownError` naming what cannot be asked."""
        numbers = {name: getattr(self, name) or None for name in NUMBERS}
        members = tuple(part for name in self.members.split(",") if (part := name.strip()))
        asked = {"model": self.model, "corpus": self.corpus, "members": members, **numbers}
        return checked(lambda: Conditions.model_validate(asked))
