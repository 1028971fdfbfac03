"""A night from end to end, with real programs: files arrive in a folder and by HTTP, in the morning each reader has one mail.

Four communes owe December. The first one's file is good, the second one's has a mistake, the third one's is half copied when it is
first seen, and a program of the fourth one pushes. So in the morning only the second one's data are missing.
"""

from __future__ import annotations

import csv
import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import duckdb
import openpyxl
import pytest

from access import Role, User, accounts
from actions import commitments
from ingest.publish import publish
from ingest.store import archive, sources
from notify.content import TIME_ZONE
from queries.snapshot import ROOT, literal, pointed_id
from tests import kept
from tests.browser import serve
from tests.office import COMMUNES
from tests.post_office import Inbox, authority, serving
from tests.prepared import start
from tests.test_check import sound, write
from tests.test_notify import HOME, choose, html_of, secrets_text, text_of
from tests.wire import Client, ask, sign_in

GOOD, BAD, HALF, PUSHED = "23086", "23068", "23074", "23080"
FOLDER, PROGRAM = "Một cửa liên thông", "Phần mềm một cửa Hồng Liêm"
# Each reader's role and unit; the account of the last one is gone.
READERS = {
    "an": ("viewer", PUSHED), "binh": ("viewer", HOME), "chi": ("analyst", HOME), "dung": ("leader", HOME), "hoa": ("leader", GOOD),
    "giang": ("leader", HOME),
}  # fmt: skip
PASSWORD = "mật khẩu dài của chi"
# What no export should hold and many do: each file of the night names a citizen in columns that nothing asked for.
CITIZEN = {"Người nộp": "Lò Thị Thử Đêm", "Số điện thoại": "0912345678", "Số định danh": "060185001234", "Ghi chú": "ông Nguyễn Văn Quyết nộp thay"}  # fmt: skip
WORDS = ("Thử Đêm", "0912345678", "060185001234", "Văn Quyết")
UNSENT = "Chưa có số liệu hồ sơ tháng 12/2024: xã Đông Tiến (mới đến 30/11/2024)."
CODE = re.compile(r"\b[A-Z]\d\d(?:\.\d\d)+-\d{6}-\d{4}\b")


# ------------------------------------------------------------------------------------- what the files say


def code(unit: str, number: int) -> str:
    """The code of a dossier of the night."""
    return f"H11.16.{unit[-2:]}-241230-{number:04}"


def december(unit: str, waiting: int, is_simulated: bool) -> list[dict[str, str]]:
    """A unit's December: one dossier is done, so many are due on the first working day of the new year."""
    about = {"unit_code": unit, "officer_code": f"CB-{unit}-01", "simulated": "true" if is_simulated else ""} | CITIZEN
    done = {"received_at": "2024-12-02 08:00:00", "intake_recorded_at": "2024-12-02 08:10:00", "due_at": "2024-12-31 17:00:00",
            "processed_at": "2024-12-31 09:00:00", "returned_at": "2024-12-31 10:00:00", "status_updated_at": "2024-12-31 10:00:00"}  # fmt: skip
    is_open = {"received_at": "2024-12-30 08:00:00", "intake_recorded_at": "2024-12-30 08:10:00", "due_at": "2025-01-02 17:00:00",
               "state": "processing", "processed_at": "", "returned_at": "", "status_updated_at": "2024-12-30 09:00:00"}  # fmt: skip
    return [
        sound("dossier", number, **about, **(is_open if number else done), dossier_code=code(unit, number))
        for number in range(waiting + 1)
    ]


