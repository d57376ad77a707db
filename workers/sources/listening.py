"""What transformers says while it reads a model: a warning nobody sees is no warning."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from transformers.utils import logging as transformers_logging

_LONGEST = 500
_OF_LIBRARIES = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning, ResourceWarning)
"""Said to programmers; they tell nothing of a model."""
_OF_BATCHES = "We strongly recommend passing in an `attention_mask`"
"""Said of the token ids of the trial, which need none."""


class _Ear(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message."""
        _keep(self._heard, record.getMessage())


@contextmanager
def listening() -> Iterator[list[str]]:
    """Within the block, warnings of transformers' log and of Python are collected: once each, in order, in one line."""
    heard: list[str] = []
    logger, ear = logging.getLogger("transformers"), _Ear(heard)
    level = logger.level
    forget = getattr(getattr(transformers_logging, "warning_once", None), "cache_clear", None)
    if forget is not None:
        forget()  # what it said of another model it would not say of this one
    logger.addHandler(ear)
    logger.setLevel(min(level, logging.WARNING) or logging.WARNING)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield heard
    finally:
        logger.removeHandler(ear)
        logger.setLevel(level)
        for warning in caught:
            if not issubclass(warning.category, _OF_LIBRARIES):
                _keep(heard, str(warning.message))


def _keep(heard: list[str], message: str) -> None:
    line = " ".join(message.split())[:_LONGEST]
    if line and line not in heard and not line.startswith(_OF_BATCHES):
        heard.append(line)
