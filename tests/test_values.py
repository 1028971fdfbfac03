"""The meaning of offices' texts: every expected value is written by hand."""

from __future__ import annotations

import csv
import unicodedata
from datetime import datetime

import duckdb
import pytest

from ingest.reading.codes import read_code
from ingest.reading.values import (
    Words,
    clean,
    day_first_sql,
    fold,
    labels,
    moment_sql,
    month_first_sql,
    null_sql,
)
from ingest.schema import REFERENCE, tables


@pytest.fixture(scope="module")
def connection():
    connection = duckdb.connect()
    for name in ("unit", "procedure", "indicator", "field", "late_cause", "score_index", "criterion", "alias"):
        path = REFERENCE / f"{name}.csv"
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_csv('{path}', all_varchar=true, header=true)")
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def convert(connection):
    words = Words(connection)

    def convert(place, texts, decimal=""):
        table, _, name = place.partition(".")
        column = next(column for column in tables()[table].columns if column.name == name)
        return words.convert(tables()[table], column, texts, decimal)

    return convert


def sql_value(connection, expression):
    return connection.execute(f"SELECT {expression}").fetchone()[0]


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


HALF_NFD = "UBND xã " + unicodedata.normalize("NFD", "Hàm") + " Đức"


def test_clean_and_fold():
    assert clean("\ufeff Xã\u00a0Hàm\u200b  Đức\u00ad\r\n") == "Xã Hàm Đức"
    assert fold("UBND Xã Ðông-Giang (TT.)") == "ubnd xa dong giang tt"
    assert fold(HALF_NFD) == "ubnd xa ham duc"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("23092", "23092"),
        ("23092.0", "23092"),
        ("Hàm Đức", "23092"),
        ("HAM DUC", "23092"),
        (HALF_NFD, "23092"),
        ("UBND xã Xã Hàm Đức", "23092"),
        ("Ủy ban nhân dân xã Hàm Đức", "23092"),
        ("X. Hàm Đức", "23092"),
        ("xã Hàm Đức, huyện Hàm Thuận Bắc", "23092"),
        ("UBND xã Hàm Đức - huyện Hàm Thuận Bắc - tỉnh Bình Thuận", "23092"),
        ("Bộ phận Một cửa xã Hàm Đức", "23092"),
        ("Bộ phận Tiếp nhận và trả kết quả UBND xã Hàm Đức", "23092"),
        ("UBND xã Hàm Đức (23092)", "23092"),
        ("23092 - Hàm Đức", "23092"),
        ("TT. Ma Lâm", "23059"),
        ("UBND TT Phú Long", "23062"),
        ("Ðông Giang", "23074"),
        ("Hàm Thắng", "23104"),
        ("Phường Hàm Thắng", "22933"),
        ("Thuận Hoà", "23071"),
        ("Huyện Hàm Thuận Bắc", "597"),
        ("UBND huyện Hàm Thuận Bắc", "597"),
        ("Hàm Thuận Bắc", "597"),
        ("Xã Hàm Thuận Bắc", "23089"),
        ("UBND huyện", "597"),
        ("Bộ phận Một cửa huyện", "597-MC"),
        ("Một cửa", "597-MC"),
        ("Bộ phận Một cửa huyện Hàm Thuận Bắc", "597-MC"),
        ("Bộ phận TN&TKQ UBND huyện Hàm Thuận Bắc", "597-MC"),
        ("597-mc", "597-MC"),
        ("Chi nhánh VPĐKĐĐ", "597-DD"),
        ("Chi nhánh Văn phòng Đăng ký đất đai huyện Hàm Thuận Bắc", "597-DD"),
        ("Văn phòng đăng ký đất đai", "597-DD"),
    ],
)
def test_units_by_any_name(convert, text, code):
    assert convert("dossier.unit_code", [text])[text].value == code


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Hàm Đứcc", "Không có đơn vị này. Có phải “Hàm Đức” (23092)?"),
        ("Xã Ma Lâm", "Có phải “Ma Lâm” (23059)?"),
        ("Văn phòng đăng ký đất đai tỉnh Bình Thuận", "Không có đơn vị này."),
        ("Bộ phận một cửa huyện Tuy Phong", "Không có đơn vị này."),
        ("Tỉnh Bình Thuận", "không phải loại đơn vị của cột này"),
        ("99999", "Không có đơn vị này."),
        ("Phòng Tài nguyên và Môi trường", "Không có đơn vị này."),
    ],
)
def test_unknown_units_are_doubts(convert, text, says):
    found = convert("dossier.unit_code", [text])[text]
    assert found.value is None and says in found.doubt