def half_copied(path: Path, rows: list[dict[str, str]]) -> tuple[bytes, bytes]:
    """A workbook of these rows, in two halves."""
    book = openpyxl.Workbook()
    for row in [list(rows[0]), *(list(row.values()) for row in rows)]:
        book.active.append(row)
    book.save(path)
    whole = path.read_bytes()
    path.unlink()
    return whole[: len(whole) // 2], whole[len(whole) // 2 :]


def before(demo_files: Path, is_simulated: bool, store: Path) -> None:
    """Publish what is known before the night: 2024 of every unit, without December of the four that still owe it.

    Nothing but the dossiers of the night falls due in the days after it.
    """
    files = store.with_name(f"{store.name}.files")
    files.mkdir(exist_ok=True)
    kept.lighten(demo_files, 20, files)
    late = {GOOD, BAD, HALF, PUSHED}
    with (files / "ho-so-2024.csv").open(encoding="utf-8", newline="") as file:
        rows = [row | {"simulated": "true" if is_simulated else ""} for row in csv.DictReader(file)]
    ended = ("processed_at", "returned_at", "withdrawn_at", "ineligible_returned_at")
    rows = [
        row for row in rows
        if any(row[name] for name in ended) or row["unit_code"] not in late and row["due_at"] and row["due_at"] < "2024-12-31"
    ]  # fmt: skip
    others = [row for row in rows if row["unit_code"] not in late]
    theirs = [row for row in rows if row["unit_code"] in late and row["received_at"] < "2024-12-01"]
    with (files / "chi-tieu.csv").open(encoding="utf-8", newline="") as file:
        values = [row | {"simulated": "true" if is_simulated else ""} for row in csv.DictReader(file)]
    paths = [
        write(files / "khac.csv", others),
        write(files / "bon-xa.csv", theirs),
        write(files / "gia-tri.csv", values),
    ]
    publish(paths, store=store)


# ------------------------------------------------------------------------------------- who takes part


@dataclass
class Night:
    """The store, the folder that is watched, the mail server, and everything that the programs say."""

    base: Path
    store: Path
    inbox: Inbox
    is_simulated: bool
    said: dict[str, Path] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The watched folder."""
        return self.base / "nhan"

    @property
    def environment(self) -> dict[str, str]:
        """Of every program."""
        return {"DASHBOARD_STORE": str(self.store), "DASHBOARD_SECRETS": str(self.base / "secrets.toml")}

    @property
    def uploads(self) -> list[dict]:
        """What the newest snapshot is made of."""
        return archive.newest_manifest(self.store)["uploads"]

    def log(self, name: str) -> Path:
        """Where a program's output goes."""
        return self.said.setdefault(name, self.base / f"{name}.log")

    def heard(self, name: str) -> str:
        """What a program has said so far."""
        path = self.log(name)
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def run(self, name: str, *arguments: str) -> str:
        """Run a program to its end; returns what it printed."""
        printed = self.base / f"{name}.out"
        code = start(list(arguments), ROOT, self.environment, printed, self.log(name)).wait(timeout=120)
        assert code == 0, self.heard(name)
        return printed.read_text(encoding="utf-8") if printed.exists() else ""

    def names(self, part: str = "") -> list[str]:
        """The files in the folder, or in one of its parts."""
        place = self.folder / part
        return sorted(path.name for path in place.iterdir() if path.is_file()) if place.exists() else []


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.slow)], ids=["real", "simulated"])
def night(request, shared, demo_files, tmp_path, monkeypatch) -> Iterator[Night]:
    """The evening: a store, a folder with its settings, accounts, choices, tasks and a mail server."""
    is_simulated = request.param
    made_of = (*kept.STORE, "tests/test_night.py", "tests/kept.py")
    name = f"night_{request.node.callspec.id}"
    make = partial(before, demo_files, is_simulated)
    store = copytree(shared(name, partial(kept.take, name, made_of, make)), tmp_path / "store")
    known = authority(tmp_path)
    with serving(Inbox(), known) as inbox:
        there = Night(tmp_path, store, inbox, is_simulated)
        monkeypatch.setenv("DASHBOARD_SECRETS", there.environment["DASHBOARD_SECRETS"])
        users = {name: role for name, (role, _) in READERS.items() if name != "giang"}
        text = secrets_text(inbox.port, known.file, users, weekly_hour=0)
        (tmp_path / "secrets.toml").write_text(text, encoding="utf-8")
        accounts.add_user("chi", "analyst", PASSWORD)
        for name, (_, unit) in READERS.items():
            choose(store, name, unit=unit)
        for unit in (GOOD, BAD):
            post, due = "Chủ tịch Ủy ban nhân dân", commitments.today() + timedelta(days=3)
            task = commitments.Task(HOME, unit, COMMUNES[unit], post, f"rà hồ sơ của {COMMUNES[unit]}", due)
            commitments.give(store, User("chi", Role.ANALYST, "password"), task, unit)
        there.folder.mkdir()
        settings = f'name = "{FOLDER}"\nunits = ["{GOOD}", "{BAD}", "{HALF}"]\ntables = ["dossier"]\nevery_days = 7\n'
        (there.folder / "cai-dat.toml").write_text(settings, encoding="utf-8")
        yield there


