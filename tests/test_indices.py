"""Points, ranks, scenarios and the units of 2025, compared with plain Python; the solver with all possible plans."""

from __future__ import annotations

import csv
import itertools
import json
from collections import defaultdict
from hashlib import md5

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import queries
from ingest.publish import publish
from queries.scenario import Move, as_json, cheapest, parse, with_move, written
from tests import oracle
from tests.browser import ROOT
from tests.test_dossiers import answer, told
from words.columns import written as in_words

REFERENCE = ROOT / "data" / "reference"
PERIODS = [("solar", "2024-Q4"), ("solar", "2023-01"), ("reporting", "2025-01"), ("reporting", "2023-H2")]
SUCCESSORS = {
    "23059@2025": ["23059", "23083", "23092"],
    "23089@2025": ["23071", "23077", "23089"],
    "23095@2025": ["23095", "23098"],
    "23086@2025": ["23080", "23086"],
    "23074@2025": ["23068", "23074"],
    "23065@2025": ["23065", "23107"],
    "22933": ["23062", "23104"],
    "22960": ["23101"],
}


def table(name: str) -> list[dict[str, str]]:
    """A shipped reference table."""
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


COMPONENTS = table("component")
MAXIMUM = {
    (index, group): sum(
        float(row["maximum"]) for row in COMPONENTS if (row["index_code"], row["criterion_code"]) == (index, group)
    )
    for index, group in {(row["index_code"], row["criterion_code"]) for row in COMPONENTS}
}


def same(one, other) -> bool:
    """Both missing, or approximately equal."""
    if one is None or other is None or pd.isna(one) or pd.isna(other):
        return (one is None or pd.isna(one)) and (other is None or pd.isna(other))
    return one == pytest.approx(other, rel=1e-9, abs=1e-9)


def merged_value(data: oracle.Data, members: list[str], calendar: str, period: str, code: str):
    """Numerator, denominator and value of several communes taken as one."""
    if code.startswith("T"):
        tallies = [oracle.period_tally(data, unit, calendar, period) for unit in members]
        total: dict[str, float] = defaultdict(int)
        for tally in tallies:
            for key, count in tally.items():
                total[key] += count
        numerator, denominator = oracle.computed(code, total)
        if denominator is None:
            return numerator, None, numerator
        return numerator, denominator, oracle.ratio(numerator, denominator, 1 if code == "T07" else 100)
    seen = [oracle.observed(data, unit, oracle.as_period(calendar, period), code) for unit in members]
    seen = [one for one in seen if one is not None]
    if data.indicators[code]["aggregate"] == "sum":
        return None, None, sum(one.value for one in seen) if seen else None
    if data.indicators[code]["aggregate"] == "direct" or not seen:
        return None, None, None
    numerator, denominator = sum(one.numerator for one in seen), sum(one.denominator for one in seen)
    return numerator, denominator, oracle.ratio(numerator, denominator)


def points_of(data: oracle.Data, unit: str, calendar: str, period: str, index: str) -> dict[str, tuple]:
    """Component -> (group, maximum, points or None)."""
    found = {}
    for row in COMPONENTS:
        if row["index_code"] != index:
            continue
        found_here = oracle.indicator(data, unit, calendar, period, row["indicator_code"])[1:]
        full = oracle.number(row["full_at"])
        if full is None:
            full = oracle.target_of(data, unit, oracle.as_period(calendar, period), row["indicator_code"])[0]
        share = oracle.component_share(row, data.indicators[row["indicator_code"]]["direction"], found_here, full, None)
        if not oracle.extent(data, unit, calendar, period, row["indicator_code"]).whole:
            share = None
        maximum = float(row["maximum"])
        found[row["component_code"]] = (row["criterion_code"], maximum, None if share is None else maximum * share)
    return found


# ------------------------------------------------------------------------------ points of an index


def test_the_points_of_the_components_are_those_of_their_criterion():
    for row in table("criterion"):
        key = (row["index_code"], row["criterion_code"])
        assert MAXIMUM.get(key, float(row["maximum"])) == float(row["maximum"]), key