def test_kinds_follow_from_the_column(convert):
    found = convert("index_score.district_code", ["Phan Thiết", "TP. Phan Thiết", "Hàm Đức"])
    assert [unit.value for unit in found.values()] == ["593", "593", None]
    assert "Xã Hàm Đức" in found["Hàm Đức"].doubt
    assert convert("kpi_value.unit_code", ["Toàn huyện"])["Toàn huyện"].value is None
    assert convert("kpi_value.unit_code", ["Huyện Hàm Thuận Bắc"])["Huyện Hàm Thuận Bắc"].value == "597"


@pytest.mark.parametrize(
    ("place", "text", "value"),
    [
        ("dossier.procedure_code", "1.003003", "1.003003"),
        ("dossier.procedure_code", "1.003003.000.00.00.H11", "1.003003"),
        ("dossier.procedure_code", "1,003003", "1.003003"),
        ("dossier.procedure_code", "CẤP GIẤY CHỨNG NHẬN CHO NGƯỜI ĐÃ ĐĂNG KÝ QUYỀN SỬ DỤNG ĐẤT LẦN ĐẦU", "1.002273"),
        ("dossier.procedure_code", "1.999999", None),
        ("kpi_value.indicator_code", "s01", "S01"),
        ("kpi_value.indicator_code", "Hồ sơ trên mạng", "S01"),
        ("kpi_value.indicator_code", "Truyền thanh thông minh", "S10"),
        ("dossier.late_cause", "n5", "N5"),
        ("dossier.late_cause", "Quá tải, thiếu nhân lực", "N1"),
        ("dossier.late_cause", "Lỗi hệ thống", "N5"),
        ("dossier.late_cause", "-", None),
        ("index_score.index_code", "CĐS", "dti"),
        ("index_score.index_code", "766", "service"),
        ("index_score.index_code", "PAR Index", "par"),
        ("index_score.criterion_code", "Tổng cộng", "total"),
        ("index_score.criterion_code", "Thể chế", "institution"),
        ("index_score.criterion_code", "Tiêu chí lạ", "Tiêu chí lạ"),
        ("index_score.criterion_code", "Chính quyền số", None),
        ("index_score.published_class", "TỐT", "good"),
        ("initiative.kind", "Mô hình", "pilot"),
        ("indicator.kind", "Báo cáo", "reported"),
        ("dossier_step.tier", "Cấp huyện", "district"),
        ("procedure.service_level", "Mức độ 4", "full"),
        ("procedure.field_code", "đất đai", "LAND"),
        ("dossier.state", "Đang giải quyết", "processing"),
        ("dossier.state", "ĐÃ TRẢ KẾT QUẢ", "returned"),
        ("dossier.state", "Yêu cầu thực hiện nghĩa vụ tài chính", "fee_requested"),
        ("dossier.state", "returned", "returned"),
        ("dossier.state", "very_satisfied", None),
        ("dossier.channel", "BCCI", "postal"),
        ("dossier.channel", "#N/A", None),
        ("dossier.online_payment", "none", "none"),
        ("dossier.rating", "Rất hài lòng", "very_satisfied"),
        ("dossier.complaint", "Có", "true"),
        ("dossier.complaint", "X", "true"),
        ("dossier.complaint", "✓", "true"),
        ("dossier.complaint", "0", "false"),
        ("dossier.complaint", "1.0", "true"),
        ("dossier.complaint", "Không", "false"),
        ("dossier.complaint", "Có lẽ", None),
    ],
)
def test_words(convert, place, text, value):
    assert convert(place, [text])[text].value == value


