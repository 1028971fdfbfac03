"""python -m ingest: exit codes, output, the file of problems."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import filelock
import pytest

from ingest import publish as publish_module
from ingest.__main__ import BROKEN, BUSY, DONE, REJECTED, STOPPED, USAGE, main
from ingest.publish import publish
from ingest.schema import LISTS
from ingest.store import archive
from ingest.store.fault import explained
from queries.snapshot import ROOT, pointed_id, reader
from tests.prepared import start
from tests.test_check import OPEN, sound, stand, write


class Said(NamedTuple):
    """The result of a command: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture
def ingest(tmp_path):
    """ingest(*arguments): run python -m ingest on the store in tmp_path / "store"."""

    def run(*arguments: object, **environment: str) -> Said:
        settings = {"DASHBOARD_STORE": str(tmp_path / "store"), "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"}
        out, err = tmp_path / "said.txt", tmp_path / "errors.txt"
        for path in (out, err):
            path.write_bytes(b"")
        code = start(["ingest", *map(str, arguments)], ROOT, settings | environment, out, err).wait()
        said = Said(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))
        assert "Traceback" not in said.err, said.err
        return said

    return run


@pytest.fixture
def store(shared, quick, tmp_path) -> Path:
    """A store with one dossier, used by `ingest`; both build quickly."""

    def fill(folder: Path) -> None:
        publish([write(folder / "one.csv", [sound("dossier")])], store=folder / "store")

    return shutil.copytree(shared("quick_one_store", fill) / "store", tmp_path / "store")


def upload_id(store: Path, position: int = 0) -> str:
    """The id of an upload in the newest manifest."""
    return archive.newest_manifest(store)["uploads"][position]["id"]


def test_exit_codes_are_the_documented_ones():
    """The exit codes do not change, because scripts depend on them."""
    assert (DONE, REJECTED, USAGE, BUSY, BROKEN, STOPPED) == (0, 1, 2, 3, 4, 130)


def test_from_first_publish_to_last_withdrawal(ingest, tmp_path):
    """Status, publish, status, withdraw, restore, rebuild: each exits with 0 and says in Vietnamese what it did."""
    store = tmp_path / "store"
    empty = ingest("status")
    assert (empty.code, "Kho còn trống" in empty.out + empty.err) == (0, True)
    rows = [sound("dossier", number) for number in range(1200)] + [sound("dossier", 1200, reschedule_count="2")]
    published = ingest("publish", write(tmp_path / "hồ sơ [tháng 3].csv", rows))
    assert published.code == 0
    assert "hồ sơ [tháng 3].csv: 1.201 dòng" in published.err and "1 cảnh báo" in published.err
    assert "Đã công bố bản số liệu s000001." in published.err
    known = upload_id(store)
    assert known in published.err
    for act, state, snapshot in (("withdraw", "đã rút", "s000002"), ("restore", "đang dùng", "s000003")):
        ended = ingest(act, known)
        assert ended.code == 0 and f"Đã công bố bản số liệu {snapshot}." in ended.err
        status = ingest("status")
        assert status.code == 0 and state in status.out and known in status.out and "hồ sơ [tháng 3].csv" in status.out
        assert f"Bản số liệu {snapshot}" in status.out
    rebuilt = ingest("rebuild")
    assert rebuilt.code == 0 and pointed_id(store) == "s000004"


def test_status_in_a_narrow_window(ingest, store):
    """Ids are not truncated in a narrow window."""
    assert upload_id(store) in ingest("status", COLUMNS="80").out


def test_rejected(ingest, store, tmp_path):
    """Exit code 1; problems with file, line, column and value; nothing has changed."""
    before = stand(store)
    bad = write(tmp_path / "[xấu].csv", [sound("dossier", 2), sound("dossier", 3, channel="[fax]")])
    ended = ingest("publish", write(tmp_path / "tốt.csv", [sound("dossier", 4)]), bad)
    assert ended.code == 1
    for word in ("[xấu].csv", "3", "channel", "[fax]", "Không hiểu từ này."):
        assert word in ended.err
    assert "Không nhận tệp nào; số liệu đang dùng giữ nguyên." in ended.err
    assert stand(store) == before


