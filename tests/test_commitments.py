# ruff: noqa: F401, F811  (fixtures of other tests are imported, and named again as arguments)
"""Tasks given about a figure: what their events add up to, who may write, what survives, and who shows them."""

from __future__ import annotations

import csv
import functools
import io
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import docx
import pptx
import pytest
from playwright.sync_api import expect

import queries
from access import Role, User, audit
from actions import commitments
from actions.commitments import LONGEST, STATES, Figure, Refused, Task, folded, give, listed, running, step
from ingest.publish import publish, rebuild
from ingest.store import ledger
from ingest.store.backup import backup, restore_backup
from ingest.store.fault import StoreFault
from ingest.store.ledger import COMMITMENTS
from queries.snapshot import ROOT
from reports import SIMULATED, Subject, deck, playlist, word
from reports import commitments as documents
from reports.commitments import Told, as_table, of_home, told
from tests import oracle, small
from tests.answers import answers, same_rows
from tests.browser import rerun, serve, settled, visit
from tests.test_access import NAMES, fill, opened, place, tokens
from tests.test_answers_dossiers import handled, lists, month_code
from tests.test_answers_progress import known
from tests.test_browser import heading
from tests.test_check import sound, write
from tests.wire import Client, Shown, chosen
from words import period
from words.columns import written
from words.commitments import REPLACED, UNCHANGED

LEADER, VIEWER = User("lan", Role.LEADER, "password"), User("xem", Role.VIEWER, "password")
MONDAY = date(2024, 12, 2)
FIGURE = Figure(
    calendar="solar", period="2024-Q3", period_title="Quý III/2024", name="Tỷ lệ hồ sơ đúng hạn theo QĐ 766",
    short_name="Đúng hạn (766)", measure="%", direction="up", value=90.0, numerator=90.0, denominator=100.0, target=100.0,
    is_part=False, month_title="Tháng 9/2024", snapshot="s000001", simulated=True, indicator="T05",
)  # fmt: skip
TASK = Task(
    "597", "23092", "Xã Hàm Đức", "Chủ tịch UBND xã Hàm Đức", "Rà từng hồ sơ quá hạn", date(2024, 12, 9), FIGURE
)


def given(store: Path, key: str = "k", on: date = MONDAY, **changes: object) -> str:
    """The code of a task given for a test."""
    return give(store, LEADER, replace(TASK, **changes), key, on).code


def only(store: Path) -> commitments.Commitment:
    """The only task of the home."""
    (one,) = listed(store, "597", MONDAY)
    return one


# ------------------------------------------------------------------------------ what the events add up to


def test_a_task_from_the_order_to_the_end(tmp_path):
    """Given, reported, taken up again, reported, done: each is written once, and the frozen figure stays."""
    code = given(tmp_path)
    assert code == "KL-2024-001" and only(tmp_path).state(MONDAY) == "open" and only(tmp_path).task == TASK
    step(tmp_path, LEADER, code, "reported", "a", "Đã rà xong", MONDAY)
    assert (only(tmp_path).stage, only(tmp_path).outcome, only(tmp_path).reported_on) == (
        "reported",
        "Đã rà xong",
        MONDAY,
    )
    step(tmp_path, LEADER, code, "reopened", "b", "Còn ba hồ sơ", MONDAY)
    assert (only(tmp_path).stage, only(tmp_path).reason, only(tmp_path).reported_on) == ("open", "Còn ba hồ sơ", None)
    step(tmp_path, LEADER, code, "reported", "c", "Xong cả ba", MONDAY)
    assert step(tmp_path, LEADER, code, "done", "d", on=MONDAY + timedelta(days=1)) == only(tmp_path)
    done = only(tmp_path)
    assert (done.stage, done.outcome, done.ended_on, done.steps) == (
        "done",
        "Xong cả ba",
        date(2024, 12, 3),
        ("reopened",),
    )
    assert done.task.figure == FIGURE and running([done]) == []
    said = [(one["task"], one["step"]) for one in audit.events(tmp_path) if one["event"] == "commit"]
    assert said == [(code, name) for name in ("giao việc", "báo kết quả", "làm tiếp", "báo kết quả", "kết thúc")]


ALLOWED = {
    "open": {"reported", "withdrawn"},
    "reported": {"done", "reopened", "withdrawn"},
    "done": {"reopened"},
    "withdrawn": set(),
}


