"""Questions to the snapshot: `load(name, **params)` runs queries/<name>.sql and returns a DataFrame.

Each .sql file begins with one line that says what it answers (Vietnamese, it may be shown) and a line
``-- returns: column, column``, which a test compares with what comes out. Parameters are bound by name ($x),
never written into the text. Results are cached by snapshot, home, name and parameters, so a published snapshot is
seen at once and an old one is never mixed with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

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

__all__ = [
    "LONGEST", "ROOT", "NewerStore", "NoSnapshot", "NothingWhole", "OldStore", "Question", "Snapshot", "Standpoint",
    "TooLong", "bound", "load", "look_from", "newest", "pin", "question", "seen_from", "simulated", "snapshot",
    "standpoint", "store_directory",
]  # fmt: skip

FOLDER = Path(__file__).resolve().parent
# Built tables, and the uploaded tables whose rows they are made of. Of views and macros their definitions tell, but for
# listed_dossier: steps only choose which dossiers it lists.
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
    "initiative": {"initiative"},
}
_COMMENT = re.compile(r"--[^\n]*")
_DEFINITION = re.compile(r"^CREATE (?:VIEW|MACRO) (\w+)(.*?);$", re.MULTILINE | re.DOTALL)
_pinned: ContextVar[Reader | None] = ContextVar("pinned_reader", default=None)
_schema: ContextVar[str] = ContextVar("schema_of_home", default=snapshots.MAIN)


@dataclass(frozen=True)
class Question:
    """One .sql file: what it answers, the columns it returns, its parameters and the uploads behind it."""

    name: str
    sql: str
    says: str
    returns: tuple[str, ...]
    parameters: frozenset[str]
    made_of: frozenset[str]


@cache
def question(name: str) -> Question:
    """Read queries/<name>.sql; a name that is no file is a bug and raises FileNotFoundError."""
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
    )


def _made_of(code: str) -> frozenset[str]:
    """The uploaded tables whose rows a statement without comments reads, also by way of views and macros."""
    defined = _definitions()
    reached, ahead = set(), _words(code)
    while ahead:
        reached |= ahead
        ahead = set().union(*(defined[word] for word in ahead & defined.keys() - MADE_OF.keys())) - reached
    return frozenset().union(*(MADE_OF[word] for word in reached & MADE_OF.keys()))


@cache
def _definitions() -> dict[str, set[str]]:
    """Every view and macro of a snapshot, and the words of its definition."""
    scripts = [path.read_text(encoding="utf-8") for path in sorted((FOLDER / "build").rglob("*.sql"))]
    text = _COMMENT.sub("", "\n".join(scripts))
    return {name: _words(definition) for name, definition in _DEFINITION.findall(text)}


def _words(code: str) -> set[str]:
    return set(re.findall(r"\b\w+\b", code))


def pin() -> Snapshot:
    """Fix the newest snapshot for the rest of this page run, so that no page mixes two; returns it.

    It is seen from the home of the setting until `look_from` says otherwise.
    """
    _pinned.set(snapshots.reader())
    look_from(snapshots.MAIN)
    return snapshot()


def look_from(schema: str) -> None:
    """See the rest of this page run from the home that has this schema, one of queries/homes.sql."""
    _schema.set(schema)


@dataclass(frozen=True)
class Standpoint:
    """Where answers come from: an open snapshot, and the schema of the home that it is seen from."""

    reader: Reader
    schema: str


def standpoint() -> Standpoint:
    """Where this page run stands, to be taken along: another thread knows nothing of it. Keeps the snapshot open."""
    return Standpoint(_reader(), _schema.get())


@contextmanager
def seen_from(place: Standpoint) -> Iterator[None]:
    """Answer what is asked inside from a standpoint, in whatever thread and wherever this one stands."""
    pinned, schema = _pinned.set(place.reader), _schema.set(place.schema)
    try:
        yield
    finally:
        _pinned.reset(pinned)
        _schema.reset(schema)


def _reader() -> Reader:
    """The reader of this page run, or the newest one outside a page."""
    return _pinned.get() or snapshots.reader()


def snapshot() -> Snapshot:
    """The snapshot that load() reads now. Raises NoSnapshot where the store is empty."""
    return _reader().snapshot


def load(name: str, **params) -> pd.DataFrame:
    """Run queries/<name>.sql on the current snapshot; the frame is the caller's own.

    Parameters the file does not name are left out, so that a page can hand over its whole selection;
    one that it names and that is missing raises KeyError. ``attrs['simulated']`` says whether any row behind
    the answer is simulated.
    """
    wanted = question(name)
    mine = _reader().answer(wanted.sql, bound(name, params), _schema.get()).copy(deep=False)
    mine.attrs = {"simulated": bool(simulated() & wanted.made_of), "question": name}
    return mine


def bound(name: str, params: dict) -> tuple[tuple[str, object], ...]:
    """Those of the parameters that queries/<name>.sql names, in a fixed order; one that is missing raises KeyError."""
    return tuple(sorted((key, params[key]) for key in question(name).parameters))


def newest() -> str:
    """The id of the newest snapshot that opens, whichever this page run reads. Raises NoSnapshot on an empty store."""
    return snapshots.reader().snapshot.id


def simulated() -> frozenset[str]:
    """The uploaded tables of the current snapshot in which any row is simulated."""
    return frozenset(snapshot().manifest["simulated_tables"])
