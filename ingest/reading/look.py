"""From any office file to table `raw`: the text of each mapped column, each row with its real line number.

`look` reads the file and reports how it is parsed; `load` puts its rows into DuckDB. Between the two, a person may
correct the parsing. Columns with personal data are dropped here, and nothing is written to disk.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest import Problem, Rejected
from ingest.reading import limits
from ingest.reading.dates import refuse_doubtful
from ingest.reading.encoding import ENCODINGS, Binary, Undecodable, decode, detect
from ingest.reading.header import Header, classify, find_header, join, name_of_kind
from ingest.reading.mapping import Mapping, of_file
from ingest.reading.text import SEPARATORS, read_text
from ingest.reading.title import constants
from ingest.reading.workbook import Sheet, read_workbook
from ingest.schema import Table
from words.escape import GUARDED

_ZIP, _ZIP_EMPTY, _OLE, _GZIP = b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b"
# A text behind Excel's mark for texts; with a second apostrophe it is a quotation.
_MARKED = "^'([^']+)$"
# Number of records searched for the header and shown on the page where the mapping is corrected.
_HEAD = 60


@dataclass(frozen=True)
class Reading:
    """How a person wants a file to be read; empty values are detected."""

    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    header_line: int = 0
    decimal: str = ""
    table: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    dates: str = ""


@dataclass(frozen=True)
class Grid:
    """Every cell of a file or sheet as text, and the encoding, separator or sheet used."""

    cells: pa.Table
    lines: pa.Array
    widths: pa.Array | None = None
    encoding: str = ""
    how: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    date1904: bool = False


@dataclass(frozen=True)
class Look:
    """A parsed file before its rows are loaded."""

    name: str
    sha256: str
    grid: Grid
    header: Header
    mapping: Mapping
    reading: Reading

    @property
    def header_line(self) -> int:
        """The line number of the header's first row."""
        return self.grid.lines[self.header.first].as_py()

    def without_cells(self) -> Look:
        """A copy without the file's rows."""
        head = pa.array(self.grid.lines.slice(0, self.header.last + 1).to_pylist(), pa.int64())
        return replace(self, grid=replace(self.grid, cells=pa.table({}), lines=head, widths=None))

    def laid_aside(self, path: Path) -> Look:
        """A copy with its cells in a memory-mapped file, so that several files do not fill the memory."""
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, self.grid.cells.schema) as writer:
            writer.write_table(self.grid.cells)
        cells = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        with suppress(OSError):  # open files stay readable; on Windows the name remains until the store is swept
            path.unlink()
        return replace(self, grid=replace(self.grid, cells=cells))

    @property
    def personal(self) -> list[str]:
        """The headers of columns that are dropped because they contain personal data."""
        return [self.mapping.headers[position] for position in self.mapping.personal]


@dataclass(frozen=True)
class SourceFile:
    """A file whose rows are in table `raw`, with the number of skipped rows and the problems found."""

    look: Look
    rows: int
    skipped: dict[str, int] = field(default_factory=dict)
    noted: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.look.name

    @property
    def sha256(self) -> str:
        """The SHA-256 of its bytes."""
        return self.look.sha256

    @property
    def table(self) -> Table:
        """The table that its rows belong to."""
        return self.look.mapping.table

    @property
    def rows_read(self) -> int:
        """The number of data rows in the file, including rows with too many or too few values."""
        return self.rows + len({problem.line for problem in self.noted if problem.severity == "reject"})


def look(path: Path, reading: Reading | None = None, store: Path | None = None) -> Look:
    """Read a file from disk. Raises Rejected."""
    try:
        size = path.stat().st_size
        if size > limits.BYTES:
            raise too_large(path.name)
        return look_at(path.read_bytes(), path.name, reading, store)
    except OSError as error:
        raise _reject(path.name, "read", "Không mở được tệp.", "Kiểm tra đường dẫn và quyền đọc tệp.") from error


def look_at(data: bytes, name: str, reading: Reading | None = None, store: Path | None = None) -> Look:
    """Parse the bytes of a file: cells, header, table, mapping. Raises Rejected."""
    reading = reading or Reading()
    if len(data) > limits.BYTES:
        raise too_large(name)
    digest = hashlib.sha256(data).hexdigest()
    grid = _grid(data, name, reading, store)
    header = _header(grid, name, reading)
    mapping = of_file(store or Path(), header.names, reading.table, reading.columns)
    if given := constants(mapping, _above(grid, header)):
        mapping = replace(mapping, constants=mapping.constants | given)
    return Look(name, digest, grid, header, mapping, reading)