@pytest.mark.parametrize(
    ("value", "target", "limit", "direction", "share"),
    [
        (30, 60, None, "up", 0.5),
        (60, 60, None, "up", 1),
        (75, 60, None, "up", 1),
        (0, 60, None, "up", 0),
        (-20, 60, None, "up", 0),  # T23 subtracts a dossier twice if it is late and has a complaint
        (None, 60, None, "up", None),
        (30, None, None, "up", None),
        (30, 0, None, "up", None),
        (5, 0, 20, "down", 0.75),
        (0, 0, 20, "down", 1),
        (40, 0, 20, "down", 0),
        (None, 0, 20, "down", None),
        (5, 0, None, "down", None),
        (5, 10, 20, "context", None),
    ],
)
def test_earned_share(snapshot, value, target, limit, direction, share):
    """QĐ 766: full points from the threshold, proportional below; an unknown value earns and loses nothing."""
    given = [direction, value, target, limit]
    earned = "SELECT earned_share(?, CAST(? AS DOUBLE), CAST(? AS DOUBLE), CAST(? AS DOUBLE))"
    assert snapshot.execute(earned, given).fetchone()[0] == share


@pytest.mark.parametrize("index", ["dti", "service"])
@pytest.mark.parametrize(("calendar", "period"), PERIODS)
def test_points_coverage_and_ranks(data, snapshot, calendar, period, index):
    rows = snapshot.execute(
        """SELECT unit_code, criterion_code, points, known_maximum, maximum, score, coverage, place FROM simulated_score
        WHERE calendar = ? AND period_code = ? AND cut = 'full' AND index_code = ? AND scope IN ('commune', 'district')""",
        [calendar, period, index],
    ).fetchall()
    units = [*oracle.communes(data), "597"]
    known = {unit: points_of(data, unit, calendar, period, index) for unit in units}
    totals, checked = {}, 0
    for unit, group, points, known_maximum, maximum, score, coverage, _ in rows:
        parts = [part for part in known[unit].values() if group in ("total", part[0])]
        have = [part for part in parts if part[2] is not None]
        earned = sum(part[2] for part in have) if have else None
        available, most = sum(part[1] for part in have), sum(part[1] for part in parts)
        assert same(earned, points) and same(available, known_maximum) and same(most, maximum), (unit, group)
        expected = 100 * earned / available if 100 * available >= 80 * most and available else None
        assert same(expected, score) and same(100 * available / most, coverage), (unit, group)
        if group == "total" and unit != "597":
            totals[unit] = (expected, 100 * available / most)
        checked += 1
    assert checked == 18 * (1 + sum(key[0] == index for key in MAXIMUM))
    ranks = oracle.competition_ranks({unit: pair for unit, pair in totals.items() if pair[0] is not None})
    assert {row[0]: row[7] for row in rows if row[1] == "total" and row[7] is not None} == ranks


def test_low_coverage_is_shown_and_not_placed(demo_store):
    """With fewer than 80 of 100 points known, there is neither score nor rank, and the status says that a part is known."""
    chosen = {"scope": "commune", "index": "service", "criterion": "total", "before": "", "before_cut": "full"}
    rows = answer(demo_store, "simulated_units", calendar="solar", period="2024-Q4", **chosen)
    thin, thick = rows[rows["coverage"] < 80], rows[rows["coverage"] >= 80]
    assert len(thin) and thin["place"].isna().all() and thin["value"].isna().all()
    assert set(thin["status"]) == {"partial"} and thick["value"].notna().all()
    assert thick["place"].notna().all() and (rows["ranked_units"] == len(thick)).all()


def test_each_point_is_explained_by_its_numerator_and_denominator(demo_store):
    rows = answer(
        demo_store, "components", calendar="solar", period="2024-Q4", before="2024-Q3", before_cut="full", unit="597",
        index="service",
    )  # fmt: skip
    known = rows.dropna(subset=["points"])
    assert len(rows) == 21 and 10 < len(known) < 21
    for row in known.itertuples():
        assert row.value == pytest.approx(100 * row.numerator / row.denominator)
        assert row.points == pytest.approx(row.maximum * min(row.value / row.full_at, 1), abs=0.0051 + 0.00005)
        assert row.points_lost == pytest.approx(row.maximum - row.points)


