"""The same change in every model: what was asked, what each one answered, and where it is not defined."""

from __future__ import annotations

from typing import NamedTuple

from backend.client import Client
from backend.contracts.edits import RemoveRegion
from backend.contracts.jobs import title_of
from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.regions import RegionQuestion
from backend.contracts.requests import GenerationGridRequest, PerplexityRequest, PerturbationRequest, Request
from backend.contracts.results import (
    Continuation,
    GenerationGridSummary,
    PerplexityRow,
    PerplexitySummary,
    PerturbationSummary,
)
from frontend.choices.compare import asked_of, counterpart, letter
from frontend.choices.compare_touch import missing_in
from frontend.results.compare import Compared
from frontend.views.compare_asked import newest_touch


class Asked(NamedTuple):
    """The question: texts, and perplexities where those are asked for by themselves."""

    texts: PerturbationRequest | GenerationGridRequest
    perplexity: PerplexityRequest | None = None
    """Under the change; of a region only, a perturbation measures both in one."""

    def requests(self, model: str) -> list[Request]:
        """All that has to be answered by one model."""
        found: list[Request] = [asked_of(self.texts, model)]
        if self.perplexity:
            plain = self.perplexity.model_copy(update={"change": None})
            found += [asked_of(self.perplexity, model), asked_of(plain, model)]
        return found

    @property
    def region(self) -> RegionQuestion | None:
        """The region that is removed."""
        change = self.texts.columns[0].change if isinstance(self.texts, GenerationGridRequest) else None
        return change.region if isinstance(change, RemoveRegion) else None


class Touched(NamedTuple):
    """One model: texts and perplexities before and after, as far as they are there."""

    letter: str
    name: str
    reason: str = ""
    """Why the change is not defined here."""
    base: tuple[Continuation, ...] = ()
    changed: tuple[Continuation, ...] = ()
    rows_before: tuple[PerplexityRow, ...] = ()
    rows_after: tuple[PerplexityRow, ...] = ()


def asked(view: Compared, api: Client) -> tuple[Asked | None, KnownError | None]:
    """What the address names (stored or under way); what is picked on the maps is a new question, so none."""
    choice = view.choice
    if choice.touched is None:
        if choice.cell or choice.dimension:
            return None, None
        newest = newest_touch(view)
        return (Asked(newest) if newest else None), None
    try:
        texts = _request(view, choice.touched, api)
        perplexity = _request(view, choice.question, api) if choice.question else None
    except KnownError as error:
        return None, error
    if not isinstance(texts, PerturbationRequest | GenerationGridRequest):
        return None, _no_touch(texts)
    found = Asked(texts)
    change = perplexity.change if isinstance(perplexity, PerplexityRequest) else None
    if isinstance(perplexity, PerplexityRequest) and isinstance(change, RemoveRegion) and change.region == found.region:
        found = found._replace(perplexity=perplexity)
    return found, None


def _no_touch(request: Request) -> KnownError:
    return KnownError(
        "no_touch",
        f"the address names a result of another kind: {title_of(request)}",
        title="That is no touch",
        hint="touched= names a perturbation; without it the newest is shown.",
        status=404,
        field="touched",
    )


def answers(view: Compared, question: Asked, api: Client) -> tuple[list[Touched], list[Request]]:
    """Every model in the order of the view, and what some of them have not answered yet."""
    found, missing = [], []
    for place, model in enumerate(view.models):
        reason = _reason(question, model)
        if reason:
            found.append(Touched(letter(place), model.name, reason))
            continue
        found.append(_answer(Touched(letter(place), model.name), question, view, api))
        missing += [one for one in question.requests(model.name) if counterpart(one, model.name, view.answered) is None]
    return found, missing


def _reason(question: Asked, model: ModelDescription) -> str:
    is_own = question.texts.model == model.name  # an uploaded region is at home there
    told = missing_in(question.texts, model)
    return "" if is_own and isinstance(question.texts, GenerationGridRequest) else told


def _answer(empty: Touched, question: Asked, view: Compared, api: Client) -> Touched:
    rows = [counterpart(one, empty.name, view.answered) for one in question.requests(empty.name)]
    summaries = [api.manifest(row.key).summary if row else None for row in rows]
    match summaries[0]:
        case PerturbationSummary(base=base, perturbed=changed) as told:
            return empty._replace(
                base=base, changed=changed, rows_before=told.perplexity_base, rows_after=told.perplexity_perturbed
            )
        case GenerationGridSummary(columns=columns):
            empty = empty._replace(base=columns[0].continuations, changed=columns[-1].continuations)
    after, before = (*summaries[1:], None, None)[:2]
    return empty._replace(
        rows_after=after.rows if isinstance(after, PerplexitySummary) else (),
        rows_before=before.rows if isinstance(before, PerplexitySummary) else (),
    )


def _request(view: Compared, key: str, api: Client) -> Request:
    row = next((row for row in view.rows if row.key == key), None)
    return row.request if row else api.job(key).request
