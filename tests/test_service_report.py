"""Form II.06 as exported by an office: recognised, its sums checked, and compared with the dossiers."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
import xlsxwriter

import queries
from ingest import Rejected
from ingest.publish import publish
from ingest.reading.look import Reading, look
from ingest.reading.title import constants
from tests.browser import rerun, visit
from tests.test_check import sound, write

HEAD = [
    ["TT", "Lĩnh vực, công việc giải quyết theo cấp", "Số hồ sơ nhận giải quyết", *[None] * 3]
    + ["Số lượng hồ sơ đã giải quyết", *[None] * 3, "Số lượng hồ sơ đang giải quyết", None, None],
    [None, None, "Tổng số", "Trong đó", None, None, "Tổng số", "Trước hạn", "Đúng hạn", "Quá hạn"]
    + ["Tổng số", "Trong hạn", "Quá hạn"],
    [None, None, None, "Trực tuyến", "Trực tiếp, dịch vụ bưu chính", "Từ kỳ trước", *[None] * 7],
]
NUMBERS = ["(1)", "(2)", "(3)=(4)+(5)+(6)", "(4)", "(5)", "(6)", "(7)=(8)+(9)+(10)", *(f"({n})" for n in range(8, 14))]
TITLES = [
    ["Biểu số II.06a/VPCP/KSTT"],
    ["TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH"],
    ["Kỳ báo cáo: Quý II/2024 (Từ ngày 15/3/2024 đến ngày 14/6/2024)"],
    ["Đơn vị báo cáo: UBND xã Hàm Đức"],
]
MEASURES = ("handled", "received_online", "received_direct", "carried_over", "resolved", "resolved_early")
MEASURES += ("resolved_on_time", "resolved_late", "open_total", "open_in_time", "open_late")


def form(path: Path, rows: list[list], titles: list[list] = TITLES, sheet: str = "II.06") -> Path:
    """A workbook of the form with merged header, row of column numbers, total and signature."""
    total = [None, "Tổng số", *(sum(row[place] for row in rows) for place in range(1, 12))]
    body = [[number, *row] for number, row in enumerate(rows, start=1)]
    cells = [*titles, *HEAD, NUMBERS, ["I", "TTHC cấp xã"], *body, total, [], [None, None, None, "Người lập biểu"]]
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page, top = book.add_worksheet(sheet), len(titles)
        for number, row in enumerate(cells):
            page.write_row(number, 0, row)
        for first, last in ((2, 5), (6, 9), (10, 12)):
            page.merge_range(top, first, top, last, HEAD[0][first])
        page.merge_range(top + 1, 3, top + 1, 5, "Trong đó")
    path.write_bytes(file.getvalue())
    return path


@pytest.fixture
def own_light_store(shared, light_files, tmp_path) -> Path:
    """A copy of a store with these dossiers as real ones: beside a real report simulated ones would not count."""

    def make(folder: Path) -> None:
        files = folder / "files"
        files.mkdir()
        for path in light_files.glob("ho-so-*.csv"):
            rows = path.read_text(encoding="utf-8").replace(",true\n", ",\n")
            (files / path.name).write_text(rows, encoding="utf-8")
        publish(sorted(files.iterdir()), store=folder / "store")

    return shutil.copytree(shared("real_dossiers", make) / "store", tmp_path / "store")


def counted(store: Path, monkeypatch, unit: str, period: str) -> list[list]:
    """Form II.06 computed from the dossiers, one row per field."""
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    queries._pinned.set(None)
    rows = queries.snapshots.reader().answer(
        """SELECT field.name, CAST(sum(carried_over + received) AS INTEGER),
            CAST(coalesce(sum(received) FILTER (WHERE channel = 'online'), 0) AS INTEGER),
            CAST(coalesce(sum(received) FILTER (WHERE channel <> 'online'), 0) AS INTEGER),
            CAST(sum(carried_over) AS INTEGER),
            CAST(sum(resolved_early + resolved_on_time + resolved_late) AS INTEGER),
            CAST(sum(resolved_early) AS INTEGER), CAST(sum(resolved_on_time) AS INTEGER),
            CAST(sum(resolved_late) AS INTEGER), CAST(sum(open_total) AS INTEGER),
            CAST(sum(open_total - open_late) AS INTEGER), CAST(sum(open_late) AS INTEGER)
        FROM service_period JOIN field USING (field_code)
        WHERE unit_code = $unit AND period_code = $period AND calendar = 'reporting' AND cut = 'full'
        GROUP BY field.name ORDER BY field.name""",
        (("period", period), ("unit", unit)),
    )
    return rows.to_numpy().tolist()


def test_form(own_light_store, tmp_path, monkeypatch):
    """Unit and period come from the lines above, every field is a row, and all of it agrees with the dossiers."""
    rows = counted(own_light_store, monkeypatch, "23092", "2024-Q2")
    seen = look(form(tmp_path / "II06.xlsx", rows))
    assert (seen.mapping.table.name, seen.header_line) == ("service_report", 5)
    assert seen.mapping.constants == {"unit_code": "UBND xã Hàm Đức", "period": "Quý II/2024"}
    upload = publish([seen], store=own_light_store).uploads[0]
    assert (upload["accepted"], upload["warnings"]) == (len(rows), {})
    (report,) = queries.load("service_reports").to_dict("records")
    assert report["report_code"] == "23092 2024-Q2" and report["title"] == "Xã Hàm Đức, Quý II/2024"
    assert (report["cells"], report["compared"], report["different"]) == (11 * len(rows), 11 * len(rows), 0)


def test_difference(own_light_store, tmp_path, monkeypatch):
    """A late dossier reported as on time stands first, with both figures."""
    rows = counted(own_light_store, monkeypatch, "23092", "2024-Q2")
    late = max(rows, key=lambda row: row[8])
    late_before = late[8]
    late[7], late[8] = late[7] + late[8], 0
    publish([form(tmp_path / "II06.xlsx", rows)], store=own_light_store)
    assert queries.load("service_reports")["different"].tolist() == [2]
    cells = queries.load("service_report_cells", unit="23092", period="2024-Q2").head(2)
    assert set(cells["field_name"]) == {late[0]} and set(cells["column_number"]) == {9, 10}
    assert cells["difference"].sum() == 0 and cells["difference"].max() == late_before


@pytest.mark.parametrize("field", ["Hộ tịch", ""])
def test_whole_unit(tmp_path, field):
    """One row per unit without a field column is a report of all fields."""
    head = (
        "Đơn vị;Kỳ báo cáo;"
        + ("Lĩnh vực;" if field else "")
        + "Tiếp nhận tổng số;Đã giải quyết tổng số;Đang giải quyết tổng số"
    )
    row = "UBND xã Hàm Đức;Quý II/2024;" + (f"{field};" if field else "") + "12;10;2"
    path = tmp_path / "a.csv"
    path.write_text(f"{head}\n{row}\n", encoding="utf-8")
    publish([path], store=tmp_path / "store")


def test_carry_over_against_the_store(tmp_path):
    """The open dossiers of the previous published report must equal the carried-over ones of this report."""
    store = tmp_path / "store"
    publish([write(tmp_path / "1.csv", [sound("service_report", 1)])], store=store)
    later = sound("service_report", 2, carried_over="3", handled="13", open_total="3", open_in_time="2")
    upload = publish([write(tmp_path / "2.csv", [later])], store=store).uploads[0]
    assert upload["warnings"] == {"service_report_carried_over": 1}


def test_broken_sum(own_light_store, tmp_path):
    """The file comes back with the line and the sum that should stand there."""
    row = ["Hộ tịch", 12, 6, 4, 2, 10, 7, 2, 1, 2, 1, 2]
    with pytest.raises(Rejected) as refused:
        publish([form(tmp_path / "a.xlsx", [row])], store=own_light_store)
    (problem,) = refused.value.problems
    assert (problem.line, problem.rule, problem.value) == (10, "service_report_open", "2")
    assert "(11) phải bằng (12) + (13) = 3" in problem.reason and "Tổng số" in problem.column


@pytest.mark.parametrize(
    ("said", "unit", "period"),
    [
        ("Đơn vị báo cáo: UBND thị trấn Ma Lâm\nTháng 3 năm 2024", "UBND thị trấn Ma Lâm", "Tháng 3 năm 2024"),
        ("UBND XÃ HÀM ĐỨC\nHàm Đức, ngày 15 tháng 6 năm 2024\nQuý 2 năm 2024", "UBND XÃ HÀM ĐỨC", "Quý 2 năm 2024"),
        ("UBND HUYỆN HÀM THUẬN BẮC\n6 tháng đầu năm 2024", "UBND HUYỆN HÀM THUẬN BẮC", "6 tháng đầu năm 2024"),
        ("Năm 2024", "", "Năm 2024"),
        ("Ma Lâm, ngày 15 tháng 6 năm 2024", "", ""),
        ("Lũy kế từ đầu năm đến hết tháng 9/2024", "", "Lũy kế từ đầu năm đến hết tháng 9/2024"),
        ("Kỳ báo cáo: Quý I/2024 (từ ngày 15/12/2023 đến ngày 14/3/2024)\nSo với năm 2023", "", "Quý I/2024"),
        ("Quý I/2024\nTheo Kế hoạch số 12/KH-UBND năm 2025", "", "Quý I/2024"),
        ("Tháng 2\nBáo cáo tháng 2 năm 2024", "", "tháng 2 năm 2024"),
        # Doubt: two periods, a comparison, a plan's year, a week, a span, a second period without a year.
        ("Kết quả tháng 2/2024 so với tháng 1/2024", "", ""),
        ("Tháng 3 năm 2024 (tăng so với cùng kỳ)", "", ""),
        ("Kết quả thực hiện Kế hoạch CCHC năm 2024", "", ""),
        ("Tuần 12 năm 2024", "", ""),
        ("Báo cáo năm 2024 (từ ngày 01/01/2024 đến ngày 30/9/2024)", "", ""),
        ("Từ tháng 2 đến tháng 4 năm 2024", "", ""),
        ("Quý I, II năm 2024", "", ""),
        ("Quý I và Quý II/2024", "", ""),
        ("Tháng 9 và 9 tháng năm 2024", "", ""),
        ("Tháng 9 năm 2024 và lũy kế", "", ""),
        ("Ước thực hiện tháng 3/2024", "", ""),
    ],
)
def test_titles(tmp_path, said, unit, period):
    """Unit and period are recognised in the form's words; the date of the signature is not a period."""
    path = write(tmp_path / "a.csv", [{"Lĩnh vực": "Hộ tịch", "Tiếp nhận tổng số": "1", "Đã giải quyết tổng số": "1"}])
    mapping = look(path, Reading(table="service_report")).mapping
    found = constants(mapping, said.split("\n"))
    assert (found.get("unit_code", ""), found.get("period", "")) == (unit, period)


