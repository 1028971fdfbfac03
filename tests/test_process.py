"""Process charts, in SQL as in plain Python: limits, rules, baselines, chances; false alarms and missed falls counted."""

from __future__ import annotations

import itertools
import math
import random
from datetime import date, timedelta

import pytest

from tests import process
from tests.process import Point, judge_in_sql, process_database, rate


def drawn(luck: random.Random) -> list[Point]:
    """A random series: steady, shifting, growing or jumping; a rate, a count or a number; long or short."""
    months = luck.choice((5, 11, 12, 13, 20, 31, 48))
    kind = luck.choice(("rate", "rate", "never", "always", "count", "number", "flat"))
    level, slope, jump = luck.uniform(0.05, 0.95), luck.choice((0, 0, 0.01, -0.01)), luck.choice((0, 0, 0.15, -0.3))
    at = luck.randrange(months + 10)
    points = []
    for month in range(months):
        p = min(max(level + slope * month + (jump if month >= at else 0) + luck.gauss(0, 0.02), 0.01), 0.99)
        if kind in ("rate", "never", "always"):
            n = luck.choice((1, 8, 29, 30, 45, 200, 900))
            x = sum(luck.random() < p for _ in range(n)) if kind == "rate" else 0 if kind == "never" else n
            x = x if kind == "rate" or month != months - 1 else n - x  # what never happened happens to all
            points.append(rate(x, n))
        elif kind == "flat":
            points.append(Point(7.5 if month < at else 8.25))
        else:
            value = round(40 * p + luck.gauss(0, 2), 4)
            points.append(Point(float(round(value)) if kind == "count" else value))
    return points


@pytest.mark.parametrize("seed", range(6))
def test_every_month_as_in_plain_python(seed):
    luck = random.Random(seed)
    series = {f"u{number:02}": drawn(luck) for number in range(40)}
    rows = [
        (unit, f"i{number % 3}", month, p.value, p.numerator, p.denominator, p.low_volume)
        for number, (unit, points) in enumerate(series.items())
        for month, p in enumerate(points)
    ]
    connection = process_database(rows)
    judge_in_sql(connection)
    answer = connection.execute(
        """SELECT unit_code, month, centre, lower_limit, upper_limit, z, outside, two_of_three, trend, run, signal, chance
        FROM process_month ORDER BY ALL"""
    ).fetchall()
    units = list(series)
    chance = {}
    for code in range(3):
        chance |= process.chances({unit: series[unit] for unit in units[code::3]})
    expected = {
        (unit, month): one
        for unit, points in series.items()
        if len(points) >= process.BASE
        for month, one in enumerate(process.judge(points))
    }
    assert [(unit, month) for unit, month, *_ in answer] == sorted(expected)
    signals = 0
    for unit, month, centre, lower, upper, z, *rules, signal, likely in answer:
        one = expected[unit, month]
        assert [centre, lower, upper] == pytest.approx([one.centre, one.lower, one.upper], rel=1e-9, abs=1e-9)
        assert (z is None) == (one.z is None)
        assert z is None or z == pytest.approx(one.z, rel=0.04, abs=0.05), (unit, month)
        # Where the exact tail and its closed form lie on either side of a limit, either is right.
        if one.z is None or min(abs(abs(one.z) - limit) for limit in (2, 3)) > 0.15:
            assert rules[0] == one.outside, (unit, month)
        assert (rules[2], rules[3]) == (one.trend, one.run)
        if rules == [one.outside, one.two_of_three, one.trend, one.run]:
            assert signal == one.signal
            if signal:
                signals += 1
                assert likely == pytest.approx(chance[unit, month], rel=0.1, abs=1e-8), (unit, month)
            else:
                assert likely is None
    assert signals > 50


def test_published_chart_of_individuals():
    """Montgomery, Introduction to Statistical Quality Control, example 6.5: the costs of twenty mortgage loans.

    Mean 300.5, mean moving range 7.79, limits 279.78 and 321.22, limit of the moving range 25.45 (read 7.79 x 3.267).
    """
    costs = [310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306, 301, 304]
    connection = process_database([("a", "i", at, float(cost), None, None, False) for at, cost in enumerate(costs)])
    text = process.text_of
    process.text_of = lambda path: of_twenty(text(path))
    try:
        judge_in_sql(connection)
    finally:
        process.text_of = text
    [(centre, lower, upper, ranges)] = connection.execute(
        "SELECT DISTINCT centre, lower_limit, upper_limit, range_limit FROM process_month"
    ).fetchall()
    assert [round(centre, 1), round(lower, 2), round(upper, 2), round(ranges, 2)] == [300.5, 279.78, 321.22, 25.45]


