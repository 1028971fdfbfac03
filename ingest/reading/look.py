"""From any office file to table `raw`: the text of each mapped column, each row with its real line number.

`look` reads the file and reports how it is parsed; `load` puts its rows into DuckDB. Between the two, a person may
correct the parsing. Columns with personal data are dropped here, and nothing is written to disk.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest import Problem, Rejected
from ingest.reading import limits
from ingest.reading.dates import refuse_doubtful
from ingest.reading.encoding import ENCODINGS, Binary, Detected, Undecodable, decode, detect, line_of_other_letters
from ingest.reading.header import Header, Merges, classify, find_header, header_at, name_of_kind
from ingest.reading.heading import knowing
from ingest.reading.mapping import Mapping, of_file, recognise
from ingest.reading.personal import REMOVED, without_people
from ingest.reading.ratio import split_points, split_ratios
from ingest.reading.scan import UNCALCULATED, letters_of
from ingest.reading.taught import taught_words
from ingest.reading.text import SEPARATORS, read_text
from ingest.reading.title import FORMS, PORTAL, constants, likely
from ingest.reading.values import Words, labels, read_period
from ingest.reading.wide import columns_left_out, doubtful_columns, one_row_a_value
from ingest.reading.workbook import Sheet, read_workbook
from ingest.schema import Table
from words.escape import GUARDED
from words.vietnamese import number

_ZIP, _ZIP_EMPTY, _OLE, _GZIP = b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b"
# A web page or XML, in any encoding: whatever tag or comment is first, no table of text begins with one. A page saved
# with its pictures is a mail (MHTML).
_WEB_PAGE = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff|\s)*(?:<[a-z!?/]|mime-version:)")
_MARKS = re.compile("(?<![^\r\n])\ufeff+")
# A text behind Excel's mark for texts; with a second apostrophe it is a quotation.
_MARKED = "^'([^']+)$"
# Number of records searched for the header and shown on the page where the mapping is corrected.
_HEAD = 60
# In a workbook of several sheets, line 3 of the second sheet has the number 10 000 003.
SHEET_LINES = 10_000_000
# Number of cells or rows that a message names.
_NAMED = 12
# The rows of a file that are no data, and why.
# The sheet is named if several are read together.
LEFT_OUT = pa.schema([("sheet", pa.string()), ("line", pa.int64()), ("text", pa.string()), ("reason", pa.string())])
_LEFT_OUT_CHARACTERS = 200
# Only texts with several digits, letters or an @ can tell of a person. So many different ones are read for it in a
# second or two; a file with more of them hides the rest.
_MAY_BE_PERSONAL = r"\d.*\d.*\d.*\d.*\d.*\d.*\d|@|\p{L}\P{L}+\p{L}"
_CAPITALISED = r"^\p{Lu}\p{L}*(?: \p{Lu}\p{L}*)+$"
_JUDGED, _HIDDEN = 30_000, "[không hiện]"


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
    # For percentages of at most 1: "keep" or "times" (100).
    share: str = ""
    dates: str = ""
    # What a file of dossiers covers, where it is not what its rows suggest (see ingest/coverage.py).
    covers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Grid:
    """Every cell of a file or sheet as text, and the encoding, separator or sheet used.

    hidden_rows, hidden_columns (ranges from 0) and is_hidden tell what of a sheet nobody sees; `dates` has the whole
    dates of cells that show a month or a year: column → row → text; `merges` the merged cells of the first rows.
    """

    cells: pa.Table
    lines: pa.Array
    widths: pa.Array | None = None
    encoding: str = ""
    how: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    date1904: bool = False
    hidden_rows: tuple[tuple[int, int], ...] = ()
    hidden_columns: tuple[tuple[int, int], ...] = ()
    is_hidden: bool = False
    dates: dict[int, dict[int, str]] = field(default_factory=dict)
    loose: tuple[int, ...] = ()
    other_letters: int = 0
    merges: Merges = field(default_factory=Merges)


@dataclass(frozen=True)
class Taken:
    """What was read from a file and checked once: the texts of its good rows, without anything about a person.

    rows: row_id, line and mapped columns; refused: the lines, hashed keys and units of the rows that are not taken;
    facts: what an upload's entry tells of the first check; settled: values made of several rows (see ingest/portal.py).
    """

    rows: pa.Table
    count: int
    skipped: dict[str, int]
    noted: tuple[Problem, ...]
    left_out: pa.Table
    refused: pa.Table
    dropped: int = 0
    facts: dict = field(default_factory=dict)
    settled: pa.Table | None = None


@dataclass(frozen=True)
class Look:
    """A parsed file before its rows are loaded.

    `more` are the further sheets of the same layout, which are loaded together with this one; `left_out` are the sheets
    that hold a table but are not taken: name, number of rows, whether publishing waits for a choice. `likely` is what
    the title may say about columns that the rows lack, for a person to confirm. `taken`: its rows, if they were loaded
    and checked before; then it has no cells.
    """

    name: str
    sha256: str
    grid: Grid
    header: Header
    mapping: Mapping
    reading: Reading
    more: tuple[Look, ...] = ()
    left_out: tuple[tuple[str, int, bool], ...] = ()
    likely: dict[str, str] = field(default_factory=dict)
    taken: Taken | None = None

    @property
    def header_line(self) -> int:
        """The line number of the header's first row."""
        return self.grid.lines[self.header.first].as_py()

    def without_cells(self) -> Look:
        """A copy without the file's rows."""
        head = pa.array(self.grid.lines.slice(0, self.header.last + 1).to_pylist(), pa.int64())
        more = tuple(one.without_cells() for one in self.more)
        return replace(self, grid=replace(self.grid, cells=pa.table({}), lines=head, widths=None, dates={}), more=more)

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
class Sent:
    """The bytes of a file that nobody has read yet, and how to read them."""

    data: bytes
    name: str
    reading: Reading = field(default_factory=Reading)

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of its bytes."""
        return hashlib.sha256(self.data).hexdigest()

    def read(self, store: Path) -> Look:
        """The parsed file. Raises Rejected."""
        return look_at(self.data, self.name, self.reading, store)


@dataclass(frozen=True)
class SourceFile:
    """A file whose rows are in table `raw`, with the rows left out and the problems found.

    `skipped` counts the rows below the header that are no data; `left_out` lists every row left out, also above the
    header: its line, its text without personal data, the reason.
    """

    look: Look
    rows: int
    skipped: dict[str, int] = field(default_factory=dict)
    noted: tuple[Problem, ...] = ()
    left_out: pa.Table = field(default_factory=LEFT_OUT.empty_table)

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
        return self.rows + len({problem.line for problem in self.noted if problem.severity == "reject"} - {0})

    def place(self, line: int) -> tuple[str, int]:
        """The sheet and the line in it for a line number of table `raw`."""
        place, line = divmod(line, SHEET_LINES)
        return (self.look, *self.look.more)[place].grid.sheet, line


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
    reading, name = reading or Reading(), name_shown(name)
    if len(data) > limits.BYTES:
        raise too_large(name)
    digest = hashlib.sha256(data).hexdigest()
    with knowing(taught_words(store)):
        grid, *others = _grids(data, name, reading, store)
        seen = _look_at_grid(grid, name, digest, reading, store)
        return _with_other_sheets(seen, others, store) if others else seen


def name_shown(name: str) -> str:
    """A file's name as it is kept and shown: without names, telephone and identity numbers."""
    spaced = name.replace("_", " ")
    kept = without_people(spaced)
    return name if kept == spaced else kept


