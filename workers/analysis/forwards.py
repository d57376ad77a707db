"""Modules that compute by another function for a while, then again as before. Knows nothing of what they compute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import nn

Forward = Callable[..., Any]


@contextmanager
def replaced(forwards: Mapping[nn.Module, Forward]) -> Iterator[None]:
    """Within the block each module's forward is the function given.

    Afterwards it is what it was, also where somebody else had replaced it (accelerate does, for a model across
    several GPUs), and also after a stop that comes while it is given back.
    """
    theirs = {module: vars(module).get("forward") for module in forwards}
    try:
        for module, forward in forwards.items():
            vars(module)["forward"] = forward
        yield
    finally:
        # A module left replaced would compute wrong numbers for the next job. A stop that cuts this short comes only
        # once: then again.
        try:
            _give_back(theirs)
        except BaseException:
            _give_back(theirs)
            raise


def _give_back(theirs: Mapping[nn.Module, Forward | None]) -> None:
    for module, forward in theirs.items():
        if forward is None:
            vars(module).pop("forward", None)
        else:
            vars(module)["forward"] = forward
