"""Change parameters, read text and perplexity before and after (paper A, Figures 3, 4, Table 4)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from backend.contracts.jobs import Ticket
from backend.contracts.requests import PerturbationRequest
from backend.contracts.results import Continuation, EditReport, PerturbationSummary
from backend.contracts.vocabulary import EditAction, Phase, Sampling
from workers.analysis.perturbation import perturbed, resolve
from workers.context import Context, Outcome
from workers.handlers import perplexities
from workers.handlers.continuations import Side, continuations, generation_rules
from workers.handlers.edit_specs import edit_rules, edit_spec
from workers.handlers.intervals import interval_rule, measured_against, resampled_of
from workers.handlers.restored import checksums, is_restored
from workers.handlers.texts import Evaluation, corpus_documents, corpus_texts, text_rules
from workers.model_host import Loaded
from workers.progress import shield


class _Seen(NamedTuple):
    """What one state of the weights says."""

    texts: tuple[Continuation, ...]
    measured: tuple[perplexities.Measured, ...]


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Base first, then perturbed, then the proof that the weights are back. Writes no file."""
    del folder
    request = ticket.request
    assert isinstance(request, PerturbationRequest)
    texts = _texts(request, context)
    context.progress.phase(Phase.LOADING_MODEL)
    loaded = context.host.load(request.model, request.dtype)
    context.progress.phase(Phase.RUNNING)
    edits = [edit_spec(edit) for edit in request.edits]
    touched = {change.view.tensor for edit in edits for change in resolve(loaded.views, edit)}
    evaluations = _evaluations(request, loaded, texts, context)
    before = checksums(loaded, touched)
    base = _look(loaded, request, evaluations, context, side="base")
    with perturbed(loaded.model, loaded.views, edits, guard=shield) as applied:
        changed = _look(loaded, request, evaluations, context, side="perturbed")
    return Outcome(
        summary=PerturbationSummary(
            edits=tuple(
                EditReport(matrices=edit.matrices, n_parameters=edit.n_parameters, sentence=edit.sentence)
                for edit in applied
            ),
            base=base.texts,
            perturbed=changed.texts,
            perplexity_base=tuple(one.row for one in base.measured),
            perplexity_perturbed=measured_against(base.measured, changed.measured, resampled_of(evaluations)),
            weights_restored=is_restored(loaded, before, context),
        ),
        model=request.model,
        seed=_seed(request),
        rules=_rules(request, loaded, evaluations),
        device=loaded.device,
        dtype=loaded.dtype,
    )


def _texts(request: PerturbationRequest, context: Context) -> Mapping[str, tuple[str, ...]]:
    spec = request.evaluation
    return {} if spec is None else corpus_texts(context.corpora, spec.lines, spec.languages)


def _evaluations(
    request: PerturbationRequest, loaded: Loaded, texts: Mapping[str, tuple[str, ...]], context: Context
) -> Mapping[str, Evaluation]:
    spec = request.evaluation
    if spec is None:
        return {}
    documents = corpus_documents(context.corpora, spec.lines, spec.languages)
    is_parallel = context.corpora.named(spec.lines.corpus).is_parallel
    return perplexities.evaluations(loaded, texts, spec, documents, is_parallel=is_parallel)


def _look(
    loaded: Loaded,
    request: PerturbationRequest,
    evaluations: Mapping[str, Evaluation],
    context: Context,
    *,
    side: Side,
) -> _Seen:
    """Texts come first: they are what somebody waits for."""
    texts = continuations(loaded, request.prompts, request.settings, side=side, progress=context.progress)
    return _Seen(texts, perplexities.measured_rows(loaded, evaluations, condition=side, progress=context.progress))


def _seed(request: PerturbationRequest) -> int | None:
    """The seed that matters: of the sampling, else of the first random edit."""
    if request.settings.sampling is Sampling.SAMPLED and request.prompts:
        return request.settings.seed
    return next((edit.seed for edit in request.edits if edit.action is EditAction.RANDOM), None)


def _rules(request: PerturbationRequest, loaded: Loaded, evaluations: Mapping[str, Evaluation]) -> dict[str, str]:
    rules = edit_rules(loaded) | {"edits": "applied in order, each upon the one before"}
    if request.evaluation is not None:
        rules |= text_rules(loaded, request.evaluation) | interval_rule(resampled_of(evaluations))
    return rules | (generation_rules(loaded, request.settings) if request.prompts else {})
