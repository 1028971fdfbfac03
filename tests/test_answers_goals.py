"""What is asked of the goals of a year, against plain Python."""

from __future__ import annotations

import math
from contextvars import ContextVar

import pytest

import queries
from tests import oracle
from tests.answers import answers, same_rows
from tests.test_answers_progress import CHOICES
from tests.test_answers_ranks import rows


@pytest.fixture(params=CHOICES)
def chosen(request, here) -> dict:
    """A reader's choice of a period in the small district."""
    return here.choices(*CHOICES[request.param])


def tenth(number: float) -> float:
    """As it is shown: one decimal, half away from zero."""
    return math.copysign(math.floor(abs(number) * 10 + 0.5) / 10, number)


def paces(store, chosen: dict, unit: str) -> list[dict]:
    """The goals of a unit as asked: the newest month of the period, what it needs, where it ends."""
    [span] = rows(
        "SELECT * FROM period WHERE calendar = ? AND period_code = ?", store, chosen["calendar"], chosen["period"]
    )
    titles = {
        row["last_month"]: row["title"]
        for row in rows(
            "SELECT last_month, title FROM period WHERE calendar = ? AND kind = 'month'", store, chosen["calendar"]
        )
    }
    indicators = {row["indicator_code"]: row for row in rows("SELECT * FROM indicator", store)}
    indices = {row["index_code"]: row for row in rows("SELECT * FROM score_index", store)}
    tests = {
        (row["scope"], row["indicator_code"]): row
        for row in rows("SELECT * FROM goal_backtest WHERE calendar = ?", store, chosen["calendar"])
    }
    over = rows(
        "SELECT last_month FROM period WHERE calendar = ? AND kind = 'month' AND NOT is_partial",
        store,
        chosen["calendar"],
    )
    whole = max((row["last_month"] for row in over if row["last_month"] <= span["last_month"]), default=0)
    newest: dict[str, dict] = {}
    for row in rows(
        "SELECT * FROM goal_projection WHERE calendar = ? AND unit_code = ?", store, chosen["calendar"], unit
    ):
        # The last month of the period; of one that is not over the last whole month, or the one before it.
        is_of_period = whole - bool(span["is_partial"]) <= row["year"] * 12 + row["month_number"] - 1 <= whole
        last = newest.get(row["indicator_code"], {"month_number": 0})["month_number"]
        if row["year"] == span["year"] and is_of_period and row["month_number"] > last:
            newest[row["indicator_code"]] = row
    told = []
    for code, row in newest.items():
        about, test = indicators.get(code) or indices[code], tests.get((row["scope"], code))
        sign, left, factor = (-1 if row["direction"] == "down" else 1), row["months_left"], row["factor"]
        is_flow, is_share = row["form"] == "flow", row["form"] == "flow" and row["measure"] == "%"
        top = 100 if row["is_bounded"] else float("inf")
        low = high = needed = extra = most = None
        if test and left and test["low_miss"] is not None and row["raw_reach"] is not None:
            low, high = (
                max(0, min(top, row["projected"] + test[name] * row["raw_reach"])) for name in ("low_miss", "high_miss")
            )
        if is_flow and row["ahead"]:
            needed = (
                factor
                * (row["target"] / factor * (row["denominator"] + row["ahead"]) - row["numerator"])
                / row["ahead"]
            )
        elif not is_flow and left:
            needed = (row["target"] - row["value"]) / left
        if is_share and left and needed is not None:
            extra = max(0, sign * (needed - row["recent"])) / factor * row["ahead"] / left
        if is_flow and (sign < 0 or row["is_bounded"]):
            most = factor * (row["numerator"] + (row["ahead"] if sign > 0 else 0)) / (row["denominator"] + row["ahead"])
        if not left:
            pace = "reached" if sign * row["projected"] >= sign * row["target"] else "ended"
        elif most is not None and tenth(sign * most) < tenth(sign * row["target"]):
            pace = "impossible"
        elif low is None:
            pace = "unknown"
        elif sign * (low if sign > 0 else high) >= sign * row["target"]:
            pace = "likely"
        else:
            pace = "unlikely" if sign * (high if sign > 0 else low) < sign * row["target"] else "open"
        told.append(
            {
                "indicator_code": code, "name": about["name"], "short_name": about["short_name"], "measure": row["measure"], "direction": row["direction"],
                "form": row["form"], "is_counted": about.get("kind") == "computed", "is_index": code in indices, "year": row["year"],
                "month_title": titles[row["year"] * 12 + row["month_number"] - 1], "months_left": left,
                "value": factor * row["numerator"] / row["denominator"] if is_flow else row["value"], "target": row["target"], "recent": row["recent"],
                "needed": needed, "extra": extra, "most": most, "projected": row["projected"], "low_end": low, "high_end": high,
                "trials": test and test["trials"], "covered": test and test["covered"], "corrected": test and test["corrected"], "season": row["season"],
                "pace": pace, "order": (1, -about["weight"], about["sort"], code) if code in indicators else (0, 0, 0, code),
            }
        )  # fmt: skip
    return [
        *yearly(store, span, unit),
        *({k: v for k, v in row.items() if k != "order"} for row in sorted(told, key=lambda row: row["order"])),
    ]


def yearly(store, span: dict, unit: str) -> list[dict]:
    """The last assessments of the home: those of earlier years, at the end of a year also its own."""
    [home] = rows("SELECT home_code FROM rule", store)
    last: dict[str, dict] = {}
    for row in rows(
        "SELECT * FROM index_total JOIN score_index USING (index_code) WHERE goal <> '' AND district_code = ?",
        store,
        home["home_code"],
    ):
        known = row["year"] < span["year"] or (row["year"] == span["year"] and span["last_month"] % 12 == 11)
        if known and unit == home["home_code"] and row["year"] > last.get(row["index_code"], {"year": 0})["year"]:
            last[row["index_code"]] = row
    limits = {
        row["index_code"]: row["minimum"] for row in rows("SELECT * FROM class_band WHERE class_code = 'good'", store)
    }
    return [
        {
            "indicator_code": code, "name": row["name"], "year": row["year"], "form": "yearly", "is_index": True, "value": row["percent"],
            "target": limits[code], "pace": "last_reached" if row["percent"] >= limits[code] else "last_missed",
        }
        for code, row in sorted(last.items())
    ]  # fmt: skip


@pytest.mark.parametrize("unit", ["597", "23059"])
@answers("goal_pace")
def test_goals_of_a_unit(here, chosen, unit):
    same_rows(queries.load("goal_pace", **{**chosen, "unit": unit}), paces(here.store, chosen, unit))


@pytest.mark.parametrize("unit", ["597", "23092"])
@pytest.mark.parametrize("period", ["2023-05", "2023", "2024-03", "2024-Q3", "2024"])
def test_goals_of_the_simulated_district(demo_store, monkeypatch, unit, period):
    """Two years are known, so there are intervals, and every pace occurs."""
    monkeypatch.setenv("DASHBOARD_STORE", str(demo_store))
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))
    chosen = {"calendar": "solar", "period": period, "unit": unit}
    expected = paces(demo_store, chosen, unit)
    same_rows(queries.load("goal_pace", **chosen), expected)
    assert len(expected) > 20
    if period == "2024-Q3":
        assert {row["pace"] for row in expected} >= {"likely", "open", "unlikely", "impossible"}
    if oracle.kind_of(period) == "year":
        over = {row["pace"] for row in expected if not row.get("months_left")}
        assert over <= {"reached", "ended", "last_reached", "last_missed"} and "ended" in over
