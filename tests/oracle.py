"""The dashboard's indicators in plain Python, for comparison with the product's SQL.

Written from the definitions only: it imports nothing of the product, and uses neither SQL nor pandas. Every dossier is
one small record, every rule one small function, every sum one loop.
"""

import csv
import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import cache, wraps
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ONE_DAY = timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
ELECTRONICALLY_OPEN = ("received", "processing", "supplement_requested", "fee_requested")
EVENT_COLUMNS = (
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
# The columns of a dossier without which an indicator computed from dossiers is unknown.
NEEDS = {
    "T08": ("apology_at",),
    "T09": ("apology_at",),
    "T10": ("reschedule_count",),
    "T12": ("ineligible_returned_at",),
    "T13": ("supplement_count",),
    "T14": ("channel",),
    "T15": ("channel",),
    "T16": ("channel",),
    "T17": ("fee_required", "online_payment"),
    "T18": ("digitised_out",),
    "T19": ("digitised_in", "digitised_out"),
    "T20": ("reused",),
    "T21": ("population_db",),
    "T22": ("intake_recorded_at", "status_updated_at"),
    "T23": ("complaint", "rating"),
    "T25": ("rating",),
}
# The indicators that speak of ended dossiers alone, of open ones alone, of received ones alone.
OF_ENDED = ("T03", "T12", "T18", "T22", "T24", "T25")
OF_OPEN = ("T04", "T06")
OF_RECEIVED = ("T01", "T11", "T13", "T14", "T15", "T16", "T17", "T19", "T20", "T21")
# The columns that identify a table; the first match wins (a step also has a dossier code).
HEADERS = {
    "dossier_step": ("dossier_code", "step_number"),
    "dossier": ("dossier_code", "unit_code", "procedure_code", "state"),
    "kpi_value": ("unit_code", "period", "indicator_code"),
    "index_score": ("district_code", "index_code", "year", "criterion_code"),
    "portal_score": ("unit_code", "period", "portal_group", "points"),
    "initiative": ("initiative_code", "unit_code", "kind"),
    "equipment": ("unit_code", "name", "required_count"),
    "essential_service": ("unit_code", "name", "deployed_on"),
    "community_team": ("unit_code", "village"),
    "product": ("unit_code", "name", "platform"),
}
KEYS = {
    "dossier_step": ("dossier_code", "step_number"),
    "dossier": ("dossier_code",),
    "kpi_value": ("unit_code", "period", "indicator_code"),
    "index_score": ("district_code", "index_code", "year", "criterion_code"),
    "portal_score": ("unit_code", "period", "portal_group"),
    "initiative": ("initiative_code", "unit_code"),
    "equipment": ("unit_code", "name"),
    "essential_service": ("unit_code", "name"),
    "community_team": ("unit_code", "village"),
    "product": ("unit_code", "name", "platform"),
}


# ---------------------------------------------------------------------------------------- values


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def number(text: str | None) -> float | None:
    return float(text) if text else None


def true(text: str | None) -> bool:
    return text == "true"


def date_only(stamp: datetime) -> bool:
    """A timestamp at midnight means a date without a time."""
    return stamp.time() == time(0, 0, 0)


def limit_of(due: datetime, by_day: bool) -> datetime:
    """The last moment in time: that of the due date, or the end of its day if it has no hour, is 23:59, or days count."""
    if by_day or date_only(due) or due.time() >= time(23, 59):
        return datetime.combine(due.date(), time.max)
    return due


def ratio(numerator: float | None, denominator: float | None, scale: float = 100) -> float | None:
    if numerator is None or not denominator:
        return None
    return scale * numerator / denominator


# ---------------------------------------------------------------------------------- working days


class WorkingDays:
    """number[d] is the number of working days up to and including d."""

    def __init__(self, off: Iterable[date] = (), work: Iterable[date] = ()):
        off, work = set(off), set(work)
        self.number: dict[date, int] = {}
        self.first: dict[int, date] = {}  # number → the first date with this number, which is a working day
        count, day = 0, date(2000, 1, 1)
        while day.year < 2050:
            if (day.weekday() < 5 and day not in off) or day in work:
                count += 1
            self.number[day] = count
            self.first.setdefault(count, day)
            day += ONE_DAY

    def is_working(self, day: date) -> bool:
        return self.number[day] > self.number[day - ONE_DAY]

    def add(self, day: date, days: float) -> date:
        return day if days == 0 else self.first[self.number[day] + math.ceil(days)]

    def next(self, day: date) -> date:
        return self.add(day, 1)

    def between(self, start: date, end: date) -> int:
        return self.number[end] - self.number[start]


def working_moment(days: WorkingDays, stamp: datetime) -> datetime:
    """The moment itself during office hours (07:00–11:30, 13:30–17:00), otherwise the next opening of the office."""
    if not days.is_working(stamp.date()) or stamp.time() > time(17, 0):
        return datetime.combine(days.next(stamp.date()), time(7, 0))
    if stamp.time() < time(7, 0):
        return datetime.combine(stamp.date(), time(7, 0))
    if time(11, 30) < stamp.time() < time(13, 30):
        return datetime.combine(stamp.date(), time(13, 30))
    return stamp


def recorded_in_time(days: WorkingDays, event: datetime, recorded: datetime) -> bool:
    """Recorded within 8 working hours, that is one working day: by the same time on the next working day."""
    if date_only(event) or date_only(recorded):
        return recorded.date() <= days.next(event.date())
    start = working_moment(days, event)
    return recorded <= datetime.combine(days.next(start.date()), start.time())


# --------------------------------------------------------------------------------------- periods


class Period(NamedTuple):
    start: date
    end: date
    first_month: int  # ordinals: year * 12 + month − 1
    last_month: int
    is_cut: bool = False  # to as many days as another period has so far
    is_since: bool = False  # the months since January, as offices report them


def kind_of(code: str) -> str:
    if len(code) == 4:
        return "year"
    return {"Q": "quarter", "H": "half"}.get(code[5], "month")


@cache
def months(code: str) -> tuple[int, int]:
    """The month numbers of the first and last month: 2024-12, 2024-Q4, 2024-H2, 2024."""
    year = int(code[:4]) * 12
    kind = kind_of(code)
    if kind == "year":
        return year, year + 11
    if code[5:6] == "C":
        return year, year + int(code[6:]) - 1
    if kind == "month":
        return year + int(code[5:]) - 1, year + int(code[5:]) - 1
    last = year + int(code[6:]) * MONTHS[kind] - 1
    return last - MONTHS[kind] + 1, last


def month_days(calendar: str, ordinal: int) -> tuple[date, date]:
    """The first and the last day of one month of one calendar."""
    this = date(ordinal // 12, ordinal % 12 + 1, 1)
    previous = date((ordinal - 1) // 12, (ordinal - 1) % 12 + 1, 15)
    following = date((ordinal + 1) // 12, (ordinal + 1) % 12 + 1, 1)
    if calendar == "solar":
        return this, following - ONE_DAY
    if calendar == "reporting":
        return previous, this.replace(day=14)
    raise ValueError(calendar)


def periods(calendar: str, kind: str, code: str) -> tuple[date, date]:
    if kind != kind_of(code):
        raise ValueError(f"{code} is not a {kind}")
    first, last = months(code)
    return month_days(calendar, first)[0], month_days(calendar, last)[1]


def as_period(calendar: str, period: "str | Period") -> Period:
    if isinstance(period, Period):
        return period
    first, last = months(period)
    days = month_days(calendar, first)[0], month_days(calendar, last)[1]
    return Period(*days, first, last, is_since="-C" in period)


def is_partial(calendar: str, period: str, as_of_day: date) -> bool:
    start, end = as_period(calendar, period)[:2]
    return start <= as_of_day < end


def cut(calendar: str, period: str, as_of_day: date, other: str | None = None) -> Period:
    """The period, or the comparison period, cut to the elapsed part of the period on as_of_day.

    The elapsed part is a number of months and a day offset in the last of them. A whole period is not cut.
    """
    if not is_partial(calendar, period, as_of_day):
        return as_period(calendar, other or period)
    return elapsed(calendar, period, as_of_day, other)


def elapsed(calendar: str, period: str, as_of_day: date, other: str | None = None) -> Period:
    """As many months and days of a period as the other one has on as_of_day."""
    whole = as_period(calendar, period)
    target = as_period(calendar, other or period)
    for position, ordinal in enumerate(range(whole.first_month, whole.last_month + 1)):
        start, end = month_days(calendar, ordinal)
        if start <= as_of_day <= end:
            start_cut, end_cut = month_days(calendar, target.first_month + position)
            end_cut = min(start_cut + (as_of_day - start), end_cut)
            return Period(target.start, end_cut, target.first_month, target.first_month + position, True)
    raise AssertionError(period)


# ------------------------------------------------------------------------------------- the tables


@dataclass(slots=True, eq=False)
class Dossier:
    """An accepted dossier with parsed moments and values that do not depend on the period; compared by identity."""

    code: str
    unit: str
    procedure: str
    state: str
    channel: str
    received: datetime
    received_day: date
    recorded: datetime | None
    due: datetime
    due_day: date
    limit: datetime  # the last moment in time
    by_statute: bool  # has no due date of its own
    end: datetime | None
    end_day: date | None
    verdict: str | None  # of an ended dossier: early, on_time, late
    adjusted_day: date | None  # of an ended dossier: the end minus the supplement time
    finished: bool  # has a result: processed or returned
    ineligible: datetime | None
    requested: datetime | None
    completed: datetime | None
    supplements: int
    apology: datetime | None
    reschedules: int
    status_updated: datetime | None
    pays: bool
    paid_online: bool
    digitised_in: bool
    digitised_out: bool
    reused: bool
    population: bool
    complained: bool
    rating: str | None
    paper: bool
    full: bool
    offered: bool  # its procedure is online, at least in part
    statutory_days: float
    officer: str | None
    cause: str | None
    told: date  # the day of which the newest file that names it tells the state
    lacks: frozenset[str]  # columns that this file lacks


class Coverage(NamedTuple):
    """What a file of dossiers covers: units by the codes in files, days of receipt, older open dossiers.

    older: "all" (those open before are in the file), "received" (only those received in these days), "changed" (only
    those that changed). as_of: the day of which the file tells the state.
    """

    units: frozenset[str]
    first: date
    last: date
    older: str
    as_of: date


class Unit(NamedTuple):
    """A unit under the name it has here: a later one that reuses a code is 23059@2025."""

    name: str
    code: str  # in files
    kind: str
    parent: str
    successor: str  # its name here; empty if there is none
    begin: date
    end: date


class Observation(NamedTuple):
    first_month: int
    last_month: int
    numerator: float | None
    denominator: float | None
    value: float | None
    is_since: bool = False  # since January, by its name
    known: int | None = None  # months of which a flow is made, and of how many
    every: int | None = None


@dataclass
class Data:
    working_days: WorkingDays
    units: list[dict[str, str]]
    procedures: dict[str, dict[str, str]]
    indicators: dict[str, dict[str, str]]
    targets: dict[tuple[str, int, str], dict[str, str]]  # indicator, year, scope
    settings: dict[str, str]
    dossiers: dict[str, list[Dossier]] = field(default_factory=lambda: defaultdict(list))  # by unit
    refused: dict[str, list[tuple[date, frozenset[str]]]] = field(default_factory=lambda: defaultdict(list))
    observations: dict[tuple[str, str], list[Observation]] = field(default_factory=lambda: defaultdict(list))
    named: dict[str, Unit] = field(default_factory=dict)  # every unit by its name here
    spans: dict[str, list[Coverage]] = field(default_factory=lambda: defaultdict(list))  # unit → what files tell of it
    known: dict[str, set[date]] = field(default_factory=dict)  # unit → known days
    complete: dict[str, set[date]] = field(default_factory=dict)  # unit → known days with the older open ones
    covers: dict[str, Coverage] = field(default_factory=dict)  # by file
    tables: dict[str, list[dict[str, str]]] = field(default_factory=dict)  # step, index_score, initiative
    lacking: frozenset[str] = frozenset()  # columns that some file lacks
    found: dict[tuple, object] = field(default_factory=dict)  # see kept

    @property
    def by_day(self) -> bool:
        """Whether whole days are compared with due dates."""
        return self.settings.get("time_rule") == "day"


def kept(function: Callable) -> Callable:
    """Keep what a function finds out: once read, the data do not change."""

    @wraps(function)
    def finding(data: Data, *asked: object) -> object:
        key = (function.__name__, *asked)
        if key not in data.found:
            data.found[key] = function(data, *asked)
        return data.found[key]

    return finding


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def table_of(header: Iterable[str]) -> str | None:
    header = set(header)
    return next((table for table, columns in HEADERS.items() if header.issuperset(columns)), None)


class File(NamedTuple):
    """A file of dossiers: its columns and rows."""

    header: frozenset[str]
    lines: list[dict[str, str]]


def read_tables(directory: Path) -> tuple[dict[str, list[dict[str, str]]], dict[str, File]]:
    """Every *.csv of the directory in the order of names; a later row replaces an earlier row with the same key.

    Also the files of dossiers by name: which of their rows count depends on their days.
    """
    found: dict[str, dict[tuple, dict[str, str]]] = {table: {} for table in HEADERS}
    files: dict[str, File] = {}
    for path in sorted(Path(directory).glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            header = frozenset(lines.fieldnames or ())
            table = table_of(header)
            if table:
                key, arrived = KEYS[table], list(lines)
                if table == "dossier":
                    files[path.name] = File(header, arrived)
                else:
                    found[table].update((tuple(row[name] for name in key), row) for row in arrived)
    return {table: list(keyed.values()) for table, keyed in found.items()}, files


def units_of(reference: list[dict[str, str]]) -> dict[str, Unit]:
    """Every unit by its name here."""

    def name(row: dict[str, str]) -> str:
        first = min(one["valid_from"] for one in reference if one["unit_code"] == row["unit_code"])
        return row["unit_code"] if row["valid_from"] == first else f"{row['unit_code']}@{row['valid_from'][:4]}"

    def successor(row: dict[str, str]) -> str:
        later = [
            one
            for one in reference
            if one["unit_code"] == row.get("successor_code") and one["valid_from"] > row["valid_to"]
        ]
        return name(later[0]) if later else ""

    found = [
        Unit(
            name(row),
            row["unit_code"],
            row["kind"],
            row["parent_code"],
            successor(row),
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row.get("valid_to") or "2100-01-01"),
        )
        for row in reference
    ]
    return {unit.name: unit for unit in found}


def unit_meant(data: Data, code: str, day: date) -> str:
    """The name of the unit that a code in a file means on a day."""
    later = later_units(data).get(code)
    return later.name if later and later.begin <= day <= later.end else code


@kept
def later_units(data: Data) -> dict[str, Unit]:
    """The units that reuse a code, by the code."""
    return {one.code: one for one in data.named.values() if one.code != one.name}


def read(
    directory: Path,
    reference: Path,
    covers: dict[str, Coverage] | None = None,
    settings: dict[str, str] | None = None,
) -> Data:
    """The tables of a directory. covers: by file, what a file of dossiers covers; by default what its rows suggest.

    settings: those that differ from the reference.
    """
    reference = Path(reference)
    holidays = rows(reference / "holiday.csv")
    by_kind = {
        kind: [date.fromisoformat(row["holiday_on"]) for row in holidays if row["kind"] == kind]
        for kind in ("off", "work")
    }
    data = Data(
        working_days=WorkingDays(**by_kind),
        units=rows(reference / "unit.csv"),
        procedures={row["procedure_code"]: row for row in rows(reference / "procedure.csv")},
        indicators={row["indicator_code"]: row for row in rows(reference / "indicator.csv")},
        targets={
            (row["indicator_code"], int(row["year"]), row["scope"]): row
            for row in rows(reference / "indicator_target.csv")
        },
        settings={row["setting_code"]: row["value"] for row in rows(reference / "setting.csv")} | (settings or {}),
    )
    data.named = units_of(data.units)
    tables, files = read_tables(directory)
    take_coverage(data, files, covers or {})
    days = {name: data.covers[name].as_of if name in data.covers else date.max for name in files}
    newest_last = sorted(files, key=lambda name: (days[name], name))
    told_by = {row["dossier_code"]: (name, row) for name in newest_last for row in files[name].lines}
    needed = frozenset(name for names in NEEDS.values() for name in names)
    lacks = {name: needed - file.header for name, file in files.items()}
    data.lacking = frozenset(name for lacked in lacks.values() for name in lacked)
    del tables["dossier"]
    for name, row in told_by.values():
        take_dossier(data, row, days[name], lacks[name])
    for row in tables.pop("kpi_value"):
        first, last = months(row["period"])
        numerator, denominator = number(row.get("numerator")), number(row.get("denominator"))
        value = number(row.get("value"))
        if value is None:
            value = ratio(numerator, denominator)
        unit = unit_meant(data, row["unit_code"], date(last // 12, last % 12 + 1, 1))
        told = Observation(first, last, numerator, denominator, value, "-C" in row["period"])
        data.observations[unit, row["indicator_code"]].append(told)
    data.tables = tables
    return data


def take_dossier(data: Data, row: dict[str, str], told: date, lacks: frozenset[str]) -> None:
    """Keep a dossier, or the day on which it was refused at the counter."""
    at = {column: moment(row.get(column)) for column in EVENT_COLUMNS}
    received, state = at["received_at"], row["state"]
    refused = received or at["ineligible_returned_at"]
    unit = unit_meant(data, row["unit_code"], refused.date()) if refused else row["unit_code"]
    if state == "not_accepted" and refused:
        data.refused[unit].append((refused.date(), lacks))
    if received is None or state in ("registered", "not_accepted"):
        return
    procedure = data.procedures[row["procedure_code"]]
    statutory_days = float(procedure["statutory_days"])
    due = moment(row.get("due_at"))
    if due is None:
        due = datetime.combine(data.working_days.add(received.date(), statutory_days), time())
    end = at["processed_at"] or at["returned_at"] or at["ineligible_returned_at"] or at["withdrawn_at"]
    requested, completed = at["supplement_requested_at"], at["supplement_completed_at"]
    verdict, adjusted_day = judge_ended(end, due, requested, completed, data.by_day) if end else (None, None)
    data.dossiers[unit].append(
        Dossier(
            code=row["dossier_code"],
            unit=unit,
            procedure=row["procedure_code"],
            state=state,
            channel=row.get("channel") or "direct",
            received=received,
            received_day=received.date(),
            recorded=at["intake_recorded_at"],
            due=due,
            due_day=due.date(),
            limit=limit_of(due, data.by_day),
            by_statute=not row.get("due_at"),
            end=end,
            end_day=end.date() if end else None,
            verdict=verdict,
            adjusted_day=adjusted_day,
            finished=bool(at["processed_at"] or at["returned_at"]),
            ineligible=at["ineligible_returned_at"],
            requested=requested,
            completed=completed,
            supplements=int(row.get("supplement_count") or 0),
            apology=at["apology_at"],
            reschedules=int(row.get("reschedule_count") or 0),
            status_updated=at["status_updated_at"],
            pays=true(row.get("fee_required")) and not true(row.get("fee_zero")),
            paid_online=row.get("online_payment") in ("national_portal", "agency_gateway"),
            digitised_in=true(row.get("digitised_in")),
            digitised_out=true(row.get("digitised_out")),
            reused=true(row.get("reused")),
            population=true(row.get("population_db")),
            rating=row.get("rating") or None,
            complained=true(row.get("complaint")) or row.get("rating") == "dissatisfied",
            paper=true(procedure["paper_result"]),
            full=procedure["service_level"] == "full",
            offered=procedure["service_level"] in ("full", "partial"),
            statutory_days=statutory_days,
            officer=row.get("officer_code") or None,
            cause=row.get("late_cause") or None,
            told=told_until(data, unit, received.date(), told),
            lacks=lacks,
        )
    )


# ---------------------------------------------------------------------------------- what is known


def take_coverage(data: Data, files: dict[str, File], stated: dict[str, Coverage]) -> None:
    """Keep what each file of dossiers covers, and so the known days of each unit."""
    for name, file in files.items():
        covers = stated.get(name) or guess(file.lines)
        if covers:
            data.covers[name] = covers
    newest = max((covers.as_of for covers in data.covers.values()), default=None)
    for name, covers in data.covers.items():
        # Files whose coverage is not stated were published, and so exported, at once.
        data.covers[name] = covers if name in stated else covers._replace(as_of=newest)
        know(data, data.covers[name])
    for unit, days in data.known.items():
        data.complete[unit] = complete_days(data, unit, days)


def know(data: Data, covers: Coverage) -> None:
    """The days of a file are known of its units."""
    for unit in data.named.values():
        days = set()
        if unit.code in covers.units:
            reused = unit.name != unit.code
            days |= days_between(max(covers.first, unit.begin) if reused else covers.first, covers.last)
        successor = data.named.get(unit.successor)
        if successor and successor.code in covers.units:  # its files tell of what the dissolved unit left open
            days |= days_between(max(covers.first, unit.end + ONE_DAY), covers.last)
        if not days:
            continue
        data.known.setdefault(unit.name, set()).update(days)
        data.spans[unit.name].append(covers._replace(first=min(days), last=max(days)))


def complete_days(data: Data, unit: str, days: set[date]) -> set[date]:
    """The known days on which the older open ones are known: some file had them since the last gap, or it is long ago."""
    enough, found, has_older, streak = int(data.settings.get("older_known_days", 92)), set(), False, 0
    with_older = {
        day for span in data.spans[unit] if span.older == "all" for day in days_between(span.first, span.last)
    }
    for day in sorted(days):
        if day - ONE_DAY not in days:
            has_older, streak = False, 0
        has_older, streak = has_older or day in with_older, streak + 1
        if has_older or streak > enough:
            found.add(day)
    return found


def told_until(data: Data, unit: str, received: date, told: date) -> date:
    """The day up to which an open dossier is known, if the newest file that names it tells of a day.

    Files of what changed say that it stays as it was, if they follow each other from that day on; not past a file that
    should have named it.
    """
    silent = [
        span.as_of
        for span in data.spans[unit]
        if span.as_of > told
        and received <= span.last
        and (span.older == "all" or (span.older == "received" and received >= span.first))
    ]
    changes = sorted((span.first, span.last) for span in data.spans[unit] if span.older == "changed")
    for first, last in changes:
        if last <= told or (silent and last >= min(silent)):
            continue
        if first > told + ONE_DAY:
            break
        told = max(told, last)
    return told


def days_between(first: date, last: date) -> set[date]:
    return {first + timedelta(days=number) for number in range((last - first).days + 1)}


def guess(lines: list[dict[str, str]]) -> Coverage | None:
    """What the rows of a file suggest; None if no dossier was received.

    It begins in the first month of receipt; or, if older dossiers are those still open, in the first month in which
    dossiers ended (at least a twentieth of the busiest month, and thirty received in it). The first day is that of the
    month, or the first receipt if that is later than the fifth of a month with thirty receipts. It goes to the newest
    event, or to the end of the last month of receipts: if thirty were received in it, the last in its last five days,
    and the newest event is in a later month.
    """
    # As text, year-month-day: the order of text is that of days, and files are long.
    received = [row["received_at"][:10] for row in lines if row.get("received_at")]
    if not received:
        return None
    names = [
        name for name in ("processed_at", "returned_at", "ineligible_returned_at", "withdrawn_at") if name in lines[0]
    ]
    ends = (next((row[name] for name in names if row[name]), "") for row in lines)
    by_month, ended = defaultdict(list), Counter(end[:7] for end in ends if end)
    for day in received:
        by_month[day[:7]].append(day)
    begin = min(by_month)
    busy = [month for month, count in ended.items() if count >= 0.05 * max(ended.values())]
    if busy and min(busy) > begin and len(by_month.get(min(busy), ())) >= 30:
        begin = min(busy)
    first = date.fromisoformat(min(by_month[begin]))
    if len(by_month[begin]) < 30 or first.day <= 5:
        first = first.replace(day=1)
    newest = date.fromisoformat(max(max(row[name] for row in lines) for name in EVENT_COLUMNS if name in lines[0])[:10])
    month = max(by_month)
    month_end = month_days("solar", int(month[:4]) * 12 + int(month[5:]) - 1)[1]
    late = (month_end - date.fromisoformat(max(received))).days < 5
    is_over = newest > month_end and len(by_month[month]) >= 30 and late
    return Coverage(
        frozenset(row["unit_code"] for row in lines),
        first,
        month_end if is_over else newest,
        "all" if min(received) < first.isoformat() else "received",
        newest,
    )


@kept
def as_of(data: Data) -> date | None:
    """The date of the data: the newest known day of any unit; without dossiers the end of the newest reported period."""
    newest = max((seen.last_month for told in data.observations.values() for seen in told), default=None)
    end = None if newest is None else date((newest + 1) // 12, (newest + 1) % 12 + 1, 1) - ONE_DAY
    return max((max(days) for days in data.known.values()), default=end)


@kept
def known_days(data: Data, unit: str, calendar: str, period: "str | Period") -> list[date]:
    """The known days of a unit in a period; in a cut period no more days than the unit itself has in the current month."""
    period, known = as_period(calendar, period), data.known.get(unit, set())
    end = period.end
    if period.is_cut and known:
        begin = current_month(calendar, as_of(data))
        if max(known) >= begin:
            end = min(end, month_days(calendar, period.last_month)[0] + (max(known) - begin))
    return [day for day in sorted(known) if period.start <= day <= end]


def current_month(calendar: str, day: date) -> date:
    """The first day of the month of a day."""
    ordinal = day.year * 12 + day.month - 1
    return next(
        start
        for start, end in (month_days(calendar, number) for number in (ordinal, ordinal + 1))
        if start <= day <= end
    )


@kept
def carry_known(data: Data, unit: str, calendar: str, period: "str | Period") -> bool:
    """Whether the stock carried over into a period is known: the day before it and every day up to the last known one are
    known, on the first day with the older ones."""
    period = as_period(calendar, period)
    days = known_days(data, unit, calendar, period)
    is_gapless = bool(days) and len(days) == (days[-1] - period.start).days + 1
    return is_gapless and period.start - ONE_DAY in data.known[unit] and period.start in data.complete[unit]


@kept
def members(data: Data, unit: str) -> list[str]:
    """The units whose dossiers count for a unit: of a district, its units and the successors of its communes; of such a
    successor, its former communes and itself; otherwise the unit alone."""
    if is_district(data, unit):
        own = children(data, unit)
        return sorted({*own, *(data.named[one].successor for one in own if data.named[one].successor)})
    former = [one.name for one in data.named.values() if one.kind == "commune" and one.successor == unit]
    return sorted({unit, *former})


@kept
def in_force(data: Data, unit: str, start: date, end: date) -> set[date]:
    """The days of a span on which a unit is in force."""
    one = data.named[unit]
    return days_between(max(start, one.begin), min(end, one.end))


def is_in_force(data: Data, unit: str, period: Period) -> bool:
    """Whether a unit, or a unit that it consists of, is in force in a period as far as it has passed.

    A home outlives its communes in their successors.
    """
    end = judged_day(data, period)
    return any(in_force(data, one, period.start, end) for one in members(data, unit))


@kept
def is_known(data: Data, unit: str, calendar: str, period: "str | Period") -> bool:
    """Whether enough of the days of a period that have passed is known of a unit."""
    period = as_period(calendar, period)
    passed = in_force(data, unit, period.start, min(period.end, as_of(data)))
    known = passed & set(known_days(data, unit, calendar, period))
    return bool(passed) and 100 * len(known) >= minimum(data) * len(passed)


def minimum(data: Data) -> float:
    """The share that must be known, in percent."""
    return float(data.settings.get("known_minimum", 90))


@kept
def open_known(data: Data, unit: str, calendar: str, period: "Period") -> bool:
    """Whether what is open on the last known day is complete."""
    return known_days(data, unit, calendar, period)[-1] in data.complete[unit]


@kept
def flow_known(data: Data, unit: str, calendar: str, period: "Period") -> bool:
    """Whether the ends of older dossiers are known on enough days."""
    passed = in_force(data, unit, period.start, min(period.end, as_of(data)))
    known = passed & data.complete[unit] & set(known_days(data, unit, calendar, period))
    return 100 * len(known) >= minimum(data) * len(passed)


@kept
def usual_daily(data: Data, unit: str) -> Fraction | None:
    """How many dossiers a unit usually receives on a day; None if no day of it is known."""
    one = data.named[unit]
    days = [day for day in data.known.get(unit, ()) if one.begin <= day <= one.end]
    received = sum(dossier.received_day in data.known[unit] for dossier in data.dossiers[unit]) if days else 0
    return Fraction(received, len(days)) if days else None


def volume_known(data: Data, judged: list[str], told: list[str], period: Period) -> bool:
    """Whether the units that are known usually receive enough of the dossiers of all that ever sent some."""

    def volume(units: list[str]) -> Fraction:
        spans = {one: len(in_force(data, one, period.start, min(period.end, as_of(data)))) for one in units}
        return sum((usual_daily(data, one) or 0) * days for one, days in spans.items())

    return 100 * volume(told) >= Fraction(minimum(data)) * volume(judged)


def needs_of(data: Data, code: str) -> frozenset[str]:
    """The columns that an indicator needs and some file lacks."""
    return data.lacking.intersection(NEEDS.get(code, ()))


class Extent(NamedTuple):
    """Of how much of the whole a value is made; None where it does not apply."""

    known_units: int | None
    all_units: int | None
    known_dossiers: int | None
    all_dossiers: int | None
    unclear: int | None
    older_known: bool
    volume_known: bool
    whole: bool
    known_months: int | None = None  # of a flow
    all_months: int | None = None


@kept
def extent(data: Data, unit: str, calendar: str, period: "str | Period", code: str) -> Extent:
    """Of how much of the whole an indicator's value is made."""
    period = as_period(calendar, period)
    if not code.startswith("T"):
        return reported_extent(data, unit, calendar, period, code)
    judged = [one for one in members(data, unit) if in_force(data, one, period.start, min(period.end, as_of(data)))]
    told = [one for one in judged if is_known(data, one, calendar, period)]
    kinds = [[one for one in some if data.named[one].kind == "commune"] for some in (judged, told)]
    every, known = (len(some) for some in (kinds if kinds[0] else (judged, told)))
    kinds_judged = kinds[0]

    def most(knows: Callable[[Data, str, str, Period], bool]) -> bool:
        """Whether it is known of every known member, or of enough communes that usually receive enough dossiers."""
        these = [one for one in told if knows(data, one, calendar, period)]
        count = sum(one in kinds_judged for one in these)
        is_enough = bool(kinds_judged) and 100 * count >= minimum(data) * len(kinds_judged)
        return len(these) == len(told) or (is_enough and volume_known(data, judged, these, period))

    older = code in OF_RECEIVED or ((code in OF_ENDED or most(open_known)) and (code in OF_OPEN or most(flow_known)))
    total = period_tally(data, unit, calendar, period)
    word = "received" if code in OF_RECEIVED else "handled"
    of_these = period_tally(data, unit, calendar, period, needs_of(data, code))[word]
    unclear = 0 if code in OF_RECEIVED else total["unclear"]
    everyone = total[word] + unclear
    whole = 100 * known >= minimum(data) * every and 100 * of_these >= minimum(data) * everyone and older
    volume = volume_known(data, judged, told, period)
    if not total["told"]:
        of_these = everyone = unclear = None
    return Extent(known, every, of_these, everyone, unclear, older, volume, whole and volume)


def reported_extent(data: Data, unit: str, calendar: str, period: Period, code: str) -> Extent:
    """Of how many communes a reported value is made; a unit's own report is whole."""
    own = observed(data, unit, period, code)
    if own and is_less(data, unit, calendar, period, code, own):
        own = None
    if own or len(members(data, unit)) == 1:
        months_of = (own.known, own.every) if own else (None, None)
        return Extent(None, None, None, None, None, True, True, not own or enough_months(data, own), *months_of)
    everyone = summed_units(data, unit, calendar, period, code)
    told = [one for one in everyone if counts_for(data, one, period, code)]
    if not told:
        return Extent(None, None, None, None, None, True, True, True)
    every = judged_communes(data, unit, calendar, period)
    seen = [observed(data, one, period, code) for one in told]
    known, months_all = sum(one.known or 0 for one in seen), sum(one.every or 0 for one in seen)
    enough = 100 * known >= minimum(data) * months_all
    if is_district(data, unit):
        told = [one for one in told if one in every]
    whole = 100 * len(told) >= minimum(data) * len(every) and enough
    months_of = (known, months_all) if months_all else (None, None)
    return Extent(len(told), len(every), None, None, None, True, True, whole, *months_of)


def reporting(data: Data, unit: str, calendar: str, period: Period) -> list[str]:
    """The communes whose reports make up a value: of a district those in force when it is judged, of a successor its
    former ones and itself."""
    communes = [one for one in members(data, unit) if data.named[one].kind == "commune" and one != unit]
    if not is_district(data, unit):
        return communes
    day = judged_day(data, period)
    return [one for one in communes if data.named[one].begin <= day <= data.named[one].end]


def summed_units(data: Data, unit: str, calendar: str, period: Period, code: str) -> list[str]:
    """The units whose reports are summed: of a flow every one in force in the period, of a successor itself too."""
    if data.indicators[code].get("over_time") != "flow":
        return reporting(data, unit, calendar, period)
    communes = [one for one in members(data, unit) if data.named[one].kind == "commune"]
    if not is_district(data, unit):
        return communes
    # Of a report that only goes back to a longer frequency, as of a stock.
    now = reporting(data, unit, calendar, period)
    end = judged_day(data, period)
    found = []
    for one in communes:
        seen = observed(data, one, period, code)
        is_flow = seen is not None and seen.known is not None
        if one in now or (is_flow and data.named[one].begin <= end and data.named[one].end >= period.start):
            found.append(one)
    return found


@kept
def is_less(data: Data, unit: str, calendar: str, period: Period, code: str, own: Observation) -> bool:
    """Whether a unit's own flow tells less than the sum over its communes, or began within the period."""
    if own.known is None or len(members(data, unit)) == 1:
        return False
    everyone = summed_units(data, unit, calendar, period, code)
    seen = [observed(data, one, period, code) for one in everyone if counts_for(data, one, period, code)]
    if not seen:
        return False
    known, every = sum(one.known or 0 for one in seen), sum(one.every or 0 for one in seen)
    return known * own.every > own.known * every or period.start < data.named[unit].begin


def judged_communes(data: Data, unit: str, calendar: str, period: Period) -> list[str]:
    """The communes that should have reported."""
    if is_district(data, unit):
        return reporting(data, unit, calendar, period)
    end = judged_day(data, period)
    return [one for one in members(data, unit) if in_force(data, one, period.start, end)]


def judged_day(data: Data, period: Period) -> date:
    newest = as_of(data)
    return min(period.end, newest) if newest else period.end


def counts_for(data: Data, commune: str, period: Period, code: str) -> bool:
    """Whether a commune's report counts in a sum over communes."""
    seen, aggregate = observed(data, commune, period, code), data.indicators[code]["aggregate"]
    if seen is None or aggregate == "direct":
        return False
    return aggregate == "sum" or (seen.numerator is not None and seen.denominator is not None)


# ----------------------------------------------------------------------------------- one dossier


def judge_ended(
    end: datetime, due: datetime, requested: datetime | None, completed: datetime | None, by_day: bool = False
) -> tuple[str, date]:
    """Early, on time or late, and the day of the end minus the supplement time.

    That time is whole days if days count, or if one of the three moments has no hour.
    """
    if requested is not None and completed is not None and completed >= requested and requested < end:
        completed = min(completed, end)  # nobody waits longer than until the end
        if by_day or date_only(end) or date_only(requested) or date_only(completed):
            end -= completed.date() - requested.date()
        else:
            end -= completed - requested
    if end > limit_of(due, by_day):
        return "late", end.date()
    return ("early" if end.date() < due.date() else "on_time"), end.date()


def judge_open(dossier: Dossier, day: date) -> tuple[bool, date]:
    """Whether the dossier is late on that day, and the day up to which its lateness is measured."""
    waiting = (
        dossier.requested is not None
        and dossier.requested.date() <= day
        and (dossier.completed is None or dossier.completed.date() > day)
    )
    if waiting:
        return dossier.supplements > 1 or dossier.requested > dossier.limit, dossier.requested.date()
    return end_of(day) > dossier.limit, day


def end_of(day: date) -> datetime:
    """The moment at which an open dossier is judged."""
    return datetime.combine(day, time(23, 59))


def apology_in_time(days: WorkingDays, apology: date, due: date) -> bool:
    """At least one working day before the due date."""
    return days.number[apology] <= days.number[due] - 1


# ------------------------------------------------------------------------------- the order of names

ALPHABET = " aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng; a letter without a tone sorts first


def vietnamese_order(name: str) -> tuple[list[int], list[int]]:
    """The sort key of a name in the Vietnamese alphabet: all letters first, then the tones."""
    letters, tones = [], []
    for character in unicodedata.normalize("NFC", name.lower()):
        parts = unicodedata.normalize("NFD", character)
        tone = next((mark for mark in parts if mark in TONES), "")
        letter = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in TONES))
        letters.append(ALPHABET.find(letter))  # punctuation sorts before letters
        tones.append(TONES.find(tone) + 1 if tone else 0)
    return letters, tones


# ------------------------------------------------------------------------------------ one period


def unit_rows(data: Data, unit_code: str) -> list[dict[str, str]]:
    return [row for row in data.units if row["unit_code"] == unit_code]


def is_district(data: Data, unit_code: str) -> bool:
    return any(row["kind"] == "district" for row in unit_rows(data, unit_code))


def children(data: Data, unit_code: str) -> list[str]:
    return sorted({row["unit_code"] for row in data.units if row["parent_code"] == unit_code})


def communes(data: Data, district: str = "597") -> list[str]:
    return sorted(
        {row["unit_code"] for row in data.units if row["kind"] == "commune" and row["parent_code"] == district}
    )


@kept
def period_tally(
    data: Data, unit_code: str, calendar: str, period: "str | Period", needs: frozenset[str] = frozenset()
) -> dict[str, float]:
    """All counts of a unit in a period, the sum of its members; only of dossiers whose file has the needed columns.

    told: 0 if nothing at all is known; carry_unknown: members of which nobody knows what was carried over.
    """
    total: dict[str, float] = defaultdict(int)
    for member in members(data, unit_code):
        for name, count in own_tally(data, member, calendar, as_period(calendar, period), needs).items():
            total[name] += count
    return total


@kept
def own_tally(data: Data, unit: str, calendar: str, period: Period, needs: frozenset[str]) -> dict[str, float]:
    """All counts of the dossiers of one unit alone."""
    total: dict[str, float] = defaultdict(int)
    known = known_days(data, unit, calendar, period)
    if not known:
        return total
    days, last = set(known), known[-1]
    eve = period.start - ONE_DAY if carry_known(data, unit, calendar, period) else None
    ends = month_ends(calendar, period, known)
    for dossier in data.dossiers.get(unit, ()):
        if not dossier.lacks & needs:
            count_dossier(data.working_days, dossier, days, last, eve, total)
            if not total["told"]:
                total["told"] += any(is_open(dossier, day) for day in ends) or bool(eve and is_open(dossier, eve))
    refused = sum(day in days and not lacks & needs for day, lacks in data.refused.get(unit, ()))
    total["refused"] += refused
    total["told"] += refused
    total["carry_unknown"] += eve is None and total["told"] > 0
    return total


def month_ends(calendar: str, period: Period, known: list[date]) -> list[date]:
    """The last known day of each month of a period."""
    spans = [month_days(calendar, month) for month in range(period.first_month, period.last_month + 1)]
    found = [max((day for day in known if start <= day <= end), default=None) for start, end in spans]
    return [day for day in found if day]


def is_open(dossier: Dossier, day: date) -> bool:
    """Whether it had no end yet on a day, as far as anybody knows."""
    return dossier.received_day <= day and (dossier.end_day is None or dossier.end_day > day)


def is_unclear(dossier: Dossier, day: date) -> bool:
    """Whether nobody knows its state on a day: it has no end, and the newest file that tells of it is older."""
    return dossier.received_day <= day and dossier.end_day is None and dossier.told < day


def count_dossier(
    days: WorkingDays, dossier: Dossier, known: set[date], last: date, eve: date | None, total: dict[str, float]
) -> None:
    """Count one dossier in the known days of a period, the last of them, and the day before the period if it is known."""
    given_back = dossier.state == "stopped" and (dossier.ineligible or dossier.end)
    if given_back and given_back.date() in known:
        total["ineligible"] += 1
        total["ineligible_timely"] += given_back.date() < dossier.due_day
        total["ineligible_by_statute"] += dossier.by_statute
        total["told"] += 1
    if eve and is_open(dossier, eve):
        total["unclear_before" if is_unclear(dossier, eve) else "carried"] += 1
    if dossier.received_day in known:
        count_received(days, dossier, total)
        total["told"] += 1
    if dossier.end_day in known:
        count_resolved(days, dossier, total)
        total["told"] += 1
    elif is_unclear(dossier, last):
        total["unclear"] += 1
    elif is_open(dossier, last):
        count_open(days, dossier, last, total)
    else:
        return
    if not is_unclear(dossier, last):
        total["handled"] += 1
        total["complained"] += dossier.complained


def count_received(days: WorkingDays, dossier: Dossier, total: dict[str, float]) -> None:
    total["received"] += 1
    total["online"] += dossier.channel == "online"
    total["offered"] += dossier.offered
    total["offered_online"] += dossier.offered and dossier.channel == "online"
    total["postal"] += dossier.channel == "postal"
    total["stopped"] += dossier.state == "stopped"
    total["supplemented_twice"] += dossier.supplements > 1
    total["digitised"] += dossier.digitised_in and (dossier.digitised_out or not dossier.paper)
    total["reused"] += dossier.reused
    total["population"] += dossier.population
    if dossier.full:
        total["full"] += 1
        total["full_online"] += dossier.channel == "online"
    if dossier.pays:
        total["pays"] += 1
        total["paid_online"] += dossier.paid_online
    if dossier.recorded:
        total["events"] += 1
        total["events_timely"] += recorded_in_time(days, dossier.received, dossier.recorded)


def count_resolved(days: WorkingDays, dossier: Dossier, total: dict[str, float]) -> None:
    total["resolved"] += 1
    total["rated"] += dossier.rating is not None
    total["satisfied"] += dossier.rating in ("satisfied", "very_satisfied")
    total["resolved_by_statute"] += dossier.by_statute
    total[dossier.verdict] += 1
    total["days_used"] += max(0, days.between(dossier.received_day, dossier.adjusted_day))
    total["days_allowed"] += dossier.statutory_days
    if dossier.finished and dossier.paper:
        total["results"] += 1
        total["results_electronic"] += dossier.digitised_out
    if dossier.status_updated:
        total["events"] += 1
        total["events_timely"] += recorded_in_time(days, dossier.end, dossier.status_updated)
    elif dossier.state in ELECTRONICALLY_OPEN:
        total["events"] += 1
    if dossier.verdict == "late":
        count_late(days, dossier, dossier.adjusted_day, dossier.apology is not None, total)


def count_open(days: WorkingDays, dossier: Dossier, judged: date, total: dict[str, float]) -> None:
    total["open"] += 1
    total["open_by_statute"] += dossier.by_statute
    is_late, measured = judge_open(dossier, judged)
    if is_late:
        total["open_late"] += 1
        apologised = dossier.apology is not None and dossier.apology.date() <= judged
        count_late(days, dossier, measured, apologised, total)


def count_late(days: WorkingDays, dossier: Dossier, measured: date, apologised: bool, total: dict[str, float]) -> None:
    total["all_late"] += 1
    total["late_by_statute"] += dossier.by_statute
    total["days_late"] += max(0, days.between(dossier.due_day, measured))
    if apologised:
        total["apologised"] += 1
        total["apologised_timely"] += apology_in_time(days, dossier.apology.date(), dossier.due_day)
    if dossier.reschedules >= 1:
        total["rescheduled"] += 1
        total["rescheduled_twice"] += dossier.reschedules > 1


def counts(data: Data, unit_code: str, calendar: str, period: "str | Period") -> dict[str, int | None]:
    """The figures of form II.06, each with its column number; None where a part of it is unknown."""
    total = period_tally(data, unit_code, calendar, period)
    carried = None if total["carry_unknown"] else total["carried"]
    return {
        "total": None if carried is None else carried + total["received"],  # 3
        "online": total["online"],  # 4
        "direct_postal": total["received"] - total["online"],  # 5
        "carried_over": carried,  # 6
        "resolved": total["resolved"],  # 7
        "early": total["early"],  # 8
        "on_time": total["on_time"],  # 9
        "late": total["late"],  # 10
        "open": total["open"],  # 11
        "open_in_time": total["open"] - total["open_late"],  # 12
        "open_late": total["open_late"],  # 13
    }


# ----------------------------------------------------------------------- lists of a period's dossiers


class Standing(NamedTuple):
    """The state of one dossier handled in a period: ended in it, or as on the day of judgement."""

    dossier: Dossier
    received: bool  # received on a known day of the period
    carried: bool  # open on the day before the period, which is known
    resolved: bool  # ended on a known day of the period
    open: bool
    unclear: bool  # nobody knows whether it is still open
    late: bool
    waiting: bool
    days_late: int  # working days; 0 if it is not late
    days_left: int | None  # working days until the due date, for an open dossier
    apologised: bool
    judged: date  # the day on which its steps are judged


def standings(data: Data, unit_code: str, calendar: str, period: "str | Period") -> list[Standing]:
    """Every dossier that has to do with a period: of a unit, and of its members."""
    period = as_period(calendar, period)
    found = []
    for unit in members(data, unit_code):
        known = known_days(data, unit, calendar, period)
        eve = period.start - ONE_DAY if carry_known(data, unit, calendar, period) else None
        for dossier in data.dossiers.get(unit, ()) if known else ():
            one = standing(data.working_days, dossier, set(known), known[-1], eve)
            if one.received or one.carried or one.resolved or one.open or one.unclear:
                found.append(one)
    return found


def standing(days: WorkingDays, dossier: Dossier, known: set[date], judged: date, eve: date | None) -> Standing:
    """The state of one dossier on the last known day of a period."""
    received = dossier.received_day in known
    carried = bool(eve) and is_open(dossier, eve) and not is_unclear(dossier, eve)
    if dossier.end_day in known:
        late = dossier.verdict == "late"
        over = max(0, days.between(dossier.due_day, dossier.adjusted_day)) if late else 0
        flags = (received, carried, True, False, False, late, False, over, None)
        return Standing(dossier, *flags, dossier.apology is not None, dossier.end_day)
    unclear = is_unclear(dossier, judged)
    if unclear or not is_open(dossier, judged):
        return Standing(dossier, received, carried, False, False, unclear, False, False, 0, None, False, judged)
    late, measured = judge_open(dossier, judged)
    waiting = (
        dossier.requested is not None
        and dossier.requested.date() <= judged
        and (dossier.completed is None or dossier.completed.date() > judged)
    )
    over = max(0, days.between(dossier.due_day, measured)) if late else 0
    apologised = dossier.apology is not None and dossier.apology.date() <= judged
    left = days.between(judged, dossier.due_day)
    return Standing(dossier, received, carried, False, True, False, late, waiting, over, left, apologised, judged)


def working_days_used(data: Data, dossier: Dossier) -> int:
    """The working days that an ended dossier took, minus its supplement time."""
    return max(0, data.working_days.between(dossier.received_day, dossier.adjusted_day))


# ------------------------------------------------------------------------------------ indicators


def judged_by_statute(data: Data, unit: str, calendar: str, period: "str | Period", code: str) -> int:
    """How many of an indicator's dossiers have no due date of their own."""
    t = period_tally(data, unit, calendar, period, needs_of(data, code))
    both = t["resolved_by_statute"] + t["open_by_statute"]
    counted = {"T03": t["resolved_by_statute"], "T04": t["open_by_statute"], "T06": t["open_by_statute"]}
    counted |= {
        "T12": t["ineligible_by_statute"],
        "T05": both,
        "T23": both,
        "T07": t["late_by_statute"],
        "T08": t["late_by_statute"],
    }
    return counted.get(code, 0)


def computed(code: str, t: dict[str, float]) -> tuple[float, float | None]:
    """Numerator and denominator of T01–T25."""
    resolved_in_time = t["early"] + t["on_time"]
    open_in_time = t["open"] - t["open_late"]
    return {
        "T01": (t["received"], None),
        "T02": (t["handled"], None),
        "T03": (resolved_in_time, t["resolved"]),
        "T04": (open_in_time, t["open"]),
        "T05": (resolved_in_time + open_in_time, t["handled"]),
        "T06": (t["open_late"], t["open"]),
        "T07": (t["days_late"], t["all_late"]),
        "T08": (t["apologised"], t["all_late"]),
        "T09": (t["apologised_timely"], t["apologised"]),
        "T10": (t["rescheduled_twice"], t["rescheduled"]),
        "T11": (t["stopped"] + t["refused"], t["received"]),
        "T12": (t["ineligible_timely"], t["ineligible"]),
        "T13": (t["supplemented_twice"], t["received"]),
        "T14": (t["online"], t["received"]),
        "T15": (t["full_online"], t["full"]),
        "T16": (t["postal"], t["received"]),
        "T17": (t["paid_online"], t["pays"]),
        "T18": (t["results_electronic"], t["results"]),
        "T19": (t["digitised"], t["received"]),
        "T20": (t["reused"], t["received"]),
        "T21": (t["population"], t["received"]),
        "T22": (t["events_timely"], t["events"]),
        "T23": (t["handled"] - t["all_late"] - t["complained"], t["handled"]),
        "T24": (t["days_used"], t["days_allowed"]),
        "T25": (t["satisfied"], t["rated"]),
    }[code]


def enough_months(data: Data, seen: Observation) -> bool:
    """Whether enough months of a flow are known."""
    return seen.known is None or 100 * seen.known >= minimum(data) * seen.every


@kept
def observed(data: Data, unit_code: str, period: Period, code: str) -> Observation | None:
    """What a unit reports for a period: a flow that of the period, a stock the latest one in the period's window.

    Where the period is shorter than a flow's frequency, the latest one too.
    """
    frequency = MONTHS[data.indicators[code]["frequency"]]
    if data.indicators[code].get("over_time") == "flow":
        found = flow(data, unit_code, period, code)
        if found or period.last_month - period.first_month + 1 >= frequency:
            return found
    after = min(period.first_month - 1, period.last_month - frequency)
    inside = [
        seen
        for seen in data.observations.get((unit_code, code), ())
        if after < seen.last_month <= period.last_month
        and seen.is_since == period.is_since
        # A value since January is that of its own span alone.
        and (not period.is_since or seen.last_month == period.last_month)
    ]

    def newness(seen: Observation) -> tuple:
        return seen.last_month, seen[:2] == (period.first_month, period.last_month), seen.first_month

    return max(inside, key=newness, default=None)


def flow(data: Data, unit: str, period: Period, code: str) -> Observation | None:
    """What happened in a period: its own report, or a sum of parts after the newest value since January, if any."""
    first, last = period.first_month, period.last_month
    told = sorted(data.observations.get((unit, code), ()), key=lambda seen: seen.is_since)  # plain ones first
    length = last - first + 1
    exact = [seen for seen in told if (seen.first_month, seen.last_month) == (first, last)]
    if exact:
        return exact[0]._replace(known=length, every=length)
    in_force = data.named[unit]
    is_sum = data.indicators[code]["aggregate"] == "sum"
    adds = {}  # (first, last, is since January) → amounts
    for seen in told:
        amounts = (seen.value, 0) if is_sum else (seen.numerator, seen.denominator)
        if None not in amounts:
            adds[seen.first_month, seen.last_month, seen.is_since] = amounts
    since = {first - 1: (0, 0)} if first % 12 == 0 else {}  # month → amounts since January
    for (begin, end, is_since), amounts in adds.items():
        if begin % 12 == 0 and begin // 12 == first // 12 and (end not in since or not is_since):
            since[end] = amounts
            since[begin - 1] = (0, 0)
    ways = [(first - 1, (0, 0))]
    if first - 1 in since:
        tops = [month for month in since if first <= month <= last and min(minus(since[month], since[first - 1])) >= 0]
        if tops:
            ways.append((max(tops), minus(since[max(tops)], since[first - 1])))
    found = []
    for known_to, amounts in ways:
        months_known, (numerator, denominator) = known_to - first + 1, amounts
        month = known_to + 1
        while month <= last:
            fitting = [end for begin, end, is_since in adds if begin == month and end <= last and not is_since]
            part = adds[month, max(fitting), False] if fitting else one_month(since, month)
            if part:
                numerator, denominator = numerator + part[0], denominator + part[1]
                months_known += max(fitting, default=month) - month + 1
            month = max(fitting, default=month) + 1
        found.append((months_known, known_to, numerator, denominator))
    known, _, numerator, denominator = max(found)
    if not known:
        return None
    newest = as_of(data) + ONE_DAY
    step = MONTHS[data.indicators[code]["frequency"]]
    over = (newest.year * 12 + newest.month - 1) // step * step - 1
    begun = max(first, in_force.begin.year * 12 + in_force.begin.month - 1)
    ended = min(last, over, in_force.end.year * 12 + in_force.end.month - 1)
    every = max(known, ended - begun + 1)
    if is_sum:
        return Observation(first, last, numerator, None, numerator, False, known, every)
    return Observation(first, last, numerator, denominator, ratio(numerator, denominator), False, known, every)


def minus(later: tuple[float, float], earlier: tuple[float, float]) -> tuple[float, float]:
    return later[0] - earlier[0], later[1] - earlier[1]


def one_month(since: dict[int, tuple[float, float]], month: int) -> tuple[float, float] | None:
    """A month between two values since January; None if the later one is smaller."""
    if month not in since or month - 1 not in since:
        return None
    found = minus(since[month], since[month - 1])
    return found if min(found) >= 0 else None


def reported(
    data: Data, unit_code: str, calendar: str, period: Period, code: str
) -> tuple[float | None, float | None, float | None]:
    """A unit's own report, else the sum of the communes that it consists of."""
    own = observed(data, unit_code, period, code)
    if own and not is_less(data, unit_code, calendar, period, code, own):
        return own.numerator, own.denominator, own.value
    told = summed_units(data, unit_code, calendar, period, code) if len(members(data, unit_code)) > 1 else []
    seen = [observed(data, one, period, code) for one in told if counts_for(data, one, period, code)]
    if not seen:
        return None, None, None
    if data.indicators[code]["aggregate"] == "sum":
        values = [one.value for one in seen if one.value is not None]
        return None, None, sum(values) if values else None
    numerator, denominator = sum(one.numerator for one in seen), sum(one.denominator for one in seen)
    return numerator, denominator, ratio(numerator, denominator)


def indicator(
    data: Data, unit_code: str, calendar: str, code_of_period: "str | Period", indicator_code: str
) -> tuple[float | None, float | None, float | None]:
    """Numerator, denominator and value; the value is None without a denominator or a report.

    All are None of a unit that is not in force, and of one of which nothing is known.
    """
    period = as_period(calendar, code_of_period)
    if not is_in_force(data, unit_code, period):
        return None, None, None
    if not indicator_code.startswith("T"):
        return reported(data, unit_code, calendar, period, indicator_code)
    total = period_tally(data, unit_code, calendar, period, needs_of(data, indicator_code))
    if not total["told"]:
        return None, None, None
    numerator, denominator = computed(indicator_code, total)
    if indicator_code == "T14" and data.settings.get("online_base") == "offered":
        numerator, denominator = total["offered_online"], total["offered"]
    if indicator_code == "T15" and data.settings.get("full_base") == "received":
        denominator = total["received"]
    if denominator is None:
        return numerator, None, numerator
    return numerator, denominator, ratio(numerator, denominator, 1 if indicator_code == "T07" else 100)


def low_volume(denominator: float | None, indicator_code: str, least: float = 30) -> bool:
    """Whether a value has a denominator too small to judge by; one computed from dossiers has one."""
    if denominator is None:
        return indicator_code.startswith("T")
    return denominator < least


# ---------------------------------------------------------------------------------------- scoring


def target_of(data: Data, unit_code: str, period: Period, indicator_code: str) -> tuple[float | None, float | None]:
    """Target and alert of the period's year; a district has its own, all other units use the communes'.

    A target that is a count is one of each commune: a successor has it once for each of its former communes.
    """
    scope = "district" if is_district(data, unit_code) else "commune"
    key = (indicator_code, period.last_month // 12, scope)
    row = data.targets.get(key, {})
    former = 0 if is_district(data, unit_code) else len(members(data, unit_code)) - 1
    times = former if former and data.indicators[indicator_code]["aggregate"] == "sum" else 1
    target, alert = number(row.get("target")), number(row.get("alert"))
    return target and times * target, alert and times * alert


def score(direction: str, value: float | None, target: float | None, limit: float | None) -> float | None:
    """The share of the weight that is earned; None if unknown."""
    if value is None:
        return None
    if direction == "up" and target:
        return max(0, min(value / target, 1))
    if direction == "down" and limit:
        return max(0, 1 - value / limit)
    return None


def component_share(
    part: dict[str, str],
    direction: str,
    found: tuple[float | None, float | None],
    full: float | None,
    limit: float | None,
) -> float | None:
    """The share of a component's points, from denominator and value: rounded as its row says, when_none of nothing."""
    denominator, value = found
    if value is None:
        return number(part["when_none"]) if denominator == 0 else None
    decimals, maximum = number(part["decimals"]), float(part["maximum"])
    if decimals is None or not maximum or direction != "up":
        return score(direction, value, full, limit)
    if not full or full < 0:
        return None
    rate = half_up(value, decimals)
    return half_up(max(0, min(maximum, rate * maximum / full)), decimals) / maximum


def half_up(value: float, decimals: float) -> float:
    """Rounded to decimals, halves up."""
    return math.floor(value * 10**decimals + 0.5) / 10**decimals


def total_score(
    data: Data, unit_code: str, calendar: str, period: "str | Period", group: str = "all"
) -> tuple[float | None, float]:
    """Score (0–100, missing indicators' weight redistributed) and coverage (% of the weight available).

    There is no score where too little is available. A value of a part of the whole counts as missing.
    """
    period = as_period(calendar, period)
    earned = available = weights = 0.0
    for code, row in data.indicators.items():
        if group not in ("all", row.get("group_code")):
            continue
        weight = float(row["weight"])
        weights += weight
        share = score_share(data, unit_code, calendar, period, code)
        if share is not None:
            earned += weight * share
            available += weight
    coverage = 100 * available / weights if weights else 0.0
    if not available or coverage < float(data.settings.get("coverage_minimum", 80)):
        return None, coverage
    return 100 * earned / available, coverage


def score_share(data: Data, unit_code: str, calendar: str, period: Period, code: str) -> float | None:
    """The share of its weight that an indicator earns; None if it has none, is unknown, or is known in part."""
    row = data.indicators[code]
    value = indicator(data, unit_code, calendar, period, code)[2]
    if value is None or not float(row["weight"]) or not extent(data, unit_code, calendar, period, code).whole:
        return None
    return score(row["direction"], value, target_of(data, unit_code, period, code)[0], number(row["limit_value"]))


def status_of(
    direction: str,
    value: float | None,
    target: float | None,
    alert: float | None = None,
    limit: float | None = None,
) -> str:
    if value is None:
        return "missing"
    if direction == "context" or target is None:
        return "context"
    if direction == "up":
        alert = 0.9 * target if alert is None else alert
        return "met" if value >= target else "near" if value >= alert else "missed"
    if alert is None and limit is not None:
        alert = 0.1 * limit
    return "met" if value <= target else "near" if alert is not None and value <= alert else "missed"


def status(
    data: Data,
    unit_code: str,
    calendar: str,
    period: "str | Period",
    indicator_code: str,
) -> str:
    period = as_period(calendar, period)
    row = data.indicators[indicator_code]
    value = indicator(data, unit_code, calendar, period, indicator_code)[2]
    if value is not None and not extent(data, unit_code, calendar, period, indicator_code).whole:
        return "partial"
    target, alert = target_of(data, unit_code, period, indicator_code)
    return status_of(row["direction"], value, target, alert, number(row["limit_value"]))


def competition_ranks(scores: dict[str, tuple[float | None, float]]) -> dict[str, int]:
    """Ranks 1, 2, 2, 4 by the total with two decimals, among units with a score and coverage of at least 80."""
    totals = {
        unit: round(total, 2) for unit, (total, coverage) in scores.items() if total is not None and coverage >= 80
    }
    ordered = sorted(totals, key=lambda unit: (-totals[unit], unit))
    ranked = {unit: place for place, unit in enumerate(ordered, start=1)}
    for before, unit in pairwise(ordered):
        if totals[unit] == totals[before]:
            ranked[unit] = ranked[before]
    return ranked


def ranks(data: Data, calendar: str, period: "str | Period", district: str = "597") -> dict[str, int]:
    """The rank of each commune that can be ranked; other communes are omitted."""
    return competition_ranks({unit: total_score(data, unit, calendar, period) for unit in communes(data, district)})
