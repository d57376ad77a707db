"""Views: what an address of the page shows, drawn here, as plotly figures and pandas tables.

The one place, beside the command that prints a view, that knows of the page; by name and only when asked (ADR 0007).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from backend.client.results import Results
from backend.contracts.problems import KnownError

if TYPE_CHECKING:
    import pandas
    import plotly.graph_objects as go

    from frontend.views import View


class Views(Results):
    """What pages show."""

    def view(self, shown: str) -> View:
        """Figures, tables, texts and sources of an address (`/languages?result=...`) or of a result's key."""
        address = shown if "/" in shown or "?" in shown else self._address_of(shown)
        return import_module("frontend.views").render(address, self)

    def figures(self, shown: str) -> dict[str, go.Figure]:
        """All figures of a view by name, as the page draws them."""
        return {picture.told.name: picture.figure for picture in self.view(shown).pictures}

    def figure(self, shown: str, name: str | None = None) -> go.Figure:
        """One figure of a view, the first without a name."""
        return self.view(shown).picture(name).figure

    def frame(self, shown: str, name: str | None = None) -> pandas.DataFrame:
        """One table of a view, the first without a name; numbers as exact as they are known."""
        frames = _pandas()
        table = self.view(shown).table(name)
        return frames.DataFrame(list(table.rows), columns=list(table.columns))

    def _address_of(self, key: str) -> str:
        manifest = self.manifest(key)
        request = manifest.request
        return import_module("frontend.urls").open_result(request.kind, manifest.key, manifest.provenance.model)


def _pandas() -> Any:
    try:
        return import_module("pandas")
    except ImportError:
        raise KnownError(
            "no_pandas",
            "tables come as pandas.DataFrame, and pandas is not installed",
            hint='Install it with `pip install "lingua-atlas[notebook]"`.',
            status=501,
        ) from None
