"""Every ratio of a table has its interval, from losses that lie beside each perplexity; over documents where known."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.artifacts.bootstrap import Samples, paired_ratios
from backend.contracts.requests import (
    ApplyEdits,
    DimensionSweep,
    DimensionTarget,
    Edit,
    EvaluationSpec,
    Lines,
    PerplexityRequest,
    PerturbationRequest,
    RegionSpec,
    RemovalRequest,
    ScoreSpec,
    SimilarityRequest,
    SweepRequest,
)
from backend.contracts.results import (
    SAMPLES_FILE,
    PerplexityRow,
    PerplexitySummary,
    PerturbationSummary,
    RemovalSummary,
    SampleFile,
    SimilaritySummary,
    SweepSummary,
)
from backend.contracts.vocabulary import EditAction, PerplexityRule
from backend.results.compare_ratios import ratios
from tests.workers.handlers.shop import Shop

LINES = Lines(corpus="small", start=0, stop=6)
EVALUATION = EvaluationSpec(lines=LINES, languages=("de", "en"))


@pytest.fixture
def documents(shop: Shop) -> Iterator[Callable[[], object]]:
    """Says, once it is called, that lines are of documents of three; taken back after the test."""
    file = Path(shop.context.corpora.named("small").folder) / "documents.txt"
    yield lambda: file.write_text("\n".join(f"d{line // 3}" for line in range(8)) + "\n")
    file.unlink()


def table(shop: Shop) -> tuple[RemovalSummary, dict[str, str], RemovalRequest]:
    region = RegionSpec(scores=ScoreSpec(model=shop.model, lines=LINES), languages=("de",), fraction=0.05)
    request = RemovalRequest(region=region, evaluation=EVALUATION, random_draws=1)
    outcome = shop.answer(request)
    assert isinstance(outcome.summary, RemovalSummary)
    return outcome.summary, outcome.rules, request


def require_whole(row: PerplexityRow, base: PerplexityRow, resampled: str) -> None:
    assert row.perplexity and base.perplexity and row.ratio and row.ratio_low and row.ratio_high
    assert row.ratio == pytest.approx(row.perplexity / base.perplexity)
    assert row.ratio_low <= row.ratio * (1 + 1e-9) and row.ratio <= row.ratio_high * (1 + 1e-9)
    assert row.bits_added == pytest.approx((row.bits_per_byte or 0) - (base.bits_per_byte or 0), abs=1e-9)
    assert row.resampled == resampled


def test_whole_samples_of_a_parallel_corpus_are_aligned_those_cut_by_a_budget_are_not(shop: Shop) -> None:
    def rows(evaluation: EvaluationSpec) -> tuple[PerplexityRow, ...]:
        summary = shop.answer(PerplexityRequest(model=shop.model, evaluation=evaluation)).summary
        assert isinstance(summary, PerplexitySummary)
        return summary.rows

    assert all(row.is_aligned for row in rows(EVALUATION))
    assert not any(row.is_aligned for row in rows(EVALUATION.model_copy(update={"max_tokens_per_language": 20})))


def test_a_perplexity_keeps_loss_tokens_and_bytes_of_every_sample(shop: Shop) -> None:
    request = PerplexityRequest(model=shop.model, evaluation=EVALUATION)
    summary = shop.answer(request).summary
    assert isinstance(summary, PerplexitySummary)
    file = SampleFile.model_validate_json(shop.context.store.file(shop.key(request), SAMPLES_FILE).read_bytes())
    assert file.resampled == "lines"
    for row in summary.rows:
        of_row = file.languages[row.language]
        assert math.fsum(loss or 0 for loss in of_row.losses) == pytest.approx(row.nll)
        assert (sum(of_row.tokens), sum(of_row.n_bytes), len(of_row.units)) == (row.n_tokens, row.n_bytes, 6)
        assert of_row.units == ("0", "1", "2", "3", "4", "5")
        texts = shop.context.corpora.named("small").texts(LINES, (row.language,))[row.language]
        assert of_row.n_bytes == tuple(len(text.encode()) for text in texts)


def test_every_column_of_a_removal_has_ratios_over_lines(shop: Shop) -> None:
    summary, rules, _ = table(shop)
    base, *others = summary.conditions
    assert all(row.ratio is None for row in base.rows)
    for condition in others:
        for row, before in zip(condition.rows, base.rows, strict=True):
            require_whole(row, before, "lines")
    assert "over lines" in rules["interval"]


def test_documents_are_drawn_where_the_corpus_knows_them(shop: Shop, documents: Callable[[], object]) -> None:
    by_line, _, before = table(shop)
    key = shop.key(before)
    documents()
    by_document, rules, request = table(shop)
    assert shop.key(request) != key  # what intervals are drawn over is part of the question
    assert "over documents" in rules["interval"]
    for lines, whole in zip(by_line.conditions[1:], by_document.conditions[1:], strict=True):
        for one, other in zip(lines.rows, whole.rows, strict=True):
            assert other.ratio == one.ratio and other.resampled == "documents"
            assert (other.ratio_low, other.ratio_high) != (one.ratio_low, one.ratio_high)


def test_sweeps_and_perturbations_have_the_interval_of_their_own_losses(shop: Shop) -> None:
    edits = (Edit(where=DimensionTarget(index=3), action=EditAction.ZERO),)
    touched = shop.answer(PerturbationRequest(model=shop.model, edits=edits, evaluation=EVALUATION)).summary
    assert isinstance(touched, PerturbationSummary)
    swept = shop.answer(
        SweepRequest(
            model=shop.model, targets=DimensionSweep(indices=(3,)), action=EditAction.ZERO, evaluation=EVALUATION
        )
    ).summary
    assert isinstance(swept, SweepSummary)
    for row, before in zip(touched.perplexity_perturbed, touched.perplexity_base, strict=True):
        require_whole(row, before, "lines")
    assert [row.ratio_low for row in swept.points[0].rows] == pytest.approx(
        [row.ratio_low for row in touched.perplexity_perturbed], rel=1e-5
    )
    requests = [
        PerplexityRequest(model=shop.model, evaluation=EVALUATION, change=change)
        for change in (None, ApplyEdits(edits=edits))
    ]
    sides = []
    for request in requests:
        shop.answer(request)
        file = SampleFile.model_validate_json(shop.context.store.file(shop.key(request), SAMPLES_FILE).read_bytes())
        sides.append(
            {
                language: Samples(tuple(loss or 0 for loss in one.losses), one.tokens, one.n_bytes, one.units)
                for language, one in file.languages.items()
            }
        )
    twin = paired_ratios(*sides)
    for row in touched.perplexity_perturbed:
        assert (row.ratio, row.ratio_low, row.ratio_high) == pytest.approx(twin[row.language][:3], rel=1e-6)


def test_windows_are_drawn_as_wholes(shop: Shop) -> None:
    spec = EVALUATION.model_copy(update={"rule": PerplexityRule.WINDOWS_2048})
    outcome = shop.context  # a window takes more text than the small corpus has: the rule alone is looked at
    from workers.handlers.perplexities import evaluations

    loaded = outcome.host.load(shop.model)
    found = evaluations(loaded, {"de": ["a line of words " * 300]}, spec, {"de": ["d0"]})["de"]
    assert (found.resampled, list(found.units)) == ("windows", ["0", "1"])


def test_a_broken_column_has_no_ratio(shop: Shop) -> None:
    edits = (Edit(where=DimensionTarget(index=3), action=EditAction.SCALE, factor=1e30),)
    touched = shop.answer(PerturbationRequest(model=shop.model, edits=edits, evaluation=EVALUATION)).summary
    assert isinstance(touched, PerturbationSummary)
    for row in touched.perplexity_perturbed:
        assert (row.ratio is None) is (row.nll is None)


def test_scores_of_languages_draw_documents_and_languages(shop: Shop, documents: Callable[[], object]) -> None:
    request = SimilarityRequest(model=shop.model, lines=LINES, languages=("de", "en", "fr"), n_bootstrap=60)
    by_line = shop.answer(request)
    key = shop.key(request)
    documents()
    by_document = shop.answer(request)
    assert shop.key(request) != key
    assert isinstance(by_line.summary, SimilaritySummary) and isinstance(by_document.summary, SimilaritySummary)
    assert by_line.summary.resampled == "sentences and languages"
    assert by_document.summary.resampled == "documents and languages"
    assert "over documents and languages" in by_document.rules["intervals"]
    for one, other in zip(by_line.summary.scores, by_document.summary.scores, strict=True):
        assert (one.lrds, one.sads) == (other.lrds, other.sads)
        assert one.lrds_interval and other.lrds_interval and one.lrds_interval != other.lrds_interval
        assert other.lrds_interval[0] < other.lrds_interval[1]
    plain = shop.answer(request.model_copy(update={"n_bootstrap": 0})).summary
    assert isinstance(plain, SimilaritySummary)
    assert plain.resampled == "" and plain.scores[0].lrds_interval is None


def test_stored_results_are_compared_with_the_intervals_of_their_losses(shop: Shop) -> None:
    edits = (Edit(where=DimensionTarget(index=3), action=EditAction.ZERO),)
    requests = [
        PerplexityRequest(model=shop.model, evaluation=EVALUATION, change=change)
        for change in (None, ApplyEdits(edits=edits))
    ]
    base, changed = (shop.answer(one).summary for one in requests)
    assert isinstance(base, PerplexitySummary) and isinstance(changed, PerplexitySummary)
    left, right = map(shop.key, requests)
    found = {one.language: one for one in ratios(shop.context.store, left, right).ratios}
    for row, before in zip(changed.rows, base.rows, strict=True):
        one = found[row.language]
        assert one.ratio == pytest.approx((row.perplexity or 0) / (before.perplexity or 1))
        assert (
            one.ratio_low and one.ratio_high and one.ratio_low <= one.ratio * (1 + 1e-9) <= one.ratio_high * (1 + 1e-8)
        )
        assert (one.condition, one.resampled) == ("", "lines")
    summary, _, request = table(shop)
    of_tables = ratios(shop.context.store, shop.key(request), shop.key(request)).ratios
    assert {one.condition for one in of_tables} == {one.name for one in summary.conditions}
    assert all((one.ratio, one.ratio_low, one.ratio_high) == (1, 1, 1) for one in of_tables)
