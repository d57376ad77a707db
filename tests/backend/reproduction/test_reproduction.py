"""From the name of a table to requests, and from results to numbers side by side and verdicts."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest

from backend import published
from backend.contracts.building import inputs_of
from backend.contracts.problems import KnownError
from backend.contracts.reproduction import Step
from backend.contracts.requests import REQUEST, RemovalRequest, StructuredRemovalRequest, SweepRequest, TrainingRequest
from backend.contracts.results import (
    Condition,
    RemovalSummary,
    StructuredCell,
    StructuredRemovalSummary,
    SweepPoint,
    SweepSummary,
    TrainingSummary,
)
from backend.contracts.training import TrainingEvaluation, rate_told
from backend.contracts.verdicts import MARGINS
from backend.contracts.vocabulary import Rank
from backend.reproduction import scalars
from backend.reproduction.blocks import number, times
from backend.reproduction.catalogue import SPECS, reproduction, spec_named
from backend.reproduction.markdown import markdown, together
from tests.backend.reproduction import given

CLAIMS_WITHOUT_PUBLISHED_NUMBERS = {name for name, spec in SPECS.items() if not spec.has_published} - {"b-figure-6"}
CONTROL = "our control"
FAILS_IN_THE_PAPER = (
    ("b-table-1", "No other language's neurons"),  # Arabic's neurons cost French more than its own
    ("b-table-4", "No other language's neurons"),
    ("b-table-4", "It takes these neurons"),  # a random 17 % costs English more than its 4.8 %
)


def show(name: str, known=None, **asked: object):
    setting = given.setting(**asked)
    spec = SPECS[name]
    known = known or {}
    steps = [
        Step(name=step, title=step, request=request, key=None, state=None)
        for step, request in spec.requests(setting, known).items()
    ]
    return reproduction(spec, setting, steps, known)


@pytest.mark.parametrize("name", SPECS)
def test_the_papers_own_numbers_pass_the_rules(name: str):
    for claim in show(name).claims:
        if name in CLAIMS_WITHOUT_PUBLISHED_NUMBERS or CONTROL in claim.text:
            assert claim.published.holds is None
        elif name == "figure-5" and "learned" in claim.text:
            assert claim.published.word == "undecided"  # whether both learned is not printed
        elif any(name == table and claim.text.startswith(start) for table, start in FAILS_IN_THE_PAPER):
            assert claim.published.holds is False
        else:
            assert claim.published.holds is True, claim
        assert claim.measured.holds is None


@pytest.mark.parametrize("name", SPECS)
def test_requests_are_valid_and_are_the_same_question_twice(name: str):
    first, second = (SPECS[name].requests(given.setting(), {}) for _ in range(2))
    assert first and first == second
    for request in first.values():
        assert REQUEST.validate_json(request.model_dump_json()) == request
        inputs_of(request)


@pytest.mark.parametrize("name", SPECS)
def test_everything_that_is_not_run_says_so_and_can_be_written(name: str):
    found = show(name)
    for row in found.comparison.rows:
        for group, cells in zip(found.comparison.groups, row.cells, strict=True):
            assert group.origin == "published" or {cell.text for cell in cells} == {"not run"}
    assert found.experiment.title in markdown(found)


def test_all_tables_of_paper_a_are_there():
    tables = {f"table-{number}" for number in range(1, 17)}
    of_paper_a = {name for name, spec in SPECS.items() if spec.paper == "A"}
    assert tables | {"figure-2", "figure-3", "figure-4", "figure-5", "faithfulness"} == of_paper_a
    assert tables < set(published.ORDER)
    with pytest.raises(KnownError, match="table-16"):
        spec_named("table-17")


def test_one_scoring_serves_every_table():
    setting = given.setting()
    assert setting.scores().lines.stop == 1000 and setting.scores().snapshots == (100,)
    removal = SPECS["table-15"].requests(setting, {})["removal 3 %"]
    assert isinstance(removal, RemovalRequest)
    assert removal.region.snapshot == 100 and removal.region.fraction == 0.03
    assert removal.evaluation.lines.start == 1000
    structured = SPECS["table-3"].requests(setting, {})["structured removal"]
    assert isinstance(structured, StructuredRemovalRequest) and structured.snapshots == (None, 100)
    assert structured.evaluation.languages == ("zh",)


def test_thirty_languages_where_the_corpus_has_them_and_the_rest_after_them():
    asked = SPECS["table-14"].requests(given.setting(), {})["removal 3 %"]
    assert isinstance(asked, RemovalRequest)
    assert set(asked.evaluation.languages) == set(given.NTREX) and asked.evaluation.languages[-1] == "hi"
    few = SPECS["table-14"].requests(given.setting(languages=("en", "zh")), {})["removal 3 %"]
    assert isinstance(few, RemovalRequest) and few.evaluation.languages == ("en", "zh")


def test_a_monolingual_region_takes_out_tops_and_bottoms_of_the_five_others():
    asked = SPECS["table-5"].requests(given.setting(), {})["removal 100K"]
    assert isinstance(asked, RemovalRequest)
    for other, end in zip(asked.others, ("top", "bottom"), strict=True):
        first, *taken_out = other.region.expression.of  # type: ignore[union-attr]
        assert (first.region.region.languages, first.region.selection) == (("ru",), end)
        assert len(taken_out) == 10
        assert {leaf.region.region.languages[0] for leaf in taken_out} == {"ar", "es", "zh", "ko", "vi"}


def test_a_corpus_without_the_language_is_told():
    small = given.corpus("tiny", ("de", "en"), 8)
    with pytest.raises(KnownError, match="'ru'"):
        SPECS["table-5"].requests(given.setting(text=small), {})


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"samples": 1001}, "at most 1000"),
        ({"samples": 10, "fewer_samples": 10}, "below samples=10"),
        ({"lines": 998}, "1 to 997"),
        ({"languages": ("xx",)}, "no xx"),
    ],
)
def test_conditions_that_cannot_be_met_are_told(asked: dict[str, object], words: str):
    with pytest.raises(KnownError, match=words):
        given.setting(**asked)


def drawn(*values: float) -> dict[str, dict[str, float]]:
    """Ten random draws of one language, the last value again and again."""
    return {f"random_{n + 1}": {"it": values[min(n, len(values) - 1)]} for n in range(10)}


def judged_removal(width: float = 0.005, **columns):
    request = SPECS["table-1"].requests(given.setting(), {})["removal 3 %"]
    found = show("table-1", {"removal 3 %": given.manifest(request, given.removal(width, **columns))})
    return found, [claim.measured for claim in found.claims]


def test_measured_removal_stands_beside_the_published_one_and_is_judged():
    found, (lost, unscored, bottom, random) = judged_removal(
        base={"ar": 10.0, "it": 20.0},
        top={"ar": None, "it": 100.0},
        bottom={"ar": 10.1, "it": 20.0},
        random_1={"ar": 10.0, "it": 20.0},
        random_2={"ar": 20.0, "it": 120.0},
    )
    cells = {row.labels: row.cells[-1] for row in found.comparison.rows}
    assert [cell.text for cell in cells["ar",]][:4] == ["10", "∞", "10.1", "15"]
    assert cells["ar",][1].value is None
    assert [cell.text for cell in cells["zh",]] == [""] * 7  # everything was run; the corpus of the run had no zh
    assert (lost.holds, unscored.holds, bottom.holds, random.holds) == (False, False, True, None)
    assert "1 of 2" in lost.evidence and "not it ×5 [×4.98, ×5.02]" in lost.evidence
    assert random.word == "undecided" and "2 random draws" in random.evidence


@pytest.mark.parametrize(
    ("top", "bottom", "random", "width", "words"),
    [
        (400.0, 20.0, (30.0,), 0.01, ["holds", "holds", "holds", "holds"]),
        (400.0, 20.0, (30.0,), 1.5, ["undecided"] * 4),  # the same numbers, intervals across every margin
        (200.0, 21.0, (40.0,), 0.01, ["undecided"] * 4),  # on the margins
        (100.0, 25.0, (60.0,), 0.01, ["does not hold"] * 4),
        (20.0, 18.0, (10.0,), 0.01, ["does not hold", "does not hold", "does not hold", "holds"]),  # ×0.9 is not equal
        (3e6, 3e6, (3e6,), 5.0, ["holds", "holds", "does not hold", "does not hold"]),  # lost, whatever the width
        (400.0, 20.0, (30.0, 30.0, 30.0, 30.0, 60.0), 0.01, ["holds", "holds", "holds", "undecided"]),  # draws differ
    ],
)
def test_removal_is_inside_outside_or_across(top, bottom, random, width, words):
    _, found = judged_removal(width, base={"it": 20.0}, top={"it": top}, bottom={"it": bottom}, **drawn(*random))
    assert [one.word for one in found] == words


def test_what_the_model_does_not_know_cannot_be_lost():
    over = 2.0 * given.VOCABULARY
    found, (lost, *_) = judged_removal(base={"it": over}, top={"it": 1e9}, bottom={"it": over})
    assert lost.word == "undecided" and "does not know this language" in lost.evidence
    (cell,) = [row.cells[-1][1] for row in found.comparison.rows if row.labels == ("it",)]
    assert (cell.text, cell.value) == ("lost, 10⁹", None)


def test_languages_compare_by_bits_per_byte_not_by_tokens():
    """Ukrainian has the larger ratio per token and Russian the larger loss per byte: Russian is hurt most."""
    spec = SPECS["table-5"]
    request = spec.requests(given.setting(), {})["removal 100K"]

    def words(width: float) -> list[str]:
        rows = (("ru", 20.0, 0.3), ("uk", 24.0, 0.2), ("it", 11.0, 0.3), ("zh", 10.0, 0.3))
        base = tuple(given.row(code, 10.0) for code, *_ in rows)
        top = tuple(given.row(code, value, 10.0, width=width, per_byte=tokens) for code, value, tokens in rows)
        still = tuple(given.row(code, 10.0, 10.0, width=width) for code, *_ in rows)
        names = (("base", base), ("ru top", top), ("ru bottom", still))
        conditions = tuple(Condition(name=name, n_removed=1, rows=rows) for name, rows in names)
        summary = RemovalSummary(conditions=conditions, fraction=0.01, n_total=100)
        return [one.measured.word for one in show("table-5", {"removal 100K": given.manifest(request, summary)}).claims]

    assert words(0.01) == ["holds", "holds", "holds", "holds"]
    assert words(0.5) == ["undecided"] * 4


def test_of_dimensions_that_are_all_lost_none_is_the_worst():
    request = SPECS["table-3"].requests(given.setting(), {})["structured removal"]

    def words(top: float, other: float, random: float) -> list[str]:
        cells = []
        for count, rank in itertools.product((1, 3, 5, 10), Rank):
            value = {Rank.TOP: top, Rank.RANDOM: random}.get(rank, other)
            rows = (given.row("zh", value, 10.0),)
            draws = (rows,) * 10 if rank is Rank.RANDOM else ()
            cells.append(StructuredCell(
                snapshot=None, rank=rank, count=count, n_removed=1, rows=rows, dimensions=(), draws=draws,
            ))  # fmt: skip
        summary = StructuredRemovalSummary(base=(given.row("zh", 10.0),), cells=tuple(cells), heads=())
        found = show("table-3", {"structured removal": given.manifest(request, summary)})
        return [one.measured.word for one in found.claims]

    assert words(500.0, 10.0, 10.5) == ["holds", "holds", "holds"]
    assert words(1e9, 1e9, 1e9) == ["undecided", "holds", "does not hold"]
    assert words(10.0, 500.0, 10.0) == ["does not hold"] * 3


def scan(*perplexities: float) -> SweepSummary:
    points = tuple(
        SweepPoint(index=index, group="all", n_parameters=1, rows=(given.row("zh", value, 10.0),))
        for index, value in enumerate(perplexities)
    )
    return SweepSummary(base=(given.row("zh", 10.0),), points=points, sentence="reset")


def test_table_4_scans_first_and_then_measures_the_fatal_scalar_and_two_others():
    setting = given.setting()
    spec = SPECS["table-4"]
    asked = spec.requests(setting, {})
    assert list(asked) == ["scan"]
    known = {"scan": given.manifest(asked["scan"], scan(10.0, 10.1, 9.0, 5000.0, 10.0, 10.2))}
    assert scalars.indices(setting, known)[0] == 3
    assert spec.found(setting, {}) == ()
    stands = "3 for N2100, 1 for N2800, 4 for N4200"
    assert spec.found(setting, known) == (f"Found here, scalars of 1.norm.input: {stands}.",)
    after = spec.requests(setting, known)
    assert list(after) == ["scan", "Reset 1", "Times 4", "Times 10"]
    assert len(set(after["Times 10"].targets.indices)) == 3  # type: ignore[union-attr]


def test_one_scalar_is_fatal_or_not_by_intervals():
    setting, spec = given.setting(), SPECS["table-4"]
    known = {"scan": given.manifest(spec.requests(setting, {})["scan"], scan(10.0, 10.1, 9.0, 5000.0, 10.0, 10.2))}
    asked = spec.requests(setting, known)

    def words(fatal: float, other: float) -> list[str]:
        found = dict(known)
        for change in scalars.CHANGES:
            points = tuple(
                SweepPoint(index=n, group="given", n_parameters=1, rows=(given.row("zh", value, 10.0),))
                for n, value in zip(scalars.indices(setting, known), (fatal, other, other), strict=True)
            )
            summary = SweepSummary(base=(given.row("zh", 10.0),), points=points, sentence="")
            found[change] = given.manifest(asked[change], summary)
        return [claim.measured.word for claim in show("table-4", found).claims]

    assert words(500.0, 10.0) == ["holds", "holds"]
    assert words(20.0, 11.0) == ["does not hold", "does not hold"]
    assert words(100.0, 10.5) == ["undecided", "undecided"]


def test_on_llama_2_13b_the_papers_dimensions_are_taken_at_once():
    shape = given.SHAPE.model_copy(update={"n_layers": 40, "residual_size": 5120})
    asked = SPECS["table-4"].requests(given.setting(shape), {})
    assert list(asked) == ["Reset 1", "Times 4", "Times 10"]
    reset = asked["Reset 1"]
    assert isinstance(reset, SweepRequest)
    assert reset.targets.indices == (2100, 2800, 4200) and reset.targets.matrix == "1.norm.input"  # type: ignore[union-attr]


def test_numbers_are_written_one_way():
    written = [number(value) for value in (0.0, 1e-5, 0.25, 992.247, 123456.7, 1.27373e6, 1e13, math.inf)]
    assert written == ["0", "1.000×10⁻⁵", "0.25", "992.247", "123457", "1.274×10⁶", "1.000×10¹³", "∞"]
    assert [times(value) for value in (1.044, 999.9, 2.46e4, math.inf)] == ["×1.04", "×1.00·10³", "×2.46·10⁴", "×∞"]
    assert [rate_told(rate) for rate in (2e-5, 1e-4, 1.5e-3, 0.01, 1.0)] == ["2e-5", "1e-4", "1.5e-3", "0.01", "1"]


def test_training_points_are_the_papers_scaled():
    asked = SPECS["table-2"].requests(given.setting(training_samples=400), {})
    one = asked["Top & Freeze"]
    assert isinstance(one, TrainingRequest)
    assert one.evaluate_at == (8, 16, 24, 40, 104, 400)
    assert one.remove == one.hold.region  # type: ignore[union-attr]
    assert asked["Top & Unfreeze"].hold is None  # type: ignore[union-attr]
    assert "400 for 200K" in show("table-2").stand_ins[0]


def test_figure_4_takes_the_dimensions_that_figure_3_found():
    setting = given.setting()
    asked = SPECS["figure-4"].requests(setting, {})
    assert asked["sweep"] == SPECS["figure-3"].requests(setting, {})["sweep"]
    points = tuple(
        SweepPoint(index=index, group=group, n_parameters=9, rows=(given.row("zh", value),))
        for index, group, value in ((7, "top", 90.0), (8, "top", 20.0), (1, "random", 12.0), (2, "random", 11.0))
    )
    summary = SweepSummary(base=(given.row("zh", 10.0),), points=points, sentence="")
    grid = SPECS["figure-4"].requests(setting, {"sweep": given.manifest(asked["sweep"], summary)})["texts"]
    assert [column.name for column in grid.columns] == ["top dimension 7", "random dimension 2"]  # type: ignore[union-attr]


def training(setting, request, **perplexity: tuple[float, float]):
    """A training whose perplexities at the start and at the end are given by language."""
    points = tuple(
        TrainingEvaluation(
            n_samples=n, perplexity={code: pair[at] for code, pair in perplexity.items()}, bits_per_byte={}
        )
        for at, n in enumerate((0, setting.conditions.training_samples))
    )
    summary = TrainingSummary(
        n_steps=1, n_samples=400, n_tokens=1, seconds=1, seconds_per_step=1, evaluations=points, checkpoints=(),
        final_loss=1, n_removed=0, n_held=0, held_identical=True, n_resumed=0,
    )  # fmt: skip
    return given.manifest(request, summary)


def trained(name: str, n_seeds: int = 1, spread: float = 0.01, **runs: dict[str, tuple[float, float]]):
    """The claims of a training table; runs by the name of their step, `rest` for all that are not named."""
    setting = given.setting(training_seeds=n_seeds)
    known = {}
    for step, request in SPECS[name].requests(setting, {}).items():
        plain, _, seed = step.partition(", seed ")
        factor = 1 + spread * int(seed or 0) * (1 if plain in runs else -1)
        values = {code: (before, after * factor) for code, (before, after) in runs.get(plain, runs["rest"]).items()}
        known[step] = training(setting, request, **values)
    return [claim.measured for claim in show(name, known, training_seeds=n_seeds).claims]


LOST_THEN = {"zh": (1e6, 11.0), "en": (1e6, 900.0)}
BACK_THEN = {"zh": (1e6, 11.0), "en": (1e6, 12.0)}
NEVER_LOST = {"zh": (10.0, 10.0), "en": (12.0, 12.0)}
RELEARNED = {"Top & Freeze": LOST_THEN, "Top & Unfreeze": BACK_THEN, "rest": NEVER_LOST}


@pytest.mark.parametrize(
    ("changed", "spread", "words"),
    [
        ({}, 0.01, ["holds", "holds", "holds", "holds"]),
        ({"Top & Freeze": BACK_THEN}, 0.01, ["holds", "holds", "does not hold", "holds"]),
        # Chinese did not come back: that English did not says nothing
        ({"Top & Freeze": {"zh": (1e6, 90.0), "en": (1e6, 900.0)}}, 0.01,
         ["holds", "does not hold", "undecided", "holds"]),
        ({}, 0.3, ["holds", "undecided", "undecided", "undecided"]),  # seeds differ
        ({"Top & Unfreeze": {"zh": (1e6, 1e6), "en": (1e6, 1e6)}}, 0.01, ["holds", "holds", "holds", "does not hold"]),
    ],
)  # fmt: skip
def test_relearning_is_judged_over_seeds(changed, spread: float, words: list[str]):
    assert [one.word for one in trained("table-2", 3, spread, **{**RELEARNED, **changed})] == words


def test_forgetting_is_judged_over_seeds_and_where_something_was_forgotten():
    free = {"ar": (30.0, 10.0), "en": (12.0, 20.0), "zh": (10.0, 500.0)}
    frozen = {"ar": (30.0, 10.1), "en": (12.0, 15.0), "zh": (10.0, 90.0)}

    def words(frozen, free, spread: float = 0.001) -> list[str]:
        named = {"Top 5 % frozen, higher rate": frozen, "rest": free}
        return [one.word for one in trained("figure-5", 3, spread, **named)]

    assert words(frozen, free) == ["holds", "holds", "holds"]
    assert words({**frozen, "ar": (30.0, 15.0), "en": (12.0, 25.0)}, free) == ["does not hold"] * 3
    assert words(frozen, free, 0.3) == ["undecided"] * 3
    neither = {"ar": (30.0, 30.0)}
    assert words({**frozen, **neither}, {**free, **neither})[0] == "undecided"  # equal, and neither learned
    kept = {"ar": (30.0, 10.0), "en": (12.0, 12.0), "zh": (10.0, 9.9)}
    assert words(kept, kept)[1:] == ["undecided", "undecided"]


def test_one_seed_decides_nothing_about_training():
    """What is lost before training is; what training did is undecided, whatever the numbers."""
    lost, back = {"zh": (1e6, 11.0), "en": (1e6, 900.0)}, {"zh": (1e6, 11.0), "en": (1e6, 12.0)}
    runs = {"Top & Freeze": lost, "Top & Unfreeze": back, "rest": {"zh": (10.0, 10.0), "en": (12.0, 12.0)}}
    found = trained("table-2", **runs)
    assert [one.word for one in found] == ["holds", "undecided", "undecided", "undecided"]
    assert "one seed" in found[1].evidence and "whether Chinese came back is undecided" in found[2].evidence
    forgetting = trained("figure-5", rest={"ar": (30.0, 10.0), "en": (12.0, 20.0), "zh": (10.0, 500.0)})
    assert [one.word for one in forgetting] == ["undecided"] * 3


def test_the_documents_name_every_margin_with_its_reason():
    root = Path(__file__).resolve().parents[3] / "docs"
    judged = (root / "reproduction.md").read_text(encoding="utf-8")
    for margin in MARGINS:
        assert f"| ×{margin.factor:g}" in judged and margin.why in judged, margin
        assert f"×{margin.factor:g} {margin.words}" in (root / "protocol.md").read_text(encoding="utf-8")


def test_every_rule_that_can_be_judged_says_why_its_margin_is_where_it_is():
    for spec in SPECS.values():
        for rule in spec.rules:
            by_eye = rule.rule in ("judged by looking at it", "told, not judged")
            assert by_eye or rule.why, (spec.name, rule.text)


def test_several_reproductions_begin_with_all_verdicts():
    written = together([show("table-1"), show("figure-2")])
    first = written.split("\n\n")[0].splitlines()
    assert first[2].startswith("| `table-1` | Without its top region")
    assert len(first) == 2 + 4 + 1 and "**not judged**" in first[-1]


def test_a_large_corpus_is_measured_on_two_hundred_lines_and_a_small_one_on_forty():
    assert given.setting().conditions.lines == 200
    small = given.setting(text=given.corpus("atlas-parallel", ("en", "zh"), 100))
    assert small.conditions.lines == 40
    lines = given.setting(lines=900).evaluation(("en",)).lines
    assert (lines.start, lines.stop) == (1000, 1900)
