"""Backup of the whole store in one file, and restore: the archive is saved, snapshots are rebuilt.

A backup is a plain tar file, so that any tool can extract a single archived file::

    uploads/<id>.parquet   every archived file
    mappings/…             other files of the store, except snapshots, the lock, sessions, tokens and pushes
    manifest.json          the current manifest
    contents.json          the checksum of each of these files, and the figures of the snapshot

Restoring trusts no part of it: it checks names, sizes and checksums, then rebuilds and compares the figures.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from access import audit
from ingest import durable
from ingest.durable import UNNAMED
from ingest.schema import tables
from ingest.store import archive, ledger, sources
from ingest.store.build import BrokenIdentity, Progress, build, quiet, recipe
from ingest.store.fault import StoreFault, in_words
from ingest.store.figures import differing, figures
from queries.snapshot import (
    POINTER,
    STORE_VERSION,
    NewerStore,
    is_whole,
    pointer,
    sha256_of,
    store_directory,
    version_of,
)

FORMAT = 1
_MANIFEST, _CONTENTS = "manifest.json", "contents.json"
_REPLACED = "replaced-"
# Not in a backup: files that are rebuilt, files of a running process, previous stores kept aside.
# And who may do what on this machine: sessions, tokens, and the queue of pushed files.
_LEFT_OUT = {"snapshots", "uploads", "lock", POINTER, "sessions", "tokens", "pushes", sources.FOLDER, archive.LAKE}
_PART = 256 * 1024  # bytes written at a time
_MOST_MEMBERS = 1_000_000
_MOST_TEXT = 256 * 1024**2  # bytes of a manifest
_UPLOAD_ID = re.compile(r"u\d{6,}-[0-9a-f]{8}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Restored:
    """The result of a restore: new snapshot, number of uploads, figures of its tables, folder of the previous store.

    is_compared is False if another program version made the backup, because its figures may differ legitimately.
    """

    snapshot_id: str
    uploads: int
    figures: dict[str, dict]
    is_compared: bool
    kept_aside: Path | None


# ------------------------------------------------------------------------------- backing up


def default_file(store: Path | None = None) -> Path:
    """The default path of a backup: backup/<date>-<snapshot>.tar in the current folder."""
    return Path("backup") / name_of(pointer(store or store_directory()) or "kho")


def name_of(snapshot_id: str) -> str:
    """The file name of a backup made today."""
    return f"{datetime.now().astimezone():%Y-%m-%d}-{snapshot_id}.tar"


def backup(file: Path, store: Path | None = None, progress: Progress = quiet) -> dict:
    """Write the store into one file under a temporary name, then rename it; returns its contents.

    A writer may work at the same time. Raises StoreFault if the store is empty or any part is damaged.
    """
    store = store or store_directory()
    with in_words():
        manifest = _to_back_up(store)
        if file.resolve().is_relative_to(store.resolve()):
            raise StoreFault("backup_inside")
        file.parent.mkdir(parents=True, exist_ok=True)
        building = durable.unnamed(file.parent, f"-{file.name}")
        try:
            building.touch(mode=0o600)  # readable only by the owner, because it may contain such files
            with building.open("wb") as out:
                contents = _write(out, store, manifest, progress)
            durable.settle(building, file)
        finally:
            building.unlink(missing_ok=True)
        return contents


def write_backup(out: BinaryIO, store: Path, progress: Progress = quiet) -> dict:
    """Like `backup`, but to an open file, which is valid only when complete. Raises StoreFault."""
    with in_words():
        return _write(out, store, _to_back_up(store), progress)


def _to_back_up(store: Path) -> dict:
    """The newest manifest. Raises StoreFault if the store is empty."""
    manifest = archive.newest_manifest(store)
    if not manifest["sequence"]:
        raise StoreFault("empty")
    return manifest


def _write(out: BinaryIO, store: Path, manifest: dict, progress: Progress) -> dict:
    """Write the store of a manifest as a tar file; returns its contents."""
    contents = {
        "format": FORMAT,
        "at": archive.now(),
        "version": version_of(manifest),
        "sequence": manifest["sequence"],
        "made_by": manifest.get("made_by"),
        "figures": _figures_shown(store, manifest),
        "files": {},
    }
    # Without seeking, so that the output may be a pipe.
    how = {"format": tarfile.PAX_FORMAT, "bufsize": _PART, "copybufsize": _PART}
    with tarfile.open(fileobj=out, mode="w|", **how) as tar:
        _add_all(tar, store, manifest, contents["files"], progress)
        _add(tar, _CONTENTS, io.BytesIO(_as_json(contents)), len(_as_json(contents)))
    return contents


def _figures_shown(store: Path, manifest: dict) -> dict[str, dict]:
    """The figures of the current snapshot. Raises StoreFault if it is damaged."""
    snapshot_id = f"s{manifest['sequence']:06d}"
    path = store / "snapshots" / f"{snapshot_id}.duckdb"
    try:
        if is_whole(path, manifest.get("bytes"), manifest.get("sha256")):
            return figures(path)
    except FileNotFoundError:
        pass
    raise StoreFault("snapshot_damaged", id=snapshot_id)


def _add_all(tar: tarfile.TarFile, store: Path, manifest: dict, files: dict, progress: Progress) -> None:
    """Add every file with its checksum; raises StoreFault if an archived file differs from its manifest."""
    uploads = manifest["uploads"]
    for number, upload in enumerate(uploads):
        progress("Sao lưu kho lưu", number / len(uploads))
        path = archive.upload_path(store, upload["id"])
        if not archive.is_intact(store, upload):
            raise StoreFault("upload_damaged", id=upload["id"], file=upload["file"])
        files[f"uploads/{path.name}"] = _add_file(tar, f"uploads/{path.name}", path)
    for path in _others(store):
        name = path.relative_to(store).as_posix()
        files[name] = _add_file(tar, name, path)
    text = _as_json(manifest)
    files[_MANIFEST] = _add(tar, _MANIFEST, io.BytesIO(text), len(text))


def _others(store: Path) -> Iterator[Path]:
    """Other files of the store that cannot be rebuilt."""
    for path in sorted(store.rglob("*")):
        parts = path.relative_to(store).parts
        skipped = (
            parts[0] in _LEFT_OUT or parts[0].startswith(_REPLACED) or "sessions" in parts or path.suffix == ".lock"
        )
        if path.is_file() and not path.is_symlink() and not skipped and not path.name.startswith(UNNAMED):
            yield path


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> dict:
    with path.open("rb") as file:
        # A log may grow during the backup: copy only its current size.
        about = os.fstat(file.fileno())
        return _add(tar, name, file, about.st_size, about.st_mode & 0o777)


class _Hashed(io.RawIOBase):
    """A file that hashes what is read from it."""

    def __init__(self, file: BinaryIO):
        self._file, self.sha256 = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sha256.update(data)
        return data


def _add(tar: tarfile.TarFile, name: str, file: BinaryIO, size: int, mode: int = 0o600) -> dict:
    """Add a file; returns its size and checksum."""
    member, hashed = tarfile.TarInfo(name), _Hashed(file)
    member.size, member.mode, member.mtime = size, mode, int(datetime.now(UTC).timestamp())
    tar.addfile(member, hashed)
    return {"bytes": size, "sha256": hashed.sha256.hexdigest()}


def _as_json(what: dict) -> bytes:
    return json.dumps(what, ensure_ascii=False, indent=1).encode()


# -------------------------------------------------------------------------------- restoring


def restore_backup(
    file: Path, store: Path | None = None, replace: bool = False, progress: Progress = quiet
) -> Restored:
    """Restore a backup into an empty store; with `replace` the existing store is kept aside.

    The backup is unpacked, checked and rebuilt in a temporary folder; the pointer is swapped last. Raises StoreFault
    (backup damaged or not trustworthy, different figures, store not empty, disk error) and then leaves the store
    unchanged.
    """
    store = store or store_directory()
    with archive.holding(store):
        empty = _is_empty(store)
        if not (empty or replace):
            raise StoreFault("not_empty")
        staged = durable.unnamed(store, "-restore")
        building = durable.unnamed(store / "snapshots", ".duckdb")
        shutil.rmtree(staged, ignore_errors=True)
        try:
            building.unlink(missing_ok=True)
            contents = _unpack(file, staged, progress)
            manifest = _manifest(staged, contents)
            facts, is_compared = _rebuilt(building, staged, contents, manifest, progress)
            made = figures(building)
            aside = None if empty else _keep_aside(store)
            snapshot_id = _put_in(store, staged, building, facts, manifest)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
            building.unlink(missing_ok=True)
        with suppress(Exception):  # remains of the old store; the next writer tries again
            archive.sweep(store)
        return Restored(snapshot_id, len(manifest["uploads"]), made, is_compared, aside)


def _is_empty(store: Path) -> bool:
    """Whether the store contains nothing that could be lost."""
    files = [path.relative_to(store).parts for path in store.rglob("*") if path.is_file()]
    return all(
        parts == ("lock",)
        or parts[0] == archive.LAKE
        or "sessions" in parts
        or parts[0] in ("tokens", "pushes")
        or any(part.startswith(UNNAMED) for part in parts)
        for parts in files
    )


@contextmanager
def _doubted() -> Iterator[None]:
    """Convert errors of a bad backup to StoreFault."""
    try:
        yield
    except (tarfile.TarError, EOFError) as error:
        raise _damaged("không phải tệp sao lưu, hoặc bị cắt cụt") from error
    except (FileExistsError, NotADirectoryError) as error:
        raise _damaged("một tên bên trong vừa là tệp vừa là thư mục") from error
    except (ValueError, KeyError, TypeError, AttributeError, NewerStore) as error:
        detail = "do phiên bản mới hơn của chương trình tạo" if isinstance(error, NewerStore) else "bản kê hỏng"
        raise _damaged(detail) from error


def _damaged(detail: str) -> StoreFault:
    return StoreFault("backup_damaged", detail=detail)


def _unpack(file: Path, folder: Path, progress: Progress) -> dict:
    """Unpack a backup and check every file against contents.json; returns the contents."""
    if not file.is_file():
        raise _damaged("không có tệp này")
    folder.mkdir(parents=True)
    with _doubted(), tarfile.open(file, "r:") as tar:
        room, seen = file.stat().st_size, {}
        for number, member in enumerate(tar):
            if number >= _MOST_MEMBERS:
                raise _damaged("quá nhiều tệp bên trong")
            progress("Đọc bản sao lưu", min(member.offset / max(file.stat().st_size, 1), 1.0))
            name = _safe_name(member)
            room -= member.size
            if name in seen or member.size < 0 or room < 0:
                raise _damaged(f"tệp bên trong lặp lại hoặc quá lớn: {name!r}")
            seen[name] = _write_out(tar, member, folder / name)
    return _contents(folder, seen)


def _safe_name(member: tarfile.TarInfo) -> str:
    """The name of a member if it is a plain file below the store. Raises StoreFault otherwise."""
    name = member.name
    path = PurePosixPath(name)
    plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()
    inside = not path.is_absolute() and path.as_posix() == name and ".." not in path.parts and name != "."
    portable = not PureWindowsPath(name).drive and not re.search(r"[\x00-\x1f\\:]", name)
    kept = path.parts and path.parts[0] not in _LEFT_OUT - {"uploads"} and not name.startswith((UNNAMED, _REPLACED))
    if not (plain and inside and portable and kept):
        raise _damaged(f"tên hoặc loại tệp bên trong không hợp lệ: {name!r}")
    return name


def _write_out(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> dict:
    """Copy one member to a new file; returns its size and checksum."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        shutil.copyfileobj(tar.extractfile(member), out, 1024**2)
    target.chmod(0o600 | member.mode & 0o044)  # files that others could not read stay unreadable for others
    return {"bytes": target.stat().st_size, "sha256": sha256_of(target)}


