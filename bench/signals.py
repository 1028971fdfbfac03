"""How often chance alone is named, and how often a real fall is missed: python -m bench.signals SNAPSHOT [--offices 2000].

Offices are simulated with the communes, indicators and numbers of dossiers of a snapshot, each commune equal to the
others and every month to the one before; then one fall is planted. They are judged by the statements of
queries/build/home/25_process.sql and the level of tested_change.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from ingest.store.build import STATEMENTS, text_of
from queries.snapshot import literal
from tests.process import with_macros

MONTHS = 24  # a baseline, and a year that is judged
AT_ONCE = 100  # offices in memory


@dataclass(frozen=True)
class Fall:
    """A share that falls by so many points, from a month on, in one more commune with so many dossiers."""

    dossiers: int
    before: float
    points: float
    month: int = 16


def offices(snapshot: Path, count: int, seed: int, fall: Fall | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Databases with process_month of simulated offices, up to AT_ONCE in each; the calendar is the office's number."""
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        shares = connection.execute(
            """SELECT unit_code, indicator_code, CAST(median(denominator) AS BIGINT),
                (sum(sum(numerator)) OVER same) / (sum(sum(denominator)) OVER same)
            FROM process_point JOIN indicator USING (indicator_code)
            WHERE calendar = 'solar' AND scope = 'commune' AND is_rate AND weight > 0 AND direction IN ('up', 'down')
            GROUP BY unit_code, indicator_code WINDOW same AS (PARTITION BY indicator_code) ORDER BY ALL"""
        ).fetchall()
        [(low,)] = connection.execute("SELECT low_volume FROM rule").fetchall()
    if fall:
        shares.append(("fallen", "T05", fall.dossiers, fall.before))
    luck = np.random.default_rng(seed)
    n = np.array([row[2] for row in shares])
    p = np.array([row[3] for row in shares])
    for first in range(0, count, AT_ONCE):
        number = min(AT_ONCE, count - first)
        chance = np.broadcast_to(p, (number, MONTHS, len(p))).copy()
        if fall:
            chance[:, fall.month :, -1] -= fall.points / 100
        yield _judged(shares, n, luck.binomial(n, chance), low)


def _judged(shares: list[tuple], n: np.ndarray, x: np.ndarray, low: int) -> duckdb.DuckDBPyConnection:
    connection = with_macros()
    number, months, series = x.shape
    frame = {
        "office": np.repeat(np.arange(number), months * series),
        "month": np.tile(np.repeat(np.arange(months), series), number),
        "series": np.tile(np.arange(series), number * months),
        "numerator": x.reshape(-1).astype(float),
        "denominator": np.tile(n, number * months).astype(float),
    }
    connection.register("drawn", frame)
    listed = ", ".join(f"({at}, {literal(unit)}, {literal(code)})" for at, (unit, code, *_) in enumerate(shares))
    connection.execute(
        f"""CREATE TABLE process_point AS
        SELECT CAST(office AS VARCHAR) AS calendar, unit_code, 'commune' AS scope,
            indicator_code, month, 100 * numerator / denominator AS value, numerator, denominator, denominator < {low} AS low_volume,
            true AS is_rate, 0.01 AS resolution, month + 1 AS place, CAST({months} AS BIGINT) AS known_months
        FROM drawn JOIN (VALUES {listed}) AS named (series, unit_code, indicator_code) USING (series)"""
    )
    connection.execute(
        "CREATE TABLE period (calendar VARCHAR, period_code VARCHAR, first_month BIGINT, last_month BIGINT, is_partial BOOLEAN)"
    )
    _, _, rest = text_of(STATEMENTS / "home" / "25_process.sql").partition("CREATE TABLE process_base")
    connection.execute("CREATE TABLE process_base" + rest)
    return connection


# As in tested_change: changes for the worse that chance does not explain.
_NAMED = """
SELECT calendar, month, unit_code, indicator_code FROM process_month JOIN direction USING (indicator_code)
WHERE signal = CASE WHEN direction = 'down' THEN 1 ELSE -1 END AND chance <= ? AND NOT low_volume
"""


def named(snapshot: Path, count: int, seed: int, fall: Fall | None = None) -> list[tuple[int, int, str, str]]:
    """What Cần chú ý would name in the judged year: (office, month, unit, indicator)."""
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        directions = connection.execute("SELECT indicator_code, direction FROM indicator").fetchall()
        [(level,)] = connection.execute("SELECT signal_level / 100 FROM rule").fetchall()
    found = []
    for at, connection in enumerate(offices(snapshot, count, seed, fall)):
        connection.execute("CREATE TABLE direction (indicator_code VARCHAR, direction VARCHAR)")
        connection.executemany("INSERT INTO direction VALUES (?, ?)", directions)
        for office, month, unit, code in connection.execute(_NAMED, [level]).fetchall():
            found.append((at * AT_ONCE + int(office), month, unit, code))
        connection.close()
    return found


def alarms(snapshot: Path, count: int, seed: int = 1) -> float:
    """The mean number of units named in a month in which nothing changed."""
    units = {(office, month, unit) for office, month, unit, _ in named(snapshot, count, seed)}
    return len(units) / (count * (MONTHS - 11))


def found(snapshot: Path, count: int, fall: Fall, within: int, seed: int = 2) -> float:
    """The share of offices in which a planted fall is named within so many months."""
    span = range(fall.month, fall.month + within)
    offices_named = {
        o for o, month, unit, _ in named(snapshot, count, seed, fall) if unit == "fallen" and month in span
    }
    return len(offices_named) / count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("--offices", type=int, default=2000)
    options = parser.parse_args()
    print(f"units named in a month without change: {alarms(options.snapshot, options.offices):.3f}")
    for dossiers, before, within in (
        (200, 0.95, 2),
        (200, 0.9, 2),
        (200, 0.8, 2),
        (200, 0.6, 2),
        (200, 0.5, 2),
        (10, 0.9, 1),
    ):
        share = found(options.snapshot, options.offices, Fall(dossiers, before, 10), within)
        print(f"{dossiers} dossiers, {before:.0%} less 10 points, named within {within} months: {share:.1%}")


if __name__ == "__main__":
    main()
