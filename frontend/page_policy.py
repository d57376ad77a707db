"""The content security policy of the page: its own scripts and nothing else, inline ones by their hash."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache

_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL | re.IGNORECASE)


def hash_of(code: str) -> str:
    """An inline script or style as a policy names it (CSP level 3, 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"


@lru_cache(maxsize=8)
def policy_of(page: str) -> str:
    """What a page may run and load: every inline script that stands in it now, and files of its own origin.

    Styles may be inline: Mantine and plotly write style elements while they run. `data:` and `blob:` are pictures that
    are being exported.
    """
    hashes = {
        hash_of(found["code"]): None
        for found in _SCRIPT.finditer(page)
        if "src=" not in found["attributes"] and "application/json" not in found["attributes"]
    }
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self'", *hashes]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data: blob:",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        ]
    )
