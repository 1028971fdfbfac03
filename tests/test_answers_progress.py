"""Answers of queries about indicators, points and ranks, compared with an independent computation in plain Python."""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from fractions import Fraction
from typing import NamedTuple

import pytest

import queries
from tests import oracle, small
from tests.answers import answers, same_rows
from tests.process import benjamini_hochberg
from tests.small import World
from tests.test_answers_dossiers import count_by, field_of, handled, late_of, lists, month_code, unit_name
from words import period

HEADLINE = ("T05", "T06", "T08", "T12", "T14", "T17", "T19", "T22")
GROUPS = {"all": "Điểm tổng hợp", "service": "Giải quyết thủ tục", "reform": "Cải cách hành chính", "digital": "Chuyển đổi số"}  # fmt: skip
WITH_FIGURES = (small.TWIN, small.OTHER_TWIN, small.DOUBLE, small.BEST, small.THIN)
# Two unfinished periods, a whole one, and the first one, without a previous period.
CHOICES = {
    "quarter that is not over": ("solar", "2024-Q4", "2024-Q3"),
    "reporting month that is not over": ("reporting", "2024-12", "2024-11"),
    "whole quarter": ("solar", "2024-Q3", "2024-Q2"),
    "whole month": ("reporting", "2024-10", "2024-09"),
    "nothing before": ("solar", "2024-H1", ""),
}


@pytest.fixture(params=CHOICES, ids=list(CHOICES))
def chosen(request, here) -> dict:
    """A reader's choice of a period in the small district."""
    return here.choices(*CHOICES[request.param])


# ------------------------------------------------------------------------------ figures in plain Python


class Known(NamedTuple):
    """An indicator of a unit in a period, as far as known."""

    value: float | None
    numerator: float | None
    denominator: float | None
    target: float | None
    status: str
    low_volume: bool
    share: float | None  # of its points
    weight: float
    extent: oracle.Extent
    by_statute: int

    @property
    def counts(self) -> bool:
        """Whether it may be called best or worst."""
        return self.value is not None and not self.low_volume and self.extent.whole

    def given(self) -> dict[str, object]:
        """What answers say of it."""
        names = ("value", "numerator", "denominator", "target", "status", "low_volume")
        return {name: getattr(self, name) for name in names}

    def told(self) -> dict[str, object]:
        """Of how much of the whole it is made, as answers say it."""
        extent = self.extent
        return {
            "by_statute": self.by_statute if extent.known_dossiers is not None else None,
            "known_months": extent.known_months,
            "all_months": extent.all_months,
            "known_dossiers": extent.known_dossiers,
            "all_dossiers": extent.all_dossiers,
            "unclear_dossiers": extent.unclear,
            "known_units": extent.known_units,
            "all_units": extent.all_units,
            "older_known": extent.older_known,
            "rows_known": True,
            "volume_known": extent.volume_known,
        }


def known(world: World, unit: str, chosen: dict, code: str, before: bool = False) -> Known | None:
    """An indicator of the chosen or the previous period (cut to the same number of days); None without a period."""
    if before and not chosen["before"]:
        return None
    return _known(world, unit, chosen["calendar"], chosen["period"], chosen["before"] if before else "", code)


@functools.cache
def _known(world: World, unit: str, calendar: str, name: str, earlier: str, code: str) -> Known:
    data = world.data
    # Reported values have no days: the earlier period counts as a whole.
    cut = earlier and code.startswith("T")
    period = (
        oracle.cut(calendar, name, oracle.as_of(data), earlier) if cut else oracle.as_period(calendar, earlier or name)
    )
    numerator, denominator, value = oracle.indicator(data, unit, calendar, period, code)
    extent = oracle.extent(data, unit, calendar, period, code)
    row = data.indicators[code]
    if row["kind"] == "reported" and row["aggregate"] == "sum" and oracle.is_district(data, unit):
        numerator = value  # a count: the numerator is the sum
    target, alert = oracle.target_of(data, unit, period, code)
    limit = oracle.number(row["limit_value"])
    context, weight = row["direction"] == "context", float(row["weight"])
    few = oracle.low_volume(denominator, code, small.LOW_VOLUME) and value is not None and not context
    share = oracle.score(row["direction"], value, target, limit) if weight and extent.whole else None
    status = oracle.status_of(row["direction"], value, target, alert, limit)
    if value is not None and not extent.whole:
        status = "partial"
    statute = oracle.judged_by_statute(data, unit, calendar, period, code) if code.startswith("T") else 0
    return Known(value, numerator, denominator, target, status, few, share, weight, extent, statute)


