"""Typed HTTP client of the atlas: the dashboard, the command line and notebooks use it.

Knows contracts and HTTP, nothing of Redis or the disk. From a notebook:

    from backend.client import Client
    atlas = Client("http://127.0.0.1:8051")
    values, header = atlas.tile(model="gemma-3-270m", matrix="3.attn.q", reducer="max_abs_weight")
"""

from __future__ import annotations

from backend.client.catalog import Catalog
from backend.client.jobs import Jobs
from backend.client.maps import Maps
from backend.client.results import Results


class Client(Jobs, Results, Maps, Catalog):
    """One API. Every known failure is raised as `KnownError`; use as a context manager, or `close()` it.

    Views (`tile`, `marginals`, `cell`, `grid`) are about a result (`key`) or about the weights of an
    opened model (`model=`): name exactly one of them.
    """
