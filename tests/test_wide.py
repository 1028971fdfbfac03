"""Columns of values: what their headers say, which are taken, what is asked, and the rows they become."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ingest import Rejected, check
from ingest.__main__ import main
from ingest.preview import preview
from ingest.publish import publish
from ingest.reading.heading import Heading, read_heading, settle, with_year
from ingest.reading.look import Reading, load, look_at
from ingest.reading.mapping import fingerprint, likeliest, recognise, remember, unnamed
from tests.known import knowing

UNITS = {"23059": "Thị trấn Ma Lâm", "23092": "Xã Hàm Đức", "23077": "Hàm Phú"}
INDICATORS = {"S01": "Tỷ lệ hồ sơ công việc xử lý trên môi trường mạng", "S04": "S04", "S05": "Internet cáp quang"}
MONTHS = {"2024-01": "Tháng 1/2024", "2024-02": "T2/2024", "2024-Q2": "Quý II năm 2024", "2024-05": "05/2024"}
ASKED = "Đơn vị,Kỳ,S01,,,S04,,\n,,Kế hoạch,Thực hiện,Tỷ lệ,Kế hoạch,Thực hiện,Tỷ lệ\nMa Lâm,03/2024,90,62,69,50,11,22\n"


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A connection with the reference data."""
    with knowing(tmp_path_factory.mktemp("empty")) as connection:
        yield connection


def stored(connection, content: str | bytes, name: str = "a.csv", **columns: str) -> set[tuple]:
    """The rows of a file as typed, and nothing refused."""
    data = content.encode() if isinstance(content, str) else content
    check.create_problem_table(connection)
    check.check(connection, load(connection, look_at(data, name, Reading(columns=columns))))
    assert not check.problems(connection, "reject")
    rows = "SELECT unit_code, period, indicator_code, value, numerator, denominator FROM incoming"
    return set(connection.execute(rows).fetchall())


def warnings(connection) -> list[str]:
    """The rules of the warnings of the last file."""
    return [problem.rule for problem in check.problems(connection, "warning")]


def refusal(content: str, **columns: str) -> tuple[str, str, str]:
    """Rule, reason and hint of the refusal of a file."""
    seen = look_at(content.encode(), "a.csv", Reading(columns=columns))
    with pytest.raises(Rejected) as refused, knowing(Path("/nonexistent")) as connection:
        load(connection, seen)
    (problem,) = refused.value.problems
    return problem.rule, problem.reason, problem.hint


@pytest.mark.parametrize(
    "header, said",
    [
        ("S01", Heading("S01")),
        ("S01 > Thực hiện", Heading("S01", part="actual", label="Thực hiện")),
        ("Kế hoạch > S01", Heading("S01", part="target", label="Kế hoạch")),
        ("S01 (kế hoạch)", Heading("S01", part="target", label="Kế hoạch")),
        ("Chính quyền số > S01", Heading("S01")),
        ("S01 > Nam", Heading("S01", part="unknown", label="Nam")),
        ("Tháng 1/2024 > S01 > Mẫu số", Heading("S01", "2024-01", part="denominator", label="Mẫu số")),
        ("Năm 2024 > Quý I > S01", Heading("S01", "2024-Q1")),
        ("Quý > III", Heading(period="-Q3")),
        ("Tháng > 11", Heading(period="-11")),
        ("S01 > 6 tháng đầu năm", Heading("S01", "-H1")),
        ("UBND xã Hàm Đức > Đạt", Heading(unit="UBND xã Hàm Đức", part="actual", label="Đạt")),
        ("Thực hiện cùng kỳ > S01", Heading("S01", part="other", label="Thực hiện cùng kỳ")),
        ("S01 > S04", None),
        ("Quý I/2024 > Tháng 5", None),
        ("Tháng 1/2024 > Tháng 2/2024 > S01", None),
        ("Kế hoạch", None),
        ("Tổng điểm", None),
    ],
)
def test_what_a_header_says(header, said):
    """Each cell of a header says one thing or several, in any order; contradictions say nothing."""
    assert read_heading(header) == said


