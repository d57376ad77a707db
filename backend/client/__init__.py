"""Typed HTTP client of the atlas: the dashboard, the command line and notebooks use it.

Knows contracts and HTTP, nothing of Redis or the disk. From a notebook:

    from backend.client import Client
    atlas = Client()  # the atlas of this machine: the address of its page, and /api
    atlas.figure("/languages")  # what that page shows, as plotly figures; tables are `frame("/languages")`
"""

from __future__ import annotations

from backend.client.catalog import Catalog
from backend.client.jobs import Jobs
from backend.client.maps import Maps
from backend.client.reports import Reports
from backend.client.results import Results
from backend.client.views import Views


class Client(Views, Jobs, Results, Maps, Catalog, Reports):
    """One API. Every known failure is raised as `KnownError`; use as a context manager, or `close()` it.

    Maps (`tile`, `marginals`, `cell`, `grid`) are about a result (`key`) or about the weights of an
    opened model (`model=`): name exactly one of them. Views (`view`, `figure`, `frame`) are addresses of pages.
    """
