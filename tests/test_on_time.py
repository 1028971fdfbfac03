"""The on-time algorithm in SQL, case by case as computed by hand; and a small file with all figures known.

The files are published by the real ingest. A filler dossier makes 29/03/2024 the date of the data.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

import queries
from ingest.publish import publish
from ingest.reading.look import Reading, look
from tests import oracle
from tests.browser import ROOT
from tests.test_check import sound, write
from tests.test_dossiers import answer, days_of
from tests.test_store import database

# Calendar of 2024: Tết off from Thursday 08/02 to Wednesday 14/02; 04/03, 11/03, 18/03 and 25/03 are Mondays.
BLANK = dict.fromkeys(
    ("intake_recorded_at", "due_at", "processed_at", "returned_at", "withdrawn_at", "ineligible_returned_at")
    + ("supplement_requested_at", "supplement_completed_at", "status_updated_at"),
    "",
)
PROCESSING = {"state": "processing"}
FILLER = BLANK | {"state": "processing", "received_at": "2024-03-29 08:00:00", "due_at": "2024-04-15 17:00:00"}


class Case(NamedTuple):
    """A description, the dossier's columns, and its list of March 2024; "" for none."""

    why: str
    says: dict[str, str]
    subset: str


def done(at: str, **more: str) -> dict[str, str]:
    """A dossier processed and returned at this moment."""
    return {"state": "returned", "processed_at": at, "returned_at": at, **more}


def asked(at: str, back: str = "", count: str = "1", **more: str) -> dict[str, str]:
    """A dossier with a request to its citizen."""
    return {"supplement_requested_at": at, "supplement_completed_at": back, "supplement_count": count, **more}


RECEIVED, DUE = "2024-03-04 08:00:00", "2024-03-11 17:00:00"
CASES = [
    Case("done a day before it is due", done("2024-03-08 10:00:00"), "resolved_early"),
    Case("done on the day, before the hour", done("2024-03-11 16:59:59"), "resolved_on_time"),
    Case("done at the very moment", done("2024-03-11 17:00:00"), "resolved_on_time"),
    Case("done one second late", done("2024-03-11 17:00:01"), "resolved_late"),
    Case("done after midnight of the due day", done("2024-03-12 00:30:00"), "resolved_late"),
    Case("due as a date, done that evening", done("2024-03-11 21:00:00", due_at="2024-03-11"), "resolved_on_time"),
    Case("due as a date, done the next day", done("2024-03-12 07:00:00", due_at="2024-03-11"), "resolved_late"),
    Case("done as a date on the due day", done("2024-03-11"), "resolved_on_time"),
    Case("done as a date the day after", done("2024-03-12"), "resolved_late"),
    Case(
        "processed in time, handed over later: processing counts",
        {"state": "returned", "processed_at": "2024-03-11 09:00:00", "returned_at": "2024-03-20 09:00:00"},
        "resolved_on_time",
    ),
    Case(
        "only handed over, and late",
        {"state": "returned", "returned_at": "2024-03-12 09:00:00"},
        "resolved_late",
    ),
    Case("withdrawn in time", {"state": "withdrawn", "withdrawn_at": "2024-03-06 09:00:00"}, "resolved_early"),
    Case("withdrawn after it was due", {"state": "withdrawn", "withdrawn_at": "2024-03-13 09:00:00"}, "resolved_late"),
    Case("stopped in time", {"state": "stopped", "ineligible_returned_at": "2024-03-11 09:00:00"}, "resolved_on_time"),
    Case("stopped late", {"state": "stopped", "ineligible_returned_at": "2024-03-14 09:00:00"}, "resolved_late"),
    Case("refused at the counter: never accepted", {"state": "not_accepted"}, ""),
    Case("only registered: never accepted", {"state": "registered", "received_at": ""}, ""),
    Case(
        "three days of the citizen's come off: 14/03 becomes 11/03",
        done("2024-03-14 16:00:00", **asked("2024-03-05 08:00:00", "2024-03-08 08:00:00")),
        "resolved_on_time",
    ),
    Case(
        "with one hour too many it stays late",
        done("2024-03-14 18:00:00", **asked("2024-03-05 08:00:00", "2024-03-08 08:00:00")),
        "resolved_late",
    ),
    Case(
        "supplement as dates: days come off days",
        done("2024-03-13 16:00:00", **asked("2024-03-05", "2024-03-07")),
        "resolved_on_time",
    ),
    Case("waiting since before it was due", PROCESSING | asked("2024-03-08 08:00:00"), "open_in_time"),
    Case("asked only after it was due", PROCESSING | asked("2024-03-12 08:00:00"), "open_late"),
    Case("asked a second time", PROCESSING | asked("2024-03-08 08:00:00", count="2"), "open_late"),
    Case(
        "the citizen came back: the clock runs to the end of the data",
        PROCESSING | asked("2024-03-06 08:00:00", "2024-03-08 08:00:00"),
        "open_late",
    ),
    Case("open and past due", PROCESSING, "open_late"),
    Case(
        "open at the end of the day on which it was due by hour",
        PROCESSING | {"due_at": "2024-03-29 17:00:00"},
        "open_late",
    ),
    Case("open and due the day before", PROCESSING | {"due_at": "2024-03-28 17:00:00"}, "open_late"),
    Case(
        "put off to a new date: the first one counts",
        done("2024-03-13 09:00:00", rescheduled_at="2024-03-15", reschedule_count="1"),
        "resolved_late",
    ),
    Case(
        "no date: one working day over a weekend, done on Monday",
        done("2024-03-11 16:00:00", received_at="2024-03-08 09:00:00", due_at=""),
        "resolved_on_time",
    ),
    Case(
        "no date: done on Tuesday",
        done("2024-03-12 09:00:00", received_at="2024-03-08 09:00:00", due_at=""),
        "resolved_late",
    ),
    Case("done before the period", done("2024-02-28 09:00:00", received_at="2024-02-26 08:00:00"), ""),
    Case(
        "no date, 20 working days from the eve of Tết: its five do not count, the last is 13/03",
        done("2024-03-13 16:00:00", received_at="2024-02-07 09:00:00", due_at="", procedure_code="1.002273"),
        "resolved_on_time",
    ),
    Case(
        "the same, a day later",
        done("2024-03-14 08:00:00", received_at="2024-02-07 09:00:00", due_at="", procedure_code="1.002273"),
        "resolved_late",
    ),
]
PARTS = ["resolved_early", "resolved_on_time", "resolved_late", "open_in_time", "open_late"]


