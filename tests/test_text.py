"""Every cell of a delimited text with its line, in all ways of writing."""

import csv
import io

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ingest import Rejected
from ingest.reading import limits, text
from ingest.reading.text import SEPARATORS, read_text


def rows(cells):
    """The records as lists, cut to their widths, with "" for null."""
    columns = [column.to_pylist() for column in cells.cells.columns]
    records = zip(*columns, strict=True)
    return [[cell or "" for cell in r[:width]] for r, width in zip(records, cells.widths.to_pylist(), strict=True)]


def read(content, separator=""):
    cells = read_text(content, "tệp.csv", separator)
    assert cells.cells.num_rows == len(cells.lines) == len(cells.widths)
    assert cells.cells.column_names == [f"c{index}" for index in range(max(cells.widths.to_pylist()))]
    return cells


def refused(content, separator=""):
    with pytest.raises(Rejected) as caught:
        read_text(content, "tệp.csv", separator)
    (problem,) = caught.value.problems
    assert problem.file == "tệp.csv" and problem.hint
    return problem


@pytest.fixture(params=["fast", "slow"])
def way(request, monkeypatch):
    """Once with pyarrow wherever possible, once with csv only."""
    monkeypatch.setattr(text, "_FAST", 1 if request.param == "fast" else 1 << 40)
    return request.param


# --- Plain files


def test_cells_lines_and_widths(way):
    cells = read("Mã,Tên\n1,Nguyễn Văn Ả\n2,\n")
    assert rows(cells) == [["Mã", "Tên"], ["1", "Nguyễn Văn Ả"], ["2", ""]]
    assert cells.lines.to_pylist() == [1, 2, 3]
    assert cells.cells["c1"].to_pylist() == ["Tên", "Nguyễn Văn Ả", None]
    assert (cells.separator, cells.quote, cells.escape) == (",", '"', "")
    assert [str(cells.lines.type), str(cells.widths.type)] == ["int64", "int32"]


def test_types_are_text_and_only_emptiness_is_null(way):
    assert rows(read('a,b,c\n01,NA,null\n"",2024-01-01,true\n')) == [
        ["a", "b", "c"],
        ["01", "NA", "null"],
        ["", "2024-01-01", "true"],
    ]


