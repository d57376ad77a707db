"""How the atlas looks: Mantine theme, plotly templates, colour scales, fonts for every script.

Knows nothing about pages or data. All scales are safe for the common colour deficiencies.
"""

from __future__ import annotations

from typing import Any, Literal

import plotly.graph_objects as go

from backend.contracts.language_codes import is_right_to_left

Scheme = Literal["light", "dark"]

FONT = (
    "Inter, 'Segoe UI', system-ui, -apple-system, Roboto, 'Noto Sans', 'Helvetica Neue', Arial, "
    "'Noto Naskh Arabic', 'Noto Sans Arabic', 'Geeza Pro', 'Vazirmatn', 'Noto Sans Hebrew', 'Arial Hebrew', "
    "'Noto Sans Devanagari', 'Kohinoor Devanagari', Mangal, 'Noto Sans Bengali', 'Noto Sans Tamil', 'Nirmala UI', "
    "'Noto Sans Thai', Thonburi, 'Leelawadee UI', "
    "'Noto Sans CJK SC', 'PingFang SC', 'Hiragino Sans', 'Microsoft YaHei', 'Malgun Gothic', "
    "'Apple SD Gothic Neo', 'Noto Sans JP', 'Noto Sans KR', sans-serif"
)
FONT_MONOSPACE = (
    "'JetBrains Mono', ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
)

INDIGO = [
    "#f0f2fb", "#dfe3f3", "#bcc5e6", "#96a5da", "#768acf", "#6279c9", "#5770c7", "#475fb0", "#3d549e", "#30488c",
]  # fmt: skip
"""The one accent colour, from light to dark (Mantine wants ten shades)."""
SLATE = [
    "#d5d8de", "#b6bcc6", "#9aa1ac", "#6b7482", "#3b424e", "#2c323c", "#232932", "#1b1f26", "#14171c", "#0f1216",
]  # fmt: skip
"""The greys of the dark scheme, as bluish as its surfaces."""

SEQUENTIAL: list[list[Any]] = [
    [0.0, "#00224e"], [0.125, "#123570"], [0.25, "#3b496c"], [0.375, "#575d6d"], [0.5, "#707173"],
    [0.625, "#8a8678"], [0.75, "#a59c74"], [0.875, "#c3b369"], [0.95, "#e1cc55"], [1.0, "#fee838"],
]  # fmt: skip
"""Cividis: from little to much, the same for every colour vision."""
DENSITY: list[list[Any]] = [
    [0.0, "#0d0887"], [0.1, "#41049d"], [0.25, "#7e03a8"], [0.5, "#cc4778"], [0.75, "#f89540"], [1.0, "#f0f921"],
]  # fmt: skip
"""Plasma: where sparse spots must stand out of an empty ground."""
DIVERGING: list[list[Any]] = [
    [0.0, "#2166ac"], [0.125, "#4393c3"], [0.25, "#92c5de"], [0.375, "#d1e5f0"], [0.5, "#f7f7f7"],
    [0.625, "#fddbc7"], [0.75, "#f4a582"], [0.875, "#d6604d"], [1.0, "#b2182b"],
]  # fmt: skip
"""Blue over white to red: below and above a middle; keep the middle at 0 (or ratio 1)."""
DIVERGING_DARK: list[list[Any]] = [
    [0.0, "#7cc4ff"], [0.25, "#2f78b7"], [0.5, "#20242c"], [0.75, "#b5493a"], [1.0, "#ffa48f"],
]  # fmt: skip
"""The same over a dark ground: the middle disappears, both ends shine."""
CATEGORICAL = [
    "#4269d0", "#efb118", "#d83000", "#18c0f0", "#604860", "#90c060", "#f048a8", "#a89078", "#7800f0", "#903030",
]  # fmt: skip
"""Told apart by every colour vision (tests/frontend/test_colours.py): at least 24 in CIELAB between any two."""
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "triangle-down")
"""Seven beside ten colours: no two of seventy curves look alike."""

