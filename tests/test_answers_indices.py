"""Answers of queries about indices: points, classes, ranks of districts, scenarios, pilots."""

from __future__ import annotations

import math
from collections import Counter
from hashlib import md5

import pytest

import queries
from queries.scenario import Move, as_json
from tests import oracle, small
from tests.answers import answers, day, same_rows
from tests.small import World
from tests.test_answers_dossiers import month_code, unit_name
from tests.test_answers_progress import (
    CHOICES,
    Known,
    by_name,
    change,
    compared,
    known,
    periods_of,
    places,
    rounded,
    tile,
)
from tests.test_indices import moved, scored, share_of, tried

GOOD, FAIR = 80, 70  # lower limits of the classes Tốt and Khá in every index
CLASSES = ((90, "Xuất sắc"), (80, "Tốt"), (70, "Khá"), (50, "Trung bình"), (0, "Yếu"))
CLASS_NAMES = {"excellent": "Xuất sắc", "good": "Tốt", "fair": "Khá", "average": "Trung bình", "weak": "Yếu"}


@pytest.fixture(params=CHOICES, ids=list(CHOICES))
def chosen(request, here) -> dict:
    """A reader's choice of a period in the small district."""
    return here.choices(*CHOICES[request.param])


def class_name(points: float | None) -> str | None:
    """The class of a number of points out of 100."""
    return None if points is None else next(name for least, name in CLASSES if points >= least)


def class_status(points: float | None, coverage: float = 0) -> str:
    """The status relative to the class Tốt; without points, whether a part of them is known."""
    if points is None:
        return "partial" if coverage else "missing"
    return "met" if points >= GOOD else "near" if points >= FAIR else "missed"


def part_status(own: Known, share: float | None) -> str:
    """The status of a component by the share of its points that it earns."""
    if own.value is not None and not own.extent.whole:
        return "partial"
    return "missing" if share is None else "met" if share >= 1 else "near" if share >= 0.9 else "missed"


def criteria(world: World, index: str) -> dict[str, dict[str, str]]:
    """The criteria of an index in order."""
    rows = [row for row in world.reference["criterion"] if row["index_code"] == index]
    return {row["criterion_code"]: row for row in sorted(rows, key=lambda row: int(row["sort"]))}


def parts_of(world: World, index: str) -> list[dict[str, str]]:
    """The components of an index by criterion, then by code."""
    order = list(criteria(world, index))
    rows = [row for row in world.reference["component"] if row["index_code"] == index]
    return sorted(rows, key=lambda row: (order.index(row["criterion_code"]), row["component_code"]))


def full_at(world: World, row: dict[str, str], target: float | None) -> float | None:
    """The value that earns all points of a component: its own, or the indicator's target of the year."""
    return float(row["full_at"]) if row["full_at"] else target


def part_share(world: World, row: dict[str, str], unit: str, chosen: dict, before: bool = False) -> float | None:
    """The share of its points that a component earns; None if unknown, or known in part."""
    own = known(world, unit, chosen, row["indicator_code"], before)
    if own is None or not own.extent.whole:
        return None
    indicator = world.data.indicators[row["indicator_code"]]
    full = full_at(world, row, own.target)
    limit = oracle.number(indicator["limit_value"])
    return oracle.component_share(row, indicator["direction"], (own.denominator, own.value), full, limit)


def points(world: World, index: str, criterion: str, unit: str, chosen: dict, before: bool = False) -> dict | None:
    """Points of a criterion, or of all, over known components, if enough is known; None without a previous period."""
    if before and not chosen["before"]:
        return None
    rows = [row for row in parts_of(world, index) if criterion in ("total", row["criterion_code"])]
    found = [(float(row["maximum"]), part_share(world, row, unit, chosen, before)) for row in rows]
    have = [(maximum, share) for maximum, share in found if share is not None]
    most, whole = sum(maximum for maximum, _ in have), sum(maximum for maximum, _ in found)
    earned = sum(maximum * share for maximum, share in have) if have else None
    return {
        "value": 100 * earned / most if most and 100 * most >= 80 * whole else None,
        "points": earned,
        "known_maximum": most,
        "maximum": whole,
        "coverage": 100 * most / whole,
    }


def ranked(world: World, index: str, criterion: str, chosen: dict, before: bool = False) -> dict[str, int]:
    """The ranks of communes with at least 80 of 100 points known."""
    found = {unit: points(world, index, criterion, unit, chosen, before) for unit in oracle.communes(world.data)}
    return places({u: one["value"] for u, one in found.items() if one and one["value"] is not None})


