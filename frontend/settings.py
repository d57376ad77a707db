"""What the dashboard process is told from outside, read once at the entry."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple, Self

from backend.contracts.problems import KnownError


class FrontendSettings(NamedTuple):
    """Where the API is, and where this dashboard listens."""

    api_url: str = "http://127.0.0.1:8051"
    token: str = ""
    """Sent to the API with every request; the browser never sees it."""
    host: str = "127.0.0.1"
    port: int = 8050
    max_body_bytes: int = 2_000_000
    """Of a request to the API, as the API has it."""
    max_import_bytes: int = 64_000_000
    """Of an uploaded file, and of what the page's own handlers are sent."""

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read `LINGUA_ATLAS_API_URL`, `_TOKEN`, `_HOST`, `_DASHBOARD_PORT`, `_MAX_BODY_BYTES`, `_MAX_IMPORT_BYTES`."""
        defaults = cls()
        return cls(
            api_url=environment.get("LINGUA_ATLAS_API_URL") or defaults.api_url,
            token=environment.get("LINGUA_ATLAS_TOKEN", ""),
            host=environment.get("LINGUA_ATLAS_HOST") or defaults.host,
            port=_number(environment, "LINGUA_ATLAS_DASHBOARD_PORT", defaults.port),
            max_body_bytes=_number(environment, "LINGUA_ATLAS_MAX_BODY_BYTES", defaults.max_body_bytes),
            max_import_bytes=_number(environment, "LINGUA_ATLAS_MAX_IMPORT_BYTES", defaults.max_import_bytes),
        )


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    given = environment.get(name) or str(default)
    if not given.isdecimal():
        raise KnownError(
            "bad_setting", f"{name} is {given!r}, which is no number", hint=f"Unset it, or give one such as {default}."
        )
    return int(given)
