"""The snapshot that readers see: layout of the store, pointer file, fallback from a broken snapshot.

A store is a folder::

    current                 one line: the id of the snapshot that readers open
    snapshots/<id>.duckdb   the database, never changed after it has this name
    snapshots/<id>.json     its manifest: the uploads it was built from, sizes and checksums
    uploads/<id>.parquet    every accepted file, kept for ever

A snapshot is whole if its file has the size and the SHA-256 given in its manifest. A process checks this once, when it
opens the snapshot (45 ms for 55 MB). Snapshot names are unique: if a file is replaced while a connection to it is open,
DuckDB returns the old database.
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
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from queries.kept import MEGABYTE, Kept, frame_size

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
POINTER = "current"
# Temporary name of the pointer while a writer writes it; the snapshot in it is published only after the rename.
_POINTING = f".building-*-{POINTER}"
# The newest store layout that this program reads; an older one is rebuilt from the archive.
# 2: checksums of the archived files and of the snapshot. 3: several homes, tables of sums.
# 4: macros and views shared by queries. 5: the columns of each file of dossiers.
# 6: what each file covers. 7: the points of the portal.
STORE_VERSION = 7
MAIN = "main"  # the schema of the settings' home and of everything that all homes share
# One thread per query, so that a slow query leaves processors to other readers; and a time limit in seconds.
_THREADS = 1
LONGEST = 30
# Bytes of cached answers per open snapshot; the answers of one page take 5 to 30 kilobytes.
_ROOM = 64 * MEGABYTE
# Queries repeated on a new snapshot before a reader needs them: those of several pages.
_WARMED = 128
_BATCH = 2048  # rows of an answer that are read at a time
_ID = re.compile(r"s\d{6,}")


class NoSnapshot(Exception):
    """The store has no snapshot that can be opened."""


class NothingWhole(NoSnapshot):
    """The store has data but no whole snapshot: the store is damaged, not empty."""


class OldStore(Exception):
    """An older program version wrote the snapshot; it must be rebuilt from the archive."""


class TooLong(Exception):
    """A query exceeded the time limit."""


class NewerStore(Exception):
    """A newer program version wrote the store; the message says what to do."""

    def __init__(self, version: int):
        super().__init__(
            f"Kho số liệu do phiên bản mới hơn của chương trình tạo (kho bản {version}, chương trình này đọc đến bản "
            f"{STORE_VERSION}). Cập nhật chương trình rồi mở lại."
        )
        self.version = version

    def __reduce__(self):
        """Pickle the exception by its arguments, so that it can be passed between processes."""
        return type(self), (self.version,)


@dataclass(frozen=True)
class Snapshot:
    """One immutable database: id, file, manifest, and the ids of broken newer snapshots that it replaces."""

    id: str
    path: Path
    manifest: dict
    broken: tuple[str, ...] = ()

    @property
    def uploads(self) -> list[dict]:
        """The uploads in its manifest, oldest first."""
        return self.manifest["uploads"]


def store_directory() -> Path:
    """The store's folder: environment variable DASHBOARD_STORE, or data/store in the project."""
    return Path(os.environ.get("DASHBOARD_STORE") or ROOT / "data" / "store")


def id_of(sequence: int) -> str:
    """The id of the snapshot with this sequence number: “s000012”."""
    return f"s{sequence:06d}"


def pointed_id(store: Path) -> str | None:
    """The id in the pointer file; if it is missing or invalid, the newest published snapshot.

    None for an empty store.
    """
    unfinished = unswapped(store)
    return pointer(store) or next((known for known in snapshot_ids(store) if known not in unfinished), None)


def pointer(store: Path) -> str | None:
    """The id in the pointer file; None if the file is missing or holds no valid id."""
    return _id_in(store / POINTER)


def unswapped(store: Path) -> set[str]:
    """Snapshots that a writer is publishing, or was publishing when it was stopped: no reader has seen them."""
    return {named for path in store.glob(_POINTING) if (named := _id_in(path))}