def rows_of(case: Case, number: int) -> dict[str, str]:
    """The case as a row of the file."""
    base = sound("dossier", number, **BLANK) | {"rescheduled_at": "", "received_at": RECEIVED, "due_at": DUE}
    return base | case.says


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    """lists(subset, …): the codes of a list of March 2024 in a store with the cases."""
    folder = tmp_path_factory.mktemp("cases")
    rows = [rows_of(case, number) for number, case in enumerate(CASES, start=1)]
    rows.append(sound("dossier", 999, **FILLER) | {"rescheduled_at": ""})
    # So few rows of February look like what was left open when the file begins.
    seen = look(write(folder / "cases.csv", rows), Reading(covers={"from_on": "2024-02-01", "older": "all"}))
    publish([seen], store=folder / "store")
    reader = queries.snapshots.reader(folder / "store")

    def ask(subset: str, period: str = "2024-03", **more: str) -> list[str]:
        wanted = queries.question("dossier_list")
        choices = {"calendar": "solar", "period": period, "unit": "597", "field": "", "channel": "", "search": ""}
        choices |= {"sort": "dossier_code", "page": "all", "subset": subset, **more}
        choices |= days_of(folder / "store", "solar", period)
        answer = reader.answer(wanted.sql, tuple(sorted((name, choices[name]) for name in wanted.parameters)))
        return answer["dossier_code"].tolist()

    return ask


@pytest.mark.parametrize("number", range(1, len(CASES) + 1), ids=[case.why for case in CASES])
def test_case(lists, number):
    """The dossier is in the expected list, and in no other part of the whole."""
    code = sound("dossier", number)["dossier_code"]
    assert [part for part in PARTS if code in lists(part)] == list(filter(None, [CASES[number - 1].subset]))


class Midnight(NamedTuple):
    """A description, the dossier's columns, and its list where moments are compared and where days are."""

    why: str
    says: dict[str, str]
    by_moment: str
    by_day: str


