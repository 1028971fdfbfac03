"""A small district with cases that the simulated one lacks: ties, values equal to thresholds, unfinished periods.

Two communes have the same data, a third has the same data twice, so that shares and points are equal. The data end on
20 November 2024, in the middle of a month of both calendars. Everything is published by the real ingest; the oracle
reads the same files.
"""

from __future__ import annotations

import csv
import random
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import pytest

import queries
from ingest.store import build
from tests import oracle
from tests.browser import ROOT

AS_OF = date(2024, 11, 20)
KNOWN_MINIMUM = 20  # five of the district's communes have data
LOW_VOLUME = 12  # a value with fewer dossiers gets no status; different from the shipped value
TWIN, OTHER_TWIN, DOUBLE, BEST, THIN = "23059", "23062", "23065", "23068", "23071"
COUNTER, REGISTRY = "597-MC", "597-DD"
ORDINARY = ("1.001193", "1.004884", "2.000908", "2.001019", "1.001731")
LAND = ("1.002273", "1.004227", "2.000889")
# One procedure of each of eight more fields: more fields than a table of the ten worst shows.
COUNTERS = ("1.001612", "1.009994", "2.000843", "1.002425", "2.001827", "1.006390", "1.000804", "2.000620", "2.002408")
COUNTERS += ("1.008455", "1.001753")
DISTRICTS = ("593", "594", "595", "596", "597", "598", "599", "600", "601", "602")


# Of everybody; of the district; of a commune and one of its indicators; of another district; before and after the data.
EVENTS = [
    dict(
        zip(
            ("event_code", "from_on", "to_on", "unit_code", "indicator_code", "name", "splits", "source"),
            row,
            strict=True,
        )
    )
    for row in (
        ("E1", "2024-04-10", "2024-06-02", "", "", "Đổi phần mềm một cửa", "false", "Công văn 12"),
        ("E2", "2024-05-06", "", "597", "", "Mất điện ba ngày", "", ""),
        ("E3", "2024-07-01", "", TWIN, "T05", "Thêm một cán bộ một cửa", "true", ""),
        ("E4", "2024-07-01", "", "593", "", "Chỉ ở Phan Thiết", "", ""),
        ("E5", "2021-07-01", "", "", "", "Trước mọi số liệu", "", ""),
        ("E7", "2024-08-15", "", "60", "", "Toàn tỉnh", "", ""),
        ("E6", "2030-07-01", "", "", "", "Sau mọi số liệu", "", ""),
    )
]


@dataclass(frozen=True, eq=False)
class World:
    """A district in a store, and its data in plain Python; its files never change, so answers are cached."""

    store: Path
    data: oracle.Data
    reference: dict[str, list[dict[str, str]]]

    @cached_property
    def steps(self) -> dict[str, list[dict]]:
        """The steps of each dossier in order."""
        found: dict[str, list[dict]] = defaultdict(list)
        for row in sorted(self.data.tables["dossier_step"], key=lambda row: int(row["step_number"])):
            at = {name: oracle.moment(row[name]) for name in ("received_at", "due_at", "completed_at")}
            found[row["dossier_code"]].append({"number": int(row["step_number"]), "tier": row["tier"], **at})
        return found

    def choices(self, calendar: str, period: str, before: str = "", **more: object) -> dict[str, object]:
        """The parameters that a page passes for a period and its comparison period.

        The comparison period is cut if the period is unfinished.
        """
        start, end = oracle.periods(calendar, oracle.kind_of(period), period)
        partial = oracle.is_partial(calendar, period, oracle.as_of(self.data))
        return {
            "calendar": calendar,
            "kind": oracle.kind_of(period),
            "period": period,
            "start_on": start.isoformat(),
            "judged_on": min(end, oracle.as_of(self.data)).isoformat(),
            "before": before,
            "before_cut": "to_date" if partial else "full",
            "unit": "597",
            "scope": "commune",
            "field": "",
            "channel": "",
            **more,
        }

    def now(self, chosen: dict) -> oracle.Period:
        """The chosen period."""
        return oracle.as_period(chosen["calendar"], chosen["period"])

    def then(self, chosen: dict) -> oracle.Period | None:
        """The comparison period, cut like the chosen one if that is unfinished; None if there is none."""
        if not chosen["before"]:
            return None
        return oracle.cut(chosen["calendar"], chosen["period"], oracle.as_of(self.data), chosen["before"])