def _id_in(path: Path) -> str | None:
    try:
        named = path.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    return named if _ID.fullmatch(named) else None


def snapshot_ids(store: Path) -> list[str]:
    """The ids of snapshots with both database and manifest, newest first."""
    folder = store / "snapshots"
    return sorted((p.stem for p in folder.glob("s*.json") if p.with_suffix(".duckdb").exists()), reverse=True)


def read_manifest(store: Path, snapshot_id: str) -> dict:
    """The manifest of a snapshot of this or an older store version.

    Raises OSError or ValueError if it cannot be read, NewerStore if this program is too old for it.
    """
    manifest = json.loads((store / "snapshots" / f"{snapshot_id}.json").read_text(encoding="utf-8"))
    kinds = {"sequence": int, "uploads": list, "version": (int, type(None))}
    if not isinstance(manifest, dict) or not all(isinstance(manifest.get(name), kind) for name, kind in kinds.items()):
        raise ValueError(f"{snapshot_id}.json is no manifest")
    if version_of(manifest) > STORE_VERSION:
        raise NewerStore(version_of(manifest))
    return manifest


def version_of(manifest: dict) -> int:
    """The store version of a manifest; 0 if it has none."""
    return int(manifest.get("version") or 0)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal; one gigabyte takes almost a second."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_whole(path: Path, size: int | None, sha256: str | None) -> bool:
    """Whether a file has the given size and checksum; None skips a check. Raises OSError if it cannot be read."""
    return size in (None, path.stat().st_size) and sha256 in (None, sha256_of(path))


