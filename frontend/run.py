"""Entry of the dashboard process: `python -m frontend.run`."""

from __future__ import annotations

import sys

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware

from backend.client import Client
from backend.contracts.binding import KEEP_ALIVE_SECONDS, answered_hosts, require_port, require_token
from backend.contracts.problems import KnownError
from frontend.app import create_app
from frontend.settings import FrontendSettings


def main() -> None:
    """Serve the dashboard with the settings of the environment until a signal ends it."""
    settings = FrontendSettings.of()
    require_token(settings.host, settings.token)
    require_port(settings.host, settings.port, "LINGUA_ATLAS_DASHBOARD_PORT")
    app = create_app(settings, Client(settings.api_url, token=settings.token or None))
    uvicorn.run(
        TrustedHostMiddleware(app, allowed_hosts=answered_hosts(settings.host)),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        # Open event streams would hold the process for ever; browsers reconnect by themselves.
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    try:
        main()
    except KnownError as error:
        print(f"error {error.problem.detail}\n{error.problem.hint}", file=sys.stderr)
        sys.exit(2)
