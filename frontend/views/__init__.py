"""Views outside the page: `render("/languages?result=...", api)`."""

from __future__ import annotations

from importlib import import_module

from backend.client import Client
from backend.contracts.problems import KnownError
from frontend import urls
from frontend.addresses import expanded, owned
from frontend.views.base import Cell, Passage, Picture, Renderer, Table, View

__all__ = ["Cell", "Passage", "Picture", "Renderer", "Table", "View", "render"]

_PAGES = {path: page for page, path in urls.PATHS.items()}


def render(address: str, api: Client) -> View:
    """What an address shows: `/atlas?model=gemma-3-270m&matrix=3.attn.q`, with or without a host before it.

    Raises `unknown_view` for an address of no page, else what the page's own renderer raises.
    """
    path, query = urls.split(address)
    page = _PAGES.get(path)
    if page is None:
        pages = ", ".join(sorted(_PAGES))
        raise KnownError(
            "unknown_view",
            f"{address!r} is the address of no page",
            hint=f"An address is the path of a page and its query, as the browser shows it. The pages are {pages}.",
            status=404,
        )
    return _renderer(page, path)(owned(expanded(query, api), api), api)


def _renderer(page: str, path: str) -> Renderer:
    name = f"frontend.views.{page}"
    try:
        found: Renderer = import_module(name).view
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise KnownError(
            "no_view",
            f"{path} has no numbers or pictures of its own",
            hint="Its views have: open one. `lingua-atlas reports` lists and writes whole reports.",
            title="Nothing to take along",
            status=404,
        ) from None
    return found
