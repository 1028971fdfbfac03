"""The store on disk: accepted files kept for ever, manifests, and the one pointer whose swap publishes.

Everything is written beside and renamed into place; the pointer comes last. The new pointer is written, under another
name, before anything else gets its own: until it is renamed it says which snapshot was never swapped in, and the next
writer removes that one with the files that it alone lists. Nothing else that was accepted is ever removed, and no number
is given twice.

Whoever moves the pointer back by hand sees the older snapshot. A publish after it goes on from what is seen: uploads
that only newer snapshots list stay, as withdrawn, until `restore` lets them count again. A newer list that is damaged
stops every writer; a file that no list names is set aside.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import filelock

from access import audit
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
    unswapped,
)

# Snapshots kept for falling back; every upload is kept.
KEPT = 5
# The archive once more, laid out for Spark: made from it, so neither swept, checked nor backed up.
LAKE = "lake"
# Files of the archive that no manifest lists: kept, but not counted.
SET_ASIDE = "set-aside"
_RETRY = 0.25  # seconds between two tries to become the writer


def empty_manifest() -> dict:
    """The manifest of a store that holds nothing yet."""
    return {"version": STORE_VERSION, "sequence": 0, "uploads": []}


def newest_manifest(store: Path) -> dict:
    """The manifest that the pointer names, with every upload ever taken; empty for a new store.

    Without a pointer the newest manifest there is. Where the pointer was moved back, `left_behind` names the uploads that
    only newer manifests list; they are among the others, as withdrawn. Raises StoreFault where any of these is damaged,
    or of a newer program, or all are lost: no writer goes on without them.
    """
    # In this order: what a writer swaps in meanwhile is then no newer than the pointer.
    arriving, lists = _arriving(store), _lists(store)
    shown = pointer(store) or max(lists, default=None)
    if shown is None:
        if {path.stem for path in (store / "uploads").glob("u*.parquet")} - arriving:
            raise StoreFault("manifests_lost")
        return empty_manifest()
    manifest = _manifest(store, shown)
    known = {upload["id"] for upload in manifest["uploads"]}
    newer = [other for other in lists if other > shown]
    left = {
        upload["id"]: {**upload, "state": "withdrawn", "rows_in_force": 0}
        for other in newer
        for upload in _manifest(store, other)["uploads"]
        if upload["id"] not in known
    }
    if not left:
        return manifest
    uploads = sorted([*manifest["uploads"], *left.values()], key=lambda upload: upload["order"])
    return {**manifest, "uploads": uploads, "left_behind": sorted(left)}


def _manifest(store: Path, snapshot_id: str) -> dict:
    """One manifest. Raises StoreFault."""
    try:
        return read_manifest(store, snapshot_id)
    except NewerStore as newer:
        raise StoreFault("newer", said=str(newer)) from newer
    except (FileNotFoundError, ValueError) as error:
        raise StoreFault("manifest_damaged", id=snapshot_id) from error


def _lists(store: Path) -> list[str]:
    """The ids of the manifests there are, oldest first, but for those never swapped in."""
    return sorted({path.stem for path in (store / "snapshots").glob("s*.json")} - unswapped(store))


def _listing(store: Path) -> str | None:
    """The id of the manifest that lists the archive: the pointer's, or the newest even where its database is lost."""
    return pointer(store) or max(_lists(store), default=None)


def _arriving(store: Path) -> set[str]:
    """The uploads that snapshots list which were never swapped in."""
    return {upload_id for snapshot_id in unswapped(store) for upload_id in _listed_by(store, snapshot_id)}


def _listed_by(store: Path, snapshot_id: str) -> set[str]:
    """The uploads that a manifest lists; none where it cannot be read."""
    try:
        return {upload["id"] for upload in read_manifest(store, snapshot_id)["uploads"]}
    except (OSError, ValueError, KeyError, TypeError, NewerStore):
        return set()


def next_sequence(store: Path, manifest: dict) -> int:
    """A number that no snapshot of the store has had: greater than any that is there, or that the log names."""
    names = [path.name for path in (store / "snapshots").glob("s*")]
    names += [str(said.get("snapshot")) for said in audit.events(store)]
    return max([manifest["sequence"], *_numbers("s", [pointer(store) or "", *names])]) + 1


