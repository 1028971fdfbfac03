"""A simulated district: two years of dossiers and all other tables, from one random seed.

Causes are simulated, not results: people file, officers of different speed process queues of varying length, land
dossiers pass three tiers, some dossiers are never closed in the system. The rates on the dashboard follow from this.
Every row has simulated=true, and no row represents a real person.

    python -m data.demo OUT_DIR
"""

from __future__ import annotations

import csv
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from data import demo_list

REFERENCE = Path(__file__).parent / "reference"
Progress = Callable[[str, float], None]

# The simulation starts half a year early, so that there are open dossiers on the first day of data.
WARM_UP = np.datetime64("2022-06-01")
FIRST_DAY = np.datetime64("2022-12-15")
LAST_DAY = np.datetime64("2024-12-31")
BASE_MONTH = np.datetime64("2023-01")
YEAR_TOTAL = {2022: 90_500, 2023: 92_600, 2024: 97_200}
DISTRICT, COUNTER, REGISTRY = "597", "597-MC", "597-DD"
SHARES = {"commune": 0.55, "district_office": 0.25, "land_registry": 0.20}

DAY = 480  # minutes of work in a day: 07:00 to 11:30 and 13:30 to 17:00
MORNING, NOON, AFTERNOON, EVENING = 7 * 60, 11 * 60 + 30, 13 * 60 + 30, 17 * 60
NEVER = 1_200 * DAY  # a wait longer than the data
MINUTE = "datetime64[m]"
MISSING = np.datetime64("NaT", "m")
CLOSING_TIME = np.datetime64("2024-12-31T17:00")

# How digital a unit is, on the logit scale of the share filed online (0 is a typical commune of the district).
DIGITAL = {"Ma Lâm": 1.0, "Phú Long": 0.65, "Hàm Thắng": 0.6, "Hàm Chính": 0.2, "Hàm Liêm": 0.15,
           "Hàm Trí": -0.1, "Hàm Phú": -0.2, "Thuận Minh": -0.3, "Hồng Liêm": -0.35, "Đa Mi": -2.0, "La Dạ": -1.9,
           "Đông Giang": -2.3, "Đông Tiến": -2.5}  # fmt: skip
# How slow a unit is, on the log scale of processing time; the district's counter has more staff.
SLOWNESS = {"Ma Lâm": -0.15, "Phú Long": -0.06, "Hàm Thắng": -0.1, "Hàm Đức": 0.1, "Hồng Liêm": 0.08,
            "Hàm Hiệp": 0.06, "Đa Mi": 0.12, "La Dạ": 0.15, "Đông Giang": 0.18,
            "Đông Tiến": 0.12}  # fmt: skip
COUNTER_SLOWNESS = -0.08
# Communes that become worse in the last quarter of 2024 while the others improve.
SLIPPING = ("Hồng Sơn", "Hàm Đức", "Thuận Minh")
LOUDSPEAKER_START = {"Ma Lâm": "2023-01", "Hàm Thắng": "2023-02", "Hàm Liêm": "2023-02",
                     "Thuận Hòa": "2023-03", "La Dạ": "2023-03"}  # fmt: skip

# Share of dossiers by field; a field that is not listed is rare.
COMMUNE_FIELDS = {"CERT": 0.46, "CIVIL": 0.29, "LAND": 0.075, "SOCIAL": 0.045, "MERIT": 0.02, "POVERTY": 0.02,
                  "MILITARY": 0.02, "AGRI": 0.012, "REWARD": 0.012, "CULTURE": 0.01, "LABOUR": 0.006,
                  "HEALTH": 0.006, "RELIGION": 0.003, "EDU": 0.003, "LEGAL": 0.003,
                  "PETITION": 0.002}  # fmt: skip
COUNTER_FIELDS = {"BUSINESS": 0.30, "EDU": 0.16, "BUILD": 0.14, "CERT": 0.14, "CIVIL": 0.07, "SOCIAL": 0.04,
                  "PLAN": 0.025, "REWARD": 0.02, "HEALTH": 0.02, "TRADE": 0.02, "AGRI": 0.02,
                  "CULTURE": 0.01, "ENVIRON": 0.006, "COOP": 0.004, "INTERNAL": 0.004}  # fmt: skip
REGISTRY_FIELDS = {"LAND": 0.67, "SECURED": 0.33}
RARE = 0.0007
AREA_FIELDS = {"mountain": {"SOCIAL": 2.0, "POVERTY": 3.0, "MERIT": 1.5, "CERT": 0.7},
               "urban": {"CERT": 1.15, "POVERTY": 0.5, "AGRI": 0.5}, "lowland": {}}  # fmt: skip
# Busier months of a field: military registration in spring, schools in summer, poverty review in autumn.
SEASONS = {"MILITARY": {1: 3, 2: 3, 3: 3, 4: 3}, "EDU": {6: 2, 7: 3, 8: 3.5, 9: 2},
           "POVERTY": {9: 2, 10: 3, 11: 4, 12: 2}, "REWARD": {1: 2, 5: 2, 11: 2, 12: 4}}  # fmt: skip

# Shares that grow over time, as points (month after January 2023, share).
ONLINE = ((-7, 0.18), (0, 0.235), (6, 0.31), (12, 0.40), (15, 0.43), (18, 0.50), (23, 0.565))
PAYMENT = ((-7, 0.05), (0, 0.075), (6, 0.12), (12, 0.19), (18, 0.28), (23, 0.36))
DIGITISED_IN = ((-7, 0.36), (0, 0.43), (12, 0.64), (23, 0.83))
DIGITISED_OUT = ((-7, 0.30), (0, 0.38), (12, 0.60), (23, 0.78))
REUSED = ((-7, 0.10), (0, 0.15), (12, 0.33), (23, 0.52))
POPULATION_DB = ((-7, 0.28), (0, 0.36), (12, 0.55), (23, 0.73))

# For each tier: its part of the three-tier time limit, its usual share of that time, and the variation.
TIERS = ("commune", "district", "province")
TIER_SHARE = np.array([0.2, 0.45, 0.35])
TIER_PACE = np.array([0.57, 0.62, 0.89])
TIER_SPREAD = np.array([0.40, 0.42, 0.62])


# ---------------------------------------------------------------- reference tables and working time


@dataclass(frozen=True)
class World:
    """The reference tables needed for the simulation."""

    units: pd.DataFrame  # the 17 communes, the counter and the land registry: units that receive dossiers
    districts: list[str]
    procedures: pd.DataFrame
    causes: set[str]
    indicators: dict[str, str]  # reported indicator -> frequency
    criteria: pd.DataFrame


