"""Apology letters and letters to units: whom they concern, their numbers, the book, the files, the way to them."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import date
from pathlib import Path

import docx
import duckdb
import openpyxl
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from playwright.sync_api import expect

import queries
from access import Role, User
from actions import letters
from actions.letters import Letter, Wanted
from actions.recipients import Recipient, Unreadable, of_text, read
from ingest.publish import publish, rebuild
from ingest.store import ledger
from ingest.store.backup import backup, restore_backup
from ingest.store.fault import StoreFault
from ingest.store.verify import verify
from queries.snapshot import ROOT
from reports import SIMULATED, Subject, apology, reminder
from reports.template import BadTemplate
from tests.answers import answers, same_rows
from tests.browser import rerun, visit
from tests.test_answers_ranks import rows
from tests.test_check import write
from tests.test_queries import CHOICES
from words import period, vietnamese

LEAD, LEVEL = 1, 50  # the shipped settings apology_lead_days and risk_level
DAY = date(2024, 12, 31)


@pytest.fixture
def at_demo(demo_store, monkeypatch) -> Path:
    """Ask the simulated district."""
    monkeypatch.setenv("DASHBOARD_STORE", str(demo_store))
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))
    return demo_store


# ------------------------------------------------------------------------------ whom they concern


def due(store: Path, chosen: dict) -> list[dict]:
    """The dossiers that need an apology on the last day of 2024, one by one; the rules as the decree tells them."""
    number = {row["day"]: row["working_number"] for row in rows("SELECT * FROM calendar_day", store)}
    day_of = {row["working_number"]: row["day"] for row in rows("SELECT * FROM working_day", store)}
    chance = {row["dossier_code"]: 100 * row["chance"] for row in rows("SELECT * FROM late_risk", store)}
    causes = {row["cause_code"]: row["name"] for row in rows("SELECT * FROM late_cause", store)}
    issued_on, found = date.fromisoformat(chosen["issued_on"]), []
    for row in rows(
        """SELECT dossier.*, unit.name AS unit_name, procedure.name AS procedure_name, field.short_name AS field_name
        FROM dossier JOIN current_unit AS unit USING (unit_code) JOIN procedure USING (procedure_code)
        JOIN field ON field.field_code = dossier.field_code""",
        store,
    ):
        asked, came = row["supplement_requested_on"], row["supplement_completed_on"]
        waits = asked is not None and asked <= DAY and (came is None or came > DAY)
        if not row["is_accepted"] or row["ended_on"] or waits or row["apology_on"] or row["received_on"] > DAY:
            continue
        if chosen["unit"] not in ("597", row["unit_code"]) or chosen["field"] not in ("", row["field_code"]):
            continue
        if chosen["channel"] not in ("", row["channel"]):
            continue
        left = row["due_number"] - number[DAY]
        late = row["late_from"] <= DAY or row["asked_late"] and row["asked_late"] <= DAY
        if not late and not 0 <= left <= LEAD:
            continue
        put_off = row["rescheduled_at"] is not None or (row["reschedule_count"] or 0) >= 1
        odds = chance.get(row["dossier_code"])
        soon = "likely" if odds is not None and odds >= LEVEL else "due"
        kind = "again" if put_off else "late" if late else soon
        begin = max(number[issued_on], row["due_number"])
        found.append(
            {
                "dossier_code": row["dossier_code"],
                "apology_kind": kind,
                **{name: row[name] for name in ("unit_code", "unit_name", "procedure_name", "field_name")},
                "received_on": row["received_on"],
                "due_on": row["due_on"],
                "is_statutory": row["due_at"] is None,
                "days_late": max(-left, 0) if late else 0,
                "days_left": left,
                "chance": odds,
                "cause_name": causes.get(row["late_cause"]),
                "rescheduled_on": row["rescheduled_at"] and row["rescheduled_at"].date(),
                "new_due_on": None if put_off else day_of[begin + int(chosen["days"])],
            }
        )
    order = {"late": 0, "likely": 1, "due": 2, "again": 3}
    found = [row for row in found if chosen["apology_kind"] in ("", row["apology_kind"])]
    return sorted(
        found,
        key=lambda row: (
            order[row["apology_kind"]],
            -row["days_late"],
            -row["chance"] if row["chance"] is not None else 0,
            row["due_on"],
            row["dossier_code"],
        ),
    )


@pytest.fixture(params=["all", "one unit", "one field", "one kind", "another day"])
def chosen(request) -> dict:
    """A reader's filters."""
    more = {
        "all": {},
        "one unit": {"unit": "597-DD"},
        "one field": {"field": "LAND", "channel": "direct"},
        "one kind": {"apology_kind": "again"},
        "another day": {"issued_on": "2025-01-24", "days": "10"},  # the eve of Tết
    }
    return CHOICES | more[request.param]


