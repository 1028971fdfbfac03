"""Random dossiers in many office formats are read back equal: encoding × separator × dates × header."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import unicodedata
from functools import partial

import duckdb
import pytest
import xlsxwriter

from ingest import check
from ingest.reading.encoding import ENCODINGS, encode
from ingest.reading.look import load, look_at
from ingest.reading.text import SEPARATORS
from tests.known import knowing

pytestmark = pytest.mark.slow

# Column, its name in offices, its group in a header of several rows.
HEADERS = {
    "dossier_code": ("Số hồ sơ", "Hồ sơ"),
    "unit_code": ("Đơn vị giải quyết", "Hồ sơ"),
    "procedure_code": ("Mã thủ tục", "Hồ sơ"),
    "channel": ("Hình thức nộp", "Hồ sơ"),
    "state": ("Trạng thái", "Hồ sơ"),
    "received_at": ("Ngày tiếp nhận", "Thời gian"),
    "due_at": ("Ngày hẹn trả", "Thời gian"),
    "reschedule_count": ("Số lần hẹn lại", "Thời gian"),
    "officer_code": ("Mã cán bộ", "Khác"),
}
NOTE = ("Trích yếu", "Khác")  # a free-text column, which is not read but must not shift the others
UNITS = {"23059": "UBND thị trấn Ma Lâm", "23092": "xã Hàm Đức", "23062": "UBND TT. Phú Long", "597-DD": "597-DD"}
CHANNELS = {"direct": "Trực tiếp", "online": "Trực tuyến", "postal": "Bưu chính công ích"}
STATES = {"processing": "Đang xử lý", "supplement_requested": "Yêu cầu bổ sung giấy tờ"}
DATES = {
    "day_first": "%d/%m/%Y %H:%M:%S", "dashes": "%d-%m-%Y %H:%M:%S", "iso": "%Y-%m-%d %H:%M:%S",
    "iso_t": "%Y-%m-%dT%H:%M:%S", "compact": "%Y%m%d%H%M%S", "time_first": "%H:%M:%S %d/%m/%Y", "serial": "",
}  # fmt: skip
STYLES = ("plain", "titles", "indented", "two_rows", "three_rows", "numbered", "totalled", "everything")
LETTERS = (
    'aăâbcdđeêghiklmnoôơpqrstuưvxy áàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ0123456789,;|.:/-"\n'
)


def drawn_dossiers(chance: random.Random) -> list[dict]:
    """One to six random dossiers."""
    first = dt.datetime(2023, 1, 1)
    seconds = int((dt.datetime(2024, 11, 30) - first).total_seconds())
    return [
        {
            "unit_code": chance.choice(sorted(UNITS)),
            "channel": chance.choice(sorted(CHANNELS)),
            "state": chance.choice(sorted(STATES)),
            "received_at": first + dt.timedelta(seconds=chance.randint(0, seconds)),
            "days": chance.randint(0, 60),
            "reschedule_count": chance.choice([None, 0, 1]),
            "officer_code": chance.choice([None, f"CB-{chance.randrange(10 ** chance.randint(1, 5))}"]),
            "note": "".join(chance.choices(LETTERS, k=chance.choice([0, 1, 5, 30]))),
        }
        for _ in range(chance.randint(1, 6))
    ]


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A connection with the reference data and no dossier."""
    with knowing(tmp_path_factory.mktemp("empty")) as connection:
        yield connection


def expected(drawn: list[dict]) -> list[dict]:
    """The dossiers in the form stored in the table."""
    kept = []
    for number, one in enumerate(drawn, start=1):
        row = {name: one.get(name) for name in HEADERS}
        row |= {"dossier_code": f"H11.16.01-{one['received_at']:%y%m%d}-{number:04}", "procedure_code": "1.001193"}
        kept.append(row | {"due_at": one["received_at"] + dt.timedelta(days=one["days"])})
    return kept


def written(kept: list[dict], notes: list[str], moment) -> list[list]:
    """The dossiers as an office writes them, each as a list of cells."""
    words = {**UNITS, **CHANNELS, **STATES}
    rows = []
    for row, note in zip(kept, notes, strict=True):
        cells = [moment(value) if isinstance(value, dt.datetime) else value for value in row.values()]
        rows.append([words.get(cell, cell) if cell is not None else None for cell in cells] + [note or None])
    return rows


