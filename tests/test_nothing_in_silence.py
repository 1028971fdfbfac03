"""Any clean table with one or two pollutions is read equal, refused, or equal but for changes that are told."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import duckdb
import pytest
import xlsxwriter

from ingest import Rejected, check
from ingest.reading.look import load, look_at
from tests.known import knowing

pytestmark = pytest.mark.slow

UNITS = {
    "23059": "Thị trấn Ma Lâm",
    "23092": "Xã Hàm Đức",
    "23062": "TT. Phú Long",
    "23077": "Hàm Phú",
    "23095": "X. Hàm Liêm",
}
_CYRILLIC = str.maketrans("HB", "НВ")


@dataclass
class Document:
    """A file to be written: texts above the header, header, rows of texts, texts below, and how it is written.

    expected: for each row its values by column; heads: further header rows above the header.
    """

    table: str
    header: list[str]
    rows: list[list[str]]
    expected: list[dict[str, str]]
    above: list[list[str]] = field(default_factory=list)
    heads: list[list[str]] = field(default_factory=list)
    below: list[list[str]] = field(default_factory=list)
    separator: str = ","
    encoding: str = "utf-8"
    quoting: int = csv.QUOTE_MINIMAL
    formats: dict[int, str] = field(default_factory=dict)
    formulas: set[tuple[int, int]] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    pieces: int = 1
    raw: Callable[[bytes], bytes] = bytes

    def grid(self) -> list[list[str]]:
        """Everything as rows of texts."""
        return [*self.above, *self.heads, self.header, *self.rows, *self.below]

    def text(self) -> bytes:
        """The document as a text file."""
        out = io.StringIO()
        csv.writer(out, delimiter=self.separator, quoting=self.quoting, lineterminator="\r\n").writerows(self.grid())
        return self.raw(out.getvalue().encode(self.encoding))

    def workbook(self) -> bytes:
        """The document as a workbook of one sheet or several."""
        out = io.BytesIO()
        with xlsxwriter.Workbook(out) as book:
            size = -(-len(self.rows) // self.pieces)
            for piece in range(self.pieces):
                self._sheet(book, f"Phần {piece + 1}", range(piece * size, min((piece + 1) * size, len(self.rows))))
        return out.getvalue()

    def _sheet(self, book: xlsxwriter.Workbook, name: str, taken: range) -> None:
        page = book.add_worksheet(name)
        formats = {place: book.add_format({"num_format": form}) for place, form in self.formats.items()}
        top = [*self.above, *self.heads, self.header]
        whole = [
            *((row, None) for row in top),
            *((self.rows[at], at) for at in taken),
            *((row, None) for row in self.below),
        ]
        for line, (row, at) in enumerate(whole):
            if at in self.hidden and at is not None:
                page.set_row(line, None, None, {"hidden": True})
            for place, value in enumerate(row):
                if (at, place) in self.formulas:
                    page.write_formula(line, place, "=1+1", None, "")
                elif at is not None and place in formats and value:
                    page.write_number(line, place, float(value), formats[place])
                elif value != "":
                    page.write_string(line, place, value)


# --------------------------------------------------------------------------------------- clean tables


def dossiers(chance: random.Random) -> Document:
    """A list of dossiers with a free-text column."""
    header = [
        "Mã hồ sơ",
        "Đơn vị giải quyết",
        "Mã thủ tục",
        "Hình thức nộp",
        "Trạng thái",
        "Ngày tiếp nhận",
        "Ngày hẹn trả",
        "Mã cán bộ",
        "Trích yếu",
    ]
    rows, expected = [], []
    for number in range(chance.randint(3, 7)):
        unit, day = chance.choice(sorted(UNITS)), chance.randint(1, 28)
        code, officer = f"H11.16.01-2403{day:02}-{number:04}", chance.choice(["", f"CB-{number}"])
        note = chance.choice(["", "Cấp lại; bản sao, 2 tờ", "Khổ 3×4", "Đất lúa"])
        rows.append(
            [
                code,
                UNITS[unit],
                "1.001193",
                "Trực tiếp",
                "Đang xử lý",
                f"{day:02}/03/2024 08:15:00",
                f"{day:02}/04/2024 17:00:00",
                officer,
                note,
            ]
        )
        expected.append({
            "dossier_code": code, "unit_code": unit, "channel": "direct", "state": "processing", "officer_code": officer,
            "received_at": f"2024-03-{day:02} 08:15:00", "due_at": f"2024-04-{day:02} 17:00:00",
        })  # fmt: skip
    return Document("dossier", header, rows, expected)


def values(chance: random.Random) -> Document:
    """Two indicators of some communes, one column each."""
    header = ["Xã, thị trấn", "Kỳ", "S01", "S08"]
    units = chance.sample(sorted(UNITS), chance.randint(3, 5))
    rows, expected = [], []
    for unit in units:
        share, count = chance.randint(200, 999) / 10, chance.randint(2, 60)
        rows.append([UNITS[unit], "03/2024", str(share), str(count)])
        expected += [
            {"unit_code": unit, "period": "2024-03", "indicator_code": code, "value": value}
            for code, value in (("S01", share), ("S08", float(count)))
        ]
    return Document("kpi_value", header, rows, expected)


def initiatives(chance: random.Random) -> Document:
    """Pilots with a name in words."""
    header = ["initiative_code", "unit_code", "kind", "group_code", "name", "owner", "percent"]
    rows, expected = [], []
    for number in range(chance.randint(3, 6)):
        unit, code = (
            chance.choice(sorted(UNITS)),
            chance.choice([f"MH-{number:02}", f"TONG-{number:02}", f"CONG-{number:02}"]),
        )
        name = chance.choice(["Chợ 4.0", "Camera 3×4", "Một cửa số; tại nhà", "Cộng đồng số"])
        rows.append([code, unit, "pilot", "digital", name, "Phòng Nội vụ", str(number)])
        expected.append(
            {
                "initiative_code": code,
                "unit_code": unit,
                "name": name,
                "owner": "Phòng Nội vụ",
                "percent": float(number),
            }
        )
    return Document("initiative", header, rows, expected)


CLEAN = {"dossier": dossiers, "kpi_value": values, "initiative": initiatives}
KEYS = {
    "dossier": ("dossier_code",),
    "kpi_value": ("unit_code", "period", "indicator_code"),
    "initiative": ("initiative_code",),
}


# ---------------------------------------------------------------------------------------- pollutions


def _every_code(document: Document, change: Callable[[str], str]) -> Document:
    return replace(document, rows=[[change(row[0]), *row[1:]] for row in document.rows])


def _one_code(change: Callable[[str], str]) -> Callable[[Document, random.Random], Document]:
    def polluted(document: Document, chance: random.Random) -> Document:
        place = chance.randrange(len(document.rows))
        return replace(
            document,
            rows=[[change(row[0]) if at == place else row[0], *row[1:]] for at, row in enumerate(document.rows)],
        )

    return polluted


def lower_codes(document, chance):
    """Codes in small letters."""
    return _every_code(document, str.lower)


def months_first(document, chance):
    """Dates as an American system writes them."""

    def american(text: str) -> str:
        if len(text) == 19 and text[2] == text[5] == "/":
            hour = int(text[11:13])
            return f"{int(text[3:5])}/{int(text[:2])}/{text[6:10]} {(hour - 1) % 12 + 1}:{text[14:16]}:00 {'AM' if hour < 12 else 'PM'}"
        return text

    return replace(document, rows=[[american(text) for text in row] for row in document.rows])


def total_row(document, chance):
    """A row of totals below, with any word."""
    word = chance.choice(["Tổng cộng", "Cộng", "Bình quân", "TOÀN HUYỆN", "Trung bình", "Cụm miền núi"])
    return replace(document, below=[[word, *[""] * (len(document.header) - 2), "12"]])


def signature(document, chance):
    """Place, date and signatures below."""
    width = len(document.header)
    lines = [["Ma Lâm, ngày 31 tháng 3 năm 2024"], ["Người lập biểu", "", "Thủ trưởng đơn vị"]]
    return replace(
        document, below=[*document.below, [""] * width, *([*line, *[""] * (width - len(line))] for line in lines)]
    )


def header_again(document, chance):
    """The header repeated among the rows, as where pages were joined."""
    place = chance.randrange(1, len(document.rows))
    return replace(document, rows=[*document.rows[:place], document.header, *document.rows[place:]])


def blank_rows(document, chance):
    """A blank row after every row."""
    return replace(document, rows=[line for row in document.rows for line in (row, [""] * len(row))])


def title_of_two_periods(document, chance):
    """No column of the period, and a title that compares two."""
    if document.table != "kpi_value" or document.header[1] != "Kỳ":
        return document
    said = chance.choice(
        [
            "Kết quả tháng 3/2024 so với tháng 2/2024",
            "Quý I và Quý II/2024",
            "Tuần 12 năm 2024",
            "Kế hoạch chuyển đổi số năm 2024",
        ]
    )
    drop = [[row[0], *row[2:]] for row in (document.header, *document.rows)]
    return replace(document, above=[[said]], header=drop[0], rows=drop[1:])


def months_over_indicators(document, chance):
    """Two months beside each other, each with both indicators below it."""
    if document.header != ["Xã, thị trấn", "Kỳ", "S01", "S08"]:
        return document
    month, later = chance.choice([("Tháng 2/2024", "2024-02"), ("T4/2024", "2024-04"), ("Quý I/2024", "2024-Q1")])
    rows = [[row[0], *row[2:], str(float(row[2]) - 1), str(float(row[3]) + 1)] for row in document.rows]
    step = {"S01": -1, "S08": 1}
    more = [
        {**row, "period": later, "value": round(row["value"] + step[row["indicator_code"]], 6)}
        for row in document.expected
    ]
    return replace(
        document,
        heads=[["", "Tháng 3/2024", "", month, ""]],
        header=["Xã, thị trấn", "S01", "S08", "S01", "S08"],
        rows=rows,
        expected=[*document.expected, *more],
    )


def plan_beside_result(document, chance):
    """A plan and a result below each indicator, in either order."""
    if document.header != ["Xã, thị trấn", "Kỳ", "S01", "S08"]:
        return document
    plan, result = chance.choice([("Kế hoạch", "Thực hiện"), ("Mục tiêu", "Kết quả"), ("Chỉ tiêu giao", "Đạt")])
    return replace(
        document,
        heads=[["", "", "S01", "", "S08", ""]],
        header=["Xã, thị trấn", "Kỳ", plan, result, plan, result],
        rows=[[row[0], row[1], "90", row[2], "99", row[3]] for row in document.rows],
    )


def same_indicator_twice(document, chance):
    """A second column for an indicator."""
    if document.table != "kpi_value":
        return document
    word = chance.choice(["S01", "s01"])
    return replace(document, header=[*document.header, word], rows=[[*row, "1"] for row in document.rows])


def lost_separator(document, chance):
    """A quoted cell glued to the one before it."""
    rows = [list(row) for row in document.rows]
    place = chance.randrange(len(rows))
    at = chance.randrange(len(rows[place]) - 1)
    glued = f'{rows[place][at]}"{rows[place][at + 1]}{document.separator} x"'
    whole = replace(document, rows=[*rows[:place], *rows[place + 1 :]])
    line = document.separator.join([*rows[place][:at], glued, *rows[place][at + 2 :]])
    if document.quoting == csv.QUOTE_ALL or any(document.separator in text for text in rows[place]):
        return document
    return replace(whole, raw=lambda data: document.raw(data + (line + "\r\n").encode(document.encoding)))


def shares(document, chance):
    """Percentages as shares of one."""
    if document.table != "kpi_value" or document.header.count("S01") != 1:
        return document
    at = document.header.index("S01")
    return replace(
        document,
        rows=[
            [*row[:at], str(round(float(row[at]) / 100, 4)), *row[at + 1 :]] if row[at][:1].isdigit() else row
            for row in document.rows
        ],
    )


def double_encoded(document, chance):
    """UTF-8 read as Windows-1252 and saved as UTF-8 again."""

    def again(data: bytes) -> bytes:
        try:
            return document.raw(data).decode("utf-8").encode("utf-8").decode("cp1252").encode("utf-8")
        except UnicodeDecodeError:
            return document.raw(data).decode("utf-8").encode("utf-8").decode("latin-1").encode("utf-8")

    return replace(document, encoding="utf-8", raw=again)


def lossy(document, chance):
    """Saved by an encoding that has only some of the letters."""
    encoding = chance.choice(["latin-1", "cp1252", "ascii"])
    return replace(
        document,
        encoding="utf-8",
        raw=lambda data: document.raw(data).decode("utf-8", "replace").encode(encoding, "replace"),
    )


def cut_letters(document, chance):
    """A byte in the middle of a letter is lost."""

    def cut(data: bytes) -> bytes:
        data = document.raw(data)
        places = [at for at, byte in enumerate(data) if byte >= 0xE0]
        at = chance.choice(places) if places else len(data) - 1
        return data[: at + 1] + data[at + 2 :]

    return replace(document, raw=cut)


def codes_as_numbers(document, chance):
    """Codes that Excel has turned into numbers."""
    form = chance.choice(["2.40304E+11", "2,40304E+11", "240304000100012345"])
    return _one_code(lambda code: form)(document, chance)


TEXT = {
    "lower codes": lower_codes,
    "dashes": _one_code(lambda code: code.replace("-", "–")),
    "blanks in a code": _one_code(lambda code: f" {code[:3]}\u00a0{code[3:]}\u200b"),
    "Cyrillic": _one_code(lambda code: code.translate(_CYRILLIC)),
    "Excel's apostrophe": lambda document, chance: _every_code(document, lambda code: f"'{code}"),
    "point zero": _one_code(lambda code: f"{code}.0"),
    "a name in a code": _one_code(lambda code: f"{code} Nguyễn Văn Tèo 0912345678"),
    "codes as numbers": codes_as_numbers,
    "months first": months_first,
    "total row": total_row,
    "signature": signature,
    "header again": header_again,
    "blank rows": blank_rows,
    "title of two periods": title_of_two_periods,
    "same indicator twice": same_indicator_twice,
    "months over indicators": months_over_indicators,
    "plan beside result": plan_beside_result,
    "lost separator": lost_separator,
    "shares": shares,
    "double encoded": double_encoded,
    "lossy": lossy,
    "cut letters": cut_letters,
    "semicolon": lambda document, chance: replace(document, separator=";"),
    "tabs in UTF-16": lambda document, chance: replace(document, separator="\t", encoding="utf-16"),
    "all quoted": lambda document, chance: replace(document, quoting=csv.QUOTE_ALL),
    "a second mark": lambda document, chance: replace(document, raw=lambda data: b"\xef\xbb\xbf" + document.raw(data)),
}  # fmt: skip


_WRITING = ("semicolon", "tabs in UTF-16", "all quoted")


def percent_cells(document, chance):
    """Percentages as cells with a percent format."""
    if document.table != "kpi_value" or document.header.count("S01") != 1:
        return document
    at = document.header.index("S01")
    rows = [[*row[:at], str(float(row[at]) / 100), *row[at + 1 :]] if row[at] else row for row in document.rows]
    return replace(document, rows=rows, formats={**document.formats, at: "0.00%"})


def thousands_in_the_format(document, chance):
    """Counts shown in thousands."""
    if document.table != "kpi_value" or document.header.count("S08") != 1:
        return document
    at = document.header.index("S08")
    expected = [
        {**row, "value": float(f"{row['value'] / 1000:.3f}")} if row["indicator_code"] == "S08" else row
        for row in document.expected
    ]
    return replace(document, expected=expected, formats={**document.formats, at: "0.000,"})


def uncalculated(document, chance):
    """A formula without a stored result."""
    at, place = chance.randrange(len(document.rows)), chance.randrange(1, len(document.header) - 1)
    return replace(document, formulas={(at, place)})


SHEETS = {
    "percent cells": percent_cells,
    "thousands in the format": thousands_in_the_format,
    "uncalculated": uncalculated,
    "hidden rows": lambda document, chance: replace(document, hidden={chance.randrange(len(document.rows))}),
    "several sheets": lambda document, chance: replace(document, pieces=2),
    "total row": total_row,
    "shares": shares,
    "dashes": TEXT["dashes"],
    "a name in a code": TEXT["a name in a code"],
    "same indicator twice": same_indicator_twice,
    "months over indicators": months_over_indicators,
    "plan beside result": plan_beside_result,
    "signature": signature,
}


# ------------------------------------------------------------------------------------------- the three results


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A connection with the reference data and no dossier."""
    with knowing(tmp_path_factory.mktemp("silence")) as connection:
        yield connection


