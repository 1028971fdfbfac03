# ruff: noqa: F401, F811  (fixtures of other tests are imported, and named again as arguments)
"""One backup file restores the store on an empty machine with the same figures; a bad backup changes nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from access import audit
from ingest.publish import publish, withdraw
from ingest.store import archive
from ingest.store.backup import backup, default_file, restore_backup
from ingest.store.fault import StoreFault
from ingest.store.figures import differing, figures
from ingest.store.verify import verify
from queries.snapshot import POINTER, pointed_id, reader
from tests.test_check import sound, stand, write
from tests.test_command_line import ingest
from tests.test_faults import archived, as_version_1, clean, harm, rows
from tests.test_store import database, quick_store, quick_twice_store, small_store, store, take, twice, twice_store

pytestmark = pytest.mark.slow


@pytest.fixture
def quick_backup(shared, quick_store, quick) -> Path:
    """A backup of the small store, quickly built and restored. Read only."""
    return shared("quick_backup", lambda folder: backup(folder / "b.tar", quick_store)) / "b.tar"


@pytest.fixture
def empty(tmp_path) -> Path:
    """The path of a store that does not exist yet."""
    return tmp_path / "other machine" / "store"


def members(file: Path) -> dict[str, bytes]:
    """The members of a backup."""
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def rewritten(file: Path, change: Callable[[dict[str, bytes]], object], target: Path) -> Path:
    """A copy of a backup with a change to its members."""
    parts = members(file)
    change(parts)
    with tarfile.open(target, "w") as tar:
        for name, data in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return target


def nothing_in(store: Path) -> bool:
    """Whether a store contains no file except its lock."""
    return [path.name for path in store.rglob("*") if path.is_file()] in ([], ["lock"])


# ------------------------------------------------------------------------------- there and back


def test_same_figures_on_an_empty_machine(twice, empty, tmp_path):
    """Every row, every upload with its state and the archive are identical; the restored store can be used."""
    withdraw(archive.newest_manifest(twice)["uploads"][1]["id"], store=twice)
    contents = backup(tmp_path / "b.tar", twice)
    done = restore_backup(tmp_path / "b.tar", empty)
    assert (done.uploads, done.is_compared, done.kept_aside) == (7, True, None)
    assert done.figures == contents["figures"] == figures(database(twice)) == figures(database(empty))
    assert archive.newest_manifest(empty)["uploads"] == archive.newest_manifest(twice)["uploads"]
    assert archived(empty) == archived(twice)
    assert all(check.is_sound for check in verify(empty))
    clean(empty)
    take(empty, "dossier", sound("dossier", 30))
    assert rows(empty) == (6, 8)


def test_from_the_command_line(store, quick, ingest, tmp_path):
    """Backup, restore into an empty store, restore over an existing store: each prints what it did."""
    file = tmp_path / "sao lưu" / "kho.tar"
    here, there = ({"DASHBOARD_STORE": str(path)} for path in (store, tmp_path / "there"))
    saved = ingest("backup", file, **here)
    assert (
        saved.code == 0
        and "Đã sao lưu 8 tệp" in saved.err
        and [path.name for path in file.parent.iterdir()] == ["kho.tar"]
    )
    done = ingest("restore-backup", file, **there)
    assert done.code == 0 and "6 lần nạp" in done.err and "giống hệt lúc sao lưu" in done.err
    again = ingest("restore-backup", file, **there)
    assert again.code == 2 and "Kho đã có số liệu" in again.err and "--replace" in again.err
    replaced = ingest("restore-backup", file, "--replace", **there)
    assert replaced.code == 0 and "Kho cũ được giữ ở" in replaced.err
    none = ingest("restore-backup", tmp_path / "none.tar", "--replace", **there)
    assert none.code == 4 and "không có tệp này" in none.err and "giữ nguyên" in none.err
    nothing = ingest("backup", file, DASHBOARD_STORE=str(tmp_path / "nothing"))
    assert nothing.code == 2 and "Kho còn trống" in nothing.err
    inside = ingest("backup", store / "b.tar", **here)
    assert inside.code == 2 and "trong chính kho" in inside.err
    assert default_file(store).name.endswith("-s000001.tar") and default_file(store).parent == Path("backup")


def test_everything_that_cannot_be_rebuilt(store, quick, empty, tmp_path):
    """A backup contains mappings, logs and unknown files, but no snapshots, lock, sessions or temporary files."""
    for name in ("mappings/a.json", "audit/2024/log.jsonl", "tài khoản.json"):
        (store / name).parent.mkdir(parents=True, exist_ok=True)
        (store / name).write_text(f"nội dung {name}", encoding="utf-8")
    for name in (
        "sessions/x",
        "audit/sessions/y",
        "replaced-20240101/current",
        ".building-1-current",
        "audit/.building-1-x",
    ):
        (store / name).parent.mkdir(parents=True, exist_ok=True)
        (store / name).write_text("x")
    backup(tmp_path / "b.tar", store)
    others = {
        "mappings/a.json",
        "audit/2024/log.jsonl",
        "tài khoản.json",
        "audit.jsonl",
        "manifest.json",
        "contents.json",
    }
    assert {name for name in members(tmp_path / "b.tar") if not name.startswith("uploads/")} == others
    (store / "tài khoản.json").chmod(0o600)
    backup(tmp_path / "b.tar", store)
    restore_backup(tmp_path / "b.tar", empty)
    if os.name != "nt":
        modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "b.tar", empty / "tài khoản.json")]
        assert modes == [0o600, 0o600]
    assert (empty / "audit/2024/log.jsonl").read_text(encoding="utf-8") == "nội dung audit/2024/log.jsonl"
    assert not (empty / "manifest.json").exists() and not (empty / "sessions").exists()


def test_the_log_does_not_go_back(store, quick, empty, tmp_path):
    """A restore keeps the current log of the replaced store; an empty store gets the backup's log."""
    audit.record(store, "sign_in", "trước")
    backup(tmp_path / "b.tar", store)
    audit.record(store, "sign_in", "sau")
    restore_backup(tmp_path / "b.tar", store, replace=True)
    assert [said["who"] for said in audit.events(store)][-2:] == ["trước", "sau"] and audit.broken_lines(store) == []
    restore_backup(tmp_path / "b.tar", empty)
    assert audit.events(empty)[-1]["who"] == "trước"


