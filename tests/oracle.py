"""The dashboard's indicators in plain Python, for comparison with the product's SQL.

Written from the definitions only: it imports nothing of the product, and uses neither SQL nor pandas. Every dossier is
one small record, every rule one small function, every sum one loop.
"""

import csv
import math
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
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
# The columns that identify a table; the first match wins (a step also has a dossier code).
HEADERS = {
    "dossier_step": ("dossier_code", "step_number"),
    "dossier": ("dossier_code", "unit_code", "procedure_code", "state"),
    "kpi_value": ("unit_code", "period", "indicator_code"),
    "index_score": ("district_code", "index_code", "year", "criterion_code"),
    "initiative": ("initiative_code", "unit_code", "kind"),
}
KEYS = {
    "dossier_step": ("dossier_code", "step_number"),
    "dossier": ("dossier_code",),
    "kpi_value": ("unit_code", "period", "indicator_code"),
    "index_score": ("district_code", "index_code", "year", "criterion_code"),
    "initiative": ("initiative_code", "unit_code"),
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


def later(left: datetime, right: datetime) -> bool:
    """Whether left is after right, at the precision that both have."""
    if date_only(left) or date_only(right):
        return left.date() > right.date()
    return left > right


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
    return Period(*periods(calendar, kind_of(period), period), *months(period))


def is_partial(calendar: str, period: str, as_of_day: date) -> bool:
    start, end, _, _ = as_period(calendar, period)
    return start <= as_of_day < end


def cut(calendar: str, period: str, as_of_day: date, other: str | None = None) -> Period:
    """The period, or the comparison period, cut to the elapsed part of the period on as_of_day.

    The elapsed part is a number of months and a day offset in the last of them. A whole period is not cut.
    """
    whole = as_period(calendar, period)
    target = as_period(calendar, other or period)
    if not is_partial(calendar, period, as_of_day):
        return target
    for position, ordinal in enumerate(range(whole.first_month, whole.last_month + 1)):
        start, end = month_days(calendar, ordinal)
        if start <= as_of_day <= end:
            start_cut, end_cut = month_days(calendar, target.first_month + position)
            end_cut = min(start_cut + (as_of_day - start), end_cut)
            return Period(target.start, end_cut, target.first_month, target.first_month + position)
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
    paper: bool
    full: bool
    statutory_days: float
    officer: str | None
    cause: str | None


class Observation(NamedTuple):
    first_month: int
    last_month: int
    numerator: float | None
    denominator: float | None
    value: float | None


@dataclass
class Data:
    working_days: WorkingDays
    units: list[dict[str, str]]
    procedures: dict[str, dict[str, str]]
    indicators: dict[str, dict[str, str]]
    targets: dict[tuple[str, int, str], dict[str, str]]  # indicator, year, scope
    settings: dict[str, str]
    dossiers: dict[str, list[Dossier]] = field(default_factory=lambda: defaultdict(list))  # by unit
    refused: dict[str, list[date]] = field(default_factory=lambda: defaultdict(list))  # by unit
    observations: dict[tuple[str, str], list[Observation]] = field(default_factory=lambda: defaultdict(list))
    newest: date | None = None
    tables: dict[str, list[dict[str, str]]] = field(default_factory=dict)  # step, index_score, initiative
    tallies: dict[tuple, dict[str, float]] = field(default_factory=dict)  # cache of counts


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def table_of(header: Iterable[str]) -> str | None:
    header = set(header)
    return next((table for table, columns in HEADERS.items() if header.issuperset(columns)), None)


def read_tables(directory: Path) -> dict[str, list[dict[str, str]]]:
    """Every *.csv of the directory in the order of names; a later row replaces an earlier row with the same key."""
    found: dict[str, dict[tuple, dict[str, str]]] = {table: {} for table in HEADERS}
    for path in sorted(Path(directory).glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            table = table_of(lines.fieldnames or ())
            if table:
                key = KEYS[table]
                found[table].update((tuple(row[name] for name in key), row) for row in lines)
    return {table: list(keyed.values()) for table, keyed in found.items()}


def read(directory: Path, reference: Path) -> Data:
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
        settings={row["setting_code"]: row["value"] for row in rows(reference / "setting.csv")},
    )
    tables = read_tables(directory)
    for row in tables.pop("dossier"):
        take_dossier(data, row)
    for row in tables.pop("kpi_value"):
        first, last = months(row["period"])
        numerator, denominator = number(row.get("numerator")), number(row.get("denominator"))
        value = number(row.get("value"))
        if value is None:
            value = ratio(numerator, denominator)
        data.observations[row["unit_code"], row["indicator_code"]].append(
            Observation(first, last, numerator, denominator, value)
        )
    data.tables = tables
    return data


def take_dossier(data: Data, row: dict[str, str]) -> None:
    at = {column: moment(row.get(column)) for column in EVENT_COLUMNS}
    newest = max((stamp.date() for stamp in at.values() if stamp), default=None)
    if newest and (data.newest is None or newest > data.newest):
        data.newest = newest
    unit, state = row["unit_code"], row["state"]
    received = at["received_at"]
    if state == "not_accepted":
        refused = received or at["ineligible_returned_at"]
        if refused:
            data.refused[unit].append(refused.date())
    if received is None or state in ("registered", "not_accepted"):
        return
    procedure = data.procedures[row["procedure_code"]]
    statutory_days = float(procedure["statutory_days"])
    due = moment(row.get("due_at"))
    if due is None:
        due = datetime.combine(data.working_days.add(received.date(), statutory_days), time())
    end = at["processed_at"] or at["returned_at"] or at["ineligible_returned_at"] or at["withdrawn_at"]
    requested, completed = at["supplement_requested_at"], at["supplement_completed_at"]
    verdict, adjusted_day = judge_ended(end, due, requested, completed) if end else (None, None)
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
            complained=true(row.get("complaint")) or row.get("rating") == "dissatisfied",
            paper=true(procedure["paper_result"]),
            full=procedure["service_level"] == "full",
            statutory_days=statutory_days,
            officer=row.get("officer_code") or None,
            cause=row.get("late_cause") or None,
        )
    )