def quoted(name: str) -> str:
    """Quote a schema or table name for SQL: unit codes come from files and may contain any character."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """Quote a text or path as an SQL literal, for statements that take no parameters."""
    return "'" + str(text).replace("'", "''") + "'"


def only(path: Path | str) -> str:
    """Escape a path for DuckDB's read_csv and read_parquet, which read some characters as a pattern.

    >>> only("kho [1]/*.csv")
    'kho [[]1]/[*].csv'
    """
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path))


class Reader:
    """A snapshot opened read-only, with a cache of its answers; they stay valid because it never changes."""

    def __init__(self, snapshot: Snapshot, longest: float = LONGEST):
        # DuckDB opens a truncated or altered file and fails only when a query needs the damaged part, so check first.
        self.snapshot = snapshot
        if not self._is_whole():
            raise OSError(f"{snapshot.path} is not whole")
        self._answers = Kept(frame_size, _ROOM)
        self.answer = self._answers.around(self._answer)
        # The last queries with cached answers; they are repeated on the next snapshot.
        self.asked: deque[tuple[str, tuple, str]] = deque(maxlen=_WARMED)
        self._connection = duckdb.connect(str(snapshot.path), read_only=True)
        # The order matters: after the lock, no query can open a file or change a setting.
        for statement in (
            "SET TimeZone = 'Asia/Ho_Chi_Minh'",
            f"SET GLOBAL threads = {_THREADS}",
            f"SET GLOBAL max_execution_time = {round(longest * 1000)}",
            "SET python_enable_replacements = false",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ):
            self._connection.execute(statement)

    def part(self, sql: str, bound: tuple, schema: str, offset: int, limit: int) -> pa.Table:
        """Some rows of an answer in the types of the database, and one row more if there are more; nothing is cached.

        Only the rows up to the last one are computed and held. Raises TooLong.
        """
        cursor = self._connection.cursor()
        try:
            if schema != MAIN:
                cursor.execute(f"USE {quoted(schema)}")
            reader = cursor.sql(sql, params=dict(bound)).to_arrow_reader(_BATCH)
            taken, skipped = [], 0
            for batch in reader:
                begin = max(0, offset - skipped)
                skipped += batch.num_rows
                taken.append(batch.slice(begin, max(0, offset + limit + 1 - (skipped - batch.num_rows) - begin)))
                if skipped > offset + limit:
                    break
            return pa.Table.from_batches(taken, reader.schema)
        except duckdb.InterruptException as error:
            raise TooLong(sql.partition("\n")[0]) from error
        except duckdb.Error:
            if not self._is_whole():
                _forget(self)
            raise
        finally:
            cursor.close()

    def _is_whole(self) -> bool:
        """Whether the file is unchanged since publishing; a file that was pruned meanwhile is not damaged."""
        try:
            manifest = self.snapshot.manifest
            return is_whole(self.snapshot.path, manifest.get("bytes"), manifest.get("sha256"))
        except FileNotFoundError:
            return True

    def _answer(self, sql: str, bound: tuple, schema: str = MAIN) -> pd.DataFrame:
        """Run one statement with its parameters (name, value) in the schema of a home.

        Each call uses its own cursor, because cursors are not shared between threads and USE affects one cursor only.
        """
        try:
            cursor = self._connection.cursor()
            if schema != MAIN:
                cursor.execute(f"USE {quoted(schema)}")
            answer = cursor.execute(sql, dict(bound)).df()
        except duckdb.InterruptException as error:
            raise TooLong(sql.partition("\n")[0]) from error
        except duckdb.Error:
            # If the file has changed while it was open, forget it: the next page then opens it again and falls back.
            if not self._is_whole():
                _forget(self)
            raise
        if self._answers.takes(answer):
            self.asked.append((sql, bound, schema))
        return answer


_readers: dict[tuple[str, str], Reader] = {}
_guard = threading.Lock()
# Pages opened just before a swap may still read the previous snapshot.
_KEPT_OPEN = 3


def reader(store: Path | None = None) -> Reader:
    """The reader of the snapshot named by the pointer, or of the newest older one that opens.

    Raises NoSnapshot if there is no data, NothingWhole if no snapshot opens, OldStore if the store must be rebuilt
    first, NewerStore if this program is too old. A snapshot is opened once, in some milliseconds; later calls read one
    small file.
    """
    store = store or store_directory()
    wanted = pointed_id(store)
    if wanted is None:
        # Accepted files without a snapshot mean damage, except while the first publish is running.
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
    """Repeat the previous snapshot's queries on the new one in a background thread: readers will need most of them."""
    asked = list(dict.fromkeys(reversed(before.asked)))

    def ask() -> None:
        for question in asked:
            if known not in _readers.values():
                return
            # A failing query will fail again for its reader and be reported there.
            with suppress(duckdb.Error, TooLong):
                known.answer(*question)

    threading.Thread(target=ask, name="warm", daemon=True).start()


def _open(store: Path, wanted: str) -> Reader:
    """Open the wanted snapshot, or the newest older one that is whole and has the current store version."""
    broken = []
    for candidate in [wanted, *(i for i in snapshot_ids(store) if i < wanted)]:
        try:
            manifest = read_manifest(store, candidate)
            if version_of(manifest) < STORE_VERSION:
                if candidate == wanted:
                    raise OldStore(str(store))
                continue  # from before an update: its tables do not match the queries
            return Reader(Snapshot(candidate, store / "snapshots" / f"{candidate}.duckdb", manifest, tuple(broken)))
        except duckdb.InterruptException:
            raise  # an interrupted opening does not mean that the file is broken
        except (duckdb.Error, OSError, ValueError):
            broken.append(candidate)
    raise NothingWhole(f"{store}: {', '.join(broken)}")


def _forget(known: Reader) -> None:
    """Drop the reader of a damaged file."""
    with _guard:
        for key in [key for key, kept in _readers.items() if kept is known]:
            _readers.pop(key)


def _forget_old(store: str) -> None:
    """Drop readers of old snapshots; a running page keeps its reader alive by its own reference."""
    mine = [key for key in _readers if key[0] == store]
    for key in mine[:-_KEPT_OPEN]:
        _readers.pop(key)