def _above(grid: Grid, header: Header) -> list[str]:
    """The texts above the header, then the sheet's name."""
    return [text for row in _rows(grid.cells.slice(0, header.first)) for text in row if text] + [grid.sheet]


def load(connection: duckdb.DuckDBPyConnection, seen: Look) -> SourceFile:
    """Put the rows into table `raw` (row_id, line, mapped columns as text).

    Raises Rejected if a column is missing, or if the dates of the file may be read in two ways.
    """
    _refuse_unmapped(seen)
    start = seen.header.last + 1
    cells, lines = seen.grid.cells.slice(start), seen.grid.lines.slice(start)
    kinds = classify(cells, seen.mapping)
    noted, broken = _ragged(seen, cells, kinds)
    kept = pc.and_(pc.is_null(kinds), pc.invert(broken))
    if not pc.all(kept).as_py():  # filtering copies every cell, so only if needed
        cells, lines = cells.filter(kept), lines.filter(kept)
    raw = {"line": lines}
    raw |= {name: cells[f"c{position}"] for name, position in seen.mapping.columns.items()}
    raw |= {name: pa.array([text] * len(raw["line"]), pa.string()) for name, text in seen.mapping.constants.items()}
    for position, code in seen.mapping.indicators.items():
        raw[f"indicator {code}"] = cells[f"c{position}"]
    codes = {column.name for column in seen.mapping.table.columns if column.is_code}
    raw |= {name: _bare(values, name not in codes) for name, values in raw.items() if name != "line"}
    rows = len(raw["line"])
    if not rows and not noted:
        raise _reject(seen.name, "no_rows", "Tệp không có dòng số liệu nào dưới tiêu đề.", "Xuất lại tệp có số liệu.")
    _store(connection, pa.table(raw), bool(seen.mapping.indicators))
    refuse_doubtful(connection, seen.name, seen.mapping, seen.reading.dates)
    skipped = Counter(kind for kind in kinds.to_pylist() if kind) if kinds.null_count < len(kinds) else {}
    return SourceFile(seen, rows, {name_of_kind(kind): count for kind, count in sorted(skipped.items())}, tuple(noted))


def _bare(column: pa.ChunkedArray, any_text: bool) -> pa.ChunkedArray:
    """Remove the apostrophe that our own downloads put before formulas, and Excel before any text.

    Codes keep Excel's apostrophe here: their check removes it and counts the codes that had one.
    """
    marked = pc.starts_with(column, "'")
    if not pc.any(marked).as_py():
        return column
    column = pc.replace_substring_regex(column, GUARDED, "\\1")
    return pc.replace_substring_regex(column, _MARKED, "\\1") if any_text else column


def _store(connection: duckdb.DuckDBPyConnection, rows: pa.Table, wide: bool) -> None:
    """Create table raw; a wide file (one column per indicator) becomes one row per value."""
    if wide:
        numbered = """SELECT row_number() OVER () AS row_id, * REPLACE (replace(indicator_code, 'indicator ', '') AS indicator_code)
            FROM (UNPIVOT arriving ON COLUMNS('^indicator ') INTO NAME indicator_code VALUE value)"""
    else:
        numbered = "FROM arriving"
        rows = rows.add_column(0, "row_id", pa.array(np.arange(1, len(rows) + 1)))
    connection.register("arriving", rows)
    # Every row has its number, so threads may store rows in any order without waiting.
    connection.execute(f"SET preserve_insertion_order = {str(wide).lower()}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE raw AS {numbered}")
    connection.execute("RESET preserve_insertion_order")
    connection.unregister("arriving")


def _reject(name: str, rule: str, reason: str, hint: str = "", line: int = 0, value: str = "") -> Rejected:
    return Rejected([Problem(name, line, "", value[:200], reason, hint, rule)])


def too_large(name: str) -> Rejected:
    """The refusal of a file over the size limit."""
    size = limits.BYTES // 1024**2
    return _reject(
        name, "too_large", f"Tệp lớn hơn {size} MB.", "Chia tệp theo tháng hoặc theo đơn vị rồi nạp từng tệp."
    )


