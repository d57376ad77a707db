"""What is chosen on the Regions page: from the address, to the address, to the two requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from backend.contracts.models import CorpusSummary
from backend.contracts.requests import (
    DEFAULT_CORPUS,
    EvaluationSpec,
    Lines,
    NamedRegion,
    RegionRequest,
    RegionSpec,
    RemovalRequest,
    Request,
    ScoreSpec,
)
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import PerplexityRule, Scope
from frontend.choices import scores
from frontend.choices.fields import read
from frontend.choices.problems import checked
from frontend.choices.scores import ScoresChoice
from frontend.language_names import in_paper_order
from frontend.stored_regions import keys_of

MOST_EVALUATED_LINES = 100
MATRICES = ("matrices",)
BOTH, ALONE = "both", "alone"


class RegionsChoice(NamedTuple):
    """Everything the form says. Numbers may be None or out of range: the requests refuse them."""

    model: str
    languages: tuple[str, ...] = ()
    percent: float | None = 1.0
    """Share of the parameters in percent, as typed."""
    scope: str = Scope.PER_MATRIX
    scores: ScoresChoice = ScoresChoice()
    evaluated: tuple[str, ...] = ()
    evaluated_corpus: str = DEFAULT_CORPUS
    evaluated_start: int | None = 60
    evaluated_stop: int | None = 100
    rule: str = PerplexityRule.SAMPLES
    draws: int | None = 10
    kinds: tuple[str, ...] = MATRICES
    """What the region holds: groups of kinds, single kinds."""
    variants: str = BOTH
    """`BOTH`: every column a second time with norms in its region; `ALONE`: as `kinds` says."""
    others: tuple[str, ...] = ()
    """Keys of stored regions that are columns too."""

    def changed(self, **fields: Any) -> Self:
        """The choice with some fields replaced, those of `scores` among them."""
        own = {name: value for name, value in fields.items() if name not in ScoresChoice._fields}
        inner = {name: value for name, value in fields.items() if name in ScoresChoice._fields}
        return self._replace(scores=self.scores._replace(**inner), **own)

    @classmethod
    def of_query(cls, query: Mapping[str, str], default: Self) -> Self:
        """`default` with whatever the query string names; what cannot be read is left as it was."""
        lists, words = (*_LISTS, *scores.LISTS), (*_WORDS, *scores.WORDS)
        return default.changed(**read(query, lists=lists, words=words, numbers=_NUMBERS | scores.NUMBERS))

    @classmethod
    def of_request(cls, request: RegionRequest | RemovalRequest, others: tuple[str, ...] = ()) -> Self:
        """The form that asks this request; `others` are the keys of its further regions."""
        spec = request.region
        choice = cls(
            model=spec.scores.model,
            languages=spec.languages,
            percent=round(spec.fraction * 100, 10),
            scope=spec.scope,
            kinds=tuple(kind.value for kind in spec.kinds),
            scores=ScoresChoice.of_spec(spec.scores, spec.snapshot),
            evaluated=spec.languages,
            evaluated_corpus=spec.scores.lines.corpus,
        )
        if isinstance(request, RegionRequest):
            return choice
        asked = request.evaluation
        return choice._replace(
            evaluated=asked.languages,
            evaluated_corpus=asked.lines.corpus,
            evaluated_start=asked.lines.start,
            evaluated_stop=asked.lines.stop,
            rule=asked.rule,
            draws=request.random_draws,
            variants=BOTH if request.with_norms else ALONE,
            others=others,
        )

    @classmethod
    def first(
        cls,
        model: str,
        corpora: Sequence[CorpusSummary],
        corpus: str = DEFAULT_CORPUS,
        evaluated_corpus: str | None = None,
    ) -> Self:
        """What stands in the form of a newcomer: the paper's six languages as far as the corpus has them (and four
        more to measure), the first 60 % of its lines for scoring, the others for perplexity; of a corpus of its own
        the first hundred lines are measured."""
        by_name = {entry.name: entry for entry in corpora}
        if corpus not in by_name:
            return cls(model)
        found = by_name[corpus]
        split = round(0.6 * found.n_lines)
        choice = cls(
            model,
            languages=in_paper_order(found.languages)[:6],
            scores=ScoresChoice(corpus=found.name, stop=split),
            evaluated=in_paper_order(found.languages)[:10],
            evaluated_corpus=found.name,
            evaluated_start=split,
            evaluated_stop=found.n_lines,
        )
        return choice.measured_on(by_name.get(evaluated_corpus or corpus, found))

    def measured_on(self, corpus: CorpusSummary) -> Self:
        """The same region, measured on another corpus: its first lines, since none of them was scored."""
        if corpus.name == self.scores.corpus:
            return self
        return self._replace(
            evaluated=in_paper_order(corpus.languages)[:10],
            evaluated_corpus=corpus.name,
            evaluated_start=0,
            evaluated_stop=min(MOST_EVALUATED_LINES, corpus.n_lines),
        )

    def state(self) -> dict[str, object]:
        """For `urls.link`: every choice by its name."""
        own = {name: value for name, value in self._asdict().items() if name != "scores"}
        return own | self.scores._asdict()

    def score_spec(self) -> ScoreSpec:
        """How each language is scored."""
        return self.scores.spec(self.model)

    def spec(self) -> RegionSpec:
        """The region. Languages in one order, however they were clicked, so that the key is the same."""
        asked = {
            "scores": self.score_spec(),
            "languages": in_paper_order(self.languages),
            "fraction": None if self.percent is None else round(self.percent / 100, 12),
            "scope": self.scope,
            "kinds": self.kinds,
            "snapshot": self.scores.snapshot,
        }
        return checked(lambda: RegionSpec.model_validate(asked))

    def region_request(self) -> RegionRequest:
        """The top region; raises `KnownError` naming the field that cannot be asked."""
        return RegionRequest(region=self.spec())

    def removal_request(self, others: Sequence[NamedRegion] = ()) -> RemovalRequest:
        """The removal table, with `others` as columns; raises `KnownError` naming the field that cannot be asked."""
        asked = {
            "region": self.spec(),
            "evaluation": self._evaluation(),
            "random_draws": self.draws,
            "with_norms": self.variants == BOTH,
            "others": tuple(others),
        }
        return checked(lambda: RemovalRequest.model_validate(asked))

    def _evaluation(self) -> EvaluationSpec:
        place = {"corpus": self.evaluated_corpus, "start": self.evaluated_start, "stop": self.evaluated_stop}
        lines = checked(lambda: Lines.model_validate(place))
        asked = {"lines": lines, "languages": in_paper_order(self.evaluated), "rule": self.rule, "bos": self.scores.bos}
        return checked(lambda: EvaluationSpec.model_validate(asked))


_LISTS = ("languages", "evaluated", "others", "kinds")
_WORDS = ("scope", "evaluated_corpus", "rule", "variants")
_NUMBERS: dict[str, type] = {"percent": float, "evaluated_start": int, "evaluated_stop": int, "draws": int}


def default_choice(
    query: Mapping[str, str],
    model: str,
    corpora: Sequence[CorpusSummary],
    shown: Request | None,
    regions: Sequence[ResultRow],
) -> RegionsChoice:
    """The form before the address speaks: what asks the shown request, or a newcomer's for the corpus it names."""
    corpus = query.get("corpus") or DEFAULT_CORPUS
    if isinstance(shown, RegionRequest | RemovalRequest):
        others = shown.others if isinstance(shown, RemovalRequest) else ()
        choice = RegionsChoice.of_request(shown, keys_of(regions, [other.region for other in others]))
        if query.get("corpus") in (None, choice.scores.corpus):
            return choice
    return RegionsChoice.first(model, corpora, corpus, query.get("evaluated_corpus"))
