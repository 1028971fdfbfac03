"""Reads an Excel or OpenDocument workbook into text cells, in a child process with memory and time limits.

One cell in the last row and column makes calamine allocate hundreds of gigabytes, and a failed allocation in Rust
aborts the process. The parser therefore never runs in the web server's process. The file goes to the child by stdin and
the cells return by stdout; nothing is written to disk, because files contain personal data.
For each sheet the child writes one line of JSON, one Arrow stream and one line with the dates that are shown as months,
at the end "end"; or a line with the name of a rule.
"""

from __future__ import annotations

import io
import json
import math
import os
import posixpath
import re
import signal
import struct
import subprocess
import sys
import threading
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree
from xml.parsers import expat

import pyarrow as pa
import pyarrow.compute as pc
import python_calamine as calamine

from ingest import Problem, Rejected
from ingest.reading import limits
from ingest.reading.number_format import BUILT_IN, NumberFormat, number_format, unlike_thousands
from ingest.reading.package import with_usual_names
from words.vietnamese import number

# Not imported from queries.snapshot, which would load DuckDB and pandas in the child.
_ROOT = Path(__file__).resolve().parents[2]
_ZIP, _ZIP_EMPTY, _OLE = b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# Stands in a cell whose formula has no stored result.
UNCALCULATED = "#CHƯA TÍNH"
_SAVE_AS = "Mở tệp bằng Excel, chọn Lưu thành, loại “Excel Workbook (.xlsx)”, rồi nạp tệp mới."
_SPLIT = "Chia tệp theo tháng hoặc theo đơn vị rồi nạp từng tệp."
_CUT = "Nhấn Ctrl+End để tới ô cuối; xóa các hàng, cột thừa (xóa cả hàng, cả cột) rồi lưu lại."
# For each rule, the message and the hint for the user.
SENTENCES = {
    "workbook_password": (
        "Tệp có mật khẩu nên không đọc được.",
        "Mở tệp bằng Excel, vào Tệp, Thông tin, Bảo vệ sổ làm việc, Mã hóa bằng mật khẩu; "
        "xóa mật khẩu, lưu rồi nạp lại.",
    ),
    "workbook_broken": (
        "Tệp bảng tính bị hỏng hoặc chưa tải về hết.",
        "Tải hoặc xuất lại tệp. Nếu Excel vẫn mở được: Lưu thành, loại “Excel Workbook (.xlsx)”, rồi nạp tệp mới.",
    ),
    "workbook_bomb": (
        "Tệp nén bất thường: bên trong có {entries} phần, mở ra dài {size}, quá giới hạn.",
        "Chép các ô có số liệu sang một tệp Excel mới rồi nạp tệp mới. Nếu tệp do người lạ gửi, đừng mở.",
    ),
    "workbook_far_cell": (
        "Trang tính “{sheet}” dài tới ô {cell}: {rows} hàng × {columns} cột, nhiều hơn {limit} ô được phép.",
        _CUT,
    ),
    "workbook_too_many_columns": (
        "Trang tính “{sheet}” có {columns} cột (tới ô {cell}), nhiều hơn {limit} cột được phép.",
        _CUT,
    ),
    "workbook_too_many_rows": (
        "Trang tính “{sheet}” có {rows} hàng (tới ô {cell}), nhiều hơn {limit} hàng được phép.",
        _CUT + " Nếu các hàng đều là số liệu: chia thành nhiều tệp.",
    ),
    "workbook_too_many_sheets": (
        "Tệp có {sheets} trang tính, nhiều hơn {limit} trang được phép.",
        "Để các trang tính cần nạp vào một tệp riêng rồi nạp tệp đó.",
    ),
    "workbook_long_cell": (
        "Trang tính “{sheet}” có ô {cell} dài hơn {limit} ký tự.",
        "Rút ngắn nội dung của ô đó rồi lưu lại.",
    ),
    "workbook_too_much_text": ("Chữ trong các trang tính nhiều hơn {limit}.", _SPLIT),
    "workbook_empty": (
        "Không trang tính nào có số liệu.",
        "Kiểm tra đã chọn đúng tệp, và tệp đã được lưu sau khi nhập số liệu.",
    ),
    "workbook_not_workbook": (
        "Tệp không phải bảng tính Excel hay OpenDocument, dù tên tệp có thể ghi như vậy.",
        _SAVE_AS,
    ),
    "workbook_other": (
        "Tệp là {what}, không phải bảng tính.",
        "Nếu số liệu nằm bên trong: giải nén, hoặc chép bảng sang Excel, "
        "rồi nạp tệp .xlsx, .xls, .xlsb, .ods hoặc .csv.",
    ),
    "workbook_time_out": (
        "Đọc tệp quá {seconds} giây nên đã dừng.",
        "Xóa các trang tính, hàng, cột thừa; hoặc chia thành nhiều tệp; rồi nạp lại.",
    ),
    "workbook_out_of_memory": (
        "Đọc tệp cần nhiều hơn {memory} bộ nhớ nên đã dừng.",
        "Trong từng trang tính, kể cả trang ẩn, nhấn Ctrl+End; xóa các hàng, cột thừa rồi lưu lại; "
        "hoặc chia thành nhiều tệp.",
    ),
}


@dataclass(frozen=True)
class Sheet:
    """One sheet as text: row i of `cells` is row i + 1 of the sheet, column c0 is column A; empty cells are null.

    hidden_rows and hidden_columns are ranges (first, last) counted from 0. A date shown as a month or a year has this
    text in `cells` and the whole date in `dates`: column → row → text.
    """

    name: str
    hidden: bool
    cells: pa.Table
    merged: tuple[tuple[int, int, int, int], ...] = ()
    date1904: bool = False
    hidden_rows: tuple[tuple[int, int], ...] = ()
    hidden_columns: tuple[tuple[int, int], ...] = ()
    dates: dict[int, dict[int, str]] = field(default_factory=dict)


def read_workbook(data: bytes, name: str) -> list[Sheet]:
    """The sheets with content, in order. Raises Rejected."""
    try:
        if not data.startswith((_ZIP, _ZIP_EMPTY, _OLE)):
            raise _Refusal("workbook_not_workbook")
        sheets = _read_in_child(data)
        if not sheets:
            raise _Refusal("workbook_empty")
    except _Refusal as refusal:
        raise Rejected([refusal.problem(name)]) from None
    return sheets


