"""Whatever lies among the entries of a list is listed with its problem, or is none of the list: never a failure."""

import json
import os
import socket
from datetime import datetime
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from backend.artifacts.imports import Imports
from backend.artifacts.models import ModelEntries
from backend.artifacts.reports import Reports
from backend.artifacts.results import MANIFEST
from backend.artifacts.tasks import Tasks
from backend.cli import app
from backend.contracts.reports import NewReport
from backend.settings import Settings
from tests.backend.servers import running_api

LISTS = {"models": "models", "reports": "reports", "tasks": "tasks", "imports": "files"}
READ = ("/models", "/reports", "/tasks", "/imports", "/corpora", "/results", "/jobs", "/capabilities", "/health",
        "/published", "/reproductions", "/keys?beginning=0000000", "/analyses")  # fmt: skip


def _socket(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.path.relpath(path))
    server.close()


def _sparse(path):
    path.touch()
    os.truncate(path, 10**11)


ODD = {
    "folder.json": lambda path: path.mkdir(),
    "config.json": lambda path: (path.mkdir(), (path / "config.json").mkdir()),
    "pipe.json": os.mkfifo,
    "socket.json": _socket,
    "dangling.json": lambda path: path.symlink_to("/nowhere"),
    "loop.json": lambda path: path.symlink_to(path.name),
    "device.json": lambda path: path.symlink_to("/dev/zero"),
    "empty.json": lambda path: path.touch(),
    "deep.json": lambda path: path.write_bytes(b"[" * 200_000),
    "object-deep.json": lambda path: path.write_bytes(b'{"name":' * 100_000),
    "surrogate.json": lambda path: path.write_bytes(b'{"name": "\\ud83d"}'),
    "binary.json": lambda path: path.write_bytes(bytes(range(256))),
    "digits.json": lambda path: path.write_bytes(b'{"name": ' + b"9" * 5000 + b"}"),
    "huge.json": _sparse,
    "p-ünicode \n\t.json": lambda path: path.write_text("[]"),
    os.fsdecode(b"p-\xff.json"): lambda path: path.write_text("null"),
    "x" * 250 + ".json": lambda path: path.write_text('{"name": NaN}'),
    "f" * 64: lambda path: path.symlink_to("/nowhere"),
}
NO_ENTRY = {"notes.txt": lambda path: path.write_text("mine"), ".writing-x.json": lambda path: path.write_text("{")}


@pytest.fixture
def odd(settings: Settings, atlas, tmp_path, monkeypatch):
    """A good entry in every root, and all that is odd beside it."""
    layout = settings.layout
    with Imports(layout.imports).arriving() as arrival:
        arrival.write(b'{"0": [1]}')
        Imports(layout.imports).keep(arrival)
    Tasks(layout.tasks).add(_line(), title="mine", form="multiple_choice", language="de")
    Reports(layout.reports).create(NewReport(title="mine"))
    for root in (layout.models, layout.reports, layout.tasks, layout.imports, layout.results, layout.training,
                 layout.corpora):  # fmt: skip
        root.mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(root)
        for name, make in {**ODD, **NO_ENTRY}.items():
            make(root / name)
    return settings


def _line():
    return json.dumps({"question": "a", "choices": ["b", "c"], "answer": 0}).encode() + b"\n"


def test_every_list_stands_and_names_what_cannot_be_read(odd, api):
    before = {path: api.get(path) for path in READ}
    assert {path: one.status_code for path, one in before.items()} == dict.fromkeys(READ, 200)
    for what, field in LISTS.items():
        told = before[f"/{what}"].json()
        assert len(told[field]) == {"tasks": len(Tasks().all()) + 1}.get(what, 1)
        broken = {one["name"]: one["problem"] for one in told["broken"]}
        json_files = {name.encode("utf-8", "backslashreplace").decode() for name in ODD if name.endswith(".json")}
        assert json_files <= set(broken)
        assert all(broken.values())
    assert before["/models"].json()["broken"][0]["problem"]


