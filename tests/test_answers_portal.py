"""Answers of queries about the national portal's points, beside those computed here, against plain Python."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import queries
from tests import oracle, small
from tests.answers import answers, same_rows
from tests.small import World
from tests.test_answers_dossiers import unit_name
from tests.test_answers_indices import GOOD, class_status, part_share, parts_of, points
from tests.test_answers_progress import by_name, known, periods_of

MOST = {"publicity": 18, "progress": 20, "online": 12, "payment": 10, "digitisation": 22, "satisfaction": 18}
TITLES = {
    "total": "Tổng điểm",
    "publicity": "Công khai, minh bạch",
    "progress": "Tiến độ giải quyết",
    "online": "Dịch vụ công trực tuyến",
    "payment": "Thanh toán trực tuyến",
    "digitisation": "Số hóa hồ sơ",
    "satisfaction": "Mức độ hài lòng",
}
PAID = ("3.5a", "3.5b", "3.6")  # the portal's group of its own within online services


def told(world: World, unit: str, period: str) -> dict[str, dict]:
    """What files say the portal shows of a unit and period, by group; the total as the product takes it."""
    rows = [row for row in world.data.tables["portal_score"] if (row["unit_code"], row["period"]) == (unit, period)]
    end = oracle.periods("solar", oracle.kind_of(period), period)[1]
    found: dict[str, dict] = {}
    for row in rows:
        seen = date.fromisoformat(row["captured_on"]) if row["captured_on"] else None
        early = seen is not None and seen < end + timedelta(days=1)
        found[row["portal_group"]] = {
            "points": float(row["points"]),
            "maximum": oracle.number(row["maximum"]) or {**MOST, "total": 100}[row["portal_group"]],
            "rank": oracle.number(row["rank"]),
            "ranked_units": oracle.number(row["ranked_units"]),
            "captured_on": seen,
            "provisional": {"true": True, "false": False}.get(row["provisional"], early),
        }
    groups = {group: row for group, row in found.items() if group != "total"}
    if not found:
        return {}
    summed = round(sum(row["points"] for row in groups.values()), 2)
    own = found.pop("total", None)
    holds = own is not None and (len(groups) < 6 or abs(own["points"] - summed) <= 0.06 + 1e-9)
    found["total"] = {
        "points": own["points"] if holds else summed if len(groups) == 6 else None,
        "maximum": own["maximum"] if own else 100,
        "rank": own["rank"] if holds else None,
        "ranked_units": own["ranked_units"] if holds else None,
        "captured_on": max(
            filter(None, (row["captured_on"] for row in [*groups.values(), own or {"captured_on": None}])), default=None
        ),
        "provisional": any(row["provisional"] for row in [*groups.values(), *([own] if own else [])]),
        "groups": len(groups),
    }
    return found


def computed(world: World, unit: str, asked: dict) -> dict[str, dict]:
    """Points by the portal's groups, from the components that are known here."""
    found: dict[str, dict] = {}
    for row in parts_of(world, "service"):
        own = "payment" if row["component_code"] in PAID else row["criterion_code"]
        assert row["portal_group"] == own
        share = part_share(world, row, unit, asked)
        for group in (own, "total"):
            one = found.setdefault(
                group, {"points": None, "known": 0.0, "most": 0.0, "missing": [], "open": 0, "parts": 0}
            )
            one["most"] += float(row["maximum"])
            one["parts"] += 1
            one["open"] += row["status"] != "confirmed"
            if share is None:
                one["missing"].append((row["component_code"], row["name"]))
            else:
                one["known"] += float(row["maximum"])
                one["points"] = (one["points"] or 0) + float(row["maximum"]) * share
    return found


CASES = [
    ("solar", "2024-10", small.TWIN),
    ("solar", "2024-10", small.OTHER_TWIN),
    ("solar", "2024-10", small.DOUBLE),
    ("solar", "2024-10", small.BEST),
    ("solar", "2024-10", small.THIN),
    ("solar", "2024-10", "597"),
    ("reporting", "2024-10", "597"),
    ("solar", "2024-11", small.TWIN),
    ("solar", "2024-Q3", small.TWIN),
    ("solar", "2024", small.TWIN),
    ("solar", "2024-H1", small.TWIN),
    ("solar", "2024-09", small.TWIN),
]