@pytest.mark.parametrize("stage", ALLOWED)
@pytest.mark.parametrize("name", commitments.STEPS)
def test_only_some_steps_follow_each_other(tmp_path, stage, name):
    """Nothing is done without a report, and what was withdrawn stays so; a refused step writes nothing."""
    code = given(tmp_path)
    for before in {"reported": ["reported"], "done": ["reported", "done"], "withdrawn": ["withdrawn"]}.get(stage, []):
        step(tmp_path, LEADER, code, before, before, "Lý do", MONDAY)
    assert only(tmp_path).stage == stage and set(only(tmp_path).steps) == ALLOWED[stage]
    book = (tmp_path / COMMITMENTS).read_bytes()
    if name in ALLOWED[stage]:
        after = {"reported": "reported", "done": "done", "reopened": "open", "withdrawn": "withdrawn"}[name]
        assert step(tmp_path, LEADER, code, name, "new", "Lý do", MONDAY).stage == after
    else:
        with pytest.raises(Refused, match="đang ở trạng thái"):
            step(tmp_path, LEADER, code, name, "new", "Lý do", MONDAY)
        assert (tmp_path / COMMITMENTS).read_bytes() == book


@pytest.mark.parametrize(
    ("steps", "day", "state"),
    [
        ([], 9, "open"),
        ([], 10, "late"),
        ([("reported", 9)], 20, "reported"),  # reported in time: it waits for the meeting
        ([("reported", 10)], 10, "late"),
        ([("reported", 9), ("reopened", 9)], 10, "late"),
        ([("reported", 10), ("done", 11)], 20, "done"),
        ([("withdrawn", 3)], 20, "withdrawn"),
    ],
)
def test_late_is_what_was_not_reported_by_its_deadline(tmp_path, steps, day, state):
    code = given(tmp_path)
    for number, (name, on) in enumerate(steps):
        step(tmp_path, LEADER, code, name, f"{number}", "Lý do", date(2024, 12, on))
    assert only(tmp_path).state(date(2024, 12, day)) == state


def test_overdue_ones_come_first_and_each_home_has_its_own(tmp_path):
    later = given(tmp_path, "a", due_on=date(2024, 12, 20))
    sooner = given(tmp_path, "b", due_on=date(2024, 12, 16))
    done, late = given(tmp_path, "c"), given(tmp_path, "d")
    elsewhere = given(tmp_path, "e", home="596")
    for name in ("reported", "done"):
        step(tmp_path, LEADER, done, name, name, "Xong", MONDAY)
    assert [one.code for one in listed(tmp_path, "597", date(2024, 12, 12))] == [late, sooner, later, done]
    assert [one.code for one in listed(tmp_path, "596", MONDAY)] == [elsewhere]
    assert given(tmp_path, "f", on=date(2025, 1, 6), due_on=date(2025, 1, 13)) == "KL-2025-001"


def test_what_is_sent_twice_is_written_once(tmp_path):
    """A double click or a repeated request has the same key."""
    assert given(tmp_path, "k") == given(tmp_path, "k") == "KL-2024-001"
    for _ in range(2):
        step(tmp_path, LEADER, "KL-2024-001", "reported", "a", "Xong", MONDAY)
    assert len(ledger.entries(tmp_path, COMMITMENTS)) == 2
    assert given(tmp_path, "other") == "KL-2024-002"


def test_writers_at_once_give_each_task_its_own_number(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda number: given(tmp_path, f"{number}"), range(20)))
    assert sorted(codes) == [f"KL-2024-{number:03}" for number in range(1, 21)]
    assert {one.code for one in listed(tmp_path, "597", MONDAY)} == set(codes)