def test_mixed_line_ends_and_blank_lines(way):
    cells = read("a;b\r\n1;2\r\r3;4\n\n\r\n5;6")
    assert rows(cells) == [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"]]
    assert cells.lines.to_pylist() == [1, 2, 4, 7]


def test_other_characters_that_look_like_breaks_are_text(way):
    assert rows(read("a,b\n1\x0b\x0c\x85,\u2028x\n")) == [["a", "b"], ["1\x0b\x0c\x85", "\u2028x"]]


def test_records_of_only_separators_are_kept(way):
    assert rows(read("a,b\n,\n1,2\n")) == [["a", "b"], ["", ""], ["1", "2"]]


def test_ragged_records_keep_their_widths(way):
    cells = read("BÁO CÁO HỒ SƠ\n\nMã;Tên;Ngày\n1;A;2\n2;B;3;thừa\nNgười lập biểu\n")
    assert cells.widths.to_pylist() == [1, 3, 3, 4, 1]
    assert cells.lines.to_pylist() == [1, 3, 4, 5, 6]
    assert cells.cells["c3"].to_pylist() == [None, None, None, "thừa", None]


def test_one_column(way):
    cells = read("Mã\n1\n2\n")
    assert (rows(cells), cells.separator) == ([["Mã"], ["1"], ["2"]], ",")


def test_a_mark_at_the_start_of_a_record_stays(way):
    assert rows(read("\ufeffa,b\n\ufeff1,2\n")) == [["\ufeffa", "b"], ["\ufeff1", "2"]]


# --- The separator


@pytest.mark.parametrize("separator", SEPARATORS)
def test_separator_is_found(separator):
    body = "".join(separator.join([str(i), f"Nguyễn Văn {i}", "Đã giải quyết"]) + "\n" for i in range(50))
    assert read(separator.join(["Mã", "Tên", "Trạng thái"]) + "\n" + body).separator == separator


@pytest.mark.parametrize(
    ("content", "separator"),
    [
        ("Mã;Tỷ lệ;Điểm\n" + "1;12,5;3,25\n" * 20, ";"),
        ("1,5;2,5;3,5\n" * 5, ";"),
        ("Mã\tĐịa chỉ\n" + "1\tSố 1, đường A, phường B, tỉnh C\n" * 20, "\t"),
        ("Mã;Tên;Địa chỉ\n" + "1;A;Số 1, đường A, phường B, tỉnh C\n" * 300, ";"),
        ("Mã,Ghi chú,Số\n" + "1,a;b,2\n2,c,3\n3,d|e,4\n" * 20, ","),
        ("UBND PHƯỜNG A, TỈNH B\nTừ 1/1, đến 31/1\n\nMã|Tên|Số\n1|A|2\n2|B|3\n3|C|4\nNgười lập, ký tên\n", "|"),
        ('Mã,Ghi chú\n1,"a;b;c"\n2,"d;e;f"\n', ","),
        ("1,2,3\n4,5,6\n", ","),
    ],
)
def test_the_separator_that_cuts_evenly_wins(content, separator):
    assert read(content).separator == separator


def test_excel_names_the_separator():
    cells = read("sep=;\r\na,b;c\r\n1,2;3\r\n")
    assert rows(cells) == [["a,b", "c"], ["1,2", "3"]]
    assert (cells.separator, cells.lines.to_pylist()) == (";", [2, 3])
    assert refused("sep=;\n\n").rule == "empty"


def test_a_given_separator_is_used():
    assert rows(read("a;b,c\n", ",")) == [["a;b", "c"]]


# --- Quotes


def test_quoted_cells(way):
    cells = read('"Mã","Tên ""A""","x,y"\n"1","","dòng 1\r\ndòng 2\rdòng 3"\n2,"""",z\n')
    assert rows(cells) == [["Mã", 'Tên "A"', "x,y"], ["1", "", "dòng 1\ndòng 2\ndòng 3"], ["2", '"', "z"]]
    assert cells.lines.to_pylist() == [1, 2, 5]


def test_single_quotes_where_cells_are_wrapped_in_them(way):
    cells = read("'Mã','Tên'\n'1','A, B'\n'2','Y''Nhi'\n")
    assert rows(cells) == [["Mã", "Tên"], ["1", "A, B"], ["2", "Y'Nhi"]]
    assert cells.quote == "'"


def test_apostrophes_are_text():
    content = "Mã,Tên\n'0123,Y'Nhi\n'0124,Đắk R'lấp\n"
    assert rows(read(content))[1] == ["'0123", "Y'Nhi"]


def test_a_quote_within_a_cell_is_text(way):
    cells = read('Mã;Tên\n1;5" ống\n2;3" và 4"\n')
    assert rows(cells) == [["Mã", "Tên"], ["1", '5" ống'], ["2", '3" và 4"']]
    assert cells.quote == ""
    cells = read('Mã;Tên\n1;5" ống\n2;"a;b"\n')
    assert rows(cells) == [["Mã", "Tên"], ["1", '5" ống'], ["2", "a;b"]]
    assert cells.quote == '"'


def test_quotes_that_open_and_never_close_are_text_where_the_widths_agree():
    cells = read('Mã;Tên;Số\n1;"Ống" nước;2\n2;"Ống;3\n3;x;4\n')
    assert rows(cells)[1:3] == [["1", '"Ống" nước', "2"], ["2", '"Ống', "3"]]
    assert cells.quote == ""


def test_escaped_quotes():
    cells = read('Mã,Tên,Đường\n1,"Cửa hàng \\"A, B\\"","C:\\\\x"\n2,5\\" ống,C:\\tệp\n3,"a\n\\"b","c\\d"\n4,x,y\n')
    assert rows(cells)[1:] == [
        ["1", 'Cửa hàng "A, B"', "C:\\x"],
        ["2", '5" ống', "C:\\tệp"],
        ["3", 'a\n"b', "c\\d"],
        ["4", "x", "y"],
    ]
    assert (cells.quote, cells.escape, cells.lines.to_pylist()) == ('"', "\\", [1, 2, 3, 4, 6])


def test_backslashes_stay_where_nothing_need_be_escaped(way):
    assert rows(read('a,b\n"C:\\","D:\\"\nC:\\x,\\\\máy\n'))[1:] == [["C:\\", "D:\\"], ["C:\\x", "\\\\máy"]]


def test_an_unclosed_quote_is_refused_with_its_line():
    problem = refused('Mã,Tên\n1,A\n2,"B, C\n3,D\n4,"E"\n')
    assert (problem.line, problem.rule, problem.reason) == (3, "quote", "Dấu nháy kép không được đóng đúng.")
    assert problem.value == '2,"B, C'
    # The record starts on line 2; the wrong quote is on line 3.
    assert refused('Mã,Tên,Số\n1,"A\nB","C, D\n3,D\n').line == 3


def test_a_record_of_very_many_lines_is_refused():
    problem = refused('Mã,Tên\n1,"A, B\n' + "2,C\n" * 400 + '3,D"\n')
    assert (problem.line, problem.rule) == (2, "quote")
    # The same far down in the file, parsed by csv because of a stray quote before.
    problem = refused('Mã,Tên\n1,5" ống\n' + "2,C\n" * 90 + '1,"A, B\n' + "2,C\n" * 400 + '3,D"\n')
    assert (problem.line, problem.rule) == (93, "quote")
    assert refused('Mã,Tên\n1,5" ống, x\n1,"A\n' + "2,C\n" * 400_000).line == 3


def test_many_lines_are_text_where_the_widths_agree():
    cells = read('Mã;Tên\n1;"A\n' + "2;C\n" * 400 + '3;D"\n')
    assert cells.cells.num_rows == 403 and rows(cells)[1] == ["1", '"A']


# --- What is refused


@pytest.mark.parametrize("content", ["", " ", "\n\n", " \r\n\t\r"])
def test_empty(content):
    problem = refused(content)
    assert (problem.rule, problem.reason, problem.line) == ("empty", "Tệp trống.", 0)


def test_nul():
    problem = refused("a,b\r\nx\r1,\0\n")
    assert (problem.rule, problem.line) == ("character", 3)
    assert refused("a,b\n\ud800,1\n").line == 2


def test_too_many_rows(way, monkeypatch):
    monkeypatch.setattr(limits, "ROWS", 3)
    assert read("a,b\n" * 3).cells.num_rows == 3
    problem = refused("a,b\n\n" * 4)
    assert (problem.rule, problem.line) == ("too_many_rows", 7)
    problem = refused('a,5" ống\n"x",y\n\n' * 2)
    assert (problem.rule, problem.line) == ("too_many_rows", 5)


def test_too_many_columns(way):
    assert read("a" + ",a" * (limits.COLUMNS - 1)).cells.num_columns == limits.COLUMNS
    for first in ("a,b", 'a,5" ống\n"x",y'):
        problem = refused(first + "\n\n1" + ",1" * limits.COLUMNS)
        assert (problem.rule, problem.line) == ("too_many_columns", 3 + first.count("\n"))


def test_long_cell(way):
    fits = "ạ" * limits.CELL_CHARACTERS
    assert rows(read(f"a,b\n1,{fits}\n"))[1][1] == fits
    for first in ("a,b", 'a,5" ống\n"x",y'):
        problem = refused(f"{first}\n1,{fits}ạ\n{fits}ạ,1\n")
        assert (problem.rule, problem.line) == ("long_cell", 2 + first.count("\n"))
    problem = refused("a,b\n" + "1" * (1 << 21) + ",2\n")
    assert (problem.rule, problem.line) == ("long_cell", 2)


# --- Any table of text

ALPHABET = st.sampled_from(list('ab1 ,;\t|"\n\r\\ạƯđ\u0301\u2028\x85=.'))
CELL = st.text(ALPHABET, max_size=6) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0'"))
EVEN = st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=8))
UNEVEN = st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=8)
DATA = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def normal(cell):
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def written(table, separator, end, quoting):
    """The table as csv writes it, with blank lines between some records, and the line of each record."""
    parts, lines, line = [], [], 1
    for index, record in enumerate(table):
        buffer = io.StringIO()
        # csv quotes breaks only if they are in the line end, so \r\n is written and then replaced.
        csv.writer(buffer, delimiter=separator, quoting=quoting, lineterminator="\r\n").writerow(record)
        parts.append(buffer.getvalue().removesuffix("\r\n") + end + (end if index % 3 == 2 else ""))
        lines.append(line)
        line += normal(parts[-1]).count("\n")
    return "".join(parts), lines


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", SEPARATORS)
@given(table=EVEN | UNEVEN, quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
@settings(parent=DATA, max_examples=40)
def test_what_csv_writes_is_read_back(table, quoting, separator, end):
    content, lines = written(table, separator, end, quoting)
    assume(not content.isspace() and not content.lower().startswith(("sep=", '"sep=')))
    cells = read(content, separator)
    assert rows(cells) == [[normal(cell) for cell in record] for record in table]
    assert cells.lines.to_pylist() == lines
    assert cells.widths.to_pylist() == [len(record) for record in table]


def outcome(content, separator):
    try:
        cells = read_text(content, "tệp.csv", separator)
    except Rejected as error:
        return error.problems
    return rows(cells), cells.lines, cells.widths, cells.cells.schema, cells.quote, cells.escape


@pytest.mark.slow
@given(table=EVEN | UNEVEN, separator=st.sampled_from(list(SEPARATORS)))
@DATA
def test_fast_and_slow_agree_on_tables(table, separator, monkeypatch):
    content, _ = written(table, separator, "\n", csv.QUOTE_MINIMAL)
    agree(content, separator, monkeypatch)


@pytest.mark.slow
@given(content=st.text(st.sampled_from(list('a,;"\n\r\\ ạ')), max_size=40), separator=st.sampled_from(["", ",", ";"]))
@settings(parent=DATA, max_examples=400)
def test_fast_and_slow_agree_on_any_text(content, separator, monkeypatch):
    agree(content, separator, monkeypatch)


def agree(content, separator, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(text, "_FAST", 1)
        patch.setattr(text, "_SCAN", 5)  # so that records cross the scan's block boundaries
        fast = outcome(content, separator)
        patch.setattr(
            text, "_layout", lambda data, dialect, first: None if dialect.quote else layout(data, dialect, first)
        )
        patch.setattr(text, "_FAST", 1 << 40)
        patch.setattr(text, "_CHUNK", 2)
        assert fast == outcome(content, separator)


layout = text._layout


def test_long_files_with_titles_and_odd_records_go_both_ways():
    head = "TIÊU ĐỀ\n\nMã;Tên;Ghi chú\n"
    body = "".join(f'{i};"Tên ""{i}""";"dòng 1\ndòng 2; hết"\n' for i in range(3000))
    cells = read(head + body + "x;y\n" + body + "Người lập\n")
    assert cells.cells.num_rows == 2 + 3000 + 1 + 3000 + 1
    assert cells.lines.to_pylist()[2:4] == [4, 6]
    assert cells.lines.to_pylist()[-1] == 3 + 6000 + 1 + 6000 + 1
    assert rows(cells)[-2] == ["2999", 'Tên "2999"', "dòng 1\ndòng 2; hết"]