def by_points(world: World, index: str, criterion: str, chosen: dict) -> list[str]:
    """The communes by rank, then by points; those without points by name."""
    ranks = ranked(world, index, criterion, chosen)
    found = {unit: points(world, index, criterion, unit, chosen)["value"] for unit in oracle.communes(world.data)}
    return sorted(found, key=lambda u: (ranks.get(u, math.inf), found[u] is None, -(found[u] or 0), by_name(world, u)))


# -------------------------------------------------------------------------------- points of an index


@pytest.mark.parametrize("unit", ["597", small.TWIN, small.BEST])
@pytest.mark.parametrize("index", ["dti", "service"])
@answers("components")
def test_each_component(here, chosen, index, unit):
    groups = criteria(here, index)
    said = {"confirmed": "Có nguồn", "unverified": "Chưa đối chiếu", "proposed": "Đề xuất"}
    expected = []
    for row in parts_of(here, index):
        own, then = (known(here, unit, chosen, row["indicator_code"], before) for before in (False, True))
        share, maximum = part_share(here, row, unit, chosen), float(row["maximum"])
        before = compared(own, then)
        expected.append(
            {
                "component_code": row["component_code"],
                "indicator_code": row["indicator_code"],
                "group_name": groups[row["criterion_code"]]["short_name"],
                "title": f"{row['component_code']} {row['name']}",
                **{name: getattr(own, name) for name in ("value", "numerator", "denominator")},
                "full_at": full_at(here, row, own.target),
                "points": None if share is None else maximum * share,
                "maximum": maximum,
                "points_lost": None if share is None else maximum * (1 - share),
                "before": before,
                "change": change(own.value, before),
                "status": part_status(own, share),
                "low_volume": own.low_volume,
                "confirmation": said[row["status"]],
                "formula": here.data.indicators[row["indicator_code"]]["formula"],
                "source": row["source"],
            }
        )
    same_rows(queries.load("components", **{**chosen, "unit": unit}, index=index), expected)


@pytest.mark.parametrize("unit", ["597", small.OTHER_TWIN, small.THIN])
@pytest.mark.parametrize("index", ["dti", "service"])
@answers("simulated_groups")
def test_the_groups_of_an_index(here, chosen, index, unit):
    """The total first, then the groups with a score by their loss of points, then those without."""
    rows = []
    for number, criterion in enumerate(["total", *criteria(here, index)]):
        own, then = (points(here, index, criterion, unit, chosen, before) for before in (False, True))
        ranks = ranked(here, index, criterion, chosen)
        lost = None if own["points"] is None else own["known_maximum"] - own["points"]
        before = then and then["value"]
        rows.append(
            own
            | {
                "criterion_code": criterion,
                "name": "Tổng điểm ước tính"
                if criterion == "total"
                else criteria(here, index)[criterion]["short_name"],
                "points_lost": lost,
                "status": class_status(own["value"], own["coverage"]),
                "class_name": class_name(own["value"]),
                "before": before,
                "change": change(own["value"], before),
                "place": ranks.get(unit),
                "ranked_units": 0 if unit == "597" else len(ranks),
                "low_volume": False,
                "target": GOOD,
                "sort": number,
            }
        )

    def order(row: dict) -> tuple:
        return (
            row["sort"] > 0,
            row["value"] is None,
            row["points_lost"] is None,
            -(row["points_lost"] or 0),
            row["sort"],
        )

    rows.sort(key=order)
    # A group without a score has no place, though it has lost points; it comes after those that have one.
    expected = [
        row | {"rank": place if row["value"] is not None or row["criterion_code"] == "total" else None}
        for place, row in enumerate(rows)
    ]
    for row in expected:
        del row["sort"]
    same_rows(queries.load("simulated_groups", **{**chosen, "unit": unit}, index=index), expected)


@pytest.mark.parametrize(
    ("index", "criterion"), [("dti", "total"), ("service", "total"), ("dti", "society"), ("service", "progress")]
)
@answers("simulated_units")
def test_communes_by_the_points_of_an_index(here, chosen, index, criterion):
    now, before_places = (ranked(here, index, criterion, chosen, before) for before in (False, True))
    expected = []
    for unit in by_points(here, index, criterion, chosen):
        own, then = (points(here, index, criterion, unit, chosen, before) for before in (False, True))
        before = then and then["value"]
        moved_by = change(own["value"], before)
        expected.append(
            tile(here, unit)
            | own
            | {
                "status": class_status(own["value"], own["coverage"]),
                "place": now.get(unit),
                "ranked_units": len(now),
                "before": before,
                "before_place": before_places.get(unit),
                "change": moved_by,
                "is_better": None if moved_by is None else moved_by > 0,
                "low_volume": False,
                "target": GOOD,
            }
        )
    same_rows(queries.load("simulated_units", **chosen, index=index, criterion=criterion), expected)


