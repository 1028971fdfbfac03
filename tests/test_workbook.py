"""Workbooks as text cells, and every reason for a refusal."""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from ingest import Problem, Rejected
from ingest.reading import limits
from ingest.reading.workbook import Sheet, read_workbook

# Each workbook is read in a process of its own.
pytestmark = pytest.mark.slow

# small.xls: xlwt, with the result of one formula set to an error by hand; small.xlsb: pyxlsbwriter;
# password.xlsx: an empty table encrypted by msoffcrypto-tool.
FIXTURES = Path(__file__).parent / "fixtures"
ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">
<office:automatic-styles><style:style style:name="ta2" style:family="table">
<style:table-properties table:display="false"/></style:style></office:automatic-styles>
<office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"""


def xlsx(fill, **options) -> bytes:
    """An .xlsx with the cells that `fill(workbook)` writes."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, **options}) as workbook:
        fill(workbook)
    return file.getvalue()


def one_sheet(cells: dict[tuple[int, int], object]) -> bytes:
    """An .xlsx with one sheet of these cells."""

    def fill(workbook):
        sheet = workbook.add_worksheet("Hồ sơ")
        for (row, column), value in cells.items():
            sheet.write(row, column, value)

    return xlsx(fill)


def packed(parts: dict[str, str | bytes]) -> bytes:
    """A zip of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def changed(data: bytes, part: str, change) -> bytes:
    """The workbook with one part of its zip replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return packed(parts | {part: change(parts[part])})


def ods(tables: str, manifest: str = "") -> bytes:
    """An .ods with these tables."""
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return packed({"mimetype": kind, "META-INF/manifest.xml": f"<m>{manifest}</m>", "content.xml": ODS.format(tables)})


def ods_cell(kind: str, text: str, values: str = "") -> str:
    """A cell of an .ods."""
    return f'<table:table-cell office:value-type="{kind}" {values}><text:p>{text}</text:p></table:table-cell>'


def rows(sheet: Sheet) -> list[list[str | None]]:
    """The cells row by row."""
    return [list(row.values()) for row in sheet.cells.to_pylist()]


def refused(data: bytes) -> Problem:
    """The reason for which the data are refused."""
    with pytest.raises(Rejected) as caught:
        read_workbook(data, "hồ sơ.xlsx")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.severity) == ("hồ sơ.xlsx", 0, "reject")
    assert problem.hint and "{" not in problem.reason
    return problem


def test_each_kind_of_cell_becomes_text():
    def fill(workbook):
        sheet = workbook.add_worksheet("A")

        def write(column: int, value, picture: str):
            sheet.write(0, column, value, workbook.add_format({"num_format": picture}))

        for column, value in enumerate(["  x\ny ", 123, 63.512, 63.51, 1e-05, True, "007"]):
            sheet.write(0, column, value) if value != "007" else sheet.write_string(0, column, value)
        write(7, dt.datetime(2024, 5, 6, 7, 8, 9, 600_000), "dd/mm/yyyy hh:mm:ss")
        write(8, dt.date(2024, 5, 6), "dd/mm/yyyy")
        write(9, dt.time(7, 8, 9), "hh:mm:ss")
        write(10, dt.timedelta(hours=30), "[h]:mm:ss")
        write(11, 0.915, "0.0%")
        sheet.write_formula(0, 12, "=NA()", None, "#N/A")
        sheet.write_formula(0, 13, "=B1+1", None, 124)
        sheet.write_rich_string(0, 14, "đậm", workbook.add_format({"bold": True}), " nhạt")
        sheet.write_formula(1, 1, "=A9", None, "#REF!")

    (sheet,) = read_workbook(xlsx(fill), "a.xlsx")
    moments = ["2024-05-06 07:08:10", "2024-05-06", "07:08:09", "30:00:00"]
    plain = ["  x\ny ", "123", "63.5120", "63.51", "0.00001", "true", "007"]
    assert rows(sheet)[0] == [*plain, *moments, "91.5%", "#N/A", "124", "đậm nhạt"]
    assert rows(sheet)[1][:3] == [None, "#REF!", None]


def test_rows_and_columns_are_counted_from_the_corner():
    (sheet,) = read_workbook(one_sheet({(2, 1): "B3", (4, 3): "D5"}), "a.xlsx")
    assert sheet.cells.column_names == ["c0", "c1", "c2", "c3"]
    assert rows(sheet)[2] == [None, "B3", None, None]
    assert rows(sheet)[4] == [None, None, None, "D5"]
    assert len(rows(sheet)) == 5


