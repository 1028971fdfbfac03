"""Reads “4/5” in the value of a percentage as numerator and denominator, where it cannot be a date, and “3.85 / 4” as
points and the most of them."""

from __future__ import annotations

import duckdb

from ingest.reading.mapping import WIDE
from ingest.reading.values import Words
from ingest.schema import tables
from queries.snapshot import literal

# Numbers without zeros before them: 04/05 may be a day and a month.
_RATIO = r"^\s*(0|[1-9]\d{0,8})\s*/\s*(0|[1-9]\d{0,8})\s*$"
# Dates as spreadsheets show what was typed as 4/5, and dates in full.
_DATE = r"(?i)^\s*(\d{4}-\d\d-\d\d|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b|0\d/\d|\d{1,2}/0\d|\d{1,2}[- ](thg|th|[a-z]{3})|(thg|[a-z]{3})[- ]\d)"


# “3.85 / 4”, “- / 6”, “5,14/6 điểm”.
_OF_MOST = r"^\s*([\d.,]+|[-–]*)\s*/\s*([\d.,]+|[-–]*)\s*(?:đ|điểm)?\s*$"


def split_points(connection: duckdb.DuckDBPyConnection) -> None:
    """Put both numbers of points out of the most of them into the columns of their names in table `raw`."""
    names = {name for (name,) in connection.execute("SELECT column_name FROM (DESCRIBE raw)").fetchall()}
    if not {"portal_group", "points"} <= names:
        return
    if "maximum" not in names:
        connection.execute("ALTER TABLE raw ADD COLUMN maximum VARCHAR")
    points, most = (f"regexp_extract(points, {literal(_OF_MOST)}, {place})" for place in (1, 2))
    connection.execute(
        f"""UPDATE raw SET points = {points}, maximum = coalesce(nullif(maximum, ''), {most})
        WHERE regexp_matches(points, {literal(_OF_MOST)})"""
    )


def split_ratios(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Put both numbers of a ratio into the columns of their names in table `raw`."""
    names = {name for (name,) in connection.execute("SELECT column_name FROM (DESCRIBE raw)").fetchall()}
    if table != WIDE or not {"indicator_code", "value"} <= names:
        return
    texts = f"SELECT DISTINCT indicator_code FROM raw WHERE regexp_matches(value, {literal(_RATIO)})"
    written = [text for (text,) in connection.execute(texts).fetchall() if text]
    if not written:
        return
    percentages = {code for (code,) in connection.execute(
        "SELECT indicator_code FROM indicator WHERE measure = '%' AND aggregate = 'ratio'").fetchall()}  # fmt: skip
    column = next(column for column in tables()[table].columns if column.name == "indicator_code")
    meant = Words(connection).convert(tables()[table], column, written)
    for part in {"numerator", "denominator"} - names:
        connection.execute(f"ALTER TABLE raw ADD COLUMN {part} VARCHAR")
    for text in (text for text in written if meant[text].value in percentages):
        _split(connection, text)


def _split(connection: duckdb.DuckDBPyConnection, indicator: str) -> None:
    """Split the ratios of one indicator, unless a cell of it has become a date: then only what can be no date."""
    ratio, date = literal(_RATIO), literal(_DATE)
    first, second = (f"CAST(regexp_extract(value, {ratio}, {place}) AS INTEGER)" for place in (1, 2))
    day_and_month = f"({first} BETWEEN 1 AND 31 AND {second} BETWEEN 1 AND 12 OR {first} BETWEEN 1 AND 12 AND {second} BETWEEN 1 AND 31)"
    month_and_year = f"({first} BETWEEN 1 AND 12 AND {second} BETWEEN 1900 AND 2100)"
    connection.execute(
        f"""UPDATE raw SET numerator = regexp_extract(value, {ratio}, 1), denominator = regexp_extract(value, {ratio}, 2),
            value = NULL
        WHERE indicator_code = $indicator AND numerator IS NULL AND denominator IS NULL
            AND CASE WHEN regexp_matches(value, {ratio}) THEN NOT {month_and_year} AND NOT ({day_and_month} AND EXISTS (
                FROM raw AS other WHERE other.indicator_code = $indicator AND regexp_matches(other.value, {date}))) END""",
        {"indicator": indicator},
    )
