"""What a section of the Compare page gives to its view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import plotly.graph_objects as go

from backend.contracts.requests import Request
from backend.contracts.results import Manifest
from frontend.views.base import Passage, Table


class Part(NamedTuple):
    """One section; `changes` complete the choice, so that the address names what is shown."""

    lead: str
    figures: tuple[go.Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    passages: tuple[Passage, ...] = ()
    sources: tuple[Manifest, ...] = ()
    missing: tuple[Request, ...] = ()
    changes: Mapping[str, Any] = {}