def test_one_file_can_be_taken_out_with_tar(store, quick_backup):
    """A single file can be extracted with tar, as the message about a damaged upload says."""
    damaged = archive.newest_manifest(store)["uploads"][2]["id"]
    harm(archive.upload_path(store, damaged), "flipped")
    assert not all(check.is_sound for check in verify(store))
    with tarfile.open(quick_backup) as tar:
        tar.extract(f"uploads/{damaged}.parquet", store, filter="data")
    assert all(check.is_sound for check in verify(store))


def test_backup_beside_a_writer(store, empty, tmp_path, quick):
    """While files are published and withdrawn, each backup is of one snapshot and can be restored."""
    done, failed = threading.Event(), []

    def write_on() -> None:
        try:
            for number in range(10, 14):
                upload = take(store, "dossier", sound("dossier", number))
                withdraw(upload["id"], store=store)
        except Exception as error:  # any error is a failure of this test
            failed.append(error)
        done.set()

    writer = threading.Thread(target=write_on)
    writer.start()
    saved = []
    while not done.is_set():
        saved.append(backup(tmp_path / f"{len(saved)}.tar", store)["sequence"])
        done.wait(0.5)
    writer.join()
    assert failed == [] and len(set(saved)) >= 2
    restore_backup(tmp_path / f"{len(saved) // 2}.tar", empty)
    assert len(archive.newest_manifest(empty)["uploads"]) >= 6


def test_backup_of_an_old_store(store, quick, empty, tmp_path):
    """A store of version 1 is restored with checksums; its figures are not compared, and the message says so."""
    as_version_1(store)
    backup(tmp_path / "b.tar", store)
    assert not restore_backup(tmp_path / "b.tar", empty).is_compared
    assert rows(empty) == (4, 6)
    assert all("archived_sha256" in upload for upload in archive.newest_manifest(empty)["uploads"])


# ----------------------------------------------------------------------------------- in place of


