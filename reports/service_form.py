"""Biểu II.06 (a: một đơn vị, b: cả huyện) of TT 01/2020/TT-VPCP as a workbook and as a table on the page."""

from __future__ import annotations

import io
from html import escape

import pandas as pd
import xlsxwriter

from reports import SIMULATED, Subject
from reports.package import reproducible
from words import vietnamese
from words.escape import cell
from words.sentences import what_is_unknown

# Column of the form → column of the query; columns 1 and 2 are number and name.
FIGURES = {
    3: "handled", 4: "received_online", 5: "received_direct", 6: "carried_over",
    7: "resolved", 8: "resolved_early", 9: "resolved_on_time", 10: "resolved_late",
    11: "open_total", 12: "open_in_time", 13: "open_late",
}  # fmt: skip
# A total and its parts, within one row.
IDENTITIES = {3: (4, 5, 6), 7: (8, 9, 10), 11: (12, 13)}
_GROUPS = {
    3: ("Số hồ sơ nhận giải quyết", 4),
    7: ("Số lượng hồ sơ đã giải quyết", 4),
    11: ("Số lượng hồ sơ đang giải quyết", 3),
}
_TITLES = {
    3: "Tổng số", 4: "Trực tuyến", 5: "Trực tiếp, dịch vụ bưu chính", 6: "Từ kỳ trước",
    7: "Tổng số", 8: "Trước hạn", 9: "Đúng hạn", 10: "Quá hạn",
    11: "Tổng số", 12: "Trong hạn", 13: "Quá hạn",
}  # fmt: skip
UNCONFIRMED = (
    "Bố cục 13 cột theo biểu II.06 của TT 01/2020/TT-VPCP; chữ a, b, cách xếp lĩnh vực theo cấp và tên biểu chưa đối chiếu "
    "với bản gốc. Cấp là cấp của nơi tiếp nhận hồ sơ."
)
_PAGE = 28  # table lines on the first page
_FONT = "Times New Roman"
_TABLE = "border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%"
_EDGE = "border:1px solid currentColor;padding:0.2rem 0.4rem"


class Unbalanced(ValueError):
    """The figures of the form contradict each other; the message says which, in Vietnamese."""


def form(subject: Subject) -> pd.DataFrame:
    """The rows of a unit's form: one per field and level. Raises Unbalanced if figures contradict each other."""
    rows = subject.ask("service_form")
    wrong = contradictions(rows)
    whole = subject.ask("service_flow").iloc[0]
    for number, name in FIGURES.items():
        if rows[name].isna().any() and (pd.isna(whole[name]) or number == 3):
            continue  # unknown in both; the page counts what was handled, whatever was carried over
        total, known = rows[name].sum(), 0 if pd.isna(whole[name]) else whole[name]
        known += rows["unclear"].sum() if number == 3 else 0  # on the page, what is unclear is not handled
        if total != known:
            wrong.append(
                f"cột {number}: các lĩnh vực cộng lại {vietnamese.number(total)}, trang Hồ sơ có {vietnamese.number(known)}"
            )
    if wrong:
        raise Unbalanced(f"Biểu II.06 của {subject.unit_name} không khớp: {'; '.join(wrong)}. Biểu không được xuất.")
    return rows


def contradictions(rows: pd.DataFrame) -> list[str]:
    """The violated identities of the form, in words; one with an unknown figure is not judged."""
    wrong = []
    for row in rows.to_dict("records"):
        for total, parts in [*IDENTITIES.items(), (3, (7, 11))]:
            figures = [row[FIGURES[part]] for part in parts]
            # What has become unclear is neither finished nor open.
            figures += [row["unclear"]] if parts == (7, 11) and row["unclear"] else []
            if not any(map(vietnamese.absent, [row[FIGURES[total]], *figures])) and row[FIGURES[total]] != sum(figures):
                added = " + ".join(vietnamese.number(figure) for figure in figures)
                wrong.append(f"{row['name']}, cột {total}: {vietnamese.number(row[FIGURES[total]])} khác {added}")
    return wrong


