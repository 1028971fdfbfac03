"""Maps the headers of a file to a table and its columns.

The knowledge is data: data/reference/header_alias.csv, the titles in schema.csv, the names of indicators, and mappings
that a person has confirmed, stored by the fingerprint of the headers.
"""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from operator import attrgetter
from pathlib import Path

from rapidfuzz import fuzz, process

from ingest.durable import write_text
from ingest.reading.heading import (
    JOINT,
    OR,
    STORED,
    Heading,
    Settled,
    indicators,
    item_headings,
    part_of,
    read_heading,
    settle,
    unknown_cell,
    with_year,
    without_period,
)
from ingest.reading.values import fold
from ingest.schema import LISTS, REFERENCE, UPLOADED, Table, tables

# Tables that are recognised by a few of their columns; every other table only where all its columns are there.
RECOGNISED = (*(name for name in UPLOADED if name not in LISTS), "indicator", "procedure")
# The table whose files may have a column for each indicator, period or unit.
WIDE = "kpi_value"
# The column that says what the value of a row is of, in the tables whose files may have a column for each; and the
# column of that value, where it is not called value.
ITEM = {WIDE: "indicator_code", "portal_score": "portal_group"}
VALUE = {"portal_score": "points"}
# Minimum similarity (0 to 100) between a header and an alias for a suggestion.
LIKE = 84
ANY = "*"


@dataclass(frozen=True)
class Mapping:
    """Which header maps to which column of a table; positions count the file's columns from 0.

    `constants` are texts that stand for the whole file; those named in `defaults` were said by nobody, but are stated.
    `values` are the columns whose headers name an indicator, a period or a unit; `rivals` are columns of which only one
    can be the value; `choices` are what a person has said about columns of values.
    """

    table: Table
    headers: tuple[str, ...]
    columns: dict[str, int] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[int, Heading] = field(default_factory=dict)
    rivals: tuple[int, ...] = ()
    choices: dict[str, str] = field(default_factory=dict)
    offered: dict[str, int] = field(default_factory=dict)
    personal: tuple[int, ...] = ()
    remembered: bool = False
    defaults: tuple[str, ...] = ()
    # What was said of older dossiers for the last file of this layout (see ingest/coverage.py).
    older: str = ""

    @cached_property
    def settled(self) -> Settled:
        """Which columns of values are taken, in doubt, or say the same; all are in doubt if there are only plans."""
        settled = settle(self.values)
        if any(settled) or not self.columns.keys().isdisjoint(STORED):
            return settled
        return settled._replace(asked=tuple(self.values))

    @property
    def taken(self) -> dict[int, Heading]:
        """The columns of values that are taken, each with its part of the value."""
        return self.settled.taken

    @property
    def spoken(self) -> dict[int, Heading]:
        """The columns of values that are taken, in doubt or repeated: all but plans, comparisons and totals."""
        doubtful = {*self.settled.asked, *(position for same in self.settled.repeated for position in same)}
        return self.taken | {position: self.values[position] for position in doubtful}

    @property
    def known(self) -> int:
        """How many columns are understood."""
        return len(self.columns) + len(self.values)

    @property
    def asked(self) -> tuple[str, ...]:
        """The labels of the columns that may be the value, where nobody has said which one is."""
        return tuple(dict.fromkeys(self.label(position) for position in self.settled.asked or self.rivals))

    @property
    def twice(self) -> dict[str, list[int]]:
        """The columns that rows have though every header of values names the same: column → these headers."""
        said = {self.item: "indicator", "period": "period", "unit_code": "unit"}
        spoken = self.spoken
        return {
            column: list(spoken)
            for column, name in said.items()
            if column in self.columns and spoken and all(getattr(heading, name) for heading in spoken.values())
        }

    @property
    def item(self) -> str:
        """The column that says what a value is of."""
        return ITEM.get(self.table.name, ITEM[WIDE])

    @property
    def missing(self) -> list[str]:
        """The required columns without a header."""
        fed = self._fed
        return [column.name for column in self.table.columns if column.required and column.name not in fed]

    def label(self, position: int) -> str:
        """The words that say which part of a value a column is; its header if there are none."""
        heading = self.values.get(position)
        return heading.label if heading and heading.label else self.headers[position]

    @property
    def _fed(self) -> set[str]:
        """The columns that get a value from somewhere."""
        fed = {*self.columns, *self.constants}
        headings = self.spoken.values()
        if headings:
            fed |= {self.item} if all(heading.indicator for heading in headings) else set()
            fed |= {VALUE[self.table.name]} if self.table.name in VALUE else set()
            fed |= {"unit_code"} if all(heading.unit for heading in headings) else set()
            fed |= {"period"} if all(heading.period for heading in headings) else set()
            whole = self.constants.get("period", "")
            if not all(with_year(heading.period, whole) for heading in headings if heading.period):
                fed.discard("period")
        return fed

    @property
    def absent(self) -> list[str]:
        """The columns of the table about which the file says nothing."""
        fed = self._fed
        return [column.name for column in self.table.columns if column.name not in fed]

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
            if column.whole and column.name not in self.columns and (column.name in kept or not self.values)
        ]
        return [column.name for column in sorted(free, key=lambda column: not column.required)]

    @property
    def unused(self) -> list[str]:
        """Headers that are not mapped, are not personal and are not known as useless."""
        return [self.headers[position] for position in self.left]

    @property
    def left(self) -> list[int]:
        """The positions of unused headers."""
        used = {*self.columns.values(), *self.taken, *self.settled.asked, *self.personal}
        useless = {
            position
            for position, name in enumerate(self.headers)
            if position not in self.values and (_look_up(_listed()[ANY], name) or ("",))[0] == "ignored"
        }
        return [position for position, name in enumerate(self.headers) if name and position not in used | useless]

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
    values = _values(known, headers) if table.name == WIDE else {}
    if table.name in ITEM and table.name != WIDE:
        values = item_headings(headers, ITEM[table.name])
    personal, rivals = [], []
    for position, header in enumerate(headers):
        if not header or position in values:
            continue
        found = _look_up(known, header)
        if found is not None:
            column, rank = found
            best[column] = min(best.get(column, (rank, position)), (rank, position))
            if table.name == WIDE and column == "value":
                rivals.append(position)
        elif (_look_up(general, header) or ("",))[0] == "personal":
            personal.append(position)
    columns = {column: position for column, (_, position) in best.items()}
    if any(heading.part not in ("target", "other") for heading in values.values()):
        # Beside columns of months, “Thực hiện” is one more, of the period of the file.
        beside = {**{columns[name]: name for name in STORED if name in columns}, **dict.fromkeys(rivals, "value")}
        columns = {name: position for name, position in columns.items() if position not in beside}
        said = {at: part_of(headers[at]) or "actual" for at in beside}
        values |= {at: Heading(part=part, label=headers[at]) for at, part in said.items()}
        rivals = []
    values = _of_one_kind(_without_group_name(values), columns, ITEM.get(table.name, ""))
    if len({headers[position] for position in rivals}) < 2:
        rivals = []
    return Mapping(table, headers, columns, values=values, rivals=tuple(rivals), personal=tuple(personal))


