"""What a form says above its header and nowhere in its rows: whose report it is, and of which period."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.reading.mapping import Mapping
from ingest.reading.values import read_period

# Forms that one unit fills for one period. Dossiers carry their own unit and dates: for them nothing is assumed.
FORMS = ("service_report", "kpi_value")
_YEAR = r"(?:năm\s*)?[12]\d{3}"
_PERIODS = (
    rf"qu[ýy]\s*[IVX\d]{{1,3}}\s*[/\-,]?\s*{_YEAR}",
    rf"(?<!\d )(?<!\d)tháng\s*\d{{1,2}}\s*[/\-,]?\s*{_YEAR}",
    rf"(?:6|sáu)\s*tháng\s*(?:đầu|cuối)\s*{_YEAR}",
    r"năm\s*[12]\d{3}",
)
_UNITS = (
    r"đơn vị báo cáo\s*[:：]\s*([^\n;]{3,120})",
    r"(?:^|\n)\s*((?:ubnd|ủy ban nhân dân)\s+(?:xã|thị trấn|phường|tt|x)\b[^\n;]{2,100})",
    r"(?:^|\n)\s*((?:ubnd|ủy ban nhân dân)\s+(?:huyện|thị xã|thành phố)\b[^\n;]{2,100})",
)


def constants(mapping: Mapping, texts: Iterable[str]) -> dict[str, str]:
    """Column to the text that holds for the whole file, for the columns that a form's rows lack."""
    table = mapping.table.name
    if table not in FORMS:
        return {}
    said = "\n".join(texts)
    found = {"unit_code": _unit(said), "period": _period(said)}
    if table == "service_report":
        # A report without a column of fields is that of all of them.
        found["field_code"] = "all"
    return {column: text for column, text in found.items() if text and column in mapping.missing}


def _period(said: str) -> str:
    """The first period that is named, the longest kind of words first; the date of a signature is none."""
    undated = re.sub(r"(?i)ngày\s*\d{1,2}\s*tháng\s*\d{1,2}\s*năm\s*\d{4}", "", said)
    for pattern in _PERIODS:
        for found in re.finditer(pattern, undated, re.IGNORECASE):
            if read_period(found[0]).value:
                return " ".join(found[0].split())
    return ""


def _unit(said: str) -> str:
    """The unit that reports, in the form's own words."""
    for pattern in _UNITS:
        if found := re.search(pattern, said, re.IGNORECASE):
            return " ".join(found[1].split())
    return ""