@pytest.mark.parametrize(("unit", "criterion"), [("597", "total"), (small.DOUBLE, "total"), (small.TWIN, "society")])
@pytest.mark.parametrize("kind", ["month", "quarter", "half"])
@answers("simulated_trend")
def test_the_points_of_an_index_from_period_to_period(here, kind, unit, criterion):
    for calendar in ("solar", "reporting"):
        chosen = here.choices(calendar, "2024-Q4") | {"kind": kind, "unit": unit}
        expected = []
        for name in periods_of(chosen, kind):
            asked = {**chosen, "period": name}
            own, whole = (points(here, "dti", criterion, each, asked) for each in (unit, "597"))
            expected.append(
                {
                    "period_code": name,
                    "value": own["value"],
                    "target": GOOD,
                    "status": class_status(own["value"], own["coverage"]),
                    "low_volume": False,
                    "reference": None if unit == "597" else whole["value"],
                    "is_partial": oracle.is_partial(calendar, name, small.AS_OF),
                }
            )
        same_rows(queries.load("simulated_trend", **chosen, index="dti", criterion=criterion), expected)


@pytest.mark.parametrize(
    ("index", "criterion"), [("dti", "total"), ("service", "total"), ("dti", "society"), ("service", "progress")]
)
@answers("component_grid")
def test_communes_by_groups_or_components(here, chosen, index, criterion):
    """For a whole index its groups in order; for a group its components, largest first."""
    ranks, order = ranked(here, index, "total", chosen), list(here.data.indicators)
    rows = [row for row in parts_of(here, index) if row["criterion_code"] == criterion]
    rows.sort(key=lambda row: (-float(row["maximum"]), order.index(row["indicator_code"])))
    expected = []
    for unit_sort, unit in enumerate(by_points(here, index, "total", chosen), start=1):
        head = {
            "unit_code": unit,
            "unit_name": unit_name(here, unit),
            "unit_rank": ranks.get(unit),
            "unit_sort": unit_sort,
        }
        if criterion == "total":
            for sort, (code, group) in enumerate(criteria(here, index).items(), start=1):
                own = points(here, index, code, unit, chosen)
                expected.append(
                    head
                    | {
                        "indicator_code": code,
                        "short_name": group["short_name"],
                        "indicator_sort": sort,
                        "value": own["value"],
                    }
                    | {"target": GOOD, "status": class_status(own["value"], own["coverage"]), "low_volume": False}
                )
        for sort, row in enumerate(rows, start=1):
            own, share = known(here, unit, chosen, row["indicator_code"]), part_share(here, row, unit, chosen)
            status = part_status(own, share)
            indicator = here.data.indicators[row["indicator_code"]]
            expected.append(
                head
                | {"indicator_code": row["indicator_code"], "short_name": indicator["short_name"], "indicator_sort": sort}
                | {"value": own.value, "target": full_at(here, row, own.target), "status": status, "low_volume": own.low_volume}
            )  # fmt: skip
    same_rows(queries.load("component_grid", **chosen, index=index, criterion=criterion), expected)


@pytest.mark.parametrize("unit", ["597", small.TWIN, small.DOUBLE])
@pytest.mark.parametrize("index", ["dti", "service"])
@answers("index_lever")
def test_the_greatest_lever(here, chosen, index, unit):
    """The component with the largest loss of points; for the district also the commune furthest behind in it."""
    lost = {}
    for row in parts_of(here, index):
        share = part_share(here, row, unit, chosen)
        # Where there was nothing to count, nothing can be raised.
        if share is not None and known(here, unit, chosen, row["indicator_code"]).value is not None:
            lost[row["component_code"]] = (float(row["maximum"]) * (1 - share), row)
    code = min(lost, key=lambda code: (-lost[code][0], code))
    amount, row = lost[code]
    furthest = unit
    if unit == "597":
        shares = {
            one: part_share(here, row, one, chosen)
            for one in oracle.communes(here.data)
            if not known(here, one, chosen, row["indicator_code"]).low_volume
        }
        shares = {
            one: share
            for one, share in shares.items()
            if share is not None and known(here, one, chosen, row["indicator_code"]).value is not None
        }
        furthest = min(shares, key=lambda one: (shares[one], one), default=unit)
    expected = {
        "component_code": code,
        "indicator_code": row["indicator_code"],
        "unit_code": furthest,
        "points_lost": amount,
    }
    same_rows(queries.load("index_lever", **{**chosen, "unit": unit}, index=index), [expected])


