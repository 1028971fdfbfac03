# ruff: noqa: F401, F811  (fixtures of other tests are imported, and named again as arguments)
"""What a file says that nobody has taught the program yet: asked once, published as uploads, withdrawn like any other."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from ingest import worker
from ingest.preview import nameless, preview
from ingest.publish import publish, withdraw
from ingest.reading.look import Reading, look
from ingest.reading.mapping import remember
from ingest.schema import tables
from ingest.store import archive
from ingest.teach import Lesson, new_entry, together
from tests.browser import ROOT, rerun, visit
from tests.test_check import sound, write
from tests.test_upload import address, one_dossier, store

HEAD = "Số hồ sơ,Mã TTHC,Tên thủ tục hành chính,Cơ quan giải quyết,Ngày tiếp nhận,Ngày hẹn trả,Trạng thái"
CODES = [f"1.9000{number}" for number in range(10, 18)]


def export(
    path: Path, first: int = 1, day: str = "04", unit: str = "UBND xã Hàm Đức", state: str = "Đang xử lý"
) -> Path:
    """An export of sixteen dossiers with eight procedures that nobody knows, named by the file; due in three days."""
    rows = [
        f"H11-{first + number:06d},{CODES[number % 8]},Thủ tục thử số {number % 8 + 1},{unit},"
        f"{day}/03/2024 08:30,{int(day) + 3:02}/03/2024 17:00,{state}"
        for number in range(16)
    ]
    path.write_text("\n".join([HEAD, *rows]), "utf-8")
    return path


def teach(store: Path, lesson: Lesson, moment: str = "2024-03-05") -> list[dict]:
    """Publish a lesson; returns its uploads."""
    return list(worker.teach(lesson.files("tệp.csv", moment), store, "chuyên viên").uploads)


def stored(store: Path, columns: str) -> list[tuple]:
    """Columns of the rows of the newest upload."""
    kept = archive.upload_path(store, archive.newest_manifest(store)["uploads"][-1]["id"])
    return duckdb.sql(f"SELECT {columns} FROM '{kept}' ORDER BY line").fetchall()


def test_each_unknown_value_is_listed_once(store, tmp_path):
    """The distinct values with their counts, the most frequent first; what the file tells about each."""
    found = preview(look(export(tmp_path / "a.csv", unit="Phòng Tư pháp", state="Chờ phân công")), store)
    unit, procedure, state = found.unknown
    assert [(value.text, value.cases) for value in unit.values] == [("Phòng Tư pháp", 16)]
    assert [(value.text, value.cases) for value in procedure.values] == [(code, 2) for code in CODES]
    first = procedure.values[0].told
    assert first == {"procedure_code": CODES[0], "name": "Thủ tục thử số 1", "statutory_days": "3"}
    assert [(value.text, value.likely) for value in state.values] == [("Chờ phân công", "")]
    assert set(state.choices) == set(next(c for c in tables()["dossier"].columns if c.name == "state").allowed)
    assert "597-DD" in unit.choices and "60" not in unit.choices  # the province takes no dossiers


def test_the_level_is_that_of_the_units(store, tmp_path):
    """A procedure of dossiers of communes alone is offered as one of communes."""
    found = preview(look(export(tmp_path / "a.csv")), store)
    assert {value.told["level"] for value in found.unknown[0].values} == {"commune"}


@pytest.mark.parametrize(
    ("text", "likely"),
    [("Đã trả kết quả trễ hạn", "returned"), ("Trả hồ sơ không đủ điều kiện", "stopped"), ("Xyz", "")],
)
def test_the_likeliest_choice_is_offered(store, tmp_path, text, likely):
    """The nearest known word is offered, and is not taken: the rows stay refused."""
    found = preview(look(export(tmp_path / "a.csv", state=text)), store)
    state = next(one for one in found.unknown if one.column == "state")
    assert [value.likely for value in state.values] == [likely]
    assert found.accepted == 0


def test_a_person_is_not_taught(store, tmp_path):
    """A value that may be a person's name or number is counted, but never shown."""
    path = export(tmp_path / "a.csv", unit="Nguyễn Văn An")
    path.write_text(path.read_text("utf-8").replace("Nguyễn Văn An", "0901234567", 3), "utf-8")
    unit = next(one for one in preview(look(path), store).unknown if one.column == "unit_code")
    assert (unit.values, unit.personal) == ((), 2)


