"""Paper B's rules on numbers small enough to judge by hand."""

from __future__ import annotations

import pytest

from backend.contracts.jobs import Token
from backend.contracts.requests import DeactivationRequest, DevelopmentRequest
from backend.contracts.results import (
    Continuation,
    DeactivatedColumn,
    DeactivationSummary,
    EnrichmentCell,
    EnrichmentSummary,
    KeyNeuronsSummary,
    LayerScore,
    SimilaritySummary,
    Summary,
)
from backend.reproduction import layers, outputs
from backend.reproduction.blocks import Block
from backend.reproduction.catalogue import SPECS, reproduction
from backend.reproduction.parallel import LANGUAGES
from tests.backend.reproduction import given

SIX = ("ar", "en", "es", "fr", "vi", "zh")


def judged(name: str, summary: Summary | None = None, **asked: object):
    setting = given.setting(**asked)
    spec = SPECS[name]
    known = {}
    if summary:
        ((step, request),) = spec.requests(setting, {}).items()
        known = {step: given.manifest(request, summary)}
    return reproduction(spec, setting, (), known)


def verdicts(*args, **asked) -> list[bool | None]:
    return [claim.measured.holds for claim in judged(*args, **asked).claims]


def score(layer: int | None, lrds: float, sads: float, half: float) -> LayerScore:
    ends = {"lrds_interval": (lrds - half, lrds + half), "sads_interval": (sads - half, sads + half)}
    return LayerScore(layer=layer, lrds=lrds, sads=sads, **ends if half else {})


def similarity(*scores: tuple[float, float], half: float = 0.01) -> SimilaritySummary:
    """LRDS and SADS by layer; the whole has their first, 0.1 to both sides."""
    whole = score(None, *scores[0], 0.1)
    found = tuple(score(layer, one, two, half) for layer, (one, two) in enumerate(scores))
    return SimilaritySummary(languages=LANGUAGES, n_lines=100, scores=(whole, *found))


def test_the_whole_map_is_judged_by_its_intervals():
    assert verdicts("b-figure-2", similarity((0.3, 0.05))) == [True, None, None]
    assert verdicts("b-figure-2", similarity((0.1, -0.3))) == [None, False, None]  # on the margin, outside


def test_first_and_last_layers_are_each_held_against_the_middle():
    ends = (0.3, 0.01), (0.1, 0.2), (0.1, 0.2), (0.2, 0.05)
    assert verdicts("b-figure-3", similarity(*ends)) == [True, True]
    assert verdicts("b-figure-3", similarity(*ends[:3], (0.05, 0.3))) == [False, False]
    assert verdicts("b-figure-3", similarity(*ends[:3])) == [None, None]  # no middle in three layers
    assert verdicts("b-figure-3", similarity(*ends, half=0.2)) == [None, None]  # intervals meet
    assert verdicts("b-figure-3", similarity(*ends, half=0.0)) == [None, None]  # no intervals


def test_the_parts_of_eight_layers():
    series = {(str(layer),): {"n": float(layer)} for layer in range(8)}
    found = layers.parts(Block("", ("n",), series), "n")
    assert found and [one.value for one in found] == [0.5, 3.5, 6.5]


def test_the_same_question_as_the_languages_page_asks_and_no_line_is_read_twice():
    asked = SPECS["b-table-1"].requests(given.setting(), {})["deactivation"]
    assert isinstance(asked, DeactivationRequest)
    assert asked.neurons.languages == tuple(sorted(LANGUAGES)) and asked.evaluation.languages == LANGUAGES
    assert (asked.neurons.activations.lines.stop, asked.evaluation.lines.start) == (100, 1000)
    small = given.setting(text=given.corpus("small", LANGUAGES, 100))
    lines = SPECS["b-figure-2"].requests(small, {})["similarity"].lines  # type: ignore[union-attr]
    assert (lines.start, lines.stop, small.held_out) == (0, 40, 60)
    assert SPECS["b-table-4"].requests(given.setting(), {}) == SPECS["b-table-1"].requests(given.setting(), {})