class _Refusal(Exception):
    """Why a file is refused: the rule, and the values for its message."""

    def __init__(self, rule: str, **facts: str):
        super().__init__(rule)
        self.rule, self.facts = rule, facts

    def problem(self, file: str) -> Problem:
        """The refusal as a Problem."""
        reason, hint = SENTENCES[self.rule]
        reason = reason.format(**self.facts)
        return Problem(file, 0, "", "", reason, hint, self.rule, sheet=self.facts.get("sheet", ""))


def _bytes(size: int) -> str:
    return f"{number(size / 1024**3, 1)} GB" if size >= 1024**3 else f"{number(size / 1024**2)} MB"


# The parent process.


def _read_in_child(data: bytes) -> list[Sheet]:
    late = threading.Event()
    with _child(data, late) as process:
        try:
            return list(_answers(process.stdout))
        except (pa.ArrowException, OSError, ValueError) as error:
            # The answer is incomplete: the exit code of the child gives the reason.
            raise _death(process, late) from error


@contextmanager
def _child(data: bytes, late: threading.Event) -> Iterator[subprocess.Popen]:
    """Start a child process that reads the data; it is killed at the end of the block or on timeout."""
    settings = {key: value for key, value in vars(limits).items() if key.isupper()}
    process = subprocess.Popen(
        [sys.executable, "-m", "ingest.reading.workbook", json.dumps(settings)],
        cwd=_ROOT,
        env={
            **os.environ,
            "ARROW_DEFAULT_MEMORY_POOL": "system",
            "RUST_BACKTRACE": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Library messages may quote cells with personal data, so they are not logged.
        stderr=subprocess.DEVNULL,
    )

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(limits.WORKBOOK_SECONDS, stop)
    # Written in a separate thread: the child may answer or die before it has read everything.
    feeder = threading.Thread(target=_feed, args=(process.stdin, data), daemon=True)
    try:
        timer.start()
        feeder.start()
        yield process
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        if feeder.ident:
            feeder.join()
        process.stdout.close()


def _feed(pipe: BinaryIO, data: bytes) -> None:
    with suppress(OSError, ValueError), pipe:
        pipe.write(data)


def _answers(pipe: BinaryIO) -> Iterator[Sheet]:
    while True:
        fact = _fact(pipe)
        if "end" in fact:
            return
        with pa.ipc.open_stream(pipe) as reader:
            cells = reader.read_all()
        merged, rows, columns = (tuple(map(tuple, fact[key])) for key in ("merged", "hidden_rows", "hidden_columns"))
        dates: dict[int, dict[int, str]] = {}
        for column, row, text in _fact(pipe)["dates"]:
            dates.setdefault(column, {})[row] = text
        yield Sheet(fact["sheet"], fact["hidden"], cells, merged, fact["date1904"], rows, columns, dates)


def _fact(pipe: BinaryIO) -> dict:
    """The next line of the answer. Raises _Refusal if it is a refusal."""
    fact = json.loads(pipe.readline())
    if "rule" in fact:
        raise _Refusal(fact["rule"], **fact["facts"])
    return fact


def _death(process: subprocess.Popen, late: threading.Event) -> _Refusal:
    """The refusal that matches the child's exit code."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    code = process.returncode
    if late.is_set() or (hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU):
        return _Refusal("workbook_time_out", seconds=number(limits.WORKBOOK_SECONDS))
    # Rust aborts when an allocation fails; the system kills the process when memory is full; 3221226505 is abort on
    # Windows.
    if code in (_NO_MEMORY, -signal.SIGABRT, -getattr(signal, "SIGKILL", 9), 3221226505):
        return _Refusal("workbook_out_of_memory", memory=_bytes(limits.WORKBOOK_MEMORY))
    return _Refusal("workbook_broken")


# The child process.

_NO_MEMORY = 77


def _main() -> None:
    for key, value in json.loads(sys.argv[1]).items():
        setattr(limits, key, value)
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library's print must not go into the answer
    try:
        _limit_resources()
        _answer(sys.stdin.buffer.read(), answer)
        answer.flush()
    except MemoryError:
        os._exit(_NO_MEMORY)
    except OSError:
        os._exit(1)  # the parent has ended
    # End at once: freeing tens of millions of cells takes seconds.
    os._exit(0)


def _limit_resources() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the parent's timeout still applies
        return
    seconds = math.ceil(limits.WORKBOOK_SECONDS) + 1
    for kind, value in (
        (resource.RLIMIT_CORE, 0),  # a core file would contain the personal data
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, limits.WORKBOOK_MEMORY),
    ):
        # macOS refuses some limits; a lower limit set by the administrator stays.
        with suppress(ValueError, OSError):
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))


def _answer(data: bytes, answer: BinaryIO) -> None:
    """Write each sheet, or the reason for a refusal."""
    try:
        _write_sheets(data, answer)
        last = {"end": True}
    except _Refusal as refusal:
        last = {"rule": refusal.rule, "facts": refusal.facts}
    except calamine.PasswordError:
        last = {"rule": "workbook_password", "facts": {}}
    except (MemoryError, OSError):
        raise
    except BaseException as error:  # a panic in Rust is not an Exception
        if "capacity overflow" in str(error):
            raise MemoryError from error
        last = {"rule": "workbook_broken", "facts": {}}
    answer.write(json.dumps(last).encode() + b"\n")


def _write_sheets(data: bytes, answer: BinaryIO) -> None:
    if not data.startswith(_OLE):
        data = _with_usual_names(data)
    scan = _scan_ole(data) if data.startswith(_OLE) else _scan_zip(data)
    for sheet in scan.sheets:
        _check_extent(sheet)
    workbook = calamine.load_workbook(io.BytesIO(data))
    del data
    found = workbook.sheets_metadata
    if len(found) > limits.SHEETS:
        raise _Refusal("workbook_too_many_sheets", sheets=number(len(found)), limit=number(limits.SHEETS))
    # Both list the sheets in workbook order; if the counts differ, the scan is not used.
    scanned = scan.sheets if len(scan.sheets) == len(found) else [_Scan() for _ in found]
    left = limits.TEXT_BYTES
    for index, (metadata, seen) in enumerate(zip(found, scanned, strict=True)):
        if metadata.typ == calamine.SheetTypeEnum.WorkSheet:
            left -= _write_sheet(workbook.get_sheet_by_index(index), metadata, seen, scan.date1904, answer, left)


def _write_sheet(sheet, metadata, seen: _Scan, date1904: bool, answer: BinaryIO, left: int) -> int:
    """Write one sheet if it has content; returns the bytes of its text."""
    rows = max(sheet.end[0] + 1 if sheet.end else 0, max(seen.texts, default=-1) + 1)
    columns = max(sheet.end[1] + 1 if sheet.end else 0, *(max(row) + 1 for row in seen.texts.values()), 0)
    if not rows:
        return 0
    _check_extent(_Scan(metadata.name, rows, columns))
    areas = [(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
    hidden = metadata.visible != calamine.SheetVisibleEnum.Visible
    fact = {"sheet": metadata.name, "hidden": hidden, "merged": areas, "date1904": date1904}
    fact |= {"hidden_rows": seen.hidden_rows, "hidden_columns": seen.hidden_columns}
    answer.write(json.dumps(fact).encode() + b"\n")
    schema = pa.schema([(f"c{column}", pa.string()) for column in range(columns)])
    used, dates = 0, []
    with pa.ipc.new_stream(answer, schema) as stream:
        for start, texts in _text_batches(sheet, rows, columns, seen, dates):
            batch = pa.record_batch([pa.array(column, pa.string()) for column in texts], schema=schema)
            _check_lengths(batch, metadata.name, start)
            used += batch.nbytes
            if used > left:
                raise _Refusal("workbook_too_much_text", limit=_bytes(limits.TEXT_BYTES))
            stream.write_batch(batch)
    answer.write(json.dumps({"dates": dates}).encode() + b"\n")
    return used


def _text_batches(
    sheet, rows: int, columns: int, seen: _Scan, dates: list[tuple[int, int, str]]
) -> Iterator[tuple[int, list[list[str | None]]]]:
    """Batches of rows as columns of text, starting at A1, each with the number of its first row.

    The dates that a cell shows as a month or a year are added to `dates` as a whole: (column, row, text).
    """
    # The Python objects of one batch need some ten megabytes, whatever its width.
    size = max(1, 200_000 // columns)
    # iter_rows yields the empty rows above the first cell, but not the empty columns before it.
    skipped = sheet.start[1] if sheet.start else 0
    iterator = sheet.iter_rows() if sheet.start else iter(())
    for start in range(0, rows, size):
        count = min(size, rows - start)
        values = list(zip(*islice(iterator, count), strict=True))
        texts = [[None] * count for _ in range(columns)]
        for index, column in enumerate(values, skipped):
            # Most cells are text, so avoid a function call for them.
            cells = [(value or None) if type(value) is str else _as_text(value) for value in column]
            texts[index][: len(cells)] = cells
            for row, format in seen.formatted(index, start, start + len(cells)):
                if (text := format.text(column[row - start])) is not None:
                    if format.period:
                        dates.append((index, row, cells[row - start]))
                    cells[row - start] = texts[index][row - start] = text
        for row in range(start, start + count) if seen.texts else ():
            for column, text in seen.texts.get(row, {}).items():
                texts[column][row - start] = text
        yield start, texts


def _check_extent(seen: _Scan) -> None:
    facts = {
        "sheet": seen.name,
        "cell": letters_of(seen.columns - 1) + str(seen.rows),
        "rows": number(seen.rows),
        "columns": number(seen.columns),
    }
    if seen.rows * seen.columns > limits.CELLS:
        raise _Refusal("workbook_far_cell", limit=number(limits.CELLS), **facts)
    if seen.columns > limits.COLUMNS:
        raise _Refusal("workbook_too_many_columns", limit=number(limits.COLUMNS), **facts)
    if seen.rows > limits.ROWS:
        raise _Refusal("workbook_too_many_rows", limit=number(limits.ROWS), **facts)


def _check_lengths(batch: pa.RecordBatch, sheet: str, start: int) -> None:
    for index, column in enumerate(batch.columns):
        lengths = pc.fill_null(pc.utf8_length(column), 0)
        if (pc.max(lengths).as_py() or 0) > limits.CELL_CHARACTERS:
            row = start + pc.index(pc.greater(lengths, limits.CELL_CHARACTERS), True).as_py()
            cell = f"{letters_of(index)}{row + 1}"
            raise _Refusal("workbook_long_cell", sheet=sheet, cell=cell, limit=number(limits.CELL_CHARACTERS))


def letters_of(column: int) -> str:
    """The letters of a column counted from 0.

    >>> [letters_of(column) for column in (0, 25, 26, 16383)]
    ['A', 'Z', 'AA', 'XFD']
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _column(letters: bytes) -> int:
    """The column number, counted from 0.

    >>> [_column(letters) for letters in (b"A", b"Z", b"AA", b"XFD")]
    [0, 25, 26, 16383]
    """
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column - 1


# Conversion of values to text.


def _as_text(value) -> str | None:
    """The text of a value that is not a string."""
    return _WRITERS[type(value)](value)


def _float(value: float) -> str:
    """A decimal number without exponent.

    >>> [_float(value) for value in (123.0, 63.512, 63.51, 1e-05, 0.001, 1e22, -0.0)]
    ['123', '63.5120', '63.51', '0.00001', '0.0010', '10000000000000000000000', '0']
    """
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    text = repr(value)
    if "e" in text:
        text = format(Decimal(text), "f")
    return unlike_thousands(text)


def _datetime(value: datetime) -> str:
    """A date and time rounded to the second: a sheet's day number gives 07:08:08.9999995 for 07:08:09.

    >>> _datetime(datetime(2024, 5, 6, 7, 8, 9, 600000)), _datetime(datetime(2024, 5, 6, 23, 59, 59, 999000))
    ('2024-05-06 07:08:10', '2024-05-07')
    """
    with suppress(OverflowError):
        value += timedelta(microseconds=500_000)
    text = value.isoformat(" ", "seconds")
    return text.removesuffix(" 00:00:00")


def _time(value: time) -> str:
    """A time of day rounded to the second.

    >>> _time(time(7, 8, 9)), _time(time(23, 59, 59, 900000))
    ('07:08:09', '23:59:59')
    """
    seconds = value.hour * 3600 + value.minute * 60 + value.second + (value.microsecond >= 500_000)
    return _clock(min(seconds, 86_399))


def _timedelta(value: timedelta) -> str:
    """A duration; hours may exceed 24.

    >>> _timedelta(timedelta(days=1, hours=6)), _timedelta(timedelta(hours=-1))
    ('30:00:00', '-01:00:00')
    """
    seconds = round(value.total_seconds())
    return ("-" if seconds < 0 else "") + _clock(abs(seconds))


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


_WRITERS = {
    str: lambda value: value or None,
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _float,
    datetime: _datetime,
    date: date.isoformat,
    time: _time,
    timedelta: _timedelta,
}


# What calamine does not report: the extent of a sheet (before it allocates memory), error cells, the 1904 date system,
# number formats, formulas without a result, hidden rows and columns.


@dataclass
class _Scan:
    """One sheet: its extent, and the texts of cells that calamine leaves empty, by row and column.

    `formats` holds for each column the runs of rows with a number format that matters: [first, last, format].
    """

    name: str = ""
    rows: int = 0
    columns: int = 0
    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    formats: dict[int, list[list]] = field(default_factory=dict)
    hidden_rows: list[list[int]] = field(default_factory=list)
    hidden_columns: list[list[int]] = field(default_factory=list)

    def reach(self, row: int, column: int) -> None:
        """Extend the extent to a cell counted from 0."""
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)

    def replace(self, row: int, column: int, text: str) -> None:
        """Store the text of a cell counted from 0."""
        self.texts.setdefault(row, {})[column] = text

    def mark(self, first: int, last: int, column: int, format: NumberFormat) -> None:
        """Store the number format of the rows of a column."""
        runs = self.formats.setdefault(column, [])
        if runs and runs[-1][1] == first - 1 and runs[-1][2] is format:
            runs[-1][1] = last
        else:
            runs.append([first, last, format])

    def hide(self, first: int, last: int) -> None:
        """Store hidden rows."""
        if self.hidden_rows and self.hidden_rows[-1][1] == first - 1:
            self.hidden_rows[-1][1] = last
        else:
            self.hidden_rows.append([first, last])

    def formatted(self, column: int, start: int, end: int) -> Iterator[tuple[int, NumberFormat]]:
        """The rows from start to before end whose number format matters."""
        runs = self.formats.get(column, ())
        # Rows are in ascending order in nearly every file; sorting a sorted list costs nothing.
        if runs and start == 0:
            runs.sort(key=itemgetter(0))
        for first, last, format in runs[max(0, bisect_right(runs, start, key=itemgetter(0)) - 1) :] if runs else ():
            if first >= end:
                break
            for row in range(max(first, start), min(last + 1, end)):
                yield row, format


