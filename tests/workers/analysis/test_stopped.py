"""A stop while hooks are being taken away: the next analysis of the same model is not touched by it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch.utils.hooks import RemovableHandle

from tests.fakes import tiny_model
from workers.analysis.activations import sentence_activations
from workers.analysis.importance import score
from workers.families import family_of

SAMPLES = [[256, 97, 98, 99, 257], [256, 100, 101, 102, 257]]


class Stop(BaseException):
    """As the worker's cancel: nothing that `except Exception` would swallow."""


def _stopped_once(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    remove, n_removed = RemovableHandle.remove, 0

    def interrupted(handle: RemovableHandle) -> None:
        nonlocal n_removed
        n_removed += 1
        if n_removed == 2:
            raise Stop
        remove(handle)

    with monkeypatch.context() as patched:
        patched.setattr(RemovableHandle, "remove", interrupted)
        with pytest.raises(Stop):
            work()


def test_scores_after_a_stopped_scoring_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("llama")
    views = family_of(model.config).views(model.config)

    def scores() -> dict[str, torch.Tensor]:
        return score(model, views, SAMPLES, mode="abs_of_sum").scores

    expected = scores()
    _stopped_once(monkeypatch, scores)
    found = scores()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_neurons_after_a_stopped_reading_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("llama")
    modules = family_of(model.config).down_projections(model)
    expected = sentence_activations(model, modules, SAMPLES[:1])
    _stopped_once(monkeypatch, lambda: sentence_activations(model, modules, SAMPLES))
    assert torch.equal(sentence_activations(model, modules, SAMPLES[:1]), expected)
    assert not any(module._forward_pre_hooks for module in modules)
