"""Every figure of a store of which only a part is known, compared with plain Python over the same files.

In both calendars, for every period, whole and cut to as many days as the newest one has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb
import pytest

import queries
from ingest.store import archive
from queries.snapshot import pointed_id
from tests import kept, oracle, small
from tests.answers import answers, same_rows
from tests.browser import ROOT
from tests.partial import CASES, covering, export, truth

CALENDARS = ("solar", "reporting")
CUTS = ("full", "to_date")
GROUPS = ("all", "service", "reform", "digital")
SCORED = {row["indicator_code"]: row for row in oracle.rows(ROOT / "data" / "reference" / "indicator.csv")}
# A measure of the cube → its name in the oracle.
MEASURES = {
    "carried_over": "carried", "unclear_before": "unclear_before", "received": "received", "refused": "refused",
    "resolved_early": "early", "resolved_on_time": "on_time", "resolved_late": "late", "open_total": "open",
    "open_late": "open_late", "unclear": "unclear", "handled": "handled", "resolved_statutory_days": "days_allowed",
}  # fmt: skip
# A list of dossiers → whether one belongs to it.
LISTS = {
    "handled": lambda one: one.resolved or one.open,
    "carried_over": lambda one: one.carried,
    "received": lambda one: one.received,
    "resolved": lambda one: one.resolved,
    "resolved_late": lambda one: one.resolved and one.late,
    "open_total": lambda one: one.open,
    "open_late": lambda one: one.open and one.late,
    "open_waiting": lambda one: one.waiting,
    "late": lambda one: one.late,
    "unclear": lambda one: one.unclear,
}


@dataclass(frozen=True, eq=False)
class Partial:
    """A store, its snapshot and the same files in plain Python."""

    store: Path
    data: oracle.Data
    snapshot: duckdb.DuckDBPyConnection
    found: dict[str, dict[str, str]] = field(default_factory=dict)

    def periods(self, calendar: str) -> dict[str, str]:
        """The periods of a calendar with their kinds, asked once."""
        if calendar not in self.found:
            self.found[calendar] = dict(
                self.ask("SELECT period_code, kind FROM period WHERE calendar = ? AND kind <> 'cumulative'", calendar)
            )
        return self.found[calendar]

    def ask(self, sql: str, *given: object) -> list[tuple]:
        return self.snapshot.execute(sql, given).fetchall()

    def cut(self, calendar: str, code: str, cut: str) -> oracle.Period:
        """A period, whole or cut to as many days as the newest one of its kind has."""
        if cut == "full":
            return oracle.as_period(calendar, code)
        newest = max(other for other, kind in self.periods(calendar).items() if kind == oracle.kind_of(code))
        return oracle.elapsed(calendar, newest, oracle.as_of(self.data), code)


@pytest.fixture(scope="module", params=CASES)
def told(request, shared) -> Iterator[Partial]:
    """One of the stores."""
    name = request.param
    made_of = (*kept.STORE, "tests/partial.py", "tests/small.py")
    case = CASES[name]()
    words = name.replace(" ", "_")
    folder = shared(f"partial_{words}", partial(kept.take, f"partial_{words}", made_of, case.make))
    store = folder / "store"
    with duckdb.connect(str(store / "snapshots" / f"{pointed_id(store)}.duckdb"), read_only=True) as snapshot:
        yield Partial(store, case.read(folder), snapshot)


def same(one: object, other: object) -> bool:
    """Both missing, or equal; fractions approximately."""
    if one != other and isinstance(one, float) and isinstance(other, int | float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-9)
    return one == other or (one is None and other is None)


def test_the_periods_are_those_of_the_known_days(told):
    """Months begin with that of the first known day, or with the year; none begins after the date of the data."""
    first = min(min(days) for days in told.data.known.values()).replace(day=1)
    newest = oracle.as_of(told.data)
    first = min(first, newest.replace(month=1, day=1))
    for calendar in CALENDARS:
        ordinals = range(first.year * 12, newest.year * 12 + 13)
        expected = {
            f"{ordinal // 12}-{ordinal % 12 + 1:02}"
            for ordinal in ordinals
            if first <= oracle.month_days(calendar, ordinal)[0] <= newest
        }
        shown = {code for code, kind in told.periods(calendar).items() if kind == "month"}
        assert shown == expected, calendar
    assert told.ask("SELECT as_of FROM as_of_date") == [(newest,)]


@pytest.mark.slow
@pytest.mark.parametrize("calendar", CALENDARS)
def test_every_cell_of_progress(told, calendar):
    """Value, status and of how much of the whole each is made; a value of a part has no share of points."""
    data, wrong, seen = told.data, [], defaultdict(int)
    rows = told.ask(
        """SELECT period_code, cut, unit_code, indicator_code, numerator, denominator, value, status, low_volume,
            score_share, known_units, all_units, known_dossiers, all_dossiers, unclear_dossiers, older_known, volume_known, is_whole, by_statute
        FROM progress WHERE calendar = ? AND kind <> 'cumulative'""",
        calendar,
    )
    for period, cut, unit, code, numerator, denominator, value, status, few, share, *extent, whole, statute in rows:
        is_computed = code.startswith("T")
        if cut != "full" and not is_computed:
            continue  # a reported value has no days
        span = told.cut(calendar, period, cut)
        expected = oracle.indicator(data, unit, calendar, span, code)
        found = {"value": (value, expected[2]), "status": (status, oracle.status(data, unit, calendar, span, code))}
        seen[status] += 1
        if value is not None:
            known = oracle.extent(data, unit, calendar, span, code)
            if is_computed:
                found |= {"numerator": (numerator, expected[0]), "denominator": (denominator, expected[1])}
                found["statute"] = (statute, oracle.judged_by_statute(data, unit, calendar, span, code))
            few_expected = SCORED[code]["direction"] != "context" and oracle.low_volume(expected[1], code)
            found["low"] = (few, few_expected)
            found |= {"extent": (tuple(extent), tuple(known[:7])), "whole": (whole, known.whole)}
            found["share"] = (share, oracle.score_share(data, unit, calendar, span, code))
        bad = {name: pair for name, pair in found.items() if not same(*pair)}
        if bad:
            wrong.append((period, cut, unit, code, bad))
    assert not wrong, (len(wrong), wrong[:5])
    assert seen["partial"] and seen["missing"]


@pytest.mark.parametrize("calendar", CALENDARS)
def test_every_score(told, calendar):
    """No score where too little is known: neither a place nor a status but missing or partial."""
    rows = told.ask(
        """SELECT period_code, cut, scope, unit_code, group_code, score, coverage, place, ranked_units, status
        FROM unit_score WHERE calendar = ? AND kind <> 'cumulative' AND cut = 'full'""",
        calendar,
    )
    ranked, places = defaultdict(dict), {}
    for period, cut, scope, unit, group, score, coverage, place, count, status in rows:
        span = told.cut(calendar, period, cut)
        expected = oracle.total_score(told.data, unit, calendar, span, group)
        assert same(score, expected[0]) and same(coverage, expected[1]), (
            period,
            unit,
            group,
            score,
            coverage,
            expected,
        )
        if expected[0] is None:
            weighted = [
                code for code, row in SCORED.items() if float(row["weight"]) and group in ("all", row["group_code"])
            ]
            some = any(oracle.indicator(told.data, unit, calendar, span, code)[2] is not None for code in weighted)
            assert status == ("partial" if some else "missing") and place is None, (period, unit, group)
        if scope in ("commune", "successor"):
            ranked[period, scope, group][unit] = expected
            places[period, scope, group, unit] = (place, count)
    for (period, scope, group), found in ranked.items():
        expected = oracle.competition_ranks(found)
        for unit in found:
            assert places[period, scope, group, unit] == (expected.get(unit), len(expected)), (period, unit, group)


@pytest.mark.parametrize("calendar", CALENDARS)
def test_every_measure(told, calendar):
    """What there was to do, what became of it, what is unclear; what was carried over is unknown, never 0."""
    sums = ", ".join(f"sum({name})" for name in MEASURES)
    rows = told.ask(
        f"""SELECT period_code, cut, unit_code, count(carried_over) IN (0, count(*)), {sums}
        FROM service_period WHERE calendar = ? AND kind <> 'cumulative' GROUP BY period_code, cut, unit_code""",
        calendar,
    )
    found = {tuple(row[:3]): row[3:] for row in rows}
    told_of = set()
    for period in told.periods(calendar):
        for cut in CUTS:
            span = told.cut(calendar, period, cut)
            for unit in told.data.named:
                total = oracle.own_tally(told.data, unit, calendar, span, frozenset())
                if not total["told"]:
                    continue
                told_of.add((period, cut, unit))
                expected = {name: total[word] for name, word in MEASURES.items()}
                if total["carry_unknown"]:
                    expected |= {"carried_over": None, "unclear_before": None}
                uniform, *given = found[period, cut, unit]
                assert uniform
                bad = {
                    name: (one, expected[name])
                    for name, one in zip(MEASURES, given, strict=True)
                    if not same(one, expected[name])
                }
                assert not bad, (period, cut, unit, bad)
    assert set(found) == told_of


@pytest.mark.slow
@pytest.mark.parametrize("calendar", CALENDARS)
def test_every_list(told, calendar):
    """The dossiers of a list, the number that the pages show of it, and plain Python agree."""
    names = ", ".join(f"coalesce(sum({name}), 0)" for name in LISTS)
    rows = told.ask(
        f"SELECT period_code, unit_code, {names} FROM subset_cell WHERE calendar = ? GROUP BY period_code, unit_code",
        calendar,
    )
    shown = {tuple(row[:2]): dict(zip(LISTS, row[2:], strict=True)) for row in rows}
    newest, cells = oracle.as_of(told.data), 0
    for period, kind in told.periods(calendar).items():
        if kind == "month" and period < "2024-05":
            continue
        start, end = oracle.periods(calendar, kind, period)
        standings = defaultdict(list)
        for unit in told.data.known:
            for one in oracle.standings(told.data, unit, calendar, period):
                if one.dossier.unit == unit:
                    standings[unit].append(one)
        for name, belongs in LISTS.items():
            listed = told.ask(
                f"SELECT unit_code, dossier_code FROM listed_dossier(?, ?, '{name}')", start, min(end, newest)
            )
            expected = sorted(
                (unit, one.dossier.code) for unit, own in standings.items() for one in own if belongs(one)
            )
            assert sorted(listed) == expected, (period, name)
            counts = defaultdict(int)
            for unit, _ in listed:
                counts[unit] += 1
            numbers = {unit: own[name] for (code, unit), own in shown.items() if code == period and own[name]}
            assert numbers == counts, (period, name)
            cells += len(listed)
    assert cells


def test_no_commune_is_forgotten_or_counted_twice(told):
    """What was carried over and came in is what was handled or is unclear, wherever the eve and every day is known."""
    sql = """SELECT count(*) FROM service_month
        WHERE carried_over + unclear_before + received
            <> resolved_early + resolved_on_time + resolved_late + open_total + unclear"""
    assert told.ask("SELECT count(*) FROM broken_identity") == [(0,)] and told.ask(sql) == [(0,)]


# --------------------------------------------------------------------------------------- what is told


@answers("unclear")
def test_what_is_unclear_is_told(told, monkeypatch):
    """The number at the end of a period, and the earliest day since which it is unclear; nothing if all is clear."""
    end = small.seen(monkeypatch, small.World(told.store, told.data, {}))
    try:
        for unit in ("597", "23059", "23062"):
            for period in ("2024-08", "2024-Q4", "2025-Q3"):
                if period not in told.periods("solar"):
                    continue
                count = oracle.period_tally(told.data, unit, "solar", period)["unclear"]
                since = [
                    dossier.told
                    for member in oracle.members(told.data, unit)
                    for dossier in told.data.dossiers.get(member, ())
                    if member in told.data.known and oracle.is_unclear(dossier, max(told.data.known[member]))
                ]
                expected = [{"dossiers": count, "told_on": min(since, default=None)}] if count else []
                asked = {"calendar": "solar", "period": period, "unit": unit}
                same_rows(queries.load("unclear", **asked), expected)
    finally:
        end()


@pytest.mark.parametrize("place", range(6))
def test_what_a_file_seems_to_cover(tmp_path, place):
    """The guess from the rows of a file is that of plain Python, for files of many kinds."""
    from ingest.publish import publish

    covers = (
        covering(("23059", "23062"), "2024-03-01", "2024-11-20", "received"),
        covering(("23059", "23062"), "2024-07-01", "2024-11-20", "all"),
        covering(("23059",), "2024-07-10", "2024-08-31", "all"),
        covering(("23059", "23062"), "2024-07-09", "2024-09-30", "received", "2024-10-04"),
        covering(("23059", "23062"), "2024-05-01", "2024-06-30", "received", "2024-07-20"),
        covering(("23062",), "2024-10-06", "2024-10-31", "changed"),
    )[place]
    rows = truth("23059", 1, 600) + truth("23062", 2, 20)
    told = export(rows, covers)
    path = small.write(tmp_path / "a.csv", told)
    with small.quickly_built(tmp_path):
        publish([path], store=tmp_path / "store")
    (upload,) = archive.newest_manifest(tmp_path / "store")["uploads"]
    expected = oracle.guess(told)
    assert upload["coverage"] == {
        "units": sorted(expected.units),
        "from_on": expected.first.isoformat(),
        "to_on": expected.last.isoformat(),
        "older": expected.older,
        "as_of": expected.as_of.isoformat(),
    }