def as_of(data: Data) -> date | None:
    """The newest date among the events of the dossiers."""
    return data.newest


# ----------------------------------------------------------------------------------- one dossier


def judge_ended(
    end: datetime, due: datetime, requested: datetime | None, completed: datetime | None
) -> tuple[str, date]:
    """Early, on time or late, and the day of the end minus the supplement time."""
    used = [end, due]
    subtracted = requested is not None and completed is not None and completed >= requested
    if subtracted:
        used += [requested, completed]
    if any(date_only(stamp) for stamp in used):
        adjusted_day = end.date() - (completed.date() - requested.date()) if subtracted else end.date()
        late = adjusted_day > due.date()
    else:
        adjusted = end - (completed - requested) if subtracted else end
        adjusted_day = adjusted.date()
        late = adjusted > due
    if late:
        return "late", adjusted_day
    return ("early" if adjusted_day < due.date() else "on_time"), adjusted_day


def judge_open(dossier: Dossier, day: date) -> tuple[bool, date]:
    """Whether the dossier is late on that day, and the day up to which its lateness is measured."""
    waiting = (
        dossier.requested is not None
        and dossier.requested.date() <= day
        and (dossier.completed is None or dossier.completed.date() > day)
    )
    if waiting:
        asked = dossier.requested.date()
        return dossier.supplements > 1 or asked > dossier.due_day, asked
    return day > dossier.due_day, day


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


def tally(data: Data, unit_code: str, start: date, end: date, judged: date) -> dict[str, float]:
    """All counts of one unit in one period; of a district, the sum of its units."""
    key = (unit_code, start, end, judged)
    if key not in data.tallies:
        total: dict[str, float] = defaultdict(int)
        if is_district(data, unit_code):
            for child in children(data, unit_code):
                for name, count in tally(data, child, start, end, judged).items():
                    total[name] += count
        else:
            for dossier in data.dossiers.get(unit_code, ()):
                count_dossier(data.working_days, dossier, start, end, judged, total)
            total["refused"] += sum(start <= day <= end for day in data.refused.get(unit_code, ()))
        data.tallies[key] = total
    return data.tallies[key]


def count_dossier(
    days: WorkingDays, dossier: Dossier, start: date, end: date, judged: date, total: dict[str, float]
) -> None:
    if dossier.state == "stopped" and dossier.ineligible and start <= dossier.ineligible.date() <= end:
        total["ineligible"] += 1
        total["ineligible_timely"] += not later(dossier.ineligible, dossier.due)
    received = start <= dossier.received_day <= end
    carried = dossier.received_day < start and (dossier.end_day is None or dossier.end_day >= start)
    if received:
        count_received(days, dossier, total)
    if carried:
        total["carried"] += 1
    if received or carried:
        total["handled"] += 1
        total["complained"] += dossier.complained
        if dossier.end_day is not None and start <= dossier.end_day <= end:
            count_resolved(days, dossier, total)
        else:
            count_open(days, dossier, judged, total)


