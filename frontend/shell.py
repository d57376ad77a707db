"""The frame around every page: header, navigation, job bar, stores that pages share.

Ids that pages may use are members of `ShellId`; each says what flows through it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from frontend import glossary, navigation, theme, urls
from frontend.panels import hand, report_add, view_menu
from frontend.panels.problem import problem_alert

__all__ = ["ShellId", "family_tabs", "hint", "icon", "layout", "page_header", "problem_alert", "term"]


class ShellId(StrEnum):
    """Ids of the shell."""

    LOCATION = "shell-location"
    SCHEME = "shell-scheme"
    """Store, `light` or `dark`: an Input of every figure."""
    EVENTS = "shell-events"
    """Store, the latest StateEvent of any job as JSON (progress at most twice a second)."""
    CHANGED = "shell-changed"
    """Store, the latest StateEvent that brought a new state (queued, running, done...), twice a second at most:
    a sign to read again, not a list of all that happened."""
    ENDED = "shell-ended"
    """Store, the latest StateEvent with which a job ended: the Input for refreshing results."""
    TICK = "shell-tick"
    """Interval of 2 s, running only while the event stream is down."""
    WORKER_TICK = "shell-worker-tick"
    """Interval of 2 s, running only while no worker is there: no event tells of one that starts."""
    QUERY = "shell-query"
    """Store, view state as a flat dict: what a page puts here replaces the query in the address bar
    without a new page or a history entry (use `allow_duplicate=True`)."""
    MODEL = "shell-model"
    """Store (kept in the browser), name of the chosen model."""
    NOTIFICATIONS = "shell-notifications"
    """NotificationContainer: `Output(..., "sendNotifications", allow_duplicate=True)`."""
    PAGE = "shell-page"
    TOGGLE = "shell-scheme-toggle"
    MODEL_SELECT = "shell-model-select"
    MODEL_HINT = "shell-model-hint"
    JOB_BAR = "shell-job-bar"
    JOB_PROGRESS = "shell-job-progress"
    JOB_TEXT = "shell-job-text"
    JOB_CANCEL = "shell-job-cancel"
    DEVICE = "shell-device"
    STREAM = "shell-stream"


INDEX = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <title>{%title%}</title>
        {%favicon%}
        {%css%}
    </head>
    <body>
        {%app_entry%}
        {%config%}
        {%scripts%}
        {%renderer%}
    </body>
</html>
"""
"""Dash's own page, with a language and without a footer of its own: the job bar is the only one."""


def icon(name: str, size: int = 18) -> html.Span:
    """A drawing of `icons.css`, in the colour of the text around it; silent for screen readers."""
    return html.Span(className=f"icon icon-{name}", style={"width": size, "height": size}, **{"aria-hidden": "true"})


def hint(words: Any, explanation: str, *, entry: str | None = None) -> dmc.Tooltip:
    """Words with their explanation on hover and on keyboard focus, told to screen readers as their description.

    Where they name a term of the glossary, or `entry` does, its equation stands below.
    """
    found = glossary.find(entry or words) if entry or isinstance(words, str) else None
    return dmc.Tooltip(
        html.Span(words, className="atlas-term"),
        # The focus belongs where the description does: on the box that Dash puts around the words.
        boxWrapperProps={"tabIndex": 0},
        label=[explanation, *_exactly(found)] if found else explanation,
        events=_ALL_WAYS,
        openDelay=150,
    )


def term(name: str, words: Any = None) -> dmc.Tooltip:
    """A term of the glossary, as it is called there or as `words`, with its sentence and its equation."""
    entry = glossary.find(name)
    if entry is None:
        raise LookupError(f"{name!r} is not in the glossary: add it to frontend/glossary")
    return hint(words or name, entry.sentence, entry=name)


def _exactly(entry: glossary.Entry) -> list[html.Span]:
    lines = (("term-equation", entry.equation), ("term-source", entry.source))
    return [html.Span(text, className=name) for name, text in lines if text]


_ALL_WAYS = {"hover": True, "focus": True, "touch": True}


def page_header(title: str, lead: Any = None, *, right: Any = None) -> dmc.Group:
    """The head of a page: title, one sentence, actions on the right."""
    text = dmc.Stack(
        [dmc.Title(title, order=1, className="atlas-title"), dmc.Text(lead, c="dimmed", size="sm") if lead else None],
        gap=2,
    )
    return dmc.Group(
        [text, dmc.Group(right, gap="xs") if right is not None else None], justify="space-between", mb="md"
    )