def compared(now: Known, then: Known | None) -> float | None:
    """The value to compare with: none beside a part of the whole, and no part of the whole."""
    return then.value if then and now.extent.whole and then.extent.whole else None


def goodness(world: World, code: str, value: float) -> float:
    """The value with a sign such that higher is better."""
    return -value if world.data.indicators[code]["direction"] == "down" else value


def rounded(number: float) -> float:
    """Rounded to two decimals, half away from zero."""
    return math.copysign(math.floor(abs(number) * 100 + 0.5) / 100, number)


def places(numbers: dict[str, float]) -> dict[str, int]:
    """Ranks 1, 2, 2, 4: highest first; values equal to two decimals share a rank."""
    return {
        key: 1 + sum(rounded(other) > rounded(number) for other in numbers.values()) for key, number in numbers.items()
    }


def better(world: World, code: str, now: float | None, then: float | None) -> bool | None:
    """Whether it improved; None if unknown."""
    if now is None or then is None or world.data.indicators[code]["direction"] == "context":
        return None
    return goodness(world, code, now) > goodness(world, code, then)


def change(now: float | None, then: float | None) -> float | None:
    """The change; None if one of the values is missing."""
    return None if now is None or then is None else now - then


def weighted(world: World, group: str = "all") -> list[str]:
    """The indicators that count in a score, in file order."""
    return [
        code
        for code, row in world.data.indicators.items()
        if float(row["weight"]) > 0 and row["direction"] != "context" and group in ("all", row["group_code"])
    ]


class Score(NamedTuple):
    """Points out of 100 over known indicators, if enough of the weight is known; the known share of it; known values."""

    score: float | None
    coverage: float
    values: int

    @property
    def status(self) -> str:
        """80 is the target, 70 the alert."""
        if self.score is None:
            return "partial" if self.values else "missing"
        return "met" if self.score >= 80 else "near" if self.score >= 70 else "missed"


def score(world: World, unit: str, chosen: dict, group: str = "all", before: bool = False) -> Score | None:
    """The score of a unit in the chosen or the previous period; None without a previous period."""
    found = [known(world, unit, chosen, code, before) for code in weighted(world, group)]
    if None in found:
        return None
    have = [one for one in found if one.share is not None]
    available = sum(one.weight for one in have)
    earned = sum(one.weight * one.share for one in have)
    whole = sum(one.weight for one in found)
    coverage = 100 * available / whole
    values = sum(one.value is not None for one in found)
    return Score(100 * earned / available if coverage >= 80 else None, coverage, values)


def standing(world: World, chosen: dict, group: str = "all", before: bool = False) -> dict[str, int]:
    """The ranks of communes with at least 80 of 100 of the weight known."""
    found = {unit: score(world, unit, chosen, group, before) for unit in oracle.communes(world.data)}
    return places({unit: one.score for unit, one in found.items() if one and one.score is not None})


def tile(world: World, unit: str) -> dict[str, object]:
    """The descriptive columns of a commune."""
    row = next(row for row in world.reference["unit"] if row["unit_code"] == unit and row["valid_from"] < "2025")
    return {"unit_code": unit, "name": row["name"], "tile_row": int(row["tile_row"]), "tile_col": int(row["tile_col"])}


def by_name(world: World, unit: str) -> tuple:
    """The sort key by name."""
    return oracle.vietnamese_order(unit_name(world, unit))


def by_place(world: World, chosen: dict) -> list[str]:
    """The communes by rank, then by points; those without points by name."""
    ranked, found = standing(world, chosen), {unit: score(world, unit, chosen) for unit in oracle.communes(world.data)}
    return sorted(
        found,
        key=lambda unit: (
            ranked.get(unit, math.inf),
            found[unit].score is None,
            -(found[unit].score or 0),
            by_name(world, unit),
        ),
    )


# ---------------------------------------------------------------------------------- the period before


@pytest.mark.parametrize("name", CHOICES)
def test_what_a_page_asks_for(here, name):
    """An unfinished period is compared with the same number of days of the previous one, a whole one with all of it."""
    calendar, code, before = CHOICES[name]
    expected = here.choices(calendar, code, before)
    asked = period.chosen(calendar, code, "previous").parameters
    assert asked == {key: expected[key] for key in asked}
    assert asked["before_cut"] == ("to_date" if "not over" in name else "full")