def test_taught_words_and_entries_are_kept(store, tmp_path):
    """After the lesson the file is accepted whole; the next month's file of the same words asks nothing."""
    path = export(tmp_path / "a.csv", unit="Phòng Tư pháp", state="Chờ phân công")
    found = preview(look(path), store)
    common = {"field_code": "CIVIL", "level": "commune", "service_level": "full", "statutory_days": "3"}
    common |= {"paper_result": "true", "essential": "false", "three_tier": "false"}
    entries = [new_entry(value.text, found.unknown[1], value.told | common) for value in found.unknown[1].values]
    words = Lesson((("unit", "Phòng Tư pháp", "23092"), ("state", "Chờ phân công", "received")))
    lesson = together([*entries, words])
    assert (lesson.size, len(lesson.words)) == (10, 2)
    taught = teach(store, lesson)
    assert [upload["table"] for upload in taught] == ["procedure", "alias"]
    assert {upload["who"] for upload in taught} == {"chuyên viên"}
    again = preview(look(path), store)
    assert (again.accepted, again.rejected, again.unknown) == (16, 0, ())
    later = preview(look(export(tmp_path / "b.csv", 100, "11", "PHÒNG TƯ PHÁP", "chờ phân công")), store)
    assert (later.accepted, later.unknown) == (16, ())


def test_a_withdrawn_word_is_unknown_again(store, tmp_path):
    """What was taught is taken back like any upload, and can be taught again in the same words."""
    lesson = Lesson((("state", "Chờ phân công", "received"),))
    rows = [sound("dossier", 2, state="Chờ phân công", processed_at="", returned_at="", status_updated_at="")]
    path = write(tmp_path / "a.csv", rows)
    (upload,) = teach(store, lesson)
    assert preview(look(path), store).unknown == ()
    withdraw(upload["id"], store)
    assert [one.column for one in preview(look(path), store).unknown] == ["state"]
    teach(store, lesson, "2024-03-06")
    assert preview(look(path), store).unknown == ()


def test_a_known_word_keeps_its_meaning(store, tmp_path):
    """What is taught never overrides a name or a code of the lists."""
    teach(store, Lesson((("unit", "UBND xã Hàm Đức", "23059"), ("state", "Đang xử lý", "returned"))))
    rows = [sound("dossier", 2, unit_code="UBND xã Hàm Đức", state="Đang xử lý", processed_at="", returned_at="",
                  status_updated_at="")]  # fmt: skip
    publish([write(tmp_path / "a.csv", rows)], store)
    assert stored(store, "unit_code, state") == [("23092", "processing")]


def test_a_name_that_differs_from_the_file_is_taught_too():
    """A new entry brings the word of the file with it only where its code and its names do not say it."""
    unknown = type("Of", (), {"table": tables()["field"], "subject": "field"})
    same = new_entry("Văn hóa cơ sở", unknown, {"field_code": "VHCS", "name": "Văn hóa cơ sở"})
    other = new_entry("Văn hóa CS", unknown, {"field_code": "VHCS", "name": "Văn hóa cơ sở"})
    assert (same.words, other.words) == ((), (("field", "Văn hóa CS", "VHCS"),))


def test_a_further_office_does_not_take_the_counters_dossiers(store, tmp_path):
    """“Bộ phận TN&TKQ UBND huyện” stays the counter of the district after another office was added to it."""
    office = {"unit_code": "0-PHONG", "name": "Phòng Tư pháp", "full_name": "Phòng Tư pháp huyện Hàm Thuận Bắc"}
    office |= {"kind": "district_office", "parent_code": "597", "valid_from": "2005-01-01"}
    teach(store, Lesson((), {"unit": (office,)}))
    rows = [sound("dossier", 2, unit_code="Bộ phận TN&TKQ UBND huyện"), sound("dossier", 3, unit_code="Phòng Tư pháp")]
    publish([write(tmp_path / "a.csv", rows)], store)
    assert stored(store, "unit_code") == [("597-MC",), ("0-PHONG",)]


