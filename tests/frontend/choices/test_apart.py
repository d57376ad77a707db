"""Questions that are told in the same words are told apart by what differs between them, and by nothing else."""

from __future__ import annotations

from backend.contracts.requests import EvaluationSpec, Lines, ScalarSweep, SweepRequest
from backend.contracts.vocabulary import EditAction
from frontend.choices.apart import told_apart


def scan(stop: int | None = 10, *, seed: int = 0, indices: tuple[int, ...] = ()) -> SweepRequest:
    lines = Lines(corpus="atlas-parallel", start=0, stop=stop)
    return SweepRequest(
        model="m",
        targets=ScalarSweep(matrix="1.norm.input", indices=indices),
        action=EditAction.ZERO,
        seed=seed,
        evaluation=EvaluationSpec(lines=lines, languages=("zh",)),
    )


def told(request: SweepRequest) -> str:
    return f"norm {request.seed}"


def test_words_that_differ_are_left_alone():
    assert told_apart([scan(), scan(seed=1)], told) == ["norm 0", "norm 1"]


def test_alike_words_get_what_differs():
    found = told_apart([scan(10), scan(None), scan(seed=1)], told)
    assert found == ["norm 0 · lines atlas-parallel 0 to 10", "norm 0 · lines atlas-parallel 0 to end", "norm 1"]


def test_lists_are_one_difference_and_cut_where_they_are_long():
    found = told_apart([scan(indices=tuple(range(10))), scan(indices=(3, 4)), scan()], told)
    assert found == [
        "norm 0 · indices 0 1 2 3 4 5 6 7 and 2 more", "norm 0 · indices 3 4", "norm 0 · indices none"
    ]  # fmt: skip


def test_the_same_question_twice_stays_as_it_is():
    assert told_apart([scan(), scan()], told) == ["norm 0", "norm 0"]
