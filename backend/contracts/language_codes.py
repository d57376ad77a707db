"""Language codes as people write them, as the one form that the atlas keeps: BCP 47.

`eng_Latn` (FLORES), `en_US` (locales), `zho_Hans` and `zh-hans` are the same languages as `en`, `en-US` and `zh-Hans`.
A code of two small letters stays as it is, old ones too (`tl`, `no`), so addresses and stored results keep theirs.
"""

from __future__ import annotations

import re
from functools import lru_cache

from langcodes import Language, LanguageTagError, standardize_tag

CODE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$"
"""What a code looks like after `normalised`."""
_RIGHT_TO_LEFT = frozenset(["Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg", "Mand", "Samr"])
"""Scripts (ISO 15924) that are written from right to left and are in use."""
_SHORT = re.compile(r"[a-z]{2}")


def normalised(code: str) -> str:
    """The BCP 47 form of a code, region and script kept where they say something; text that is none is unchanged."""
    if _SHORT.fullmatch(code):
        return code
    try:
        return standardize_tag(code.strip())
    except (LanguageTagError, ValueError):
        return code


def is_code(text: str) -> bool:
    """Whether a text, once normalised, is a language code."""
    return re.fullmatch(CODE, normalised(text)) is not None


@lru_cache(maxsize=1024)
def english_name(code: str) -> str:
    """Name of a language in English, script and region in brackets; a code that names none as it is."""
    try:
        language = Language.get(code, normalize=False)
    except (LanguageTagError, ValueError):
        return code
    return language.display_name() if language.is_valid() and language.language_name() != language.language else code


@lru_cache(maxsize=1024)
def is_right_to_left(code: str) -> bool:
    """Whether a language is written from right to left, by the script that its code names or that it mostly has."""
    try:
        return Language.get(code, normalize=False).maximize().script in _RIGHT_TO_LEFT
    except (LanguageTagError, ValueError):
        return False
