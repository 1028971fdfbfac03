"""Pushed files: taken as by publishing, nothing about a person on disk, nothing lost and nothing published twice."""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import duckdb
import openpyxl
import pytest

from access import tokens
from ingest import Rejected, check, pushes, queue
from ingest.publish import publish, withdraw
from ingest.pushes import Push
from ingest.reading.look import Reading, look
from ingest.schema import tables
from ingest.sender import Sender
from ingest.store import archive
from ingest.store.fault import StoreFault
from queries.snapshot import ROOT, literal, reader
from tests import portal_exports as portal
from tests.portal_exports import workbook
from tests.test_awkward import EXPECTED, FOLDER
from tests.test_check import sound, write
from tests.test_personal import HOMES, IDENTITIES, MAILS, NAMES, PHONES

OTHERS = "23062"


@pytest.fixture
def store(quick, tmp_path, monkeypatch) -> Path:
    """An empty store with quick builds, and no secrets file."""
    monkeypatch.setenv("DASHBOARD_SECRETS", str(tmp_path / "none.toml"))
    return tmp_path / "store"


def token_in(store: Path, name: str = "a", **more) -> tokens.Token:
    return tokens.make(store, name, "an", tokens.CONSOLE, **{"tables": None} | more)[1]


def hold(push: Push, data: bytes, reading: Reading, store: Path, sender: Sender) -> Path:
    """As the process apart does it."""
    return pushes.hold(push, data, reading, store, sender)


def take(path: Path, name: str, store: Path, who: str, sender: Sender):
    """As the process apart does it."""
    return pushes.take(path, store, who, sender, 0)


def push(store: Path, token: tokens.Token, file: Path, table: str = "kpi_value", valid_only=False, **said) -> dict:
    """Send a file; its outcome so far."""
    data, reading = file.read_bytes(), Reading(**said)
    sent = pushes.push_of(token.id, token.who, table, file.name, data, reading, valid_only)
    return queue.submit(store, sent, data, reading, queue.sender_of(token), hold)


def drain(store: Path) -> None:
    """Publish all that waits."""
    while files := pushes.waiting(store):
        assert queue.publish_one(store, files[0], take)


def uploads(store: Path) -> list[dict]:
    return archive.newest_manifest(store)["uploads"]


def rows(store: Path, upload: dict) -> list[tuple]:
    """The rows of an upload as they are archived, and which ones were refused."""
    path = archive.upload_path(store, upload["id"])
    found = duckdb.execute(f"SELECT * FROM read_parquet({literal(path)})").fetchall()
    return [*found, *archive.refused_keys(store, upload)]


def entry(upload: dict) -> dict:
    """What an upload's entry tells, without its moment and sender; Parquet keeps traces of rows that were deleted."""
    left = ("at", "who", "sender", *(("archived_bytes", "archived_sha256") if upload["rejected"] else ()))
    return {name: value for name, value in upload.items() if name not in left}


def told_of(upload: dict) -> dict:
    """An entry without the bytes of its file, which keep traces of rows that are left out."""
    return {name: value for name, value in entry(upload).items() if not name.startswith("archived_")}


# ------------------------------------------------------------------------------------ the same as by publishing