# -------------------------------------------------------------------------------- ranks of the districts


def scores(world: World, index: str, year: int) -> dict[str, dict[str, dict[str, str]]]:
    """District → criterion → its uploaded row; the total is treated as a criterion."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in world.data.tables["index_score"]:
        if (row["index_code"], row["year"]) == (index, str(year)):
            found.setdefault(row["district_code"], {})[row["criterion_code"]] = row
    return found


def totals(world: World, index: str, year: int) -> dict[str, dict]:
    """District → percent, rank, class; published values take precedence over computed ones."""
    found = {}
    for district, rows in scores(world, index, year).items():
        total = rows.get("total")
        own = [row for code, row in rows.items() if code != "total"]
        # Rounded to six decimals, because a sum of floats may be slightly less than 80.
        reached = float(total["score"]) if total else round(sum(float(row["score"]) for row in own), 6)
        most = float(total["maximum"]) if total else sum(float(row["maximum"]) for row in own)
        found[district] = {"percent": 100 * reached / most, "maximum": most, "total": total}
    computed = places({district: one["percent"] for district, one in found.items()})
    for district, one in found.items():
        published = one["total"] or {"published_class": "", "published_rank": ""}
        one["place"] = int(published["published_rank"] or computed[district])
        one["class_name"] = CLASS_NAMES.get(published["published_class"], class_name(one["percent"]))
        one["is_published"] = bool(published["published_class"])
    return found


def in_order(world: World, found: dict[str, dict]) -> list[str]:
    """The districts by rank, equal ones by name."""
    return sorted(found, key=lambda district: (found[district]["place"], by_name(world, district)))


YEARS = [("par", 2024), ("par", 2023), ("dti", 2024), ("dti", 2023)]


@pytest.mark.parametrize(("index", "year"), YEARS)
@answers("district_scores")
def test_scores_of_the_districts(here, index, year):
    now, then = totals(here, index, year), totals(here, index, year - 1)
    expected = []
    for district in in_order(here, now):
        own, before = now[district], then.get(district)
        moved_by = own["percent"] - before["percent"] if before else None
        good = {"Xuất sắc": "met", "Tốt": "met", "Khá": "near"}
        expected.append(
            tile(here, district)
            | {
                "value": own["percent"],
                "place": own["place"],
                "class_name": own["class_name"],
                "class_published": own["is_published"],
                "status": good.get(own["class_name"], "missed"),
                "low_volume": False,
                "before": before and before["percent"],
                "before_place": before and before["place"],
                "change": moved_by,
                "is_better": None if moved_by is None else moved_by > 0,
            }
        )
    same_rows(queries.load("district_scores", index=index, year=year), expected)


def test_equal_districts_share_a_place(here):
    rows = queries.load("district_scores", index="par", year=2024).set_index("unit_code")["place"]
    assert rows["594"] == rows["595"] == rows["596"] == 3 and sorted(rows) == [1, 2, 3, 3, 3, 6, 7, 8, 9, 10]


@pytest.mark.parametrize("index", ["par", "dti"])
@answers("district_ranks")
def test_ranks_over_the_years(here, index):
    expected = []
    for year in (2023, 2024):
        found = totals(here, index, year)
        for district in in_order(here, found):
            one = found[district]
            expected.append(
                {"year": year, "district_code": district, "name": unit_name(here, district), "rank": one["place"],
                 "value": one["percent"], "class_name": one["class_name"]}
            )  # fmt: skip
    same_rows(queries.load("district_ranks", index=index), expected)


@answers("district_place")
def test_where_the_district_stands(here):
    """Each index and year, newest first; compared with the first district, or with the second if it is first itself."""
    indices = {row["index_code"]: row for row in here.reference["score_index"]}
    expected = []
    for index in ("dti", "par"):
        for year in (2024, 2023):
            now, then = totals(here, index, year), totals(here, index, year - 1).get("597")
            own = now["597"]
            others = {
                one: each for one, each in now.items() if one != "597" and (own["place"] == 1 or each["place"] == 1)
            }
            rival = min(others, key=lambda one: (-others[one]["percent"], one))
            expected.append(
                {
                    "index_code": index,
                    "index_name": indices[index]["name"],
                    "short_name": indices[index]["short_name"],
                    "goal": indices[index]["goal"],
                    "year": year,
                    "is_newest": year == 2024,
                    "place": own["place"],
                    "ranked_districts": len(now),
                    "value": own["percent"],
                    "class_name": own["class_name"],
                    "class_published": own["is_published"],
                    "before_place": then and then["place"],
                    "before": then and then["percent"],
                    "change": own["percent"] - then["percent"] if then else None,
                    "rival_name": unit_name(here, rival),
                    "lead": own["percent"] - now[rival]["percent"],
                }
            )
    same_rows(queries.load("district_place"), expected)


@pytest.mark.parametrize(("index", "year"), YEARS)
@answers("district_criteria")
def test_each_criterion_of_the_district(here, index, year):
    """Compared with best, mean and rival: the rival is one rank lower if the district leads, otherwise one higher."""
    found, standings = scores(here, index, year), totals(here, index, year)
    before = scores(here, index, year - 1).get("597", {})
    own = standings["597"]
    near = {
        one: abs(each["percent"] - own["percent"])
        for one, each in standings.items()
        if one != "597"
        and (each["percent"] <= own["percent"] if own["place"] == 1 else each["percent"] >= own["percent"])
    }
    rival = min(near, key=lambda one: (near[one], one)) if near else None
    rows = []
    for sort, (code, row) in enumerate(criteria(here, index).items(), start=1):
        by = {district: float(each[code]["score"]) for district, each in found.items()}
        mine, most = found["597"][code], float(found["597"][code]["maximum"])
        theirs = by[rival] if rival else None
        rows.append(
            {
                "criterion_code": code,
                "name": row["name"],
                "short_name": row["short_name"],
                "sort": sort,
                "owner": row["owner"],
                "evidence": mine["evidence"],
                "self_score": float(mine["self_score"]),
                "own": by["597"],
                "self_gap": float(mine["self_score"]) - by["597"],
                "to_full": most - by["597"],
                "best": max(by.values()),
                "best_name": frozenset(unit_name(here, one) for one in by if by[one] == max(by.values())),
                "mean": sum(by.values()) / len(by),
                "maximum": most,
                "lost": max(by.values()) - by["597"],
                "rival": theirs,
                "rival_name": rival and unit_name(here, rival),
                "lead": rival and by["597"] - theirs,
                "before": float(before[code]["score"]) if code in before else None,
                "change": by["597"] - float(before[code]["score"]) if code in before else None,
                "source_status": row["status"],
            }
        )
    for place, row in enumerate(sorted(rows, key=lambda row: (-row["lost"], row["sort"])), start=1):
        row["lost_rank"] = place
    # Criteria in which the district is behind the rival come last.
    leads = sorted(rows, key=lambda row: (rival and row["lead"] < 0, rival and abs(row["lead"]), row["sort"]))
    for place, row in enumerate(leads, start=1):
        row["lead_rank"] = place
    same_rows(queries.load("district_criteria", index=index, year=year), rows)


@pytest.mark.parametrize(("index", "year"), YEARS)
@answers("criterion_lever")
def test_what_is_missing_what_to_raise_and_what_to_defend(here, index, year):
    found, standings = scores(here, index, year), totals(here, index, year)
    leader = min((one for one in standings if one != "597"), key=lambda one: (-standings[one]["percent"], one))
    by = {
        code: {district: float(each[code]["score"]) for district, each in found.items()}
        for code in criteria(here, index)
    }
    missing = {code: max(each.values()) - each["597"] for code, each in by.items()}
    ahead = {code: each["597"] - each[leader] for code, each in by.items()}
    expected = [
        {"position": 1, "kind": "distance", "criterion_code": None, "figure": GOOD - standings["597"]["percent"]}
    ]
    if max(missing.values()) > 0:
        # For equal losses, the first in the order of the criteria.
        code = max(missing, key=missing.get)
        expected.append({"position": 2, "kind": "lever", "criterion_code": code, "figure": missing[code]})
    ahead = {code: lead for code, lead in ahead.items() if lead > 0}
    if ahead:
        code = min(ahead, key=ahead.get)
        expected.append({"position": 3, "kind": "defend", "criterion_code": code, "figure": ahead[code]})
    same_rows(queries.load("criterion_lever", index=index, year=year), expected)


@pytest.mark.parametrize("spread", [30, 0])
@answers("rank_sensitivity")
def test_ranks_under_other_weights(here, spread):
    """A thousand trials with random weights, the same on every machine: range, most likely rank, shares."""
    found = scores(here, "par", 2024)
    tries: dict[str, list[int]] = {district: [] for district in found}
    for number in range(1, 1001):
        weighed = {}
        for district, rows in found.items():
            top = bottom = 0.0
            for code, row in rows.items():
                if code == "total":
                    continue
                luck = int(md5(f"{number}:{code}".encode()).hexdigest()[:8], 16) / 4294967295
                weight = float(row["maximum"]) * (1 + spread / 100 * (2 * luck - 1))
                top, bottom = top + weight * float(row["score"]) / float(row["maximum"]), bottom + weight
            weighed[district] = 100 * top / bottom
        for district, place in places(weighed).items():
            tries[district].append(place)
    standings = totals(here, "par", 2024)
    expected = []
    for district in in_order(here, standings):
        ordered, place = sorted(tries[district]), standings[district]["place"]
        often = Counter(ordered)
        expected.append(
            {
                "unit_code": district,
                "name": unit_name(here, district),
                "place": place,
                "low": ordered[49],
                "high": ordered[949],
                "likely": frozenset(one for one in often if often[one] == max(often.values())),
                "first_share": 100 * often[1] / 1000,
                "moved_share": 100 * sum(one != place for one in ordered) / 1000,
            }
        )
    same_rows(queries.load("rank_sensitivity", index="par", year=2024, spread=spread), expected)


@answers("published_history")
def test_published_classes(here):
    """Newest year first, best class first; within a class by points, then by name."""
    groups: dict[tuple, list[dict]] = {}
    for row in here.reference["published_class"]:
        if row["index_code"] == "par":
            groups.setdefault((int(row["year"]), row["class_code"], row["source"]), []).append(row)
    rank = list(CLASS_NAMES)
    expected = []
    for (year, code, source), rows in sorted(groups.items(), key=lambda pair: (-pair[0][0], rank.index(pair[0][1]))):
        rows.sort(key=lambda row: (-float(row["score"] or -1), by_name(here, row["district_code"])))
        expected.append({"year": year, "class_name": CLASS_NAMES[code], "source": source, "names": rows})
    shown = queries.load("published_history", index="par")
    same_rows(shown, [{name: row[name] for name in ("year", "class_name", "source")} for row in expected])
    for names, scores, row in zip(shown["district_names"], shown["district_scores"], expected, strict=True):
        assert list(names) == [unit_name(here, one["district_code"]) for one in row["names"]]
        assert scores.tolist() == [oracle.number(one["score"]) for one in row["names"]]


# --------------------------------------------------------------------------------------- what if

BASE = {"calendar": "solar", "period": "2024-Q4"}
SCENARIOS = {
    "one value and everyone in one": (Move("all", "S07"), Move(small.DOUBLE, "T14", 50)),
    "everything": (Move("all", "all"),),
    "lower is better": (Move("all", "T06"), Move(small.TWIN, "S08", 9)),
    "nothing": (),
}


@pytest.mark.parametrize("index", ["dti", "all"])
@pytest.mark.parametrize("name", SCENARIOS)
@answers("scenario_units")
def test_units_before_and_after(here, name, index):
    moves = list(SCENARIOS[name])
    parts, after_all = scored(here.data, index), moved(scored(here.data, index), moves)
    totals_of = tried(parts, moves)

    def coverage(unit: str, values: dict) -> float:
        have = sum(part["maximum"] for code, part in parts[unit].items() if share_of(part, values[code]) is not None)
        return 100 * have / sum(part["maximum"] for part in parts[unit].values())

    enough = {
        "before": {u: totals_of[u][0] for u in parts if u != "597" and totals_of[u][0] is not None},
        "after": {u: totals_of[u][1] for u in parts if u != "597" and totals_of[u][1] is not None},
    }
    ranks = {when: places(found) for when, found in enough.items()}
    order = sorted(
        parts,
        key=lambda u: (
            u != "597", ranks["after"].get(u, math.inf), totals_of[u][1] is None, -(totals_of[u][1] or 0), by_name(here, u)
        ),
    )  # fmt: skip
    expected = []
    for unit in order:
        before, after = totals_of[unit]
        expected.append(
            tile(here, unit)
            | {
                "scope": "district" if unit == "597" else "commune",
                "value": after,
                "today": before,
                "after": after,
                "change": change(after, before),
                "is_better": None if change(after, before) is None else after > before,
                "coverage": coverage(unit, after_all[unit]),
                "place": ranks["after"].get(unit),
                "before_place": ranks["before"].get(unit),
                "class_name": overall_class(after) if index == "all" else class_name(after),
                "before_class": overall_class(before) if index == "all" else class_name(before),
                "to_good": None if after is None else max(GOOD - after, 0),
                "status": class_status(after, coverage(unit, after_all[unit])),
                "low_volume": False,
                "target": GOOD,
            }
        )
    if name == "nothing":  # sums in another order differ in their last bits
        for row in expected:
            del row["is_better"]
    same_rows(queries.load("scenario_units", **BASE, index=index, moves=as_json(tuple(moves))), expected)


def overall_class(points: float | None) -> str | None:
    """The overall score's classes come only from its target and alert."""
    if points is None:
        return None
    return "Tốt" if points >= GOOD else "Khá" if points >= FAIR else "Dưới Khá"