@pytest.mark.parametrize("index", ["dti", "service"])
def test_the_lever_is_the_component_that_costs_most(data, demo_store, index):
    row = told(demo_store, "index_lever", calendar="solar", period="2024-Q4", unit="597", index=index).iloc[0]
    points = points_of(data, "597", "solar", "2024-Q4", index)
    lost = {code: maximum - earned for code, (_, maximum, earned) in points.items() if earned is not None}
    assert row.component_code == max(lost, key=lost.get) and row.points_lost == pytest.approx(max(lost.values()))
    score = (
        100
        * sum(part[2] or 0 for part in points.values())
        / sum(part[1] for part in points.values() if part[2] is not None)
    )
    maximum = points[row.component_code][1]
    reached = score + 100 * row.points_lost / sum(part[1] for part in points.values() if part[2] is not None)
    said = f"đang mất {row.points_lost:.2f}/{maximum:.0f} điểm; đạt mức này thì điểm ước tính quý IV/2024 từ {score:.2f} lên {reached:.2f}."
    assert said.replace(".", ",")[:-1] in row.sentence.replace("\u00a0", " ")


# ---------------------------------------------------------------------------- the units of 2025


def test_the_units_of_2025_are_those_of_the_reorganisation(snapshot):
    rows = snapshot.execute(
        "SELECT unit_code, member_code FROM scope_unit WHERE scope = 'successor' AND member_code <> unit_code"
    ).fetchall()
    made: dict[str, list[str]] = {}
    for unit, member in sorted(rows):
        made.setdefault(unit, []).append(member)
    assert made == {unit: sorted(members) for unit, members in SUCCESSORS.items()}


@pytest.mark.parametrize(("calendar", "period"), [("solar", "2024-Q4"), ("reporting", "2023-H2")])
def test_a_merged_unit_is_the_sum_of_its_communes(data, snapshot, calendar, period):
    rows = snapshot.execute(
        """SELECT unit_code, indicator_code, numerator, denominator, value, target FROM progress
        WHERE calendar = ? AND period_code = ? AND cut = 'full' AND scope = 'successor'""",
        [calendar, period],
    ).fetchall()
    year = oracle.as_period(calendar, period).last_month // 12
    for unit, code, numerator, denominator, value, target in rows:
        members = SUCCESSORS[unit]
        expected = merged_value(data, members, calendar, period, code)
        assert same(expected[2], value), (unit, code, expected, value)
        if code.startswith("T") and value is not None:
            assert same(expected[0], numerator) and same(expected[1], denominator), (unit, code)
        wanted = oracle.number(data.targets.get((code, year, "commune"), {}).get("target"))
        times = len(members) if data.indicators[code]["aggregate"] == "sum" else 1
        # Without a target in that year there is none here either.
        assert same(None if wanted is None else wanted * times, target), (unit, code)
    assert len(rows) == len(SUCCESSORS) * len(data.indicators)