def test_published_chart_of_shares():
    """Mohammed et al., BMJ Quality & Safety 2013;22:362-368: patients seen within four hours in twenty weeks (p' chart).

    The limits are those of qicharts2 0.8.1 for these data (chart "pp"), to ten digits.
    """
    seen = [
        266501, 264225, 276532, 281461, 269071, 261215, 270409, 279778, 270483, 270320, 267923, 271478, 255353, 256820, 261835,
        259144, 255910, 260863, 264465, 260989,
    ]  # fmt: skip
    came = [
        280443, 276823, 291681, 296155, 282343, 275888, 283867, 295251, 284468, 282529, 279618, 283932, 266629, 268091, 276803,
        271578, 266005, 273520, 278574, 273772,
    ]  # fmt: skip
    # Of the first three weeks, the one with the widest limits (the thirteenth), and the last one.
    limits = {
        0: (0.9401296441775141, 0.96566977851086822),
        1: (0.94004641862513627, 0.96575300406324605),
        2: (0.9403780655785402, 0.96542135710984212),
        12: (0.93980301398912502, 0.96599640869925729),
        19: (0.93997499652290417, 0.96582442616547814),
    }
    rows = [
        ("a", "p", week, 100 * x / n, float(x), float(n), False)
        for week, (x, n) in enumerate(zip(seen, came, strict=True))
    ]
    connection = process_database(rows)
    text = process.text_of
    process.text_of = lambda path: of_twenty(text(path))
    try:
        judge_in_sql(connection)
    finally:
        process.text_of = text
    found = {
        week: (centre, lower, upper)
        for week, centre, lower, upper in connection.execute(
            "SELECT month, centre, lower_limit, upper_limit FROM process_month"
        ).fetchall()
    }
    assert len(found) == 20
    for week, (lower, upper) in limits.items():
        assert found[week] == pytest.approx([95.289971134419116, 100 * lower, 100 * upper], rel=1e-10), week


def of_twenty(text: str) -> str:
    """The statements with a baseline of twenty months instead of twelve."""
    for twelve, twenty in (
        ("11 ", "19 "),
        ("months = 12", "months = 20"),
        ("/ 11", "/ 19"),
        ("+ 12", "+ 20"),
        ("- 11", "- 19"),
        ("+ 11", "+ 19"),
    ):
        text = text.replace(twelve, twenty)
    return text


