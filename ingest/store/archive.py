"""The store on disk: accepted files that are kept for ever, manifests, and the pointer whose rename publishes.

Every file is written under a temporary name and then renamed; the pointer comes last. The new pointer is written under
a temporary name before any other file is renamed. Until its rename it names the unpublished snapshot, and the next
writer removes this snapshot with the uploads that only it lists. No other accepted file is ever removed, and no number
is used twice.

If an administrator moves the pointer back by hand, readers see the older snapshot. The next publish continues from it:
uploads listed only by newer snapshots stay as withdrawn until `restore`. A damaged newer manifest stops every writer. A
file that no manifest lists is set aside.
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

# Number of snapshots kept for fallback; every upload is kept.
KEPT = 5
# A copy of the archive laid out for Spark; it can be recreated, so it is not swept, checked or backed up.
LAKE = "lake"
# Archived files that no manifest lists: kept, but not counted.
SET_ASIDE = "set-aside"
_RETRY = 0.25  # seconds between two attempts to get the writer lock


def empty_manifest() -> dict:
    """The manifest of an empty store."""
    return {"version": STORE_VERSION, "sequence": 0, "uploads": []}


def newest_manifest(store: Path) -> dict:
    """The manifest named by the pointer, with every upload ever accepted; empty for a new store.

    Without a pointer, the newest manifest. If the pointer was moved back, the uploads listed only by newer manifests
    are added as withdrawn, and `left_behind` contains their ids. Raises StoreFault if one of these manifests is damaged
    or of a newer program version, or if all are lost, because a writer must not continue without them.
    """
    # In this order: a snapshot published in the meantime is then not newer than the pointer.
    arriving, lists = _arriving(store), _lists(store)
    shown = _listing(store, lists)
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
    """Read one manifest. Raises StoreFault."""
    try:
        return read_manifest(store, snapshot_id)
    except NewerStore as newer:
        raise StoreFault("newer", said=str(newer)) from newer
    except (FileNotFoundError, ValueError) as error:
        raise StoreFault("manifest_damaged", id=snapshot_id) from error


def _lists(store: Path) -> list[str]:
    """The ids of the published manifests, oldest first."""
    return sorted({path.stem for path in (store / "snapshots").glob("s*.json")} - unswapped(store))


def _listing(store: Path, lists: list[str]) -> str | None:
    """The id of the manifest that lists the archive: the pointer's, or the newest one, even without its database."""
    return pointer(store) or max(lists, default=None)


def _arriving(store: Path) -> set[str]:
    """The uploads listed by unpublished snapshots."""
    return {upload_id for snapshot_id in unswapped(store) for upload_id in _listed_by(store, snapshot_id)}


def _listed_by(store: Path, snapshot_id: str) -> set[str]:
    """The uploads listed by a manifest; empty if it cannot be read."""
    try:
        return {upload["id"] for upload in read_manifest(store, snapshot_id)["uploads"]}
    except (OSError, ValueError, KeyError, TypeError, NewerStore):
        return set()


def next_sequence(store: Path, manifest: dict) -> int:
    """A new snapshot number: greater than any number in the store or in the log."""
    names = [path.name for path in (store / "snapshots").glob("s*")]
    names += [str(said.get("snapshot")) for said in audit.events(store)]
    return max([manifest["sequence"], *_numbers("s", [pointer(store) or "", *names])]) + 1


def next_order(store: Path, manifest: dict) -> int:
    """A new upload number: greater than any number in the store or in the log."""
    names = [path.name for folder in ("uploads", SET_ASIDE) for path in (store / folder).glob("u*")]
    names += [str(said.get("upload")) for said in audit.events(store)]
    return max([0, *(upload["order"] for upload in manifest["uploads"]), *_numbers("u", names)]) + 1


def _numbers(letter: str, names: list[str]) -> list[int]:
    return [int(match[1]) for name in names if (match := re.match(rf"{letter}(\d+)\b", name))]


@contextmanager
def writing(
    store: Path, patience: float = 0, progress: Callable[[str, float], None] = lambda stage, share: None
) -> Iterator[None]:
    """Hold the writer lock of the store and remove temporary files if the writer fails.

    Raises Busy if another writer still holds the lock after `patience` seconds, StoreFault for a fault of the disk.
    """
    with holding(store, patience, progress):
        sweep(store)
        try:
            yield
        except BaseException:
            # Free space on a full disk; if this fails too, the next writer does it.
            with suppress(Exception):
                sweep(store)
            raise


@contextmanager
def holding(
    store: Path, patience: float = 0, progress: Callable[[str, float], None] = lambda stage, share: None
) -> Iterator[None]:
    """Hold the writer lock without checking the state of the store. Raises Busy, StoreFault."""
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
    """Remove what an interrupted writer left: temporary files, unpublished snapshots with their uploads.

    Also removes half-pruned snapshots. Raises StoreFault if a manifest is damaged, and then changes nothing.
    """
    listed = {upload["id"] for upload in newest_manifest(store)["uploads"]}
    shown, whole, unfinished = _listing(store, _lists(store)), set(snapshot_ids(store)), unswapped(store)
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
    # Remove the unfinished pointer last, because it names the files to remove.
    for path in store.glob(f"{UNNAMED}*"):
        _remove(path)


