"""What must hold for every view of every page."""

from __future__ import annotations

import json
from typing import Any

from frontend import urls, views
from frontend.views import View


def holds(address: str, api: Any) -> View:
    """Render an address and hold the view against the contract of `frontend.views.base`; the view comes back."""
    view = views.render(address, api)
    told = [picture.told for picture in view.pictures]
    assert len({one.name for one in told}) == len(told), [one.name for one in told]
    for one, picture in zip(told, view.pictures, strict=True):
        assert one.name and one.title and one.description.endswith("."), one
        json.loads(picture.figure.to_json())
    assert len({table.name for table in view.tables}) == len(view.tables)
    assert len({passage.name for passage in view.passages}) == len(view.passages)
    for table in view.tables:
        assert all(len(row) == len(table.columns) for row in table.rows), table.name
        json.dumps(table.rows, allow_nan=False)
    assert view.title and view.lead.endswith((".", "?")), view.lead
    assert view.address.split("?")[0] == urls.split(address)[0]
    again = views.render(view.address, api)
    assert comparable(again) == comparable(view)
    return view


def comparable(view: View) -> tuple[Any, ...]:
    """A view with its figures written out."""
    return (*view._replace(pictures=()), *(picture.figure.to_json() for picture in view.pictures))
