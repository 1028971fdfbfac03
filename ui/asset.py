"""Styles, scripts and HTML of any length: files of their own kind beside the modules that use them."""

from functools import cache
from pathlib import Path


@cache
def asset(name: str) -> str:
    """The text of ui/<name>."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
