"""The workbooks in which the points of QĐ 766 leave the National Public Service Portal, written as their exporters do.

overview, components, ranking, mixed_ranking: github.com/hauphanquoc/766-Analyze, src/excelGenerator.js (sheets and header
rows; ratios are fractions, “3.85 / 4” is text, a missing group is 0; NHAT_KY_HE_THONG.md: two ranking sheets, header in row 4).
group_sheets, six_groups, parts, csv: github.com/ChippedTopaz/qd766, web/src/group-export.ts, excel-export.ts, csv-export.ts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

import openpyxl
from openpyxl.workbook import Workbook

# Group → the names of both exporters, the most points.
NAMES = {
    "publicity": ("Công khai, minh bạch", "Công khai minh bạch", "Công khai (18đ)", 18),
    "progress": ("Tiến độ giải quyết", "Tiến độ giải quyết", "Tiến độ (20đ)", 20),
    "online": ("Dịch vụ công trực tuyến", "Dịch vụ công trực tuyến", "DVC TT (12đ)", 12),
    "digitisation": ("Số hóa hồ sơ", "Số hóa hồ sơ", "Số hóa (22đ)", 22),
    "payment": ("Thanh toán trực tuyến", "Thanh toán trực tuyến", "Thanh toán (10đ)", 10),
    "satisfaction": ("Mức độ hài lòng", "Mức độ hài lòng", "Hài lòng (18đ)", 18),
}
POINTS = {
    "publicity": 11.85,
    "progress": 19.26,
    "online": 6.36,
    "digitisation": 10.78,
    "payment": 7.16,
    "satisfaction": 18,
}
TOTAL = 73.41
OURS = "UBND xã Hàm Liêm"
# Level, code, name, points, rank within the level: two units of ours among others of the province.
RANKED = [
    ("Sở / Ban / Ngành", "H36.01", "Sở Nội vụ", {**POINTS, "progress": 20, "online": 6.72}, 1),
    ("Sở / Ban / Ngành", "H36.02", "Sở Xây dựng", {**POINTS, "progress": 19.5, "online": 6.7}, 2),
    ("Cấp Xã / Đơn vị trực thuộc", "H36.131", "UBND phường Xuân Hương - Đà Lạt", {**POINTS, "progress": 19.4}, 1),
    ("Cấp Xã / Đơn vị trực thuộc", "H36.132", OURS, POINTS, 2),
    ("Cấp Xã / Đơn vị trực thuộc", "H36.133", "UBND xã Đam Rông 1", {**POINTS, "progress": 15}, 3),
    ("Cấp Xã / Đơn vị trực thuộc", "H36.134", "UBND phường Hàm Thắng", {**POINTS, "progress": 12.5, "payment": 4}, 4),
]


def total(points: dict[str, float | None]) -> float:
    """The sum as toFixed(2) tells it."""
    return round(sum(value or 0 for value in points.values()), 2)


def data(book: Workbook) -> bytes:
    """The bytes of a workbook without openpyxl's first empty sheet."""
    if len(book.sheetnames) > 1 and book.worksheets[0].max_row == 1:
        del book[book.sheetnames[0]]
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def overview(book: Workbook, unit: str = "UBND tỉnh Lâm Đồng", code: str = "H36", failed: str = "") -> None:
    """“1. Tổng quan Bộ Chỉ số 766”, header in row 6; a group that could not be fetched has 0 points."""
    sheet = book.create_sheet("1. Tổng quan Bộ Chỉ số 766")
    sheet.merge_cells("A1:F1")
    sheet["A1"] = "BÁO CÁO KẾT QUẢ ĐÁNH GIÁ CHẤT LƯỢNG PHỤC VỤ (QUYẾT ĐỊNH 766/QĐ-TTg)"
    sheet.merge_cells("A2:F2")
    sheet["A2"] = f"Đơn vị: {unit} (Mã: {code}) - Ngày báo cáo: 2026-10-10"
    points = {group: 0 if group == failed else value for group, value in POINTS.items()}
    sheet["A4"], sheet["B4"] = "TỔNG ĐIỂM ĐẠT ĐƯỢC:", f"{total(points)} / 100 điểm"
    sheet["D4"], sheet["E4"] = "XẾP LOẠI:", "Khá"
    heads = ["STT", "Nhóm Chỉ số Đánh giá", "Điểm Đạt được", "Điểm Tối đa", "Tỷ lệ Hoàn thành (%)", "Trạng thái"]
    _row(sheet, 6, heads)
    for at, (group, value) in enumerate(points.items(), 1):
        most = NAMES[group][3]
        state = "Lỗi kết nối" if group == failed else "Đã thu thập"
        _row(sheet, 6 + at, [at, NAMES[group][0], value, most, value / most, state])
        sheet.cell(6 + at, 5).number_format = "0.00%"
    _row(sheet, 13, ["", "TỔNG CỘNG TOÀN TỈNH", total(points), 100, total(points) / 100, "Khá"])


