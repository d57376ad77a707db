"""Paths that mean one thing to everybody: what the page passes on to the API, and what a client asks of it."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes


def is_plain(path: bytes) -> bool:
    """Whether a raw path (percent-encoded, without query) is read alike by every server, proxy and library.

    `/` and non-empty segments between single slashes; no segment is or hides `.`, `..`, a slash, a backslash, a control
    character or a second layer of percent-encoding. RFC 3986, 3.3 and 5.2.4: what is refused here is what somebody
    else would merge, decode once more or take for an authority.
    """
    if path == b"/":
        return True
    start, *segments = path.split(b"/")
    return start == b"" and bool(segments) and all(_is_plain_segment(segment) for segment in segments)


def _is_plain_segment(segment: bytes) -> bool:
    if any(byte <= 0x20 or byte >= 0x7F for byte in segment) or any(mark in segment for mark in b"?#"):
        return False
    meant = unquote_to_bytes(segment)
    if any(byte < 0x20 or byte == 0x7F for byte in meant) or any(mark in meant for mark in b"/\\%"):
        return False
    return meant not in (b"", b".", b"..")
