"""Reads a decoded delimited file into cells as text, with the first line number of each record.

A numpy scan finds quotes, separators and line breaks. If the quotes are regular, long stretches of records with the
same width are parsed by pyarrow. The rest is parsed by Python's csv, which is slower but more tolerant.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ingest import Problem, Rejected
from ingest.reading import limits

SEPARATORS = {",": "dấu phẩy", ";": "dấu chấm phẩy", "\t": "dấu tab", "|": "dấu gạch đứng"}

_NEWLINE = 10
_SCAN = 16 << 20  # bytes scanned at once
_BLOCK = 8 << 20  # bytes that pyarrow parses at once; a longer record goes to csv
_CHUNK = 600_000  # cells that csv converts to Arrow at once: 50 000 records of 12
_FAST = 1_000  # shorter stretches are parsed by csv
_STRETCHES = 64  # with more changes of width than this, csv alone is faster
_SPAN = 200  # a record with more lines has an unclosed quote
_FIELD_LIMIT = 1 << 20  # csv has one limit for the whole process
_SAMPLE = 200  # records; the sample is also limited in bytes
_SAMPLE_BYTES = 1 << 18
_BOM = "\ufeff".encode()
# A lower share of records makes a separator no candidate.
_CANDIDATE = 0.2
# The sign of inches, as in 27" or 5" x 3": no quote.
_INCH = re.compile(r'(?<=\d)"(?!\w)')
Fit = Callable[[list[list[str]]], int]


@dataclass(frozen=True)
class Cells:
    """All cells of a file as text; missing and empty cells are null.

    `loose` has the lines of the records in which a cell without quotes around it holds an unpaired quote: a separator
    before or after the quoted text may be lost.
    """

    cells: pa.Table
    lines: pa.Array
    widths: pa.Array
    separator: str
    quote: str
    escape: str
    loose: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Dialect:
    separator: str
    quote: str
    escape: str = ""


@dataclass(frozen=True)
class _Layout:
    """Start and end (line break) of each non-blank record, in bytes and in lines."""

    starts: np.ndarray
    ends: np.ndarray
    lines: np.ndarray
    spans: np.ndarray
    widths: np.ndarray
    blank: int  # lines without any character


@dataclass(frozen=True)
class _Part:
    """Consecutive records as an Arrow table, with as many columns as the widest record."""

    table: pa.Table
    lines: np.ndarray
    widths: np.ndarray
    loose: tuple[int, ...] = ()


class _Broken(Exception):
    """A quote is not closed; `line` is the line of the record in which this is noticed."""

    def __init__(self, line: int):
        super().__init__(line)
        self.line = line


def read_text(text: str, name: str, separator: str = "", fit: Fit | None = None) -> Cells:
    """Every cell of the text, split at the separator ("" = detect it). Raises Rejected.

    `fit` says how many headers of a table the first records contain: it decides between separators.
    """
    data = _encode(text, name)
    data, named, first = _without_separator_line(data, name)
    sample = _sample(data)
    separator = separator or named or _detect(sample, fit)
    if _is_spaced(sample, separator):
        data = _tidied(data, separator)
        sample = _sample(data)
    usual = _Dialect(separator, _quote(data, sample, separator))
    try:
        return _read(data, usual, first, name)
    except _Broken as error:
        broken = error
    if (escaped := _read_escaped(data, usual, first, name)) or (literal := _read_literal(data, usual, first, name)):
        return escaped or literal
    raise _unclosed(data, usual, first, name, broken.line)


def _reject(name: str, rule: str, reason: str, hint: str, line: int = 0, value: str = "") -> Rejected:
    return Rejected([Problem(name, line, "", value[:200], reason, hint, rule)])


def _encode(text: str, name: str) -> bytes:
    """The text in UTF-8 with every line break as \\n, also after the last line; refuses NUL and empty text."""
    if (place := text.find("\0")) >= 0:
        raise _invalid(text, name, place)
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise _invalid(text, name, error.start) from error
    if not data or data.isspace() or text.isspace():
        raise _empty(name)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data if data.endswith(b"\n") else data + b"\n"


def _empty(name: str) -> Rejected:
    return _reject(name, "empty", "Tệp trống.", "Xuất lại tệp từ hệ thống một cửa.")


def _invalid(text: str, name: str, place: int) -> Rejected:
    line = len(re.findall("\r\n|\n|\r", text[:place])) + 1
    hint = "Tệp có thể đã hỏng hoặc không phải tệp văn bản. Xuất lại tệp từ hệ thống một cửa."
    return _reject(name, "character", f"Tệp chứa ký tự không hợp lệ (U+{ord(text[place]):04X}).", hint, line)


def _without_separator_line(data: bytes, name: str) -> tuple[bytes, str, int]:
    """Remove Excel's first line “sep=;”: returns the rest, its separator, and the line number of the rest."""
    match = re.match(rb'("?)sep=([,;\t|])\1[,;\t| ]*\n', data, re.IGNORECASE)
    if not match:
        return data, "", 1
    rest = data[match.end() :]
    if not rest or rest.isspace():
        raise _empty(name)
    return rest, match[2].decode(), 2