def _look_at_grid(grid: Grid, name: str, digest: str, reading: Reading, store: Path | None) -> Look:
    """The header and the mapping of one sheet or text. Raises Rejected if there is no header."""
    header = _header(grid, name, reading)
    mapping = of_file(store or Path(), header.names, reading.table, reading.columns)
    if given := constants(mapping, _above(grid, header)):
        mapping = replace(mapping, constants=mapping.constants | given)
    return Look(name, digest, grid, header, mapping, reading, likely=likely(mapping, _above(grid, header)))


def _with_other_sheets(seen: Look, others: list[Grid], store: Path | None) -> Look:
    """The look with the sheets of the same layout, and the names of the sheets with a table that are not taken."""
    alike, left, several = [seen], [], not seen.reading.sheet
    for grid in others:
        try:
            other = _look_at_grid(grid, seen.name, seen.sha256, seen.reading, store)
        except Rejected:  # no header: a cover or notes
            continue
        rows = _count_rows(other)
        if rows and several and grid.is_hidden == seen.grid.is_hidden and _layout(other) == _layout(seen):
            alike.append(other)
        elif rows and _layout(other) == (PORTAL, True):
            # What the groups of the portal are made of adds nothing to their points.
            left.append((grid.sheet, rows, False))
        elif rows and not other.mapping.missing:
            left.append((grid.sheet, rows, several and not grid.is_hidden))
    if len(alike) > 1:
        order = seen.grid.sheets.index
        alike = sorted(map(_named_by_sheet, alike), key=lambda one: order(one.grid.sheet))
    return replace(alike[0], more=tuple(alike[1:]), left_out=tuple(left))


