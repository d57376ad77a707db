"""`lingua-atlas imports`: uploaded files of regions; list and remove."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from backend.contracts.regions import ImportForm
from backend.terminal import ApiUrl, client_of, one_that_begins, out, table, tell_broken, tell_removed

app = typer.Typer(help="Uploaded files of regions.", no_args_is_help=True)


@app.command("list")
def list_imports(api_url: ApiUrl = "") -> None:
    """Uploaded files, newest first."""
    with client_of(api_url) as client:
        listed = table("SHA-256", "MB", "added")
        for file in client.imports():
            listed.add_row(file.sha256, f"{file.size_bytes / 1e6:.1f}", f"{file.added_at:%Y-%m-%d %H:%M}")
        out.print(listed)
        tell_broken(client.broken("imports"))


@app.command("add")
def add_import(
    file: Annotated[Path, typer.Argument(help="safetensors of masks, or JSON or CSV of coordinates or neurons.")],
    form: Annotated[
        ImportForm | None,
        typer.Option(
            help="What lists of pairs or triples are: neurons of each layer, or coordinates ([layer, row, column] of "
            "mlp.down_proj, or [layer, neuron])."
        ),
    ] = None,
    api_url: ApiUrl = "",
) -> None:
    """Upload a file and print its hash, which an `import_region` request names, and what it holds."""
    with client_of(api_url) as client:
        kept = client.upload(file.expanduser(), form)
    out.print(f"{kept.sha256}  {kept.form}", markup=False)


@app.command("remove")
def remove_import(
    file: Annotated[str, typer.Argument(help="Its hash, or how it begins; `imports list` tells them.")],
    api_url: ApiUrl = "",
) -> None:
    """Remove an uploaded file. The regions that were made from it stay."""
    with client_of(api_url) as client:
        sha256 = one_that_begins("import", file, [one.sha256 for one in client.imports()])
        tell_removed(client.remove("imports", sha256))
