"""The store on disk: accepted files kept for ever, manifests, and the one pointer whose swap publishes.

Everything is written beside and renamed into place; the pointer comes last. Whatever is interrupted leaves
files that no manifest names, which the next writer removes.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import filelock

from ingest import Busy
from ingest.durable import UNNAMED, settle, sync, sync_folder, unnamed, write_text
from ingest.store.fault import StoreFault, explained, in_words, is_stop
from queries.snapshot import (
    POINTER,
    STORE_VERSION,
    NewerStore,
    id_of,
    is_whole,
    only,
    pointer,
    read_manifest,
    sha256_of,
    snapshot_ids,
)

# Snapshots kept for falling back; every upload is kept.
KEPT = 5
# The archive once more, laid out for Spark: made from it, so neither swept, checked nor backed up.
LAKE = "lake"
_RETRY = 0.25  # seconds between two tries to become the writer


def empty_manifest() -> dict:
    """The manifest of a store that holds nothing yet."""
    return {"version": STORE_VERSION, "sequence": 0, "uploads": []}


def newest_manifest(store: Path) -> dict:
    """The manifest that the pointer names, with every upload ever taken; empty for a new store.

    Without a pointer the newest manifest there is. Raises StoreFault where it is damaged, or of a newer program: no
    writer goes on without it.
    """
    newest = _listing(store)
    if newest is None:
        return empty_manifest()
    try:
        return read_manifest(store, newest)
    except NewerStore as newer:
        raise StoreFault("newer", said=str(newer)) from newer
    except (FileNotFoundError, ValueError) as error:
        raise StoreFault("manifest_damaged", id=newest) from error


def _listing(store: Path) -> str | None:
    """The id of the manifest that lists the archive: the pointer's, or the newest even where its database is lost."""
    return pointer(store) or max((path.stem for path in (store / "snapshots").glob("s*.json")), default=None)


@contextmanager
def writing(
    store: Path, patience: float = 0, progress: Callable[[str, float], None] = lambda stage, share: None
) -> Iterator[None]:
    """Hold the store for one writer, and leave nothing behind of one that fails.

    Raises Busy when another still holds it after `patience` seconds, StoreFault for a fault of the disk.
    """
    with holding(store, patience, progress):
        sweep(store)
        try:
            yield
        except BaseException:
            # Room on a full disk; where even that fails, the next writer does it.
            with suppress(Exception):
                sweep(store)
            raise


@contextmanager
def holding(
    store: Path, patience: float = 0, progress: Callable[[str, float], None] = lambda stage, share: None
) -> Iterator[None]:
    """Hold the store, whatever state it is in. Raises Busy, StoreFault."""
    with in_words():
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
            yield
        finally:
            lock.release()


def _acquired(lock: filelock.BaseFileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return False
    return True


def sweep(store: Path) -> None:
    """Remove what an interrupted writer left: unnamed files, uploads that no manifest names, half snapshots."""
    for path in store.glob(f"{UNNAMED}*"):
        _remove(path)
    newest, whole = _listing(store), set(snapshot_ids(store))
    named = {upload["id"] for upload in newest_manifest(store)["uploads"]}
    for path in (store / "uploads").iterdir():
        # Where every manifest is lost, the files are all that is left: they stay.
        if path.name.startswith(UNNAMED) or (newest and path.stem not in named):
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


def upload_path(store: Path, upload_id: str) -> Path:
    """Where the rows of one upload are kept."""
    return store / "uploads" / f"{upload_id}.parquet"


def checksums(path: Path) -> dict:
    """What an upload's entry says of its archived file."""
    return {"archived_bytes": path.stat().st_size, "archived_sha256": sha256_of(path)}


def is_intact(store: Path, upload: dict) -> bool:
    """Whether an upload's archived file is there and as it was when it was taken.

    An entry of store version 1 has no checksum: its file must hold as many rows as were accepted.
    """
    path = upload_path(store, upload["id"])
    try:
        if not is_whole(path, upload.get("archived_bytes"), upload.get("archived_sha256")):
            return False
        return "archived_sha256" in upload or _rows(path) == upload["accepted"]
    except FileNotFoundError:
        return False
    except duckdb.Error as error:
        if explained(error) or is_stop(error):
            raise
        return False


def _rows(path: Path) -> int:
    with duckdb.connect() as connection:
        return connection.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [only(path)]).fetchone()[0]


def require_intact(store: Path, uploads: list[dict]) -> None:
    """Raise StoreFault for the first upload whose archived file is damaged; those just being taken have none yet."""
    for upload in uploads:
        if "path" not in upload and not is_intact(store, upload):
            raise StoreFault("upload_damaged", id=upload["id"], file=upload["file"])


def announce(store: Path, building: Path, facts: dict, uploads: list[dict], manifest: dict, sequence: int) -> str:
    """Name a built database and swap it in, with what `build` said of it and the manifest before; returns its id."""
    snapshot_id = id_of(sequence)
    made = {"bytes": building.stat().st_size, "sha256": sha256_of(building)}
    settle(building, store / "snapshots" / f"{snapshot_id}.duckdb")
    in_force = facts.pop("rows_in_force")
    commit(
        store,
        snapshot_id,
        {
            **empty_manifest(),
            "sequence": sequence,
            "built_at": now({**manifest, "uploads": uploads}),
            **made,
            **facts,
            "uploads": [_sealed(store, {**upload, **_standing(upload, in_force)}) for upload in uploads],
        },
    )
    return snapshot_id


def _sealed(store: Path, upload: dict) -> dict:
    """An entry with the checksum of its archived file; one of store version 1 has none yet."""
    if "archived_sha256" in upload:
        return upload
    return {**upload, **checksums(upload_path(store, upload["id"]))}


def _standing(upload: dict, in_force: dict[int, int]) -> dict:
    """How many rows of an upload count now, and so whether later ones have replaced it whole."""
    if upload["state"] == "withdrawn":
        return {"rows_in_force": 0}
    rows = in_force.get(upload["order"], 0)
    return {"rows_in_force": rows, "state": "live" if rows or not upload["accepted"] else "superseded"}


def commit(store: Path, snapshot_id: str, manifest: dict) -> None:
    """Publish a built snapshot: its manifest, then the pointer. Before the swap nothing has happened."""
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    write_text(store / "snapshots" / f"{snapshot_id}.json", text)
    building = unnamed(store, f"-{POINTER}")
    building.write_text(snapshot_id + "\n", encoding="utf-8")
    sync(building)
    building.replace(store / POINTER)
    # From here on it is published: to call it failed would be untrue. After a loss of power either pointer is whole.
    with suppress(OSError):
        sync_folder(store)
        prune(store)


def prune(store: Path) -> None:
    """Keep the newest snapshots; one still open elsewhere (Windows) waits for the next time."""
    for old in snapshot_ids(store)[KEPT:]:
        for suffix in (".json", ".duckdb"):
            try:
                (store / "snapshots" / f"{old}{suffix}").unlink(missing_ok=True)
            except OSError:
                break


def now(manifest: dict | None = None) -> str:
    """The present moment in UTC, to the second; never before what a manifest records, should the clock go back."""
    recorded = [manifest.get("built_at", ""), *(upload["at"] for upload in manifest["uploads"])] if manifest else []
    return max([datetime.now(UTC).isoformat(timespec="seconds"), *recorded])