def test_cutting_the_period_before_makes_a_difference(here):
    """A cut and an uncut comparison give different results: otherwise no test would detect an uncut one."""
    for name in ("quarter that is not over", "reporting month that is not over"):
        chosen = here.choices(*CHOICES[name])
        whole = {**chosen, "before_cut": "full"}
        for question in ("headline", "service_change", "field_lateness"):
            cut, uncut = (queries.load(question, **one)["before"].tolist() for one in (chosen, whole))
            assert cut != uncut, (name, question)


# ------------------------------------------------------------------------------------- one indicator


@pytest.mark.parametrize("code", ["T05", "T06", "T01", "T14", "S04", "S08", "C01"])
@answers("commune_indicator")
def test_communes_by_an_indicator(here, chosen, code):
    """Ranks 1, 2, 2, 4; communes with too few dossiers are shown without a rank; equal ones are ordered by name."""
    units = {unit: known(here, unit, chosen, code) for unit in oracle.communes(here.data)}
    is_context = here.data.indicators[code]["direction"] == "context"
    placed = places({unit: goodness(here, code, one.value) for unit, one in units.items() if one.counts})
    order = sorted(
        units,
        key=lambda unit: (
            units[unit].value is None,
            -goodness(here, code, units[unit].value or 0),
            by_name(here, unit),
        ),
    )
    expected = []
    for unit in order:
        now, then = units[unit], known(here, unit, chosen, code, before=True)
        before = compared(now, then)
        expected.append(
            tile(here, unit)
            | now.given()
            | {
                "place": None if is_context else placed.get(unit),
                "before": before,
                "change": change(now.value, before),
                "is_better": better(here, code, now.value, before),
            }
        )  # fmt: skip
    same_rows(queries.load("commune_indicator", **chosen, indicator=code), expected)


def test_a_tie_leaves_the_next_place_empty(here):
    """Three communes share rank 2 of T05; ranks 3 and 4 do not exist."""
    rows = queries.load("commune_indicator", **here.choices("solar", "2024-Q4"), indicator="T05").set_index("unit_code")
    assert rows["place"].dropna().to_dict() == {
        small.BEST: 1, small.TWIN: 2, small.OTHER_TWIN: 2, small.DOUBLE: 2
    }  # fmt: skip
    rows = queries.load("commune_indicator", **here.choices("solar", "2024-Q4"), indicator="S04").set_index("unit_code")
    assert rows.loc[[small.BEST, small.TWIN, small.OTHER_TWIN, small.DOUBLE], "place"].tolist() == [1, 2, 2, 4]


@pytest.mark.parametrize("unit", ["597", small.TWIN, small.COUNTER])
@answers("headline")
def test_headline(here, chosen, unit):
    expected = []
    for code in HEADLINE:
        now, then, row = (
            known(here, unit, chosen, code),
            known(here, unit, chosen, code, before=True),
            here.data.indicators[code],
        )
        before = compared(now, then)
        expected.append(
            {"code": code, "name": row["short_name"], "measure": row["measure"], "direction": row["direction"]}
            | now.given()
            | now.told()
            | {"before": before, "change": change(now.value, before), "is_better": better(here, code, now.value, before)}
        )  # fmt: skip
    same_rows(queries.load("headline", **{**chosen, "unit": unit}), expected)


@pytest.mark.parametrize("unit", ["597", small.BEST])
@answers("headline_trend")
def test_whole_months_up_to_the_period(here, chosen, unit):
    last = here.now(chosen).last_month
    expected = []
    for code in sorted(here.data.indicators):
        for ordinal in range(max(last - 12, first_month(chosen)), last + 1):
            if oracle.month_days(chosen["calendar"], ordinal)[1] <= small.AS_OF:
                month = {**chosen, "period": month_code(ordinal)}
                own = known(here, unit, month, code)
                value = own.value if own.extent.whole else None  # a month known in part is a gap in the line
                expected.append({"code": code, "period_code": month_code(ordinal), "value": value})
    same_rows(queries.load("headline_trend", **{**chosen, "unit": unit}), expected)


def first_month(chosen: dict) -> int:
    """The first allowed month of a period: in the year of the data."""
    return 2024 * 12 + (0 if chosen["calendar"] == "solar" else 1)


def periods_of(chosen: dict, kind: str) -> list[str]:
    """The periods of a kind with data for all months, oldest first."""
    codes = {
        "month": [month_code(2024 * 12 + number) for number in range(12)],
        "quarter": [f"2024-Q{number}" for number in range(1, 5)],
        "half": ["2024-H1", "2024-H2"],
        "year": ["2024"],
    }[kind]
    calendar = chosen["calendar"]
    return [
        code
        for code in codes
        if oracle.months(code)[0] >= first_month(chosen) and oracle.periods(calendar, kind, code)[0] <= small.AS_OF
    ]


