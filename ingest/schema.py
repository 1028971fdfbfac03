"""The tables and their columns, read from data/reference/schema.csv: the one place that defines them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from queries.snapshot import ROOT

REFERENCE = ROOT / "data" / "reference"
# What analysts upload every week; the other tables are reference data, shipped and replaceable.
UPLOADED = ("dossier", "dossier_step", "kpi_value", "service_report", "index_score", "initiative")
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
    """One column: its type, what it may hold, and its Vietnamese title and explanation."""

    name: str
    type: str
    key: bool
    required: bool
    reference: str
    allowed: tuple[str, ...]
    title: str
    explanation: str

    @property
    def sql_type(self) -> str:
        """The DuckDB type it is kept in."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """One table and its columns, in file order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell its rows apart: a later row with the same key replaces an earlier one."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def names(self) -> tuple[str, ...]:
        """Its column names, in file order."""
        return tuple(column.name for column in self.columns)

    @property
    def simulatable(self) -> bool:
        """Whether its rows say if they are simulated."""
        return "simulated" in self.names


@cache
def tables() -> dict[str, Table]:
    """Every table by name, uploaded ones first, then in the order in which they refer to each other."""
    columns: dict[str, list[Column]] = {}
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
                )
            )
    return {name: Table(name, tuple(parts)) for name, parts in columns.items()}