@dataclass
class _BookScan:
    sheets: list[_Scan] = field(default_factory=list)
    date1904: bool = False


_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
# Errors of a scan in files that calamine can still read; the scan then stays empty.
_ODD = (KeyError, ValueError, IndexError, struct.error, ElementTree.ParseError)


def _with_usual_names(data: bytes) -> bytes:
    """The zip with its parts under their usual names."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_zip(archive, len(data))
            return with_usual_names(archive) or data
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise _Refusal("workbook_broken") from error


def _scan_zip(data: bytes) -> _BookScan:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_zip(archive, len(data))
            names = set(archive.namelist())
            scan = next((scan for part, scan in _SCANS.items() if part in names), None)
            if scan is None:
                raise _Refusal("workbook_other", what=_other_zip(names))
            try:
                return scan(archive)
            except _ODD:
                return _BookScan()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise _Refusal("workbook_broken") from error


def _check_zip(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse a zip with a password or with a too large unpacked size, from the sizes declared in it."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    regular = unpacked > limits.UNPACKED_RATIO_FROM and unpacked > size * limits.UNPACKED_RATIO
    if unpacked > limits.UNPACKED_BYTES or len(entries) > limits.ENTRIES or regular:
        raise _Refusal("workbook_bomb", entries=number(len(entries)), size=_bytes(unpacked))
    if any(entry.flag_bits & 1 for entry in entries):
        raise _Refusal("workbook_password")
    manifest = "META-INF/manifest.xml"
    if manifest in archive.namelist() and b"encryption-data" in archive.read(manifest):
        raise _Refusal("workbook_password")


def _other_zip(names: set[str]) -> str:
    if any(name.startswith("word/") for name in names):
        return "tài liệu Word"
    if any(name.startswith("ppt/") for name in names):
        return "bài trình chiếu PowerPoint"
    return "tệp nén (zip)"


def _xlsx_parts(archive: zipfile.ZipFile) -> tuple[ElementTree.Element, list[tuple[str, str]]]:
    """The workbook's XML, and the name and part of each sheet."""
    root = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    targets = _targets(archive, "xl/_rels/workbook.xml.rels")
    sheets = []
    for sheet in root.iterfind("{*}sheets/{*}sheet"):
        link = next(value for key, value in sheet.attrib.items() if key.endswith("}id"))
        sheets.append((sheet.attrib["name"], targets[link]))
    return root, sheets