def test_fields_of_the_portals_list_are_taught(store, tmp_path):
    """Unknown fields of a list of procedures: one is a known field in other words, one is new; then all is accepted."""
    text = (
        (ROOT / "tests" / "awkward" / "list_of_procedures.csv")
        .read_text("utf-8")
        .replace("3 ngày;", "3 ngày làm việc;")
    )
    path = tmp_path / "a.csv"
    path.write_text(text.replace("Lĩnh vực Đất đai", "Đất đai (QLĐĐ)").replace(";Hộ tịch;", ";Văn hóa cơ sở;"), "utf-8")
    found = preview(look(path), store)
    (field,) = found.unknown
    assert [(value.text, value.cases, value.likely) for value in field.values] == [
        ("Văn hóa cơ sở", 2, ""),
        ("Đất đai (QLĐĐ)", 1, "LAND"),
    ]
    told = field.values[0].told
    assert told == {"field_code": "VHCS", "name": "Văn hóa cơ sở"}
    lesson = together([new_entry("Văn hóa cơ sở", field, told | {"short_name": "Văn hóa cơ sở"}),
                       Lesson((("field", "Đất đai (QLĐĐ)", "LAND"),))])  # fmt: skip
    teach(store, lesson)
    publish([path], store)
    assert stored(store, "field_code") == [("LAND",), ("VHCS",), ("VHCS",)]


def test_a_column_that_resembles_is_asked_not_defaulted(tmp_path):
    """A header like that of a missing column is offered; only a column that nothing resembles gets its default."""
    head = "Mã thủ tục,Tên thủ tục,Lĩnh vực,Cấp thực hiện,Mức độ DVC,Thời hạn (ngày làm việc),Liên thông ba cấp nhé"
    path = tmp_path / "a.csv"
    path.write_text(head + "\n1.900001,Thử,LAND,Cấp xã,Một phần,3,Có\n", "utf-8")
    mapping = look(path).mapping
    assert mapping.missing == ["three_tier"] and mapping.offered == {"three_tier": 6}
    assert set(mapping.defaults) == {"paper_result", "essential"}


def test_a_list_takes_no_file_of_another_table(tmp_path):
    """The words of lists occur in every file; a file that a table of figures explains stays its own."""
    path = tmp_path / "a.csv"
    path.write_text(
        "Mã đơn vị,Kỳ,Mã chỉ tiêu,Giá trị,Năm,Áp dụng cho,Mục tiêu,Nguồn\n23092,2024-03,S01,60,2024,xã,70,a\n", "utf-8"
    )
    assert look(path).mapping.table.name == "kpi_value"
    path.write_text("Mã chỉ tiêu,Năm,Áp dụng cho,Mục tiêu,Nguồn\nS01,2025,Cấp xã,70,a\n", "utf-8")
    assert look(path).mapping.table.name == "indicator_target"


def test_values_for_the_whole_file(store, tmp_path):
    """Index, year and criterion are said once; a total without a maximum is of 100."""
    name = "index_totals_of_districts.csv"
    said = Reading(columns={"index_code": "=par", "year": "=2024", "criterion_code": "=total"})
    found = preview(look(ROOT / "tests" / "awkward" / name, said), store)
    assert (found.accepted, found.rejected) == (2, 1)


CODE = "S02"


def of_indicators(path: Path, period: str, header: str = "Người lớn dùng smartphone") -> Path:
    """A report of one month with a column for each of two indicators."""
    path.write_text(f"Kỳ báo cáo: {period},,\nĐơn vị,S01,{header}\nXã Hàm Đức,80,55\nXã Hàm Liêm,70,45\n", "utf-8")
    return path


def test_headers_that_name_nothing_known_are_listed(store, tmp_path):
    """The unknown headers above numbers, with the number of their cells; a header above texts is none."""
    path = tmp_path / "a.csv"
    path.write_text(
        "Đơn vị,Kỳ,S01,Người lớn dùng smartphone,Số hộ kinh doanh có ví điện tử,Người lập\n"
        "Xã Hàm Đức,03/2024,80,55,12,chưa ký\nXã Hàm Liêm,03/2024,70,,13,chưa ký\n",
        "utf-8",
    )
    found = nameless(look(path, store=store), store)
    assert (found.subject, found.column) == ("indicator", "indicator_code")
    assert [(value.text, value.cases) for value in found.values] == [
        ("Người lớn dùng smartphone", 1),
        ("Số hộ kinh doanh có ví điện tử", 2),
    ]
    told = found.values[1].told
    assert told["name"] == told["short_name"] == "Số hộ kinh doanh có ví điện tử" and told["indicator_code"]
    assert set(found.choices) >= {"S01", CODE} and "T01" not in found.choices  # computed ones are never entered


