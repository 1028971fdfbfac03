# ruff: noqa: F401, F811  (fixtures of other tests are imported, and named again as arguments)
"""Full disk, read-only disk, damaged files, a clock set back, two writers: nothing is lost, and the message helps."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import urlopen

import duckdb
import pytest

from access import audit
from ingest import Rejected, worker
from ingest.publish import publish, rebuild, upgrade, withdraw
from ingest.reading.look import Reading
from ingest.store import archive, build, verify
from ingest.store.fault import SENTENCES, StoreFault, explained
from ingest.store.figures import differing, figures
from queries.snapshot import (
    POINTER,
    ROOT,
    STORE_VERSION,
    NewerStore,
    NothingWhole,
    OldStore,
    pointed_id,
    reader,
    snapshot_ids,
)
from tests.browser import serve
from tests.prepared import start
from tests.test_check import sound, stand, write
from tests.test_command_line import ingest
from tests.test_kill import full_store, score, tidy
from tests.test_store import (
    database,
    quick_store,
    quick_twice_store,
    small_store,
    store,
    take,
    twice,
    twice_store,
)

pytestmark = pytest.mark.slow


def rows(store: Path, table: str = "dossier") -> tuple[int, int]:
    """The reader's view: rows of a table and number of uploads, of a snapshot that is not a fallback."""
    known = reader(store)
    assert known.snapshot.broken == ()
    return int(known.answer(f"SELECT count(*) AS n FROM {table}", ()).n[0]), len(known.snapshot.uploads)


def archived(store: Path) -> dict[str, bytes]:
    """The archive, byte for byte."""
    return {path.name: path.read_bytes() for path in (store / "uploads").iterdir()}


def clean(store: Path) -> None:
    """The store contains no file that a manifest does not name."""
    tidy(store)
    assert {path.name for path in store.iterdir()} - {audit.FILE, f"{audit.FILE}.lock"} == {
        POINTER,
        "lock",
        "snapshots",
        "uploads",
    }


# ------------------------------------------------------------- a fault at every step of publish


class Step(NamedTuple):
    """A step of publish: audit event of the interpreter, file, and whether readers already have the new snapshot."""

    event: str
    path: str
    is_published: bool = False
    time: int = 1  # the first, second … time that this happens


# In the order of publish. DuckDB's statements (COPY, the build) write files themselves: their faults are tested below
# with real full and read-only disks.
STEPS = {
    "take the lock": Step("open", r"store/lock$"),
    "read the file": Step("open", r"\d+\.csv$"),
    "check the rows": Step("stage", r"^Kiểm tra \d+\.csv$"),
    "sum up the upload": Step("open", r"uploads/\.building-.*parquet$"),
    "begin to build": Step("stage", r"^Dựng bảng$"),
    "sum up the database": Step("open", r"snapshots/\.building-\d+\.duckdb$"),
    "write the pointer": Step("open", r"store/\.building-.*-current$"),
    "flush the pointer": Step("fsync", r"store/\.building-.*-current$"),
    "flush the folder of the pointer": Step("fsync", r"store$"),
    "flush the database": Step("fsync", r"snapshots/\.building-\d+\.duckdb$"),
    "name the database": Step("os.rename", r"snapshots/s\d+\.duckdb$"),
    "flush the folder of snapshots": Step("fsync", r"snapshots$"),
    "write the manifest": Step("open", r"snapshots/\.building-.*\.json$"),
    "flush the manifest": Step("fsync", r"snapshots/\.building-.*\.json$"),
    "name the manifest": Step("os.rename", r"snapshots/s\d+\.json$"),
    "flush the upload": Step("fsync", r"uploads/\.building-.*parquet$"),
    "name the upload": Step("os.rename", r"uploads/u\d+-\w+\.parquet$"),
    "flush the folder of uploads": Step("fsync", r"uploads$"),
    "name the pointer": Step("os.rename", r"store/current$"),
    "flush the store's folder": Step("fsync", r"store$", is_published=True, time=2),
    "prune a manifest": Step("os.remove", r"snapshots/s\d+\.json$", is_published=True),
    "prune a database": Step("os.remove", r"snapshots/s\d+\.duckdb$", is_published=True),
}
ERRORS = {
    "full": OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    "read_only": OSError(errno.EROFS, os.strerror(errno.EROFS)),
    "denied": PermissionError(errno.EACCES, os.strerror(errno.EACCES)),
    "disk": OSError(errno.EIO, os.strerror(errno.EIO)),
    "stopped": KeyboardInterrupt(),
}