@pytest.mark.parametrize("index", ["dti", "all"])
@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "nothing"])
@answers("scenario_moves")
def test_what_a_scenario_moves(here, name, index):
    parts, moves = scored(here.data, index), list(SCENARIOS[name])
    after, sort = moved(parts, moves), list(here.data.indicators)
    rows = []
    for unit, own in parts.items():
        shares = {code: share_of(part, after[unit][code]) for code, part in own.items()}
        most = sum(part["maximum"] for code, part in own.items() if shares[code] is not None)
        for code, part in own.items():
            value = after[unit][code]
            if value is None or abs(value - (part["value"] or 0)) <= 1e-9:
                continue
            share = share_of(part, part["value"]) or 0
            effort = float(here.data.indicators[part["code"]]["effort"] or 1)
            gain = None if shares[code] is None else 100 * part["maximum"] * (shares[code] - share) / most
            rows.append(
                {
                    "unit_code": unit,
                    "unit_name": unit_name(here, unit),
                    "indicator_code": part["code"],
                    "short_name": here.data.indicators[part["code"]]["short_name"],
                    "today": part["value"],
                    "after": value,
                    "change": change(value, part["value"]),
                    "points_gain": gain,
                    "effort": None if unit == "597" or gain is None else effort * 10 * max(shares[code] - share, 0),
                }
            )
    rows.sort(
        key=lambda row: (
            row["unit_code"] != "597",
            row["points_gain"] is None,
            -(row["points_gain"] or 0),
            by_name(here, row["unit_code"]),
            sort.index(row["indicator_code"]),
        )
    )
    same_rows(queries.load("scenario_moves", **BASE, index=index, moves=as_json(tuple(moves))), rows)


