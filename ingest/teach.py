"""What a file says that nobody has taught the program yet, and what somebody teaches, as files to publish.

A value of a coded column that is no known code or word is listed once, with the number of its rows, the likeliest
choice and what the file tells about it. What is taught becomes rows of `alias` (a word means a code) or of the list
itself (a new procedure, field, unit …): uploads like any other.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field

import duckdb
import numpy as np
from rapidfuzz import fuzz, process

from ingest.check import raw_columns
from ingest.reading.heading import JOINT, unknown_cell
from ingest.reading.look import SHEET_LINES, Look, SourceFile
from ingest.reading.mapping import Mapping, match, unnamed
from ingest.reading.personal import without_people
from ingest.reading.values import Words, aliases, clean, fold, kinds_of, labels, short_code, subject_of, without_type
from ingest.reading.wide import holds_numbers
from ingest.schema import UPLOADED, Column, Table, tables

# Values of one column that are listed at a time, most frequent first.
LISTED = 40
# Minimum similarity (0 to 100) of the choice that is offered.
_LIKELY = 72
_CODE = re.compile(r"[A-Za-z]{0,6}\d[\w.\-]*")
# Rows of one value that are looked at for its number of days.
_DATED = 500


@dataclass(frozen=True)
class Value:
    """One unknown value: its text, the number of its rows, the likeliest code, and what the file tells about it."""

    text: str
    cases: int
    likely: str = ""
    told: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unknown:
    """The unknown values of one column.

    `choices` are the codes that it accepts with their names; `more` values are not listed, `personal` ones are never
    shown because they may be about a person; `shared` is what new entries probably have in common.
    """

    column: str
    header: str
    subject: str
    values: tuple[Value, ...]
    more: int
    personal: int
    choices: dict[str, str]
    shared: dict[str, str] = field(default_factory=dict)

    @property
    def table(self) -> Table | None:
        """The list to which a new entry can be added; None for words that the program itself defines."""
        return tables().get(self.subject)

    @property
    def columns(self) -> tuple[Column, ...]:
        """What must be said about a new entry."""
        wanted = ("parent_code",)
        return tuple(
            column
            for column in (self.table.columns if self.table else ())
            if (column.required and not column.default) or column.name in wanted
        )

    def is_shared(self, column: Column) -> bool:
        """Whether a column of new entries is said once for all of them, because the file tells it of none."""
        return column.whole and not any(column.name in value.told for value in self.values)


@dataclass(frozen=True)
class Lesson:
    """What is taught: words as (subject, word, code), and new rows by table."""

    words: tuple[tuple[str, str, str], ...] = ()
    rows: dict[str, tuple[dict[str, str], ...]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of things taught."""
        return len(self.words) + sum(map(len, self.rows.values()))

    def files(self, source: str, moment: str) -> list[tuple[str, str, bytes]]:
        """Name, table and bytes of each file to publish; the note makes the same lesson at another time another file."""
        note = {"note": f"{source} {moment}"}
        words = [{"subject": subject, "word": word, "code": code} for subject, word, code in self.words]
        parts = [*self.rows.items(), ("alias", words)]
        return [
            (f"day-tu-{fold(source).replace(' ', '-')[:60]}-{table}.csv", table, _as_csv([row | note for row in rows]))
            for table, rows in parts
            if rows
        ]