def test_many_batches_keep_their_order():
    (sheet,) = read_workbook(one_sheet({(row, row % 100): row for row in range(5000)}), "a.xlsx")
    cells = sheet.cells.to_pydict()
    assert all(cells[f"c{row % 100}"][row] == str(row) for row in range(5000))
    assert sum(len(column) - column.count(None) for column in cells.values()) == 5000


def test_sheets_merged_cells_and_charts():
    def fill(workbook):
        first, empty, hidden = (workbook.add_worksheet(name) for name in ("Một & 1", "Trống", "Ẩn"))
        first.merge_range(0, 1, 1, 3, "gộp")
        hidden.write(0, 0, "x")
        hidden.hide()
        chart = workbook.add_chart({"type": "line"})
        chart.add_series({"values": "=Trống!$A$1:$A$2"})
        workbook.add_chartsheet("Biểu đồ").set_chart(chart)
        empty.set_column(0, 3, 20)

    sheets = read_workbook(xlsx(fill), "a.xlsx")
    assert [(sheet.name, sheet.hidden) for sheet in sheets] == [("Một & 1", False), ("Ẩn", True)]
    assert sheets[0].merged == ((0, 1, 1, 3),)
    assert rows(sheets[0])[0][:2] == [None, "gộp"]


def test_1904():
    def fill(workbook):
        workbook.add_worksheet().write(0, 0, dt.date(2024, 5, 6), workbook.add_format({"num_format": "dd/mm/yyyy"}))

    for date1904 in (False, True):
        (sheet,) = read_workbook(xlsx(fill, date_1904=date1904), "a.xlsx")
        assert (rows(sheet), sheet.date1904) == ([["2024-05-06"]], date1904)


def test_xls():
    data = (FIXTURES / "small.xls").read_bytes()
    first, hidden = read_workbook(data, "a.xls")
    moments = ["2024-05-06 07:08:09", "2024-05-06", "07:08:09"]
    assert rows(first) == [
        [None] * 8,
        [None, "Đã trả", "123", "63.5120", "true", *moments],
        [None, "gộp", *[None] * 6],
        [None, "#N/A", "#DIV/0!", *[None] * 5],
    ]
    assert (first.name, first.merged, first.hidden, hidden.hidden) == ("Hồ sơ", ((2, 1, 2, 3),), False, True)
    assert not first.date1904
    in_1904 = data.replace(b"\x22\x00\x02\x00\x00\x00", b"\x22\x00\x02\x00\x01\x00")
    first, _ = read_workbook(in_1904, "a.xls")
    assert (first.date1904, rows(first)[1][6]) == (True, "2028-05-07")


def test_xlsb():
    first, hidden = read_workbook((FIXTURES / "small.xlsb").read_bytes(), "a.xlsb")
    assert rows(first) == [
        ["mã", "số", "ngày", "đúng"],
        ["HS-01", "63.5120", "2024-05-06", "true"],
        ["HS-02", "12", "2024-05-06 07:08:09", None],
    ]
    assert (first.name, first.hidden, hidden.name, hidden.hidden) == ("Hồ sơ", False, "Ẩn", True)


def test_xlsb_error_and_far_cell(monkeypatch):
    data = (FIXTURES / "small.xlsb").read_bytes()
    # The boolean in D2 (BrtCellBool) becomes an error (BrtCellError).
    error = changed(
        data,
        "xl/worksheets/sheet1.bin",
        lambda part: re.sub(
            rb"\x04\x09(\x03\0\0\0.{4})\x01", lambda cell: b"\x03\x09" + cell[1] + b"\x2a", part, flags=re.DOTALL
        ),
    )
    assert rows(read_workbook(error, "a.xlsb")[0])[1][3] == "#N/A"

    monkeypatch.setattr(limits, "CELLS", 4_000_000)
    row = re.compile(rb"(?<=\x00\x19)\x02\x00\x00\x00")
    far = changed(data, "xl/worksheets/sheet1.bin", lambda part: row.sub(struct.pack("<I", 1_048_575), part))
    problem = refused(far)
    assert (problem.rule, "D1048576" in problem.reason) == ("workbook_far_cell", True)


