"""The tables and their columns, read from data/reference/schema.csv, which is their only definition.

whole_value.csv beside it lists the columns that one value may fill for a whole file.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from queries.snapshot import ROOT

REFERENCE = ROOT / "data" / "reference"
# Lists of things of the units. Their columns fit any list, so that only all of the required ones tell which it is.
LISTS = ("equipment", "essential_service", "community_team", "product")
# Tables that analysts upload every week; the other tables are shipped reference data, which can be replaced.
UPLOADED = (
    "dossier",
    "dossier_step",
    "kpi_value",
    "service_report",
    "index_score",
    "portal_score",
    "initiative",
    *LISTS,
)
# Key columns that hold names as people write them, not codes.
_NAMES = ("name", "village", "platform")
SQL_TYPES = {
    "text": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
    "integer": "INTEGER",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "period": "VARCHAR",
}


@dataclass(frozen=True)
class Column:
    """One column: type, allowed values, Vietnamese title and explanation.

    whole: one value may be said for all rows of a file that has no such column; default: the value that such a file is
    stated to have, or @ and the column that is taken in its place.
    """

    name: str
    type: str
    key: bool
    required: bool
    reference: str
    allowed: tuple[str, ...]
    title: str
    explanation: str
    whole: bool = False
    default: str = ""

    @property
    def sql_type(self) -> str:
        """The DuckDB type of the column."""
        return SQL_TYPES[self.type]

    @property
    def is_as_written(self) -> bool:
        """Whether its texts are stored as the file writes them: no list and no catalogue says what they mean."""
        return self.type == "text" and not self.allowed and (not self.reference or self.reference in UPLOADED)

    @property
    def is_code(self) -> bool:
        """Whether it holds codes as written, not prose."""
        is_key = self.key and self.name not in _NAMES
        return self.is_as_written and (is_key or self.name.endswith("_code")) and not self.is_word

    @property
    def is_word(self) -> bool:
        """Whether it holds words as files write them, which are taught."""
        return self.name == "word"


# The archived column with the names of the columns that the row's file had, each between two blanks.
FILE_COLUMNS = "file_columns"


@dataclass(frozen=True)
class Table:
    """One table and its columns, in file order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The key columns: a later row with the same key replaces an earlier one."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in file order."""
        return tuple(column.name for column in self.columns)

    @property
    def archived(self) -> dict[str, str]:
        """The columns of an archived row with their DuckDB types, but for its line.

        A row of dossiers also has the columns of its file, because an export that lacks one says nothing about it.
        """
        types = {column.name: column.sql_type for column in self.columns}
        return types | ({FILE_COLUMNS: "VARCHAR"} if self.name == "dossier" else {})

    @property
    def simulatable(self) -> bool:
        """Whether the table has a column that marks simulated rows."""
        return "simulated" in self.names


def key_hash(table: Table) -> str:
    """An SQL expression for the hashed key of a row, the same in both engines; NULL if a part of the key is missing."""
    parts = " || '|' || ".join(f"CAST({name} AS VARCHAR)" for name in table.key)
    return f"md5({parts})"


@cache
def tables() -> dict[str, Table]:
    """Every table by name: uploaded tables first, then in the order of references."""
    columns: dict[str, list[Column]] = {}
    with (REFERENCE / "whole_value.csv").open(encoding="utf-8", newline="") as file:
        whole = {(row["table"], row["column"]): row["default"] for row in csv.DictReader(file)}
    with (REFERENCE / "schema.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            columns.setdefault(row["table"], []).append(
                Column(
                    row["column"],
                    row["type"],
                    bool(row["key"]),
                    bool(row["required"]),
                    row["reference"],
                    tuple(filter(None, row["allowed"].split("|"))),
                    row["title"],
                    row["explanation"],
                    (row["table"], row["column"]) in whole,
                    whole.get((row["table"], row["column"]), ""),
                )
            )
    return {name: Table(name, tuple(parts)) for name, parts in columns.items()}