def wait_until(there: Callable[[], object], seconds: float = 120) -> None:
    """Wait for something that other programs do."""
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end
        time.sleep(0.1)


# ------------------------------------------------------------------------------------- the night


@contextmanager
def watching(night: Night) -> Iterator[None]:
    """The program that watches the folder, ended as a service is ended."""
    # A cut file is given thirty times this rest: on a busy machine the other files take their time.
    arguments = ["ingest", "watch", "--every", "0.3", "--settle", "4", str(night.folder)]
    watcher = start(arguments, ROOT, night.environment, night.log("watch"))
    try:
        yield
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(timeout=60) == 0
    finally:
        watcher.kill()


def arrive(night: Night, address: str) -> None:
    """Three files in the folder and one push; the half copied file is whole only after the others are through."""
    rows = {
        unit: december(unit, waiting, night.is_simulated)
        for unit, waiting in ((GOOD, 2), (BAD, 3), (HALF, 1), (PUSHED, 1))
    }
    first, rest = half_copied(night.base / "x.xlsx", rows[HALF])
    (night.folder / "dong-giang.xlsx").write_bytes(first)
    write(night.folder / "Hồng Sơn - Nguyễn Văn Quyết.csv", rows[GOOD])
    rows[BAD][2]["received_at"] = "32/12/2024"
    write(night.folder / "dong-tien.csv", rows[BAD])
    told = night.run("token", "access", "add-token", PROGRAM, "--tables", "dossier", "--units", PUSHED).strip()
    assert told.startswith("htb_") and told not in night.heard("token")
    with watching(night):
        pushed = push(address, told, write(night.base / "y.csv", rows[PUSHED]).read_text("utf-8"))
        wait_until(lambda: "trả lại tệp “dong-tien.csv” (1 lỗi)" in night.heard("watch"))
        # What is half there has been seen, was not read, and waits without being refused.
        assert night.names() == ["cai-dat.toml", "dong-giang.xlsx"] and "chưa trọn" in night.heard("watch")
        assert len(night.names("da-nap")) == 1 and len(night.names("tra-lai")) == 3
        wait_until(lambda: [one.waiting for one in sources.known(night.store)] == [1])
        assert "dong-giang.xlsx" not in {upload["file"] for upload in night.uploads}
        with (night.folder / "dong-giang.xlsx").open("ab") as file:
            file.write(rest)
        wait_until(lambda: len(night.names("da-nap")) == 2)
        wait_until(lambda: outcome(address, told, pushed)["state"] in ("published", "refused", "failed"))
    assert outcome(address, told, pushed)["state"] == "published"