def count_received(days: WorkingDays, dossier: Dossier, total: dict[str, float]) -> None:
    total["received"] += 1
    total["online"] += dossier.channel == "online"
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
    is_late, measured = judge_open(dossier, judged)
    if is_late:
        total["open_late"] += 1
        apologised = dossier.apology is not None and dossier.apology.date() <= judged
        count_late(days, dossier, measured, apologised, total)


def count_late(days: WorkingDays, dossier: Dossier, measured: date, apologised: bool, total: dict[str, float]) -> None:
    total["all_late"] += 1
    total["days_late"] += max(0, days.between(dossier.due_day, measured))
    if apologised:
        total["apologised"] += 1
        total["apologised_timely"] += apology_in_time(days, dossier.apology.date(), dossier.due_day)
    if dossier.reschedules >= 1:
        total["rescheduled"] += 1
        total["rescheduled_twice"] += dossier.reschedules > 1


def period_tally(
    data: Data, unit_code: str, calendar: str, period: "str | Period", as_of_day: date | None = None
) -> dict[str, float]:
    start, end, _, _ = as_period(calendar, period)
    newest = as_of_day or as_of(data)
    return tally(data, unit_code, start, end, min(end, newest) if newest else end)


def counts(
    data: Data, unit_code: str, calendar: str, period: "str | Period", as_of_day: date | None = None
) -> dict[str, int]:
    """The figures of form II.06, each with its column number."""
    total = period_tally(data, unit_code, calendar, period, as_of_day)
    return {
        "total": total["handled"],  # 3
        "online": total["online"],  # 4
        "direct_postal": total["received"] - total["online"],  # 5
        "carried_over": total["carried"],  # 6
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
    received: bool  # received in the period; otherwise carried over
    resolved: bool
    late: bool
    waiting: bool
    days_late: int  # working days; 0 if it is not late
    days_left: int | None  # working days until the due date, for an open dossier
    apologised: bool
    judged: date  # the day on which its steps are judged


def standings(
    data: Data, unit_code: str, calendar: str, period: "str | Period", as_of_day: date | None = None
) -> list[Standing]:
    """Every dossier that a unit handles in a period; of a district, those of its units."""
    start, end, _, _ = as_period(calendar, period)
    newest = as_of_day or as_of(data)
    judged = min(end, newest) if newest else end
    units = children(data, unit_code) if is_district(data, unit_code) else [unit_code]
    return [
        standing(data.working_days, dossier, start, judged)
        for unit in units
        for dossier in data.dossiers.get(unit, ())
        if dossier.received_day <= judged and (dossier.end_day is None or dossier.end_day >= start)
    ]


def standing(days: WorkingDays, dossier: Dossier, start: date, judged: date) -> Standing:
    """The state of one dossier on the day of judgement."""
    received = dossier.received_day >= start
    if dossier.end_day is not None and dossier.end_day <= judged:
        late = dossier.verdict == "late"
        over = max(0, days.between(dossier.due_day, dossier.adjusted_day)) if late else 0
        return Standing(dossier, received, True, late, False, over, None, dossier.apology is not None, dossier.end_day)
    late, measured = judge_open(dossier, judged)
    waiting = (
        dossier.requested is not None
        and dossier.requested.date() <= judged
        and (dossier.completed is None or dossier.completed.date() > judged)
    )
    over = max(0, days.between(dossier.due_day, measured)) if late else 0
    apologised = dossier.apology is not None and dossier.apology.date() <= judged
    left = days.between(judged, dossier.due_day)
    return Standing(dossier, received, False, late, waiting, over, left, apologised, judged)


def working_days_used(data: Data, dossier: Dossier) -> int:
    """The working days that an ended dossier took, minus its supplement time."""
    return max(0, data.working_days.between(dossier.received_day, dossier.adjusted_day))


# ------------------------------------------------------------------------------------ indicators


def computed(code: str, t: dict[str, float]) -> tuple[float, float | None]:
    """Numerator and denominator of T01–T24."""
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
    }[code]


def observed(data: Data, unit_code: str, period: Period, code: str) -> Observation | None:
    """The latest observation whose last month is in the window of the period."""
    frequency = MONTHS[data.indicators[code]["frequency"]]
    after = min(period.first_month - 1, period.last_month - frequency)
    inside = [
        seen for seen in data.observations.get((unit_code, code), ()) if after < seen.last_month <= period.last_month
    ]
    return max(inside, key=lambda seen: (seen.last_month, seen.first_month), default=None)


