"""Finds the header of a sheet, and the rows below it that are not data: totals, groups, signatures."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ingest.reading.limits import HEADER_ROWS
from ingest.reading.mapping import JOINT, Mapping, fit, recognise
from ingest.reading.values import fold

# Maximum number of header rows.
DEPTH = 3
_FORMULA = re.compile(r"\(?\s*\d{1,2}\s*\)?(\s*=.*)?|\(?\d{1,2}\)?[=+\-*/:()\d\s%]*")
_TOTAL = re.compile(r"(tong|tong (cong|so)|cong|toan huyen|luy ke|trong do|binh quan)\b.*")
# A page number, or the line above a signature: “Ma Lâm, ngày 31 tháng 3 năm 2024”.
_MARGIN = re.compile(r"(trang|page|to) \d+( \d+)?|.*\bngay \d+ thang \d+ nam \d+")
_NUMBERING = re.compile(r"([ivxlc]+|[a-z]|\d+( \d+)*)")
# Start of the example row of a template.
_EXAMPLE = "vi du"
_WORDS = {
    "blank": "dòng trống",
    "example": "dòng ví dụ của mẫu",
    "formula": "dòng số thứ tự cột",
    "header": "dòng lặp lại tiêu đề",
    "total": "dòng tổng",
    "group": "dòng nhóm, ghi chú, chữ ký",
}


@dataclass(frozen=True)
class Header:
    """The header of a sheet: first and last record (from 0) and the name of each column."""

    first: int
    last: int
    names: tuple[str, ...]


def name_of_kind(kind: str) -> str:
    """The Vietnamese name of a kind of skipped row."""
    return _WORDS[kind]


def _text(value: str | None) -> str:
    return " ".join((value or "").split())


def join(rows: list[list[str | None]]) -> tuple[str, ...]:
    """Join one to three header rows to one name per column; a merged upper cell applies to all columns it spans."""
    filled = []
    for depth, row in enumerate(rows):
        names, last = [_text(value) for value in row], ""
        if depth < len(rows) - 1:
            for position, name in enumerate(names):
                below = any(_text(lower[position]) for lower in rows[depth + 1 :])
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


def find_header(head: list[list[str | None]]) -> Header | None:
    """The header among the first records: the rows that fit a table best; None if none looks like a header."""
    best, found = None, None
    for first in range(min(HEADER_ROWS, len(head))):
        for depth in range(1, DEPTH + 1):
            rows = head[first : first + depth]
            if len(rows) < depth or not _may_be_header(rows[-1]):
                break
            names = join(rows)
            mapping = recognise(names)
            known = len(mapping.columns) + len(mapping.indicators)
            if known < 2:
                continue
            # For an equal fit, choose the earliest header with the fewest rows: a second row that adds nothing is data.
            score = (*fit(mapping)[:2], known, -depth, -first)
            if best is None or score > best:
                best, found = score, Header(first, first + depth - 1, names)
    return found or _guess(head)


def _may_be_header(row: list[str | None]) -> bool:
    """Whether a row can be a header: it contains words, not mostly dates or numbers."""
    texts = [text for text in map(_text, row) if text]
    numeric = sum(bool(re.match(r"[\d.,/:\s-]+$", text)) for text in texts)
    return bool(texts) and numeric * 2 < len(texts)


def _guess(head: list[list[str | None]]) -> Header | None:
    """For unknown layouts: the first row of words that is as wide as most rows."""
    widths = Counter(sum(bool(_text(value)) for value in row) for row in head)
    usual = max((width for width in widths if width > 1), key=lambda width: (widths[width], width), default=0)
    for position, row in enumerate(head[:HEADER_ROWS]):
        if usual and sum(bool(_text(value)) for value in row) >= usual and _may_be_header(row):
            return Header(position, position, join([row]))
    return None


def classify(cells: pa.Table, mapping: Mapping, unit_words: frozenset[str] = frozenset()) -> pa.Array:
    """The kind of each row below the header: "blank", "formula", "total", … or null for data."""
    if not cells.num_rows:
        return pa.array([], pa.string())
    given = [pc.is_valid(cells[name]) for name in cells.column_names]
    filled = given[0].cast("int16")
    for column in given[1:]:
        filled = pc.add(filled, column.cast("int16"))
    key = next((mapping.columns[name] for name in mapping.table.key if name in mapping.columns), None)
    lacks_key = pc.invert(given[key]) if key is not None else pa.chunked_array([pa.array([False] * cells.num_rows)])
    suspect = pc.or_(lacks_key, pc.less_equal(filled, 2))
    if key is not None:
        # Also check totals in the key column, repeated headers, and the row of column numbers.
        odd = pc.match_substring_regex(
            cells[f"c{key}"], r"(?i)^\s*(v[ií] d[uụ]|t[oổ]ng|c[oộ]ng|to[aà]n|l[uũ]y|trong|\(?\d{1,2}\)?\s*$)"
        )
        again = pc.equal(pc.utf8_trim_whitespace(cells[f"c{key}"]), mapping.headers[key].split(JOINT)[-1])
        suspect = pc.or_(suspect, pc.fill_null(pc.or_(odd, again), False))
    places = pc.indices_nonzero(suspect)
    rows = cells.take(places).to_pydict()
    columns = list(rows.values())
    kinds: list[str | None] = [None] * cells.num_rows
    for number, place in enumerate(places.to_pylist()):
        kinds[place] = _kind([column[number] for column in columns], mapping, key, place, unit_words)
    return pa.array(kinds, pa.string())


def _kind(
    row: list[str | None], mapping: Mapping, key: int | None, place: int, unit_words: frozenset[str]
) -> str | None:
    """The kind of one suspicious row; None if it is data."""
    texts = [(position, _text(value)) for position, value in enumerate(row) if _text(value)]
    if not texts:
        return "blank"
    if fold(texts[0][1]).startswith(_EXAMPLE):
        return "example"
    if place < DEPTH and len(texts) > 2 and all(_FORMULA.fullmatch(text) for _, text in texts):
        return "formula"
    if key is not None and fold(_text(row[key])) == fold(mapping.headers[key].split(JOINT)[-1]):
        return "header"
    words = [(position, fold(text)) for position, text in texts]
    spoken = [word for _, word in words if not _NUMBERING.fullmatch(word)]
    if spoken and _TOTAL.fullmatch(spoken[0]) and spoken[0] not in unit_words:
        return "total"
    needed = [column.name for column in mapping.table.columns if column.required]
    if len(needed) <= 2:
        return None
    alone = len(spoken) <= 1 and len(texts) <= 2
    lone_key = key is not None and any(position == key and re.search(r"\d", text) for position, text in texts)
    if alone and (not lone_key or _MARGIN.fullmatch(spoken[0] if spoken else words[0][1])):
        return "group"
    # A signature line, “Người lập biểu … Chủ tịch”: few texts, no digit, no value in a required column.
    fed = {mapping.columns[name] for name in needed if name in mapping.columns} - {key}
    signed = len(texts) <= 3 and not any(re.search(r"\d", text) or position in fed for position, text in texts)
    return "group" if signed else None