def test_doubts_of_words(convert):
    assert convert("dossier.channel", ["Trực tuyế"])["Trực tuyế"].doubt == "Không hiểu từ này. Có phải “Trực tuyến”?"
    assert "Không, Qua Cổng DVCQG" in convert("dossier.online_payment", ["zzz"])["zzz"].doubt
    assert convert("dossier.channel", ["--"])["--"].doubt == ""
    assert (
        convert("dossier.procedure_code", ["2.00088"])["2.00088"].doubt == "Không có thủ tục này. Có phải “2.000880”?"
    )


def test_state_numbers_only_where_all_are_numbers_of_the_list(convert):
    good = convert("dossier.state", ["4", "10", "9.0", ""])
    assert [found.value for found in good.values()] == ["processing", "returned", "processed", None]
    for texts in (["4", "19"], ["4", "Đã trả kết quả"], ["0", "1"]):
        found = convert("dossier.state", texts)
        assert found[texts[0]].value is None and "đánh số" in found[texts[0]].doubt
    assert convert("dossier.channel", ["1", "3"])["3"].value == "postal"
    assert convert("dossier.online_payment", ["0", "2"])["2"].value == "agency_gateway"


@pytest.mark.parametrize(
    ("texts", "decimal", "values"),
    [
        (["12,5 %", "1.234"], "", ["12.5", "1234"]),
        (["12.5", "1.234"], "", ["12.5", "1.234"]),
        (["1.234,5"], "", ["1234.5"]),
        (["1,234.5"], "", ["1234.5"]),
        (["1.234.567", "1,250"], "", ["1234567", "1.250"]),
        (["1 234,5", "1\u00a0234"], "", ["1234.5", "1234"]),
        (["1.234"], "", [None]),
        (["1.234"], ",", ["1234"]),
        (["1.234"], ".", ["1.234"]),
        (["1.234", "0,5", "0.5"], ",", [None, "0.5", "0.5"]),
        (["0.123"], "", ["0.123"]),
        (["1234.567"], "", ["1234.567"]),
        (["-7", "−7", "+7"], "", ["-7", "-7", "7"]),
        ([",5", "1.5e-05"], "", ["0.5", "0.000015"]),
        (["1.23.4", "mười", "12 ngày", "1,23,456", "nan"], "", [None] * 5),
    ],
)
def test_numbers(convert, texts, decimal, values):
    found = convert("kpi_value.value", texts, decimal)
    assert [found[text].value for text in texts] == values


def test_whole_numbers(convert):
    texts = ["1.234", "1,234", "3.0", "3,00", "2,5", "7"]
    found = convert("dossier.supplement_count", texts)
    assert [found[text].value for text in texts] == ["1234", "1234", "3", "3", None, "7"]
    assert found["2,5"].doubt == "Không phải số nguyên."


def test_a_number_of_too_many_digits_is_told(convert):
    texts = ["999999999999999.5", "-0999999999999999", "1000000000000000", "1e25", "1.000.000.000.000.000.000"]
    found = convert("kpi_value.value", texts)
    assert [found[text].value for text in texts] == ["999999999999999.5", "-0999999999999999", None, None, None]
    assert {found[text].doubt for text in texts[2:]} == {"Số quá lớn: trên 15 chữ số."}