def _layout(seen: Look) -> tuple:
    """What two sheets must have in common to be read together."""
    mapping = seen.mapping
    if mapping.table.name == PORTAL:  # its exports put the same points on sheets of several layouts
        return PORTAL, "metric" in mapping.columns
    values = {
        (heading.indicator, bool(heading.period), heading.unit, heading.part) for heading in mapping.taken.values()
    }
    return mapping.table.name, {*mapping.columns}, values


def _count_rows(seen: Look) -> int:
    """The number of data rows of a sheet."""
    return classify(seen.grid.cells.slice(seen.header.last + 1), seen.mapping).null_count


def _named_by_sheet(seen: Look) -> Look:
    """The look of one of several sheets of a form: its name tells the period or the unit that its rows lack."""
    missing, sheet = seen.mapping.missing, seen.grid.sheet
    if len(missing) != 1 or missing[0] not in ("period", "unit_code") or seen.mapping.table.name not in FORMS:
        return seen
    if (missing[0] == "period") != bool(read_period(sheet).value):
        return seen
    return replace(seen, mapping=replace(seen.mapping, constants=seen.mapping.constants | {missing[0]: sheet}))


def _above(grid: Grid, header: Header) -> list[str]:
    """The texts above the header, then the sheet's name."""
    return [text for row in _rows(grid.cells.slice(0, header.first)) for text in row if text] + [grid.sheet]


def load(connection: duckdb.DuckDBPyConnection, seen: Look) -> SourceFile:
    """Put the rows into table `raw` (row_id, line, mapped columns as text).

    Every row of the file is counted once: as header, data, left out or refused. Raises Rejected if a column is missing,
    or if the dates of the file may be read in two ways.
    """
    if seen.taken is not None:
        return _load_again(connection, seen, seen.taken)
    parts, noted, skipped, left_out = [], list(_reread(seen)), Counter(), []
    is_unit = _known_unit(connection)
    for place, one in enumerate((seen, *seen.more)):
        raw = _raw(one, place * SHEET_LINES, is_unit)
        parts.append(raw)
        noted += raw.problems
        skipped += raw.skipped
        sheet = pa.array([one.grid.sheet if seen.more else ""] * len(raw.left_out), pa.string())
        left_out.append(raw.left_out.set_column(0, LEFT_OUT.field("sheet"), sheet))
    counts = [raw.count for raw in parts]
    rows = sum(counts)
    if not rows and not any(problem.severity == "reject" for problem in noted):
        raise _reject(seen.name, "no_rows", "Tệp không có dòng số liệu nào dưới tiêu đề.", "Xuất lại tệp có số liệu.")
    noted += [*_sheets_said(seen, counts), *_defaults_said(seen)]
    noted += columns_left_out(seen.mapping, seen.grid.cells.slice(seen.header.last + 1), seen.name)
    whole = [raw.rows for raw in parts]
    _store(connection, pa.concat_tables(whole, promote_options="default") if len(whole) > 1 else whole[0])
    split_ratios(connection, seen.mapping.table.name)
    if seen.mapping.table.name == PORTAL:
        split_points(connection)
    refuse_doubtful(connection, seen.name, seen.mapping, seen.reading.dates)
    words = {name_of_kind(kind): count for kind, count in sorted(skipped.items())}
    return SourceFile(seen, rows, words, tuple(noted), pa.concat_tables(left_out))


def _load_again(connection: duckdb.DuckDBPyConnection, seen: Look, taken: Taken) -> SourceFile:
    """Put the rows of a file that was read before into table `raw`, with the numbers that they had."""
    connection.register("arriving", taken.rows)
    connection.execute("CREATE OR REPLACE TEMP TABLE raw AS FROM arriving")
    connection.unregister("arriving")
    return SourceFile(seen, taken.count, taken.skipped, taken.noted, taken.left_out)


class _Raw(NamedTuple):
    """What was read from one sheet or text."""

    rows: pa.Table  # line and mapped columns, one row for each value
    count: int  # number of the file's rows they come from
    problems: list[Problem]
    skipped: Counter  # number of rows left out, by kind
    left_out: pa.Table


