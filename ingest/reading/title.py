"""Reads the text above the header of a form: the reporting unit, the period, and what it may say about the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.reading.mapping import Mapping
from ingest.reading.values import aliases, fold, read_period

# Forms that one unit fills in for one period. Dossiers contain their own unit and dates, so nothing is assumed for
# them.
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
    """The columns that the rows of a form lack, with the text that applies to the whole file."""
    table = mapping.table.name
    if table not in FORMS:
        return {}
    said = "\n".join(texts)
    found = {"unit_code": _unit(said), "period": _period(said)}
    if table == "service_report":
        # A report without a field column covers all fields.
        found["field_code"] = "all"
    return {column: text for column, text in found.items() if text and column in mapping.missing}


def likely(mapping: Mapping, texts: Iterable[str]) -> dict[str, str]:
    """What the rows of a file may have in common, for a person to confirm: never taken by itself."""
    said = "\n".join(texts)
    found = {"index_code": _index(said), "year": _year(said)}
    if mapping.table.name == "index_score":
        # A list of districts without criteria gives each one's total.
        found["criterion_code"] = "total"
    return {column: text for column, text in found.items() if text and column in mapping.missing}


def _index(said: str) -> str:
    """The one index that the text names."""
    plain = f" {fold(said)} "
    named = {code for word, code in aliases()["index_code"].items() if len(word) > 4 and f" {word} " in plain}
    return named.pop() if len(named) == 1 else ""


def _year(said: str) -> str:
    """The one year that the text names; the date of a signature does not count."""
    undated = re.sub(r"(?i)ngày\s*\d{1,2}\s*(?:tháng|[/.-])\s*\d{1,2}\s*(?:năm|[/.-])\s*\d{4}", "", said)
    years = set(re.findall(r"(?i)năm\s*(20\d\d)\b", undated))
    return years.pop() if len(years) == 1 else ""


def _period(said: str) -> str:
    """The first period in the text, longest wording first; the date of a signature does not count."""
    undated = re.sub(r"(?i)ngày\s*\d{1,2}\s*tháng\s*\d{1,2}\s*năm\s*\d{4}", "", said)
    for pattern in _PERIODS:
        for found in re.finditer(pattern, undated, re.IGNORECASE):
            if read_period(found[0]).value:
                return " ".join(found[0].split())
    return ""


def _unit(said: str) -> str:
    """The reporting unit, as written in the form."""
    for pattern in _UNITS:
        if found := re.search(pattern, said, re.IGNORECASE):
            return " ".join(found[1].split())
    return ""
