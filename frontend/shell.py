"""The frame around every page: header, navigation, job bar, stores that pages share.

Ids that pages may use are members of `ShellId`; each says what flows through it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from frontend import theme, urls
from frontend.panels.problem import problem_alert

__all__ = ["ShellId", "hint", "icon", "layout", "page_header", "problem_alert"]


class ShellId(StrEnum):
    """Ids of the shell."""

    LOCATION = "shell-location"
    SCHEME = "shell-scheme"
    """Store, `light` or `dark`: an Input of every figure."""
    EVENTS = "shell-events"
    """Store, the latest StateEvent of any job as JSON (progress at most twice a second)."""
    CHANGED = "shell-changed"
    """Store, the latest StateEvent that brought a new state (queued, running, done...)."""
    ENDED = "shell-ended"
    """Store, the latest StateEvent with which a job ended: the Input for refreshing results."""
    TICK = "shell-tick"
    """Interval of 2 s, running only while the event stream is down."""
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


NAVIGATION = (
    (urls.Page.START, "Start", "home", "Models, preparation, corpora"),
    (urls.Page.ATLAS, "Atlas", "atlas", "Where a language sits in the weights"),
    (urls.Page.TOUCH, "Touch", "touch", "Change a weight and read what happens to the text"),
    (urls.Page.REGIONS, "Regions", "regions", "Remove a region and measure what is lost"),
    (urls.Page.LANGUAGES, "Languages", "languages", "How alike languages look inside the model"),
    (urls.Page.RUNS, "Runs", "runs", "Everything queued, running and done"),
)


def icon(name: str, size: int = 18) -> html.Span:
    """A drawing of `icons.css`, in the colour of the text around it; silent for screen readers."""
    return html.Span(className=f"icon icon-{name}", style={"width": size, "height": size}, **{"aria-hidden": "true"})


def hint(term: Any, explanation: str) -> dmc.Tooltip:
    """A term with its explanation on hover and on keyboard focus."""
    return dmc.Tooltip(
        html.Span(term, className="atlas-term", tabIndex=0), label=explanation, events=_ALL_WAYS, openDelay=150
    )


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


def layout() -> dmc.MantineProvider:
    """The whole frame, without data: every part fills itself from the API."""
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
            dmc.NotificationContainer(id=ShellId.NOTIFICATIONS, position="bottom-right", autoClose=6000),
            html.A("Skip to the page", href="#shell-page", className="atlas-skip"),
            dmc.AppShell(
                [
                    dmc.AppShellHeader(_header(), className="atlas-header"),
                    dmc.AppShellMain(html.Main(id=ShellId.PAGE, className="atlas-page", tabIndex=-1)),
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


def _header() -> html.Div:
    brand = dcc.Link(
        [icon("logo", 24), html.Span("Lingua Atlas", className="atlas-brand-name")],
        href=urls.link("start"),
        className="atlas-brand",
        title="Lingua Atlas",
    )
    return html.Div(
        [
            brand,
            html.Nav([_nav_link(*entry) for entry in NAVIGATION], className="atlas-nav", **{"aria-label": "Pages"}),
            html.Div([_model_switcher(), _scheme_toggle()], className="atlas-header-right"),
        ],
        className="atlas-header-row",
    )


def _nav_link(page: urls.Page, label: str, drawing: str, explanation: str) -> dcc.Link:
    return dcc.Link(
        [icon(drawing), html.Span(label, className="atlas-nav-label")],
        href=urls.link(page),
        className="atlas-nav-link",
        title=explanation,
        id=nav_id(page),
    )


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
        w=190,
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
