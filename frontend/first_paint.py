"""What a browser shows before any script has run: the colours of the scheme and the head of every page.

The shell takes the place of it as soon as it is drawn (events.js, `mark_navigation`). Knows no data.
"""

from __future__ import annotations

from collections.abc import Collection
from html import escape

from frontend import navigation

LAYOUT, WIRES = "/_dash-layout", "/_dash-dependencies"

_SCHEME = (
    "<script>(function () {"
    'var chosen = null; try { chosen = localStorage.getItem("mantine-color-scheme-value"); } catch (error) {}'
    'if (chosen !== "light" && chosen !== "dark")'
    ' chosen = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";'
    "document.documentElement.dataset.mantineColorScheme = chosen;"
    "})();</script>"
)
"""As Mantine chooses it later: a dark page that begins white hurts."""
_ICON = (
    '<link rel="icon" type="image/svg+xml" href="data:image/svg+xml,'
    "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%23475fb0' stroke-width='2'%3E"
    "%3Ccircle cx='12' cy='12' r='9'/%3E%3Cpath d='M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18'/%3E%3C/svg%3E\">"
)
"""In the page itself: a browser reads the icon again with every new title."""


def painted(index: str, paths: Collection[str]) -> str:
    """Dash's index with the first picture in it; `paths` are those of the known pages."""
    early = "".join(f'<link rel="preload" as="fetch" href="{path}" crossorigin>' for path in (LAYOUT, WIRES))
    index = index.replace("{%favicon%}", _ICON).replace("{%css%}", _SCHEME + "{%css%}" + early)
    return index.replace("{%app_entry%}", _head(paths) + "{%app_entry%}")


def _head(paths: Collection[str]) -> str:
    # No links: for the moment that this stands there nothing is to be reached by keyboard twice.
    places = "".join(
        f'<span class="atlas-nav-link"><span class="icon icon-{place.drawing}" style="width:18px;height:18px"></span>'
        f'<span class="atlas-nav-label">{escape(place.label)}</span></span>'
        for place in navigation.places(paths)
    )
    return (
        '<div class="first" aria-hidden="true"><div class="atlas-header-row"><span class="atlas-brand">'
        '<span class="icon icon-logo" style="width:24px;height:24px"></span>'
        f'<span class="atlas-brand-name">Lingua Atlas</span></span><span class="atlas-nav">{places}</span></div></div>'
    )
