"""Which rows of a file are data; every row left out is listed, and the rows add up."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from ingest import Rejected
from ingest.__main__ import main
from ingest.reading import look as reading
from ingest.reading import text
from ingest.reading.look import load, look_at
from tests.known import knowing
from tests.small import quickly_built

KPI = "Đơn vị;Kỳ;S01;S08\n"


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A connection with the reference data, and two communes whose names begin like totals."""
    with knowing(tmp_path_factory.mktemp("rows") / "store") as connection:
        for code, name in (("CH1", "Cộng Hòa"), ("TC1", "Tổng Cọt"), ("TB1", "Trung Bình")):
            connection.execute(
                f"""INSERT INTO shipped_unit BY NAME SELECT * REPLACE ('{code}' AS unit_code, '{name}' AS name,
                'Xã {name}' AS full_name) FROM shipped_unit WHERE unit_code = '23059' LIMIT 1"""
            )
        yield connection


def read(connection, content: str, name: str = "tệp.csv"):
    return load(connection, look_at(content.encode(), name))


def units(connection) -> list[str]:
    return [unit for (unit,) in connection.execute("SELECT DISTINCT unit_code FROM raw ORDER BY 1").fetchall()]


@pytest.mark.parametrize("name", ["Cộng Hòa", "Tổng Cọt", "xã TRUNG BÌNH", "CH1", "UBND xã Tổng Cọt"])
@pytest.mark.parametrize(
    "form", ["Đơn vị;Kỳ;S01;S08\n{};03/2024;60;\n", "Đơn vị;Kỳ;Mã chỉ tiêu;Giá trị\n{};03/2024;S01;60\n"]
)
def test_a_row_of_a_known_unit_is_data(known, name, form):
    """Whatever words the name of a commune begins with."""
    source = read(known, form.format(name))
    assert (source.rows, source.skipped, units(known)) == (1, {}, [name])


def test_the_same_words_are_totals_where_no_unit_has_the_name(known):
    source = read(
        known, KPI + "Ma Lâm;03/2024;1;2\nCộng;03/2024;1;2\nTổng số xã;03/2024;1;2\nTrung bình cụm;03/2024;1;2\n"
    )
    assert (source.rows, source.skipped) == (1, {"dòng tổng": 3})


def test_totals_in_a_column_of_names(known):
    """A list of fields may have a total; the name of a field that begins like one is no total."""
    form = "UBND xã Hàm Đức\nKỳ: Quý I/2024\nLĩnh vực,Nhận giải quyết,Đã giải quyết,Đang giải quyết\nĐất đai,3,2,1\n"
    assert read(known, form + "Tổng cộng,3,2,1\n").skipped == {"dòng tổng": 1}
    assert read(known, form + "Tổng hợp,3,2,1\n").rows == 2


def test_units_of_measurement_below_the_header(known):
    """A row under the header that repeats its merged cells is no other header; a moved column is."""
    assert read(known, KPI + "Đơn vị;Kỳ;%;điểm\nMa Lâm;03/2024;1;2\n").skipped == {"dòng lặp lại tiêu đề": 1}
    for other in ("Đơn vị;Kỳ;S08;S01", "Đơn vị;S01;Kỳ;S08"):
        with pytest.raises(Rejected, match="một dòng tiêu đề nữa"):
            read(known, KPI + other + "\nMa Lâm;03/2024;1;2\n")


def test_sums_and_means_are_no_communes(known):
    """A row of no known unit whose values are the sums of those above is left out; one that differs is not."""
    above = KPI + "Hàm Đức;03/2024;10;20\nMa Lâm;03/2024;20;40\n"
    for row in ("Khối xã;03/2024;30;60", ";03/2024;15;30"):
        assert read(known, f"{above}{row}\n").skipped == {"dòng bằng tổng hoặc trung bình các dòng trên": 1}
    for row in ("Khối xã;03/2024;30;61", "Xã Lạ;03/2024;30;60", "Khối xã;03/2024;30;", "La Dạ;03/2024;30;60"):
        source = read(known, f"{above}{row}\n")
        assert (source.rows, source.skipped) == (3, {})


def test_small_numbers_are_no_numbers_of_columns(known):
    """Only numbers that count on are."""
    source = read(known, "TT;Đơn vị;Kỳ;S01;S08\n1;23092;2024;1;2\n")
    assert (source.rows, source.skipped) == (1, {})
    form = "UBND xã Hàm Đức\nLĩnh vực,Nhận giải quyết,Đã giải quyết,Đang giải quyết\n{}\nĐất đai,3,2,1\n"
    for row, rows in (("1,2,3,4", 1), ("12,5,3,2", 2), ("2,1,0,1", 2)):
        assert read(known, "Kỳ: Quý I/2024\n" + form.format(row)).rows == rows


def test_every_row_left_out_is_listed(known):
    """With its line, its text and the reason."""
    source = read(
        known, f"Kỳ báo cáo: Quý I/2024\n\n{KPI}I;Cụm miền núi\n;;;\nMa Lâm;03/2024;1;2\nToàn huyện;03/2024;1;2\n"
    )
    assert [tuple(row.values()) for row in source.left_out.to_pylist()] == [
        ("", 1, "Kỳ báo cáo: Quý I/2024", "dòng trên tiêu đề"),
        ("", 4, "I · Cụm miền núi", "dòng tổng"),
        ("", 5, "", "dòng trống"),
        ("", 7, "Toàn huyện · 03/2024 · 1 · 2", "dòng tổng"),
    ]


