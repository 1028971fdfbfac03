"""Maps the headers of a file to a table and its columns.

The knowledge is data: data/reference/header_alias.csv, the titles in schema.csv, the names of indicators, and mappings
that a person has confirmed, stored by the fingerprint of the headers.
"""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

from ingest.durable import write_text
from ingest.reading.values import fold
from ingest.schema import REFERENCE, UPLOADED, Table, tables

# Tables that are recognised by a few of their columns; every other table only where all its columns are there.
RECOGNISED = (*UPLOADED, "indicator", "procedure")
JOINT = " > "
# Minimum similarity (0 to 100) between a header and an alias for a suggestion.
LIKE = 84
ANY = "*"


@dataclass(frozen=True)
class Mapping:
    """Which header maps to which column of a table; positions count the file's columns from 0.

    `constants` are texts that stand for the whole file; those named in `defaults` were said by nobody, but are stated.
    """

    table: Table
    headers: tuple[str, ...]
    columns: dict[str, int] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    indicators: dict[int, str] = field(default_factory=dict)
    offered: dict[str, int] = field(default_factory=dict)
    personal: tuple[int, ...] = ()
    remembered: bool = False
    defaults: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        """The required columns without a header."""
        fed = self._fed
        return [column.name for column in self.table.columns if column.required and column.name not in fed]

    @property
    def _fed(self) -> set[str]:
        """The columns that get a value from somewhere."""
        return {*self.columns, *self.constants, *(("indicator_code", "value") if self.indicators else ())}

    @property
    def unsaid(self) -> list[str]:
        """The required columns without a header that cannot be said once for the whole file."""
        whole = {column.name for column in self.table.columns if column.whole}
        return [name for name in self.missing if name not in whole]

    @property
    def sayable(self) -> list[str]:
        """The columns without a header of which one value may be said for the whole file, required ones first."""
        kept = {*self.constants, *self.missing}
        free = [
            column
            for column in self.table.columns
            if column.whole and column.name not in self.columns and (column.name in kept or not self.indicators)
        ]
        return [column.name for column in sorted(free, key=lambda column: not column.required)]

    @property
    def unused(self) -> list[str]:
        """Headers that are not mapped, are not personal and are not known as useless."""
        used = {*self.columns.values(), *self.indicators, *self.personal}
        return [
            name
            for position, name in enumerate(self.headers)
            if name and position not in used and (_look_up(_listed()[ANY], name) or ("",))[0] != "ignored"
        ]

    def header(self, column: str) -> str:
        """The file's header for a column; the column's title if the file has none."""
        if column in self.columns:
            return self.headers[self.columns[column]]
        return next((known.title for known in self.table.columns if known.name == column), column)


@cache
def _listed() -> dict[str, dict[str, tuple[str, int]]]:
    """For each table, its folded aliases: (column, certainty; 0 is most certain)."""
    found: dict[str, dict[str, tuple[str, int]]] = {name: {} for name in (*tables(), ANY)}
    for name, table in tables().items():
        for column in table.columns:
            for word in (column.name, column.title):
                found[name].setdefault(fold(word), (column.name, 0))
    with (REFERENCE / "header_alias.csv").open(encoding="utf-8", newline="") as file:
        for rank, row in enumerate(csv.DictReader(file), start=1):
            found[row["table"]].setdefault(fold(row["alias"]), (row["column"], rank))
    return found