@pytest.mark.parametrize("kind", ["month", "quarter", "half", "year"])
@pytest.mark.parametrize(
    ("unit", "code"), [("597", "T05"), (small.TWIN, "T06"), (small.DOUBLE, "S04"), (small.THIN, "T14")]
)
@answers("trend")
def test_an_indicator_from_period_to_period(here, unit, code, kind):
    for calendar in ("solar", "reporting"):
        chosen = here.choices(calendar, "2024-Q4") | {"kind": kind, "unit": unit}
        expected = []
        for name in periods_of(chosen, kind):
            asked = {**chosen, "period": name}
            own, whole = known(here, unit, asked, code), known(here, "597", asked, code)
            expected.append(
                {
                    "period_code": name,
                    "value": own.value if own.extent.whole else None,
                    "target": own.target,
                    "status": own.status,
                    "low_volume": own.low_volume,
                    "reference": whole.value if unit != "597" and whole.extent.whole else None,
                    "is_partial": oracle.is_partial(calendar, name, small.AS_OF),
                    # The small district has no twelve months; test_process.py compares longer series.
                    "centre": None,
                    "variation": None,
                }
            )
        same_rows(queries.load("trend", **chosen, indicator=code), expected)


# -------------------------------------------------------------------------------------------- points


@answers("commune_score")
def test_scores_of_the_communes(here, chosen):
    """Points over known indicators; only communes with enough known weight are ranked; equal points share a rank."""
    now, then = standing(here, chosen), standing(here, chosen, before=True)
    expected = []
    for unit in by_place(here, chosen):
        own, earlier = score(here, unit, chosen), score(here, unit, chosen, before=True)
        before = earlier and earlier.score
        moved = change(own.score, before)
        expected.append(
            tile(here, unit)
            | {
                "value": own.score,
                "status": own.status,
                "coverage": own.coverage,
                "place": now.get(unit),
                "ranked_units": len(now),
                "before": before,
                "before_place": then.get(unit),
                "change": moved,
                "is_better": None if moved is None else moved > 0,
                "low_volume": False,
                "target": 80,
            }
        )
    same_rows(queries.load("commune_score", **chosen), expected)


def test_equal_scores_share_a_place_and_the_next_is_free(here):
    """Ranks 1, 2, 2, 4: the twins have equal points, and another commune follows them."""
    for calendar, code in (("solar", "2024-Q4"), ("solar", "2024-Q3")):
        rows = queries.load("commune_score", **here.choices(calendar, code)).set_index("unit_code")
        assert rows["place"].dropna().to_dict() == {
            small.BEST: 1, small.TWIN: 2, small.OTHER_TWIN: 2, small.DOUBLE: 4
        }, code  # fmt: skip
        assert set(rows["ranked_units"]) == {4}


@pytest.mark.parametrize("unit", ["597", small.OTHER_TWIN, small.DOUBLE, small.THIN])
@answers("unit_standing")
def test_the_groups_of_a_score(here, chosen, unit):
    expected = []
    for group, name in GROUPS.items():
        now, then = standing(here, chosen, group), standing(here, chosen, group, before=True)
        own, earlier = score(here, unit, chosen, group), score(here, unit, chosen, group, before=True)
        before = earlier and earlier.score
        expected.append(
            {
                "group_code": group,
                "group_name": name,
                "value": own.score,
                "status": own.status,
                "coverage": own.coverage,
                "place": now.get(unit),
                # The district has no rank: there is no other one to compare with.
                "ranked_units": 0 if unit == "597" else len(now),
                "before": before,
                "before_place": then.get(unit),
                "change": change(own.score, before),
            }
        )
    same_rows(queries.load("unit_standing", **{**chosen, "unit": unit}), expected)


# ------------------------------------------------------------------------------------ tables of units


@pytest.mark.parametrize("group", ["service", "reform", "digital"])
@answers("indicator_grid")
def test_communes_by_indicators(here, chosen, group):
    ranked, sort = standing(here, chosen), list(here.data.indicators)
    expected = []
    for unit_sort, unit in enumerate(by_place(here, chosen), start=1):
        for code in weighted(here, group):
            own = known(here, unit, chosen, code)
            expected.append(
                {
                    "unit_code": unit,
                    "unit_name": unit_name(here, unit),
                    "unit_rank": ranked.get(unit),
                    "unit_sort": unit_sort,
                    "indicator_code": code,
                    "short_name": here.data.indicators[code]["short_name"],
                    "indicator_sort": sort.index(code) + 1,
                    "group_code": group,
                    **{name: getattr(own, name) for name in ("value", "target", "status", "low_volume")},
                }
            )
    same_rows(queries.load("indicator_grid", **chosen, group=group), expected)