COMPONENTS = [
    ("Công khai minh bạch", "Tỷ lệ TTHC công bố đúng hạn", 0, 82, "0%", "0 / 6"),
    ("Công khai minh bạch", "Tỷ lệ TTHC cập nhật, công khai đúng hạn", 79, 82, "96.34%", "3.85 / 4"),
    ("Công khai minh bạch", "Tỷ lệ TTHC công khai đầy đủ nội dung", 79, 79, "100%", "2 / 2"),
    ("Công khai minh bạch", "Tỷ lệ hồ sơ đồng bộ lên Cổng DVCQG", 5310, 5310, "100%", "6 / 6"),
    ("Thanh toán trực tuyến", "Tỷ lệ hồ sơ thanh toán trực tuyến", 3384, 3804, "88.96%", "- / -"),
    ("Mức độ hài lòng", "Tỷ lệ PAKN xử lý đúng hạn", 0, 0, "0%", "6 / 6"),
    ("Mức độ hài lòng", "Tỷ lệ hài lòng trong tiếp nhận, giải quyết TTHC", 97, 100, "97%", "6 / 6"),
]


def components(book: Workbook) -> None:
    """“2. Chi tiết Tiêu chí Thành phần”, header in row 3; one component of satisfaction is missing."""
    sheet = book.create_sheet("2. Chi tiết Tiêu chí Thành phần")
    sheet.merge_cells("A1:G1")
    sheet["A1"] = "BẢNG KÊ CHI TIẾT TỪNG TIÊU CHÍ THÀNH PHẦN (QUYẾT ĐỊNH 766)"
    heads = ["STT", "Nhóm Chỉ số", "Tên Tiêu chí Thành phần", "Tử số", "Mẫu số", "Tỷ lệ (%)", "Điểm Đạt / Tối đa"]
    _row(sheet, 3, heads)
    for at, row in enumerate(COMPONENTS, 1):
        _row(sheet, 3 + at, [at, *row])


def ranking(book: Workbook) -> None:
    """“3. Xếp hạng Cấp Tỉnh”, “4. Xếp hạng Cấp Xã”, header in row 4: ranks within each."""
    for name, is_ours in (("3. Xếp hạng Cấp Tỉnh", False), ("4. Xếp hạng Cấp Xã", True)):
        rows = [row for row in RANKED if row[0].startswith("Cấp Xã") == is_ours]
        _ranked(book.create_sheet(name), 4, rows, [row[4] for row in rows])


def mixed_ranking(book: Workbook) -> None:
    """“3. Xếp hạng 119 Đơn vị”, header in row 3: one rank for all levels."""
    rows = sorted(RANKED, key=lambda row: -total(row[3]))
    _ranked(book.create_sheet("3. Xếp hạng 119 Đơn vị"), 3, rows, range(1, len(rows) + 1))