@cache
def _indicator_words() -> dict[str, str]:
    """Folded code, name and short name of each reported indicator, mapped to its code."""
    words = {}
    with (REFERENCE / "indicator.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for word in (row["indicator_code"], row["name"], row["short_name"]):
                words.setdefault(fold(word), row["indicator_code"])
    return words


@lru_cache(maxsize=4096)
def _forms(header: str) -> tuple[str, ...]:
    """The forms of a joined header to look up: whole, then without its upper parts one by one.

    Cached, because every table is tried with every row that could be the header.
    """
    parts = header.split(JOINT)
    return tuple(fold(" ".join(parts[start:])) for start in range(len(parts)))


def _look_up(words: dict, header: str):
    """The value of a header's first known form, or None."""
    return next((words[form] for form in _forms(header) if form in words), None)


def match(table: Table, headers: tuple[str, ...]) -> Mapping:
    """Map headers to one table by known words only."""
    known, general = _listed()[table.name], _listed()[ANY]
    best: dict[str, tuple[int, int]] = {}
    personal, indicators = [], {}
    for position, header in enumerate(headers):
        if not header:
            continue
        found = _look_up(known, header)
        if found is not None:
            column, rank = found
            best[column] = min(best.get(column, (rank, position)), (rank, position))
        elif (_look_up(general, header) or ("",))[0] == "personal":
            personal.append(position)
        elif table.name == "kpi_value" and (code := _look_up(_indicator_words(), header)):
            indicators[position] = code
    columns = {column: position for column, (_, position) in best.items()}
    if "indicator_code" in columns:
        indicators = {}
    return Mapping(table, headers, columns, indicators=indicators, personal=tuple(personal))


def recognise(headers: tuple[str, ...]) -> Mapping:
    """The table that fits the headers best, with its mapping.

    A few words such as Mã, Tên, Loại fit any list. A list is therefore recognised only by all its required columns, and
    only where it explains more of the headers than a table that is recognised by some of them.
    """
    given = set(headers)
    own = [
        name
        for name, table in tables().items()
        if name in RECOGNISED or {column.name for column in table.columns if column.required} <= given
    ]
    tried = [match(tables()[name], headers) for name in own]
    best = max(tried, key=fit)
    if not best.missing:
        return best
    forms = {form for header in headers for form in _forms(header)}
    lists = [
        match(tables()[name], headers) for name, needed in _needed().items() if all(map(forms.intersection, needed))
    ]
    whole = max((found for found in lists if not _unstated(found)), key=_explained, default=best)
    if _explained(whole) > _explained(best):
        return whole
    titles = {word for column in whole.table.columns for word in (column.name, column.title)}
    if _explained(whole) == _explained(best) and given <= titles:
        return whole
    return _asked(tried, lists, best)


def _asked(tried: list[Mapping], lists: list[Mapping], best: Mapping) -> Mapping:
    """The table that lacks nothing but values for the whole file, if it explains far more headers than the best fit."""
    asked = [found for found in tried if not found.unsaid and _explained(found) >= _explained(best) + 2]
    asked += [
        found for found in lists if not found.unsaid and not found.unused and _explained(found) > _explained(best)
    ]
    return max(asked, key=_explained, default=best)


def _explained(mapping: Mapping) -> int:
    """How many headers a mapping gives a meaning to."""
    return len(mapping.columns) + len(mapping.indicators)


@cache
def _needed() -> dict[str, list[set[str]]]:
    """For each list, the words of each column that its files must have."""
    return {
        name: [
            {word for word, (named, _) in _listed()[name].items() if named == column.name}
            for column in table.columns
            if column.required and not column.default and not column.whole
        ]
        for name, table in tables().items()
        if name not in RECOGNISED
    }


def _unstated(mapping: Mapping) -> list[str]:
    """The missing columns for which no default is stated."""
    stated = {column.name for column in mapping.table.columns if column.default}
    return [name for name in mapping.missing if name not in stated]


def fit(mapping: Mapping) -> tuple:
    """The quality of a mapping as a sortable tuple.

    First: no required column is missing; then the share of columns mapped; then other criteria.
    """
    needed = [column.name for column in mapping.table.columns if column.required]
    met = len(needed) - len(mapping.missing)
    known = len(mapping.columns) + len(mapping.indicators)
    return (bool(known) and not mapping.missing, met / len(needed), known - len(mapping.unused) / 100)


def offer(mapping: Mapping) -> Mapping:
    """Add the most similar unused header for each unmapped column; a person must confirm it."""
    free = {fold(name): name for name in mapping.unused}
    offered: dict[str, int] = {}
    missing = mapping.missing
    others = [
        name
        for name in mapping.table.names
        if name not in {*mapping.columns, *mapping.constants, *missing, "simulated"}
    ]
    for column in [*missing, *(() if mapping.indicators else others)]:
        words = [word for word, (name, _) in _listed()[mapping.table.name].items() if name == column]
        near = max(
            (process.extractOne(word, list(free), scorer=fuzz.token_sort_ratio, score_cutoff=LIKE) for word in words),
            key=lambda found: found[1] if found else 0,
            default=None,
        )
        if near:
            offered[column] = mapping.headers.index(free.pop(near[0]))
    return replace(mapping, offered=offered)


def chosen(mapping: Mapping, choices: dict[str, str]) -> Mapping:
    """Apply a person's choices to a mapping: column → header, "" for none, "=text" for a constant text."""
    columns, constants = dict(mapping.columns), dict(mapping.constants)
    for column, word in choices.items():
        columns.pop(column, None)
        constants.pop(column, None)
        if word.startswith("="):
            constants[column] = word[1:]
        elif word in mapping.headers:
            position = mapping.headers.index(word)
            columns = {name: other for name, other in columns.items() if other != position}
            columns[column] = position
    fed = set(columns.values())
    return replace(
        mapping,
        columns=columns,
        constants=constants,
        offered={name: at for name, at in mapping.offered.items() if name not in columns and at not in fed},
        personal=tuple(position for position in mapping.personal if position not in fed),
        indicators={at: code for at, code in mapping.indicators.items() if at not in fed},
    )


def fingerprint(headers: tuple[str, ...]) -> str:
    """The identity of a layout: its folded headers in order."""
    return hashlib.sha256("\n".join(map(fold, headers)).encode()).hexdigest()[:16]


def _path(store: Path, headers: tuple[str, ...]) -> Path:
    return store / "mappings" / f"{fingerprint(headers)}.json"


def remember(store: Path, mapping: Mapping) -> None:
    """Store a confirmed mapping for the next file with this layout."""
    path = _path(store, mapping.headers)
    path.parent.mkdir(parents=True, exist_ok=True)
    words = {column: mapping.headers[position] for column, position in mapping.columns.items()}
    text = {"table": mapping.table.name, "headers": mapping.headers, "columns": words}
    write_text(path, json.dumps(text, ensure_ascii=False, indent=1))


def remembered(store: Path, headers: tuple[str, ...]) -> tuple[str, dict[str, str]] | None:
    """The table and choices confirmed for these headers; None for a new layout."""
    try:
        kept = json.loads(_path(store, headers).read_text(encoding="utf-8"))
        table, columns = kept["table"], kept["columns"]
        words = [table, *columns, *columns.values()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return (table, columns) if all(isinstance(word, str) for word in words) else None


def of_file(store: Path, headers: tuple[str, ...], table: str = "", choices: dict[str, str] | None = None) -> Mapping:
    """The mapping of a file: a person's choices, otherwise a stored mapping, otherwise known words."""
    kept = remembered(store, headers)
    if kept and table in ("", kept[0]) and kept[0] in tables():
        start = replace(chosen(match(tables()[kept[0]], headers), kept[1]), remembered=True)
    else:
        start = match(tables()[table], headers) if table else recognise(headers)
    return _with_defaults(offer(chosen(start, choices or {})))


def _with_defaults(mapping: Mapping) -> Mapping:
    """The mapping with the stated default of each column that the file lacks, unless a header resembles it."""
    columns, constants, missing = dict(mapping.columns), dict(mapping.constants), set(mapping.missing)
    taken = []
    for column in mapping.table.columns:
        if column.name not in missing or column.name in mapping.offered or not column.default:
            continue
        if not column.default.startswith("@"):
            constants[column.name] = column.default
            taken.append(column.name)
        elif column.default[1:] in columns:
            columns[column.name] = columns[column.default[1:]]
            taken.append(column.name)
    return replace(mapping, columns=columns, constants=constants, defaults=tuple(taken))