def test_who_may_not_act_writes_nothing(tmp_path):
    with pytest.raises(Refused, match="cần quyền"):
        give(tmp_path, VIEWER, TASK, "k", MONDAY)
    code = given(tmp_path)
    with pytest.raises(Refused, match="cần quyền"):
        step(tmp_path, VIEWER, code, "reported", "a", "Xong", MONDAY)
    assert len(ledger.entries(tmp_path, COMMITMENTS)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Gọi ông Nguyễn Văn Tám", "Chủ tịch Nguyễn Văn An", "Phó Chủ tịch Trần Thị Bé", "Bí thư thôn Nguyễn Văn An", "số 261-234-567", "Liên hệ 0901 234 567", "CCCD 060090001234", "CMND 260123456", "số 312345678 của dân",
        "gửi thư nguyen.tam@vidu.vn", "đến số nhà 5 đường Trần Phú", "060 090 001 234",
    ],
)  # fmt: skip
def test_nobody_is_written_into_the_book(tmp_path, text):
    """In any of the texts; nothing at all is written then."""
    for name in ("text", "post"):
        with pytest.raises(Refused, match="Chỉ ghi chức danh"):
            given(tmp_path, **{name: f"Giải quyết hồ sơ: {text}"})
    assert not (tmp_path / COMMITMENTS).exists()
    code = given(tmp_path)
    with pytest.raises(Refused, match="Chỉ ghi chức danh"):
        step(tmp_path, LEADER, code, "reported", "a", text, MONDAY)
    assert text not in (tmp_path / COMMITMENTS).read_text("utf-8")


def test_texts_and_deadlines_have_limits(tmp_path):
    for changes in ({"text": " \n\0 "}, {"text": "a" * (LONGEST["text"] + 1)}, {"post": ""}):
        with pytest.raises(Refused):
            given(tmp_path, **changes)
    for due in (date(2024, 12, 1), date(2025, 12, 4)):
        with pytest.raises(Refused, match="Hạn phải"):
            given(tmp_path, due_on=due)
    code = given(tmp_path, text="Rà\n\n hồ sơ\0\ufffe quá hạn")
    assert only(tmp_path).task.text == "Rà hồ sơ quá hạn"
    with pytest.raises(Refused, match="Chưa ghi"):
        step(tmp_path, LEADER, code, "reported", "a", "  ", MONDAY)
    with pytest.raises(Refused, match="Không có việc"):
        step(tmp_path, LEADER, "KL-2024-009", "reported", "a", "Xong", MONDAY)


def test_what_the_form_proposes_is_accepted():
    """The advice of every indicator, the post of every unit, the code of a dossier, an amount, a document."""
    with (ROOT / "data" / "reference" / "indicator.csv").open(encoding="utf-8") as file:
        advice = [row["action"] for row in csv.DictReader(file) if row["action"]]
    with (ROOT / "data" / "reference" / "unit.csv").open(encoding="utf-8") as file:
        names = [row["full_name"] for row in csv.DictReader(file)]
    assert len(advice) > 20 and len(names) > 20
    texts = [*advice, "Hồ sơ H11.16.01-240304-0001", "Cấp 120000000 đồng", "Công văn 1234/UBND-VP ngày 05/03/2024"]
    for text in texts:
        assert commitments.accepted("text", text) == text
    for name in names:
        for post in (f"Chủ tịch UBND {name[:1].lower()}{name[1:]}", f"Người đứng đầu {name[:1].lower()}{name[1:]}"):
            assert commitments.accepted("post", post) == post


# ------------------------------------------------------------------------------------- what survives

