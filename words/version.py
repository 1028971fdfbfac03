"""Which version of the program this is."""

from __future__ import annotations

import tomllib
from functools import cache

from queries.snapshot import ROOT


@cache
def version() -> str:
    """The version as pyproject.toml states it: “1.0.0”."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
