"""Verifies the store: every file matches its checksum, and the archive reproduces the current snapshot."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from ingest.store import archive, ledger
from ingest.store.build import BrokenIdentity, Progress, build, quiet, recipe
from ingest.store.fault import SENTENCES, StoreFault, in_words
from ingest.store.figures import differing, figures
from queries.snapshot import (
    POINTER,
    STORE_VERSION,
    NewerStore,
    is_whole,
    pointer,
    read_manifest,
    store_directory,
    version_of,
)

_REBUILD = SENTENCES["snapshot_damaged"][1]


@dataclass(frozen=True)
class Check:
    """One check: subject, finding, and what to do; is_sound is False for damage."""

    what: str
    found: str
    to_do: str = ""
    is_sound: bool = True


def verify(store: Path | None = None, progress: Progress = quiet) -> list[Check]:
    """Check the pointer, manifests, snapshots and archived files, then rebuild and compare. Changes nothing.

    Empty result for an empty store. Works beside a writer and on a read-only disk. Raises StoreFault if the newest
    manifest is lost or the disk fails.
    """
    store = store or store_directory()
    with in_words():
        manifest = archive.newest_manifest(store)
        if not manifest["sequence"]:
            return []
        newest = f"s{manifest['sequence']:06d}"
        snapshots = [_snapshot(store, snapshot_id) for snapshot_id in _kept(store, newest)]
        uploads = _uploads(store, manifest["uploads"], progress)
        checks = [
            _pointer(store, newest, manifest),
            _version(manifest),
            *snapshots,
            *uploads,
            *_set_aside(store),
            *_books(store),
        ]
        if all(check.is_sound for check in [*uploads, snapshots[0]]):
            checks += _rebuilt(store, newest, manifest, progress)
        else:
            checks.append(Check("So với bản dựng lại", "chưa so được", "Xử lý các chỗ hỏng trên trước.", False))
        return checks


def _kept(store: Path, newest: str) -> list[str]:
    """The newest snapshot, then the older ones for fallback."""
    older = {path.stem for path in (store / "snapshots").glob("s*.json")}
    return [newest, *sorted((snapshot_id for snapshot_id in older if snapshot_id < newest), reverse=True)]


def _set_aside(store: Path) -> list[Check]:
    """Report the files that no manifest lists."""
    kept = [path for path in (store / archive.SET_ASIDE).glob("*") if path.is_file()]
    to_do = "Muốn dùng lại thì nạp lại tệp gốc, hoặc khôi phục kho từ bản sao lưu."
    found = f"{len(kept)} tệp không có trong bản kê, giữ ở {archive.SET_ASIDE}/"
    return [Check("Tệp để riêng", found, to_do)] if kept else []


def _books(store: Path) -> list[Check]:
    """Check every book that the store has."""
    checks = []
    for name in [name for name in ledger.BOOKS if (store / name).is_file()]:
        try:
            checks.append(Check(f"Tệp {name}", f"{len(ledger.entries(store, name))} mục nguyên vẹn"))
        except StoreFault as fault:
            checks.append(Check(f"Tệp {name}", "bị sửa hoặc hỏng", fault.message.partition(". ")[2], False))
    return checks


def _pointer(store: Path, newest: str, manifest: dict) -> Check:
    if left := manifest.get("left_behind"):
        to_do = f"Dùng lại lần nạp chỉ có ở bản mới hơn: python -m ingest restore MÃ ({', '.join(left)})."
        return Check(f"Con trỏ {POINTER}", f"chỉ bản {newest}, cũ hơn bản mới nhất", to_do)
    if pointer(store) == newest:
        return Check(f"Con trỏ {POINTER}", f"chỉ bản {newest}")
    return Check(f"Con trỏ {POINTER}", "hỏng hoặc bị mất", _REBUILD, False)


def _version(manifest: dict) -> Check:
    version = version_of(manifest)
    if version == STORE_VERSION:
        return Check("Phiên bản kho", str(version))
    return Check("Phiên bản kho", f"{version}, chương trình dùng {STORE_VERSION}", "Chạy: python -m ingest upgrade")


def _snapshot(store: Path, snapshot_id: str) -> Check:
    """Check one snapshot's manifest and file."""
    what, path = f"Bản số liệu {snapshot_id}", store / "snapshots" / f"{snapshot_id}.duckdb"
    try:
        manifest = read_manifest(store, snapshot_id)
        if not is_whole(path, manifest.get("bytes"), manifest.get("sha256")):
            return Check(what, "khác kích thước hoặc mã kiểm tra", _REBUILD, False)
    except FileNotFoundError:
        return Check(what, "thiếu tệp", _REBUILD, False)
    except (ValueError, NewerStore):
        return Check(what, "bản kê hỏng", _REBUILD, False)
    return Check(what, "nguyên vẹn" if "sha256" in manifest else "chưa có mã kiểm tra, đúng kích thước")


def _uploads(store: Path, uploads: list[dict], progress: Progress) -> list[Check]:
    """Report every damaged archived file; one line if there is none."""
    damaged, unsealed = [], 0
    for number, upload in enumerate(uploads):
        progress("Kiểm tra kho lưu", number / len(uploads))
        unsealed += "archived_sha256" not in upload
        if not archive.is_intact(store, upload):
            fault = StoreFault("upload_damaged", id=upload["id"], file=upload["file"])
            damaged.append(
                Check(f"Tệp lưu {upload['id']}", "hỏng hoặc bị mất", fault.message.partition(". ")[2], False)
            )
    found = f"{len(uploads) - len(damaged)}/{len(uploads)} tệp nguyên vẹn"
    if unsealed:
        note = Check("Kho lưu", f"{found}; {unsealed} tệp chưa có mã kiểm tra", "Chạy: python -m ingest rebuild")
        return [*damaged, note]
    return damaged or [Check("Kho lưu", found)]


def _rebuilt(store: Path, newest: str, manifest: dict, progress: Progress) -> list[Check]:
    """Compare the snapshot with one rebuilt from the archive: columns, types and rows of every table."""
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder) / "again.duckdb"
        try:
            build(again, store, manifest["uploads"], progress)
        except BrokenIdentity as broken:
            return [Check("So với bản dựng lại", str(broken), "Báo người phát triển chương trình.", False)]
        progress("So từng bảng", 1.0)
        shown, rebuilt = figures(store / "snapshots" / f"{newest}.duckdb"), figures(again)
    to_do = _REBUILD
    if manifest.get("made_by") != recipe():
        to_do = f"Bản này do phiên bản khác của chương trình dựng. {_REBUILD}"
    wrong = differing(shown, rebuilt)
    rows = sum(table["rows"] for table in shown.values())
    checks = [Check(f"Bảng {name}", "khác bản dựng lại", to_do, False) for name in wrong]
    if wrong:
        return checks
    return [Check("So với bản dựng lại", f"{len(shown)} bảng, {rows} dòng giống hệt")]
