"""Files that survive a loss of power: written beside, flushed to the disk, then renamed into place."""

from __future__ import annotations

import os
from pathlib import Path

# Prefix of the names of files that are being built: nothing refers to them yet.
UNNAMED = ".building-"


def unnamed(folder: Path, suffix: str) -> Path:
    """A path in the folder for a file being built, which nothing refers to yet."""
    return folder / f"{UNNAMED}{os.getpid()}{suffix}"


def settle(building: Path, final: Path) -> None:
    """Give a finished file its name: on the disk first, then renamed."""
    sync(building)
    building.replace(final)
    sync_folder(final.parent)


def sync(path: Path) -> None:
    """Make a file's bytes lasting."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the folder's entries lasting, where the platform can (Windows cannot open folders)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Replace a small file in one step."""
    building = unnamed(path.parent, f"-{path.name}")
    building.write_text(text, encoding="utf-8")
    settle(building, path)