@pytest.mark.parametrize(("calendar", "period", "unit"), CASES)
@answers("portal_groups")
def test_the_portals_points_beside_those_computed_here(here, calendar, period, unit):
    asked = here.choices("solar", period, unit=unit)  # also for the reporting calendar
    official, own = told(here, unit, period), computed(here, unit, asked)
    synced, behind = (known(here, unit, asked, code) for code in ("Q14", "T22"))
    gaps, expected = {}, []
    for group in MOST:
        one, mine = official.get(group), own[group]
        if one and mine["known"] == mine["most"] == one["maximum"]:
            gaps[group] = one["points"] - mine["points"]
    for group in TITLES:
        one, mine = official.get(group) or {}, own[group]
        value, most = one.get("points"), one.get("maximum", {**MOST, "total": 100}[group])
        whole = group == "total"
        same = value is not None and mine["known"] == mine["most"] == most
        expected.append(
            {
                "portal_group": group,
                "name": TITLES[group],
                "value": value,
                "maximum": most,
                "rank": one.get("rank"),
                "ranked_units": one.get("ranked_units"),
                "is_provisional": bool(one.get("provisional"))
                or (value is not None and oracle.is_partial("solar", period, small.AS_OF)),
                "captured_on": one.get("captured_on"),
                "known_groups": one.get("groups"),
                "computed": mine["points"],
                "known_maximum": mine["known"],
                "computed_maximum": mine["most"],
                "difference": value - mine["points"] if same else None,
                "official_share": None if value is None else 100 * value / most,
                "computed_share": 100 * mine["points"] / mine["known"] if mine["known"] else None,
                "open_components": mine["open"],
                "components": mine["parts"],
                "unsynced": None if synced.denominator is None else synced.denominator - (synced.numerator or 0),
                "synced_of": synced.denominator,
                "behind": None if behind.denominator is None else behind.denominator - (behind.numerator or 0),
                "behind_of": behind.denominator,
                "shared_groups": len(gaps) if whole else None,
                "shared_difference": sum(gaps.values()) if whole and gaps else None,
                "is_counted": oracle.kind_of(period) in ("month", "quarter", "year"),
                "is_other_calendar": calendar == "reporting",
            }
        )
    answer = queries.load("portal_groups", calendar=calendar, period=period, unit=unit)
    names = [sorted(own[group]["missing"]) for group in TITLES]
    assert [list(row) for row in answer["missing_names"]] == [[name for _, name in rows] for rows in names]
    assert [row["portal_group"] for row in answer.to_dict("records")] == list(TITLES)
    for row, wanted in zip(answer.to_dict("records"), expected, strict=True):
        for column, value in wanted.items():
            # A sum of differences, added exactly to six decimals.
            alike = pytest.approx(value, abs=1e-6) if isinstance(value, float) else value
            missing = row[column] is None or row[column] != row[column] or str(row[column]) in ("<NA>", "NaT")
            got = None if missing else row[column]
            assert (got.date() if hasattr(got, "date") else got) == alike, (
                row["portal_group"],
                column,
                row[column],
                value,
            )
    title = {"2024-10": "Tháng 10/2024", "2024": "Năm 2024", "2024-Q3": "Quý III/2024"}.get(period)
    assert title is None or set(answer["period_said"]) == {title}
    assert set(answer["measure"]) == {"điểm"}


@pytest.mark.parametrize("calendar", ["solar", "reporting"])
@answers("portal_units")
def test_communes_by_the_portals_points(here, calendar):
    asked = here.choices("solar", "2024-10")
    expected = []
    for unit in oracle.communes(here.data):
        one = told(here, unit, "2024-10").get("total")
        if one is None or one["points"] is None:
            continue
        own = computed(here, unit, here.choices("solar", "2024-10", unit=unit))["total"]
        expected.append(
            {
                "unit_code": unit,
                "name": unit_name(here, unit),
                "value": one["points"],
                "maximum": one["maximum"],
                "rank": one["rank"],
                "ranked_units": one["ranked_units"],
                "is_provisional": one["provisional"],
                "computed": own["points"],
                "known_maximum": own["known"],
                "computed_maximum": own["most"],
                "difference": one["points"] - own["points"] if own["known"] == own["most"] else None,
                "target": GOOD,
                "status": class_status(one["points"]),
                "low_volume": False,
            }
        )
    expected.sort(key=lambda row: (-row["value"], by_name(here, row["unit_code"])))
    assert len(expected) == 4 and {row["unit_code"] for row in expected} == {
        small.BEST,
        small.TWIN,
        small.OTHER_TWIN,
        small.THIN,
    }
    same_rows(queries.load("portal_units", **(asked | {"calendar": calendar})), expected)


@pytest.mark.parametrize(
    ("kind", "unit"), [("month", small.TWIN), ("quarter", "597"), ("year", small.TWIN), ("half", "597")]
)
@answers("portal_trend")
def test_the_portals_points_from_period_to_period(here, kind, unit):
    chosen = here.choices("solar", "2024-Q4") | {"kind": kind, "unit": unit}
    expected = []
    for name in periods_of(chosen, kind):
        one = told(here, unit, name).get("total", {})
        own = points(here, "service", "total", unit, {**chosen, "period": name})
        value = one.get("points")
        expected.append(
            {
                "period_code": name,
                "value": value,
                "target": GOOD,
                "status": class_status(value),
                "low_volume": False,
                "reference": own["value"],
                "is_partial": bool(one.get("provisional")) or oracle.is_partial("solar", name, small.AS_OF),
            }
        )
    if all(row["value"] is None for row in expected):
        expected = []
    same_rows(queries.load("portal_trend", **(chosen | {"calendar": "reporting"})), expected)