@answers("apologies")
def test_who_must_be_apologised_to_today(at_demo, chosen):
    expected = due(at_demo, chosen)
    assert len(expected) > 1
    same_rows(queries.load("apologies", **chosen), expected)


@answers("apology_count", order=False)
def test_how_many(at_demo, chosen):
    chosen = chosen | {"apology_kind": ""}
    kinds = [row["apology_kind"] for row in due(at_demo, chosen)]
    counts = {
        f"{kind}_apologies": kinds.count(kind) for kind in ("late", "likely", "due", "unsure", "again", "unknown")
    }
    same_rows(
        queries.load("apology_count", **chosen),
        [{**counts, "lead_days": LEAD, "is_newest": True, "by_book": False}],
    )


def test_a_past_period_has_no_list(at_demo):
    past = CHOICES | {"period": "2024-Q3", "start_on": "2024-07-01", "judged_on": "2024-09-30"}
    assert queries.load("apologies", **past).empty
    assert not queries.load("apology_count", **past)["is_newest"].iloc[0]


@pytest.mark.parametrize("lost", ["reschedule_count", "apology_at"])
def test_what_a_file_does_not_say(demo_files, tmp_path, monkeypatch, lost):
    """Without the number of reappointments it is unknown whether one more is allowed; without letters, who has one."""
    away = "reschedule_count, rescheduled_at" if lost == "reschedule_count" else lost
    found = f"SELECT * EXCLUDE ({away}) FROM read_csv('{demo_files}/ho-so-2024.csv', all_varchar = true)"
    duckdb.execute(
        f"COPY ({found} WHERE received_at > '2024-12' AND hash(dossier_code) % 4 = 0) TO '{tmp_path}/a.csv' (HEADER)"
    )
    publish([tmp_path / "a.csv"], store=tmp_path / "store")
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))
    counted = queries.load("apology_count", **CHOICES).iloc[0]
    kind = {"reschedule_count": "unsure", "apology_at": "unknown"}[lost]
    told = {name: counted[f"{name}_apologies"] for name in ("late", "likely", "due", "unsure", "again", "unknown")}
    assert told.pop(kind) > 3 and not any(told.values())
    listed = queries.load("apologies", **CHOICES)["apology_kind"]
    assert set(listed) == {"unsure"} if kind == "unsure" else listed.empty


@answers("apology_told")
def test_what_the_system_has_recorded(at_demo):
    known = rows(
        "SELECT dossier_code, apology_on, ended_on FROM dossier WHERE apology_on IS NOT NULL ORDER BY 1 LIMIT 3",
        at_demo,
    )
    codes = ",".join(row["dossier_code"] for row in known)
    same_rows(queries.load("apology_told", codes=f"{codes},unknown"), known)


@answers("causes")
def test_the_causes(at_demo):
    same_rows(queries.load("causes"), rows("SELECT cause_code, name AS cause_name FROM late_cause ORDER BY 1", at_demo))


def test_the_office_may_count_a_letter_as_issued_when_it_is_numbered(own_light_store, tmp_path, monkeypatch):
    setting = {
        "setting_code": "letter_issued_by",
        "value": "book",
        "name": "Phiếu",
        "source": "Huyện",
        "status": "proposed",
    }
    publish([write(tmp_path / "settings.csv", [setting])], store=own_light_store)
    monkeypatch.setenv("DASHBOARD_STORE", str(own_light_store))
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))
    before = queries.load("apology_count", **CHOICES).iloc[0]
    codes = ",".join(queries.load("apologies", **(CHOICES | {"apology_kind": "late"}))["dossier_code"].head(2))
    after = queries.load("apology_count", **(CHOICES | {"letters": codes})).iloc[0]
    assert before["by_book"] and after["late_apologies"] == before["late_apologies"] - 2
    assert not set(codes.split(",")) & set(queries.load("apologies", **(CHOICES | {"letters": codes}))["dossier_code"])


