"""The portal's workbooks and lists, layout by layout (tests/portal_exports.py), and the rules for their points."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date
from functools import partial
from pathlib import Path

import pytest

import queries
from ingest import Rejected, check
from ingest.publish import publish
from ingest.reading.look import Reading, load, look_at
from ingest.reading.mapping import recognise
from queries.snapshot import reader
from tests import portal_exports as portal
from tests import small
from tests.known import knowing
from tests.portal_exports import NAMES, OURS, POINTS, TOTAL, workbook
from words.columns import written

LIEM, SON, THANG, LAM_DONG = "23095", "23086", "22933", "68"
WHOLE = {**POINTS, "total": TOTAL}


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A connection with the reference data."""
    with knowing(tmp_path_factory.mktemp("empty")) as connection:
        yield connection


class Read:
    """What became of one file: its rows, what was said, and what was refused."""

    def __init__(self, connection, data: bytes, name: str = "diem.xlsx", **columns: str):
        self.look = look_at(data, name, Reading(columns=columns))
        check.create_problem_table(connection)
        source = load(connection, self.look)
        check.check(connection, source)
        self.warnings = {problem.rule: problem for problem in check.problems(connection, "warning")}
        self.rejects = [problem.rule for problem in check.problems(connection, "reject")]
        self.rows = connection.execute(
            "SELECT unit_code, period, portal_group, points, maximum, rank, ranked_units, captured_on, provisional FROM incoming ORDER BY line"
        ).fetchall()

    def points(self, unit: str) -> dict[str, float]:
        """The points of one unit by group."""
        return {group: points for code, _, group, points, *_ in self.rows if code == unit}

    def total(self, unit: str) -> tuple:
        """Period, rank, of how many, day and whether provisional, of a unit's total."""
        return next((row[1], *row[5:]) for row in self.rows if (row[0], row[2]) == (unit, "total"))


def test_a_workbook_of_all_sheets(known):
    """Overview of the province and both rankings; what the groups are made of is named and left out."""
    read = Read(known, workbook(portal.overview, portal.components, portal.ranking), period="=2026")
    assert not read.rejects and read.look.mapping.table.name == "portal_score"
    assert read.points(LAM_DONG) == WHOLE == read.points(LIEM)
    assert read.points(THANG) == {**POINTS, "progress": 12.5, "payment": 4, "total": 63.49}
    assert read.total(LIEM)[:3] == ("2026", 2, None) and read.total(THANG)[1] == 4
    assert read.total(LAM_DONG) == ("2026", None, None, date(2026, 10, 10), None)
    assert {row[0] for row in read.rows} == {LAM_DONG, LIEM, THANG}
    # The rank is of the row, not of each group; the most points come from the headers.
    assert {row[5] for row in read.rows if row[2] != "total"} == {None}
    assert {row[2]: row[4] for row in read.rows if row[0] == LIEM} == {
        **{g: n[3] for g, n in NAMES.items()},
        "total": 100,
    }
    assert set(read.warnings) == {"portal_other_units", "sheets_together", "sheet_left_out"}
    assert "28 điểm của 4 đơn vị ngoài danh mục: Sở Nội vụ" in read.warnings["portal_other_units"].reason
    assert "2. Chi tiết" in read.warnings["sheet_left_out"].reason


def test_the_period_that_no_title_says_is_asked(known):
    """The day on which the points were shown is offered, never taken."""
    seen = look_at(workbook(portal.overview, portal.ranking), "diem.xlsx", Reading())
    assert seen.mapping.missing == ["period"] and "period" in seen.mapping.sayable and seen.likely == {"period": "2026"}
    with pytest.raises(Rejected) as refused:
        load(known, seen)
    assert {problem.rule for problem in refused.value.problems} == {"missing_column"}


def test_ranks_of_one_list_are_counted_within_each_level(known):
    read = Read(known, workbook(portal.mixed_ranking), period="=2026")
    given = {row[2]: at for at, row in enumerate(sorted(portal.RANKED, key=lambda row: -portal.total(row[3])), 1)}
    assert given[OURS] == 4  # among offices of the province
    assert read.total(LIEM)[1] == 2 and read.total(THANG)[1] == 4 and not read.rejects


def test_a_group_that_could_not_be_fetched_is_not_0(known):
    read = Read(known, workbook(partial(portal.overview, failed="payment")), period="=2026")
    assert read.points(LAM_DONG) == {group: points for group, points in POINTS.items() if group != "payment"}
    assert {"portal_no_points", "portal_part_of_total"} == set(read.warnings) and not read.rejects


