"""What holds of the view of any page."""

from __future__ import annotations

import json
from typing import Any

from frontend.views import View, render


def whole(view: View, api: Any) -> View:
    """The view itself, after its figures, tables and address were looked at."""
    names = [picture.told.name for picture in view.pictures]
    assert len(set(names)) == len(names)
    for picture in view.pictures:
        assert picture.told.title
        assert len(picture.told.description) > 20
        assert any(letter.isdigit() for letter in picture.told.description), picture.told
        json.loads(picture.figure.to_json())
    assert len({table.name for table in view.tables}) == len(view.tables)
    for table in view.tables:
        assert all(len(row) == len(table.columns) for row in table.rows), table.name
    assert len({passage.name for passage in view.passages}) == len(view.passages)
    assert view.title
    assert view.lead
    again = render(view.address, api)
    assert again.address == view.address
    assert said(again) == said(view)
    return view


def said(view: View) -> tuple[Any, ...]:
    """All of a view but its address; figures as JSON, since they are never equal."""
    figures = [picture.figure.to_json() for picture in view.pictures]
    return (view.title, view.lead, figures, view.tables, view.passages, view.sources, view.missing)
