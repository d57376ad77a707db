"""What a language code is called, and which languages stand together in a choice.

Knows nothing of Dash. A code that names no language is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from backend.contracts.language_codes import english_name
from frontend.theme import language_family

_OURS = {"bn": "Bengali", "nb": "Norwegian"}
"""Where the papers' name is another than the one of the Unicode CLDR."""
_FIRST = ("ar", "es", "ru", "zh", "ko", "vi", "en", "de", "ja", "uk")
"""The six languages that paper A scores, in its order, then four that the demo measures beside them."""


def name_of(code: str) -> str:
    """English name of a language, script and region in brackets: `zh-Hant` is `Chinese (Traditional)`."""
    return _OURS.get(code) or english_name(code)


def by_family(codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Codes grouped by family, families and names in alphabetical order, `Other` last."""
    found: dict[str, list[str]] = {}
    for code in codes:
        found.setdefault(language_family(code), []).append(code)
    order = sorted(found, key=lambda family: (family == "Other", family))
    return {family: tuple(sorted(found[family], key=name_of)) for family in order}


def in_paper_order(codes: Iterable[str]) -> tuple[str, ...]:
    """Paper A's six first, then the demo's four, the others by code: the order of clicks must not change a key."""
    rank = {code: index for index, code in enumerate(_FIRST)}
    return tuple(sorted(codes, key=lambda code: (rank.get(code, len(rank)), code)))