def test_the_doubt_of_a_number_names_the_sign(convert):
    assert convert("kpi_value.value", ["1.234"])["1.234"].doubt == "Không rõ dấu “.” là thập phân hay hàng nghìn."


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-03", "2024-03"),
        ("03/2024", "2024-03"),
        ("3-2024", "2024-03"),
        ("Tháng 3/2024", "2024-03"),
        ("THANG 03 NĂM 2024", "2024-03"),
        ("T12/2024", "2024-12"),
        ("Quý I/2024", "2024-Q1"),
        ("Quý IV năm 2024", "2024-Q4"),
        ("Q1 2024", "2024-Q1"),
        ("2024-Q3", "2024-Q3"),
        ("2024-H1", "2024-H1"),
        ("6 tháng đầu năm 2024", "2024-H1"),
        ("6 tháng cuối năm 2024", "2024-H2"),
        ("Năm 2024", "2024"),
        ("2024", "2024"),
        ("2024.0", "2024"),
        ("13/2024", None),
        ("9 tháng 2024", "2024-C09"),
        ("9 tháng đầu năm 2024", "2024-C09"),
        ("Chín tháng đầu năm 2024", "2024-C09"),
        ("9T/2024", "2024-C09"),
        ("Lũy kế đến tháng 9/2024", "2024-C09"),
        ("Luỹ kế từ đầu năm đến hết tháng 11 năm 2024", "2024-C11"),
        ("Từ tháng 1 đến tháng 9/2024", "2024-C09"),
        ("Lũy kế quý III/2024", "2024-C09"),
        ("Lũy kế 6 tháng 2024", "2024-H1"),
        ("12 tháng năm 2024", "2024"),
        ("2024-C09", "2024-C09"),
        ("2024-C06", "2024-H1"),
        ("2024-C13", None),
        ("Từ tháng 2 đến tháng 9/2024", None),
        ("1-9/2024", None),
        ("Tuần 12/2024", None),
        ("Mar-24", "2024-03"),
        ("Thg3-24", "2024-03"),
        ("T3/24", "2024-03"),
        ("Quí I/2024", "2024-Q1"),
        ("III/2024", "2024-Q3"),
        ("Q3/24", "2024-Q3"),
        ("3/24", None),
        ("Quý 5/2024", None),
        ("epoch", None),
        ("24-03", None),
    ],
)
def test_periods(convert, text, value):
    assert convert("kpi_value.period", [text])[text].value == value


