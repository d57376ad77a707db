"""Arrays kept in memory, bounded by bytes, each computed once however many ask at the same time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np

MAX_BYTES = 256 * 2**20


class ArrayCache:
    """Least recently used arrays go first. Safe between threads."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._arrays: OrderedDict[Hashable, np.ndarray] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()
        self._n_bytes = 0

    def get(self, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
        """The array of `key`, made by `make` when it is not there; others who ask for it wait."""
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
                return self._arrays[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._arrays:
                    return self._arrays[key]
            try:
                made = make()
                self._keep(key, made)
            finally:
                with self._lock:
                    self._making.pop(key, None)
            return made

    def _keep(self, key: Hashable, array: np.ndarray) -> None:
        with self._lock:
            self._arrays[key] = array
            self._n_bytes += array.nbytes
            while self._n_bytes > self.max_bytes and len(self._arrays) > 1:
                _, oldest = self._arrays.popitem(last=False)
                self._n_bytes -= oldest.nbytes
