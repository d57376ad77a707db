"""What is wrong with a request is said before anything is queued, with what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.artifacts.models import ModelEntries
from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    REQUEST,
    LayerRange,
    OpenModelRequest,
    PerturbationRequest,
    Request,
    SimilarityRequest,
)
from backend.jobs.validation import check_against, check_source
from tests.workers.queue.bench import write_fake_model


@pytest.fixture
def model(tmp_path: Path) -> ModelDescription:
    entries = ModelEntries(tmp_path / "models")
    write_fake_model(entries, tmp_path / "weights")
    return entries.named("fake")


def _perturbation(**where: object) -> PerturbationRequest:
    return PerturbationRequest.model_validate(
        {
            "model": "fake",
            "edits": [{"where": where, "action": "zero"}],
            "prompts": [{"language": "en", "text": "one"}],
        }
    )


@pytest.mark.parametrize(
    ("where", "code", "told"),
    [
        ({"target": "scalar", "matrix": "9.attn.q", "index": [0, 0]}, "unknown_matrix", "layers 0 to 1"),
        ({"target": "scalar", "matrix": "1.attn.q", "index": [16, 0]}, "index_out_of_range", "0 to 15 by 0 to 7"),
        ({"target": "scalar", "matrix": "1.attn.q", "index": [0]}, "index_out_of_range", "shape 16 x 8"),
        ({"target": "dimension", "index": 8}, "index_out_of_range", "0 to 7"),
        ({"target": "dimension", "side": "neuron", "index": 0}, "nothing_to_edit", "neuron side"),
        ({"target": "dimension", "index": 0, "kinds": ["attn.q", "norm.post"]}, "nothing_to_edit", "norm.post"),
        ({"target": "dimension", "index": 0, "layers": {"first": 1, "last": 2}}, "layer_out_of_range", "0 to 1"),
    ],
)
def test_an_edit_outside_the_model_is_refused_with_the_range(
    model: ModelDescription, where: dict[str, object], code: str, told: str
) -> None:
    with pytest.raises(KnownError) as caught:
        check_against(_perturbation(**where), model)
    assert caught.value.problem.code == code
    assert told in caught.value.problem.detail
    assert (caught.value.problem.field or "").startswith("edits.0.where")


def test_a_range_of_layers_beyond_the_model_is_refused(model: ModelDescription) -> None:
    last = model.shape.n_layers - 1
    asked = SimilarityRequest(model="fake", languages=("de", "en"), layers=LayerRange(first=0, last=last))
    check_against(asked, model)
    with pytest.raises(KnownError, match="not all in") as caught:
        check_against(asked.model_copy(update={"layers": LayerRange(first=0, last=last + 1)}), model)
    assert caught.value.problem.field == "layers"


def test_edits_inside_the_model_pass(model: ModelDescription) -> None:
    check_against(_perturbation(target="scalar", matrix="1.attn.q", index=[15, 7]), model)
    check_against(_perturbation(target="dimension", side="head", index=15), model)


def test_only_norms_and_biases_are_reset(model: ModelDescription) -> None:
    norm = {"where": {"target": "dimension", "index": 0, "kinds": ["norm.input"]}, "action": "reset"}
    all_kinds = {"where": {"target": "dimension", "index": 0}, "action": "reset"}
    prompts = [{"language": "en", "text": "one"}]
    check_against(PerturbationRequest.model_validate({"model": "fake", "edits": [norm], "prompts": prompts}), model)
    with pytest.raises(KnownError, match="drawn at random before training") as caught:
        check_against(
            PerturbationRequest.model_validate({"model": "fake", "edits": [norm, all_kinds], "prompts": prompts}), model
        )
    assert caught.value.problem.field == "edits.1.action"


EVALUATION = {"languages": ["de"]}
RANKING = {"region": {"kind": "region", "region": {"scores": {"model": "fake"}, "languages": ["de"]}}}
OUTSIDE = {"change": "edits", "edits": [{"where": {"target": "dimension", "index": 9}, "action": "zero"}]}
PROMPTS = [{"language": "en", "text": "one"}]


def _asked(kind: str, **fields: object) -> Request:
    model = {} if kind == "structured_removal" else {"model": "fake"}
    evaluation = {} if kind == "generation_grid" else {"evaluation": EVALUATION}
    return REQUEST.validate_python({"kind": kind, **model, **evaluation, **fields})


def _sweep(action: str = "zero", **targets: object) -> Request:
    return _asked("sweep", action=action, targets={"over": "dimensions", "n_random": 0, **targets})


def _scalars(**targets: object) -> Request:
    return _asked("sweep", action="reset", targets={"over": "scalars", **targets})


def _removed(**fields: object) -> dict[str, object]:
    return {"change": "dimensions", "ranking": RANKING, **fields}


REFUSED = [
    (_asked("structured_removal", ranking=RANKING, counts=[1, 17]), "too_many_dimensions", "counts.1", "has 16"),
    (_asked("structured_removal", ranking=RANKING, counts=[9]), "too_many_dimensions", "counts.0", "random 9"),
    (_asked("structured_removal", ranking=RANKING, snapshots=[None, 5]), "unknown_snapshot", "snapshots.1", "none"),
    (_asked("perplexity", change=_removed(count=17)), "too_many_dimensions", "change.count", "attn.q has 16"),
    (_asked("perplexity", change=OUTSIDE), "index_out_of_range", "change.edits.0.where.index", "0 to 7"),
    (_asked("generation_grid", prompts=PROMPTS, columns=[{"name": "a", "change": OUTSIDE}]),
     "index_out_of_range", "columns.0.change.edits.0.where.index", "0 to 7"),
    (_sweep(indices=[7, 8]), "index_out_of_range", "targets.indices.1", "0 to 7"),
    (_sweep(indices=[0], side="head", kinds=["norm.input"]), "nothing_to_edit", "targets.kinds", "attn.q"),
    (_sweep(indices=[0], layers={"first": 0, "last": 2}), "layer_out_of_range", "targets.layers", "0 to 1"),
    (_sweep(indices=[0], n_random=8), "too_many_dimensions", "targets.n_random", "side has 8"),
    (_sweep(ranking=RANKING["region"], n_top=9), "too_many_dimensions", "targets.n_top", "side has 8"),
    (_sweep(ranking=RANKING["region"], n_top=0), "nothing_to_sweep", "targets", "n_random are 0"),
    (_sweep("reset", indices=[0]), "no_initial_value", "action", "attn.q"),
    (_scalars(matrix="1.attn.q"), "not_a_vector", "targets.matrix", "16 x 8"),
    (_scalars(matrix="2.norm.input"), "unknown_matrix", "targets.matrix", "layers 0 to 1"),
    (_scalars(matrix="1.norm.input", indices=[0, 8]), "index_out_of_range", "targets.indices.1", "0 to 7"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "code", "field", "told"), REFUSED)
def test_sweeps_removals_and_grids_outside_the_model_are_refused(
    model: ModelDescription, request_: Request, code: str, field: str, told: str
) -> None:
    with pytest.raises(KnownError) as caught:
        check_against(request_, model)
    problem = caught.value.problem
    assert (problem.code, problem.field) == (code, field)
    assert told in problem.detail
    assert problem.hint


def test_sweeps_removals_and_grids_inside_the_model_pass(model: ModelDescription) -> None:
    check_against(_asked("structured_removal", ranking=RANKING, counts=[8]), model)
    check_against(_asked("structured_removal", ranking=RANKING, counts=[16], ranks=["top", "bottom"]), model)
    check_against(_asked("perplexity", change=_removed(count=16)), model)
    check_against(_asked("perplexity"), model)
    check_against(_sweep(indices=[7], ranking=RANKING["region"], n_top=8), model)
    check_against(_sweep("reset", indices=[0], kinds=["norm.input"]), model)
    check_against(_scalars(matrix="1.norm.input"), model)


def test_a_local_source_must_be_below_a_root_exist_and_hold_safetensors(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "pickles").mkdir(parents=True)
    (root / "pickles" / "pytorch_model.bin").touch()

    def code(source: Path | str) -> str:
        with pytest.raises(KnownError) as caught:
            check_source(OpenModelRequest(source=str(source)), (root,))
        return caught.value.problem.code

    assert code("/etc") == "outside_model_roots"
    assert code(root / ".." / "other") == "outside_model_roots"
    assert code(root / "absent") == "model_not_found"
    assert code(root / ("long" * 100)) == "model_not_found"
    assert code(f"{root}/nul\0") == "model_not_found"
    assert code(root / "pickles") == "pickle_only"
    check_source(OpenModelRequest(source="org/name"), ())
    check_source(OpenModelRequest(source="demo:gemma-3-270m"), ())
    check_source(OpenModelRequest(source="org/name", revision="refs/pr/7"), ())


@pytest.mark.parametrize("revision", ["", "step 1000", "step1000\n"])
def test_a_revision_is_one_name(revision: str) -> None:
    with pytest.raises(KnownError, match="no branch, tag or commit"):
        check_source(OpenModelRequest(source="org/name", revision=revision), ())


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("demo:nothing", "no model source"),
        ("gpt2", "no model source"),
        ("org/name with spaces", "no model source"),
        ("../x", "a relative path"),
        ("./model", "a relative path"),
        ("~/model", "a relative path"),
        ("models/tiny/model", "a relative path"),
        ("models/tiny.gguf", "a relative path"),
    ],
)
def test_a_source_that_no_worker_could_find_is_refused_with_what_is_accepted(source: str, told: str) -> None:
    with pytest.raises(KnownError) as caught:
        check_source(OpenModelRequest(source=source), ())
    problem = caught.value.problem
    assert (problem.code, problem.field) == ("bad_source", "source")
    assert told in problem.detail and "demo:gemma-3-270m" in problem.detail
