"""Small results of the Dimensions page with known numbers."""

from __future__ import annotations

from backend.contracts.regions import RegionRequest
from backend.contracts.requests import (
    DimensionRanking,
    DimensionSweep,
    EvaluationSpec,
    Lines,
    RegionSpec,
    ScalarSweep,
    ScoreSpec,
    StructuredRemovalRequest,
    SweepRequest,
)
from backend.contracts.results import (
    DimensionsTaken,
    HeadCount,
    StructuredCell,
    StructuredRemovalSummary,
    SweepPoint,
    SweepSummary,
)
from backend.contracts.vocabulary import DimensionSetting, EditAction, MatrixKind, Rank, Side
from tests.frontend.fake_api import MODEL
from tests.frontend.samples import row

REGION = RegionRequest(region=RegionSpec(scores=ScoreSpec(model=MODEL), languages=("ar", "es"), fraction=0.01))
EVALUATION = EvaluationSpec(lines=Lines(start=60, stop=100), languages=("zh", "en"))
STRUCTURED = StructuredRemovalRequest(
    ranking=DimensionRanking(region=REGION, setting=DimensionSetting.HEAD_AND_DOWN),
    counts=(1, 3),
    ranks=(Rank.TOP, Rank.RANDOM),
    evaluation=EVALUATION,
)
SWEEP = SweepRequest(
    model=MODEL, targets=DimensionSweep(ranking=REGION, n_top=2, n_random=1), evaluation=EVALUATION, seed=3
)
SCAN = SweepRequest(
    model=MODEL, targets=ScalarSweep(matrix="1.norm.input"), action=EditAction.RESET, evaluation=EVALUATION
)


def structured() -> StructuredRemovalSummary:
    """Two counts, two ranks; Top 3 is infinite in Chinese."""
    perplexities = {
        (Rank.TOP, 1): (90.0, 1000.0), (Rank.RANDOM, 1): (10.0, 11.0),
        (Rank.TOP, 3): (None, 5000.0), (Rank.RANDOM, 3): (10.5, 12.0),
    }  # fmt: skip
    taken = (
        DimensionsTaken(matrix="0.attn.q", side=Side.HEAD, indices=(5,), counts=(7,)),
        DimensionsTaken(matrix="0.mlp.down", side=Side.RESIDUAL, indices=(21, 3), counts=(9, 4)),
        DimensionsTaken(matrix="1.mlp.down", side=Side.RESIDUAL, indices=(21,), counts=(8,)),
    )
    cells = tuple(
        StructuredCell(
            snapshot=None, rank=rank, count=count, n_removed=64 * count, dimensions=taken,
            rows=(row("zh", zh), row("en", en)),
        )
        for (rank, count), (zh, en) in perplexities.items()
    )  # fmt: skip
    heads = (
        HeadCount(layer=1, kind=MatrixKind.ATTN_Q, head=2, selected=30, total=256),
        HeadCount(layer=0, kind=MatrixKind.ATTN_O, head=1, selected=60, total=256),
    )
    return StructuredRemovalSummary(base=(row("zh", 9.0), row("en", 10.0)), cells=cells, heads=heads)


def sweep() -> SweepSummary:
    """Dimension 7 is infinite, 21 multiplies by ten, the random one does nothing."""
    points = (("top", 7, None, None), ("top", 21, 90.0, 100.0), ("random", 3, 9.0, 10.0))
    return SweepSummary(
        base=(row("zh", 9.0), row("en", 10.0)),
        points=tuple(
            SweepPoint(index=index, group=group, n_parameters=640, rows=(row("zh", zh), row("en", en)))
            for group, index, zh, en in points
        ),
        sentence="residual dimension, re-initialised at random in all layers",
    )


def scan(n_scalars: int = 32) -> SweepSummary:
    """Scalar 4 multiplies by ten, all others change nothing."""
    return SweepSummary(
        base=(row("zh", 9.0), row("en", 10.0)),
        points=tuple(
            SweepPoint(
                index=index, group="all", n_parameters=1, before=0.43, after=1.0,
                rows=(row("zh", 90.0 if index == 4 else 9.0), row("en", 100.0 if index == 4 else 10.0)),
            )
            for index in range(n_scalars)
        ),
        sentence="1.norm.input: each scalar reset to 1 (effective scale)",
    )  # fmt: skip
