from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from backend.results.cache import ArrayCache


def test_what_many_ask_for_at_once_is_made_once():
    cache, made = ArrayCache(), []

    def make() -> np.ndarray:
        time.sleep(0.02)
        made.append(1)
        return np.ones(3)

    threads = [threading.Thread(target=cache.get, args=("key", make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_the_least_recently_used_goes_first():
    cache = ArrayCache(max_bytes=20)
    for name in "ab":
        cache.get(name, lambda: np.zeros(8, np.uint8))
    cache.get("a", pytest.fail)
    cache.get("c", lambda: np.zeros(8, np.uint8))
    cache.get("a", pytest.fail)
    assert cache.get("b", lambda: np.ones(1)) == 1


def test_a_failure_is_not_kept():
    cache = ArrayCache()
    with pytest.raises(OSError, match="gone"):
        cache.get("key", _fail)
    assert cache.get("key", lambda: np.ones(1)) == 1


def _fail() -> np.ndarray:
    raise OSError("gone")
