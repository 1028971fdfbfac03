"""CSV and Excel downloads: no cell runs as a formula or opens a link, and simulated data is marked MÔ PHỎNG."""

from __future__ import annotations

import io
import re
from collections.abc import Container

import pandas as pd

from words.escape import cell, unmarked

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _inert_table(table: pd.DataFrame) -> pd.DataFrame:
    """The table with every cell and title escaped."""
    return table.map(cell).rename(columns=cell)


def as_csv(table: pd.DataFrame, simulated: bool) -> bytes:
    """The table as CSV for Excel: UTF-8 with byte order mark, and MÔ PHỎNG in each row if simulated.

    Lines end in CR LF, so that the writer quotes a text with either character and it cannot start a new line.
    """
    marked = _inert_table(table)
    if simulated:
        marked["Ghi chú"] = "MÔ PHỎNG"
    return marked.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def as_workbook(table: pd.DataFrame, simulated: bool, how: str) -> bytes:
    """The table as a workbook, with the definition on a second sheet."""
    return as_sheets({"Số liệu": table}, simulated, how)


def as_sheets(tables: dict[str, pd.DataFrame], simulated: bool, how: str = "") -> bytes:
    """Tables as a workbook with a sheet each, and the definition, if given, on the last one."""
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        start = 2 if simulated else 0
        for title, table in tables.items():
            name = _sheet_name(title, writer.sheets)
            _inert_table(table).to_excel(writer, sheet_name=name, index=False, startrow=start)
            sheet = writer.sheets[name]
            if simulated:
                sheet.write(0, 0, "MÔ PHỎNG – không phải số liệu chính thức", writer.book.add_format({"bold": True}))
            sheet.autofit()
        if how:
            _inert_table(pd.DataFrame({"Cách tính": unmarked(how).split("  \n")})).to_excel(
                writer, sheet_name="Cách tính", index=False
            )
            writer.sheets["Cách tính"].set_column(0, 0, 110)
    return buffer.getvalue()


def _sheet_name(title: str, taken: Container[str]) -> str:
    """A title as the name of a sheet: at most 31 characters, none that Excel forbids, none twice."""
    name = re.sub(r"[\[\]:*?/\\]", " ", title)[:31].strip()
    return name if name not in taken else f"{name[:28]} {len(taken)}"