def _raw(seen: Look, offset: int, is_unit: Callable[[str], bool]) -> _Raw:
    """Read one sheet or text; `offset` is added to the numbers of its lines."""
    _refuse_unmapped(seen)
    start = seen.header.last + 1
    cells, lines = seen.grid.cells.slice(start), seen.grid.lines.slice(start)
    kinds = classify(cells, seen.mapping, is_unit)
    _refuse_other_header(seen, kinds)
    _refuse_uncalculated(seen, cells, kinds)
    cells = _with_whole_dates(seen, cells)
    noted, broken = _ragged(seen, cells, kinds)
    kept = pc.and_(pc.is_null(kinds), pc.invert(broken))
    left_out = _left_out(seen, kinds)
    if not pc.all(kept).as_py():  # filtering copies every cell, so only if needed
        cells, lines = cells.filter(kept), lines.filter(kept)
    raw = {"line": pc.add(lines, offset) if offset else lines}
    raw |= {name: cells[f"c{position}"] for name, position in seen.mapping.columns.items()}
    raw |= {name: pa.array([text] * len(raw["line"]), pa.string()) for name, text in seen.mapping.constants.items()}
    codes = {column.name for column in seen.mapping.table.columns if column.is_code}
    raw |= {name: _bare(values, name not in codes) for name, values in raw.items() if name != "line"}
    rows = pa.table(raw)
    if taken := seen.mapping.taken:
        values = pa.table({f"c{position}": _bare(cells[f"c{position}"], True) for position in taken})
        rows = one_row_a_value(rows, values, seen.mapping)
    header_rows = seen.header.last - seen.header.first + 1
    _add_up(seen.grid.cells.num_rows, header_rows, len(lines), left_out.num_rows, pc.sum(broken).as_py() or 0)
    skipped = Counter(kind for kind in kinds.to_pylist() if kind) if kinds.null_count < len(kinds) else Counter()
    return _Raw(rows, len(lines), [*noted, *hidden_parts(seen, lines)], skipped, left_out)


def _sheets_said(seen: Look, rows: list[int]) -> list[Problem]:
    """Each sheet that is read with its rows, and each sheet with a table that is not."""
    said = []
    if seen.more:
        each = ", ".join(
            f"“{one.grid.sheet}” {number(count)} dòng" for one, count in zip((seen, *seen.more), rows, strict=True)
        )
        reason = f"Đọc chung {len(rows)} trang tính cùng bố cục: {each}."
        hint = "Chọn một trang tính (dòng lệnh: --sheet TÊN) nếu chỉ cần trang đó."
        said.append(Problem(seen.name, 0, "", "", reason, hint, "sheets_together", "warning"))
    for sheet, count, waits in seen.left_out:
        reason = f"Trang tính “{sheet}” có {number(count)} dòng số liệu không được nạp."
        hint = "Chọn trang tính cần nạp (dòng lệnh: --sheet TÊN); trang còn lại thì tách thành tệp riêng rồi nạp."
        said.append(Problem(seen.name, 0, "", "", reason, hint, "sheet_left_out", "reject" if waits else "warning"))
    return said


def _defaults_said(seen: Look) -> list[Problem]:
    """Each column that the file lacks, with the stated value that its rows get."""
    said = []
    for column in seen.mapping.table.columns:
        if column.name in seen.mapping.defaults:
            if column.default.startswith("@"):
                value = f"như cột “{seen.mapping.header(column.name)}”"
            else:
                name = "boolean" if column.type == "boolean" else column.name
                value = f"“{labels().get((name, column.default), column.default)}”"
            reason = f"Tệp không có cột “{column.title}”: mọi dòng lấy {value}."
            hint = (
                "Nếu không đúng: ghi giá trị cho cả tệp (dòng lệnh: --column CỘT==GIÁ TRỊ), hoặc thêm cột này vào tệp."
            )
            said.append(Problem(seen.name, 0, column.name, "", reason, hint, "default_value", "warning"))
    return said


def _used(mapping: Mapping) -> dict[int, str]:
    """The positions of the file's columns that are taken, with their headers."""
    return {position: mapping.headers[position] for position in sorted({*mapping.columns.values(), *mapping.taken})}


