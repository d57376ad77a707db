"""Which page is shown for an address, and what the frame shows around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from frontend import hand, job_bar, shell, urls, view_menu
from frontend.addresses import expanded, owned
from frontend.shell import ShellId


class PageModule(Protocol):
    """What every module of `frontend.pages` offers.

    A page that changes what it shows by itself when its address changes names a component of its own as `FOLLOWS`:
    while that is there, it is not built anew.
    """

    PATH: str
    TITLE: str
    ICON: str

    def layout(self, query: dict[str, str], api: Client) -> Any:
        """The page of one view state; may raise KnownError, which the frame shows."""

    def register(self, app: Dash, api: Client) -> None:
        """Connect the page's handlers."""


def show_page(
    pathname: str | None, search: str | None, model: str | None, *, pages: Sequence[PageModule], api: Client
) -> Any:
    """The page of an address; `query["model"]` is filled in with the chosen model where it is missing."""
    page = next((page for page in pages if (pathname or "/").rstrip("/") == page.PATH or pathname == page.PATH), None)
    if page is None:
        return not_found(pathname or "/")
    try:
        query = owned(expanded(urls.parse(search), api), api)
        if model and "model" not in query and any(known.name == model for known in api.models()):
            query["model"] = model
        shown = page.layout(query, api)
    except KnownError as error:
        shown = dmc.Stack([shell.page_header(page.TITLE), shell.problem_alert(error.problem)])
    tabs = shell.family_tabs(page.PATH, [page.PATH for page in pages])
    return [tabs, shown] if tabs else shown


def followers(pages: Sequence[PageModule]) -> dict[str, str]:
    """Paths of the pages that follow their address by themselves, with the component that tells that they do."""
    return {page.PATH: page.FOLLOWS for page in pages if hasattr(page, "FOLLOWS")}


def stays(pathname: str | None, search: str | None, shown: Mapping[str, str | None]) -> bool:
    """Whether the page of the address is there and follows it; what a result means is found by building it anew."""
    return bool(shown.get((pathname or "/").rstrip("/"))) and "result" not in urls.parse(search)


def not_found(pathname: str) -> dmc.Center:
    """A friendly answer to an address that nobody knows."""
    return dmc.Center(
        dmc.Stack(
            [
                shell.icon("compass", 56),
                dmc.Title("Off the map", order=1, className="atlas-title"),
                dmc.Text(["Nothing lives at ", dmc.Code(pathname), ". The pages are in the header above."], c="dimmed"),
                dmc.Anchor("Back to Start", href=urls.link("start")),
            ],
            align="center",
            gap="sm",
        ),
        mih="60vh",
    )


def model_choices(api: Client, chosen: str | None, wanted: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """Options of the model switcher and the model shown: of the address, else the chosen, else the newest."""
    models = [model for model in api.models() if model.status != "vanished"]
    names = [model.name for model in models]
    newest = max(models, key=lambda model: model.opened_at).name if models else None
    shown = next((name for name in (wanted, chosen) if name in names), newest)
    return [{"value": name, "label": name} for name in names], shown


def fill_model_switcher(_event: Any, search: str | None, chosen: str | None, *, api: Client) -> tuple[Any, Any, Any]:
    """Refresh the switcher; while the API is away it keeps what it shows."""
    try:
        query = owned(expanded(urls.parse(search), api), api)
        options, shown = model_choices(api, chosen, query.get("model"))
    except KnownError:
        return no_update, no_update, no_update
    return options, shown, shown if shown != chosen else no_update


def register(app: Dash, api: Client, pages: Sequence[PageModule]) -> None:
    """Connect address, model switcher, colour scheme and job bar."""
    following = followers(pages)

    @app.callback(
        Output(ShellId.PAGE, "children"),
        Input(ShellId.LOCATION, "pathname"),
        Input(ShellId.LOCATION, "search"),
        State(ShellId.MODEL, "data"),
        *(State(component, "id", allow_optional=True) for component in following.values()),
    )
    def _page(pathname: str | None, search: str | None, model: str | None, *present: str | None) -> Any:
        if stays(pathname, search, dict(zip(following, present, strict=True))):
            return no_update
        return show_page(pathname, search, model, pages=pages, api=api)

    @app.callback(
        Output(ShellId.MODEL_SELECT, "data"),
        Output(ShellId.MODEL_SELECT, "value"),
        Output(ShellId.MODEL, "data"),
        Input(ShellId.ENDED, "data"),
        Input(ShellId.LOCATION, "search"),
        State(ShellId.MODEL, "data"),
    )
    def _models(event: Any, search: str | None, chosen: str | None) -> Any:
        return fill_model_switcher(event, search, chosen, api=api)

    _register_clientside(app)
    job_bar.register(app, api)
    hand.register(app, api, [page.PATH for page in pages])
    view_menu.register(app, api)


def _register_clientside(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("shell", "scheme"),
        Output(ShellId.SCHEME, "data"),
        Input(ShellId.TOGGLE, "computedColorScheme"),
    )
    app.clientside_callback(
        ClientsideFunction("shell", "remember"),
        Output(ShellId.QUERY, "id"),
        Input(ShellId.QUERY, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("shell", "switch_model"),
        Output(ShellId.MODEL, "data", allow_duplicate=True),
        Input(ShellId.MODEL_SELECT, "value"),
        State(ShellId.MODEL, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("shell", "mark_navigation"),
        Output(ShellId.PAGE, "data-path"),
        Input(ShellId.LOCATION, "pathname"),
    )
    app.clientside_callback(
        ClientsideFunction("shell", "connect"), Output(ShellId.TICK, "id"), Input(ShellId.TICK, "n_intervals")
    )