def test_replacing_keeps_the_old_store(twice, quick_backup, tmp_path):
    """Readers switch by the pointer; the previous store is kept complete and usable."""
    (twice / "mappings").mkdir()
    (twice / "mappings" / "later.json").write_text("x")
    known, before = reader(twice), archived(twice)
    done = restore_backup(quick_backup, twice, replace=True)
    assert (done.snapshot_id, rows(twice)) == ("s000003", (4, 6))  # an id that readers do not know yet
    assert known.answer.__wrapped__("SELECT count(*) AS n FROM dossier", ()).n[0] == 5
    assert not (twice / "mappings" / "later.json").exists()
    kept = done.kept_aside
    assert archived(kept) == before and (kept / "mappings" / "later.json").read_text() == "x"
    moved = shutil.copytree(kept, tmp_path / "moved")
    assert rows(moved) == (5, 7) and all(check.is_sound for check in verify(moved))
    take(twice, "dossier", sound("dossier", 40))
    assert archived(kept) == before and rows(twice) == (5, 7)


@pytest.mark.parametrize("how", ["manifest", "pointer and manifests", "upload"])
def test_replacing_a_damaged_store(twice, quick_backup, how):
    """A backup replaces a damaged store."""
    if how == "upload":
        harm(archive.upload_path(twice, archive.newest_manifest(twice)["uploads"][0]["id"]), "cut")
    else:
        for path in (twice / "snapshots").glob("*.json"):
            path.write_text("{")
        if how == "pointer and manifests":
            (twice / POINTER).unlink()
    restore_backup(quick_backup, twice, replace=True)
    assert rows(twice) == (4, 6) and all(check.is_sound for check in verify(twice))


# ------------------------------------------------------------------------------- bad backups


def cut(parts: dict[str, bytes]) -> None:
    """Drop the last member."""
    parts.pop("contents.json")


def upload_flipped(parts: dict[str, bytes]) -> None:
    """Change one byte of an upload."""
    name = next(iter(parts))
    parts[name] = parts[name][:40] + bytes([parts[name][40] ^ 1]) + parts[name][41:]


def upload_missing(parts: dict[str, bytes]) -> None:
    """Remove an upload."""
    parts.pop(next(iter(parts)))


def more(parts: dict[str, bytes]) -> None:
    """Add a file that contents.json does not name."""
    parts["extra"] = b"x"


def in_json(member: str, change: Callable[[dict], object]) -> Callable[[dict[str, bytes]], None]:
    """Change a JSON member and correct the checksums, as an attacker would."""

    def act(parts: dict[str, bytes]) -> None:
        import hashlib

        content = json.loads(parts[member])
        change(content)
        parts[member] = json.dumps(content).encode()
        if member != "contents.json":
            contents = json.loads(parts["contents.json"])
            contents["files"][member] = {
                "bytes": len(parts[member]),
                "sha256": hashlib.sha256(parts[member]).hexdigest(),
            }
            parts["contents.json"] = json.dumps(contents).encode()

    return act


def of_upload(**changes: object) -> Callable[[dict[str, bytes]], None]:
    """Change the first upload's entry."""
    return in_json("manifest.json", lambda manifest: manifest["uploads"][0].update(changes))


