"""The chances of becoming late in plain Python, dossier by dossier, to compare with queries/build/96_late_risk.sql.

It starts from the tables dossier, dossier_step, calendar_day, unit_known and as_of_date of a snapshot, which have tests of
their own, and shares no other code with the product.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb

from tests.process import rows

WEIGHT = 20
BANDS = [(day, day) for day in range(11)] + [(11, 15), (16, 20), (21, 30), (31, 10**6)]
_NEVER = date(2100, 1, 1)


def logit(share: float) -> float:
    """The logarithm of the odds."""
    return math.log(share / (1 - share))


def logistic(x: float) -> float:
    """The share with these odds."""
    return 1 / (1 + math.exp(-x))


def band_of(left: int) -> tuple[int, int]:
    """The band in which a number of working days lies."""
    return next(band for band in BANDS if band[0] <= left <= band[1])


@dataclass
class Kind:
    """What is looked at in a dossier on a day: (band, field, holder, procedure, unit)."""

    band: tuple[int, int]
    field_code: str
    holder: tuple[int, str] | None
    procedure: str
    unit: str

    def groups(self) -> list[tuple]:
        """From the widest group to the narrowest: all, band, field, holder; then the procedure and the unit in it."""
        wide = [(), (self.band,), (self.band, self.field_code), (self.band, self.field_code, self.holder)]
        return [*wide, ("procedure", *wide[-1], self.procedure), ("unit", *wide[-1], self.unit)]


@dataclass
class Learned:
    """Late dossiers and all of them in each group of twelve months; how the newest quarter moves and stretches the logits."""

    late: Counter = field(default_factory=Counter)
    total: Counter = field(default_factory=Counter)
    level: float = 0.0
    slope: float = 1.0

    def share(self, group: tuple, wider: float) -> float:
        """The share of a group, drawn towards that of the wider one; a group that nobody has seen is the wider one."""
        if group not in self.total:
            return wider
        return (self.late[group] + WEIGHT * wider) / (self.total[group] + WEIGHT)

    def z(self, kind: Kind) -> float:
        """The logit before the shift."""
        every, band, in_field, held, procedure, unit = kind.groups()
        share = (self.late[every] + 0.5) / (self.total[every] + 1)
        if band not in self.total:  # nobody knows anything
            share = 0.5
        for group in (band, in_field, held):
            share = self.share(group, share)
        return logit(self.share(procedure, share)) + logit(self.share(unit, share)) - logit(share)

    def chance(self, kind: Kind) -> float:
        """The chance, to six decimals."""
        return math.floor(logistic(self.level + self.slope * self.z(kind)) * 1e6 + 0.5) / 1e6


class Risk:
    """Everything that is learned, told and tried of a snapshot."""

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self.number = {row["day"]: row["working_number"] for row in rows(connection, "SELECT * FROM calendar_day")}
        self.day: dict[int, date] = {}
        for day, number in self.number.items():  # the first day with a number is the working day
            self.day[number] = min(day, self.day.get(number, day))
        self.known = {row["unit_code"]: row for row in rows(connection, "SELECT * FROM unit_known")}
        self.as_of = rows(connection, "SELECT as_of FROM as_of_date")[0]["as_of"]
        self.steps = defaultdict(list)
        for row in rows(
            connection, "SELECT dossier_code, step_number, tier, received_at, completed_at FROM dossier_step"
        ):
            self.steps[row["dossier_code"]].append(row)
        self.dossiers = [
            row
            for row in rows(connection, "SELECT * FROM dossier WHERE is_accepted")
            if row["unit_code"] in self.known
            and row["due_number"] is not None
            and (row["ended_on"] or self.as_of) > self.as_of - timedelta(days=1096)
        ]
        self._learn()
        self._try()

    def waits(self, row: dict, day: date) -> bool:
        """Whether it waits for the citizen on a day."""
        asked, done = row["supplement_requested_on"], row["supplement_completed_on"]
        return asked is not None and asked <= day and (done is None or done > day)

    def outcome(self, row: dict) -> int | None:
        """1 if it became late, 0 if not, None as long as nobody knows."""
        if row["due_on"] > self.known[row["unit_code"]]["known_to"]:
            return None
        if row["ended_on"]:
            return int(row["ended_late"]) if row["end_known"] else None
        told = row["told_on"]
        if self.waits(row, told):
            late = (row["supplement_count"] or 0) > 1 or bool(row["asked_late"])
        else:
            late = told >= row["late_from"]
        return 1 if late else None

    def is_open(self, row: dict, day: date) -> bool:
        """Whether it was open on a day, neither late nor waiting."""
        return (
            row["received_on"] <= day < row["late_from"]
            and (row["ended_on"] or _NEVER) > day
            and not self.waits(row, day)
        )

    def kind(self, row: dict, day: date, left: int) -> Kind:
        """What is looked at in a dossier on a day with so many days left."""
        held = [
            (step["step_number"], step["tier"])
            for step in self.steps[row["dossier_code"]]
            if row["three_tier"]
            and step["received_at"].date() <= day
            and (step["completed_at"] is None or step["completed_at"].date() > day)
        ]
        return Kind(band_of(left), row["field_code"], max(held, default=None), row["procedure_code"], row["unit_code"])

    def _learn(self) -> None:
        self.seen = defaultdict(list)  # month of the due date → kind, outcome
        for row in self.dossiers:
            late = self.outcome(row)
            if late is None or not row["receipt_known"]:
                continue
            allowed = row["due_number"] - row["received_number"]
            for least, most in BANDS:
                if allowed >= least:
                    left = min(most, allowed)
                    day = self.day[row["due_number"] - left]
                    if self.is_open(row, day):
                        due = row["due_on"]
                        self.seen[due.year * 12 + due.month - 1].append((self.kind(row, day, left), late))
        self._models: dict[int, Learned] = {}

    def months(self, learned_to: int) -> list[int]:
        """The twelve months of which something was learned by the end of a month, the newest first."""
        return sorted((month for month in self.seen if month <= learned_to), reverse=True)[:12]

    def _model(self, months: list[int]) -> Learned:
        model = Learned()
        for month in months:
            for kind, late in self.seen[month]:
                for group in kind.groups():
                    model.total[group] += 1
                    model.late[group] += late
        return model

    def learned(self, learned_to: int) -> Learned:
        """What was known by the end of a month."""
        if learned_to not in self._models:
            months = sorted((month for month in self.seen if month <= learned_to), reverse=True)
            model, before = self._model(months[:12]), self._model(months[3:15])
            fresh = [(before.z(kind), late) for month in months[:3] for kind, late in self.seen[month]]
            for _ in range(3):
                said = [(logistic(model.level + model.slope * z), z, late) for z, late in fresh]
                toward = [sum(late - p for p, _, late in said), sum((late - p) * z for p, z, late in said)]
                bend = [sum(p * (1 - p) * z**power for p, z, _ in said) for power in (0, 1, 2)]
                whole = bend[0] * bend[2] - bend[1] ** 2
                if whole > 0:
                    up = (bend[2] * toward[0] - bend[1] * toward[1]) / whole
                    turn = (bend[0] * toward[1] - bend[1] * toward[0]) / whole
                    model.level += max(-0.5, min(0.5, up))
                    model.slope = max(0.2, model.slope + max(-0.5, min(0.5, turn)))
            self._models[learned_to] = model
        return self._models[learned_to]

    @staticmethod
    def last_month(day: date) -> int:
        """The last month that is over at the end of a day."""
        following = day + timedelta(days=1)
        return following.year * 12 + following.month - 2

    def told(self) -> dict[str, dict]:
        """Of each open dossier, its chance and what it is made of."""
        found = {}
        for row in self.dossiers:
            day = self.known[row["unit_code"]]["known_to"]
            if (self.as_of - day).days >= 7 or row["ended_on"] or row["told_on"] < day or not self.is_open(row, day):
                continue
            left = row["due_number"] - self.number[day]
            kind, model = self.kind(row, day, left), self.learned(self.last_month(day))
            alike = kind.groups()[4]
            found[row["dossier_code"]] = {
                "looked_on": day,
                "days_left": left,
                "holder_tier": kind.holder[1] if kind.holder else None,
                "chance": model.chance(kind),
                "alike": model.total[alike],
                "alike_late": model.late[alike],
            }
        return found

    def _try(self) -> None:
        """Each Friday of half a year: (day, days left, code, chance, outcome) of each open dossier whose end is known."""
        self.trial = []
        back = (self.as_of - timedelta(days=days) for days in range(182, 0, -1))
        fridays = [day for day in back if day.weekday() == 4 and len(self.months(self.last_month(day))) == 12]
        for row in self.dossiers:
            known, late = self.known[row["unit_code"]], self.outcome(row)
            if late is None:
                continue
            for day in fridays[
                bisect_left(fridays, row["received_on"]) : bisect_left(fridays, row["ended_on"] or _NEVER)
            ]:
                if known["known_from"] <= day <= known["known_to"] and self.is_open(row, day):
                    left = row["due_number"] - self.number[day]
                    chance = self.learned(self.last_month(day)).chance(self.kind(row, day, left))
                    self.trial.append((day, left, row["dossier_code"], chance, late))

    def area(self, score: int) -> float | None:
        """How often a late dossier scores higher than one that was not; equal scores count half. 3: chance, 1: days left."""
        way = 1 if score == 3 else -1
        late = [way * one[score] for one in self.trial if one[4]]
        fine = sorted(way * one[score] for one in self.trial if not one[4])
        if not late or not fine:
            return None
        return sum(bisect_left(fine, x) + bisect_right(fine, x) for x in late) / 2 / len(late) / len(fine)

    def first_hundred(self, key) -> float | None:
        """Of the first hundred of each day with at least as many, the percentage that became late."""
        by_day = defaultdict(list)
        for one in self.trial:
            by_day[one[0]].append(one)
        first = [one for day in by_day.values() if len(day) >= 100 for one in sorted(day, key=key)[:100]]
        return 100 * sum(one[4] for one in first) / len(first) if first else None

    def tenths(self) -> list[dict]:
        """By tenths of the chance: how many, what was said, what came."""
        grouped = defaultdict(list)
        for _, _, code, chance, late in self.trial:
            grouped[min(int(chance * 10), 9)].append((chance, late, code))
        return [
            {
                "tenth": tenth,
                "dossiers": len(every),
                "different": len({code for *_, code in every}),
                "late": sum(late for _, late, _ in every),
                "chance": sum(chance for chance, *_ in every) / len(every),
                "miss": abs(sum(100 * (late - chance) for chance, late, _ in every) / len(every)),
            }
            for tenth, every in sorted(grouped.items())
        ]

    def summary(self) -> dict:
        """The trial as a whole, and whether the list is shown."""
        late, count = sum(one[4] for one in self.trial), len(self.trial)
        auc, auc_days = self.area(3), self.area(1)
        tenths = self.tenths()
        misses = [one["miss"] for one in tenths if one["different"] >= 100]
        top: list[dict] = []
        for one in reversed(tenths):  # the highest tenths until they have a hundred different dossiers together
            top.append(one)
            if sum(each["different"] for each in top) >= 100:
                said = sum(each["chance"] * each["dossiers"] for each in top)
                misses.append(
                    100 * abs(sum(each["late"] for each in top) - said) / sum(each["dossiers"] for each in top)
                )
                break
        worst = max(misses, default=None)
        first = self.first_hundred(lambda one: (-one[3], one[1], one[2]))
        first_days = self.first_hundred(lambda one: (one[1], one[2]))
        newest = [row["known_to"] for row in self.known.values() if (self.as_of - row["known_to"]).days < 7]
        months = max((len(self.months(self.last_month(day))) for day in newest), default=0)
        if months < 12 or late < 30 or count - late < 30 or worst is None:
            verdict = "short"
        elif worst > 10:
            verdict = "off"
        elif auc < auc_days + 0.02 or (first is not None and first < first_days):
            verdict = "no_better"
        else:
            verdict = "good"
        return {
            "months": months,
            "dossiers": count,
            "late": late,
            "auc": auc,
            "auc_days": auc_days,
            "brier": sum((one[3] - one[4]) ** 2 for one in self.trial) / count if count else None,
            "first_late": first,
            "first_late_days": first_days,
            "worst_miss": worst,
            "verdict": verdict,
        }