def push(address: str, token: str, content: str) -> str:
    """Send a file as a program does; returns where its outcome is told."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    answer = ask("PUT", address, "/api/v1/uploads/dossier?filename=thang-12.csv", content.encode(), **headers)
    assert answer.status == 202, answer.content
    return answer.headers["Location"]


def outcome(address: str, token: str, path: str) -> dict:
    """What has become of a push."""
    return json.loads(ask("GET", address, path, Authorization=f"Bearer {token}").content)


def test_a_night(night):
    """Files and a push come in, a snapshot is made, and five people get what their role and unit may see, each once."""
    known = {upload["id"] for upload in night.uploads}
    with serve(ROOT / "server.py", night.log("server"), **night.environment) as address:
        arrive(night, address)
        came = [upload for upload in night.uploads if upload["id"] not in known]
        assert {(one["file"], one["who"], one["sender"], *one["coverage"]["units"]) for one in came} == {
            ("Hồng Sơn - [đã bỏ].csv", FOLDER, "folder", GOOD),
            ("dong-giang.xlsx", FOLDER, "folder", HALF),
            ("thang-12.csv", f"mã {PROGRAM}", "token", PUSHED),
        }
        the_bad_file_lies_with_its_problems(night)
        night.run("mail", "notify")
        taken = list(night.inbox.taken)
        each_got_one_mail(night)
        night.run("again", "notify")
        assert night.inbox.taken == taken and "Đã gửi 0 thư." in night.heard("again")
        the_page_says_who_is_missing(night, address)
    nobody_is_named(night)


def the_bad_file_lies_with_its_problems(night: Night) -> None:
    """Beside it, for a program of tables and as text: line, column, value and reason."""
    assert night.names("tra-lai") == ["dong-tien.csv", "dong-tien.csv.loi.csv", "dong-tien.csv.loi.txt"]
    place = night.folder / "tra-lai"
    [row] = csv.DictReader((place / "dong-tien.csv.loi.csv").read_text("utf-8-sig").splitlines())
    assert (row["Tệp"], row["Dòng"], row["Cột"], row["Giá trị"]) == ("dong-tien.csv", "4", "received_at", "32/12/2024")
    assert row["Lý do"].startswith("Không phải ngày giờ có thật; viết ngày/tháng/năm")
    text = (place / "dong-tien.csv.loi.txt").read_text("utf-8-sig")
    written = [line for line in (night.store / "audit.jsonl").read_bytes().splitlines() if b'"return_file"' in line]
    assert [f"audit return_file {sha256(line).hexdigest()}" in night.heard("watch") for line in written] == [True]
    assert "không được nạp: 1\u00a0lỗi" in text and "dòng 4" in text and row["Lý do"] in text


# ------------------------------------------------------------------------------------- the morning


def each_got_one_mail(night: Night) -> None:
    """Over TLS, each one message, and in it what the role and the unit may see and nothing else."""
    wanted = {f"{name}@huyen.example.vn" for name in READERS if name != "giang"}
    assert sorted(to for to, _ in night.inbox.taken) == sorted(wanted) and night.inbox.secured == [True] * 5
    assert "giang: tài khoản đã bỏ" in night.heard("mail")
    due = {
        HOME: {code(GOOD, 1), code(GOOD, 2), code(HALF, 1), code(PUSHED, 1)},
        GOOD: {code(GOOD, 1), code(GOOD, 2)},
    }
    for name, (role, unit) in READERS.items():
        for message in night.inbox.of(f"{name}@huyen.example.vn"):
            for text in (" ".join(text_of(message).split()), " ".join(html_of(message).split())):
                allowed = set() if role == "viewer" else due[unit]
                assert set(CODE.findall(text)) == allowed, name
                assert ("/dossier_list?" in text) == (role != "viewer"), name
                assert ("MÔ PHỎNG" in text) == ("MÔ PHỎNG" in message["Subject"]) == night.is_simulated
                assert f"bản {pointed_id(night.store)}" in text
                of_the_district(text) if unit == HOME else of_one_commune(text, unit)
    # The analyst's rights beyond the leader's are on pages, not in mails.
    [chi], [dung] = (night.inbox.of(f"{name}@huyen.example.vn") for name in ("chi", "dung"))
    assert text_of(chi).replace("chi", "X") == text_of(dung).replace("dung", "X").replace("chi", "X")


def of_the_district(text: str) -> None:
    """Only one commune has not sent, and the tasks of every unit are told."""
    assert UNSENT in text.replace("\u00a0", " ")
    assert all(f"rà hồ sơ của {COMMUNES[unit]}" in text for unit in (GOOD, BAD))
    # The commune that has not sent may have more.
    assert "Đến hạn trong 1 ngày làm việc tới ít nhất 4 hồ sơ" in text.replace("\u00a0", " ")


def of_one_commune(text: str, unit: str) -> None:
    """Nothing about any other unit, be it a name, a code or an address of a page."""
    others = {
        other: name.removeprefix("Xã ").removeprefix("Thị trấn ") for other, name in COMMUNES.items() if other != unit
    }
    assert [name for name in others.values() if re.search(rf"\b{name}\b", text)] == []
    assert [other for other in others if other in text] == []
    assert ("rà hồ sơ của" in text) == (unit == GOOD)
    assert "Số liệu chưa gửi" in text.replace("SỐ LIỆU CHƯA GỬI", "Số liệu chưa gửi")
    assert not re.search("Chưa có (đủ )?số liệu hồ sơ", text)


def the_page_says_who_is_missing(night: Night, address: str) -> None:
    """Tình hình số liệu: who has not sent, when the folder and the program sent last, and what was refused."""
    today = datetime.now(TIME_ZONE)
    with Client(address, sign_in(address, "chi", PASSWORD)) as reader:
        words = reader.open("data_health", "?table=dossier&until=2024-12").words.replace("\u00a0", " ")
    assert UNSENT in words
    assert f"Thư mục “{FOLDER}”" in words and f"Mã truy cập “{PROGRAM}”" in words
    assert re.search(rf"\*\*{FOLDER}\*\*: 1 tệp bị trả lại đang nằm ở tra-lai, mới nhất [^\n]*{today:%d/%m/%Y}", words)
    [last] = {date.fromisoformat(one["on"]) for one in _arrived(night) if one["name"] == FOLDER}
    assert last in (today.date(), today.date() - timedelta(days=1)) and f"{last:%d/%m/%Y}" in words
    with Client(address) as reader:
        shown = reader.open("data_health", "?table=dossier&until=2024-12").words
    assert "Đông Tiến" in shown and "tra-lai" not in shown


def _arrived(night: Night) -> list[dict]:
    return json.loads(sources.asked(night.store, night.uploads)["uploads"])


def nobody_is_named(night: Night) -> None:
    """No citizen of the files is in the store, in a mail, in a list of problems, or in what a program said."""
    found = [(str(path.relative_to(night.base)), text) for path in kept_files(night) for text in said_in(path)]
    found += [(to, text_of(message) + html_of(message) + str(message.items())) for to, message in night.inbox.taken]
    assert "[đã bỏ].csv" in night.heard("watch") and len(found) > 40
    assert [(where, word) for where, text in found for word in WORDS if word.lower() in text.lower()] == []


def kept_files(night: Night) -> list[Path]:
    """All that the programs have written, besides the senders' own files in the folder."""
    lists = (night.folder / "tra-lai").glob("*.loi.*")
    return [path for path in (*night.store.rglob("*"), *night.said.values(), *lists) if path.is_file()]


def said_in(path: Path) -> Iterator[str]:
    """The name of a file and the texts in it; of tables the rows in which a citizen stands."""
    yield path.name
    if path.suffix not in (".parquet", ".duckdb"):
        yield path.read_bytes().decode("utf-8", "replace")
        return
    asked = " OR ".join(f"contains(lower(said), lower({literal(word)}))" for word in WORDS)
    with duckdb.connect(
        str(path) if path.suffix == ".duckdb" else ":memory:", read_only=path.suffix == ".duckdb"
    ) as there:
        tables = [f'"{name}"' for (name,) in there.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        for table in tables or [f"read_parquet({literal(path)})"]:
            rows = f"SELECT said FROM (SELECT CAST(one AS VARCHAR) AS said FROM {table} AS one) WHERE {asked}"
            yield str(there.execute(rows).fetchall())
