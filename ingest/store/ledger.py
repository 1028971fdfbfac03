"""Books of what the office did: append-only files in the store that no rebuild touches, kept in backup and restore.

Each line is one entry, as JSON with the hash of the line before it. An entry is whole or not there: a line without its end,
left by a crash, was never acknowledged and is removed by the next writer. Any other change is damage, and a damaged book is
not written on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import filelock

from ingest import durable
from ingest.store.fault import StoreFault, in_words

LETTERS, COMMITMENTS, MAIL = "letters.jsonl", "commitments.jsonl", "mail.jsonl"
BOOKS = {LETTERS: "sổ phiếu xin lỗi", COMMITMENTS: "sổ kết luận giao ban", MAIL: "sổ thư đã gửi"}
_FIRST = "0" * 64
_WAIT = 30  # seconds for another writer


class Book:
    """A book held by one writer: the entries so far, and a way to add one."""

    def __init__(self, path: Path, entries: list[dict], last: str, size: int):
        self.entries, self._path, self._last, self._size = entries, path, last, size

    def add(self, who: str, **said: object) -> dict:
        """Write one entry through to the disk; returns it. Raises StoreFault, and then nothing is written."""
        entry = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "who": who, **said, "previous": self._last}
        line = json.dumps(entry, ensure_ascii=False, sort_keys=True).encode() + b"\n"
        with in_words():
            self._write(line)
        self._last, self._size = _digest(line), self._size + len(line)
        self.entries.append(entry)
        return entry

    def _write(self, line: bytes) -> None:
        is_new = not self._path.exists()
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o640)
        try:
            # What a crash has left behind the last whole entry goes; the entry is there only with its end.
            os.ftruncate(handle, self._size)
            os.lseek(handle, self._size, os.SEEK_SET)
            try:
                rest = memoryview(line)
                while rest:
                    rest = rest[os.write(handle, rest) :]
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, self._size)
                raise
        finally:
            os.close(handle)
        if is_new:
            durable.sync_folder(self._path.parent)


@contextmanager
def holding(store: Path, name: str) -> Iterator[Book]:
    """Hold a book of BOOKS for writing. Raises StoreFault if it is damaged, or another writer does not end."""
    store.mkdir(parents=True, exist_ok=True)
    path = store / name
    try:
        with filelock.FileLock(store / f"{name}.lock", timeout=_WAIT), in_words():
            yield Book(path, *_read(path))
    except filelock.Timeout as busy:
        raise StoreFault("book_busy", book=BOOKS[name]) from busy


def entries(store: Path, name: str) -> list[dict]:
    """The entries of a book, oldest first, each with at and who. Raises StoreFault if it is damaged."""
    with in_words():
        return _read(store / name)[0]


def is_continued(path: Path, by: Path) -> bool:
    """Whether a book is intact and begins with all entries of another one."""
    try:
        whole, start = _read(path)[2], _read(by)[2]
    except (StoreFault, OSError):
        return False
    return path.is_file() and whole >= start and path.read_bytes()[:start] == by.read_bytes()[:start]


def _read(path: Path) -> tuple[list[dict], str, int]:
    """The entries, the hash of the last one, and the bytes that they take."""
    found, last, size = [], _FIRST, 0
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return found, last, size
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        if not line.endswith(b"\n"):
            break
        entry = _entry(line)
        if entry is None or entry["previous"] != last:
            raise StoreFault("book_damaged", book=BOOKS.get(path.name, path.name), file=path.name, line=str(number))
        found.append(entry)
        last, size = _digest(line), size + len(line)
    return found, last, size


def _entry(line: bytes) -> dict | None:
    """A line as an entry; None if `Book.add` cannot have written it."""
    try:
        entry = json.loads(line)
        datetime.fromisoformat(entry["at"])
        return entry if isinstance(entry["who"], str) and isinstance(entry["previous"], str) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