def test_xlsb_percent_and_hidden_rows():
    data = (FIXTURES / "small.xlsb").read_bytes()
    # The first cell style (BrtXF) gets the built-in format 10, 0.00%.
    styles = re.compile(rb"(?<=\x2f\x10)\0\0\0\0(?=\0{8}\x10\x10\0\0)")
    percent = changed(data, "xl/styles.bin", lambda part: styles.sub(b"\0\0\x0a\0", part))
    assert rows(read_workbook(percent, "a.xlsb")[0])[1:] == [
        ["HS-01", "6351.2%", "2024-05-06", "true"],
        ["HS-02", "1200%", "2024-05-06 07:08:09", None],
    ]
    # BrtRowHdr of the third row, height zero; BrtColInfo of the second column, hidden.
    row, column = (
        re.compile(rb"(\x00\x19\x02\0\0\0.{7})\0", re.DOTALL),
        re.compile(rb"(\x01\0\0\0\x01\0\0\0.{8})\x02", re.DOTALL),
    )
    hidden = changed(
        data,
        "xl/worksheets/sheet1.bin",
        lambda part: column.sub(lambda old: old[1] + b"\x03", row.sub(lambda old: old[1] + b"\x10", part)),
    )
    sheet = read_workbook(hidden, "a.xlsb")[0]
    assert (sheet.hidden_rows, sheet.hidden_columns) == (((2, 2),), ((1, 1),))


def test_xls_formulas_without_a_result():
    data = (FIXTURES / "small.xls").read_bytes()
    # The result of the only formula is an error (type 2); it becomes empty (type 3), as programs that do not calculate
    # write it.
    error = re.compile(rb"\x02(?=\0.\0{3}\xff\xff)", re.DOTALL)
    assert rows(read_workbook(error.sub(b"\x03", data), "a.xls")[0])[3][1:3] == ["#N/A", "#CHƯA TÍNH"]


def test_formats_that_change_no_value():
    def fill(workbook):
        sheet = workbook.add_worksheet("A")
        for column, (value, picture) in enumerate(
            [(0.5, "0.00"), (1234.5, "#,##0.00"), (0, '_-* #,##0_-;_-* "-"_-'), (5, '0" ngày"'), (0.25, "# ?/?")]
        ):
            sheet.write(0, column, value, workbook.add_format({"num_format": picture}))

    assert rows(read_workbook(xlsx(fill), "a.xlsx")[0]) == [["0.5", "1234.5", "0", "5", "0.25"]]


def test_ods():
    cells = [
        "<table:table-cell/>",
        ods_cell("string", 'một<text:s text:c="2"/>hai</text:p><text:p>ba'),
        ods_cell("float", "63,51", 'office:value="63.512"'),
        ods_cell("percentage", "91,5%", 'office:value="0.915"'),
        ods_cell("boolean", "TRUE", 'office:boolean-value="true"'),
        ods_cell("date", "06/05/2024", 'office:date-value="2024-05-06"'),
        ods_cell("date", "06/05/2024", 'office:date-value="2024-05-06T07:08:09.6"'),
        ods_cell("time", "07:08", 'office:time-value="PT07H08M09S"'),
        ods_cell("time", "30:08", 'office:time-value="PT30H08M09S"'),
        ods_cell("string", "#N/A", 'office:string-value="" calcext:value-type="error"'),
        ods_cell("float", "#DIV/0!", 'office:value="0" calcext:value-type="error"'),
        '<table:table-cell table:number-columns-repeated="16373"/>',
    ]
    empty = '<table:table-row table:number-rows-repeated="{}"><table:table-cell table:number-columns-repeated="16384"/>'
    empty += "</table:table-row>"
    first = empty.format(2) + f"<table:table-row>{''.join(cells)}</table:table-row>" + empty.format(1_048_573)
    second = f"<table:table-row>{ods_cell('string', 'x')}</table:table-row>"
    data = ods(
        f'<table:table table:name="Một">{first}</table:table>'
        f'<table:table table:name="Ẩn" table:style-name="ta2">{second}</table:table>'
    )
    sheet, hidden = read_workbook(data, "a.ods")
    moments = ["2024-05-06", "2024-05-06 07:08:10", "07:08:09", "30:08:09"]
    line = [None, "một  hai\nba", "63.5120", "91.5%", "true", *moments, "#N/A", "#DIV/0!"]
    assert rows(sheet) == [[None] * 11, [None] * 11, line]
    assert (sheet.name, sheet.hidden, hidden.name, hidden.hidden) == ("Một", False, "Ẩn", True)


