"""Two texts word by word: what one says and the other does not. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import NamedTuple

_WORDS = re.compile(r"\s+|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\s\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
"""Words with spaces between them; of Chinese and Japanese every character is one."""


class Piece(NamedTuple):
    """A stretch of text."""

    text: str
    differs: bool


def marked(text: str, against: str) -> tuple[Piece, ...]:
    """`text` in pieces, those marked that `against` does not have at that place; spaces are no difference."""
    words, others = _WORDS.findall(text), _WORDS.findall(against)
    pieces = []
    for what, _, _, start, stop in SequenceMatcher(None, others, words, autojunk=False).get_opcodes():
        if start < stop:
            told = "".join(words[start:stop])
            pieces.append(Piece(told, what != "equal" and bool(told.strip())))
    return tuple(pieces)


def share_changed(text: str, against: str) -> float:
    """Share of the words of `text` that `against` does not have at that place; 0 of an empty text."""
    pieces = marked(text, against)
    n = sum(map(_n_words, pieces))
    return sum(_n_words(piece) for piece in pieces if piece.differs) / n if n else 0.0


def _n_words(piece: Piece) -> int:
    return sum(1 for word in _WORDS.findall(piece.text) if word.strip())
