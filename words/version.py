"""The version of the program."""

from __future__ import annotations

import tomllib
from functools import cache

from queries.snapshot import ROOT


@cache
def version() -> str:
    """The version from pyproject.toml: “1.0.0”."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