@pytest.mark.parametrize(
    "parts, taken, asked",
    [
        (("target", "actual"), {1: "value"}, ()),
        (("actual", "target", "other"), {0: "value"}, ()),
        (("numerator", "denominator", "rate"), {0: "numerator", 1: "denominator", 2: "value"}, ()),
        (("numerator", "denominator", "unknown"), {0: "numerator", 1: "denominator"}, ()),
        (("target", "actual", "rate"), {}, (1, 2)),
        (("target", "rate"), {}, (1,)),
        (("denominator", "actual"), {}, (1,)),
        (("denominator", "actual", "rate"), {}, (1, 2)),
        (("unknown",), {}, (0,)),
        (("", "unknown"), {0: "value"}, ()),
        (("", "actual"), {}, (0, 1)),
        (("target",), {}, ()),
        (("denominator",), {}, (0,)),
        (("numerator", "target"), {}, (0,)),
    ],
)
def test_which_column_is_the_value(parts, taken, asked):
    """One column is the value, with its numerator and denominator; what may be another is asked."""
    values = {place: Heading("S01", part=part, label=part) for place, part in enumerate(parts)}
    found = settle(values)
    assert {place: heading.part for place, heading in found.taken.items()} == taken
    assert found.asked == asked and not found.repeated


@pytest.mark.parametrize("part", ["", "actual", "numerator", "denominator"])
def test_the_same_value_twice(part):
    """Two columns of one indicator, period and unit that say the same are neither taken nor asked about."""
    values = {place: Heading("S01", "2024-01", part=part, label=part) for place in (3, 5)}
    assert settle(values).repeated == ((3, 5),) and not settle(values).taken
    other = values | {5: Heading("S01", "2024-02", part=part, label=part)}
    assert not settle(other).repeated and len(settle(other).taken or settle(other).asked) == 2


def test_the_year_of_a_month():
    """A month takes the year of the file's period, unless it comes after it."""
    assert with_year("-03", "2024") == with_year("-03", "Quý I/2024") == "2024-03"
    assert with_year("-04", "Quý I/2024") == with_year("-Q2", "2024-03") == with_year("-01", "") == ""
    assert with_year("2023-12", "2024-01") == "2023-12"


@st.composite
def forms(draw):
    """A form: what stands in the rows, the levels of its columns from above, and a value or none for each place."""
    levels = draw(st.permutations(["unit", "period", "indicator"]))
    depth = draw(st.integers(1, 2))
    words = {"unit": UNITS, "period": MONTHS, "indicator": INDICATORS}
    chosen = {
        level: draw(st.lists(st.sampled_from(sorted(words[level])), min_size=1, max_size=3, unique=True))
        for level in levels
    }
    planned, titled = draw(st.booleans()), draw(st.booleans())
    return levels[:depth], levels[depth:], chosen, planned, titled, draw(st.randoms(use_true_random=False))


def written(form) -> tuple[list[list], list[tuple[int, int, int]], set[tuple]]:
    """The header and rows of a form, its merged cells (row, first and last column), and the rows to be stored."""
    columns, rows, chosen, planned, titled, random = form
    words = {"unit": UNITS, "period": MONTHS, "indicator": INDICATORS}
    titles = {"unit": "Đơn vị", "period": "Kỳ", "indicator": "Tên chỉ tiêu"}
    places = [{}]
    for level in columns:
        places = [place | {level: code} for place in places for code in chosen[level]]
    parts = ["Kế hoạch", "Thực hiện"] if planned else [""]
    head: list[list] = []
    merged = []
    for depth, level in enumerate(columns):
        texts = [words[level][place[level]] for place in places for _ in parts]
        keys = [tuple(place[other] for other in columns[: depth + 1]) for place in places for _ in parts]
        starts = [at for at, key in enumerate(keys) if at == 0 or keys[at - 1] != key] + [len(keys)]
        head.append([text if at in starts else None for at, text in enumerate(texts)])
        merged += [(depth, first, end - 1) for first, end in zip(starts, starts[1:], strict=False) if end - 1 > first]
    if planned:
        head.append(parts * len(places))
    width = len(rows)
    lines = [
        [*([titles[level] for level in rows] if depth == 0 else [None] * width), *row] for depth, row in enumerate(head)
    ]
    expected = set()
    keys = [{}]
    for level in rows:
        keys = [key | {level: code} for key in keys for code in chosen[level]]
    for key in keys:
        cells = []
        for place in places:
            value = random.choice([None, random.randint(2, 99)])
            cells += [99, value] if planned else [value]
            whole = key | place
            if value is not None:
                expected.add((whole["unit"], whole["period"], whole["indicator"], float(value), None, None))
        lines.append([*(words[level][key[level]] for level in rows), *cells])
    merged = [(row, width + first, width + last) for row, first, last in merged]
    if titled:
        lines = [
            [None if place else "TT", *line] if place in range(len(head)) else [place, *line]
            for place, line in enumerate(lines)
        ]
        above = [["UBND HUYỆN HÀM THUẬN BẮC"], ["KẾT QUẢ CHUYỂN ĐỔI SỐ"], []]
        lines = [[*line, *[None] * (len(lines[0]) - len(line))] for line in [*above, *lines]]
        merged = [(row + 3, first + 1, last + 1) for row, first, last in merged] + [(1, 0, len(lines[0]) - 1)]
    return lines, merged, expected