def write_csv(path, rows):
    """A CSV file of dictionaries with the same keys."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows(rows)
    return path


def test_figures_go_on_after_the_reorganisation(tmp_path, monkeypatch):
    """The code 23059 means Ma Lâm until 30 June 2025 and Hàm Thuận afterwards; no dossier is lost or counted twice."""
    filed = [
        ("23059", "2025-05-05"), ("23059", "2025-06-30"), ("23083", "2025-06-02"), ("23062", "2025-06-03"),
        ("23059", "2025-07-01"), ("23059", "2025-08-04"), ("23059", "2025-08-05"), ("22933", "2025-08-06"),
    ]  # fmt: skip
    procedure = next(row["procedure_code"] for row in table("procedure") if row["level"] == "commune")
    dossiers = [
        {"dossier_code": f"H11.{number}", "unit_code": unit, "procedure_code": procedure, "state": "processing",
         "received_at": f"{day} 08:00:00", "channel": "direct"}
        for number, (unit, day) in enumerate(filed)
    ]  # fmt: skip
    reported = [
        {"unit_code": unit, "period": period, "indicator_code": "S04", "numerator": top, "denominator": bottom}
        for unit, period, top, bottom in (
            ("23059", "2025-06", 60, 100), ("23083", "2025-06", 20, 100), ("23092", "2025-06", 10, 200),
            ("23059", "2025-08", 300, 400), ("22933", "2025-08", 50, 100),
        )
    ]  # fmt: skip
    store = tmp_path / "store"
    publish([write_csv(tmp_path / "d.csv", dossiers), write_csv(tmp_path / "k.csv", reported)], store=store)
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    queries.pin()

    def shown(unit, period, code):
        row = (
            queries._reader()
            ._connection.execute(
                """SELECT value FROM progress WHERE calendar = 'solar' AND period_code = ? AND cut = 'full' AND unit_code = ?
            AND indicator_code = ?""",
                [period, unit, code],
            )
            .fetchone()
        )
        return row and row[0]

    def received(unit):
        return [shown(unit, f"2025-{month:02}", "T01") or 0 for month in (5, 6, 7, 8)]

    assert received("23059") == [1, 1, 0, 0]
    assert received("23059@2025") == [1, 2, 1, 2]
    assert received("22933") == [0, 1, 0, 1]
    assert received("597") == [1, 3, 1, 3]
    # A merged unit's own report takes precedence; before it, the unit and the district are sums of their communes.
    assert shown("23059", "2025-06", "S04") == 60 and shown("23059", "2025-08", "S04") is None
    assert shown("23059@2025", "2025-06", "S04") == pytest.approx(100 * 90 / 400)
    assert shown("23059@2025", "2025-08", "S04") == 75
    assert shown("597", "2025-06", "S04") == pytest.approx(100 * 90 / 400)
    assert shown("597", "2025-08", "S04") == pytest.approx(100 * 350 / 500)
    freshness = queries.load("freshness").iloc[0]
    assert freshness["is_reorganised"] and freshness["home_name"] == "Hàm Thuận Bắc"
    units = queries.load("units")
    assert {"23059", "23059@2025"} <= set(units["unit_code"]) and units["is_successor"].sum() == 8


# -------------------------------------------------------------------------------------- scenarios

NO_ROUNDING = {"decimals": "", "when_none": "", "maximum": "1"}
BASE = {"calendar": "solar", "period": "2024-Q4"}


def scored(data: oracle.Data, index: str) -> dict[str, dict[str, dict]]:
    """Unit -> component -> its values in plain Python."""
    period = oracle.as_period("solar", "2024-Q4")
    if index == "all":
        parts = [
            (code, code, float(row["weight"]), None, NO_ROUNDING)
            for code, row in data.indicators.items()
            if float(row["weight"]) > 0
        ]
    else:
        parts = [
            (row["component_code"], row["indicator_code"], float(row["maximum"]), oracle.number(row["full_at"]), row)
            for row in COMPONENTS if row["index_code"] == index
        ]  # fmt: skip
    found: dict[str, dict[str, dict]] = {}
    for unit in [*oracle.communes(data), "597"]:
        for component, code, maximum, full, rule in parts:
            _, bottom, value = oracle.indicator(data, unit, "solar", "2024-Q4", code)
            target = oracle.target_of(data, unit, period, code)[0] if full is None else full
            row = data.indicators[code]
            found.setdefault(unit, {})[component] = {
                "code": code, "maximum": maximum, "value": value, "bottom": bottom, "full": target,
                "direction": row["direction"], "limit": oracle.number(row["limit_value"]), "aggregate": row["aggregate"],
                "rule": rule, "most": 100 if row["measure"] == "%" else float("inf"),
                "whole": oracle.extent(data, unit, "solar", "2024-Q4", code).whole, "unit": unit,
            }  # fmt: skip
    return found


def share_of(part: dict, value: float | None) -> float | None:
    """The share of a component's points earned by a value; none by that of a part of the whole, unless a move states it."""
    if not part["whole"] and (part["unit"] == "597" or value == part["value"]):
        return None
    found = (part["bottom"], value)
    return oracle.component_share(part["rule"], part["direction"], found, part["full"], part["limit"])


def total_of(parts: dict[str, dict], values: dict[str, float | None]) -> float | None:
    """The score of a unit out of 100; None if less than 80 of 100 points are known."""
    known = [(part["maximum"], share_of(part, values[name])) for name, part in parts.items()]
    known = [(maximum, share) for maximum, share in known if share is not None]
    most = sum(maximum for maximum, _ in known)
    if not known or 100 * most < 80 * sum(part["maximum"] for part in parts.values()):
        return None
    return 100 * sum(maximum * share for maximum, share in known) / most


def moved(found: dict[str, dict[str, dict]], moves: list[Move]) -> dict[str, dict[str, float | None]]:
    """Unit -> component -> its value in the scenario, in plain Python."""
    after = {unit: {name: part["value"] for name, part in parts.items()} for unit, parts in found.items()}
    for unit, parts in found.items():
        if unit == "597":
            continue
        for name, part in parts.items():
            for move in moves:
                fits = move.unit in ("all", unit) and move.indicator in ("all", part["code"]) and move.value is None
                share = share_of(part, part["value"])
                if fits and part["value"] is not None and share is not None and share < 1:
                    after[unit][name] = part["full"]
            for move in moves:
                if (move.unit, move.indicator) == (unit, part["code"]) and move.value is not None:
                    after[unit][name] = min(move.value, part["most"])
    for name, part in found["597"].items():
        for unit, parts in found.items():
            if unit == "597" or after[unit][name] == parts[name]["value"]:
                continue
            if part["aggregate"] == "sum":
                after["597"][name] += after[unit][name] - (parts[name]["value"] or 0)
            elif (
                part["aggregate"] == "ratio"
                and part["bottom"]
                and parts[name]["bottom"]
                and parts[name]["value"] is not None
            ):
                after["597"][name] += (
                    (after[unit][name] - parts[name]["value"]) * parts[name]["bottom"] / part["bottom"]
                )
    return after


