from __future__ import annotations

from pathlib import Path

import pytest
from redis import Redis
from starlette.testclient import TestClient

from backend.app import create_app
from backend.settings import Settings
from tests.backend.atlas_folder import AtlasFolder, write_atlas
from tests.redis_server import running_redis


@pytest.fixture(scope="session")
def redis_url():
    """One server for all tests of the API; none of them kills it."""
    for server in running_redis():
        yield server.url


@pytest.fixture
def atlas(tmp_path: Path) -> AtlasFolder:
    return write_atlas(tmp_path / "atlas")


@pytest.fixture
def settings(atlas: AtlasFolder, redis_url: str) -> Settings:
    # The server is shared, its jobs are not: a key is the same in every test's folder.
    with Redis.from_url(redis_url) as server:
        server.flushall()
    return Settings(redis_url=redis_url, layout=atlas.layout)


@pytest.fixture
def api(settings: Settings):
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client
