"""Notes are Markdown; what was written in them never becomes markup, script or a picture from elsewhere."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token

_FIRST_HEADING = 4
"""Notes stand below the heading of their view, which is of level 2, and of its figures."""
_TARGET = re.compile(r"\][(:][ \t\r\n]*([^\s)]{0,1000})(?=([\s)]|$)?)")
"""A bracket and what it leads to; longer than an address is, it has no second group."""
_SCHEME = re.compile(r"(?!(?:https?|mailto):)[a-z][a-z0-9+.-]*:", re.I)
_IGNORED = re.compile(r"[\x00-\x20\x7f-\xa0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")
"""What a browser leaves out of an address."""


def html(note: str) -> str:
    """The note as HTML: raw HTML is shown as it was written, a picture as its link, `javascript:` as text."""
    tokens = _reader().parse(_TARGET.sub(_shown, note))
    for token in tokens:
        _lower(token)
    text: str = _reader().renderer.render(tokens, _reader().options, {})
    return text


def markdown(note: str) -> str:
    """The note as Markdown that holds no HTML and no links but those to the web, to mail and within the atlas.

    A link elsewhere stays what was written, as text: its bracket is escaped.
    """
    plain = re.sub(r"<(?=[a-zA-Z/!?])", "&lt;", note)
    return _TARGET.sub(_shown, plain).strip()


def _shown(link: re.Match[str]) -> str:
    leads_elsewhere = link[2] is None or _SCHEME.match(_address(link[1]))
    return "\\" + link[0] if leads_elsewhere else link[0]


def _address(written: str) -> str:
    """What a browser makes of a link's target: character references, escapes and blanks are undone."""
    for _ in range(3):  # a reference may hold a reference
        written = unescape(written)
    return _IGNORED.sub("", re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", written)).lstrip("<")


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def _lower(token: Token) -> None:
    if token.type in ("heading_open", "heading_close"):
        token.tag = f"h{min(6, int(token.tag[1]) + _FIRST_HEADING - 1)}"