def _as_csv(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def new_entry(text: str, unknown: Unknown, entry: dict[str, str]) -> Lesson:
    """A new entry of a list, and the word for it if neither its code nor its name is what the file says."""
    code = entry[unknown.table.key[0]]
    said = {fold(word) for word in (code, entry.get("name", ""), entry.get("full_name", ""))}
    words = () if fold(text) in said else ((unknown.subject, text, code),)
    return Lesson(words, {unknown.table.name: (entry,)})


def together(lessons: list[Lesson]) -> Lesson:
    """Several lessons as one; the same thing is taught once."""
    rows: dict[str, dict[str, dict[str, str]]] = {}
    for lesson in lessons:
        for table, entries in lesson.rows.items():
            rows.setdefault(table, {}).update({entry[tables()[table].key[0]]: entry for entry in entries})
    words = {(subject, fold(word)): (subject, word, code) for one in lessons for subject, word, code in one.words}
    return Lesson(tuple(words.values()), {table: tuple(entries.values()) for table, entries in rows.items()})


# --- What is unknown ------------------------------------------------------------------------------------------------


def unknown_values(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> tuple[Unknown, ...]:
    """The unknown values of each coded column of a checked file, before its refused rows are dropped."""
    there, words = raw_columns(connection), None
    found = []
    for column in source.table.columns:
        if column.name not in there or not _is_coded(column):
            continue
        counted = _counted(connection, column)
        if counted:
            words = words or Words(connection)
            found.append(_unknown(connection, source, column, counted, words))
    return tuple(one for one in found if one.values or one.personal)


def unknown_headers(connection: duckdb.DuckDBPyConnection, seen: Look) -> Unknown | None:
    """The unknown headers of columns of numbers, where each column is an indicator or a unit; None if there are none.

    A value's cases are the filled cells of its columns.
    """
    subject, labels = labels_unknown(seen.mapping)
    counted = [(label, cases) for label in labels if (cases := _cells_below(seen, label))]
    if not counted:
        return None
    column = next(one for one in seen.mapping.table.columns if one.reference == subject)
    choices = _choices(connection, seen.mapping.table, column)
    teller = _Teller(connection, SourceFile(seen, 0), column, Words(connection))
    kept = [(label, cases) for label, cases in counted if without_people(label) == label]
    values = tuple(
        Value(label, cases, _likely(label, column, choices), teller.named(label)) for label, cases in kept[:LISTED]
    )
    personal, more = len(counted) - len(kept), len(kept) - len(values)
    return Unknown(column.name, "", subject, values, more, personal, choices, teller.in_common())


def labels_unknown(mapping: Mapping) -> tuple[str, list[str]]:
    """What the columns of values are, indicator or unit, and the labels of unused columns that may be more of them."""
    if not any(heading.unit and not heading.indicator for heading in mapping.values.values()):
        return "indicator", unnamed(mapping)
    cells = (unknown_cell(mapping.headers[at]) for at in mapping.left if at not in mapping.values)
    return "unit", list(dict.fromkeys(filter(None, cells)))


def _cells_below(seen: Look, label: str) -> int:
    """The number of filled cells below the columns of numbers with this label."""
    cells = seen.grid.cells.slice(seen.header.last + 1)
    headers = {at: seen.mapping.headers[at] for at in seen.mapping.left}
    positions = [at for at, header in headers.items() if label == header or label in header.split(JOINT)]
    return sum(len(cells[f"c{at}"].drop_null()) for at in positions if holds_numbers(cells, at))


def _is_coded(column: Column) -> bool:
    """Whether words of a column can be taught."""
    taught = next(known for known in tables()["alias"].columns if known.name == "subject").allowed
    return column.type == "text" and column.reference not in UPLOADED and subject_of(column) in taught


def _counted(connection: duckdb.DuckDBPyConnection, column: Column) -> list[tuple[str, int, int]]:
    """The texts of a column that were not understood, with the number of their rows and their first line."""
    name = column.name
    doubted = f"""SELECT 1 FROM "word_{name}" WHERE value IS NULL AND doubt <> '' LIMIT 1"""
    if not connection.execute(doubted).fetchall():
        return []
    # A sentence written once in an optional column is no word.
    again = "" if column.required or name == "channel" else "HAVING count(*) > 1 OR NOT contains(trim(text), ' ')"
    return connection.execute(
        f"""SELECT text, count(*), min(raw.line)
        FROM raw JOIN incoming USING (row_id) JOIN "word_{name}" AS word ON word.text = raw."{name}"
        WHERE incoming."{name}" IS NULL AND word.doubt <> '' GROUP BY text {again} ORDER BY 2 DESC, 3"""
    ).fetchall()


def _unknown(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    column: Column,
    counted: list[tuple[str, int, int]],
    words: Words,
) -> Unknown:
    """The unknown values of one column, with what the file and the known tables tell about them."""
    kept = [(text, cases, line) for text, cases, line in counted if without_people(text) == text]
    if column.allowed:
        # A number means something else in every system, so it is not a word.
        kept = [one for one in kept if not clean(one[0]).isdigit()]
    choices = _choices(connection, source.table, column)
    teller = _Teller(connection, source, column, words)
    values = []
    for text, cases, line in kept[:LISTED]:
        told = teller.about(text, line) if column.reference else {}
        values.append(Value(text, cases, _likely(told.get("name", text), column, choices), told))
    personal = len(counted) - len([one for one in counted if without_people(one[0]) == one[0]])
    header = source.look.mapping.header(column.name)
    shared = teller.in_common() if column.reference else {}
    return Unknown(
        column.name, header, subject_of(column), tuple(values), len(kept) - len(values), personal, choices, shared
    )


def _choices(connection: duckdb.DuckDBPyConnection, table: Table, column: Column) -> dict[str, str]:
    """The codes that a column accepts, with their names."""
    if not column.reference:
        return {word: labels().get((column.name, word), word) for word in column.allowed}
    key = tables()[column.reference].key[0]
    if column.reference == "unit":
        kinds = ", ".join(f"'{kind}'" for kind in kinds_of(table, column))
        asked = f"SELECT unit_code, arg_min(full_name, valid_from) FROM unit WHERE kind IN ({kinds}) GROUP BY 1 ORDER BY 2, 1"
    else:
        # Indicators that are computed from dossiers are never entered.
        reported = "WHERE kind = 'reported'" if table.name == "kpi_value" else ""
        asked = f"SELECT {key}, name FROM {column.reference} {reported} ORDER BY name"
    names = dict(connection.execute(asked).fetchall())
    often = Counter(names.values())
    return {code: f"{name} ({code})" if often[name] > 1 else name for code, name in names.items()}


def _likely(text: str, column: Column, choices: dict[str, str]) -> str:
    """The code of which a name or a known word resembles a text most; "" if none does."""
    words = [(fold(name), code) for code, name in choices.items()]
    if column.allowed:
        words += [(word, code) for word, code in aliases().get(column.name, {}).items() if code in choices]
    best = process.extractOne(fold(text), [word for word, _ in words], scorer=_alike, score_cutoff=_LIKELY)
    return words[best[2]][1] if best else ""


def _alike(one: str, other: str, **_options: object) -> float:
    """How alike two texts are: common words count most, but what only one of them has counts too."""
    return (3 * fuzz.token_set_ratio(one, other) + 2 * fuzz.token_sort_ratio(one, other)) / 5


class _Teller:
    """Finds what a file tells about its unknown values, in the words that a new entry needs."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: SourceFile, column: Column, words: Words):
        self.connection, self.source, self.column, self.words = connection, source, column, words
        self.table = tables().get(column.reference)
        self.codes = set()
        if self.table:
            asked = f"SELECT {self.table.key[0]} FROM {self.table.name}"
            self.codes = {code.upper() for (code,) in connection.execute(asked).fetchall()}

    def about(self, text: str, line: int) -> dict[str, str]:
        """What is known about a new entry for a text that stands on a line."""
        beside = self._beside(line)
        key = self.table.key[0]
        if is_code := bool(_CODE.fullmatch(clean(text))):
            told = {key: short_code(clean(text), self.table.name)}
        else:
            told = {key: "", "name": clean(text), "full_name": clean(text)}
        told |= {name: value for name, value in beside.items() if name != key or not told[key]}
        if self.table.name == "procedure":
            told = self._of_procedure(text) | told
        return self._completed(told, "" if is_code else told.get("name", text))

    def named(self, text: str) -> dict[str, str]:
        """What a text alone says about a new entry: its code or its name."""
        if _CODE.fullmatch(clean(text)):
            return self._completed({self.table.key[0]: clean(text)}, "")
        return self._completed(dict.fromkeys(("name", "short_name", "full_name"), clean(text)), clean(text))

    def _completed(self, told: dict[str, str], name: str) -> dict[str, str]:
        """With the short name of a unit, and a free code for a name without one; only what the list has columns for."""
        key = self.table.key[0]
        if self.table.name == "unit":
            told["name"] = without_type(told.get("name", ""))
            told |= {"full_name": told.get("full_name", "") or told["name"]} if told["name"] else {}
        if name and not told.get(key):
            told[key] = self._free_code(name)
        names = {column.name for column in self.table.columns}
        return {name: value for name, value in told.items() if value and name in names}

    def _beside(self, line: int) -> dict[str, str]:
        """What the other columns of the file say on a line, as values of the list."""
        look = self._sheet(line)
        mapping = match(self.table, look.mapping.headers)
        own = look.mapping.columns.get(self.column.name)
        taken = set(look.mapping.personal) | {own}
        row = look.grid.lines.index(line % SHEET_LINES).as_py()
        found = {}
        for column in self.table.columns:
            position = mapping.columns.get(column.name)
            if position is None or position in taken or row < 0:
                continue
            text = clean(look.grid.cells[f"c{position}"][row].as_py() or "")
            if text and without_people(text) == text:
                meant = self.words.convert(self.table, column, [text])[text]
                found[column.name] = meant.value or ""
        return found

    def _sheet(self, line: int) -> Look:
        return (self.source.look, *self.source.look.more)[line // SHEET_LINES]

    def _of_procedure(self, text: str) -> dict[str, str]:
        """The level and the days of a procedure, from the dossiers of the file that have it."""
        if self.source.table.name != "dossier":
            return {}
        asked = f"""SELECT unit.kind, CAST(incoming.received_at AS DATE), CAST(incoming.due_at AS DATE)
            FROM incoming JOIN raw USING (row_id) LEFT JOIN unit ON unit.unit_code = incoming.unit_code
            WHERE raw."{self.column.name}" = ? LIMIT {_DATED}"""
        rows = self.connection.execute(asked, [text]).fetchall()
        kinds = {kind for kind, *_ in rows if kind}
        told = {"level": "commune" if kinds == {"commune"} else "district"} if kinds else {}
        dates = [(received, due) for _, received, due in rows if received and due and due >= received]
        return told | ({"statutory_days": days} if (days := self._usual_days(dates)) else {})

    def _usual_days(self, dates: list[tuple]) -> str:
        """The number of working days between most pairs of dates; "" if they differ."""
        if not dates:
            return ""
        off = self.connection.execute("SELECT holiday_on FROM holiday WHERE kind = 'off'").fetchall()
        received, due = (np.array(days, "datetime64[D]") for days in zip(*dates, strict=True))
        counts = Counter(np.busday_count(received, due, holidays=[day for (day,) in off]).tolist())
        days, cases = counts.most_common(1)[0]
        return str(days) if days > 0 and cases * 2 > len(dates) else ""

    def _free_code(self, name: str) -> str:
        """A code that is not in use, from the first letters of a name."""
        start = "".join(word[0] for word in fold(name).split())[:8].upper() or "M"
        return next(
            code for code in (start, *(f"{start}{number}" for number in range(2, 999))) if code not in self.codes
        )

    def in_common(self) -> dict[str, str]:
        """What new entries of the list probably have in common."""
        if self.table.name != "unit":
            return {}
        asked = """SELECT mode(parent_code), CAST(min(valid_from) AS VARCHAR) FROM unit
            WHERE kind = 'commune' AND valid_to IS NOT NULL"""
        parent, since = self.connection.execute(asked).fetchone()
        return {"parent_code": parent or "", "valid_from": since or ""}