def tried(found: dict[str, dict[str, dict]], moves: list[Move]) -> dict[str, tuple[float | None, float | None]]:
    """Unit -> (score today, score in the scenario), in plain Python."""
    after = moved(found, moves)
    return {
        unit: (total_of(parts, {name: part["value"] for name, part in parts.items()}), total_of(parts, after[unit]))
        for unit, parts in found.items()
    }


SCENARIOS = {
    "nothing": "",
    "one value": "23059:T14:95",
    "more than all of it": "23059:T14:500",
    "a value that makes it worse": "23059:T14:1;23062:S04:10",
    "everyone in one indicator": "all:T18",
    "everything": "all:all",
    "everyone but one": "all:S04;23068:S04:40",
    "one commune in everything": "23068:all",
    "lower is better": "all:T06;23092:T07:1",
    "a number of things": "all:S08;23065:S08:9",
    "an indicator of another scale": "23059:S11:100",
}


@pytest.mark.parametrize("index", ["all", "dti", "service"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_against_plain_python(data, demo_store, name, index):
    moves = parse(SCENARIOS[name])
    rows = answer(demo_store, "scenario_units", **BASE, index=index, moves=as_json(moves)).set_index("unit_code")
    expected = tried(scored(data, index), list(moves))
    assert set(rows.index) == set(expected)
    for unit, (today, after) in expected.items():
        assert same(rows.loc[unit, "today"], today), unit
        assert same(rows.loc[unit, "after"], after), unit
    places = oracle.competition_ranks(
        {unit: (after, rows.loc[unit, "coverage"]) for unit, (_, after) in expected.items() if unit != "597"}
    )
    assert {unit: int(place) for unit, place in rows["place"].dropna().items()} == places
    good = 80
    assert rows.loc["597", "to_good"] == pytest.approx(max(good - expected["597"][1], 0))
    assert (rows.loc["597", "class_name"] in ("Tốt", "Xuất sắc")) == (expected["597"][1] >= good)


def test_moves_are_listed_with_what_they_bring(demo_store):
    chosen = {**BASE, "index": "dti", "moves": as_json(parse("all:S07;23068:T14:50"))}
    moved, units = answer(demo_store, "scenario_moves", **chosen), answer(demo_store, "scenario_units", **chosen)
    gains = moved.groupby("unit_code")["points_gain"].sum()
    for row in units.itertuples():
        assert row.after - row.today == pytest.approx(gains.get(row.unit_code, 0)), row.unit_code


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("", ()),
        ("23059:T14:60", (Move("23059", "T14", 60),)),
        ("all:S07;all:all", (Move("all", "S07"), Move("all", "all"))),
        ("23059:T14", (Move("23059", "T14"),)),
        ("23059:T14:60;23059:T14:70", (Move("23059", "T14", 70),)),
        ("all:T14:60;23059:all:5", ()),
        ("23059:T14:-1;23059:T14:nan;23059:T14:inf;23059:T14:x", ()),
        ("x;;:;a:;:b", ()),
    ],
)
def test_moves_of_a_link(text, moves):
    assert parse(text) == moves
    assert parse(written(moves)) == moves
    assert json.loads(as_json(moves)) == [vars(move) for move in moves]


def test_a_move_takes_the_place_of_an_earlier_one():
    first = with_move((), Move("23059", "T14", 60))
    assert with_move(first, Move("23059", "T14", 70)) == (Move("23059", "T14", 70),)
    assert len(with_move(first, Move("23059", "T15", 70))) == 2


# ------------------------------------------------------------------------------ the cheapest plan

amounts = st.integers(0, 40).map(lambda number: number / 10)
option = st.fixed_dictionaries(
    {
        "component_code": st.sampled_from(["A", "B", "C"]),
        "effort": st.integers(1, 30).map(lambda number: number / 2),
        "unit_gain": amounts,
        "district_gain": amounts,
    }
)


