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
import signal
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import python_calamine as calamine

from ingest import Problem, Rejected
from ingest.reading import limits
from ingest.reading.cell_text import text_of
from ingest.reading.package import with_usual_names
from ingest.reading.scan import ODD, BookScan, Refusal, SheetScan, letters_of
from ingest.reading.scan_ods import scan_ods
from ingest.reading.scan_xls import scan_xls
from ingest.reading.scan_xlsb import scan_xlsb
from ingest.reading.scan_xlsx import scan_xlsx
from words.vietnamese import number

# Not imported from queries.snapshot, which would load DuckDB and pandas in the child.
_ROOT = Path(__file__).resolve().parents[2]
_ZIP, _ZIP_EMPTY, _OLE = b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

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
            raise Refusal("workbook_not_workbook")
        sheets = _read_in_child(data)
        if not sheets:
            raise Refusal("workbook_empty")
    except Refusal as refusal:
        raise Rejected([_problem(refusal, name)]) from None
    return sheets


def _problem(refusal: Refusal, file: str) -> Problem:
    """A refusal as a Problem."""
    reason, hint = SENTENCES[refusal.rule]
    sheet = refusal.facts.get("sheet", "")
    return Problem(file, 0, "", "", reason.format(**refusal.facts), hint, refusal.rule, sheet=sheet)


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


# PyArrow does without NumPy here, and to import it takes as long as to read a usual workbook.
_CHILD = "import sys; sys.modules['numpy'] = None; from ingest.reading import workbook; workbook._main()"


@contextmanager
def _child(data: bytes, late: threading.Event) -> Iterator[subprocess.Popen]:
    """Start a child process that reads the data; it is killed at the end of the block or on timeout."""
    settings = {key: value for key, value in vars(limits).items() if key.isupper()}
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD, json.dumps(settings)],
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
    """The next line of the answer. Raises Refusal if it is a refusal."""
    fact = json.loads(pipe.readline())
    if "rule" in fact:
        raise Refusal(fact["rule"], **fact["facts"])
    return fact


