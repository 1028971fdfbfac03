"""One checksum per table of a built database: equal checksums mean equal rows."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb

from queries.snapshot import MAIN, quoted

# Independent of row order: all row hashes are summed and combined with XOR.
_ROWS = "SELECT count(*), sum(CAST(hash(t) AS HUGEINT)), bit_xor(hash(t)) FROM {} AS t"
_COLUMNS = """SELECT schema_name, table_name, list(column_name || ' ' || data_type ORDER BY column_index)
FROM duckdb_columns() WHERE NOT internal
    AND (schema_name, table_name) IN (SELECT (schema_name, table_name) FROM duckdb_tables()) GROUP BY ALL"""
_VIEWS = "SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal"


def figures(path: Path) -> dict[str, dict]:
    """Table or view → {"rows", "sha256"}: the number of rows, and a checksum of columns, types and rows.

    Names of an additional home have their schema as prefix. For a view, the checksum covers its statement. DuckDB's row
    hash may differ between versions: compare only figures made by the same version (see `build.recipe`).
    """
    with duckdb.connect(str(path), read_only=True) as connection:
        found = {}
        for schema, table, columns in sorted(connection.execute(_COLUMNS).fetchall()):
            place = f"{quoted(schema)}.{quoted(table)}"
            rows, total, bits = connection.execute(_ROWS.format(place)).fetchone()
            found[_name(schema, table)] = {"rows": rows, "sha256": _sha256(columns, rows, total, bits)}
        for schema, view, sql in connection.execute(_VIEWS).fetchall():
            found[_name(schema, view)] = {"rows": 0, "sha256": _sha256(sql)}
        return found


def differing(one: dict[str, dict], other: dict[str, dict]) -> list[str]:
    """The tables that differ between two databases."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _name(schema: str, table: str) -> str:
    return table if schema == MAIN else f"{schema}.{table}"


def _sha256(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