JUDGED = "2024-03-29"  # a Friday, the last day of the data
MIDNIGHT = [
    Midnight("ended in the last second", done("2024-03-11 23:59:59"), "resolved_late", "resolved_on_time"),
    Midnight("ended at midnight: a date, its beginning", done("2024-03-12 00:00:00"), "resolved_late", "resolved_late"),
    Midnight("ended a second after midnight", done("2024-03-12 00:00:01"), "resolved_late", "resolved_late"),
    Midnight("ended an hour late on its day", done("2024-03-11 18:00:00"), "resolved_late", "resolved_on_time"),
    Midnight("ended as a date, due that morning", done("2024-03-11", due_at="2024-03-11 07:30:00"), "resolved_on_time", "resolved_on_time"),
    Midnight("due a minute after midnight, ended as that date", done("2024-03-11", due_at="2024-03-11 00:01:00"), "resolved_on_time", "resolved_on_time"),
    Midnight("due a minute after midnight, ended at dawn", done("2024-03-11 06:00:00", due_at="2024-03-11 00:01:00"), "resolved_late", "resolved_on_time"),
    Midnight("due as a date, ended in its last second", done("2024-03-11 23:59:59", due_at="2024-03-11"), "resolved_on_time", "resolved_on_time"),
    Midnight("due at 23:59, ended half a minute later", done("2024-03-11 23:59:30", due_at="2024-03-11 23:59:00"), "resolved_on_time", "resolved_on_time"),
    Midnight("due at 23:58, ended at 23:59", done("2024-03-11 23:59:00", due_at="2024-03-11 23:58:00"), "resolved_late", "resolved_on_time"),
    Midnight("due as a date, ended as the next", done("2024-03-12", due_at="2024-03-11"), "resolved_late", "resolved_late"),
    Midnight("ended late in the evening before", done("2024-03-10 23:59:59"), "resolved_early", "resolved_early"),
    Midnight("open, due as the judged day", PROCESSING | {"due_at": JUDGED}, "open_in_time", "open_in_time"),
    Midnight("open, due in the morning of the judged day", PROCESSING | {"due_at": f"{JUDGED} 07:00:00"}, "open_late", "open_in_time"),
    Midnight("open, due in the last second of the judged day", PROCESSING | {"due_at": f"{JUDGED} 23:59:59"}, "open_in_time", "open_in_time"),
    Midnight("open, due at 23:59 of the judged day", PROCESSING | {"due_at": f"{JUDGED} 23:59:00"}, "open_in_time", "open_in_time"),
    Midnight("open, due at 23:58 of the judged day", PROCESSING | {"due_at": f"{JUDGED} 23:58:00"}, "open_late", "open_in_time"),
    Midnight("open, due just after the judged day", PROCESSING | {"due_at": "2024-03-30 00:00:01"}, "open_in_time", "open_in_time"),
    Midnight("open, due as the day before", PROCESSING | {"due_at": "2024-03-28"}, "open_late", "open_late"),
    Midnight("open without a date, a statutory day that ends on the judged one", PROCESSING | {"received_at": "2024-03-28 09:00:00", "due_at": ""}, "open_in_time", "open_in_time"),
    Midnight("ended the day after the judged one: open, due by hour", done("2024-03-30 08:00:00", due_at=f"{JUDGED} 17:00:00"), "open_late", "open_in_time"),
    Midnight("asked on the due day after its hour", PROCESSING | asked("2024-03-11 17:30:00"), "open_late", "open_in_time"),
    Midnight("asked on the due day, as a date", PROCESSING | asked("2024-03-11"), "open_in_time", "open_in_time"),
    Midnight("asked at the very moment", PROCESSING | asked("2024-03-11 17:00:00"), "open_in_time", "open_in_time"),
    Midnight("a wait of two days and an hour comes off: 18:00 becomes 17:00", done("2024-03-13 18:00:00", **asked("2024-03-05 08:00:00", "2024-03-07 09:00:00")), "resolved_on_time", "resolved_on_time"),
    Midnight("one second more", done("2024-03-13 18:00:01", **asked("2024-03-05 08:00:00", "2024-03-07 09:00:00")), "resolved_late", "resolved_on_time"),
    Midnight("a wait without hours: whole days, 18:00 stays 18:00", done("2024-03-13 18:00:00", **asked("2024-03-05", "2024-03-07")), "resolved_late", "resolved_on_time"),
    Midnight("a wait of 23 hours over midnight, due as a date", done("2024-03-12 22:00:00", due_at="2024-03-11", **asked("2024-03-05 10:00:00", "2024-03-06 09:00:00")), "resolved_on_time", "resolved_on_time"),
    Midnight("the same within one day: by days nothing comes off", done("2024-03-12 02:00:00", due_at="2024-03-11", **asked("2024-03-05 08:00:00", "2024-03-05 11:00:00")), "resolved_on_time", "resolved_late"),
    Midnight("waiting, asked nobody says how often", PROCESSING | asked("2024-03-08 08:00:00", count=""), "open_in_time", "open_in_time"),
    Midnight("waiting, asked late nobody says how often", PROCESSING | asked("2024-03-12 08:00:00", count=""), "open_late", "open_late"),
    Midnight("a wait that is said to go on after the end", done("2024-03-13 10:00:00", **asked("2024-03-12 08:00:00", "2024-03-20 08:00:00")), "resolved_late", "resolved_late"),
    Midnight("asked after the end: no wait", done("2024-03-13 10:00:00", **asked("2024-03-14 08:00:00", "2024-03-20 08:00:00")), "resolved_late", "resolved_late"),
    Midnight("due and ended as dates, a wait of an hour: no day comes off", done("2024-03-12", due_at="2024-03-11", **asked("2024-03-05 08:00:00", "2024-03-05 09:00:00")), "resolved_late", "resolved_late"),
    Midnight("ended as a date after a wait of an hour: no day comes off", done("2024-03-12", **asked("2024-03-05 08:00:00", "2024-03-05 09:00:00")), "resolved_late", "resolved_late"),
]  # fmt: skip
RULES = {"moment": "by_moment", "day": "by_day"}


