"""Entry of the dashboard process: `python -m frontend.run`."""

from __future__ import annotations

import uvicorn

from backend.client import Client
from frontend.app import create_app
from frontend.settings import FrontendSettings


def main() -> None:
    """Serve the dashboard with the settings of the environment until a signal ends it."""
    settings = FrontendSettings.of()
    app = create_app(settings, Client(settings.api_url, token=settings.token or None))
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        # Open event streams would hold the process for ever; browsers reconnect by themselves.
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
