"""Scans an OpenDocument spreadsheet (.ods)."""

from __future__ import annotations

import re
import zipfile
from contextlib import suppress
from xml.parsers import expat

from ingest.reading import limits
from ingest.reading.cell_text import clock
from ingest.reading.number_format import NumberFormat, number_format
from ingest.reading.scan import UNCALCULATED, BookScan, Refusal, SheetScan


def scan_ods(archive: zipfile.ZipFile) -> BookScan:
    """Scan every sheet. Raises Refusal, or one of ODD if the file is written in an unusual way."""
    if b"spreadsheet" not in archive.read("mimetype"):
        raise Refusal("workbook_other", what="tài liệu OpenDocument")
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
            raise Refusal("workbook_broken") from error
    return BookScan(reader.sheets)


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
        self.sheets: list[SheetScan] = []
        self.row = self.column = self.rows = self.cells = self.depth = 0
        self.used = 0
        self.pieces: list[str] | None = None
        self.errors: dict[int, str] = {}

    def start(self, name: str, values: dict[str, str]) -> None:
        """Handle an opening tag."""
        if name == "table:table":
            self.depth += 1
            if self.depth == 1:
                self.sheets.append(SheetScan(values.get("table:name", "")))
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
            self._keep(clock(hours * 3600 + minutes * 60 + seconds))

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
