"""What Redis says when it does not serve, as a problem: down, loading, full, read-only, unable to save.

Knows the errors by name and text, so that everybody can use it; what a refused command wrote is nothing.
"""

from __future__ import annotations

from backend.contracts.problems import KnownError

REFUSALS: dict[str, tuple[str, str, str]] = {
    "full": (
        "redis_full",
        "Redis has reached its memory limit (maxmemory), so no job can be queued",
        "Raise maxmemory of that Redis, or delete what else lies in it. Stored results stay readable; workers go on by "
        "themselves once there is room.",
    ),
    "read_only": (
        "redis_read_only",
        "Redis takes no writes: REDIS_URL names a read-only replica, or a failover is under way",
        "Let REDIS_URL name the primary; after a failover it goes on by itself. Stored results stay readable.",
    ),
    "cannot_save": (
        "redis_cannot_save",
        "Redis cannot write its own file (a full or unwritable disk), and refuses every change",
        "Free space on the disk of that Redis, or make its folder writable; it goes on by itself. Its log says more.",
    ),
    "loading": (
        "redis_loading",
        "Redis is still reading its file after a start",
        "It goes on by itself within seconds or minutes; try again in a moment.",
    ),
    "down": (
        "redis_unavailable",
        "Redis does not answer, so jobs can be neither queued nor listed just now",
        "Stored results stay readable; try again in a moment, or start Redis.",
    ),
}
"""By state: code of the problem, what is the matter, what to do."""


def redis_state(error: BaseException) -> str:
    """Return which of `REFUSALS` an error of Redis means; '' for one that is no refusal."""
    name, said = type(error).__name__, str(error)
    if name == "OutOfMemoryError" or said.startswith("OOM ") or "command not allowed when used memory" in said:
        return "full"
    if name in ("ReadOnlyError", "MasterDownError", "ClusterDownError") or said.startswith(("READONLY", "MASTERDOWN")):
        return "read_only"
    if said.startswith("MISCONF") or "MISCONF" in said:
        return "cannot_save"
    if name == "BusyLoadingError" or said.startswith("LOADING"):
        return "loading"
    return "down" if name in ("ConnectionError", "TimeoutError", "MaxConnectionsError") else ""


def redis_problem(state: str) -> KnownError:
    """Return the problem of one state of `REFUSALS`."""
    code, detail, hint = REFUSALS[state]
    return KnownError(code, detail, hint=hint, status=503)
