"""CSS, JavaScript and HTML are separate files beside the modules that use them."""

from functools import cache
from pathlib import Path


@cache
def asset(name: str) -> str:
    """The text of the file ui/<name>."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