def brute_force(options: pd.DataFrame, needed: float, of_district: bool) -> float | None:
    """The least effort of all sets of options that reach the goal; None if there is none."""
    best = None
    for picks in itertools.product([False, True], repeat=len(options)):
        chosen = options[list(picks)]
        if of_district:
            gain = sum(
                min(part["district_gain"].sum(), part["district_room"].iloc[0])
                for _, part in chosen.groupby("component_code")
            )
        else:
            gain = chosen["unit_gain"].sum()
        effort = chosen["effort"].sum()
        if gain >= needed - 1e-9 and (best is None or effort < best):
            best = effort
    return best


@pytest.mark.slow
@settings(max_examples=60)
@given(
    rows=st.lists(option, min_size=1, max_size=8),
    rooms=st.fixed_dictionaries(dict.fromkeys("ABC", amounts)),
    needed=st.integers(0, 80).map(lambda number: number / 10),
    of_district=st.booleans(),
)
def test_the_cheapest_plan_against_every_plan(rows, rooms, needed, of_district):
    options = pd.DataFrame(rows)
    options["district_room"] = options["component_code"].map(rooms)
    options["unit_code"], options["indicator_code"] = [f"u{number}" for number in range(len(rows))], "I"
    plan = cheapest(options, 50.0, 50.0 + needed, of_district)
    least = brute_force(options, needed, of_district)
    assert plan.is_enough == (least is not None)
    if least is not None:
        assert plan.is_proved and plan.effort == pytest.approx(least) and plan.gain >= needed - 1e-6
        assert plan.effort == pytest.approx(options.loc[plan.chosen.index, "effort"].sum())


@pytest.mark.parametrize("unit", ["597", "23059"])  # both with enough known for a score
@pytest.mark.parametrize("index", ["all", "dti", "service"])
def test_what_the_plan_promises_is_what_the_scenario_shows(demo_store, index, unit):
    chosen = {**BASE, "index": index}
    options = answer(demo_store, "scenario_options", **chosen, unit=unit, efforts="{}")
    today = answer(demo_store, "scenario_units", **chosen, moves="[]").set_index("unit_code").loc[unit, "today"]
    plan = cheapest(options, today, today + 1.5, unit == "597")
    assert plan.is_enough and len(plan.chosen)
    rows = answer(demo_store, "scenario_units", **chosen, moves=as_json(plan.moves)).set_index("unit_code")
    # The points of QĐ 766 are rounded for each component, the plan's are not.
    rounding = 0.05 if index == "service" else 1e-6
    assert rows.loc[unit, "after"] == pytest.approx(today + plan.gain, abs=rounding)
    assert rows.loc[unit, "after"] >= today + 1.5 - rounding


def test_the_readers_effort_weights_count(demo_store):
    chosen = {**BASE, "index": "dti", "unit": "23068"}
    plain = answer(demo_store, "scenario_options", **chosen, efforts="{}").set_index("indicator_code")["effort"]
    dear = answer(demo_store, "scenario_options", **chosen, efforts='{"T14": 20}').set_index("indicator_code")["effort"]
    assert dear["T14"] == pytest.approx(plain["T14"] * 20 / 2) and (dear.drop("T14") == plain.drop("T14")).all()


# ------------------------------------------------------------------------- ranks of the districts


def test_sensitivity_against_plain_python(demo_store, snapshot):
    chosen = {"index": "dti", "year": 2024, "spread": 30}
    rows = answer(demo_store, "rank_sensitivity", **chosen).set_index("unit_code")
    given_scores = snapshot.execute(
        """SELECT district_code, criterion_code, score, maximum FROM index_score
        WHERE index_code = 'dti' AND year = 2024 AND criterion_code <> 'total'"""
    ).fetchall()
    places: dict[str, list[int]] = {unit: [] for unit in rows.index}
    for number in range(1, 1001):
        top, bottom = dict.fromkeys(places, 0.0), dict.fromkeys(places, 0.0)
        for unit, criterion, score, maximum in given_scores:
            luck = int(md5(f"{number}:{criterion}".encode()).hexdigest()[:8], 16) / 4294967295
            weight = maximum * (1 + 0.3 * (2 * luck - 1))
            top[unit] += weight * score / maximum
            bottom[unit] += weight
        totals = {unit: round(100 * top[unit] / bottom[unit], 2) for unit in top}
        for unit in totals:
            places[unit].append(1 + sum(other > totals[unit] for other in totals.values()))
    for unit, seen in places.items():
        ordered = sorted(seen)
        assert rows.loc[unit, "low"] == ordered[49] and rows.loc[unit, "high"] == ordered[949], unit
        assert rows.loc[unit, "first_share"] == pytest.approx(100 * seen.count(1) / 1000)
        assert rows.loc[unit, "moved_share"] == pytest.approx(
            100 * sum(p != rows.loc[unit, "place"] for p in seen) / 1000
        )


