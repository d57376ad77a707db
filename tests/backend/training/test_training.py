"""The curve over HTTP: while it grows, from the stored result, and what is left after a removal."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.artifacts.manifests import sealed
from backend.artifacts.training import TrainingFolder
from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import EvaluationSpec, Lines, TrainingRequest
from backend.contracts.training import TrainingCurve, TrainingEvaluation
from tests.backend.artifacts.test_training import CHECKPOINT, step
from tests.backend.atlas_folder import MODEL, AtlasFolder
from tests.backend.servers import running_api

KEY = "ab" * 10
EVALUATION = TrainingEvaluation(n_samples=0, perplexity={"de": 12.5}, bits_per_byte={"de": None})


@pytest.fixture
def client(settings):
    with running_api(settings) as url, Client(url) as found:
        yield found


@pytest.fixture
def folder(atlas: AtlasFolder) -> TrainingFolder:
    """A training that told an evaluation, 3,000 steps, and two checkpoints, one of which is not there any more."""
    found = TrainingFolder(atlas.layout.training / KEY)
    found.cut(None)
    found.append(EVALUATION)
    with found.curve_file.open("ab") as file:
        line = '{"steps":' + step(1).model_dump_json() + "}\n"
        file.write((line * 3000).encode())
    kept = found.path / "m-zh-free-16"
    kept.mkdir()
    for source in (str(kept), "/gone"):
        found.append(CHECKPOINT.model_copy(update={"source": source}))
    return found


def code(client: Client, call: str, key: str) -> tuple[str, int]:
    with pytest.raises(KnownError) as caught:
        getattr(client, call)(key)
    assert caught.value.problem.hint
    return caught.value.problem.code, caught.value.problem.status


def test_a_growing_curve_is_thinned_and_names_what_can_be_opened(client: Client, folder: TrainingFolder) -> None:
    curve = client.training(KEY)
    assert len(curve.steps) == 2000
    assert curve.evaluations == (EVALUATION,)
    assert [Path(one.source).name for one in curve.checkpoints] == ["m-zh-free-16"]


def test_a_removed_training_leaves_its_result(client: Client, folder: TrainingFolder, atlas: AtlasFolder) -> None:
    stored = atlas.layout.results / KEY
    stored.mkdir()
    whole = TrainingCurve(steps=tuple(map(step, range(1, 3001))), checkpoints=(CHECKPOINT,))
    n_bytes = (stored / "curve.json").write_text(whole.model_dump_json())
    manifest = client.manifest(atlas.keys["opened"]).model_copy(update={"key": KEY, "files": {"curve.json": n_bytes}})
    (stored / "manifest.json").write_text(sealed(manifest).model_dump_json())
    client.remove_checkpoints(KEY)
    assert not folder.path.exists()
    curve = client.training(KEY)
    assert (len(curve.steps), curve.steps[-1].step, curve.checkpoints) == (2000, 3000, ())


def test_unknown_keys_are_clear(client: Client, atlas: AtlasFolder) -> None:
    assert code(client, "training", KEY) == ("unknown_training", 404)
    assert code(client, "training", atlas.keys["removal"]) == ("unknown_training", 404)
    assert code(client, "remove_checkpoints", KEY) == ("unknown_training", 404)


@pytest.mark.redis
def test_a_waiting_training_has_an_empty_curve_and_its_folder_is_in_use(client: Client, atlas: AtlasFolder) -> None:
    evaluation = EvaluationSpec(lines=Lines(start=0, stop=2), languages=("de",))
    request = TrainingRequest(model=MODEL, language="en", lines=Lines(start=0, stop=4), evaluation=evaluation)
    key = client.submit(request).key
    assert client.training(key) == TrainingCurve()
    TrainingFolder(atlas.layout.training / key).cut(None)
    assert code(client, "remove_checkpoints", key) == ("still_running", 409)
    client.cancel(key)
    client.remove_checkpoints(key)
    assert not (atlas.layout.training / key).exists()
