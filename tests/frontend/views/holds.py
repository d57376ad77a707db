"""An address rendered, and held against what must be true of every view."""

from __future__ import annotations

import json
from typing import Any

from frontend import urls
from frontend.views import View, render
from tests.frontend.views.whole import whole


def holds(address: str, api: Any) -> View:
    """The view of an address, after it was looked at: told figures, exact tables, an address that gives it again."""
    view = whole(render(address, api), api)
    assert view.address.split("?")[0] == urls.split(address)[0]
    assert view.lead.endswith((".", "?")), view.lead
    for picture in view.pictures:
        assert picture.told.description.endswith((".", ").")), picture.told
    for table in view.tables:
        json.dumps(table.rows, allow_nan=False)
    return view