def sheet(rows: list[list], style: str) -> list[list]:
    """Rows with the header and the extra rows of a style."""
    titles, groups = ([*(pair[place] for pair in HEADERS.values()), NOTE[place]] for place in (0, 1))
    merged = [name if place == 0 or groups[place - 1] != name else None for place, name in enumerate(groups)]
    width = len(titles)
    head = [titles]
    if style in ("two_rows", "three_rows", "everything"):
        head = [merged, titles]
    if style in ("three_rows", "everything"):
        head = [["Danh sách theo dõi", *[None] * (width - 1)], *head]
    numbers = [[f"({place})" for place in range(1, width + 1)]] if style in ("numbered", "everything") else []
    total = [["Tổng cộng", *[None] * (width - 2), str(len(rows))]] if style in ("totalled", "everything") else []
    above = [["UBND huyện Hàm Thuận Bắc"], [], ["Từ ngày 01/01/2023"]] if style in ("titles", "everything") else []
    whole = [*([*row, *[None] * (width - len(row))] for row in above), *head, *numbers, *rows, *total]
    return [[None, *row] for row in whole] if style in ("indented", "everything") else whole


def serial(at: dt.datetime, first: dt.datetime = dt.datetime(1899, 12, 30)) -> float:
    """The day number in a spreadsheet."""
    return (at - first).total_seconds() / 86_400


def in_text(at: dt.datetime, form: str) -> str:
    """A moment as text in one of the formats of DATES."""
    return at.strftime(DATES[form]) if DATES[form] else f"{serial(at):.9f}"


def read_back(connection: duckdb.DuckDBPyConnection, data: bytes, name: str) -> list[dict]:
    """The rows that would be stored; no row may be refused."""
    check.create_problem_table(connection)
    source = load(connection, look_at(data, name))
    check.check(connection, source)
    assert check.problems(connection, "reject") == []
    columns = ", ".join(HEADERS)
    return connection.execute(f"SELECT {columns} FROM incoming ORDER BY row_id").df().to_dict("records")


def same(one: list[dict], other: list[dict]) -> bool:
    """Whether two lists of rows are equal, whatever represents a missing value."""
    plain = [
        [[None if value != value or value is None else value for value in row.values()] for row in rows]
        for rows in (one, other)
    ]
    return plain[0] == plain[1]


@pytest.mark.parametrize("separator", SEPARATORS, ids=SEPARATORS.get)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text(known, encoding, separator):
    """Random dossiers in any delimited file are read back equal; dates, header and ends of lines differ every time."""
    for turn in range(2):
        chance = random.Random(f"{encoding} {separator} {turn}")
        drawn, form, style = drawn_dossiers(chance), chance.choice(sorted(DATES)), chance.choice(STYLES)
        end, quoting = chance.choice(["\n", "\r\n", "\r"]), chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
        kept = expected(drawn)
        rows = sheet(written(kept, [one["note"] for one in drawn], partial(in_text, form=form)), style)
        if end == "\r":
            quoting = csv.QUOTE_ALL  # Python's writer would not quote a line feed, which looks like the end of a record
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
        # TCVN3 has separate fonts for capitals; a file in it has lower-case letters.
        text = out.getvalue()
        if "tcvn3" in encoding:
            text = "".join(letter if letter.isascii() else letter.lower() for letter in text)
        assert same(read_back(known, encode(text, encoding), "a.csv"), kept), (turn, form, style, end, quoting)


@pytest.mark.parametrize("date_1904", [False, True], ids=["from 1900", "from 1904"])
def test_workbook(known, date_1904):
    """Random dossiers in a workbook are read back equal: typed dates, texts or numbers, in every style."""
    first = dt.datetime(1904, 1, 1) if date_1904 else dt.datetime(1899, 12, 30)
    # Nine forms and eight styles: none of the pairs comes twice.
    for number, form in enumerate(["typed", *sorted(DATES), "bare_serial"], start=date_1904):
        chance, style = random.Random(f"{form} {date_1904}"), STYLES[number % len(STYLES)]
        drawn = drawn_dossiers(chance)
        kept = expected(drawn)
        rows = sheet(written(kept, [one["note"] for one in drawn], partial(in_cell, form=form, first=first)), style)
        assert same(read_back(known, workbook(rows, date_1904), "a.xlsx"), kept), (form, style)


def in_cell(at: dt.datetime, form: str, first: dt.datetime) -> dt.datetime | float | str:
    """A moment as a typed cell, as the number behind one, or as text."""
    if form == "typed":
        return at
    if form in ("bare_serial", "serial"):
        return serial(at, first) if form == "bare_serial" else f"{serial(at, first):.9f}"
    return in_text(at, form)


def workbook(rows: list[list], date_1904: bool) -> bytes:
    """A workbook of these cells, each of its type."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "date_1904": date_1904}) as book:
        page, dated = book.add_worksheet("Hồ sơ"), book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, dt.datetime):
                    page.write_datetime(number, place, value, dated)
                elif isinstance(value, str):
                    page.write_string(number, place, value)
                elif value is not None:
                    page.write_number(number, place, value)
    return file.getvalue()


def test_letters():
    """Every encoding has all letters used here."""
    assert unicodedata.normalize("NFC", LETTERS) == LETTERS
    for encoding in ENCODINGS:
        encode(" ".join(LETTERS), encoding)
