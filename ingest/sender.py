"""What a sender that is no person may load: a folder that is watched, or a program with a token."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingest import Problem, Rejected, check
from ingest.reading.look import Look, SourceFile
from ingest.reading.mapping import unnamed
from ingest.schema import Table, tables
from ingest.template import TITLES
from words.vietnamese import number

# What a person does once, so that every later file of the layout is read without a question.
_ONCE = "Nạp một lần trên trang Nạp số liệu để chương trình nhớ cách đọc, hoặc ghi vào cài đặt của nơi gửi"


@dataclass(frozen=True)
class Sender:
    """The tables and the units a sender may speak for; None is all of them.

    It never answers a question: a file that would raise one on the page is refused. kind: what it is (“folder”,
    “token”), kept with each upload, so that its arrivals are told apart from those of a person with the same name.
    """

    tables: frozenset[str] | None = None
    units: frozenset[str] | None = None
    kind: str = ""

    def require(self, source: SourceFile) -> None:
        """Raise Rejected for a table that the sender may not load, rows of no unit, another unit said to be covered.

        And for a file about which the page would ask a person, who has not answered for this layout yet.
        """
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
        if asked := [problem for one in (source.look, *source.look.more) for problem in _unanswered(one)]:
            raise Rejected(asked)

    def require_older(self, source: SourceFile, not_named: int) -> None:
        """Raise Rejected if open dossiers became unclear, and nobody has said what the file means by not naming them."""
        stated = source.look.reading.covers.get("older") or source.look.mapping.older
        if not_named and not stated:
            reason = (
                f"{number(not_named)} hồ sơ đang mở ở tệp trước không có trong tệp này: không rõ đã xong, hay tệp chỉ có "
                "hồ sơ mới và hồ sơ thay đổi."
            )
            raise Rejected([Problem(source.name, 0, "", "", reason, f"{_ONCE} (older)", "sender_question")])

    def note_units(self, staging: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
        """Add a problem for each row of another unit, and each row that would replace one of another unit."""
        if self.units is not None:
            check.note_outside(staging, source, *unit_column(source.table), self.units)


def _unanswered(seen: Look) -> list[Problem]:
    """What the page would ask about one sheet or text and nobody has answered.

    A required column that is missing, in doubt or repeated is refused for everybody; these are the columns that a person
    may leave out, and a program may not.
    """
    mapping = seen.mapping
    if mapping.remembered:  # a person has published this layout as it is read now
        return []
    titles = {column.name: column.title for column in mapping.table.columns}
    said = [
        f"Cột “{mapping.headers[at]}” giống cột “{titles[name]}” nhưng chưa chắc là cột ấy."
        for name, at in mapping.offered.items()
        if name not in seen.reading.columns
    ]
    said += [f"Cột “{label}” chưa rõ là chỉ tiêu nào." for label in unnamed(mapping)]
    return [
        Problem(seen.name, seen.header_line, "", "", reason, f"{_ONCE} (columns)", "sender_question") for reason in said
    ]


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
