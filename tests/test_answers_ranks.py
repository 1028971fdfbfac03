"""Ranges of ranks and funnels against plain Python, in the small district and in the simulated one."""

from __future__ import annotations

import hashlib
import math
from contextvars import ContextVar
from statistics import NormalDist

import duckdb
import pandas as pd
import pytest

import queries
from tests import process
from tests.answers import answers, same_rows
from tests.test_answers_dossiers import unit_name
from tests.test_answers_progress import CHOICES
from tests.test_store import database


@pytest.fixture(params=CHOICES)
def chosen(request, here) -> dict:
    """A reader's choice of a period in the small district."""
    return here.choices(*CHOICES[request.param])


@pytest.fixture
def at_demo(demo_store, monkeypatch):
    """The simulated district as the current snapshot, none pinned."""
    monkeypatch.setenv("DASHBOARD_STORE", str(demo_store))
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))


def rows(sql: str, store, *given) -> list[dict]:
    """Rows of a store's snapshot."""
    with duckdb.connect(str(database(store)), read_only=True) as connection:
        return process.rows(connection, sql, *given)


def progress_of(store, chosen: dict) -> list[dict]:
    """The period's indicators with what the ranks need of their definitions, and the uncertainty of each value."""
    found = rows(
        """SELECT progress.*, measure, indicator.direction, limit_value, group_code, square, current_unit.name, name_order FROM progress
        JOIN indicator USING (indicator_code) JOIN current_unit USING (unit_code)
        LEFT JOIN process_peer USING (calendar, scope, indicator_code)
        WHERE calendar = ? AND period_code = ? AND cut = 'full' AND progress.scope = ?""",
        store,
        chosen["calendar"],
        chosen["period"],
        chosen["scope"],
    )
    return [row | {"deviation": deviation(row)} for row in found]


def deviation(row: dict) -> float:
    """The standard deviation of a share for luck alone, in percent; 0 of what is no share."""
    x, n = row["numerator"], row["denominator"]
    if row["measure"] != "%" or not n or x is None or not 0 <= x <= n:
        return 0.0
    p = process.share_of(x, n)
    return 100 * math.sqrt(max(1.0, row["square"] or 1.0) * p * (1 - p) / n)


def spread_of_share(a: float, s: float) -> float:
    """The variance of a bell curve around a, cut at 0 and 1, by sums over narrow strips."""
    steps = 4000
    if s <= 0:
        return 0.0
    bell = NormalDist(a, s)
    edges = [at / steps for at in range(steps + 1)]
    parts = [(bell.cdf(high) - bell.cdf(low), (low + high) / 2) for low, high in zip(edges, edges[1:], strict=False)]
    top = 1 - bell.cdf(1)
    mean = sum(p * x for p, x in parts) + top
    return max(0.0, sum(p * x * x for p, x in parts) + top - mean * mean)


def scores(store, chosen: dict, group: str) -> dict[str, tuple[float, float]]:
    """The score of every ranked unit and its standard deviation."""
    spread: dict[str, float] = {}
    weights: dict[str, float] = {}
    for row in progress_of(store, chosen):
        full = row["limit_value"] if row["direction"] == "down" else row["target"]
        if row["score_share"] is None or not full or (group != "all" and row["group_code"] != group):
            continue
        a = 1 - row["value"] / full if row["direction"] == "down" else row["value"] / full
        unit = row["unit_code"]
        spread[unit] = spread.get(unit, 0) + row["weight"] ** 2 * spread_of_share(a, row["deviation"] / full)
        weights[unit] = weights.get(unit, 0) + row["weight"]
    ranked = rows(
        "SELECT unit_code, score FROM unit_score WHERE calendar = ? AND period_code = ? AND cut = 'full' AND scope = ? AND group_code = ? AND is_ranked",
        store, chosen["calendar"], chosen["period"], chosen["scope"], group,
    )  # fmt: skip
    return {
        row["unit_code"]: (row["score"], 100 * math.sqrt(spread[row["unit_code"]]) / weights[row["unit_code"]])
        for row in ranked
    }


def values(store, chosen: dict, code: str) -> dict[str, tuple[float, float]]:
    """An indicator of every ranked unit, greater is better, and its standard deviation."""
    return {
        row["unit_code"]: (-row["value"] if row["direction"] == "down" else row["value"], row["deviation"])
        for row in progress_of(store, chosen)
        if row["indicator_code"] == code and row["value"] is not None and row["is_whole"] and not row["low_volume"]
    }


