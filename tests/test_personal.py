# ruff: noqa: F401, F811  (fixtures of other tests are imported, and named again as arguments)
"""No name, telephone or identity number, mail or home address of a person is stored, whatever its column."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from ingest import Rejected
from ingest.publish import publish
from ingest.reading.personal import is_name, without_people
from ingest.schema import UPLOADED, tables
from tests.test_check import sound, write
from tests.test_store import small_store, store

FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Hoàng", "Võ", "Đặng", "Bùi", "Ngô", "Dương", "Mai")
GIVEN = ("Văn Tám", "Thị Bé Sáu", "Hữu Phước", "Ngọc Ánh", "Minh Khôi", "Quốc Bảo", "Thị Mỹ Lệ", "Đức Long")
NAMES = [" ".join(pair) for pair in itertools.product(FAMILY, GIVEN)]
PHONES = [f"{first}{number:07}" for number, first in enumerate(["090", "038", "079", "056", "081"] * 20, 1_234_567)]
PHONES += ["0901 234 567", "0938.123.456", "+84 912 345 678", "(0252) 3821 234", "038-212-3456"]
IDENTITIES = [
    f"060{sex}{year:02}{number:06}" for number, (sex, year) in enumerate(itertools.product("0123", range(60, 85)), 1)
]
MAILS = [f"nguyen.{word}@vidu.vn" for word in ("tam", "bay", "chin")]
HOMES = [f"số nhà {number} đường Trần Phú, thôn {number}" for number in range(1, 9)]
PEOPLE = [*NAMES, *PHONES, *IDENTITIES, *MAILS, *HOMES]
# How the text about a person stands in a cell.
FORMS = ("{}", "Mã X-0001, {}", "{} – X-0001", "X-0001\n{}")
COLUMNS = [
    ("dossier", "dossier_code"),
    ("dossier", "officer_code"),
    ("dossier", "late_cause"),
    ("initiative", "initiative_code"),
    ("initiative", "name"),
    ("initiative", "owner"),
    ("initiative", "outcome"),
    ("index_score", "evidence"),
    ("index_score", "source"),
]


def every_table(path: Path) -> Iterator[list[tuple]]:
    """The rows of every table of a snapshot."""
    with duckdb.connect(str(path), read_only=True) as connection:
        for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            yield connection.execute(f'FROM "{name}"').fetchall()


def test_the_corpus_is_large():
    """At least 300 texts, each different."""
    assert len(set(PEOPLE)) >= 300


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_nobody_is_stored(tmp_path, quick, table, column):
    """Every text about a person in one column, in several forms: none is in the archive, the manifest, a problem."""
    rows = []
    for number, text in enumerate(PEOPLE, start=1):
        key = {"initiative_code": f"MH-{number:04}"} if table == "initiative" else {}
        if table == "index_score":
            key = {"year": str(2000 + number // 28), "criterion_code": "direction"}
        rows.append(sound(table, number) | key | {column: FORMS[number % len(FORMS)].format(text)})
    if table == "index_score":
        rows = list({(row["year"], row["criterion_code"]): row for row in rows}.values())
    store, said = tmp_path / "store", []
    try:
        outcome = publish([write(tmp_path / "a.csv", rows)], store=store, valid_only=True)
        said = [*outcome.warnings, *outcome.rejected]
    except Rejected as rejected:
        said = rejected.problems
    told = "\n".join(f"{problem} {problem.hint}" for problem in said)
    kept = [told, *(path.read_text("utf-8", "replace") for path in store.rglob("*.json*"))]
    for path in store.rglob("*.parquet"):
        kept.append(json.dumps(duckdb.sql(f"FROM '{path}'").fetchall(), default=str, ensure_ascii=False))
    everything = "\n".join(kept).lower()
    assert [text for text in PEOPLE if text.lower() in everything] == []
    # Each cell with a person is told.
    assert len({problem.line for problem in said}) >= len(rows) * 0.99 or not said[0].line


@pytest.mark.slow
@pytest.mark.parametrize("table", UPLOADED)
def test_nobody_is_anywhere(store, tmp_path, table, caplog):
    """Texts about people in every column of a table in turn: no file of the store and no line of the log holds one."""
    columns = [column.name for column in tables()[table].columns if column.name != "simulated"]
    rows, people = [], random.Random(1).sample(PEOPLE, len(PEOPLE))
    for number, (text, column) in enumerate(zip(people * 2, itertools.cycle(columns), strict=False), start=1):
        many = table in ("dossier", "initiative")  # the keys of the other tables are of few values
        row = dict.fromkeys(columns, "") | sound(table, 100 + number if many else 1 + number % 9)
        rows.append(row | {column: FORMS[number % len(FORMS)].format(text)})
    file = write(tmp_path / f"{people[0]}_{PHONES[0]}.csv", rows)
    with caplog.at_level(0), suppress(Rejected):
        publish([file], store=store, valid_only=True)
    kept = [caplog.text, *(f"{path.name}" for path in store.rglob("*"))]
    for path in store.rglob("*"):
        if path.suffix == ".parquet":
            kept.append(str(duckdb.sql(f"FROM '{path}'").fetchall()))
        elif path.suffix == ".duckdb":
            kept += map(str, every_table(path))
        elif path.is_file():
            kept.append(path.read_text("utf-8", "replace"))
    everything = "\n".join(kept).lower()
    assert [text for text in PEOPLE if text.lower() in everything] == []


@pytest.mark.parametrize(
    "text",
    [
        "UBND xã Hàm Đức",
        "Phòng Văn hóa và Thông tin",
        "Phan Thiết",
        "Phan Rí Cửa",
        "Trường Tiểu học Lê Hồng Phong",
        "Thành phố Hồ Chí Minh",
        "Hồ sơ đất đai",
        "NÂNG CAO CHẤT LƯỢNG HỒ SƠ",
        "Đoàn Thanh niên",
        "Đăng ký thường trú",
        "Liên thông khai tử, mai táng phí, xóa đăng ký tạm trú",
        "Công văn số 1234/QĐ-UBND ngày 05.03.2024",
        "Kinh phí 120000000 đồng",
        "Từ 05-03-2024 08:30 đến 06-03-2024",
        "Đạt 123456789 lượt",
        "H11.16.01-240304-0001",
    ],
)
def test_what_is_about_no_person_stays(text):
    """Places, schools, offices, dates, amounts and documents stay as they are."""
    assert without_people(text) == text and not is_name(text)