def _targets(archive: zipfile.ZipFile, relations: str) -> dict[str, str]:
    """The target part of each relation of the workbook."""
    root = ElementTree.fromstring(archive.read(relations))
    return {link.attrib["Id"]: posixpath.join("xl", link.attrib["Target"]).lstrip("/") for link in root}


def _scan_xlsx(archive: zipfile.ZipFile) -> _BookScan:
    root, parts = _xlsx_parts(archive)
    settings = root.find("{*}workbookPr")
    date1904 = settings is not None and settings.get("date1904") in ("1", "true")
    formats = _xlsx_formats(archive)
    # Set by programs that write formulas without calculating them; Excel removes it when it saves.
    setting = root.find("{*}calcPr")
    waiting = setting is not None and setting.get("fullCalcOnLoad") in ("1", "true")
    sheets = []
    for name, part in parts:
        scan, cells = _Scan(name), _XlsxCells(formats)
        with archive.open(part) as stream:
            for text in _whole_cells(stream):
                _scan_cells(text, scan)
                cells.read(text, scan)
        if cells.without_address:
            with archive.open(part) as stream:
                cells = _XlsxCells(formats)
                cells.count(stream, scan)
        cells.finish(scan, waiting)
        sheets.append(scan)
    return _BookScan(sheets, date1904)