@pytest.mark.parametrize("group", ["", "service", "digital"])
@pytest.mark.parametrize("units", [WITH_FIGURES, (small.DOUBLE, small.OTHER_TWIN, small.TWIN), (small.THIN,)])
@answers("compared_units")
def test_units_side_by_side(here, chosen, group, units):
    """In the order of choice; the best values of each row are marked, never one with too few dossiers."""
    ranked, sort = standing(here, chosen), list(here.data.indicators)
    rows: dict[str, dict[str, tuple]] = {"score": {}}
    for unit in units:
        own = score(here, unit, chosen, group or "all")
        rows["score"][unit] = (own.score, 80, own.status, False, own.score is not None)
    for code in weighted(here, group or "all"):
        found = {unit: known(here, unit, chosen, code) for unit in units}
        rows[code] = {
            unit: (one.value, one.target, one.status, one.low_volume, one.extent.whole) for unit, one in found.items()
        }
    expected = []
    for code, cells in rows.items():

        def good(value: float, code=code) -> float:
            return rounded(value if code == "score" else goodness(here, code, value))

        best = max(
            (good(value) for value, _, _, few, whole in cells.values() if value is not None and not few and whole),
            default=None,
        )
        for unit_sort, unit in enumerate(units, start=1):
            value, target, status, few, whole = cells[unit]
            row = here.data.indicators.get(code, {"short_name": "Điểm", "group_code": group or "all"})
            expected.append(
                {
                    "unit_code": unit,
                    "unit_name": unit_name(here, unit),
                    "unit_rank": ranked.get(unit),
                    "unit_sort": unit_sort,
                    "indicator_code": code,
                    "short_name": row["short_name"],
                    "indicator_sort": 0 if code == "score" else sort.index(code) + 1,
                    "group_code": row["group_code"],
                    "value": value,
                    "target": target,
                    "status": status,
                    "low_volume": few,
                    "is_best": None if value is None or best is None or not whole else good(value) == best,
                }
            )
    same_rows(queries.load("compared_units", **chosen, group=group, units=",".join(units)), expected)


# -------------------------------------------------------------------------------------- one commune


def observed(world: World, unit: str, chosen: dict, code: str) -> str | None:
    """The period of a unit's reported value, as in the file."""
    if code.startswith("T"):
        return None
    seen = oracle.observed(world.data, unit, world.now(chosen), code)
    if seen is None:
        return None
    year, months = seen.first_month // 12, seen.last_month - seen.first_month + 1
    if months == 1:
        return month_code(seen.last_month)
    part = seen.last_month % 12 // months + 1
    return {3: f"{year}-Q{part}", 6: f"{year}-H{part}", 12: str(year)}[months]


@pytest.mark.parametrize("unit", [small.TWIN, small.DOUBLE, small.THIN])
@answers("unit_indicators")
def test_every_indicator_of_a_commune(here, chosen, unit):
    expected = []
    for code, row in here.data.indicators.items():
        own, then = known(here, unit, chosen, code), known(here, unit, chosen, code, before=True)
        if own.value is None and own.target is None and row["direction"] != "context":
            continue
        before, is_context = compared(own, then), row["direction"] == "context"
        everyone = {one: known(here, one, chosen, code) for one in oracle.communes(here.data)}
        good = {
            one: goodness(here, code, each.value) for one, each in everyone.items() if each.counts and not is_context
        }
        most = max(good.values(), default=None)
        best = frozenset(unit_name(here, one) for one, each in good.items() if each == most) or None
        expected.append(
            {name: row[name] for name in ("indicator_code", "name", "short_name", "group_code", "measure", "direction")}
            | own.given()
            | own.told()
            | {
                "weight": float(row["weight"]),
                "before": before,
                "change": change(own.value, before),
                "is_better": better(here, code, own.value, before),
                "district": known(here, "597", chosen, code).value,
                "best": None if most is None else goodness(here, code, most),
                "best_name": best,
                "place": places(good).get(unit),
                "placed_units": len(good),
                "observed_period": observed(here, unit, chosen, code),
                "points_lost": None if own.share is None else own.weight * (1 - own.share),
            }
        )  # fmt: skip
    same_rows(queries.load("unit_indicators", **{**chosen, "unit": unit}), expected)