# ------------------------------------------------------------------------------------- the book


def wanted(number: int, unit: str = "23059", **more) -> Wanted:
    """A dossier that needs a letter."""
    said = {"received_on": "2024-12-01", "due_on": "2024-12-20", "new_due_on": "2025-01-08", "reason": "Quá tải"}
    office, is_member = OFFICES.get(unit, ("Xã Hàm Đức", True))
    place = ("Ma Lâm", office, is_member)
    return Wanted(f"H-{number:04}", unit, *place, "Khai sinh", **(said | {"is_late": True} | more))


LEADER = User("an", Role.LEADER, "mật khẩu")
OFFICES = {"23059": ("Thị trấn Ma Lâm", True), "597-DD": ("Chi nhánh Văn phòng Đăng ký đất đai", False)}


def give(store: Path, numbers: Iterable[int | Wanted], on: date = DAY, simulated: bool = False, **more) -> list[Letter]:
    """Letters for these dossiers."""
    every = [one if isinstance(one, Wanted) else wanted(one) for one in numbers]
    return letters.issue(store, "597", LEADER, on, every, simulated, **more).letters


def test_numbers_run_on_per_office_and_year(tmp_path):
    """Each office has its numbers, begun where its book on paper ended; a new year begins anew; a void number stays used."""
    first = give(tmp_path, [1, wanted(2, "23062"), 3], first=8)
    assert [(one.wanted.unit_code, one.symbol) for one in first] == [
        ("23059", "08/PXL"),
        ("23062", "08/PXL"),
        ("23059", "09/PXL"),
    ]
    assert letters.void(tmp_path, "597", LEADER, first[2], "sai ngày")
    assert not letters.void(tmp_path, "597", LEADER, first[2], "lần nữa")
    again = letters.issue(tmp_path, "597", LEADER, DAY, [wanted(3), wanted(1)], False)
    assert [one.symbol for one in again.letters] == ["10/PXL"]
    assert again.refused == {
        "H-0001": "Đã cấp phiếu 08/PXL ngày 31/12/2024, hẹn lại ngày 08/01/2025: không được hẹn lần thứ hai.",
    }
    assert [one.symbol for one in give(tmp_path, [5], date(2025, 1, 2))] == ["01/PXL"]
    # A number that was lost with a damaged book is passed by.
    assert [one.symbol for one in give(tmp_path, [6, 7], first=20)] == ["20/PXL", "21/PXL"]
    # Another home does not see them; the same dossier twice in one press gets one letter.
    assert letters.letters(tmp_path, "600") == []
    twice = letters.issue(tmp_path, "597", LEADER, DAY, [wanted(8), wanted(8)], False)
    assert len(twice.letters) == 1 and list(twice.refused) == ["H-0008"]
    known = letters.letters(tmp_path, "597")
    assert [(one.wanted.dossier_code, one.number, one.void_reason) for one in known if one.is_void] == [
        ("H-0003", 9, "sai ngày")
    ]
    with pytest.raises(letters.Refused, match="lý do"):
        letters.void(tmp_path, "597", LEADER, first[0], "  ")


def test_practice_stands_in_nobodys_way(tmp_path):
    """Letters about simulated dossiers have numbers of their own; a real dossier of the same code gets its letter."""
    practice = give(tmp_path, [1, 2], simulated=True)
    assert [one.symbol for one in give(tmp_path, [1])] == ["01/PXL"]
    assert letters.void(tmp_path, "597", LEADER, practice[0], "thử")
    assert [one.is_void for one in letters.letters(tmp_path, "597")] == [True, False, False]


def test_who_may_not_act_issues_nothing(tmp_path):
    viewer = User("ba", Role.VIEWER, "mật khẩu")
    [letter] = give(tmp_path, [1])
    for work in (
        lambda: letters.issue(tmp_path, "597", viewer, DAY, [wanted(2)], False),
        lambda: letters.void(tmp_path, "597", viewer, letter, "lý do"),
    ):
        with pytest.raises(letters.Refused, match="lãnh đạo trở lên"):
            work()
    assert letters.letters(tmp_path, "597") == [letter]