class Injection:
    """Raises an error once, at a given step."""

    step: Step | None = None
    error: BaseException
    met = 0

    def meet(self, event: str, name: str) -> None:
        """Called at each step of the process."""
        if self.step and event == self.step.event and re.search(self.step.path, name):
            self.met += 1
            if self.met == self.step.time:
                self.step = None
                raise self.error


INJECTION = Injection()
_place = {"open": 0, "os.rename": 1, "os.remove": 0}


def _heard(event: str, details: tuple) -> None:
    if INJECTION.step and event in _place:
        INJECTION.meet(event, str(details[_place[event]]))


@pytest.fixture(scope="session")
def audited() -> None:
    """Install an audit hook for opening, renaming and removing files; a hook cannot be removed."""
    sys.addaudithook(_heard)


@pytest.fixture
def inject(audited, monkeypatch) -> Iterator[Callable[[Step, BaseException], None]]:
    """inject(step, error): let that step fail. Flushing raises no audit event, so os.fsync is wrapped."""
    flush = os.fsync

    def fsync(handle: int) -> None:
        INJECTION.meet("fsync", str(Path(f"/proc/self/fd/{handle}").readlink()))
        flush(handle)

    def arm(step: Step, error: BaseException) -> None:
        INJECTION.step, INJECTION.error, INJECTION.met = step, error, 0

    monkeypatch.setattr(os, "fsync", fsync)
    yield arm
    INJECTION.step = None


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names of open files are read from /proc")
@pytest.mark.parametrize("name", STEPS)
def test_fault_at_every_step(name, full_store, quick, inject, tmp_path):
    """After a fault at each step, readers have the old snapshot or the new one; the next publish works.

    Each step fails of one fault of the machine and by being stopped. Which fault it is matters only for the sentence,
    which is made in one place: each of them comes at every fourth step, and all at one.
    """
    step, store = STEPS[name], shutil.copytree(full_store, tmp_path / "store")
    number, machine = archive.KEPT, [kind for kind in ERRORS if kind != "stopped"]
    turn = list(STEPS).index(name) % len(machine)
    kinds = [*(machine if name == "name the pointer" else machine[turn : turn + 1]), "stopped"]
    for kind, error in ((kind, ERRORS[kind]) for kind in kinds):
        before, kept = rows(store, "index_score"), archived(store)
        file = score(tmp_path, number)
        with archive.writing(store):
            pass  # sweep the remains of the previous fault before the next injection
        inject(step, error)
        try:
            publish([file], store=store, progress=lambda stage, share: INJECTION.meet("stage", stage))
            raised = None
        except BaseException as said:
            raised = said
        assert INJECTION.step is None, "the step never came"
        if kind == "stopped":
            assert isinstance(raised, KeyboardInterrupt)
        elif step.is_published:
            assert raised is None  # a published snapshot is not reported as a failure
        elif name == "read the file":
            assert isinstance(raised, Rejected)
        else:
            assert isinstance(raised, StoreFault) and raised.kind == kind
            assert raised.message == " ".join(SENTENCES[kind])
        now = rows(store, "index_score")
        assert now == ((before[0] + 1, before[1] + 1) if step.is_published else before)
        assert archived(store).items() >= kept.items()
        if step.is_published:
            number += 1
        else:
            clean(store)
    before = rows(store, "index_score")
    publish([score(tmp_path, 24)], store=store)
    assert rows(store, "index_score") == (before[0] + 1, before[1] + 1)
    clean(store)


# ------------------------------------------------------------------------------- real disks


def run(*command: object) -> None:
    """A command that must succeed, otherwise the test is not possible here."""
    ended = subprocess.run(list(map(str, command)), capture_output=True, encoding="utf-8")
    if ended.returncode:
        pytest.skip(f"needs to mount disks: {ended.stderr.strip()}")


