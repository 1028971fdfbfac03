"""The sources of data: when each sent last, when it should send again, which is overdue; and what the pages say of it."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from statistics import median

import pytest

import queries
from ingest.publish import publish
from ingest.schema import UPLOADED
from ingest.sender import Sender
from ingest.store import sources
from tests import oracle
from tests.answers import answers, same_rows
from tests.test_check import sound, write
from tests.test_data_health import Sent, last_of, sent_by
from words.columns import written
from words.sentences import overdue_sources

FOLDER, TOKEN = "Xã A", "Phần mềm một cửa"
SOURCES = [
    {"sender": "folder", "name": FOLDER, "every_days": 7},
    {"sender": "token", "name": TOKEN, "every_days": None},
    {"sender": "folder", "name": "Xã B", "every_days": 30},
]
SENDERS = [("", ""), ("folder", FOLDER), ("token", TOKEN), ("folder", "đã bỏ")]


def arrived(uploads: list[dict], first: date, gaps: list[int]) -> list[dict]:
    """Arrivals of the uploads of a store, on made-up days and of made-up senders; some files arrive again and again."""
    found, day = [], first
    for number, upload in enumerate(one for one in uploads * 6 if one["table"] in UPLOADED):
        sender, name = SENDERS[upload["order"] % 7 if upload["order"] % 7 < len(SENDERS) else 0]
        day += timedelta(days=gaps[number % len(gaps)])
        found.append(
            {"order": upload["order"], "table": upload["table"], "sender": sender, "name": name, "on": day.isoformat()}
        )
    return found


def reach(sent: Sent) -> dict[str, dict[tuple[int, str], date | None]]:
    """Of which units an upload of a table tells, and up to which day."""
    found: dict[str, dict[tuple[int, str], date | None]] = defaultdict(dict)
    for order, upload in sent.uploads.items():
        for unit in upload.get("coverage", {}).get("units", ()):
            found["dossier"][order, unit] = date.fromisoformat(upload["coverage"]["to_on"])
    for table in ("dossier_step", "kpi_value", "service_report", "initiative"):
        for order, unit, first, last, _ in sent.lines(table):
            months = [month for month in sent.months if first <= month <= last]
            if months:
                day = None if table == "initiative" else max(filter(None, [last_of(months[-1]), found[table].get((order, unit))]))  # fmt: skip
                found[table][order, unit] = day
    return found


def by_source(sent: Sent, uploads: list[dict]) -> dict[tuple, dict[date, date | None]]:
    """The days on which each source has sent, and up to which day each arrival tells."""
    told = reach(sent)
    own = {row["unit_code"] for row in sent.reference["unit"] if row["parent_code"] == "597" and row["valid_from"] < "2025"} | {"597"}  # fmt: skip
    events: dict[tuple, list[tuple[int, str, date, date | None]]] = defaultdict(list)
    for one in uploads:
        units = {unit: day for (order, unit), day in told.get(one["table"], {}).items() if order == one["order"]}
        day = date.fromisoformat(one["on"])
        if one["sender"]:
            newest = max(filter(None, units.values()), default=None)
            events[one["sender"], one["name"], "", ""].append((0, "", day, newest))
        for unit in units.keys() & own if told.get(one["table"]) else [""]:
            events["", "", one["table"], unit].append((one["order"], one["sender"], day, units.get(unit)))
    found = {}
    for key, listed in events.items():
        newest = max(order for order, *_ in listed)
        if key[0] or any(not sender for order, sender, *_ in listed if order == newest):
            days: dict[date, date | None] = {}
            for _, _, day, until in listed:
                days[day] = max(filter(None, [days.get(day), until]), default=None)
            found[key] = days
    return found


def expected(sent: Sent, uploads: list[dict], today: date) -> list[dict]:
    """What question arrivals answers."""
    every = {(one["sender"], one["name"]): one["every_days"] for one in SOURCES}
    names = {row["unit_code"]: row for row in sent.reference["unit"] if row["valid_from"] < "2025"}
    found = by_source(sent, uploads) | {(*key, "", ""): {} for key in every if not any(one["name"] == key[1] for one in uploads)}  # fmt: skip
    groups: dict[tuple, list[str]] = defaultdict(list)
    for (sender, name, table, unit), days in found.items():
        at = sorted(days)
        waits = [(after - before).days for before, after in zip(at, at[1:], strict=False)][-8:]
        usual = math.ceil(median(waits)) if len(at) >= 4 else None
        each = every.get((sender, name)) if sender else None
        gone = names[unit]["valid_to"] if unit else ""
        is_expected = (sender, name) in every if sender else not gone or gone >= today.isoformat()
        wait = each or usual
        due = at[-1] + timedelta(days=wait) if at and is_expected and wait else None
        late = due and (today - at[-1]).days > (each or max(waits))
        until = max(filter(None, days.values()), default=None)
        standing = (
            "never"
            if not at
            else "ended"
            if not is_expected
            else "overdue"
            if late
            else "in_time"
            if due
            else "unknown"
        )
        row = (sender, name, table, len(at), at[-1] if at else None, until and min(until, at[-1]), each, usual, due, standing, (today - due).days if late else None)  # fmt: skip
        groups[row].append(unit)
    keys = ("sender", "source_name", "table_name", "arrivals", "last_on", "told_to", "every_days", "usual_days", "expected_on", "standing", "days_over")  # fmt: skip
    rows = []
    for row, units in groups.items():
        listed = [names[unit]["full_name"] for unit in sorted(filter(None, units), key=lambda unit: oracle.vietnamese_order(names[unit]["name"]))]  # fmt: skip
        rows.append(dict(zip(keys, row, strict=True)) | {"units": len(listed), "unit_names": ", ".join(listed[:6]) or None})  # fmt: skip
    return rows


def placed(rows: list[dict]) -> list[dict]:
    """The rows in an order that does not depend on what is equal."""
    return sorted(rows, key=lambda row: tuple(str(row[name]) for name in ("sender", "source_name", "table_name", "last_on", "told_to", "arrivals", "unit_names")))  # fmt: skip


def ask(uploads: list[dict], today: date):
    return queries.load("arrivals", today=today.isoformat(), uploads=json.dumps(uploads), sources=json.dumps(SOURCES))


@pytest.mark.parametrize("gaps", [[0, 3, 8, 1], [9], [0, 0, 0, 40]])
@pytest.mark.parametrize("after", [0, 6, 60, 400])
@answers("arrivals", order=False)
def test_every_source_in_plain_python(here, gaps, after):
    """Days, rhythm, what is awaited and what is overdue, of folders, tokens and of the tables of units."""
    sent = sent_by(here)
    uploads = arrived(list(sent.uploads.values()), date(2024, 9, 2), gaps)
    today = date.fromisoformat(uploads[-1]["on"]) + timedelta(days=after)
    found = ask(uploads, today)
    text = found.astype(object).where(found.notna(), None)
    rows = [{name: value.date() if isinstance(value, datetime) else value for name, value in row.items()} for row in text.to_dict("records")]  # fmt: skip
    by_name = placed(rows)
    wanted = placed(expected(sent, uploads, today))
    assert [{name: row[name] for name in wanted[0]} for row in by_name] == wanted


@answers("arrivals")
def test_overdue_first_then_never(here):
    """By hand: a folder that is late by its settings, one that has never sent, a table with a learned rhythm."""
    days = ["2024-11-01", "2024-11-08", "2024-11-15", "2024-11-25"]
    uploads = [
        {"order": 900 + at, "table": "index_score", "sender": "", "name": "", "on": day} for at, day in enumerate(days)
    ]
    uploads += [{"order": 910, "table": "product", "sender": "folder", "name": FOLDER, "on": "2024-11-20"}]
    columns = ["sender", "source_name", "table_name", "arrivals", "expected_on", "standing", "days_over"]
    late = ("folder", FOLDER, "", 1, date(2024, 11, 27), "overdue", 8)
    never = ("folder", "Xã B", "", 0, None, "never", None)
    # Learned: 7 days as a rule, and once ten; so the fifth of December is the last day that is not late.
    rest = ("", "", "index_score", 4, date(2024, 12, 2), "in_time", None)
    token = ("token", TOKEN, "", 0, None, "never", None)
    same_rows(
        ask(uploads, date(2024, 12, 5)), [dict(zip(columns, row, strict=True)) for row in (late, token, never, rest)]
    )
    later = (("", "", "index_score", 4, date(2024, 12, 2), "overdue", 4), token, ("folder", FOLDER, "", 0, None, "never", None), never)  # fmt: skip
    same_rows(ask(uploads[:4], date(2024, 12, 6)), [dict(zip(columns, row, strict=True)) for row in later])


def test_the_line_of_the_overview():
    """Overdue is apart from never sent; nothing is said if neither is."""
    assert overdue_sources([], 0) == ""
    assert overdue_sources(["A (2 ngày)"], 0) == "Quá hạn gửi số liệu: A (2 ngày)."
    assert overdue_sources([], 2) == "Chưa gửi lần nào: 2 nguồn."


def test_arrivals_that_count(tmp_path):
    """A withdrawn upload is none, nor a list of the program; the sender is kept, a person's name is not asked with."""
    store = tmp_path / "store"
    publish([write(tmp_path / "a.csv", [sound("kpi_value", 1)])], store=store, who="Lê Thị Thử")
    publish([write(tmp_path / "b.csv", [sound("kpi_value", 2)])], store=store, who=FOLDER, sender=Sender(kind="folder"))
    from ingest.publish import withdraw
    from ingest.store import archive

    uploads = archive.newest_manifest(store)["uploads"]
    assert ["sender" in upload for upload in uploads] == [False, True]
    said = json.loads(sources.asked(tmp_path, uploads)["uploads"])
    assert [(one["sender"], one["name"]) for one in said] == [("", ""), ("folder", FOLDER)]
    withdraw(uploads[1]["id"], store=store)
    assert len(json.loads(sources.asked(store, archive.newest_manifest(store)["uploads"])["uploads"])) == 1


def test_a_moment_is_a_day_here(tmp_path):
    """Late in the evening in UTC it is tomorrow in Vietnam."""
    upload = {"order": 1, "table": "dossier", "who": "x", "at": datetime(2024, 3, 4, 20, tzinfo=UTC).isoformat(), "state": "live", "real_rows": 1}  # fmt: skip
    [said] = json.loads(sources.asked(tmp_path, [upload])["uploads"])
    assert said["on"] == "2024-03-05"


def test_words(here):
    found = written(ask([], date(2024, 12, 5)))
    assert set(found["standing_word"]) == {"chưa gửi lần nào"} and found["sentence"].str.startswith("chưa gửi").all()
