"""A stored table as files to download and as LaTeX in the clipboard."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html

from frontend.shell import icon

_FORMS = {"csv": "CSV", "tex": "LaTeX", "json": "JSON"}


def table_files(key: str, name: str, latex: str) -> dmc.Group:
    """A link for each form of the table of the result `key`, and a button that copies it as `latex`.

    `name` begins the names of the files, which end in the first digits of the key.
    """
    files = [
        html.A(
            [icon("download", 14), words],
            href=f"/api/results/{key}/table.{form}",
            download=f"{name}-{key[:8]}.{form}",
            className="study-download",
        )
        for form, words in _FORMS.items()
    ]
    copy = dmc.CopyButton(
        value=latex, children=[icon("copy", 14), "Copy LaTeX"], copiedChildren=[icon("check", 14), "Copied"],
        size="compact-xs", variant="subtle", color="gray", copiedColor="teal",
    )  # fmt: skip
    return dmc.Group([*files, copy], gap=6)