@pytest.mark.parametrize("provisional", [True, False])
def test_a_sheet_for_each_group(known, provisional):
    """The header has two rows with merged cells; the metrics' points are not the group's."""
    read = Read(known, workbook(partial(portal.group_sheets, provisional=provisional)))
    assert not read.rejects
    assert read.points(LIEM) == POINTS
    assert read.points(SON) == {group: points for group, points in POINTS.items() if group != "satisfaction"}
    assert {row[1] for row in read.rows} == {"2026-Q3"} and {row[7] for row in read.rows} == {date(2026, 10, 3)}
    assert {row[8] for row in read.rows} == ({True} if provisional else {None})
    assert {"portal_no_points", "portal_other_units", "sheets_together"} == set(read.warnings)


@pytest.mark.parametrize(
    ("period", "code"), [("Tháng 9/2026", "2026-09"), ("Quý III/2026", "2026-Q3"), ("Năm 2026", "2026")]
)
def test_six_groups_of_one_unit(known, period, code):
    read = Read(known, workbook(partial(portal.six_groups, period=period)))
    assert not read.rejects and not read.warnings
    assert read.points(LIEM) == WHOLE
    assert read.total(LIEM) == (code, 12, 102, date(2026, 10, 2), False)


def test_a_list_of_one_unit_with_its_context(known):
    read = Read(known, portal.as_csv(), "diem.csv")
    assert not read.rejects and not read.warnings
    assert read.points(LIEM) == WHOLE and read.total(LIEM) == ("2026-09", 12, 102, date(2026, 10, 2), False)


def test_a_list_without_one_group_has_no_total(known):
    read = Read(known, portal.as_csv("progress"), "diem.csv")
    assert read.points(LIEM) == {group: points for group, points in POINTS.items() if group != "progress"}
    assert set(read.warnings) == {"portal_no_points"} and "không tính là 0" in read.warnings["portal_no_points"].reason


def test_components_are_summed_where_all_are_there(known):
    """Of both exporters; a group that lacks a component is left out and named."""
    read = Read(known, workbook(portal.components), period="=2026", unit_code=f"={OURS}")
    assert read.points(LIEM) == {"publicity": 11.85} and not read.rejects
    assert "Mức độ hài lòng 12/18 điểm" in read.warnings["portal_part_of_group"].reason
    read = Read(known, workbook(portal.parts))
    assert read.points(LIEM) == {"publicity": 11.85} and read.rows[0][1] == "2026-09" and not read.rejects


@pytest.mark.parametrize(
    "data",
    [
        portal.as_csv(scope="TTHC 2.000815"),
        portal.as_csv(scope="Theo thủ tục hành chính"),
        workbook(partial(portal.six_groups, scope="TTHC 2.000815")),
    ],
)
def test_points_of_one_procedure_are_refused(known, data):
    name = "diem.csv" if data.startswith(b"\xef\xbb\xbf") else "diem.xlsx"
    read = Read(known, data, name)
    assert set(read.rejects) == {"portal_score_one_procedure"} and len(read.rejects) == 7


def test_units_of_another_province_are_left_out(known):
    """Also one that is called like ours."""
    read = Read(known, portal.as_csv(province="Tỉnh Cà Mau"), "diem.csv")
    assert (
        read.rejects == ["portal_nothing"]
        and not read.rows
        and "Cà Mau" in read.warnings["portal_other_province"].reason
    )


def test_a_unit_that_nobody_knows_is_asked_as_in_other_tables(known):
    """Nothing of the file is known: it may be ours under another name, which can be taught."""
    read = Read(known, portal.as_csv(unit="Mã H36.132"), "diem.csv")
    assert set(read.rejects) == {"unknown_code"}


def test_our_own_table_is_still_recognised():
    columns = ("Đơn vị", "Kỳ", "Nhóm chỉ số", "Điểm", "Điểm tối đa", "Hạng")
    assert recognise(columns).table.name == "portal_score" and not recognise(columns).missing
    assert recognise(("Mã huyện", "Bộ chỉ số", "Năm", "Tiêu chí", "Điểm", "Điểm tối đa")).table.name == "index_score"


ROW = {"unit_code": LIEM, "period": "2026-09", "portal_group": "publicity", "points": "11.85", "maximum": "18"}


def of_rows(known, tmp_path: Path, *changes: dict) -> Read:
    rows = [dict.fromkeys({key for change in changes for key in change}, "") | ROW | change for change in changes]
    return Read(known, small.write(tmp_path / "a.csv", rows).read_bytes(), "a.csv")


