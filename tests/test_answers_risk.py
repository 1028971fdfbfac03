"""What is asked of the dossiers likely to be late, against plain Python on the tables late_risk and dossier."""

from __future__ import annotations

from collections import defaultdict
from contextvars import ContextVar

import duckdb
import pytest

import queries
from tests.answers import answers, same_rows
from tests.test_answers_ranks import rows
from tests.test_queries import CHOICES

LEVEL = 50  # the shipped setting risk_level, in percent


@pytest.fixture(autouse=True)
def at_demo(demo_store, monkeypatch):
    """Ask the simulated district: the small one has no twelve months."""
    monkeypatch.setenv("DASHBOARD_STORE", str(demo_store))
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))


@pytest.fixture(params=["all", "one unit", "one field", "online"])
def chosen(request) -> dict:
    """A reader's filters."""
    more = {"all": {}, "one unit": {"unit": "597-DD"}, "one field": {"field": "LAND"}, "online": {"channel": "online"}}
    return CHOICES | more[request.param]


def risky(store, chosen: dict) -> list[dict]:
    """The open dossiers of the filters with their chance, in percent."""
    found = rows(
        """SELECT late_risk.*, unit.name AS unit_name, procedure.name AS procedure_name, field.short_name AS field_name
        FROM late_risk JOIN unit USING (unit_code) JOIN procedure USING (procedure_code)
        JOIN field ON field.field_code = late_risk.field_code""",
        store,
    )
    return [
        {**row, "chance": 100 * row["chance"]}
        for row in found
        if chosen["unit"] in ("597", row["unit_code"])
        and chosen["field"] in ("", row["field_code"])
        and chosen["channel"] in ("", row["channel"])
    ]


def step_of(row: dict) -> str:
    """What is to be done."""
    when = "ngay" if row["days_left"] <= 1 else "trước ngày hẹn"
    first = "Giải quyết ngay" if row["days_left"] <= 1 else "Giải quyết trước ngày hẹn"
    if row["holder_tier"] == "province":
        first = "Hỏi Văn phòng Đăng ký đất đai"
    return f"{first}; không kịp thì xin lỗi, hẹn lại {when}"


@answers("late_risk")
def test_the_list_of_dossiers_likely_to_be_late(demo_store, chosen):
    found = sorted(risky(demo_store, chosen), key=lambda row: (-row["chance"], row["days_left"], row["dossier_code"]))
    names = ["dossier_code", "procedure_name", "field_name", "unit_name", "due_on", "days_left", "holder_tier"]
    expected = [
        {name: row[name] for name in [*names, "chance", "alike", "alike_late"]} | {"next_step": step_of(row)}
        for row in found[:8]
    ]
    same_rows(queries.load("late_risk", **_asked("late_risk", chosen)), expected)


@answers("late_risk_units")
def test_their_number_in_each_unit(demo_store, chosen):
    by_unit = defaultdict(list)
    for row in risky(demo_store, chosen):
        by_unit[row["unit_code"], row["unit_name"]].append(row["chance"])
    expected = [
        {
            "code": code,
            "name": name,
            "watched": len(chances),
            "risky": sum(chance >= LEVEL for chance in chances),
            "expected_late": sum(chances) / 100,
            "value": sum(chance >= LEVEL for chance in chances),
            "measure": "hồ sơ",
            "status": "context",
            "low_volume": False,
        }
        for (code, name), chances in by_unit.items()
    ]
    expected.sort(key=lambda row: (-row["risky"], -row["expected_late"], row["code"]))
    ranked = [row | {"rank": place} for place, row in enumerate(expected, start=1)]
    same_rows(queries.load("late_risk_units", **_asked("late_risk_units", chosen)), ranked)


@answers("late_risk_trial")
def test_the_trial_is_told_as_it_was(demo_store):
    [row] = rows("SELECT * EXCLUDE (home_code) FROM late_risk_trial WHERE home_code = '597'", demo_store)
    same_rows(queries.load("late_risk_trial"), [row])


@answers("late_risk_tenths")
def test_the_tenths_of_the_trial(demo_store):
    expected = [
        {
            "from_percent": 10 * row["tenth"],
            "dossiers": row["dossiers"],
            "different_dossiers": row["different"],
            "late": row["late"],
            "chance": 100 * row["chance"],
            "came_late": 100 * row["late"] / row["dossiers"],
            "miss": row["miss"],
        }
        for row in sorted(rows("SELECT * FROM late_risk_tenth", demo_store), key=lambda row: row["tenth"])
    ]
    same_rows(queries.load("late_risk_tenths"), expected)


def test_the_list_of_dossiers_can_begin_with_those_likely_to_be_late(demo_store):
    listed = queries.load(
        "dossier_list", **_asked("dossier_list", CHOICES | {"subset": "open_in_time", "sort": "chance"})
    )
    found = sorted(risky(demo_store, CHOICES), key=lambda row: (-row["chance"], row["dossier_code"]))[:50]
    assert listed["dossier_code"].tolist() == [row["dossier_code"] for row in found]
    assert listed["chance"].tolist() == pytest.approx([row["chance"] for row in found])


@pytest.mark.parametrize("name", ["late_risk", "late_risk_units"])
def test_a_past_period_has_no_list(name):
    """The chances are those of the newest day."""
    past = CHOICES | {"period": "2024-Q3", "start_on": "2024-07-01", "judged_on": "2024-09-30"}
    assert queries.load(name, **_asked(name, past)).empty
    assert (
        queries.load("dossier_list", **_asked("dossier_list", past | {"subset": "open_in_time"}))["chance"].isna().all()
    )


def test_a_list_that_does_not_help_is_not_shown(demo_store, tmp_path):
    """By the macro that all questions read."""
    path = tmp_path / "copy.duckdb"
    [original] = (demo_store / "snapshots").glob("s000001.duckdb")
    path.write_bytes(original.read_bytes())
    with duckdb.connect(str(path)) as connection:
        asked = "SELECT count(*) FROM newest_risk('solar', '2024-Q4')"
        assert connection.execute(asked).fetchall()[0][0] > 1000
        for verdict in ("short", "off", "no_better"):
            connection.execute("UPDATE late_risk_trial SET verdict = ?", [verdict])
            assert connection.execute(asked).fetchall() == [(0,)]


def _asked(name: str, chosen: dict) -> dict:
    """Those of the choices that the query takes."""
    return {key: value for key, value in chosen.items() if key in queries.question(name).parameters}