def draws(unit: str) -> list[float]:
    """A thousand numbers of the bell curve, from the digits of MD5 hashes (Box and Muller)."""
    found = []
    for number in range(1, 1001):
        digits = hashlib.md5(f"{number}:{unit}".encode()).hexdigest()
        one, two = (int(digits[:8], 16) + 1) / 4294967297, int(digits[8:16], 16) / 4294967296
        found.append(math.sqrt(-2 * math.log(one)) * math.cos(2 * math.pi * two))
    return found


def rank(value: float, every: list[float]) -> int:
    return 1 + sum(round(other, 2) > round(value, 2) for other in every)


def ranges(units: dict[str, tuple[float, float]]) -> dict[str, tuple[int, int, int]]:
    """By unit: its rank, and the fifth and the ninety-fifth percent of its ranks."""
    tried = {unit: [value + sd * z for z in draws(unit)] for unit, (value, sd) in units.items()}
    found = {}
    for unit, (value, _) in units.items():
        place = rank(value, [one for one, _ in units.values()])
        ranks = sorted(rank(tried[unit][at], [each[at] for each in tried.values()]) for at in range(1000))
        found[unit] = (place, min(ranks[49], place), max(ranks[949], place))
    return found


def groups(units: dict[str, tuple[float, float]]) -> dict[str, int]:
    """Numbers of groups: a unit joins that of the unit before unless it is worse than its first beyond chance."""
    found, number, first = {}, 0, None
    for unit in sorted(units, key=lambda unit: (-units[unit][0], unit)):
        value, sd = units[unit]
        if first is None or first[0] - value > 1.6449 * math.hypot(first[1], sd) + 0.005:
            number, first = number + 1, (value, sd)
        found[unit] = number
    return found


CASES = [("all", ""), ("service", ""), ("all", "T05"), ("all", "T06"), ("all", "S08")]


def check_ranges(store, chosen: dict, group: str, code: str) -> int:
    """How many units have a range of more than one rank."""
    units = values(store, chosen, code) if code else scores(store, chosen, group)
    answer = queries.load("rank_range", **chosen, group=group, indicator=code)
    expected, grouped = ranges(units), groups(units)
    names = {row["unit_code"]: row["name"] for row in rows("SELECT unit_code, name FROM current_unit", store)}
    assert set(answer["unit_code"]) == set(expected)
    stored = rows(
        "SELECT unit_code, value, deviation FROM uncertain_value WHERE calendar = ? AND period_code = ? AND scope = ? AND code = ?",
        store, chosen["calendar"], chosen["period"], chosen["scope"], code or group,
    )  # fmt: skip
    for row in stored:
        value, sd = units[row["unit_code"]]
        assert row["value"] == pytest.approx(value, abs=1e-9) and row["deviation"] == pytest.approx(
            sd, rel=1e-7 if code else 2e-3, abs=1e-9
        )
    wide = 0
    for row in answer.to_dict("records"):
        place, low, high = expected[row["unit_code"]]
        assert row["place"] == place
        # A rank of the thousand may lie on the edge of two: the sums over strips are not exact.
        assert abs(row["low"] - low) <= (0 if code else 1) and abs(row["high"] - high) <= (0 if code else 1), row
        assert row["group_number"] == grouped[row["unit_code"]], row
        equal = {
            names[unit]
            for unit, number in grouped.items()
            if number == row["group_number"] and unit != row["unit_code"]
        }
        assert (set() if pd.isna(row["equal_names"]) else set(row["equal_names"].split(", "))) == equal
        assert row["group_units"] == len(equal) + 1
        wide += row["high"] > row["low"]
    return wide


@pytest.mark.parametrize(("group", "code"), CASES)
@answers("rank_range")
def test_ranges_of_ranks(here, chosen, group, code):
    check_ranges(here.store, chosen, group, code)
    answer = queries.load("rank_range", **chosen, group=group, indicator=code)
    order = rows("SELECT unit_code, name_order FROM current_unit", here.store)
    order = {row["unit_code"]: row["name_order"] for row in order}
    units = list(zip(answer["place"], answer["unit_code"], answer["name"], strict=True))
    assert units == sorted(units, key=lambda one: (one[0], order[one[1]]))
    assert all(name == unit_name(here, unit) for _, unit, name in units)