def require_told(connection: duckdb.DuckDBPyConnection, document: Document, data: bytes, name: str) -> str:
    """Fail unless the file is refused, or every row is there and each changed value has a warning on its line."""
    check.create_problem_table(connection)
    try:
        source = load(connection, look_at(data, name))
    except Rejected as refused:
        assert all(problem.reason and (problem.hint or problem.reason) for problem in refused.problems)
        return "refused"
    check.check(connection, source)
    if check.problems(connection, "reject"):
        return "refused"
    assert source.table.name == document.table
    warned = {problem.line for problem in check.problems(connection, "warning")}
    keys = KEYS[document.table]
    columns = list(document.expected[0])
    got = {}
    for line, *cells in connection.execute(f"SELECT line, {', '.join(columns)} FROM incoming").fetchall():
        row = dict(zip(columns, cells, strict=True))
        assert tuple(row[key] for key in keys) not in got
        got[tuple(row[key] for key in keys)] = line, row
    wanted = {tuple(row[key] for key in keys): row for row in document.expected}
    told = bool(warned)
    assert len(got) == len(wanted), "rows lost or made up"
    for key, row in wanted.items():
        if key not in got:
            assert told, f"the key {key} was changed without a word"
            continue
        line, mine = got[key]
        for column, value in row.items():
            same = mine[column] == value or str("" if mine[column] is None else mine[column]) == str(value)
            assert same or line in warned or 0 in warned, (column, mine[column], value)
    return "told" if told else "equal"