def _grid(data: bytes, name: str, reading: Reading, store: Path | None) -> Grid:
    """The cells of a file of any supported kind."""
    if not data:
        raise _reject(name, "empty", "Tệp trống.", "Xuất lại tệp từ hệ thống một cửa.")
    if data.startswith(_GZIP):
        data = _unpacked(data, name)
    if data.startswith((_ZIP, _ZIP_EMPTY, _OLE)):
        return _sheet_grid(data, name, reading, store)
    if (
        data[:4096]
        .lstrip(b"\xef\xbb\xbf \t\r\n")
        .lower()
        .startswith((b"<html", b"<!doctype html", b"<table", b"<?xml"))
    ):
        hint = "Mở tệp bằng Excel, chọn Lưu thành, loại “Excel Workbook (.xlsx)”, rồi nạp lại."
        raise _reject(name, "web_page", "Tệp là một trang web hoặc XML, không phải bảng tính hay CSV.", hint)
    return _text_grid(data, name, reading)


def _unpacked(data: bytes, name: str) -> bytes:
    """The content of a .gz file; refused if larger than a plain file may be."""
    try:
        with gzip.open(io.BytesIO(data)) as file:
            content = file.read(limits.BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _reject(name, "broken_gzip", "Tệp nén .gz bị hỏng.", "Nén lại tệp, hoặc gửi tệp chưa nén.") from error
    if len(content) > limits.BYTES:
        raise too_large(name)
    return content


def _text_grid(data: bytes, name: str, reading: Reading) -> Grid:
    hint = "Gửi tệp .csv, .xlsx, .xls, .xlsb hoặc .ods xuất từ hệ thống một cửa."
    try:
        found = detect(data)
        encoding = reading.encoding or found.encoding
        text = decode(data, encoding)
    except Binary as error:
        raise _reject(name, "binary", "Tệp không phải văn bản hay bảng tính.", hint) from error
    except Undecodable as error:
        again = "Mở tệp bằng Excel, chọn Lưu thành, loại “CSV UTF-8”, rồi gửi lại; hoặc chọn bảng mã khác."
        reason = f"Có ký tự không đọc được theo bảng mã {ENCODINGS[error.encoding]}."
        raise _reject(name, "encoding", reason, again, error.line) from error
    read = read_text(text, name, reading.separator)
    how = "chosen" if reading.encoding else found.how
    return Grid(read.cells, read.lines, read.widths, encoding, how, read.separator)


def _sheet_grid(data: bytes, name: str, reading: Reading, store: Path | None) -> Grid:
    """The chosen sheet, or the one whose header fits a table best; visible sheets before hidden ones."""
    sheets = read_workbook(data, name)
    named = {sheet.name: sheet for sheet in sheets}
    if reading.sheet and reading.sheet not in named:
        raise _reject(name, "unknown_sheet", f"Không có trang tính “{reading.sheet}”.", f"Có: {', '.join(named)}.")
    sheet = named[reading.sheet] if reading.sheet else max(sheets, key=_promise)
    if sheet.cells.num_rows > limits.ROWS:
        raise _reject(name, "too_many_rows", f"Trang tính có hơn {limits.ROWS} dòng.", "Chia tệp thành nhiều tệp.")
    cells = _with_merged(sheet)
    lines = pa.array(range(1, cells.num_rows + 1), pa.int64())
    return Grid(cells, lines, sheet=sheet.name, sheets=tuple(named), date1904=sheet.date1904)


def _promise(sheet: Sheet) -> tuple:
    """A score: how likely the sheet contains the data."""
    header = find_header(_rows(sheet.cells.slice(0, _HEAD)))
    if header is None:
        return (0, 0, not sheet.hidden, sheet.cells.num_rows)
    mapping = of_file(Path(), header.names)
    known = len(mapping.columns) + len(mapping.indicators)
    return (not mapping.missing, known, not sheet.hidden, sheet.cells.num_rows)


def _with_merged(sheet: Sheet) -> pa.Table:
    """Fill vertically merged cells below the header: the name of a unit applies to all its rows."""
    cells = sheet.cells
    tall = [merge for merge in sheet.merged if merge[2] > merge[0] and merge[1] == merge[3]]
    columns = {position: cells[f"c{position}"].to_pylist() for position in {merge[1] for merge in tall}}
    for first, column, last, _ in tall:
        values = columns[column]
        for row in range(first + 1, min(last + 1, len(values))):
            values[row] = values[row] or values[first]
    for position, values in columns.items():
        cells = cells.set_column(position, f"c{position}", pa.array(values, pa.string()))
    return cells


def _rows(cells: pa.Table) -> list[list[str | None]]:
    """A few records as lists."""
    return [list(row) for row in zip(*(column.to_pylist() for column in cells.columns), strict=True)]


def _header(grid: Grid, name: str, reading: Reading) -> Header:
    """The chosen or detected header."""
    head = _rows(grid.cells.slice(0, _HEAD))
    if reading.header_line:
        lines = grid.lines.slice(0, _HEAD).to_pylist()
        if reading.header_line in lines:
            at = lines.index(reading.header_line)
            return Header(at, at, join([head[at]]))
    header = find_header(head)
    if header is None:
        raise _reject(
            name,
            "no_header",
            f"Không tìm thấy dòng tiêu đề trong {limits.HEADER_ROWS} dòng đầu.",
            "Kiểm tra tệp có dòng tên cột, hoặc dùng mẫu của bảng cần nạp.",
        )
    return header


def _refuse_unmapped(seen: Look) -> None:
    """Refuse the file if a required column has no header; the message names the nearest header."""
    mapping, problems = seen.mapping, []
    titles = {column.name: column.title for column in mapping.table.columns}
    for name in mapping.missing:
        near = mapping.offered.get(name)
        offer = f"Có phải cột “{mapping.headers[near]}”? " if near is not None else ""
        hint = f"{offer}Ghép cột cho đúng, hoặc thêm cột này vào tệp; bảng nhận ra: {mapping.table.name}."
        problems.append(
            Problem(seen.name, seen.header_line, titles[name], "", "Thiếu cột bắt buộc.", hint, "missing_column")
        )
    named = Counter(name for name in mapping.headers if name)
    for column, position in mapping.columns.items():
        header = mapping.headers[position]
        if named[header] > 1 and column not in seen.reading.columns:
            hint = "Đặt mỗi cột một tên khác nhau, rồi nạp lại."
            reason = "Tên cột bị lặp, không rõ phải lấy cột nào."
            problems.append(Problem(seen.name, seen.header_line, header, "", reason, hint, "repeated_header"))
    if problems:
        raise Rejected(problems)


def _ragged(seen: Look, cells: pa.Table, kinds: pa.Array) -> tuple[list[Problem], pa.Array]:
    """Rows with more or fewer values than the header: their problems, and which rows to keep."""
    grid, start = seen.grid, seen.header.last + 1
    none = pa.array([False] * cells.num_rows, pa.bool_())
    if grid.widths is None:
        return [], none
    width = grid.widths[seen.header.last].as_py()
    widths = grid.widths.slice(start)
    odd = pc.indices_nonzero(pc.and_(pc.not_equal(widths, width), pc.is_null(kinds))).to_pylist()
    if not odd or _trailing_separator(cells, widths, width, kinds):
        return [], none
    broken, problems = [False] * cells.num_rows, []
    lines = grid.lines.slice(start)
    for place in odd:
        count = widths[place].as_py()
        values = [cells[name][place].as_py() or "" for name in cells.column_names[:count]]
        kept = {position for position in range(count) if position not in seen.mapping.personal}
        shown = (grid.separator or ",").join(value for position, value in enumerate(values) if position in kept)
        broken[place] = True
        problems.append(
            Problem(
                seen.name,
                lines[place].as_py(),
                "",
                # If values are shifted, personal data may be in any column, so no value is shown.
                "" if seen.mapping.personal else shown[:200],
                f"Dòng có {count} giá trị, tiêu đề có {width} cột.",
                f"Giá trị có {SEPARATORS.get(grid.separator, 'dấu phân cách')} phải đặt trong dấu nháy kép.",
                "ragged",
            )
        )
    return problems, pa.array(broken, pa.bool_())


def _trailing_separator(cells: pa.Table, widths: pa.Array, width: int, kinds: pa.Array) -> bool:
    """Whether every data row, and no other, has one extra empty value: a separator at the end of the line."""
    data = pc.is_null(kinds)
    if not pc.all(pc.equal(widths.filter(data), width + 1)).as_py():
        return False
    return cells[f"c{width}"].filter(data).null_count == pc.sum(data).as_py()
