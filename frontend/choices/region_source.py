"""Which region a form speaks of: one that is stored, or a new one from languages and a share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from backend.client import Client
from backend.contracts.models import CorpusSummary
from backend.contracts.problems import KnownError
from backend.contracts.regions import CombinedRegionRequest, ImportRegionRequest, RegionQuestion, RegionRequest
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import REGION_KINDS, Selection
from frontend.choices.apart import told_apart
from frontend.choices.problems import checked
from frontend.figures.numbers import percent as share
from frontend.language_names import in_paper_order

NEW = "new"
"""The value of `region` that means: from the languages and the share beside it."""


class RegionSource(NamedTuple):
    """Fields of the form; `region` is the key of a stored region, or `new`."""

    region: str = NEW
    languages: tuple[str, ...] = ()
    percent: float | None = 1.0
    start: int | None = 0
    stop: int | None = 60

    @classmethod
    def first(cls, stored: Sequence[ResultRow], corpus: CorpusSummary | None) -> Self:
        """The newest stored region of all samples, else the paper's six languages on the first 60 % of the lines."""
        found = cls(region=next((row.key for row in stored if not _is_of_snapshot(row)), NEW))
        if corpus is None:
            return found
        return found._replace(languages=in_paper_order(corpus.languages)[:6], stop=round(0.6 * corpus.n_lines))

    @classmethod
    def of_question(cls, question: RegionQuestion, stored: Sequence[ResultRow]) -> Self:
        """The fields that name this region: its key where it is stored."""
        key = next((row.key for row in stored if row.request == question), NEW)
        if not isinstance(question, RegionRequest):
            return cls(region=key)
        spec = question.region
        lines = spec.scores.lines
        return cls(key, spec.languages, round(spec.fraction * 100, 10), lines.start, lines.stop)

    def question(self, model: str, corpus: str, api: Client) -> RegionQuestion:
        """The request of the region; raises `KnownError` naming the field that cannot be asked."""
        if self.region == NEW:
            return self._new(model, corpus)
        request = api.manifest(self.region).request
        if isinstance(request, RegionRequest | CombinedRegionRequest | ImportRegionRequest):
            return request
        raise KnownError("not_a_region", f"result {self.region} is not a region", field="region", hint=_CHOOSE)

    def ranked(self, model: str, corpus: str, api: Client) -> RegionRequest:
        """The region by rank of scores; combined and imported regions have no ranks."""
        question = self.question(model, corpus, api)
        if isinstance(question, RegionRequest):
            return question
        raise KnownError(
            "not_ranked",
            "this region is combined or imported; dimensions are ranked by a region of scores",
            title="That region has no scores",
            hint=_CHOOSE,
            field="region",
        )

    def _new(self, model: str, corpus: str) -> RegionRequest:
        fraction = None if self.percent is None else round(self.percent / 100, 12)
        asked: dict[str, Any] = {
            "scores": {"model": model, "lines": {"corpus": corpus, "start": self.start, "stop": self.stop}},
            "languages": self.languages,
            "fraction": fraction,
        }
        return checked(lambda: RegionRequest.model_validate({"region": asked}))


_CHOOSE = "Choose a top region from the list, or “new” with languages and a share."


def stored_regions(model: str, api: Client, *, ranked_only: bool = False) -> tuple[ResultRow, ...]:
    """Regions of a model to choose from, newest first; with `ranked_only` the top regions by scores."""
    rows = [row for row in api.results(model=model) if row.kind in REGION_KINDS]
    return tuple(row for row in rows if not ranked_only or _is_top(row))


def region_words(question: RegionQuestion) -> str:
    """A region in a few words: `top 1 % · ar es ru`."""
    match question:
        case RegionRequest(region=spec, selection=selection):
            snapshot = f" · first {spec.snapshot} samples" if spec.snapshot else ""
            return f"{selection.value} {share(spec.fraction)} · {' '.join(spec.languages)}{snapshot}"
        case CombinedRegionRequest():
            return question.title or "combined region"
        case ImportRegionRequest():
            return question.title


def region_options(rows: Sequence[ResultRow]) -> list[dict[str, str]]:
    """For a select: every stored region by its words, then `new`."""
    words = told_apart([_question(row) for row in rows], region_words)
    options = [{"value": row.key, "label": label} for row, label in zip(rows, words, strict=True)]
    return [*options, {"value": NEW, "label": "New: languages and share …"}]


def replaced(part: Any, fields: Mapping[str, Any]) -> Any:
    """A part of a form with whatever of its fields is given; the other given fields belong to other parts."""
    return part._replace(**{name: fields[name] for name in part._fields if name in fields})


def _is_top(row: ResultRow) -> bool:
    return isinstance(row.request, RegionRequest) and row.request.selection is Selection.TOP


def _is_of_snapshot(row: ResultRow) -> bool:
    return isinstance(row.request, RegionRequest) and row.request.region.snapshot is not None


def _question(row: ResultRow) -> RegionQuestion:
    assert isinstance(row.request, RegionRequest | CombinedRegionRequest | ImportRegionRequest)
    return row.request