@pytest.mark.parametrize("unit", WITH_FIGURES)
@answers("unit_highlights")
def test_what_a_commune_is_good_and_bad_at(here, chosen, unit):
    """At most four: weak are the largest losses of points, strong is what at most five and at most half reach.

    What many have in common is no strength, nor is what the district reaches.
    """
    own = {code: known(here, unit, chosen, code) for code in weighted(here)}
    own = {code: one for code, one in own.items() if one.counts}
    placed = {}
    for code in own:
        everyone = {one: known(here, one, chosen, code) for one in oracle.communes(here.data)}
        good = {one: goodness(here, code, each.value) for one, each in everyone.items() if each.counts}
        ranks = places(good)
        reached_by = sum(place <= ranks[unit] for place in ranks.values())
        district = known(here, "597", chosen, code).value
        above = district is None or good[unit] > goodness(here, code, district)
        placed[code] = (ranks[unit], reached_by, len(good), above)
    sort = {code: number for number, code in enumerate(here.data.indicators)}
    # Losses from a twentieth of a point count; without a target there is no loss.
    lost = {
        code: one.weight * (1 - one.share) for code, one in own.items() if one.share is not None and one.status != "met"
    }
    weak = sorted((code for code in lost if lost[code] > 0.05), key=lambda code: (-lost[code], sort[code]))[:4]
    strong = [
        code
        for code, (_, reached_by, of, above) in placed.items()
        if reached_by <= 5 and 2 * reached_by <= of and above and code not in weak
    ]
    strong.sort(key=lambda code: (placed[code][0], -own[code].weight, sort[code]))
    expected = [
        {"kind": kind, "position": position, "indicator_code": code}
        for kind, codes in (("strong", strong[:4]), ("weak", weak))
        for position, code in enumerate(codes, start=1)
    ]
    same_rows(queries.load("unit_highlights", **{**chosen, "unit": unit}), expected)


# Compared with May, the first commune improves over the same number of days but worsens over the whole month.
@pytest.mark.parametrize("case", [*CHOICES.values(), ("solar", "2024-11", "2024-05"), ("solar", "2024-11", "2024-07")])
@answers("unit_verdicts")
def test_whom_to_praise_and_whom_to_remind(here, case):
    """Praised: the first three that reached the target, and the largest gain among the others.

    Reminded: the last three that did not reach it, with those equal to them, and the largest loss among those that do not
    lead. What half of the communes reach is no merit.
    """
    chosen = here.choices(*case)
    ranked = standing(here, chosen)
    own = {unit: score(here, unit, chosen) for unit in ranked}
    moved = {}
    for unit in ranked:
        earlier = score(here, unit, chosen, before=True)
        moved[unit] = change(own[unit].score, earlier and earlier.score)
    reached_by = {u: sum(place <= ranked[u] for place in ranked.values()) for u in ranked}
    good = [u for u in ranked if ranked[u] <= 3 and own[u].status == "met" and 2 * reached_by[u] <= len(ranked)]
    first = sorted(good, key=lambda u: (ranked[u], u))
    below = [u for u in ranked if own[u].status != "met"]
    missed = [u for u in below if sum(ranked[other] > ranked[u] for other in below) < 3]
    missed.sort(key=lambda u: (-ranked[u], u))
    fell = sorted((u for u in ranked if (moved[u] or 0) < 0 and u not in first), key=lambda u: (moved[u], u))[:1]
    remind = missed + [u for u in fell if u not in missed]
    rose = sorted(
        (u for u in ranked if (moved[u] or 0) > 0 and u not in {*first, *remind}), key=lambda u: (-moved[u], u)
    )
    names = {row["unit_code"]: row["full_name"] for row in here.reference["unit"] if row["valid_from"] < "2025"}
    expected = [
        {"verdict": verdict, "position": position, "unit_code": unit, "name": names[unit]}
        for verdict, units in (("praise", first + rose[:1]), ("remind", remind))
        for position, unit in enumerate(units, start=1)
    ]
    same_rows(queries.load("unit_verdicts", **chosen), expected)


# ------------------------------------------------------------------------------------- what to look at


def is_reached(world: World, chosen: dict, code: str) -> bool:
    """Whether enough communes have a whole value of an indicator to name one of them the lowest."""
    told = [known(world, unit, chosen, code) for unit in oracle.communes(world.data)]
    whole = [one for one in told if one and one.value is not None and one.extent.whole]
    return 100 * len(whole) >= oracle.minimum(world.data) * len(told)


