"""Queries of the snapshot: `load(name, **params)` runs queries/<name>.sql and returns a DataFrame.

The first line of each .sql file says what it answers (in Vietnamese, it may be shown). The second line is ``-- returns:
column, column``; a test compares it with the result. Parameters are bound by name ($x), never inserted into the SQL
text. Results are cached by snapshot, home, name and parameters, so a new snapshot is used at once and never mixed with
an old one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from queries import snapshot as snapshots
from queries.snapshot import (
    LONGEST,
    ROOT,
    NewerStore,
    NoSnapshot,
    NothingWhole,
    OldStore,
    Reader,
    Snapshot,
    TooLong,
    store_directory,
)

if TYPE_CHECKING:  # to import pandas takes half a second, and a process that reads a file needs none
    import pandas as pd
    import pyarrow as pa

__all__ = [
    "LONGEST", "ROOT", "NewerStore", "NoSnapshot", "NothingWhole", "OldStore", "Question", "Snapshot", "Standpoint",
    "TooLong", "bound", "is_simulated", "load", "look_from", "newest", "part", "pin", "question", "rights", "seen_from", "simulated", "snapshot",
    "standpoint", "store_directory",
]  # fmt: skip

FOLDER = Path(__file__).resolve().parent
# Built tables, and the uploaded tables from which their rows come. Views and macros are resolved by their definitions,
# except listed_dossier: it reads steps only to select dossiers.
MADE_OF = {
    "dossier": {"dossier"},
    "dossier_step": {"dossier_step"},
    "listed_dossier": {"dossier"},
    "detail_period": {"dossier"},
    "procedure_period": {"dossier"},
    "officer_period": {"dossier"},
    "duration_period": {"dossier"},
    "land_step_period": {"dossier", "dossier_step"},
    "service_month": {"dossier"},
    "service_period": {"dossier"},
    "progress": {"dossier", "kpi_value"},
    "unit_score": {"dossier", "kpi_value"},
    "component_score": {"dossier", "kpi_value"},
    "simulated_score": {"dossier", "kpi_value"},
    "kpi_value": {"kpi_value"},
    "service_report": {"service_report"},
    "service_report_check": {"dossier", "service_report"},
    "index_score": {"index_score"},
    "index_total": {"index_score"},
    "portal_score": {"portal_score"},
    "initiative": {"initiative"},
    "equipment": {"equipment"},
    "essential_service": {"essential_service"},
    "community_team": {"community_team"},
    "product": {"product"},
    "reported_value": {"kpi_value"},
    "upload_told": {"dossier"},
    "upload_unit": {"dossier"},
    "unit_known": {"dossier"},
    "unit_period": {"dossier"},
    "unit_volume": {"dossier"},
    "known_member": {"dossier"},
    "process_period": {"dossier", "kpi_value"},
    "uncertain_value": {"dossier", "kpi_value"},
    "home_dossier": {"dossier"},
    "event_mark": {"initiative"},
    "process_split": {"dossier", "kpi_value"},
    "late_risk": {"dossier", "dossier_step"},
    "late_risk_trial": {"dossier", "dossier_step"},
    "late_risk_tenth": {"dossier", "dossier_step"},
    "goal_projection": {"dossier", "kpi_value"},
    "goal_backtest": {"dossier", "kpi_value"},
    "goal_pace": {"dossier", "kpi_value", "index_score"},
    "process_point": {"dossier", "kpi_value"},
    "process_month": {"dossier", "kpi_value"},
    "process_peer": {"dossier", "kpi_value"},
    "computed_value": {"dossier"},
    "sent_month": {"dossier", "dossier_step", "kpi_value", "service_report", "initiative"},
    "refused_upload": {
        "dossier",
        "dossier_step",
        "kpi_value",
        "service_report",
        "index_score",
        "portal_score",
        "initiative",
        "equipment",
        "essential_service",
        "community_team",
        "product",
    },
}
# Comments and texts: words in them name nothing.
_COMMENT = re.compile(r"--[^\n]*|'[^']*'")
_DEFINITION = re.compile(r"^CREATE (?:VIEW|MACRO) (\w+)(.*?);$", re.MULTILINE | re.DOTALL)
_pinned: ContextVar[Reader | None] = ContextVar("pinned_reader", default=None)
_schema: ContextVar[str] = ContextVar("schema_of_home", default=snapshots.MAIN)


@dataclass(frozen=True)
class Question:
    """One .sql file: its question, the columns it returns, its parameters and the uploaded tables it depends on.

    needs: the columns of dossiers without which it has no answer, “-” for none; None if that depends on what is asked.
    """

    name: str
    sql: str
    says: str
    returns: tuple[str, ...]
    parameters: frozenset[str]
    made_of: frozenset[str]
    needs: str | None = None


@cache
def question(name: str) -> Question:
    """Read queries/<name>.sql. Raises FileNotFoundError for an unknown name, which is a bug."""
    sql = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    says, _, rest = sql.partition("\n")
    returns = re.search(r"^-- returns: (.+)$", rest, re.MULTILINE)
    if not says.startswith("-- ") or returns is None:
        raise ValueError(f"queries/{name}.sql: first line and '-- returns:' line expected")
    code = _COMMENT.sub("", sql)
    return Question(
        name,
        sql,
        says[3:].strip(),
        tuple(part.strip() for part in returns[1].split(",")),
        frozenset(re.findall(r"\$(\w+)", code)),
        _made_of(code),
        needs[1] if (needs := re.search(r"^-- needs: (.+)$", rest, re.MULTILINE)) else None,
    )


def _made_of(code: str) -> frozenset[str]:
    """The uploaded tables behind a statement (without comments), also through views and macros."""
    defined = _definitions()
    reached, ahead = set(), _words(code)
    while ahead:
        reached |= ahead
        ahead = set().union(*(defined[word] for word in ahead & defined.keys() - MADE_OF.keys())) - reached
    return frozenset().union(*(MADE_OF[word] for word in reached & MADE_OF.keys()))


@cache
def _definitions() -> dict[str, set[str]]:
    """The words in the definition of every view and macro of a snapshot."""
    scripts = [path.read_text(encoding="utf-8") for path in sorted((FOLDER / "build").rglob("*.sql"))]
    text = _COMMENT.sub("", "\n".join(scripts))
    return {name: _words(definition) for name, definition in _DEFINITION.findall(text)}


def _words(code: str) -> set[str]:
    return set(re.findall(r"\b\w+\b", code))


def pin() -> Snapshot:
    """Fix the newest snapshot for the rest of this page run and return it, so that a page never mixes two.

    The home is the one of the settings until `look_from` is called.
    """
    _pinned.set(snapshots.reader())
    look_from(snapshots.MAIN)
    return snapshot()


def look_from(schema: str) -> None:
    """Use the home with this schema (see queries/homes.sql) for the rest of this page run."""
    _schema.set(schema)


@dataclass(frozen=True)
class Standpoint:
    """The context of queries: an open snapshot and the schema of a home."""

    reader: Reader
    schema: str


def standpoint() -> Standpoint:
    """The context of this page run, for use in another thread. It keeps the snapshot open."""
    return Standpoint(_reader(), _schema.get())


@contextmanager
def seen_from(place: Standpoint) -> Iterator[None]:
    """Run the queries of the `with` block in the given context, in any thread."""
    pinned, schema = _pinned.set(place.reader), _schema.set(place.schema)
    try:
        yield
    finally:
        _pinned.reset(pinned)
        _schema.reset(schema)


def _reader() -> Reader:
    """The reader of this page run; outside a page run, the reader of the newest snapshot."""
    return _pinned.get() or snapshots.reader()


def snapshot() -> Snapshot:
    """The snapshot that load() reads. Raises NoSnapshot if the store is empty."""
    return _reader().snapshot


def load(name: str, **params) -> pd.DataFrame:
    """Run queries/<name>.sql on the current snapshot; the caller owns the returned frame.

    Parameters that the file does not use are ignored, so a page can pass all its choices. A missing parameter raises
    KeyError. ``attrs['simulated']`` says whether any row behind the answer is simulated.
    """
    wanted = question(name)
    mine = _reader().answer(wanted.sql, bound(name, params), _schema.get()).copy(deep=False)
    mine.attrs = {"simulated": is_simulated(name), "question": name, "asked": dict(bound(name, params))}
    return mine


def part(name: str, params: dict, offset: int, limit: int) -> pa.Table:
    """Some rows of the answer of queries/<name>.sql in the types of the database, and one more if there are more."""
    return _reader().part(question(name).sql, bound(name, params), _schema.get(), offset, limit)


def is_simulated(name: str) -> bool:
    """Whether any row behind the answers of queries/<name>.sql is simulated."""
    return bool(simulated() & question(name).made_of)


@cache
def rights() -> dict[str, str]:
    """The right that each question needs where it is asked by its name, outside a page: queries/right.csv."""
    with (FOLDER / "right.csv").open(encoding="utf-8", newline="") as file:
        return {row["question"]: row["right"] for row in csv.DictReader(file)}


def bound(name: str, params: dict) -> tuple[tuple[str, object], ...]:
    """The parameters that queries/<name>.sql uses, in a fixed order. Raises KeyError if one is missing."""
    return tuple(sorted((key, params[key]) for key in question(name).parameters))


def newest() -> str:
    """The id of the newest snapshot that opens, also if this page run uses another one.

    Raises NoSnapshot if the store is empty.
    """
    return snapshots.reader().snapshot.id


def simulated() -> frozenset[str]:
    """The uploaded tables of the current snapshot that contain a simulated row."""
    return frozenset(snapshot().manifest["simulated_tables"])