def _contents(folder: Path, seen: dict[str, dict]) -> dict:
    """contents.json, if it names exactly the unpacked files. Raises StoreFault."""
    with _doubted():
        contents = _read_json(folder / _CONTENTS)
        seen.pop(_CONTENTS)
        if contents["format"] != FORMAT or not isinstance(contents["figures"], dict):
            raise _damaged("do phiên bản khác của chương trình tạo")
        wrong = sorted(
            name for name in seen.keys() | contents["files"].keys() if seen.get(name) != contents["files"].get(name)
        )
        if wrong:
            raise _damaged(f"sai mã kiểm tra, thiếu hoặc thừa tệp: {', '.join(map(repr, wrong[:3]))}")
        return contents


def _read_json(path: Path) -> dict:
    if not path.is_file() or path.stat().st_size > _MOST_TEXT:
        raise _damaged(f"thiếu {path.name}")
    return json.loads(path.read_text(encoding="utf-8"))


def _manifest(folder: Path, contents: dict) -> dict:
    """The backed-up manifest; checks the parts used in statements and paths. Raises StoreFault."""
    with _doubted():
        manifest = _read_json(folder / _MANIFEST)
        if version_of(manifest) > STORE_VERSION:
            raise NewerStore(version_of(manifest))
        uploads = manifest["uploads"]
        sound = (
            type(manifest["sequence"]) is int and isinstance(manifest["built_at"], str) and all(map(_is_sound, uploads))
        )
        named = {f"uploads/{upload['id']}.parquet" for upload in uploads}
        kept = {name for name in contents["files"] if name.startswith("uploads/")}
        orders = {upload["order"] for upload in uploads}
        if not sound or named != kept or not len(uploads) == len(named) == len(orders):
            raise _damaged("bản kê không khớp với các tệp")
    archive.require_intact(folder, uploads)
    return manifest