def _ranked(sheet, header: int, rows: list[tuple], ranks: Iterable[int]) -> None:
    sheet.merge_cells("A1:L1")
    sheet["A1"] = "BẢNG XẾP HẠNG CHẤT LƯỢNG PHỤC VỤ CÁC ĐƠN VỊ TRỰC THUỘC TỈNH LÂM ĐỒNG"
    heads = ["Hạng", "Tên Đơn vị, Cơ quan", "Cấp Đơn vị", "Mã Đơn vị", *(name[2] for name in NAMES.values())]
    _row(sheet, header, [*heads, "TỔNG ĐIỂM (100đ)", "Xếp loại"])
    for at, (rank, (level, code, name, points, _)) in enumerate(zip(ranks, rows, strict=True), 1):
        _row(sheet, header + at, [rank, name, level, code, *points.values(), total(points), "Khá"])


# Of each unit its points by group; None where the portal has none.
BY_UNIT = {
    "UBND xã Hàm Liêm": POINTS,
    "UBND xã Hồng Sơn": {**POINTS, "satisfaction": None},
    "UBND xã Đam Rông 1": {**POINTS, "progress": 15},
}


def group_sheets(book: Workbook, provisional: bool = True) -> None:
    """A sheet for each group, header in rows 5 and 6 with the metrics' names merged above their columns."""
    for group, (label, name, *_, most) in NAMES.items():
        sheet = book.create_sheet(name)
        _row(sheet, 1, [label.upper()])
        _row(sheet, 2, ["UBND tỉnh Lâm Đồng", "Quý III/2026", "Tất cả TTHC"])
        _row(sheet, 3, ["Điểm tỉnh: 11:00:00 4/10/2026 · Chi tiết nhóm: 08:00:00 3/10/2026 (giờ Việt Nam)"])
        ended = " · Kỳ chưa kết thúc" if provisional else ""
        _row(sheet, 4, [f"Phạm vi: Các cơ quan trong tỉnh{ended}"])
        labels = ["STT", "Cơ quan, đơn vị", "Cấp cơ quan", "Điểm ghi nhận", "Điểm tối đa", "Tỷ lệ đạt"]
        _row(sheet, 5, [*labels, "Chỉ tiêu thử", "", "", "", "", "Tổng hồ sơ tiếp nhận", "Trạng thái dữ liệu"])
        parts = ["Số lượng đạt", "Tổng số", "Tỷ lệ", "Điểm ghi nhận", "Điểm tối đa"]
        _row(sheet, 6, [*labels, *parts, "Tổng hồ sơ tiếp nhận", "Trạng thái dữ liệu"])
        for at, (unit, points) in enumerate(BY_UNIT.items(), 1):
            value = points[group]
            state = "Chưa có điểm nhóm" if value is None else "Nguồn chưa cung cấp số liệu thành phần"
            ratio = None if value is None else value / most
            made = [80, 100, 0.8, 4.8, 6]
            _row(
                sheet,
                6 + at,
                [at, unit, "Xã, phường", value, None if value is None else most, ratio, *made, 5310, state],
            )
        for column in [*range(1, 7), 12, 13]:
            sheet.merge_cells(start_row=5, end_row=6, start_column=column, end_column=column)
        sheet.merge_cells("G5:K5")


SCORES = ["Nhóm chỉ tiêu", "Điểm số", "Điểm tối đa", "Tỷ lệ điểm (%)", "Thứ hạng", "Số đơn vị so sánh", "Trung vị",
          "Trạng thái dữ liệu"]  # fmt: skip


def _scores(missing: str) -> list[list]:
    """The rows of six groups and the total; without a group there is no total."""
    rows = []
    for group, (label, *_, most) in NAMES.items():
        if group == missing:
            rows.append([label, None, None, None, None, None, None, "Chưa có dữ liệu"])
        else:
            rows.append([label, POINTS[group], most, POINTS[group] / most * 100, 16, 102, 9.5, "Có dữ liệu"])
    whole = (
        [None, None, None, None, None, None, "Chưa đủ dữ liệu"]
        if missing
        else [TOTAL, 100, TOTAL, 12, 102, 65.5, "Có dữ liệu"]
    )
    return [*rows, ["Tổng điểm", *whole]]


