"""The store on disk: accepted files kept for ever, manifests, and the one pointer whose swap publishes.

Everything is written beside and renamed into place; the pointer comes last. Whatever is interrupted leaves
files that no manifest names, which the next writer removes.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import filelock

from ingest import Busy
from queries.snapshot import POINTER, STORE_VERSION, pointed_id, read_manifest, snapshot_ids

# Snapshots kept for falling back; every upload is kept.
KEPT = 5
_UNNAMED = ".building-"
_RETRY = 0.25  # seconds between two tries to become the writer


def empty_manifest() -> dict:
    """The manifest of a store that holds nothing yet."""
    return {"version": STORE_VERSION, "sequence": 0, "uploads": []}


def newest_manifest(store: Path) -> dict:
    """The manifest that the pointer names, with every upload ever taken; empty for a new store.

    Without a pointer the newest whole snapshot's. A damaged one raises ValueError: no writer goes on without it.
    """
    newest = pointed_id(store)
    return read_manifest(store, newest) if newest else empty_manifest()


@contextmanager
def writing(
    store: Path, patience: float = 0, progress: Callable[[str, float], None] = lambda stage, share: None
) -> Iterator[None]:
    """Hold the store for one writer; raises Busy when another still holds it after `patience` seconds."""
    for folder in (store / "snapshots", store / "uploads"):
        folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(store / "lock")
    give_up = time.monotonic() + patience
    while not _acquired(lock):
        if time.monotonic() >= give_up:
            raise Busy
        progress("Một lần nạp khác đang chạy; đang chờ đến lượt", 0.0)
        time.sleep(_RETRY)
    try:
        _sweep(store)
        yield
    finally:
        lock.release()


def _acquired(lock: filelock.BaseFileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return False
    return True


def _sweep(store: Path) -> None:
    """Remove what an interrupted writer left: unnamed files, uploads that no manifest names, half snapshots."""
    newest, whole = pointed_id(store), set(snapshot_ids(store))
    named = {upload["id"] for upload in newest_manifest(store)["uploads"]}
    for path in (store / "uploads").iterdir():
        # Where every manifest is lost, the files are all that is left: they stay.
        if path.name.startswith(_UNNAMED) or (newest and path.stem not in named):
            _remove(path)
    for path in (store / "snapshots").iterdir():
        # A snapshot newer than the pointer was built by a writer that never came to swap it in.
        snapshot_id = path.name.partition(".")[0]
        if snapshot_id != newest and (snapshot_id not in whole or snapshot_id > newest):
            _remove(path)


def _remove(path: Path) -> None:
    """Remove a file, or the folder in which DuckDB kept what did not fit into memory."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def unnamed(folder: Path, suffix: str) -> Path:
    """A path in the folder for something being built, not yet known to anyone."""
    return folder / f"{_UNNAMED}{os.getpid()}{suffix}"


def upload_path(store: Path, upload_id: str) -> Path:
    """Where the rows of one upload are kept."""
    return store / "uploads" / f"{upload_id}.parquet"


def settle(building: Path, final: Path) -> None:
    """Give a finished file its name: on the disk first, then renamed."""
    with building.open("rb+") as file:
        os.fsync(file.fileno())
    building.replace(final)
    _sync_folder(final.parent)


def _sync_folder(folder: Path) -> None:
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


def commit(store: Path, snapshot_id: str, manifest: dict) -> None:
    """Publish a built snapshot: its manifest, then the pointer. Before the swap nothing has happened."""
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    write_text(store / "snapshots" / f"{snapshot_id}.json", text)
    write_text(store / POINTER, snapshot_id + "\n")
    prune(store)


def prune(store: Path) -> None:
    """Keep the newest snapshots; one still open elsewhere (Windows) waits for the next time."""
    for old in snapshot_ids(store)[KEPT:]:
        for suffix in (".json", ".duckdb"):
            try:
                (store / "snapshots" / f"{old}{suffix}").unlink(missing_ok=True)
            except OSError:
                break


def now() -> str:
    """The present moment in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