def _dossiers(seed: int, procedures: tuple[str, ...], count: int, late: float) -> list[dict[str, str]]:
    """`count` dossiers in nine months, without unit and code; about the share `late` of them is late."""
    luck, rows = random.Random(seed), []
    for number in range(count):
        # The last dossier is the newest event, so that the data of every unit end on the same day.
        received = datetime(2024, 3, 1, 8) + timedelta(days=luck.randrange(262), minutes=luck.randrange(400))
        received = received if number else datetime(2024, 11, 20, 9)
        allowed = luck.choice((3, 5, 8, 15, 20))
        due = received + timedelta(days=allowed)
        took = allowed + luck.choice((1, 2, 4, 9, 20)) if luck.random() < late else luck.randint(0, allowed)
        ended = received + timedelta(days=took, minutes=luck.randrange(60))
        done, slow = ended.date() < AS_OF, took > allowed
        kind = luck.choice(("returned", "returned", "returned", "stopped", "withdrawn")) if done else "processing"
        row = {
            "procedure_code": luck.choice(procedures),
            "channel": luck.choice(("direct", "direct", "online", "postal")),
            "state": kind,
            "received_at": _stamp(received),
            "intake_recorded_at": _stamp(received + timedelta(hours=luck.choice((1, 1, 30)))) if number else "",
            "due_at": _stamp(due),
            "processed_at": _stamp(ended) if kind == "returned" else "",
            "ineligible_returned_at": _stamp(ended) if kind == "stopped" else "",
            "withdrawn_at": _stamp(ended) if kind == "withdrawn" else "",
            "status_updated_at": _stamp(ended) if done and luck.random() < 0.8 else "",
            "supplement_requested_at": "",
            "supplement_count": "0",
            "reschedule_count": str(luck.choice((0, 0, 1, 2))) if slow else "0",
            "apology_at": _stamp(due - timedelta(days=luck.choice((2, 2, 0)))) if slow and luck.random() < 0.6 else "",
            "late_cause": luck.choice(("N1", "N1", "N2", "N3", "")) if slow else "",
            "fee_required": luck.choice(("true", "false")),
            "fee_zero": luck.choice(("true", "false", "false")),
            "online_payment": luck.choice(("none", "national_portal", "agency_gateway")),
            "digitised_in": luck.choice(("true", "false")),
            "digitised_out": luck.choice(("true", "false")),
            "reused": luck.choice(("true", "false")),
            "population_db": luck.choice(("true", "false")),
            "complaint": luck.choice(("true", "false", "false", "false")),
            "rating": "dissatisfied" if number % 29 == 0 else ("", "satisfied")[number % 2],
            "officer_code": f"CB-{luck.choice((1, 1, 2, 3))}",
        }
        if not done and luck.random() < 0.3 and number:
            asked = min(received + timedelta(days=luck.randint(0, allowed + 3)), datetime(2024, 11, 20, 8))
            row |= {"state": "supplement_requested", "supplement_requested_at": _stamp(asked)}
            row["supplement_count"] = str(luck.choice((1, 1, 2)))
        if row["apology_at"] and row["apology_at"] < row["received_at"]:
            row["apology_at"] = row["received_at"]
        if row["apology_at"] > _stamp(datetime(2024, 11, 20, 17)):
            row["apology_at"] = ""
        rows.append(row)
    return rows


