"""The first weeks of an office: the dossiers as they really went, and the exports that it makes of them.

`Office` holds every dossier from receipt to end: the truth. `export` writes what a system of that office would give on a
day, in a layout of its own (headers, unit names and words unlike the templates), and remembers what it told.
`counted` and `form` say what one can know after these exports, from the truth alone.
Days have no hours, and no dossier waits for its citizen: the rules of time have tests of their own.
"""

from __future__ import annotations

import csv
import random
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

COMMUNES = {
    "23059": "Thị trấn Ma Lâm", "23062": "Thị trấn Phú Long", "23065": "Xã La Dạ", "23068": "Xã Đông Tiến",
    "23071": "Xã Thuận Hòa", "23074": "Xã Đông Giang", "23077": "Xã Hàm Phú", "23080": "Xã Hồng Liêm",
    "23083": "Xã Thuận Minh", "23086": "Xã Hồng Sơn", "23089": "Xã Hàm Trí", "23092": "Xã Hàm Đức",
    "23095": "Xã Hàm Liêm", "23098": "Xã Hàm Chính", "23101": "Xã Hàm Hiệp", "23104": "Xã Hàm Thắng",
    "23107": "Xã Đa Mi",
}  # fmt: skip
# Units of 1 July 2025 that take the place of the communes above, by their code in files.
NEW_UNITS = ("23059", "23065", "23074", "23086", "23089", "23095", "22933", "22960")
ENDED_ON = date(2025, 6, 30)
# A land dossier passes three tiers; no export has their steps.
LAND = "1.003003"
FIELDS = {"1.001193": "CIVIL", "1.004884": "CIVIL", "2.000908": "CERT", "2.001019": "CERT", LAND: "LAND"}
PROCEDURES = tuple(FIELDS)
COUNTS = (
    "received",
    "online",
    "channel_known",
    "handled",
    "late",
    "letters",
    "letter_known",
    "open",
    "open_late",
    "unclear",
    "land_open",
)
FORM = (
    "received",
    "received_online",
    "received_direct",
    "carried_over",
    "resolved_early",
    "resolved_on_time",
    "resolved_late",
    "open_in_time",
    "open_late",
)
HEADERS = {
    "number": "STT", "code": "Số hồ sơ", "unit": "Đơn vị", "procedure": "Mã thủ tục", "state": "Trạng thái xử lý",
    "received": "Ngày tiếp nhận", "due": "Ngày hẹn trả", "ended": "Ngày trả kết quả", "channel": "Hình thức nộp hồ sơ",
    "letter": "Ngày ban hành thư xin lỗi",
}  # fmt: skip
# After so many days without a gap, dossiers from before them no longer count for much.
LONG = 92
OPTIONAL = ("channel", "letter")


@dataclass(frozen=True)
class Case:
    """One dossier as it really went; letter: the day of the letter of apology."""

    code: str
    unit: str
    procedure: str
    online: bool
    received: date
    due: date
    ended: date
    letter: date | None

    def ended_by(self, day: date) -> date | None:
        """The day of its end, as one knows it on a day."""
        return self.ended if self.ended <= day else None


@dataclass
class Told:
    """What the office's exports have told: of each unit its spans, of each dossier the newest export that names it."""

    spans: dict[str, list[tuple[date, date, bool]]] = field(default_factory=dict)
    cases: dict[str, tuple[date, tuple[str, ...]]] = field(default_factory=dict)

    def days(self, unit: str) -> set[date]:
        """The days of which the exports tell of a unit."""
        return {
            first + timedelta(days=step)
            for first, last, _ in self.spans.get(unit, ())
            for step in range((last - first).days + 1)
        }


@dataclass(frozen=True)
class Standing:
    """How a dossier stands in a month: ended is its end as the exports tell it, without the columns that they lack."""

    case: Case
    received: bool
    resolved: bool
    open: bool
    unclear: bool
    late: bool
    letter: bool
    ended: date | None
    without: tuple[str, ...]


def _more(count: int | None, received: bool, counts: bool, without: tuple[str, ...]) -> int | None:
    """A count with one more received dossier of a channel; unknown once one of them has no channel."""
    if count is None or (received and "channel" in without):
        return None
    return count + (received and counts)


def month_days(month: str) -> list[date]:
    """The days of a month, 2025-02."""
    year, number = map(int, month.split("-"))
    return [date(year, number, day) for day in range(1, monthrange(year, number)[1] + 1)]


