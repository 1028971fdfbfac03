"""Shared macros and views return what plain Python selects from the tables."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from tests.browser import ROOT

# A quarter, an unfinished month with its cut comparison month, a period without a previous one.
PERIODS = [
    pytest.param(("solar", "2024-Q4", "2024-Q3", "full"), marks=pytest.mark.slow),
    ("reporting", "2025-01", "2024-12", "to_date"),
    pytest.param(("solar", "2023-Q1", "", "full"), marks=pytest.mark.slow),
]
# Table → the key columns within a period, and one value column.
WHOLE = {
    "progress": ("unit_code, indicator_code", "value"),
    "unit_score": ("unit_code, group_code", "score"),
    "component_score": ("unit_code, index_code, component_code", "value"),
    "simulated_score": ("unit_code, index_code, criterion_code", "score"),
    "scored_component": ("unit_code, index_code, component_code", "value"),
    "service_period": ("unit_code, field_code, channel, service_level", "received"),
}
# Tables without a cut: every period is whole.
UNCUT = {
    "subset_cell": ("unit_code, field_code, channel, service_level", "late"),
    "detail_period": ("unit_code, field_code, channel, subset_code", "dossiers"),
    "procedure_period": ("unit_code, procedure_code, channel", "received"),
    "officer_period": ("unit_code, field_code, channel, officer_code", "handled"),
    "duration_period": ("unit_code, field_code, channel, statutory_days, ended_working_days", "dossiers"),
    "land_step_period": ("unit_code, step_number, tier", "steps"),
}
# Columns about the comparison period besides the value and the change.
BESIDE = {
    "progress": {"before_share": "score_share", "before_low_volume": "low_volume"},
    "unit_score": {"before_place": "place"},
    "component_score": {},
    "simulated_score": {"before_place": "place"},
}


def rows(connection, sql, *bound) -> list[dict]:
    """The rows of a statement as dicts."""
    answer = connection.execute(sql, list(bound))
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def counted(found: list[dict]) -> Counter:
    """Rows as a multiset, independent of order."""
    return Counter(tuple(sorted(row.items(), key=lambda item: item[0])) for row in found)


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period[1])
@pytest.mark.parametrize("table", [*WHOLE, *UNCUT])
def test_rows_of_a_period(snapshot, table, period):
    calendar, wanted = period[:2]
    key, value = (WHOLE | UNCUT)[table]
    cut = "cut" if table in WHOLE else "'full' AS cut"
    every = rows(snapshot, f"SELECT calendar, period_code, {cut}, {key}, {value} FROM {table}")
    mine = [row for row in every if (row["calendar"], row["period_code"], row["cut"]) == (calendar, wanted, "full")]
    got = rows(
        snapshot, f"SELECT calendar, period_code, {cut}, {key}, {value} FROM {table}_in($1, $2)", calendar, wanted
    )
    assert mine and counted(got) == counted(mine)


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period[1])
@pytest.mark.parametrize("table", BESIDE)
def test_the_comparison_period_beside_each_row(snapshot, table, period):
    calendar, wanted, before, cut = period
    (key, value), beside = WHOLE[table], BESIDE[table]
    # A part is not compared with a whole.
    judged = ", is_whole" if table in ("progress", "component_score") else ", true AS is_whole"
    columns = ", ".join([key, value, *beside.values()]) + judged
    every = rows(snapshot, f"SELECT calendar, period_code, cut, {columns} FROM {table}")
    names = key.split(", ")
    then = {
        tuple(row[name] for name in names): row
        for row in every
        if (row["calendar"], row["period_code"], row["cut"]) == (calendar, before, cut)
    }
    expected = []
    for row in every:
        if (row["calendar"], row["period_code"], row["cut"]) != (calendar, wanted, "full"):
            continue
        known = then.get(tuple(row[name] for name in names), {})
        known = known if known and row["is_whole"] and known["is_whole"] else {}
        told = {"before": known.get(value)} | {name: known.get(column) for name, column in beside.items()}
        is_known = row[value] is not None and told["before"] is not None
        change = row[value] - told["before"] if is_known else None
        expected.append({name: row[name] for name in (*names, value)} | told | {"change": change})
    got = f"SELECT {', '.join([key, value, 'before', 'change', *beside])} FROM {table}_compared($1, $2, $3, $4)"
    assert counted(rows(snapshot, got, *period)) == counted(expected)
    assert bool(before) == any(row["before"] is not None for row in expected)


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period[1])
def test_sums_of_both_periods(snapshot, period):
    """Cells of the comparison period are included, also for fields that the period lacks."""
    calendar, wanted, before, cut = period
    columns = "calendar, period_code, cut, unit_code, field_code, channel, service_level, received"
    expected = [
        row | {"is_before": row["period_code"] != wanted}
        for row in rows(snapshot, f"SELECT {columns} FROM service_period")
        if (row["calendar"], row["period_code"], row["cut"]) in ((calendar, wanted, "full"), (calendar, before, cut))
    ]
    got = rows(snapshot, f"SELECT {columns}, is_before FROM service_period_compared($1, $2, $3, $4)", *period)
    assert counted(got) == counted(expected)
    assert {row["is_before"] for row in got} == ({True, False} if before else {False})


@pytest.mark.parametrize("unit", ["597", "23059", "597-MC", "23059@2025", "0"])
def test_members_of_a_unit(snapshot, unit):
    every = rows(snapshot, "FROM scope_unit")
    shown = {row["member_code"]: row["shown_code"] for row in rows(snapshot, "FROM shown_unit")}
    members = [{"unit_code": row["member_code"]} for row in every if row["unit_code"] == unit]
    assert counted(rows(snapshot, "FROM members_of($1)", unit)) == counted(members)
    under = [row | {"shown_code": shown[row["unit_code"]]} for row in members]
    assert counted(rows(snapshot, "FROM shown_members_of($1)", unit)) == counted(under)
    peers = {row["scope"] for row in every if row["unit_code"] == unit} - {"district"}
    [said] = rows(snapshot, "SELECT peer_scope($1) AS scope", unit)
    assert said["scope"] == next(iter(peers), None) and len(peers) < 2


def test_headline_indicators_are_indicators_in_their_order(snapshot):
    headline = [row["indicator_code"] for row in rows(snapshot, "FROM headline_indicator ORDER BY position")]
    order = [row["indicator_code"] for row in rows(snapshot, "FROM indicator ORDER BY sort")]
    assert len(headline) == 8 and headline == [code for code in order if code in headline]


@pytest.mark.parametrize(
    ("calendar", "period", "year"), [("solar", "2024-Q4", "2024"), ("reporting", "2025-01", "2025")]
)
def test_targets_of_a_year(snapshot, calendar, period, year):
    with (ROOT / "data" / "reference" / "indicator_target.csv").open(encoding="utf-8", newline="") as file:
        shipped = [row for row in csv.DictReader(file) if row["year"] == year]
    got = rows(snapshot, "SELECT indicator_code, scope, target, alert FROM target_in($1, $2)", calendar, period)
    numbers = [{name: float(row[name]) if row[name] else None for name in ("target", "alert")} for row in shipped]
    named = [{name: row[name] for name in ("indicator_code", "scope")} for row in shipped]
    assert got and counted(got) == counted([one | other for one, other in zip(named, numbers, strict=True)])
    on_time = [row for row in got if (row["indicator_code"], row["scope"]) == ("T05", "district")]
    expected = [{name: row[name] for name in ("target", "alert")} for row in on_time] or [
        {"target": None, "alert": None}
    ]
    assert rows(snapshot, "FROM on_time_target($1, $2)", calendar, period) == expected


@pytest.mark.parametrize(("calendar", "period"), [("solar", "2024-Q4"), ("reporting", "2025-01"), ("solar", "2023-03")])
def test_recent_months(snapshot, calendar, period):
    every = [row for row in rows(snapshot, "FROM period") if row["calendar"] == calendar]
    [last] = [row["last_month"] for row in every if row["period_code"] == period]
    expected = [row for row in every if row["kind"] == "month" and last - 12 <= row["last_month"] <= last]
    assert expected and counted(rows(snapshot, "FROM recent_month($1, $2)", calendar, period)) == counted(expected)


def test_scores_beside_those_of_the_year_before(snapshot):
    every = rows(snapshot, "SELECT district_code, index_code, year, percent, place FROM index_total")
    known = {(row["district_code"], row["index_code"], row["year"]): row for row in every}
    expected = []
    for row in every:
        then = known.get((row["district_code"], row["index_code"], row["year"] - 1), {})
        is_known = row["percent"] is not None and then.get("percent") is not None
        expected.append(
            row
            | {"before": then.get("percent"), "before_place": then.get("place")}
            | {"change": row["percent"] - then["percent"] if is_known else None}
        )
    columns = "district_code, index_code, year, percent, place, before, before_place, change"
    assert counted(rows(snapshot, f"SELECT {columns} FROM index_total_compared")) == counted(expected)
    assert any(row["change"] for row in expected)


@pytest.mark.parametrize(
    ("direction", "value", "before", "better"),
    [("up", 2, 1, True), ("up", 1, 2, False), ("down", 2, 1, False), ("down", 1, 2, True), ("up", 1, None, None),
     ("context", 2, 1, None), ("up", 1, 1, False)],
)  # fmt: skip
def test_which_way_is_good(snapshot, direction, value, before, better):
    """For a value and the previous one, and converted so that more is better."""
    [said] = rows(
        snapshot,
        "SELECT is_improvement($1, $2, $3) AS better, goodness($1, $2) AS good, goodness($1, $3) AS good_before",
        direction, value, before,
    )  # fmt: skip
    assert said["better"] is better
    if better is not None:
        assert (said["good"] > said["good_before"]) is better


@pytest.mark.parametrize(("choice", "given", "passes"), [("", "x", True), ("", None, True), ("x", "x", True),
                                                         ("x", "y", False), ("x", None, None)])  # fmt: skip
def test_an_empty_choice_lets_all_through(snapshot, choice, given, passes):
    assert rows(snapshot, "SELECT is_chosen($1, $2) AS passes", choice, given) == [{"passes": passes}]
