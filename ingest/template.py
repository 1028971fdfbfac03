"""Blank workbooks for analysts, generated from the schema so that they always match it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from ingest.reading.values import labels
from ingest.schema import REFERENCE, Column, Table, tables
from words import vietnamese

TITLES = {
    "dossier": "Hồ sơ",
    "dossier_step": "Bước xử lý hồ sơ đất đai",
    "kpi_value": "Giá trị chỉ tiêu",
    "service_report": "Biểu II.06",
    "index_score": "Điểm bộ chỉ số",
    "portal_score": "Điểm 766 trên Cổng",
    "initiative": "Mô hình, nhiệm vụ",
    "equipment": "Thiết bị Một cửa",
    "essential_service": "Dịch vụ công thiết yếu",
    "community_team": "Tổ công nghệ số cộng đồng",
    "product": "Sản phẩm trên sàn",
    "indicator": "Danh mục chỉ tiêu",
    "procedure": "Danh mục thủ tục",
    "field": "Danh mục lĩnh vực",
    "unit": "Danh mục đơn vị",
    "indicator_target": "Mục tiêu của chỉ tiêu",
    "late_cause": "Danh mục nguyên nhân trễ",
    "holiday": "Ngày nghỉ, làm bù",
    "score_index": "Danh mục bộ chỉ số",
    "criterion": "Tiêu chí của bộ chỉ số",
    "component": "Chỉ số thành phần",
    "class_band": "Mức xếp loại",
    "published_class": "Xếp loại đã công bố",
    "published_figure": "Số liệu đã công bố",
    "setting": "Tham số",
    "alias": "Từ đã dạy",
    "event": "Sự kiện",
}
DATA, EXPLANATION, LISTS = "Số liệu", "Giải thích", "Danh mục"
# A row whose first cell starts with this word is an example; the upload skips it.
EXAMPLE = "VÍ DỤ"
# Validations end at this row; formats apply to the whole column.
LAST_ROW = 2000
_ROW_IS = {
    "dossier": "một hồ sơ",
    "dossier_step": "một bước xử lý của một hồ sơ",
    "kpi_value": "giá trị của một chỉ tiêu tại một đơn vị trong một kỳ",
    "service_report": "số hồ sơ của một lĩnh vực tại một đơn vị trong một kỳ, theo biểu II.06",
    "index_score": "điểm một tiêu chí của một huyện trong một năm",
    "portal_score": "điểm một nhóm của một đơn vị trong một kỳ, như Cổng Dịch vụ công quốc gia công bố",
    "initiative": "một mô hình hoặc nhiệm vụ tại một đơn vị",
    "equipment": "một loại thiết bị của một Bộ phận Một cửa",
    "essential_service": "một dịch vụ công thiết yếu của Đề án 06",
    "community_team": "một Tổ công nghệ số cộng đồng",
    "product": "một sản phẩm trên một sàn thương mại điện tử",
    "indicator": "một chỉ tiêu",
    "procedure": "một thủ tục",
    "field": "một lĩnh vực",
    "unit": "một đơn vị",
    "indicator_target": "mục tiêu của một chỉ tiêu trong một năm, cho xã hoặc cho huyện",
    "late_cause": "một nguyên nhân trễ",
    "holiday": "một ngày nghỉ hoặc làm bù",
    "score_index": "một bộ chỉ số",
    "criterion": "một tiêu chí của một bộ chỉ số",
    "component": "một chỉ số thành phần",
    "class_band": "một mức xếp loại của một bộ chỉ số",
    "published_class": "xếp loại của một huyện trong một năm",
    "published_figure": "một số liệu đã công bố",
    "setting": "một tham số",
    "alias": "một từ hay gặp trong tệp và mã mà nó chỉ",
    "event": "một sự kiện làm số liệu khác đi",
}
_KINDS = {
    "text": "Chữ",
    "timestamp": "Ngày giờ",
    "date": "Ngày",
    "integer": "Số nguyên",
    "number": "Số",
    "boolean": "Có hoặc Không",
    "period": "Kỳ báo cáo",
}
_WRITTEN = {
    "text": "Ghi bằng chữ.",
    "timestamp": "Ghi ngày/tháng/năm giờ:phút, ví dụ 05/03/2024 08:30.",
    "date": "Ghi ngày/tháng/năm, ví dụ 05/03/2024.",
    "integer": "Ghi số nguyên, không âm.",
    "number": "Ghi số không âm, không kèm chữ hay đơn vị đo.",
    "boolean": "Chọn Có hoặc Không.",
    "period": "Ghi 2024-03 (tháng), 2024-Q1 (quý), 2024-H1 (nửa năm), 2024-C09 (lũy kế 9 tháng) hoặc 2024 (năm).",
}
# Text format keeps input as typed: leading zeros stay, and Excel does not convert the period 2024-03 to a date.
_FORMATS = {
    "text": "@",
    "timestamp": "dd/mm/yyyy hh:mm",
    "date": "dd/mm/yyyy",
    "integer": "0",
    "number": "General",
    "boolean": "@",
    "period": "@",
}
_EXAMPLES = {"timestamp": datetime(2024, 3, 5, 8, 30), "date": date(2024, 3, 5), "integer": 1, "number": 12.5}
_FIRST_DAY, _LAST_DAY = datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59)
# A fixed date, so that the same schema gives the same bytes.
_MADE = datetime(2024, 1, 1)
# Excel's limit for the text of a prompt or an error.
_PROMPT = 255


@dataclass(frozen=True)
class _Words:
    """The words offered for one column: (word, code) pairs; an open list also accepts other values."""

    heading: str
    pairs: tuple[tuple[str, str], ...]
    open: bool


@dataclass
class _Lists:
    """The sheet of lists: each list is written once and shared by its columns."""

    sheet: Worksheet
    heading: Format
    text: Format
    ranges: dict[tuple[tuple[str, str], ...], str] = field(default_factory=dict)

    def range(self, words: _Words) -> str:
        """The cell range of the words, for a validation."""
        if words.pairs not in self.ranges:
            at = 3 * len(self.ranges)
            self.sheet.write_string(0, at, words.heading, self.heading)
            self.sheet.write_string(0, at + 1, "Mã", self.heading)
            for row, (word, code) in enumerate(words.pairs, 1):
                self.sheet.write_string(row, at, word, self.text)
                self.sheet.write_string(row, at + 1, code, self.text)
            self.sheet.set_column(at, at, _width(word for word, _ in words.pairs))
            self.sheet.set_column(at + 1, at + 1, _width(code for _, code in words.pairs))
            letter = xlsxwriter.utility.xl_col_to_name(at)
            self.ranges[words.pairs] = f"='{LISTS}'!${letter}$2:${letter}${len(words.pairs) + 1}"
        return self.ranges[words.pairs]


def file_name(table: Table) -> str:
    """The file name of a table's template.

    >>> file_name(tables()["dossier"]), file_name(tables()["initiative"])
    ('mau-ho-so.xlsx', 'mau-mo-hinh-nhiem-vu.xlsx')
    """
    return f"mau-{re.sub(r'[^a-z0-9]+', '-', vietnamese.fold(TITLES[table.name]))}.xlsx"


def titles_of(uploads: Iterable[dict]) -> list[str]:
    """The title of each upload's table."""
    return [TITLES.get(upload["table"], upload["table"]) for upload in uploads]