@pytest.mark.parametrize("unit", ["597", small.DOUBLE])
@pytest.mark.parametrize("index", ["dti", "all"])
@answers("scenario_options")
def test_everything_a_commune_can_do(here, index, unit):
    """Each component below full points, raised to full points: the gain of the commune and of the district."""
    parts = scored(here.data, index)
    whole = parts["597"]
    most = {
        u: sum(part["maximum"] for part in own.values() if share_of(part, part["value"]) is not None)
        for u, own in parts.items()
    }
    expected = []
    for commune in sorted(parts):
        for code, part in sorted(parts[commune].items()):
            share = share_of(part, part["value"])
            if commune == "597" or unit not in ("597", commune) or share is None or share >= 1:
                continue
            district = whole[code]
            lifted = moved({commune: {code: part}, "597": {code: district}}, [Move(commune, part["code"])])["597"][code]
            # Below its own full points every step counts, also the last step beyond them.
            step = change(lifted, district["value"]) or 0
            scale = -district["limit"] if part["direction"] == "down" else district["full"]
            own = share_of(district, district["value"])
            effort = 7 if part["code"] == "T14" else float(here.data.indicators[part["code"]]["effort"] or 1)
            expected.append(
                {
                    "unit_code": commune,
                    "unit_name": unit_name(here, commune),
                    "indicator_code": part["code"],
                    "component_code": code,
                    "short_name": here.data.indicators[part["code"]]["short_name"],
                    "value": part["value"],
                    "goal": part["full"],
                    "effort": effort * 10 * (1 - share),
                    "unit_gain": 100 * part["maximum"] * (1 - share) / most[commune],
                    "district_gain": 100 * district["maximum"] / most["597"] * step / scale if scale else 0,
                    "district_room": 0 if own is None else 100 * district["maximum"] * (1 - own) / most["597"],
                }
            )
    asked = {**BASE, "index": index, "unit": unit, "efforts": '{"T14": 7}'}
    same_rows(queries.load("scenario_options", **asked), expected)