# One process forks another for each writing; that one kills itself, as by kill -9, at the n-th call that changes a file, and
# half of what it would have written is then there.
KILLER = """
import os, signal, sys
from datetime import date
from pathlib import Path
from access import Role, User
from actions.commitments import Task, give
from ingest.store import ledger
def spoil(name, left):
    call = getattr(os, name)
    def spoilt(*given):
        left[0] -= 1
        if left[0] < 0:
            if name == "write":
                call(given[0], bytes(given[1])[: len(given[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*given)
    setattr(os, name, spoilt)
for line in sys.stdin:
    store, number = line.split()
    child = os.fork()
    if not child:
        left = [int(number)]
        for name in ("open", "ftruncate", "lseek", "write", "fsync", "close"):
            spoil(name, left)
        task = Task("597", "23092", "Xã Hàm Đức", "Chủ tịch UBND xã", "Rà hồ sơ quá hạn " * 25, date(2024, 12, 9))
        give(Path(store), User("lan", Role.LEADER, "password"), task, "new", date(2024, 12, 2))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_killed_at_each_step_of_writing(tmp_path):
    """Nothing is lost and nothing there twice: sent again after the kill, the task is there exactly once."""
    seen = []
    with subprocess.Popen(
        [sys.executable, "-c", KILLER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as killer:
        for number in range(40):
            store = tmp_path / f"{number}"
            old = given(store, "old")
            killer.stdin.write(f"{store} {number}\n")
            killer.stdin.flush()
            ended = int(killer.stdout.readline())
            assert ended in (0, -signal.SIGKILL)
            left = [one.code for one in listed(store, "597", MONDAY)]
            assert left in ([old], [old, "KL-2024-002"])
            seen.append(len(left))
            # Shorter than half of what the killed one was writing: nothing of that may be left behind it.
            assert given(store, "new", text="Rà", figure=None) == "KL-2024-002"
            assert [one.code for one in listed(store, "597", MONDAY)] == [old, "KL-2024-002"]
            if ended == 0:
                break
        killer.stdin.close()
    assert seen == sorted(seen) and set(seen) == {1, 2} and number >= 8


def test_the_book_survives_rebuild_and_restore(tmp_path, quick):
    store, copy = tmp_path / "store", tmp_path / "copy"
    publish([write(tmp_path / "a.csv", [sound("index_score")])], store=store)
    code = given(store)
    rebuild(store=store)
    assert only(store).code == code
    backup(tmp_path / "kho.tar", store)
    restore_backup(tmp_path / "kho.tar", copy)
    assert listed(copy, "597", MONDAY) == listed(store, "597", MONDAY)
    assert given(copy, "next") == "KL-2024-002"


# ------------------------------------------------------------------------------------------- the figure

PERIODS = {
    "quarter": ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"],
    "month": [month_code(2024 * 12 + number) for number in range(12)],
}


@pytest.mark.parametrize("later", ["", "newest"])
@pytest.mark.parametrize(
    ("kind", "name", "unit", "code"),
    [("quarter", "2024-Q2", "597", "T05"), ("quarter", "2024-Q3", small.TWIN, "T14"), ("month", "2024-08", small.BEST, "S04"),
     ("quarter", "2024-Q2", small.COUNTER, "T17")],
)  # fmt: skip
@answers("commitment_figure", order=False)
def test_the_figure_of_an_indicator(here, kind, name, unit, code, later):
    """That of the period, or of the newest period since then of which enough is known."""
    names = [one for one in PERIODS[kind] if one >= name] if later else [name]
    of_each = {one: known(here, unit, here.choices("solar", one), code) for one in names}
    whole = [one for one in names if of_each[one].value is not None and of_each[one].extent.whole]
    shown = (whole or names)[-1]
    asked = {"indicator": code, "subset": "", "later": later}
    (row,) = queries.load("commitment_figure", **here.choices("solar", name, unit=unit), **asked).to_dict("records")
    reference = here.data.indicators[code]
    expected = of_each[shown].given() | of_each[shown].told() | {
        "code": code, "name": reference["name"], "short_name": reference["short_name"], "measure": reference["measure"],
        "direction": reference["direction"], "period_code": shown, "is_part": shown not in whole,
    }  # fmt: skip
    asked_again = queries.load("commitment_figure", **here.choices("solar", name, unit=unit), **asked)
    same_rows(asked_again, [expected])
    assert row["period_title"] == period.offered("solar", kind)[shown]


@pytest.mark.parametrize("later", ["", "newest"])
@pytest.mark.parametrize(
    ("subset", "more"),
    [
        ("late", {}),
        ("late", {"unit": small.TWIN}),
        ("open_late", {"field": "CIVIL"}),
        ("received", {"channel": "online"}),
    ],
)
@answers("commitment_figure", order=False)
def test_the_figure_of_a_list(here, subset, more, later):
    names = ["2024-Q2", "2024-Q3", "2024-Q4"] if later else ["2024-Q2"]
    of_each = {name: here.choices("solar", name, **more) for name in names}
    whole = [name for name in names if known(here, of_each[name]["unit"], of_each[name], "T05").extent.whole]
    shown = (whole or names)[-1]
    counted = sum(subset in lists(here, one) for one in handled(here, of_each[shown]))
    rows = queries.load("commitment_figure", **of_each["2024-Q2"], indicator="", subset=subset, later=later)
    same_rows(
        rows,
        [{"code": subset, "value": counted, "period_code": shown, "measure": "hồ sơ", "is_part": shown not in whole}],
    )


def asked_of(figure: Figure, unit: str) -> dict:
    return dict(figure.asked(), unit=unit)


def ask(name: str, **more: object):
    """Answers as pages get them."""
    return written(queries.load(name, **more))


@pytest.fixture(scope="module")
def own(demo_store, tmp_path_factory) -> Path:
    """A store with the simulated district, for the tests of this file that write tasks into it."""
    return shutil.copytree(demo_store, tmp_path_factory.mktemp("commitments") / "store")


@pytest.fixture
def store(own, monkeypatch) -> Iterator[Path]:
    """The same without tasks, as the current store."""
    token = queries._pinned.set(None)
    monkeypatch.setenv("DASHBOARD_STORE", str(own))
    monkeypatch.setattr(documents, "today", lambda: date(2024, 12, 12))
    yield own
    (own / COMMITMENTS).unlink(missing_ok=True)
    queries._pinned.reset(token)


def test_before_and_now_stand_beside_each_other(store):
    """With what each counts, and the mark of the newest month."""
    given(store)
    now = queries.load("commitment_figure", **asked_of(FIGURE, "23092"), later="newest").iloc[0]
    (one,) = of_home("597", ask)
    assert one.before == "90,0\u00a0% (90/100), quý III/2024" and now["period_code"] == "2024-Q4"
    assert (
        one.now
        == f"{now['value']:.1f}\u00a0% ({now['numerator']:,.0f}/{now['denominator']:,.0f}), quý IV/2024".translate(
            str.maketrans(",.", ".,")
        ).replace("). quý", "), quý")
    )
    assert (one.variation, one.variation_word) == ("worse", "tháng 12/2024 xấu đi thật so mức thường") and one.simulated
    assert one.state_word == "Quá hạn" and one.deadline == "hạn 09/12/2024, quá 3 ngày"
    same = replace(
        FIGURE, period="2024-Q4", period_title="Quý IV/2024", month_title="Tháng 12/2024", value=float(now["value"]),
        numerator=float(now["numerator"]), denominator=float(now["denominator"]),
    )  # fmt: skip
    given(store, "same", figure=same)
    assert [(one.note, one.variation) for one in of_home("597", ask)][1] == (UNCHANGED, None)


def test_a_period_not_yet_reported_does_not_hide_the_last_known_one(store):
    """The demo's offices have reported their indicators up to December; dossiers are known in the month after it too."""
    asked = {"calendar": "reporting", "period": "2024-11", "unit": "23059", "subset": "", "field": "", "channel": ""}
    shown = {
        code: queries.load("commitment_figure", **asked, indicator=code, later="newest").iloc[0]
        for code in ("S04", "T05")
    }
    alone = queries.load("commitment_figure", **asked | {"period": "2025-01"}, indicator="S04", later="").iloc[0]
    assert alone["is_part"] and alone["value"] != alone["value"]
    assert (shown["S04"]["period_code"], shown["S04"]["is_part"]) == ("2024-12", False)
    assert (shown["T05"]["period_code"], shown["T05"]["is_part"]) == ("2025-01", False)


