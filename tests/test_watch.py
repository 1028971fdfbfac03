"""Watched folders: what is read, what comes back, what waits; every fault leaves the file where somebody finds it."""

from __future__ import annotations

import csv
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock
import pytest

from access import audit
from ingest.publish import publish, withdraw
from ingest.reading.look import look
from ingest.reading.mapping import remember
from ingest.store import archive, sources
from ingest.watch import folder as disk
from ingest.watch.settings import ALL, BadSettings, parse
from queries.snapshot import ROOT
from tests.prepared import start
from tests.test_check import sound, write

MINE, OTHERS = "23059", "23062"
EVERYTHING = f'name = "Xã thử"\nunits = "{ALL}"\ntables = "{ALL}"\n'
KNOWN = {MINE, OTHERS, "23092"}


class Watched:
    """A folder with settings, the store that its files go to, and the command that watches it."""

    def __init__(self, base: Path):
        self.base, self.store = base, base / "store"
        self.folder = self.source(base / "in")

    def source(self, folder: Path, settings: str = EVERYTHING) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cai-dat.toml").write_text(settings, encoding="utf-8")
        return folder

    def once(self, *folders: Path, settle: float = 0) -> int:
        """Run `ingest watch --once`; returns its exit code, and keeps what it said."""
        said = self.base / "said.txt"
        said.unlink(missing_ok=True)
        arguments = ["watch", "--once", "--every", "0", "--settle", str(settle), *map(str, folders or (self.folder,))]
        code = start(["ingest", *arguments], ROOT, {"DASHBOARD_STORE": str(self.store)}, said).wait()
        self.said = said.read_text(encoding="utf-8")
        return code

    def names(self, part: str = "", folder: Path | None = None) -> list[str]:
        """The names in the folder, or in one of its parts."""
        place = (folder or self.folder) / part
        files = place.iterdir() if place.exists() else ()
        return sorted(path.name for path in files if not path.is_dir() and path.name != "cai-dat.toml")

    @property
    def uploads(self) -> list[dict]:
        return archive.newest_manifest(self.store)["uploads"]

    @property
    def state(self) -> sources.Source:
        [found] = sources.known(self.store)
        return found


@pytest.fixture
def watched(tmp_path, quick) -> Watched:
    return Watched(tmp_path)


def value(number: int = 1, **changes: str) -> dict[str, str]:
    return sound("kpi_value", number, **changes)


# ------------------------------------------------------------------------------------- good and bad files


def test_good_files_go_in_and_bad_ones_come_back_with_their_problems(watched):
    """The list opens in Excel, the text says what to do; the log has who and what, and nothing is read again."""
    write(watched.folder / "good.csv", [value()])
    write(watched.folder / "bad.csv", [value(2), value(3, value="=cmd()")])
    assert watched.once() == 1
    assert watched.names() == [] and watched.names("da-nap") == ["good.csv"]
    assert watched.names("tra-lai") == ["bad.csv", "bad.csv.loi.csv", "bad.csv.loi.txt"]
    listed = (watched.folder / "tra-lai" / "bad.csv.loi.csv").read_bytes()
    [head, row] = list(csv.reader(listed.decode("utf-8-sig").splitlines()))
    assert listed.startswith("\ufeff".encode()) and head == ["Tệp", "Dòng", "Cột", "Giá trị", "Lý do", "Cách sửa"]
    assert row[:4] == ["bad.csv", "3", "value", "'=cmd()"]
    text = (watched.folder / "tra-lai" / "bad.csv.loi.txt").read_text(encoding="utf-8-sig")
    assert "không được nạp: 1\u00a0lỗi" in text and "bad.csv, dòng 3" in text and "đặt lại vào thư mục" in text
    [upload] = watched.uploads
    assert (upload["who"], upload["sender"], upload["file"]) == ("Xã thử", "folder", "good.csv")
    assert [(said["event"], said["who"], said["file"]) for said in audit.events(watched.store)] == [
        ("publish", "Xã thử", "good.csv"),
        ("return_file", "Xã thử", "bad.csv"),
    ]
    assert (watched.state.name, watched.state.refused, watched.state.waiting) == ("Xã thử", 1, 0)
    assert watched.once() == 0 and len(watched.uploads) == 1