def test_an_odd_entry_that_is_asked_for_by_name_is_a_problem(odd, api):
    for name in ODD:
        shown = quote(name.removesuffix(".json").encode("utf-8", "replace").decode())
        for path in ("models", "reports", "tasks", "results", "training", "corpora"):
            answer = api.get(f"/{path}/{shown}" + {"tasks": "/items", "corpora": "/lines"}.get(path, ""))
            assert answer.status_code in (404, 405, 409, 422) or answer.json()["code"] == "unreadable_report"


ODD_RESULTS = {
    "0" * 20: os.mkfifo,
    "1" * 20: lambda path: (path.mkdir(), os.mkfifo(path / MANIFEST)),
    "2" * 20: lambda path: (path.mkdir(), (path / MANIFEST).mkdir()),
    "3" * 20: lambda path: (path.mkdir(), (path / MANIFEST).symlink_to("/nowhere")),
    "4" * 20: lambda path: (path.mkdir(), (path / MANIFEST).write_bytes(b"[" * 200_000)),
    "5" * 20: lambda path: (path.mkdir(), (path / MANIFEST).symlink_to("/dev/zero")),
    "6" * 20: lambda path: path.symlink_to(path.name),
}


def test_odd_results_and_trainings_harm_no_other(settings, atlas, api):
    n_good = len(api.get("/results").json()["results"])
    for root in (settings.layout.results, settings.layout.training):
        root.mkdir(parents=True, exist_ok=True)
        for key, make in ODD_RESULTS.items():
            make(root / key)
    for key in ("1" * 20, "2" * 20):
        os.rename(settings.layout.training / key / MANIFEST, settings.layout.training / key / "curve.jsonl")
    told = api.get("/results").json()
    assert len(told["results"]) == n_good > 0
    for key in ODD_RESULTS:
        for path in ("results", "training", "development", "jobs"):
            answer = api.get(f"/{path}/{key}")
            assert answer.status_code in (404, 409) or "code" in answer.json(), (path, key, answer.text)
            assert answer.json()["code"] != "internal_error", (path, key, answer.text)
    for tail in ("1111111", "0000000"):
        assert api.get("/keys", params={"beginning": tail}).status_code == 200


def test_an_entry_under_another_name_is_not_offered(odd, api):
    root = odd.layout.models
    (good,) = (path for path in root.glob("tiny.json"))
    (root / "copy.json").write_bytes(good.read_bytes())
    told = api.get("/models").json()
    assert [one["name"] for one in told["models"]] == ["tiny"]
    assert {"name": "copy.json", "problem": "the file says it is tiny, which is not its own name"} in told["broken"]


@pytest.mark.parametrize("folder", ["/nowhere", "loop", "a\0b", "x" * 5000])
def test_a_model_whose_folder_cannot_be_looked_at_is_vanished(settings, atlas, api, folder):
    models = ModelEntries(settings.layout.models)
    (loop := settings.layout.models / "loop").symlink_to("loop")
    entry = models.named("tiny").model_copy(
        update={"name": "other", "folder": str(loop) if folder == "loop" else folder, "opened_at": datetime(2026, 1, 1)}
    )
    models.save(entry)
    told = {one["name"]: one["status"] for one in api.get("/models").json()["models"]}
    assert told == {"tiny": "ready", "other": "vanished"}


def test_a_task_whose_items_are_gone_says_so(settings, atlas, api):
    task = Tasks(settings.layout.tasks).add(_line(), title="mine", form="multiple_choice", language="de")
    (settings.layout.tasks / f"{task.file}.jsonl").unlink()
    told = api.get("/tasks").json()
    assert told["broken"] == [{"name": f"{task.file}.jsonl", "problem": "the items of 'mine' are gone"}]


def test_the_commands_name_what_cannot_be_read(odd):
    with running_api(odd) as url:
        for words in (["models", "list"], ["tasks", "list"], ["imports", "list"], ["reports", "list"]):
            said = CliRunner().invoke(app, [*words, "--api", url])
            assert said.exit_code == 0, said.output
            assert "dangling.json" in said.output
