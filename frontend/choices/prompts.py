"""Prompts to start with: the paper's sentence (paper A, Figure 4), natural in each language."""

from __future__ import annotations

PROMPTS = {
    "ar": "تقع جامعة فودان في",
    "de": "Die Fudan-Universität befindet sich in",
    "en": "Fudan University is located in",
    "es": "La Universidad de Fudan está ubicada en",
    "fa": "دانشگاه فودان در شهر",
    "fr": "L'université Fudan est située à",
    "hi": "फ़ुदान विश्वविद्यालय जिस शहर में है, उसका नाम है",
    "id": "Universitas Fudan terletak di",
    "it": "L'Università Fudan si trova a",
    "ja": "復旦大学の所在地は",
    "ko": "푸단 대학교가 위치한 도시는",
    "pt": "A Universidade Fudan está localizada em",
    "ru": "Университет Фудань находится в",
    "uk": "Університет Фудань розташований у",
    "vi": "Đại học Phúc Đán nằm ở",
    "zh": "复旦大学位于",
}
FIRST = ("en", "de", "ru", "ar", "zh")
"""Languages of the prompts that a new form shows: several scripts and both directions."""


def default_prompts() -> tuple[tuple[str, str], ...]:
    """(language, text) of a new form."""
    return tuple((language, PROMPTS[language]) for language in FIRST)
