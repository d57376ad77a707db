"""A worker reads its environment once."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.contracts.problems import KnownError
from workers.settings import WorkerSettings


def test_what_is_given_is_read_and_what_is_empty_counts_as_unset(tmp_path: Path) -> None:
    settings = WorkerSettings.from_environment(
        {
            "REDIS_URL": "rediss://:secret@host:6380/1",
            "LINGUA_ATLAS_DATA": str(tmp_path),
            "LINGUA_ATLAS_MODEL_ROOTS": f"{tmp_path}:/models",
            "LINGUA_ATLAS_MODEL_BYTES": "1000",
            "LINGUA_ATLAS_DEVICE": "",
        }
    )
    assert settings.model_roots == (tmp_path, Path("/models"))
    assert (settings.model_bytes, settings.device) == (1000, "auto")
    assert settings.layout.results == tmp_path / "results"


def test_without_redis_or_with_nonsense_it_refuses() -> None:
    with pytest.raises(KnownError, match=r"^REDIS_URL is not set$"):
        WorkerSettings.from_environment({})
    with pytest.raises(KnownError, match=r"^LINGUA_ATLAS_MODEL_BYTES is 'much': .*integer"):
        WorkerSettings.from_environment({"REDIS_URL": "redis://x", "LINGUA_ATLAS_MODEL_BYTES": "much"})
    for url in ("localhost:6379", "redis://:secret/slash@host:6379/0", "http://host"):
        with pytest.raises(KnownError, match="REDIS_URL is no address of a Redis") as refused:
            WorkerSettings.from_environment({"REDIS_URL": url})
        assert "secret" not in f"{refused.value}{refused.value.problem.hint}"


def test_the_data_folder_is_the_one_the_api_means() -> None:
    settings = WorkerSettings.from_environment({"REDIS_URL": "redis://x", "LINGUA_ATLAS_DATA": "~/atlas"})
    assert settings.data_root == Path.home().resolve() / "atlas"