def template(table: Table) -> bytes:
    """The template workbook of a table: data sheet, explanations, lists of words."""
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": f"Mẫu số liệu: {TITLES[table.name]}", "created": _MADE})
        data, explanation, sheet = (book.add_worksheet(name) for name in (DATA, EXPLANATION, LISTS))
        heading = book.add_format({"bold": True, "bg_color": "#E7E9EC", "border": 1, "valign": "top"})
        lists = _Lists(sheet, heading, book.add_format({"num_format": "@"}))
        sheet.freeze_panes(1, 0)
        _write_data(book, data, table, lists)
        _write_explanation(book, explanation, table, heading)
    return buffer.getvalue()


def filled(table: Table) -> tuple[Column, ...]:
    """The columns that a person fills in; the marker for simulated rows is left out."""
    return tuple(column for column in table.columns if column.name != "simulated")


# --- Words ---------------------------------------------------------------------------------------------------------


def choices(table: Table, column: Column) -> dict[str, str]:
    """The codes offered for a column with their words; empty if it accepts any text."""
    words = _words(table, column)
    return {code: word for word, code in words.pairs} if words else {}


def _words(table: Table, column: Column) -> _Words | None:
    """The words offered for a column; None if it accepts any text."""
    if column.type == "boolean" or column.allowed:
        name, values = ("boolean", ("true", "false")) if column.type == "boolean" else (column.name, column.allowed)
        heading = _KINDS["boolean"] if column.type == "boolean" else column.title
        return _Words(heading, tuple((labels().get((name, value), value), value) for value in values), False)
    if column.reference == "unit":
        return _Words(column.title, _units(table), True)
    if column.reference and "name" in tables()[column.reference].names:
        code = tables()[column.reference].key[-1]
        kept = _KEPT.get((table.name, column.name), lambda row: True)
        pairs = tuple((row["name"], row[code]) for row in _rows(column.reference) if kept(row))
        return _Words(column.title, pairs, True)
    if column.name == "criterion_code" and table.name == "index_score":
        # The total comes first: only it has the published class.
        total = (labels().get((column.name, "total"), "total"), "total")
        named = {row["name"]: row["criterion_code"] for row in _rows("criterion")}
        return _Words(column.title, (total, *named.items()), True)
    return None