def _refuse_uncalculated(seen: Look, cells: pa.Table, kinds: pa.Array) -> None:
    """Refuse a sheet in which a used cell is a formula without a stored result; the sum of a total row is not used."""
    if not seen.grid.sheet:
        return
    start, found = seen.header.last + 1, []
    taken = pc.invert(pc.fill_null(pc.equal(kinds, "total"), False))
    for position in _used(seen.mapping):
        waiting = pc.and_(pc.fill_null(pc.equal(cells[f"c{position}"], UNCALCULATED), False), taken)
        found += [(start + place + 1, position) for place in pc.indices_nonzero(waiting).to_pylist()]
    for row, texts in enumerate(_rows(seen.grid.cells.slice(seen.header.first, start - seen.header.first))):
        found += [(seen.header.first + row + 1, at) for at, text in enumerate(texts) if text == UNCALCULATED]
    if found:
        found.sort()
        named = ", ".join(f"{letters_of(column)}{row}" for row, column in found[:_NAMED])
        named += "…" if len(found) > _NAMED else ""
        where = f" ở trang tính “{seen.grid.sheet}”" if len(seen.grid.sheets) > 1 else ""
        reason = f"Có {number(len(found))} ô công thức{where} chưa có kết quả: {named}."
        hint = "Mở bằng Excel rồi lưu lại (Ctrl+S), rồi nạp tệp đã lưu."
        raise _reject(seen.name, "uncalculated", reason, hint, found[0][0])


def _with_whole_dates(seen: Look, cells: pa.Table) -> pa.Table:
    """The cells with whole dates in the columns of dates, where the sheet shows only a month or a year."""
    types = {column.name: column.type for column in seen.mapping.table.columns}
    for name, position in seen.mapping.columns.items():
        dates = seen.grid.dates.get(position)
        if dates and types[name] in ("timestamp", "date"):
            texts, start = cells[f"c{position}"].to_pylist(), seen.header.last + 1
            for row, text in dates.items():
                if row >= start:
                    texts[row - start] = text
            cells = cells.set_column(position, f"c{position}", pa.array(texts, pa.string()))
    return cells


def hidden_parts(seen: Look, lines: pa.Array | pa.ChunkedArray) -> list[Problem]:
    """What of the taken rows and columns nobody sees in the sheet, as warnings."""
    grid, said = seen.grid, []
    hint = "Nếu không muốn nạp phần ẩn: xóa nó khỏi trang tính rồi nạp lại."
    where = f" ở trang tính “{grid.sheet}”" if len(grid.sheets) > 1 else ""
    if grid.is_hidden:
        reason = f"Trang tính “{grid.sheet}” đang ẩn, vẫn được nhận."
        said.append(Problem(seen.name, 0, "", "", reason, hint, "hidden_sheet", "warning"))
    rows = _hidden_rows(grid, lines.to_numpy())
    if len(rows):
        named = ", ".join(map(str, rows[:_NAMED])) + ("…" if len(rows) > _NAMED else "")
        reason = f"Có {number(len(rows))} dòng ẩn{where} cũng được nhận: dòng {named}."
        said.append(Problem(seen.name, 0, "", "", reason, hint, "hidden_rows", "warning"))
    columns = [
        header or letters_of(position)
        for position, header in _used(seen.mapping).items()
        if any(first <= position <= last for first, last in grid.hidden_columns)
    ]
    if columns:
        reason = f"Có {len(columns)} cột ẩn{where} cũng được nhận: {', '.join(columns)}."
        said.append(Problem(seen.name, 0, "", "", reason, hint, "hidden_columns", "warning"))
    return said


def _hidden_rows(grid: Grid, numbers: np.ndarray) -> np.ndarray:
    """Those of these rows that the sheet hides."""
    if not grid.hidden_rows:
        return numbers[:0]
    hidden = np.zeros(int(numbers.max(initial=0)) + 1, bool)
    for first, last in grid.hidden_rows:
        hidden[first + 1 : last + 2] = True
    return numbers[hidden[numbers]]


def _known_unit(connection: duckdb.DuckDBPyConnection) -> Callable[[str], bool]:
    """Whether a text names a unit of the known tables; their names are read when first asked."""
    words: list[Words] = []

    @cache
    def is_unit(text: str) -> bool:
        if not words:
            words.append(Words(connection))
        return words[0].names_unit(text)

    return is_unit


def _refuse_other_header(seen: Look, kinds: pa.Array) -> None:
    """Refuse a file whose header is repeated with other columns: the rows below it would go to wrong columns."""
    if (place := pc.index(kinds, "other_header").as_py()) >= 0:
        line = seen.grid.lines[seen.header.last + 1 + place].as_py()
        reason = "Dòng này là một dòng tiêu đề nữa, có các cột khác với tiêu đề ở đầu tệp."
        hint = "Tách tệp ở dòng này thành hai tệp, mỗi tệp một tiêu đề, rồi nạp cả hai."
        raise _reject(seen.name, "other_header", reason, hint, line)