# --- Detection of separator and quote


def _sample(data: bytes) -> bytes:
    """The first lines and some lines from the middle."""
    if len(data) <= 2 * _SAMPLE_BYTES:
        return data if data.count(b"\n") <= 4 * _SAMPLE else _lines(data, 0, _SAMPLE) + _middle(data)
    return _lines(data, 0, _SAMPLE) + _middle(data)


def _middle(data: bytes) -> bytes:
    return _lines(data, data.find(b"\n", len(data) // 2) + 1, _SAMPLE // 2)


def _lines(data: bytes, start: int, count: int) -> bytes:
    """At most `count` whole lines from a position."""
    lines = data[start : start + _SAMPLE_BYTES].split(b"\n", count)
    # The part after the last break is the rest or a truncated line, so drop it; but keep a single line.
    return b"".join(line + b"\n" for line in (lines[:-1] or lines))


def _detect(sample: bytes, fit: Fit | None = None) -> str:
    """The separator under which the header and all records agree; otherwise the one that cuts most evenly."""
    scores = {separator: _score(sample, separator) for separator in SEPARATORS}
    rivals = [separator for separator, (*_, share) in scores.items() if share > _CANDIDATE]
    if len(rivals) < 2:
        return rivals[0] if rivals else max(SEPARATORS, key=lambda separator: scores[separator])
    if fit:
        known = {separator: fit(_first_records(sample, separator)) for separator in rivals}
        best = sorted(rivals, key=lambda separator: known[separator])
        if known[best[-1]] > max(1, known[best[-2]]):
            return best[-1]
    whole = [separator for separator in rivals if scores[separator][2] == 1]
    if len(whole) == 1:
        return whole[0]
    if max(scores[separator][0] for separator in rivals if separator != ",") >= 0.9:
        # If another separator fits, a comma within a number or before a blank is part of the text.
        scores[","] = _score(re.sub(rb"(?<=\d),(?=\d)|,(?=[ \n])", b".", sample), ",")
    return max(SEPARATORS, key=lambda separator: scores[separator])


def _first_records(sample: bytes, separator: str) -> list[list[str]]:
    """The records that may be the header, all as wide as the widest."""
    data = _tidied(sample, separator) if _is_spaced(sample, separator) else sample
    dialect = _Dialect(separator, "'" if _single_quoted(data, separator) else '"')
    records: list[list[str]] = []
    with suppress(csv.Error):
        for record in _reader(data, dialect, strict=False):
            if record:
                records.append(record)
            if len(records) == limits.HEADER_ROWS:
                break
    width = max(map(len, records), default=0)
    return [record + [""] * (width - len(record)) for record in records if len(record) <= limits.COLUMNS]


def _score(sample: bytes, separator: str) -> tuple[float, int, float]:
    """The share of records with the most common width (rounded), that width, the exact share."""
    if _is_spaced(sample, separator):
        sample = _tidied(sample, separator)
    dialect = _Dialect(separator, "'" if _single_quoted(sample, separator) else '"')
    counts: Counter[int] = Counter()
    with suppress(csv.Error):  # a cell is longer than csv's limit: use the records before it
        counts.update(len(record) for record in _reader(sample, dialect, strict=False) if record)
    wide = {width: number for width, number in counts.items() if width > 1}
    if not wide:
        return 0.0, 1, 0.0
    width = max(wide, key=lambda each: (wide[each], each))
    share = wide[width] / counts.total()
    return max(round(share, 1), 0.05), width, share


def _is_spaced(sample: bytes, separator: str) -> bool:
    """Whether every line with quoted cells has blanks between separators and quotes."""
    edge = re.escape(separator).encode()
    quoted = re.compile(rb"(?:^|" + edge + rb') *"')
    spaced = re.compile(edge + rb' +"|" +' + edge)
    lines = [line for line in sample.split(b"\n") if b'"' in line and quoted.search(line)]
    if not lines or not all(map(spaced.search, lines)):
        return False
    # Within a quoted cell such blanks are text: then the quotes are regular as they stand.
    dialect = _Dialect(separator, '"')
    return _layout(sample, dialect, 1) is None and _layout(_tidied(sample, separator), dialect, 1) is not None


def _tidied(data: bytes, separator: str) -> bytes:
    """The data without the blanks before opening and after closing quotes; quotes within a cell are doubled."""
    edge = re.escape(separator).encode()
    end = rb"[" + edge + rb"\n]"
    opening = edge + rb' +(?="(?:[^"]|" *' + end + rb'|""(?! *' + end + rb")))"
    data = re.sub(opening, separator.encode(), data)
    data = re.sub(rb'(?m)^ +(?="[^"])', b"", data)
    closing = rb'(?:(?<=[^"]")|(?<=[^"]""")|(?<=' + end + rb'"")) +(?=' + end + rb")"
    return re.sub(closing, b"", data)


def _quote(data: bytes, sample: bytes, separator: str) -> str:
    if _single_quoted(sample, separator):
        return "'"
    if b'"' not in data:
        return '"'
    # If no quote starts a cell, all quotes are part of the text.
    opening = data.startswith(b'"') or b'\n"' in data or separator.encode() + b'"' in data
    return '"' if opening else ""


def _single_quoted(sample: bytes, separator: str) -> bool:
    """Whether cells are clearly quoted with ': about one per record, balanced, and more than with "."""
    if sample.count(b"'") < 4:
        return False
    single, double = (_wrapped(sample, separator, quote) for quote in "'\"")
    if single < max(2, sample.count(b"\n") - sample.count(b"\n\n")) or single <= double:
        return False
    try:
        for _ in _reader(_lines(sample, 0, _SAMPLE // 2), _Dialect(separator, "'"), strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)  # the sample may end within a cell
    return True


def _wrapped(sample: bytes, separator: str, quote: str) -> int:
    """How many cells are wrapped in this quote; 0 if opening and closing quotes are not balanced."""
    edge = re.escape(separator)
    opened = len(re.findall(rf"(?m)(?:^|{edge}){quote}".encode(), sample))
    closed = len(re.findall(rf"(?m){quote}(?={edge}|$)".encode(), sample))
    return min(opened, closed) if min(opened, closed) >= 0.9 * max(opened, closed) else 0


# --- Reading with one dialect


def _read(data: bytes, dialect: _Dialect, first: int, name: str) -> Cells:
    layout = None if dialect.escape else _layout(data, dialect, first)
    if layout is None:
        parts = list(_by_csv(data, dialect, first, name))
    else:
        _check_layout(layout, name)
        parts = list(_by_layout(data, dialect, layout, name))
        _check_lines(data, layout, sum(len(part.lines) for part in parts))
    cells = _together(parts, dialect)
    return cells if dialect.quote or b'"' not in data else replace(cells, loose=_loose_without_quoting(cells))


def _check_lines(data: bytes, layout: _Layout, records: int) -> None:
    """Raise AssertionError unless every line of the data is blank or belongs to one record that was read."""
    if records + int(layout.spans.sum()) + layout.blank != data.count(b"\n"):
        raise AssertionError(f"{data.count(10)} lines, {records} records, {layout.blank} blank")


def _loose_without_quoting(cells: Cells) -> tuple[int, ...]:
    """The lines of records with an unpaired quote in a cell, where no cell is quoted."""
    rows = set()
    for row in _odd_rows(cells.cells, '"'):
        texts = [column[row].as_py() for column in cells.cells.columns]
        if any(text and _is_unpaired(text, '"') for text in texts):
            rows.add(cells.lines[row].as_py())
    return tuple(sorted(rows))


def _odd_rows(table: pa.Table, quote: str) -> list[int]:
    """The rows with a cell that holds an odd number of quotes."""
    odd: set[int] = set()
    for column in table.columns:
        counted = pc.count_substring(column, quote)
        odd.update(pc.indices_nonzero(pc.fill_null(pc.bit_wise_and(counted, 1), 0)).to_pylist())
    return sorted(odd)


def _is_unpaired(text: str, quote: str) -> bool:
    """Whether a text without quotes around it holds an odd number of quotes that are no inches."""
    return (_INCH.sub("", text) if quote == '"' else text).count(quote) % 2 == 1


def _read_escaped(data: bytes, usual: _Dialect, first: int, name: str) -> Cells | None:
    """Read with \\" as a quote within a cell, if the text contains it and parses correctly."""
    if not usual.quote or f"\\{usual.quote}".encode() not in data:
        return None
    # csv drops every backslash. A backslash before another character is text, so double it to keep it.
    known = re.compile(rf"\\([\\{usual.quote}])|\\".encode())
    data = known.sub(lambda match: match[0] if match[1] else rb"\\", data)
    try:
        return _read(data, _Dialect(usual.separator, usual.quote, "\\"), first, name)
    except _Broken:
        return None


def _read_literal(data: bytes, usual: _Dialect, first: int, name: str) -> Cells | None:
    """Read with quotes as text, if this gives every record the same number of cells, more than one."""
    dialect = _Dialect(usual.separator, "")
    layout = _layout(data, dialect, first)
    if layout is None or layout.widths[0] == 1 or (layout.widths != layout.widths[0]).any():
        return None
    return _read(data, dialect, first, name)


def _layout(data: bytes, dialect: _Dialect, first: int) -> _Layout | None:
    """The positions of the records; None if a quote is neither at the edge of a cell nor doubled."""
    buffer = np.frombuffer(data, np.uint8)
    quote, separator = ord(dialect.quote or "\0"), ord(dialect.separator)
    open_, separators, breaks = 0, 0, 0
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for low in range(0, len(buffer), _SCAN):
        part = buffer[low : low + _SCAN]
        is_separator, is_break = part == separator, part == _NEWLINE
        all_breaks = all_ends = np.flatnonzero(is_break)
        if dialect.quote and ((is_quote := part == quote).any() or open_):
            if not _quotes_sound(buffer, np.flatnonzero(is_quote) + low, open_, quote, separator):
                return None
            inside = np.bitwise_xor.accumulate(is_quote.view(np.uint8)) ^ open_
            open_ = int(inside[-1])
            outside = inside == 0
            is_separator &= outside
            all_ends = np.flatnonzero(is_break & outside)
        places = np.flatnonzero(is_separator)
        before = np.searchsorted(places, all_ends) + separators
        found.append((all_ends + low, before, np.searchsorted(all_breaks, all_ends) + breaks))
        separators, breaks = separators + len(places), breaks + len(all_breaks)
    if open_:
        return None
    ends, before, breaks_before = (np.concatenate(each) for each in zip(*found, strict=True))
    starts = np.concatenate(([0], ends[:-1] + 1))
    lines = np.concatenate(([0], breaks_before[:-1] + 1))
    kept = ends > starts
    widths = np.diff(before, prepend=0) + 1
    spans = (breaks_before - lines)[kept]
    return _Layout(starts[kept], ends[kept], lines[kept] + first, spans, widths[kept], int((~kept).sum()))


def _quotes_sound(buffer: np.ndarray, places: np.ndarray, open_: int, quote: int, separator: int) -> bool:
    """Whether every opening quote follows a cell edge and every closing quote precedes one.

    A doubled quote is treated as a closing quote followed by an opening one.
    """
    edges = np.zeros(256, bool)
    edges[[quote, separator, _NEWLINE]] = True
    opening, closing = places[open_::2], places[1 - open_ :: 2]
    if len(opening) and opening[0] == 0:
        opening = opening[1:]
    # The text ends in a line break, so no quote is the last byte.
    return bool(edges[buffer[opening - 1]].all() and edges[buffer[closing + 1]].all())


def _check_layout(layout: _Layout, name: str) -> None:
    if (spans := np.flatnonzero(layout.spans >= _SPAN)).size:
        raise _Broken(int(layout.lines[spans[0]]))
    if len(layout.lines) > limits.ROWS:
        raise _too_many_rows(name, int(layout.lines[limits.ROWS]))
    _check_widths(layout.lines, layout.widths, name)


def _by_layout(data: bytes, dialect: _Dialect, layout: _Layout, name: str) -> Iterator[_Part]:
    """Parse stretches of the most common width by pyarrow, the records between them by csv."""
    usual = layout.widths == np.bincount(layout.widths).argmax()
    cuts = [0, *(np.flatnonzero(usual[1:] != usual[:-1]) + 1).tolist(), len(usual)]
    if len(cuts) > _STRETCHES:
        cuts, usual = [0, len(usual)], np.zeros(1, bool)
    for low, high in zip(cuts, cuts[1:], strict=False):
        fast = usual[low] and high - low >= _FAST
        if fast and (table := _by_arrow(data, dialect, layout, low, high)) is not None:
            _check_cells(table, layout.lines[low:high], name)
            yield _Part(table, layout.lines[low:high], layout.widths[low:high])
        else:
            stretch = data[layout.starts[low] : layout.ends[high - 1] + 1]
            yield from _by_csv(stretch, dialect, int(layout.lines[low]), name)


def _by_arrow(data: bytes, dialect: _Dialect, layout: _Layout, low: int, high: int) -> pa.Table | None:
    """The records from low to high, all of one width; None if pyarrow and csv would disagree."""
    start, end = int(layout.starts[low]), int(layout.ends[high - 1]) + 1
    if data.startswith(_BOM, start):  # pyarrow would remove it, although it is part of the text
        return None
    names = [f"c{index}" for index in range(int(layout.widths[low]))]
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(pa.py_buffer(data).slice(start, end - start)),
            pa.csv.ReadOptions(column_names=names, block_size=_BLOCK),
            pa.csv.ParseOptions(
                delimiter=dialect.separator,
                quote_char=dialect.quote or False,
                newlines_in_values=bool(layout.spans[low:high].any()),
            ),
            pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid:
        return None
    size = min(_SAMPLE, high - low)
    try:
        rows = list(_reader(data[start : int(layout.ends[low + size - 1]) + 1], dialect, strict=True))
    except csv.Error:  # the cell exceeds csv's limit; the check of cells reports it
        return table
    same = table.num_rows == high - low and table.slice(0, size).equals(_table([row for row in rows if row]))
    return table if same else None


def _reader(data: bytes, dialect: _Dialect, strict: bool) -> Iterator[list[str]]:
    """Python's csv over lines that end in \\n only; other characters that look like line breaks do not split."""
    csv.field_size_limit(_FIELD_LIMIT)
    return csv.reader(
        io.TextIOWrapper(io.BytesIO(data), "utf-8", newline="\n"),
        delimiter=dialect.separator,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape or None,
        strict=strict,
    )


def _by_csv(data: bytes, dialect: _Dialect, first: int, name: str) -> Iterator[_Part]:
    total = 0
    for lines, rows in _chunks(data, dialect, first, name):
        total += len(rows)
        if total > limits.ROWS:
            raise _too_many_rows(name, lines[len(rows) - (total - limits.ROWS)])
        starts, widths = np.array(lines, np.int64), np.fromiter(map(len, rows), np.int64, len(rows))
        _check_widths(starts, widths, name)
        table = _table(rows)
        _check_cells(table, starts, name)
        yield _Part(table, starts, widths, _loose(data, dialect, first, table, lines))


def _loose(data: bytes, dialect: _Dialect, first: int, table: pa.Table, lines: list[int]) -> tuple[int, ...]:
    """The lines of records in which a cell without quotes around it holds an unpaired quote."""
    # A name such as Y'Nhi is written with one ', and needs no other.
    if dialect.quote != '"' or b'"' not in data or not (odd := _odd_rows(table, dialect.quote)):
        return ()
    breaks = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE)
    found = []
    for row in odd:
        start, after = lines[row] - first, lines[row + 1] - first if row + 1 < len(lines) else len(breaks)
        low = int(breaks[start - 1]) + 1 if start else 0
        if _has_loose_cell(data[low : int(breaks[after - 1])].decode(), dialect):
            found.append(lines[row])
    return tuple(found)


def _has_loose_cell(record: str, dialect: _Dialect) -> bool:
    """Whether a record, as in the file, has a cell without quotes around it that holds an unpaired quote."""
    quote, edge = dialect.quote, re.escape(dialect.separator)
    escaped = re.escape(dialect.escape) + "." if dialect.escape else "(?!)"
    whole = re.compile(rf"{quote}(?:{escaped}|{quote}{quote}|[^{quote}])*+{quote}(?=[{edge}\n]|$)", re.DOTALL)
    place = 0
    while place < len(record):
        if not (match := whole.match(record, place)):
            match = re.compile(rf"[^{edge}\n]*+").match(record, place)
            if _is_unpaired(re.sub(escaped, "", match[0]), quote):
                return True
        place = match.end() + 1
    return False


def _chunks(data: bytes, dialect: _Dialect, first: int, name: str) -> Iterator[tuple[list[int], list[list[str]]]]:
    """Chunks of non-blank records, each record with its line number."""
    reader = _reader(data, dialect, strict=True)
    lines: list[int] = []
    rows: list[list[str]] = []
    start, cells = 0, 0
    try:
        for row in reader:
            if row:
                lines.append(first + start)
                rows.append(row)
                cells += len(row)
            if reader.line_num - start > _SPAN:
                raise _Broken(first + start)
            start = reader.line_num
            if cells >= _CHUNK:
                yield lines, rows
                lines, rows, cells = [], [], 0
    except csv.Error as error:
        if "field larger" in str(error) and reader.line_num - start <= 1:
            raise _long_cell(name, first + start, "") from error
        raise _Broken(first + start) from error
    if rows:
        yield lines, rows


def _table(rows: list[list[str]]) -> pa.Table:
    columns = zip_longest(*rows)
    arrays = [pa.array([cell or None for cell in column], pa.string()) for column in columns]
    return pa.Table.from_arrays(arrays, [f"c{index}" for index in range(len(arrays))])


def _together(parts: list[_Part], dialect: _Dialect) -> Cells:
    widest = max((part.table for part in parts), key=lambda table: table.num_columns)
    cells = pa.concat_tables([part.table for part in parts], promote_options="default").select(widest.column_names)
    return Cells(
        cells,
        pa.array(np.concatenate([part.lines for part in parts]), pa.int64()),
        pa.array(np.concatenate([part.widths for part in parts]).astype(np.int32), pa.int32()),
        dialect.separator,
        dialect.quote,
        dialect.escape,
        tuple(line for part in parts for line in part.loose),
    )


# --- Errors


def _check_widths(lines: np.ndarray, widths: np.ndarray, name: str) -> None:
    if (wide := np.flatnonzero(widths > limits.COLUMNS)).size:
        raise _reject(
            name,
            "too_many_columns",
            f"Dòng có {widths[wide[0]]} ô, nhiều hơn {limits.COLUMNS} cột được phép.",
            "Kiểm tra dấu ngăn cách và các dấu ngăn cách thừa ở cuối dòng.",
            int(lines[wide[0]]),
        )


def _check_cells(table: pa.Table, lines: np.ndarray, name: str) -> None:
    """Refuse the first record with a cell that is too long."""
    rows: dict[int, pa.ChunkedArray] = {}
    for column in table.columns:
        # Count bytes first, because it is fast and no cell has more characters than bytes.
        if (pc.max(pc.binary_length(column)).as_py() or 0) > limits.CELL_CHARACTERS:
            longer = pc.fill_null(pc.greater(pc.utf8_length(column), limits.CELL_CHARACTERS), False)
            if (row := pc.index(longer, True).as_py()) >= 0:
                rows.setdefault(row, column)
    if rows:
        row = min(rows)
        raise _long_cell(name, int(lines[row]), rows[row][row].as_py())


def _long_cell(name: str, line: int, value: str) -> Rejected:
    reason = f"Có ô dài hơn {limits.CELL_CHARACTERS} ký tự."
    hint = "Kiểm tra dấu nháy và dấu ngăn cách ở dòng này, hoặc rút ngắn nội dung ô."
    return _reject(name, "long_cell", reason, hint, line, value[:80])


def _too_many_rows(name: str, line: int) -> Rejected:
    reason = f"Tệp có nhiều hơn {limits.ROWS} dòng dữ liệu."
    return _reject(name, "too_many_rows", reason, "Chia tệp theo tháng hoặc quý rồi gửi từng phần.", line)


def _unclosed(data: bytes, dialect: _Dialect, first: int, name: str, line: int) -> Rejected:
    """The error for a record with an unclosed quote; it names the line on which the quote opens."""
    breaks = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE)
    start = 0 if line == first else int(breaks[line - first - 1]) + 1
    place = _opening(data, dialect, start)
    shown = data[data.rfind(b"\n", 0, place) + 1 : data.index(b"\n", place)]
    kind, double = ("đơn", "''") if dialect.quote == "'" else ("kép", '""')
    return _reject(
        name,
        "quote",
        f"Dấu nháy {kind} không được đóng đúng.",
        f"Mỗi dấu nháy mở đầu ô phải có dấu đóng ở cuối ô; dấu nháy nằm trong ô phải viết đôi ({double}).",
        line + data.count(b"\n", start, place),
        shown.decode()[:80],
    )


def _opening(data: bytes, dialect: _Dialect, start: int) -> int:
    """The position of the quote that is not closed, or that is closed after the most lines."""
    edge, quote = re.escape(dialect.separator), dialect.quote
    whole = re.compile(rf"{quote}[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+{quote}(?=[{edge}\n])".encode())
    bare = re.compile(rf"[^{edge}\n]*+".encode())
    best, most, place = start, -1, start
    while place < len(data):
        if data.startswith(quote.encode(), place):
            if not (match := whole.match(data, place)):
                return place
            if (breaks := data.count(b"\n", place, match.end())) > most:
                best, most = place, breaks
        else:
            match = bare.match(data, place)
        if data[match.end()] == _NEWLINE:
            break
        place = match.end() + 1
    return best
