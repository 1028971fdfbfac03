"""What a file of dossiers covers: units, days of receipt, older open dossiers, and the day of which it tells the state.

Guessed from the rows (queries/build/24_coverage_guess.sql), shown before publishing, changed by a person where wrong, and
kept with the upload in the manifest. The build reads it as the view stated_coverage.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from ingest.store.build import STATEMENTS, text_of
from queries.snapshot import literal

OLDER = {
    "all": "có cả hồ sơ cũ đang giải quyết: hồ sơ đang mở không có trong tệp là đã xong",
    "received": "chỉ có hồ sơ nhận trong khoảng ngày: hồ sơ cũ không có trong tệp thì chưa rõ",
    "changed": "chỉ có hồ sơ mới và hồ sơ thay đổi: hồ sơ không có trong tệp vẫn như cũ",
}


@dataclass(frozen=True)
class Coverage:
    """What a file covers. units: codes; older: one of OLDER; as_of is not before to_on."""

    units: tuple[str, ...]
    from_on: date
    to_on: date
    older: str
    as_of: date

    def entry(self) -> dict:
        """As kept in the manifest."""
        return {
            "units": list(self.units),
            "from_on": self.from_on.isoformat(),
            "to_on": self.to_on.isoformat(),
            "older": self.older,
            "as_of": self.as_of.isoformat(),
        }


def guess(staging: duckdb.DuckDBPyConnection) -> Coverage | None:
    """What the rows of `incoming` seem to cover; None if no dossier in it was received."""
    staging.execute("CREATE OR REPLACE TEMP VIEW merged_dossier AS SELECT *, 0 AS upload_order FROM incoming")
    calendar = "SELECT CAST(day AS DATE) AS day FROM generate_series(DATE '2000-01-01', DATE '2050-12-31', INTERVAL 1 DAY) AS every(day)"
    staging.execute(f"CREATE OR REPLACE TEMP VIEW calendar_day AS {calendar}")
    staging.execute("DROP TABLE IF EXISTS guessed_coverage")
    staging.execute(text_of(STATEMENTS / "24_coverage_guess.sql"))
    found = staging.execute("SELECT from_on, to_on, older, as_of FROM guessed_coverage").fetchone()
    units = staging.execute("SELECT DISTINCT unit_code FROM incoming ORDER BY ALL").fetchall()
    for name in ("merged_dossier", "calendar_day"):
        staging.execute(f"DROP VIEW {name}")
    if found is None:
        return None
    from_on, to_on, older, as_of = found
    return Coverage(tuple(code for (code,) in units), from_on, to_on, older, as_of)


def missing(staging: duckdb.DuckDBPyConnection, covers: Coverage) -> int:
    """How many dossiers, open in the files so far, of the covered units are not in `incoming`."""
    ends = " AND ".join(f"{name} IS NULL" for name in ("processed_at", "returned_at", "ineligible_returned_at", "withdrawn_at"))
    units = ", ".join(map(literal, covers.units)) or "''"
    [(count,)] = staging.execute(
        f"""SELECT count(*) FROM dossier AS known
        WHERE received_at IS NOT NULL AND state NOT IN ('registered', 'not_accepted') AND {ends} AND unit_code IN ({units})
            AND NOT EXISTS (FROM incoming WHERE incoming.dossier_code = known.dossier_code)"""
    ).fetchall()
    return count
