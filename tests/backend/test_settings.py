from __future__ import annotations

import os
from pathlib import Path

import pytest

from backend.contracts.problems import KnownError
from backend.settings import Settings
from frontend.settings import FrontendSettings


def test_the_environment_is_read_once(tmp_path):
    roots = os.pathsep.join(["/a", "/b"])
    settings = Settings.from_env(
        {
            "REDIS_URL": "unix:///r.sock", "LINGUA_ATLAS_DATA": str(tmp_path), "LINGUA_ATLAS_TOKEN": "t",
            "LINGUA_ATLAS_HOST": "0.0.0.0", "LINGUA_ATLAS_API_HOST": "127.0.0.2", "LINGUA_ATLAS_API_PORT": "9000",
            "LINGUA_ATLAS_MODEL_ROOTS": roots, "LINGUA_ATLAS_CORPUS_ROOTS": "/c",
        }
    )  # fmt: skip
    assert (settings.redis_url, settings.layout.root, settings.token) == ("unix:///r.sock", tmp_path, "t")
    assert (settings.host, settings.port) == ("127.0.0.2", 9000)
    assert settings.model_roots == (Path("/a"), Path("/b"))
    assert settings.corpus_roots == (Path("/c"),)


def test_without_an_environment_it_stays_on_this_machine():
    settings = Settings.from_env({})
    assert (settings.host, settings.token, settings.model_roots) == ("127.0.0.1", None, ())


def test_a_port_that_is_no_number_is_named():
    with pytest.raises(KnownError, match="LINGUA_ATLAS_API_PORT") as caught:
        Settings.from_env({"LINGUA_ATLAS_API_PORT": "http"})
    assert caught.value.problem.code == "bad_setting"
    with pytest.raises(KnownError, match="LINGUA_ATLAS_DASHBOARD_PORT is '80x'"):
        FrontendSettings.of({"LINGUA_ATLAS_DASHBOARD_PORT": "80x"})
