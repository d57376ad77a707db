"""What is wrong with a request is said before anything is queued, with what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.artifacts.models import ModelEntries
from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import OpenModelRequest, PerturbationRequest
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


def test_edits_inside_the_model_pass(model: ModelDescription) -> None:
    check_against(_perturbation(target="scalar", matrix="1.attn.q", index=[15, 7]), model)
    check_against(_perturbation(target="dimension", side="head", index=15), model)


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
