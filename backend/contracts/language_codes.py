"""Language codes as people write them, as the one form that the atlas keeps: BCP 47.

`eng_Latn` (FLORES), `en_US` (locales), `zho_Hans` and `zh-hans` are the same languages as `en`, `en-US` and `zh-Hans`.
A code of two small letters stays as it is, old ones too (`tl`, `no`), so addresses and stored results keep theirs.
"""

from __future__ import annotations

import re

from langcodes import LanguageTagError, standardize_tag

CODE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$"
"""What a code looks like after `normalised`."""
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