def test_a_taught_header_is_read(store, tmp_path):
    """A taught word names the indicator in a header, alone or beside a period, until it is withdrawn."""
    path = of_indicators(tmp_path / "a.csv", "Tháng 2 năm 2024")
    teach(store, Lesson((("indicator", "Người lớn dùng smartphone", CODE),)))
    seen = look(path, store=store)
    assert nameless(seen, store) is None
    assert preview(seen, store).accepted == 4
    beside = of_indicators(tmp_path / "b.csv", "năm 2024", "Người lớn dùng smartphone tháng 3/2024")
    headings = look(beside, store=store).mapping.values.values()
    assert [(heading.indicator, heading.period) for heading in headings] == [("S01", ""), (CODE, "2024-03")]
    withdraw(archive.newest_manifest(store)["uploads"][-1]["id"], store)
    assert [heading.indicator for heading in look(path, store=store).mapping.values.values()] == ["S01"]


def test_a_new_indicator_in_a_header_is_read(store, tmp_path):
    """The name of an indicator that somebody added is known in headers too."""
    with (ROOT / "data" / "reference" / "indicator.csv").open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["indicator_code"] == "S01")
    row |= {"indicator_code": "VDT", "name": "Người lớn dùng smartphone", "short_name": "Smartphone"}
    publish([write(tmp_path / "indicator.csv", [row])], store)
    seen = look(of_indicators(tmp_path / "a.csv", "Tháng 2 năm 2024"), store=store)
    assert [heading.indicator for heading in seen.mapping.values.values()] == ["S01", "VDT"]


def test_a_taught_header_changes_no_layout(store, tmp_path):
    """What a person said of a layout before a word of it was taught is remembered after it."""
    path = of_indicators(tmp_path / "a.csv", "Tháng 2 năm 2024")
    before = look(path, Reading(columns={CODE: "Người lớn dùng smartphone", "period": "=2024-02"}), store)
    remember(store, before.mapping)
    teach(store, Lesson((("indicator", "Người lớn dùng smartphone", "S05"),)))
    seen = look(path, store=store)
    assert seen.mapping.remembered
    assert [heading.indicator for heading in seen.mapping.values.values()] == ["S01", CODE]


def test_unknown_communes_in_headers_are_taught(store, tmp_path):
    """Beside columns of communes, another column of numbers may be one whose name is written in another way."""
    path = tmp_path / "a.csv"
    path.write_text("Chỉ tiêu,Kỳ,Hàm Đức,HLiêm 1\nS01,03/2024,80,70\n", "utf-8")
    found = nameless(look(path, store=store), store)
    assert (found.subject, [value.text for value in found.values]) == ("unit", ["HLiêm 1"])
    (code,) = (code for code, name in found.choices.items() if name == "Xã Hàm Liêm")
    teach(store, Lesson((("unit", "HLiêm 1", code),)))
    publish([path], store)
    assert stored(store, "unit_code, value") == [("23092", 80), (code, 70)]


