"""What a sender that is no person may load: a folder that is watched, or a program with a token."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingest import Problem, Rejected, check
from ingest.reading.look import SourceFile
from ingest.schema import Table, tables
from ingest.template import TITLES


@dataclass(frozen=True)
class Sender:
    """The tables and the units a sender may speak for; None is all of them.

    It never answers a question: a file that would raise one on the page is refused.
    """

    tables: frozenset[str] | None = None
    units: frozenset[str] | None = None

    def require(self, source: SourceFile) -> None:
        """Raise Rejected for a table that the sender may not load, rows of no unit, or another unit said to be covered."""
        name = source.table.name
        told = TITLES.get(name, name)
        if self.tables is not None and name not in self.tables:
            listed = ", ".join(sorted(TITLES.get(one, one) for one in self.tables))
            reason = f"Tệp là bảng “{told}”, nơi gửi này chỉ được nạp: {listed}."
            raise Rejected([_of_file(source, reason, "sender_table")])
        if self.units is not None and unit_column(source.table) is None:
            reason = (
                f"Bảng “{told}” là của chung, không của riêng đơn vị nào; nơi gửi này chỉ được nạp của đơn vị mình."
            )
            raise Rejected([_of_file(source, reason, "sender_table")])
        covered = set(source.look.reading.covers.get("units", "").split())
        if self.units is not None and covered - self.units:
            listed = ", ".join(sorted(covered - self.units))
            raise Rejected([_of_file(source, f"Nơi gửi này không được nói thay đơn vị: {listed}.", "sender_unit")])

    def note_units(self, staging: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
        """Add a problem for each row of another unit, and each row that would replace one of another unit."""
        if self.units is not None:
            check.note_outside(staging, source, *unit_column(source.table), self.units)


def unit_column(table: Table) -> tuple[str, str] | None:
    """The table that says to which unit a row belongs, and its column; None if rows belong to no unit.

    >>> unit_column(tables()["kpi_value"]), unit_column(tables()["dossier_step"]), unit_column(tables()["setting"])
    (('kpi_value', 'unit_code'), ('dossier', 'unit_code'), None)
    """
    for column in table.columns:
        if column.reference == "unit":
            return table.name, column.name
    for column in table.columns:
        if column.key and column.reference in tables() and (found := unit_column(tables()[column.reference])):
            return found
    return None


def _of_file(source: SourceFile, reason: str, rule: str) -> Problem:
    hint = "Gửi đúng bảng, hoặc báo người quản trị sửa quyền của nơi gửi."
    return Problem(source.name, 0, "", "", reason, hint, rule)