def test_kpi_of_one_month(tmp_path):
    """Values without a period column get the period of the title."""
    path = tmp_path / "a.csv"
    path.write_text(
        'Chỉ tiêu chuyển đổi số tháng 3/2024\n\n"Xã, thị trấn",S01,S04\nMa Lâm,63.5,10\nHàm Đức,70,11\n', "utf-8"
    )
    upload = publish([path], store=tmp_path / "store").uploads[0]
    assert (upload["table"], upload["accepted"]) == ("kpi_value", 4)


def test_page(page, own_light_store, own_app, tmp_path, monkeypatch):
    """An analyst uploads the form, publishes it, and finds the difference in its tab."""
    rows = counted(own_light_store, monkeypatch, "23092", "2024-Q2")
    late = max(rows, key=lambda row: row[8])
    late[7], late[8] = late[7] + late[8], 0
    visit(page, f"{own_app}/upload")
    with rerun(page):
        page.locator("input[type=file]").set_input_files(str(form(tmp_path / "II06.xlsx", rows)))
    assert page.get_by_text("Kỳ: Quý II/2024").first.is_visible()
    with rerun(page):
        page.get_by_role("button", name="Công bố").click()
    page.get_by_role("tab", name="Đối chiếu II.06").click()
    assert page.get_by_text("khác với số tính từ hồ sơ").first.is_visible()