def test_weights_that_do_not_vary_change_no_rank(demo_store):
    rows = answer(demo_store, "rank_sensitivity", index="dti", year=2024, spread=0)
    assert (
        (rows["low"] == rows["place"]).all()
        and (rows["high"] == rows["place"]).all()
        and (rows["moved_share"] == 0).all()
    )


@pytest.mark.parametrize("index", ["par", "dti", "service", "sipas"])
def test_where_points_are_lost_and_what_to_defend(demo_store, snapshot, index):
    rows = snapshot.execute(
        """SELECT district_code, criterion_code, score, self_score, maximum FROM index_score
        WHERE index_code = ? AND year = 2024""",
        [index],
    ).fetchall()
    scores: dict[str, dict[str, float]] = {}
    for district, criterion, score, _, _ in rows:
        scores.setdefault(criterion, {})[district] = score
    own_total = scores.pop("total")
    others = {district: total for district, total in own_total.items() if district != "597"}
    leader = max(others, key=lambda district: (others[district], district))
    lost = {criterion: max(by.values()) - by["597"] for criterion, by in scores.items()}
    shown = answer(demo_store, "district_criteria", index=index, year=2024).set_index("criterion_code")
    for criterion, missing in lost.items():
        assert shown.loc[criterion, "lost"] == pytest.approx(missing)
    assert shown.sort_values("lost_rank")["lost"].is_monotonic_decreasing
    for district, criterion, score, own, _ in rows:
        if district == "597" and criterion != "total":
            assert shown.loc[criterion, "self_gap"] == pytest.approx(own - score)
    said = told(demo_store, "criterion_lever", index=index, year=2024).set_index("kind")
    assert said.loc["distance", "figure"] == pytest.approx(80 - own_total["597"])
    assert said.loc["lever", "figure"] == pytest.approx(max(lost.values()))
    total = own_total["597"]
    assert f"điểm thẩm định năm 2024 từ {total:.2f} lên".replace(".", ",") in said.loc["lever", "sentence"]
    ahead = {c: by["597"] - by[leader] for c, by in scores.items() if by["597"] > by[leader]}
    if ahead:
        assert said.loc["defend", "figure"] == pytest.approx(min(ahead.values()))
    else:
        assert "defend" not in said.index


# ---------------------------------------------------------------------------------- pilots, peers


def test_pilots_against_the_other_communes(data, demo_store, snapshot):
    shown = told(demo_store, "pilot_effects", calendar="solar", period="2024-Q4").set_index("initiative_code")
    rows = snapshot.execute(
        "SELECT initiative_code, unit_code, indicator_code, start_on FROM initiative WHERE kind = 'pilot'"
    ).fetchall()
    assert len(rows) == 7
    piloted: dict[str, set[str]] = {}
    for _, unit, code, _ in rows:
        piloted.setdefault(code, set()).add(unit)
    for initiative, unit, code, start in rows:
        first = max(start.year * 12 + start.month - 2, 2023 * 12)  # figures begin in January 2023
        months = [f"{month // 12}-{month % 12 + 1:02}" for month in (first, 2024 * 12 + 11)]
        others = [commune for commune in oracle.communes(data) if commune not in piloted[code]]
        # The same communes before and after, each with enough to judge by.
        others = [
            one
            for one in others
            if all(
                (found := oracle.indicator(data, one, "solar", month, code))[2] is not None
                and not oracle.low_volume(found[1], code)
                for month in months
            )
        ]
        own = [oracle.indicator(data, unit, "solar", month, code)[2] for month in months]
        rest = [merged_value(data, others, "solar", month, code)[2] for month in months]
        row = shown.loc[initiative]
        if None in own:
            assert pd.isna(row["change"]) and "Chưa đủ số liệu" in row["sentence"]
            continue
        assert row["change"] == pytest.approx(own[1] - own[0])
        assert row["others_change"] == pytest.approx(rest[1] - rest[0])
        assert row["ahead"] == pytest.approx((own[1] - own[0]) - (rest[1] - rest[0]))