def test_two_who_issue_at_once(tmp_path):
    """Twenty presses in five threads: every number once, every dossier once."""

    def press(place: int) -> None:
        for number in range(4):
            give(tmp_path, [10 * place + number, 999])

    threads = [threading.Thread(target=press, args=(place,)) for place in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    known = letters.letters(tmp_path, "597")
    assert sorted(one.number for one in known) == list(range(1, 22))
    assert len({one.wanted.dossier_code for one in known}) == 21


KILLED = """
import sys; sys.path.insert(0, {root!r})
from pathlib import Path
from tests.test_letters import give
at = 0
while True:
    at += 1
    done = give(Path({store!r}), range(at * 100, at * 100 + 40))
    print(" ".join(f"{{one.wanted.dossier_code}}={{one.number}}" for one in done), flush=True)
"""


@pytest.mark.slow
def test_killed_while_issuing(tmp_path):
    """Six kills at any moment: what was acknowledged is in the book, no number is given twice, the next writer goes on."""
    said: list[str] = []
    for kill in range(6):
        store = str(tmp_path / "store")
        command = [sys.executable, "-c", KILLED.format(root=str(ROOT), store=store)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            first = running.stdout.readline()
            time.sleep(0.011 * kill)
            running.send_signal(signal.SIGKILL)
            said += [first, *running.stdout]
        with (tmp_path / "store" / "letters.jsonl").open("ab") as book:
            book.write(b'{"cut off' if kill % 2 else b"")
        known = letters.letters(tmp_path / "store", "597")
        numbers = [one.number for one in known]
        assert numbers == list(range(1, len(numbers) + 1))
        # A line that was cut while it was printed was acknowledged to nobody.
        told = dict(pair.split("=") for line in said if line.endswith("\n") for pair in line.split())
        kept = {one.wanted.dossier_code: str(one.number) for one in known}
        assert told.items() <= kept.items()
        give(tmp_path / "store", [9_000 + kill])


@pytest.mark.parametrize("moment", ["write", "fsync"])
def test_a_full_disk_leaves_the_book_as_it_was(tmp_path, monkeypatch, moment):
    give(tmp_path, [1])
    before = (tmp_path / ledger.LETTERS).read_bytes()

    def full(*_args) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(ledger.os, moment, full)
        with pytest.raises(StoreFault, match="đầy"):
            give(tmp_path, [2])
    assert (tmp_path / ledger.LETTERS).read_bytes() == before
    assert give(tmp_path, [2])[0].number == 2


@pytest.mark.parametrize("harm", ["changed", "removed", "no json"])
def test_a_damaged_book_is_not_written_on(tmp_path, harm):
    for number in range(3):
        give(tmp_path, [number])
    path = tmp_path / ledger.LETTERS
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines = {
        "changed": [lines[0].replace("H-0000", "H-9999"), *lines[1:]],
        "removed": [lines[0], lines[2]],
        "no json": [lines[0], "x\n", lines[2]],
    }[harm]
    path.write_text("".join(lines), encoding="utf-8")
    for work in (
        lambda: letters.letters(tmp_path, "597"),
        lambda: give(tmp_path, [9]),
    ):
        with pytest.raises(StoreFault, match="letters.jsonl .sổ phiếu xin lỗi. bị sửa hoặc hỏng ở dòng 2"):
            work()


def test_backup_restore_rebuild_and_verify_carry_the_book(own_light_store, tmp_path):
    store = own_light_store
    give(store, [1])
    backup(tmp_path / "kho.tar", store)
    give(store, [2])
    rebuild(store=store)
    assert [one.number for one in letters.letters(store, "597")] == [1, 2]
    # Into an empty store: as it was. Over the store: the numbers that were given since are kept.
    restore_backup(tmp_path / "kho.tar", tmp_path / "other")
    assert [one.number for one in letters.letters(tmp_path / "other", "597")] == [1]
    restore_backup(tmp_path / "kho.tar", store, replace=True)
    assert [one.number for one in letters.letters(store, "597")] == [1, 2]
    assert any(check.what == "Tệp letters.jsonl" and check.is_sound for check in verify(tmp_path / "other"))
    # A damaged one is replaced by that of the backup.
    (store / ledger.LETTERS).write_text("x\n", encoding="utf-8")
    assert any(check.what == "Tệp letters.jsonl" and not check.is_sound for check in verify(store))
    restore_backup(tmp_path / "kho.tar", store, replace=True)
    assert [one.number for one in letters.letters(store, "597")] == [1]


# ------------------------------------------------------------------------------------ recipients


@pytest.mark.parametrize(
    "content",
    [
        "Mã hồ sơ,Họ tên,Địa chỉ\nH-1,Trần Thị Bé,Thôn 2\n\n,,\n",
        "\ufeffMã hồ sơ;Họ và tên;Nơi ở\r\nH-1;Trần Thị Bé;Thôn 2\r\n",
        "STT\tSố hồ sơ\tĐịa chỉ người nộp\tHọ và tên người nộp\n1\tH-1\tThôn 2\tTrần Thị Bé",
    ],
)
def test_recipients_are_read_from_a_file_or_pasted_cells(content):
    assert read(content.encode()) == of_text(content) == {"H-1": Recipient("Trần Thị Bé", "Thôn 2")}
    assert read(content.encode("utf-16")) == of_text(content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"Ho ten,Dia chi\nTran Thi Be,Thon 2\n", "thiếu cột Mã hồ sơ"),
        (b"", "thiếu cột Mã hồ sơ, Họ tên"),
        ("Mã hồ sơ,Họ tên\nH-1,Trần Thị Bé\nH-1,Lê Văn Tám\n".encode(), "dòng 3"),
        (b"PK\x03\x04\x00\x00\x00\x00", "không phải tệp văn bản"),
        ("Mã hồ sơ,Họ tên,Địa chỉ\nA,Lan,Thôn 1, xã Hàm Đức\n".encode(), "dòng 2: nhiều ô hơn"),
        (b"x" * 1_100_000, "1 MB"),
    ],
)
def test_a_file_without_recipients_comes_back_without_its_content(content, says):
    with pytest.raises(Unreadable, match=says) as refused:
        read(content)
    assert "Trần" not in str(refused.value) and "Lê Văn" not in str(refused.value)