def test_the_same_file_again_is_no_error(watched):
    """Equal bytes are moved aside under a new name; nothing that lies there is overwritten."""
    for _ in range(2):
        write(watched.folder / "a.csv", [value()])
        assert watched.once() == 0
    assert watched.names("da-nap") == ["a (2).csv", "a.csv"] and len(watched.uploads) == 1
    assert "đã nạp từ trước" in watched.said
    for number in range(2):
        write(watched.folder / "b.csv", [value(unit_code=f"9999{number}")])
        assert watched.once() == 1
    assert [name for name in watched.names("tra-lai") if name.endswith("b.csv") or name.endswith(").csv")] == [
        "b (2).csv",
        "b.csv",
    ]
    assert "99990" in (watched.folder / "tra-lai" / "b.csv.loi.txt").read_text(encoding="utf-8-sig")


def test_a_withdrawn_file_comes_back(watched):
    """The figures do not hold it, so that it is not said to be there."""
    write(watched.folder / "a.csv", [value()])
    watched.once()
    withdraw(watched.uploads[0]["id"], store=watched.store)
    write(watched.folder / "a.csv", [value()])
    assert watched.once() == 1
    assert "khôi phục" in (watched.folder / "tra-lai" / "a.csv.loi.txt").read_text(encoding="utf-8-sig")


def test_valid_rows_only(watched):
    """The rows that are left out are told beside the refused files; the file itself is among the accepted ones."""
    watched.source(watched.folder, EVERYTHING + "valid_only = true\n")
    write(watched.folder / "a.csv", [value(1), value(2, unit_code="99999")])
    assert watched.once() == 0
    assert watched.names("da-nap") == ["a.csv"] and watched.names("tra-lai") == ["a.csv.loi.csv", "a.csv.loi.txt"]
    assert "đã nạp 1\u00a0dòng, trả lại 1\u00a0dòng" in (watched.folder / "tra-lai" / "a.csv.loi.txt").read_text(
        "utf-8-sig"
    )


def test_steps_wait_for_the_dossiers_beside_them(watched):
    """By name the steps come first, and would be refused: their dossiers are unknown until the other file is read."""
    write(watched.folder / "buoc.csv", [sound("dossier_step", 1)])
    write(watched.folder / "ho-so.csv", [sound("dossier", 1)])
    assert watched.once() == 0 and watched.names("da-nap") == ["buoc.csv", "ho-so.csv"]
    assert [upload["table"] for upload in watched.uploads] == ["dossier", "dossier_step"]


def test_people_stay_out_of_the_log(watched):
    """A person's name in a file's name, or in a cell, is neither in the store nor in what the program says."""
    rows = [value(ghi_chu="Ông Nguyễn Văn Quyết, 0912345678")]
    write(watched.folder / "Nguyễn Văn Quyết.csv", rows)
    write(watched.folder / "Trần Thị Thử.csv", [value(unit_code="Trần Thị Thử 0987654321")])
    assert watched.once() == 1
    kept = watched.said + "".join(
        path.read_bytes().decode("utf-8", "replace")
        for place in (watched.store, watched.folder / "tra-lai")
        for path in place.rglob("*")
        if path.is_file() and path.suffix != ".csv" or path.name.endswith(".loi.csv")
    )
    for word in ("Quyết", "0912345678", "0987654321", "Trần Thị Thử 0"):
        assert word not in kept, word


# ------------------------------------------------------------------------------------- what waits


def test_unfinished_names_links_and_empty_files_wait(watched, tmp_path):
    """Temporary names are no files, links are not followed, an empty file may still be filled."""
    outside = write(tmp_path / "outside.csv", [value()])
    (watched.folder / "link.csv").symlink_to(outside)
    (watched.folder / "sub").symlink_to(tmp_path / "other", target_is_directory=True)
    watched.source(tmp_path / "other")
    write(tmp_path / "other" / "x.csv", [value()])
    os.mkfifo(watched.folder / "pipe.csv")
    (watched.folder / "empty.csv").touch()
    for name in ("a.csv.part", ".a.csv", "~$a.csv", "a.csv.crdownload", "a.tmp", "Thumbs.db"):
        write(watched.folder / name, [value()])
    before = watched.names()
    assert watched.once() == 0 and watched.names() == before and watched.uploads == []
    assert "không đọc liên kết “link.csv”" in watched.said and "đang trống (0 byte)" in watched.said
    assert watched.state.waiting == 1 and outside.exists()