@pytest.fixture
def mounted() -> Iterator[Callable[[Path, int], Path]]:
    """mounted(folder, megabytes): a separate disk at that folder."""
    if os.name == "nt" or not shutil.which("mount"):
        pytest.skip("needs to mount disks")
    folders = []

    def mount(folder: Path, megabytes: int) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder)
        folders.append(folder)
        return folder

    yield mount
    for folder in reversed(folders):
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def leave(disk: Path, free: int) -> None:
    """Fill a disk except for so many bytes."""
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    room = os.statvfs(disk)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_bsize - free)


# No space for the upload, its end, the database, its log, its last block.
ROOM = (0, 4096, 8192, 200_000, 11_000_000)


def test_full_disk(mounted, ingest, tmp_path):
    """Wherever the disk is full: one sentence, nothing left behind, and publishing works when space is free."""
    disk = mounted(tmp_path / "disk", 60)
    store = disk / "store"
    publish([write(tmp_path / "1.csv", [sound("dossier", 1)])], store=store)
    file, before, kept = write(tmp_path / "2.csv", [sound("dossier", 2)]), stand(store), archived(store)
    for free in ROOM:
        leave(disk, free)
        with pytest.raises(StoreFault, match="đầy.*Giải phóng"):
            publish([file], store=store)
        assert (stand(store), archived(store), rows(store)) == (before, kept, (1, 1))
        clean(store)
    said = ingest("publish", file, DASHBOARD_STORE=str(store))
    assert said.code == 4 and "Đĩa của máy chủ đã đầy. Giải phóng chỗ" in said.err
    with pytest.raises(StoreFault, match="đầy"):
        worker.take(file.read_bytes(), file.name, Reading(), store, "chuyên viên")
    (disk / "filler").unlink()
    publish([file], store=store)
    assert rows(store) == (2, 2)
    clean(store)


def test_read_only_disk(mounted, ingest, quick, tmp_path):
    """Readers, status, verify and backup work; writers get a message; when writable again, publishing works."""
    disk = mounted(tmp_path / "disk", 80)
    store = disk / "store"
    upload = publish([write(tmp_path / "1.csv", [sound("dossier", 1)])], store=store).uploads[0]["id"]
    file = write(tmp_path / "2.csv", [sound("dossier", 2)])
    run("mount", "-o", "remount,ro", disk)
    for act in (
        lambda: publish([file], store=store),
        lambda: withdraw(upload, store=store),
        lambda: rebuild(store=store),
    ):
        with pytest.raises(StoreFault, match="chỉ cho đọc.*Gắn lại"):
            act()
    assert rows(store) == (1, 1)
    settings = {"DASHBOARD_STORE": str(store)}
    said = ingest("publish", file, **settings)
    assert said.code == 4 and "chỉ cho đọc" in said.err
    assert ingest("status", **settings).code == ingest("verify", **settings).code == 0
    assert ingest("backup", tmp_path / "b.tar", **settings).code == 0
    run("mount", "-o", "remount,rw", disk)
    publish([file], store=store)
    assert rows(store) == (2, 2)


@pytest.mark.parametrize("folder", ["uploads", "snapshots"])
def test_read_only_under_duckdb(mounted, quick, tmp_path, folder):
    """The disk turns read-only between the lock and DuckDB's writing of the upload or the database."""
    store = tmp_path / "store"
    publish([write(tmp_path / "1.csv", [sound("dossier", 1)])], store=store)
    content = shutil.copytree(store / folder, tmp_path / "content")
    mounted(store / folder, 40)
    shutil.copytree(content, store / folder, dirs_exist_ok=True)
    run("mount", "-o", "remount,ro", store / folder)
    file, before = write(tmp_path / "2.csv", [sound("dossier", 2)]), archived(store)
    with pytest.raises(StoreFault, match="chỉ cho đọc") as fault:
        publish([file], store=store)
    assert isinstance(fault.value.__cause__, duckdb.Error)
    assert (archived(store), rows(store)) == (before, (1, 1))
    clean(store)
    run("mount", "-o", "remount,rw", store / folder)
    publish([file], store=store)
    assert rows(store) == (2, 2)


def test_faults_travel_between_processes():
    """The page gets the worker's message unchanged; a bug is not reported as a machine fault."""
    import pickle

    fault = StoreFault("upload_damaged", id="u000001-00000000", file="a.csv")
    again = pickle.loads(pickle.dumps(fault))
    assert (again.kind, again.message) == (fault.kind, fault.message) and "a.csv" in str(again)
    assert explained(KeyError("x")) is None and explained(duckdb.BinderException("x")) is None
    assert explained(MemoryError()).kind == explained(duckdb.OutOfMemoryException("x")).kind == "memory"
    assert explained(duckdb.OutOfMemoryException("… 'max_temp_directory_size' …")).kind == "full"


