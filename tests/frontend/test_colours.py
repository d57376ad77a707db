"""Colours as other eyes see them (Machado, Oliveira and Fernandes 2009, severity 1) and against their ground."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from frontend import theme
from frontend.figures import reducers
from frontend.figures.removal_dots import _marks

SEEN = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
BASE_CSS = (Path(theme.__file__).parent / "assets" / "base.css").read_text("utf-8")


def linear(colour: str) -> np.ndarray:
    """Of a hexadecimal sRGB colour."""
    channels = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(colour: str, eye: str) -> np.ndarray:
    """CIELAB of what this eye sees."""
    xyz = _TO_XYZ @ np.clip(SEEN[eye] @ linear(colour), 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one: str, other: str, eye: str) -> float:
    return float(np.linalg.norm(lab(one, eye) - lab(other, eye)))


def contrast(one: str, other: str) -> float:
    """WCAG 2: 1 to 21."""
    light, dark = sorted((float(_TO_XYZ[1] @ linear(colour)) for colour in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(colour: str, ground: str, share: float) -> str:
    """CSS `color-mix(in srgb, colour share, ground)`."""
    both = [[int(hexadecimal[start : start + 2], 16) for start in (1, 3, 5)] for hexadecimal in (colour, ground)]
    return "#" + "".join(f"{round(share * one + (1 - share) * other):02x}" for one, other in zip(*both, strict=True))


def variables(scheme: str) -> dict[str, str]:
    """The atlas's own colours of a scheme, as base.css says them."""
    light, dark = (
        dict(re.findall(r"--(atlas-[\w-]+): (#[0-9a-f]{6});", BASE_CSS.split(start)[1].split("}")[0]))
        for start in (":root {", ':root[data-mantine-color-scheme="dark"] {')
    )
    return light if scheme == "light" else light | dark


@pytest.mark.parametrize("eye", SEEN)
@pytest.mark.parametrize("scale", [theme.SEQUENTIAL, theme.DENSITY], ids=["sequential", "density"])
def test_sequential_scales_grow_lighter_for_every_eye(scale: list, eye: str):
    lightness = [lab(colour, eye)[0] for _, colour in scale]
    assert all(after > before + 0.5 for before, after in itertools.pairwise(lightness))


@pytest.mark.parametrize("eye", SEEN)
@pytest.mark.parametrize("scale", [theme.DIVERGING, theme.DIVERGING_DARK], ids=["light", "dark"])
def test_both_arms_of_a_diverging_scale_are_told_apart(scale: list, eye: str):
    colours = [colour for _, colour in scale]
    arms = list(zip(colours[: len(colours) // 2], reversed(colours), strict=False))
    assert apart(*arms[0], eye) > 50
    assert min(apart(*pair, eye) for pair in arms) > 15
    middle = colours[len(colours) // 2]
    assert all(apart(end, middle, eye) > 50 for end in arms[0])


@pytest.mark.parametrize("eye", SEEN)
def test_no_two_categories_look_alike(eye: str):
    least = min(apart(*pair, eye) for pair in itertools.combinations(theme.CATEGORICAL, 2))
    assert least > 24


@pytest.mark.parametrize("ground", ["#ffffff", "#1b1f26"])
def test_categories_stand_out_of_both_grounds(ground: str):
    assert min(contrast(colour, ground) for colour in theme.CATEGORICAL) > 1.8


def test_seventy_curves_have_seventy_looks():
    assert len({theme.category(place) for place in range(70)}) == 70


@pytest.mark.parametrize("dark", [False, True])
def test_conditions_of_a_removal_have_a_symbol_each(dark: bool):
    symbols = [symbol for _, symbol in _marks(dark)]
    assert len(set(symbols)) == len(symbols)


def test_every_reducer_paints_with_a_scale_that_is_checked_here():
    checked = (theme.SEQUENTIAL, theme.DENSITY, {"light": theme.DIVERGING, "dark": theme.DIVERGING_DARK})
    assert all(look.colours in checked for look in reducers.LOOKS.values())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "muted", "accent", "good", "bad"])
def test_text_is_readable_on_every_ground(scheme: str, ink: str):
    found = variables(scheme)
    for ground in ("ground", "surface", "accent-soft"):
        assert contrast(found[f"atlas-{ink}"], found[f"atlas-{ground}"]) >= 4.5, ground


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_are_readable_on_every_shade(scheme: str):
    from frontend.heat_table import DARK

    found = variables(scheme)
    for percent in range(101):
        ground = mixed(found["atlas-heat"], found["atlas-heat-ground"], percent / 100)
        ink = found["atlas-heat-dark-ink" if percent / 100 > DARK else "atlas-heat-ink"]
        assert contrast(ink, ground) >= 4.5, percent
