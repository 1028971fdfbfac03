"""What the header of a column of values says: which indicator, period and unit, and which part of the value.

A header of several rows is one text, its rows joined. Each row may say one of these, in any order, and a cell may say
several: “Tháng 1/2024 > S01 > Kế hoạch” is “S01 tháng 1/2024 (kế hoạch)”.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import NamedTuple

from ingest.reading.values import aliases, clean, fold, may_name_unit, read_period, words_of
from ingest.schema import REFERENCE

JOINT = " > "
# The parts of a value that are stored, each in the column of its name.
STORED = ("value", "numerator", "denominator")
# A choice may name several labels.
OR = " | "
# Longer texts are titles or notes: only the whole text is looked up.
_WORDS_OF_A_HEADER = 24
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
# Periods without their year, as they stand below or beside it.
_IN_A_YEAR = (
    (re.compile(r"(?:thang|thg|t) ?(0?[1-9]|1[0-2])"), "-{0:0>2}"),
    (re.compile(r"(?:quy|qui|q) ?([1-4]|iv|i{1,3})"), "-Q{0}"),
    (re.compile(r"(?:6 thang|sau thang|nua(?: nam)?) dau(?: nam)?"), "-H1"),
    (re.compile(r"(?:6 thang|sau thang|nua(?: nam)?) cuoi(?: nam)?"), "-H2"),
)
_FIRST_AND_LAST_MONTH = re.compile(r"(\d{4})?(?:-(?:(\d\d)|Q(\d)|H(\d)))?")
# What users have taught: subject, word, code.
Taught = frozenset[tuple[str, str, str]]
_NOTHING: Taught = frozenset()
_taught: ContextVar[Taught] = ContextVar("taught", default=_NOTHING)
# The most points that a header tells of its column.
_OF_POINTS = re.compile(r"\(?\s*(\d+(?:[.,]\d+)?)\s*(?:đ|điểm)\s*\)?\s*$", re.IGNORECASE)
# So many columns of items make a file one of columns of items; one or two may be anything.
_ITEMS = 3
# In a row, what stands for one of them if several are said: a plan's rate is a plan.
_RANK = ("other", "target", "numerator", "denominator", "rate", "actual", "")


@dataclass(frozen=True)
class Heading:
    """What a header says about the values below it.

    `period` may lack its year: -01, -Q1, -H1. `part` is one of STORED if a person has chosen it; otherwise actual,
    rate, numerator, denominator, target, other, unknown, or "" where the header says nothing; `label` are the words of
    the part as written.
    """

    indicator: str = ""
    period: str = ""
    unit: str = ""
    part: str = ""
    label: str = ""
    # The most points of the item, where its header tells it: “Công khai (18đ)”.
    maximum: str = ""

    @property
    def of(self) -> tuple[str, str, str]:
        """Whose value it is: indicator, period, unit."""
        return self.indicator, self.period, self.unit


class Settled(NamedTuple):
    """Which columns are taken, with the stored part as `part`; which are in doubt; which say the same."""

    taken: dict[int, Heading]
    asked: tuple[int, ...] = ()
    repeated: tuple[tuple[int, ...], ...] = ()


@cache
def indicator_words() -> dict[str, str]:
    """Folded code, name and short name of each indicator, mapped to its code."""
    words = {}
    for row in indicators():
        for word in (row["indicator_code"], row["name"], row["short_name"]):
            words.setdefault(fold(word), row["indicator_code"])
    return words


@cache
def indicators() -> tuple[dict[str, str], ...]:
    """The shipped indicators."""
    with (REFERENCE / "indicator.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@contextmanager
def knowing(words: Taught) -> Iterator[None]:
    """Inside, headers are read with these words too; what the shipped lists know keeps its meaning."""
    token = _taught.set(words)
    try:
        yield
    finally:
        _taught.reset(token)


@lru_cache(maxsize=8)
def _by_subject(words: Taught) -> dict[str, dict[str, str]]:
    """Subject → folded word → code."""
    found: dict[str, dict[str, str]] = {"indicator": {}, "unit": {}}
    for subject, word, code in sorted(words):
        found[subject].setdefault(fold(word), code)
    return found


def part_of(header: str) -> str:
    """The part of a value that the lowest cell of a header names; "" if it names none.

    >>> part_of("Kế hoạch giao"), part_of("Toàn huyện"), part_of("Đơn vị")
    ('target', 'other', '')
    """
    return next((value for kind, value, _ in _read_cell(header.split(JOINT)[-1], _NOTHING) if kind == "part"), "")


def unknown_cell(header: str) -> str:
    """The lowest cell of a header that says nothing known; "" if there is none.

    >>> unknown_cell("Xã hội số > Hộ có Internet > Kế hoạch")
    'Hộ có Internet'
    """
    known = _taught.get()
    return next((cell for cell in reversed(header.split(JOINT)) if cell and not _read_cell(cell, known)), "")


def without_period(header: str) -> str:
    """A header with “kỳ” for each period that it names, whatever else has been taught.

    >>> without_period("S01 > Thực hiện tháng 3/2024")
    'S01 > thuc hien kỳ'
    """
    told = []
    for cell in header.split(JOINT):
        said = _read_cell(cell, _NOTHING)
        has_period = any(kind == "period" for kind, *_ in said)
        told.append(" ".join("kỳ" if kind == "period" else words for kind, _, words in said) if has_period else cell)
    return JOINT.join(told)


def item_headings(headers: tuple[str, ...], column: str) -> dict[int, Heading]:
    """The columns that hold points of the items of a list, such as the groups of an index; none if few headers name one.

    >>> found = item_headings(("Tên", "Công khai (18đ)", "Số hóa (22đ)", "Hài lòng (18đ)"), "portal_group")
    >>> [(at, heading.indicator, heading.maximum) for at, heading in found.items()]
    [(1, 'publicity', '18'), (2, 'digitisation', '22'), (3, 'satisfaction', '18')]
    """
    words, found = aliases()[column], {}
    for position, header in enumerate(headers):
        cell = clean(header.split(JOINT)[-1])
        most = _OF_POINTS.search(cell)
        if code := words.get(fold(cell[: most.start()] if most else cell)):
            found[position] = Heading(indicator=code, maximum=most[1] if most else "")
    return found if len({heading.indicator for heading in found.values()}) >= _ITEMS else {}


def read_heading(header: str, label: str = "", code: str = "") -> Heading | None:
    """What a joined header says; None if it names no indicator, period or unit, or contradicts itself.

    A person may have said that a cell of it, the label, means the indicator with this code.
    """
    return _read_heading(header, label, code, _taught.get())


@lru_cache(maxsize=8192)
def _read_heading(header: str, label: str, code: str, known: Taught) -> Heading | None:
    cells = header.split(JOINT)
    found: dict[str, str] = {}
    parts, unknown, place = [], [], 0
    while place < len(cells):
        is_named = bool(label) and fold(cells[place]) == fold(label)
        said = (("indicator", code, label),) if is_named else _read_cell(cells[place], known)
        if not said and place + 1 < len(cells) and not _read_cell(cells[place + 1], known):
            # “Tháng” above “1”, “Quý” above “I”.
            said = _read_cell(f"{cells[place]} {cells[place + 1]}", known)
            place += bool(said)
        if not said:
            unknown.append(cells[place])
        for kind, value, words in said:
            if kind == "part":
                parts.append((value, cells[place] if len(said) == 1 else _spelt(words)))
                continue
            unknown = []  # what stands above is the name of a group
            if kind == "period":
                value = _finer(found.get("period", ""), value)
            if not value or found.get(kind, value) != value and kind != "period":
                return None
            found[kind] = value
        place += 1
    if not found:
        return None
    part = min((value for value, _ in parts), key=_RANK.index, default="")
    label = JOINT.join(text for _, text in parts)
    if unknown and part in ("", "actual", "rate"):
        part, label = "unknown", JOINT.join(filter(None, (label, *unknown)))
    return Heading(**found, part=part, label=label)


@lru_cache(maxsize=8192)
def _read_cell(text: str, known: Taught) -> tuple[tuple[str, str, str], ...]:
    """What one cell of a header says: (indicator, period, unit or part; value; words); nothing if a word is unknown."""
    if whole := _whole(text, known):
        return (whole,)
    words = fold(text).split()
    if not 1 < len(words) <= _WORDS_OF_A_HEADER:
        return ()
    for place in range(len(words) - 1, 0, -1):
        first = _whole(" ".join(words[:place]), known)
        rest = _read_cell(" ".join(words[place:]), known) if first else ()
        if rest and first[0] not in {kind for kind, *_ in rest}:
            return (first, *rest)
    return ()


def _whole(text: str, known: Taught) -> tuple[str, str, str] | None:
    """What a text says as a whole."""
    folded, taught = fold(text), _by_subject(known)
    if part := aliases()["header_part"].get(folded or clean(text).lower()):
        return "part", part, text
    if not folded:
        return None
    if code := indicator_words().get(folded):
        return "indicator", code, text
    if period := read_period(text).value or _in_a_year(folded):
        return "period", period, text
    if may_name_unit(folded) or folded in taught["unit"]:
        return "unit", clean(text), text
    code = taught["indicator"].get(folded)
    return ("indicator", code, text) if code else None


def _spelt(folded: str) -> str:
    """The words of a part as they are usually written."""
    return next((word for word in words_of("header_part") if fold(word) == folded), folded)


def _in_a_year(folded: str) -> str:
    """A period without its year; "" for anything else."""
    for pattern, form in _IN_A_YEAR:
        if match := pattern.fullmatch(folded):
            return form.format(*(_ROMAN.get(part, part) for part in match.groups()))
    return ""


def _finer(one: str, other: str) -> str:
    """The period that two cells of one header name together; "" if they contradict each other.

    >>> _finer("2024", "-03"), _finer("2024-Q1", "2024-02"), _finer("2024-Q1", "-05")
    ('2024-03', '2024-02', '')
    """
    if not one or one == other:
        return other
    wide, narrow = sorted((one, other), key=lambda period: _months(period)[1] - _months(period)[0], reverse=True)
    (first, last), (begin, end) = _months(wide), _months(narrow)
    years = {period[:4] for period in (one, other) if not period.startswith("-")}
    if len(years) != 1 or not first <= begin <= end <= last:
        return ""
    return years.pop() + narrow.removeprefix(narrow[:4] if not narrow.startswith("-") else "")


def _months(period: str) -> tuple[int, int]:
    """The first and last month of a period within its year."""
    match = _FIRST_AND_LAST_MONTH.fullmatch(period)
    month, quarter, half = match.groups()[1:] if match else (None, None, None)
    if month:
        return int(month), int(month)
    length, place = (3, int(quarter)) if quarter else (6, int(half)) if half else (12, 1)
    return length * (place - 1) + 1, length * place


def with_year(period: str, whole: str) -> str:
    """A period of a header with the year of the file's period; "" if this does not say the year.

    A report up to March says nothing about columns of November.

    >>> with_year("-02", "Quý I/2024"), with_year("-11", "Tháng 1/2024"), with_year("2023-05", "")
    ('2024-02', '', '2023-05')
    """
    if not period.startswith("-"):
        return period
    known = read_period(whole).value or ""
    if not re.match(r"\d{4}", known) or _months(period)[1] > _months(known)[1]:
        return ""
    return known[:4] + period


def settle(values: dict[int, Heading]) -> Settled:
    """Which of the columns of values are taken: for each indicator, period and unit one value with its parts."""
    groups: dict[tuple, dict[int, Heading]] = defaultdict(dict)
    for position, heading in values.items():
        groups[heading.of][position] = heading
    taken: dict[int, Heading] = {}
    asked, repeated = [], []
    for members in groups.values():
        found, doubts, same = _settle_group(members)
        taken |= {at: replace(members[at], part=part) for at, part in found.items()}
        asked += doubts
        repeated += [same] if same else []
    return Settled(dict(sorted(taken.items())), tuple(sorted(asked)), tuple(repeated))


def _settle_group(members: dict[int, Heading]) -> tuple[dict[int, str], list[int], tuple[int, ...]]:
    """The columns of one value: those taken with their parts, those in doubt, those that say the same."""
    by_part: dict[str, list[int]] = defaultdict(list)
    for position, heading in members.items():
        by_part[heading.part].append(position)
    parts = {part: by_part[part] for part in ("numerator", "denominator") if by_part[part]}
    stated = [*by_part[""], *by_part["actual"], *by_part["rate"]]
    candidates = by_part["value"] or stated or ([] if len(parts) == 2 else by_part["unknown"])
    for same in (*parts.values(), by_part["value"]):
        if len(same) > 1:
            return {}, [], tuple(same)
    if len(candidates) > 1 and len({fold(members[at].label) for at in candidates}) == 1:
        return {}, [], tuple(candidates)
    if len(parts) == 1 and not candidates:  # a total of things that are counted is called one, too
        candidates = [position for positions in parts.values() for position in positions]
    found = {positions[0]: part for part, positions in parts.items()}
    if len(candidates) > 1 or (candidates and not by_part["value"] and _is_doubtful(by_part)):
        return {}, candidates, ()
    return found | dict.fromkeys(candidates, "value"), [], ()


def _is_doubtful(by_part: dict[str, list[int]]) -> bool:
    """Whether the only column that may be the value may as well be something else."""
    if by_part[""]:
        return False
    whole = by_part["numerator"] and by_part["denominator"]
    # The rate beside a plan may be the plan's; what was achieved of a total may be the numerator.
    of_plan = by_part["rate"] and by_part["target"] and not whole
    of_total = by_part["actual"] and by_part["denominator"] and not by_part["numerator"]
    return bool(of_plan or of_total or not (by_part["rate"] or by_part["actual"]))
