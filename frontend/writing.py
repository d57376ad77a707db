"""Text of any script inside of other text: cut between letters as they are read, set in its own direction.

Knows nothing of languages or of Dash.
"""

from __future__ import annotations

import unicodedata

_ISOLATE, _END = "\u2068", "\u2069"
_JOINERS = {"\u200d", "\u200c"}


def beginning(text: str, n_letters: int) -> str:
    """The first letters, with a sign that more follows; marks and joined signs stay with the letter they belong to."""
    letters = 0
    for place in range(len(text)):
        letters += not _continues(text, place)
        if letters > n_letters:
            return text[:place].rstrip() + "…"
    return text


def isolated(text: str) -> str:
    """For a place that takes no markup (titles, hovers): its direction is its own and turns nothing around it."""
    return f"{_ISOLATE}{text}{_END}"


def plain(text: str) -> str:
    """For a file: the same without the invisible signs that direct it on a page."""
    return text.replace(_ISOLATE, "").replace(_END, "")


def _continues(text: str, place: int) -> bool:
    """Whether the sign at a place belongs to the letter before it."""
    sign = text[place]
    if not place:
        return False
    is_mark = (
        unicodedata.category(sign) in ("Mn", "Mc", "Me") or sign in _JOINERS or "\U0001f3fb" <= sign <= "\U0001f3ff"
    )
    # A virama binds the next consonant.
    is_bound = text[place - 1] == "\u200d" or unicodedata.combining(text[place - 1]) == 9
    return is_mark or is_bound