def as_csv(lines: list[list]) -> bytes:
    """The lines as CSV."""
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue().encode()


def as_workbook(lines: list[list], merged: list[tuple[int, int, int]]) -> bytes:
    """The lines as a workbook with merged cells."""
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    for row, first, last in merged:
        book.active.merge_cells(start_row=row + 1, end_row=row + 1, start_column=first + 1, end_column=last + 1)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.slow
@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(forms())
def test_every_form_is_read_back(known, form):
    """Units, periods and indicators over each other or in the rows, with plans or without: the same rows."""
    lines, _, expected = written(form)
    if expected:
        assert stored(known, as_csv(lines)) == expected


@pytest.mark.slow
@settings(max_examples=8, deadline=None, phases=[Phase.generate])
@given(forms())
def test_every_workbook_is_read_back(known, form):
    """The same with merged cells."""
    lines, merged, expected = written(form)
    if expected:
        assert stored(known, as_workbook(lines, merged), "a.xlsx") == expected


def test_a_choice_of_the_value(known):
    """What may be the value is refused with the choices; each choice takes another column, and the rest is told."""
    rule, reason, hint = refusal(ASKED)
    assert rule == "which_column" and "“Thực hiện”, “Tỷ lệ”" in reason and '--column "value=Tỷ lệ"' in hint
    assert {row[2:4] for row in stored(known, ASKED, value="Thực hiện")} == {("S01", 62.0), ("S04", 11.0)}
    assert warnings(known) == ["targets_left_out", "others_left_out"]
    assert {row[2:4] for row in stored(known, ASKED, value="Tỷ lệ")} == {("S01", 69.0), ("S04", 22.0)}
    mixed = stored(known, ASKED, value="S01 > Tỷ lệ | S04 > Thực hiện")
    assert {row[2:4] for row in mixed} == {("S01", 69.0), ("S04", 11.0)}
    assert refusal(ASKED, value="S01 > Tỷ lệ")[0] == "which_column"


def test_a_choice_of_parts(known):
    """What was achieved of a total may be the numerator."""
    content = "Đơn vị,Kỳ,S01,,\n,,Tổng số,Đạt,Tỷ lệ (%)\nMa Lâm,03/2024,200,127,63.5\n"
    assert refusal(content)[0] == "which_column"
    assert stored(known, content, numerator="Đạt") == {("23059", "2024-03", "S01", 63.5, 127.0, 200.0)}


def test_a_choice_in_long_files(known):
    """Of two columns of values beside the rows, one is chosen."""
    content = "Đơn vị,Kỳ,Chỉ tiêu,Thực hiện,Tỷ lệ (%)\nMa Lâm,03/2024,S01,62,69\n"
    assert refusal(content)[0] == "which_column"
    assert {row[3] for row in stored(known, content, value="Tỷ lệ (%)")} == {69.0}
    assert warnings(known) == ["columns_left_out"]


