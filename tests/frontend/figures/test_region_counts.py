from __future__ import annotations

import pytest

from frontend.figures.region_counts import LEAST_SHARE, by_kind, place_of, region_counts
from tests.frontend.samples import region


def test_places() -> None:
    assert place_of("3.attn.q") == (3, "attn.q")
    assert place_of("12.norm.input.bias") == (12, "norm.input.bias")
    assert place_of("norm.final") == (None, "norm.final")


def test_kinds_are_summed_over_layers_and_shares_sum_to_one() -> None:
    kinds = by_kind(region().matrices)
    assert [(kind.kind, kind.selected, kind.total) for kind in kinds] == [("attn.q", 40, 200), ("norm.input", 5, 20)]
    assert sum(kind.share for kind in kinds) == 1


def test_the_heatmap_shows_the_share_of_each_matrix() -> None:
    (heatmap,) = region_counts(region().matrices, dark=True).data
    assert list(heatmap.y) == ["attn.q", "norm.input"]
    shares = [[10**shade for shade in row] for row in heatmap.z]
    assert shares == [pytest.approx([0.3, 0.1]), pytest.approx([0.5, LEAST_SHARE])]
    assert heatmap.customdata[0][0] == "30 of 100 parameters (30 %)"