def test_names_of_people_are_not_codes():
    names = ["Nguyễn Văn A", "TRẦN THỊ BÌNH", "Le Van An", unicodedata.normalize("NFD", "Đỗ Hữu Lễ")]
    assert [read_code(name).value for name in names] == [None] * len(names)
    codes = {"CB-23059-01": "CB-23059-01", "CB 01": "CB01", "an.nv": "AN.NV", "HTB01": "HTB01"}
    assert {text: read_code(text).value for text in codes} == codes


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-05", datetime(2024, 3, 5)),
        ("2024-03-05 08:30", datetime(2024, 3, 5, 8, 30)),
        (" 2024-03-05T08:30:15 ", datetime(2024, 3, 5, 8, 30, 15)),
        ("2024-03-05 08:30:15.250", datetime(2024, 3, 5, 8, 30, 15, 250000)),
        ("2024-03-05T18:30:00Z", datetime(2024, 3, 6, 1, 30)),
        ("2024-03-05T08:30:00+07:00", datetime(2024, 3, 5, 8, 30)),
        ("2024-03-05 08:30:00 +0000", datetime(2024, 3, 5, 15, 30)),
        ("05/03/2024", datetime(2024, 3, 5)),
        ("5/3/2024 8:05", datetime(2024, 3, 5, 8, 5)),
        ("05-03-2024 08:05:09", datetime(2024, 3, 5, 8, 5, 9)),
        ("05.03.2024", datetime(2024, 3, 5)),
        ("05/03/2024 02:15 CH", datetime(2024, 3, 5, 14, 15)),
        ("05/03/2024 12:15:00 SA", datetime(2024, 3, 5, 0, 15)),
        ("05/03/2024 12:15 PM", datetime(2024, 3, 5, 12, 15)),
        ("5/3/2024 8:30:00 AM", datetime(2024, 3, 5, 8, 30)),
        ("08:30 15/03/2024", datetime(2024, 3, 15, 8, 30)),
        ("08:30:05 15-03-2024", datetime(2024, 3, 15, 8, 30, 5)),
        ("8 giờ 30 ngày 15/03/2024", datetime(2024, 3, 15, 8, 30)),
        ("20240315", datetime(2024, 3, 15)),
        ("20240315083005", datetime(2024, 3, 15, 8, 30, 5)),
        ("20240315240000", datetime(2024, 3, 15, 23, 59, 59)),
        ("45366", datetime(2024, 3, 15)),
        ("45366.354166666664", datetime(2024, 3, 15, 8, 30)),
        ("45366,5", datetime(2024, 3, 15, 12)),
        ("ngày 05 tháng 3 năm 2024", datetime(2024, 3, 5)),
        ("Ngày 5 tháng 3 năm 2024", datetime(2024, 3, 5)),
        ("2024/03/05 08:30", datetime(2024, 3, 5, 8, 30)),
        ("05/03/2024 24:00", datetime(2024, 3, 5, 23, 59, 59)),
        ("2024-03-05 24:00:00", datetime(2024, 3, 5, 23, 59, 59)),
        ("05/03/2024\u00a008:30\u200b", datetime(2024, 3, 5, 8, 30)),
        ("Thứ Hai, 04/03/2024", datetime(2024, 3, 4)),
        ("Thứ năm ngày 7 tháng 3 năm 2024", datetime(2024, 3, 7)),
        ("CN, 10/03/2024 08:00", datetime(2024, 3, 10, 8)),
        ("04/03/2024 (Thứ Hai)", datetime(2024, 3, 4)),
        ("Monday, 04 March 2024", datetime(2024, 3, 4)),
        ("Thứ Tư, 04/03/2024", None),
        ("04-Mar-2024", datetime(2024, 3, 4)),
        ("March 4, 2024 8:00 AM", datetime(2024, 3, 4, 8)),
        ("2024-Mar-04", datetime(2024, 3, 4)),
        ("31-Feb-2024", None),
        ("04-Thg3-2024 08:30", datetime(2024, 3, 4, 8, 30)),
        ("4 Thg 3, 2024", datetime(2024, 3, 4)),
        ("04/03/2024 8:00 sáng", datetime(2024, 3, 4, 8)),
        ("2:30 chiều 04/03/2024", datetime(2024, 3, 4, 14, 30)),
        ("8 giờ sáng ngày 04/03/2024", datetime(2024, 3, 4, 8)),
        ("04/03/2024 1:00 trưa", datetime(2024, 3, 4, 13)),
        ("04/03/2024 7:30 tối", datetime(2024, 3, 4, 19, 30)),
        ("04/03/2024 9:00 chiều", None),
        ("04/03/2024 12:00 sáng", None),
        ("04/03/2024 2:00 tối", None),
        ("04/03/2024 08:00 (GMT+07:00)", datetime(2024, 3, 4, 8)),
        ("04/03/2024 08:00 +07:00", datetime(2024, 3, 4, 8)),
        ("04/03/2024 08:00 GMT+8", None),
        ("Mon Mar 04 2024 08:00:00 GMT+0700 (Indochina Time)", datetime(2024, 3, 4, 8)),
        ("29/02/2024", datetime(2024, 2, 29)),
        ("29/02/2023", None),
        ("31/02/2024", None),
        ("2024-02-30", None),
        ("13/25/2024", None),
        ("03/25/2024", None),
        ("5/3/24", None),
        ("05-Mar-24", None),
        ("05/03-2024", None),
        ("05/03/2024 25:00", None),
        ("05/03/2024 24:30", None),
        ("05/03/2024 08:61", None),
        ("05/03/2024 13:00 SA", None),
        ("20241345", None),
        ("19999", None),
        ("80001", None),
        ("2024", None),
        ("tháng 3 năm 2024", None),
        ("epoch", None),
        ("infinity", None),
        ("-infinity", None),
        ("today", None),
        ("", None),
        ("0", None),
        ("x'; DROP", None),
    ],
)
def test_moments(connection, text, moment):
    assert sql_value(connection, moment_sql(quoted(text))) == moment
    # Again from a column, because DuckDB evaluates a constant during planning.
    assert connection.execute(f"SELECT {moment_sql('t')} FROM (SELECT unnest([?, NULL]) AS t)", [text]).fetchall() == [
        (moment,),
        (None,),
    ]


