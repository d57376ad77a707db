"""A training as it is lived through: watched while it runs, cancelled, killed, gone on with, its checkpoint opened."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from backend.client import Client
from backend.contracts.requests import EvaluationSpec, Lines, OpenModelRequest, TrainingRequest
from backend.contracts.vocabulary import JobState
from tests.end_to_end.stack import CORPUS, Stack, done

pytestmark = [pytest.mark.redis]

PATIENCE_SECONDS = 180
N_SAMPLES, SAVED_AT = 800, 100


def training(stack: Stack, seed: int) -> TrainingRequest:
    """Long enough to be met while it runs, saved early."""
    return TrainingRequest(
        model=stack.model.name,
        language="fr",
        lines=Lines(corpus=CORPUS, start=0, stop=4),
        n_samples=N_SAMPLES,
        batch_size=2,
        evaluation=EvaluationSpec(lines=Lines(corpus=CORPUS, start=4, stop=8), languages=("fr", "de")),
        save_at=(SAVED_AT,),
        seed=seed,
    )


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def started(api: Client, request: TrainingRequest) -> str:
    """Its key, as soon as it has told some steps beyond its checkpoint."""
    key = api.submit(request).key
    until(lambda: (steps := api.training(key).steps) and steps[-1].n_samples > SAVED_AT + 50, "some steps were taken")
    return key


def test_a_cancelled_training_keeps_its_checkpoint_and_goes_on(atlas_stack: Stack) -> None:
    api = atlas_stack.api
    key = started(api, training(atlas_stack, seed=1))
    api.cancel(key)
    assert api.wait(key).state is JobState.CANCELLED
    curve = api.training(key)
    assert [one.n_samples for one in curve.checkpoints] == [SAVED_AT]
    assert len(curve.steps) < N_SAMPLES / 2
    assert api.manifest(done(api, OpenModelRequest(source=curve.checkpoints[0].source))).summary
    api.retry(key)
    assert api.wait(key).state is JobState.DONE
    summary = api.manifest(key).summary
    assert (summary.n_resumed, summary.n_steps) == (1, N_SAMPLES / 2)
    assert [step.step for step in api.training(key).steps] == list(range(1, N_SAMPLES // 2 + 1))
    assert [one.n_samples for one in summary.checkpoints] == [SAVED_AT, N_SAMPLES]
    api.remove_checkpoints(key)
    assert not Path(summary.checkpoints[0].source).exists()
    assert len(api.training(key).steps) == N_SAMPLES // 2


def test_a_training_whose_process_is_killed_goes_on_by_itself(atlas_stack: Stack) -> None:
    api = atlas_stack.api
    key = started(api, training(atlas_stack, seed=2))
    horses = [one for one in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(one.cmdline())]
    assert len(horses) == 1
    horses[0].kill()
    status = api.wait(key)
    assert status.state is JobState.DONE, status.problem
    assert api.manifest(key).summary.n_resumed == 1
    assert [step.step for step in api.training(key).steps] == list(range(1, N_SAMPLES // 2 + 1))
