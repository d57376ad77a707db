"""Pairs of languages in several models and their differences."""

from __future__ import annotations

from backend.contracts.results import LanguageMeans
from frontend.figures.compare_pairs import figure, height, pairs
from frontend.figures.telling import told
from frontend.views.compare_pairs import at_depth

LANGUAGES = ("de", "en")


def means(same: float, order: tuple[str, ...] = LANGUAGES) -> LanguageMeans:
    return LanguageMeans(
        matrix="whole", languages=order, same_meaning=((1.0, same), (same, 1.0)),
        different_meaning=((0.5, 0.2), (0.2, 0.4)), clustered=order,
    )  # fmt: skip


def test_models_share_a_scale_and_differences_are_signed_around_zero() -> None:
    models = [pairs(f"{letter} · m", means(value), "same", LANGUAGES) for letter, value in (("A", 0.6), ("B", 0.9))]
    drawn = figure(models, LANGUAGES, "same", dark=False)
    one, two, change = drawn.data
    assert one.zmin == two.zmin == 0.6 and one.zmax == two.zmax == 0.9
    assert round(change.z[0][1], 6) == 0.3 and change.zmin == -change.zmax
    assert "B − A" in told(drawn).description and "German, English" in told(drawn).description


def test_languages_stand_in_the_order_of_a_and_a_missing_map_is_empty() -> None:
    turned = pairs("B", means(0.6, ("en", "de")), "different", LANGUAGES)
    assert turned.values == ((0.4, 0.2), (0.2, 0.5))
    assert pairs("B", means(0.6), "gap", LANGUAGES).values[0] == (0.5, 0.39999999999999997)
    assert pairs("B", means(0.6), "same", ("de", "fr")).values == () == pairs("B", None, "same", LANGUAGES).values


def test_layers_of_models_of_different_depth_meet_at_their_relative_depth() -> None:
    assert [at_depth(layer, 18, 12) for layer in (0, 9, 17)] == [0, 6, 11] and at_depth(0, 1, 5) == 0


def test_a_missing_map_says_so_in_its_own_place_and_takes_no_room_below() -> None:
    there, missing = pairs("A · m", means(0.6), "same", LANGUAGES), pairs("B · m", None, "same", LANGUAGES)
    alone = figure([there, missing], LANGUAGES, "same", dark=False)
    (word,) = [one for one in alone.layout.annotations if one.text == "not there yet"]
    assert word.xref == word.yref == "paper" and word.x > alone.layout.xaxis2.domain[0]
    assert not alone.layout.xaxis2.visible and "yaxis3" not in alone.layout
    assert 2 * alone.layout.height == 2 * height([there, missing], 2) == height([there, there], 2)
    three = figure([there, missing, there], LANGUAGES, "same", dark=False)
    words = [one for one in three.layout.annotations if one.text == "not there yet"]
    assert [round(one.x, 3) for one in words] == [0.5, 0.5] and words[0].y > words[1].y