def test_dates_in_digits_are_those_of_the_calendar(connection):
    """Days up to 39, months, hours, minutes and seconds up to 99, with slashes and with dashes: as DuckDB casts a date."""
    connection.execute("""CREATE OR REPLACE TEMP TABLE written AS
        SELECT part[1] AS day, part[2] AS month, '2024' AS year, clock FROM (
            SELECT [printf('%02d', a), printf('%02d', b)] AS part, unnest(['', ' 23:59', ' 23:59:59']) AS clock
            FROM range(40) AS one(a), range(100) AS two(b))
        UNION ALL SELECT '05', '03', '1999', clock FROM (
            SELECT unnest([printf(' %02d:%02d', a, b), printf(' 10:%02d:%02d', b, a), printf(' 10:%02d:%02d', a, b)]) AS clock
            FROM range(40) AS one(a), range(100) AS two(b))""")
    read = "day || '{0}' || month || '{0}' || year || clock"
    # A day that ends at 24:00, and nothing else of hour 24, is a moment; a cast does not know it.
    wrong = f"""SELECT text, moment, due FROM (
        SELECT unnest([{read.format("/")}, {read.format("-")}]) AS text, clock,
            TRY_CAST(year || '-' || month || '-' || day || clock AS TIMESTAMP) AS due FROM written)
        CROSS JOIN LATERAL (SELECT {moment_sql("text")} AS moment)
        WHERE moment IS DISTINCT FROM due AND NOT starts_with(clock, ' 24:00')"""
    assert connection.execute(f"{wrong} LIMIT 3").fetchall() == []


def test_moments_of_the_1904_calendar(connection):
    assert sql_value(connection, moment_sql("'43904'", epoch1904=True)) == datetime(2024, 3, 15)


@pytest.mark.parametrize(
    ("text", "type", "null"),
    [
        ("", "text", True),
        (" \u00a0", "text", True),
        ("-", "text", True),
        ("NULL", "text", True),
        ("#N/A", "timestamp", True),
        ("(Trống)", "text", True),
        ("0", "text", False),
        ("0", "timestamp", True),
        ("01/01/1900", "date", True),
        ("0001-01-01 00:00:00", "timestamp", True),
        ("24:00", "timestamp", True),
        ("01/01/1900", "text", False),
        ("05/03/2024", "timestamp", False),
    ],
)
def test_nulls(connection, text, type, null):
    assert sql_value(connection, null_sql(quoted(text), type)) is null
    assert sql_value(connection, null_sql("CAST(NULL AS VARCHAR)", type)) is True


@pytest.mark.parametrize(
    ("text", "month", "day"),
    [
        ("03/25/2024", True, False),
        ("3-25-2024 08:00", True, False),
        ("25/03/2024", False, True),
        ("08:30 25/03/2024", False, True),
        ("05/03/2024", False, False),
        ("13/25/2024", False, False),
        ("2024-03-25", False, False),
        ("", False, False),
    ],
)
def test_order_of_day_and_month(connection, text, month, day):
    assert sql_value(connection, month_first_sql(quoted(text))) is month
    assert sql_value(connection, day_first_sql(quoted(text))) is day


def rows(name):
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_header_aliases_name_real_columns_once():
    seen = {}
    for row in rows("header_alias.csv"):
        columns = {"personal", "ignored"} if row["table"] == "*" else set(tables()[row["table"]].names)
        assert row["column"] in columns, row
        key = row["table"], fold(row["alias"])
        assert key[1] and seen.setdefault(key, row["column"]) == row["column"], row


def test_value_aliases_are_clear():
    seen = {}
    for row in rows("value_alias.csv"):
        # Columns with the same name in several tables have separate words.
        group = {row["value"]} if row["column"] == "kind" else {""}
        key = row["column"], *group, fold(row["alias"]) or row["alias"]
        assert seen.setdefault(key, row["value"]) == row["value"], row


@pytest.mark.parametrize("name", ["dossier", "dossier_step", "index_score", "initiative", "indicator", "procedure"])
def test_every_allowed_word_has_a_label(name):
    for column in tables()[name].columns:
        for word in column.allowed:
            assert labels().get((column.name, word)), (column.name, word)
