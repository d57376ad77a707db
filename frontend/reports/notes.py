"""Notes are Markdown; what was written in them never becomes markup, script or a picture from elsewhere."""

from __future__ import annotations

import re
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

_FIRST_HEADING = 4
"""Notes stand below the heading of their view, which is of level 2, and of its figures."""
_OTHER_SCHEME = re.compile(r"(\]\(\s*|^\s*\[[^\]]+\]:\s*)(?!(?:https?|mailto):)<?[a-z][a-z0-9+.-]*:", re.I | re.M)


def html(note: str) -> str:
    """The note as HTML: raw HTML is shown as it was written, a picture as its link, `javascript:` not at all."""
    tokens = _reader().parse(note)
    for token in tokens:
        _lower(token)
    text: str = _reader().renderer.render(tokens, _reader().options, {})
    return text


def markdown(note: str) -> str:
    """The note as Markdown that holds no HTML and no links but those to the web, to mail and within the atlas."""
    plain = re.sub(r"<(?=[a-zA-Z/!?])", "&lt;", note)
    return _OTHER_SCHEME.sub(r"\1#", plain).strip()


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def _lower(token: Token) -> None:
    if token.type in ("heading_open", "heading_close"):
        token.tag = f"h{min(6, int(token.tag[1]) + _FIRST_HEADING - 1)}"
