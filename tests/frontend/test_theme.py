"""Scales rise evenly, languages are written the right way."""

import pytest

from frontend import theme


def luminance(colour: str) -> float:
    red, green, blue = (int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scale", [theme.SEQUENTIAL, theme.DENSITY])
def test_sequential_scales_grow_lighter_so_that_any_eye_reads_them(scale):
    shades = [luminance(colour) for _, colour in scale]
    assert shades == sorted(shades)
    assert [scale[0][0], scale[-1][0]] == [0.0, 1.0]


@pytest.mark.parametrize("dark", [True, False])
def test_diverging_scales_have_their_quietest_colour_in_the_middle(dark):
    shades = [luminance(colour) for _, colour in theme.diverging(dark)]
    middle = shades[len(shades) // 2]
    assert middle == (min(shades) if dark else max(shades))


def test_directions_and_families():
    assert [theme.text_direction(language) for language in ("ar", "fa", "he", "en", "ur-PK")] == [
        "rtl", "rtl", "rtl", "ltr", "rtl",
    ]  # fmt: skip
    assert theme.language_family("pt-BR") == "Romance"
    assert theme.language_family("eu") == "Other"
    assert theme.language_colour("de") == theme.language_colour("en") != theme.language_colour("eu")


@pytest.mark.parametrize("dark", [True, False])
def test_figures_let_their_card_show_through(dark):
    assert theme.figure_template(dark).layout.paper_bgcolor == "rgba(0,0,0,0)"
