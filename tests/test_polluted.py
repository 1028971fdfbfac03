"""Twenty polluted variants of one clean file: the snapshot of each equals that of the clean file."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.publish import publish
from ingest.reading.encoding import encode
from tests.small import quickly_built
from tests.test_check import LATE, OPEN, sound, write
from tests.test_store import ask, database, differing

pytestmark = pytest.mark.slow

ROWS = [
    sound("dossier", 1),
    sound("dossier", 2, **LATE, apology_at="2024-03-08", late_cause="N3"),
    sound("dossier", 3, **OPEN, channel="online", unit_code="23092"),
    sound("dossier", 4, unit_code="597-DD", channel="postal", reschedule_count="1"),
]
HEADERS = {
    "dossier_code": "Số hồ sơ", "unit_code": "Đơn vị giải quyết", "procedure_code": "Mã TTHC",
    "channel": "Hình thức nộp", "state": "Trạng thái hồ sơ", "received_at": "Ngày tiếp nhận", "due_at": "Ngày hẹn trả",
}  # fmt: skip
WORDS = {
    "23059": "UBND thị trấn Ma Lâm", "23092": "X. Hàm Đức", "direct": "Trực tiếp", "online": "Trực tuyến",
    "postal": "Bưu chính công ích", "returned": "Đã trả kết quả", "processing": "Đang xử lý", "false": "Không",
}  # fmt: skip


def table(**options) -> str:
    """The rows as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, **{"lineterminator": "\n", **options})
    writer.writerow(ROWS[0])
    writer.writerows(row.values() for row in ROWS)
    return out.getvalue()


def spoken(separator: str = ";") -> str:
    """The rows as an office writes them: its own headers and words, day-first dates."""
    lines = [separator.join(HEADERS.get(name, name) for name in ROWS[0])]
    lines += [separator.join(WORDS.get(value, value) for value in map(_day_first, row.values())) for row in ROWS]
    return "\n".join(lines) + "\n"


def _day_first(value: str) -> str:
    if len(value) >= 10 and value[4:5] == "-" and value[7:8] == "-":
        return f"{value[8:10]}/{value[5:7]}/{value[:4]}{value[10:]}"
    return value


PREAMBLE = "UBND HUYỆN HÀM THUẬN BẮC\n\nDANH SÁCH HỒ SƠ\nTừ ngày 01/03/2024 đến ngày 31/03/2024\n"
FOOTER = "\nTổng cộng,4\n,Người lập biểu\n"
VARIANTS: dict[str, Callable[[], bytes]] = {
    "bom": lambda: b"\xef\xbb\xbf" + table().encode(),
    "crlf": lambda: table(lineterminator="\r\n").encode(),
    "lone_cr": lambda: table(lineterminator="\r").encode(),
    "mixed_line_ends": lambda: table().replace("\n", "\r\n", 2).encode(),
    "semicolon": lambda: table(delimiter=";").encode(),
    "tab_utf16": lambda: table(delimiter="\t").encode("utf-16"),
    "bar": lambda: table(delimiter="|").encode(),
    "sep_line": lambda: ("sep=;\n" + table(delimiter=";")).encode(),
    "all_quoted": lambda: table(quoting=csv.QUOTE_ALL).encode(),
    "single_quotes": lambda: table(quoting=csv.QUOTE_ALL, quotechar="'").encode(),
    "blank_lines": lambda: table().replace("\n", "\n\n").encode(),
    "trailing_separator": lambda: table().replace("\n", ",\n").encode(),
    "empty_first_column": lambda: "".join(f",{line}\n" for line in table().splitlines()).encode(),
    "preamble": lambda: (PREAMBLE + table()).encode(),
    "footer": lambda: (table() + FOOTER).encode(),
    "preamble_and_footer": lambda: (PREAMBLE + table() + FOOTER).encode(),
    "column_numbers": lambda: _with_numbers(table()).encode(),
    "gzip": lambda: gzip.compress(table().encode()),
    "office_words": lambda: spoken().encode("utf-8-sig"),
    "office_words_cp1258": lambda: encode(spoken(), "cp1258"),
    "office_words_tcvn3": lambda: encode(spoken().lower().replace("cb-", "CB-").replace("h11", "H11"), "tcvn3"),
    "office_words_vni": lambda: encode(spoken("\t"), "vni"),
    "group_rows": lambda: table().replace("\n", "\nI,Lĩnh vực đất đai\n", 1).encode(),
}


def _with_numbers(text: str) -> str:
    """The row (1) (2) (3) under the header."""
    head, _, body = text.partition("\n")
    return f"{head}\n{','.join(f'({number})' for number in range(1, len(ROWS[0]) + 1))}\n{body}"


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> Iterator[Path]:
    """The store of the clean file. What is built of it is the rows themselves: equal rows make equal figures."""
    folder = tmp_path_factory.mktemp("clean")
    with quickly_built(folder):
        publish([write(folder / "clean.csv", ROWS)], store=folder / "store")
        yield folder / "store"


def test_the_snapshot_holds_the_typed_rows(clean):
    assert ask(clean, "SELECT count(*), count(apology_at), count(late_cause) FROM dossier") == [(len(ROWS), 1, 1)]


def test_there_are_twenty():
    """There are twenty variants, covering encoding, separator, quotes, header and footer."""
    assert len(VARIANTS) >= 20


@pytest.mark.parametrize("name", VARIANTS)
def test_equals_the_clean_one(clean, tmp_path, name):
    """Every column of every row is the same."""
    path = tmp_path / f"{name}.csv"
    path.write_bytes(VARIANTS[name]())
    publish([path], store=tmp_path / "store")
    assert differing(database(clean), database(tmp_path / "store")) == []