class Clicks:
    """A page whose clicks are counted."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def click(self, role: str, name: str, exact: bool = False, which: int = 0) -> None:
        """Click one element and wait for the page."""
        self.count += 1
        with rerun(self.page):
            self.page.get_by_role(role, name=name, exact=exact).nth(which).click()

    def put(self, path: Path) -> None:
        """Choose a file: one click."""
        self.count += 1
        with rerun(self.page):
            self.page.locator("input[type=file]").set_input_files(str(path))

    def choose(self, label: str, option: str) -> None:
        """Open a list and choose one of its options: two clicks."""
        self.count += 2
        self.page.get_by_role("combobox", name=label, exact=True).first.click()
        self.page.keyboard.type(option)
        with rerun(self.page):
            self.page.get_by_role("option", name=option, exact=True).click()


def test_unknown_codes_are_taught_and_published(page, address, tmp_path, store):
    """An export with eight unknown procedures is taught and published; the same layout a month later asks nothing."""
    visit(page, address)
    clicks = Clicks(page)
    clicks.put(export(tmp_path / "a.csv"))
    assert page.get_by_role("heading", name="Giá trị chưa biết").is_visible()
    save = page.get_by_role("button", name="Lưu")
    assert save.is_disabled()
    clicks.click("button", "Thêm mới cả 8")
    assert save.is_disabled() and page.get_by_text("Còn phải ghi: Lĩnh vực").is_visible()
    clicks.choose("Lĩnh vực", "Hộ tịch")
    clicks.choose("Mức độ DVC", "Toàn trình")
    clicks.click("button", "Lưu 8 điều đã dạy")
    assert page.get_by_text("Đã lưu: bản số liệu s000002").is_visible()
    assert page.get_by_role("heading", name="Giá trị chưa biết").count() == 0
    clicks.click("button", "Công bố 16 dòng")
    # A file chosen before the page has begun anew would be lost.
    page.get_by_text("Đã công bố: bản số liệu s000003").wait_for()
    assert clicks.count <= 12
    uploads = archive.newest_manifest(store)["uploads"]
    assert [(upload["table"], upload["accepted"]) for upload in uploads[1:]] == [("procedure", 8), ("dossier", 16)]
    month = Clicks(page)
    month.put(export(tmp_path / "b.csv", 100, "11"))
    month.click("button", "Công bố 16 dòng")
    assert month.count == 2


def test_words_are_taught_one_by_one(page, address, tmp_path, store):
    """An office is chosen from the list, a state as offered; nothing is taken that was not chosen for itself."""
    visit(page, address)
    rows = [sound("dossier", 2, unit_code="Phòng Tư pháp", state="Đã trả kết quả trễ hạn")]
    rows.append(sound("dossier", 3, unit_code="Phòng Tài chính - Kế hoạch"))
    clicks = Clicks(page)
    clicks.put(write(tmp_path / "a.csv", rows))
    clicks.click("radio", "Là mục khác")
    clicks.choose("Là mục", "Xã Hàm Đức")
    clicks.click("radio", "Là Đã trả kết quả")
    clicks.click("button", "Lưu 2 điều đã dạy")
    assert page.get_by_text("“Phòng Tài chính - Kế hoạch” · 1 dòng").is_visible()
    assert page.get_by_role("radio", checked=True).count() == 0
    clicks.click("button", "Công bố 1 dòng hợp lệ")
    assert clicks.count <= 12
    (_, words, dossiers) = archive.newest_manifest(store)["uploads"]
    assert (words["table"], words["accepted"], dossiers["accepted"]) == ("alias", 2, 1)


def test_a_header_is_taught_and_published(page, address, tmp_path, store):
    """An indicator that only a header names is chosen once; then the column is taken, and nothing is asked again."""
    visit(page, address)
    clicks = Clicks(page)
    clicks.put(of_indicators(tmp_path / "a.csv", "Tháng 2 năm 2024"))
    assert page.get_by_role("heading", name="Tên cột chưa biết").is_visible()
    clicks.click("radio", "Là mục khác")
    clicks.choose("Là mục", "Tỷ lệ văn bản đi ký số, gửi điện tử")
    clicks.click("button", "Lưu 1 điều đã dạy")
    assert page.get_by_role("heading", name="Tên cột chưa biết").count() == 0
    clicks.click("button", "Công bố 4 dòng")
    assert clicks.count <= 6
    assert stored(store, "indicator_code, value") == [("S01", 80), (CODE, 55), ("S01", 70), (CODE, 45)]
    month = Clicks(page)
    month.put(of_indicators(tmp_path / "b.csv", "Tháng 3 năm 2024"))
    month.click("button", "Công bố 4 dòng")
    assert month.count == 2


def test_values_of_a_new_layout_are_said_once(page, address, store):
    """A list of districts is published with the index, the year and the criterion said for the whole file."""
    visit(page, address)
    clicks = Clicks(page)
    clicks.put(ROOT / "tests" / "awkward" / "index_totals_of_districts.csv")
    assert page.get_by_role("textbox", name="Năm của cả tệp").input_value() == "2024"
    clicks.click("button", "Dùng cho cả tệp")
    clicks.click("button", "Công bố 2 dòng hợp lệ")
    assert clicks.count <= 6
    upload = archive.newest_manifest(store)["uploads"][-1]
    assert (upload["table"], upload["accepted"], upload["rejected"]) == ("index_score", 2, 1)