_FAMILIES = {
    "Germanic": ("#4269d0", "de en nl sv da no nb is af"),
    "Romance": ("#d9730d", "es fr it pt ro ca gl"),
    "Slavic": ("#8f5ad6", "ru uk pl cs sk bg sr hr sl be"),
    "Indo-Iranian": ("#b0892f", "fa hi bn ur mr ne gu pa ps"),
    "Semitic": ("#3a9d5d", "ar he mt am"),
    "Sino-Tibetan": ("#d1475f", "zh yue my bo"),
    "Japonic, Koreanic": ("#cf5aa0", "ja ko"),
    "Austroasiatic": ("#1f9aa8", "vi km"),
    "Austronesian": ("#5f8f2f", "id ms tl jv su"),
    "Dravidian": ("#b5533c", "ta te ml kn"),
    "Turkic": ("#2f7fb8", "tr az kk ky uz tk"),
    "Uralic": ("#6b7fd7", "fi hu et"),
    "Niger-Congo": ("#7a6a2e", "sw yo ig zu xh rw"),
    "Hellenic": ("#4d8f8a", "el"),
}


def language_family(language: str) -> str:
    """Family of a language code, `Other` when the atlas does not know it."""
    base = language.split("-")[0].lower()
    return next((name for name, (_, codes) in _FAMILIES.items() if base in codes.split()), "Other")


def language_colour(language: str) -> str:
    """Colour of a language's family; grey for `Other`."""
    return _FAMILIES[family][0] if (family := language_family(language)) in _FAMILIES else "#8a8f98"


def text_direction(language: str) -> Literal["rtl", "ltr"]:
    """Writing direction, for the `dir` attribute of any text of that language."""
    return "rtl" if is_right_to_left(language) else "ltr"


def category(place: int) -> tuple[str, str]:
    """Colour and symbol of the curve or row at a place, told apart without colour too."""
    return CATEGORICAL[place % len(CATEGORICAL)], SYMBOLS[place % len(SYMBOLS)]


def diverging(dark: bool) -> list[list[Any]]:
    """The diverging scale whose middle fades into the ground."""
    return DIVERGING_DARK if dark else DIVERGING


def figure_template(dark: bool) -> go.layout.Template:
    """Plotly template on a transparent ground, so that cards show through."""
    ink, muted, line = ("#d5d8de", "#9aa1ac", "#343a44") if dark else ("#22262e", "#667080", "#e3e6eb")
    axis = {"gridcolor": line, "linecolor": line, "zerolinecolor": line, "ticks": "", "tickfont": {"color": muted}}
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 12, "color": ink},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": CATEGORICAL,
            "colorscale": {"sequential": SEQUENTIAL, "diverging": diverging(dark)},
            "margin": {"l": 48, "r": 16, "t": 24, "b": 40},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {
                "bgcolor": "#2a2f38" if dark else "#ffffff",
                "bordercolor": line,
                "font": {"family": FONT, "size": 12, "color": ink},
            },
            "legend": {"font": {"color": muted}},
        }
    )


MANTINE: dict[str, Any] = {
    "primaryColor": "indigo",
    "colors": {"indigo": INDIGO, "dark": SLATE},
    "fontFamily": FONT,
    "fontFamilyMonospace": FONT_MONOSPACE,
    "defaultRadius": "md",
    "cursorType": "pointer",
    "respectReducedMotion": True,
    "headings": {"fontFamily": FONT, "fontWeight": "620"},
    "components": {
        "Tooltip": {"defaultProps": {"withArrow": True, "openDelay": 250, "multiline": True, "maw": 320}},
        "Badge": {"defaultProps": {"tt": "none", "fw": 560, "radius": "sm"}},
        "Card": {"defaultProps": {"withBorder": True, "padding": "lg"}},
    },
}