def test_indicators_named_by_hand(known):
    """A column is mapped to an indicator by its header or by a cell of it, in every month."""
    content = "Đơn vị,Tháng 1/2024,,Tháng 2/2024,\n,S01,Hộ có mạng,S01,Hộ có mạng\nMa Lâm,61,10,62,11\n"
    mapping = recognise(look_at(content.encode(), "a.csv").mapping.headers)
    assert unnamed(mapping) == ["Hộ có mạng"]
    assert {row[2] for row in stored(known, content)} == {"S01"} and warnings(known) == ["columns_left_out"]
    rows = {row[1:4] for row in stored(known, content, S05="Hộ có mạng")}
    assert rows == {
        ("2024-01", "S01", 61.0),
        ("2024-02", "S01", 62.0),
        ("2024-01", "S05", 10.0),
        ("2024-02", "S05", 11.0),
    }
    assert not warnings(known)
    assert {row[2] for row in stored(known, content, S05="Hộ có mạng", S01="")} == {"S05"}
    assert likeliest("Số sản phẩm trên sàn TMĐT") == "S08" and not likeliest("Số con bò")


def test_choices_are_remembered(tmp_path):
    """The next file of the layout needs no choice, also with other months and more of them."""
    head = "Đơn vị,{},,,\n,S01,,Hộ có mạng,\n,Thực hiện,Tỷ lệ,Thực hiện,Tỷ lệ\nMa Lâm,1,2,3,4\n"
    columns = {"S05": "Hộ có mạng", "value": "Tỷ lệ"}
    seen = look_at(head.format("Tháng 1/2024").encode(), "a.csv", Reading(columns=columns), tmp_path)
    assert not seen.mapping.remembered and not seen.mapping.asked
    remember(tmp_path, seen.mapping)
    again = look_at(head.format("Tháng 2/2024").encode(), "b.csv", store=tmp_path).mapping
    assert again.remembered and not again.asked
    assert {(heading.indicator, heading.period) for heading in again.taken.values()} == {
        ("S01", "2024-02"),
        ("S05", "2024-02"),
    }
    assert [again.headers[place].split(" > ")[-1] for place in again.taken] == ["Tỷ lệ", "Tỷ lệ"]


def test_a_layout_with_more_months_is_the_same():
    """Periods do not tell layouts apart; other headers, and their order, do."""
    one = ("Đơn vị", "Tháng 1/2024 > S01", "Tháng 1/2024 > S04")
    two = (*one, "T2/2024 > S01", "T2/2024 > S04")
    assert fingerprint(one) == fingerprint(two)
    assert (
        len({fingerprint(one), fingerprint(one[:2]), fingerprint(("Đơn vị", "S01", "S04")), fingerprint(one[::-1])})
        == 4
    )


def test_totals_and_comparisons_are_told(known):
    """Columns of totals, comparisons and plans are left out with a warning each; what is no number is no loss."""
    content = "Chỉ tiêu,Kế hoạch năm,Ma Lâm,Toàn huyện,Căn cứ\nS01,90,61,66,QĐ 411\n"
    assert {row[:4] for row in stored(known, content, period="=03/2024")} == {("23059", "2024-03", "S01", 61.0)}
    assert warnings(known) == ["targets_left_out", "others_left_out"]


def test_a_column_below_an_indicator_is_never_useless(known):
    """“Số lượng” is left out of lists of dossiers without a word; below an indicator it is told."""
    content = "Đơn vị,Kỳ,S01,\n,,Số lượng,Tỷ lệ (%)\nMa Lâm,03/2024,127,61\n"
    assert {row[2:4] for row in stored(known, content)} == {("S01", 61.0)} and warnings(known) == ["columns_left_out"]


def test_ratios(known):
    """Two numbers are numerator and denominator of a percentage, unless one cell of the indicator became a date."""
    content = "Đơn vị,Kỳ,S03,S08\nMa Lâm,03/2024,4/5,1\nHàm Đức,03/2024,{},2\n"
    rows = {row[2:] for row in stored(known, content.format("15 / 16"))}
    assert ("S03", None, 4.0, 5.0) in rows and ("S03", None, 15.0, 16.0) in rows and ("S08", 1.0, None, None) in rows
    for date in ("2024-05-04", "04/05/2024", "4-Thg5", "04/05"):
        seen = look_at(content.format(date).encode(), "a.csv")
        check.create_problem_table(known)
        check.check(known, load(known, seen))
        assert [problem.line for problem in check.problems(known, "reject")] == [2, 3], date
    with pytest.raises(AssertionError):
        stored(known, "Đơn vị,Kỳ,S08\nMa Lâm,03/2024,4/5\n")
    with pytest.raises(AssertionError):
        stored(known, "Đơn vị,Kỳ,S03\nMa Lâm,03/2024,3/2024\n")


