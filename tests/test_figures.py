"""Every figure of the snapshot, compared with plain Python over the published files."""

from __future__ import annotations

import pytest

from tests import oracle

# Both calendars, every kind of period, the first one, and an unfinished one.
PERIODS = [
    ("solar", "2023-01"),
    ("solar", "2024-Q4"),
    ("solar", "2024"),
    ("reporting", "2023-H2"),
    ("reporting", "2024-06"),
    ("reporting", "2025-01"),
]
CLOSE = 1e-9


@pytest.fixture(scope="module")
def units(snapshot):
    """The communes and the district."""
    rows = snapshot.execute(
        "SELECT DISTINCT unit_code FROM scope_unit WHERE scope IN ('commune', 'district') ORDER BY ALL"
    ).fetchall()
    assert len(rows) == 18
    return [code for (code,) in rows]


def same(one: float | None, other: float | None) -> bool:
    """Both missing, or approximately equal."""
    if one is None or other is None:
        return one is other
    return one == pytest.approx(other, rel=CLOSE, abs=CLOSE)


@pytest.mark.parametrize(("calendar", "period"), PERIODS)
def test_every_indicator_of_every_unit(data, snapshot, units, calendar, period):
    rows = snapshot.execute(
        """SELECT unit_code, indicator_code, numerator, denominator, value, status, low_volume
        FROM progress WHERE calendar = ? AND period_code = ? AND cut = 'full'""",
        [calendar, period],
    ).fetchall()
    compared, wrong = 0, []
    for unit, code, numerator, denominator, value, status, low_volume in rows:
        if unit not in units:
            continue
        expected = oracle.indicator(data, unit, calendar, period, code)
        compared += 1
        if not same(expected[2], value) or oracle.status(data, unit, calendar, period, code) != status:
            wrong.append((unit, code, expected, (numerator, denominator, value), status))
        if code.startswith("T"):
            context = data.indicators[code]["direction"] == "context"
            assert same(expected[0], numerator) or value is None, (unit, code)
            low = value is not None and not context and oracle.low_volume(expected[1], code)
            assert low == low_volume, (unit, code)
    assert not wrong
    assert compared == 18 * 67


@pytest.mark.parametrize(("calendar", "period"), PERIODS)
def test_score_coverage_and_rank(data, snapshot, units, calendar, period):
    rows = snapshot.execute(
        """SELECT unit_code, score, coverage, place FROM unit_score
        WHERE calendar = ? AND period_code = ? AND cut = 'full' AND group_code = 'all'""",
        [calendar, period],
    ).fetchall()
    ranks = oracle.ranks(data, calendar, period)
    checked = 0
    for unit, score, coverage, place in rows:
        if unit in units:
            expected = oracle.total_score(data, unit, calendar, period)
            assert same(expected[0], score) and same(expected[1], coverage), (unit, expected, score, coverage)
            assert ranks.get(unit) == place, (unit, score)
            checked += 1
    assert checked == 18


@pytest.mark.parametrize(("calendar", "period"), PERIODS)
def test_form_ii06_of_every_unit(data, snapshot, units, calendar, period):
    rows = snapshot.execute(
        """SELECT scope_unit.unit_code,
            sum(carried_over + received), coalesce(sum(received) FILTER (WHERE channel = 'online'), 0),
            coalesce(sum(received) FILTER (WHERE channel <> 'online'), 0), sum(carried_over),
            sum(resolved_early + resolved_on_time + resolved_late), sum(resolved_early), sum(resolved_on_time),
            sum(resolved_late), sum(open_total), sum(open_total - open_late), sum(open_late)
        FROM service_period JOIN scope_unit ON member_code = service_period.unit_code
        WHERE calendar = ? AND period_code = ? AND cut = 'full' GROUP BY scope_unit.unit_code""",
        [calendar, period],
    ).fetchall()
    names = [
        "total",
        "online",
        "direct_postal",
        "carried_over",
        "resolved",
        "early",
        "on_time",
        "late",
        "open",
        "open_in_time",
        "open_late",
    ]
    checked = 0
    for unit, *figures in rows:
        if unit in units:
            assert oracle.counts(data, unit, calendar, period) == dict(zip(names, map(int, figures), strict=True)), unit
            checked += 1
    assert checked == 18


def test_what_is_open_at_the_end_is_carried_over(snapshot):
    broken = snapshot.execute("SELECT count(*) FROM broken_identity").fetchone()[0]
    months = snapshot.execute("SELECT count(*) FROM service_month").fetchone()[0]
    assert broken == 0 and months > 10_000


@pytest.mark.parametrize("code", ["T03", "T05", "T06", "T08", "T14", "T22"])
def test_comparison_with_a_period_that_is_not_over(data, snapshot, units, code):
    """The earlier period is cut to the same number of days: 17 of reporting month 2025-01."""
    as_of = oracle.as_of(data)
    cut = oracle.cut("reporting", "2025-01", as_of, "2024-12")
    rows = snapshot.execute(
        """SELECT unit_code, value FROM progress WHERE calendar = 'reporting' AND period_code = '2024-12'
        AND cut = 'to_date' AND indicator_code = ?""",
        [code],
    ).fetchall()
    for unit, value in rows:
        if unit in units:
            assert same(oracle.indicator(data, unit, "reporting", cut, code)[2], value), (unit, cut)


def test_ranking_of_the_districts(data, snapshot):
    """Totals are the sums of the criteria; ranks are competition ranks of the percentages."""
    rows = snapshot.execute("SELECT index_code, year, district_code, percent, place FROM index_total").fetchall()
    groups: dict = {}
    for index, year, district, percent, place in rows:
        groups.setdefault((index, year), []).append((district, percent, place))
    assert len(groups) == 12
    for districts in groups.values():
        assert len(districts) == 10
        for _, percent, place in districts:
            assert place == 1 + sum(round(other, 2) > round(percent, 2) for _, other, _ in districts)
    scores = snapshot.execute(
        """SELECT index_code, year, district_code, score, sum_score FROM index_total JOIN (
            SELECT index_code, year, district_code, sum(score) AS sum_score FROM index_score
            WHERE criterion_code <> 'total' GROUP BY ALL) USING (index_code, year, district_code)"""
    ).fetchall()
    assert all(same(round(total, 2), round(summed, 2)) for *_, total, summed in scores)
