"""Small summaries with known numbers, for figures and panels."""

from __future__ import annotations

import math

from backend.contracts.results import (
    CombinedRegionSummary,
    Condition,
    EstimatorAgreement,
    FaithfulnessPoint,
    FaithfulnessSummary,
    LayerScore,
    MatrixCount,
    Overlap,
    PerplexityRow,
    RegionSummary,
    RemovalSummary,
    SimilaritySummary,
)


def row(language: str, perplexity: float | None, *, n_tokens: int = 100) -> PerplexityRow:
    """A row whose bits per byte follow from its perplexity at 200 bytes."""
    nll = None if perplexity is None else math.log(perplexity) * n_tokens
    return PerplexityRow(
        language=language,
        n_samples=4,
        n_tokens=n_tokens,
        n_bytes=200,
        nll=nll,
        perplexity=perplexity,
        bits_per_byte=None if nll is None else nll / math.log(2) / 200,
    )


def removal() -> RemovalSummary:
    """Two languages; Top of Arabic is infinite; three draws at Random."""
    draws = ((40.0, 60.0), (50.0, 60.0), (60.0, 60.0))
    return RemovalSummary(
        conditions=(
            Condition(name="base", n_removed=0, rows=(row("ar", 20.0), row("en", 30.0))),
            Condition(name="top", n_removed=10, rows=(row("ar", None), row("en", 3e11))),
            Condition(name="bottom", n_removed=10, rows=(row("ar", 21.0), row("en", 24.0))),
            *(
                Condition(name=f"random {number}", n_removed=10, rows=(row("ar", ar), row("en", en)))
                for number, (ar, en) in enumerate(draws, 1)
            ),
        ),
        fraction=0.03,
        n_total=1000,
    )


def region() -> RegionSummary:
    """Two layers of `attn.q` and `norm.input`."""
    counts = (("0.attn.q", 30, 100), ("0.norm.input", 5, 10), ("1.attn.q", 10, 100), ("1.norm.input", 0, 10))
    return RegionSummary(
        n_selected=45,
        n_total=220,
        matrices=tuple(MatrixCount(matrix=name, selected=selected, total=total) for name, selected, total in counts),
    )


def combined() -> CombinedRegionSummary:
    """The same counts, combined from two regions."""
    counts = region().model_dump(exclude={"kind"})
    return CombinedRegionSummary(**counts, formula="top 1 % ru − (top 1 % ar ∪ bottom 1 % ar)")


def overlap() -> Overlap:
    """Russian and Ukrainian share half, Chinese shares nothing."""
    return Overlap(
        keys=("a" * 20, "b" * 20, "c" * 20),
        labels=("ru", "uk", "zh"),
        sizes=(100, 100, 40),
        shared=((100, 50, 0), (50, 100, 0), (0, 0, 40)),
        jaccard=((1.0, 1 / 3, 0.0), (1 / 3, 1.0, 0.0), (0.0, 0.0, 1.0)),
        expected=((1.0, 0.005, 0.004), (0.005, 1.0, 0.004), (0.004, 0.004, 1.0)),
    )


def faithfulness() -> FaithfulnessSummary:
    """Three parameters: one below the noise, one that makes the loss smaller; the second estimator says nothing."""
    points = (
        ("0.attn.q", 0.0, 1e-9, (0.0, 1.0)),
        ("0.attn.q", 1e-3, 1e-3, (2e-3, 1.0)),
        ("1.mlp.up", 4e-2, -4e-2, (5e-2, 1.0)),
    )
    return FaithfulnessSummary(
        estimators=(
            EstimatorAgreement(name="taylor", spearman=0.9, spearman_low=0.8, spearman_high=0.95, seconds=12.0),
            EstimatorAgreement(name="magnitude", spearman=None, seconds=0.1),
        ),
        points=tuple(
            FaithfulnessPoint(
                matrix=matrix, index=(1, 2), weight=0.5, loss_change=change, signed_loss_change=signed, estimates=said
            )
            for matrix, change, signed, said in points
        ),
        base_loss=3.0,
        n_tokens=100,
        noise_floor=1e-6,
        seconds=20.0,
    )


def similarity() -> SimilaritySummary:
    """Three languages, two layers."""
    return SimilaritySummary(
        languages=("ar", "en", "fr"),
        n_lines=4,
        scores=(
            LayerScore(layer=None, lrds=0.2, sads=0.1),
            LayerScore(layer=0, lrds=0.3, sads=0.05),
            LayerScore(layer=1, lrds=0.1, sads=0.2),
        ),
    )
