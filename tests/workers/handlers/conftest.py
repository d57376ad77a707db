from __future__ import annotations

import pytest

from tests.workers.handlers.shop import Shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """One opened Llama; the tests leave its weights as they are."""
    return Shop(tmp_path_factory.mktemp("shop"))
