"""The page “Tình hình số liệu”: what was sent by whom, what is missing, what each page needs."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import queries
from ingest.publish import publish
from ingest.reading.look import Reading
from ingest.schema import LISTS, UPLOADED, tables
from ingest.store import archive
from ingest.store.build import needed_columns
from ingest.template import TITLES
from tests import oracle, small
from tests.answers import answers, same_rows
from tests.browser import ROOT, serve
from tests.test_known import without
from tests.wire import Client
from ui import missing
from ui.data_health import MONTHLY
from ui.menu import HEALTH, MENU
from ui.needs import page_needs
from ui.view import View
from words.columns import written
from words.sentences import reminder, why_lacking

WHO = "Nguyễn Thị Kiểm Thử"
LEFT, RIGHT, LATE = "23059", "23062", "23065"  # two communes are ahead by a month
NAMES = {LEFT: "thị trấn Ma Lâm", RIGHT: "thị trấn Phú Long", LATE: "xã La Dạ"}


# --------------------------------------------------------------------- the same in plain Python


def number_of(day: date) -> int:
    """The number of a month, as in queries/build."""
    return day.year * 12 + day.month - 1


def first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def last_of(month: int) -> date:
    return first_of(month + 1) - timedelta(days=1)


def span_of(period: str) -> tuple[int, int]:
    """The first and the last month of a period code."""
    year = int(period[:4]) * 12
    if len(period) == 4:
        return year, year + 11
    kind, part = (period[5], int(period[6:])) if period[5].isalpha() else ("M", int(period[5:]))
    length = {"M": 1, "Q": 3, "H": 6, "C": part}[kind]
    return (year, year + part - 1) if kind == "C" else (year + (part - 1) * length, year + part * length - 1)


class Sent:
    """The files of a store and what they cover, in plain Python."""

    def __init__(self, store: Path, files: list[Path], reference: dict[str, list[dict[str, str]]]):
        uploads = archive.newest_manifest(store)["uploads"]
        self.uploads = {upload["order"]: upload for upload in uploads}
        self.reference, self.rows = reference, defaultdict(list)
        of_name = {path.name: path for path in files}
        for upload in uploads:
            if upload["table"] in UPLOADED:
                self.rows[upload["table"]] += [(upload["order"], row) for row in oracle.rows(of_name[upload["file"]])]
        self.covers = [
            {
                **upload["coverage"],
                **{name: date.fromisoformat(upload["coverage"][name]) for name in ("from_on", "to_on")},
            }
            for upload in uploads
            if "coverage" in upload
        ]
        self.as_of = max(one["to_on"] for one in self.covers)
        begun = first_of(number_of(min(one["from_on"] for one in self.covers)))
        self.months = range(number_of(min(begun, date(self.as_of.year, 1, 1))), number_of(self.as_of) + 1)

    def known_days(self, unit: str, month: int) -> set[date]:
        days = [first_of(month) + timedelta(days=at) for at in range((last_of(month) - first_of(month)).days + 1)]
        return {
            day for day in days for one in self.covers if unit in one["units"] and one["from_on"] <= day <= one["to_on"]
        }

    @property
    def received(self) -> dict[str, tuple[str, date]]:
        """The unit and the day of receipt of every dossier."""
        return {
            row["dossier_code"]: (row["unit_code"], date.fromisoformat(row["received_at"][:10]))
            for _, row in self.rows["dossier"]
            if row["received_at"]
        }

    @cache  # noqa: B019
    def lines(self, table: str) -> list[tuple[int, str, int, int, dict]]:
        """Upload, unit, first and last month, row: in which months a row counts."""
        frequency = {row["indicator_code"]: row["frequency"] for row in self.reference["indicator"]}
        found = []
        for order, row in self.rows[table]:
            if table in ("dossier", "dossier_step"):
                if row["dossier_code"] not in self.received:
                    continue
                unit, day = self.received[row["dossier_code"]]
                found.append((order, unit, number_of(day), number_of(day), row))
            elif table == "kpi_value":
                last = span_of(row["period"])[1]
                held = {"year": 12, "half": 6, "quarter": 3}.get(frequency[row["indicator_code"]], 1)
                found.append((order, row["unit_code"], last, last + (0 if "C" in row["period"] else held - 1), row))
            elif table == "service_report":
                found.append((order, row["unit_code"], *span_of(row["period"]), row))
            else:
                begun = row["start_on"] or row["due_on"] or row["completed_on"] or "1900-01-01"
                over = row["completed_on"] or (row["due_on"] if float(row["percent"] or 0) >= 100 else "")
                last = number_of(date.fromisoformat(over)) if over else 999999
                found.append((order, row["unit_code"], number_of(date.fromisoformat(begun)), last, row))
        return found

    def of_month(self, table: str, unit: str, month: int) -> list[tuple[int, dict]]:
        return [
            (order, row) for order, of, first, last, row in self.lines(table) if of == unit and first <= month <= last
        ]

    def known(self, table: str, unit: str, month: int) -> int:
        there = self.of_month(table, unit, month)
        if table == "dossier":
            return len(self.known_days(unit, month))
        if table == "dossier_step":
            return len({row["dossier_code"] for _, row in there} & self.three_tier(unit, month))
        if table == "kpi_value":
            return len({row["indicator_code"] for _, row in there})
        return min(1, len(there)) if table == "service_report" else len(there)

    def older_known(self, unit: str, month: int) -> bool:
        """Whether the older open dossiers are known when a month begins for a unit."""
        days = self.known_days(unit, month)
        if not days:
            return True
        day = min(days)
        before = {one for number in range(month - 4, month) for one in self.known_days(unit, number)} | {day}
        while day in before:
            if any(
                unit in one["units"] and one["from_on"] <= day <= one["to_on"] and one["older"] == "all"
                for one in self.covers
            ):
                return True
            day -= timedelta(days=1)
        return (min(days) - day).days > 92

    def three_tier(self, unit: str, month: int) -> set[str]:
        """The accepted land dossiers of three tiers that a unit received in a month."""
        land = {row["procedure_code"] for row in self.reference["procedure"] if row["three_tier"] == "true"}
        return {
            row["dossier_code"]
            for _, row in self.of_month("dossier", unit, month)
            if row["procedure_code"] in land and row["state"] not in ("registered", "not_accepted")
        }

    def grid(self, table: str, until: int) -> list[dict[str, object]]:
        """What question filing_grid answers."""
        own = [row for row in self.reference["unit"] if row["parent_code"] == "597" and row["valid_from"] < "2025"]
        own.sort(key=lambda row: (row["kind"] != "commune", oracle.vietnamese_order(row["name"])))
        own.append(next(row for row in self.reference["unit"] if row["unit_code"] == "597"))
        group = {row["unit_code"]: {"commune": 1, "district": 3}.get(row["kind"], 2) for row in own}
        months = [month for month in self.months if month <= until]
        shown = months[-12:]
        known = {(unit, month): self.known(table, unit, month) for unit in group for month in months}
        most = {
            part: max([1, *(known[unit, month] for unit in group for month in shown if group[unit] == part)])
            for part in (1, 2, 3)
        }
        rows, place = [], 0
        for row in own:
            unit = row["unit_code"]
            is_always = group[unit] == 1 or (group[unit] == 3 and table == "kpi_value")
            if not (is_always or any(known[unit, month] for month in months)):
                continue
            place += 1
            known_to = None
            for month in months:
                there = known[unit, month]
                if there:
                    known_to = max(self.known_days(unit, month)) if table == "dossier" else last_of(month)
                if month not in shown:
                    continue
                expected = {
                    "dossier": (min(self.as_of, last_of(month)) - first_of(month)).days + 1,
                    "dossier_step": len(self.three_tier(unit, month)),
                    "kpi_value": most[group[unit]],
                    "service_report": 1,
                    "initiative": there,
                }[table]
                sent = self.of_month(table, unit, month)
                filing = "none" if not (expected or there) else "missing" if not there else "part"
                older = table != "dossier" or self.older_known(unit, month)
                rows.append(
                    {
                        "table_name": table,
                        "unit_code": unit,
                        "unit_name": row["name"],
                        "full_name": row["full_name"],
                        "unit_sort": place,
                        "period_code": f"{first_of(month):%Y-%m}",
                        "period_title": f"Tháng {month % 12 + 1}/{month // 12}",
                        "short_title": f"T{month % 12 + 1}/{month // 12 % 100}",
                        "sort": 12 - (shown[-1] - month),
                        "filing": "whole" if there and there >= expected and older else filing,
                        "known": there,
                        "expected": expected,
                        "known_to": known_to,
                        "older_known": older,
                        "rows_known": True,
                        "row_count": len(sent),
                        "upload_orders": " ".join(map(str, sorted({order for order, _ in sent}))),
                    }
                )
        return rows

    def files(self, table: str, units: set[str], until: int) -> list[dict[str, object]]:
        """What question sent_files answers."""
        shown = [month for month in self.months if month <= until][-12:]
        titles = {column.name: column.title for column in tables()["dossier"].columns}
        rows = []
        for order in sorted({order for order, *_ in self.lines(table)}, reverse=True):
            mine = [
                (unit, month)
                for of, unit, first, last, _ in self.lines(table)
                for month in shown
                if of == order and unit in units and first <= month <= last
            ]
            if not mine:
                continue
            covers = self.uploads[order].get("coverage", {}) if table == "dossier" else {}
            had = next((set(row) for of, row in self.rows[table] if of == order), set())
            lacks = sorted(titles[name] for name in needed_columns() - had) if table == "dossier" else []
            at = [min(month for _, month in mine), max(month for _, month in mine)]
            rows.append(
                {
                    "upload_order": order,
                    "first_title": f"T{at[0] % 12 + 1}/{at[0] // 12 % 100}",
                    "last_title": f"T{at[1] % 12 + 1}/{at[1] // 12 % 100}",
                    "row_count": len(mine),
                    "units": len({unit for unit, _ in mine}),
                    **{
                        name: covers and date.fromisoformat(covers[name]) or None
                        for name in ("from_on", "to_on", "as_of")
                    },
                    "older": covers.get("older"),
                    "column_titles": ", ".join(f"“{title}”" for title in lacks) or None,
                }
            )
        return rows


def sent_by(world: small.World) -> Sent:
    return Sent(world.store, sorted((world.store.parent / "files").glob("*.csv")), world.reference)


# ------------------------------------------------------------------- two communes ahead by a month


def some(unit: str, first: date, last: date, count: int) -> list[dict[str, str]]:
    """Dossiers that a unit received in these days; the last of them is open."""
    rows = []
    for number in range(count):
        received = first + (last - first) * number / max(1, count - 1)
        ended = "" if number == count - 1 else f"{min(received + timedelta(days=3), last)} 10:00"
        rows.append(
            {
                "dossier_code": f"{unit}-{first:%m}-{number:02}",
                "unit_code": unit,
                "procedure_code": "1.001193",
                "state": "returned" if ended else "processing",
                "received_at": f"{received} 08:00",
                "due_at": f"{received + timedelta(days=10)} 08:00",
                "processed_at": ended,
            }
            | dict.fromkeys(needed_columns() - {"processed_at"}, "")
        )
    return rows


def value(unit: str, period: str, indicator: str) -> dict[str, str]:
    return {"unit_code": unit, "period": period, "indicator_code": indicator, "numerator": "3", "denominator": "4"}


@pytest.fixture(scope="module")
def ahead(tmp_path_factory) -> Sent:
    """A store with January and February of three communes, and March of two: once without its refused row."""
    folder = tmp_path_factory.mktemp("ahead")
    reference = {path.stem: oracle.rows(path) for path in (ROOT / "data" / "reference").glob("*.csv")}
    winter = [
        row
        for unit in (LEFT, RIGHT, LATE)
        for first in (date(2024, 1, 2), date(2024, 2, 1))
        for row in some(unit, first, date(2024, 2, 29) if first.month == 2 else date(2024, 1, 31), 8)
    ]
    values = [
        value(unit, month, code)
        for unit in (LEFT, RIGHT, LATE)
        for month in ("2024-01", "2024-02")
        for code in ("S01", "S02")
    ]
    values += [value(LEFT, "2024-03", "S01"), value(LEFT, "2024-03", "S02"), value(RIGHT, "2024-03", "S01")]
    march = [row for unit in (LEFT, RIGHT) for row in some(unit, date(2024, 3, 1), date(2024, 3, 31), 10)]
    unknown = {"procedure_code": "9.999999"}
    wrong = march[0] | unknown | {"dossier_code": "23059-03-99", "due_at": "31/02/2024 08:00"}
    files = [folder / name for name in ("mua-dong.csv", "chi-tieu.csv", "thang-3.csv")]
    late = winter[0] | {"dossier_code": "23059-01-99", "due_at": "31/02/2024 08:00"}
    lacking = ("late_cause", "officer_code")
    small.write(files[0], [*winter, late])
    small.write(files[1], values)
    small.write(files[2], without([*march, wrong], *lacking))
    store = folder / "store"
    publish(files[:2], store=store, who=WHO, reading=covered("2024-01-01", "2024-02-29"), valid_only=True)
    publish(files[2:], store=store, who=WHO, reading=covered("2024-03-01", "2024-03-31"), valid_only=True)
    small.write(files[0], winter)  # the rows that count
    small.write(files[2], without(march, *lacking))
    sent = Sent(store, files, reference)
    sent.store = store
    return sent


def covered(first: str, last: str) -> Reading:
    """What a person states of the files: later files have the older open dossiers too."""
    return Reading(covers={"from_on": first, "to_on": last, "as_of": last, "older": "all"})


@contextmanager
def looking_at(store: Path, monkeypatch) -> Iterator[None]:
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    token = queries._pinned.set(None)
    queries.look_from("main")
    yield
    queries._pinned.reset(token)


@pytest.fixture
def there(ahead, monkeypatch) -> Iterator[Sent]:
    """Let queries.load read the store in which two communes are ahead."""
    with looking_at(ahead.store, monkeypatch):
        yield ahead


MARCH = {"calendar": "solar", "period": "2024-03", "unit": "597"}


# ------------------------------------------------------------------------------------ the questions


@pytest.mark.parametrize("until", ["2024-11", "2024-06", "2024-Q3"])
@pytest.mark.parametrize("table", MONTHLY)
@answers("filing_grid")
def test_who_sent_what_of_the_small_district(here, table, until):
    found = queries.load("filing_grid", calendar="solar", period=until, table=table)
    same_rows(found, sent_by(here).grid(table, span_of(until)[1]))


@pytest.mark.parametrize("table", MONTHLY)
@answers("filing_grid")
def test_who_sent_what_where_two_are_ahead(there, table):
    same_rows(queries.load("filing_grid", table=table, **MARCH), there.grid(table, span_of("2024-03")[1]))


def test_two_communes_are_ahead(there):
    """By hand: who has sent March, as dossiers and as indicators."""
    rows = written(queries.load("filing_grid", table="dossier", **MARCH)).set_index(["unit_code", "period_code"])
    assert set(rows.loc[LEFT]["filing"]) == {"whole"} and rows.loc[LATE]["filing"].tolist() == [
        "whole",
        "whole",
        "missing",
    ]
    assert (
        rows.loc[(LATE, "2024-03"), "text"] == "–"
        and rows.loc[(LATE, "2024-03"), "told_text"] == "chưa có; mới đến 29/02/2024"
    )
    assert (
        rows.loc[(LEFT, "2024-03"), "told_text"].replace("\u00a0", " ")
        == "đã có đủ: 31/31 ngày, đến 31/03/2024 · 10 dòng"
    )
    assert rows.loc[("23068", "2024-03"), "told_text"] == "chưa có; chưa có tệp nào"
    values = written(queries.load("filing_grid", table="kpi_value", **MARCH)).set_index(["unit_code", "period_code"])
    assert values["text"][[(LEFT, "2024-03"), (RIGHT, "2024-03"), (LATE, "2024-03")]].tolist() == ["✓", "1/2", "–"]


@pytest.mark.parametrize(
    ("table", "unit"), [("dossier", "597"), ("kpi_value", "597"), ("initiative", small.TWIN), ("dossier", small.TWIN)]
)
@answers("sent_files", order=False)
def test_which_files_of_the_small_district(here, table, unit):
    sent = sent_by(here)
    units = {row["unit_code"] for row in here.reference["unit"]} if unit == "597" else {unit}
    same_rows(
        queries.load("sent_files", calendar="solar", period="2024-11", table=table, unit=unit),
        sent.files(table, units, span_of("2024-11")[1]),
    )


@pytest.mark.parametrize("unit", ["597", LEFT, LATE])
@answers("sent_files")
def test_which_files_where_two_are_ahead(there, unit):
    """The newest file first; the columns that a file lacks are named."""
    found = queries.load("sent_files", table="dossier", **MARCH | {"unit": unit})
    same_rows(found, there.files("dossier", {LEFT, RIGHT, LATE} if unit == "597" else {unit}, span_of("2024-03")[1]))
    if unit == "597":
        assert found["column_titles"].tolist()[0] == "“Mã cán bộ”, “Nguyên nhân trễ”" and len(found) == 2


@answers("unclear_units")
def test_unclear_dossiers_by_unit(there):
    """The dossiers open in February that the files of March do not name; a commune without a file of March has none."""
    rows = [(LEFT, "Thị trấn Ma Lâm"), (RIGHT, "Thị trấn Phú Long")]
    same_rows(
        queries.load("unclear_units"),
        [
            {"unit_code": code, "name": name, "dossiers": 2, "told_on": date(2024, 2, 29), "period_code": "2024-03"}
            for code, name in rows
        ],
    )


@answers("refused")
def test_refused_rows_by_table(there):
    """The rows of all files of a table together."""
    same_rows(queries.load("refused"), [{"table_name": "dossier", "missing_rows": 2, "uploads": 2}])


@answers("refused_files")
def test_refused_rows_by_file(there):
    """The newest file first."""
    rows = [{"upload_order": order, "table_name": "dossier", "missing_rows": 1} for order in (3, 1)]
    same_rows(queries.load("refused_files"), rows)


@pytest.mark.parametrize(
    ("unit", "period", "asked", "known", "every", "until", "older", "columns"),
    [
        ("597", "2024-03", {}, 2, 17, date(2024, 3, 31), True, "“Mã cán bộ”, “Nguyên nhân trễ”"),
        ("597", "2024-03", {"columns": "officer_code channel"}, 2, 17, date(2024, 3, 31), True, "“Mã cán bộ”"),
        ("597", "2024-03", {"list": "unexplained"}, 2, 17, date(2024, 3, 31), True, "“Nguyên nhân trễ”"),
        ("597", "2024-03", {"list": "late"}, 2, 17, date(2024, 3, 31), True, None),
        ("597", "2024-03", {"indicator": "T05"}, 2, 17, date(2024, 3, 31), True, None),
        (
            "597",
            "2024-03",
            {"indicator": "T14", "columns": "officer_code channel"},
            2,
            17,
            date(2024, 3, 31),
            True,
            None,
        ),
        ("597", "2024-02", {}, 3, 17, date(2024, 2, 29), True, None),
        (LATE, "2024-03", {}, 0, 1, None, True, None),
    ],
)
@answers("period_gap", order=False)
def test_why_a_box_is_empty(there, unit, period, asked, known, every, until, older, columns):
    expected = {
        "known_units": known,
        "all_units": every,
        "known_on": until,
        "older_known": older,
        "rows_known": True,
        "silent_names": None,
        "column_titles": columns,
        "member_word": "xã",
    }
    asked = {"columns": "*", "list": "", "indicator": ""} | asked
    same_rows(queries.load("period_gap", calendar="solar", period=period, unit=unit, **asked), [expected])


# --------------------------------------------------------------------------------------- the words


def test_the_reminder_is_a_sentence_to_copy(there):
    rows = written(queries.load("filing_grid", table="dossier", **MARCH))
    newest = rows[rows["period_code"] == "2024-03"]
    said = reminder("dossier", "Tháng 3/2024", newest["late_text"], True)
    assert said.startswith("Chưa có số liệu hồ sơ tháng 3/2024: xã Đa Mi (chưa có tệp nào), ") and said.endswith(".")
    assert f"{NAMES[LATE]} (mới đến 29/02/2024)" in said
    assert NAMES[LEFT] not in said and NAMES[RIGHT] not in said and "(, " not in said
    assert (
        reminder("service_report", "Tháng 3/2024", ["", ""]) == "Mọi đơn vị đã gửi đủ số liệu biểu II.06 tháng 3/2024."
    )
    values = written(queries.load("filing_grid", table="kpi_value", **MARCH))
    late = values.loc[values["period_code"] == "2024-03", "late_text"]
    assert f"{NAMES[RIGHT]} (mới có 1/2 chỉ tiêu)" in reminder("kpi_value", "Tháng 3/2024", late)


@pytest.mark.parametrize(
    ("known_to", "known", "text"),
    [(date(2024, 2, 15), 15, "đến 15/02"), (date(2024, 2, 29), 20, "20/29"), (date(2024, 2, 15), 5, "5/29")],
)
def test_a_month_known_in_part(known_to, known, text):
    """A hole at the end of a month is said by its day, another one by the number of days."""
    row = {"filing": "part", "table_name": "dossier", "known_to": known_to, "known": known, "expected": 29}
    frame = pd.DataFrame([row | {"row_count": 1, "full_name": "Xã Hàm Đức", "older_known": True, "rows_known": True}])
    frame.attrs["question"] = "filing_grid"
    assert written(frame)["text"][0] == text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((["Điểm bộ chỉ số"], "", 0, 0), "Chưa có tệp điểm bộ chỉ số."),
        (([], "mới 2/17 xã có số liệu hồ sơ", 15, 17), "15/17 dòng chưa đủ số liệu: mới 2/17 xã có số liệu hồ sơ."),
        (([], "", 0, 0), "Không có gì để hiện: trong kỳ không có hồ sơ nào như vậy."),
        (([], "", 3, 17), "3/17 dòng chưa đủ số liệu: đơn vị chưa gửi, hoặc không có gì để tính."),
    ],
)
def test_why_in_one_line(asked, said):
    assert why_lacking(*asked) == said


def test_boxes_say_why_by_the_tables_behind_them(there):
    """A box of scores of districts lacks its table; one of a reported indicator is not explained by dossiers."""
    told = []
    view = SimpleNamespace(
        snapshot=queries.snapshot(), period=object(), explain=told.append,
        ask=lambda name, **more: written(queries.load(name, **MARCH | {"columns": "*"} | more)),
    )  # fmt: skip
    nothing = pd.DataFrame({"status": []})
    nothing.attrs = {"question": "district_scores", "asked": {}}
    missing.tell_why(nothing, view)
    some_units = pd.DataFrame({"status": ["met", "missing", "partial"]})
    some_units.attrs = {"question": "commune_indicator", "asked": {"indicator": "T05"}}
    missing.tell_why(some_units, view)
    some_units.attrs["asked"] = {"indicator": "S01"}
    missing.tell_why(some_units, view)
    missing.tell_why(some_units[:1], view)
    assert told == [
        "Chưa có tệp điểm bộ chỉ số.",
        # Its own columns are in every file.
        "2/3 dòng chưa đủ số liệu: mới 2/17 xã có số liệu hồ sơ.",
        "2/3 dòng chưa đủ số liệu: đơn vị chưa gửi, hoặc không có gì để tính.",
    ]


@pytest.mark.parametrize(("page", "linked"), [("Tổng quan", ["pages/data_health.py"]), (HEALTH, [])])
def test_the_line_leads_to_the_page_with_the_reader_s_choices(page, linked, monkeypatch):
    """On the page itself the line leads nowhere."""
    led = []
    monkeypatch.setattr("ui.view.st.page_link", lambda to, **more: led.append((to, more["query_params"])))
    monkeypatch.setattr("ui.view.st.session_state", {})
    chosen = {"kind": "month", "period": "2024-03"}
    View(page, None, pd.Series(dtype=object), None, choices=dict(chosen)).explain("2/17 xã")
    assert led == [(to, chosen) for to in linked]


# ------------------------------------------------------------------------------ what each page needs


# Of these pages the questions are asked by the documents that they make.
DOCUMENTS = ("playlist", "word", "service_form", "collection", "__init__")
MADE_ELSEWHERE = {"present.py", "documents.py"}
# A table of which a question reads no more than it could do without, so that the page does not need it.
NOT_NEEDED = {
    **{
        (page, "initiative"): "the start of a pilot stands beside a line that is whole without it"
        for page in ("dossiers.py", "overdue.py", "service_index.py")
    },
    ("overdue.py", "dossier_step"): "without steps the chance of a land dossier is that of its procedure",
    ("dossier_list.py", "dossier_step"): "the same",
    **{("present.py", table): "slides tell of no list" for table in LISTS},
    **{
        ("dashboard.py", table): "whose arrival is overdue is told of whatever anybody sends"
        for table in ("dossier_step", "service_report", "initiative")
    },
    ("commune.py", "index_score"): "goals are told with the last assessment, which only a home has",
    ("ranking.py", "dossier"): "the name of the home stands beside the date of the data",
}
WITHOUT_DATA = {"data_health.py", "administration.py", "account.py"}


def defined(path: Path) -> tuple[dict[str, ast.AST], dict[str, tuple[str, str]]]:
    """The functions of a file, and what it imports from ui."""
    parsed = ast.parse(path.read_text(encoding="utf-8"))
    own = {node.name: node for node in parsed.body if isinstance(node, ast.FunctionDef)}
    taken = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in parsed.body
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ui.")
        for alias in node.names
    }
    return own, taken


def asked_in(node: ast.AST, path: Path, seen: set) -> set[str]:
    """The questions that a piece of a page asks, also by the functions of ui that it uses."""
    own, taken = defined(path)
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and getattr(part.func, "attr", "") in ("ask", "load") and part.args:
            texts = [one.value for one in ast.walk(part.args[0]) if isinstance(one, ast.Constant)]
            found |= {text for text in texts if (queries.FOLDER / f"{text}.sql").exists()}
        if isinstance(part, ast.Name) and (path, part.id) not in seen:
            seen.add((path, part.id))
            if part.id in own:
                found |= asked_in(own[part.id], path, seen)
            elif part.id in taken and taken[part.id][0] not in ("ui.view", "ui.missing"):
                module, name = taken[part.id]
                other = ROOT / f"{module.replace('.', '/')}.py"
                if name in defined(other)[0]:
                    found |= asked_in(defined(other)[0][name], other, seen)
    return found


def tables_of(page: str) -> set[str]:
    """The uploaded tables behind the questions that a page asks."""
    path = ROOT / page
    names = asked_in(ast.parse(path.read_text(encoding="utf-8")), path, set()) - {"freshness"}
    if path.name in MADE_ELSEWHERE:
        for name in DOCUMENTS:
            module = ROOT / "reports" / f"{name}.py"
            names |= asked_in(ast.parse(module.read_text(encoding="utf-8")), module, set()) - {"freshness"}
    return set().union(*(queries.question(name).made_of for name in names))


@pytest.mark.parametrize("page", [page for page, *_ in MENU if Path(page).name not in WITHOUT_DATA])
def test_a_page_needs_the_tables_behind_its_questions(page):
    listed = {need["table"] for need in page_needs() if need["page"] == Path(page).name}
    assert listed == tables_of(page) - {table for name, table in NOT_NEEDED if name == Path(page).name}


def test_the_needed_columns_are_those_that_some_figure_needs():
    """Each page names columns of its table; together they name every column without which a figure is unknown."""
    named = set()
    for need in page_needs():
        columns = set(need["columns"].split())
        assert columns <= (needed_columns() if need["table"] == "dossier" else set()) and need["lights"], need
        named |= columns
    assert named == needed_columns()


# --------------------------------------------------------------------------------------- the page


@pytest.fixture(scope="module")
def shown(ahead, tmp_path_factory):
    """shown(role, page): what a reader of this role gets of a page, with data and on an empty store."""
    folder = tmp_path_factory.mktemp("shown")

    def open_as(role: str, page: str = "data_health", query: str = "", store: Path = ahead.store):
        secrets = folder / f"{role}.toml"
        secrets.write_text(f'[access]\nanonymous = "{role}"\n', encoding="utf-8")
        log = folder / f"{role}.log"
        settings = {"DASHBOARD_STORE": str(store), "DASHBOARD_SECRETS": str(secrets)}
        with serve(ROOT / "server.py", log, **settings) as address, Client(address) as client:
            return client.open(page, query)

    return open_as


def test_a_viewer_sees_what_was_sent_but_no_person(shown):
    page = shown("viewer")
    assert "Trang này gặp lỗi" not in page.words and "exception" not in page.kinds
    assert "Chưa có số liệu hồ sơ tháng 3/2024: xã Đa Mi" in page.words
    assert "thang-3.csv" in page.words and "1 hồ sơ bị trả lại" in page.words.replace("\u00a0", " ")
    assert "2 hồ sơ chưa rõ, không rõ từ 29/02/2024" in page.words.replace("\u00a0", " ")
    assert WHO not in page.words and "Người nạp" not in page.words
    assert not page.downloads and "Nạp số liệu" not in page.texts
    [figure] = page.figures
    hovers = json.dumps(figure, ensure_ascii=False).replace("\u00a0", " ").replace("<br>", " ")
    lacks = "không có cột “Mã cán bộ”, “Nguyên nhân trễ”, thiếu 1 hồ sơ bị trả lại, từ chưa biết: Mã thủ tục 1"
    assert f"u000003 ({lacks})" in hovers and "u000001 (thiếu 1 hồ sơ bị trả lại)" in hovers
    assert figure["layout"]["meta"]["alt"].endswith(
        "Hàm Phú, Hàm Thắng, Hàm Trí, Hồng Liêm, Hồng Sơn, La Dạ, Thuận Hòa, Thuận Minh."
    )


def test_an_analyst_sees_who_sent_it_and_gets_the_templates_that_are_missing(shown):
    page = shown("analyst", query="table=kpi_value&unit=23059")
    assert WHO in page.words and "Người nạp" in page.words and "chi-tieu.csv" in page.words
    listed = {TITLES[table] for table in LISTS}
    assert (
        set(page.downloads)
        == {"Bước xử lý hồ sơ đất đai", "Biểu II.06", "Điểm bộ chỉ số", "Điểm 766 trên Cổng", "Mô hình, nhiệm vụ"}
        | listed
    )
    assert "Nạp số liệu" in page.texts


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_the_page_of_an_empty_store(shown, role, tmp_path):
    """It says what every page needs; an analyst gets every template."""
    page = shown(role, store=tmp_path / "store")
    assert "Trang này gặp lỗi" not in page.words and "Chưa có tệp nào được nạp" in page.words
    assert "tệp Điểm bộ chỉ số" in page.words and "Xếp hạng 10 huyện" in page.words
    assert len(page.downloads) == (len(UPLOADED) if role == "analyst" else 0)


def test_empty_boxes_lead_to_the_page(shown):
    """A page without its table says so in one line, with the reader's choices in the link."""
    page = shown("viewer", "ranking")
    assert "Chưa có tệp điểm bộ chỉ số." in page.words
    page = shown("viewer", "", "kind=month&period=2024-03")
    assert "Chưa có tệp điểm bộ chỉ số." in page.words and "2/17" in page.words
    assert "period=2024-03" in page.links["data_health"].query_string
    assert HEALTH in page.texts
