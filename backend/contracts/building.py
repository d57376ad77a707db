"""What a question is built on: its model, the jobs that must end first, the texts it reads."""

from __future__ import annotations

from collections.abc import Iterator

from backend.contracts.comparison import ComparisonRequest
from backend.contracts.edits import Change, DimensionRanking, RemoveDimensions, source_of
from backend.contracts.neurons import (
    ActivationSpec,
    ActivationsRequest,
    DeactivateNeurons,
    DeactivationRequest,
    DevelopmentMember,
    DevelopmentRequest,
    EnrichmentRequest,
    KeyNeuronsRequest,
    SimilarityRequest,
)
from backend.contracts.regions import CombinedRegionRequest, ImportRegionRequest, RegionRequest, leaves, region_model
from backend.contracts.removals import BASE as BASE
from backend.contracts.removals import column
from backend.contracts.removals import removal_columns as removal_columns
from backend.contracts.requests import (
    ChoiceRequest,
    DimensionSweep,
    FaithfulnessRequest,
    GenerationGridRequest,
    ImportanceRequest,
    ImportanceShardRequest,
    OpenModelRequest,
    PerplexityRequest,
    PerturbationRequest,
    RemovalRequest,
    Request,
    StructuredRemovalRequest,
    SweepRequest,
)
from backend.contracts.specs import Lines, ScoreSpec
from backend.contracts.training import TrainingRequest
from backend.contracts.vocabulary import Estimator, ImportanceMode, Rank, Selection

REGION_INPUT = SOURCE_INPUT = "region"
"""Name of the one region, or the key neurons, that a job reads."""
NEURONS_INPUT = "key neurons"
"""Name of the key neurons that an enrichment reads."""


def model_of(request: Request) -> str | None:
    """Name of the opened model a request is about; None for `open_model`."""
    match request:
        case OpenModelRequest():
            return None
        case ImportanceRequest() | ImportanceShardRequest():
            return request.scores.model
        case FaithfulnessRequest():
            return request.estimators[0].model
        case RegionRequest() | CombinedRegionRequest() | ImportRegionRequest():
            return region_model(request)
        case RemovalRequest():
            return request.region.scores.model
        case StructuredRemovalRequest():
            return region_model(request.ranking.region)
        case ActivationsRequest() | KeyNeuronsRequest():
            return request.activations.model
        case DeactivationRequest() | EnrichmentRequest():
            return request.neurons.activations.model
        case DevelopmentRequest():
            return request.members[-1].model
        case _:
            return request.model


def models_of(request: Request) -> tuple[str, ...]:
    """Names of all models whose weights a request itself is about, that of `model_of` first; () for `open_model`."""
    first = model_of(request)
    others = (request.other,) if isinstance(request, ComparisonRequest) else ()
    return (first, *others) if first else ()


def inputs_of(request: Request) -> dict[str, Request]:
    """The jobs whose results a request reads, by the name under which it reads them; {} for most kinds.

    Direct ones only: those have inputs of their own.
    """
    return dict(_inputs(request))


def all_inputs(request: Request) -> Iterator[Request]:
    """Every job a request builds on, directly or not, each once, inputs before what reads them."""
    yield from dict.fromkeys(_below(request))


def texts_of(request: Request) -> tuple[tuple[Lines, tuple[str, ...]], ...]:
    """The corpus lines a request reads, itself or through the jobs it builds on: (lines, languages), each once."""
    return tuple(dict.fromkeys(text for one in (*all_inputs(request), request) for text in own_texts(one)))


def own_texts(request: Request) -> tuple[tuple[Lines, tuple[str, ...]], ...]:
    """The corpus lines that a request reads itself: (lines, languages)."""
    return tuple(_own_texts(request))


def estimator_name(spec: ScoreSpec) -> str:
    """`taylor abs_of_sum`, `fisher`...: names a score among others of the same text."""
    if spec.estimator is Estimator.TAYLOR:
        return spec.estimator.value + ("" if spec.mode is ImportanceMode.ABS_OF_SUM else f" {spec.mode.value}")
    return spec.estimator.value


Place = tuple[int | None, Rank, int]
"""A cell of a structured removal: snapshot, rank, count."""


def structured_columns(request: StructuredRemovalRequest) -> dict[Place | None, PerplexityRequest]:
    """The cells of a structured removal by (snapshot, rank, count); None is the base."""
    spec = request.ranking.region.region
    found: dict[Place | None, PerplexityRequest] = {None: column(request, spec.scores, None)}
    for snapshot in request.snapshots:
        ranking = ranking_at(request.ranking, snapshot)
        for count in request.counts:
            for rank in request.ranks:
                change = RemoveDimensions(ranking=ranking, rank=rank, count=count, seed=request.seed)
                found[snapshot, rank, count] = column(request, spec.scores, change)
    return found


def structured_draws(request: StructuredRemovalRequest, place: Place | None) -> dict[str, PerplexityRequest]:
    """The columns of one cell by name of the input: one, or of random dimensions every draw."""
    cell = structured_columns(request)[place]
    name, change = structured_name(place), cell.change
    if not isinstance(change, RemoveDimensions) or change.rank is not Rank.RANDOM:
        return {name: cell}
    return {
        name + (f" draw {draw + 1}" if draw else ""): cell.model_copy(
            update={"change": change.model_copy(update={"seed": request.seed + draw})}
        )
        for draw in range(request.random_draws)
    }


Deactivated = tuple[str, int | None]
"""A column of a deactivation: language, and the number of its random control (None: its own neurons)."""