@pytest.mark.parametrize("index", ["dti", "service", "all"])
@answers("efforts")
def test_efforts(here, index):
    if index == "all":
        codes = {code for code, row in here.data.indicators.items() if float(row["weight"]) > 0}
    else:
        codes = {row["indicator_code"] for row in parts_of(here, index) if float(row["maximum"]) > 0}
    expected = []
    for code in sorted(codes):
        row = here.data.indicators[code]
        expected.append({"indicator_code": code, "short_name": row["short_name"], "effort": float(row["effort"] or 1)})
    same_rows(queries.load("efforts", **BASE, index=index), expected)


# ---------------------------------------------------------------------------------------- pilots


def of_all(world: World, units: list[str], month: str, code: str) -> float | None:
    """An indicator of several communes together in a calendar month: the ratio of sums, or the mean of counts."""
    found = [known(world, unit, world.choices("solar", month), code) for unit in units]
    have = [one for one in found if one.counts]
    indicator = world.data.indicators[code]
    if indicator["aggregate"] != "ratio":
        return sum(one.value for one in have) / len(have) if have else None
    bottom = sum(one.denominator for one in have)
    times = 100 if indicator["measure"] == "%" else 1
    return times * sum(one.numerator for one in have) / bottom if bottom else None


def better(world: World, code: str, moved: float | None) -> float | None:
    """How much better it became, whichever way is good."""
    is_down = bool(code) and world.data.indicators[code]["direction"] == "down"
    return None if moved is None else -moved if is_down else moved


