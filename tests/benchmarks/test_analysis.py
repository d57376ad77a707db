from __future__ import annotations

import re

import pytest

from benchmarks.analysis import captured, forward_only, scoring, selection
from benchmarks.analysis_setting import TEXT, in_turns, open_setting
from tests.fakes import write_model


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    return open_setting(write_model(tmp_path_factory.mktemp("model")), TEXT, 1)


def test_every_figure_is_measured_and_starts_from_its_baseline(setting) -> None:
    for rows in (scoring(setting, 1), forward_only(setting, 1), captured(setting, 1), selection(10_000, 1)):
        assert float(rows[0][1]) == 1
        assert all(float(ratio) > 0 for _, ratio, _ in rows)


def test_both_ways_to_perplexity_give_the_same_number(setting) -> None:
    notes = {name: note for name, _, note in forward_only(setting, 1)}
    loop, ours = (
        float(re.search(r", ([\d.]+)$", notes[name])[1])
        for name in ("perplexity", "perplexity, one sentence after the other")
    )
    assert loop == pytest.approx(ours, rel=1e-6)


def test_cases_take_turns() -> None:
    order: list[str] = []
    times = in_turns([lambda: order.append("a"), lambda: order.append("b")], 2)
    assert order == ["a", "b", "a", "b"] and len(times) == 2
