"""What a scan of a workbook finds beside its values, for every kind of file.

calamine does not report the extent of a sheet before it allocates memory, error cells, the 1904 date system, number
formats, formulas without a result, hidden rows and columns. Each kind of workbook has its own scan: scan_xlsx.py,
scan_xlsb.py, scan_xls.py, scan_ods.py.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from xml.etree import ElementTree

from ingest.reading.number_format import NumberFormat

# Stands in a cell whose formula has no stored result.
UNCALCULATED = "#CHƯA TÍNH"


class Refusal(Exception):
    """Why a file is refused: the rule, and the values for its message."""

    def __init__(self, rule: str, **facts: str):
        super().__init__(rule)
        self.rule, self.facts = rule, facts


@dataclass
class SheetScan:
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
class BookScan:
    """The sheets of a workbook in its order; none where the file is too unusual to be scanned."""

    sheets: list[SheetScan] = field(default_factory=list)
    date1904: bool = False


ERRORS = {
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
ODD = (KeyError, ValueError, IndexError, struct.error, ElementTree.ParseError)


def targets_of(archive: zipfile.ZipFile, relations: str) -> dict[str, str]:
    """The target part of each relation of the workbook."""
    root = ElementTree.fromstring(archive.read(relations))
    return {link.attrib["Id"]: posixpath.join("xl", link.attrib["Target"]).lstrip("/") for link in root}


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


def column_of(letters: bytes) -> int:
    """The column number, counted from 0.

    >>> [column_of(letters) for letters in (b"A", b"Z", b"AA", b"XFD")]
    [0, 25, 26, 16383]
    """
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column - 1