# Indicators computed from dossiers are not offered.
_KEPT: dict[tuple[str, str], Callable[[dict[str, str]], bool]] = {
    ("kpi_value", "indicator_code"): lambda row: row["kind"] == "reported"
}
_UNIT_KINDS = {
    "dossier": ("commune", "district_office", "land_registry"),
    "kpi_value": ("commune", "district"),
    "service_report": ("commune", "district_office", "land_registry", "district"),
    "index_score": ("district",),
    "portal_score": ("commune", "district"),
    "equipment": ("commune", "district_office"),
    "essential_service": ("district",),
    "community_team": ("commune",),
    "product": ("commune",),
    "published_class": ("district",),
}
_ANY_KIND = ("commune", "district", "district_office", "land_registry")


def _units(table: Table) -> tuple[tuple[str, str], ...]:
    """Full name and code of each unit for a table; only districts are offered beyond the own district."""
    units = _rows("unit")
    own = {row["parent_code"] for row in units if row["kind"] == "district_office"}
    return tuple(
        (row["full_name"], row["unit_code"])
        for row in units
        if row["kind"] in _UNIT_KINDS.get(table.name, _ANY_KIND)
        and (table.name in ("index_score", "published_class") or row["parent_code"] in own or row["unit_code"] in own)
    )