def test_ods_far_cell():
    skipped = '<table:table-row table:number-rows-repeated="1048575"><table:table-cell/></table:table-row>'
    last = f'<table:table-row><table:table-cell table:number-columns-repeated="16383"/>{ods_cell("string", "x")}'
    problem = refused(ods(f'<table:table table:name="A">{skipped}{last}</table:table-row></table:table>'))
    assert (problem.rule, "XFD1048576" in problem.reason) == ("workbook_far_cell", True)


def test_far_cell_is_named():
    problem = refused(one_sheet({(0, 0): "mã", (1_048_575, 16_383): "x"}))
    assert (problem.rule, problem.sheet) == ("workbook_far_cell", "Hồ sơ")
    assert "“Hồ sơ” dài tới ô XFD1048576: 1.048.576 hàng × 16.384 cột" in problem.reason
    assert "Ctrl+End" in problem.hint


def test_a_far_cell_without_content_does_no_harm():
    def fill(workbook):
        sheet = workbook.add_worksheet()
        sheet.write(0, 0, "mã")
        sheet.write_blank(1_048_575, 16_383, None, workbook.add_format({"bold": True}))

    assert rows(read_workbook(xlsx(fill), "a.xlsx")[0]) == [["mã"]]


def test_a_false_dimension_and_cells_without_address():
    data = one_sheet({(0, 0): "mã", (1, 0): 5})
    part = "xl/worksheets/sheet1.xml"
    false = changed(data, part, lambda xml: re.sub(rb'(?<=dimension ref=")[^"]+', b"A1:XFD1048576", xml))
    bare = changed(data, part, lambda xml: re.sub(rb'(<c|<row) r="\w+"', rb"\1", xml))
    prefixed = changed(data, part, lambda xml: re.sub(rb"<(/?)c\b", rb"<\1c", xml))
    for variant in (false, bare, prefixed):
        assert rows(read_workbook(variant, "a.xlsx")[0]) == [["mã"], ["5"]]


def test_too_many_columns_rows_sheets(monkeypatch):
    problem = refused(one_sheet({(0, limits.COLUMNS): "x"}))
    assert (problem.rule, "ô SG1" in problem.reason) == ("workbook_too_many_columns", True)
    monkeypatch.setattr(limits, "ROWS", 10)
    assert refused(one_sheet({(10, 0): "x"})).rule == "workbook_too_many_rows"
    assert len(rows(read_workbook(one_sheet({(9, 0): "x"}), "a.xlsx")[0])) == 10
    monkeypatch.setattr(limits, "SHEETS", 2)
    data = xlsx(lambda workbook: [workbook.add_worksheet() for _ in range(3)])
    assert refused(data).rule == "workbook_too_many_sheets"


def test_long_cell_and_too_much_text(monkeypatch):
    monkeypatch.setattr(limits, "CELL_CHARACTERS", 10)
    problem = refused(one_sheet({(0, 0): "ạ" * 10, (6, 2): "ạ" * 11}))
    assert (problem.rule, "ô C7" in problem.reason) == ("workbook_long_cell", True)
    monkeypatch.setattr(limits, "TEXT_BYTES", 50)
    assert refused(one_sheet({(row, 0): "x" for row in range(50)})).rule == "workbook_too_much_text"


def test_passwords():
    assert refused((FIXTURES / "password.xlsx").read_bytes()).rule == "workbook_password"
    # The CODEPAGE record of the .xls becomes FILEPASS.
    xls = (FIXTURES / "small.xls").read_bytes().replace(b"\x42\x00\x02\x00", b"\x2f\x00\x02\x00", 1)
    assert refused(xls).rule == "workbook_password"
    assert refused(ods("", "<manifest:encryption-data/>")).rule == "workbook_password"
    locked = bytearray(one_sheet({(0, 0): "x"}))
    for place in [found.start() for found in re.finditer(b"PK\x01\x02", locked)]:
        locked[place + 8] |= 1
    problem = refused(bytes(locked))
    assert (problem.rule, "mật khẩu" in problem.reason) == ("workbook_password", True)


