"""What is chosen on the Estimators page: from the address, to the address, to the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

from backend.contracts.models import CorpusSummary
from backend.contracts.requests import DEFAULT_CORPUS, FaithfulnessRequest, Request
from backend.contracts.vocabulary import Bos
from frontend.choices.fields import read
from frontend.choices.problems import checked
from frontend.choices.scores import ESTIMATORS, ScoresChoice, estimator_key


class EstimatorsChoice(NamedTuple):
    """Everything the form says. Numbers may be None or out of range: the request refuses them."""

    model: str
    estimators: tuple[str, ...] = ("taylor", "taylor_sum_of_abs", "fisher", "magnitude")
    language: str = "en"
    corpus: str = DEFAULT_CORPUS
    start: int | None = 0
    stop: int | None = 60
    n_samples: int | None = 8
    n_parameters: int | None = 200
    sampling: str = "both"
    seed: int | None = 0
    bos: str = Bos.TOKENIZER.value
    """Whether a sample begins with BOS."""

    @classmethod
    def of_query(cls, query: Mapping[str, str], default: Self) -> Self:
        """`default` with whatever the query string names; what cannot be read is left as it was."""
        words = ("language", "corpus", "sampling", "bos")
        return default._replace(**read(query, lists=("estimators",), words=words, numbers=_NUMBERS))

    @classmethod
    def of_request(cls, request: FaithfulnessRequest) -> Self:
        """The form that asks this request."""
        lines = request.estimators[0].lines
        return cls(
            model=request.estimators[0].model,
            estimators=tuple(estimator_key(spec) for spec in request.estimators),
            language=request.language,
            corpus=lines.corpus,
            start=lines.start,
            stop=lines.stop,
            n_samples=request.n_samples,
            n_parameters=request.n_parameters,
            sampling=request.sampling,
            seed=request.seed,
            bos=request.estimators[0].bos.value,
        )

    @classmethod
    def first(cls, model: str, corpora: Sequence[CorpusSummary], corpus: str = DEFAULT_CORPUS) -> Self:
        """What stands in the form of a newcomer: English where there is some, the lines that regions are scored on."""
        found = next((entry for entry in corpora if entry.name == corpus), None)
        if found is None:
            return cls(model)
        language = "en" if "en" in found.languages else next(iter(found.languages), "en")
        return cls(model, language=language, corpus=found.name, stop=round(0.6 * found.n_lines))

    @classmethod
    def drawn(cls, model: str, request: Request | None, corpora: Sequence[CorpusSummary], corpus: str | None) -> Self:
        """The form before the address speaks: what asks the shown check, else a newcomer's."""
        if isinstance(request, FaithfulnessRequest):
            return cls.of_request(request)
        return cls.first(model, corpora, corpus or DEFAULT_CORPUS)

    def state(self) -> dict[str, object]:
        """For `urls.link`: every choice by its name."""
        return self._asdict()

    def request(self) -> FaithfulnessRequest:
        """The check, estimators in one order; raises `KnownError` naming the field that cannot be asked."""
        ordered = sorted(self.estimators, key=lambda name: list(ESTIMATORS).index(name) if name in ESTIMATORS else 99)
        specs = [
            ScoresChoice(name, self.corpus, self.start, self.stop, bos=self.bos).spec(self.model) for name in ordered
        ]
        asked = {
            "estimators": specs,
            "language": self.language,
            "n_samples": self.n_samples,
            "n_parameters": self.n_parameters,
            "sampling": self.sampling,
            "seed": self.seed,
        }
        return checked(lambda: FaithfulnessRequest.model_validate(asked))


_NUMBERS: dict[str, type] = {"start": int, "stop": int, "n_samples": int, "n_parameters": int, "seed": int}