def _values(known: dict[str, tuple[str, int]], headers: tuple[str, ...]) -> dict[int, Heading]:
    """What the headers of columns of values say; titles above the columns of the rows say nothing about values."""
    cells = {position: header.split(JOINT) for position, header in enumerate(headers) if header}
    above = set.intersection(*(set(each[:-1]) for each in cells.values())) if cells else set()
    for each in cells.values():
        column = _look_up(known, each[-1])
        if len(each) > 1 and column and column[0] in ("unit_code", "period") and not read_heading(each[-1]):
            above |= set(each[:-1])
    found = {}
    for position, each in cells.items():
        column = _look_up(known, each[-1])
        if not (column and column[0] == "unit_code"):
            found[position] = read_heading(JOINT.join(cell for cell in each if cell not in above))
    return {position: heading for position, heading in found.items() if heading}


def _without_group_name(values: dict[int, Heading]) -> dict[int, Heading]:
    """Without “Chỉ tiêu” where all columns stand below it: it names the indicators, no plan."""
    if all(heading.part == "target" and fold(heading.label) == "chi tieu" for heading in values.values()):
        return {at: replace(heading, part="", label="") for at, heading in values.items()}
    return values


def _of_one_kind(values: dict[int, Heading], columns: dict[str, int], item: str) -> dict[int, Heading]:
    """The columns of values that name an indicator, unless the rows do; then, or if none names one, the others."""
    named = item not in columns and any(heading.indicator for heading in values.values())
    return {position: heading for position, heading in values.items() if bool(heading.indicator) == named}


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
    whole = max((found for found in lists if not _unstated(found)), key=attrgetter("known"), default=best)
    if whole.known > best.known:
        return whole
    titles = {word for column in whole.table.columns for word in (column.name, column.title)}
    if whole.known == best.known and given <= titles:
        return whole
    return _asked(tried, lists, best)


