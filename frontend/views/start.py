"""The start page without the page: which models are open, what is ready of one, which texts there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend.client import Client
from backend.contracts.models import CorpusSummary, ModelSummary
from backend.contracts.results import Manifest
from backend.contracts.vocabulary import AnalysisKind
from frontend import preparation, urls
from frontend.preparation import Step
from frontend.views.base import Table, View

TITLE = "Where does language live in a model?"


def view(query: Mapping[str, str], api: Client) -> View:
    """Everything that is open; the preparation of the model that the address names, else of the newest."""
    models, corpora, jobs = api.models(), api.corpora(), api.jobs()
    names = [model.name for model in models]
    asked = query.get("model")
    shown = asked if asked in names else (names[0] if names else None)
    tables = [_models(models), _corpora(corpora)]
    lead = f"No model is open; {len(corpora)} texts."
    sources: tuple[Manifest, ...] = ()
    if shown:
        steps = preparation.steps(shown, jobs, api.results(model=shown))
        n_ready = sum(step.state == "ready" for step in steps)
        lead = f"{len(models)} models, {len(corpora)} texts. {shown}: {n_ready} of {len(steps)} steps are ready."
        tables.insert(0, _preparation(shown, steps))
        opened = api.results(kind=AnalysisKind.OPEN_MODEL.value, model=shown)
        sources = tuple(api.manifest(row.key) for row in opened[:1])
    coming = tuple(job.request for job in preparation.opening(jobs, failed=False))
    return View(urls.link("start", model=shown), TITLE, lead, tables=tuple(tables), sources=sources, missing=coming)


def _preparation(model: str, steps: Sequence[Step]) -> Table:
    rows = tuple((step.name, step.state, step.note or None, step.href, step.explanation) for step in steps)
    return Table("preparation", f"What is ready of {model}", ("Step", "State", "Note", "Address", "What it is"), rows)


def _models(models: Sequence[ModelSummary]) -> Table:
    rows = tuple(
        (
            one.name, one.status, one.n_parameters, one.n_layers, one.size_bytes, one.architecture, one.licence or None,
            one.source, one.weights_hash, one.opened_at.isoformat(),
        )
        for one in models
    )  # fmt: skip
    columns = (
        "Model", "Status", "Parameters", "Layers", "Bytes", "Architecture", "Licence", "Source", "Weights", "Opened",
    )  # fmt: skip
    return Table("models", "Models", columns, rows)


def _corpora(corpora: Sequence[CorpusSummary]) -> Table:
    rows = tuple(
        (one.name, one.title, len(one.languages), " ".join(one.languages), one.n_lines, one.is_parallel, one.licence,
         one.problem or None)
        for one in corpora
    )  # fmt: skip
    columns = ("Text", "Title", "Languages", "Codes", "Lines", "Parallel", "Licence", "Problem")
    return Table("texts", "Texts", columns, rows)