# ------------------------------------------------------------------------------------- the files


def subject(unit: str = "597") -> Subject:
    return Subject.of(period.chosen("solar", "2024-Q4", "previous"), unit)


def text_of(content: bytes) -> str:
    """All text of a Word file in reading order, tables included."""
    document = docx.Document(io.BytesIO(content))
    parts = [run.text for run in document.element.body.iter() if run.tag.endswith("}t") and run.text]
    return re.sub(r"\s+", " ", " ".join(parts))


def test_a_letter_says_what_the_form_asks(at_demo, tmp_path):
    one = wanted(1, reason="Phối hợp <chậm> & {{ 1 }}")
    two = Wanted(**{**wanted(2, "597-DD").__dict__, "is_late": False, "reason": ""})
    issued = give(tmp_path, [one, two], simulated=True)
    form = apology.form(subject())
    said = text_of(form.one(apology.values(issued[0], subject(), Recipient("Trần Thị Bé", "Thôn 2"))))
    for part in (
        "ỦY BAN NHÂN DÂN HUYỆN HÀM THUẬN BẮC", "ỦY BAN NHÂN DÂN THỊ TRẤN MA LÂM", "Số: 01/PXL", "Ma Lâm, ngày 31 tháng 12 năm 2024",
        "PHIẾU XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ", "Kính gửi: Trần Thị Bé", "Địa chỉ: Thôn 2", "H-0001", "“Khai sinh”",
        "01/12/2024", "20/12/2024", "vào ngày 08/01/2025", "phối hợp <chậm> & {{ 1 }}", "Đến nay, Ủy ban nhân dân thị trấn Ma Lâm chưa trả",
        "CHỦ TỊCH", SIMULATED,
    ):  # fmt: skip
        assert part in said, part
    other = text_of(form.one(apology.values(issued[1], subject())))
    assert (
        "nhận thấy chưa thể trả kết quả đúng ngày hẹn" in other
        and "Kính gửi: ....." in other
        and "Lý do: ....." in other
    )
    assert "CHI NHÁNH VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI" in other and "THỦ TRƯỞNG ĐƠN VỊ" in other


