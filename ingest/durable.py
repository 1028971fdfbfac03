"""Files that survive a power loss: written under a temporary name, flushed to disk, then renamed."""

from __future__ import annotations

import os
from pathlib import Path

# Prefix of files being built; nothing refers to them yet.
UNNAMED = ".building-"


def unnamed(folder: Path, suffix: str) -> Path:
    """A temporary path in the folder, for a file being built."""
    return folder / f"{UNNAMED}{os.getpid()}{suffix}"


def settle(building: Path, final: Path) -> None:
    """Flush a finished file to disk, then rename it to its final name."""
    sync(building)
    building.replace(final)
    sync_folder(final.parent)


def sync(path: Path) -> None:
    """Flush a file's content to disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, if the platform supports it (Windows cannot open folders)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Replace a small file atomically."""
    building = unnamed(path.parent, f"-{path.name}")
    building.write_text(text, encoding="utf-8")
    settle(building, path)
