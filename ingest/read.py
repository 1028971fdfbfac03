"""From a canonical UTF-8 CSV file to a table of text in DuckDB, each row with its true line number."""

from __future__ import annotations

import codecs
import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest import Problem, Rejected
from ingest.schema import Table, nearest, recognise

_CHUNK = 1 << 20
_FIELD_LIMIT = 1 << 20


@dataclass(frozen=True)
class SourceFile:
    """One file as it was read: its table, its rows as text in the DuckDB table `raw`, its digest."""

    name: str
    path: Path
    sha256: str
    table: Table
    header: tuple[str, ...]
    rows: int


def read(connection: duckdb.DuckDBPyConnection, path: Path) -> SourceFile:
    """Read one file into table `raw` (line, and each canonical column as text). Raises Rejected."""
    digest, newlines, commas = _scan(path)
    header = _header(path)
    table = _table(path, header)
    _load(connection, path, header)
    # Fetched whole: with an answer half read DuckDB registers no table, as _number_lines does.
    ((rows,),) = connection.execute("SELECT count(*) FROM raw_text").fetchall()
    # DuckDB lets one empty value too many pass, the mark of an unquoted comma where the last column is empty.
    # No row has too few commas, it would have been refused: a comma more is in a quoted value, or one of those.
    if commas != (rows + 1) * (len(header) - 1) and (ragged := _ragged(path, header)):
        raise Rejected(ragged)
    _number_lines(connection, path, rows, newlines)
    missing = [name for name in table.names if name not in header]
    extra = "".join(f', NULL::VARCHAR AS "{name}"' for name in missing)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE raw AS SELECT *{extra} FROM raw_numbered")
    connection.execute("DROP TABLE raw_text")
    connection.execute("DROP TABLE raw_numbered")
    return SourceFile(path.name, path, digest, table, tuple(header), rows)


def table_of(path: Path) -> Table:
    """The table a file belongs to, by its header alone. Raises Rejected, also where it is no text at all."""
    _scan(path)
    return _table(path, _header(path))


def _reject(path: Path, reason: str, hint: str = "", line: int = 0, column: str = "", value: str = "") -> Rejected:
    return Rejected([Problem(path.name, line, column, value[:200], reason, hint, rule="read")])


def _scan(path: Path) -> tuple[str, int, int]:
    """The file's sha256, its number of lines and of commas; refuses what is empty or not UTF-8."""
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    lines, commas, last = 0, 0, b"\n"
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                decoder.decode(chunk)
                lines += chunk.count(b"\n")
                commas += chunk.count(b",")
                last = chunk[-1:]
            decoder.decode(b"", final=True)
    except OSError as error:
        raise _reject(path, "Không mở được tệp.", "Kiểm tra đường dẫn và quyền đọc tệp.") from error
    except UnicodeDecodeError as error:
        raise _reject(
            path,
            "Tệp không phải văn bản UTF-8.",
            "Mở tệp bằng Excel, chọn Lưu thành, loại “CSV UTF-8”, rồi gửi lại.",
            line=lines + error.object[: error.start].count(b"\n") + 1,
        ) from error
    if path.stat().st_size == 0:
        raise _reject(path, "Tệp trống.", "Xuất lại tệp từ hệ thống một cửa.")
    return digest.hexdigest(), lines + (last != b"\n"), commas


def _records(path: Path):
    """The file's records with the line on which each begins, blank ones left out.

    Raises csv.Error with the line on which a broken one begins.
    """
    csv.field_size_limit(_FIELD_LIMIT)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader, start = csv.reader(file, strict=True), 1
        try:
            for record in reader:
                if record:
                    yield start, record
                start = reader.line_num + 1
        except csv.Error as error:
            raise csv.Error(start) from error


