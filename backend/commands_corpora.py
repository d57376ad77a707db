"""`lingua-atlas corpora`: list the texts the atlas knows, add one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from backend import corpus_adding
from backend.artifacts.layout import Layout, default_root
from backend.dataset_corpora import DatasetSource, is_dataset
from backend.terminal import ApiUrl, client_of, err, out, table, tell_removed

app = typer.Typer(help="Texts to score, measure and compare.", no_args_is_help=True)


@app.command("list")
def list_corpora(api_url: ApiUrl = "") -> None:
    """Corpora the atlas can read."""
    with client_of(api_url) as client:
        listed = table("name", "lines", "parallel", "languages", "licence", "notes", "problem")
        for corpus in client.corpora():
            parallel = "yes" if corpus.is_parallel else "no"
            languages = " ".join(corpus.languages)
            listed.add_row(
                corpus.name, str(corpus.n_lines), parallel, languages, corpus.licence, corpus.facts, corpus.problem
            )  # fmt: skip
        out.print(listed)


@app.command("add")
def add_corpus(
    name: Annotated[str, typer.Argument(help="Its name in the atlas.")],
    source: Annotated[
        str,
        typer.Argument(
            help="Folder of LANGUAGE.txt, .jsonl or .parquet files; one .jsonl, .parquet or .csv file; or hf:ORG/NAME."
        ),
    ],
    languages: Annotated[str, typer.Option(help="Of a dataset: codes to take, comma separated.")] = "",
    text: Annotated[str, typer.Option(help="Column of the text; {language} stands for the code.")] = "text",
    config: Annotated[str, typer.Option(help="Configuration, e.g. 20231101.{language}.")] = "",
    split: Annotated[str, typer.Option(help="Split of the dataset.")] = "train",
    revision: Annotated[str, typer.Option(help="Branch, tag or commit of a dataset of the hub.")] = "",
    language_column: Annotated[str, typer.Option(help="Column that holds the language's code.")] = "",
    id_column: Annotated[str, typer.Option(help="Of parallel rows: column that is the same in all languages.")] = "",
    samples: Annotated[int | None, typer.Option(min=1, help="Samples per language, from the first on.")] = None,
    parallel: Annotated[
        bool | None, typer.Option(help="Sample N says the same in every language. Default: yes for a folder.")
    ] = None,
) -> None:
    """Check a text and copy it into the data folder of this machine (LINGUA_ATLAS_DATA); no atlas need run.

    A dataset is streamed: nothing but the samples taken is fetched.
    """
    layout = Layout(default_root())
    layout.require_writable()
    if not is_dataset(source) and not languages:
        folder = Path(source).expanduser().resolve()
        summary = corpus_adding.add_folder(name, folder, layout.corpora, parallel=parallel is not False, say=err.print)
    else:
        dataset = DatasetSource(
            source, text, config or None, split, revision or None, language_column or None, id_column or None
        )
        codes = [code.strip() for code in languages.split(",") if code.strip()]
        summary = corpus_adding.add_dataset(
            name, dataset, layout.corpora, languages=codes, n_samples=samples, parallel=bool(parallel), say=err.print
        )
    out.print(f"{name}: {summary.n_lines} lines in {len(summary.languages)} languages")
    err.print(f"kept in {layout.corpora / name}", markup=False)


@app.command("remove")
def remove_corpus(
    name: Annotated[str, typer.Argument(help="Its name; `corpora list` tells them.")], api_url: ApiUrl = ""
) -> None:
    """Remove a corpus that was added. Its results stay."""
    with client_of(api_url) as client:
        tell_removed(client.remove("corpora", name))