def test_a_file_that_grows_is_read_when_it_rests(watched):
    """A row is added every 0.2 seconds: the file is read once, whole, after the last one."""
    path = watched.folder / "a.csv"
    write(path, [value(1)])
    process = start(
        ["ingest", "watch", "--every", "0.1", "--settle", "1.5", str(watched.folder)],
        ROOT,
        {"DASHBOARD_STORE": str(watched.store)},
        watched.base / "said.txt",
    )
    for number in range(2, 13):
        time.sleep(0.2)
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(value(number).values())
    assert watched.uploads == []
    wait_until(lambda: watched.names("da-nap"))
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0
    assert [upload["accepted"] for upload in watched.uploads] == [12]


def wait_until(there: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("kind", ["xlsx", "gz", "zeros"])
def test_a_half_copied_file_is_not_refused_at_once(watched, kind, demo_files):
    """An incomplete workbook or archive, or a file with the size that it will have: it waits, then is read or refused."""
    whole = write(watched.base / "a.csv", [value()]).read_bytes()
    if kind == "xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        for row in csv.reader(whole.decode().splitlines()):
            book.active.append(row)
        book.save(watched.base / "a.xlsx")
        whole = (watched.base / "a.xlsx").read_bytes()
    elif kind == "gz":
        whole = gzip.compress(whole)
    half = whole[: len(whole) // 2]
    path = watched.folder / f"a.{'csv' if kind == 'zeros' else kind}"
    path.write_bytes(half + bytes(len(whole) - len(half)) if kind == "zeros" else half)
    assert watched.once(settle=0.5) == 0 and watched.names() == [path.name]
    assert "chưa trọn" in watched.said
    path.write_bytes(whole)
    assert watched.once(settle=0.5) == 0 and watched.names("da-nap") == [path.name]
    path.write_bytes(half)
    time.sleep(1.6)  # with no rest asked, thirty times the rest are over at once
    assert watched.once(settle=0.05) == 1 and watched.names("tra-lai")[0] == path.name


def test_what_changes_while_it_is_read_is_not_taken(tmp_path):
    """Other bytes behind the same size and time, a new file in its place, a link in its place."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"first")
    about = os.lstat(path)
    assert disk.read(path, about) == b"first"
    path.write_bytes(b"longer")
    with pytest.raises(disk.Changed):
        disk.read(path, about)
    with pytest.raises(disk.Changed):
        disk.put_aside(path, about, tmp_path / "b.csv")
    assert path.exists() and not (tmp_path / "b.csv").exists()
    path.unlink()
    path.symlink_to(tmp_path / "c.csv")
    (tmp_path / "c.csv").write_bytes(b"first")
    with pytest.raises(OSError):
        disk.read(path, about)


# ------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('units = "all"\ntables = "all"', "thiếu name"),
        ('name = "A"\ntables = "all"', "thiếu units"),
        ('name = "A"\nunits = "all"', "thiếu tables"),
        ('name = "A"\nunits = "all"\ntables = ["x"]', "không có bảng “x”"),
        ('name = "A"\nunits = ["99"]\ntables = "all"', "không có đơn vị mã 99"),
        ('name = "A"\nunits = []\ntables = "all"', "units đang trống"),
        ('name = "A"\nunits = "23059"\ntables = "all"', "units phải là danh sách"),
        (f'name = "A"\nunits = ["{MINE}"]\ntables = ["setting"]', "setting là của chung"),
        ('name = "Nguyễn Văn Kiểm"\nunits = "all"\ntables = "all"', "không phải tên người"),
        ('name = ""\nunits = "all"\ntables = "all"', "name phải có"),
        (EVERYTHING + "every_day = 7", "mục không dùng: every_day"),
        (EVERYTHING + "every_days = 0", "every_days phải từ 1"),
        (EVERYTHING + "every_days = true", "every_days phải là số nguyên"),
        (EVERYTHING + 'valid_only = "true"', "valid_only phải là true"),
        (EVERYTHING + '[reading]\nolder = "x"', "reading.older phải là một trong"),
        (EVERYTHING + '[reading]\nsheets = "x"', "mục không dùng: sheets"),
        (EVERYTHING + '[reading.whole]\ndossier_code = "x"', "dossier_code không ghi được"),
        ("name =", "không đúng dạng TOML"),
    ],
)
def test_wrong_settings_are_told(text, said):
    with pytest.raises(BadSettings, match="cai-dat.toml") as caught:
        parse(text.encode(), lambda: KNOWN)
    assert said in str(caught.value)


def test_the_example_of_settings_is_valid():
    """With every option turned on."""
    text = (ROOT / "deploy" / "cai-dat.example.toml").read_text(encoding="utf-8")
    settings = parse(
        "\n".join(line.removeprefix("#") if line[:2].rstrip() != "#" else line for line in text.splitlines()).encode(),
        lambda: KNOWN,
    )
    assert settings.every_days and settings.sender.units and settings.reading.covers and settings.whole


def test_all_tables_are_those_of_offices():
    """“all” never lets a folder change targets or settings; a file with a byte order mark is read."""
    settings = parse("\ufeff".encode() + EVERYTHING.encode(), lambda: KNOWN)
    assert settings.sender.units is None and "setting" not in settings.sender.tables
    with pytest.raises(BadSettings, match="UTF-8"):
        parse(EVERYTHING.encode("utf-16"), lambda: KNOWN)


def test_one_source_with_wrong_settings_stops_alone(watched):
    """Each subfolder with settings is a source; a wrong one is told and not read, the one without any is no source."""
    root = watched.base / "all"
    one = watched.source(root / "mot", EVERYTHING.replace("Xã thử", "Xã một"))
    two = watched.source(root / "hai", "name = 1")
    none = root / "ba"
    none.mkdir()
    for number, folder in enumerate((root, one, two, none), 1):
        write(folder / "a.csv", [value(number)])
    assert watched.once(root) == 4
    assert [watched.names(folder=one), watched.names(folder=two), watched.names(folder=none)] == [
        [],
        ["a.csv"],
        ["a.csv"],
    ]
    assert [upload["who"] for upload in watched.uploads] == ["Xã một"] and watched.names(folder=root) == ["a.csv"]
    told = {source.name: source.trouble for source in sources.known(watched.store)}
    assert told["Xã một"] == "" and "name phải là chữ" in told["hai"] and len(told) == 2
    assert watched.said.count("Chưa có cai-dat.toml") == 1


def test_a_folder_without_settings_is_not_read(watched):
    """Nobody has said what may come from it."""
    (watched.folder / "cai-dat.toml").unlink()
    write(watched.folder / "a.csv", [value()])
    assert watched.once() == 4 and watched.names() == ["a.csv"] and watched.uploads == []
    assert "Chưa có cai-dat.toml" in watched.state.trouble


def test_units_and_tables_of_the_settings_hold(watched):
    """A row of another unit, a table that is not listed: refused with the line, nothing of the file is taken."""
    watched.source(watched.folder, f'name = "A"\nunits = ["{MINE}"]\ntables = ["kpi_value"]')
    write(watched.folder / "other.csv", [value(1), value(2, unit_code=OTHERS)])
    write(watched.folder / "table.csv", [sound("dossier", 1)])
    write(watched.folder / "own.csv", [value(3)])
    assert watched.once() == 1 and watched.names("da-nap") == ["own.csv"]
    assert OTHERS in (watched.folder / "tra-lai" / "other.csv.loi.txt").read_text(encoding="utf-8-sig")
    assert "chỉ được nạp" in (watched.folder / "tra-lai" / "table.csv.loi.txt").read_text(encoding="utf-8-sig")


def test_a_value_for_the_whole_file(watched):
    """It stands for a column that the file lacks; a file that has the column keeps its own."""
    watched.source(watched.folder, EVERYTHING + f'[reading.whole]\nunit_code = "{MINE}"\n')
    without = {name: text for name, text in value(1).items() if name != "unit_code"}
    write(watched.folder / "without.csv", [without])
    write(watched.folder / "own.csv", [value(2, unit_code=OTHERS)])
    assert watched.once() == 0
    import duckdb

    found = {
        upload["file"]: duckdb.sql(
            f"SELECT unit_code FROM '{archive.upload_path(watched.store, upload['id'])}'"
        ).fetchall()
        for upload in watched.uploads
    }
    assert found == {"own.csv": [(OTHERS,)], "without.csv": [(MINE,)]}


# ------------------------------------------------------------------------------------- questions


def test_a_question_of_the_page_is_refused_until_somebody_has_answered(watched):
    """A header that resembles an optional column: published once on the page, the layout is read without a question."""
    odd = {("Ngày hẹn trản" if name == "due_at" else name): text for name, text in sound("dossier").items()}
    path = write(watched.base / "odd.csv", [odd])
    seen = look(path, store=watched.store)
    assert list(seen.mapping.offered) == ["due_at"]
    (watched.folder / "odd.csv").write_bytes(path.read_bytes())
    assert watched.once() == 1
    text = (watched.folder / "tra-lai" / "odd.csv.loi.txt").read_text(encoding="utf-8-sig")
    assert "chưa chắc là cột ấy" in text and "Nạp một lần trên trang Nạp số liệu" in text
    remember(watched.store, seen.mapping)
    (watched.folder / "tra-lai" / "odd.csv").rename(watched.folder / "odd.csv")
    assert watched.once() == 0


def test_open_dossiers_that_a_file_does_not_name(watched):
    """Nobody guesses whether they are done: the settings say it, or the file comes back."""
    is_open = {"processed_at": "", "returned_at": "", "state": "processing"}
    first = [sound("dossier", number, **is_open) for number in (1, 2)]
    publish([write(watched.base / "first.csv", first)], store=watched.store)
    later = sound("dossier", 3, received_at="2024-04-15 08:00", due_at="2024-04-25 17:00", processed_at="2024-04-20 08:00", returned_at="2024-04-20 09:00", intake_recorded_at="", status_updated_at="")  # fmt: skip
    write(watched.folder / "next.csv", [later])
    assert watched.once() == 1
    text = (watched.folder / "tra-lai" / "next.csv.loi.txt").read_text(encoding="utf-8-sig")
    assert "hồ sơ đang mở ở tệp trước không có trong tệp này" in text and "(older)" in text
    watched.source(watched.folder, EVERYTHING + '[reading]\nolder = "changed"\n')
    (watched.folder / "tra-lai" / "next.csv").rename(watched.folder / "next.csv")
    assert watched.once() == 0, (watched.folder / "tra-lai" / "next.csv.loi.txt").read_text(encoding="utf-8-sig")
    assert watched.uploads[-1]["coverage"]["older"] == "changed"


# ------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    "name",
    [
        "a\nb.csv",
        "a\u202evsc.exe.csv",
        "ệ" * 80 + ".csv",
        "x" * 251 + ".csv",
        "=HYPERLINK(1).csv",
        "a..csv",
        os.fsdecode(b"\xff\xfe.csv"),
        "không đuôi",
        "-rf.csv",
    ],
)
@pytest.mark.parametrize("is_good", [True, False])
def test_names(watched, name, is_good):
    """Any name that a drive can hold, up to 255 bytes, also together with its lists."""
    write(watched.folder / name, [value(unit_code=MINE if is_good else "99999")])
    assert watched.once() == (0 if is_good else 1), watched.said
    assert watched.names() == []
    names = watched.names("da-nap" if is_good else "tra-lai")
    assert len(names) == (1 if is_good else 3) and (len(os.fsencode(name)) > 247 or name in names)
    assert "\u202e" not in watched.said and "\n\n" not in watched.said
    shown = watched.uploads[0]["file"] if is_good else audit.events(watched.store)[-1]["file"]
    assert "\n" not in shown and "\u202e" not in shown and shown.encode()


# ------------------------------------------------------------------------------------- faults


def running(watched: Watched, *options: str) -> subprocess.Popen:
    """A watcher in a process of its own."""
    return start(
        ["ingest", "watch", "--every", "0.1", "--settle", "0", *options, str(watched.folder)],
        ROOT,
        {"DASHBOARD_STORE": str(watched.store)},
        watched.base / "said.txt",
    )


@pytest.fixture
def told(watched) -> Iterator[Callable[[], str]]:
    """What a running watcher has said; it is ended by SIGTERM."""
    process = running(watched)
    yield (
        lambda: (watched.base / "said.txt").read_text(encoding="utf-8") if (watched.base / "said.txt").exists() else ""
    )
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0


def test_a_folder_that_goes_and_comes_back(watched, told):
    """As a network drive that is not mounted: told once, nothing crashes, the file is read when it is there again."""
    wait_until(lambda: "theo dõi" in told())
    watched.folder.rename(watched.base / "away")
    wait_until(lambda: "Không thấy thư mục" in told())
    time.sleep(0.6)
    write(watched.base / "away" / "a.csv", [value()])
    (watched.base / "away").rename(watched.folder)
    wait_until(lambda: watched.names("da-nap") and "Đã hết" in told())
    errors = [text for text in told().splitlines() if text.startswith("ERROR")]
    assert len(errors) == len(set(errors)) <= 2 and "Traceback" not in told()


def test_two_watchers_of_one_folder(watched, told):
    """The second leaves it alone and says so."""
    wait_until(lambda: "theo dõi" in told())
    other = Watched.__new__(Watched)
    other.base, other.store, other.folder = watched.base / "x", watched.store, watched.folder
    other.base.mkdir()
    assert other.once() == 3 and "một tiến trình khác đang theo dõi" in other.said
    write(watched.folder / "a.csv", [value()])
    wait_until(lambda: watched.names("da-nap"))
    assert len(watched.uploads) == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights of files hold for others than root")
def test_rights(watched):
    """A file that may not be read, a folder that may not be written: told, and left."""
    path = write(watched.folder / "a.csv", [value()])
    path.chmod(0)
    assert watched.once() == 4 and "không có quyền" in watched.said and watched.names() == ["a.csv"]
    path.chmod(0o600)
    watched.folder.chmod(0o500)
    assert watched.once() == 4 and watched.names() == ["a.csv"]
    watched.folder.chmod(0o700)
    assert watched.once() == 0 and watched.names("da-nap") == ["a.csv"] and len(watched.uploads) == 1


def test_the_store_is_busy(watched):
    """Another writer holds the store for as long as it likes: the file waits, then is read."""
    write(watched.folder / "a.csv", [value()])
    (watched.store / "snapshots").mkdir(parents=True)
    (watched.store / "uploads").mkdir()
    lock = filelock.FileLock(watched.store / "lock")
    with lock:
        process = running(watched)
        time.sleep(1.5)
        assert watched.names() == ["a.csv"]
    wait_until(lambda: watched.names("da-nap"))
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0


@pytest.mark.parametrize("part", ["da-nap", "tra-lai"])
def test_a_file_with_the_name_of_a_folder(watched, part):
    """It is told; nothing is overwritten, nothing is lost, and the file is not read twice."""
    (watched.folder / part).write_text("", encoding="utf-8")
    write(watched.folder / "a.csv", [value(unit_code=MINE if part == "da-nap" else "99999")])
    assert watched.once() == 4 and "không phải thư mục" in watched.said
    (watched.folder / part).unlink()
    assert watched.once() == (0 if part == "da-nap" else 1) and "a.csv" in watched.names(part)
    assert len(watched.uploads) == (part == "da-nap")


def test_a_damaged_store_keeps_the_file(watched):
    """A fault of the store is no fault of the file."""
    write(watched.folder / "a.csv", [value(1)])
    watched.once()
    [manifest] = (watched.store / "snapshots").glob("*.json")
    whole = manifest.read_text(encoding="utf-8")
    manifest.write_text("{", encoding="utf-8")
    write(watched.folder / "b.csv", [value(2)])
    assert watched.once() == 4 and watched.names() == ["b.csv"] and "Bản kê" in watched.said
    manifest.write_text(whole, encoding="utf-8")
    assert watched.once() == 0 and len(watched.uploads) == 2


def test_old_accepted_files_are_deleted_only_if_the_settings_say_so(watched, monkeypatch):
    """And only those whose bytes the store has."""
    write(watched.folder / "a.csv", [value()])
    watched.once()
    strange = watched.folder / "da-nap" / "strange.csv"
    strange.write_text("x", encoding="utf-8")
    now = time.time()
    assert disk.age_days(os.lstat(strange), now) < 1 < disk.age_days(os.lstat(strange), now + 2 * 86_400)
    watched.source(watched.folder, EVERYTHING + "keep_days = 1\n")
    watched.once()
    assert watched.names("da-nap") == ["a.csv", "strange.csv"]
    later = "import sys, time\nfrom ingest.watch import watcher\nfrom pathlib import Path\nwatcher.time.time = lambda now=time.time: now() + 2 * 86_400\n"  # fmt: skip
    code = f"{later}watcher.watch([Path(sys.argv[1])], Path(sys.argv[2]), 0, 0, True, lambda stop: None)"
    subprocess.run([sys.executable, "-c", code, str(watched.folder), str(watched.store)], cwd=ROOT, check=True)
    assert watched.names("da-nap") == ["strange.csv"]


def test_sources_that_nobody_watches_any_more_are_forgotten(tmp_path):
    """After a month; a damaged file of the state is no source."""
    sources.tell(tmp_path, tmp_path / "a", sources.Source("A", seen_at="2020-01-01T00:00:00+00:00"))
    sources.tell(tmp_path, tmp_path / "b", sources.Source("B", 7, seen_at="2999-01-01T00:00:00+00:00"))
    (tmp_path / "watch" / "x.json").write_text("{}", encoding="utf-8")
    assert [one.name for one in sources.known(tmp_path)] == ["B"]
    assert json.loads(sources.asked(tmp_path, [])["sources"]) == [{"sender": "folder", "name": "B", "every_days": 7}]
    sources.forget(tmp_path, tmp_path / "b")
    assert sources.known(tmp_path) == []