def _asked(tried: list[Mapping], lists: list[Mapping], best: Mapping) -> Mapping:
    """The table that lacks nothing but values for the whole file, if it explains far more headers than the best fit."""
    asked = [found for found in tried if not found.unsaid and found.known >= best.known + 2]
    asked += [found for found in lists if not found.unsaid and not found.unused and found.known > best.known]
    return max(asked, key=attrgetter("known"), default=best)


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
    # The year of columns of months stands above the header, or is asked.
    of_months = bool(mapping.spoken) and all(heading.period for heading in mapping.spoken.values())
    missing = [name for name in mapping.missing if not (of_months and name == "period")]
    met = len(needed) - len(missing)
    known = mapping.known
    return (bool(known) and not missing, met / len(needed), known - len(mapping.unused) / 100)


def offer(mapping: Mapping) -> Mapping:
    """Add the most similar unused header for each unmapped column; a person must confirm it."""
    named = {mapping.headers[position] for position in mapping.values}
    free = {fold(name): name for name in mapping.unused if name not in named}
    offered: dict[str, int] = {}
    missing = mapping.missing
    others = [
        name
        for name in mapping.table.names
        if name not in {*mapping.columns, *mapping.constants, *missing, "simulated"}
    ]
    for column in [*missing, *(() if mapping.values else others)]:
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
    """Apply a person's choices to a mapping: column → header, "" for none, "=text" for a constant text.

    In a file with columns of values also: code of an indicator → header or cell of a header; part of a value → label.
    """
    about_values = {column: word for column, word in choices.items() if _is_about_values(mapping, column, word)}
    mapping = _chosen_values(mapping, about_values)
    columns, constants = dict(mapping.columns), dict(mapping.constants)
    for column, word in choices.items():
        if column in about_values:
            continue
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
        values=_of_one_kind(
            {at: heading for at, heading in mapping.values.items() if at not in fed}, columns, mapping.item
        ),
        rivals=() if "value" in choices else mapping.rivals,
    )


def _is_about_values(mapping: Mapping, column: str, word: str) -> bool:
    """Whether a choice is about columns of values, not about a column of the rows."""
    if mapping.table.name != WIDE or word.startswith("="):
        return False
    if column not in mapping.table.names:
        return True
    positions = {at for at, header in enumerate(mapping.headers) if header == word}
    return column in STORED and bool(mapping.values) and positions <= set(mapping.values) and word != ""


def _chosen_values(mapping: Mapping, choices: dict[str, str]) -> Mapping:
    """Apply choices about columns of values, those of indicators first."""
    values, fed = dict(mapping.values), set()
    for code, word in choices.items():
        if code not in STORED:
            found = _named(mapping, code, word)
            fed |= set(found)
            values = {at: heading for at, heading in values.items() if heading.indicator != code} | found
    for column, word in choices.items():
        if column in STORED:
            values = _with_part(mapping, values, column, word)
    return replace(
        mapping,
        values=values,
        choices=mapping.choices | choices,
        columns={name: at for name, at in mapping.columns.items() if at not in fed},
        personal=tuple(at for at in mapping.personal if at not in fed),
    )


def _named(mapping: Mapping, code: str, word: str) -> dict[int, Heading]:
    """The columns whose header, or a cell of it, is this word: they hold the values of an indicator."""
    found = {}
    for position, header in enumerate(mapping.headers):
        whole = bool(word) and fold(header) == fold(word)
        cell = unknown_cell(header) if whole else word
        if whole and not cell:
            heading = read_heading(header)
            found[position] = replace(heading or Heading(), indicator=code, part="value")
        elif word and any(fold(each) == fold(cell) for each in header.split(JOINT)):
            found[position] = read_heading(header, cell, code)
    return {position: heading for position, heading in found.items() if heading}