def of_each_kind() -> list[str]:
    """One awkward file of each format, table and kind of outcome; with HYPOTHESIS_PROFILE=search all of them."""
    if os.environ.get("HYPOTHESIS_PROFILE") == "search":
        return sorted(EXPECTED)
    kinds: dict[tuple, str] = {}
    for name, told in sorted(EXPECTED.items()):
        format_, is_refused = name.rpartition(".")[2], "refused" in told
        kinds.setdefault((format_, told.get("table"), is_refused, "rejects" in told, "personal" in told), name)
    return sorted(kinds.values())


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_awkward_files_are_taken_as_by_publishing(store, tmp_path, part):
    """Accepted with the same rows, entry and refused lines, or refused for the same reason; also its valid rows alone."""
    base = tmp_path / "base"
    publish([FOLDER / "plain.csv"], store=base)
    seen = {"accepted": 0, "refused": 0}
    for name in of_each_kind()[part::2]:
        told = EXPECTED[name].get("reading", {})
        table = EXPECTED[name].get("table") or told.get("table") or "dossier"
        for valid_only in (False, True):
            by_hand = _published(shutil.copytree(base, tmp_path / "hand"), name, told | {"table": table}, valid_only)
            pushed = _pushed(shutil.copytree(base, tmp_path / "pushed"), name, told, table, valid_only)
            if pushed == "kept_alone":
                assert valid_only, name
            elif isinstance(by_hand, str):
                assert pushed == by_hand, (name, valid_only)
            else:
                assert pushed == by_hand, (name, valid_only)
            seen["refused" if isinstance(pushed, str) else "accepted"] += 1
            shutil.rmtree(tmp_path / "hand")
            shutil.rmtree(tmp_path / "pushed")
    assert min(seen.values()) > 4


def _published(place: Path, name: str, said: dict, valid_only: bool):
    try:
        done = publish([FOLDER / name], place, "x", reading=Reading(**said), valid_only=valid_only, sender=Sender())
    except Rejected as rejected:
        return rejected.problems[0].rule
    assert done.uploads
    return entry(uploads(place)[-1]), rows(place, uploads(place)[-1])


def _pushed(place: Path, name: str, said: dict, table: str, valid_only: bool):
    said = {key: value for key, value in said.items() if key != "table"}
    outcome = push(place, token_in(place), FOLDER / name, table, valid_only, **said)
    if outcome["state"] == "refused":
        return outcome["problems"][0]["rule"]
    if outcome["state"] == "published":
        return "known_file"
    drain(place)
    assert pushes.outcome(place, outcome["id"])["state"] == "published"
    return entry(uploads(place)[-1]), rows(place, uploads(place)[-1])


def test_the_simulated_district_is_taken_as_by_publishing(store, light_files, tmp_path):
    """Every file of the simulated district: the same rows and the same entries; that a year names only its own is said."""
    said = {"covers": {"older": "changed"}}
    token, other = token_in(store), tmp_path / "other"
    named = {file: look(file).mapping.table.name for file in light_files.glob("*.csv")}
    for file in sorted(named, key=lambda file: (list(tables()).index(named[file]), file)):
        outcome = push(store, token, file, named[file], **said)
        assert outcome["state"] == "queued", outcome
        drain(store)
        publish([file], store=other, reading=Reading(**said))
    assert len(uploads(store)) == len(uploads(other)) > 5
    for one, two in zip(uploads(store), uploads(other), strict=True):
        assert entry(one) == entry(two) and rows(store, one) == rows(other, two)


LAYOUTS = {
    "all sheets": (workbook(portal.overview, portal.components, portal.ranking), {"period": "=2026-07"}),
    "one list": (workbook(portal.mixed_ranking), {"period": "=2026-07"}),
    "rankings": (workbook(portal.ranking), {"period": "=2026-07"}),
    "overview": (workbook(portal.overview), {"period": "=2026-07"}),
    "not fetched": (workbook(partial(portal.overview, failed="payment")), {"period": "=2026-07"}),
    "components": (workbook(portal.components), {"period": "=2026-07", "unit_code": f"={portal.OURS}"}),
    "parts": (workbook(portal.parts), {}),
    "parts, groups": (workbook(portal.parts, portal.six_groups), {}),
    "groups": (workbook(portal.group_sheets), {}),
    "six groups": (workbook(portal.six_groups), {}),
    "five groups": (workbook(partial(portal.six_groups, missing="progress")), {}),
    "list": (portal.as_csv(), {}),
    "list of five": (portal.as_csv("progress"), {}),
    "other province": (portal.as_csv(province="Tỉnh Cà Mau"), {}),
    "unknown unit": (portal.as_csv(unit="Mã H36.132"), {}),
    "one procedure": (portal.as_csv(scope="TTHC 2.000815"), {}),
}


