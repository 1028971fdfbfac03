"""Scans an Excel workbook of XML (.xlsx, .xlsm)."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO
from xml.etree import ElementTree
from xml.parsers import expat

from ingest.reading.number_format import BUILT_IN, NumberFormat, number_format
from ingest.reading.scan import UNCALCULATED, BookScan, SheetScan, column_of, targets_of


def _xlsx_parts(archive: zipfile.ZipFile) -> tuple[ElementTree.Element, list[tuple[str, str]]]:
    """The workbook's XML, and the name and part of each sheet."""
    root = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    targets = targets_of(archive, "xl/_rels/workbook.xml.rels")
    sheets = []
    for sheet in root.iterfind("{*}sheets/{*}sheet"):
        link = next(value for key, value in sheet.attrib.items() if key.endswith("}id"))
        sheets.append((sheet.attrib["name"], targets[link]))
    return root, sheets


def scan_xlsx(archive: zipfile.ZipFile) -> BookScan:
    """Scan every sheet. Raises one of ODD if the file is written in an unusual way."""
    root, parts = _xlsx_parts(archive)
    settings = root.find("{*}workbookPr")
    date1904 = settings is not None and settings.get("date1904") in ("1", "true")
    formats = _xlsx_formats(archive)
    # Set by programs that write formulas without calculating them; Excel removes it when it saves.
    setting = root.find("{*}calcPr")
    waiting = setting is not None and setting.get("fullCalcOnLoad") in ("1", "true")
    sheets = []
    for name, part in parts:
        scan, cells = SheetScan(name), _XlsxCells(formats)
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
    return BookScan(sheets, date1904)


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

    def read(self, text: bytes, scan: SheetScan) -> None:
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
                    scan.mark(place, place, column_of(letters), format)
        if hidden:
            for row in self._HIDDEN_ROW.findall(text):
                scan.hide(int(row) - 1, int(row) - 1)
            self._columns(text, scan)
        if formulas:
            for words, tag, result in self._FORMULA.findall(text):
                address = self._ADDRESS.search(words)
                has_result = bool(result.strip()) or bool(tag and self._TEXT_RESULT.search(words))
                self._formula(int(address[2]) - 1, column_of(address[1]), has_result, result.strip(), scan)

    def _columns(self, text: bytes, scan: SheetScan) -> None:
        for tag in self._COLUMNS.findall(text):
            values = dict(re.findall(rb"""\s(\w+)=["']([^"']*)["']""", tag))
            if values.get(b"hidden") in (b"1", b"true"):
                scan.hidden_columns.append([int(values[b"min"]) - 1, int(values[b"max"]) - 1])

    def _formula(self, row: int, column: int, has_result: bool, result: bytes | str, scan: SheetScan) -> None:
        if not has_result:
            scan.replace(row, column, UNCALCULATED)
        elif result in (b"0", "0"):
            self.zeros.append((row, column))
        else:
            self.calculated = True

    def finish(self, scan: SheetScan, waiting: bool) -> None:
        """In a sheet that waits for its calculation and has no result but 0, these zeros are placeholders."""
        if waiting and not self.calculated:
            for row, column in self.zeros:
                scan.replace(row, column, UNCALCULATED)

    def count(self, stream: BinaryIO, scan: SheetScan) -> None:
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
                column = column_of(address[1].encode()) if address else column + 1
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


def _scan_cells(text: bytes, scan: SheetScan) -> None:
    """Update the extent and the error cells from a piece; rows are in ascending order."""
    references = _CELL.findall(text)
    if not references:
        return
    column = max(column_of(letters) for letters in {reference.rstrip(b"0123456789") for reference in references})
    scan.reach(int(references[-1].lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")) - 1, column)
    if b't="e"' in text:
        for letters, row, error in _ERROR_CELL.findall(text):
            scan.replace(int(row) - 1, column_of(letters), error.decode())