def deactivation(own: float, other: float, random: float, *, draws: int = 10) -> DeactivationSummary:
    """Perplexity 100 unchanged; with a language's neurons off `own` for itself and `other` for the rest."""
    columns = []
    for code in SIX:
        rows = tuple(given.row(one, own if one == code else other, 100.0) for one in SIX)
        columns.append(DeactivatedColumn(language=code, draw=None, n_neurons=50, rows=rows))
        for draw in range(draws):
            rows = tuple(given.row(one, random, 100.0) for one in SIX)
            columns.append(DeactivatedColumn(language=code, draw=draw, n_neurons=50, rows=rows))
    base = tuple(given.row(code, 100.0) for code in SIX)
    return DeactivationSummary(base=base, columns=tuple(columns), n_neurons_total=1000)


def test_a_matrix_is_judged_by_its_diagonal_and_by_random_neurons():
    assert verdicts("b-table-1", deactivation(150, 105, 110), languages=SIX) == [True, True, True, True]
    assert verdicts("b-table-1", deactivation(150, 130, 160), languages=SIX) == [True, False, False, True]
    assert verdicts("b-table-1", deactivation(101, 100.1, 100.8), languages=SIX) == [None] * 4  # intervals meet
    assert verdicts("b-table-1", deactivation(100, 100, 100), languages=SIX) == [None] * 4  # equal at chance
    assert verdicts("b-table-1", deactivation(150, 105, 110, draws=2), languages=SIX)[2] is None
    found = judged("b-table-1", deactivation(150, 99.99, 110), languages=SIX).comparison
    rows = {row.labels[0]: [cell.text for cell in row.cells[1]] for row in found.rows}
    assert rows["ar"] == ["100", "10.0%", "50.0%", *["0.0%"] * 5]  # no -0.0
    assert rows["neurons"][2] == "50" and rows["share"][2] == "5.0%"


def key_neurons(first: int, p_more: float, p_fewer: float) -> KeyNeuronsSummary:
    shared = tuple((0,) * 6 for _ in SIX)
    counts = tuple((first + place, 1, 1, first + place) for place in range(6))
    return KeyNeuronsSummary(
        languages=SIX, n_layers=4, n_neurons=100, counts=counts, null_mean=(6.0,) * 6, null_high=(8.0,) * 6, sklr=84,
        sklr_null=36.0, shared=shared, jaccard=shared, p_more=(p_more,) * 6, p_fewer=(p_fewer,) * 6,
    )  # fmt: skip


def test_key_neurons_are_held_against_shuffled_labels():
    """The counts of one set of sentences have no interval: which language has more is undecided."""
    assert verdicts("b-figure-6", key_neurons(9, 0.001, 1.0), languages=SIX) == [None, True]
    assert verdicts("b-figure-6", key_neurons(9, 0.02, 0.9), languages=SIX) == [None, None]  # 0.02 times six
    fewer = judged("b-figure-6", key_neurons(9, 1.0, 0.001), languages=SIX).claims[1].measured
    assert fewer.holds is False and "not absence" in fewer.evidence
    old = key_neurons(9, 0, 0).model_copy(update={"p_more": (), "p_fewer": ()})
    assert verdicts("b-figure-6", old, languages=SIX) == [None, None]


def test_first_and_last_layers_are_held_against_the_middle_over_languages():
    assert verdicts("b-figure-5", key_neurons(9, 0, 0), languages=SIX) == [True, None]
    assert verdicts("b-figure-5", key_neurons(1, 0, 0), languages=SIX)[0] is None  # one language is even
    by_layer = judged("b-figure-5", key_neurons(9, 0, 0), languages=SIX).comparison.rows[0].cells[0]
    assert [cell.text for cell in by_layer][-2:] == ["69", "11.50%"]