def test_the_list_shows_no_personal_data(known):
    """Neither from personal columns nor from cells that were shifted out of them."""
    header = "Mã hồ sơ,Đơn vị giải quyết,Mã TTHC,Trạng thái hồ sơ,Ngày tiếp nhận,Chủ hồ sơ,Số điện thoại\n"
    data = "H11.16.01-240304-0001,Ma Lâm,1.001193,Đang xử lý,04/03/2024 08:00,Trần Thị Bưởi,0912345678\n"
    left = [
        ",,,,,Nguyễn Văn Tèo,0912345678",
        "Nguyễn Văn Tèo,,,,,,",
        "Cà Thị Mận,,,,,,",
        "Nhóm 0912 345 678,,,,,,",
        "Người lập: NGUYỄN VĂN TÈO,,,,,,",
        "CCCD 012345678901,,,,,,",
    ]
    source = read(known, "Lập ngày: Lê Văn Ổi 0912.345.678\n" + header + data + "\n".join(left) + "\n")
    said = str(source.left_out.to_pydict())
    assert source.left_out.num_rows + source.rows == 8
    for word in ("Tèo", "TÈO", "Mận", "Ổi", "345", "0123"):
        assert word not in said


def test_the_list_shows_no_personal_data_of_a_form(known):
    """A form has no personal columns; its titles and notes are read like every other text that is kept."""
    notes = (
        "Người lập;Kiều Thị Lan",
        "Trần Hải;;",
        "Liên hệ: lan.kieu@example.vn",
        "Nhà số 5 thôn 2;;",
        "0252 3812 345;;",
    )
    source = read(known, "\n".join(f"{note};" for note in notes) + f"\n{KPI}Ma Lâm;03/2024;1;2\n;;;\n")
    said = str(source.left_out["text"].to_pylist())
    assert source.left_out.num_rows == 6
    assert not [word for word in ("Lan", "Hải", "@", "thôn 2", "3812") if word in said], said
    assert "Người lập" in said


def test_a_row_that_is_lost_is_an_error(known, monkeypatch):
    """Header, data, left out and refused add up to the rows of the file, or the reading fails."""
    content = KPI + "Ma Lâm;03/2024;1;2\nToàn huyện;03/2024;1;2\n"
    read(known, content)
    whole = reading._left_out
    monkeypatch.setattr(reading, "_left_out", lambda seen, kinds: whole(seen, kinds).slice(1))
    with pytest.raises(AssertionError, match="3 rows"):
        read(known, content)


def test_a_line_that_is_lost_is_an_error(monkeypatch):
    """Every line of a text is blank or part of a record."""
    content = 'a,b\n\n1,"x\ny"\n2,z\n'
    assert text.read_text(content, "tệp.csv").cells.num_rows == 3
    whole = text._by_layout

    def without_last(data, dialect, layout, name):
        for part in whole(data, dialect, layout, name):
            yield text._Part(part.table.slice(0, 2), part.lines[:2], part.widths[:2])

    monkeypatch.setattr(text, "_by_layout", without_last)
    with pytest.raises(AssertionError, match="5 lines, 2 records, 1 blank"):
        text.read_text(content, "tệp.csv")


def test_unpaired_quotes_are_found_by_both_ways_of_reading():
    """In a text with quoted cells by csv, in one without by Arrow; inches and doubled quotes are not unpaired."""
    rows = ['a,"b, c",d', 'x,y"z,1', '5" x,27",2', '"q""r",s,3', 'n"m"o,p,4']
    assert text.read_text("m,n,o\n" + "\n".join(rows) + "\n", "tệp.csv").loose == (3,)
    bare = ['x,y"z,1', '5" x,27",2', 'n"m"o,p,4']
    assert text.read_text("m,n,o\n" + "\n".join(bare) + "\n", "tệp.csv").loose == (2,)
    many = "m,n,o\n" + "a,b,c\n" * 5000 + 'x,y"z,1\n' + '"k, l",b,c\n'
    assert text.read_text(many, "tệp.csv").loose == (5002,)
    assert np.array_equal(text.read_text(many, "tệp.csv").lines.to_numpy(), np.arange(1, 5004))


def test_the_command_line_lists_what_is_left_out(tmp_path, capsys, monkeypatch):
    """`look` and `publish` name the rows and write all of them to the file that --skipped names."""
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    file, target = tmp_path / "kpi.csv", tmp_path / "dong-bo.csv"
    totals = "".join(f"Cộng cụm {number};03/2024;1;2\n" for number in range(30))
    file.write_text(KPI + "Ma Lâm;03/2024;61;2\n" + totals, encoding="utf-8")
    for command in ("look", "publish"):
        (tmp_path / command).mkdir()
        target.unlink(missing_ok=True)
        with quickly_built(tmp_path / command):
            assert main([command, str(file), "--skipped", str(target)]) == 0
        assert "30 dòng không tính là số liệu" in capsys.readouterr().err
        with target.open(encoding="utf-8-sig", newline="") as written:
            rows = list(csv.reader(written))
        assert rows[0] == ["Tệp", "Dòng", "Nội dung", "Lý do"]
        assert rows[1] == ["kpi.csv", "3", "Cộng cụm 0 · 03/2024 · 1 · 2", "dòng tổng"] and len(rows) == 31


def test_an_indicator_in_two_columns_names_both(known):
    with pytest.raises(Rejected) as refused:
        read(known, "Đơn vị;Kỳ;S01;s01\nMa Lâm;03/2024;61;62\n")
    (problem,) = refused.value.problems
    assert (problem.rule, problem.line, problem.column) == ("repeated_indicator", 1, "S01, s01")
