"""Who may be let in: the rule that every process follows before it opens a port."""

from __future__ import annotations

import ipaddress

from backend.contracts.problems import KnownError

LOOPBACK_NAMES = ["127.0.0.1", "localhost"]
"""Host headers that a process bound to loopback answers: a page elsewhere cannot rebind its name to us."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def require_token(host: str, token: str | None) -> None:
    """Refuse to open a port beyond loopback without a token."""
    if not is_loopback(host) and not token:
        raise KnownError(
            "token_required",
            f"binding to {host} lets other machines in, and LINGUA_ATLAS_TOKEN is not set",
            hint="Set LINGUA_ATLAS_TOKEN to a long random text, or bind to 127.0.0.1.",
        )


def answered_hosts(host: str) -> list[str]:
    """Values of the Host header to answer when bound to `host`."""
    return LOOPBACK_NAMES if is_loopback(host) else ["*"]


KEEP_ALIVE_SECONDS = 60
"""How long a server keeps an idle connection open: longer than our clients do (httpx: 5 s), or a request that goes out
just as the server closes its end comes back as a read error."""
