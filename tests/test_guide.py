"""docs/nhap-lieu.md tells an analyst of every message, table and picture there is."""

from __future__ import annotations

import re

from docs import messages
from ingest import limits
from ingest.encoding import ENCODINGS
from ingest.template import TITLES
from tests.browser import ROOT

TEXT = messages.GUIDE.read_text(encoding="utf-8")


def test_every_message_is_listed():
    """The section is what the code says today; if not: python docs/messages.py."""
    assert TEXT.partition(messages.BEGIN)[2].partition(messages.END)[0].strip() == messages.as_markdown().strip()


def test_messages_are_found():
    """Each way in which the code speaks: a call, a table of sentences, a doubt, a rule in SQL, one with a value in it."""
    listed = {text for rows in messages.listed().values() for text in rows}
    for known in (
        "Tệp trống.",
        "Thiếu cột bắt buộc.",
        "Tệp có mật khẩu nên không đọc được.",
        "Mã không có trong danh mục.",
        "Không rõ kỳ nào. Viết 2024-03, 2024-Q1, 2024-H1 hoặc 2024.",
        "Điểm tối đa phải lớn hơn 0.",
        "Dòng có … giá trị, tiêu đề có … cột.",
        "Khác số đang giải quyết cuối kỳ … (…).",
        "Việc đọc tệp dừng giữa chừng.",
    ):
        assert known in listed, known


def test_every_rule_has_its_message():
    """No rule in queries/check/ is left out."""
    for path in (ROOT / "queries" / "check").glob("*.sql"):
        table = re.search(r"^-- table: (\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)[1]
        assert messages._of_rules(table), path.name
        texts = [
            text for text in re.findall(r"'([^']*)'", path.read_text(encoding="utf-8")) if messages.is_sentence(text)
        ]
        listed = " ".join(messages._of_rules(table))
        assert all(text in listed for text in texts), path.name


def test_tables_encodings_and_limits():
    """What can be uploaded is named."""
    assert all(title in TEXT for title in TITLES.values())
    assert all(
        name.split(" chứa ")[0].split(" LE")[0].split(" BE")[0].split(" ")[0] in TEXT for name in ENCODINGS.values()
    )
    assert f"{limits.BYTES // 1024**2} MB" in TEXT and f"{limits.ROWS // 10**6} triệu dòng" in TEXT


def test_pictures():
    """Every picture is there, and none that nobody shows."""
    shown = set(re.findall(r"!\[[^\]]+\]\(pictures/([\w-]+\.png)\)", TEXT))
    assert shown == {path.name for path in (ROOT / "docs" / "pictures").iterdir()}