def _left_out(seen: Look, kinds: pa.Array) -> pa.Table:
    """The rows above the header, and those below it that are no data."""
    first = seen.header.first
    between = pa.nulls(seen.header.last - first + 1, pa.string())
    whole = pa.chunked_array([pa.array(["above"] * first, pa.string()), between, kinds.cast(pa.string())])
    if whole.null_count == len(whole):
        return LEFT_OUT.empty_table()
    places = pc.indices_nonzero(pc.is_valid(whole))
    cells = seen.grid.cells.take(places)
    shown = [name for position, name in enumerate(cells.column_names) if position not in seen.mapping.personal]
    texts = [cells[name] for name in shown]
    if not texts:
        text = pa.chunked_array([pa.nulls(len(places), pa.string())])
    elif seen.mapping.personal:
        # A row that is no data may hold its names in any column, so no more than its first text is shown.
        text = pc.replace_substring_regex(_of_nobody(pc.coalesce(*texts)), _CAPITALISED, REMOVED)
    else:
        # The empty text first: Arrow forgets rows of which every text is missing.
        text = pc.binary_join_element_wise(pa.scalar(""), *map(_of_nobody, texts), " · ", null_handling="skip")
        text = pc.utf8_ltrim(text, " ·")
    text = pc.utf8_slice_codeunits(pc.fill_null(text, ""), 0, _LEFT_OUT_CHARACTERS)
    reasons = pc.dictionary_encode(whole.take(places)).combine_chunks()
    words = pa.array([name_of_kind(kind) for kind in reasons.dictionary.to_pylist()], pa.string())
    sheets = pa.array([""] * len(places), pa.string())
    return pa.table([sheets, seen.grid.lines.take(places), text, words.take(reasons.indices)], schema=LEFT_OUT)