def test_file_of_problems(ingest, tmp_path):
    """All problems, readable by Excel: BOM, Vietnamese header, a row per problem; the console shows the first ones."""
    rows = [sound("dossier", number, channel="fax", officer_code='có "nháy", phẩy') for number in range(30)]
    bad, target = write(tmp_path / "bad.csv", rows), tmp_path / "lỗi.csv"
    short = ingest("publish", bad)
    assert short.code == 1 and " trong " in short.err and " lỗi; thêm" in short.err and "--problems" in short.err
    ended = ingest("publish", bad, tmp_path / "none.csv", "--problems", target)
    assert ended.code == 1 and "Danh sách 31 lỗi" in ended.err
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    with target.open(encoding="utf-8-sig", newline="") as file:
        header, *listed = csv.reader(file)
    assert header == ["Tệp", "Dòng", "Cột", "Giá trị", "Lý do", "Cách sửa"]
    assert len(listed) == 31
    assert [row[:4] for row in listed if row[0] == "bad.csv"] == [
        ["bad.csv", str(line), "channel", "fax"] for line in range(2, 32)
    ]
    (none,) = [row for row in listed if row[0] == "none.csv"]
    assert none[1:5] == ["", "", "", "Không mở được tệp."] and none[5]
    assert pointed_id(tmp_path / "store") is None


def test_no_file_of_problems_without_problems(ingest, quick, tmp_path):
    """Without problems no file is written."""
    target = tmp_path / "problems.csv"
    assert ingest("publish", write(tmp_path / "good.csv", [sound("dossier")]), "--problems", target).code == 0
    assert not target.exists()


def test_known_file(ingest, store, tmp_path):
    """The same file is refused; if it was withdrawn, the message suggests restore."""
    file = write(tmp_path / "one.csv", [sound("dossier")])
    again = ingest("publish", file)
    assert again.code == 1 and "đã được nạp" in again.err and upload_id(store) in again.err
    assert ingest("withdraw", upload_id(store)).code == 0
    withdrawn = ingest("publish", file)
    assert withdrawn.code == 1 and "restore" in withdrawn.err


@pytest.mark.parametrize("act", ["withdraw", "restore"])
def test_unknown_upload(ingest, store, act):
    """Exit code 2, and how to find the right id; also for texts that look like markup."""
    before = stand(store)
    for wanted in ("u999999-00000000", "[/bold]"):
        ended = ingest(act, wanted)
        assert ended.code == 2
        assert f"Không có lần nạp {wanted}." in ended.err and "python -m ingest status" in ended.err
    assert stand(store) == before


def test_state_already_so(ingest, store):
    """Restoring an active upload or withdrawing twice gives exit code 2."""
    assert "đã ở trạng thái này" in ingest("restore", upload_id(store)).err
    assert ingest("withdraw", upload_id(store)).code == 0
    twice = ingest("withdraw", upload_id(store))
    assert twice.code == 2 and "đã ở trạng thái này" in twice.err


@pytest.mark.parametrize("arguments", [(), ("publish",), ("nothing",), ("withdraw",), ("status", "--wrong")])
def test_usage(ingest, arguments):
    """Unknown commands give exit code 2 and the usage."""
    ended = ingest(*arguments)
    assert ended.code == 2 and "python -m ingest" in ended.err


def test_help(ingest):
    """--help names every command."""
    ended = ingest("--help")
    assert ended.code == 0
    assert all(re.search(rf"^\s+{name}\s", ended.out, re.MULTILINE) for name in ("publish", "status", "withdraw"))
    assert all(re.search(rf"^\s+{name}\s", ended.out, re.MULTILINE) for name in ("restore", "rebuild", "demo"))
    assert all(re.search(rf"^\s+{name}\s", ended.out, re.MULTILINE) for name in ("verify", "upgrade", "backup"))
    assert re.search(r"^\s+restore-backup\s", ended.out, re.MULTILINE)
    assert "nạp các tệp CSV" in ended.out


