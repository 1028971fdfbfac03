"""From text to typed rows, and every rule a file must pass; each rule is SQL and says line, column, value.

Types, required values, allowed words and references follow from the schema. What is particular to a table is a
file in queries/check/: a comment head (rule, table, severity, hint) and a SELECT of line, column_name, value,
reason over `incoming` and the known tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from ingest import Problem
from ingest.read import SourceFile
from ingest.schema import Column, Table, tables
from queries.snapshot import ROOT

RULES = ROOT / "queries" / "check"
# A list longer than this helps nobody.
LISTED = 20_000

_TEXT = "nullif(trim(nfc_normalize({0})), '')"
_TYPED = {
    "text": _TEXT,
    "timestamp": """CASE WHEN regexp_matches(trim({0}), '^[12]\\d{{3}}-\\d\\d-\\d\\d')
        THEN try_strptime(replace(trim({0}), 'T', ' '), ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M', '%Y-%m-%d']) END""",
    "date": """CASE WHEN regexp_matches(trim({0}), '^[12]\\d{{3}}-\\d\\d-\\d\\d$')
        THEN CAST(try_strptime(trim({0}), '%Y-%m-%d') AS DATE) END""",
    "integer": "CASE WHEN regexp_matches(trim({0}), '^-?\\d+$') THEN TRY_CAST(trim({0}) AS INTEGER) END",
    "number": "CASE WHEN regexp_matches(trim({0}), '^-?\\d+(\\.\\d+)?$') THEN TRY_CAST(trim({0}) AS DOUBLE) END",
    "boolean": """CASE WHEN lower(trim({0})) IN ('true', '1') THEN true
        WHEN lower(trim({0})) IN ('false', '0') THEN false END""",
    "period": """CASE WHEN regexp_matches(trim({0}), '^[12]\\d{{3}}(-(0[1-9]|1[0-2]|Q[1-4]|H[12]))?$')
        THEN trim({0}) END""",
}
_EXPECTED = {
    "text": "văn bản",
    "timestamp": "ngày giờ có thật, viết yyyy-mm-dd hoặc yyyy-mm-dd hh:mm:ss",
    "date": "ngày có thật, viết yyyy-mm-dd",
    "integer": "số nguyên",
    "number": "số, dấu thập phân là dấu chấm",
    "boolean": "true hoặc false",
    "period": "kỳ, viết 2024-03, 2024-Q1, 2024-H1 hoặc 2024",
}


@dataclass(frozen=True)
class Rule:
    """One file of queries/check/: what it guards, how hard, and what a person should do."""

    name: str
    table: str
    severity: str
    says: str
    hint: str
    sql: str


@cache
def rules() -> tuple[Rule, ...]:
    """The rules particular to a table, by name."""
    return tuple(_rule(path) for path in sorted(RULES.glob("*.sql")))


def _rule(path: Path) -> Rule:
    sql = path.read_text(encoding="utf-8")
    head = dict(re.findall(r"^-- (table|severity|hint): (.+)$", sql, re.MULTILINE))
    says = sql.partition("\n")[0].removeprefix("-- ").strip()
    return Rule(path.stem, head["table"], head["severity"], says, head.get("hint", ""), sql)