@pytest.fixture(scope="module", params=RULES)
def midnight(request, tmp_path_factory):
    """The rule of time, and the lists of March 2024 of each case of MIDNIGHT under it, in SQL and in plain Python."""
    folder = tmp_path_factory.mktemp(request.param)
    rows = [rows_of(Case(case.why, case.says, ""), number) for number, case in enumerate(MIDNIGHT, start=1)]
    rows.append(sound("dossier", 999, **FILLER) | {"rescheduled_at": ""})
    reference = folder / "reference"
    shutil.copytree(ROOT / "data" / "reference", reference)
    settings = oracle.rows(reference / "setting.csv")
    settings = [row | ({"value": request.param} if row["setting_code"] == "time_rule" else {}) for row in settings]
    changed = write(reference / "setting.csv", settings)
    file = write(folder / "cases.csv", rows)
    publish([changed], store=folder / "store")
    publish([file], store=folder / "store", reading=Reading(covers=COVERED))
    found = defaultdict(list)
    with duckdb.connect(str(database(folder / "store")), read_only=True) as snapshot:
        for part in PARTS:
            listed = f"SELECT dossier_code FROM listed_dossier(DATE '2024-03-01', DATE '{JUDGED}', '{part}')"
            for (code,) in snapshot.execute(listed).fetchall():
                found[code].append(part)
        counted = snapshot.execute(
            f"SELECT {', '.join(PARTS)} FROM subset_cell WHERE calendar = 'solar' AND period_code = '2024-03'"
        ).fetchall()
        steps = snapshot.execute(
            "SELECT numerator, denominator FROM progress WHERE calendar = 'solar' AND period_code = '2024-03' AND cut = 'full' AND unit_code = '597' AND indicator_code = 'T05'"
        ).fetchall()
    (folder / "alone").mkdir()
    shutil.copy(file, folder / "alone")
    day = date.fromisoformat(JUDGED)
    covers = oracle.Coverage(frozenset(row["unit_code"] for row in rows), date(2024, 3, 1), day, "all", day)
    data = oracle.read(folder / "alone", reference, {"cases.csv": covers})
    plain = {}
    for one in oracle.standings(data, "597", "solar", "2024-03"):
        ended = f"resolved_{one.dossier.verdict}" if one.resolved else ""
        plain[one.dossier.code] = ended or ("open_late" if one.late else "open_in_time")
    return request.param, found, [sum(column) for column in zip(*counted, strict=True)], steps[0], plain