def test_one_file_holds_all_letters_each_on_its_page(at_demo, tmp_path):
    issued = give(tmp_path, range(30))
    values = [apology.values(letter, subject()) for letter in issued]
    form = apology.form(subject())
    together = form.together(values)
    document = docx.Document(io.BytesIO(together))
    breaks = document.element.xpath("//w:br[@w:type='page']")
    assert len(breaks) == 29 and len(document.sections) == 1
    said = text_of(together)
    assert [said.count(letter.wanted.dossier_code) for letter in issued] == [1] * 30
    assert text_of(form.one(values[3])) in said and SIMULATED not in said
    assert together == apology.form(subject()).together(values)


def test_an_edited_template_is_filled_or_comes_back_with_a_reason(at_demo, tmp_path):
    [letter] = give(tmp_path, [1])

    def edited(text: str, header: str = "") -> bytes:
        document = docx.Document(str(apology.TEMPLATE))
        document.paragraphs[0].insert_paragraph_before(text)
        if header:
            document.sections[0].header.paragraphs[0].text = header
        buffer = io.BytesIO()
        document.save(buffer)
        return buffer.getvalue()

    values = apology.values(letter, subject())
    assert "Gửi kèm H-0001" in text_of(apology.form(subject(), edited("Gửi kèm {{ ma_ho_so }}")).one(values))
    with pytest.raises(BadTemplate, match="so_nha"):
        apology.form(subject(), edited("{{ so_nha }}")).one(values)
    with pytest.raises(BadTemplate, match="sai cú pháp"):
        apology.form(subject(), edited("{% if %}"))
    with pytest.raises(BadTemplate, match="đầu trang"):
        apology.form(subject(), edited("", "{{ ma_ho_so }}"))
    with pytest.raises(BadTemplate, match="không được phép"):
        apology.form(subject(), edited("{{ ma_ho_so.__class__ }}")).one(values)


@pytest.mark.parametrize("change", ["layout changed under review", "no section", "another part"])
def test_a_template_of_another_make_gives_a_sound_file(at_demo, tmp_path, change):
    """What Word, LibreOffice or a converter may write: every part is well formed, the letters are there, so is the paper."""
    document = docx.Document(str(apology.TEMPLATE))
    section = document.element.body[-1]
    if change == "layout changed under review":
        section.append(parse_xml(f'<w:sectPrChange {nsdecls("w")} w:id="1" w:author="x"><w:sectPr/></w:sectPrChange>'))
    if change == "no section":
        document.element.body.remove(section)
    buffer = io.BytesIO()
    document.save(buffer)
    content = buffer.getvalue()
    if change == "another part":
        content = renamed(content, "document.xml", "document2.xml")
    issued = give(tmp_path, range(3))
    together = apology.form(subject(), content).together(apology.values(one, subject()) for one in issued)
    read = docx.Document(io.BytesIO(together))
    assert len(read.element.body.findall(section.tag)) == (change != "no section")
    assert [text_of(together).count(one.wanted.dossier_code) for one in issued] == [1, 1, 1]