def heading(subject: Subject) -> dict[str, str]:
    """The texts above the form."""
    span = f"Từ ngày {vietnamese.date(subject.period.start_on)} đến ngày {vietnamese.date(subject.period.end_on)}"
    partial = f"; số liệu đến ngày {vietnamese.date(subject.period.judged_on)}" if subject.period.is_partial else ""
    letter, place, receiver = _kind_of_form(subject)
    if place:
        title = f"TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH TRÊN ĐỊA BÀN {place}"
    else:
        title = "TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH TẠI CƠ QUAN, ĐƠN VỊ TRỰC TIẾP GIẢI QUYẾT"
    return {
        "code": f"Biểu số II.06{letter}/VPCP/KSTT",
        "basis": "Ban hành theo Thông tư số 01/2020/TT-VPCP",
        "title": title,
        "period": f"Kỳ báo cáo: {subject.period.title} ({span}{partial})",
        "reporter": f"Đơn vị báo cáo: {subject.unit_name}",
        "receiver": f"Đơn vị nhận báo cáo: {receiver}",
        "measure": "Đơn vị tính: Số hồ sơ TTHC",
    }


def _kind_of_form(subject: Subject) -> tuple[str, str, str]:
    """The letter of the form, the level it covers ("" for one office), and its recipient."""
    home = vietnamese.inside(subject.home_name)
    if subject.level == "tỉnh":
        if subject.is_whole:
            return "c", "TỈNH", "Văn phòng Chính phủ"
        return "b", "HUYỆN", "Văn phòng UBND tỉnh"
    if subject.is_whole:
        return "b", subject.level.upper(), "Văn phòng UBND tỉnh"
    return "a", "", "Văn phòng UBND tỉnh" if "@" in subject.unit else f"UBND {home}"


def _lines(rows: pd.DataFrame) -> list[dict]:
    """The lines of the form from top to bottom: levels with their fields, and the total; parts are row positions."""
    lines = []
    for (code, name), fields in rows.groupby(["level_code", "level_name"], sort=True):
        level = {"tt": code, "name": name, "kind": "level", "sums": []}
        lines.append(level)
        for number, field in enumerate(fields.to_dict("records"), 1):
            level["sums"].append(len(lines))
            lines.append({"tt": str(number), "name": field["name"], "kind": "field", "figures": field})
    levels = [position for position, line in enumerate(lines) if line["kind"] == "level"]
    lines.append({"tt": "", "name": "Tổng cộng", "kind": "total", "sums": levels})
    for line in sorted(lines, key=lambda line: ("field", "level", "total").index(line["kind"])):
        if "sums" in line:
            line["figures"] = {
                name: sum(lines[part]["figures"][name] for part in line["sums"]) for name in FIGURES.values()
            }
    return lines