def declaring(data: bytes, size: int, part: str) -> bytes:
    """The zip with a false unpacked size of this part in its directory."""
    data = bytearray(data)
    for place in [found.start() for found in re.finditer(b"PK\x01\x02", data)]:
        if data[place + 46 :].startswith(part.encode()):
            struct.pack_into("<I", data, place + 24, size)
    return bytes(data)


def test_bombs(monkeypatch):
    parts = [f"xl/worksheets/sheet{number}.xml" for number in (1, 2, 3)]
    bomb = packed({"xl/workbook.xml": "<x/>", **dict.fromkeys(parts, bytes(1024**2))})
    assert len(bomb) < 1024**2
    for part in parts:
        bomb = declaring(bomb, 3_600_000_000, part)
    problem = refused(bomb)
    assert (problem.rule, "10,1 GB" in problem.reason) == ("workbook_bomb", True)

    # The part declares a small size: only that much is unpacked, and the checksum does not match.
    small = changed(one_sheet({(0, 0): "x"}), parts[0], lambda _: bytes(20 * 1024**2))
    assert refused(declaring(small, 1000, parts[0])).rule == "workbook_broken"
    monkeypatch.setattr(limits, "UNPACKED_RATIO_FROM", 10 * 1024**2)
    assert refused(small).rule == "workbook_bomb"
    monkeypatch.setattr(limits, "ENTRIES", 3)
    assert refused(one_sheet({(0, 0): "x"})).rule == "workbook_bomb"


def test_broken_workbooks():
    data = one_sheet({(row, column): f"{row * column} hồ sơ" for row in range(200) for column in range(5)})
    xls = (FIXTURES / "small.xls").read_bytes()
    part = "xl/worksheets/sheet1.xml"
    flipped = bytearray(data)
    place = data.index(part.encode()) + len(part) + 200
    flipped[place] ^= 0xFF
    broken = [
        data[: len(data) // 2],
        data[:40],
        bytes(flipped),
        b"PK\x03\x04" + b"junk" * 100,
        xls[:600],
        xls[:3000],
        changed(data, part, lambda xml: xml[: len(xml) // 2]),
        changed(data, "xl/workbook.xml", lambda _: b"junk"),
        ods("<table:table>"),
        changed(
            ods(f"<table:table><table:table-row>{ods_cell('string', 'x')}</table:table-row></table:table>"),
            "content.xml",
            lambda xml: xml[:-30],
        ),
    ]
    assert [refused(each).rule for each in broken] == ["workbook_broken"] * len(broken)


def test_what_is_not_a_workbook():
    for data in (b"", b"abc", "mã,số\n1,2\n".encode(), b"<html><table></table></html>", b"%PDF-1.7"):
        assert refused(data).rule == "workbook_not_workbook"
    word = refused(packed({"word/document.xml": "<x/>"}))
    assert (word.rule, "Word" in word.reason) == ("workbook_other", True)
    assert "zip" in refused(packed({"a.csv": "1,2"})).reason
    assert refused(packed({})).rule == "workbook_other"


def test_empty_workbook():
    assert refused(xlsx(lambda workbook: workbook.add_worksheet())).rule == "workbook_empty"


@pytest.fixture
def children(monkeypatch) -> list[subprocess.Popen]:
    """All child processes that were started."""
    started, start = [], subprocess.Popen

    def remember(*arguments, **options):
        started.append(start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", remember)
    return started


def test_time_out_leaves_no_child(monkeypatch, children):
    monkeypatch.setattr(limits, "WORKBOOK_SECONDS", 0.01)
    problem = refused(one_sheet({(0, 0): "x"}))
    assert problem.rule == "workbook_time_out"
    assert [child.returncode is not None for child in children] == [True]


@pytest.mark.skipif("sys.platform != 'linux'")
def test_out_of_memory_ends_only_the_child(monkeypatch, children):
    monkeypatch.setattr(limits, "WORKBOOK_MEMORY", 1024**3)
    problem = refused(one_sheet({(0, 0): "x", (1_000_000, 37): "x"}))
    assert (problem.rule, "1,0 GB" in problem.reason) == ("workbook_out_of_memory", True)
    assert [child.returncode is not None for child in children] == [True]


def test_a_large_file_to_a_child_that_refuses_early(children):
    # More data than a pipe holds: the feeder must not wait for a dead child.
    assert refused(b"PK\x03\x04" + bytes(20 * 1024**2)).rule == "workbook_broken"
    assert children[0].returncode is not None