@pytest.mark.parametrize("p", (0.001, 0.03, 0.2, 0.5, 0.9, 0.995))
@pytest.mark.parametrize("n", (5, 30, 200, 4000))
def test_exact_tail(n, p):
    """The closed form of the binomial tail against its sum, wherever a rule can depend on it."""
    connection = process_database()
    for x in sorted(
        {0, 1, n // 7, n // 3, n // 2, round(n * p), n - 2, n - 1, n, round(n * p + 3 * math.sqrt(n * p * (1 - p)))}
    ):
        if 0 <= x <= n:
            [(z,)] = connection.execute("SELECT rate_z(?::DOUBLE, ?::DOUBLE, ?::DOUBLE)", [x, n, p]).fetchall()
            expected = process.rate_z(x, n, p)
            assert z == pytest.approx(expected, abs=0.03, rel=0.02), (x, n, p)


@pytest.mark.parametrize("z", (0.0, 0.3, 1.0, 1.96, 3.0, 6.0, 12.0))
def test_tail_of_the_bell_curve(z):
    [(chance,)] = process_database().execute("SELECT chance_beyond(?)", [z]).fetchall()
    assert chance == pytest.approx(math.erfc(z / math.sqrt(2)), rel=2e-7)


def test_signals_are_judged_by_what_was_known():
    """A share that grows for three years was never a fall, and its baseline follows it."""
    points = [rate(200 + 15 * month, 900) for month in range(36)]
    connection = process_database(
        [("a", "i", at, p.value, p.numerator, p.denominator, False) for at, p in enumerate(points)]
    )
    judge_in_sql(connection)
    signals = [row[0] for row in connection.execute("SELECT signal FROM process_month ORDER BY month").fetchall()]
    assert signals[:11] == [None] * 11 and set(signals[11:]) == {1}
    bases = connection.execute(
        "SELECT DISTINCT base_first_month, base_last_month FROM process_month ORDER BY ALL"
    ).fetchall()
    assert len(bases) > 2 and all(last - first == 11 for first, last in bases)


@pytest.mark.parametrize(
    ("usual", "then", "expected"),
    [(7.5, 70.0, 1), (7.5, 7.6, 0), (7.5, 7.8, 1), (3.0, 4.0, 0), (3.0, 5.0, 1), (1.25, 1.2, -1)],
)
def test_what_never_changed_and_then_does(usual, then, expected):
    """Twelve equal values: a difference of more than one and a half of the smallest steps is a signal."""
    values = [usual] * 13 + [then]
    connection = process_database([("a", "i", at, value, None, None, False) for at, value in enumerate(values)])
    judge_in_sql(connection)
    [(signal,)] = connection.execute("SELECT signal FROM process_month WHERE month = 13").fetchall()
    assert signal == expected


def test_large_values_do_not_stop_a_build():
    rows = [("a", "i", at, 2e12 + at, None, None, False) for at in range(14)]
    rows += [
        ("b", "i", at, 100 * x / 9e12, x, 9e12, False) for at, x in enumerate([3e12 + 1e9 * at for at in range(14)])
    ]
    connection = process_database(rows)
    judge_in_sql(connection)
    assert connection.execute("SELECT count(*) FROM process_month WHERE z IS NOT NULL").fetchone() == (28,)


def test_one_loss_of_a_few_is_no_signal():
    """Twelve months without a late dossier, then one of forty: chance. Four of forty are not."""
    for late, expected in ((1, 0), (4, -1)):
        points = [rate(40, 40)] * 14 + [rate(40 - late, 40)]
        connection = process_database(
            [("a", "i", at, p.value, p.numerator, p.denominator, False) for at, p in enumerate(points)]
        )
        judge_in_sql(connection)
        [(signal,)] = connection.execute("SELECT signal FROM process_month WHERE month = 14").fetchall()
        assert signal == expected, late


def simulate(
    luck: random.Random, months: int, units: dict[str, tuple[int, float]], fall: tuple[str, int, float] | None = None
) -> list[tuple]:
    """Rows of equal months of one indicator: each unit has its number of dossiers and its probability."""
    rows = []
    for unit, (n, p) in units.items():
        for month in range(months):
            q = p - fall[2] if fall and unit == fall[0] and month >= fall[1] else p
            x = luck.binomialvariate(n, q)
            rows.append((unit, "i", month, 100 * x / n, float(x), float(n), n < 30))
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_an_event_that_splits_a_series_makes_two_of_it(seed):
    """Each part is judged as if it were alone; of fewer than twelve months nothing is said."""
    luck = random.Random(seed)
    series, splits, expected = {}, [], {}
    for number in range(40):
        unit = f"u{number:02}"
        points = drawn(luck)
        if points[0].denominator is None:  # a count stays one in each part
            continue
        series[unit] = points
        at = sorted(luck.sample(range(1, len(points)), min(luck.choice((0, 1, 2)), len(points) - 1)))
        splits += [("solar", unit, "i", month) for month in at]
        for first, last in itertools.pairwise([0, *at, len(points)]):
            if last - first >= process.BASE:
                judged = process.judge(points[first:last])
                expected |= {(unit, first + place): one for place, one in enumerate(judged)}
    rows = [
        (unit, "i", month, p.value, p.numerator, p.denominator, p.low_volume)
        for unit, points in series.items()
        for month, p in enumerate(points)
    ]
    connection = process_database(rows)
    connection.executemany("INSERT INTO process_split VALUES (?, ?, ?, ?, NULL, NULL)", splits)
    months = max(map(len, series.values()))
    connection.executemany(
        "INSERT INTO period VALUES ('solar', ?, ?, ?, false)",
        [(f"m{month:02}", month, month) for month in range(months)],
    )
    connection.execute(
        "UPDATE process_split SET split_on = DATE '2020-01-01' + CAST(month AS INTEGER), split_name = unit_code"
    )
    judge_in_sql(connection)
    told = connection.execute(
        "SELECT unit_code, month, series_months, split_on, split_name FROM process_period"
    ).fetchall()
    assert len(told) == len(rows)
    for unit, month, known, split_on, name in told:
        before = [at for _, other, _, at in splits if other == unit and at <= month]
        last = max(before, default=None)
        assert known == month - (last or 0) + 1
        assert (split_on, name) == ((date(2020, 1, 1) + timedelta(days=last), unit) if before else (None, None))
    answer = connection.execute(
        "SELECT unit_code, month, centre, lower_limit, upper_limit, outside, trend, run, z FROM process_month ORDER BY ALL"
    ).fetchall()
    assert [(unit, month) for unit, month, *_ in answer] == sorted(expected) and len(splits) > 10
    for unit, month, centre, lower, upper, outside, trend, run, z in answer:
        one = expected[unit, month]
        assert [centre, lower, upper] == pytest.approx([one.centre, one.lower, one.upper], rel=1e-9, abs=1e-9)
        assert (trend, run) == (one.trend, one.run), (unit, month)
        if one.z is None or min(abs(abs(one.z) - limit) for limit in (2, 3)) > 0.15:
            assert outside == one.outside, (unit, month, z)