def test_unknown_is_told_and_simulated_is_not_compared_with_real(store, monkeypatch):
    given(store, "a", figure=replace(FIGURE, value=None, numerator=None, denominator=None))
    given(store, "b", figure=replace(FIGURE, indicator="XX"))
    given(store, "c", figure=None)
    unknown, gone, without = of_home("597", ask)
    assert unknown.before == "chưa biết, quý III/2024" and unknown.now.startswith("91,8")
    assert (gone.now, gone.variation) == ("", None) and "không còn trong bản số liệu" in gone.change
    assert without.change == "không gắn với con số nào"
    load = queries.load

    def real(name: str, **more: object):
        rows = load(name, **more)
        rows.attrs["simulated"] = False
        return rows

    monkeypatch.setattr(queries, "load", real)
    assert of_home("597", ask)[0].note == REPLACED


# ------------------------------------------------------------------------------- slides and documents


def test_the_slides_begin_with_the_tasks(store):
    """Overdue ones first, at most six lines; without tasks the slide is not there; in the .pptx as well."""
    subject = Subject.of(period.chosen("solar", "2024-Q4", "previous"))
    assert [slide.code for slide in playlist.slides(subject, ["opening", "late"])] == ["opening", "late"]
    given(store, "late")
    given(store, "later", unit="23059", unit_name="Thị trấn Ma Lâm", due_on=date(2024, 12, 30))
    first, *rest = playlist.slides(subject, ["opening", "late"])
    assert first.code == "commitments" and [slide.code for slide in rest] == ["opening", "late"] and first.simulated
    assert first.message == "2 việc chưa xong, 1 việc quá hạn."
    assert first.lines[0].startswith("Quá hạn 3 ngày. Xã Hàm Đức: Rà từng hồ sơ quá hạn (Đúng hạn (766): 90,0\u00a0%")
    assert first.lines[0].endswith("quý IV/2024; tháng 12 xấu đi thật)") and first.lines[1].startswith(
        "Còn 18 ngày. Thị"
    )
    page = pptx.Presentation(io.BytesIO(deck.as_presentation(subject, ["opening"]))).slides[0]
    words = [shape.text_frame.text for shape in page.shapes if shape.has_text_frame]
    assert first.title in words and any(first.lines[0] in text for text in words)
    one = Subject.of(period.chosen("solar", "2024-Q4", "previous"), "23059")
    assert len(playlist.slides(one, [])[0].lines) == 1
    for number in range(6):
        given(store, f"{number}", text="Việc rất dài " * 30)
    lines = playlist.slides(subject, [])[0].lines
    assert len(lines) == 6 and lines[-1].startswith("+ 3 việc nữa") and max(map(len, lines)) <= 190
    with (store / COMMITMENTS).open("ab") as book:
        book.write(b"{}\n")
    assert "sổ kết luận giao ban" in playlist.slides(subject, [])[0].message.lower()