@pytest.mark.parametrize("valid_only", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_the_portal_is_taken_as_by_publishing(store, tmp_path, layout, valid_only):
    """Also those whose ranks and sums are made of rows that are not kept."""
    data, columns = LAYOUTS[layout]
    file = tmp_path / ("diem.csv" if data.startswith(b"\xef\xbb\xbf") else "diem.xlsx")
    file.write_bytes(data)
    reading, by_hand = {"columns": columns}, tmp_path / "hand"
    outcome = push(store, token_in(store), file, "portal_score", valid_only, **reading)
    try:
        done = publish([file], by_hand, reading=Reading(**reading), valid_only=valid_only)
    except Rejected as rejected:
        assert layout in ("other province", "unknown unit", "one procedure"), rejected.problems
        assert outcome["state"] == "refused" and outcome["problems"][0]["rule"] == rejected.problems[0].rule
        return
    assert outcome["state"] == "queued", outcome
    assert {one["rule"] for one in outcome["warnings"]} == {one.rule for one in done.warnings}
    drain(store)
    (one,), (two,) = uploads(store), uploads(by_hand)
    assert told_of(one) == told_of(two) and rows(store, one) == rows(by_hand, two)


def test_valid_points_are_taken_as_by_publishing_beside_rejected_ones(store, tmp_path):
    """A rank and a total were made with a row that is rejected."""
    book = openpyxl.load_workbook(io.BytesIO(workbook(portal.mixed_ranking)))
    sheet = book.worksheets[0]
    at = next(row for row in range(4, 11) if sheet.cell(row, 2).value == portal.OURS)
    sheet.cell(at, 5).value = 99
    file, reading = tmp_path / "diem.xlsx", {"columns": {"period": "=2026-07"}}
    book.save(file)
    outcome = push(store, token_in(store), file, "portal_score", True, **reading)
    assert outcome["state"] == "queued", outcome
    drain(store)
    publish([file], tmp_path / "hand", reading=Reading(**reading), valid_only=True)
    (one,), (two,) = uploads(store), uploads(tmp_path / "hand")
    assert one["rejected"] and told_of(one) == told_of(two) and rows(store, one) == rows(tmp_path / "hand", two)


def test_rows_that_are_refused_are_told_and_known_to_be_missing(store, tmp_path):
    bad = write(tmp_path / "bad.csv", [sound("kpi_value", 1), sound("kpi_value", 2, unit_code="99999")])
    token = token_in(store)
    outcome = push(store, token, bad)
    assert (outcome["state"], outcome["total"]) == ("refused", 1) and pushes.waiting(store) == []
    (problem,) = outcome["problems"]
    assert (problem["line"], problem["column"], problem["value"]) == (3, "unit_code", "99999") and problem["hint"]
    outcome = push(store, token, bad, valid_only=True)
    drain(store)
    outcome = pushes.outcome(store, outcome["id"])
    assert outcome["rows"] == {"read": 2, "accepted": 1, "rejected": 1}
    assert [one["severity"] for one in outcome["warnings"]] == ["reject"]
    assert [line for line, *_ in archive.refused_keys(store, uploads(store)[0])] == [3]


def test_a_refused_push_keeps_its_warnings(store, tmp_path):
    """What was left out explains why nothing is left; the message names it."""
    file = tmp_path / "diem.csv"
    file.write_bytes(portal.as_csv(province="Tỉnh Cà Mau"))
    outcome = push(store, token_in(store), file, "portal_score")
    assert outcome["state"] == "refused" and [one["rule"] for one in outcome["problems"]] == ["portal_nothing"]
    assert ["Không nạp 7 dòng của tỉnh khác" in one["reason"] for one in outcome["warnings"]] == [True]
    assert pushes.outcome(store, outcome["id"])["warnings"] == outcome["warnings"]
    sent = pickle.loads(pickle.dumps(Rejected([], 3, [check.Problem("a", 1, "", "", "r")])))
    assert sent.total == 3 and [one.reason for one in sent.told] == ["r"]


def test_a_question_of_the_page_is_refused_not_guessed(store, tmp_path):
    """A header that only resembles a known one is not taken, a remembered layout is."""
    row = sound("kpi_value", 1)
    file = tmp_path / "odd.csv"
    file.write_text("Đơn vị nào đó lạ,period,indicator_code,value\n23059,2024-01,S01,63.5\n", encoding="utf-8")
    assert row and push(store, token_in(store), file)["state"] == "refused"
    said = {"columns": {"unit_code": "Đơn vị nào đó lạ"}}
    assert push(store, token_in(store, "b"), file, **said)["state"] == "queued"


def test_another_table_and_another_unit_are_refused(store, tmp_path):
    both = write(tmp_path / "both.csv", [sound("kpi_value", 1), sound("kpi_value", 2, unit_code=OTHERS)])
    token = token_in(store, units=("23059",), tables=("kpi_value",))
    assert [one["rule"] for one in push(store, token, both)["problems"]] == ["sender_unit"]
    assert push(store, token, both, "index_score")["state"] == "refused"
    outcome = push(store, token, both, valid_only=True)
    drain(store)
    assert pushes.outcome(store, outcome["id"])["rows"]["accepted"] == 1


# ------------------------------------------------------------------------------------ once, and only while it stands


def test_the_same_bytes_have_the_same_outcome(store, tmp_path):
    file, token, other = write(tmp_path / "a.csv", [sound("kpi_value", 1)]), token_in(store), token_in(store, "b")
    first = push(store, token, file)
    assert push(store, token, file) == first and len(pushes.waiting(store)) == 1
    waiting = push(store, other, file)
    assert waiting["state"] == "queued" and waiting["id"] != first["id"]
    drain(store)
    (upload,) = uploads(store)
    for one in (first, waiting):
        assert pushes.outcome(store, one["id"])["upload"] == upload["id"]
    again = push(store, token, file)
    assert (again["state"], again["upload"], again["already"]) == ("published", upload["id"], True)
    assert again["snapshot"] == "s000001" and pushes.waiting(store) == []
    withdraw(upload["id"], store=store)
    assert [one["rule"] for one in push(store, token, file)["problems"]] == ["known_file"]


def test_a_known_file_tells_nothing_to_a_token_without_its_unit(store, tmp_path):
    file = write(tmp_path / "a.csv", [sound("kpi_value", 1, unit_code=OTHERS)])
    publish([file], store=store)
    outcome = push(store, token_in(store, units=("23059",)), file)
    assert outcome["state"] == "refused" and "upload" not in outcome


def test_an_ended_token_publishes_nothing_more(store, tmp_path, monkeypatch):
    """What waits is dropped when its token is ended or loses its maker; when its time is over, it is published."""
    waiting = {}
    for name in ("ended", "expired", "orphaned"):
        means = tokens.LOCAL if name == "orphaned" else tokens.CONSOLE
        token = tokens.make(store, name, "nobody", means, None)[1]
        waiting[name] = push(store, token, write(tmp_path / f"{name}.csv", [sound("kpi_value", len(waiting) + 1)]))[
            "id"
        ]
        if name == "ended":
            tokens.end(store, token.id, "an")
        if name == "expired":
            path = tokens.folder(store) / f"{token.id}.json"
            path.write_text(path.read_text("utf-8").replace(token.until, "2020-01-01T00:00:00+00:00"), encoding="utf-8")
            assert tokens.by_id(store, token.id).is_expired
    drain(store)
    states = {name: pushes.outcome(store, one)["state"] for name, one in waiting.items()}
    assert states == {"ended": "refused", "expired": "published", "orphaned": "refused"} and len(uploads(store)) == 1


def test_what_changed_meanwhile_is_checked_again(store, tmp_path):
    """A dossier that became another unit's while the file waited is not taken away there."""
    token = token_in(store, units=("23059",))
    outcome = push(store, token, write(tmp_path / "a.csv", [sound("dossier", 1)]), "dossier")
    publish([write(tmp_path / "b.csv", [sound("dossier", 1, unit_code=OTHERS)])], store=store)
    drain(store)
    outcome = pushes.outcome(store, outcome["id"])
    assert outcome["state"] == "refused" and [one["rule"] for one in outcome["problems"]] == ["sender_unit"]
    assert len(uploads(store)) == 1


def test_a_fault_of_the_store_loses_nothing(store, tmp_path):
    outcome = push(store, token_in(store), write(tmp_path / "a.csv", [sound("kpi_value", 1)]))

    def broken(*arguments):
        raise StoreFault("full")

    assert not queue.publish_one(store, pushes.waiting(store)[0], broken)
    told = pushes.outcome(store, outcome["id"])
    assert told["state"] == "queued" and "Đĩa" in told["message"]
    drain(store)
    assert pushes.outcome(store, outcome["id"])["state"] == "published"


def test_a_file_that_kills_its_process_does_not_hold_up_the_others(store, tmp_path):
    token = token_in(store)
    bad = push(store, token, write(tmp_path / "a.csv", [sound("kpi_value", 1)]))
    good = push(store, token, write(tmp_path / "b.csv", [sound("kpi_value", 2)]))

    def dying(path, name, *more):
        if name == "a.csv":
            raise Rejected([check.Problem(name, 0, "", "", "", "", "worker_died")])
        return take(path, name, *more)

    for _ in range(10):
        if files := pushes.waiting(store):
            queue.publish_one(store, files[0], dying)
    assert [pushes.outcome(store, one["id"])["state"] for one in (bad, good)] == ["failed", "published"]


def test_a_file_of_another_version_is_told(store, tmp_path):
    outcome = push(store, token_in(store), write(tmp_path / "a.csv", [sound("kpi_value", 1)]))
    pushes.waiting(store)[0].write_bytes(b"x")
    assert queue.publish_one(store, pushes.waiting(store)[0], take)
    told = pushes.outcome(store, outcome["id"])
    assert told["state"] == "failed" and "gửi lại" in told["message"] and pushes.waiting(store) == []


def test_the_queue_has_an_end(store, tmp_path, monkeypatch):
    monkeypatch.setattr(pushes, "MOST_WAITING", 2)
    token = token_in(store)
    for number in (1, 2):
        push(store, token, write(tmp_path / f"{number}.csv", [sound("kpi_value", number)]))
    with pytest.raises(pushes.Full):
        push(store, token, write(tmp_path / "3.csv", [sound("kpi_value", 3)]))
    assert len(list((store / "pushes" / "queue").iterdir())) == 2


def test_old_outcomes_and_remains_go(store, tmp_path):
    outcome = push(store, token_in(store), write(tmp_path / "a.csv", [sound("kpi_value", 1)]))
    drain(store)
    left = store / "pushes" / "queue" / ".building-x.held"
    left.write_bytes(b"x")
    pushes.sweep(store)
    assert left.exists() and pushes.outcome(store, outcome["id"])
    old = time.time() - pushes.KEPT_DAYS * 86_400 - 60
    for path in (left, store / "pushes" / "outcomes" / f"{outcome['id']}.json"):
        os.utime(path, (old, old))
    pushes.sweep(store)
    assert not left.exists() and pushes.outcome(store, outcome["id"]) is None


def test_fifty_at_once_are_queued_and_published_in_turn(store, tmp_path):
    """Fifty threads push fifty files while two runners publish: none is lost, none is published twice."""
    token = token_in(store)
    files = [write(tmp_path / f"{number}.csv", [sound("kpi_value", 1, value=str(number + 20))]) for number in range(50)]
    runners = [queue.Runner(lambda: store, take) for _ in range(2)]
    for runner in runners:
        runner.start()
    told: list[dict] = []
    together = [threading.Thread(target=lambda file=file: told.append(push(store, token, file))) for file in files]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    assert len({one["id"] for one in told}) == 50 == len({one["order"] for one in told})
    deadline = time.monotonic() + 240
    while pushes.waiting(store) and time.monotonic() < deadline:
        time.sleep(0.2)
    for runner in runners:
        runner.stop()
    assert {one["file"] for one in uploads(store)} == {file.name for file in files} and len(uploads(store)) == 50
    states = [pushes.outcome(store, one["id"]) for one in told]
    assert {one["state"] for one in states} == {"published"} and len({one["snapshot"] for one in states}) == 50
    # In the order in which they were accepted.
    in_turn = [one["upload"] for one in sorted(states, key=lambda one: one["order"])]
    assert in_turn == [one["id"] for one in uploads(store)]
    assert list((store / "pushes" / "queue").iterdir()) == []


# ------------------------------------------------------------------------------------ nothing about a person


def planted(tmp_path: Path) -> list[tuple[str, Path]]:
    """Files with people everywhere: own columns, notes, codes, above and below the table, file and sheet."""
    lines = ["Người lập biểu: Nguyễn Văn Tám,0901234567", ""]
    header = [*sound("dossier"), "Họ tên người nộp", "Số điện thoại", "CCCD", "Địa chỉ"]
    lines.append(",".join(header))
    for number in range(1, 40):
        person = [NAMES[number], PHONES[number], IDENTITIES[number], HOMES[number % len(HOMES)].replace(",", ";")]
        kinds = {
            1: {"officer_code": NAMES[number]},
            2: {"late_cause": f"Ông {NAMES[number]} nộp muộn {PHONES[number]}"},
        }
        row = sound("dossier", number, **kinds.get(number % 5, {}))
        lines.append(",".join([*row.values(), *person]))
    lines += ["", f"Người ký: {NAMES[3]} {MAILS[0]}"]
    path = tmp_path / "Danh sach Nguyễn Văn Tám 0901234567.csv"
    lines = [line + "," * (len(header) - 1 - line.count(",")) if line else line for line in lines]
    path.write_text("\n".join(lines), encoding="utf-8")
    wrong = tmp_path / "sai.csv"
    rows = [sound("dossier", number, state=NAMES[number], unit_code=PHONES[number]) for number in range(1, 9)]
    write(wrong, [row | {"dossier_code": IDENTITIES[at]} for at, row in enumerate(rows)])
    shifted = tmp_path / "lech.csv"
    shifted.write_text("\n".join([",".join(header), *(f"x{line}" for line in lines[3:-2])]), encoding="utf-8")
    tasks = tmp_path / "viec.csv"
    task = {
        "initiative_code": "NV-{}",
        "unit_code": "23059",
        "kind": "task",
        "name": "",
        "due_on": "2024-05-01",
        "owner": "",
    }
    told = [
        task | {"initiative_code": f"NV-{at}", "name": f"Gặp {NAMES[at]}, {PHONES[at]}", "owner": NAMES[at + 9]}
        for at in range(9)
    ]
    return [("dossier", path), ("dossier", wrong), ("dossier", shifted), ("initiative", write(tasks, told))]


SECRETS = [*NAMES, *PHONES, *IDENTITIES, *MAILS, *HOMES]
FORBIDDEN = [re.escape(text.split(",")[0]).encode() for text in SECRETS] + ["Nguyễn Văn Tám".encode()]


def traces(store: Path) -> list[tuple[str, bytes]]:
    """The files of a store in which something about a person stands, also compressed in Parquet, or in a name."""
    found, sought = [], re.compile(b"|".join(FORBIDDEN))
    for path in (path for path in store.rglob("*") if path.is_file()):
        content = path.read_bytes() + str(path.relative_to(store)).encode()
        if path.suffix == ".parquet":
            content += "\n".join(map(str, duckdb.execute(f"FROM read_parquet({literal(path)})").fetchall())).encode()
        if path.suffix == ".held":
            held = pushes.read(path)
            content += json.dumps(held.look.taken.rows.to_pylist(), ensure_ascii=False).encode() + repr(held).encode()
        if match := sought.search(content):
            found.append((path.name, match[0]))
    return found


@pytest.mark.parametrize("valid_only", [False, True])
def test_nothing_about_a_person_is_on_disk(store, tmp_path, valid_only):
    """While files wait, after they were published, and in what is told of refused ones."""
    token, states = token_in(store), []
    for table, file in planted(tmp_path):
        assert re.search(b"|".join(FORBIDDEN), file.read_bytes())
        states.append(push(store, token, file, table, valid_only)["state"])
        assert traces(store) == []
    assert "queued" in states and "refused" in states
    assert pushes.waiting(store) and traces(store) == []
    drain(store)
    assert uploads(store) and traces(store) == []


# ------------------------------------------------------------------------------------ killed at every step

# One process that has imported everything forks another for each trial. That one ends itself, as by kill -9, before it
# opens for writing, flushes, renames or removes the n-th time.
SUICIDES = """
import os, signal, sys
from pathlib import Path
from ingest import pushes, queue
from ingest.store import build
from tests.test_pushes import push, take
from access import tokens
build.STATEMENTS = Path(sys.argv[1])
left = 0
def step():
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
def hook(event, details):
    changes = event in ("os.rename", "os.remove", "os.mkdir") or (event == "open" and (details[2] or 0) & (os.O_WRONLY | os.O_RDWR))
    if changes and str(details[0]).startswith(store):
        step()
def flush(handle, fsync=os.fsync):
    step()
    fsync(handle)
for line in sys.stdin:
    store, file, what, number = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if not child:
        left = int(number)
        sys.addaudithook(hook)
        os.fsync = flush
        if what == "push":
            push(Path(store), tokens.every(Path(store))[0], Path(file), "dossier")
        else:
            queue.publish_one(Path(store), pushes.waiting(Path(store))[0], take)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def until(quick, store) -> Iterator[Callable[[Path, Path, str, int], int]]:
    """until(store, file, what, step): push or publish in a process that kills itself at this step; returns how it ended."""
    with subprocess.Popen(
        [sys.executable, "-c", SUICIDES, str(quick)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:

        def run(place: Path, file: Path, what: str, step: int) -> int:
            server.stdin.write(f"{place}\t{file}\t{what}\t{step}\n")
            server.stdin.flush()
            return int(server.stdout.readline())

        yield run
        server.stdin.close()


@pytest.mark.slow
@pytest.mark.parametrize("what", ["push", "publish"])
def test_killed_before_each_step(store, tmp_path, until, what):
    """After a kill at any step the next runner publishes the file exactly once; a sender without an answer sends again."""
    (table, file), *_ = planted(tmp_path)
    publish([write(tmp_path / "first.csv", [sound("kpi_value", 1)])], store=store)
    token = token_in(store)
    if what == "publish":
        push(store, token, file, table)
    published_before_the_end = 0
    for step in range(150):
        place = shutil.copytree(store, tmp_path / "trial")
        ended = until(place, file, what, step)
        assert ended in (0, -signal.SIGKILL)
        assert traces(place) == []
        published_before_the_end += len(uploads(place)) == 2 and bool(pushes.waiting(place))
        if what == "push" and ended:
            push(place, tokens.by_id(place, token.id), file, table)
        drain(place)
        outcomes = [
            json.loads(path.read_text("utf-8")) for path in (place / "pushes" / "outcomes").glob("[0-9a-f]*.json")
        ]
        assert [one["state"] for one in outcomes] == ["published"], step
        assert [one["id"] for one in uploads(place)][1:] == [outcomes[0]["upload"]], step
        assert reader(place).snapshot.broken == () and outcomes[0]["snapshot"] == "s000002"
        pushes._LEFT, kept = -1, pushes._LEFT
        pushes.sweep(place)
        pushes._LEFT = kept
        assert [*(place / "pushes").rglob(".building-*"), *(place / "pushes" / "queue").iterdir()] == []
        assert traces(place) == []
        shutil.rmtree(place)
        if ended == 0:
            break
    assert step >= 8 and ended == 0
    assert what == "push" or published_before_the_end  # the kills between the swap and the end of the push
