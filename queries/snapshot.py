"""Which snapshot readers see: the store's layout, the pointer, and the way back when a snapshot is broken.

A store is a folder::

    current                 one line: the id of the snapshot that readers open
    snapshots/<id>.duckdb   the database, never changed once named
    snapshots/<id>.json     its manifest: the uploads it was built from
    uploads/<id>.parquet    every accepted file, kept for ever

Snapshots have unique names because DuckDB hands out the old database when a replaced file is opened while
any connection to it is still open.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
POINTER = "current"
# Each value is the newest layout this program reads; another one is rebuilt from the archive.
STORE_VERSION = 1


class NoSnapshot(Exception):
    """The store holds no snapshot that can be opened."""


@dataclass(frozen=True)
class Snapshot:
    """One immutable database: its id, file, manifest, and whether it stands in for a broken newer one."""

    id: str
    path: Path
    manifest: dict
    broken: tuple[str, ...] = ()

    @property
    def uploads(self) -> list[dict]:
        """The uploads of its manifest, oldest first."""
        return self.manifest["uploads"]


def store_directory() -> Path:
    """The store's folder: DASHBOARD_STORE, or data/store in the project."""
    return Path(os.environ.get("DASHBOARD_STORE") or ROOT / "data" / "store")


def pointed_id(store: Path) -> str | None:
    """The id in the pointer file; where that is lost, the newest whole snapshot; None for an empty store."""
    try:
        named = (store / POINTER).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        named = ""
    return named or next(iter(snapshot_ids(store)), None)


def snapshot_ids(store: Path) -> list[str]:
    """The ids of the whole snapshots (database and manifest both there), newest first."""
    folder = store / "snapshots"
    return sorted((p.stem for p in folder.glob("s*.json") if p.with_suffix(".duckdb").exists()), reverse=True)


def read_manifest(store: Path, snapshot_id: str) -> dict:
    """The manifest of one snapshot. Raises OSError or ValueError where it cannot be read."""
    manifest = json.loads((store / "snapshots" / f"{snapshot_id}.json").read_text(encoding="utf-8"))
    if not isinstance(manifest, dict) or not {"sequence", "uploads"} <= manifest.keys():
        raise ValueError(f"{snapshot_id}.json is no manifest")
    return manifest


class Reader:
    """A snapshot opened read-only, with the answers already given: they stay true, it never changes."""

    def __init__(self, snapshot: Snapshot):
        # A truncated file opens, and fails later where a table is missing: its size settles it now.
        if snapshot.path.stat().st_size != snapshot.manifest.get("bytes", snapshot.path.stat().st_size):
            raise OSError(f"{snapshot.path} is not whole")
        self.snapshot = snapshot
        self.answer = lru_cache(maxsize=1024)(self._answer)
        self._connection = duckdb.connect(str(snapshot.path), read_only=True)
        # In this order: once locked, nothing that a query says can open a file or change a setting.
        for statement in (
            "SET TimeZone = 'Asia/Ho_Chi_Minh'",
            "SET python_enable_replacements = false",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ):
            self._connection.execute(statement)

    def _answer(self, sql: str, bound: tuple) -> pd.DataFrame:
        """Run one statement with its parameters (name, value); on a cursor of its own, as threads need."""
        return self._connection.cursor().execute(sql, dict(bound)).df()


_readers: dict[tuple[str, str], Reader] = {}
_guard = threading.Lock()
# Pages opened just before a swap may still be reading the one before.
_KEPT_OPEN = 3


def reader(store: Path | None = None) -> Reader:
    """The reader of the snapshot the pointer names, or of the newest one that opens.

    Raises NoSnapshot where nothing can be opened. Opening costs some milliseconds and happens once a
    snapshot; every later call is one small file read.
    """
    store = store or store_directory()
    wanted = pointed_id(store)
    if wanted is None:
        raise NoSnapshot(str(store))
    with _guard:
        known = _readers.get((str(store), wanted))
        if known is None:
            known = _open(store, wanted)
            _readers[str(store), wanted] = known
            _forget_old(str(store))
        return known


def _open(store: Path, wanted: str) -> Reader:
    """Open the wanted snapshot, or the first older one that is whole."""
    broken = []
    for candidate in [wanted, *(i for i in snapshot_ids(store) if i < wanted)]:
        try:
            snapshot = Snapshot(
                candidate,
                store / "snapshots" / f"{candidate}.duckdb",
                read_manifest(store, candidate),
                tuple(broken),
            )
            return Reader(snapshot)
        except (duckdb.Error, OSError, ValueError):
            broken.append(candidate)
    raise NoSnapshot(f"{store}: {', '.join(broken)}")


def _forget_old(store: str) -> None:
    """Drop the readers of snapshots that no page can be showing any more; a running one keeps its own alive."""
    mine = [key for key in _readers if key[0] == store]
    for key in mine[:-_KEPT_OPEN]:
        _readers.pop(key)