def layout(paths: Collection[str]) -> dmc.MantineProvider:
    """The whole frame, without data: every part fills itself from the API. `paths` are those of the known pages."""
    return dmc.MantineProvider(
        [
            dcc.Location(id=ShellId.LOCATION, refresh="callback-nav"),
            dcc.Store(id=ShellId.SCHEME),
            dcc.Store(id=ShellId.EVENTS),
            dcc.Store(id=ShellId.CHANGED),
            dcc.Store(id=ShellId.ENDED),
            dcc.Store(id=ShellId.QUERY),
            dcc.Store(id=ShellId.MODEL, storage_type="local"),
            dcc.Interval(id=ShellId.TICK, interval=2000),
            dcc.Interval(id=ShellId.WORKER_TICK, interval=2000),
            dmc.NotificationContainer(id=ShellId.NOTIFICATIONS, position="bottom-right", autoClose=6000),
            *hand.parts(paths),
            view_menu.drawer(),
            report_add.modal(),
            html.A("Skip to the page", href="#shell-page", className="atlas-skip"),
            dmc.AppShell(
                [
                    dmc.AppShellHeader(_header(paths), className="atlas-header"),
                    dmc.AppShellMain(html.Div(id=ShellId.PAGE, className="atlas-page", tabIndex=-1)),
                    dmc.AppShellFooter(_job_bar(), className="atlas-footer"),
                ],
                header={"height": 56},
                footer={"height": 44},
                padding=0,
            ),
        ],
        theme=theme.MANTINE,
        defaultColorScheme="auto",
    )


def _header(paths: Collection[str]) -> html.Div:
    brand = dcc.Link(
        [icon("logo", 24), html.Span("Lingua Atlas", className="atlas-brand-name")],
        href=urls.link("start"),
        className="atlas-brand",
        title="Lingua Atlas",
    )
    return html.Div(
        [
            brand,
            html.Nav(
                [_nav_link(place) for place in navigation.places(paths)],
                className="atlas-nav",
                **{"aria-label": "Pages", "data-heads": json.dumps(navigation.heads())},
            ),
            html.Div(
                [
                    view_menu.button(icon("open", 15)),
                    *hand.buttons(icon("search", 16)),
                    _model_switcher(),
                    _scheme_toggle(),
                ],
                className="atlas-header-right",
            ),
        ],
        className="atlas-header-row",
    )


def _nav_link(place: navigation.Place) -> dcc.Link:
    return dcc.Link(
        [icon(place.drawing), html.Span(place.label, className="atlas-nav-label")],
        href=urls.link(place.page),
        className="atlas-nav-link",
        title=place.explanation,
        id=nav_id(place.page),
    )


def family_tabs(path: str, paths: Collection[str]) -> html.Nav | None:
    """The pages that belong together, one sentence each; nothing for a page that stands alone."""
    tabs = navigation.tabs(path, paths)
    if len(tabs) < 2:
        return None
    name = navigation.heads()[path]["head"].strip("/")
    return html.Nav([_tab(tab, path) for tab in tabs], className="atlas-tabs", **{"aria-label": f"Pages about {name}"})


def _tab(tab: navigation.Tab, path: str) -> html.Div:
    # A dcc.Link takes no aria-current, so the element around it does.
    is_shown = urls.PATHS[tab.page] == path
    link = dcc.Link(
        [html.Span(tab.label, className="atlas-tab-name"), html.Span(tab.sentence, className="atlas-tab-sentence")],
        href=urls.link(tab.page),
        className="atlas-tab",
    )
    return html.Div(link, **({"aria-current": "page"} if is_shown else {}))


def nav_id(page: str) -> dict[str, str]:
    """Id of one link of the navigation."""
    return {"type": "shell-nav", "page": str(page)}


def _model_switcher() -> dmc.Select:
    return dmc.Select(
        id=ShellId.MODEL_SELECT,
        data=[],
        placeholder="No model yet",
        allowDeselect=False,
        size="xs",
        className="atlas-model",
        leftSection=icon("model", 15),
        comboboxProps={"width": 300, "position": "bottom-end"},
        **{"aria-label": "Model shown on all pages"},
    )


def _scheme_toggle() -> dmc.ColorSchemeToggle:
    return dmc.ColorSchemeToggle(
        id=ShellId.TOGGLE,
        lightIcon=icon("moon", 17),
        darkIcon=icon("sun", 17),
        variant="subtle",
        color="gray",
        size="md",
        **{"aria-label": "Switch between light and dark"},
    )


def _job_bar() -> html.Div:
    return html.Div(
        [
            html.Div(id=ShellId.JOB_BAR, className="atlas-jobs"),
            html.Div(
                [
                    html.Span(id=ShellId.STREAM, className="atlas-stream"),
                    html.Div(id=ShellId.DEVICE, className="atlas-device"),
                ],
                className="atlas-footer-right",
            ),
        ],
        className="atlas-footer-row",
        role="status",
    )