def worsened(world: World, chosen: dict) -> tuple[dict[str, list[tuple[float, str]]], dict[tuple[str, str], float]]:
    """By unit, the points lost and the indicators that fell beyond chance, most points first; the chance of every pair compared.

    The small district has no twelve months, so every comparison is an exact test of two shares.
    """
    tested, moved = {}, {}
    units = [*oracle.communes(world.data), "597", small.COUNTER, small.REGISTRY]
    for unit in units:
        for code in weighted(world):
            now, then = known(world, unit, chosen, code), known(world, unit, chosen, code, before=True)
            if not then or None in (now.value, then.value) or not (now.extent.whole and then.extent.whole):
                continue
            row = world.data.indicators[code]
            pairs = [(one.numerator, one.denominator) for one in (now, then)]
            if row["measure"] != "%" or not all(
                bottom and top is not None and 0 <= top <= bottom for top, bottom in pairs
            ):
                continue
            (x, n), (y, m) = pairs
            chance = 1.0 if now.value == then.value else fisher(int(x), int(n), int(y), int(m))
            tested[unit, code] = chance
            if goodness(world, code, now.value) < goodness(world, code, then.value):
                moved[unit, code] = (chance, now, then)
    # The correction counts all that are compared; an improvement is no candidate.
    adjusted = benjamini_hochberg([moved[key][0] if key in moved else 2.0 * len(tested) for key in tested])
    found = defaultdict(list)
    for (unit, code), likely in zip(tested, adjusted, strict=True):
        if (unit, code) in moved and likely <= 0.1:
            _, now, then = moved[unit, code]
            if not now.low_volume and not then.low_volume:
                found[unit].append(((then.share or 0) * now.weight - (now.share or 0) * now.weight, code))
    return {unit: sorted(each, key=lambda one: (-one[0], one[1])) for unit, each in found.items()}, tested


def fisher(x: int, n: int, y: int, m: int) -> float:
    """The two-sided chance of two shares at least as far apart, the total given (Fisher's exact test)."""
    ways = {k: math.comb(n, k) * math.comb(m, x + y - k) for k in range(max(0, x + y - m), min(n, x + y) + 1)}
    rare = sum(way for way in ways.values() if way * 10**7 <= ways[x] * (10**7 + 1))
    return float(Fraction(rare, math.comb(n + m, x + y)))


MORE = [("solar", f"2024-{month:02}", f"2024-{month - 1:02}") for month in range(5, 12)]


@pytest.mark.parametrize("case", [*CHOICES.values(), *MORE])
@answers("attention")
def test_what_needs_attention(here, case):
    """The unit and field with most late dossiers; what fell beyond chance; three gaps, largest loss of points first."""
    chosen = here.choices(*case)
    found = count_by(handled(here, chosen), lambda one: (one.dossier.unit, field_of(here, one)))
    late = {cell: late_of(each) for cell, each in found.items() if late_of(each)}
    unit, field = min(late, key=lambda cell: (-late[cell], cell))
    listed = [("Trễ hạn", unit, "T05", field)]
    # Of this period alone: whoever is lowest needs no comparison.
    placed = {
        (unit, code): goodness(here, code, now.value)
        for unit in oracle.communes(here.data)
        for code in weighted(here)
        if (now := known(here, unit, chosen, code)) and now.counts and now.extent.whole
    }
    worse, tested = worsened(here, chosen)
    named = sorted(worse, key=lambda unit: (-worse[unit][0][0], worse[unit][0][1], unit))[:3]
    listed += [("Xấu đi thật", unit, worse[unit][0][1], None) for unit in named]
    if not named:  # also where nothing can be compared yet
        listed.append(("Thay đổi", "", "", None))
    lost = {}
    for code in weighted(here):
        own = known(here, "597", chosen, code)
        if own.share is not None and own.share < 1 and not own.low_volume:
            lost[code] = own.weight * (1 - own.share)
    for code in sorted(lost, key=lambda code: (-lost[code], code))[:3]:
        shares = {unit: share for (unit, of), share in placed.items() if of == code and share is not None}
        if not is_reached(here, chosen, code):
            shares = {}  # the lowest of a few is not the lowest
        least = min(shares.values(), default=None)
        # Of equal ones, any is accepted.
        furthest = frozenset(unit for unit, share in shares.items() if share == least) or frozenset([""])
        listed.append(("Mất nhiều điểm", furthest, code, None))
    communes = set(oracle.communes(here.data))
    expected = []
    for position, (topic, unit, code, field) in enumerate(listed, start=1):
        units = unit if isinstance(unit, frozenset) else {unit}
        opens = "commune" if units <= communes else "communes"
        row = {
            "position": position,
            "topic": topic,
            "opens": opens,
            "unit_code": unit,
            "indicator_code": code,
            "field_code": field,
        }
        if topic == "Xấu đi thật":
            others = [here.data.indicators[other]["short_name"] for _, other in worse[unit][1:]]
            row |= {"also_names": ", ".join(others) or None, "signal_rule": "test"}
            row |= {"further_units": len(worse) - 3 if len(worse) > 3 and unit == named[-1] else None}
        if topic == "Thay đổi":
            row |= {"compared_values": len(tested), "compared_units": len({unit for unit, _ in tested})}
        expected.append(row)
    same_rows(queries.load("attention", **chosen), expected)


