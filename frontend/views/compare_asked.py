"""Which stored question each section of the Compare page is about, and which model has answered it. No Dash here."""

from __future__ import annotations

from collections.abc import Sequence

from backend.client import Client
from backend.contracts.comparison import ComparisonRequest
from backend.contracts.requests import (
    KeyNeuronsRequest,
    PerplexityRequest,
    PerturbationRequest,
    RemovalRequest,
    SimilarityRequest,
    TrainingRequest,
)
from backend.contracts.results import ResultRow
from backend.contracts.specs import EvaluationSpec, Lines
from backend.contracts.vocabulary import AnalysisKind
from frontend.choices.compare import CompareChoice, asked_of, counterpart, questions, row_of
from frontend.figures.compare_perplexity import Ratios, by_place
from frontend.results.compare import Compared

MEASURED = (AnalysisKind.PERPLEXITY, AnalysisKind.REMOVAL)
MOST_LANGUAGES = 8
SCORED_SHARE = 0.6
"""Lines before this share of a corpus are for scoring; perplexity is measured on the rest."""


def choice_of(query: dict[str, str], api: Client) -> CompareChoice:
    """The view of an address; `result=KEY` of a stored comparison names its models and its region."""
    choice = CompareChoice.of_query(query)
    if "result" not in query:
        return choice
    request = api.manifest(query["result"]).request
    if not isinstance(request, ComparisonRequest):
        return choice
    key = next((row.key for row in api.results(model=request.model) if row.request == request.region), None)
    return choice._replace(models=(request.model, request.other), section="movement", region=key)


def answers(view: Compared, stored: Sequence[ResultRow]) -> tuple[ResultRow, list[ResultRow | None]]:
    """The chosen question and every model's answer to it; when none is chosen, the one that most have answered."""
    models = view.choice.models

    def of(row: ResultRow) -> list[ResultRow | None]:
        return [counterpart(row.request, model, view.answered) for model in models]

    named = row_of(view.rows, view.choice.question)
    if named is not None:
        asked = asked_of(named.request, models[0])
        same = next((row for row in stored if asked_of(row.request, models[0]) == asked), None)
        if same is not None:
            return same, of(same)
    found = [(row, of(row)) for row in stored]
    return max(found, key=lambda pair: sum(one is not None for one in pair[1]))


def tables_of(view: Compared) -> list[ResultRow]:
    """Unchanged models and removal tables: the columns of tables are results too, but hundreds."""
    rows = view.of_kinds(*MEASURED)
    return [row for row in rows if not isinstance(row.request, PerplexityRequest) or row.request.change is None]


def base_request(view: Compared, api: Client) -> PerplexityRequest | None:
    """Perplexity of the unchanged A: on the text that was measured before, else on the end of the first corpus."""
    first = view.choice.models[0]
    for row in view.rows:
        if isinstance(row.request, PerplexityRequest | RemovalRequest | TrainingRequest):
            return PerplexityRequest(model=first, evaluation=row.request.evaluation)
    corpus = next((one for one in api.corpora() if not one.problem), None)
    if corpus is None:
        return None
    lines = Lines(corpus=corpus.name, start=round(SCORED_SHARE * corpus.n_lines))
    spec = EvaluationSpec(lines=lines, languages=corpus.languages[:MOST_LANGUAGES])
    return PerplexityRequest(model=first, evaluation=spec)


def ratios_to_first(found: Sequence[ResultRow | None], api: Client) -> list[Ratios]:
    """Of every model's result to that of A; nothing of A itself and where one of the two is missing."""
    first = found[0]
    return [
        by_place(api.compared_ratios(first.key, row.key)) if place and first and row else {}
        for place, row in enumerate(found)
    ]


def key_neurons_of(view: Compared, chosen: ResultRow) -> list[ResultRow | None]:
    """Key neurons of the same sentences, or of any text, in every model."""
    stored = questions(view.of_kinds(AnalysisKind.KEY_NEURONS), view.choice.models)
    assert isinstance(chosen.request, SimilarityRequest)
    wanted = chosen.request.languages

    def fits(row: ResultRow) -> tuple[bool, int]:
        is_same = isinstance(row.request, KeyNeuronsRequest) and row.request.languages == wanted
        n_found = sum(counterpart(row.request, name, view.answered) is not None for name in view.choice.models)
        return is_same, n_found

    best = max(stored, key=fits, default=None)
    return [counterpart(best.request, name, view.answered) if best else None for name in view.choice.models]


def newest_touch(view: Compared) -> PerturbationRequest | None:
    """The newest that was asked of any of the models."""
    stored = view.of_kinds(AnalysisKind.PERTURBATION)
    return stored[0].request if stored and isinstance(stored[0].request, PerturbationRequest) else None


def two_requests(view: Compared) -> tuple[ResultRow | None, ResultRow | None]:
    """As the address says; else the newest result and the next one of its kind."""
    left = row_of(view.rows, view.choice.question) or view.rows[0]
    right = row_of(view.rows, view.choice.against)
    if right is None:
        right = next((row for row in view.rows if row.kind is left.kind and row.key != left.key), None)
    return left, right