def _is_sound(upload: dict) -> bool:
    """Whether the parts of an entry that are used in paths and statements are valid."""
    counts = [*upload["warnings"].values(), *upload.get("unknown", {}).values()]
    warnings = all(type(count) is int for count in counts)
    texts = all(isinstance(upload[name], str) for name in ("file", "sha256", "who", "at"))
    numbers = all(type(upload[name]) is int for name in ("order", "accepted", "rejected", "real_rows"))
    known = upload["table"] in tables() and upload["state"] in ("live", "withdrawn", "superseded")
    return bool(
        texts
        and numbers
        and known
        and warnings
        and _UPLOAD_ID.fullmatch(upload["id"])
        and _SHA256.fullmatch(upload["sha256"])
        and "path" not in upload
    )


def _rebuilt(building: Path, staged: Path, contents: dict, manifest: dict, progress: Progress) -> tuple[dict, bool]:
    """Build the database of a backup; returns the facts, and whether the figures could be compared."""
    try:
        facts = build(building, staged, manifest["uploads"], progress)
    except BrokenIdentity as broken:
        raise _damaged(str(broken).rstrip(".")) from broken
    if contents.get("made_by") != recipe():
        return facts, False
    if wrong := differing(contents["figures"], figures(building)):
        raise StoreFault("backup_differs", tables=", ".join(wrong))
    return facts, True


