"""The paired bootstrap: a case computed by hand, a naive twin, and what must hold of every interval."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backend.artifacts.bootstrap import Samples, compared_ratios, paired_ratios

LN2 = math.log(2)


def samples(losses: list[float], units: str | list[str] = "abcd") -> Samples:
    return Samples(losses, [2, 1, 3, 2][: len(losses)], [4, 3, 6, 5][: len(losses)], list(units)[: len(losses)])


def noisy(seed: int, n: int = 24, shift: float = 0.0) -> Samples:
    generator = np.random.default_rng(seed)
    tokens = generator.integers(1, 9, n)
    losses = tokens * (3 + shift) + generator.normal(size=n)
    return Samples(losses.tolist(), tokens.tolist(), (tokens * 4).tolist(), [f"doc {k // 3}" for k in range(n)])


def test_two_units_computed_by_hand() -> None:
    """Drawn are aa, ab (twice) or bb: ln ratios 1/2, 2/3 (twice), 1 at 1:2:1, so the ends are 1/2 and 1."""
    found = paired_ratios({"en": samples([2.0, 1.0])}, {"en": samples([3.0, 2.0])})["en"]
    assert found.ratio == pytest.approx(math.exp(2 / 3))
    assert (found.low, found.high) == pytest.approx((math.exp(1 / 2), math.exp(1)))
    assert found.bits == pytest.approx(2 / (7 * LN2))
    assert (found.bits_low, found.bits_high) == pytest.approx((1 / (4 * LN2), 1 / (3 * LN2)))


def test_the_naive_twin_gives_the_same_interval() -> None:
    base, changed = noisy(1), noisy(1)._replace(losses=noisy(2).losses)
    found = paired_ratios({"en": base}, {"en": changed}, n_resamples=1000, seed=3)["en"]
    units = sorted(set(base.units))
    generator = np.random.default_rng(3)
    ratios = []
    for _ in range(1000):
        nll = n_tokens = 0.0
        for number in generator.integers(0, len(units), len(units)):
            for at, unit in enumerate(base.units):
                if unit == units[number]:
                    nll += changed.losses[at] - base.losses[at]
                    n_tokens += base.tokens[at]
        ratios.append(math.exp(nll / n_tokens))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(ratios, [0.025, 0.975])), rel=1e-4)


def test_a_factor_that_is_the_same_everywhere_has_no_width() -> None:
    base = noisy(1)
    changed = base._replace(losses=[loss + n * LN2 for loss, n in zip(base.losses, base.tokens, strict=True)])
    found = paired_ratios({"en": base}, {"en": changed})["en"]
    assert found[:3] == pytest.approx((2, 2, 2))


def test_base_against_itself_is_exactly_one() -> None:
    assert paired_ratios({"en": noisy(1)}, {"en": noisy(1)})["en"] == (1, 1, 1, 0, 0, 0)


def test_the_interval_holds_the_ratio_and_swapping_inverts_it() -> None:
    base, changed = noisy(1), noisy(1)._replace(losses=noisy(1, shift=0.4).losses[::-1])
    there = paired_ratios({"en": base}, {"en": changed})["en"]
    back = paired_ratios({"en": changed}, {"en": base})["en"]
    assert there.low < there.ratio < there.high
    assert (1 / back.ratio, 1 / back.high, 1 / back.low) == pytest.approx(there[:3])


def test_documents_are_drawn_whole_so_that_their_lines_count_as_one() -> None:
    """Ten lines that say the same in one document are not ten witnesses."""
    base = Samples([4.0] * 20, [2] * 20, [4] * 20, [str(line) for line in range(20)])
    losses = [4.0 + (line // 10) for line in range(20)]
    by_line = paired_ratios({"en": base}, {"en": base._replace(losses=losses)})["en"]
    documents = ["one"] * 10 + ["two"] * 10
    whole, other = base._replace(units=documents), base._replace(losses=losses, units=documents)
    by_document = paired_ratios({"en": whole}, {"en": other})["en"]
    assert by_document.ratio == by_line.ratio
    assert by_document.high - by_document.low > 2 * (by_line.high - by_line.low)


def test_languages_are_drawn_together() -> None:
    """The same lines in two languages have the same interval, whatever stands beside them."""
    base, changed = noisy(1), noisy(1)._replace(losses=noisy(2).losses)
    found = paired_ratios({"en": base, "de": base}, {"de": changed, "en": changed, "fr": changed})
    assert found["en"] == found["de"] and set(found) == {"en", "de"}


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_a_broken_loss_has_no_ratio_and_harms_no_other_language(broken: float) -> None:
    base, changed = noisy(1), noisy(1)._replace(losses=noisy(2).losses)
    spoilt = changed._replace(losses=[broken, *changed.losses[1:]])
    found = paired_ratios({"en": base, "de": base}, {"en": spoilt, "de": changed})
    assert all(map(math.isnan, found["en"]))
    assert found["de"] == paired_ratios({"de": base}, {"de": changed})["de"]


def test_one_unit_cannot_be_drawn_from() -> None:
    found = paired_ratios({"en": samples([2.0, 1.0], "aa")}, {"en": samples([3.0, 2.0], "aa")})["en"]
    assert found.ratio == pytest.approx(math.exp(2 / 3)) and math.isnan(found.low) and math.isnan(found.bits_high)


def test_other_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="same samples"):
        paired_ratios({"en": samples([2.0, 1.0])}, {"en": samples([2.0, 1.0, 3.0])})


def test_two_models_that_cut_alike_give_the_paired_ratio_and_others_their_bits() -> None:
    base = {"de": Samples((2.0, 4.0, 5.0), (2, 3, 4), (8, 9, 10), ("a", "b", "c"))}
    changed = {"de": Samples((3.0, 4.5, 7.0), (2, 3, 4), (8, 9, 10), ("a", "b", "c"))}
    for one, other in zip(paired_ratios(base, changed)["de"], compared_ratios(base, changed)["de"], strict=True):
        assert other == pytest.approx(one)
    # twice the tokens: 14.5 / 18 nats per token against 11 / 9, bytes alike
    finer = {"de": Samples((3.0, 4.5, 7.0), (4, 6, 8), (8, 9, 10), ("a", "b", "c"))}
    found = compared_ratios(base, finer)["de"]
    assert found.ratio == pytest.approx(math.exp(14.5 / 18 - 11 / 9))
    assert found.bits == pytest.approx(3.5 / 27 / math.log(2)) and found.bits_low < found.bits < found.bits_high
    # a naive twin of the interval
    generator, drawn = np.random.default_rng(0), []
    for places in generator.integers(0, 3, size=(2000, 3)):
        nats = [sum(side["de"].losses[place] for place in places) for side in (base, finer)]
        n_bytes = sum(base["de"].n_bytes[place] for place in places)
        drawn.append((nats[1] - nats[0]) / n_bytes / math.log(2))
    assert (found.bits_low, found.bits_high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))
    shorter = {"de": Samples((3.0,), (4,), (8,), ("a",))}
    assert compared_ratios(base, shorter) == {}
