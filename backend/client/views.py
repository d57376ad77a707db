"""Views: what an address of the page shows, drawn here, as plotly figures and pandas tables.

The one place, beside the command that prints a view, that knows of the page; by name and only when asked (ADR 0007).
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from backend.client.results import Results
from backend.contracts.base import KEY_LENGTH
from backend.contracts.perplexity_words import with_states
from backend.contracts.problems import KnownError
from backend.contracts.reports import MIN_BEGINNING

if TYPE_CHECKING:
    import pandas
    import plotly.graph_objects as go

    from frontend.views import View

_KEY = re.compile(rf"[0-9a-f]{{{MIN_BEGINNING},{KEY_LENGTH}}}")
_KEYS = (
    f"key is {KEY_LENGTH} hexadecimal digits, or its first {MIN_BEGINNING} and more. `lingua-atlas results` lists them."
)


class Views(Results):
    """What pages show."""

    def view(self, shown: str) -> View:
        """Figures, tables, texts and sources of an address (`/languages?result=...`) or of a result's key.

        A key may be cut to an unambiguous beginning, as in an address.
        """
        address = shown if "/" in shown or "?" in shown else self._address_of(shown)
        return import_module("frontend.views").render(address, self)

    def figures(self, shown: str) -> dict[str, go.Figure]:
        """All figures of a view by name, as the page draws them."""
        return {picture.told.name: picture.figure for picture in self.view(shown).pictures}

    def figure(self, shown: str, name: str | None = None) -> go.Figure:
        """One figure of a view, the first without a name."""
        return self.view(shown).picture(name).figure

    def frame(self, shown: str, name: str | None = None) -> pandas.DataFrame:
        """One table of a view, the first without a name; numbers exact, lost ones with their state beside."""
        frames = _pandas()
        table = self.view(shown).table(name)
        columns, rows = with_states(table.columns, table.rows)
        return frames.DataFrame(rows, columns=list(columns))

    def whole_key(self, beginning: str) -> str:
        """The key that begins so; raises KnownError where several do, or none. A whole key is given back unasked."""
        if not _KEY.fullmatch(beginning):
            raise KnownError("not_a_key", f"{beginning!r} is not the key of a result", hint=f"A {_KEYS}", status=404)
        whole: str = import_module("frontend.addresses").expanded({"result": beginning}, self)["result"]
        return whole

    def _address_of(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            detail = f"{key!r} is neither an address nor the key of a result"
            hint = f"An address begins with a slash (`/atlas?model=...`); a {_KEYS}"
            raise KnownError("not_a_view", detail, hint=hint, status=404)
        manifest = self.manifest(self.whole_key(key))
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