class Office:
    """The dossiers of some units over some months, and what was exported of them."""

    def __init__(self, units: Iterable[str], first: date, last: date, seed: int = 1, prefix: str = "HS"):
        self.told = Told()
        self.cases = [
            case for unit in units for case in self._cases(unit, first, last, random.Random(f"{seed}{unit}"), prefix)
        ]

    @staticmethod
    def _cases(unit: str, first: date, last: date, luck: random.Random, prefix: str) -> list[Case]:
        cases, days = [], (last - first).days + 1
        for number in range(days * 2):
            received = first + timedelta(days=number // 2)
            allowed = luck.choice((2, 5, 10, 15))
            late = luck.random() < 0.3
            took = allowed + luck.choice((1, 4, 20)) if late else luck.randint(0, allowed)
            due = received + timedelta(days=allowed)
            letter = due - timedelta(days=1) if late and luck.random() < 0.5 else None
            cases.append(
                Case(
                    f"{prefix}-{unit}-{number:04}",
                    unit,
                    luck.choice(PROCEDURES),
                    luck.random() < 0.4,
                    received,
                    due,
                    received + timedelta(days=took),
                    letter if letter and letter >= received else None,
                )  # fmt: skip
            )
        return cases

    def export(
        self,
        path: Path,
        first: date,
        last: date,
        *,
        units: Iterable[str] | None = None,
        older: bool = True,
        without: tuple[str, ...] = (),
        on: date | None = None,
        names: dict[str, str] | None = None,
    ) -> Path:
        """Write the dossiers received from first to last with their state on a day (default: last).

        older: also those received before that were not finished when the span began. The rows are told from then on.
        """
        on, units = on or last, set(units or {case.unit for case in self.cases})
        rows = []
        for case in self.cases:
            within = first <= case.received <= last
            carried = older and case.received < first and case.ended >= first
            if case.unit in units and (within or carried):
                rows.append(case)
                self.told.cases[case.code] = (on, without)
        for unit in units:
            self.told.spans.setdefault(unit, []).append((first, last, older))
        self._write(path, rows, on, without, names or COMMUNES)
        return path

    @staticmethod
    def _write(path: Path, rows: list[Case], on: date, without: tuple[str, ...], names: dict[str, str]) -> None:
        kept = [name for name in HEADERS if name not in without]
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(["DANH SÁCH HỒ SƠ THỦ TỤC HÀNH CHÍNH"])
            writer.writerow([HEADERS[name] for name in kept])
            for number, case in enumerate(rows, 1):
                ended = case.ended_by(on)
                letter = case.letter if case.letter and case.letter <= on else None
                cells = {
                    "number": number, "code": case.code, "unit": names.get(case.unit, case.unit),
                    "procedure": case.procedure, "state": "Đã trả kết quả" if ended else "Đang xử lý",
                    "received": f"{case.received:%d/%m/%Y}", "due": f"{case.due:%d/%m/%Y}",
                    "ended": f"{ended:%d/%m/%Y}" if ended else "", "channel": "Trực tuyến" if case.online else "Trực tiếp",
                    "letter": f"{letter:%d/%m/%Y}" if letter else "",
                }  # fmt: skip
                writer.writerow([cells[name] for name in kept])

    def known_day(self, unit: str, month: str) -> date | None:
        """The last day of a month of which a unit is known."""
        return max(self.told.days(unit) & set(month_days(month)), default=None)

    def standings(self, unit: str, month: str) -> Iterator[Standing]:
        """How each dossier of a unit stands in a month, as the exports tell it; none if they tell nothing of the month."""
        days = self.told.days(unit) & set(month_days(month))
        if not days:
            return
        end = max(days)
        for case in self.cases:
            if case.unit != unit or case.code not in self.told.cases or case.received > end:
                continue
            on, without = self.told.cases[case.code]
            ended = case.ended_by(on)
            unclear = ended is None and on < end
            resolved, standing = ended in days, not unclear and (ended is None or ended > end)
            late = ended > case.due if resolved else standing and end > case.due
            letter = case.letter if case.letter and case.letter <= on and (resolved or case.letter <= end) else None
            yield Standing(
                case, case.received in days, resolved, standing, unclear, late, letter is not None, ended, without
            )

    def counted(self, unit: str, month: str) -> dict[str, int] | None:
        """What one can count of a unit in a month; None if nothing tells of it.

        received, online, channel_known (received of exports with the column); handled, in_time, late, letters,
        letter_known (late of exports with the column), open, open_late; unclear: open when last told of, before the
        unit's last known day; land_open: open land dossiers, of which no step is in any file.
        """
        if self.known_day(unit, month) is None:
            return None
        counts = dict.fromkeys(COUNTS, 0)
        for one in self.standings(unit, month):
            channel_known, letter_known = "channel" not in one.without, "letter" not in one.without
            counts["received"] += one.received
            counts["channel_known"] += one.received and channel_known
            counts["online"] += one.received and channel_known and one.case.online
            counts["unclear"] += one.unclear
            counts["handled"] += one.resolved or one.open
            counts["open"] += one.open
            counts["open_late"] += one.open and one.late
            counts["late"] += one.late
            counts["letter_known"] += one.late and letter_known
            counts["letters"] += one.late and letter_known and one.letter
            counts["land_open"] += one.open and one.case.procedure == LAND
        return counts

    def form(self, unit: str, month: str) -> dict[str, dict[str, int | None]]:
        """Form II.06 of a unit in a month by field: what is handled, received, carried over, finished and open.

        Columns that the exports do not tell are None: the channel without its column, the stock before the first day.
        """
        found: dict[str, dict[str, int | None]] = {}
        eve = month_days(month)[0] - timedelta(days=1)
        for one in self.standings(unit, month):
            if not (one.received or one.resolved or one.open or one.unclear):
                continue
            row = found.setdefault(FIELDS[one.case.procedure], dict.fromkeys(FORM, 0))
            row["received"] += one.received
            row["received_online"] = _more(row["received_online"], one.received, one.case.online, one.without)
            row["received_direct"] = _more(row["received_direct"], one.received, not one.case.online, one.without)
            # Open at the end of the day before, as far as an export told of that day.
            unclear_before = one.ended is None and self.told.cases[one.case.code][0] < eve
            row["carried_over"] += one.case.received <= eve and not unclear_before
            row["resolved_early"] += one.resolved and one.ended < one.case.due
            row["resolved_on_time"] += one.resolved and one.ended == one.case.due
            row["resolved_late"] += one.resolved and one.late
            row["open_in_time"] += one.open and not one.late
            row["open_late"] += one.open and one.late
        for row in found.values():
            row["resolved"] = row["resolved_early"] + row["resolved_on_time"] + row["resolved_late"]
            row["open_total"] = row["open_in_time"] + row["open_late"]
            if eve not in self.told.days(unit) or not self.older_known(unit, eve + timedelta(days=1)):
                row["carried_over"] = None
            known = row["carried_over"] is not None
            row["handled"] = row["carried_over"] + row["received"] if known else None
        return found

    def late_by_field(self, units: Iterable[str], month: str) -> dict[tuple[str, str], int]:
        """The late dossiers of each unit and field in a month."""
        return {
            (unit, code): row["resolved_late"] + row["open_late"]
            for unit in units
            for code, row in self.form(unit, month).items()
        }

    def district(self, units: Iterable[str], month: str) -> dict[str, int] | None:
        """The sum over the units that are known."""
        parts = [part for unit in units if (part := self.counted(unit, month))]
        return {name: sum(part[name] for part in parts) for name in parts[0]} if parts else None

    def is_known(self, unit: str, month: str) -> bool:
        """Whether nine tenths of the days of a month, up to the newest known day of all, are known of a unit."""
        newest = max(last for spans in self.told.spans.values() for _, last, _ in spans)
        passed = [day for day in month_days(month) if day <= newest]
        return bool(passed) and len(self.told.days(unit) & set(passed)) * 10 >= len(passed) * 9

    def has_older(self, unit: str, month: str) -> bool:
        """Whether the older open dossiers are known: on the last known day, and on enough days."""
        newest = max(last for spans in self.told.spans.values() for _, last, _ in spans)
        passed = [day for day in month_days(month) if day <= newest]
        told = [day for day in passed if self.older_known(unit, day)]
        return self.known_day(unit, month) in told and len(told) * 10 >= len(passed) * 9

    def older_known(self, unit: str, day: date) -> bool:
        """Whether the older open dossiers are known on a day: an export since the last gap had them, or no gap for long."""
        days, walked = self.told.days(unit), 0
        while day in days:
            if any(older and first <= day <= last for first, last, older in self.told.spans[unit]):
                return True
            day, walked = day - timedelta(days=1), walked + 1
        return walked > LONG
