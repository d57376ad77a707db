"""`lingua-atlas`: the same questions as the page, from a terminal."""

from __future__ import annotations

import os
import sys
from functools import partial
from json import JSONDecodeError, loads
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from backend import commands_corpora, commands_imports, commands_reports, commands_tasks
from backend.artifacts.layout import Layout, default_root
from backend.commands_development import development
from backend.commands_golden import golden
from backend.commands_reproduce import reproduce
from backend.commands_view import view
from backend.contracts.binding import KEEP_ALIVE_SECONDS, answered_hosts, require_port, require_redis_url, require_token
from backend.contracts.problems import KnownError
from backend.contracts.requests import REQUEST, OpenModelRequest, Request
from backend.contracts.results import OpenedModel
from backend.contracts.vocabulary import JobState
from backend.demo import DEMO_SOURCE
from backend.launcher import Options
from backend.processes import python_module
from backend.serving import serve
from backend.terminal import ApiUrl, client_of, err, local_source, out, table, tell_broken, tell_removed, wait
from backend.wording import FILE, problem_of_validation

app = typer.Typer(
    help="An atlas of the linguistic regions of a language model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
models_app = typer.Typer(help="Models that the atlas has opened.", no_args_is_help=True)
app.add_typer(models_app, name="models")
app.add_typer(commands_corpora.app, name="corpora")
app.add_typer(commands_tasks.app, name="tasks")
app.add_typer(commands_imports.app, name="imports")
app.add_typer(commands_reports.app, name="reports")
app.command()(development)
app.command()(golden)
app.command()(reproduce)
app.command()(view)

Host = Annotated[
    str,
    typer.Option(
        envvar="LINGUA_ATLAS_HOST", help="Address of the page; beyond loopback LINGUA_ATLAS_TOKEN must be set."
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        envvar="LINGUA_ATLAS_DASHBOARD_PORT", min=1, max=65535, help="Port of the page; default 8050, or any free one."
    ),
]
ApiHost = Annotated[str, typer.Option(envvar="LINGUA_ATLAS_API_HOST", help="Address of the API; as that of the page.")]
ApiPort = Annotated[
    int | None,
    typer.Option(envvar="LINGUA_ATLAS_API_PORT", min=1, max=65535, help="Port of the API; default any free one."),
]
Workers = Annotated[int, typer.Option(min=0, max=64, help="Worker processes; each holds its own models.")]
_EXAMPLES = "docs/guide.md shows such files, Runs on the page copies what it asked, GET /analyses has every schema."
EXIT_CODES = {JobState.DONE: 0, JobState.FAILED: 1, JobState.CANCELLED: 3}


@app.command()
def demo(
    model: Annotated[str, typer.Option(help="Hugging Face id, folder, or GGUF file.")] = DEMO_SOURCE,
    host: Host = "127.0.0.1",
    port: Port = None,
    api_host: ApiHost = "127.0.0.1",
    api_port: ApiPort = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    once: Annotated[bool, typer.Option(help="Stop when everything is prepared.")] = False,
) -> None:
    """Start everything and prepare the atlas of a real multilingual model."""
    options = _options(host, port, api_host, api_port, n_workers=1, source=local_source(model))
    _serve(options, browser=browser, source=local_source(model), once=once)


@app.command()
def up(
    host: Host = "127.0.0.1",
    port: Port = None,
    api_host: ApiHost = "127.0.0.1",
    api_port: ApiPort = None,
    workers: Workers = 1,
    browser: bool = False,
) -> None:
    """Start Redis, API, dashboard and workers; compute nothing by itself."""
    options = _options(host, port, api_host, api_port, n_workers=workers, source=None)
    _serve(options, browser=browser, source=None, once=False)


def _options(
    host: str, port: int | None, api_host: str, api_port: int | None, *, n_workers: int, source: str | None
) -> Options:
    return Options(
        layout=Layout(default_root()),
        host=host,
        port=port,
        api_host=api_host,
        api_port=api_port,
        n_workers=n_workers,
        token=os.environ.get("LINGUA_ATLAS_TOKEN", ""),
        redis_url=os.environ.get("REDIS_URL", ""),
        model_roots=(Path(source).parent,) if source and Path(source).is_absolute() else (),
    )


def _serve(options: Options, *, browser: bool, source: str | None, once: bool) -> None:
    say = partial(out.print, markup=False)  # names and reasons may hold brackets
    raise typer.Exit(0 if serve(options, browser=browser, source=source, once=once, say=say) else 1)


@app.command()
def api() -> None:
    """Serve the API alone; its settings come from the environment."""
    import uvicorn
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from backend.app import create_app
    from backend.settings import Settings

    settings = Settings.from_env()
    require_token(settings.host, settings.token)
    require_redis_url(settings.redis_url)
    settings.layout.require_writable()
    require_port(settings.host, settings.port, "LINGUA_ATLAS_API_PORT")
    uvicorn.run(
        TrustedHostMiddleware(create_app(settings), allowed_hosts=answered_hosts(settings.host)),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=3,
    )


@app.command()
def dashboard() -> None:
    """Serve the page alone; its settings come from the environment."""
    os.execv(sys.executable, python_module("frontend.run"))


@app.command()
def worker() -> None:
    """Run one worker; it needs REDIS_URL, and the data folder of the atlas it works for in LINGUA_ATLAS_DATA."""
    os.execv(sys.executable, python_module("workers.run"))


@app.command()
def run(
    request: Annotated[str, typer.Argument(help="JSON file of a request, or - for standard input.")],
    waiting: Annotated[bool, typer.Option("--wait", help="Wait for the result, with a progress bar.")] = False,
    api_url: ApiUrl = "",
) -> None:
    """Ask one question. Exit code: 0 done or queued, 1 failed, 2 bad request, 3 cancelled."""
    question = _read_request(request)
    with client_of(api_url) as client:
        job = client.submit(question)
        if waiting:
            job = wait(client, job)
            err.print(f"{job.state.value}: {job.title}", markup=False)
            if job.problem:
                err.print(f"{job.problem.detail}\n{job.problem.hint}", markup=False)
        print(job.key)
        raise typer.Exit(EXIT_CODES.get(job.state, 0))


def _read_request(source: str) -> Request:
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
        return REQUEST.validate_python(loads(text))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        hint = "Give a JSON file of one request, or - for standard input."
        raise KnownError("unreadable_request", f"{source} cannot be read: {reason}", hint=hint) from None
    except JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise KnownError("bad_request", f"{source} is no JSON: {error.msg} ({where})", hint=_EXAMPLES) from None
    except ValidationError as error:
        problem = problem_of_validation([{**item, "loc": (FILE, *item["loc"])} for item in error.errors()])
        raise KnownError("bad_request", f"{source} is no request: {problem.detail}", hint=_EXAMPLES) from None


@app.command()
def results(
    key: Annotated[str | None, typer.Argument(help="Key of a result or its beginning; none: all are listed.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Its table as CSV.")] = False,
    tex: Annotated[bool, typer.Option("--tex", help="Its table as LaTeX.")] = False,
    bits: Annotated[bool, typer.Option("--bits-per-byte", help="The table in these, not in perplexity.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Its manifest as JSON.")] = False,
    md: Annotated[bool, typer.Option("--md", help="Its generated texts as Markdown.")] = False,
    html: Annotated[bool, typer.Option("--html", help="Its generated texts as one HTML page.")] = False,
    delete: Annotated[bool, typer.Option("--delete", help="Remove it.")] = False,
    api_url: ApiUrl = "",
) -> None:
    """List results, or print one."""
    with client_of(api_url) as client:
        if key is None:
            listed = table("key", "kind", "title", "model", "MB", "created")
            for row in client.results():
                size = f"{row.size_bytes / 1e6:.1f}"
                listed.add_row(row.key, row.kind.value, row.title, row.model, size, f"{row.created_at:%Y-%m-%d %H:%M}")
            out.print(listed)
            for kept in client.set_aside():
                err.print(f"not shown: {kept.detail} ({kept.code})", markup=False)
            return
        key = client.whole_key(key)
        if delete:
            client.delete_result(key)
            out.print(f"deleted {key}")
        elif csv or tex:
            form: Literal["csv", "tex"] = "csv" if csv else "tex"
            sys.stdout.write(client.table(key, form, unit="bits_per_byte" if bits else "perplexity"))
        elif md or html:
            sys.stdout.write(client.texts(key, "md" if md else "html"))
        else:
            manifest = client.manifest(key)
            print(
                manifest.model_dump_json(indent=2)
                if json
                else f"{manifest.request.kind.value} {key}\n{manifest.summary}"
            )


@models_app.command("list")
def list_models(api_url: ApiUrl = "") -> None:
    """Models opened so far."""
    with client_of(api_url) as client:
        listed = table("name", "status", "family", "parameters", "layers", "licence", "source")
        for model in client.models():
            listed.add_row(
                model.name, model.status, model.family, f"{model.n_parameters / 1e6:.0f} M",
                str(model.n_layers), model.licence, model.source,
            )  # fmt: skip
        out.print(listed)
        tell_broken(client.broken("models"))


@models_app.command("open")
def open_model(
    source: Annotated[str, typer.Argument(help="Hugging Face id, folder, or GGUF file.")],
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit of a Hugging Face id.")] = None,
    api_url: ApiUrl = "",
) -> None:
    """Make a model ready: download or convert it if need be, and describe its matrices."""
    with client_of(api_url) as client:
        job = wait(client, client.submit(OpenModelRequest(source=local_source(source), revision=revision)))
        if job.problem:
            raise KnownError.of(job.problem)
        described = client.manifest(job.key).summary
        assert isinstance(described, OpenedModel)
        out.print(described.description.name)


@models_app.command("remove")
def remove_model(
    name: Annotated[str, typer.Argument(help="Its name; `models list` tells them.")], api_url: ApiUrl = ""
) -> None:
    """Forget a model. Its results stay; files go only where the atlas made them."""
    with client_of(api_url) as client:
        tell_removed(client.remove("models", name))


def _tell(error: KnownError) -> None:
    err.print("error", style="red", end=" ")
    err.print(error.problem.detail, markup=False)
    if error.problem.hint:
        err.print(error.problem.hint, markup=False)


def main() -> None:
    """Entry point: a known failure is two lines, never a traceback."""
    try:
        app()
    except KnownError as error:
        _tell(error)
        sys.exit(2 if error.problem.status < 500 else 1)
    except OSError as error:  # of a file that was named: nothing else of a command opens files
        if error.filename is None:
            raise
        hint = "Name a file that this user can open."
        _tell(KnownError("bad_file", f"{error.filename}: {error.strerror}", hint=hint))
        sys.exit(2)


if __name__ == "__main__":
    main()