def reported(data: Data, unit_code: str, period: Period, code: str) -> tuple[float | None, float | None, float | None]:
    own = observed(data, unit_code, period, code)
    if own:
        return own.numerator, own.denominator, own.value
    aggregate = data.indicators[code]["aggregate"]
    if not is_district(data, unit_code) or aggregate == "direct":
        return None, None, None
    seen = [observed(data, commune, period, code) for commune in communes(data, unit_code)]
    if aggregate == "sum":
        values = [one.value for one in seen if one and one.value is not None]
        return None, None, sum(values) if values else None
    numerators = [one.numerator for one in seen if one and one.numerator is not None]
    denominators = [one.denominator for one in seen if one and one.denominator is not None]
    numerator = sum(numerators) if numerators else None
    denominator = sum(denominators) if denominators else None
    return numerator, denominator, ratio(numerator, denominator)


def indicator(
    data: Data,
    unit_code: str,
    calendar: str,
    code_of_period: "str | Period",
    indicator_code: str,
    as_of: date | None = None,
) -> tuple[float | None, float | None, float | None]:
    """Numerator, denominator and value; the value is None without a denominator or a report."""
    period = as_period(calendar, code_of_period)
    if not indicator_code.startswith("T"):
        return reported(data, unit_code, period, indicator_code)
    numerator, denominator = computed(indicator_code, period_tally(data, unit_code, calendar, period, as_of))
    if denominator is None:
        return numerator, None, numerator
    return numerator, denominator, ratio(numerator, denominator, 1 if indicator_code == "T07" else 100)


def low_volume(denominator: float | None, indicator_code: str, least: float = 30) -> bool:
    return indicator_code.startswith("T") and denominator is not None and denominator < least


# ---------------------------------------------------------------------------------------- scoring


def target_of(data: Data, unit_code: str, period: Period, indicator_code: str) -> tuple[float | None, float | None]:
    """Target and alert of the period's year; communes have their own, all other units use the district's."""
    is_commune = any(row["kind"] == "commune" for row in unit_rows(data, unit_code))
    key = (indicator_code, period.last_month // 12, "commune" if is_commune else "district")
    row = data.targets.get(key, {})
    return number(row.get("target")), number(row.get("alert"))


def score(direction: str, value: float | None, target: float | None, limit: float | None) -> float | None:
    """The share of the weight that is earned; None if unknown."""
    if value is None:
        return None
    if direction == "up" and target:
        return max(0, min(value / target, 1))
    if direction == "down" and limit:
        return max(0, 1 - value / limit)
    return None


def total_score(
    data: Data, unit_code: str, calendar: str, period: "str | Period", as_of: date | None = None
) -> tuple[float | None, float]:
    """Score (0–100, missing indicators' weight redistributed) and coverage (% of the weight available)."""
    period = as_period(calendar, period)
    earned = available = weights = 0.0
    for code, row in data.indicators.items():
        weight = float(row["weight"])
        weights += weight
        value = indicator(data, unit_code, calendar, period, code, as_of)[2]
        target = target_of(data, unit_code, period, code)[0]
        share = score(row["direction"], value, target, number(row["limit_value"]))
        if share is not None:
            earned += weight * share
            available += weight
    if not available:
        return None, 0.0
    return 100 * earned / available, 100 * available / weights


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
    as_of: date | None = None,
) -> str:
    period = as_period(calendar, period)
    row = data.indicators[indicator_code]
    value = indicator(data, unit_code, calendar, period, indicator_code, as_of)[2]
    target, alert = target_of(data, unit_code, period, indicator_code)
    return status_of(row["direction"], value, target, alert, number(row["limit_value"]))


def competition_ranks(scores: dict[str, tuple[float | None, float]]) -> dict[str, int]:
    """Ranks 1, 2, 2, 4 by the total with two decimals, among units with coverage of at least 80."""
    totals = {unit: round(total, 2) for unit, (total, coverage) in scores.items() if coverage >= 80}
    ordered = sorted(totals, key=lambda unit: (-totals[unit], unit))
    ranked = {unit: place for place, unit in enumerate(ordered, start=1)}
    for before, unit in pairwise(ordered):
        if totals[unit] == totals[before]:
            ranked[unit] = ranked[before]
    return ranked


def ranks(
    data: Data, calendar: str, period: "str | Period", as_of: date | None = None, district: str = "597"
) -> dict[str, int]:
    """The rank of each commune that can be ranked; other communes are omitted."""
    return competition_ranks(
        {unit: total_score(data, unit, calendar, period, as_of) for unit in communes(data, district)}
    )