def test_busy(ingest, store, tmp_path):
    """While another process publishes, writers exit with 3; status works."""
    before = stand(store)
    file = write(tmp_path / "two.csv", [sound("dossier", 2)])
    with filelock.FileLock(store / "lock"):
        for arguments in (("publish", file), ("withdraw", upload_id(store)), ("rebuild",)):
            ended = ingest(*arguments)
            assert ended.code == 3 and "Chờ nó xong rồi thử lại." in ended.err
        assert ingest("status").code == 0
        assert stand(store) == before
    assert ingest("publish", file).code == 0


# The process sends itself SIGINT: at the start of the build, or while DuckDB runs a long statement. It restores the
# default handler first, because a process started by nohup or & inherits an ignored SIGINT.
STOPPED_WHILE_BUILDING = """
import os, signal, sys, threading
import duckdb
from ingest import __main__, publish
signal.signal(signal.SIGINT, signal.default_int_handler)
def stop():
    os.kill(os.getpid(), signal.SIGINT)
def stopped(*arguments):
    if sys.argv[2] == "before":
        stop()
    threading.Timer(0.2, stop).start()
    one = duckdb.connect(config={"threads": 1})
    one.execute("SELECT sum(hash(a.range + b.range)) FROM range(1000000) AS a, range(150) AS b")
publish.build = stopped
sys.exit(__main__.main(["publish", sys.argv[1]]))
"""