def _of_nobody(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts without what identifies a person."""
    encoded = pc.dictionary_encode(texts).combine_chunks()
    distinct = pc.utf8_slice_codeunits(encoded.dictionary, 0, _LEFT_OUT_CHARACTERS)
    kept = distinct.to_pylist()
    doubtful = pc.indices_nonzero(pc.match_substring_regex(distinct, _MAY_BE_PERSONAL)).to_pylist()
    for rank, place in enumerate(doubtful):
        kept[place] = without_people(kept[place]) if rank < _JUDGED else _HIDDEN
    return pa.chunked_array([pa.array(kept, pa.string()).take(encoded.indices)])


def _add_up(rows: int, header: int, data: int, left_out: int, refused: int) -> None:
    """Raise AssertionError unless every row of the file was counted once."""
    if rows != header + data + left_out + refused:
        raise AssertionError(f"{rows} rows, {header} header, {data} data, {left_out} left out, {refused} refused")


def _reread(seen: Look) -> list[Problem]:
    """The warning for a text that was read with another encoding than the one it is saved in, or has words of two."""
    if line := seen.grid.other_letters:
        mixed = "Có chữ của bảng mã cũ (TCVN3, VNI) lẫn giữa chữ Unicode; các chữ này được giữ nguyên như trong tệp."
        again = "Mở tệp từ dòng này, chuyển các chữ đó sang Unicode rồi nạp lại."
        return [Problem(seen.name, line, "", "", mixed, again, "mixed_letters", "warning")]
    if "+" not in seen.grid.encoding or seen.grid.how == "chosen":
        return []
    reason = f"Chữ trong tệp đã bị lưu sai bảng mã; đã đọc lại theo “{ENCODINGS[seen.grid.encoding]}”."
    hint = "Xem vài tên trong tệp đã đúng dấu chưa; nếu sai, chọn bảng mã khác rồi nạp lại."
    return [Problem(seen.name, 0, "", "", reason, hint, "reread", "warning")]


def _bare(column: pa.ChunkedArray, any_text: bool) -> pa.ChunkedArray:
    """Remove the apostrophe that our own downloads put before formulas, and Excel before any text.

    Codes keep Excel's apostrophe here: their check removes it and counts the codes that had one.
    """
    marked = pc.starts_with(column, "'")
    if not pc.any(marked).as_py():
        return column
    column = pc.replace_substring_regex(column, GUARDED, "\\1")
    return pc.replace_substring_regex(column, _MARKED, "\\1") if any_text else column


def _store(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    """Create table raw."""
    connection.register("arriving", rows.add_column(0, "row_id", pa.array(np.arange(1, len(rows) + 1))))
    # Every row has its number, so threads may store rows in any order without waiting.
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("CREATE OR REPLACE TEMP TABLE raw AS FROM arriving")
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


def _grids(data: bytes, name: str, reading: Reading, store: Path | None) -> list[Grid]:
    """The cells of a file of any supported kind; of a workbook all sheets, the one to read first."""
    if not data:
        raise _reject(name, "empty", "Tệp trống.", "Xuất lại tệp từ hệ thống một cửa.")
    if data.startswith(_GZIP):
        data = _unpacked(data, name)
    if data.startswith((_ZIP, _ZIP_EMPTY, _OLE)):
        return _sheet_grids(data, name, reading)
    if _WEB_PAGE.match(data[:4096].replace(b"\0", b"").lower()):
        hint = "Mở tệp bằng Excel, chọn Lưu thành, loại “Excel Workbook (.xlsx)”, rồi nạp lại."
        raise _reject(name, "web_page", "Tệp là một trang web hoặc XML, không phải bảng tính hay CSV.", hint)
    return [_text_grid(data, name, reading)]


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
        found = _detected(data, reading.encoding)
        text = decode(data, found.encoding)
    except Binary as error:
        raise _reject(name, "binary", "Tệp không phải văn bản hay bảng tính.", hint) from error
    except Undecodable as error:
        raise _undecodable(error, name) from error
    # A mark at the start of a line: files were joined as they are, each with its own.
    text = _MARKS.sub("", text) if "\ufeff" in text else text
    mixed = line_of_other_letters(text) if found.encoding in ("utf-8", "utf-16-le", "utf-16-be") else 0
    read = read_text(text, name, reading.separator, _known_headers)
    return Grid(
        read.cells,
        read.lines,
        read.widths,
        found.encoding,
        found.how,
        read.separator,
        loose=read.loose,
        other_letters=mixed,
    )


def _known_headers(rows: list[list[str]]) -> int:
    """How many columns of a table the header among some first records names."""
    header = find_header(rows) if rows else None
    return recognise(header.names).known if header else 0


def _undecodable(error: Undecodable, name: str) -> Rejected:
    """The refusal of a text with bytes that its encoding, or every encoding, cannot read."""
    again = "Mở tệp bằng Excel, chọn Lưu thành, loại “CSV UTF-8”, rồi gửi lại; hoặc chọn bảng mã khác."
    if error.encoding:
        reason = f"Có ký tự không đọc được theo bảng mã {ENCODINGS[error.encoding]}."
        return _reject(name, "encoding", reason, again, error.line)
    unknown = "Không nhận ra bảng mã của tệp: đọc theo bảng mã nào cũng không thành chữ tiếng Việt."
    return _reject(name, "encoding", unknown, again, error.line)


def _detected(data: bytes, chosen: str) -> Detected:
    """The encoding that a person chose, otherwise the detected one. Raises Binary and Undecodable as detect."""
    try:
        found = detect(data)
    except Undecodable:
        if not chosen:
            raise
    return Detected(chosen, "chosen") if chosen else found


def _sheet_grids(data: bytes, name: str, reading: Reading) -> list[Grid]:
    """The sheets, first the chosen one, or the one whose header fits a table best; visible ones before hidden ones."""
    sheets = read_workbook(data, name)
    named = {sheet.name: sheet for sheet in sheets}
    if reading.sheet and reading.sheet not in named:
        raise _reject(name, "unknown_sheet", f"Không có trang tính “{reading.sheet}”.", f"Có: {', '.join(named)}.")
    first = named[reading.sheet] if reading.sheet else max(sheets, key=_promise)
    if first.cells.num_rows > limits.ROWS:
        raise _reject(name, "too_many_rows", f"Trang tính có hơn {limits.ROWS} dòng.", "Chia tệp thành nhiều tệp.")
    return [_sheet_grid(sheet, tuple(named)) for sheet in (first, *(other for other in sheets if other is not first))]


def _sheet_grid(sheet: Sheet, names: tuple[str, ...]) -> Grid:
    """The cells of one sheet."""
    cells = _with_merged(sheet)
    return Grid(
        cells,
        pa.array(range(1, cells.num_rows + 1), pa.int64()),
        sheet=sheet.name,
        sheets=names,
        date1904=sheet.date1904,
        hidden_rows=sheet.hidden_rows,
        hidden_columns=sheet.hidden_columns,
        is_hidden=sheet.hidden,
        dates=sheet.dates,
        merges=_merges(sheet),
    )


def _merges(sheet: Sheet) -> Merges:
    """The merged cells of the first rows."""
    spans: dict[int, tuple[tuple[int, int], ...]] = {}
    inside: set[int] = set()
    for top, left, bottom, right in sorted(sheet.merged):
        rows = range(top, min(bottom + 1, _HEAD))
        inside |= set(rows[1:])
        spans |= {row: (*spans.get(row, ()), (left, right)) for row in rows if right > left}
    return Merges(spans, frozenset(inside))


def _promise(sheet: Sheet) -> tuple:
    """A score: how likely the sheet contains the data."""
    header = find_header(_rows(sheet.cells.slice(0, _HEAD)), _merges(sheet))
    if header is None:
        return (0, 0, not sheet.hidden, sheet.cells.num_rows)
    mapping = of_file(Path(), header.names)
    return (not mapping.missing, mapping.known, not sheet.hidden, sheet.cells.num_rows)


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
            return header_at(head, at, grid.merges)
    header = find_header(head, grid.merges)
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
    sayable = set(mapping.sayable)
    for name in mapping.missing:
        near = mapping.offered.get(name)
        offer = f"Có phải cột “{mapping.headers[near]}”? " if near is not None else ""
        if name == "period" and mapping.values:
            offer = "Tên cột chỉ có tháng hoặc quý thì ghi năm cho cả tệp (dòng lệnh: --column period==2024). "
        whole = f" ghi một giá trị cho cả tệp (dòng lệnh: --column {name}==GIÁ TRỊ)," if name in sayable else ""
        hint = f"{offer}Ghép cột cho đúng,{whole} hoặc thêm cột này vào tệp; bảng nhận ra: {mapping.table.name}."
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
    problems += doubtful_columns(mapping, seen.name, seen.header_line)
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
    lines = grid.lines.slice(start)
    loose = pc.is_in(lines, pa.array(grid.loose, pa.int64())) if grid.loose else none
    other = pc.not_equal(widths, width)
    if pc.any(other).as_py() and _trailing_separator(cells, widths, width, kinds):
        other = none
    odd = pc.indices_nonzero(pc.and_(pc.or_(other, loose), pc.is_null(kinds))).to_pylist()
    if not odd:
        return [], none
    broken, problems = [False] * cells.num_rows, []
    for place in odd:
        count = widths[place].as_py()
        values = [cells[name][place].as_py() or "" for name in cells.column_names[:count]]
        kept = {position for position in range(count) if position not in seen.mapping.personal}
        shown = (grid.separator or ",").join(value for position, value in enumerate(values) if position in kept)
        broken[place] = True
        # If values are shifted, personal data may be in any column, so no value is shown.
        value = "" if seen.mapping.personal else shown[:200]
        line = lines[place].as_py()
        is_loose = loose[place].as_py()
        problems.append(
            _loose_quote(seen.name, line, value)
            if is_loose
            else _other_width(seen.name, line, value, count, width, grid.separator)
        )
    return problems, pa.array(broken, pa.bool_())


def _loose_quote(name: str, line: int, value: str) -> Problem:
    """The problem of a row with an unpaired quote in a cell without quotes around it."""
    reason = "Có dấu nháy kép lẻ ở giữa một ô: có thể thiếu dấu phân cách trước hoặc sau phần trong dấu nháy."
    hint = 'Kiểm tra dấu phân cách ở dòng này; dấu nháy nằm trong ô phải viết đôi ("") và cả ô đặt trong dấu nháy kép.'
    return Problem(name, line, "", value, reason, hint, "loose_quote")


def _other_width(name: str, line: int, value: str, count: int, width: int, separator: str) -> Problem:
    """The problem of a row with more or fewer values than the header."""
    reason = f"Dòng có {count} giá trị, tiêu đề có {width} cột."
    hint = f"Giá trị có {SEPARATORS.get(separator, 'dấu phân cách')} phải đặt trong dấu nháy kép."
    return Problem(name, line, "", value, reason, hint, "ragged")


def _trailing_separator(cells: pa.Table, widths: pa.Array, width: int, kinds: pa.Array) -> bool:
    """Whether every data row, and no other, has one extra empty value: a separator at the end of the line."""
    data = pc.is_null(kinds)
    if not pc.all(pc.equal(widths.filter(data), width + 1)).as_py():
        return False
    return cells[f"c{width}"].filter(data).null_count == pc.sum(data).as_py()
