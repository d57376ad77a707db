"""What is chosen on the Regions page: from the address, to the address, to the two requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from backend.contracts.models import CorpusSummary
from backend.contracts.requests import (
    DEFAULT_CORPUS,
    EvaluationSpec,
    Lines,
    RegionRequest,
    RegionSpec,
    RemovalRequest,
    ScoreSpec,
)
from backend.contracts.vocabulary import ImportanceMode, PerplexityRule, Scope
from frontend.choices.problems import checked
from frontend.language_names import in_paper_order
from frontend.urls import many


class RegionsChoice(NamedTuple):
    """Everything the form says. Numbers may be None or out of range: the requests refuse them."""

    model: str
    languages: tuple[str, ...] = ()
    percent: float | None = 1.0
    """Share of the parameters in percent, as typed."""
    scope: str = Scope.PER_MATRIX
    mode: str = ImportanceMode.ABS_OF_SUM
    corpus: str = DEFAULT_CORPUS
    start: int | None = 0
    stop: int | None = 60
    evaluated: tuple[str, ...] = ()
    evaluated_start: int | None = 60
    evaluated_stop: int | None = 100
    rule: str = PerplexityRule.SAMPLES
    draws: int | None = 3

    @classmethod
    def of_query(cls, query: Mapping[str, str], default: Self) -> Self:
        """`default` with whatever the query string names; what cannot be read is left as it was."""
        changes: dict[str, Any] = {name: many(query, name) for name in _LISTS if query.get(name)}
        changes |= {name: query[name] for name in _WORDS if query.get(name)}
        for name, kind in _NUMBERS.items():
            try:
                changes[name] = kind(query[name])
            except (KeyError, ValueError):
                continue
        return default._replace(**changes)

    @classmethod
    def of_request(cls, request: RegionRequest | RemovalRequest) -> Self:
        """The form that asks this request."""
        spec = request.region
        choice = cls(
            model=spec.scores.model,
            languages=spec.languages,
            percent=round(spec.fraction * 100, 10),
            scope=spec.scope,
            mode=spec.scores.mode,
            corpus=spec.scores.lines.corpus,
            start=spec.scores.lines.start,
            stop=spec.scores.lines.stop,
            evaluated=spec.languages,
        )
        if isinstance(request, RegionRequest):
            return choice
        asked = request.evaluation
        return choice._replace(
            evaluated=asked.languages,
            evaluated_start=asked.lines.start,
            evaluated_stop=asked.lines.stop,
            rule=asked.rule,
            draws=request.random_draws,
        )

    @classmethod
    def first(cls, model: str, corpora: Sequence[CorpusSummary], corpus: str = DEFAULT_CORPUS) -> Self:
        """What stands in the form of a newcomer: the paper's six languages as far as the corpus has them (and four
        more to measure), the first 60 % of its lines for scoring, the others for perplexity."""
        found = next((entry for entry in corpora if entry.name == corpus), None)
        if found is None:
            return cls(model)
        first = in_paper_order(found.languages)
        split = round(0.6 * found.n_lines)
        return cls(
            model,
            languages=first[:6],
            corpus=found.name,
            stop=split,
            evaluated=first[:10],
            evaluated_start=split,
            evaluated_stop=found.n_lines,
        )

    def state(self) -> dict[str, object]:
        """For `urls.link`: every choice by its name."""
        return {name: getattr(self, name) for name in ("model", *_LISTS, *_WORDS, *_NUMBERS)}

    def scores(self) -> ScoreSpec:
        """How each language is scored."""
        lines = {"corpus": self.corpus, "start": self.start, "stop": self.stop}
        return checked(
            lambda: ScoreSpec.model_validate({"model": self.model, "lines": lines, "mode": self.mode}),
        )

    def spec(self) -> RegionSpec:
        """The region. Languages in one order, however they were clicked, so that the key is the same."""
        scores = self.scores()
        fraction = None if self.percent is None else round(self.percent / 100, 12)
        return checked(
            lambda: RegionSpec.model_validate(
                {
                    "scores": scores,
                    "languages": in_paper_order(self.languages),
                    "fraction": fraction,
                    "scope": self.scope,
                }
            )
        )

    def region_request(self) -> RegionRequest:
        """The top region; raises `KnownError` naming the field that cannot be asked."""
        return RegionRequest(region=self.spec())

    def removal_request(self) -> RemovalRequest:
        """The removal table; raises `KnownError` naming the field that cannot be asked."""
        region = self.spec()
        lines = checked(
            lambda: Lines.model_validate(
                {"corpus": self.corpus, "start": self.evaluated_start, "stop": self.evaluated_stop}
            )
        )
        evaluation = checked(
            lambda: EvaluationSpec.model_validate(
                {"lines": lines, "languages": in_paper_order(self.evaluated), "rule": self.rule}
            )
        )
        return checked(
            lambda: RemovalRequest.model_validate(
                {"region": region, "evaluation": evaluation, "random_draws": self.draws}
            )
        )


_LISTS = ("languages", "evaluated")
_WORDS = ("scope", "mode", "corpus", "rule")
_NUMBERS: dict[str, type] = {
    "percent": float,
    "start": int,
    "stop": int,
    "evaluated_start": int,
    "evaluated_stop": int,
    "draws": int,
}