# --------------------------------------------------------------------------- damaged archive


def harm(path: Path, how: str) -> None:
    """Damage a file."""
    data = path.read_bytes()
    middle = len(data) // 2
    if how == "deleted":
        path.unlink()
    elif how == "flipped":
        path.write_bytes(data[:middle] + bytes([data[middle] ^ 0x10]) + data[middle + 1 :])
    else:
        path.write_bytes(data[: {"emptied": 0, "cut": middle, "one byte less": len(data) - 1}[how]])


HARM = ("deleted", "emptied", "cut", "one byte less", "flipped")


@pytest.mark.parametrize("how", HARM)
def test_damaged_archive_is_named(store, quick, how, ingest):
    """Nothing is built from it; the message names the file and how to restore it. Other operations work."""
    damaged, other = archive.newest_manifest(store)["uploads"][:2]
    harm(archive.upload_path(store, damaged["id"]), how)
    before = stand(store)
    words = rf"{damaged['id']}\.parquet.*{damaged['file']}.*tar -xf"
    for act in (
        lambda: rebuild(store=store),
        lambda: take(store, "dossier", sound("dossier", 9)),
        lambda: withdraw(other["id"], store=store),
    ):
        with pytest.raises(StoreFault, match=words):
            act()
        assert stand(store) == before
    said = ingest("rebuild", DASHBOARD_STORE=str(store))
    assert said.code == 4 and damaged["id"] in said.err and "giữ nguyên" in said.err
    assert reader(store).snapshot.id == "s000001"
    withdraw(damaged["id"], store=store)  # then the file does not count
    with pytest.raises(StoreFault, match=words):
        rebuild(store=store)


@pytest.mark.parametrize("how", ["deleted", "emptied", "cut", "one byte less"])
def test_damaged_archive_of_version_1(store, quick, how):
    """Without a checksum the number of rows must match."""
    as_version_1(store)
    harm(archive.upload_path(store, archive.newest_manifest(store)["uploads"][0]["id"]), how)
    before = stand(store)
    with pytest.raises(StoreFault, match="dossiers.csv"):
        upgrade(store=store)
    assert stand(store) == before


def test_every_upload_has_a_checksum(store, quick):
    """Every entry has the checksum of its archived file."""
    for upload in archive.newest_manifest(store)["uploads"]:
        path = archive.upload_path(store, upload["id"])
        assert upload["archived_bytes"] == path.stat().st_size
        assert archive.checksums(path)["archived_sha256"] == upload["archived_sha256"]


# -------------------------------------------------------------------------- damaged snapshots


@pytest.mark.parametrize("place", [0.001, 0.3, 0.5, 0.7, 0.999])
def test_flipped_byte_falls_back(twice, place):
    """After one changed bit anywhere in a database, readers get the previous snapshot."""
    path = database(twice)
    with path.open("rb+") as file:
        file.seek(int(path.stat().st_size * place))
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    assert (reader(twice).snapshot.id, reader(twice).snapshot.broken) == ("s000001", ("s000002",))


def test_damaged_while_open(twice):
    """The query that reads the damaged part fails; the next page opens the previous snapshot."""
    known = reader(twice)
    path = database(twice)
    with path.open("rb+") as file:  # the same file that the reader has open
        file.seek(16384)
        file.write(b"\xa5" * (path.stat().st_size - 16384))
    with pytest.raises(duckdb.Error):
        known.answer("SELECT sum(hash(progress)) FROM progress", ())
    assert (reader(twice).snapshot.id, reader(twice).snapshot.broken) == ("s000001", ("s000002",))


def test_nothing_whole_is_not_called_empty(store, quick):
    """A damaged store gets another message than an empty one."""
    harm(database(store), "cut")
    with pytest.raises(NothingWhole):
        reader(store)
    rebuild(store=store)
    assert rows(store) == (4, 6)


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b"../../x\n", b"s1\n"])
def test_garbled_pointer(twice, quick, text):
    """An invalid pointer acts like a missing one: the newest whole snapshot is used."""
    (twice / POINTER).write_bytes(text)
    assert rows(twice) == (5, 7)
    rebuild(store=twice)
    assert (twice / POINTER).read_text() == "s000003\n"


