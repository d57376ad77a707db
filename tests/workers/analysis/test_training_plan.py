"""The learning rate by hand, and the order of the samples."""

from __future__ import annotations

import pytest

from workers.analysis.errors import AnalysisError
from workers.analysis.training_plan import Recipe, batch_indices, learning_rate


def test_the_learning_rate_rises_and_falls() -> None:
    recipe = Recipe(n_samples=6, batch_size=1, learning_rate=8.0, warmup_share=1 / 3, final_share=0.25)
    # Two steps up; then 0.25 + 0.75 * (1 + cos(pi * 0/4, 1/4, 2/4, 3/4)) / 2 of 8.
    expected = [4.0, 8.0, 8.0, 7.12132034, 5.0, 2.87867966]
    assert [learning_rate(recipe, step) for step in range(6)] == pytest.approx(expected)


def test_a_constant_rate_stays_after_the_warm_up() -> None:
    recipe = Recipe(n_samples=4, batch_size=1, learning_rate=1.0, warmup_share=0.5, cosine=False)
    assert [learning_rate(recipe, step) for step in range(4)] == [0.5, 1.0, 1.0, 1.0]
    assert learning_rate(recipe._replace(n_samples=1), 0) == 1.0
    assert learning_rate(recipe._replace(warmup_share=0.0), 0) == 1.0


def test_every_pass_takes_every_sample_once_in_an_order_of_its_own() -> None:
    recipe = Recipe(n_samples=25, batch_size=4, seed=3)
    batches = [batch_indices(recipe, step, n_there=10) for step in range(recipe.n_steps)]
    assert [len(batch) for batch in batches] == [4, 4, 4, 4, 4, 4, 1]
    seen = [index for batch in batches for index in batch]
    assert sorted(seen[:10]) == sorted(seen[10:20]) == list(range(10))
    assert seen[:10] != seen[10:20]
    assert len(set(seen[20:])) == 5
    assert batches[3] == batch_indices(recipe, 3, n_there=10)  # of the step alone
    assert seen[:4] != batch_indices(recipe._replace(seed=4), 0, n_there=10)


def test_samples_seen_and_steps() -> None:
    recipe = Recipe(n_samples=25, batch_size=4)
    assert (recipe.n_steps, recipe.n_seen(3), recipe.n_seen(7)) == (7, 12, 25)


def test_nothing_to_train_on_is_said() -> None:
    with pytest.raises(AnalysisError, match="no sample"):
        batch_indices(Recipe(n_samples=1), 0, n_there=0)