def test_around_midnight(midnight):
    """Each dossier is in the list that the rule of time gives, worked by hand, and so says plain Python."""
    rule, found, _, _, plain = midnight
    for number, case in enumerate(MIDNIGHT, start=1):
        code = sound("dossier", number)["dossier_code"]
        wanted = getattr(case, RULES[rule])
        assert (found[code], plain[code]) == ([wanted], wanted), case.why


def test_the_figures_count_as_the_lists_do(midnight):
    """The cube and the share on time are sums of the same judgement."""
    rule, found, counted, on_time, _ = midnight
    every = [part for parts in found.values() for part in parts]
    assert counted == [every.count(part) for part in PARTS]
    assert on_time == (sum(not part.endswith("late") for part in every), len(every))
    assert len({case.why for case in MIDNIGHT}) >= 20 and any(case.by_moment != case.by_day for case in MIDNIGHT)


def test_there_are_enough_cases():
    """Each branch of the rule has a case."""
    assert len(CASES) >= 25 and {case.subset for case in CASES} == {*PARTS, ""}


STOPPED = {"state": "stopped"}
COVERED = {"from_on": "2024-03-01", "to_on": JUDGED, "older": "all"}
GIVEN_BACK = [
    Case("a day before, late in the evening", {"ineligible_returned_at": "2024-03-10 23:59:00"}, "ineligible_early"),
    Case("on the day, before the hour", {"ineligible_returned_at": "2024-03-11 07:00:00"}, "ineligible_last_day"),
    Case("on the day, as a date", {"ineligible_returned_at": "2024-03-11"}, "ineligible_last_day"),
    Case("on the day, after the hour", {"ineligible_returned_at": "2024-03-11 17:00:01"}, "ineligible_late"),
    Case("the day after", {"ineligible_returned_at": "2024-03-12"}, "ineligible_late"),
    Case("without its own date: processed before", {"processed_at": "2024-03-08 10:00:00"}, "ineligible_early"),
    Case("without its own date: returned on the day", {"returned_at": "2024-03-11 09:00:00"}, "ineligible_last_day"),
    Case("without its own date: processed after", {"processed_at": "2024-03-13"}, "ineligible_late"),
]


def test_given_back_as_not_eligible(tmp_path):
    """Each dossier is in its band; in time is before the day that it was due, by the date it was given back or its end."""
    rows = [rows_of(case._replace(says=STOPPED | case.says), number) for number, case in enumerate(GIVEN_BACK, start=1)]
    rows.append(sound("dossier", 999, **FILLER) | {"rescheduled_at": ""})
    store = tmp_path / "store"
    publish([write(tmp_path / "cases.csv", rows)], store=store, reading=Reading(covers={"older": "all"}))
    with duckdb.connect(str(database(store)), read_only=True) as snapshot:
        for number, case in enumerate(GIVEN_BACK, start=1):
            found = [
                band
                for band in ("ineligible_early", "ineligible_last_day", "ineligible_late")
                if (sound("dossier", number)["dossier_code"],)
                in snapshot.execute(
                    f"SELECT dossier_code FROM listed_dossier(DATE '2024-03-01', DATE '2024-03-29', '{band}')"
                ).fetchall()
            ]
            assert found == list(filter(None, [case.subset])), case.why
        asked = "SELECT numerator, denominator FROM progress WHERE calendar = 'solar' AND period_code = '2024-03' AND cut = 'full' AND unit_code = '597' AND indicator_code = 'T12'"
        assert snapshot.execute(asked).fetchall() == [(2, 8)]


def test_what_is_open_is_carried_over(lists):
    """February's open dossiers are carried over to March, and the form's sums hold."""
    february, carried = lists("open_total", period="2024-02"), lists("carried_over")
    assert sorted(february) == sorted(carried)
    whole = lists("handled")
    assert sorted(whole) == sorted([*carried, *lists("received")])
    assert sorted(whole) == sorted(code for part in PARTS for code in lists(part))


# Forty dossiers of the first quarter of 2024 in groups: number, unit, columns, and their lists.
class Group(NamedTuple):
    """Several equal dossiers, and every list of the quarter that contains them."""

    count: int
    unit: str
    says: dict[str, str]
    lists: tuple[str, ...]