def test_pointer_and_database_lost(twice, quick):
    """The newest manifest still lists the archive: no upload is removed."""
    kept = archived(twice)
    database(twice).unlink()
    (twice / POINTER).unlink()
    assert reader(twice).snapshot.id == "s000001"
    rebuild(store=twice)
    assert archived(twice) == kept
    assert rows(twice) == (5, 7)


# ----------------------------------------------------------------------------------- versions


def as_version_1(store: Path) -> None:
    """Change the manifests of a store to those of the first program version."""
    for path in (store / "snapshots").glob("*.json"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        for name in ("sha256", "made_by"):
            manifest.pop(name, None)
        for upload in manifest["uploads"]:
            for name in ("archived_bytes", "archived_sha256"):
                upload.pop(name, None)
        path.write_text(json.dumps({**manifest, "version": 1}), encoding="utf-8")


def without_version(store: Path) -> None:
    """The same, without a version."""
    as_version_1(store)
    path = store / "snapshots" / "s000001.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({name: value for name, value in manifest.items() if name != "version"}))


def upgraded(store: Path, age: Callable[[Path], None], act: Callable[[], object]) -> None:
    """Make a store old and act: it has the same figures again, now with checksums."""
    before, uploads = figures(database(store)), archive.newest_manifest(store)["uploads"]
    age(store)
    with pytest.raises(OldStore):
        reader(store)
    act()
    assert differing(before, figures(database(store))) == []
    manifest = archive.newest_manifest(store)
    assert manifest["version"] == STORE_VERSION and manifest["uploads"][:6] == uploads
    assert rows(store)[0] == 4
    assert verify.verify(store)[-1].is_sound


@pytest.mark.parametrize("age", [as_version_1, without_version])
def test_old_store_is_rebuilt(store, quick, age, ingest):
    """At the start of the app."""

    def act() -> None:
        said = ingest("demo", DASHBOARD_STORE=str(store))
        assert said.code == 0 and "dựng lại từ kho lưu" in said.err

    upgraded(store, age, act)


def test_old_store_is_rebuilt_by_a_page(store):
    """In a process of its own, once."""

    def act() -> None:
        assert worker.upgrade(store).snapshot_id == "s000002"
        assert worker.upgrade(store) is None

    upgraded(store, as_version_1, act)


def test_old_store_is_rebuilt_by_the_next_writer(store, quick):
    """As part of what it does."""
    upgraded(store, as_version_1, lambda: withdraw(take(store, "dossier", sound("dossier", 9))["id"], store=store))


def test_page_rebuilds_an_old_store(store, monkeypatch):
    """The first page after an update waits for the rebuild and then is shown."""
    from streamlit.testing.v1 import AppTest

    as_version_1(store)
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120).run()
    assert not page.exception and [error.value for error in page.error] == []
    assert pointed_id(store) == "s000002"


def newer(store: Path) -> None:
    """A store of a newer program."""
    path = store / "snapshots" / "s000001.json"
    path.write_text(path.read_text(encoding="utf-8").replace(f'"version": {STORE_VERSION}', '"version": 99'))


def pointer_is_a_folder(store: Path) -> None:
    """A pointer that is a folder."""
    (store / POINTER).unlink()
    (store / POINTER).mkdir()


def flipped(store: Path) -> None:
    """No whole snapshot is left."""
    harm(database(store), "flipped")


def odd_version(store: Path) -> None:
    """A manifest that is valid JSON but not a manifest."""
    path = store / "snapshots" / "s000001.json"
    path.write_text(path.read_text(encoding="utf-8").replace(f'"version": {STORE_VERSION}', '"version": {"a": 1}'))


SAID = {
    newer: "Cập nhật chương trình",
    flipped: "python -m ingest rebuild",
    odd_version: "python -m ingest rebuild",
    pointer_is_a_folder: "Trang này gặp lỗi (mã",
}


@pytest.mark.parametrize("how", SAID)
def test_page_says_what_is_wrong(store, monkeypatch, how):
    """A sentence with what to do, and no traceback."""
    how(store)
    assert SAID[how] in said_by_page(store, monkeypatch)