def table_of(content: bytes, title: str) -> list[list[str]]:
    """The rows of the table of a Word document that has this title in its first row."""
    tables = docx.Document(io.BytesIO(content)).tables
    found = next(table for table in tables if title in [cell.text for cell in table.rows[0].cells])
    return [[cell.text for cell in row.cells] for row in found.rows]


def test_the_report_and_the_notice_have_the_tasks(store):
    """Read back with python-docx: their rows are those of the list."""
    subject = Subject.of(period.chosen("solar", "2024-Q4", "previous"))
    given(store, "late", text="Rà <b>hồ sơ</b> & {{ ky }}")
    code = given(store, "reported", unit="23059", unit_name="Thị trấn Ma Lâm", due_on=date(2024, 12, 30))
    step(store, LEADER, code, "reported", "a", "Đã rà", MONDAY)
    done = given(store, "done")
    for name in ("reported", "done"):
        step(store, LEADER, done, name, f"{name} now", "Xong", MONDAY)
    open_ones = of_home("597", ask)
    expected = [
        [f"{one.commitment.code}: {one.commitment.task.text}", f"{one.commitment.task.unit_name}; {one.commitment.task.post}",
         f"{one.commitment.task.due_on:%d/%m/%Y}", one.change, one.state_word + (": Đã rà" if one.commitment.outcome else "")]
        for one in open_ones
    ]  # fmt: skip
    assert len(expected) == 2 and "Rà <b>hồ sơ</b> & {{ ky }}" in expected[0][0]
    assert table_of(word.as_document(subject), "Con số khi giao và hiện nay")[1:] == expected
    notice = documents.notice_file(open_ones, "Huyện Hàm Thuận Bắc", date(2024, 12, 31), queries.snapshot())
    assert table_of(notice, "Con số khi giao và hiện nay")[1:] == expected
    said = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(notice)).paragraphs)
    assert "THÔNG BÁO" in said and "thực hiện 2 việc sau đây, trong đó 1 việc đã quá hạn" in said and SIMULATED in said
    assert notice == documents.notice_file(open_ones, "Huyện Hàm Thuận Bắc", date(2024, 12, 31), queries.snapshot())
    table = as_table(of_home("597", ask, only_running=False))
    assert (
        table["Số"].tolist() == ["KL-2024-001", "KL-2024-002", "KL-2024-003"]
        and table["Trạng thái"].tolist()[2] == "Đã xong"
    )


# ------------------------------------------------------------------------------------------ the page


