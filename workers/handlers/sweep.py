"""One small change after the other: perplexity per perturbed dimension or scalar (paper A, Figure 3, Table 4).

The model is loaded and the text cut into tokens once; each change is written in place and taken back. Layers below
the lowest change are computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from backend.contracts.building import REGION_INPUT
from backend.contracts.jobs import Ticket
from backend.contracts.requests import DimensionSweep, ScalarSweep, SweepRequest
from backend.contracts.results import PerplexityRow, SweepPoint, SweepSummary
from backend.contracts.vocabulary import EditAction, Phase
from workers.analysis.dimensions import held_by_index
from workers.analysis.edit_sentences import sweep_sentence
from workers.analysis.edits import DimensionTarget, EditSpec, ScalarTarget, n_dimensions, resolve
from workers.analysis.errors import AnalysisError
from workers.analysis.perturbation import Deviations, perturbed
from workers.analysis.prefix import remembered_below
from workers.analysis.sweep import Point, dimension_points, scalar_points
from workers.context import Context, Outcome
from workers.handlers import perplexities
from workers.handlers.edit_specs import edit_rules
from workers.handlers.intervals import interval_rule, measured_against, resampled_of
from workers.handlers.regions_read import stored_masks
from workers.handlers.restored import checksums, require_restored
from workers.handlers.texts import corpus_documents, corpus_texts, text_rules
from workers.model_host import Loaded
from workers.progress import shield

Measure = Callable[[], tuple[PerplexityRow, ...]]


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Base once, then every point. Writes no file; what a cancelled sweep has measured is not kept."""
    del folder
    request = ticket.request
    assert isinstance(request, SweepRequest)
    texts = corpus_texts(context.corpora, request.evaluation.lines, request.evaluation.languages)
    context.progress.phase(Phase.LOADING_MODEL)
    loaded = context.host.load(request.model, request.dtype)
    context.progress.phase(Phase.RUNNING)
    spec = request.evaluation
    documents = corpus_documents(context.corpora, spec.lines, spec.languages)
    is_parallel = context.corpora.named(spec.lines.corpus).is_parallel
    evaluations = perplexities.evaluations(loaded, texts, spec, documents, is_parallel=is_parallel)
    points = _points(request, loaded, ticket, context)
    touched = {change.view for point in points for change in resolve(loaded.views, _edit(request, point.place))}
    before = checksums(loaded, {view.tensor for view in touched})
    base = perplexities.measured_rows(loaded, evaluations, condition=perplexities.BASE, progress=context.progress)

    def measure() -> tuple[PerplexityRow, ...]:
        changed = perplexities.measured_rows(loaded, evaluations, condition="", progress=None)
        return measured_against(base, changed, resampled_of(evaluations))

    with remembered_below(loaded.model, min(view.layer or 0 for view in touched)):
        measured = _measured(request, loaded, points, context, measure)
    sentence = _sentence(request, loaded, points)
    require_restored(loaded, before, context, change=sentence)
    return Outcome(
        summary=SweepSummary(base=tuple(one.row for one in base), points=tuple(measured), sentence=sentence),
        model=request.model,
        seed=request.seed,
        rules=text_rules(loaded, spec)
        | interval_rule(resampled_of(evaluations))
        | edit_rules(loaded)
        | _rules(request),
        device=loaded.device,
        dtype=loaded.dtype,
    )


def _measured(
    request: SweepRequest, loaded: Loaded, points: Sequence[Point], context: Context, measure: Measure
) -> list[SweepPoint]:
    """Every point in turn; a place that is in two groups is measured once."""
    deviations, known, found = Deviations(), dict[int, SweepPoint](), list[SweepPoint]()
    unit = "dimensions" if isinstance(request.targets, DimensionSweep) else "scalars"
    for point in context.progress.track(points, len(points), unit, "one at a time"):
        if point.place not in known:
            edits = [_edit(request, point.place)]
            with perturbed(loaded.model, loaded.views, edits, guard=shield, deviations=deviations) as [applied]:
                rows = measure()
            known[point.place] = SweepPoint(
                index=point.place,
                group=point.group,
                n_parameters=applied.n_parameters,
                rows=rows,
                before=applied.before,
                after=applied.after,
            )
        found.append(known[point.place].model_copy(update={"group": point.group}))
    return found


def _points(request: SweepRequest, loaded: Loaded, ticket: Ticket, context: Context) -> list[Point]:
    targets = request.targets
    if isinstance(targets, ScalarSweep):
        return scalar_points(targets.indices, n=_vector_size(loaded, targets.matrix))
    where = _edit(request, 0).where
    assert isinstance(where, DimensionTarget)
    counts = None
    if targets.ranking is not None:
        masks = stored_masks(ticket, REGION_INPUT, context, loaded.views)
        counts = held_by_index(loaded.views, masks, targets.side.value)
    return dimension_points(
        targets.indices,
        n=n_dimensions(loaded.views, where),
        counts_N=counts,
        n_top=targets.n_top,
        n_random=targets.n_random,
        seed=request.seed,
    )


def _vector_size(loaded: Loaded, matrix: str) -> int:
    """Scalars of a norm or a bias; a matrix has too many, and an index of two numbers."""
    view = next((view for view in loaded.views if view.name == matrix), None)
    if view is not None and len(view.shape) == 1:
        return view.shape[0]
    vectors = list(dict.fromkeys(view.kind for view in loaded.views if len(view.shape) == 1))
    raise AnalysisError(
        "not_a_vector",
        f"{matrix!r} is {'a matrix' if view else 'no part'} of the model; scalars of one norm or bias are swept",
        hint=f"Name LAYER.KIND with one of these kinds: {', '.join(vectors)}.",
    )


def _edit(request: SweepRequest, place: int) -> EditSpec:
    targets = request.targets
    where: ScalarTarget | DimensionTarget
    if isinstance(targets, ScalarSweep):
        where = ScalarTarget(targets.matrix, (place,))
    else:
        layers = (targets.layers.first, targets.layers.last) if targets.layers else None
        where = DimensionTarget(targets.side.value, place, tuple(kind.value for kind in targets.kinds), layers)
    return EditSpec(where, request.action.value, request.factor, request.value, request.seed)


def _sentence(request: SweepRequest, loaded: Loaded, points: Sequence[Point]) -> str:
    changes = resolve(loaded.views, _edit(request, points[0].place))
    targets = request.targets
    return sweep_sentence(changes, targets.side.value if isinstance(targets, DimensionSweep) else None)


def _rules(request: SweepRequest) -> dict[str, str]:
    rules = {"sweep": "one change at a time, each taken back before the next"}
    if isinstance(request.targets, DimensionSweep) and request.targets.ranking is not None:
        side = request.targets.side.value
        rules["top"] = f"by the region's parameters on the {side} side of all matrices within the layers together"
    if request.action is EditAction.RANDOM:
        rules["draw"] = "a matrix gets the same draw for every index, so that points differ by their place alone"
    return rules