EARLIER = {"received_at": "2023-12-27 08:00:00", "due_at": "2024-01-05 17:00:00"}
FORTY = [
    Group(10, "23059", done("2024-03-08 10:00:00"), ("received", "received_direct", "resolved", "resolved_early")),
    Group(
        6,
        "23059",
        done("2024-03-11 10:00:00", channel="online"),
        ("received", "received_online", "resolved", "resolved_on_time"),
    ),
    Group(
        4,
        "23092",
        done("2024-03-13 10:00:00", apology_at="2024-03-08"),
        ("received", "received_direct", "resolved", "resolved_late", "late", "late_apologised", "apology_timely")
        + ("unexplained",),
    ),
    Group(
        3,
        "23092",
        done("2024-03-13 10:00:00", apology_at="2024-03-12", late_cause="N1", channel="postal"),
        (
            "received",
            "received_direct",
            "received_postal",
            "resolved",
            "resolved_late",
            "cause_N1",
            "late",
            "late_apologised",
        )
        + ("apology_untimely",),
    ),
    Group(
        5,
        "23092",
        PROCESSING,
        ("received", "received_direct", "open_total", "open_late", "late", "late_without_apology", "late_11_30")
        + ("unexplained",),
    ),
    Group(
        2,
        "23059",
        PROCESSING | {"due_at": "2024-04-02 17:00:00"},
        ("received", "received_direct", "open_total", "open_in_time", "due_3", "due_5"),
    ),
    Group(
        3,
        "597-DD",
        PROCESSING | asked("2024-03-08 08:00:00"),
        ("received", "received_direct", "open_total", "open_in_time", "open_waiting"),
    ),
    Group(
        2,
        "597-DD",
        EARLIER | done("2024-01-04 10:00:00"),
        ("carried_over", "resolved", "resolved_early"),
    ),
    Group(
        2,
        "597-DD",
        EARLIER | {"state": "stopped", "ineligible_returned_at": "2024-01-05 10:00:00"},
        ("carried_over", "resolved", "resolved_on_time", "ineligible", "ineligible_last_day"),
    ),
    Group(
        1,
        "23059",
        {"state": "processing", "processed_at": "2024-03-08 10:00:00"},
        ("received", "received_direct", "resolved", "resolved_early", "not_closed", "closing_untimely"),
    ),
    Group(1, "23059", {"state": "not_accepted"}, ()),
    Group(
        1,
        "23059",
        {"state": "processing", "received_at": "2024-03-29 08:00:00", "due_at": "2024-04-15 17:00:00"},
        ("received", "received_direct", "open_total", "open_in_time"),
    ),
]


@pytest.fixture(scope="module")
def forty(tmp_path_factory) -> Path:
    """A store with the forty dossiers."""
    folder = tmp_path_factory.mktemp("forty")
    rows = []
    for group in FORTY:
        for _ in range(group.count):
            row = rows_of(Case("", group.says, ""), len(rows) + 1) | {"unit_code": group.unit}
            day = row["received_at"][2:10].replace("-", "")
            rows.append(row | {"dossier_code": f"H11.16.01-{day}-{len(rows) + 1:04}"})
    assert len(rows) == 40
    whole = Reading(covers={"older": "all"})
    publish([write(folder / "forty.csv", rows)], store=folder / "store", reading=whole)
    return folder / "store"


@pytest.mark.parametrize("unit", ["597", "23059", "23092", "597-DD", "23062"])
def test_forty(forty, unit):
    """Every list of the first quarter, of the district and of each unit, has the number of dossiers given above."""
    subsets = answer(forty, "dossier_subsets", calendar="solar", period="2024-Q1", unit=unit)
    found = subsets.set_index("subset_code")["dossiers"].to_dict()
    mine = [group for group in FORTY if unit in ("597", group.unit)]
    expected = {name: sum(group.count for group in mine if name in group.lists) for name in found}
    expected["handled"] = sum(group.count for group in mine if group.lists)
    # All are birth registrations: fully online, free, with a paper result that was not digitised.
    expected["received_full"] = expected["online_base"] = expected["received"]
    expected["online_counted"] = expected["received_online"]
    expected["received_full_online"] = expected["received_online"]
    # The file has no columns for what was paid online, digitised or used again.
    unknown = ("paid_online", "digitised", "reused", "result_electronic") if mine else ()
    expected |= dict.fromkeys(unknown)
    # The statutory time is one working day, and none ended before the fourth.
    expected["resolved_used_6"], expected["ineligible_used_6"] = expected["resolved"], expected["ineligible"]
    assert found == expected