def _death(process: subprocess.Popen, late: threading.Event) -> Refusal:
    """The refusal that matches the child's exit code."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    code = process.returncode
    if late.is_set() or (hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU):
        return Refusal("workbook_time_out", seconds=number(limits.WORKBOOK_SECONDS))
    # Rust aborts when an allocation fails; the system kills the process when memory is full; 3221226505 is abort on
    # Windows.
    if code in (_NO_MEMORY, -signal.SIGABRT, -getattr(signal, "SIGKILL", 9), 3221226505):
        return Refusal("workbook_out_of_memory", memory=_bytes(limits.WORKBOOK_MEMORY))
    return Refusal("workbook_broken")


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
    except Refusal as refusal:
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
    scan = scan_xls(data) if data.startswith(_OLE) else _scan_zip(data)
    for sheet in scan.sheets:
        _check_extent(sheet)
    workbook = calamine.load_workbook(io.BytesIO(data))
    del data
    found = workbook.sheets_metadata
    if len(found) > limits.SHEETS:
        raise Refusal("workbook_too_many_sheets", sheets=number(len(found)), limit=number(limits.SHEETS))
    # Both list the sheets in workbook order; if the counts differ, the scan is not used.
    scanned = scan.sheets if len(scan.sheets) == len(found) else [SheetScan() for _ in found]
    left = limits.TEXT_BYTES
    for index, (metadata, seen) in enumerate(zip(found, scanned, strict=True)):
        if metadata.typ == calamine.SheetTypeEnum.WorkSheet:
            left -= _write_sheet(workbook.get_sheet_by_index(index), metadata, seen, scan.date1904, answer, left)


def _write_sheet(sheet, metadata, seen: SheetScan, date1904: bool, answer: BinaryIO, left: int) -> int:
    """Write one sheet if it has content; returns the bytes of its text."""
    rows = max(sheet.end[0] + 1 if sheet.end else 0, max(seen.texts, default=-1) + 1)
    columns = max(sheet.end[1] + 1 if sheet.end else 0, *(max(row) + 1 for row in seen.texts.values()), 0)
    if not rows:
        return 0
    _check_extent(SheetScan(metadata.name, rows, columns))
    areas = [(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
    hidden = metadata.visible != calamine.SheetVisibleEnum.Visible
    fact = {"sheet": metadata.name, "hidden": hidden, "merged": areas, "date1904": date1904}
    fact |= {"hidden_rows": seen.hidden_rows, "hidden_columns": seen.hidden_columns}
    answer.write(json.dumps(fact).encode() + b"\n")
    schema = pa.schema([(f"c{column}", pa.string()) for column in range(columns)])
    used, dates = 0, []
    with pa.ipc.new_stream(answer, schema) as stream:
        for start, texts in _text_batches(sheet, rows, columns, seen, dates):
            _check_lengths(texts, metadata.name, start)
            batch = pa.record_batch([pa.array(column, pa.string()) for column in texts], schema=schema)
            used += batch.nbytes
            if used > left:
                raise Refusal("workbook_too_much_text", limit=_bytes(limits.TEXT_BYTES))
            stream.write_batch(batch)
    answer.write(json.dumps({"dates": dates}).encode() + b"\n")
    return used


def _text_batches(
    sheet, rows: int, columns: int, seen: SheetScan, dates: list[tuple[int, int, str]]
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
            cells = [(value or None) if type(value) is str else text_of(value) for value in column]
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


def _check_extent(seen: SheetScan) -> None:
    facts = {
        "sheet": seen.name,
        "cell": letters_of(seen.columns - 1) + str(seen.rows),
        "rows": number(seen.rows),
        "columns": number(seen.columns),
    }
    if seen.rows * seen.columns > limits.CELLS:
        raise Refusal("workbook_far_cell", limit=number(limits.CELLS), **facts)
    if seen.columns > limits.COLUMNS:
        raise Refusal("workbook_too_many_columns", limit=number(limits.COLUMNS), **facts)
    if seen.rows > limits.ROWS:
        raise Refusal("workbook_too_many_rows", limit=number(limits.ROWS), **facts)


def _check_lengths(texts: list[list[str | None]], sheet: str, start: int) -> None:
    for index, column in enumerate(texts):
        if max(map(len, filter(None, column)), default=0) > limits.CELL_CHARACTERS:
            row = start + next(row for row, text in enumerate(column) if len(text or "") > limits.CELL_CHARACTERS)
            cell = f"{letters_of(index)}{row + 1}"
            raise Refusal("workbook_long_cell", sheet=sheet, cell=cell, limit=number(limits.CELL_CHARACTERS))


def _with_usual_names(data: bytes) -> bytes:
    """The zip with its parts under their usual names."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_zip(archive, len(data))
            return with_usual_names(archive) or data
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise Refusal("workbook_broken") from error


def _scan_zip(data: bytes) -> BookScan:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_zip(archive, len(data))
            names = set(archive.namelist())
            scan = next((scan for part, scan in _SCANS.items() if part in names), None)
            if scan is None:
                raise Refusal("workbook_other", what=_other_zip(names))
            try:
                return scan(archive)
            except ODD:
                return BookScan()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise Refusal("workbook_broken") from error


def _check_zip(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse a zip with a password or with a too large unpacked size, from the sizes declared in it."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    regular = unpacked > limits.UNPACKED_RATIO_FROM and unpacked > size * limits.UNPACKED_RATIO
    if unpacked > limits.UNPACKED_BYTES or len(entries) > limits.ENTRIES or regular:
        raise Refusal("workbook_bomb", entries=number(len(entries)), size=_bytes(unpacked))
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refusal("workbook_password")
    manifest = "META-INF/manifest.xml"
    if manifest in archive.namelist() and b"encryption-data" in archive.read(manifest):
        raise Refusal("workbook_password")


def _other_zip(names: set[str]) -> str:
    if any(name.startswith("word/") for name in names):
        return "tài liệu Word"
    if any(name.startswith("ppt/") for name in names):
        return "bài trình chiếu PowerPoint"
    return "tệp nén (zip)"


# The part that identifies each kind of workbook.
_SCANS = {"xl/workbook.xml": scan_xlsx, "xl/workbook.bin": scan_xlsb, "content.xml": scan_ods}
