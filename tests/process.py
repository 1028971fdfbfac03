"""Process charts in plain Python: baseline, limits, rules and the chance of a signal, as queries/build/home/25_process.sql states them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import duckdb

from ingest.store.build import STATEMENTS, text_of

BASE = 12
NORMAL = NormalDist()


@dataclass(frozen=True)
class Point:
    """One known month; a rate has a numerator and a denominator."""

    value: float
    numerator: float | None = None
    denominator: float | None = None
    low_volume: bool = False


@dataclass(frozen=True)
class Judged:
    """One month against the baseline that counts for it; signal is None in the first eleven months."""

    centre: float
    lower: float
    upper: float
    z: float | None
    outside: int
    two_of_three: int
    trend: int
    run: int
    signal: int | None
    start: int
    spread: float  # of a rate: as it is found, also below one


def rate(numerator: int, denominator: int, low: int = 30) -> Point:
    return Point(100 * numerator / denominator, numerator, denominator, denominator < low)


def is_rate(points: list[Point]) -> bool:
    return all(p.denominator and p.numerator is not None and 0 <= p.numerator <= p.denominator for p in points)


def side(value: float, line: float) -> int:
    return 0 if abs(value - line) <= 1e-9 else 1 if value > line else -1


def centre_of(points: list[Point]) -> float:
    if is_rate(points):
        return 100 * sum(p.numerator for p in points) / sum(p.denominator for p in points)
    return sum(p.value for p in points) / len(points)


def starts_of(points: list[Point]) -> list[int]:
    """The first month of each baseline, from 0."""
    starts = [0] if len(points) >= BASE else []
    while starts:
        centre = centre_of(points[starts[-1] : starts[-1] + BASE])
        for last in range(starts[-1] + BASE, len(points)):
            sides = {side(p.value, centre) for p in points[last - BASE + 1 : last + 1]}
            if sides in ({1}, {-1}):
                starts.append(last - BASE + 1)
                break
        else:
            return starts
    return starts


def share_of(amount: float, whole: float) -> float:
    return amount / whole if 0 < amount < whole else (amount + 1) / (whole + 2)


def step_of(points: list[Point]) -> float:
    """The smallest step of the values of a series: one, a tenth, or a hundredth."""
    for step in (1.0, 0.1):
        if all(abs(p.value / step - round(p.value / step)) < 1e-9 for p in points):
            return step
    return 0.01


def spread_of(points: list[Point], shares: bool, step: float) -> float:
    """The spread inside a baseline: sigma z of a rate as it is found, the mean moving range of other values."""
    if shares:
        p = share_of(sum(o.numerator for o in points), sum(o.denominator for o in points))
        centre = centre_of(points)
        z = [(o.value - centre) / (100 * math.sqrt(p * (1 - p) / o.denominator)) for o in points]
        return sum(abs(b - a) for a, b in zip(z, z[1:], strict=False)) / 11 / 1.128
    mean = sum(abs(b.value - a.value) for a, b in zip(points, points[1:], strict=False)) / 11
    return max(mean, 1.5 / 2.66 * step)


def binomial_tail_z(x: int, n: int, p: float) -> float:
    """The z with the same tail as "x or further from the expected number" of a binomial distribution, summed exactly."""
    log = [
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(p) + (n - k) * math.log1p(-p)
        for k in (range(x, n + 1) if x > n * p else range(x + 1))
    ]
    top = max(log)
    tail = top + math.log(math.fsum(math.exp(one - top) for one in log))  # its logarithm
    if tail > -600:
        z = -NORMAL.inv_cdf(min(math.exp(tail), 1 - 1e-16))
    else:  # less than the smallest number: by the expansion of the tail
        z = math.sqrt(-2 * tail)
        for _ in range(20):
            z = math.sqrt(-2 * (tail + math.log(z) + math.log(2 * math.pi) / 2))
    return z if x > n * p else -z


def rate_z(x: int, n: int, p: float) -> float:
    """Standard deviations between x of n and a probability: bell curve or exact tail, whichever is nearer to 0."""
    curve = (x - n * p) / math.sqrt(n * p * (1 - p))
    if abs(x - n * p) < 1e-12:
        return 0.0
    exact = binomial_tail_z(x, n, p)
    return max(0.0, min(curve, exact)) if x > n * p else min(0.0, max(curve, exact))


def judge(points: list[Point]) -> list[Judged]:
    """Every month of a series of at least twelve."""
    shares, step = is_rate(points), step_of(points)
    starts, judged = starts_of(points), []
    for place, point in enumerate(points):
        start = max((s for s in starts if s + BASE - 1 <= place), default=0)
        base = points[start : start + BASE]
        centre, found = centre_of(base), spread_of(base, shares, step)
        spread = max(1.0, found) if shares else found
        share = share_of(sum(o.numerator for o in base), sum(o.denominator for o in base)) if shares else 0.0

        def z_at(one: Point, centre=centre, spread=spread, share=share) -> float | None:
            if shares:
                return rate_z(int(one.numerator), int(one.denominator), share) / spread
            return (one.value - centre) / (spread / 1.128)

        def beyond(one: Point, limit: float, z_at=z_at) -> int:
            z = z_at(one)
            return 0 if one.low_volume or z is None or abs(z) <= limit else 1 if z > 0 else -1

        reach = 300 * spread * math.sqrt(share * (1 - share) / point.denominator) if shares else 2.66 * spread
        outside = beyond(point, 3) if abs(point.value - centre) > reach + 1e-9 else 0
        recent = points[max(start, place - 2) : place + 1]
        outer = beyond(point, 2)
        two = outer if outer and sum(beyond(one, 2) == outer for one in recent) >= 2 else 0
        steps = [side(points[at].value, points[at - 1].value) for at in range(max(start + 1, place - 4), place + 1)]
        trend = steps[0] if len(steps) == 5 and set(steps) in ({1}, {-1}) else 0
        sides = [side(one.value, centre) for one in points[max(start, place - 6) : place + 1]]
        run = sides[0] if len(sides) == 7 and set(sides) in ({1}, {-1}) else 0
        signal = None if place < start + BASE - 1 else outside or two or trend or run
        lower, upper = centre - reach, centre + reach
        lower = max(0.0, lower) if centre >= 0 else lower
        upper = min(100.0, upper) if shares else upper
        judged.append(Judged(centre, lower, upper, z_at(point), outside, two, trend, run, signal, start, found))
    return judged


def z_of_t(t: float, freedom: float) -> float:
    return math.copysign((8 * freedom + 1) / (8 * freedom + 3) * math.sqrt(freedom * math.log1p(t * t / freedom)), t)


def chances(series: dict[str, list[Point]]) -> dict[tuple[str, int], float]:
    """The chance of each signal, by unit and month, of units of one scope and one indicator."""
    seen = {unit: judge(points) for unit, points in series.items() if len(points) >= BASE}
    shares = {unit: is_rate(series[unit]) for unit in seen}
    spreads = [
        spread_of(series[unit][start : start + BASE], True, 1)
        for unit in seen
        if shares[unit]
        for start in starts_of(series[unit])
    ]
    square = sum(one * one for one in spreads) / len(spreads) if spreads else 0.0
    found = {}
    for unit, judged in seen.items():
        for place, one in enumerate(judged):
            if one.signal:
                found[unit, place] = _chance(series[unit], place, one, shares[unit], square, len(spreads))
    return found


def _chance(points: list[Point], place: int, one: Judged, shares: bool, square: float, peers: int) -> float:
    least = 1.0
    for months in (1, 2, 7):
        if place - months + 1 < one.start:
            continue
        new = points[place - months + 1 : place + 1]
        old = points[one.start : min(one.start + BASE, place - months + 1)]
        if not old:
            continue
        if shares:
            x, n = sum(o.numerator for o in new), sum(o.denominator for o in new)
            y, m = sum(o.numerator for o in old), sum(o.denominator for o in old)
            both = share_of(x + y, n + m)
            curve = (x / n - y / m) / math.sqrt(both * (1 - both) * (1 / n + 1 / m))
            tail = rate_z(int(x), int(n), share_of(y, m)) * math.sqrt(m / (m + n))
            t = min(curve, tail) if one.signal > 0 else max(curve, tail)
            t, freedom = t / max(1.0, math.sqrt((one.spread**2 + square) / 2)), 6.82 * peers
        elif one.spread:
            gap = sum(o.value for o in new) / len(new) - sum(o.value for o in old) / len(old)
            t, freedom = gap / math.sqrt(1 / len(new) + 1 / len(old)) / (one.spread / 1.128), 6.82
        else:
            continue
        if t * one.signal > 0:
            least = min(least, 2 * NORMAL.cdf(-abs(z_of_t(t, freedom))))
    return min(1.0, 3 * least)


def benjamini_hochberg(chances: list[float]) -> list[float]:
    """The adjusted chance of each, in their order (Benjamini and Hochberg 1995)."""
    order = sorted(range(len(chances)), key=lambda at: chances[at])
    adjusted, least = [1.0] * len(chances), 1.0
    for rank in range(len(order), 0, -1):
        least = min(least, chances[order[rank - 1]] * len(chances) / rank)
        adjusted[order[rank - 1]] = least
    return adjusted


def rows(connection: duckdb.DuckDBPyConnection, sql: str, *given: object) -> list[dict]:
    """The rows of a query as dictionaries."""
    answer = connection.execute(sql, list(given))
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def with_macros() -> duckdb.DuckDBPyConnection:
    """An empty database with the macros that the statements of process charts and goals call."""
    connection = duckdb.connect()
    for script in ("10_reference.sql", "87_chance.sql"):
        for statement in duckdb.extract_statements(text_of(STATEMENTS / script)):
            if "CREATE MACRO" in statement.query:
                connection.execute(statement)
    return connection


def process_database(rows: list[tuple] | None = None) -> duckdb.DuckDBPyConnection:
    """A database with the macros and an empty process_point, filled with rows (unit, indicator, month, value, numerator,
    denominator, low_volume) of one calendar and scope."""
    connection = with_macros()
    connection.execute(
        """CREATE TABLE known (unit_code VARCHAR, indicator_code VARCHAR, month BIGINT, value DOUBLE, numerator DOUBLE,
        denominator DOUBLE, low_volume BOOLEAN, calendar VARCHAR, scope VARCHAR)"""
    )
    connection.execute(
        "CREATE TABLE process_split (calendar VARCHAR, unit_code VARCHAR, indicator_code VARCHAR, month BIGINT, split_on DATE, split_name VARCHAR)"
    )
    connection.execute(
        "CREATE TABLE period (calendar VARCHAR, period_code VARCHAR, first_month BIGINT, last_month BIGINT, is_partial BOOLEAN)"
    )
    if rows:
        connection.executemany("INSERT INTO known VALUES (?, ?, ?, ?, ?, ?, ?, 'solar', 'commune')", rows)
    return connection


def judge_in_sql(connection: duckdb.DuckDBPyConnection) -> None:
    """Create process_month from the rows of `known`, by the shipped statements."""
    text = text_of(STATEMENTS / "home" / "25_process.sql")
    first, _, rest = text.partition("CREATE TABLE process_base")
    _, _, chosen = first.partition("\n),\n-- An event")  # the rows of progress are replaced, the rest stays
    connection.execute(
        """CREATE TABLE process_point AS WITH known AS (
        SELECT *, coalesce(denominator > 0 AND numerator BETWEEN 0 AND denominator, false) AS is_share FROM main.known),
        -- An event"""
        + chosen
    )
    connection.execute("CREATE TABLE process_base" + rest)
