"""Refuses files whose dates may be read in two ways: month before day, or exchanged by Excel. Nothing is guessed.

The dates of a file as a whole tell what a single date cannot, so all its columns of dates are looked at together.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingest import Problem, Rejected
from ingest.reading.mapping import Mapping
from ingest.reading.values import day_first_sql, month_first_sql

# What a person may say about a file's dates; "" is: find out.
ORDERS = {"": "Tự nhận", "day": "Ngày trước tháng", "month": "Tháng trước ngày"}
# Most files prove their order in the first rows.
_SAMPLE = 2_000
_ASK = (
    "Chọn “Thứ tự ngày, tháng” rồi bấm “Đọc lại”; trên dòng lệnh thêm --dates day (ngày trước tháng) hoặc "
    "--dates month (tháng trước ngày)."
)
# Day and month in digits; earlier years stand for “no date”.
_DATE = r"(?:^|\s)(\d{1,2})[-/.](\d{1,2})[-/.](2\d{3})(?:\D|$)"
_HALF_DAY = r"(?i)\d ?[ap]\.?m\b"
_ISO = "____-__-__%"
_SERIAL = r"^[2-8]\d{4}(?:[.,]\d+)?$"


@dataclass(frozen=True)
class _Doubt:
    """A date that shows the doubt: where it stands and how it is written."""

    line: int
    column: str
    text: str


def refuse_doubtful(connection: duckdb.DuckDBPyConnection, name: str, mapping: Mapping, order: str = "") -> None:
    """Raise Rejected if the dates in table `raw` were exchanged by Excel, or if nobody can tell day from month."""
    there = {column for column, *_ in connection.execute("DESCRIBE raw").fetchall()}
    columns = [
        column.name
        for column in mapping.table.columns
        if column.type in ("timestamp", "date") and column.name in there and column.name in mapping.columns
    ]
    kinds = _kinds(connection, columns)
    damaged = [doubt for column in columns if all(kinds[column]) and (doubt := _exchanged(connection, column))]
    if damaged:
        raise Rejected(
            [
                Problem(
                    name,
                    doubt.line,
                    mapping.header(doubt.column),
                    doubt.text,
                    "Excel đã đổi chỗ ngày và tháng: trong cột này mọi ô ngày thật có ngày không quá 12, mọi ô chữ có ngày "
                    "trên 12.",
                    "Không dùng tệp đã mở bằng Excel; xuất lại từ hệ thống gốc, hoặc sửa cả cột thành ngày thật.",
                    "dates_exchanged",
                )
                for doubt in damaged
            ]
        )
    written = [column for column in columns if kinds[column][1]]
    if order or not written or _proves_day_first(connection, written):
        return
    if doubt := _month_first_doubt(connection, written):
        reason = "Không rõ ngày hay tháng đứng trước: không ngày nào trong tệp trên 12, và cách viết giống kiểu Mỹ."
        raise Rejected(
            [Problem(name, doubt.line, mapping.header(doubt.column), doubt.text, reason, _ASK, "day_or_month")]
        )


def _kinds(connection: duckdb.DuckDBPyConnection, columns: list[str]) -> dict[str, tuple[bool, bool]]:
    """Whether each column has dates written by a machine (ISO or a day number), and dates in other forms."""
    if not columns:
        return {}
    # Three cheap counts settle nearly every column: all dates with slashes, or all in ISO form.
    counted = ", ".join(
        f"""count(*) FILTER (raw."{column}" <> ''), count(*) FILTER (contains(raw."{column}", '/')),
        count(*) FILTER (raw."{column}" LIKE '{_ISO}')"""
        for column in columns
    )
    counts = connection.execute(f"SELECT {counted} FROM raw").fetchall()[0]
    kinds = {}
    for at, column in enumerate(columns):
        filled, slashed, iso = counts[3 * at : 3 * at + 3]
        if filled in (slashed, iso):
            kinds[column] = (bool(iso and iso == filled), bool(slashed and slashed == filled))
            continue
        machine = f"""(raw."{column}" LIKE '{_ISO}' OR regexp_matches(trim(raw."{column}"), '{_SERIAL}'))"""
        both = f"""SELECT bool_or({machine}), bool_or(raw."{column}" <> '' AND NOT {machine}) FROM raw"""
        kinds[column] = tuple(map(bool, connection.execute(both).fetchall()[0]))
    return kinds


def _exchanged(connection: duckdb.DuckDBPyConnection, column: str) -> _Doubt | None:
    """A date that shows that Excel took the month for the day wherever it could.

    Excel turns 04/03/2024 into a real date of 3 April where it expects the month first, and leaves 15/03/2024 a text.
    """
    text = f'trim(raw."{column}")'
    serial = f"regexp_matches({text}, '{_SERIAL}')"
    real = f"""CASE WHEN {text} LIKE '2___-__-__%' THEN day(TRY_CAST({text}[1:10] AS DATE))
        WHEN {serial} THEN day(DATE '1899-12-30' + TRY_CAST(regexp_extract({text}, '^\\d+') AS INTEGER)) END"""
    parts = f"regexp_extract({text}, '{_DATE}', ['first', 'second', 'year'])"
    row = connection.execute(
        f"""WITH date AS (SELECT line, {text} AS text, {real} AS real, TRY_CAST(p.first AS INTEGER) AS first,
                TRY_CAST(p.second AS INTEGER) AS second,
                TRY_CAST(p.year || '-' || p.second || '-' || p.first AS DATE) IS NOT NULL AS is_date
            FROM (SELECT *, {parts} AS p FROM raw) AS raw)
        SELECT max(real) <= 12
                AND (count(*) FILTER (real IS NULL AND first > 12 AND is_date) > 0
                    AND count(*) FILTER (real IS NULL AND first <= 12) = 0
                    OR count(*) FILTER (real IS NULL AND second > 12 AND first <= 12) > 0
                    AND count(*) FILTER (real IS NULL AND second <= 12) = 0),
            min(line) FILTER (real IS NOT NULL), arg_min(text, line) FILTER (real IS NOT NULL) FROM date"""
    ).fetchall()[0]
    return _Doubt(row[1], column, row[2]) if row[0] else None


def _proves_day_first(connection: duckdb.DuckDBPyConnection, columns: list[str]) -> bool:
    """Whether any date of these columns can only have its day first, or any can only have its month first.

    The check of each column reports the dates of the second kind one by one.
    """
    proof = " OR ".join(
        f"""{day_first_sql(f'trim(raw."{column}")')} OR {month_first_sql(f'trim(raw."{column}")')}"""
        for column in columns
    )
    for rows in (f"(FROM raw LIMIT {_SAMPLE})", "raw"):
        if connection.execute(f"SELECT 1 FROM {rows} AS raw WHERE {proof} LIMIT 1").fetchall():
            return True
    return False


def _month_first_doubt(connection: duckdb.DuckDBPyConnection, columns: list[str]) -> _Doubt | None:
    """The first date of a file that may have its month first: with AM or PM, or the first number hardly changes.

    Days change from row to row and months hardly do: dates such as 3/1, 3/2, 3/4, 3/9 are days of March. The first day
    of each month is no sign.
    """
    dates = " UNION ALL ".join(
        f"""SELECT line, '{column}' AS name, text, TRY_CAST(p.first AS INTEGER) AS first,
            TRY_CAST(p.second AS INTEGER) AS second, regexp_matches(text, '{_HALF_DAY}') AS half
        FROM (SELECT line, trim(raw."{column}") AS text,
            regexp_extract(trim(raw."{column}"), '{_DATE}', ['first', 'second', 'year']) AS p FROM raw)
        WHERE p.first <> ''"""
        for column in columns
    )
    row = connection.execute(
        f"""SELECT count(*) FILTER (half) > 0 OR (count(DISTINCT first) <= 2 AND count(DISTINCT second) >= 4
                AND NOT bool_and(first = 1)),
            min(line), arg_min(name, line), arg_min(text, line)
        FROM ({dates}) WHERE first <= 12 AND second <= 12 AND first <> second"""
    ).fetchall()[0]
    return _Doubt(row[1], row[2], row[3]) if row[0] else None