def said_by_page(store: Path, monkeypatch) -> str:
    """The error sentence of the page."""
    from streamlit.testing.v1 import AppTest

    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120).run()
    assert not page.exception and not page.warning
    (said,) = [error.value for error in page.error]
    return said.replace("\\", "")


# Python runs this at start-up: the worker kills itself, or raises the given error, when it reads the first build
# statement.
AT_BUILD = """
import os, signal, sys
def kill():
    os.kill(os.getpid(), signal.SIGKILL)
def fail():
    raise KeyError("x")
def break_a_sum():
    from ingest.store.build import BrokenIdentity
    raise BrokenIdentity("received: 3")
def at_build(event, details):
    if event == "open" and str(details[0]).endswith("10_reference.sql"):
        {}()
if "ingest.worker" in sys.orig_argv:
    sys.addaudithook(at_build)
"""


@pytest.fixture
def at_build(tmp_path, monkeypatch) -> Callable[[str], Path]:
    """at_build("kill"): what every worker does at the start of its build; returns the folder with this code."""

    def arm(what: str) -> Path:
        (tmp_path / "site").mkdir(exist_ok=True)
        (tmp_path / "site" / "sitecustomize.py").write_text(AT_BUILD.format(what))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
        return tmp_path / "site"

    return arm


def test_killed_worker_is_no_rejected_file(store, at_build, monkeypatch):
    """When a worker without a file is killed, the message is not about a file but names the command to run."""
    upload = archive.newest_manifest(store)["uploads"][0]["id"]
    at_build("kill")
    acts = {
        f"withdraw {upload}": lambda: worker.set_state(upload, "withdrawn", store, "chuyên viên"),
        f"withdraw {upload} ": lambda: worker.effect_of_state(upload, "withdrawn", store),
        f"restore {upload}": lambda: worker.effect_of_state(upload, "live", store),
    }
    for command, act in acts.items():
        with pytest.raises(StoreFault, match=f"dừng giữa chừng.* python -m ingest {command.strip()}$"):
            act()
    assert rows(store) == (4, 6)
    as_version_1(store)
    with pytest.raises(StoreFault, match="python -m ingest upgrade$"):
        worker.upgrade(store)
    monkeypatch.delenv("PYTHONPATH")
    with pytest.raises(StoreFault, match="python -m ingest upgrade$"):
        worker.upgrade(store)  # not repeated at once, although each opened page requests it
    monkeypatch.setattr(worker, "_RESTED", 0)
    assert worker.upgrade(store).snapshot_id == "s000002"
    assert rows(store) == (4, 6)
    clean(store)


def test_every_page_says_that_the_upgrade_was_killed(store, at_build, monkeypatch, tmp_path):
    """The server starts, /healthz reports broken, and each page shows one sentence instead of a traceback."""
    from streamlit.testing.v1 import AppTest

    from ui.menu import MENU

    as_version_1(store)
    folder = at_build("kill")
    log = tmp_path / "server.log"
    with serve(ROOT / "server.py", log, DASHBOARD_STORE=str(store), PYTHONPATH=str(folder)) as address:
        with pytest.raises(HTTPError) as answer:
            urlopen(f"{address}/healthz")
        assert answer.value.code == 503 and json.load(answer.value)["status"] == "broken"
    assert "Tiến trình dựng số liệu dừng giữa chừng" in log.read_text(encoding="utf-8")
    for name, value in (("DASHBOARD_STORE", store), ("DASHBOARD_SECRETS", log.with_name("open.toml"))):
        monkeypatch.setenv(name, str(value))
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120)
    for page, *_ in MENU:
        shown = app.switch_page(page).run()
        assert not shown.exception, page
        (said,) = [error.value.replace("\\", "") for error in shown.error]
        assert "dừng giữa chừng" in said and said.endswith("python -m ingest upgrade"), page


@pytest.mark.parametrize(
    ("what", "says"),
    [("break_a_sum", "không khớp nhau nên không được công bố (received: 3)"), ("fail", "Trang này gặp lỗi (mã ")],
)
def test_page_says_why_the_upgrade_failed(store, at_build, monkeypatch, what, says):
    """A violated sum is named; a bug is reported by its id in the log."""
    as_version_1(store)
    at_build(what)
    assert says in said_by_page(store, monkeypatch)


