"""Scans a binary Excel workbook (.xlsb)."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator

from ingest.reading.number_format import BUILT_IN, NumberFormat, number_format
from ingest.reading.scan import ERRORS, BookScan, SheetScan, targets_of


def scan_xlsb(archive: zipfile.ZipFile) -> BookScan:
    """Scan every sheet. Raises one of ODD if the file is written in an unusual way."""
    targets = targets_of(archive, "xl/_rels/workbook.bin.rels")
    scan, formats = BookScan(), _xlsb_formats(archive)
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


def _scan_xlsb_sheet(data: bytes, name: str, formats: dict[int, NumberFormat]) -> SheetScan:
    scan, row = SheetScan(name), 0
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
                scan.replace(row, column, ERRORS.get(data[place + 8], "#N/A"))
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