def _set_aside(store: Path, path: Path) -> None:
    """Move a file that no manifest lists out of the archive, and keep it."""
    folder = store / SET_ASIDE
    folder.mkdir(exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists():
        target, number = folder / f"{path.name}.{number}", number + 1
    path.replace(target)


def _remove(path: Path) -> None:
    """Remove a file, or DuckDB's folder for data that did not fit in memory."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


# The key of an archived file's own metadata with the lines and hashed keys of the rows that were refused.
REFUSED = "refused"


def refused_keys(store: Path, upload: dict) -> list[tuple[int, str | None, str | None]]:
    """The line, hashed key and unit of each row of a file that was refused when its valid rows were published."""
    if not upload.get("rejected"):
        return []
    path = only(upload.get("path") or upload_path(store, upload["id"]))
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT decode(value) FROM parquet_kv_metadata(?) WHERE decode(key) = ?", [path, REFUSED]
        ).fetchone()
    # Files archived earlier have no unit.
    told = ((*one.split(" "), "", "")[:3] for one in (found or [""])[0].split(",") if one)
    return [(int(line), key or None, unit or None) for line, key, unit in told]


def upload_path(store: Path, upload_id: str) -> Path:
    """The path of an upload's archived rows."""
    return store / "uploads" / f"{upload_id}.parquet"


def checksums(path: Path) -> dict:
    """The size and checksum of an archived file, for the upload's entry."""
    return {"archived_bytes": path.stat().st_size, "archived_sha256": sha256_of(path)}


def is_intact(store: Path, upload: dict) -> bool:
    """Whether an upload's archived file exists and is unchanged.

    An entry of store version 1 has no checksum: its file must contain as many rows as were accepted.
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
    """Raise StoreFault for the first damaged archived file; uploads that are not yet archived are skipped."""
    for upload in uploads:
        if "path" not in upload and not is_intact(store, upload):
            raise StoreFault("upload_damaged", id=upload["id"], file=upload["file"])


def announce(store: Path, building: Path, facts: dict, uploads: list[dict], manifest: dict, sequence: int) -> str:
    """Publish a built database with the facts of `build` and the previous manifest; returns its id.

    A new upload has the key `path`: where its file is now.
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
    """An entry with the checksum of its archived file; an entry of store version 1 has none yet."""
    path = Path(upload.get("path") or upload_path(store, upload["id"]))
    entry = {name: value for name, value in upload.items() if name != "path"}
    return entry if "archived_sha256" in entry else {**entry, **checksums(path)}


def _standing(upload: dict, in_force: dict[int, int]) -> dict:
    """The number of rows in force, and the state: superseded if later uploads replace all rows."""
    if upload["state"] == "withdrawn":
        return {"rows_in_force": 0}
    rows = in_force.get(upload["order"], 0)
    return {"rows_in_force": rows, "state": "live" if rows or not upload["accepted"] else "superseded"}


def commit(store: Path, snapshot_id: str, building: Path, manifest: dict, arriving: dict[str, Path]) -> None:
    """Publish a built snapshot: database, manifest, new uploads, then the pointer. Only the last step has an effect."""
    pointing = unnamed(store, f"-{POINTER}")
    pointing.write_text(snapshot_id + "\n", encoding="utf-8")
    sync(pointing)
    sync_folder(store)  # the unfinished pointer must be on disk before the files that it names
    settle(building, store / "snapshots" / f"{snapshot_id}.duckdb")
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    write_text(store / "snapshots" / f"{snapshot_id}.json", text)
    for upload_id, path in arriving.items():
        settle(path, upload_path(store, upload_id))
    pointing.replace(store / POINTER)
    # Now the snapshot is published, so an error must not be reported as a failure. After a power loss either pointer is
    # whole.
    with suppress(OSError):
        sync_folder(store)
        prune(store)


def prune(store: Path) -> None:
    """Remove old snapshots; one that is still open (Windows) is removed the next time."""
    for old in snapshot_ids(store)[KEPT:]:
        for suffix in (".json", ".duckdb"):
            try:
                (store / "snapshots" / f"{old}{suffix}").unlink(missing_ok=True)
            except OSError:
                break


def now(manifest: dict | None = None) -> str:
    """The current time in UTC, to the second; never earlier than the manifest's, even if the clock was set back."""
    recorded = [manifest.get("built_at", ""), *(upload["at"] for upload in manifest["uploads"])] if manifest else []
    return max([datetime.now(UTC).isoformat(timespec="seconds"), *recorded])