@pytest.mark.parametrize("unit", ["597", small.COUNTER, small.BEST, small.TWIN])
@pytest.mark.parametrize("case", [*CHOICES.values(), *MORE])
@answers("real_changes")
def test_every_real_change(here, case, unit):
    """Of the home those of every unit, of a unit its own, most points first; or that there is none, of so many figures."""
    chosen = here.choices(*case)
    worse, tested = worsened(here, chosen)
    units = {code for code, _ in tested} if unit == "597" else {unit}
    listed = sorted(
        ((lost, code, one) for one in units for lost, code in worse.get(one, ())), key=lambda row: (-row[0], *row[1:])
    )
    communes = set(oracle.communes(here.data))
    expected = [
        {
            "position": position,
            "topic": "Xấu đi thật",
            "is_better": False,
            "opens": "commune" if one in communes else "communes",
            "unit_code": one,
            "indicator_code": code,
            "signal_code": f"{one} {code} worse {chosen['period']}",
            "signal_rule": "test",
            "value": known(here, one, chosen, code).value,
            "before": known(here, one, chosen, code, before=True).value,
        }
        for position, (_, code, one) in enumerate(listed, start=1)
    ]
    if not listed:
        pairs = [pair for pair in tested if pair[0] in units]
        nothing = {"topic": "Thay đổi", "compared_values": len(pairs), "compared_units": len({one for one, _ in pairs})}
        expected = [{"position": 1, "is_better": False, "unit_code": "", "signal_code": "", **nothing}]
    answer = queries.load("real_changes", **(chosen | {"unit": unit}))
    # Without a figure of the unit there is nothing to say.
    same_rows(answer, expected if len(answer) or listed else [])
    assert len(answer) or not [pair for pair in tested if pair[0] in units]


def points_share(world: World, unit: str, chosen: dict, row: dict[str, str]) -> float | None:
    """The share of its points that a component earns; None if it is unknown or known in part."""
    own, indicator = known(world, unit, chosen, row["indicator_code"]), world.data.indicators[row["indicator_code"]]
    if not own.extent.whole:
        return None
    full = oracle.number(row["full_at"]) or own.target
    return oracle.score(indicator["direction"], own.value, full, oracle.number(indicator["limit_value"]))


@pytest.mark.parametrize("unit", ["597", small.TWIN, small.COUNTER, small.THIN, "23092"])
@answers("briefing", figures=False, order=False)
def test_what_a_briefing_has_something_to_say_about(here, chosen, unit):
    """Each topic appears only if there is data: no late topic without late dossiers."""
    asked = {**chosen, "unit": unit}
    mine = handled(here, asked)
    headline = [known(here, unit, asked, code) for code in HEADLINE]
    topics = (
        {"headline"}
        if any(one.value is not None and one.extent.whole and not one.low_volume for one in headline)
        else set()
    )
    topics |= ({"communes"} if standing(here, chosen) else set()) | {"districts"}
    topics |= {"late", "discipline"} if mine else set()
    topics |= {"land"} if any("land" in lists(here, one) for one in mine) else set()
    topics |= {"online"} if any(known(here, unit, asked, code).value is not None for code in ("T14", "T17")) else set()
    parts = [row for row in here.reference["component"] if row["index_code"] == "dti"]
    shares = {row["component_code"]: points_share(here, unit, asked, row) for row in parts}
    have = sum(float(row["maximum"]) for row in parts if shares[row["component_code"]] is not None)
    has_points = have and 100 * have >= 80 * sum(float(row["maximum"]) for row in parts)
    topics |= {"digital"} if has_points and unit != small.COUNTER else set()  # an office has no points
    assert set(queries.load("briefing", **asked)["topic_code"]) == topics
