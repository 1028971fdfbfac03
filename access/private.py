"""Small files that only their owner may read, replaced whole: a reader sees the old or the new one, never a part."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

# Prefix of a file being written; nothing reads it, and no backup takes it.
_BUILDING = ".building-"


def write(path: Path, text: str) -> None:
    """Replace a file, on the disk before it has its name. Raises OSError."""
    beside = path.with_name(f"{_BUILDING}{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def left_behind(folder: Path) -> list[Path]:
    """The files that a process which was killed was writing."""
    return list(folder.glob(f"{_BUILDING}*"))