def next_order(store: Path, manifest: dict) -> int:
    """A number that no upload of the store has had: greater than any that is there, or that the log names."""
    names = [path.name for folder in ("uploads", SET_ASIDE) for path in (store / folder).glob("u*")]
    names += [str(said.get("upload")) for said in audit.events(store)]
    return max([0, *(upload["order"] for upload in manifest["uploads"]), *_numbers("u", names)]) + 1


def _numbers(letter: str, names: list[str]) -> list[int]:
    return [int(match[1]) for name in names if (match := re.match(rf"{letter}(\d+)\b", name))]


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
    """Remove what an interrupted writer left: unnamed files, a snapshot never swapped in with its uploads, half snapshots.

    Raises StoreFault where a list is damaged, and touches nothing then.
    """
    listed = {upload["id"] for upload in newest_manifest(store)["uploads"]}
    shown, whole, unfinished = _listing(store), set(snapshot_ids(store)), unswapped(store)
    for upload_id in _arriving(store) - listed:
        upload_path(store, upload_id).unlink(missing_ok=True)
    for path in (store / "uploads").iterdir():
        if path.name.startswith(UNNAMED):
            _remove(path)
        elif path.stem not in listed:
            _set_aside(store, path)
    for path in (store / "snapshots").iterdir():
        snapshot_id = path.name.partition(".")[0]
        pruned = shown is not None and snapshot_id < shown and snapshot_id not in whole
        removable = path.name.startswith(UNNAMED) or snapshot_id in unfinished
        if removable or (pruned and _listed_by(store, snapshot_id) <= listed):
            _remove(path)
    # The pointer that was never renamed says what to remove: it goes last.
    for path in store.glob(f"{UNNAMED}*"):
        _remove(path)


def _set_aside(store: Path, path: Path) -> None:
    """Keep a file that no manifest lists where nobody takes it for one of the archive."""
    folder = store / SET_ASIDE
    folder.mkdir(exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists():
        target, number = folder / f"{path.name}.{number}", number + 1
    path.replace(target)


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
    """Swap in a built database, with what `build` said of it and the manifest before; returns its id.

    An upload that has no place in the archive yet says under `path` where its file is.
    """
    snapshot_id = id_of(sequence)
    made = {"bytes": building.stat().st_size, "sha256": sha256_of(building)}
    in_force = facts.pop("rows_in_force")
    listing = {
        **empty_manifest(),
        "sequence": sequence,
        "built_at": now({**manifest, "uploads": uploads}),
        **made,
        **facts,
        "uploads": [_sealed(store, {**upload, **_standing(upload, in_force)}) for upload in uploads],
    }
    arriving = {upload["id"]: Path(upload["path"]) for upload in uploads if "path" in upload}
    commit(store, snapshot_id, building, listing, arriving)
    return snapshot_id


def _sealed(store: Path, upload: dict) -> dict:
    """An entry with the checksum of its archived file; one of store version 1 has none yet."""
    path = Path(upload.get("path") or upload_path(store, upload["id"]))
    entry = {name: value for name, value in upload.items() if name != "path"}
    return entry if "archived_sha256" in entry else {**entry, **checksums(path)}


def _standing(upload: dict, in_force: dict[int, int]) -> dict:
    """How many rows of an upload count now, and so whether later ones have replaced it whole."""
    if upload["state"] == "withdrawn":
        return {"rows_in_force": 0}
    rows = in_force.get(upload["order"], 0)
    return {"rows_in_force": rows, "state": "live" if rows or not upload["accepted"] else "superseded"}


def commit(store: Path, snapshot_id: str, building: Path, manifest: dict, arriving: dict[str, Path]) -> None:
    """Publish a built snapshot: database, manifest, arriving uploads, then the pointer. Before the swap nothing has happened."""
    pointing = unnamed(store, f"-{POINTER}")
    pointing.write_text(snapshot_id + "\n", encoding="utf-8")
    sync(pointing)
    sync_folder(store)  # on the disk before any file that it tells to be unfinished
    settle(building, store / "snapshots" / f"{snapshot_id}.duckdb")
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    write_text(store / "snapshots" / f"{snapshot_id}.json", text)
    for upload_id, path in arriving.items():
        settle(path, upload_path(store, upload_id))
    pointing.replace(store / POINTER)
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