def _stamp(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")


def _filed(unit: str, rows: list[dict[str, str]], part: str = "") -> list[dict[str, str]]:
    """The rows as dossiers of one unit."""
    return [{"dossier_code": f"{unit}{part}.{number:03}", "unit_code": unit, **row} for number, row in enumerate(rows)]


def _all_dossiers() -> list[dict[str, str]]:
    """The dossiers of the twins, of the commune with each of theirs twice, of the others and of the two offices."""
    plain = _dossiers(1, ORDINARY + LAND, 110, 0.35)
    return [
        *_filed(TWIN, plain),
        *_filed(OTHER_TWIN, plain),
        *_filed(DOUBLE, plain, ".A"),
        *_filed(DOUBLE, plain, ".B"),
        *_filed(BEST, _dossiers(2, ORDINARY, 90, 0.1)),
        *_filed(THIN, _dossiers(3, ORDINARY, 8, 0.5)),
        *_filed(COUNTER, _dossiers(4, COUNTERS, 120, 0.5)),
        *_filed(REGISTRY, _dossiers(5, LAND, 70, 0.5)),
    ]


def _steps(dossiers: list[dict[str, str]]) -> list[dict[str, str]]:
    """Three successive steps of each land dossier; an open dossier has not reached the last, some not the second."""
    luck, rows = random.Random(6), []
    for dossier in dossiers:
        if dossier["procedure_code"] not in LAND:
            continue
        moment = datetime.fromisoformat(dossier["received_at"])
        end = next((dossier[name] for name in _ENDS if dossier[name]), "")
        for number, tier in enumerate(("commune", "district", "province"), start=1):
            moment += timedelta(days=luck.choice((0, 0, 1, 4))) if number > 1 else timedelta()
            if moment.date() > AS_OF:
                break
            done = moment + timedelta(days=luck.choice((1, 2, 6)))
            is_done = done.date() <= AS_OF and (bool(end) or luck.random() < 0.6)
            rows.append(
                {
                    "dossier_code": dossier["dossier_code"],
                    "step_number": str(number),
                    "tier": tier,
                    "received_at": _stamp(moment),
                    "due_at": _stamp(moment + timedelta(days=2)),
                    "completed_at": _stamp(done) if is_done else "",
                }
            )
            if not is_done:
                break
            moment = done
    return rows


_ENDS = ("processed_at", "ineligible_returned_at", "withdrawn_at")


def _reports(indicators: list[dict[str, str]]) -> list[dict[str, str]]:
    """Four communes' reports of every reported indicator: the twins equal, one lower, one higher."""
    luck, rows = random.Random(8), []
    for indicator in indicators:
        if indicator["kind"] != "reported":
            continue
        frequency, aggregate = indicator["frequency"], indicator["aggregate"]
        for period in {"year": ("2024",), "quarter": _QUARTERS}.get(frequency, _MONTHS):
            bottom = luck.randint(50, 200)
            top = luck.randint(bottom // 4, bottom // 2)
            for unit, times in ((TWIN, 1.0), (OTHER_TWIN, 1.0), (DOUBLE, 0.5), (BEST, 1.6)):
                value = {"value": str(round(top * times)), "numerator": "", "denominator": ""}
                if aggregate == "ratio":
                    value = {"value": "", "numerator": str(round(top * times)), "denominator": str(bottom)}
                elif aggregate == "direct":
                    value["value"] = str(40 * times)
                rows.append(
                    {"unit_code": unit, "period": period, "indicator_code": indicator["indicator_code"], **value}
                )
    return rows


_MONTHS = tuple(f"2024-{month:02}" for month in range(1, 12))
_QUARTERS = tuple(f"2024-Q{number}" for number in range(1, 5))


def _scores(criteria: list[dict[str, str]]) -> list[dict[str, str]]:
    """Scores of the ten districts: two share the second rank, one has a published rank and class."""
    rows = []
    for year in (2023, 2024):
        for index in ("par", "dti"):
            for place, district in enumerate(DISTRICTS):
                level = (0.84, 0.8, 0.8, 0.78, 0.83, 0.62, 0.63, 0.5, 0.51, 0.4)[place] - (0.05 if year == 2023 else 0)
                own = [row for row in criteria if row["index_code"] == index]
                for number, row in enumerate(own):
                    most = float(row["maximum"])
                    # Higher in one criterion and lower in the next, so that each district leads somewhere.
                    tilt = ((number * 7 + place * 3) % 5 - 2) / 12 if district not in ("594", "595") else 0
                    score = round(most * min(1, level + tilt), 2)
                    rows.append(
                        _score(
                            district,
                            index,
                            year,
                            row["criterion_code"],
                            score=score,
                            maximum=most,
                            self_score=min(most, score + 0.5),
                            evidence="Báo cáo 12/BC-UBND" if number == 0 else "",
                        )
                    )
    rows.append(_score("593", "dti", 2024, "total", score=91, maximum=100, published_class="good", published_rank=2))
    rows.append(_score("597", "dti", 2024, "total", score=88.5, maximum=100, published_class="fair", published_rank=1))
    return rows


def _score(district: str, index: str, year: int, criterion: str, **more: object) -> dict[str, str]:
    blank = dict.fromkeys(("self_score", "score", "maximum", "published_class", "published_rank", "evidence"), "")
    named = {"district_code": district, "index_code": index, "year": year, "criterion_code": criterion}
    return {name: str(value) for name, value in (blank | named | more).items()}


def _initiatives() -> list[dict[str, str]]:
    """Tasks due before, on and after the thirtieth day from now; pilots with and without figures; proposals."""
    rows = []

    def add(kind: str, due: int | None, done: int | None = None, percent: int | None = None, **more: str) -> None:
        rows.append(
            {
                "initiative_code": f"{kind[0].upper()}{len(rows) + 1:02}",
                "unit_code": "597",
                "kind": kind,
                "plan": "",
                "name": f"Việc số {len(rows) + 1}",
                "owner": "Phòng Nội vụ",
                "start_on": "2024-06-03",
                "due_on": "" if due is None else (AS_OF + timedelta(days=due)).isoformat(),
                "completed_on": "" if done is None else (AS_OF + timedelta(days=done)).isoformat(),
                "percent": "" if percent is None else str(percent),
                "outcome": "",
                "indicator_code": "",
                "procedure_code": "",
                "days_saved": "",
                "cost_saved": "",
                **more,
            }
        )

    for due in (-40, -1, 0, 29, 30, 31, 45, 60, 61):
        add("task", due, percent=50, plan="par" if due % 2 else "dti", outcome="Đang làm" if due == 30 else "")
    add("task", -10, done=-20, percent=100)
    add("task", -10, done=-10)
    add("task", -20, done=-5, owner="Phòng Tư pháp", plan="dti")
    add("task", -5, percent=100, plan="dti")
    add("task", -3, percent=10, owner="Phòng Tư pháp", unit_code=TWIN)
    add("task", -3, percent=99, owner="Phòng Tư pháp")
    add("task", None, percent=20, unit_code=BEST)
    add("proposal", 10, unit_code=TWIN, percent=0)
    add("proposal", -10, done=-1)
    # Approved in the middle of a month, on the last day of one, waiting, overdue, done on an unknown day, of no procedure.
    add("proposal", 40, done=-66, percent=100, procedure_code="1.001193", days_saved="1.5", cost_saved="20000")
    add("proposal", 40, done=-20, plan="par", procedure_code="1.004884", days_saved="2", cost_saved="")
    add("proposal", 40, plan="par", procedure_code="2.000908", days_saved="0.5", cost_saved="1000")
    add("proposal", -4, plan="dti", procedure_code="1.001193", days_saved="1", cost_saved="500")
    add("proposal", -4, percent=100, procedure_code="1.001193", days_saved="1", cost_saved="500")
    add("proposal", 15, days_saved="3", cost_saved="9000")
    add("proposal", 15, procedure_code="2.001019", days_saved="", cost_saved="7000")
    add("pilot", 40, unit_code=TWIN, indicator_code="S04", percent=70, start_on="2024-07-10", outcome="Nhân rộng")
    add("pilot", 40, unit_code=DOUBLE, indicator_code="S04", percent=70, start_on="2024-08-01")
    add("pilot", -40, unit_code=BEST, indicator_code="T14", percent=70, start_on="2024-01-10")
    add("pilot", 40, unit_code=THIN, indicator_code="S04", start_on="2024-08-01")
    add("pilot", 40, unit_code="597")
    add("pilot", 40, unit_code=TWIN, indicator_code="S08", start_on="2024-07-10")
    add("pilot", 40, unit_code=DOUBLE, indicator_code="T07", start_on="2024-05-10")
    return rows


def _list(columns: str, *rows: tuple) -> list[dict[str, str]]:
    """Rows of a list, from tuples in the order of its columns."""
    return [dict(zip(columns.split(), map(str, row), strict=True)) for row in rows]


def _portal() -> list[dict[str, str]]:
    """Points of the national portal: whole with a rank, a sum without a total, a part, a total alone, of an open month.

    A total that its groups contradict; groups without their most points; the units of 2025.
    """
    groups = {
        "publicity": 11.85,
        "progress": 19.26,
        "online": 6.36,
        "digitisation": 10.78,
        "payment": 7.16,
        "satisfaction": 18,
    }
    most = {"publicity": 18, "progress": 20, "online": 12, "digitisation": 22, "payment": 10, "satisfaction": 18}
    rows: list[dict[str, str]] = []

    def add(
        unit: str, period: str, points: dict[str, float], given: float | None = None, seen: str = "", **more: object
    ) -> None:
        for group, score in points.items():
            told = {
                "maximum": "" if more.get("bare") else most[group],
                "captured_on": seen,
                "provisional": more.get("provisional", ""),
            }
            rows.append(
                {
                    "unit_code": unit,
                    "period": period,
                    "portal_group": group,
                    "points": score,
                    "rank": "",
                    "ranked_units": "",
                    **told,
                }
            )
        if given is not None:
            told = {
                "maximum": more.get("maximum", 100),
                "rank": more.get("rank", ""),
                "ranked_units": more.get("of", ""),
            }
            rows.append({"unit_code": unit, "period": period, "portal_group": "total", "points": given, "captured_on": seen,
                         "provisional": more.get("provisional", ""), **told})  # fmt: skip

    add(TWIN, "2024-10", groups, 73.41, "2024-11-09", rank=12, of=124)
    add(OTHER_TWIN, "2024-10", groups | {"progress": 15}, seen="2024-11-09", bare=True)
    add(DOUBLE, "2024-10", {group: points for group, points in groups.items() if group != "payment"}, seen="2024-11-09")
    add(BEST, "2024-10", {}, 88.5, "2024-11-09", rank=2, maximum="")
    add(THIN, "2024-10", groups, 70, "2024-11-09", rank=20, of=124)
    add("597", "2024-10", groups | {"publicity": 12.05}, 73.66, "2024-10-31", rank=3, of=10)
    add(TWIN, "2024-11", groups, 73.41, "2024-11-18", rank=13)
    add(TWIN, "2024-Q3", groups | {"online": 7.36}, 74.41, provisional="true")
    add(TWIN, "2024", groups, 73.41, "2025-01-10", provisional="false")
    add("597", "2024-Q3", groups, 73.41, "2024-10-09")
    add("60", "2024-10", groups, 73.41, "2024-11-09")
    return [{name: str(value) for name, value in row.items()} for row in rows]


# Nothing usable, as many short, as dear, without a price, as many as needed, more; an office; of the unit of 2025.
EQUIPMENT = _list(
    "unit_code name required_count usable_count unit_cost reported_on",
    (TWIN, "Máy quét", 3, 1, 12000000, "2024-11-01"),
    (TWIN, "Máy in", 3, 1, 6500000.5, "2024-11-01"),
    (TWIN, "Ki-ốt", 1, 0, "", ""),
    (TWIN, "Máy tính", 5, 5, 15000000, "2024-11-01"),
    (OTHER_TWIN, "Máy quét", 2, 0, 12000000, "2024-10-30"),
    (OTHER_TWIN, "Máy in", 2, 4, 6500000, "2024-10-30"),
    (BEST, "Máy tính", 4, 4, "", "2024-10-30"),
    (DOUBLE, "Máy quét", 3, 1, 12000000, "2024-11-02"),
    ("597-MC", "Máy lấy số", 2, 0, 38000000, "2024-11-05"),
    (TWIN, "Máy quét tài liệu", 4, 1, 12000000, "2025-08-01"),
)


# Due before the last day, on it, after it and never; deployed on the last day of a quarter and on the day after.
ESSENTIAL = _list(
    "unit_code name owner due_on deployed_on obstacle",
    ("597", "Khai sinh", "Phòng Tư pháp", "2024-06-30", "2024-09-30", ""),
    ("597", "Khai tử", "Phòng Tư pháp", "2024-06-30", "2024-10-01", ""),
    ("597", "Cấp điện", "", "", "", "Chưa kết nối"),
    ("597", "Hộ chiếu", "Công an huyện", "2024-11-19", "", "Chờ Bộ"),
    ("597", "Đăng ký xe", "Công an huyện", "2024-11-20", "", ""),
    ("597", "Lý lịch", "Công an huyện", "2024-11-19", "", ""),
    ("597", "Tạm trú", "Công an huyện", "2025-03-31", "", ""),
    ("597", "Kết hôn", "", "", "", ""),
    ("597", "Thuế", "Chi cục Thuế", "", "2023-05-05", ""),
)


# Nobody trained, unknown, some, all, dissolved; as many untrained; of the unit of 2025.
TEAMS = _list(
    "unit_code village members trained trained_on reported_on",
    (TWIN, "Thôn 1", 7, 0, "", "2024-11-01"),
    (TWIN, "Thôn 2", 7, "", "", "2024-11-01"),
    (TWIN, "Thôn 3", 9, 2, "2024-08-16", "2024-11-01"),
    (TWIN, "Thôn 4", 5, 5, "2024-08-16", "2024-11-01"),
    (TWIN, "Thôn 5", 0, "", "", "2024-11-01"),
    (OTHER_TWIN, "Khu phố 1", 7, 0, "", ""),
    (OTHER_TWIN, "Khu phố 2", 8, 1, "2024-02-01", ""),
    (BEST, "Thôn A", 6, 6, "2024-08-16", "2024-10-01"),
    (BEST, "Thôn B", 12, 0, "", "2024-10-01"),
    (DOUBLE, "Thôn C", 0, 0, "", "2024-10-01"),
    (TWIN, "Thôn 9", 4, 0, "", "2025-09-01"),
)
# No order, unknown orders, as many orders; on sale to and from the last day of a quarter; twice on one platform's day.
PRODUCTS = _list(
    "unit_code name platform ocop_stars listed_on ended_on orders",
    (TWIN, "Thanh long", "Postmart", 4, "2024-01-05", "", 12),
    (TWIN, "Thanh long", "Shopee", 4, "2024-01-05", "", 0),
    (TWIN, "Gạo", "Postmart", "", "2024-09-30", "", ""),
    (TWIN, "Rau", "Postmart", "", "2024-10-01", "", 0),
    (OTHER_TWIN, "Mật ong", "Shopee", 3, "", "2024-09-30", 12),
    (OTHER_TWIN, "Mật ong", "Voso", 3, "", "2024-10-01", 5),
    (BEST, "Thanh long", "Voso", "", "2024-02-02", "", 12),
)


def _forms() -> list[dict[str, str]]:
    """Two reports of form II.06 in which some figures differ from the dossiers."""
    blank = dict.fromkeys(
        ("received_online", "received_direct", "carried_over", "resolved_early", "resolved_on_time", "resolved_late")
        + ("open_in_time", "open_late"),
        "",
    )
    return [
        blank
        | {"unit_code": TWIN, "period": "2024-10", "field_code": "CIVIL", "handled": "7", "resolved": "5"}
        | {"open_total": "2", "received_online": "3", "received_direct": "2", "carried_over": "2"},
        blank
        | {"unit_code": TWIN, "period": "2024-10", "field_code": "SOCIAL", "handled": "4", "resolved": "4"}
        | {"open_total": "0"},
        blank
        | {"unit_code": BEST, "period": "2024-Q3", "field_code": "all", "handled": "60", "resolved": "55"}
        | {"open_total": "5"},
        blank
        | {"unit_code": THIN, "period": "2022-10", "field_code": "all", "handled": "9", "resolved": "9"}
        | {"open_total": "0"},
    ]


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    """A CSV file of these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, list(rows[0]))
        lines.writeheader()
        lines.writerows(rows)
    return path


def make(folder: Path) -> None:
    """Write the files and the reference data of the small district, and publish them."""
    from ingest.publish import publish  # not needed if the result is cached

    reference, files = shutil.copytree(ROOT / "data" / "reference", folder / "reference"), folder / "files"
    files.mkdir()
    settings = oracle.rows(reference / "setting.csv")
    for row in settings:
        if row["setting_code"] == "known_minimum":
            row["value"] = str(KNOWN_MINIMUM)
        if row["setting_code"] == "low_volume":
            row["value"] = str(LOW_VOLUME)
    write(reference / "setting.csv", settings)
    # Communes had another target of filing online the year before, the district had not.
    targets = oracle.rows(reference / "indicator_target.csv")
    for row in targets:
        if (row["indicator_code"], row["scope"], row["year"]) == ("T14", "commune", "2023"):
            row["target"] = "40"
    write(reference / "indicator_target.csv", targets)
    dossiers = _all_dossiers()
    for name, rows in {
        "setting": settings,
        "indicator_target": targets,
        "dossier": dossiers,
        "dossier_step": _steps(dossiers),
        "kpi_value": _reports(oracle.rows(reference / "indicator.csv")),
        "index_score": _scores(oracle.rows(reference / "criterion.csv")),
        # A total that the groups of a later file contradict.
        "portal_earlier": [row for row in _portal() if row["unit_code"] == THIN and row["portal_group"] == "total"],
        "portal_score": [row for row in _portal() if row["unit_code"] != THIN or row["portal_group"] != "total"],
        "initiative": _initiatives(),
        "equipment": EQUIPMENT,
        "essential_service": ESSENTIAL,
        "community_team": TEAMS,
        "product": PRODUCTS,
        "service_report": _forms(),
        "event": EVENTS,
    }.items():
        write(files / f"{name}.csv", rows)
    publish(sorted(files.glob("*.csv")), store=folder / "store")


def world(store: Path, data: oracle.Data, reference: Path) -> World:
    """The district of a store, with every reference table."""
    return World(store, data, {path.stem: oracle.rows(path) for path in reference.glob("*.csv")})


def seen(monkeypatch, known: World) -> Callable[[], None]:
    """Let `queries.load` read the store of this world; returns a function that undoes it."""
    monkeypatch.setenv("DASHBOARD_STORE", str(known.store))
    token = queries._pinned.set(None)
    queries.look_from("main")
    return lambda: queries._pinned.reset(token)


_QUICK = """CREATE TABLE dossier AS SELECT * EXCLUDE (line, upload_order) FROM merged_dossier;
CREATE TABLE index_score AS FROM merged_index_score;
CREATE TABLE as_of_date AS SELECT DATE '2024-03-06' AS as_of;
CREATE TABLE home AS SELECT 'main' AS schema_name, '597' AS home_code;
CREATE TABLE broken_identity (identity_name VARCHAR);"""


@contextmanager
def quickly_built(folder: Path) -> Iterator[Path]:
    """Inside, a publish takes every step but builds only the rows as they were typed; gives the folder of statements."""
    statements = folder / "statements"
    statements.mkdir()
    (statements / "10.sql").write_text(_QUICK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "STATEMENTS", statements)
        yield statements
