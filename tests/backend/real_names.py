"""What lies in a small stored atlas, under every name by which the API can be asked for it.

Names at random only ever meet 404: the cases of test_openapi.py get these in their paths, queries and bodies.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from starlette.testclient import TestClient

from backend.artifacts.tasks import Tasks
from tests.backend.artifacts.test_task_items import QUESTION, lines
from tests.backend.atlas_folder import AtlasFolder
from tests.fakes import write_corpus

Json = Any

ODD: tuple[Json, ...] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**63, 1.5, -0.0, 1e308, "", " ", "0", "\x00", "../..", "\ud7ff", "%2F"),
    *("whole", "layer.0", "x" * 5000, [], [[]], {}, {"": 0}, ["de", "de"], [0, 0], "tiny", "de", "9.norm.input"),
)
"""What takes the place of a value, a few at a time."""


DAMAGED = ("d" * 20, "c" * 20)


class Names(NamedTuple):
    """Real values by the name of a parameter or a field, and whole bodies by path."""

    by_field: Mapping[str, tuple[Json, ...]]
    by_path: Mapping[str, Mapping[str, tuple[Json, ...]]]
    bodies: Mapping[str, tuple[Json, ...]]


class StoredAtlas:
    """The folder of an atlas that requests may change or delete, and what brings it back."""

    def __init__(self, folder: AtlasFolder, api: TestClient) -> None:
        self.folder, self.api = folder, api
        root = folder.layout.root
        write_corpus(folder.layout.corpora / "small", ("de", "en"), 4)
        self._damage(folder)
        for title, path in {"sums": "/tasks", "": "/imports"}.items():
            params = {"title": title, "form": "multiple_choice", "language": "en"} if title else {}
            content = lines(QUESTION, QUESTION) if title else b"matrix,row,column\n0.mlp.up,1,2\n"
            assert api.post(path, params=params, content=content).is_success
        report = {"title": "Where", "items": [{"address": "/atlas?model=tiny", "title": "The atlas"}]}
        assert api.post("/reports", json=report).is_success
        self._kept = root.with_name(root.name + "-kept")
        shutil.copytree(root, self._kept)
        self.jobs = self.submit()

    def _damage(self, folder: AtlasFolder) -> None:
        """What is listed and cannot be read: a cut manifest, cut bytes, a cut report."""
        for key in DAMAGED:
            shutil.copytree(folder.store.path(folder.keys["de"]), folder.store.path(key))
        scores = folder.store.path(DAMAGED[0]) / "scores.safetensors"
        scores.write_bytes(scores.read_bytes()[:300])
        manifest = folder.store.path(DAMAGED[1]) / "manifest.json"
        manifest.write_bytes(manifest.read_bytes()[:200])
        cut = folder.store.path(folder.keys["en"]) / "scores.safetensors"
        cut.write_bytes(cut.read_bytes()[:300])
        folder.layout.reports.mkdir(parents=True, exist_ok=True)
        (folder.layout.reports / "cut.json").write_text('{"name": "cut", "tit', encoding="utf-8")

    def submit(self) -> tuple[str, ...]:
        """Queue a few jobs, one of them cancelled."""
        keys = []
        for language in ("vi", "fr"):
            request = {"kind": "importance", "scores": {"model": "tiny", "lines": {"start": 0, "stop": 2}}}
            answer = self.api.post("/jobs", json={"request": request | {"language": language}})
            assert answer.is_success, answer.text
            keys.append(answer.json()["key"])
        self.api.delete(f"/jobs/{keys[-1]}")
        return tuple(keys)

    def restore(self) -> None:
        """Bring back what a request deleted, and remove what requests added."""
        root = self.folder.layout.root
        for name in ("imports", "tasks", "reports", "training"):
            for path in (root / name).glob("*") if (root / name).is_dir() else ():
                if not (self._kept / name / path.name).exists():
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(self._kept, root, dirs_exist_ok=True, copy_function=_copy_missing)

    def names(self) -> Names:
        """Everything that is there, by what it is called in the API."""
        layout, stored = self.folder.layout, tuple(self.folder.keys.values())
        keys = (*stored, *self.jobs, *DAMAGED)
        tasks = tuple(task.file for task in Tasks(layout.tasks).all())
        imports = tuple(path.name for path in layout.imports.glob("*"))
        region = {"kind": "region", "scores": {"model": "tiny"}, "languages": ["de", "en"]}
        matrices = (*self.folder.weights, "whole", "layer.0", "9.attn.q")
        subjects = (*stored, "tiny", "model:tiny", f"{stored[3]}:{stored[1]}")
        by_field = {
            **dict.fromkeys(("key", "keys"), keys),
            **dict.fromkeys(("model", "of"), ("tiny",)),
            **dict.fromkeys(("left", "right", "subjects", "minus"), subjects),
            **dict.fromkeys(("matrix",), matrices),
            **dict.fromkeys(("file", "sha256"), (*tasks, *imports)),
            **dict.fromkeys(("language", "languages"), ("de", "en", "vi", "fr")),
            **dict.fromkeys(("layer", "index", "row", "column"), (0, 1, 5, 11, 12)),
            **dict.fromkeys(("row_start", "column_start", "start"), (0, 1, 7)),
            **dict.fromkeys(("row_stop", "column_stop", "stop"), (1, 2, 4, 8, 12)),
            **dict.fromkeys(("max_rows", "max_columns"), (1, 3, 64)),
            "source": (str(layout.root / "weights"), "demo:gemma-3-270m", "/nowhere"),
            "corpus": ("atlas-parallel", "small", "nowhere"),
            "beginning": tuple(key[:7] for key in keys),
            "fraction": (0.01, 0.1, 1.0),
            "region": (region,),
        }
        corpora = {"name": ("atlas-parallel", "small", "nowhere")}
        by_path = {
            "/jobs/{key}/events": {"key": stored},  # nobody does a queued job here: its events never end
            "/corpora": corpora,
            "/models": {"name": ("tiny", "nowhere")},
            "/reports": {"name": ("where", "cut", "nowhere")},
            "/reproductions": {"name": ("table-1", "table-2", "table-3", "figure-3", "figure-4")},
            "/results": {"name": ("scores.safetensors", "mask.safetensors", "manifest.json")},
        }
        requests = [self.folder.store.manifest(key).request.model_dump(mode="json") for key in stored]
        bodies: dict[str, tuple[Json, ...]] = {
            "/jobs": tuple({"request": request, "queue": "batch"} for request in requests),
            "/regions/preview": ({"union": [region, region]}, {"region": region}, {"leaf": region}, region),
            "/reports": ({"title": "Where", "name": "where", "items": []},),
        }
        return Names(by_field, by_path, bodies)


def _copy_missing(source: str, target: str) -> None:
    if not Path(target).exists():
        shutil.copy2(source, target)


def name_what_is_there(case: Any, names: Names, chance: random.Random) -> None:
    """Put real values into a generated case: most path and query parameters, fields of the body by their names."""
    fields = {**names.by_field}
    for beginning, found in names.by_path.items():
        if case.path.startswith(beginning):
            fields |= found
    for parameters in (case.path_parameters, case.query):
        for name in parameters or ():
            if name in fields and chance.random() < 0.9:
                several = isinstance(parameters[name], list)
                parameters[name] = _several(fields[name], chance) if several else chance.choice(fields[name])
    if isinstance(case.body, dict | list):
        known = names.bodies.get(case.path, ())
        body = chance.choice(known) if known and chance.random() < 0.5 else case.body
        case.body = _changed(body, fields, chance)


def _several(values: tuple[Json, ...], chance: random.Random) -> list[Json]:
    return chance.choices(values, k=chance.randint(1, 3))


def _changed(value: Json, fields: Mapping[str, tuple[Json, ...]], chance: random.Random, name: str = "") -> Json:
    """The same JSON with real values under known names, and now and then an odd one."""
    if chance.random() < 0.015:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {key: _changed(one, fields, chance, str(key)) for key, one in value.items() if chance.random() > 0.01}
    real = fields.get(name)
    if isinstance(value, list):
        if real and all(isinstance(one, str | int) for one in value) and chance.random() < 0.8:
            return sorted(set(_several(real, chance)), key=str)
        return [_changed(one, fields, chance) for one in value]
    return chance.choice(real) if real and chance.random() < 0.8 else value