@pytest.mark.parametrize(
    ("change", "rejects", "warnings"),
    [
        ({}, [], set()),
        ({"points": "0"}, [], {"portal_score_zero"}),
        ({"points": "18"}, [], set()),
        ({"points": "18.01"}, ["portal_score_points"], set()),
        ({"points": "-1"}, ["portal_score_points"], set()),
        ({"points": "18.5", "maximum": ""}, ["portal_score_points"], set()),
        ({"maximum": "20"}, [], {"portal_score_maximum"}),
        ({"maximum": "0"}, ["portal_score_points", "portal_score_points"], {"portal_score_maximum"}),
        (
            {"portal_group": "total", "points": "60", "maximum": "80"},
            ["portal_score_one_procedure"],
            {"portal_score_maximum"},
        ),
        (
            {"portal_group": "digitisation", "points": "9", "maximum": "20"},
            ["portal_score_one_procedure"],
            {"portal_score_maximum"},
        ),
        ({"rank": "0"}, ["portal_score_points"], set()),
        ({"rank": "5", "ranked_units": "4"}, ["portal_score_points"], set()),
        ({"rank": "4", "ranked_units": "4"}, [], set()),
        ({"period": "2026-H1"}, ["portal_score_period"], set()),
        ({"period": "2021-09"}, ["portal_score_period"], set()),
        ({"period": "2099"}, ["portal_score_period"], set()),
        ({"portal_group": "Hài lòng", "maximum": "18"}, [], set()),
        ({"portal_group": "Nhóm lạ"}, ["allowed"], set()),
        ({"points": "-"}, ["portal_nothing"], {"portal_no_points"}),
    ],
)
def test_rules(known, tmp_path, change, rejects, warnings):
    read = of_rows(known, tmp_path, change)
    assert (read.rejects, set(read.warnings)) == (rejects, warnings)


@pytest.mark.parametrize(("given", "rejects"), [(73.41, 0), (73.46, 0), (73.47, 0), (73.48, 1), (73.34, 1)])
def test_a_total_is_the_sum_of_its_groups(known, tmp_path, given, rejects):
    """Each of six groups may be off by 0.01."""
    rows = [
        {"portal_group": group, "points": str(points), "maximum": str(NAMES[group][3])}
        for group, points in POINTS.items()
    ]
    read = of_rows(known, tmp_path, *rows, {"portal_group": "total", "points": str(given), "maximum": "100"})
    assert read.rejects == ["portal_score_total"] * rejects


def test_successors_and_partial_points_reach_the_page(tmp_path, monkeypatch):
    """Points of 2026 are those of the units of 2025 with the same code; five groups make no total, and it is said."""
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))
    file = tmp_path / "diem.csv"
    file.write_bytes(portal.as_csv("progress"))
    publish([file], store=tmp_path / "store")
    asked = {"calendar": "solar", "period": "2026-09", "kind": "month", "scope": "successor"}
    rows = written(queries.load("portal_groups", unit=f"{LIEM}@2025", **asked)).set_index("portal_group")
    assert rows.loc["publicity", "value"] == 11.85 and rows["value"].isna().sum() == 2
    assert rows.loc["total", "sentence"].startswith("Cổng mới có 5/6 nhóm nên chưa có tổng điểm cho tháng 9/2026; ")
    assert "chưa có số liệu" in rows.loc["total", "sentence"] and not rows.attrs["simulated"]
    assert queries.load("portal_groups", unit=LIEM, **asked)["value"].isna().all()  # the commune before 01/07/2025
    assert queries.load("portal_units", **asked).empty
    file.write_bytes(portal.as_csv())
    publish([file], store=tmp_path / "store")
    now = queries.load("portal_groups", unit=f"{LIEM}@2025", **asked).set_index("portal_group")
    assert now.loc["total", "value"] == TOTAL and now.loc["total", "rank"] == 12
    assert list(queries.load("portal_units", **asked)["unit_code"]) == [f"{LIEM}@2025"]


@pytest.mark.parametrize(
    ("captured_on", "provisional", "as_of"),
    [
        ("2024-10-10", "true", "2024-10-10"),
        ("2024-10-10", "", "2024-10-10"),  # taken before the year was over, whatever the file says
        ("2025-01-05", "", "2024-12-31"),
        ("", "true", "2000-01-01"),  # known up to no day
    ],
)
def test_points_tell_of_no_day_that_had_not_come(tmp_path, captured_on, provisional, as_of):
    """Points of a running year are known up to the day on which the portal showed them."""
    row = ROW | {"period": "2024", "captured_on": captured_on, "provisional": provisional}
    publish([small.write(tmp_path / "a.csv", [row])], store=tmp_path / "store")
    assert reader(tmp_path / "store").snapshot.manifest["as_of"] == as_of
