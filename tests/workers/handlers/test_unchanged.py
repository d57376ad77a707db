"""A worker computes only what was asked: of the text, the model and the analysis that the key names."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.artifacts.keys import input_keys
from backend.artifacts.manifests import question_key
from backend.contracts.building import inputs_of
from backend.contracts.jobs import Ticket
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    ANALYSIS_VERSIONS,
    ComparisonRequest,
    EvaluationSpec,
    ImportanceRequest,
    Lines,
    OpenModelRequest,
    PerplexityRequest,
    RegionRequest,
    RegionSpec,
    Request,
    ScoreSpec,
)
from backend.contracts.vocabulary import AnalysisKind
from tests.fakes import write_model
from tests.workers.handlers.shop import Shop
from workers import tasks
from workers.context import Context, Handler, Outcome
from workers.registry import HANDLERS

LINES = Lines(corpus="small", start=0, stop=2)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def _scored(shop: Shop) -> ImportanceRequest:
    return ImportanceRequest(scores=ScoreSpec(model=shop.model, lines=LINES), language="de")


def _ticket(shop: Shop, request: Request, **other: object) -> Ticket:
    inputs = input_keys(request, shop.context.models, shop.context.corpora)
    return Ticket(key=shop.key(request), request=request, inputs=inputs, **other)  # type: ignore[arg-type]


def _run(shop: Shop, ticket: Ticket, while_it_runs: Callable[[], object] = lambda: None) -> str:
    """The code of the problem, or `stored`."""
    kind = ticket.request.kind

    def handler(ticket: Ticket, context: Context, folder: Path) -> Outcome:
        outcome = HANDLERS[kind](ticket, context, folder)
        while_it_runs()
        return outcome

    handlers: dict[AnalysisKind, Handler] = {kind: handler}
    try:
        tasks.run(ticket.model_dump(mode="json"), shop.context, handlers)
    except KnownError as error:
        assert not shop.context.store.has(ticket.key)
        assert list(shop.context.store.root.glob(".writing-*")) == []
        return error.problem.code
    return "stored"


def _edit(shop: Shop) -> None:
    path = shop.context.corpora.named("small").files()["de"]
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(["etwas ganz anderes", *lines[1:]]) + "\n", encoding="utf-8")


def _cut(shop: Shop) -> None:
    for path in shop.context.corpora.named("small").files().values():
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")


def _replace(shop: Shop) -> None:
    """Another file of the same size and time: only the inode tells."""
    path = shop.model_folder / "model.safetensors"
    state = os.stat(path)
    shutil.copyfile(path, path.with_suffix(".new"))
    os.replace(path.with_suffix(".new"), path)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def _reopen(shop: Shop) -> None:
    """The same name, other weights."""
    other = write_model(shop.context.layout.root / "given" / "other", seed=1)
    shutil.copyfile(other / "model.safetensors", shop.model_folder / "model.safetensors")
    shop.answer(OpenModelRequest(source=str(shop.model_folder)))


def test_an_answer_says_what_its_key_was_made_from(shop: Shop) -> None:
    scored = _scored(shop)
    region = RegionRequest(region=RegionSpec(scores=scored.scores, languages=("de",)))
    for needed in inputs_of(region).values():
        assert _run(shop, _ticket(shop, needed)) == "stored"
    opened = OpenModelRequest(source=str(shop.model_folder))
    assert _run(shop, _ticket(shop, region)) == "stored"
    shop.context.store.delete(shop.key(opened))
    assert _run(shop, _ticket(shop, opened)) == "stored"
    for request in (scored, region, opened):
        manifest = shop.context.store.manifest(shop.key(request))
        assert manifest.identity is not None and question_key(manifest) == manifest.key
        assert set(manifest.checksums) == set(manifest.files)


@pytest.mark.parametrize("change", [_edit, _cut, _replace, _reopen])
@pytest.mark.parametrize("when", ["before", "while"])
def test_what_changes_before_or_while_a_job_runs_is_never_stored(
    shop: Shop, change: Callable[[Shop], None], when: str
) -> None:
    ticket = _ticket(shop, _scored(shop))
    if when == "before":
        change(shop)
        assert _run(shop, ticket) == "input_changed"
    else:
        assert _run(shop, ticket, lambda: change(shop)) == "input_changed"


def test_another_text_of_the_same_corpus_may_change(shop: Shop) -> None:
    ticket = _ticket(shop, _scored(shop).model_copy(update={"language": "en"}))
    _edit(shop)
    assert _run(shop, ticket) == "stored"


def test_a_model_that_changes_while_it_is_opened_is_not_offered(shop: Shop) -> None:
    source = write_model(shop.context.layout.root / "given" / "growing", seed=2)
    ticket = _ticket(shop, OpenModelRequest(source=str(source)))
    os.utime(source / "model.safetensors", ns=(1, 1))
    assert _run(shop, ticket) == "input_changed"
    assert [entry.name for entry in shop.context.models.all()] == [shop.model]


def test_a_folder_that_the_api_cannot_see_is_opened_all_the_same(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_model(shop.context.layout.root / "given" / "elsewhere", seed=2)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "exists", lambda path: False)
        ticket = _ticket(shop, OpenModelRequest(source=str(source)))
    assert ticket.key != shop.key(ticket.request)
    assert _run(shop, ticket) == "stored"


def test_a_worker_of_another_version_of_the_analysis_refuses(shop: Shop) -> None:
    version = ANALYSIS_VERSIONS[AnalysisKind.IMPORTANCE]
    assert _run(shop, _ticket(shop, _scored(shop), analysis_version=version + 1)) == "other_version"
    made_by_another = _ticket(shop, _scored(shop)).model_copy(update={"key": "0" * 20})  # an old ticket says no version
    assert _run(shop, made_by_another) == "input_changed"
    assert _run(shop, _ticket(shop, _scored(shop), analysis_version=version)) == "stored"


def test_an_answer_about_two_models_names_both(shop: Shop) -> None:
    shop.answer(OpenModelRequest(source=str(write_model(shop.context.layout.root / "given" / "two", seed=3))))
    other = next(entry.name for entry in shop.context.models.all() if entry.name != shop.model)
    request = ComparisonRequest(model=shop.model, other=other)
    assert _run(shop, _ticket(shop, request)) == "stored"
    manifest = shop.context.store.manifest(shop.key(request))
    assert manifest.identity is not None and "+" in manifest.identity and question_key(manifest) == manifest.key


def test_a_perplexity_reads_its_own_text_again(shop: Shop) -> None:
    request = PerplexityRequest(model=shop.model, evaluation=EvaluationSpec(lines=LINES, languages=("de", "en")))
    ticket = _ticket(shop, request)
    assert _run(shop, ticket, lambda: _edit(shop)) == "input_changed"
    assert _run(shop, _ticket(shop, request)) == "stored"
