"""The API as `lingua-atlas up` starts it, but it looks after lost jobs more often: short rounds have no time."""

from __future__ import annotations

from functools import partial

from backend import app, cli
from backend.jobs.reaper import Reaper, reap_forever

app.reap_forever = partial(reap_forever, every_seconds=0.3)
app.Reaper = partial(Reaper, doubt_seconds=1.0)  # type: ignore[misc,assignment]

if __name__ == "__main__":
    cli.api()
