"""Runs docs/notebook.ipynb again on a running atlas: `python docs/run_notebook.py http://127.0.0.1:8050/api`.

Figures are kept as plotly (a notebook shows them alive) and as PNG (GitHub shows those). Needs the extras [notebook]
and [test], and a Chromium on PATH.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from playwright.sync_api import Page, sync_playwright
from plotly.offline import get_plotlyjs

NOTEBOOK = Path(__file__).parent / "notebook.ipynb"
PLOTLY = "application/vnd.plotly.v1+json"
WIDTH, HEIGHT = 900, 450
_PICTURE = """async ([figure, width, height]) => {
    const layout = {...figure.layout, width, height: figure.layout.height || height, paper_bgcolor: "#ffffff"};
    const image = {format: "png", width, height: layout.height};
    return (await Plotly.toImage({data: figure.data, layout}, image)).split(",")[1];
}"""


def main(url: str) -> None:
    """Run all cells; an error in one leaves the file as it was."""
    os.environ |= {"LINGUA_ATLAS_API_URL": url, "PLOTLY_RENDERER": "plotly_mimetype"}
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    folder = {"metadata": {"path": str(NOTEBOOK.parents[1])}}
    NotebookClient(notebook, timeout=600, record_timing=False, resources=folder).execute()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.add_script_tag(content=get_plotlyjs())
        for data in figures(notebook):
            data["image/png"] = picture(data[PLOTLY], page)
            data[PLOTLY]["config"] = {"displaylogo": False, "showSendToCloud": False}
        browser.close()
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    nbformat.write(notebook, NOTEBOOK)
    print(f"{NOTEBOOK}: {NOTEBOOK.stat().st_size / 1e6:.2f} MB")


def figures(notebook: Any) -> Iterator[Any]:
    """The data of every output that is a figure."""
    for cell in notebook.cells:
        yield from (one["data"] for one in cell.get("outputs", ()) if PLOTLY in one.get("data", ()))


def picture(figure: dict[str, Any], page: Page) -> str:
    """The figure as PNG in base64, on white."""
    drawn: str = page.evaluate(_PICTURE, [figure, WIDTH, HEIGHT])
    return drawn


if __name__ == "__main__":
    main(sys.argv[1])