STORIES = ("Accuracy", "By character", "Standard error", "Chance", "Stories")


def stories(n: float, **accuracy: float) -> list[str]:
    series = {(code,): dict(zip(STORIES, (one, one, 0.0, 0.5, n), strict=True)) for code, one in accuracy.items()}
    block = Block("", STORIES, series)
    return [rule.judge(block).word for rule in SPECS["b-appendix-b"].rules]


def test_as_well_as_in_english_needs_a_margin_and_both_above_chance():
    assert stories(1000, en=0.9, zh=0.9) == ["holds", "holds"]
    assert stories(1000, en=0.9, zh=0.7) == ["holds", "does not hold"]
    assert stories(20, en=0.9, zh=0.9) == ["holds", "undecided"]  # twenty stories say nothing of ten points
    assert stories(1000, en=0.5, zh=0.5) == ["undecided", "undecided"]  # alike, and both guess
    assert stories(1000, en=0.5, zh=0.4) == ["does not hold", "undecided"]
    assert stories(20, en=1.0, zh=1.0) == ["holds", "undecided"]  # twenty of twenty is not certainty


def test_neurons_are_at_home_where_their_own_region_is_densest():
    def summary(own: float, z: float) -> EnrichmentSummary:
        cells = tuple(
            EnrichmentCell(
                language=one, region=other, layer=None, n_chosen=9, density=0.1, expected=0.1,
                ratio=own if one == other else 1.5, z=z,
            )
            for one in SIX for other in ("ar", "es", "vi", "zh")
        )  # fmt: skip
        return EnrichmentSummary(languages=SIX, regions=("ar", "es", "vi", "zh"), cells=cells)

    assert verdicts("enrichment", summary(3, 9), languages=SIX) == [True, True]
    assert verdicts("enrichment", summary(1.2, 9), languages=SIX) == [True, False]
    assert verdicts("enrichment", summary(2, 1), languages=SIX) == [None, None]
    assert verdicts("enrichment", summary(0.5, -9), languages=SIX)[0] is False
    assert verdicts("enrichment", summary(1, 0), languages=SIX)[0] is None  # equal at chance


def written(content: bytes) -> Continuation:
    tokens = tuple(Token(id=byte, text="", bytes_hex=f"{byte:02x}", log_probability=0.0) for byte in content)
    return Continuation(language="zh", prompt="", prompt_token_ids=(), tokens=tokens, text="", finish="length")


@pytest.mark.parametrize(
    ("content", "shown", "n_broken"),
    [
        ("春天".encode(), "春天", 0),
        ("春天".encode()[:-1], "春", 0),  # cut off by the end, not broken
        ("春".encode()[:2] + b"a", "\\xe6\\x98a", 2),
        (b"\xff" + "天".encode(), "\\xff天", 1),
        ("\ufffd".encode(), "\ufffd", 1),
    ],
)
def test_broken_bytes_are_shown_and_counted(content: bytes, shown: str, n_broken: int):
    assert (outputs.shown(written(content)), outputs.n_broken(written(content))) == (shown, n_broken)


def test_members_stand_at_their_step_or_their_size():
    asked = {"members": ("bloom@global_step1000", "late=5000")}
    request = SPECS["b-figure-4"].requests(given.setting(**asked), {})["development"]
    assert isinstance(request, DevelopmentRequest)
    assert [(one.model, one.position) for one in request.members] == [("bloom@global_step1000", 1000), ("late", 5000)]
    sizes = given.setting(members=("big", "small"))._replace(sizes={"big": 7000, "small": 560})
    request = SPECS["b-figure-7"].requests(sizes, {})["development"]
    assert isinstance(request, DevelopmentRequest)
    assert (request.axis, [one.model for one in request.members]) == ("parameters", ["small", "big"])
    assert {task.language for task in request.tasks} >= {"ar", "es", "zh"}