def first_known(world: World, code: str, last: int) -> int:
    """The first month in which enough of an indicator of any commune is known."""
    months = range(oracle.months("2024-01")[0], last + 1)
    return next(
        month for month in months if of_all(world, oracle.communes(world.data), month_code(month), code) is not None
    )


@pytest.mark.parametrize("period", ["2024-Q4", "2024-Q3"])
@answers("pilot_effects")
def test_pilots_beside_the_others(here, period):
    """Compared with communes without a pilot, from the month before its start to the last whole month of the period."""
    pilots = [row for row in small._initiatives() if row["kind"] == "pilot"]
    last = min(oracle.months(period)[1], oracle.months("2024-10")[1])
    rows = []
    for row in pilots:
        code, unit = row["indicator_code"], row["unit_code"]
        figures = dict.fromkeys(("at_start", "latest", "others_start", "others_latest"))
        if code:
            start = day(row["start_on"])
            # Before, no commune is known.
            begin = max(start.year * 12 + start.month - 2, first_known(here, code, last))
            mine = {one["unit_code"] for one in pilots if one["indicator_code"] == code}
            both = [here.choices("solar", month_code(month)) for month in (begin, last)]
            # The same communes before and after.
            others = [
                one
                for one in oracle.communes(here.data)
                if one not in mine and all(known(here, one, chosen, code).counts for chosen in both)
            ]
            for name, month in (("start", begin), ("latest", last)) if begin < last else ():
                own = known(here, unit, here.choices("solar", month_code(month)), code)
                figures["at_start" if name == "start" else name] = own.value if own.counts else None
                figures[f"others_{name}"] = of_all(here, others, month_code(month), code)
        moved_by = change(figures["latest"], figures["at_start"])
        others_by = change(figures["others_latest"], figures["others_start"])
        full = next(one["full_name"] for one in here.reference["unit"] if one["unit_code"] == unit)
        rows.append(
            figures
            | {name: row[name] for name in ("initiative_code", "unit_code", "name", "owner", "outcome")}
            | {
                "unit_name": full,
                "start_on": day(row["start_on"]),
                "due_on": day(row["due_on"]),
                "percent": oracle.number(row["percent"]),
                "state_name": "✗ Quá hạn" if day(row["due_on"]) < small.AS_OF else "• Đang làm",
                "indicator_name": here.data.indicators[code]["short_name"] if code else "",
                "change": moved_by,
                "others_change": others_by,
                "ahead": change(*(better(here, code, moved) for moved in (moved_by, others_by))),
            }
        )
    rows.sort(key=lambda row: (row["ahead"] is None, -(row["ahead"] or 0), row["initiative_code"], row["unit_code"]))
    same_rows(queries.load("pilot_effects", calendar="solar", period=period), rows)


def test_halves_are_rounded_away_from_zero():
    """The rounding used for ranks treats 2.5 and −2.5 alike."""
    assert [rounded(number) for number in (0.125, -0.125, 1.0)] == [0.13, -0.13, 1.0]