def six_groups(book: Workbook, missing: str = "", period: str = "Tháng 9/2026", scope: str = "Tất cả TTHC") -> None:
    """“Điểm 6 nhóm” of one unit, header in row 6."""
    sheet = book.create_sheet("Điểm 6 nhóm")
    _above(sheet, period, scope, "BẢNG ĐIỂM BỘ CHỈ SỐ 766")
    _row(sheet, 6, SCORES)
    for at, row in enumerate(_scores(missing), 1):
        _row(sheet, 6 + at, row)


def parts(book: Workbook) -> None:
    """“Số liệu thành phần” of one unit, header in row 6."""
    sheet = book.create_sheet("Số liệu thành phần")
    _above(sheet, "Tháng 9/2026", "Tất cả TTHC", "SỐ LIỆU THÀNH PHẦN BỘ CHỈ SỐ 766")
    heads = ["Nhóm chỉ tiêu", "Loại số liệu", "Tên chỉ tiêu", "Số lượng đạt", "Tổng số", "Tỷ lệ (%)", "Điểm nguồn"]
    _row(sheet, 6, [*heads, "Điểm tối đa nguồn", "Giá trị tham số", "Ghi chú"])
    note = "Số liệu nguồn; ô trống không đồng nghĩa bằng 0"
    for at, (_, name, top, bottom, _, told) in enumerate(COMPONENTS[:4], 1):
        points, most = (float(text) for text in told.split(" / "))
        made = [name, top, bottom, 100 * top / bottom, points, most, "", note]
        _row(sheet, 6 + at, ["Công khai, minh bạch", "Chỉ tiêu", *made])
    _row(
        sheet,
        11,
        [
            "Tiến độ giải quyết",
            "Tham số nguồn",
            "Tổng hồ sơ tiếp nhận",
            None,
            None,
            None,
            None,
            None,
            5310,
            "Tham số gốc",
        ],
    )


def _above(sheet, period: str, scope: str, title: str) -> None:
    ended = "Kỳ đã kết thúc"
    _row(sheet, 1, [title])
    _row(sheet, 2, [f"Cơ quan, đơn vị: {OURS}"])
    _row(sheet, 3, [f"Kỳ: {period} | Phạm vi: {scope}"])
    captured = "Cập nhật điểm: 02/10/2026 07:23 | Chi tiết: 28/09/2026 09:37 (giờ Việt Nam)"
    _row(sheet, 4, [f"{captured} | {ended}"])


def as_csv(missing: str = "", unit: str = OURS, province: str = "Tỉnh Lâm Đồng", scope: str = "Tất cả TTHC") -> bytes:
    """The points of one unit with eight columns of context: byte order mark, “;”, decimal comma, everything quoted."""
    context = [province, unit, "Tháng 9/2026", scope, "2026-10-02T07:23:00+07:00", "", "", "Kỳ đã kết thúc"]
    heads = [
        "Tỉnh/thành phố",
        "Cơ quan, đơn vị",
        "Kỳ",
        "Phạm vi",
        "Cập nhật điểm",
        "Cập nhật chi tiết",
        "Độ mới dữ liệu",
        "Trạng thái kỳ",
    ]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([*heads, *SCORES])
    for row in _scores(missing):
        writer.writerow([*context, *(str(cell).replace(".", ",") if isinstance(cell, float) else cell for cell in row)])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _row(sheet, at: int, cells: list) -> None:
    for column, cell in enumerate(cells, 1):
        sheet.cell(at, column, cell)


def workbook(*sheets) -> bytes:
    """A workbook of these sheets in their order."""
    book = openpyxl.Workbook()
    for sheet in sheets:
        sheet(book)
    return data(book)