def test_peers_are_of_the_same_kind_of_land_and_near_in_people(demo_store):
    people = {row["unit_code"]: (row["area_type"], int(row["population"])) for row in table("unit")
              if row["kind"] == "commune" and row["parent_code"] == "597"}  # fmt: skip
    for unit, (area, population) in people.items():
        shown = answer(demo_store, "unit_peers", unit=unit)["unit_code"].tolist()

        def far(other, area=area, population=population):
            return (people[other][0] != area, abs(np.log(people[other][1] / population)))

        assert sorted(shown) == sorted(set(people) - {unit})
        assert [far(code) for code in shown] == sorted(far(code) for code in shown)


# ------------------------------------------------------------------------------- edited settings


def edited(name, tmp_path, change):
    """A file with the rows of a reference table that `change` modifies."""
    rows = [{**row, **changed} for row in table(name) if (changed := change(row))]
    return write_csv(tmp_path / f"{name}.csv", rows)


def test_a_changed_weight_band_or_target_is_a_row_uploaded(own_light_store, tmp_path, monkeypatch):
    """Weights of components and indicators, classes, targets, efforts: each follows an uploaded row, on every page."""
    monkeypatch.setenv("DASHBOARD_STORE", str(own_light_store))
    chosen = {
        "calendar": "solar",
        "period": "2024-Q4",
        "before": "",
        "before_cut": "full",
        "unit": "597",
        "index": "dti",
    }

    def total():
        queries.pin()
        return queries.load("simulated_groups", **chosen).set_index("criterion_code").loc["total"]

    before = total()
    assert before["class_name"] == "Khá"
    economy = edited(
        "component",
        tmp_path,
        lambda row: (row["index_code"], row["component_code"]) == ("dti", "S08") and {"maximum": "0"},
    )
    publish([economy], store=own_light_store)
    assert total()["maximum"] == 95 and total()["value"] > before["value"]
    bands = edited(
        "class_band",
        tmp_path,
        lambda row: (
            row["index_code"] == "dti" and {"good": {"minimum": "88"}, "fair": {"minimum": "87"}}.get(row["class_code"])
        ),
    )
    publish([bands], store=own_light_store)
    assert total()["class_name"] == "Trung bình" and total()["target"] == 88
    said = in_words(queries.load("criterion_lever", index="dti", year=2024)).set_index("kind")
    assert "từ 88" in said.loc["distance", "sentence"]
    targets = edited(
        "indicator_target",
        tmp_path,
        lambda row: (row["indicator_code"], row["year"]) == ("S07", "2024") and {"target": "20", "alert": "15"},
    )
    publish([targets], store=own_light_store)
    parts = queries.pin() and queries.load("components", **chosen).set_index("component_code")
    assert parts.loc["S07", "full_at"] == 20 and parts.loc["S07", "points"] == 7
    score = queries.load("commune_score", **chosen, scope="commune").set_index("unit_code")["value"]
    weights = edited(
        "indicator", tmp_path, lambda row: row["indicator_code"] == "T05" and {"weight": "60", "effort": "9"}
    )
    publish([weights], store=own_light_store)
    queries.pin()
    again = queries.load("commune_score", **chosen, scope="commune").set_index("unit_code")["value"]
    assert (again.sort_index() != score.sort_index()).any()
    efforts = queries.load("efforts", **{**chosen, "index": "all"}).set_index("indicator_code")["effort"]
    assert efforts["T05"] == 9


def test_a_confirmed_rule_loses_its_mark(own_light_store, tmp_path, monkeypatch):
    """What is on screen as unconfirmed follows the status of the rows."""
    monkeypatch.setenv("DASHBOARD_STORE", str(own_light_store))
    queries.pin()
    before = in_words(queries.load("index_confirmation", index="sipas")).iloc[0]
    assert before["unconfirmed"] == 10 and before["sentence"] == "5/5 tiêu chí, 5/5 ngưỡng xếp loại"
    publish(
        [
            edited(name, tmp_path, lambda row: row["index_code"] == "sipas" and {"status": "confirmed"})
            for name in ("criterion", "class_band")
        ],
        store=own_light_store,
    )
    queries.pin()
    after = in_words(queries.load("index_confirmation", index="sipas")).iloc[0]
    assert after["unconfirmed"] == 0 and after["sentence"] == ""
