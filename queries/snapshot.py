"""Which snapshot readers see: the store's layout, the pointer, and the way back when a snapshot is broken.

A store is a folder::

    current                 one line: the id of the snapshot that readers open
    snapshots/<id>.duckdb   the database, never changed once named
    snapshots/<id>.json     its manifest: the uploads it was built from, sizes and checksums
    uploads/<id>.parquet    every accepted file, kept for ever

A snapshot is whole when its file has the size and the SHA-256 of its manifest: a process looks once, when it opens
it (45 ms for 55 MB). Snapshots have unique names because DuckDB hands out the old database when a replaced file is opened while
any connection to it is still open.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from queries.kept import MEGABYTE, Kept, frame_size

ROOT = Path(__file__).resolve().parent.parent
POINTER = "current"
# The pointer while it is being written: it names a snapshot that is not swapped in, until it is renamed.
_POINTING = f".building-*-{POINTER}"
# Each value is the newest layout this program reads; another one is rebuilt from the archive.
# 2: checksums of the archived files and of the snapshot. 3: the homes that figures are seen from, tables of sums.
# 4: macros and views that questions share.
STORE_VERSION = 4
MAIN = "main"  # the schema of the home that the setting names, and of all that homes share
# One thread a question, the page's own: a long one of one reader leaves the others their share of the processors. And
# an end to it, in seconds.
_THREADS = 1
LONGEST = 30
# Bytes of answers that an open snapshot keeps: a page's ask for 5 to 30 kilobytes each.
_ROOM = 64 * MEGABYTE
# Questions asked again of a new snapshot before anybody waits for them: some pages' worth.
_WARMED = 128
_ID = re.compile(r"s\d{6,}")


class NoSnapshot(Exception):
    """The store holds no snapshot that can be opened."""


class NothingWhole(NoSnapshot):
    """The store holds snapshots, and none of them is whole: damage, not an empty store."""


class OldStore(Exception):
    """The snapshot was made by an older version of the program; rebuilt from the archive it can be read."""


class TooLong(Exception):
    """A question took longer than one reader may keep the machine busy."""


class NewerStore(Exception):
    """The store was written by a newer version of the program than this one; the message says what to do."""

    def __init__(self, version: int):
        super().__init__(
            f"Kho số liệu do phiên bản mới hơn của chương trình tạo (kho bản {version}, chương trình này đọc đến bản "
            f"{STORE_VERSION}). Cập nhật chương trình rồi mở lại."
        )
        self.version = version

    def __reduce__(self):
        """Exceptions travel between processes by their arguments."""
        return type(self), (self.version,)


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


def id_of(sequence: int) -> str:
    """The id of the snapshot with this number in the order of publishing: “s000012”."""
    return f"s{sequence:06d}"


def pointed_id(store: Path) -> str | None:
    """The id in the pointer file; where that is lost or garbled, the newest whole snapshot; None for an empty store."""
    unfinished = unswapped(store)
    return pointer(store) or next((known for known in snapshot_ids(store) if known not in unfinished), None)


def pointer(store: Path) -> str | None:
    """The id in the pointer file; None where there is none, or what it says is no id."""
    return _id_in(store / POINTER)


def unswapped(store: Path) -> set[str]:
    """The snapshots that a writer is about to swap in, or was when it was stopped: nobody has seen them."""
    return {named for path in store.glob(_POINTING) if (named := _id_in(path))}


def _id_in(path: Path) -> str | None:
    try:
        named = path.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    return named if _ID.fullmatch(named) else None


def snapshot_ids(store: Path) -> list[str]:
    """The ids of the whole snapshots (database and manifest both there), newest first."""
    folder = store / "snapshots"
    return sorted((p.stem for p in folder.glob("s*.json") if p.with_suffix(".duckdb").exists()), reverse=True)


def read_manifest(store: Path, snapshot_id: str) -> dict:
    """The manifest of one snapshot, of this version of the store or an older one.

    Raises OSError or ValueError where it cannot be read, NewerStore where this program is too old for it.
    """
    manifest = json.loads((store / "snapshots" / f"{snapshot_id}.json").read_text(encoding="utf-8"))
    kinds = {"sequence": int, "uploads": list, "version": (int, type(None))}
    if not isinstance(manifest, dict) or not all(isinstance(manifest.get(name), kind) for name, kind in kinds.items()):
        raise ValueError(f"{snapshot_id}.json is no manifest")
    if version_of(manifest) > STORE_VERSION:
        raise NewerStore(version_of(manifest))
    return manifest


def version_of(manifest: dict) -> int:
    """The version of the store that wrote a manifest; 0 for one that does not say."""
    return int(manifest.get("version") or 0)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal; a gigabyte takes most of a second."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_whole(path: Path, size: int | None, sha256: str | None) -> bool:
    """Whether a file has a size and a checksum, as far as they are known. Raises OSError where it cannot be read."""
    return size in (None, path.stat().st_size) and sha256 in (None, sha256_of(path))


def quoted(name: str) -> str:
    """A name of a schema or table as SQL takes it whatever is in it: codes of units come from files."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """A text, or a path, as SQL takes it whatever is in it, where a statement takes no parameters."""
    return "'" + str(text).replace("'", "''") + "'"


def only(path: Path | str) -> str:
    """A path for DuckDB's read_csv and read_parquet, which take some of its signs for a pattern: this file and no other.

    >>> only("kho [1]/*.csv")
    'kho [[]1]/[*].csv'
    """
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path))


class Reader:
    """A snapshot opened read-only, with the answers already given: they stay true, it never changes."""

    def __init__(self, snapshot: Snapshot, longest: float = LONGEST):
        # A truncated or altered file opens, and fails later on the page that needs the damaged part.
        self.snapshot = snapshot
        if not self._is_whole():
            raise OSError(f"{snapshot.path} is not whole")
        self._answers = Kept(frame_size, _ROOM)
        self.answer = self._answers.around(self._answer)
        # What was asked of it last and kept, for whoever warms the next one.
        self.asked: deque[tuple[str, tuple, str]] = deque(maxlen=_WARMED)
        self._connection = duckdb.connect(str(snapshot.path), read_only=True)
        # In this order: once locked, nothing that a query says can open a file or change a setting.
        for statement in (
            "SET TimeZone = 'Asia/Ho_Chi_Minh'",
            f"SET GLOBAL threads = {_THREADS}",
            f"SET GLOBAL max_execution_time = {round(longest * 1000)}",
            "SET python_enable_replacements = false",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ):
            self._connection.execute(statement)

    def _is_whole(self) -> bool:
        """Whether the file is as it was published; one that was pruned meanwhile is not damaged."""
        try:
            manifest = self.snapshot.manifest
            return is_whole(self.snapshot.path, manifest.get("bytes"), manifest.get("sha256"))
        except FileNotFoundError:
            return True

    def _answer(self, sql: str, bound: tuple, schema: str = MAIN) -> pd.DataFrame:
        """Run one statement with its parameters (name, value), seen from the home that has this schema.

        On a cursor of its own, as threads need; a cursor does not take over what another one uses.
        """
        try:
            cursor = self._connection.cursor()
            if schema != MAIN:
                cursor.execute(f"USE {quoted(schema)}")
            answer = cursor.execute(sql, dict(bound)).df()
        except duckdb.InterruptException as error:
            raise TooLong(sql.partition("\n")[0]) from error
        except duckdb.Error:
            # Where the file has changed under the open snapshot, the next page opens it anew, and so falls back.
            if not self._is_whole():
                _forget(self)
            raise
        if self._answers.takes(answer):
            self.asked.append((sql, bound, schema))
        return answer


_readers: dict[tuple[str, str], Reader] = {}
_guard = threading.Lock()
# Pages opened just before a swap may still be reading the one before.
_KEPT_OPEN = 3


def reader(store: Path | None = None) -> Reader:
    """The reader of the snapshot the pointer names, or of the newest one that opens.

    Raises NoSnapshot where nothing can be opened (NothingWhole where there is something), OldStore where it has to be
    rebuilt first, NewerStore where this program is too old. Opening costs some milliseconds and happens once a
    snapshot; every later call is one small file read.
    """
    store = store or store_directory()
    wanted = pointed_id(store)
    if wanted is None:
        # Accepted files without any list of them are damage; while the first publish is at work they are not.
        lost = not unswapped(store) and next((store / "uploads").glob("u*.parquet"), None) and not pointed_id(store)
        raise (NothingWhole if lost else NoSnapshot)(str(store))
    with _guard:
        known = _readers.get((str(store), wanted))
        if known is None:
            before = next((kept for key, kept in reversed(_readers.items()) if key[0] == str(store)), None)
            known = _open(store, wanted)
            _readers[str(store), wanted] = known
            _forget_old(str(store))
            if before is not None:
                _warm(known, before)
        return known


def _warm(known: Reader, before: Reader) -> None:
    """Ask a new snapshot, beside the pages, what was asked of the one before: most of it will be asked again."""
    asked = list(dict.fromkeys(reversed(before.asked)))

    def ask() -> None:
        for question in asked:
            if known not in _readers.values():
                return
            # What fails here fails again for who asks, and is told there.
            with suppress(duckdb.Error, TooLong):
                known.answer(*question)

    threading.Thread(target=ask, name="warm", daemon=True).start()


def _open(store: Path, wanted: str) -> Reader:
    """Open the wanted snapshot, or the first older one that is whole and of this version of the store."""
    broken = []
    for candidate in [wanted, *(i for i in snapshot_ids(store) if i < wanted)]:
        try:
            manifest = read_manifest(store, candidate)
            if version_of(manifest) < STORE_VERSION:
                if candidate == wanted:
                    raise OldStore(str(store))
                continue  # from before an update: its tables are not those that queries ask for
            return Reader(Snapshot(candidate, store / "snapshots" / f"{candidate}.duckdb", manifest, tuple(broken)))
        except duckdb.InterruptException:
            raise  # whoever stops the opening says nothing of the file
        except (duckdb.Error, OSError, ValueError):
            broken.append(candidate)
    raise NothingWhole(f"{store}: {', '.join(broken)}")


def _forget(known: Reader) -> None:
    """Drop a reader whose file turned out to be damaged."""
    with _guard:
        for key in [key for key, kept in _readers.items() if kept is known]:
            _readers.pop(key)


def _forget_old(store: str) -> None:
    """Drop the readers of snapshots that no page can be showing any more; a running one keeps its own alive."""
    mine = [key for key in _readers if key[0] == store]
    for key in mine[:-_KEPT_OPEN]:
        _readers.pop(key)