def _xlsx_formats(archive: zipfile.ZipFile) -> dict[str, NumberFormat]:
    """The cell styles (by their number, as text) whose number format matters."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))
    codes = {str(number): code for number, code in BUILT_IN.items()}
    codes |= {each.get("numFmtId", ""): each.get("formatCode", "") for each in root.iterfind("{*}numFmts/{*}numFmt")}
    styles = enumerate(root.iterfind("{*}cellXfs/{*}xf"))
    found = {str(place): number_format(codes.get(style.get("numFmtId", ""), "")) for place, style in styles}
    return {place: format for place, format in found.items() if format}


class _XlsxCells:
    """Finds in the XML of a sheet what its cells do not say: number formats, formulas without a result, hidden rows."""

    _TAG = rb"<(?:\w+:)?"
    # Every start tag of a row or cell that has no address; then rows and cells must be counted.
    _BARE = re.compile(_TAG + rb"(?:c|row)(?=[\s>])(?![^>]*\sr=)")
    _HIDDEN_ROW = re.compile(_TAG + rb"""row(?=\s)(?=[^>]*\shidden=["'](?:1|true)["'])[^>]*?\sr=["'](\d+)["']""")
    _COLUMNS = re.compile(_TAG + rb"col\s[^>]*>")
    # A formula cell: its attributes, and what follows the formula.
    _FORMULA = re.compile(
        _TAG + rb"c(?=\s)([^>]*)>\s*" + _TAG + rb"f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
        rb"(?:(" + _TAG + rb"v(?:\s[^>]*)?(?:/>|>))([^<]*))?"
    )
    _ADDRESS = re.compile(rb"""\sr=["']([A-Z]+)(\d+)["']""")
    _TEXT_RESULT = re.compile(rb"""\st=["']str["']""")

    def __init__(self, formats: dict[str, NumberFormat]):
        self.formats = {place.encode(): format for place, format in formats.items()}
        styles = b"|".join(self.formats) if len(formats) <= 50 else rb"\d+"
        self.styled = re.compile(
            self._TAG + rb"""c(?=\s)(?=[^>]*?\ss=["'](""" + styles + rb""")["'])"""
            rb"""[^>]*?\sr=["']([A-Z]+)(\d+)["'][^>]*(?<!/)>(?!</)"""
        )
        self.without_address = self.calculated = False
        self.zeros: list[tuple[int, int]] = []

    def read(self, text: bytes, scan: _Scan) -> None:
        """Handle a piece of a sheet whose rows and cells have an address."""
        formulas, hidden = b"<f" in text or b":f>" in text or b":f " in text, b"hidden=" in text
        if not (self.formats or formulas or hidden) or self.without_address:
            return
        if self._BARE.search(text):
            self.without_address = True
            return
        if self.formats:
            for style, letters, row in self.styled.findall(text):
                if format := self.formats.get(style):
                    place = int(row) - 1
                    scan.mark(place, place, _column(letters), format)
        if hidden:
            for row in self._HIDDEN_ROW.findall(text):
                scan.hide(int(row) - 1, int(row) - 1)
            self._columns(text, scan)
        if formulas:
            for words, tag, result in self._FORMULA.findall(text):
                address = self._ADDRESS.search(words)
                has_result = bool(result.strip()) or bool(tag and self._TEXT_RESULT.search(words))
                self._formula(int(address[2]) - 1, _column(address[1]), has_result, result.strip(), scan)

    def _columns(self, text: bytes, scan: _Scan) -> None:
        for tag in self._COLUMNS.findall(text):
            values = dict(re.findall(rb"""\s(\w+)=["']([^"']*)["']""", tag))
            if values.get(b"hidden") in (b"1", b"true"):
                scan.hidden_columns.append([int(values[b"min"]) - 1, int(values[b"max"]) - 1])

    def _formula(self, row: int, column: int, has_result: bool, result: bytes | str, scan: _Scan) -> None:
        if not has_result:
            scan.replace(row, column, UNCALCULATED)
        elif result in (b"0", "0"):
            self.zeros.append((row, column))
        else:
            self.calculated = True

    def finish(self, scan: _Scan, waiting: bool) -> None:
        """In a sheet that waits for its calculation and has no result but 0, these zeros are placeholders."""
        if waiting and not self.calculated:
            for row, column in self.zeros:
                scan.replace(row, column, UNCALCULATED)

    def count(self, stream: BinaryIO, scan: _Scan) -> None:
        """Handle a sheet in which rows or cells have no address: they are counted, as calamine does."""
        scan.formats.clear()
        scan.hidden_rows.clear()
        scan.hidden_columns.clear()
        row = column = -1
        style = kind = ""
        formula, result, inside, filled = False, None, "", False

        def start(name: str, values: dict[str, str]) -> None:
            nonlocal row, column, style, kind, formula, result, inside, filled
            name = name.rpartition(":")[2]
            if name == "row":
                row, column = int(values.get("r", row + 2)) - 1, -1
                if values.get("hidden") in ("1", "true"):
                    scan.hide(row, row)
            elif name == "col" and values.get("hidden") in ("1", "true"):
                scan.hidden_columns.append([int(values["min"]) - 1, int(values["max"]) - 1])
            elif name == "c":
                address = re.fullmatch(r"([A-Z]+)(\d+)", values.get("r", ""))
                column = _column(address[1].encode()) if address else column + 1
                style, kind = values.get("s", ""), values.get("t", "")
                formula, result, filled = False, None, False
            elif name in ("f", "v", "is"):
                formula, filled, inside = formula or name == "f", True, name
                result = "" if name == "v" else result

        def end(name: str) -> None:
            nonlocal inside
            name = name.rpartition(":")[2]
            if name == "c":
                if filled and (format := self.formats.get(style.encode())):
                    scan.mark(row, row, column, format)
                if formula:
                    told = bool((result or "").strip()) or result is not None and kind == "str"
                    self._formula(row, column, told, (result or "").strip(), scan)
            elif name in ("f", "v", "is"):
                inside = ""

        def characters(text: str) -> None:
            nonlocal result
            if inside == "v":
                result = (result or "") + text

        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
        with suppress(expat.ExpatError):
            parser.ParseFile(stream)


# A cell with content. A cell with only a format is `<c … />` or `<c …></c>`; calamine does not include it in the
# extent.
_CELL = re.compile(rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r=["']([A-Z]+\d+)["'][^>]*(?<!/)>(?!</)""")
_ERROR_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?=[^>]*\bt="e")(?:[^>]*?\s)?r="([A-Z]+)(\d+)"[^>]*(?<!/)>"""
    rb"""(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]+)<""",
    re.DOTALL,
)
_CHUNK = 4 * 1024**2
# Longer than any cell: 32 767 characters, each at most an entity, and its formula.
_TAIL = 1024**2


def _whole_cells(stream: BinaryIO) -> Iterator[bytes]:
    """The XML of a sheet in pieces that never split a cell."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        rest += chunk
        end = max(rest.rfind(b"</c>") + 4, rest.rfind(b":c>") + 3)
        if end <= 4:
            end = max(0, len(rest) - _TAIL)
        yield rest[:end]
        rest = rest[end:]
    yield rest


def _scan_cells(text: bytes, scan: _Scan) -> None:
    """Update the extent and the error cells from a piece; rows are in ascending order."""
    references = _CELL.findall(text)
    if not references:
        return
    column = max(_column(letters) for letters in {reference.rstrip(b"0123456789") for reference in references})
    scan.reach(int(references[-1].lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")) - 1, column)
    if b't="e"' in text:
        for letters, row, error in _ERROR_CELL.findall(text):
            scan.replace(int(row) - 1, _column(letters), error.decode())


def _scan_xlsb(archive: zipfile.ZipFile) -> _BookScan:
    targets = _targets(archive, "xl/_rels/workbook.bin.rels")
    scan, formats = _BookScan(), _xlsb_formats(archive)
    book = archive.read("xl/workbook.bin")
    for kind, place, _ in _xlsb_records(book):
        if kind == 156:  # BrtBundleSh: state, id, then two counted texts: the relation and the name
            link, after = _wide_text(book, place + 8)
            scan.sheets.append(_scan_xlsb_sheet(archive.read(targets[link]), _wide_text(book, after)[0], formats))
    return scan


def _xlsb_formats(archive: zipfile.ZipFile) -> dict[int, NumberFormat]:
    """The cell styles by their number whose number format matters."""
    if "xl/styles.bin" not in archive.namelist():
        return {}
    data = archive.read("xl/styles.bin")
    codes, styles, inside = dict(BUILT_IN), [], False
    for kind, place, _ in _xlsb_records(data):
        if kind == 44:  # BrtFmt
            codes[int.from_bytes(data[place : place + 2], "little")] = _wide_text(data, place + 2)[0]
        elif kind in (617, 618):  # BrtBeginCellXFs, BrtEndCellXFs
            inside = kind == 617
        elif kind == 47 and inside:  # BrtXF
            styles.append(int.from_bytes(data[place + 2 : place + 4], "little"))
    found = {place: number_format(codes.get(number, "")) for place, number in enumerate(styles)}
    return {place: format for place, format in found.items() if format}


def _scan_xlsb_sheet(data: bytes, name: str, formats: dict[int, NumberFormat]) -> _Scan:
    scan, row = _Scan(name), 0
    for kind, place, length in _xlsb_records(data):
        if kind == 0:  # BrtRowHdr
            row = int.from_bytes(data[place : place + 4], "little")
            if length > 16 and data[place + 11] & 0x10:  # height zero
                scan.hide(row, row)
        elif kind == 60 and length > 16 and data[place + 16] & 1:  # BrtColInfo
            scan.hidden_columns.append(list(struct.unpack_from("<II", data, place)))
        elif 2 <= kind <= 11:  # cells with content; 1 is a blank cell
            column = int.from_bytes(data[place : place + 4], "little")
            scan.reach(row, column)
            if formats and (format := formats.get(int.from_bytes(data[place + 4 : place + 7], "little"))):
                scan.mark(row, row, column, format)
            if kind in (3, 11):  # BrtCellError, BrtFmlaError
                scan.replace(row, column, _ERRORS.get(data[place + 8], "#N/A"))
    return scan


def _xlsb_records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The kind of each record, the position and the length of its content. Kind and length use seven bits per byte."""
    place, size = 0, len(data)
    while place < size:
        kind = data[place]
        place += 1
        if kind & 0x80:
            kind = kind & 0x7F | (data[place] & 0x7F) << 7
            place += 1
        length = shift = 0
        while True:
            byte = data[place]
            place += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift == 28:
                break
        yield kind, place, length
        place += length


def _wide_text(data: bytes, start: int) -> tuple[str, int]:
    """A counted UTF-16 text, and the position after it."""
    end = start + 4 + 2 * int.from_bytes(data[start : start + 4], "little")
    return data[start + 4 : end].decode("utf-16-le"), end


def _scan_ods(archive: zipfile.ZipFile) -> _BookScan:
    if b"spreadsheet" not in archive.read("mimetype"):
        raise _Refusal("workbook_other", what="tài liệu OpenDocument")
    reader = _OdsScan()
    if "styles.xml" in archive.namelist():
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = reader.styles.start, reader.styles.end
        parser.CharacterDataHandler = reader.styles.characters
        with archive.open("styles.xml") as stream, suppress(expat.ExpatError):
            parser.ParseFile(stream)
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.characters
    with archive.open("content.xml") as stream:
        try:
            parser.ParseFile(stream)
        except expat.ExpatError as error:  # calamine would silently return the content before the error
            raise _Refusal("workbook_broken") from error
    return _BookScan(reader.sheets)


class _OdsStyles:
    """The cell styles of an OpenDocument file whose number format matters."""

    _DAYS = ("day", "day-of-week", "week-of-year", "hours", "minutes", "seconds")

    def __init__(self):
        self.cells: dict[str, tuple[str, str]] = {}
        self.formats: dict[str, NumberFormat | None] = {}
        self.name = self.kind = ""
        self.parts: dict[str, dict[str, str]] = {}
        self.inside, self.literal = False, ""

    def start(self, name: str, values: dict[str, str]) -> None:
        """Handle an opening tag."""
        space, _, word = name.partition(":")
        if name == "style:style":
            chain = values.get("style:data-style-name", ""), values.get("style:parent-style-name", "")
            self.cells[values.get("style:name", "")] = chain
        elif space == "number" and word.endswith("-style"):
            self.name, self.kind, self.parts, self.literal = values.get("style:name", ""), word, {}, ""
        elif space == "number" and self.name:
            self.parts[word] = values
            self.inside = word == "text"

    def characters(self, text: str) -> None:
        """Handle text: the literals of a number format."""
        if self.inside:
            self.literal += text

    def end(self, name: str) -> None:
        """Handle a closing tag."""
        if name == "number:text":
            self.inside = False
        elif name == f"number:{self.kind}" and self.name:
            self.formats[self.name] = self._format()
            self.name = ""

    def _format(self) -> NumberFormat | None:
        if self.kind == "date-style":
            shown = [word for word in ("month", "quarter", "year") if word in self.parts]
            return NumberFormat(period=shown[0]) if shown and not any(day in self.parts for day in self._DAYS) else None
        if self.kind == "percentage-style":
            return number_format("0%")
        values = self.parts.get("number", {})
        factor = len(values.get("number:display-factor", "1").partition(".")[0]) - 1
        places, digits = (int(values.get(f"number:{key}", 0)) for key in ("decimal-places", "min-integer-digits"))
        if factor:
            return number_format("0" + "," * (factor // 3))
        if places > 3:
            return number_format("0." + "0" * min(places, 15))
        if "%" in self.literal:
            return number_format('0"%"')
        if digits > 1 and not places and values.get("number:grouping") != "true":
            return number_format("0" * min(digits, 15))
        return None

    def find(self, name: str) -> NumberFormat | None:
        """The number format of a cell style; a style without one has that of its parent."""
        for _ in range(10):
            data, parent = self.cells.get(name, ("", ""))
            if data or not parent:
                return self.formats.get(data)
            name = parent
        return None


_PERCENT = number_format("0%")


class _OdsScan:
    """Counts repeated rows and cells of an OpenDocument sheet without expanding them."""

    def __init__(self):
        self.styles, self.known = _OdsStyles(), {}
        self.defaults: list[tuple[int, str]] = []
        self.row_style = ""
        self.sheets: list[_Scan] = []
        self.row = self.column = self.rows = self.cells = self.depth = 0
        self.used = 0
        self.pieces: list[str] | None = None
        self.errors: dict[int, str] = {}

    def start(self, name: str, values: dict[str, str]) -> None:
        """Handle an opening tag."""
        if name == "table:table":
            self.depth += 1
            if self.depth == 1:
                self.sheets.append(_Scan(values.get("table:name", "")))
                self.row, self.defaults = 0, []
        elif self.depth != 1:
            if not self.depth:
                self.styles.start(name, values)
        elif name == "table:table-column":
            self._column(values)
        elif name == "table:table-row":
            self.row_style = values.get("table:default-cell-style-name", "")
            self.rows = int(values.get("table:number-rows-repeated", 1))
            self.column = self.used = 0
            self.errors = {}
            if values.get("table:visibility", "visible") != "visible":
                self.sheets[-1].hide(self.row, self.row + self.rows - 1)
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self.cells = int(values.get("table:number-columns-repeated", 1))
            if "office:value-type" in values:
                self.used = self.column + self.cells
                self._replace(values)
                self._mark(values)
            elif "table:formula" in values:
                self.used = self.column + self.cells
                self._keep(UNCALCULATED)

    def _column(self, values: dict[str, str]) -> None:
        """Store the default style of columns, and whether they are hidden."""
        first = self.defaults[-1][0] if self.defaults else 0
        last = first + int(values.get("table:number-columns-repeated", 1))
        self.defaults.append((last, values.get("table:default-cell-style-name", "")))
        if values.get("table:visibility", "visible") != "visible":
            self.sheets[-1].hidden_columns.append([first, last - 1])

    def _mark(self, values: dict[str, str]) -> None:
        """Store the number format of a cell if it matters."""
        kind = values["office:value-type"]
        if kind not in ("percentage", "float", "currency", "date"):
            return
        style = values.get("table:style-name") or self.row_style
        if not style and self.defaults:
            style = next((name for last, name in self.defaults if self.column < last), "")
        if style not in self.known:
            self.known[style] = self.styles.find(style)
        format = self.known[style]
        if kind == "percentage" and not format:
            format = _PERCENT
        for column in range(self.column, self.column + min(self.cells, limits.COLUMNS) if format else 0):
            self.sheets[-1].mark(self.row, self.row + self.rows - 1, column, format)

    def _replace(self, values: dict[str, str]) -> None:
        """Store the correct text of a cell that calamine misreads.

        calamine reads an error as empty or 0, and a duration above 24 hours as `PT30H00M00S`.
        """
        if values.get("calcext:value-type") == "error":
            self.pieces = []
        elif duration := re.fullmatch(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S", values.get("office:time-value", "")):
            hours, minutes, seconds = map(int, duration.groups())
            self._keep(_clock(hours * 3600 + minutes * 60 + seconds))

    def characters(self, text: str) -> None:
        """Handle text; only the text of error cells and of number formats is stored."""
        if not self.depth:
            self.styles.characters(text)
        elif self.pieces is not None:
            self.pieces.append(text)

    def _keep(self, text: str) -> None:
        for column in range(self.column, self.column + min(self.cells, limits.COLUMNS)):
            self.errors[column] = text

    def end(self, name: str) -> None:
        """Handle a closing tag."""
        if name == "table:table":
            self.depth -= 1
        elif self.depth != 1:
            if not self.depth:
                self.styles.end(name)
        elif name in ("table:table-cell", "table:covered-table-cell"):
            if self.pieces is not None:
                self._keep("".join(self.pieces).strip() or "#N/A")
                self.pieces = None
            self.column += self.cells
        elif name == "table:table-row":
            if self.used:
                self.sheets[-1].reach(self.row + self.rows - 1, self.used - 1)
            for row in range(self.row, self.row + min(self.rows, limits.ROWS) if self.errors else 0):
                self.sheets[-1].texts[row] = self.errors
            self.row += self.rows


# The part that identifies each kind of workbook.
_SCANS = {"xl/workbook.xml": _scan_xlsx, "xl/workbook.bin": _scan_xlsb, "content.xml": _scan_ods}


def _scan_ole(data: bytes) -> _BookScan:
    try:
        streams = _ole_streams(data)
    except _ODD as error:
        raise _Refusal("workbook_broken") from error
    if "EncryptedPackage" in streams:
        raise _Refusal("workbook_password")
    stream = next((streams[name] for name in ("Workbook", "Book") if name in streams), None)
    if stream is None:
        raise _Refusal("workbook_other", what="tài liệu Word" if "WordDocument" in streams else "loại tệp khác")
    try:
        return _scan_biff(_ole_stream(data, *stream))
    except _ODD:
        return _BookScan()


def _ole_streams(data: bytes) -> dict[str, tuple[int, int]]:
    """The first sector and the length of each stream in the directory."""
    directory = _ole_read(data, int.from_bytes(data[48:52], "little"), len(data))
    streams = {}
    for start in range(0, len(directory) - 127, 128):
        entry = directory[start : start + 128]
        name = entry[: max(0, int.from_bytes(entry[64:66], "little") - 2)].decode("utf-16-le")
        if entry[66] == 2:
            streams[name] = struct.unpack_from("<II", entry, 116)
    return streams


def _ole_stream(data: bytes, sector: int, length: int) -> bytes:
    """A stream of the file; small streams lie in pieces of 64 bytes inside a stream of their own."""
    if length >= int.from_bytes(data[56:60], "little"):
        return _ole_read(data, sector, length)
    directory = int.from_bytes(data[48:52], "little")
    inside = _ole_read(data, *struct.unpack_from("<II", _ole_read(data, directory, 128), 116))
    listing = _ole_read(data, int.from_bytes(data[60:64], "little"), len(data))
    table = struct.unpack(f"<{len(listing) // 4}I", listing)
    pieces: list[bytes] = []
    while sector < 0xFFFFFFFA and len(pieces) * 64 < length:
        pieces.append(inside[sector * 64 : sector * 64 + 64])
        sector = table[sector]
    return b"".join(pieces)[:length]


def _ole_read(data: bytes, sector: int, length: int) -> bytes:
    """The sectors of a chain, up to the length."""
    size = 1 << int.from_bytes(data[30:32], "little")
    if not 512 <= size <= 4096:
        raise ValueError(size)
    table = _ole_table(data, size)
    pieces = []
    while sector < 0xFFFFFFFA and len(pieces) * size < length:
        pieces.append(data[(sector + 1) * size : (sector + 2) * size])
        sector = table[sector]
    return b"".join(pieces)[:length]


def _ole_table(data: bytes, size: int) -> list[int]:
    """For each sector, the next sector of its chain."""
    places = list(struct.unpack_from("<109I", data, 76))
    more, count = struct.unpack_from("<II", data, 68)
    for _ in range(min(count, len(data) // size)):
        *others, more = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        places += others
    table: list[int] = []
    for place in places:
        if place < 0xFFFFFFFA:
            table += struct.unpack_from(f"<{size // 4}I", data, (place + 1) * size)
    return table


def _scan_biff(stream: bytes) -> _BookScan:
    scan, starts = _BookScan(), []
    codes, styles, wide = dict(BUILT_IN), [], stream[4:6] == b"\x00\x06"
    for kind, place, length in _biff_records(stream, 0):
        if kind == 0x2F:  # FILEPASS
            raise _Refusal("workbook_password")
        if kind == 0x22:  # DATEMODE
            scan.date1904 = stream[place] == 1
        elif kind == 0x85:  # BOUNDSHEET
            starts.append(int.from_bytes(stream[place : place + 4], "little"))
        elif kind in (0x41E, 0x1E):  # FORMAT
            codes[int.from_bytes(stream[place : place + 2], "little")] = _biff_text(
                stream[place + 2 : place + length], wide
            )
        elif kind == 0xE0:  # XF
            styles.append(int.from_bytes(stream[place + 2 : place + 4], "little"))
    found = {place: number_format(codes.get(number, "")) for place, number in enumerate(styles)}
    formats = {place: format for place, format in found.items() if format}
    scan.sheets = [_scan_biff_sheet(stream, start, formats) for start in starts]
    if not any(each.calculated for each in scan.sheets):
        for each in scan.sheets:
            for row, column in each.without_result:
                each.replace(row, column, UNCALCULATED)
    return scan


def _biff_text(data: bytes, wide: bool) -> str:
    """A counted text: since BIFF 8 of one or two bytes per character, before in the code page."""
    if not wide:
        return data[1 : 1 + data[0]].decode("latin-1")
    count = int.from_bytes(data[:2], "little")
    return data[3 : 3 + 2 * count].decode("utf-16-le") if data[2] & 1 else data[3 : 3 + count].decode("latin-1")


@dataclass
class _BiffScan(_Scan):
    """A sheet of an .xls; its formulas without a result may as well have an empty text as result."""

    calculated: bool = False
    without_result: list[tuple[int, int]] = field(default_factory=list)


# NUMBER, RK, FORMULA: row, column, style.
_BIFF_NUMBERS = (0x203, 0x27E, 0x06, 0x206, 0x406)


def _scan_biff_sheet(stream: bytes, start: int, formats: dict[int, NumberFormat]) -> _BiffScan:
    """Find error cells, number formats and hidden rows: 65 536 rows × 256 columns are within the limits."""
    scan = _BiffScan()
    for kind, place, length in _biff_records(stream, start):
        row, column = stream[place : place + 2], stream[place + 2 : place + 4]
        if formats and kind in _BIFF_NUMBERS:
            _mark_biff(stream, place, 1, formats, scan)
        elif formats and kind == 0xBD:  # MULRK: row, first column, pairs of style and number, last column
            _mark_biff(stream, place, (length - 6) // 6, formats, scan)
        if kind == 0x208 and stream[place + 12] & 0x20:  # ROW of height zero
            scan.hide(*2 * (int.from_bytes(row, "little"),))
        elif kind == 0x7D and stream[place + 8] & 1:  # COLINFO
            scan.hidden_columns.append(list(struct.unpack_from("<HH", stream, place)))
        if kind in (0x06, 0x206, 0x406) and length >= 14:
            if stream[place + 12 : place + 14] == b"\xff\xff" and stream[place + 6] == 3:
                scan.without_result.append(struct.unpack_from("<HH", stream, place))
            else:
                scan.calculated = True
        if kind == 0x205 and stream[place + 7]:  # BOOLERR with an error
            code = stream[place + 6]
        elif kind in (0x06, 0x206, 0x406) and length >= 14 and stream[place + 12 : place + 14] == b"\xff\xff":
            if stream[place + 6] != 2:  # FORMULA whose result is a text, a boolean, an error or empty
                continue
            code = stream[place + 8]
        else:
            continue
        scan.replace(int.from_bytes(row, "little"), int.from_bytes(column, "little"), _ERRORS.get(code, "#N/A"))
    return scan


def _mark_biff(stream: bytes, place: int, count: int, formats: dict[int, NumberFormat], scan: _Scan) -> None:
    """Store the number formats of the cells of one record."""
    row, column = struct.unpack_from("<HH", stream, place)
    for index in range(count):
        (style,) = struct.unpack_from("<H", stream, place + 4 + 6 * index)
        if format := formats.get(style):
            scan.mark(row, row, column + index, format)


def _biff_records(stream: bytes, place: int) -> Iterator[tuple[int, int, int]]:
    """Kind, content position and length of each record of one substream; embedded charts are skipped."""
    depth = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        if kind in (0x809, 0x409, 0x209, 0x09):
            depth += 1
        elif kind == 0x0A:
            depth -= 1
            if depth <= 0:
                return
        elif depth <= 1:
            yield kind, place + 4, length
        place += 4 + length


if __name__ == "__main__":
    _main()