def deactivation_columns(request: DeactivationRequest) -> dict[Deactivated | None, PerplexityRequest]:
    """The columns of a deactivation; None is the base. Draw n of a language has the seed of the request + n."""
    model, dtype = request.neurons.activations.model, request.neurons.activations.dtype
    changes: dict[Deactivated | None, Change | None] = {None: None}
    for language in request.columns:
        changes[language, None] = DeactivateNeurons(neurons=request.neurons, language=language)
        for draw in range(request.random_draws):
            changes[language, draw] = DeactivateNeurons(
                neurons=request.neurons, language=language, random=True, seed=request.seed + draw
            )
    return {
        place: PerplexityRequest(model=model, dtype=dtype, evaluation=request.evaluation, change=change)
        for place, change in changes.items()
    }


def deactivation_name(place: Deactivated | None) -> str:
    """Name of an input of a deactivation."""
    if place is None:
        return BASE
    language, draw = place
    return language if draw is None else f"{language} random {draw + 1}"


def development_parts(request: DevelopmentRequest, member: DevelopmentMember) -> dict[str, Request]:
    """What is asked of one member, by the name of the input: similarity, key neurons, tasks."""
    name, spec = member.model, ActivationSpec(model=member.model, dtype=request.dtype, lines=request.lines)
    spec = spec.model_copy(update={"bos": request.bos})
    parts: dict[str, Request] = {
        f"{name} similarity": SimilarityRequest(
            model=name, dtype=request.dtype, lines=request.lines, languages=request.languages, bos=request.bos
        ),
        f"{name} key neurons": KeyNeuronsRequest(
            activations=spec, languages=request.languages, threshold=request.threshold, seed=request.seed
        ),
    }
    for task in request.tasks:
        parts[f"{name} {task.title}"] = ChoiceRequest(
            model=name, dtype=request.dtype, task=task, n_items=request.n_items
        )
    return parts


def ranking_at(ranking: DimensionRanking, snapshot: int | None) -> DimensionRanking:
    """The same ranking by the scores of a snapshot."""
    spec = ranking.region.region.model_copy(update={"snapshot": snapshot})
    region = ranking.region.model_copy(update={"region": type(spec).model_validate(spec.model_dump())})
    return ranking.model_copy(update={"region": region})


def structured_name(place: Place | None) -> str:
    """Name of an input of a structured removal."""
    if place is None:
        return BASE
    snapshot, rank, count = place
    return f"{'all' if snapshot is None else snapshot} {rank.value} {count}"


def _inputs(request: Request) -> Iterator[tuple[str, Request]]:
    match request:
        case ImportanceRequest(scores=scores) if scores.shards > 1:
            for shard in range(scores.shards):
                shared = ImportanceShardRequest(scores=scores, language=request.language, shard=shard)
                yield f"shard {shard}", shared
        case FaithfulnessRequest():
            for spec in request.estimators:
                yield estimator_name(spec), ImportanceRequest(scores=spec, language=request.language)
        case RegionRequest() if request.selection is not Selection.RANDOM:
            for language in request.region.languages:
                yield language, ImportanceRequest(scores=request.region.scores, language=language)
        case CombinedRegionRequest():
            for number, leaf in enumerate(leaves(request.expression)):
                yield f"region {number}", leaf
        case PerplexityRequest(change=change) | ChoiceRequest(change=change):
            if change and (source := source_of(change)):
                yield SOURCE_INPUT, source
        case RemovalRequest():
            yield from removal_columns(request).items()
        case StructuredRemovalRequest():
            for place in structured_columns(request):
                yield from structured_draws(request, place).items()
        case SweepRequest(targets=DimensionSweep(ranking=RegionRequest() as region)):
            yield REGION_INPUT, region
        case GenerationGridRequest():
            for column in request.columns:
                if source := source_of(column.change):
                    yield column.name, source
        case TrainingRequest():
            if request.remove:
                yield "remove", request.remove
            if request.hold:
                yield "hold", request.hold.region
        case SimilarityRequest():
            read = ActivationSpec(model=request.model, dtype=request.dtype, lines=request.lines, bos=request.bos)
            for language in request.languages:
                yield language, ActivationsRequest(activations=read, language=language)
        case KeyNeuronsRequest():
            for language in request.languages:
                yield language, ActivationsRequest(activations=request.activations, language=language)
        case DeactivationRequest():
            yield from ((deactivation_name(place), cell) for place, cell in deactivation_columns(request).items())
        case DevelopmentRequest():
            for member in request.members:
                yield from development_parts(request, member).items()
        case ComparisonRequest(region=region) if region:
            yield REGION_INPUT, region
        case EnrichmentRequest():
            yield NEURONS_INPUT, request.neurons
            yield from ((named.name, named.region) for named in request.regions)


def _below(request: Request) -> Iterator[Request]:
    for needed in inputs_of(request).values():
        yield from _below(needed)
        yield needed


def _own_texts(request: Request) -> Iterator[tuple[Lines, tuple[str, ...]]]:
    match request:
        case ImportanceRequest() | ImportanceShardRequest():
            yield request.scores.lines, (request.language,)
        case FaithfulnessRequest():
            yield request.estimators[0].lines, (request.language,)
        case PerplexityRequest() | SweepRequest() | RemovalRequest() | StructuredRemovalRequest():
            yield request.evaluation.lines, request.evaluation.languages
        case PerturbationRequest(evaluation=evaluation) if evaluation:
            yield evaluation.lines, evaluation.languages
        case TrainingRequest():
            yield request.lines, (request.language,)
            yield request.evaluation.lines, request.evaluation.languages
        case DeactivationRequest():
            yield request.evaluation.lines, request.evaluation.languages
        case ActivationsRequest():
            yield request.activations.lines, (request.language,)
        case KeyNeuronsRequest():
            yield request.activations.lines, request.languages
        case SimilarityRequest() | DevelopmentRequest():
            yield request.lines, request.languages