def renamed(content: bytes, name: str, other: str) -> bytes:
    """A Word file whose main part has another name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for part in old.namelist():
            changed = old.read(part)
            if part == "[Content_Types].xml" or part == "_rels/.rels":
                changed = changed.replace(name.encode(), other.encode())
            new.writestr(part.replace(name, other), changed)
    return buffer.getvalue()


@pytest.mark.parametrize("to", ["597-DD", "23059", "tier-province"])
def test_a_letter_to_a_unit_has_the_rows_of_the_lists(at_demo, to):
    """Word and Excel, row by row and cell by cell; officer codes only for who may see them."""
    letter = reminder.reminder(subject(), to)
    unit = "597" if to.startswith("tier") else to
    content = reminder.as_document(letter, DAY, date(2025, 1, 8), with_officers=True)
    document, book = (
        docx.Document(io.BytesIO(content)),
        openpyxl.load_workbook(io.BytesIO(reminder.as_workbook(letter, True))),
    )
    listed = {
        subset: queries.load("dossier_list", **(CHOICES | {"unit": unit, "subset": subset, "page": "all"}))
        for subset in letter.lists
    }
    full = [dossiers for dossiers in listed.values() if len(dossiers)]
    assert len(full) > (0 if to.startswith("tier") else 3)
    for table, dossiers in zip(document.tables[2:], full, strict=True):
        assert [[cell.text for cell in row.cells] for row in table.rows[1:]] == [
            [
                vietnamese.number(place),
                row.dossier_code,
                row.procedure_name,
                row.unit_name,
                vietnamese.date(row.due_on),
                str(row.days_late or ""),
                row.officer_code if isinstance(row.officer_code, str) else "",
            ]
            for place, row in enumerate(dossiers.itertuples(), 1)
        ]
    for sheet, dossiers in zip(book.worksheets, listed.values(), strict=True):
        assert sheet["A1"].value == SIMULATED
        assert [row[0] for row in sheet.iter_rows(4, values_only=True)] == list(dossiers["dossier_code"])
        assert "Mã cán bộ" in [cell.value for cell in sheet[3]]
    said = text_of(content)
    for subset, count in reminder.counts(letter).items():
        assert count == vietnamese.number(len(listed[subset]))
        assert f"{letter.lists[subset]}: {count} hồ sơ" in said or count == "0"
    assert "trước ngày 08/01/2025" in said and ("Ban hành phiếu xin lỗi" in said) == (not to.startswith("tier"))
    codes = {code for dossiers in full for code in dossiers["officer_code"].dropna()}
    hidden = text_of(reminder.as_document(letter, DAY, DAY, with_officers=False))
    assert codes and not any(code in hidden for code in codes)
    assert "Mã cán bộ" not in [
        cell.value for cell in openpyxl.load_workbook(io.BytesIO(reminder.as_workbook(letter, False))).worksheets[0][3]
    ]


# ------------------------------------------------------------------------------------ on the page


def test_from_the_overview_to_printed_letters(page, own_app, own_light_store, tmp_path):
    """Four clicks: the link, the numbers, the answer, the file; numbers are given once, names reach only the file that is downloaded."""
    visit(page, own_app)
    page.get_by_role("link", name="Cấp phiếu xin lỗi, hẹn lại").click()
    expect(page.get_by_text("hồ sơ đã quá hạn chưa có thư")).to_be_visible()
    with rerun(page):
        page.get_by_role("button", name=re.compile("Cấp số [0-9]+ phiếu")).click()
    with rerun(page):
        page.get_by_role("button", name="Cấp số", exact=True).click()
    expect(page.get_by_text(re.compile("Đã cấp [0-9]+ phiếu"))).to_be_visible()
    issued = letters.letters(own_light_store, "597")
    code = apology.in_order(issued)[0].wanted.dossier_code
    with page.expect_download() as plain:
        page.get_by_role("button", name=re.compile("Tải một tệp Word")).click()
    assert text_of(Path(plain.value.path()).read_bytes()).count("Kính gửi: .....") == len(issued)
    page.get_by_text("Họ tên, địa chỉ người nhận").click()
    with rerun(page):
        page.get_by_label("Dán các ô từ Excel").fill(f"Mã hồ sơ\tHọ tên\n{code}\tNgười Không Có Thật")
        page.keyboard.press("Control+Enter")
    expect(page.get_by_text(f"Có tên người nhận cho 1/{len(issued)} phiếu")).to_be_visible()
    with page.expect_download() as named:
        page.get_by_role("button", name=re.compile("Tải một tệp Word")).click()
    assert "Kính gửi: Người Không Có Thật" in text_of(Path(named.value.path()).read_bytes())
    for path in [*own_light_store.rglob("*"), *tmp_path.glob("*.log")]:
        if path.is_file():
            assert "Người Không Có Thật".encode() not in path.read_bytes(), path
    logged = [json.loads(line) for line in (own_light_store / "audit.jsonl").read_text("utf-8").splitlines()]
    assert [one["event"] for one in logged if "letter" in one["event"]] == ["issue_letters", *["export_letters"] * 2]
    # Pressed again: nothing is numbered twice.
    with rerun(page):
        page.get_by_role("button", name=re.compile("Cấp số [0-9]+ phiếu")).click()
    with rerun(page):
        page.get_by_role("button", name="Cấp số", exact=True).click()
    expect(page.get_by_text(f"Không cấp cho {len(issued)} hồ sơ")).to_be_visible()
    assert letters.letters(own_light_store, "597") == issued
    visit(page, f"{own_app}/letters?part=book")
    expect(page.get_by_text("Chọn dòng để in lại hoặc hủy phiếu.")).to_be_visible()
