"""Structured removal (Tables 3, 7, 8) as its form says it: from the address, from a stored request, to the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from backend.client import Client
from backend.contracts.models import CorpusSummary
from backend.contracts.regions import RegionRequest
from backend.contracts.requests import StructuredRemovalRequest
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import DimensionSetting, Rank
from frontend.choices import fields
from frontend.choices.measured import Measured
from frontend.choices.problems import checked
from frontend.choices.region_source import RegionSource, replaced

LISTS = ("languages", "evaluated", "counts", "ranks", "snapshots")
WORDS = ("region", "corpus", "bos", "setting", "ranking")
NUMBERS: dict[str, type] = {
    "percent": float, "start": int, "stop": int, "evaluated_start": int, "evaluated_stop": int, "seed": int,
}  # fmt: skip
SHARED, EACH = "shared", "each"
ALL_SAMPLES = "all"


class StructuredChoice(NamedTuple):
    """Everything the form says. Numbers may be None or out of range: the request refuses them."""

    model: str
    source: RegionSource = RegionSource()
    measured: Measured = Measured()
    setting: str = DimensionSetting.HEAD_AND_DOWN
    ranking: str = EACH
    """`each`: every matrix ranks its own dimensions; `shared`: one ranking for all of them."""
    counts: tuple[str, ...] = ("1", "3", "5", "10")
    ranks: tuple[str, ...] = (Rank.TOP, Rank.MIDDLE, Rank.BOTTOM, Rank.RANDOM)
    snapshots: tuple[str, ...] = ()
    """Numbers of scoring samples laid beside all of them, as typed."""
    seed: int | None = 0

    @classmethod
    def first(cls, model: str, stored: Sequence[ResultRow], corpus: CorpusSummary | None) -> Self:
        """What stands in the form of a newcomer: the paper's Table 3 on the newest top region."""
        return cls(model, RegionSource.first(stored, corpus), Measured.first(corpus, n_languages=2))

    @classmethod
    def of_request(cls, request: StructuredRemovalRequest, stored: Sequence[ResultRow]) -> Self:
        """The form that asks this request."""
        ranking = request.ranking
        return cls(
            model=ranking.region.region.scores.model,
            source=RegionSource.of_question(ranking.region, stored),
            measured=Measured.of_spec(request.evaluation),
            setting=ranking.setting,
            ranking=SHARED if ranking.shared else EACH,
            counts=tuple(map(str, request.counts)),
            ranks=tuple(request.ranks),
            snapshots=tuple(str(snapshot) for snapshot in request.snapshots if snapshot is not None),
            seed=request.seed,
        )

    def with_fields(self, given: Mapping[str, Any]) -> Self:
        """The choice with these fields, wherever they belong."""
        source, measured = replaced(self.source, given), replaced(self.measured, given)
        own: Self = replaced(self, given)
        return own._replace(source=source, measured=measured)

    def with_query(self, query: Mapping[str, str]) -> Self:
        """The choice with whatever the address names."""
        return self.with_fields(fields.read(query, lists=LISTS, words=WORDS, numbers=NUMBERS))

    def state(self) -> dict[str, object]:
        """For the address: every field by its name."""
        flat = {**self._asdict(), **self.source._asdict(), **self.measured._asdict()}
        return {name: flat[name] for name in ("model", *LISTS, *WORDS, *NUMBERS)}

    def request(self, api: Client) -> StructuredRemovalRequest:
        """What is asked; raises `KnownError` naming the field that cannot be."""
        region = self.source.ranked(self.model, self.measured.corpus, api)
        snapshots = tuple(number.replace(" ", "") for number in self.snapshots)
        evaluation = self.measured.spec()
        asked = {
            "ranking": {
                "region": _keeping(region, snapshots) if snapshots else region,
                "setting": self.setting,
                "shared": self.ranking == SHARED,
            },
            "counts": self.counts,
            "ranks": self.ranks,
            "snapshots": (*snapshots, None),
            "evaluation": evaluation,
            "seed": self.seed,
        }
        return checked(lambda: StructuredRemovalRequest.model_validate(asked))

    def sentence(self) -> str:
        """What the request costs, in words."""
        n_columns = len(self.counts) * len(self.ranks) * (len(self.snapshots) + 1)
        languages = f"{len(self.evaluated)} language{'' if len(self.evaluated) == 1 else 's'}"
        rescored = " Snapshots that the scores do not keep are scored first." if self.snapshots else ""
        return f"{n_columns + 1} perplexities in each of {languages}: {n_columns} removals and the base.{rescored}"

    @property
    def evaluated(self) -> tuple[str, ...]:
        """Languages measured."""
        return self.measured.evaluated


def _keeping(region: RegionRequest, snapshots: Sequence[str]) -> dict[str, Any]:
    """The region of scores that keep these snapshots too."""
    asked = region.model_dump()
    scores = asked["region"]["scores"]
    scores["snapshots"] = (*scores["snapshots"], *snapshots)
    asked["region"]["snapshot"] = None
    return asked