@pytest.mark.parametrize(("group", "code"), CASES)
def test_ranges_of_the_simulated_district(at_demo, demo_store, group, code):
    chosen = {"calendar": "solar", "period": "2024-Q4", "scope": "commune"}
    wide = check_ranges(demo_store, chosen, group, code)
    # Counts have no luck: their ranks are exact.
    assert wide == 0 if code == "S08" else wide > 8


def funnel_of(store, chosen: dict, code: str) -> list[dict]:
    found = [
        row
        for row in progress_of(store, chosen)
        if row["indicator_code"] == code and row["measure"] == "%" and row["is_whole"] and row["value"] is not None
        and row["denominator"] and row["numerator"] is not None and 0 <= row["numerator"] <= row["denominator"]
    ]  # fmt: skip
    if not found:
        return []
    centre = sum(row["numerator"] for row in found) / sum(row["denominator"] for row in found)
    if not 0 < centre < 1:
        return []
    sd = {row["unit_code"]: math.sqrt(centre * (1 - centre) / row["denominator"]) for row in found}
    z = {row["unit_code"]: (row["numerator"] / row["denominator"] - centre) / sd[row["unit_code"]] for row in found}
    ordered = sorted(z.values())

    def quantile(share: float) -> float:
        at = share * (len(ordered) - 1)
        low = math.floor(at)
        return ordered[low] + (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]) * (at - low)

    cut = [max(quantile(0.1), min(quantile(0.9), one)) for one in ordered]
    spread = max(1.0, math.sqrt(sum(one * one for one in cut) / len(cut)))
    told = []
    for row in found:
        sign = -1 if row["direction"] == "down" else 1
        unit, distance = row["unit_code"], sign * z[row["unit_code"]] / spread
        kind = "usual" if row["low_volume"] or abs(distance) <= 1.959964 else "watched"
        if kind == "watched" and abs(distance) > 3.090232:
            kind = "better" if distance > 0 else "worse"
        reach = 3.090232 * spread * sd[unit]
        told.append(
            {
                "unit_code": unit, "name": row["name"], "value": row["value"], "numerator": row["numerator"], "denominator": row["denominator"],
                "centre": 100 * centre, "lower_limit": max(0, 100 * (centre - reach)), "upper_limit": min(100, 100 * (centre + reach)),
                "distance": distance, "funnel": kind, "order": row["name_order"], "spread": spread,
            }
        )  # fmt: skip
    return sorted(told, key=lambda row: (row["distance"], row["order"]))


def plain(row: dict) -> dict:
    return {name: value for name, value in row.items() if name not in ("order", "spread")}


@pytest.mark.parametrize("code", ["T05", "T06", "T14", "S08"])
@answers("funnel")
def test_a_funnel(here, chosen, code):
    same_rows(
        queries.load("funnel", **chosen, indicator=code), [plain(row) for row in funnel_of(here.store, chosen, code)]
    )


@pytest.mark.parametrize("code", ["T05", "T06", "T14"])
def test_a_funnel_of_the_simulated_district(at_demo, demo_store, code):
    chosen = {"calendar": "solar", "period": "2024", "scope": "commune"}
    expected = funnel_of(demo_store, chosen, code)
    same_rows(queries.load("funnel", **chosen, indicator=code), [plain(row) for row in expected])
    assert len(expected) == 17


@pytest.mark.parametrize("code", ["T05", "T14", "S08"])
@answers("funnel_curve")
def test_the_curve_of_a_funnel(here, chosen, code):
    points = funnel_of(here.store, chosen, code)
    expected = []
    if points:
        centre, spread = points[0]["centre"] / 100, points[0]["spread"]
        least = max(1, 0.8 * min(row["denominator"] for row in points))
        most = 1.1 * max(row["denominator"] for row in points)
        for number in range(60):
            cases = least * (most / least) ** (number / 59)
            sd = 100 * spread * math.sqrt(centre * (1 - centre) / cases)
            expected.append(
                {
                    "denominator": cases, "centre": 100 * centre, "lower_action": max(0, 100 * centre - 3.090232 * sd),
                    "lower_warning": max(0, 100 * centre - 1.959964 * sd), "upper_warning": min(100, 100 * centre + 1.959964 * sd),
                    "upper_action": min(100, 100 * centre + 3.090232 * sd),
                }
            )  # fmt: skip
    same_rows(queries.load("funnel_curve", **chosen, indicator=code), expected)
