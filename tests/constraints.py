"""constraints.txt: the exact versions that the tests ran with, and whether they are what is installed."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "constraints.txt"


def pinned() -> dict[str, Version]:
    """Return the version of every package that applies to this Python and platform, by canonical name."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    requirements = [Requirement(line) for line in lines]
    return {
        canonicalize_name(one.name): Version(next(iter(one.specifier)).version)
        for one in requirements
        if one.marker is None or one.marker.evaluate()
    }


def required() -> list[Requirement]:
    """Return what pyproject.toml asks for, extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = (project["dependencies"], *project["optional-dependencies"].values())
    return [Requirement(line) for lines in lists for line in lines]


def differing() -> dict[str, str]:
    """Return the installed versions of direct dependencies that are not the pinned ones; {} under the lock.

    A local part counts for nothing: `2.13.0+cpu` is 2.13.0.
    """
    pins = pinned()
    installed = {canonicalize_name(one.name): _installed(one.name) for one in required()}
    return {
        name: found for name, found in installed.items() if found and Version(found).public != str(pins.get(name, ""))
    }


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