def test_no_room_for_a_worker(store, monkeypatch):
    """If the machine cannot start a process, the message says so, also for a file."""
    monkeypatch.setattr(worker.sys, "executable", str(store / "no such program"))
    as_version_1(store)
    assert "không mở được tiến trình" in said_by_page(store, monkeypatch)
    with pytest.raises(StoreFault, match="không mở được tiến trình"):
        worker.look(b"a", "a.csv", Reading(), store)


def test_one_upgrade_at_a_time(store, monkeypatch):
    """Pages opened during an upgrade ask the reader to return later, and start no process."""
    as_version_1(store)
    with worker._upgrading:
        assert "đang được dựng lại. Tải lại trang" in said_by_page(store, monkeypatch)
    assert worker.upgrade(store).snapshot_id == "s000002"


def test_newer_store_is_left_alone(store, quick, ingest):
    """This program neither reads nor writes a newer store, whose data it might drop, and asks for an update."""
    path = store / "snapshots" / "s000001.json"
    path.write_text(path.read_text(encoding="utf-8").replace(f'"version": {STORE_VERSION}', '"version": 99'))
    before = stand(store)
    with pytest.raises(NewerStore):
        reader(store)
    for command in ("rebuild", "status", "demo", "verify"):
        said = ingest(command, DASHBOARD_STORE=str(store))
        assert said.code == 4 and "kho bản 99" in said.err and "Cập nhật chương trình" in said.err
    assert stand(store) == before


def test_snapshots_before_an_update_are_not_fallen_back_to(twice, quick):
    """Snapshots of an older layout are not used as a fallback, because their tables do not match the queries."""
    as_version_1(twice)
    upgrade(store=twice)
    assert snapshot_ids(twice) == ["s000003", "s000002", "s000001"]
    harm(database(twice), "cut")
    with pytest.raises(NothingWhole, match="s000003$"):
        reader(twice)


# -------------------------------------------------------------------------- clock, two writers


def test_clock_gone_back(store, quick):
    """If the last writer's clock was ahead, ids still increase, and recorded times never decrease."""
    path, ahead = store / "snapshots" / "s000001.json", "2099-01-01T00:00:00+00:00"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "built_at": ahead}), encoding="utf-8")
    first = take(store, "dossier", sound("dossier", 8))
    second = take(store, "dossier", sound("dossier", 9))
    assert (first["at"], second["at"]) == (ahead, ahead)
    assert archive.newest_manifest(store)["built_at"] == ahead
    assert [upload["order"] for upload in archive.newest_manifest(store)["uploads"]] == list(range(1, 9))
    assert (rows(store), pointed_id(store)) == ((6, 8), "s000003")


def test_two_processes_publish(store, quick, tmp_path):
    """With two processes publishing repeatedly, each publishes or is told to wait, and nothing published is lost."""
    files = [write(tmp_path / f"{number}.csv", [sound("dossier", 20 + number)]) for number in range(4)]
    running = [
        start(["ingest", "publish", str(file)], ROOT, {"DASHBOARD_STORE": str(store)}, file.with_suffix(".txt"))
        for file in files
    ]
    codes = [process.wait() for process in running]
    assert not any("Traceback" in file.with_suffix(".txt").read_text(encoding="utf-8") for file in files)
    assert set(codes) <= {0, 3} and 0 in codes
    assert rows(store) == (4 + codes.count(0), 6 + codes.count(0))
    for file, code in zip(files, codes, strict=True):
        if code:
            publish([file], store=store)
    assert rows(store) == (8, 10)
    clean(store)


# ------------------------------------------------------------------------------ the same again


def test_builds_are_the_same_on_one_thread(demo_store, tmp_path, monkeypatch):
    """Builds are identical bit by bit: otherwise verify and restore would report a sound store as damaged."""
    connect = duckdb.connect

    def connected(*arguments, **settings) -> duckdb.DuckDBPyConnection:
        connection = connect(*arguments, **settings)
        connection.execute("SET threads = 1")
        return connection

    monkeypatch.setattr(build.duckdb, "connect", connected)
    again = tmp_path / "again.duckdb"
    build.build(again, demo_store, archive.newest_manifest(demo_store)["uploads"], build.quiet)
    monkeypatch.undo()
    assert differing(figures(database(demo_store)), figures(again)) == []
