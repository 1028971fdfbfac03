"""Scans an Excel workbook of before 2007 (.xls): a BIFF stream inside an OLE file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.reading.number_format import BUILT_IN, NumberFormat, number_format
from ingest.reading.scan import ERRORS, ODD, UNCALCULATED, BookScan, Refusal, SheetScan


def scan_xls(data: bytes) -> BookScan:
    """Scan every sheet; nothing is found in a file that is written in an unusual way. Raises Refusal."""
    try:
        streams = _ole_streams(data)
    except ODD as error:
        raise Refusal("workbook_broken") from error
    if "EncryptedPackage" in streams:
        raise Refusal("workbook_password")
    stream = next((streams[name] for name in ("Workbook", "Book") if name in streams), None)
    if stream is None:
        raise Refusal("workbook_other", what="tài liệu Word" if "WordDocument" in streams else "loại tệp khác")
    try:
        return _scan_biff(_ole_stream(data, *stream))
    except ODD:
        return BookScan()


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


def _scan_biff(stream: bytes) -> BookScan:
    scan, starts = BookScan(), []
    codes, styles, wide = dict(BUILT_IN), [], stream[4:6] == b"\x00\x06"
    for kind, place, length in _biff_records(stream, 0):
        if kind == 0x2F:  # FILEPASS
            raise Refusal("workbook_password")
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
class _BiffScan(SheetScan):
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
        scan.replace(int.from_bytes(row, "little"), int.from_bytes(column, "little"), ERRORS.get(code, "#N/A"))
    return scan


def _mark_biff(stream: bytes, place: int, count: int, formats: dict[int, NumberFormat], scan: SheetScan) -> None:
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
