"""Finds the header of a sheet, and the rows below it that are not data: totals, groups, signatures."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from ingest.reading.heading import JOINT
from ingest.reading.limits import HEADER_ROWS
from ingest.reading.mapping import Mapping, fit, recognise
from ingest.reading.values import fold, read_period
from ingest.schema import UPLOADED

# Maximum number of header rows.
DEPTH = 3
_FORMULA = re.compile(r"\(?\s*\d{1,2}\s*\)?(\s*=.*)?|\(?\d{1,2}\)?[=+\-*/:()\d\s%]*")
# Words of a total. A row with all its values needs the whole phrase: “Cộng Hòa”, “Tổng Cọt” may be communes.
_TOTAL = re.compile(r"(tong|cong|toan (huyen|xa|tinh)|luy ke|trong do|binh quan|trung binh|cum)\b.*")
_WHOLE = re.compile(
    r"(toan (huyen|xa|tinh)|luy ke|trong do|binh quan|trung binh|cum)\b.*"
    r"|(tong|cong)( (cong|so|don|chung|toan|huyen|xa|thi|tran|tinh|phuong|cac|ca|don|vi|ho|so|cum|nhom|khoi|vung"
    r"|mien|nui|thang|quy|nam|ky|\d+))*"
)
_EXACT = re.compile(r"(tong|cong)( cong| so)?|toan (huyen|xa|tinh)")
_UNIT_WORD = re.compile(r"(xa|x|thi tran|tt|phuong|p|huyen|thi xa|thanh pho|tinh|ubnd|uy ban)\b")
# A code: one word with a digit, or with parts joined by signs. Words of a total are not looked for in it.
_CODE = re.compile(r"(?=\S*\d)[\w.\-–/]+|\w+([.\-–_/]\w+)+")
# With more rows, sums are not looked for: such a file is no report with totals.
_FEW = 2_000
# A page number, or the line above a signature: “Ma Lâm, ngày 31 tháng 3 năm 2024”.
_MARGIN = re.compile(r"(trang|page|to) \d+( \d+)?|.*\bngay \d+ thang \d+ nam \d+")
# Words above and below a signature.
_SIGNED = re.compile(
    r"(nguoi (lap|bao cao|tong hop|kiem tra)|lap bieu|thu truong|chu tich|pho chu tich|truong phong|pho truong|chanh van phong"
    r"|giam doc|pho giam doc|can bo|cong chuc|ke toan|ky ten|da ky|noi nhan|xac nhan|tm|kt|tl|tuq|uy ban nhan dan|ubnd)\b.*"
)
_NUMBERING = re.compile(r"([ivxlc]+|[a-z]|\d+( \d+)*)")
# Start of the example row of a template; a code VI-DU-01 is data.
_EXAMPLE = re.compile(r"ví dụ|vi du *:", re.IGNORECASE)
_WORDS = {
    "blank": "dòng trống",
    "example": "dòng ví dụ của mẫu",
    "formula": "dòng số thứ tự cột",
    "header": "dòng lặp lại tiêu đề",
    "total": "dòng tổng",
    "sum": "dòng bằng tổng hoặc trung bình các dòng trên",
    "no_value": "dòng chưa có giá trị",
    "above": "dòng trên tiêu đề",
    "group": "dòng nhóm, ghi chú, chữ ký",
}


@dataclass(frozen=True)
class Header:
    """The header of a sheet: first and last record (from 0) and the name of each column."""

    first: int
    last: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Merges:
    """The merged cells of the first records.

    spans: record → first and last column of each cell merged over columns; inside: the records into which a cell is
    merged from above.
    """

    spans: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    inside: frozenset[int] = frozenset()


def name_of_kind(kind: str) -> str:
    """The Vietnamese name of a kind of skipped row."""
    return _WORDS[kind]


def _text(value: str | None) -> str:
    return " ".join((value or "").split())


def join(rows: list[list[str | None]], merges: Merges | None = None, at: int = 0) -> tuple[str, ...]:
    """Join one to three header rows to one name per column; an upper cell applies to all columns it spans.

    `at` is the place of the first row among the merges; in a row without any, a text applies until the next text.
    """
    filled = []
    for depth, row in enumerate(rows):
        names, last = [_text(value) for value in row], ""
        spans = merges.spans.get(at + depth, ()) if merges else ()
        starts = {place: first for first, end in spans for place in range(first, end + 1)}
        if depth < len(rows) - 1:
            for position, name in enumerate(names):
                below = any(_text(lower[position]) for lower in rows[depth + 1 :])
                if starts:
                    last = names[starts.get(position, position)]
                # A merged cell has its text only in its first column; one with nothing below it spans rows, not
                # columns.
                last = name or (last if below else "")
                names[position] = last
        filled.append(names)
    joined = []
    for parts in zip(*filled, strict=True):
        kept = [part for place, part in enumerate(parts) if part and part not in parts[:place]]
        joined.append(JOINT.join(kept))
    return tuple(joined)


def find_header(head: list[list[str | None]], merges: Merges | None = None) -> Header | None:
    """The header among the first records: the rows that fit a table best; None if none looks like a header."""
    found = _best(head, merges or Merges(), range(min(HEADER_ROWS, len(head))))
    return found or _guess(head)


def header_at(head: list[list[str | None]], first: int, merges: Merges | None = None) -> Header:
    """The header that begins with a record that a person has chosen."""
    return _best(head, merges or Merges(), [first]) or Header(first, first, join([head[first]]))


def _best(head: list[list[str | None]], merges: Merges, begins: Iterable[int]) -> Header | None:
    """The header that fits a table best of those that begin with one of these records."""
    best, found = None, None
    for first in begins:
        for depth in range(1, DEPTH + 1):
            rows = head[first : first + depth]
            if len(rows) < depth:
                break
            if not _may_be_header(rows):
                if _may_be_above(rows[-1]):
                    continue
                break
            names = join(rows, merges, first)
            mapping = recognise(names)
            if mapping.known < 2:
                continue
            # For an equal fit, choose the earliest header with the fewest rows: a second row that adds nothing is data.
            # But the groups of columns of values, above which a cell is merged into the header, belong to it. So do the
            # row below, into which one of its cells is merged, and the row above without which its names are the same.
            is_whole = not mapping.values or first not in merges.inside
            is_closed = first + depth not in merges.inside
            used = [names[position] for position in mapping.columns.values()]
            is_distinct = all(names.count(name) == 1 for name in used)
            score = (*fit(mapping)[:2], mapping.known, is_whole, is_closed, is_distinct, -depth, -first)
            if best is None or score > best:
                best, found = score, Header(first, first + depth - 1, names)
    return found


def _may_be_header(rows: list[list[str | None]]) -> bool:
    """Whether the last of some rows can end a header: it contains words, not mostly dates or numbers."""
    texts, numeric = _numeric(rows[-1])
    if numeric and (_are_months(numeric, texts) or len(rows) > 1 and _number_months(rows[-2], numeric)):
        return True
    return bool(texts) and len(numeric) * 2 < len(texts)


def _may_be_above(row: list[str | None]) -> bool:
    """Whether a row that cannot end a header can be an upper row of one: its only numbers are a month or year."""
    numeric = _numeric(row)[1]
    return bool(numeric) and all(read_period(text).value for text in numeric)


def _numeric(row: list[str | None]) -> tuple[list[str], list[str]]:
    """The texts of a row, and those of them without a letter."""
    texts = [text for text in map(_text, row) if text]
    return texts, [text for text in texts if re.match(r"[\d.,/:\s-]+$", text)]


def _are_months(numeric: list[str], texts: list[str]) -> bool:
    """Whether all texts of a row without a letter are months or years, and there are several or nothing else: 01/2024, 02/2024."""
    periods = {read_period(text).value for text in texts} - {None}
    alone = numeric == texts and not any(map(str.isdecimal, texts))
    return (len(periods) > 1 or alone) and all(read_period(text).value for text in numeric)


def _number_months(above: list[str | None], texts: list[str]) -> bool:
    """Whether numbers are those of the months or quarters that the row above names."""
    words = {fold(text) for text in map(_text, above) if text}
    numbers = [int(text) for text in texts if re.fullmatch(r"0?[1-9]|1[0-2]", text)]
    return not words.isdisjoint({"thang", "quy"}) and len(numbers) == len(texts) and numbers[:2] in ([1, 2], [2, 3])


def _guess(head: list[list[str | None]]) -> Header | None:
    """For unknown layouts: the first row of words that is as wide as most rows."""
    widths = Counter(sum(bool(_text(value)) for value in row) for row in head)
    usual = max((width for width in widths if width > 1), key=lambda width: (widths[width], width), default=0)
    for position, row in enumerate(head[:HEADER_ROWS]):
        if usual and sum(bool(_text(value)) for value in row) >= usual and _may_be_header([row]):
            return Header(position, position, join([row]))
    return None


@dataclass(frozen=True)
class _Places:
    """Where the columns of a table stand: the key, the required ones, those with values.

    is_unit: the key names a unit; is_named: it names something of a list, so that a word of a total is no code.
    """

    key: int | None
    probe: int | None
    needed: frozenset[int]
    values: frozenset[int]
    is_unit: bool
    is_named: bool

    @classmethod
    def of(cls, mapping: Mapping) -> _Places:
        """The places of a mapping."""
        by_name = {column.name: column for column in mapping.table.columns}
        key = next((name for name in mapping.table.key if name in mapping.columns), None)
        at = mapping.columns.get(key) if key else None
        fed = [*mapping.columns.values(), *mapping.taken]
        needed = {place for name, place in mapping.columns.items() if by_name[name].required}
        values = {place for name, place in mapping.columns.items() if name not in mapping.table.key}
        reference = by_name[key].reference if key else ""
        return cls(
            at,
            at if at is not None else min(fed, default=None),
            frozenset(needed),
            frozenset(values | set(mapping.taken)),
            reference == "unit",
            reference not in ("", *UPLOADED),
        )


def classify(cells: pa.Table, mapping: Mapping, is_unit: Callable[[str], bool] = lambda text: False) -> pa.Array:
    """The kind of each row below the header: "blank", "formula", "total", … or null for data.

    `is_unit` says whether a text names a known unit. "other_header" is a row that repeats the header with other columns.
    """
    if not cells.num_rows:
        return pa.array([], pa.string())
    places = _Places.of(mapping)
    given = [pc.is_valid(cells[name]) for name in cells.column_names]
    filled = given[0].cast("int16")
    for column in given[1:]:
        filled = pc.add(filled, column.cast("int16"))
    suspect = pc.less_equal(filled, 2)
    if places.key is not None:
        suspect = pc.or_(suspect, pc.invert(given[places.key]))
        # Also check totals in the key column, and the row of column numbers.
        odd = pc.match_substring_regex(
            cells[f"c{places.key}"],
            r"(?i)^\s*(v[ií] d[uụ]|t[oổ]ng|c[oộ]ng|to[aà]n|l[uũ]y|trong|b[iì]nh|trung|c[uụ]m|\(?(\d{1,2}|[A-E])\)?\s*$)",
        )
        suspect = pc.or_(suspect, pc.fill_null(odd, False))
    if places.probe is not None:
        again = pc.utf8_lower(pc.utf8_trim_whitespace(cells[f"c{places.probe}"]))
        same = pc.equal(again, mapping.headers[places.probe].split(JOINT)[-1].lower())
        suspect = pc.or_(suspect, pc.fill_null(same, False))
    if mapping.taken:
        valued = [given[position] for position in mapping.taken]
        none = pc.invert(valued[0])
        for column in valued[1:]:
            none = pc.and_(none, pc.invert(column))
        suspect = pc.or_(suspect, none)
    at = pc.indices_nonzero(suspect)
    rows = cells.take(at).to_pydict()
    columns = list(rows.values())
    kinds: list[str | None] = [None] * cells.num_rows
    for number, place in enumerate(at.to_pylist()):
        kinds[place] = _kind([column[number] for column in columns], mapping, places, place, is_unit)
    if places.is_unit and cells.num_rows <= _FEW:
        _mark_sums(cells, kinds, mapping, places, is_unit)
    return pa.array(kinds, pa.string())


def _kind(
    row: list[str | None], mapping: Mapping, places: _Places, place: int, is_unit: Callable[[str], bool]
) -> str | None:
    """The kind of one suspicious row; None if it is data."""
    texts = [(position, _text(value)) for position, value in enumerate(row) if _text(value)]
    if not texts:
        return "blank"
    if _EXAMPLE.match(unicodedata.normalize("NFC", texts[0][1])):
        return "example"
    if place < DEPTH and len(texts) > 2 and _counts_columns([text for _, text in texts]):
        return "formula"
    if header := _header_again(texts, mapping, places, place):
        return header
    there = {position for position, _ in texts}
    key = _text(row[places.key]) if places.key is not None else ""
    no_value = bool(mapping.taken) and there.isdisjoint(mapping.taken)
    if places.is_unit and key and is_unit(key):
        if no_value:
            return "no_value"
        if not places.values.isdisjoint(there):
            return None
    elif _is_total(texts, key, places, there):
        return "total"
    if no_value and len(there) > 2:
        return "no_value"
    if _is_complete(mapping, places, there):
        return None
    return _group(texts, mapping, places)


def _counts_columns(texts: list[str]) -> bool:
    """Whether texts number the columns: 1, 2, 3 or (1), (2), (3)=(1)+(2) or A, B, 1, 2."""
    while texts and re.fullmatch(r"\(?[A-Ea-e]\)?", texts[0]):
        texts = texts[1:]
    if len(texts) < 2 or not all(map(_FORMULA.fullmatch, texts)):
        return False
    numbers = [int(found[0]) if (found := re.search(r"\d+", text)) else 0 for text in texts]
    return numbers[0] <= 2 and all(after - before == 1 for before, after in zip(numbers, numbers[1:], strict=False))


def _header_again(texts: list[tuple[int, str]], mapping: Mapping, places: _Places, place: int) -> str | None:
    """ "header" for a row that repeats a row of the header, "other_header" if its other columns differ."""
    names = [{fold(part) for part in name.split(JOINT)} for name in mapping.headers]
    same = [position < len(names) and fold(text) in names[position] for position, text in texts]
    if len(texts) > 1 and all(same):
        return "header"
    probed = dict(texts).get(places.probe, "") if places.probe is not None else ""
    if not probed or fold(probed) != fold(mapping.headers[places.probe].split(JOINT)[-1]):
        return None
    moved = sum(
        not is_same and any(fold(text) in each for each in names)
        for (_, text), is_same in zip(texts, same, strict=True)
    )
    # Just below the header it may be the row of the units of measurement, under merged cells.
    return "other_header" if moved or (len(texts) > 1 and place >= DEPTH) else "header"


def _is_total(texts: list[tuple[int, str]], key: str, places: _Places, there: set[int]) -> bool:
    """Whether a row is named as a total; a code is no name, whatever letters it begins with."""
    spoken = [(at, word) for at, text in texts if not _NUMBERING.fullmatch(word := fold(text))]
    if not spoken or not _TOTAL.fullmatch(spoken[0][1]):
        return False
    if not places.is_named and _CODE.fullmatch(key) and spoken[0][0] >= places.key:
        return False
    if not places.needed <= there:
        return True
    # Every required value is there: a row of data, unless the name in the key column can only be a total.
    phrase = _WHOLE if places.is_unit else _EXACT
    return places.is_named and phrase.fullmatch(spoken[0][1]) is not None


def _is_complete(mapping: Mapping, places: _Places, there: set[int]) -> bool:
    """Whether a row has every required value."""
    return bool(places.needed) and places.needed <= there and not (mapping.taken and there.isdisjoint(mapping.taken))


def _group(texts: list[tuple[int, str]], mapping: Mapping, places: _Places) -> str | None:
    """ "group" for the name of a group, a page number or a signature."""
    key = places.key
    words = [fold(text) for _, text in texts]
    spoken = [word for word in words if not _NUMBERING.fullmatch(word)]
    needed = [column.name for column in mapping.table.columns if column.required]
    if len(needed) <= 2:
        return None
    alone = len(spoken) <= 1 and len(texts) <= 2
    lone_key = key is not None and any(position == key and re.search(r"\d", text) for position, text in texts)
    if alone and (not lone_key or _MARGIN.fullmatch(spoken[0] if spoken else words[0])):
        return "group"
    # A signature line, “Người lập biểu … Chủ tịch”: few texts, no digit, no value in a required column.
    fed = {mapping.columns[name] for name in needed if name in mapping.columns} - {key}
    signed = len(texts) <= 3 and not any(re.search(r"\d", text) or position in fed for position, text in texts)
    named = len(texts) <= 4 and all(map(_SIGNED.fullmatch, words)) and not any(re.search(r"\d", word) for word in words)
    return "group" if signed or named else None


def _mark_sums(
    cells: pa.Table, kinds: list[str | None], mapping: Mapping, places: _Places, is_unit: Callable[[str], bool]
) -> None:
    """Mark the rows of no known unit whose values are all the sums, or all the means, of the rows above."""
    numeric = {column.name for column in mapping.table.columns if column.type in ("integer", "number")}
    at = sorted(mapping.taken) or sorted(
        place for name, place in mapping.columns.items() if name in numeric - set(mapping.table.key)
    )
    others = set(mapping.table.key) - {column.name for column in mapping.table.columns if column.type == "period"}
    if sum(name in mapping.columns for name in others) > 1:  # rows of several indicators or fields: no sum of all
        return
    texts = cells[f"c{places.key}"].to_pylist()
    named = {text: bool(text) and is_unit(text) for text in set(texts)}
    if not at or all(named[text] or kind for text, kind in zip(texts, kinds, strict=True)):
        return
    values = list(zip(*([_plain_number(text) for text in cells[f"c{place}"].to_pylist()] for place in at), strict=True))
    above: list[tuple] = []
    for row, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
        if named[text] and not kind:
            above.append(values[row])
        elif not kind and not _UNIT_WORD.match(fold(text or "")) and _summed(values[row], above, 1 if not text else 2):
            kinds[row] = "sum"


def _summed(row: tuple, above: list[tuple], least: int) -> bool:
    """Whether at least so many values of a row are given, and all are the sums, or all the means, of those above."""
    given = [place for place, value in enumerate(row) if value is not None]
    columns = [[value for each in above if (value := each[place]) is not None] for place in given]
    if len(given) < least or len(above) < 2 or not all(columns) or not any(row[place] for place in given):
        return False
    sums = [math.fsum(column) for column in columns]
    means = [total / len(column) for total, column in zip(sums, columns, strict=True)]
    return any(
        all(math.isclose(row[place], each, rel_tol=1e-6) for place, each in zip(given, found, strict=True))
        for found in (sums, means)
    )


def _plain_number(text: str | None) -> float | None:
    """The number of a text without a sign of thousands; None for anything else."""
    with suppress(ValueError):
        return float((text or "").strip().replace(",", "."))
    return None
