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

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read `LINGUA_ATLAS_API_URL`, `_TOKEN`, `_HOST` and `_DASHBOARD_PORT`."""
        defaults = cls()
        return cls(
            api_url=environment.get("LINGUA_ATLAS_API_URL") or defaults.api_url,
            token=environment.get("LINGUA_ATLAS_TOKEN", ""),
            host=environment.get("LINGUA_ATLAS_HOST") or defaults.host,
            port=_port(environment.get("LINGUA_ATLAS_DASHBOARD_PORT") or str(defaults.port)),
        )


def _port(given: str) -> int:
    if not given.isdecimal():
        raise KnownError(
            "bad_setting",
            f"LINGUA_ATLAS_DASHBOARD_PORT is {given!r}, which is no number",
            hint="Unset it, or give one such as 8050.",
        )
    return int(given)