@cache
def _rows(table: str) -> tuple[dict[str, str], ...]:
    with (REFERENCE / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


# --- Sheets --------------------------------------------------------------------------------------------------------


def _write_data(book: Workbook, sheet: Worksheet, table: Table, lists: _Lists) -> None:
    """Write titles, formats and validations of every column, and the example row."""
    look = {"bold": True, "border": 1, "text_wrap": True, "valign": "top"}
    optional = book.add_format(look | {"bg_color": "#E7E9EC"})
    required = book.add_format(look | {"bg_color": "#FFD966"})
    formats = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
    grey = {
        kind: book.add_format({"num_format": code, "italic": True, "font_color": "#6B6B6B"})
        for kind, code in _FORMATS.items()
    }
    sheet.freeze_panes(1, 1)
    for at, column in enumerate(filled(table)):
        words = _words(table, column)
        example = _example(column, words, first=not at)
        shown = [column.title, *(word for word, _ in words.pairs)] if words else [column.title]
        sheet.set_column(at, at, _width([*shown, example if isinstance(example, str) else ""]), formats[column.type])
        # The cell contains the title only, so that the upload recognises it; colour and comment show the rest.
        sheet.write_string(0, at, column.title, required if column.required else optional)
        if column.required:
            sheet.write_comment(0, at, "Cột bắt buộc: dòng nào cũng phải ghi.")
        if isinstance(example, str):
            sheet.write_string(1, at, example, grey[column.type])
        elif isinstance(example, date):
            sheet.write_datetime(1, at, example, grey[column.type])
        else:
            sheet.write_number(1, at, example, grey[column.type])
        sheet.data_validation(1, at, LAST_ROW - 1, at, _validation(column, words, lists))


def _example(column: Column, words: _Words | None, first: bool) -> str | float | datetime | date:
    """A cell of the example row; the first starts with the mark that makes the upload skip the row."""
    if first and column.type in _EXAMPLES:
        return EXAMPLE
    if column.name == "year":
        return 2024
    if column.type in _EXAMPLES:
        return _EXAMPLES[column.type]
    text = words.pairs[0][0] if words else "2024-03" if column.type == "period" else f"{column.title} (ví dụ)"
    if first:
        return f"{EXAMPLE}: {text}" if words else f"{EXAMPLE}-001"
    return text


def _validation(column: Column, words: _Words | None, lists: _Lists) -> dict:
    """Excel's validation of a column, with prompt and error text."""
    options = {
        "input_title": "Bắt buộc" if column.required else "Có thể để trống",
        "input_message": _cut(_prompt(column, words)),
        "error_title": "Giá trị không hợp lệ",
        "error_message": _cut(_refusal(column, words)),
    }
    if words:
        # A warning only: a code, or a new entry of a list that the office maintains, may also be entered.
        return options | {
            "validate": "list",
            "source": lists.range(words),
            "error_type": "warning" if words.open else "stop",
        }
    if column.type in ("timestamp", "date"):
        return options | {"validate": "date", "criteria": "between", "minimum": _FIRST_DAY, "maximum": _LAST_DAY}
    if column.name == "year":
        years = {"minimum": _FIRST_DAY.year, "maximum": _LAST_DAY.year}
        return options | {"validate": "integer", "criteria": "between"} | years
    if column.type in ("integer", "number"):
        kind = "integer" if column.type == "integer" else "decimal"
        return options | {"validate": kind, "criteria": ">=", "value": 0}
    return options | {"validate": "any"}


def _written(column: Column, words: _Words | None) -> str:
    if words and column.type != "boolean":
        return "Chọn một tên trong danh sách, hoặc ghi mã." if words.open else "Chọn một từ trong danh sách."
    if column.name == "year":
        return "Ghi năm bằng bốn chữ số, ví dụ 2024."
    return _WRITTEN[column.type]


def _prompt(column: Column, words: _Words | None) -> str:
    # Explanations of columns with words mention codes, which the user need not know here.
    plain = column.explanation and not (words and not words.open)
    return _written(column, words) + (f" {column.explanation}." if plain else "")


def _refusal(column: Column, words: _Words | None) -> str:
    if words and words.open:
        return f"Không có trong danh sách (trang “{LISTS}”). Chỉ giữ lại nếu đây là mã đúng hoặc mục mới của danh mục."
    if column.type in ("timestamp", "date"):
        # A month-first computer refuses 13/03/2024; this order is understood everywhere.
        return (
            f"{_written(column, words)} Ngày phải từ năm {_FIRST_DAY.year} đến năm {_LAST_DAY.year}. "
            "Nếu máy không nhận, ghi năm-tháng-ngày, ví dụ 2024-03-05."
        )
    return f"{_written(column, words)} Nếu không có số liệu thì để trống."


def _write_explanation(book: Workbook, sheet: Worksheet, table: Table, heading: Format) -> None:
    """Write how to fill in the table, then one row for each column."""
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    sheet.write_string(0, 0, f"Mẫu số liệu: {TITLES[table.name]}", book.add_format({"bold": True, "font_size": 14}))
    row = 1
    for line in _how(table):
        sheet.write_string(row, 0, line)
        row += 1
    titles = ("Tên cột", "Mã cột", "Kiểu", "Bắt buộc", "Giá trị nhận được", "Giải thích")
    for at, (title, width) in enumerate(zip(titles, (32, 26, 16, 10, 50, 60), strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(row + 1, at, title, heading)
    for below, column in enumerate(filled(table), row + 2):
        values = _values(column, _words(table, column))
        told = (column.title, column.name, _KINDS[column.type], "có" if column.required else "không", values)
        for at, text in enumerate((*told, column.explanation)):
            sheet.write_string(below, at, text, wrapped)


def _how(table: Table) -> Iterable[str]:
    title = {column.name: column.title for column in table.columns}
    key = ", ".join(f"“{title[name]}”" for name in table.key)
    return (
        f"• Ghi vào trang “{DATA}”, mỗi dòng {_ROW_IS[table.name]}. Giữ nguyên dòng tiêu đề, không gộp ô.",
        f"• Dòng 2 là dòng ví dụ, chỉ cho thấy cách ghi từng cột. Ô đầu của dòng bắt đầu bằng “{EXAMPLE}” nên khi nạp "
        "dòng này được bỏ qua; có thể xóa hoặc để nguyên.",
        "• Cột có tiêu đề nền vàng là bắt buộc; các cột khác để trống nếu không có số liệu.",
        f"• Dòng nạp sau có cùng {key} sẽ thay dòng đã nạp trước.",
        "• Ngày ghi theo thứ tự ngày/tháng/năm, ví dụ 05/03/2024; có giờ thì ghi 05/03/2024 08:30.",
        f"• Cột có danh sách thì chọn trong danh sách; tên và mã đầy đủ ở trang “{LISTS}”.",
        "• KHÔNG nhập họ tên, số điện thoại, địa chỉ, số định danh của người dân.",
    )


def _values(column: Column, words: _Words | None) -> str:
    """The words that a column accepts; a long list refers to the sheet of lists."""
    if words is None:
        return _written(column, words)
    if words.open:
        return f"Tên hoặc mã trong trang “{LISTS}”, cột “{words.heading}”"
    return "; ".join(word for word, _ in words.pairs)


def _cut(text: str) -> str:
    return text if len(text) <= _PROMPT else text[: _PROMPT - 1].rstrip() + "…"


def _width(texts: Iterable[str]) -> int:
    """A column width that fits its texts, limited for the screen."""
    return min(max([12, *(len(text) + 3 for text in texts)]), 42)