def as_workbook(subject: Subject, rows: pd.DataFrame) -> bytes:
    """The form as a workbook that prints on A4 landscape; totals are formulas with stored values."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties(
        {"title": heading(subject)["code"], "author": "", "created": subject.built_at.replace(tzinfo=None)}
    )
    sheet = book.add_worksheet("II.06")
    look = _Look(book)
    below = _write_head(sheet, look, subject, rows.attrs["simulated"])
    lines = _lines(rows)
    after = _write_rows(sheet, look, lines, below)
    if len(lines) > _PAGE:  # so that signatures never are alone on a page
        sheet.set_h_pagebreaks([below + _PAGE])
    _write_foot(sheet, look, subject, after)
    _set_page(sheet, below, after + 6, rows.attrs["simulated"])
    notes = book.add_worksheet("Ghi chú")
    notes.set_column(0, 0, 80)
    notes.set_paper(9)
    notes.fit_to_pages(1, 0)
    notes.set_footer(_footer(rows.attrs["simulated"]))
    for line, text in enumerate([UNCONFIRMED, *_sources(subject, rows)]):
        notes.set_row(line, 16 * -(-len(text) // 80))
        notes.write_string(line, 0, text, look.wrapped)
    book.close()
    return reproducible(buffer.getvalue(), subject.built_at)


def _sources(subject: Subject, rows: pd.DataFrame) -> list[str]:
    """The sources of the figures."""
    simulated = [SIMULATED] if rows.attrs["simulated"] else []
    return [
        *simulated,
        f"Nguồn: hồ sơ trong bảng điều khiển, bản số liệu {subject.snapshot.id}, đến ngày {vietnamese.date(subject.as_of)}.",
        _checked(rows),
        subject.ask("freshness")["time_rule_text"].iloc[0],
        *_by_statute(subject),
        *what_is_unknown(subject),
    ]


def _by_statute(subject: Subject) -> list[str]:
    """How many dossiers had no due date of their own."""
    count = subject.ask("service_flow")["by_statute"].iloc[0]
    return [f"{vietnamese.number(count)} hồ sơ không có ngày hẹn, xét theo thời hạn thủ tục."] if count else []


def _checked(rows: pd.DataFrame) -> str:
    """Which sums of the form hold; those of a column that is not known are not claimed."""
    carried = "(3) = (4) + (5) + (6); " if rows["carried_over"].notna().all() else ""
    # Where something is carried over that nobody knows, or is unclear, what was there is not what became of it.
    same = (rows["handled"] == rows["resolved"] + rows["open_total"]).all()
    unknown = "" if carried else " Cột (3), (6) chưa biết: chưa có số liệu trước kỳ này."
    return (
        f"Đã kiểm tra: {carried}(7) = (8) + (9) + (10); (11) = (12) + (13){'; (3) = (7) + (11)' if same else ''} ở từng dòng; "
        f"tổng các lĩnh vực bằng tổng của đơn vị.{unknown}"
    )


class _Look:
    """The cell formats of the sheet."""

    def __init__(self, book: xlsxwriter.Workbook):
        def made(**more):
            return book.add_format({"font_name": _FONT, "font_size": 11, "valign": "vcenter", **more})

        boxed = {"border": 1, "num_format": "#,##0"}
        self.text = made()
        self.bold = made(bold=True)
        self.title = made(bold=True, align="center", font_size=13, text_wrap=True)
        self.centred = made(align="center", italic=True)
        self.right = made(align="right", italic=True)
        self.signed = made(align="center", bold=True)
        self.mark = made(bold=True, font_color="#7A1F6E")
        self.wrapped = made(text_wrap=True, valign="top")
        self.head = made(border=1, bold=True, align="center", text_wrap=True)
        self.number = made(border=1, italic=True, align="center", font_size=10)
        self.tt = {"field": made(border=1, align="center"), "level": made(border=1, align="center", bold=True)}
        self.name = {"field": made(border=1, text_wrap=True), "level": made(border=1, bold=True, text_wrap=True)}
        self.figure = {"field": made(**boxed), "level": made(**boxed, bold=True)}
        for formats in (self.tt, self.name, self.figure):
            formats["total"] = formats["level"]


def _write_head(sheet, look: _Look, subject: Subject, simulated: bool) -> int:
    """Write the block above the table and the table header; returns the first row below."""
    words = heading(subject)
    sheet.write_string("A1", words["code"], look.bold)
    sheet.write_string("A2", words["basis"], look.text)
    if simulated:
        sheet.write_string("A3", SIMULATED, look.mark)
    sheet.write_string("I1", cell(words["reporter"]), look.text)
    sheet.write_string("I2", cell(words["receiver"]), look.text)
    sheet.merge_range("A4:M4", words["title"], look.title)
    sheet.merge_range("A5:M5", words["period"], look.centred)
    sheet.merge_range("A6:M6", words["measure"], look.right)
    sheet.set_row(3, 34)
    sheet.merge_range("A7:A9", "TT", look.head)
    sheet.merge_range("B7:B9", "Lĩnh vực, công việc giải quyết theo cấp", look.head)
    for start, (title, columns) in _GROUPS.items():
        sheet.merge_range(6, start - 1, 6, start + columns - 2, title, look.head)
    for number, title in _TITLES.items():
        if number in (4, 5):
            sheet.write_string(8, number - 1, title, look.head)
        else:
            sheet.merge_range(7, number - 1, 8, number - 1, title, look.head)
    sheet.merge_range("D8:E8", "Trong đó", look.head)
    sheet.set_row(8, 48)
    for number in range(1, 14):
        sheet.write_string(9, number - 1, f"({number})", look.number)
    return 10


def _write_rows(sheet, look: _Look, lines: list[dict], first: int) -> int:
    """Write the table rows; returns the first row below."""
    for position, line in enumerate(lines):
        row, kind = first + position, line["kind"]
        sheet.write_string(row, 0, line["tt"], look.tt[kind])
        sheet.write_string(row, 1, cell(line["name"]), look.name[kind])
        for number, name in FIGURES.items():
            value, letter = line["figures"][name], _letter(number)
            if vietnamese.absent(value):
                sheet.write_string(row, number - 1, vietnamese.number(value), look.figure[kind])
                continue
            value, parts = int(value), IDENTITIES.get(number, ())
            if any(vietnamese.absent(line["figures"][FIGURES[part]]) for part in parts):
                sheet.write_number(row, number - 1, value, look.figure[kind])
                continue
            if parts:
                formula = f"=SUM({_letter(parts[0])}{row + 1}:{_letter(parts[-1])}{row + 1})"
            elif kind == "level":
                formula = f"=SUM({letter}{first + line['sums'][0] + 1}:{letter}{first + line['sums'][-1] + 1})"
            elif kind == "total":
                formula = "=" + ("+".join(f"{letter}{first + part + 1}" for part in line["sums"]) or "0")
            else:
                sheet.write_number(row, number - 1, value, look.figure[kind])
                continue
            sheet.write_formula(row, number - 1, formula, look.figure[kind], value)
    return first + len(lines)


def _letter(number: int) -> str:
    """The sheet column of a form column."""
    return chr(ord("A") + number - 1)


def _write_foot(sheet, look: _Look, subject: Subject, row: int) -> None:
    """Write the place for date and signatures."""
    sheet.merge_range(row + 1, 8, row + 1, 12, "……………, ngày …… tháng …… năm ………", look.centred)
    sheet.write_string(row + 2, 1, "NGƯỜI LẬP BIỂU", look.signed)
    sheet.merge_range(row + 2, 8, row + 2, 12, "THỦ TRƯỞNG ĐƠN VỊ", look.signed)
    sheet.write_string(row + 3, 1, "(Ký, ghi rõ họ tên)", look.centred)
    sheet.merge_range(row + 3, 8, row + 3, 12, "(Ký tên, đóng dấu)", look.centred)


def _set_page(sheet, below: int, last: int, simulated: bool) -> None:
    """Page setup: A4 landscape, one page wide, the column numbers repeated on each page."""
    sheet.set_column(0, 0, 5)
    sheet.set_column(1, 1, 42)
    sheet.set_column(2, 12, 10.5)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(6, below - 1)
    sheet.print_area(0, 0, last, 12)
    sheet.freeze_panes(below, 2)
    sheet.set_footer(_footer(simulated))


def _footer(simulated: bool) -> str:
    """The footer of every printed page."""
    return f"&L{SIMULATED if simulated else ''}&RTrang &P/&N"


def as_html(rows: pd.DataFrame) -> str:
    """The form as an HTML table for the page; every text is escaped."""
    head = "".join(f'<th colspan="{columns}" style="{_EDGE}">{title}</th>' for title, columns in _GROUPS.values())
    titles = "".join(f'<th style="{_EDGE}">{title}</th>' for title in _TITLES.values())
    numbers = "".join(f'<td style="{_EDGE};text-align:center"><i>({number})</i></td>' for number in range(1, 14))
    body = "".join(_html_row(line) for line in _lines(rows))
    return (
        f'<table style="{_TABLE}"><thead><tr><th rowspan="2" style="{_EDGE}">TT</th>'
        f'<th rowspan="2" style="{_EDGE}">Lĩnh vực, công việc giải quyết theo cấp</th>{head}</tr><tr>{titles}</tr>'
        f"<tr>{numbers}</tr></thead><tbody>{body}</tbody></table>"
    )


def _html_row(line: dict) -> str:
    """One line of the form as HTML."""
    weight = "" if line["kind"] == "field" else ";font-weight:600"
    figures = "".join(
        f'<td style="{_EDGE};text-align:right{weight}">{vietnamese.number(line["figures"][name])}</td>'
        for name in FIGURES.values()
    )
    return (
        f'<tr><td style="{_EDGE};text-align:center{weight}">{escape(line["tt"])}</td>'
        f'<td style="{_EDGE};text-align:left{weight}">{escape(str(line["name"]))}</td>{figures}</tr>'
    )