@pytest.mark.parametrize("moment", ["before", "during", "during, begun by one that ignores it"])
def test_stopped_with_ctrl_c(ingest, store, tmp_path, moment):
    """One sentence and exit code 130, at the latest when the statement ends; the store stays unchanged."""
    before = stand(store)
    file = write(tmp_path / "two.csv", [sound("dossier", 2)])
    stopped = subprocess.run(
        [sys.executable, "-c", STOPPED_WHILE_BUILDING, str(file), moment],
        cwd=ROOT,
        env=os.environ | {"DASHBOARD_STORE": str(store), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        preexec_fn=_ignore_interrupts if "ignores" in moment else None,
    )
    assert stopped.returncode == STOPPED and "Đã dừng theo yêu cầu." in stopped.stderr
    assert "Traceback" not in stopped.stderr and stand(store) == before
    assert ingest("publish", file).code == 0


def _ignore_interrupts() -> None:
    """Ignore SIGINT, as when make test runs in the background."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def stopped_statement(*ignored: object) -> None:
    """Run a statement until its connection is interrupted."""
    with duckdb.connect() as connection:
        threading.Timer(0.2, connection.interrupt).start()
        connection.execute("SELECT sum(hash(a.range + b.range)) FROM range(1000000) AS a, range(800) AS b")


def test_stopped_statement_is_no_damage(store, tmp_path, monkeypatch, capsys):
    """An interrupt is not reported as a broken store by the command line, the archive check or the snapshot check."""
    before = stand(store)
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    monkeypatch.setattr(publish_module, "build", stopped_statement)
    assert main(["publish", str(write(tmp_path / "two.csv", [sound("dossier", 2)]))]) == STOPPED
    said = capsys.readouterr().err
    assert "Đã dừng theo yêu cầu." in said and "verify" not in said
    assert stand(store) == before
    upload = {"id": upload_id(store), "accepted": 1}  # an entry of store version 1: its rows are counted
    monkeypatch.setattr(archive, "_rows", stopped_statement)
    with pytest.raises(duckdb.InterruptException):
        archive.is_intact(store, upload)
    monkeypatch.setattr(import_module("queries.snapshot"), "Reader", stopped_statement)
    with pytest.raises(duckdb.InterruptException):
        reader(store)
    assert explained(duckdb.InterruptException("Interrupted!")) is None


@pytest.mark.parametrize("harm", ["manifest", "upload", "pointer"])
def test_broken_store(ingest, store, harm):
    """With a damaged file of the store: exit code 4 and a message; readers keep the old snapshot."""
    if harm == "manifest":
        (store / "snapshots" / "s000001.json").write_text("{", encoding="utf-8")
    elif harm == "upload":
        (store / "uploads" / f"{upload_id(store)}.parquet").write_bytes(b"PAR1")
    else:
        (store / "current").write_text("s000009\n", encoding="utf-8")
    before = stand(store)
    ended = ingest("rebuild")
    assert ended.code == 4 and "Kho số liệu gặp lỗi" in ended.err
    assert stand(store) == before
    if harm != "manifest":
        assert reader(store).snapshot.id == "s000001"
    assert ingest("status").code == (0 if harm == "upload" else 4)


def test_failed_build_is_never_published(ingest, tmp_path):
    """An invalid setting stops the whole build: exit code 4, the store unchanged; later publishes work."""
    store = tmp_path / "store"
    publish([write(tmp_path / "one.csv", [sound("dossier")])], store=store)
    before = stand(store)
    row = {"setting_code": "data_start", "value": "hôm nay", "name": "x", "source": "x", "status": "confirmed"}
    ended = ingest("publish", write(tmp_path / "setting.csv", [row]))
    assert ended.code == 4 and "số liệu đang dùng giữ nguyên" in ended.err
    assert {name: at for name, at in stand(store).items() if name in before} == before
    assert pointed_id(store) == "s000001"
    assert ingest("publish", write(tmp_path / "two.csv", [sound("dossier", 2)])).code == 0
    assert len(list((store / "uploads").iterdir())) == 2


def test_the_list_of_problems_is_complete(tmp_path, capsys, monkeypatch):
    """However many there are: all in the file, and their number in words without one."""
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    monkeypatch.setattr("ingest.check.LISTED", 30)
    file, target = tmp_path / "kpi.csv", tmp_path / "loi.csv"
    file.write_text("unit_code,period,indicator_code,value\n" + "23059,2024-03,S01,x\n" * 1500, encoding="utf-8")
    assert main(["publish", str(file), "--problems", str(target)]) == 1
    assert len(target.read_text("utf-8-sig").splitlines()) >= 1501
    assert main(["publish", str(file)]) == 1
    assert re.search(r"trong [12]\.[0-9]{3} lỗi", capsys.readouterr().err)


def test_now_is_the_time_in_vietnam(ingest, quick, tmp_path):
    """A dossier of this morning is not in the future, whatever the server's time zone is."""
    now = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).isoformat(" ", "seconds")[:19]
    row = sound("dossier", **OPEN, received_at=now, intake_recorded_at=now, due_at="", dossier_code="A1")
    ended = ingest("publish", write(tmp_path / "today.csv", [row]), TZ="Etc/GMT+12")
    assert ended.code == 0, ended.err


def test_demo_leaves_a_filled_store_alone(ingest, store):
    """The demo is only for an empty store; a store with one real file, even withdrawn, is refused."""
    before = stand(store)
    assert ingest("demo") == Said(0, "", "")
    assert stand(store) == before
    (store / "current").unlink()  # a store without its pointer is not empty
    assert ingest("demo").code == 0
    assert len(archive.newest_manifest(store)["uploads"]) == 1


@pytest.mark.slow
def test_demo_fills_an_empty_store(ingest, quick, tmp_path):
    """All five kinds of file are published, every row is marked as simulated, and a second call does nothing."""
    ended = ingest("demo")
    assert ended.code == 0 and "MÔ PHỎNG" in ended.err
    manifest = archive.newest_manifest(tmp_path / "store")
    tables = {"dossier", "dossier_step", "kpi_value", "index_score", "portal_score", "initiative", *LISTS}
    assert {upload["table"] for upload in manifest["uploads"]} == tables == set(manifest["simulated_tables"])
    assert all(upload["real_rows"] == 0 and upload["who"] == "mô phỏng" for upload in manifest["uploads"])
    assert ingest("demo") == Said(0, "", "")
    assert pointed_id(tmp_path / "store") == "s000001"