BAD = {
    "last part missing": cut,
    "upload altered": upload_flipped,
    "upload missing": upload_missing,
    "file too many": more,
    "contents no JSON": lambda parts: parts.update({"contents.json": b"{"}),
    "contents a list": lambda parts: parts.update({"contents.json": b"[]"}),
    "format of the future": in_json("contents.json", lambda contents: contents.update(format=2)),
    "store of the future": in_json("manifest.json", lambda manifest: manifest.update(version=99)),
    "other figures": in_json("contents.json", lambda contents: contents["figures"]["dossier"].update(rows=3)),
    "no figures": in_json("contents.json", lambda contents: contents.pop("figures")),
    "manifest without uploads": in_json("manifest.json", lambda manifest: manifest.pop("uploads")),
    "path in an id": of_upload(id="../../../u000001"),
    "statement for a number": of_upload(order="1 FROM x; DROP TABLE y; --"),
    "unknown table": of_upload(table="x"),
    "path in an entry": of_upload(path="/etc/passwd"),
    "order twice": of_upload(order=2),
    "other checksum": of_upload(archived_sha256="0" * 64),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_backup_is_refused(quick_backup, empty, tmp_path, name):
    """The message says what to do, and the store stays empty."""
    bad = rewritten(quick_backup, BAD[name], tmp_path / "bad.tar")
    with pytest.raises(StoreFault, match="sao lưu"):
        restore_backup(bad, empty)
    assert nothing_in(empty)


@pytest.mark.parametrize("size", [0, 1, 700, 0.5, 0.95])
def test_truncated_backup_is_refused(quick_backup, empty, tmp_path, size):
    """A backup is refused at whatever size it was truncated."""
    data = quick_backup.read_bytes()
    bad = tmp_path / "bad.tar"
    bad.write_bytes(data[: size if isinstance(size, int) else int(len(data.rstrip(b"\0")) * size)])
    with pytest.raises(StoreFault, match="sao lưu"):
        restore_backup(bad, empty)
    assert nothing_in(empty)


def member(name: str, **about: object) -> tarfile.TarInfo:
    """A tar member with arbitrary attributes."""
    made = tarfile.TarInfo(name)
    for key, value in about.items():
        setattr(made, key, value)
    return made


HOSTILE = {
    "up and away": member("../outside"),
    "inside, then away": member("uploads/../../outside"),
    "absolute": member("/tmp/outside"),
    "drive": member("C:/outside"),
    "backslashes": member("..\\outside"),
    "double slash": member("uploads//x"),
    "dot": member("./x"),
    "the pointer": member(POINTER),
    "a snapshot": member("snapshots/s000009.duckdb"),
    "the lock": member("lock"),
    "a control sign": member("a\nb"),
    "unfinished": member(".building-1-restore"),
    "symbolic link": member("link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "hard link": member("link", type=tarfile.LNKTYPE, linkname="manifest.json"),
    "folder": member("folder", type=tarfile.DIRTYPE),
    "device": member("device", type=tarfile.CHRTYPE),
    "pipe": member("pipe", type=tarfile.FIFOTYPE),
    "sparse": member("sparse", type=tarfile.GNUTYPE_SPARSE),
    "twice": member("manifest.json"),
    "file for a folder": member("uploads"),
    "larger than the file": member("bomb", size=10**15),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_member_is_refused(quick_backup, empty, tmp_path, name):
    """Nothing is written outside the folder, no link is followed, and unpacking is limited."""
    bad = tmp_path / "bad.tar"
    shutil.copy(quick_backup, bad)
    data = bad.read_bytes().rstrip(b"\0")
    data += b"\0" * (-len(data) % 512)
    bad.write_bytes(data + HOSTILE[name].tobuf(tarfile.GNU_FORMAT) + b"\0" * 1024)
    around = {path for path in tmp_path.rglob("*") if empty not in path.parents}
    with pytest.raises(StoreFault, match="sao lưu"):
        restore_backup(bad, empty)
    assert nothing_in(empty)
    assert {path for path in tmp_path.rglob("*") if empty not in path.parents} - around <= {empty, empty.parent}


def test_compressed_backup_is_refused(quick_backup, empty, tmp_path):
    """A compressed backup, which could unpack to a huge file, is refused at once."""
    import gzip

    bad = tmp_path / "bad.tar"
    bad.write_bytes(gzip.compress(quick_backup.read_bytes()))
    with pytest.raises(StoreFault, match="sao lưu"):
        restore_backup(bad, empty)


@pytest.mark.parametrize("what", ["upload", "snapshot"])
def test_damage_is_not_backed_up(store, quick, tmp_path, what):
    """A damaged store is reported when the backup is made, and no file is left."""
    upload = archive.newest_manifest(store)["uploads"][0]["id"]
    harm(archive.upload_path(store, upload) if what == "upload" else database(store), "flipped")
    with pytest.raises(StoreFault, match=upload if what == "upload" else "rebuild"):
        backup(tmp_path / "b.tar", store)
    assert {path.name for path in tmp_path.iterdir()} == {"store", quick.name}


def test_failed_replacement_leaves_the_store(twice, quick_backup, tmp_path):
    """With a bad backup the existing store stays unchanged."""
    before = stand(twice)
    with pytest.raises(StoreFault):
        restore_backup(rewritten(quick_backup, upload_flipped, tmp_path / "bad.tar"), twice, replace=True)
    assert stand(twice) == before and pointed_id(twice) == "s000002"