def polluted(kinds: dict[str, Callable], table: str, seed: int, names: list[str]) -> Document:
    """A clean table with the named pollutions one after the other."""
    chance = random.Random(seed)
    document = CLEAN[table](chance)
    # How a text is written comes first: a line added to it must be written alike.
    for name in sorted(names, key=lambda name: name not in _WRITING):
        document = kinds[name](document, chance)
    return document


@pytest.mark.parametrize("table", CLEAN)
def test_clean_tables_are_read_equal(known, table):
    """Without a pollution nothing is refused and nothing is told."""
    for seed in range(5):
        document = polluted({}, table, seed, [])
        assert require_told(known, document, document.text(), "sạch.csv") == "equal"
    assert require_told(known, document, document.workbook(), "sạch.xlsx") == "equal"


def chosen(kinds: dict[str, Callable], tables: int, pairs: int) -> Iterator[tuple[str, int, list[str]]]:
    """Table, seed and pollutions: each pollution alone on so many of the tables that it changes, then random pairs."""
    chance = random.Random(597)
    for seed, name in enumerate(sorted(kinds)):
        fitting = [
            table for table in sorted(CLEAN) if polluted(kinds, table, seed, [name]) != polluted({}, table, seed, [])
        ]
        for table in chance.sample(fitting, min(tables, len(fitting))):
            yield table, seed, [name]
    for seed in range(100, 100 + pairs):
        yield chance.choice(sorted(CLEAN)), seed, chance.sample(sorted(kinds), 2)


def test_texts(known):
    """Each pollution of a text file alone on every table, and two at once."""
    for table, seed, names in chosen(TEXT, len(CLEAN), 50):
        document = polluted(TEXT, table, seed, names)
        try:
            data = document.text()
        except UnicodeDecodeError:
            continue  # two pollutions that no program could have applied
        told(known, document, data, "tệp.csv", table, seed, names)


def test_workbooks(known):
    """Each pollution of a workbook alone, and two at once; each workbook is read in a process of its own."""
    for table, seed, names in chosen(SHEETS, 1, 7):
        document = polluted(SHEETS, table, seed, names)
        told(known, document, document.workbook(), "tệp.xlsx", table, seed, names)


def told(known, document: Document, data: bytes, name: str, *case: object) -> None:
    """Like require_told; a failure names the case."""
    try:
        require_told(known, document, data, name)
    except AssertionError as error:
        error.add_note(f"case: {case}")
        raise