def _table(name: str) -> pd.DataFrame:
    """One reference table as texts."""
    return pd.read_csv(REFERENCE / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8")


def _world() -> World:
    """Read the reference tables."""
    units = _table("unit")
    units = units[units["valid_from"] <= str(LAST_DAY)]
    districts = sorted(units.loc[units["kind"] == "district", "unit_code"])
    units = units[units["kind"].isin(SHARES) & (units["parent_code"] == DISTRICT)].reset_index(drop=True)
    units["people"] = pd.to_numeric(units["population"]).fillna(0)
    units["digital"] = units["name"].map(DIGITAL).fillna(0.0)
    units["slowness"] = units["name"].map(SLOWNESS).fillna(0.0)
    units.loc[units["unit_code"] == COUNTER, "slowness"] = COUNTER_SLOWNESS
    units["slipping"] = units["name"].isin(SLIPPING)
    fields = _table("field")[["field_code", "is_land"]]
    procedures = _table("procedure").merge(fields, on="field_code", how="left")
    for column in ("paper_result", "essential", "three_tier", "is_land"):
        procedures[column] = procedures[column] == "true"
    for column in ("statutory_days", "fee"):
        procedures[column] = pd.to_numeric(procedures[column]).fillna(0)
    indicators = _table("indicator")
    indicators = indicators[indicators["kind"] == "reported"]
    return World(
        units,
        districts,
        procedures,
        set(_table("late_cause")["cause_code"]),
        dict(zip(indicators["indicator_code"], indicators["frequency"], strict=True)),
        _table("criterion"),
    )


class Office:
    """Working time: converts moments to minutes of work since the first working day, and back."""

    def __init__(self) -> None:
        """Number the working days, using the holidays of the reference table."""
        holidays = _table("holiday")
        kinds = dict(zip(holidays["holiday_on"], holidays["kind"], strict=True))
        self.first = np.datetime64("2022-01-01")
        days = np.arange(self.first, np.datetime64("2032-01-01"))
        weekday = _weekday(days)
        kind = [kinds.get(str(day), "") for day in days[: 4 * 366]] + [""] * (len(days) - 4 * 366)
        kind = np.array(kind)
        self.working = (kind == "work") | ((weekday < 5) & (kind != "off"))
        self.number = np.cumsum(self.working)
        self.days = np.concatenate([days[:1], days[self.working]])  # self.days[n] is the n-th working day
        self.new_years = [
            np.datetime64(on)
            for on, name in zip(holidays["holiday_on"], holidays["name"], strict=True)
            if name.startswith("Tết Nguyên đán") and name.endswith("(mùng 1)")
        ]

    def number_of(self, day: np.ndarray) -> np.ndarray:
        """The number of working days up to and including each day."""
        return self.number[(day.astype("datetime64[D]") - self.first).astype(np.int64)]

    def work(self, moment: np.ndarray) -> np.ndarray:
        """Minutes of work up to a moment; outside office hours, up to the next opening."""
        day = moment.astype("datetime64[D]")
        clock = (moment.astype(MINUTE) - day.astype(MINUTE)).astype(np.int64)
        done = np.clip(clock - MORNING, 0, NOON - MORNING)
        done += np.clip(clock - AFTERNOON, 0, EVENING - AFTERNOON)
        index = (day - self.first).astype(np.int64)
        return np.where(self.working[index], self.number[index] * DAY + done, (self.number[index] + 1) * DAY)

    def clock(self, work: np.ndarray) -> np.ndarray:
        """The moment at which this many minutes of work are reached."""
        work = np.asarray(work, dtype=np.int64)
        number, minute = np.minimum(work // DAY, len(self.days) - 1), work % DAY
        opened = np.where(minute < NOON - MORNING, MORNING + minute, AFTERNOON + minute - (NOON - MORNING))
        return self.days[number].astype(MINUTE) + opened.astype("timedelta64[m]")

    def closing(self, number: np.ndarray) -> np.ndarray:
        """17:00 of the n-th working day."""
        return self.days[number].astype(MINUTE) + np.timedelta64(EVENING, "m")


def _weekday(day: np.ndarray) -> np.ndarray:
    """Monday 0 to Sunday 6."""
    return (day.astype("datetime64[D]").astype(np.int64) + 3) % 7


def _rng(seed: int, part: str) -> np.random.Generator:
    """A separate random stream for each part, so that a change of one part does not affect the others."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])


def _pick(rng: np.random.Generator, weights: np.ndarray, size: int) -> np.ndarray:
    """Random positions with these weights."""
    share = np.cumsum(weights, dtype=float)
    return np.minimum(np.searchsorted(share / share[-1], rng.random(size), side="right"), len(share) - 1)


# ---------------------------------------------------------------- filing: who, what, when, how


def _day_weights(office: Office, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Working days and their relative load, which sums to 1 over a whole year."""
    days = office.days[1:]
    days = days[(days >= np.datetime64("2022-01-01")) & (days <= LAST_DAY)]
    weight = np.array([1.25, 1.1, 1.0, 0.96, 0.86, 0.6, 0.6])[_weekday(days)]
    weight *= rng.lognormal(0, 0.08, len(days))
    number = office.number_of(days)
    for new_year in office.new_years:
        distance = number - office.number_of(np.array([new_year]))[0]
        weight[(distance > -6) & (distance <= 0)] *= 0.62  # the week before Tết
        weight[(distance > 0) & (distance <= 5)] *= 0.50  # the week after
        weight[(distance > 5) & (distance <= 10)] *= 0.85
    month = days.astype("datetime64[M]")
    left = (month + 1).astype("datetime64[D]") - days
    weight[(month.astype(np.int64) % 3 == 2) & (left <= np.timedelta64(9, "D"))] *= (
        1.18  # more filings before the end of a quarter
    )
    year = days.astype("datetime64[Y]")
    for one in np.unique(year):
        weight[year == one] /= weight[year == one].sum()
    return days, weight


def _unit_shares(world: World) -> np.ndarray:
    """Each unit's share of all dossiers, by population and urban character."""
    units = world.units
    urban = units["area_type"].map({"urban": 1.5, "lowland": 1.0, "mountain": 0.8}).fillna(1.0)
    weight = (units["people"] * urban).to_numpy(copy=True)
    weight[(units["kind"] != "commune").to_numpy()] = 1.0
    total = pd.Series(weight).groupby(units["kind"]).transform("sum").to_numpy()
    return weight / total * units["kind"].map(SHARES).to_numpy(dtype=float)


def _arrivals(world: World, office: Office, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Unit and day of every dossier, sorted by day."""
    days, weight = _day_weights(office, rng)
    total = np.array([YEAR_TOTAL[int(str(day)[:4])] for day in days.astype("datetime64[Y]")])
    keep = days >= WARM_UP
    count = rng.poisson(np.outer((weight * total)[keep], _unit_shares(world)))
    day, unit = np.indices(count.shape)
    return np.repeat(unit.ravel(), count.ravel()), np.repeat(days[keep][day.ravel()], count.ravel())


def _menu(world: World, kind: str, area: str, month: int) -> np.ndarray:
    """The probability of each procedure at a kind of unit, area and month."""
    procedures = world.procedures
    three_tier_land = procedures["three_tier"] & procedures["is_land"]
    if kind == "commune":
        fields, offered = COMMUNE_FIELDS, (procedures["level"] == "commune") | three_tier_land
    elif kind == "land_registry":
        fields, offered = REGISTRY_FIELDS, (procedures["level"] == "district") & procedures["is_land"]
    else:
        fields, offered = COUNTER_FIELDS, (procedures["level"] == "district") & ~procedures["is_land"]
    code = procedures["field_code"]
    # Within a field, the first listed, the essential and the short procedures are common.
    rank = procedures.groupby(["field_code", offered]).cumcount() + 1
    short = 8 / (procedures["statutory_days"] + 4)
    weight = np.where(procedures["is_land"], rank**-0.3 * short, rank**-0.9 * short**0.7) * offered
    weight = weight * np.where(procedures["essential"] & ~procedures["is_land"], 2.0, 1.0)
    # At the counter, procedures that are not fully online are rare permits.
    level = procedures["service_level"].map({"full": 1.0, "information": 0.1})
    weight = weight * level.fillna(0.08 if kind == "district_office" else 1.0)
    within = weight / pd.Series(weight).groupby(code).transform("sum").replace(0, 1)
    field = code.map(lambda name: fields.get(name, RARE) * AREA_FIELDS.get(area, {}).get(name, 1.0))
    season = code.map(lambda name: SEASONS.get(name, {}).get(month, 1.0))
    return (within * field * season).to_numpy()


def _procedures(world: World, rng: np.random.Generator, unit: np.ndarray, day: np.ndarray) -> np.ndarray:
    """The procedure of every dossier, by kind of unit and month."""
    group = world.units["kind"] + "/" + world.units["area_type"]
    names = sorted(set(group))
    group_of = np.array([names.index(name) for name in group])[unit]
    month = day.astype("datetime64[M]").astype(np.int64) % 12
    chosen = np.zeros(len(unit), dtype=np.int64)
    for position, name in enumerate(names):
        kind, area = name.split("/")
        for number in range(12):
            rows = np.flatnonzero((group_of == position) & (month == number))
            chosen[rows] = _pick(rng, _menu(world, kind, area, number + 1), len(rows))
    return chosen


def _grown(rng: np.random.Generator, month: np.ndarray, effect: np.ndarray, points: tuple) -> np.ndarray:
    """Random yes or no for each row: effects shift a row's odds, and the mean of each month follows the points."""
    answer = np.zeros(len(month), dtype=bool)
    for one in np.unique(month):
        rows = np.flatnonzero((month == one) & np.isfinite(effect))
        if not len(rows):
            continue
        # Rows that cannot be yes still count in the mean, because the points are shares of all rows.
        target = np.interp(one, *zip(*points, strict=True)) * np.count_nonzero(month == one) / len(rows)
        low, high = -12.0, 12.0
        for _ in range(22):
            middle = (low + high) / 2
            low, high = (middle, high) if _sigmoid(effect[rows] + middle).mean() < target else (low, middle)
        answer[rows] = rng.random(len(rows)) < _sigmoid(effect[rows] + low)
    return answer


def _sigmoid(value: np.ndarray) -> np.ndarray:
    """Converts log odds to a probability."""
    return 1 / (1 + np.exp(-value))


def _channels(world: World, rng: np.random.Generator, d: SimpleNamespace) -> np.ndarray:
    """0 direct, 1 online, 2 postal."""
    level = d.of_procedure("service_level")
    # Certified copies need the original document, so fewer of them are filed online.
    effect = d.digital + 0.5 * (level == "full") - 0.6 * (d.days == 0) + 0.4 * d.of_procedure("essential")
    effect = np.where(level == "information", -np.inf, effect)
    online = _grown(rng, d.month, effect, ONLINE)
    able = ~online & (d.days > 0)
    postal = able & (rng.random(d.size) < np.interp(d.month, (-7, 23), (0.022, 0.036)) / able.mean())
    return np.where(online, 1, np.where(postal, 2, 0))


def _received(office: Office, rng: np.random.Generator, day: np.ndarray, online: np.ndarray) -> np.ndarray:
    """The moment of filing: office hours at the counter; online also evenings and weekends."""
    early = rng.random(len(day)) < 0.62
    minute = np.where(early, 5 + 255 * rng.beta(1.6, 1.8, len(day)), 272 + 196 * rng.beta(1.5, 1.9, len(day)))
    moment = office.clock(office.number_of(day) * DAY + minute.astype(np.int64))
    when = rng.random(len(day))
    evening = online & (when < 0.18)
    late_clock = rng.integers(EVENING + 30, 22 * 60 + 30, len(day)).astype("timedelta64[m]")
    moment = np.where(evening, day.astype(MINUTE) + late_clock, moment)
    saturday = day + (5 - _weekday(day) + rng.integers(0, 2, len(day))).astype("timedelta64[D]")
    weekend = online & (when > 0.93) & (saturday > day) & (saturday <= LAST_DAY)
    free_clock = rng.integers(7 * 60, 22 * 60, len(day)).astype("timedelta64[m]")
    return np.where(weekend, saturday.astype(MINUTE) + free_clock, moment)


def _file_dossiers(world: World, office: Office, seed: int) -> SimpleNamespace:
    """Every dossier with unit, procedure, channel and moment of filing, sorted by filing."""
    rng = _rng(seed, "filing")
    unit, day = _arrivals(world, office, rng)
    d = SimpleNamespace(size=len(unit), unit=unit, procedure=_procedures(world, rng, unit, day))
    d.of_unit = lambda column: world.units[column].to_numpy()[d.unit]
    d.of_procedure = lambda column: world.procedures[column].to_numpy()[d.procedure]
    d.days = d.of_procedure("statutory_days").astype(np.int64)
    d.digital = d.of_unit("digital").astype(float)
    d.month = (day.astype("datetime64[M]") - BASE_MONTH).astype(np.int64)
    d.channel = _channels(world, rng, d)
    d.received = _received(office, rng, day, d.channel == 1)
    order = np.lexsort((d.unit, d.received))
    for name in ("unit", "procedure", "days", "digital", "month", "channel", "received"):
        setattr(d, name, getattr(d, name)[order])
    d.received_day = d.received.astype("datetime64[D]")
    d.land = d.of_procedure("is_land").astype(bool)
    d.three_tier = d.land & d.of_procedure("three_tier").astype(bool)
    d.start = office.work(d.received)
    return d


# ---------------------------------------------------------------- processing


def _set_due(office: Office, rng: np.random.Generator, d: SimpleNamespace) -> None:
    """The due moment: the same time of day after the statutory days; same-day results by 17:00."""
    minute = (d.received - d.received_day.astype(MINUTE)).astype(np.int64)
    at_work = office.working[(d.received_day - office.first).astype(np.int64)]
    at_work &= (minute >= MORNING) & (minute < EVENING)
    number = office.number_of(d.received_day)
    # A dossier filed after 15:00 or outside office hours may take until the next working day.
    same_day = at_work & (minute < 15 * 60)
    due_number = number + np.where(d.days == 0, np.where(same_day, 0, 1), d.days)
    clocked = office.days[due_number].astype(MINUTE) + minute.astype("timedelta64[m]")
    d.deadline = np.where(at_work & (d.days > 0), clocked, office.closing(due_number))
    due_day = d.deadline.astype("datetime64[D]")
    date_only = (rng.random(d.size) < 0.21) & (due_day > d.received_day)
    d.deadline = np.where(date_only, office.closing(due_number), d.deadline)
    d.due = np.where(date_only, due_day.astype(MINUTE), d.deadline)
    # Some receipts have no due date; the statutory time then applies.
    blank = (rng.random(d.size) < 0.016) & ((d.days > 0) | same_day)
    d.due_written = np.where(blank, MISSING, d.due)
    d.due = np.where(blank, due_day.astype(MINUTE), d.due)
    d.deadline = np.where(blank, office.closing(due_number), d.deadline)


def _set_officers(world: World, rng: np.random.Generator, d: SimpleNamespace) -> None:
    """An officer for each dossier; four officers of the district are always slow."""
    units = world.units
    volume = np.bincount(d.unit, minlength=len(units))
    staff = np.clip(np.round(np.sqrt(volume / 400)), 3, 8).astype(np.int64)
    busiest = [int(units.index[units["unit_code"] == code][0]) for code in (REGISTRY, COUNTER)]
    communes = np.flatnonzero((units["area_type"] == "lowland") & (units["digital"] < 0.3))
    slow_units = [*busiest, *rng.permutation(communes[volume[communes] > np.median(volume[communes])])[:2]]
    d.officer, d.pace = np.zeros(d.size, dtype=np.int64), np.zeros(d.size)
    for unit in range(len(units)):
        rows = np.flatnonzero(d.unit == unit)
        weight = rng.uniform(0.7, 1.3, staff[unit])
        pace = rng.normal(0, 0.06, staff[unit])
        if unit in slow_units:
            slowest = int(rng.integers(0, staff[unit]))
            pace[slowest], weight[slowest] = 0.68, 0.7
        d.officer[rows] = _pick(rng, weight, len(rows))
        d.pace[rows] = pace[d.officer[rows]]


def _set_load(world: World, d: SimpleNamespace) -> None:
    """The slowdown of processing by unit and time: slowness, queue, improvement or decline."""
    month = d.month - d.month.min()
    count = np.zeros((len(world.units), month.max() + 1))
    np.add.at(count, (d.unit, month), 1)
    queue = np.log(count / count.mean(axis=1, keepdims=True).clip(1) + 0.05)
    improving = -0.12 * np.clip((d.month - 9) / 14, 0, 1)
    slipping = 0.55 * (d.of_unit("slipping").astype(bool) & (d.month >= 21))
    d.load = d.of_unit("slowness").astype(float) + 0.35 * queue[d.unit, month] + improving + slipping


def _set_effort(rng: np.random.Generator, d: SimpleNamespace) -> None:
    """Minutes of work from filing to result, without supplements and rush; for three tiers, by tier."""
    limit = np.maximum(d.days, 1) * DAY
    speed = np.exp(d.load + d.pace)
    usual = limit * np.minimum(0.42 * rng.lognormal(0, 0.40, d.size) * speed, 6)
    at_once = 22 * rng.lognormal(0, 0.75, d.size) * speed
    one_day = limit * 0.32 * rng.lognormal(0, 0.50, d.size) * speed
    # Some dossiers need additional checks with other offices.
    verify = rng.random(d.size) < np.where(d.days == 0, 0.004, 0.013)
    verify = verify * limit * rng.uniform(0.3, 1.4, d.size)
    effort = np.select([d.days == 0, d.days == 1], [at_once, one_day], usual) + verify
    d.effort = np.maximum(effort, 4).astype(np.int64)
    rows = np.flatnonzero(d.three_tier)
    part = limit[rows, None] * TIER_SHARE * TIER_PACE * rng.lognormal(0, 1, (len(rows), 3)) ** TIER_SPREAD
    month = d.month[rows]
    # The provincial office is the bottleneck: slowest in mid 2023, faster through 2024.
    province = 0.12 * np.sin((month - 1) / 12 * 2 * np.pi) - 0.30 * np.clip((month - 10) / 13, 0, 1)
    own, commune = (d.load + d.pace)[rows], d.kind_is_commune[rows]
    factor = np.stack([np.where(commune, own, 0), np.where(commune, 0, own), province], axis=1)
    part = np.maximum(part * np.exp(factor), 20).astype(np.int64)
    hand_over = np.minimum(rng.lognormal(np.log(200), 0.9, (len(rows), 2)), 3 * DAY).astype(np.int64)
    # Start and end of the three steps, in minutes of work after filing.
    step_start, step_end = np.zeros_like(part), np.zeros_like(part)
    for tier in range(3):
        step_start[:, tier] = step_end[:, tier - 1] + hand_over[:, tier - 1] if tier else 0
        step_end[:, tier] = step_start[:, tier] + part[:, tier]
    d.step_rows, d.step_start, d.step_end = rows, step_start, step_end
    d.effort[rows] = step_end[:, 2]


def _set_supplement(office: Office, rng: np.random.Generator, d: SimpleNamespace) -> None:
    """Requests for supplements: the clock stops until the citizen answers, if at all."""
    chance = np.select([d.three_tier, d.days >= 5, d.days >= 1], [0.125, 0.10, 0.045], 0.012)
    asked = rng.random(d.size) < chance
    d.supplement_count = np.where(asked, 1 + _pick(rng, np.array([0.88, 0.095, 0.025]), d.size), 0)
    at = (d.effort * rng.uniform(0.08, 0.6, d.size)).astype(np.int64)
    # Earlier requests also took time, but the export does not show them.
    at += np.maximum(d.supplement_count - 1, 0) * rng.integers(DAY, 4 * DAY, d.size)
    wait = np.minimum(rng.lognormal(np.log(3.5 * DAY), 0.8, d.size), 40 * DAY).astype(np.int64)
    d.abandoned = asked & (rng.random(d.size) < 0.055)
    wait = np.where(d.abandoned, NEVER, wait)
    d.pause_at, d.pause = np.where(asked, d.start + at, 0), np.where(asked, wait, 0)
    d.supplement_requested = np.where(asked, office.clock(d.pause_at), MISSING)
    d.supplement_completed = np.where(asked & ~d.abandoned, office.clock(d.pause_at + d.pause), MISSING)
    # Work continues for a while after the answer, even if the request came late.
    rest = np.maximum(d.effort, d.pause_at - d.start + 15)
    d.finish = d.start + np.where(asked, rest + d.pause, d.effort)
    shift = (d.pause_at[d.step_rows, None], d.pause[d.step_rows, None])
    for name in ("step_start", "step_end"):
        moment = d.start[d.step_rows, None] + getattr(d, name)
        setattr(d, name, moment + np.where(moment > shift[0], shift[1], 0))
    d.finish[d.step_rows] = np.maximum(d.finish[d.step_rows], d.step_end[:, 2])
    d.step_end[:, 2] = d.finish[d.step_rows]


def _rush(office: Office, rng: np.random.Generator, d: SimpleNamespace) -> None:
    """A dossier slightly behind its due date is rushed to meet it; less so at the province."""
    answered = ~np.isnat(d.supplement_completed)
    gift = np.where(answered, d.supplement_completed - d.supplement_requested, np.timedelta64(0, "m"))
    goal = office.work(d.deadline + gift)
    limit = np.maximum(d.days, 0.5) * DAY
    over = (d.finish - goal) / limit
    floor = np.maximum(d.start, np.where(answered, d.pause_at + d.pause, 0))
    floor[d.step_rows] = np.maximum(floor[d.step_rows], d.step_start[:, 2])
    patience = np.where(d.three_tier, 0.12, 0.4)
    willing = np.where(d.three_tier, 0.35, 0.82) * np.exp(-np.clip(over, 0, 20) / patience)
    willing = np.where(d.pace > 0.5, 0.25 * willing, willing)
    hurried = (over > -0.01) & (goal - 5 > floor) & ~d.abandoned & (rng.random(d.size) < willing)
    room = np.minimum(goal - floor, limit)
    early = goal - np.maximum(room * rng.uniform(0.02, 0.4, d.size), 3).astype(np.int64)
    d.finish = np.where(hurried, np.maximum(early, floor + 2), d.finish)
    d.step_end[:, 2] = d.finish[d.step_rows]


def _set_fate(office: Office, rng: np.random.Generator, d: SimpleNamespace) -> None:
    """How each dossier ends: with a result, returned as ineligible, withdrawn, or still open."""
    limit = np.maximum(d.days, 0.4) * DAY
    chance = np.select([d.three_tier, d.days >= 3, d.days >= 1], [0.036, 0.032, 0.012], 0.008)
    draw = rng.random(d.size)
    ineligible = (draw < chance) & ~d.abandoned
    withdrawn = (draw > 0.9946) & ~d.abandoned
    # Ineligible papers noticed shortly before the due date are returned too late; this is rarer in 2024.
    postponed = rng.random(d.size) < np.interp(d.month, (-7, 8, 23), (0.50, 0.46, 0.26))
    look = limit * np.where(postponed, rng.uniform(0.97, 1.7, d.size), rng.uniform(0.04, 0.85, d.size))
    leave = limit * rng.uniform(0.05, 0.9, d.size)
    closed = d.start + np.where(ineligible, look, leave).astype(np.int64)
    # Most dossiers whose citizen never answers are finally returned.
    given_up = d.abandoned & (rng.random(d.size) < 0.72)
    closed = np.where(given_up, d.pause_at + rng.integers(18 * DAY, 60 * DAY, d.size), closed)
    d.fate = np.select([ineligible | given_up, withdrawn], [1, 2], 0)
    d.finish = np.where(d.fate > 0, closed, d.finish)
    # A dossier that was returned early was never asked for supplements.
    unasked = (d.fate > 0) & ~given_up & (d.pause_at + d.pause > d.finish)
    d.supplement_requested[unasked] = MISSING
    d.supplement_completed[unasked] = MISSING
    d.supplement_count[unasked] = 0
    d.end = office.clock(d.finish)


# ---------------------------------------------------------------- recording in the system


def _past(moment: np.ndarray) -> np.ndarray:
    """Moments up to the last day; later ones are not yet known."""
    return np.where(moment <= CLOSING_TIME, moment, MISSING)


def _set_ends(office: Office, rng: np.random.Generator, d: SimpleNamespace) -> None:
    """Dates of result, hand-over, return and withdrawal up to the last day."""
    end = _past(d.end)
    d.has_end = ~np.isnat(end)
    done = d.has_end & (d.fate == 0)
    lag = rng.lognormal(np.where(d.days == 0, np.log(12), np.log(0.8 * DAY)), 1.0)
    fetched = office.clock(d.finish + np.minimum(lag, 40 * DAY).astype(np.int64))
    uncollected = rng.random(d.size) < np.where(d.days == 0, 0.002, 0.025)
    d.returned = np.where(done & ~uncollected, _past(fetched), MISSING)
    d.withdrawn = np.where(d.fate == 2, end, MISSING)
    d.ineligible = np.where(d.fate == 1, end, MISSING)
    plain = done & ~d.three_tier & np.isnat(d.supplement_requested)
    date_only = plain & (rng.random(d.size) < 0.11) & (end.astype("datetime64[D]") > d.received_day)
    written = np.where(date_only, end.astype("datetime64[D]").astype(MINUTE), end)
    d.processed = np.where(done, written, MISSING)
    # Some offices record only the hand-over of the result.
    unwritten = plain & ~date_only & ~np.isnat(d.returned) & (rng.random(d.size) < 0.007)
    d.processed[unwritten] = MISSING
    d.finish = np.where(unwritten, office.work(np.where(unwritten, d.returned, d.received)), d.finish)
    d.ended_at = np.where(np.isnat(d.processed), d.returned, d.processed)
    d.ended_at = np.where(np.isnat(d.ended_at), d.ineligible, d.ended_at)
    d.ended_at = np.where(np.isnat(d.ended_at), d.withdrawn, d.ended_at)
    d.supplement_requested = _past(d.supplement_requested)
    d.supplement_completed = _past(d.supplement_completed)
    d.supplement_count[np.isnat(d.supplement_requested)] = 0
    d.waiting = ~d.has_end & ~np.isnat(d.supplement_requested) & np.isnat(d.supplement_completed)


def _set_recording(office: Office, rng: np.random.Generator, d: SimpleNamespace) -> None:
    """When intake and closing are recorded in the electronic system; some paper dossiers are never closed in it."""
    area, kind = d.of_unit("area_type"), d.of_unit("kind")
    tardy = np.select(
        [kind == "district_office", kind == "land_registry", area == "urban", area == "mountain"],
        [0.06, 0.15, 0.06, 0.30],
        0.12,
    )
    tardy = tardy * np.exp(rng.normal(0, 0.25, d.unit.max() + 1))[d.unit]
    tardy = tardy * np.interp(d.month, (9, 23), (1.0, 0.66))
    tardy = np.where(d.of_unit("slipping").astype(bool) & (d.month >= 21), 2.2 * tardy, tardy)
    soon = np.minimum(rng.lognormal(np.log(7), 0.9, d.size), 400)
    late = rng.uniform(1.15, 6, d.size) * DAY
    lag = np.where(rng.random(d.size) < tardy * 0.8, late, soon).astype(np.int64)
    noted = np.where(d.channel == 1, d.received, office.clock(d.start + lag))
    d.intake = np.where(rng.random(d.size) < 0.004, MISSING, _past(noted))
    soon = np.minimum(rng.lognormal(np.log(35), 0.9, d.size), 440)
    late = np.minimum(rng.lognormal(np.log(3 * DAY), 0.7, d.size) + 1.1 * DAY, 25 * DAY)
    lag = np.where(rng.random(d.size) < tardy, late, soon).astype(np.int64)
    closed = office.clock(d.finish + lag)
    forgotten = (d.fate == 0) & ~np.isnat(d.processed) & (rng.random(d.size) < 0.10 * tardy)
    d.unclosed = (d.fate == 0) & ~np.isnat(d.processed) & (forgotten | (closed > CLOSING_TIME))
    d.closed = np.where(d.has_end & ~d.unclosed, np.minimum(closed, CLOSING_TIME), MISSING)
    d.returned[d.unclosed] = MISSING


def _set_states(office: Office, rng: np.random.Generator, d: SimpleNamespace) -> None:
    """The state in the system on the last day."""
    fresh = office.work(np.array([CLOSING_TIME]))[0] - d.start < DAY
    paying = d.land & (d.of_procedure("fee") > 0) & (rng.random(d.size) < 0.14)
    cases = (
        (d.unclosed, "processing"),
        (~np.isnat(d.returned), "returned"),
        (~np.isnat(d.processed), "processed"),
        (~np.isnat(d.ineligible), "stopped"),
        (~np.isnat(d.withdrawn), "withdrawn"),
        (d.waiting, "supplement_requested"),
        (fresh, "received"),
        (paying, "fee_requested"),
    )
    d.state = np.select([case for case, _ in cases], [state for _, state in cases], "processing")


def _is_midnight(moment: np.ndarray) -> np.ndarray:
    """Whether a moment is a date without a time."""
    return moment == moment.astype("datetime64[D]").astype(MINUTE)


def _lateness(d: SimpleNamespace) -> np.ndarray:
    """Lateness by the rules of QĐ 766, indicator 2.1, on the last day; a late dossier requires an apology letter."""
    answered = d.supplement_completed >= d.supplement_requested
    by_date = _is_midnight(d.due) | _is_midnight(d.ended_at)
    no_time, no_days = np.timedelta64(0, "m"), np.timedelta64(0, "D")
    requested, completed = (d.supplement_requested, d.supplement_completed)
    days = np.where(answered, completed.astype("datetime64[D]") - requested.astype("datetime64[D]"), no_days)
    due_day = d.due.astype("datetime64[D]")
    late_by_date = d.ended_at.astype("datetime64[D]") - days > due_day
    late_by_clock = d.ended_at - np.where(answered, completed - requested, no_time) > d.due
    late_request = (d.supplement_count > 1) | (requested.astype("datetime64[D]") > due_day)
    late_open = np.where(d.waiting, late_request, due_day < LAST_DAY)
    return np.where(np.isnat(d.ended_at), late_open, np.where(by_date, late_by_date, late_by_clock))


def _set_letters(office: Office, rng: np.random.Generator, d: SimpleNamespace) -> None:
    """Apology letters and new due dates: often missing, often too late, sometimes more than one."""
    d.late = _lateness(d)
    due_day = d.due.astype("datetime64[D]")
    due_number, taken = office.number_of(due_day), office.number_of(d.received_day)
    chance = np.interp(d.month, (-7, 11, 12, 23), (0.43, 0.48, 0.64, 0.74)) + 0.05 * d.digital.clip(-2, 1)
    chance = np.where(d.days <= 1, 0.8 * chance, chance)
    # A few letters are unnecessary, because the result came in time.
    needless = ~d.late & (d.days >= 5) & (rng.random(d.size) < 0.004)
    sent = np.where(d.late, rng.random(d.size) < chance, needless)
    ahead = (rng.random(d.size) < np.interp(d.month, (0, 23), (0.26, 0.45))) | needless
    before = np.maximum(due_number - rng.integers(1, 4, d.size), taken)
    timely = ahead & (before < due_number)
    minute = rng.integers(30, 450, d.size)
    early_letter = np.maximum(before * DAY + minute, d.start + 1)
    delay = np.minimum(rng.lognormal(np.log(2.5 * DAY), 0.9, d.size), 30 * DAY)
    late_letter = due_number * DAY + minute + delay
    # A letter is never later than the result that it apologises for.
    late_letter = np.minimum(late_letter.astype(np.int64), np.maximum(d.finish, d.start + 1))
    work = np.where(timely, np.minimum(early_letter, np.maximum(d.finish, d.start + 1)), late_letter)
    d.apology = np.where(sent, _past(office.clock(np.maximum(work, d.start + 1))), MISSING)
    has_letter = ~np.isnat(d.apology)
    moved = (has_letter & (rng.random(d.size) < 0.8)) | (d.late & ~has_letter & (rng.random(d.size) < 0.05))
    again = _pick(rng, np.array([0.85, 0.13, 0.02]), d.size)
    later = np.maximum(work // DAY, due_number) + rng.integers(2, 12, d.size) * (1 + again)
    d.rescheduled = np.where(moved, office.closing(later), MISSING)
    d.reschedule_count = np.where(moved, 1 + again, 0)


def _set_causes(world: World, rng: np.random.Generator, d: SimpleNamespace) -> None:
    """The recorded cause of late dossiers; it is often missing."""
    codes = np.array(["N1", "N2", "N3", "N4", "N5", "N6", "N7", "N9"])
    known = np.array([code in world.causes for code in codes])
    d.cause = np.full(d.size, None, dtype=object)
    asked, slow = d.supplement_count > 0, d.pace > 0.5
    cases = (
        (d.three_tier, (12, 58, 9, 4, 4, 9, 2, 2)),
        (~d.three_tier & asked, (12, 2, 62, 6, 6, 4, 3, 5)),
        (~d.three_tier & ~asked & slow, (30, 2, 10, 4, 10, 2, 36, 6)),
        (~d.three_tier & ~asked & ~slow, (38, 5, 16, 9, 16, 3, 5, 8)),
    )
    told = d.late & (rng.random(d.size) < np.interp(d.month, (0, 23), (0.55, 0.74)))
    for case, weights in cases:
        rows = np.flatnonzero(told & case)
        d.cause[rows] = codes[_pick(rng, np.array(weights) * known, len(rows))]


def _set_services(rng: np.random.Generator, d: SimpleNamespace) -> None:
    """Payment, digitisation, reuse, ratings and complaints."""
    online = d.channel == 1
    d.fee_required = d.of_procedure("fee") > 0
    poor = np.where(d.of_unit("area_type") == "mountain", 0.16, 0.05)
    d.fee_zero = d.fee_required & (rng.random(d.size) < poor)
    paying = np.where(d.fee_required & ~d.fee_zero, 0.0, np.nan)
    rows = np.flatnonzero(np.isfinite(paying))
    paid = np.zeros(d.size, dtype=bool)
    paid[rows] = _grown(rng, d.month[rows], (0.9 * d.digital + 2.4 * online)[rows], PAYMENT)
    gateway = np.where(rng.random(d.size) < np.where(online, 0.25, 0.8), "agency_gateway", "national_portal")
    d.payment = np.where(paid, gateway, np.where(d.fee_required, "none", None))
    d.digitised_in = _grown(rng, d.month, 0.7 * d.digital + 1.2 * online, DIGITISED_IN)
    result = d.of_procedure("paper_result").astype(bool) & ~(np.isnat(d.processed) & np.isnat(d.returned))
    rows = np.flatnonzero(result)
    d.digitised_out = np.zeros(d.size, dtype=bool)
    d.digitised_out[rows] = _grown(
        rng, d.month[rows], (0.7 * d.digital + 1.0 * online + 1.5 * d.digitised_in)[rows], DIGITISED_OUT
    )
    d.reused = _grown(rng, d.month, np.where(d.digitised_in, 0.6 * d.digital + 0.8 * online, -np.inf), REUSED)
    d.population_db = _grown(rng, d.month, 0.6 * d.digital + 1.4 * online - 0.5 * d.land, POPULATION_DB)
    rated = d.has_end & (rng.random(d.size) < np.where(online, 0.18, 0.09))
    answer = rng.random(d.size)
    unhappy = answer < np.where(d.late, 0.13, 0.006)
    d.rating = np.where(
        ~rated,
        None,
        np.where(unhappy, "dissatisfied", np.where(answer > 0.55, "very_satisfied", "satisfied")),
    )
    d.complaint = rng.random(d.size) < np.where(d.late, 0.014, 0.0022)


# ---------------------------------------------------------------- tables of dossiers


def _codes(world: World, d: SimpleNamespace) -> np.ndarray:
    """Dossier codes in the usual form: authority, unit, date of filing, number within the unit's day."""
    units = world.units
    order = units.assign(first=units["kind"] == "commune").sort_values(["first", "unit_code"]).index
    prefix = pd.Series([f"H11.16.{number + 1:02d}-" for number in range(len(units))], index=order).sort_index()
    day = d.received_day
    number = pd.Series(np.arange(d.size)).groupby([d.unit, day.astype(np.int64)]).cumcount().to_numpy() + 1
    names = {one: str(one)[2:].replace("-", "") for one in np.unique(day)}
    head = prefix.to_numpy()
    return np.array(
        [f"{head[u]}{names[on]}-{n:04d}" for u, on, n in zip(d.unit, day, number, strict=True)], dtype=object
    )


def _officer_codes(world: World, d: SimpleNamespace) -> np.ndarray:
    """CB-<unit>-NN: a code, never a name."""
    unit = world.units["unit_code"].to_numpy()
    table = np.array([[f"CB-{code}-{number + 1:02d}" for number in range(8)] for code in unit], dtype=object)
    return table[d.unit, d.officer]


def _turn_away(office: Office, rng: np.random.Generator, d: SimpleNamespace) -> None:
    """Some online filings never become accepted dossiers: only registered, or refused."""
    online = np.flatnonzero((d.channel == 1) & (d.received_day >= FIRST_DAY))
    recent = online[d.received_day[online] >= LAST_DAY - np.timedelta64(5, "D")]
    fresh = rng.choice(recent, min(70, len(recent)), replace=False)
    rest = rng.choice(np.setdiff1d(online, fresh), 360, replace=False)
    registered, refused = np.concatenate([fresh, rest[:90]]), rest[90:]
    d.state = d.state.astype(object)
    d.state[registered], d.state[refused] = "registered", "not_accepted"
    d.outside = np.zeros(d.size, dtype=bool)
    d.outside[registered] = d.outside[refused] = True
    # A refused filing gets an answer, but the moment of filing is seldom recorded.
    answered = _past(office.clock(d.start + rng.integers(40, 2 * DAY, d.size)))
    d.ineligible[registered], d.ineligible[refused] = MISSING, answered[refused]
    d.undated = d.outside.copy()
    d.undated[refused] = rng.random(len(refused)) >= 0.3
    d.channel_name = np.array(["direct", "online", "postal"], dtype=object)[d.channel]
    d.channel_name[(d.channel == 0) & (rng.random(d.size) < 0.005)] = None  # the export sometimes omits it


def _column(values: np.ndarray, blank: np.ndarray | bool = False) -> pa.Array:
    """One column of the file, empty where `blank`."""
    if values.dtype.kind == "M":
        seconds = values.astype("datetime64[s]")
        return pa.array(seconds, type=pa.timestamp("s"), mask=np.isnat(seconds) | blank)
    if values.dtype.kind in "OU":
        return pa.array(np.where(blank, None, values), type=pa.string())
    return pa.array(values, mask=np.broadcast_to(blank, values.shape).copy())


def _dossier_table(world: World, d: SimpleNamespace) -> pa.Table:
    """The dossier table, sorted by filing."""
    always = {
        "dossier_code": d.code,
        "unit_code": d.of_unit("unit_code"),
        "procedure_code": d.of_procedure("procedure_code"),
        "channel": d.channel_name,
        "state": d.state,
    }
    accepted = {
        "intake_recorded_at": d.intake,
        "due_at": d.due_written,
        "rescheduled_at": d.rescheduled,
        "reschedule_count": d.reschedule_count,
        "processed_at": d.processed,
        "returned_at": d.returned,
        "withdrawn_at": d.withdrawn,
        "supplement_requested_at": d.supplement_requested,
        "supplement_completed_at": d.supplement_completed,
        "supplement_count": d.supplement_count,
        "apology_at": d.apology,
        "late_cause": d.cause,
        "fee_zero": d.fee_zero,
        "online_payment": d.payment,
        "digitised_in": d.digitised_in,
        "digitised_out": d.digitised_out,
        "reused": d.reused,
        "population_db": d.population_db,
        "rating": d.rating,
        "complaint": d.complaint,
        "officer_code": _officer_codes(world, d),
        "status_updated_at": d.closed,
    }
    columns = {name: _column(values) for name, values in always.items()}
    columns |= {name: _column(values, d.outside) for name, values in accepted.items()}
    columns |= {
        "received_at": _column(d.received, d.undated),
        "ineligible_returned_at": _column(d.ineligible),
        "fee_required": _column(d.fee_required.astype(bool)),
        "simulated": _column(np.ones(d.size, dtype=bool)),
    }
    return pa.table(columns).select(_columns("dossier"))


def _columns(table: str) -> list[str]:
    """The columns of a table in file order."""
    schema = _table("schema")
    return list(schema.loc[schema["table"] == table, "column"])


def _step_table(office: Office, d: SimpleNamespace, kept: np.ndarray) -> pa.Table:
    """The steps of three-tier dossiers: tier, start, end."""
    rows = d.step_rows
    end, start = d.step_end.copy(), d.step_start
    closed = d.fate[rows] > 0
    # If a dossier was returned or withdrawn, the current step ends then, and the later steps never start.
    end[closed] = np.minimum(end[closed], d.finish[rows][closed, None])
    begun = ~closed[:, None] | (start < d.finish[rows, None])
    part = np.maximum(np.round(d.days[rows, None] * TIER_SHARE), 1).astype(np.int64)
    received, due, completed = office.clock(start), office.clock(start + part * DAY), _past(office.clock(end))
    received[:, 0] = d.received[rows]
    begun &= (received.astype("datetime64[D]") <= LAST_DAY) & kept[rows, None]
    # A step is completed only when the next tier has accepted the dossier.
    completed[:, :2][~begun[:, 1:] & ~d.has_end[rows, None]] = MISSING
    case, tier = np.nonzero(begun)
    columns = {
        "dossier_code": _column(d.code[rows][case]),
        "step_number": _column(tier + 1),
        "tier": _column(np.array(TIERS)[tier]),
        "received_at": _column(received[case, tier]),
        "due_at": _column(due[case, tier]),
        "completed_at": _column(completed[case, tier]),
        "simulated": _column(np.ones(len(case), dtype=bool)),
    }
    return pa.table(columns).select(_columns("dossier_step"))


def _simulate(world: World, office: Office, seed: int) -> SimpleNamespace:
    """All columns of every dossier."""
    d = _file_dossiers(world, office, seed)
    d.kind_is_commune = d.of_unit("kind") == "commune"
    _set_due(office, _rng(seed, "due"), d)
    _set_officers(world, _rng(seed, "officers"), d)
    _set_load(world, d)
    _set_effort(_rng(seed, "effort"), d)
    _set_supplement(office, _rng(seed, "supplement"), d)
    _rush(office, _rng(seed, "rush"), d)
    _set_fate(office, _rng(seed, "fate"), d)
    _set_ends(office, _rng(seed, "ends"), d)
    _set_recording(office, _rng(seed, "recording"), d)
    _set_states(office, _rng(seed, "states"), d)
    _set_letters(office, _rng(seed, "letters"), d)
    _set_causes(world, _rng(seed, "causes"), d)
    _set_services(_rng(seed, "services"), d)
    return d


def _write_arrow(table: pa.Table, path: Path) -> Path:
    """Write one CSV file without quoting: these columns contain no commas or quotes."""
    options = pa_csv.WriteOptions(quoting_style="none", quoting_header="none", batch_size=65_536)
    pa_csv.write_csv(table, path, options)
    return path


def _write_rows(header: tuple[str, ...], rows: list[tuple], path: Path) -> Path:
    """Write a small table as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(["" if value is None else value for value in row] for row in rows)
    return path


def _dossier_files(world: World, office: Office, seed: int, directory: Path, step: Progress) -> list[Path]:
    """Simulate the dossiers and write them by year of filing, with the steps of land dossiers."""
    d = _simulate(world, office, seed)
    step("Ghi hồ sơ", 0.5)
    d.code = _codes(world, d)
    _turn_away(office, _rng(seed, "unaccepted"), d)
    table, accepted = _dossier_table(world, d), ~d.outside
    # Of dossiers filed before the first day, keep only those still open on it.
    carried = np.isnat(d.ended_at) | (d.ended_at >= FIRST_DAY.astype(MINUTE))
    kept = (d.received_day >= FIRST_DAY) | (carried & accepted)
    year = d.received_day.astype("datetime64[Y]").astype(np.int64) + 1970
    paths = []
    for one in (2022, 2023, 2024):
        rows = np.flatnonzero(kept & (year == one))
        paths.append(_write_arrow(table.take(pa.array(rows)), directory / f"ho-so-{one}.csv"))
        step("Ghi hồ sơ", 0.55 + 0.1 * (one - 2022))
    steps = _step_table(office, d, kept & accepted)
    return [*paths, _write_arrow(steps, directory / "buoc-dat-dai.csv")]


# ---------------------------------------------------------------- reported indicators


@dataclass(frozen=True)
class Trend:
    """Development of a reported indicator: share at the start, gain in two years, and the denominator."""

    start: float
    gain: float
    spread: float  # how far a digital commune is ahead
    per_resident: float  # denominator per resident …
    least: int  # … with this minimum
    stock: bool = True  # a stock keeps its denominator and never falls; a flow is random in each period


TRENDS = {
    "C02": Trend(0.84, 0.08, 0.04, 0.0002, 6, stock=False),
    "C03": Trend(0.90, 0.07, 0.02, 0.0, 112),
    "C04": Trend(0.90, 0.06, 0.03, 0.00025, 0, stock=False),
    "C05": Trend(0.88, 0.05, 0.02, 0.003, 30, stock=False),
    "S01": Trend(0.46, 0.26, 0.10, 0.009, 60, stock=False),
    "S02": Trend(0.74, 0.21, 0.07, 0.007, 45, stock=False),
    "S03": Trend(0.62, 0.28, 0.10, 0.0006, 3),
    "S04": Trend(0.38, 0.33, 0.07, 0.76, 0),
    "S05": Trend(0.52, 0.18, 0.10, 0.27, 0),
    "S06": Trend(0.55, 0.17, 0.07, 0.74, 0),
    "S07": Trend(0.10, 0.17, 0.05, 0.028, 12),
    "S09": Trend(0.03, 0.15, 0.03, 0.68, 0),
    "S11": Trend(0.55, 0.25, 0.08, 0.0, 3, stock=False),
    "S12": Trend(0.60, 0.25, 0.06, 0.0004, 5, stock=False),
    "S13": Trend(0.35, 0.35, 0.10, 0.003, 15),
    "S14": Trend(0.40, 0.35, 0.06, 0.0, 22),
    "S15": Trend(0.62, 0.28, 0.06, 0.0, 24),
    "S16": Trend(0.58, 0.22, 0.08, 0.0, 18),
    "S22": Trend(1.0, 0.0, 0.0, 0.0, 1),
    "S23": Trend(0.42, 0.35, 0.06, 0.11, 0, stock=False),
    "Q12": Trend(0.86, 0.10, 0.02, 0.0, 112),
    "Q13": Trend(0.88, 0.10, 0.02, 0.0, 112),
    "Q14": Trend(0.80, 0.16, 0.05, 0.012, 30, stock=False),
    "Q31": Trend(0.66, 0.12, 0.04, 0.0, 112),
    "Q32": Trend(0.42, 0.30, 0.05, 0.0, 76),
    "Q53": Trend(0.82, 0.10, 0.03, 0.00025, 2, stock=False),
}
KpiRow = tuple[str, str, str, float | None, float | None, float | None, str]


def _periods(frequency: str) -> list[tuple[str, int]]:
    """The periods of 2023 and 2024 with the month in which each ends, counted from January 2023."""
    years = ((2023, 0), (2024, 12))
    if frequency == "year":
        return [(str(year), first + 11) for year, first in years]
    if frequency == "half":
        return [(f"{year}-H{half + 1}", first + half * 6 + 5) for year, first in years for half in range(2)]
    if frequency == "quarter":
        return [(f"{year}-Q{quarter + 1}", first + quarter * 3 + 2) for year, first in years for quarter in range(4)]
    return [(f"{year}-{month + 1:02d}", first + month) for year, first in years for month in range(12)]


def _trend_rows(rng: np.random.Generator, unit: SimpleNamespace, code: str, frequency: str) -> list[KpiRow]:
    """One commune's reports of one share."""
    trend = TRENDS[code]
    start = trend.start + trend.spread * unit.digital + rng.normal(0, 0.02)
    gain = trend.gain * rng.uniform(0.75, 1.2)
    if code == "S07" and unit.name == "Ma Lâm":
        start, gain = 0.34, 0.42  # the cashless market pilot
    base = max(trend.per_resident * unit.people, trend.least)
    rows, highest = [], 0
    for period, month in _periods(frequency):
        share = start + gain * month / 23 + rng.normal(0, 0.004 if trend.stock else 0.02)
        if unit.slipping and month >= 21 and not trend.stock:
            share -= 0.12
        bottom = round(base) if trend.stock else int(rng.poisson(base))
        share = min(max(share, 0.01), 1.0)
        if trend.stock:
            top = highest = max(round(bottom * share), highest)
        else:
            top = int(rng.binomial(bottom, share))
        rows.append((unit.code, period, code, None, top, bottom, "true"))  # 0 of 0 where nothing happened
    return rows


def _product_rows(rng: np.random.Generator, unit: SimpleNamespace, code: str, frequency: str) -> list[KpiRow]:
    """Products sold on e-commerce sites: few, slowly increasing."""
    count, rows = int(rng.poisson(max(0.9 + 0.9 * unit.digital, 0.1))), []
    for period, _ in _periods(frequency):
        count += int(rng.random() < 0.07 + 0.05 * max(unit.digital, -1))
        rows.append((unit.code, period, code, count, None, None, "true"))
    return rows


def _loudspeaker_rows(rng: np.random.Generator, unit: SimpleNamespace, code: str, frequency: str) -> list[KpiRow]:
    """1 of 1 from the month in which the pilot commune got smart loudspeakers."""
    start = LOUDSPEAKER_START.get(unit.name, "2099-01")
    return [(unit.code, period, code, None, int(period >= start), 1, "true") for period, _ in _periods(frequency)]


def _point_rows(rng: np.random.Generator, unit: SimpleNamespace, code: str, frequency: str) -> list[KpiRow]:
    """Appraisal points: the reform index of a year, the processing score (of 18) of a quarter."""
    level, gain, spread, noise = (75.5, 2.8, 2.2, 0.9) if frequency == "year" else (11.6, 1.5, 0.8, 0.35)
    level += spread * unit.digital + rng.normal(0, noise)
    rows = []
    for period, month in _periods(frequency):
        slip = noise * 2.5 if unit.slipping and month >= 21 else 0.0
        value = level + gain * month / 23 + rng.normal(0, noise) - slip
        rows.append((unit.code, period, code, round(value, 2 if frequency == "year" else 1), None, None, "true"))
    return rows


SILENT = {"S17": ("Đông Tiến", "Đa Mi"), "S20": ("La Dạ",)}  # communes that report nothing of a subject


def _subject_rows(rng: np.random.Generator, unit: SimpleNamespace, code: str, frequency: str) -> list[KpiRow]:
    """Articles, what they reach and who reacts; posts of information technology, who fills them and who is trained.

    The indicators of a subject come from one random stream of the unit, so that they agree.
    """
    subject = "S17" if code in ("S17", "S18", "S19") else "S20"
    if unit.name in SILENT[subject]:
        return []
    rng, rows, filled, trained = _rng(int(unit.code), f"subject {subject}"), [], 1, 0
    for period, month in _periods(frequency):
        if subject == "S17":
            articles = int(rng.poisson(4 + 0.2 * month + 2 * max(unit.digital, -1)))
            reach = int(articles * (60 + 0.03 * unit.people) * rng.lognormal(0, 0.35))
            value = {"S17": articles, "S18": reach, "S19": int(rng.binomial(reach, 0.06))}[code]
            rows.append((unit.code, period, code, value, None, None, "true"))
            continue
        positions = 3 if unit.digital > 0.6 else 2
        filled = min(filled + int(rng.random() < 0.09), positions)
        trained = min(trained + int(rng.random() < 0.14), filled)
        top, bottom = (filled, positions) if code == "S20" else (trained, filled)
        rows.append((unit.code, period, code, None, top, bottom, "true"))
    return rows


SPECIAL = dict.fromkeys(("S17", "S18", "S19", "S20", "S21"), _subject_rows) | {
    "S08": _product_rows,
    "S10": _loudspeaker_rows,
    "C01": _point_rows,
    "C06": _point_rows,
}


def _kpi_rows(world: World, seed: int, reform: dict[int, float]) -> list[KpiRow]:
    """All values reported by communes and by the district, with typical gaps."""
    rows: list[KpiRow] = []
    communes = world.units[world.units["kind"] == "commune"]
    for one in communes.itertuples():
        unit = SimpleNamespace(
            code=one.unit_code,
            name=one.name,
            people=one.people,
            digital=max(one.digital, -1.6),
            slipping=one.slipping,
        )
        for code, frequency in world.indicators.items():
            maker = SPECIAL.get(code, _trend_rows if code in TRENDS else None)
            if maker is not None:
                rng = _rng(seed, f"kpi {unit.code} {code}")
                made = maker(rng, unit, code, frequency)
                rows += [row for row in made if rng.random() > 0.03]
    return rows + _district_rows(world, seed, reform)


def _district_rows(world: World, seed: int, reform: dict[int, float]) -> list[KpiRow]:
    """Values reported only by the district: its own scores and its essential services."""
    rows: list[KpiRow] = []
    if "C01" in world.indicators:  # the same score as in the table of ten districts
        rows += [(DISTRICT, str(year), "C01", reform[year], None, None, "true") for year in (2023, 2024)]
    if "C06" in world.indicators:
        unit = SimpleNamespace(code=DISTRICT, digital=0.5, slipping=False)
        rows += _point_rows(_rng(seed, "kpi district"), unit, "C06", "quarter")
    if "X01" in world.indicators:
        rows += [(DISTRICT, year, "X01", value, None, None, "true") for year, value in (("2023", 18), ("2024", 20))]
    return rows


# ---------------------------------------------------------------- scores of the ten districts

# Totals of 2022, 2023 and 2024; the criteria are generated to match them. Hàm Thuận Bắc leads in digital transformation
# from 2023, in 2024 by a small margin, and is just below "Tốt" (80) in administrative reform.
SCORES = {
    "par": {
        "593": (74.6, 76.0, 77.3), "594": (79.7, 81.0, 82.1), "595": (74.2, 75.2, 76.4),
        "596": (75.1, 78.1, 79.0), "597": (75.8, 77.4, 79.4), "598": (78.3, 79.1, 80.7),
        "599": (71.5, 72.9, 74.2), "600": (82.2, 83.1, 84.0), "601": (72.9, 73.7, 75.1),
        "602": (80.9, 81.6, 82.4),
    },
    "dti": {
        "593": (76.9, 77.6, 81.2), "594": (72.1, 74.3, 77.0), "595": (68.4, 70.9, 73.5),
        "596": (67.2, 70.3, 72.8), "597": (75.4, 78.9, 81.6), "598": (69.3, 72.2, 75.1),
        "599": (64.8, 67.0, 69.9), "600": (71.0, 73.8, 76.4), "601": (66.1, 68.5, 71.7),
        "602": (63.9, 67.6, 70.8),
    },
    "service": {
        "593": (70.3, 76.8, 82.9), "594": (71.5, 77.3, 83.4), "595": (66.8, 72.4, 78.0),
        "596": (67.9, 74.0, 80.1), "597": (66.1, 73.2, 80.6), "598": (68.0, 74.9, 80.9),
        "599": (63.7, 70.2, 76.6), "600": (72.6, 79.1, 84.5), "601": (64.9, 71.6, 77.2),
        "602": (65.2, 72.8, 79.0),
    },
    "sipas": {
        "593": (80.2, 81.3, 83.1), "594": (82.4, 83.0, 84.4), "595": (79.8, 81.1, 82.3),
        "596": (81.0, 82.2, 83.6), "597": (79.6, 81.7, 84.1), "598": (82.0, 83.4, 84.9),
        "599": (78.3, 80.0, 81.2), "600": (84.1, 85.2, 86.3), "601": (79.0, 80.6, 81.9),
        "602": (83.5, 84.6, 85.8),
    },
}  # fmt: skip
# Criteria in which the home district is weaker or stronger than its total, as share of the maximum.
PROFILE = {("par", "direction"): 0.07, ("par", "institution"): 0.05, ("par", "procedure"): -0.07,
           ("par", "civil_service"): -0.05, ("par", "digital"): 0.03, ("dti", "awareness"): 0.08,
           ("dti", "government"): 0.04, ("dti", "workforce"): -0.06, ("dti", "economy"): -0.12,
           ("dti", "society"): -0.03, ("service", "progress"): -0.05, ("service", "publicity"): 0.08,
           ("service", "online"): -0.05, ("sipas", "feedback"): -0.04, ("sipas", "result"): -0.02}  # fmt: skip


def _spread(total: float, maximum: np.ndarray, tilt: np.ndarray) -> np.ndarray:
    """Scores of the criteria that sum to the total, with a tilt, none above 98 % of its maximum."""
    share = total / maximum.sum() + tilt
    for _ in range(20):
        share = np.clip(share, 0.3, 0.98)
        share = share + (total - (share * maximum).sum()) / maximum.sum()
    score = np.round(share * maximum, 2)
    score[np.argmax(maximum)] += round(total - score.sum(), 2)
    return np.round(score, 2)


def _index_rows(world: World, seed: int) -> tuple[list[tuple], dict[int, float]]:
    """Scores of all districts, indices and years, and the home district's reform score by year."""
    rows, reform = [], {}
    for index, totals in SCORES.items():
        criteria = world.criteria[world.criteria["index_code"] == index]
        maximum = pd.to_numeric(criteria["maximum"]).to_numpy(dtype=float)
        for district in world.districts:
            rng = _rng(seed, f"index {index} {district}")
            habit = rng.normal(0, 0.035, len(criteria))
            if district == DISTRICT:
                habit = np.array([PROFILE.get((index, code), 0.0) for code in criteria["criterion_code"]])
            for year, total in zip((2022, 2023, 2024), totals.get(district, (70.0, 72.0, 74.0)), strict=True):
                # Noise small enough to keep the narrow lead of 2024.
                total = round(total + rng.uniform(-0.12, 0.12), 2)
                score = _spread(total, maximum, habit + rng.normal(0, 0.008, len(criteria)))
                own = np.round(np.minimum(score + maximum * rng.uniform(0.005, 0.05, len(score)), maximum), 2)
                key = (district, index, year)
                for code, claimed, given, most in zip(criteria["criterion_code"], own, score, maximum, strict=True):
                    rows.append(
                        (
                            *key,
                            code,
                            _short(claimed),
                            _short(given),
                            _short(most),
                            None,
                            None,
                            f"Hồ sơ kiểm chứng năm {year} ({SIMULATED})" if district == DISTRICT else None,
                            SIMULATED,
                            "true",
                        )
                    )
                summed = (_short(own.sum()), _short(score.sum()), 100)
                rows.append((*key, "total", *summed, None, None, None, SIMULATED, "true"))
                if (district, index) == (DISTRICT, "par"):
                    reform[year] = _short(score.sum())
    return rows, reform


# ---------------------------------------------------------------- points of the national portal

# Share of the points by group, and how much of it a unit loses by being less digital, and slower, than the usual one.
PORTAL = {
    "publicity": (18, 0.93, 0.02, 0.0),
    "progress": (20, 0.915, 0.0, 0.12),
    "online": (12, 0.85, 0.16, 0.0),
    "digitisation": (22, 0.62, 0.10, 0.0),
    "payment": (10, 0.55, 0.14, 0.0),
    "satisfaction": (18, 0.93, 0.01, 0.10),
}
# Units of the province that the portal ranks with the communes.
PORTAL_COMMUNES = 124
# Months in which the portal had no points of a group of a unit.
PORTAL_GAPS = {("Đa Mi", "2024-11"): "satisfaction", ("Đông Tiến", "2024-10"): "payment"}


def _portal_rows(world: World, scores: list[tuple], seed: int) -> list[tuple]:
    """Points of the communes and of the district as the portal shows them, a little below those computed here.

    A year of the district sums to what the province's assessment says of the index. The newest periods were seen on their
    last day, so that they are provisional.
    """
    communes = world.units[world.units["kind"] == "commune"]
    units = [SimpleNamespace(code=one.unit_code, name=one.name, digital=one.digital, slow=SLOWNESS.get(one.name, 0.0)) for one in communes.itertuples()]  # fmt: skip
    told = _portal_years(scores)
    rows = []
    for unit in (SimpleNamespace(code=DISTRICT, name="", digital=0.0, slow=0.05), *units):
        rng = _rng(seed, f"portal {unit.code}")
        for period, month in (each for frequency in ("month", "quarter", "year") for each in _periods(frequency)):
            if frequency_months(period) == 1 and period < "2024":
                continue
            points = _scaled(_portal_points(rng, unit, month), told.get((unit.code, period)))
            points.pop(PORTAL_GAPS.get((unit.name, period), ""), None)
            rows += _portal_unit(unit, period, points)
    return rows


def frequency_months(period: str) -> int:
    """How many months a period has."""
    return 12 if len(period) == 4 else 3 if "Q" in period else 1


def _portal_years(scores: list[tuple]) -> dict[tuple[str, str], float]:
    """The district's points of each year in the table of ten districts."""
    return {
        (district, str(year)): score
        for district, index, year, group, _, score, *_ in scores
        if (district, index, group) == (DISTRICT, "service", "total")
    }


def _scaled(points: dict[str, float], whole: float | None) -> dict[str, float]:
    """Points that sum to the whole, if there is one."""
    if whole is None:
        return points
    factor = whole / sum(points.values())
    found = {group: _short(score * factor) for group, score in points.items()}
    return found | {"digitisation": _short(whole - sum(found.values()) + found["digitisation"])}


def _portal_points(rng: np.random.Generator, unit: SimpleNamespace, month: int) -> dict[str, float]:
    """The points of one unit and period: they grow with time, as what they are made of does."""
    found = {}
    for group, (maximum, share, by_digital, by_slow) in PORTAL.items():
        growth = 0.10 if group in ("digitisation", "payment") else 0.04
        share += growth * (month - 17) / 12 + by_digital * min(unit.digital, 0.6) - by_slow * unit.slow
        found[group] = _short(maximum * min(max(share + rng.normal(0, 0.008), 0.05), 1.0))
    return found


def _portal_unit(unit: SimpleNamespace, period: str, points: dict[str, float]) -> list[tuple]:
    """The rows of one unit and period: its groups, and the total if there are all of them."""
    last = _last_day(period)
    captured = min(last + np.timedelta64(9, "D"), LAST_DAY)
    seen, still_open = str(captured), "true" if captured <= last else "false"
    rows = [(unit.code, period, group, score, PORTAL[group][0], None, None, seen, still_open, "true") for group, score in points.items()]  # fmt: skip
    if len(points) == len(PORTAL):
        whole = _short(sum(points.values()))
        ranked = 10 if unit.code == DISTRICT else PORTAL_COMMUNES
        rank = int(min(max((90 - whole) / 40, 0), 1) * (ranked - 1)) + 1
        rows.append((unit.code, period, "total", whole, 100, rank, ranked, seen, still_open, "true"))
    return rows


def _last_day(period: str) -> np.datetime64:
    """The last day of a month, quarter or year."""
    year, months = int(period[:4]), frequency_months(period)
    last = 12 if months == 12 else 3 * int(period[-1]) if months == 3 else int(period[-2:])
    return np.datetime64(f"{year + last // 12}-{last % 12 + 1:02}-01", "D") - np.timedelta64(1, "D")


SIMULATED = "MÔ PHỎNG"


def _short(value: float) -> float:
    """Rounded to two decimals, as a plain float."""
    return round(float(value), 2)


# ---------------------------------------------------------------- pilots and tasks

HALL, CULTURE, HOME = "Văn phòng HĐND và UBND huyện", "Phòng Văn hóa và Thông tin", "Phòng Nội vụ"
REGISTRY_NAME = "Chi nhánh Văn phòng Đăng ký đất đai"
# Each on two lines: unit (name or code) | name | owner
# | start | due | done | percent | indicator | outcome
PILOTS = """
Ma Lâm | Chợ Ma Lâm thanh toán trực tuyến, không dùng tiền mặt | UBND thị trấn Ma Lâm
  | 2023-04-03 | 2024-06-30 | 2024-06-14 | 100 | S07 | Phần lớn tiểu thương có mã QR; mở rộng ra hộ quanh chợ
Ma Lâm | Chính quyền số cấp xã tại thị trấn Ma Lâm | UBND thị trấn Ma Lâm
  | 2024-01-15 | 2024-12-31 | | 88 | T14 | Còn thiếu kho dữ liệu dùng chung và chữ ký số cho cán bộ thôn
"""
TASKS = f"""
597 | Ban hành kế hoạch cải cách hành chính năm 2023 | {HOME}
  | 2023-01-03 | 2023-01-31 | 2023-01-17 | 100 | C02 |
597 | Rà soát, kiến nghị cắt giảm thủ tục hành chính | Phòng Tư pháp
  | 2023-02-01 | 2023-09-30 | 2023-09-29 | 100 | C03 |
597-DD | Quy chế phối hợp giải quyết hồ sơ đất đai ba cấp | {REGISTRY_NAME}
  | 2023-03-01 | 2023-08-31 | 2023-12-20 | 100 | T05 | Ban hành chậm gần bốn tháng do lấy ý kiến nhiều vòng
597 | Kiểm tra công tác cải cách hành chính tại 6 xã, thị trấn | {HOME}
  | 2023-04-03 | 2023-10-31 | 2023-11-14 | 100 | C02 | Đã kiểm tra 6 đơn vị; chậm do dồn lịch quý III
597 | Cuộc thi tìm hiểu chuyển đổi số từ cấp xã đến cấp huyện | {CULTURE}
  | 2023-05-08 | 2023-09-30 | 2023-09-22 | 100 | S03 | 17 xã, thị trấn có đội dự thi
Hàm Thắng | Hướng dẫn người dân nộp hồ sơ trực tuyến tại nhà | UBND xã Hàm Thắng
  | 2023-05-15 | 2023-12-15 | 2023-12-08 | 100 | T14 |
597-MC | Bổ sung máy quét, máy tính cho Bộ phận Một cửa huyện | {HALL}
  | 2023-06-01 | 2023-11-30 | 2023-11-24 | 100 | T19 |
Đông Giang | Lắp đường truyền cho điểm hỗ trợ nộp hồ sơ trực tuyến | UBND xã Đông Giang
  | 2023-07-03 | 2023-12-15 | | 70 | S05 | Vướng hạ tầng cáp quang
597 | Ban hành kế hoạch cải cách hành chính năm 2024 | {HOME}
  | 2024-01-02 | 2024-01-31 | 2024-01-22 | 100 | C02 |
597 | Kích hoạt tài khoản định danh điện tử cho người dân | Công an huyện
  | 2024-01-15 | 2024-12-15 | 2024-12-10 | 100 | S04 |
597-MC | Chấn chỉnh ban hành thư xin lỗi và hẹn lại ngày trả | {HALL}
  | 2024-02-01 | 2024-06-30 | 2024-07-26 | 100 | T08 | Có mẫu phiếu và nhắc việc hằng ngày
597-DD | Giảm hồ sơ đất đai quá hạn: giao ban tuần với ba cấp | {REGISTRY_NAME}
  | 2024-02-19 | 2024-12-31 | | 80 | T06 | Tồn quá hạn giảm nhưng bước cấp tỉnh còn chậm
597-MC | Trả hồ sơ không đủ điều kiện trước nửa thời hạn | {HALL}
  | 2024-03-01 | 2024-09-30 | | 65 | T12 | Chưa đều giữa các phòng
597-MC | Đồng bộ trạng thái hồ sơ giấy và điện tử trong ngày | {HALL}
  | 2024-03-01 | 2024-10-31 | | 75 | T22 | Một số xã miền núi còn ghi nhận chậm
Phú Long | Bộ phận Một cửa thân thiện, không chờ quá 15 phút | UBND thị trấn Phú Long
  | 2024-03-04 | 2024-09-30 | 2024-09-18 | 100 | C05 |
597 | Đưa sản phẩm OCOP lên sàn thương mại điện tử | Phòng Kinh tế và Hạ tầng
  | 2024-03-15 | 2024-11-30 | | 55 | S08 | Ít sản phẩm đủ điều kiện đóng gói, truy xuất
597 | Tập huấn Tổ công nghệ số cộng đồng | {CULTURE}
  | 2024-04-01 | 2024-08-31 | 2024-08-16 | 100 | S03 | Đã tập huấn hết các tổ
Hàm Đức | Số hóa kết quả thủ tục hành chính còn hiệu lực | UBND xã Hàm Đức
  | 2024-04-01 | 2024-12-31 | | 60 | T18 |
597 | Chiến dịch thanh toán trực tuyến lệ phí hồ sơ | Phòng Tài chính - Kế hoạch
  | 2024-05-02 | 2024-11-30 | 2024-11-27 | 100 | T17 |
La Dạ | Điểm hỗ trợ dịch vụ công lưu động tại thôn | UBND xã La Dạ
  | 2024-06-03 | 2024-12-15 | | 45 | T14 | Mới mở được ở hai thôn
597 | Khảo sát hài lòng của người dân năm 2024 | {HOME}
  | 2024-09-02 | 2024-12-20 | 2024-12-19 | 100 | C05 |
Hồng Sơn | Khắc phục hồ sơ trễ hạn quý IV | UBND xã Hồng Sơn
  | 2024-11-04 | 2025-01-31 | | 30 | T05 | Thiếu cán bộ địa chính từ tháng 10
"""

PROPOSALS = f"""
597 | Gộp một lần nộp giấy tờ khi đăng ký biến động và chỉnh lý bản đồ | {REGISTRY_NAME}
  | 2023-06-05 | 2023-12-31 | 2023-12-15 | 100 | T05 | Được chấp thuận; giảm 5 ngày làm việc
597 | Bỏ bản sao hộ khẩu giấy trong hồ sơ trợ giúp xã hội | Phòng Lao động - Thương binh và Xã hội
  | 2023-08-01 | 2024-03-31 | 2024-03-20 | 100 | T21 | Được chấp thuận; dùng dữ liệu dân cư
597 | Rút thời hạn cấp giấy phép xây dựng nhà ở riêng lẻ từ 20 xuống 15 ngày | Phòng Kinh tế và Hạ tầng
  | 2024-02-05 | 2024-09-30 | | 60 | T24 | Tỉnh đang xem xét
597 | Cắt giấy xác nhận tình trạng hôn nhân trong hồ sơ vay vốn | Phòng Tư pháp
  | 2024-04-08 | 2024-10-31 | | 40 | T24 | Đang lấy ý kiến ngân hàng
597 | Ủy quyền xã, thị trấn trả kết quả hộ kinh doanh | Phòng Tài chính - Kế hoạch
  | 2024-09-09 | 2025-03-31 | | 20 | T15 |
"""


# What a dossier saves by each proposal: procedure, working days, money.
SAVINGS = {
    "KN-01": ("2.000889", 5, 120_000),
    "KN-02": ("1.001776", 2, 60_000),
    "KN-03": ("1.009994", 5, 350_000),
    "KN-04": ("1.004873", 3, 85_000),
    "KN-05": ("1.001612", 1, 70_000),
}


def _entries(text: str) -> list[list[str]]:
    """The entries of one of the lists above."""
    lines = text.strip().replace("\n  |", "|").splitlines()
    return [[part.strip() for part in line.split("|")] for line in lines]


def _loudspeakers() -> list[list[str]]:
    """The five pilots of smart loudspeakers, with the month in which each started."""
    rows = []
    for name, month in LOUDSPEAKER_START.items():
        done, percent, outcome = "2023-12-15", "100", "Phát thanh đến tất cả các thôn, khu phố"
        if name == "La Dạ":  # the hill commune never got stable coverage in all hamlets
            done, percent, outcome = "", "80", "Một số thôn chưa có sóng ổn định"
        title = f"Truyền thanh thông minh tại {name}"
        rows.append([name, title, CULTURE, f"{month}-10", "2023-12-31", done, percent, "S04", outcome])
    return rows


def _initiative_rows(world: World) -> list[tuple]:
    """Pilots and tasks in the columns of the table."""
    codes = dict(zip(world.units["name"], world.units["unit_code"], strict=True))
    known = set(_table("indicator")["indicator_code"])
    lists = (
        ("MH", "pilot", [*_loudspeakers(), *_entries(PILOTS)]),
        ("NV", "task", _entries(TASKS)),
        ("KN", "proposal", _entries(PROPOSALS)),
    )
    rows = []
    for prefix, kind, entries in lists:
        for number, (unit, *told, indicator, outcome) in enumerate(entries, 1):
            indicator = indicator if indicator in known else ""
            code = f"{prefix}-{number:02d}"
            plan = "dti" if indicator.startswith("S") else "par"
            rows.append(
                (
                    code,
                    codes.get(unit, unit),
                    kind,
                    plan,
                    *told,
                    outcome,
                    indicator,
                    *SAVINGS.get(code, ("", None, None)),
                    "true",
                )
            )
    return rows


KPI_COLUMNS = ("unit_code", "period", "indicator_code", "value", "numerator", "denominator", "simulated")
INDEX_COLUMNS = ("district_code", "index_code", "year", "criterion_code", "self_score", "score", "maximum",
                 "published_class", "published_rank", "evidence", "source", "simulated")  # fmt: skip
PORTAL_COLUMNS = ("unit_code", "period", "portal_group", "points", "maximum", "rank", "ranked_units", "captured_on", "provisional",
                  "simulated")  # fmt: skip
INITIATIVE_COLUMNS = ("initiative_code", "unit_code", "kind", "plan", "name", "owner", "start_on", "due_on", "completed_on",
                      "percent", "outcome", "indicator_code", "procedure_code", "days_saved", "cost_saved", "simulated")  # fmt: skip


def _known_to_lists(world: World, seed: int, values: list[KpiRow]) -> demo_list.Known:
    """What the lists must agree with: each commune's newest report of every indicator."""
    newest = {}
    for unit, _, code, value, top, bottom, _ in sorted(values, key=lambda row: row[1]):
        newest[unit, code] = (top if value is None else value, bottom)
    communes = world.units[world.units["kind"] == "commune"]
    return demo_list.Known(communes, COUNTER, newest, lambda part: _rng(seed, f"list {part}"))


def write(directory: Path, seed: int = 597, progress: Progress | None = None) -> list[Path]:
    """Write the simulated district as canonical CSV files; the same seed gives the same bytes."""
    step = progress or (lambda label, share: None)
    directory.mkdir(parents=True, exist_ok=True)
    step("Mô phỏng hồ sơ", 0.0)
    world = _world()
    paths = _dossier_files(world, Office(), seed, directory, step)
    step("Ghi chỉ tiêu", 0.9)
    scores, reform = _index_rows(world, seed)
    values = _kpi_rows(world, seed, reform)
    known = _known_to_lists(world, seed, values)
    paths += [
        _write_rows(KPI_COLUMNS, values, directory / "chi-tieu.csv"),
        _write_rows(INDEX_COLUMNS, scores, directory / "diem-chi-so.csv"),
        _write_rows(PORTAL_COLUMNS, _portal_rows(world, scores, seed), directory / "diem-766-cong.csv"),
        _write_rows(INITIATIVE_COLUMNS, _initiative_rows(world), directory / "mo-hinh-nhiem-vu.csv"),
        _write_rows(demo_list.EQUIPMENT_COLUMNS, demo_list.equipment_rows(known), directory / "thiet-bi-mot-cua.csv"),
        _write_rows(
            demo_list.ESSENTIAL_COLUMNS, demo_list.essential_rows(DISTRICT), directory / "dich-vu-thiet-yeu.csv"
        ),
        _write_rows(demo_list.TEAM_COLUMNS, demo_list.team_rows(known), directory / "to-cong-nghe-so.csv"),
        _write_rows(demo_list.PRODUCT_COLUMNS, demo_list.product_rows(known), directory / "san-pham-tren-san.csv"),
    ]
    step("Xong", 1.0)
    return paths


if __name__ == "__main__":
    for path in write(Path(sys.argv[1])):
        print(path.name)