def _with_part(mapping: Mapping, values: dict[int, Heading], column: str, word: str) -> dict[int, Heading]:
    """The columns of values where those with one of these labels are this part of the value, and no other is."""
    labels = {_plain(label) for label in word.split(OR)} | {_plain(word)}
    labelled = replace(mapping, values=values)
    hit = {at for at in values if {_plain(labelled.label(at)), _plain(mapping.headers[at])} & labels}
    about = {values[at].of for at in hit}
    told = {}
    for at, heading in values.items():
        if at in hit:
            told[at] = replace(heading, part=column)
        elif heading.of in about and (
            heading.part == column or column == "value" and heading.part in ("", "actual", "rate", "unknown")
        ):
            told[at] = replace(heading, part="other")
    return values | told


def _plain(label: str) -> str:
    """A label for comparison; “%” has no letters."""
    return fold(label) or label.strip()


def unnamed(mapping: Mapping) -> list[str]:
    """What a person may map to an indicator: for each unused header its lowest unknown cell, or all of it if unclear."""
    if mapping.table.name != WIDE or "indicator_code" in mapping.columns:
        return []
    headers = list(dict.fromkeys(mapping.headers[place] for place in mapping.left if place not in mapping.values))
    headers = [header for header in headers if unknown_cell(header)]
    cells: dict[str, set[str]] = {}
    for header in headers:
        above = header.split(JOINT)
        cells.setdefault(unknown_cell(header), set()).add(
            JOINT.join(each for each in above if each in map(unknown_cell, above))
        )
    labels = [unknown_cell(header) if len(cells[unknown_cell(header)]) == 1 else header for header in headers]
    return list(dict.fromkeys(labels))


def likeliest(label: str) -> str:
    """The code of the indicator whose name is most like a label; "" if none is."""
    names = [fold(row["name"]) for row in indicators()]
    best = process.extractOne(fold(label), names, scorer=fuzz.token_set_ratio, score_cutoff=LIKE)
    return indicators()[best[2]]["indicator_code"] if best else ""


def fingerprint(headers: tuple[str, ...]) -> str:
    """The identity of a layout: its folded headers in order, with any period for each period.

    A form with a column for each month is the same form when the next month is added.
    """
    words: list[str] = []
    for header in headers:
        told = without_period(header)
        if told == header or fold(told) not in words:
            words.append(fold(told))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def _path(store: Path, headers: tuple[str, ...]) -> Path:
    return store / "mappings" / f"{fingerprint(headers)}.json"


def remember(store: Path, mapping: Mapping) -> None:
    """Store a confirmed mapping for the next file with this layout."""
    path = _path(store, mapping.headers)
    path.parent.mkdir(parents=True, exist_ok=True)
    words = {column: mapping.headers[position] for column, position in mapping.columns.items()} | mapping.choices
    text = {"table": mapping.table.name, "headers": mapping.headers, "columns": words, "older": mapping.older}
    write_text(path, json.dumps(text, ensure_ascii=False, indent=1))


def stored_mappings(store: Path) -> list[tuple[str, str]]:
    """Every stored mapping: the name of its file and its content; one that cannot be read has none, as in `remembered`."""
    found = []
    for path in sorted((store / "mappings").glob("[!.]*.json")):
        try:
            found.append((path.name, path.read_text(encoding="utf-8", errors="replace")))
        except OSError:
            found.append((path.name, ""))
    return found


def remembered(store: Path, headers: tuple[str, ...]) -> tuple[str, dict[str, str], str] | None:
    """The table, the choices, and what was said of older dossiers for these headers; None for a new layout."""
    try:
        kept = json.loads(_path(store, headers).read_text(encoding="utf-8"))
        table, columns, older = kept["table"], kept["columns"], kept.get("older", "")
        words = [table, older, *columns, *columns.values()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return (table, columns, older) if all(isinstance(word, str) for word in words) else None


def of_file(store: Path, headers: tuple[str, ...], table: str = "", choices: dict[str, str] | None = None) -> Mapping:
    """The mapping of a file: a person's choices, otherwise a stored mapping, otherwise known words."""
    kept = remembered(store, headers)
    if kept and table in ("", kept[0]) and kept[0] in tables():
        start = replace(chosen(match(tables()[kept[0]], headers), kept[1]), remembered=True, older=kept[2])
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
