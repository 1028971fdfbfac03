"""Templates agree with the schema, and uploads understand the words that they offer."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date

import duckdb
import openpyxl
import pytest
from openpyxl.utils import range_boundaries

from ingest.reading.mapping import recognise
from ingest.reading.values import Words, fold
from ingest.schema import REFERENCE, UPLOADED, tables
from ingest.template import DATA, EXAMPLE, EXPLANATION, LAST_ROW, LISTS, TITLES, file_name, filled, template

pytestmark = pytest.mark.parametrize("table", [tables()[name] for name in TITLES], ids=list(TITLES))


@pytest.fixture(scope="module")
def workbook():
    books = {}

    def workbook(table):
        if table.name not in books:
            books[table.name] = openpyxl.load_workbook(io.BytesIO(template(table)))
        return books[table.name]

    return workbook


@pytest.fixture(scope="module")
def aliases():
    with (REFERENCE / "value_alias.csv").open(encoding="utf-8", newline="") as file:
        return {(row["column"], row["value"], row["alias"]) for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def words():
    with duckdb.connect() as connection:
        for name in ("unit", "procedure", "indicator", "field", "late_cause", "score_index", "criterion", "alias"):
            path = REFERENCE / f"{name}.csv"
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_csv('{path}', all_varchar=true, header=true)")
        yield Words(connection)


def reference(table):
    with (REFERENCE / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def validations(book, table):
    """Column name to its validation; each covers the input rows."""
    found = {}
    for validation in book[DATA].data_validations.dataValidation:
        for cells in str(validation.sqref).split():
            first, top, last, bottom = range_boundaries(cells)
            assert (top, bottom) == (2, LAST_ROW)
            for at in range(first, last + 1):
                found[filled(table)[at - 1].name] = validation
    return found


def offered(book, validation):
    """The (word, code) pairs of a drop-down list, from the cells it refers to."""
    sheet, _, cells = validation.formula1.rpartition("!")
    assert sheet == f"'{LISTS}'"
    column, top, _, bottom = range_boundaries(cells.replace("$", ""))
    rows = book[LISTS].iter_rows(min_row=top, max_row=bottom, min_col=column, max_col=column + 1, values_only=True)
    below = book[LISTS].cell(bottom + 1, column).value
    assert below is None
    return list(rows)


def test_header_is_the_titles_in_order(workbook, table):
    book = workbook(table)
    assert book.sheetnames == [DATA, EXPLANATION, LISTS]
    assert all(sheet.sheet_state == "visible" for sheet in book)
    header = [cell.value for cell in book[DATA][1]]
    assert header == [column.title for column in table.columns if column.name != "simulated"]
    assert book[DATA].freeze_panes == "B2"


def test_header_is_recognised_on_upload(workbook, table):
    mapping = recognise(tuple(cell.value for cell in workbook(table)[DATA][1]))
    assert mapping.table == table
    assert list(mapping.columns) == [column.name for column in filled(table)]
    assert list(mapping.columns.values()) == list(range(len(filled(table))))
    assert not mapping.missing and not mapping.unused and not mapping.personal


def test_required_columns_are_marked(workbook, table):
    cells = dict(zip([column.name for column in filled(table)], workbook(table)[DATA][1], strict=True))
    marked = {name for name, cell in cells.items() if cell.comment}
    assert marked == {column.name for column in table.columns if column.required}
    assert all("bắt buộc" in cells[name].comment.text for name in marked)
    colours = {cells[name].fill.fgColor.rgb for name in marked}
    assert len(colours) == 1
    assert colours.isdisjoint(cells[name].fill.fgColor.rgb for name in cells.keys() - marked)


def test_every_column_is_validated_as_its_type(workbook, table):
    found = validations(workbook(table), table)
    assert found.keys() == {column.name for column in filled(table)}
    for column in filled(table):
        validation = found[column.name]
        assert validation.prompt and len(validation.prompt) <= 255 and len(validation.error) <= 255
        assert validation.showInputMessage and validation.showErrorMessage and validation.allow_blank
        if column.type in ("date", "timestamp"):
            assert (validation.type, validation.operator) == ("date", None)
            assert float(validation.formula1) == (date(2000, 1, 1) - date(1899, 12, 30)).days
        elif column.name == "year":
            assert (validation.type, validation.formula1, validation.formula2) == ("whole", "2000", "2099")
        elif column.type in ("integer", "number"):
            assert validation.type == ("whole" if column.type == "integer" else "decimal")
            assert (validation.operator, validation.formula1) == ("greaterThanOrEqual", "0")
        elif column.type == "boolean" or column.allowed or column.reference not in ("", *UPLOADED):
            assert validation.type == "list"


def test_listed_words_are_known_aliases(workbook, table, aliases):
    book = workbook(table)
    found = validations(book, table)
    for column in filled(table):
        if column.type != "boolean" and not column.allowed:
            continue
        pairs = offered(book, found[column.name])
        name = "boolean" if column.type == "boolean" else column.name
        assert [code for _, code in pairs] == list(column.allowed or ("true", "false"))
        assert {(name, code, word) for word, code in pairs} <= aliases
        assert len({fold(word) for word, _ in pairs}) == len(pairs)
        assert found[column.name].errorStyle in (None, "stop")
        if column.type == "boolean":
            assert [word for word, _ in pairs] == ["Có", "Không"]


def test_lists_hold_the_shipped_references(workbook, table):
    book = workbook(table)
    found = validations(book, table)
    for column in filled(table):
        if column.reference in ("", *UPLOADED):
            continue
        pairs = offered(book, found[column.name])
        key = tables()[column.reference].key[0]
        name = "full_name" if column.reference == "unit" else "name"
        known = {(row[name], row[key]) for row in reference(column.reference)}
        assert pairs and set(pairs) <= known
        # Duplicate names would be ambiguous on upload.
        assert len({fold(word) for word, _ in pairs}) == len(pairs)
        if column.reference != "unit" and (table.name, column.name) != ("kpi_value", "indicator_code"):
            assert set(pairs) == known
        # A code may be written instead of the name.
        assert found[column.name].errorStyle == "warning"


def test_every_offered_word_is_understood_on_upload(workbook, words, table):
    book = workbook(table)
    found = validations(book, table)
    for column in filled(table):
        if found[column.name].type == "list":
            pairs = offered(book, found[column.name])
            meant = words.convert(table, column, [word for word, _ in pairs])
            assert {word: converted.value for word, converted in meant.items()} == dict(pairs)


def test_every_criterion_is_offered(workbook, table):
    if table.name == "index_score":
        book = workbook(table)
        pairs = offered(book, validations(book, table)["criterion_code"])
        assert pairs[0] == ("Tổng", "total")
        assert set(pairs[1:]) == {(row["name"], row["criterion_code"]) for row in reference("criterion")}


def test_units_fit_the_table(workbook, table):
    kinds = {
        "dossier": {"commune": 17, "district_office": 1, "land_registry": 1},
        "kpi_value": {"commune": 17, "district": 1},
        "service_report": {"commune": 17, "district": 1, "district_office": 1, "land_registry": 1},
        "index_score": {"district": 10},
        "portal_score": {"commune": 17, "district": 1},
        "published_class": {"district": 10},
        "initiative": {"commune": 17, "district": 1, "district_office": 1, "land_registry": 1},
        "equipment": {"commune": 17, "district_office": 1},
        "essential_service": {"district": 1},
        "community_team": {"commune": 17},
        "product": {"commune": 17},
        "event": {"commune": 17, "district": 1, "district_office": 1, "land_registry": 1},
    }
    column = next((column for column in table.columns if column.reference == "unit"), None)
    assert (column is not None) == (table.name in kinds)
    if column:
        book = workbook(table)
        kind = {row["full_name"]: row["kind"] for row in reference("unit") if row["valid_from"] < "2025-07-01"}
        names = [word for word, _ in offered(book, validations(book, table)[column.name])]
        counted = [kind[name] for name in names]
        assert {each: counted.count(each) for each in counted} == kinds[table.name]


def test_the_example_is_marked_and_follows_the_formats(workbook, table):
    row = workbook(table)[DATA][2]
    assert row[0].value.startswith(EXAMPLE)
    assert all(cell.value is not None and cell.font.italic for cell in row)
    assert workbook(table)[DATA].max_row == 2
    written = {"text": "@", "period": "@", "boolean": "@", "date": "dd/mm/yyyy", "timestamp": "dd/mm/yyyy hh:mm"}
    for column, cell in zip(filled(table)[1:], row[1:], strict=True):
        assert cell.number_format == written.get(column.type, cell.number_format)
        assert cell.data_type == {"@": "s"}.get(written.get(column.type), "d" if column.type in written else "n")


def test_nothing_is_a_formula(workbook, table):
    for sheet in workbook(table):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f" and not str(cell.value or "").startswith("=")
        assert not sheet.merged_cells.ranges


def test_every_column_is_explained(workbook, table):
    rows = list(workbook(table)[EXPLANATION].iter_rows(values_only=True))
    start = next(number for number, row in enumerate(rows) if row[1])
    assert rows[start] == ("Tên cột", "Mã cột", "Kiểu", "Bắt buộc", "Giá trị nhận được", "Giải thích")
    told = rows[start + 1 :]
    assert [row[:2] for row in told] == [(column.title, column.name) for column in filled(table)]
    assert [row[3] for row in told] == ["có" if column.required else "không" for column in filled(table)]
    assert [row[5] or "" for row in told] == [column.explanation for column in filled(table)]
    assert all(row[2] and row[4] for row in told)
    above = " ".join(row[0] or "" for row in rows[:start])
    assert (
        TITLES[table.name] in above
        and "mỗi dòng" in above
        and "không gộp ô" in above
        and "ngày/tháng/năm" in above
        and EXAMPLE in above
    )
    assert "KHÔNG nhập họ tên, số điện thoại, địa chỉ, số định danh của người dân" in above


def test_the_same_schema_gives_the_same_bytes(table):
    first = template(table)
    assert first == template(table)
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        # Two files made in the same second prove little, so no part may contain the current date.
        assert {part.date_time[0] for part in parts.infolist()} == {1980}
        assert parts.read("docProps/core.xml").count(b"2024-01-01T00:00:00Z") == 2


def test_file_names_are_plain(table):
    name = file_name(table)
    assert name.isascii() and name.startswith("mau-") and name.endswith(".xlsx") and "--" not in name