def check(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
    """Fill `incoming` (typed rows of `raw`) and add what is wrong with them to table `problem`.

    The known tables (reference data and what is live) must be there as views under their own names.
    """
    type_rows(connection, source.table)
    for column in source.table.columns:
        for rule, reason, hint, condition in _column_rules(column):
            _note(connection, source, rule, "reject", hint, _found(column, reason, condition))
    _note(connection, source, "duplicate", "reject", "Giữ lại một dòng.", _duplicates(source.table))
    for rule in rules():
        if rule.table == source.table.name:
            _note(connection, source, rule.name, rule.severity, rule.hint, rule.sql)


def type_rows(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Table `incoming`: the line and each column in its type, null where the text does not fit."""
    typed = ", ".join(
        f'CAST({_TYPED[column.type].format(_raw(column))} AS {column.sql_type}) AS "{column.name}"'
        for column in table.columns
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS SELECT line, {typed} FROM raw")


def _raw(column: Column) -> str:
    """A column's text as it stood in the file, in SQL."""
    return f'raw."{column.name}"'


def _column_rules(column: Column):
    """(rule, reason, hint, condition) of every rule that follows from a column's definition."""
    text, value = _TEXT.format(_raw(column)), f'incoming."{column.name}"'
    yield "type", f"Không phải {_EXPECTED[column.type]}.", "", f"{text} IS NOT NULL AND {value} IS NULL"
    if column.required:
        yield "required", "Thiếu giá trị bắt buộc.", "", f"{text} IS NULL"
    if column.allowed:
        words = ", ".join(f"'{word}'" for word in column.allowed)
        yield "allowed", f"Chỉ nhận: {', '.join(column.allowed)}.", "", f"{value} NOT IN ({words})"
    if column.reference:
        known = f'SELECT "{tables()[column.reference].key[0]}" FROM "{column.reference}"'
        hint = f"Kiểm tra mã, hoặc gửi trước tệp danh mục “{column.reference}” có mã này."
        yield "unknown_code", "Mã không có trong danh mục.", hint, f"{value} NOT IN ({known})"


def _found(column: Column, reason: str, condition: str) -> str:
    """The rows of one column that break a rule; line is the same in both tables."""
    reason = reason.replace("'", "''")
    return f"""SELECT incoming.line, '{column.name}' AS column_name, raw."{column.name}" AS value,
        '{reason}' AS reason FROM incoming JOIN raw USING (line) WHERE {condition}"""


def _duplicates(table: Table) -> str:
    """Rows whose key stands on an earlier line of the same file."""
    keys = ", ".join(f'"{name}"' for name in table.key)
    shown = " || ' · ' || ".join(f'CAST("{name}" AS VARCHAR)' for name in table.key)
    return f"""SELECT line, '{", ".join(table.key)}' AS column_name, {shown} AS value,
            'Trùng với dòng ' || first_line || '.' AS reason
        FROM (SELECT *, min(line) OVER (PARTITION BY {keys}) AS first_line FROM incoming)
        WHERE line > first_line AND {" AND ".join(f'"{name}" IS NOT NULL' for name in table.key)}"""


def _note(
    connection: duckdb.DuckDBPyConnection, source: SourceFile, rule: str, severity: str, hint: str, sql: str
) -> None:
    """Add the rows a rule returns to table `problem`."""
    connection.execute(
        f"""INSERT INTO problem
        SELECT $path, $file, line, column_name, left(coalesce(value, ''), 200), reason, $hint, $rule, $severity
        FROM ({sql}) AS found""",
        {"path": str(source.path), "file": source.name, "hint": hint, "rule": rule, "severity": severity},
    )


def create_problem_table(connection: duckdb.DuckDBPyConnection) -> None:
    """The empty table `problem` that check() fills."""
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE problem (path VARCHAR, file VARCHAR, line BIGINT, column_name VARCHAR,
        value VARCHAR, reason VARCHAR, hint VARCHAR, rule VARCHAR, severity VARCHAR)"""
    )


def problems(connection: duckdb.DuckDBPyConnection, severity: str, limit: int = LISTED) -> list[Problem]:
    """The noted problems of one severity, by file and line, at most `limit`."""
    rows = connection.execute(
        "SELECT * EXCLUDE (path) FROM problem WHERE severity = ? ORDER BY file, line, column_name LIMIT ?",
        [severity, limit],
    ).fetchall()
    return [Problem(*row) for row in rows]


def counts(connection: duckdb.DuckDBPyConnection, source: SourceFile, severity: str) -> dict[str, int]:
    """How many problems of one severity each rule found in one file."""
    rows = connection.execute(
        "SELECT rule, count(*) FROM problem WHERE path = ? AND severity = ? GROUP BY rule ORDER BY rule",
        [str(source.path), severity],
    ).fetchall()
    return dict(rows)