def _header(path: Path) -> list[str]:
    """The column names of the first line."""
    try:
        line, header = next(_records(path))
    except (StopIteration, csv.Error):
        line, header = 0, []
    if line != 1:
        raise _reject(path, "Không đọc được dòng tiêu đề.", "Dòng đầu phải là tên các cột, cách nhau dấu phẩy.", 1)
    header = [name.strip() for name in header]
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise _reject(path, "Tên cột bị lặp.", "Mỗi cột chỉ được có một tên.", 1, ", ".join(repeated))
    return header


def _table(path: Path, header: list[str]) -> Table:
    """The table the header belongs to; otherwise says which columns are too many or missing."""
    table = recognise(header)
    if table is not None:
        return table
    near = nearest(header)
    hint = f"So với mẫu “{near.name}”. Sửa tên cột cho đúng mẫu rồi gửi lại; tệp chưa được ghi."
    problems = [
        Problem(path.name, 1, name, "", "Cột không có trong mẫu.", hint, rule="unknown_column")
        for name in header
        if name not in near.names
    ] + [
        Problem(path.name, 1, column.name, "", "Thiếu cột bắt buộc.", hint, rule="missing_column")
        for column in near.columns
        if column.required and column.name not in header
    ]
    raise Rejected(problems)


def _load(connection: duckdb.DuckDBPyConnection, path: Path, header: list[str]) -> None:
    """Every value as text into raw_text, in file order; a row with too many or few columns rejects the file."""
    try:
        connection.execute(
            """CREATE OR REPLACE TEMP TABLE raw_text AS
            SELECT * FROM read_csv(?, header = true, auto_detect = false, columns = ?, delim = ',', quote = '"',
                escape = '"', nullstr = '', strict_mode = true, null_padding = false)""",
            [str(path), dict.fromkeys(header, "VARCHAR")],
        )
    except duckdb.Error as error:
        unknown = Problem(
            path.name, 0, "", "", "Không đọc được tệp CSV.", "Xuất lại tệp, mỗi bản ghi một dòng.", rule="read"
        )
        raise Rejected(_ragged(path, header) or [unknown]) from error


def _ragged(path: Path, header: list[str]) -> list[Problem]:
    """The lines with too many or too few values, found by a slower reader that says where it is."""
    problems = []
    try:
        for line, record in _records(path):
            if len(record) != len(header):
                problems.append(
                    Problem(
                        path.name,
                        line,
                        "",
                        ",".join(record)[:200],
                        f"Dòng có {len(record)} giá trị, tiêu đề có {len(header)} cột.",
                        "Giá trị có dấu phẩy phải đặt trong dấu nháy kép.",
                        rule="ragged",
                    )
                )
    except csv.Error as error:
        problems.append(
            Problem(
                path.name,
                error.args[0],
                "",
                "",
                "Dấu nháy kép không được đóng đúng.",
                "Kiểm tra dấu nháy quanh dòng này.",
                rule="quote",
            )
        )
    return problems


def _number_lines(connection: duckdb.DuckDBPyConnection, path: Path, rows: int, lines: int) -> None:
    """Make raw_numbered: raw_text with the line on which each row begins.

    Without quoted line breaks or blank lines the n-th row stands on line n + 1; only otherwise is the file
    read once more by a reader that counts.
    """
    if lines == rows + 1:
        numbered = "SELECT row_number() OVER () + 1 AS line, * FROM raw_text"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE raw_numbered AS {numbered}")
        return
    try:
        starts = [line for line, _ in _records(path)][1:]
    except csv.Error:
        starts = []
    if len(starts) != rows:
        raise _reject(path, "Không xác định được số dòng của tệp.", "Bỏ các dòng trống và dấu nháy lẻ rồi gửi lại.")
    line_numbers = pa.table(
        {"position": pa.array(range(1, rows + 1), pa.int64()), "line": pa.array(starts, pa.int64())}
    )
    connection.register("line_numbers", line_numbers)
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE raw_numbered AS
        SELECT line_numbers.line, numbered.* EXCLUDE (position)
        FROM (SELECT row_number() OVER () AS position, * FROM raw_text) AS numbered
        JOIN line_numbers USING (position) ORDER BY position"""
    )
    connection.unregister("line_numbers")
