"""No name, telephone or identity number, mail or home address of a person is stored, whatever its column."""

from __future__ import annotations

import itertools
import json

import duckdb
import pytest

from ingest import Rejected
from ingest.publish import publish
from ingest.reading.personal import is_name, without_people
from tests.test_check import sound, write

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


def test_the_corpus_is_large():
    """At least 300 texts, each different."""
    assert len(set(PEOPLE)) >= 300


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_nobody_is_stored(tmp_path, table, column):
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