def _keep_aside(store: Path) -> Path:
    """Link or copy every file of the store into a separate folder, so that nothing is lost."""
    aside = store / f"{_REPLACED}{datetime.now().astimezone():%Y%m%d-%H%M%S-%f}"
    building = durable.unnamed(store, "-aside")
    shutil.rmtree(building, ignore_errors=True)
    for path in [path for path in store.rglob("*") if path.is_file()]:
        name = path.relative_to(store)
        if name.parts[0].startswith(_REPLACED) or any(part.startswith(UNNAMED) for part in name.parts):
            continue
        if name == Path("lock") or name.parts[0] == archive.LAKE:
            continue
        (building / name).parent.mkdir(parents=True, exist_ok=True)
        if name.parts[0] in ("uploads", "snapshots"):
            _link(path, building / name)  # these files are never changed, so a link is enough
        else:
            shutil.copy2(path, building / name)
    building.replace(aside)
    return aside


def _link(path: Path, target: Path) -> None:
    try:
        target.hardlink_to(path)
    except OSError:  # a file system without hard links
        shutil.copy2(path, target)


def _put_in(store: Path, staged: Path, building: Path, facts: dict, manifest: dict) -> str:
    """Move the restored files into the store and swap the pointer; then remove the files of the previous store."""
    old = [path for path in (store / "snapshots").iterdir() if not path.name.startswith(UNNAMED)]
    others, arriving = list(_others(store)), list(_others(staged))
    arriving = [path for path in arriving if path not in (staged / _MANIFEST, staged / _CONTENTS)]
    # Keep the current log: it contains the events since the backup.
    kept = {store / audit.FILE} & set(others)
    # Books too: a number given since the backup is not given again. One that is damaged, or of another store, is replaced.
    kept |= {store / name for name in ledger.BOOKS if ledger.is_continued(store / name, staged / name)}
    arriving = [path for path in arriving if store / path.relative_to(staged) not in kept]
    for path in arriving:
        target = store / path.relative_to(staged)
        target.parent.mkdir(parents=True, exist_ok=True)
        durable.settle(path, target)
    # A running app knows snapshots by their ids, so an id must never be reused for another database.
    sequence = archive.next_sequence(store, manifest)
    uploads = [{**upload, "path": str(archive.upload_path(staged, upload["id"]))} for upload in manifest["uploads"]]
    snapshot_id = archive.announce(store, building, facts, uploads, manifest, sequence)
    # Uploads that are not in the backup are kept in the folder of the previous store.
    listed = {upload["id"] for upload in uploads}
    old += [path for path in (store / "uploads").iterdir() if path.stem not in listed]
    brought = {store / path.relative_to(staged) for path in arriving}
    for path in [*sorted(old, key=lambda path: path.suffix == ".duckdb"), *(set(others) - brought - kept)]:
        with suppress(OSError):  # still open by a reader (Windows): the next writer prunes it
            path.unlink(missing_ok=True)
    return snapshot_id