def test_period_in_rows_and_columns():
    """A period in the rows and in the header is refused, not overridden."""
    content = "Đơn vị,Kỳ,Tháng 1/2024,\n,,S01,S04\nMa Lâm,03/2024,61,10\n"
    assert refusal(content)[0] == "said_twice"


def test_command_line(tmp_path, monkeypatch, capsys):
    """The command line refuses what is unclear, names the choice, and takes it."""
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    path = tmp_path / "a.csv"
    path.write_text(ASKED, "utf-8")
    assert main(["publish", str(path)]) == 1
    said = "".join(capsys.readouterr().err.split())
    assert "which_column" not in said and '--column"value=Thựchiện"' in said.replace("│", "")
    assert main(["look", str(path), "--column", "value=Thực hiện"]) == 0
    assert "S01 (value)" in capsys.readouterr().out
    assert main(["publish", str(path), "--column", "value=Thực hiện"]) == 0


def test_refused_rows_come_back(tmp_path):
    """The refused rows of a wide file can be mended and uploaded as they are."""
    content = "Đơn vị,Tháng 1/2024,,Tháng 2/2024,\n,S01,S04,S01,S04\nMa Lâm,61,10,62,xx\nHàm Đức,71,20,72,21\n"
    publish([look_at(content.encode(), "a.csv")], store=tmp_path / "store", valid_only=True)
    found = preview(look_at((content + "\n").encode(), "b.csv"), tmp_path / "store")
    mended = found.rejects.replace("xx", "11").to_csv(index=False)
    upload = publish([look_at(mended.encode(), "c.csv")], store=tmp_path / "store").uploads[0]
    assert (upload["accepted"], upload["rejected"], sum(upload["warnings"].values())) == (4, 0, 0)


def test_only_plans(known):
    """A file of plans is not stored as results unless somebody says that they are."""
    content = "Đơn vị,Kỳ,Kế hoạch,\n,,S01,S04\nMa Lâm,03/2024,61,10\n"
    assert refusal(content)[0] == "which_column"
    assert {row[2:4] for row in stored(known, content, value="Kế hoạch")} == {("S01", 61.0), ("S04", 10.0)}


def test_the_name_of_a_group_is_no_plan(known):
    """“Chỉ tiêu” above all indicators names them; beside “Kết quả” it is a plan."""
    content = "Đơn vị,Kỳ,Chỉ tiêu,\n,,S01,S04\nMa Lâm,03/2024,61,10\n"
    assert {row[2:4] for row in stored(known, content)} == {("S01", 61.0), ("S04", 10.0)}


def test_other_periods_beside_the_rows_own(known):
    """Plans and results of other years beside a column of values: each has its own period, the plan none."""
    content = "Đơn vị,Kỳ,Chỉ tiêu,Thực hiện năm 2023,Kế hoạch năm 2024,Thực hiện\nMa Lâm,03/2024,S01,50,90,61\n"
    assert {row[1:4] for row in stored(known, content)} == {("2023", "S01", 50.0), ("2024-03", "S01", 61.0)}
    assert warnings(known) == ["targets_left_out"]
    content = content.replace("Thực hiện năm 2023,", "Ghi chú,")
    assert {row[1:4] for row in stored(known, content)} == {("2024-03", "S01", 61.0)}


def test_a_sum_beside_the_indicators_is_no_denominator(known):
    """A column that names no indicator belongs to none of them."""
    content = "Đơn vị,Kỳ,S01,S04,Tổng số\nMa Lâm,03/2024,61,10,71\n"
    assert {row[2:] for row in stored(known, content)} == {("S01", 61.0, None, None), ("S04", 10.0, None, None)}
    assert warnings(known) == ["columns_left_out"]