def test_rights_by_role_over_the_wire(place, opened, tokens):
    """Who may act gives and closes tasks; others see the list without buttons, and what they send is not written."""
    query = "give=1&to=23092&figure=T05"
    book = place / "store" / COMMITMENTS
    with Client(opened, tokens["leader"]) as leader:
        form = leader.open("commitments", query)
        assert "Con số lúc giao" in form.words
        for role in ("", "viewer"):
            with Client(opened, tokens[role]) as other:
                assert "Giao việc" not in other.open("commitments", query).ids
                other.open("commitments", query, chosen(form, {"Giao việc": True}))
            assert not book.exists(), role
        leader.open("commitments", query, chosen(form, {"Việc phải làm": "Rà hồ sơ <b>quá hạn</b>", "Giao việc": True}))
    (entry,) = ledger.entries(place / "store", COMMITMENTS)
    assert (entry["who"], entry["unit"], entry["text"]) == ("lan", "23092", "Rà hồ sơ <b>quá hạn</b>")
    assert entry["figure"]["value"] and entry["due_on"] >= entry["on"]
    for role in tokens:
        with Client(opened, tokens[role]) as client:
            shown = client.open("commitments")
            buttons = b"".join(said.SerializeToString() for said in client.run("commitments"))
        may = role in ("leader", "analyst", "admin")
        assert r"Rà hồ sơ \<b\>quá hạn\</b\>" in shown.words and "Xã Hàm Đức" in shown.words
        assert ("người giao: lan" in shown.words, "Báo kết quả".encode() in buttons) == (may, may), role
        with Client(opened, tokens[role]) as client:
            sent = b"".join(said.SerializeToString() for said in client.run(""))
        assert (b"give=1" in sent) == may, role
    with Client(opened, tokens["viewer"]) as client:
        shown = client.open("commitments")
        content = client.download(shown.downloads["Thông báo kết luận (Word)"]).content
        listed_csv = client.download(shown.downloads["Tải CSV"]).content.decode("utf-8-sig")
    assert "KL-" in table_of(content, "Con số khi giao và hiện nay")[1][0] and entry["code"] in listed_csv
    assert "MÔ PHỎNG" in listed_csv


def improved(files: Path, unit: str, path: Path) -> Path:
    """The dossiers of a unit in 2024, late ones finished on the day that was promised."""
    with (files / "ho-so-2024.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["unit_code"] == unit]
    for row in rows:
        if row["due_at"] and row["processed_at"] > row["due_at"]:
            row["processed_at"] = row["due_at"]
    return write(path, rows)


def test_from_the_overview_to_the_next_meeting(own_light_store, light_files, tmp_path, page):
    """A line of Cần chú ý becomes a task in two clicks; the next slides begin with it; its card shows before and after."""
    with serve(ROOT / "server.py", tmp_path / "server.log", DASHBOARD_STORE=str(own_light_store)) as address:
        visit(page, address)
        clicks = 0
        with rerun(page):
            page.get_by_test_id("stMain").get_by_role("link", name="Giao việc").first.click()
            clicks += 1
        assert heading(page) == "Kết luận giao ban"
        with rerun(page):
            page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="Giao việc").dblclick()
            clicks += 2
        (entry,) = ledger.entries(own_light_store, COMMITMENTS)
        assert clicks <= 5
        card = page.locator(f".st-key-task_{entry['code']}")
        expect(card).to_contain_text("chưa có số liệu mới từ khi giao")
        visit(page, f"{address}/present?show=1&speed=0")
        expect(page.locator(".st-key-slide_0 h2")).to_have_text("Kết luận kỳ trước")
        expect(page.locator(".st-key-slide_0 li")).to_contain_text(entry["unit_name"])
        publish([improved(light_files, entry["unit"], tmp_path / "moi.csv")], store=own_light_store)
        visit(page, f"{address}/commitments")
        expect(card).to_contain_text("khi giao")
        expect(card).to_contain_text("hiện nay")
        with rerun(page):
            card.get_by_role("button", name="Báo kết quả").click()
        page.get_by_label("Đã làm gì, kết quả ra sao").fill("Gọi 0901 234 567")
        send = page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="Báo kết quả")
        with rerun(page):
            send.click()
        expect(page.get_by_test_id("stAlert")).to_contain_text("số điện thoại")
        page.get_by_label("Đã làm gì, kết quả ra sao").fill("Đã xử lý hết")
        with rerun(page):
            send.click()
        with rerun(page):
            card.get_by_role("button", name="Xong").click()
        assert folded(ledger.entries(own_light_store, COMMITMENTS))[0].stage == "done"
