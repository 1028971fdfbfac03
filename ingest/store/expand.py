"""Expands SQL lines that repeat for many columns: once for every row of a data file.

A line {{received: [sql] AS [measure]}} of a script is replaced by the text after the colon, once for every row of
measure.csv that is counted there, in the order of the file. Names in brackets are placeholders. The texts are joined by
commas; texts that begin with WHEN are joined without commas.

measure.csv, what is counted of dossiers:
    measure      name of the column
    counted      where: received, refused, resolved and returned by the day of the event; open at the end of a day,
                 from the columns of open_dossier; carried over from the open ones; cell from the other measures of
                 a month, unit, field, channel and service level
    sql          SQL expression
    type         DOUBLE; empty for a whole number
    over_months  flow is summed; first is the value of a period's first month, last of its last month; empty for an
                 intermediate result that is not kept
    needs        the columns of a dossier without which the measure is unknown: an export may lack them
    says         description
Before the colon: a value of counted, or "kept". In brackets: [measure], [sql], [type]; [sum] over rows; [in_month], the
value of a month; [over_months], its sum over the months of a period; [is_known], whether the files of a cell's dossiers
had the needed columns, from its column lacks.
Before the colon "needed": every needed column once, with its [column] and [title].
Before the colon "uploaded": every table that analysts upload, with its [table] and [key_hash]; texts that begin with UNION
are joined without commas.
Before the colon "event": every moment at which something happened to a dossier, with its [column].

computed_indicator.csv, the indicators computed from dossiers:
    indicator_code, numerator, denominator   SQL expressions of the measures above; no denominator for a number
    by_statute   the dossiers among them that were judged by the statutory time, for want of a due date; empty for none
Before the colon: "indicator". In brackets: [indicator_code], [numerator], [denominator], [is_known]; [needs], the
needed columns, parted by blanks; [lacking], the titles of those that the files of a cell lack; [dossiers], the dossiers
that it speaks of, and [unclear], those of them whose state is unclear; [older_known], whether the older ones that it
counts are known; [by_statute].

dossier_list.csv, the lists of dossiers that can be opened:
    subset_code, title, group_code  name for SQL, name for readers, group in which it is shown
    cells        number of dossiers, from the columns of service_period; empty: the measure with the same name
    dossiers     condition for the dossiers, on the columns of listed_dossier
Before the colon: "list". In brackets: [subset_code], [title], [group_code], [cells], [dossiers], [is_known] and [place]
in the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.schema import UPLOADED, key_hash, tables

_LINE = re.compile(r"^( *)\{\{(\w+): (.+?)\}\}", re.MULTILINE)
_NAME = re.compile(r"\[(\w+)\]")
_COUNTED = ("received", "refused", "resolved", "returned", "open", "unclear", "carried", "cell")
# How a month counts for a period: is_first and is_last mark the first and last month of the period.
_OVER_MONTHS = {
    "flow": "{}",
    "first": "CASE WHEN is_first THEN {} ELSE 0 END",
    "last": "CASE WHEN is_last THEN {} ELSE 0 END",
}


# The moments at which something happened to a dossier.
EVENTS = (
    "received_at",
    "intake_recorded_at",
    "processed_at",
    "returned_at",
    "withdrawn_at",
    "ineligible_returned_at",
    "supplement_requested_at",
    "supplement_completed_at",
    "apology_at",
    "status_updated_at",
)


@dataclass(frozen=True)
class _Row:
    """A row of a data file: the words that select it, and the text for each placeholder in brackets."""

    meant_by: frozenset[str]
    put_in: dict[str, str]

    def fill(self, text: str) -> str:
        """The text with its placeholders replaced."""
        return _NAME.sub(lambda name: self.put_in[name[1]], text)


def written_out(script: Path, folder: Path) -> str:
    """The text of a script, expanded with the rows of the folder's data files.

    Raises ValueError for a word that selects no row, KeyError for an unknown placeholder.
    """

    text = script.read_text(encoding="utf-8")
    known = (
        (*_measures(folder), *_lists(folder), *_indicators(folder), *_needed(folder), *_uploaded(), *_events())
        if _LINE.search(text)
        else ()
    )

    def each(line: re.Match) -> str:
        indent, word, text = line.groups()
        rows = [row for row in known if word in row.meant_by]
        if not rows:
            raise ValueError(f"{script.name}: no row is meant by {word}")
        between = "\n" if text.startswith(("WHEN", "UNION")) else ",\n"
        return between.join(indent + row.fill(text) for row in rows)

    return _LINE.sub(each, text)


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _measures(folder: Path) -> Iterator[_Row]:
    """The rows of measure.csv. Raises ValueError for an unknown value of counted or over_months."""
    for row in _read(folder / "measure.csv"):
        name, over_months = row["measure"], row["over_months"]
        if row["counted"] not in _COUNTED or over_months not in (*_OVER_MONTHS, ""):
            raise ValueError(f"measure.csv: {name}: {row['counted']}, {over_months}")
        # The last bits of a sum of fractions depend on its order.
        total = "exact_sum({})" if row["type"] == "DOUBLE" else "sum({})"
        yield _Row(
            frozenset({row["counted"], "kept"} if over_months else {row["counted"]}),
            {
                "measure": name,
                "sql": row["sql"],
                "type": row["type"] or "BIGINT",
                "sum": total.format(name),
                "is_known": "carry_known" if over_months == "first" else _is_known((row["needs"] or "").split()),
                "in_month": row["sql"] if row["counted"] == "cell" else name,
                "over_months": total.format(_OVER_MONTHS.get(over_months, "").format(name)),
            },
        )


def _lists(folder: Path) -> Iterator[_Row]:
    """The rows of dossier_list.csv; a list needs what the measures of its number need."""
    needs = _needs(folder)
    for place, row in enumerate(_read(folder / "dossier_list.csv"), 1):
        cells = row["cells"] or row["subset_code"]
        yield _Row(
            frozenset({"list"}),
            {
                **row,
                "cells": cells,
                "place": str(place),
                "needs": " ".join(_needed_by(cells, needs)),
                "is_known": _is_known(_needed_by(cells, needs)),
            },
        )


def _indicators(folder: Path) -> Iterator[_Row]:
    """The rows of computed_indicator.csv; an indicator needs what its measures need."""
    needs, titles = _needs(folder), _titles()
    counted = {row["measure"]: row["counted"] for row in _read(folder / "measure.csv")}
    for row in _read(folder / "computed_indicator.csv"):
        formula = f"{row['numerator']} {row['denominator']}"
        needed = _needed_by(formula, needs)
        # handled is not a measure: it counts open dossiers and those that ended.
        measures = {counted.get(word, "handled") for word in re.findall(r"[a-z]\w+", formula)}
        of_received = measures <= {"received", "refused"}
        lacking = [f"CASE WHEN {_lacks(name)} THEN ', {titles[name]}' ELSE '' END" for name in needed]
        yield _Row(
            frozenset({"indicator"}),
            {
                **row,
                "denominator": row["denominator"] or "NULL",
                "by_statute": row["by_statute"] or "0",
                "needs": " ".join(needed),
                "is_known": _is_known(needed),
                "dossiers": "received" if of_received else "handled",
                "unclear": "0" if of_received else "unclear",
                "older_known": _older_known(measures),
                "lacking": f"concat({', '.join(lacking)})" if lacking else "''",
            },
        )


def _older_known(measures: set[str]) -> str:
    """Whether the older dossiers that an indicator counts are known: of what these kinds of measures count."""
    if measures <= {"received", "refused"}:
        return "true"
    needed = ["open_known"] if "open" in measures or "handled" in measures else []
    needed += ["flow_known"] if measures != {"open"} else []
    return " AND ".join(f"known_member.{name}" for name in needed)


def _needed(folder: Path) -> Iterator[_Row]:
    """Every column that some measure needs."""
    titles = _titles()
    for name in needs_of(folder):
        yield _Row(frozenset({"needed"}), {"column": name, "title": titles[name]})


def _uploaded() -> Iterator[_Row]:
    """Every table that analysts upload."""
    for name in UPLOADED:
        yield _Row(frozenset({"uploaded"}), {"table": name, "key_hash": key_hash(tables()[name])})


def _events() -> Iterator[_Row]:
    """Every moment at which something happened to a dossier."""
    for name in EVENTS:
        yield _Row(frozenset({"event"}), {"column": name})


def needs_of(folder: Path) -> list[str]:
    """The columns that the measures of a folder need."""
    return sorted({name for names in _needs(folder).values() for name in names})


def _needs(folder: Path) -> dict[str, list[str]]:
    """The columns that each measure needs."""
    return {row["measure"]: (row["needs"] or "").split() for row in _read(folder / "measure.csv")}


def _needed_by(expression: str, needs: dict[str, list[str]]) -> list[str]:
    """The columns that the measures of an expression need."""
    return sorted({name for word in re.findall(r"\w+", expression) for name in needs.get(word, ())})


def _titles() -> dict[str, str]:
    return {column.name: column.title for column in tables()["dossier"].columns}


def _lacks(column: str) -> str:
    """Whether the files of a cell lack a column."""
    return f"lacks LIKE '% {column} %'"


def _is_known(needed: list[str]) -> str:
    """Whether the files of a cell had all of these columns."""
    return " AND ".join(f"NOT {_lacks(name)}" for name in needed) or "true"
