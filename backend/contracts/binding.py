"""Who may be let in: the rule that every process follows before it opens a port."""

from __future__ import annotations

import errno
import ipaddress
import socket
from urllib.parse import urlsplit

from backend.contracts.problems import KnownError

MIN_TOKEN_LENGTH = 16
LOOPBACK_NAMES = ["127.0.0.1", "localhost"]
"""Host headers that a process bound to loopback answers: a page elsewhere cannot rebind its name to us."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def require_sendable(token: str | None) -> None:
    """Refuse a token that no header can carry."""
    if token and not (token.isascii() and token.isprintable()):
        raise KnownError(
            "bad_setting",
            "LINGUA_ATLAS_TOKEN holds characters that no HTTP header can carry",
            hint="Use letters, digits and punctuation of ASCII, for instance of `openssl rand -hex 32`.",
        )


def require_token(host: str, token: str | None) -> None:
    """Refuse to open a port beyond loopback without a token, and everywhere one that is short or cannot be sent."""
    require_sendable(token)
    if token and len(token) < MIN_TOKEN_LENGTH:
        raise KnownError(
            "bad_setting",
            f"LINGUA_ATLAS_TOKEN has {len(token)} characters, and shorter than {MIN_TOKEN_LENGTH} can be guessed",
            hint="Set it to a long random text (`openssl rand -hex 32`), or unset it for this machine alone.",
        )
    if not is_loopback(host) and not token:
        raise KnownError(
            "token_required",
            f"binding to {host} lets other machines in, and LINGUA_ATLAS_TOKEN is not set",
            hint="Set LINGUA_ATLAS_TOKEN to a long random text, or bind to 127.0.0.1.",
        )


def require_port(host: str, port: int, setting: str) -> None:
    """Refuse a port that is none or that cannot be opened; `setting` is where people change it."""
    if not 0 < port < 2**16:
        raise KnownError("bad_setting", f"{setting} is {port}, which is no port", hint="Ports are 1 to 65535.")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _cannot_open(host, port, setting, error) from None


def _cannot_open(host: str, port: int, setting: str, error: OSError) -> KnownError:
    if error.errno == errno.EADDRINUSE:
        reason, todo = "is taken by another program", f"Choose another with {setting}"
    elif error.errno == errno.EACCES:
        reason, todo = "may not be opened by this user", f"Choose one above 1023 with {setting}"
    else:
        reason, todo = f"cannot be opened ({error.strerror})", "Bind to an address of this machine, such as 127.0.0.1"
    return KnownError("port_taken", f"port {port} on {host} {reason}", hint=f"{todo}.", status=409)


def require_redis_url(url: str) -> None:
    """Refuse an address that no Redis can have. It may hold a password, so it is never said."""
    try:
        known = urlsplit(url).scheme in ("redis", "rediss", "unix") and urlsplit(url).port != 0
    except ValueError:  # a port that is no number
        known = False
    if not known:
        raise KnownError(
            "bad_setting",
            "REDIS_URL is no address of a Redis",
            hint="It looks like redis://:PASSWORD@HOST:6379/0, rediss://... or unix:///PATH; "
            "in a password, only letters and digits need no percent-encoding.",
        )


def answered_hosts(host: str) -> list[str]:
    """Values of the Host header to answer when bound to `host`."""
    return LOOPBACK_NAMES if is_loopback(host) else ["*"]


KEEP_ALIVE_SECONDS = 60
"""How long a server keeps an idle connection open: longer than our clients do (httpx: 5 s), or a request that goes out
just as the server closes its end comes back as a read error."""
