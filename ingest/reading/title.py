"""Reads the text above the header of a form: the reporting unit, the period, and what it may say about the rest."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ingest.reading.mapping import Mapping
from ingest.reading.values import aliases, clean, fold, read_period

# Forms that one unit fills in for one period. Dossiers contain their own unit and dates, so nothing is assumed for
# them.
FORMS = ("service_report", "kpi_value")
# The points that the national portal gives to units; what exports them writes the unit, the period, the procedures and
# the day above the table.
PORTAL = "portal_score"
_YEAR = r"(?:năm\s*)?[12]\d{3}"
_OF = r"\s*[/\-,.]?\s*"
_MONTHS = r"(?:\d{1,2}|ba|sáu|chín|mười một)\s*tháng"
_MONTH = r"tháng\s*\d{1,2}"
_QUARTER = r"qu[ýyí]\s*(?:[IVX]{1,3}|\d)\b"
_SINCE_JANUARY = r"(?:l[ũu][ỹy] kế|cộng dồn|(?:tính\s*)?từ\s*đầu\s*năm)"
# Mentions of a whole period, the longest wording first.
_MENTION = re.compile(
    rf"{_SINCE_JANUARY}[^\n;.]{{0,30}}?(?:{_MONTHS}|{_MONTH}|{_QUARTER})(?:\s*đầu)?{_OF}{_YEAR}"
    rf"|từ\s*tháng\s*0?1{_OF}(?:{_YEAR}\s*)?(?:đến|tới|[-–])\s*(?:hết\s*)?{_MONTH}{_OF}{_YEAR}"
    rf"|(?<![\d,/])(?:{_MONTHS}|nửa)\s*(?:đầu|cuối)?{_OF}{_YEAR}"
    rf"|{_QUARTER}{_OF}{_YEAR}"
    rf"|(?<!\d )(?<!\d){_MONTH}{_OF}{_YEAR}"
    r"|năm\s*[12]\d{3}",
    re.IGNORECASE,
)
_LONE_YEAR = re.compile(r"năm\s*[12]\d{3}", re.IGNORECASE)
# A year behind these words belongs to the name of a document.
_DOCUMENT = re.compile(
    r"\b(kế hoạch|quyết định|nghị quyết|chương trình|đề án|chỉ thị|thông tư|nghị định|công văn|luật)\b[^\n]*$",
    re.IGNORECASE,
)
# Words after which one period in the title may not be that of the figures.
_OTHERS = re.compile(
    r"\bl[ũu][ỹy] kế\b|\btuần\b|\bso với\b|\bso cùng kỳ\b|\bcùng kỳ\b|\bgiai đoạn\b|\bước\b|\bdự kiến\b", re.IGNORECASE
)
_SPAN = re.compile(r"\btừ\s*(?:ngày|tháng|tuần)?\s*\d", re.IGNORECASE)
_PART = re.compile(rf"{_MONTHS}|{_MONTH}|{_QUARTER}", re.IGNORECASE)
_SIGNED = re.compile(r"ngày\s*\d{1,2}\s*tháng\s*\d{1,2}\s*năm\s*\d{4}", re.IGNORECASE)
_LABEL = re.compile(
    r"^\s*(?:kỳ(?: báo cáo| số liệu)?|thời gian|thời kỳ|thời điểm)(?: báo cáo)?\s*[:：](.*)$", re.I | re.M
)
_UNITS = (
    r"đơn vị báo cáo\s*[:：]\s*([^\n;]{3,120})",
    r"(?:^|\n)\s*((?:ubnd|ủy ban nhân dân)\s+(?:xã|thị trấn|phường|tt|x)\b[^\n;]{2,100})",
    r"(?:^|\n)\s*((?:ubnd|ủy ban nhân dân)\s+(?:huyện|thị xã|thành phố)\b[^\n;]{2,100})",
)


# Above the points of the portal: “Đơn vị: UBND tỉnh Đắk Lắk (Mã: H15) - Ngày báo cáo: 2026-10-10”, “Cơ quan, đơn vị: …”.
_PORTAL_UNIT = re.compile(
    r"(?:^|\n)\s*(?:cơ quan,\s*)?đơn vị\s*[:：]\s*([^\n|(]{3,120}?)\s*(?:[|(\n]|[-–]\s*ngày|$)", re.IGNORECASE
)
_PROVINCE = re.compile(r"(?:trực thuộc|toàn)\s+tỉnh\s+([^\n|(,;·]{2,40})", re.IGNORECASE)
_ONE_PERIOD = re.compile(r"kỳ\s+(?:chưa|đã)\s+kết thúc", re.IGNORECASE)
_SCOPE = re.compile(r"(?:^|\n|\|)\s*phạm vi(?: thủ tục)?\s*[:：]\s*([^\n|·]{2,200})", re.IGNORECASE)
_PROCEDURES = re.compile(r"\b(?:tthc|thủ tục)\b", re.IGNORECASE)
_DAY = r"(\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{4})"
_CAPTURED = tuple(
    re.compile(rf"{words}\s*[:：][^\n|·]{{0,12}}?{_DAY}", re.IGNORECASE)
    for words in ("chi tiết nhóm", "cập nhật điểm", "ngày báo cáo", "điểm tỉnh")
)


def constants(mapping: Mapping, texts: Iterable[str]) -> dict[str, str]:
    """The columns that the rows of a form lack, with the text that applies to the whole file."""
    table = mapping.table.name
    if table == PORTAL:
        found = _of_portal(list(texts))
        return {column: text for column, text in found.items() if text and column in mapping.absent}
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
    if mapping.table.name == PORTAL:
        # The day on which the points were shown: that year, but nobody says that they are not of a month of it.
        return (
            {"period": day[-4:] if "/" in day else day[:4]}
            if (day := _captured(said)) and "period" in mapping.missing
            else {}
        )
    found = {"index_code": _index(said), "year": _year(said)}
    if mapping.table.name == "index_score":
        # A list of districts without criteria gives each one's total.
        found["criterion_code"] = "total"
    return {column: text for column, text in found.items() if text and column in mapping.missing}


def _of_portal(texts: list[str]) -> dict[str, str]:
    """What the text above points of the national portal says of all of them."""
    said = "\n".join(map(clean, texts))
    unit, province, stated = (pattern.search(said) for pattern in (_PORTAL_UNIT, _PROVINCE, _ONE_PERIOD))
    return {
        "unit_code": unit[1] if unit else "",
        "province": f"Tỉnh {province[1].title()}" if province else "",
        "period": _period(said),
        "portal_group": _group(texts),
        "captured_on": _captured(said),
        "provisional": stated[0] if stated else "",
        "scope": _scope(texts),
    }


def _group(texts: list[str]) -> str:
    """The one group of the portal that a text names as a whole."""
    words = aliases()["portal_group"]
    named = {code for text in texts if (code := words.get(fold(text))) and code != "total"}
    return named.pop() if len(named) == 1 else ""


def _scope(texts: list[str]) -> str:
    """The procedures that the points are of; “Phạm vi” may also be that of the units."""
    said = [found[1] for text in texts for found in _SCOPE.finditer(clean(text))]
    alone = [text for text in map(clean, texts) if len(text) < 200 and fold(text).startswith("tat ca")]
    return next((text.strip() for text in [*said, *alone] if _PROCEDURES.search(text)), "")


def _captured(said: str) -> str:
    """The day on which the portal showed the points."""
    return next((found[1] for pattern in _CAPTURED if (found := pattern.search(said))), "")


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
    """The period that the text names, as it is written; "" if it names none, or if another may be meant."""
    undated = _SIGNED.sub("", unicodedata.normalize("NFC", said))
    for label in _LABEL.finditer(undated):
        if found := _only_period(label[1]):
            return found
    return _only_period(undated)


def _only_period(said: str) -> str:
    """The one period of a text without doubt; the date of a signature is already removed."""
    mentions = {}
    for found in _MENTION.finditer(said):
        if not (_LONE_YEAR.fullmatch(found[0]) and _DOCUMENT.search(said[: found.start()])):
            mentions[" ".join(found[0].split())] = read_period(found[0]).value
    values = {*mentions.values()}
    # “Quý I/2024 … năm 2024”: the year of a narrower period is no second period.
    values -= {
        value
        for value in values
        if value and any(other != value and (other or "").startswith(value) for other in values)
    }
    if len(values) != 1 or None in values:
        return ""
    (value,) = values
    rest = _MENTION.sub(" ", said)
    if _OTHERS.search(rest) or (len(value) == 4 and _SPAN.search(rest)):
        return ""
    if any(read_period(f"{part[0]} {value[:4]}").value != value for part in _PART.finditer(rest)):
        return ""
    return next(text for text, read in mentions.items() if read == value)


def _unit(said: str) -> str:
    """The reporting unit, as written in the form."""
    for pattern in _UNITS:
        if found := re.search(pattern, said, re.IGNORECASE):
            return " ".join(found[1].split())
    return ""
