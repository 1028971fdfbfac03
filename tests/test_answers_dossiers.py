"""Answers of queries about dossiers, compared with plain Python over the dossiers one by one."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest

import queries
from tests import oracle, small
from tests.answers import answers, day, same_rows, share
from tests.small import World

TIERS = {"commune": "cấp xã", "district": "cấp huyện", "province": "VPĐK đất đai tỉnh"}
CHANNELS = {"online": "Trực tuyến", "postal": "Bưu chính", "direct": "Trực tiếp"}
LEVELS = {"full": "Toàn trình", "partial": "Một phần", "information": "Cung cấp thông tin"}
BANDS = (0.25, 0.5, 0.75, 1, 1.5)  # upper limits, as a share of the statutory time
# An unfinished quarter and month, whole periods of both calendars; the district, a commune, both offices.
CHOICES = {
    "quarter of the district": ("solar", "2024-Q4", "2024-Q3", {}),
    "month of a commune": ("reporting", "2024-12", "2024-11", {"unit": small.TWIN}),
    "half year of the registry": ("solar", "2024-H1", "", {"unit": small.REGISTRY}),
    "quarter of one field": ("solar", "2024-Q3", "2024-Q2", {"field": "CIVIL"}),
    "month filed online": ("solar", "2024-11", "2024-10", {"channel": "online"}),
    "small commune": ("reporting", "2024-Q3", "2024-Q2", {"unit": small.THIN}),
    "the counter": ("solar", "2024", "", {"unit": small.COUNTER}),
}


@pytest.fixture(params=CHOICES, ids=list(CHOICES))
def chosen(request, here) -> dict:
    """A reader's choices in the small district."""
    calendar, period, before, more = CHOICES[request.param]
    return here.choices(calendar, period, before, **more)


# ----------------------------------------------------------------------------- the dossiers in plain Python

Standing = oracle.Standing


def field_of(world: World, standing: Standing) -> str:
    """The field of a dossier's procedure."""
    return world.data.procedures[standing.dossier.procedure]["field_code"]


def handled(world: World, chosen: dict, period: oracle.Period | None = None) -> list[Standing]:
    """The dossiers handled in a period (default: the chosen one), under the chosen filters."""
    return [one for one in concerned(world, chosen, period) if one.resolved or one.open]


def concerned(world: World, chosen: dict, period: oracle.Period | None = None) -> list[Standing]:
    """The dossiers that have to do with it: also those received or carried over whose state nobody knows."""
    return [
        one
        for one in _standings(world, chosen["unit"], chosen["calendar"], period or chosen["period"])
        if chosen["field"] in ("", field_of(world, one)) and chosen["channel"] in ("", one.dossier.channel)
    ]


@functools.cache
def _standings(world: World, unit: str, calendar: str, period: str | oracle.Period) -> list[Standing]:
    return oracle.standings(world.data, unit, calendar, period)


@functools.cache
def begun(world: World, one: Standing) -> list[dict]:
    """The steps that a dossier had reached on the day of judgement, with their state: open, late."""
    if world.data.procedures[one.dossier.procedure]["three_tier"] != "true":
        return []
    judged = []
    for step in world.steps[one.dossier.code]:
        if step["received_at"].date() <= one.judged:
            is_open = step["completed_at"] is None or step["completed_at"].date() > one.judged
            limit = oracle.limit_of(step["due_at"], world.data.by_day)
            late = (oracle.end_of(one.judged) if is_open else step["completed_at"]) > limit
            judged.append({**step, "is_open": is_open, "is_late": late})
    return judged


def holder(world: World, one: Standing) -> str | None:
    """The tier that holds an open dossier: that of its last open step."""
    still = [step["tier"] for step in begun(world, one) if step["is_open"]]
    return still[-1] if still and one.open else None


def is_ineligible(one: Standing) -> bool:
    """Whether it ended by being returned as ineligible."""
    return one.resolved and one.dossier.state == "stopped"


def given_back(one: Standing) -> str:
    """How early or late a returned dossier was."""
    at = one.dossier.ineligible or one.dossier.end
    if at > one.dossier.limit:
        return "late"
    return "early" if at.date() < one.dossier.due_day else "last_day"


def told(world: World, event, recorded) -> bool:
    """Whether an event on paper was recorded in the system in time."""
    return recorded is not None and oracle.recorded_in_time(world.data.working_days, event, recorded)


def band(world: World, one: Standing) -> int | None:
    """The band of statutory time used by an ended dossier."""
    if not one.resolved or one.dossier.statutory_days <= 0:
        return None
    used = oracle.working_days_used(world.data, one.dossier)
    return 1 + sum(used > part * one.dossier.statutory_days for part in BANDS)


@functools.cache
def lists(world: World, one: Standing) -> set[str]:
    """All lists that contain this dossier."""
    dossier, online = one.dossier, one.dossier.channel == "online"
    not_closed = one.resolved and dossier.state in oracle.ELECTRONICALLY_OPEN
    three_tier = world.data.procedures[dossier.procedure]["three_tier"] == "true"
    apology_timely = one.apologised and oracle.apology_in_time(
        world.data.working_days, dossier.apology.date(), dossier.due_day
    )
    open_late, in_time = one.late and one.open, one.open and not one.late
    is_handled = one.resolved or one.open
    coming = in_time and not one.waiting
    of_every = world.data.settings["online_base"] == "received"
    on = {
        "handled": is_handled,
        "carried_over": one.carried,
        "unclear": one.unclear,
        "received": one.received,
        "received_online": one.received and online,
        "received_direct": one.received and not online,
        "received_postal": one.received and dossier.channel == "postal",
        "received_full": one.received and dossier.full,
        "online_base": one.received and (dossier.offered or of_every),
        "online_counted": one.received and online and (dossier.offered or of_every),
        "received_full_online": one.received and dossier.full and online,
        "resolved": one.resolved,
        "resolved_early": one.resolved and dossier.verdict == "early",
        "resolved_on_time": one.resolved and dossier.verdict == "on_time",
        "resolved_late": one.resolved and one.late,
        "open_total": one.open,
        "open_in_time": in_time,
        "open_late": open_late,
        "open_waiting": one.waiting,
        "late": one.late,
        "late_1_5": open_late and one.days_late <= 5,
        "late_6_10": open_late and 6 <= one.days_late <= 10,
        "late_11_30": open_late and 11 <= one.days_late <= 30,
        "late_over_30": open_late and one.days_late > 30,
        "due_1": coming and 0 <= one.days_left <= 1,
        "due_3": coming and 0 <= one.days_left <= 3,
        "due_5": coming and 0 <= one.days_left <= 5,
        "late_without_apology": one.late and not one.apologised,
        "late_apologised": one.late and one.apologised,
        "apology_timely": one.late and apology_timely,
        "apology_untimely": one.late and one.apologised and not apology_timely,
        "rescheduled_repeat": one.late and dossier.reschedules > 1,
        "not_closed": not_closed,
        "intake_untimely": one.received
        and dossier.recorded is not None
        and not told(world, dossier.received, dossier.recorded),
        "closing_untimely": one.resolved
        and (dossier.status_updated is not None or not_closed)
        and not told(world, dossier.end, dossier.status_updated),
        "unexplained": one.late and dossier.cause is None,
        "land": three_tier and is_handled,
        "land_late": three_tier and one.late,
        "fee_due": one.received and dossier.pays,
        "paid_online": one.received and dossier.pays and dossier.paid_online,
        "digitised": one.received and dossier.digitised_in and (dossier.digitised_out or not dossier.paper),
        "reused": one.received and dossier.reused,
        "result_electronic": one.resolved and dossier.finished and dossier.paper and dossier.digitised_out,
    }
    names = {name for name, is_on in on.items() if is_on}
    if is_ineligible(one):
        names |= {"ineligible", f"ineligible_{given_back(one)}"}
    if three_tier and one.open:
        names |= {"land_open", f"land_{holder(world, one) or 'unheld'}"}
    if one.late and dossier.cause:
        names.add(f"cause_{dossier.cause}")
    names |= {f"land_step_late_{step['number']}_{step['tier']}" for step in begun(world, one) if step["is_late"]}
    if band(world, one):
        names.add(f"resolved_used_{band(world, one)}")
        names |= {f"ineligible_used_{band(world, one)}"} if is_ineligible(one) else set()
    return names


def count_by(standings: Iterable[Standing], key: Callable[[Standing], str]) -> dict[str, list[Standing]]:
    """The dossiers grouped by a key."""
    found: dict[str, list[Standing]] = defaultdict(list)
    for one in standings:
        found[key(one)].append(one)
    return found


def late_of(standings: Iterable[Standing]) -> int:
    """The number of late dossiers."""
    return sum(one.late for one in standings)


def target(world: World, chosen: dict, indicator: str, scope: str = "district") -> dict[str, str]:
    """The target of an indicator in the chosen period's year; empty if there is none."""
    return world.data.targets.get((indicator, world.now(chosen).last_month // 12, scope), {})


def is_whole(world: World, chosen: dict, period: str | oracle.Period, unit: str = "") -> bool:
    """Whether enough of a unit's dossiers is known to judge sums of them."""
    return oracle.extent(world.data, unit or chosen["unit"], chosen["calendar"], period, "T05").whole


def carry_known(world: World, chosen: dict, period: str | oracle.Period | None = None) -> bool:
    """Whether it is known what was carried over into the period."""
    found = oracle.counts(world.data, chosen["unit"], chosen["calendar"], period or chosen["period"])
    return found["carried_over"] is not None


def late_status(world: World, chosen: dict, late_share: float, unit: str = "") -> str:
    """The status of a share of late dossiers; the target of T05 is in percent on time."""
    if not is_whole(world, chosen, chosen["period"], unit):
        return "partial"
    goal = target(world, chosen, "T05")
    if late_share <= 100 - float(goal["target"]):
        return "met"
    return "near" if late_share <= 100 - float(goal["alert"]) else "missed"


def unit_name(world: World, code: str) -> str:
    """The name of a unit of 2024."""
    return next(
        row["name"] for row in world.reference["unit"] if row["unit_code"] == code and row["valid_from"] < "2025"
    )


def fields(world: World) -> dict[str, dict[str, str]]:
    """The fields by their codes."""
    return {row["field_code"]: row for row in world.reference["field"]}


# --------------------------------------------------------------------------------------------- lists


@answers("dossier_subsets")
def test_every_list_has_as_many_dossiers_as_plain_python_counts(here, chosen):
    """Each list's count equals the number of its dossiers; lists by cause, step and used time come last, by code."""
    counted = Counter(name for one in concerned(here, chosen) for name in lists(here, one))
    if not carry_known(here, chosen):
        assert not counted["carried_over"]
        counted["carried_over"] = None
    shown = queries.load("dossier_subsets", **chosen)
    same_rows(shown, [{"subset_code": name, "dossiers": counted[name]} for name in shown["subset_code"]])
    causes = [f"cause_{row['cause_code']}" for row in here.reference["late_cause"]]
    stages = [f"land_step_late_{number}_{tier}" for number, tier in enumerate(TIERS, start=1)]
    used = [f"{name}_used_{place}" for name in ("resolved", "ineligible") for place in range(1, 7)]
    codes = shown["subset_code"].tolist()
    assert codes[:4] == ["handled", "carried_over", "received", "received_online"]
    assert [code for code in codes if code in {*causes, *stages, *used}] == codes[-len(causes + stages + used) :]
    assert set(counted) <= set(codes)


@pytest.mark.parametrize("subset", ["late", "open_late", "unexplained", "resolved_used_6"])
@answers("dossier_count", order=False)
def test_a_list_says_its_length_and_its_pages(here, chosen, subset):
    counted = sum(subset in lists(here, one) for one in handled(here, chosen))
    shown = queries.load("dossier_count", **chosen, subset=subset, search="")
    same_rows(shown, [{"dossiers": counted, "pages": max(1, -(-counted // 50))}])


@answers("dossier_count", order=False)
def test_a_search_counts_what_it_finds(here):
    chosen = here.choices("solar", "2024")
    counted = sum("1.001193" in one.dossier.procedure and one.late for one in handled(here, chosen))
    assert counted
    same_rows(queries.load("dossier_count", **chosen, subset="late", search="1.001193"), [{"dossiers": counted}])


def state_of(one: Standing) -> str:
    if one.resolved:
        return "Xong, quá hạn" if one.late else "Xong"
    return "Đang quá hạn" if one.late else "Chờ bổ sung" if one.waiting else "Đang giải quyết"


def next_step_of(one: Standing) -> str:
    if one.late and not one.apologised:
        return "Ban hành thư xin lỗi, hẹn lại ngày trả"
    if one.late and not one.resolved:
        return "Giải quyết dứt điểm, báo cáo nguyên nhân"
    if one.waiting:
        return "Nhắc người dân bổ sung"
    if one.resolved and one.dossier.state in oracle.ELECTRONICALLY_OPEN:
        return "Kết thúc hồ sơ trên hệ thống"
    return "Giải quyết trước ngày hẹn" if not one.resolved and 0 <= one.days_left <= 5 else ""


SORTS = {
    "days_late": lambda one: -one.days_late,
    "due_on": lambda one: one.dossier.due_day,
    "received_on": lambda one: -one.dossier.received_day.toordinal(),
    "dossier_code": lambda one: 0,
}


@pytest.mark.parametrize("sort", SORTS)
@answers("dossier_list")
def test_a_page_of_a_list(here, chosen, sort):
    """Fifty dossiers per page, in the requested order, then by code."""
    found = sorted(handled(here, chosen), key=lambda one: (SORTS[sort](one), one.dossier.code))
    for page in (1, 2):
        expected = [
            {
                "dossier_code": one.dossier.code,
                "procedure_name": here.data.procedures[one.dossier.procedure]["name"],
                "unit_name": unit_name(here, one.dossier.unit),
                "due_on": one.dossier.due_day,
                "days_late": one.days_late,
                "state_name": state_of(one),
                "next_step": next_step_of(one),
                "apology_on": one.dossier.apology and one.dossier.apology.date(),
                "officer_code": one.dossier.officer,
                "field_name": fields(here)[field_of(here, one)]["short_name"],
                "channel_name": CHANNELS[one.dossier.channel],
                "received_on": one.dossier.received_day,
                "ended_on": one.dossier.end_day if one.resolved else None,
                "position": place,
            }
            for place, one in enumerate(found, start=1)
        ][50 * (page - 1) : 50 * page]
        asked = {**chosen, "subset": "handled", "search": "", "sort": sort, "page": str(page)}
        same_rows(queries.load("dossier_list", **asked), expected)


# ----------------------------------------------------------------------------------------- the flow


def flow(world: World, standings: list[Standing]) -> dict[str, int]:
    """The sums of form II.06."""
    counted = Counter(name for one in standings for name in lists(world, one))
    return {name: counted[name] for name in ("carried_over", "received_online", "received_direct", "received", "handled",
            "resolved_early", "resolved_on_time", "resolved_late", "resolved", "open_in_time", "open_late", "open_waiting",
            "open_total", "late")}  # fmt: skip


@answers("service_flow", order=False)
def test_the_flow_of_a_period(here, chosen):
    expected = flow(here, concerned(here, chosen))
    if not carry_known(here, chosen):
        expected["carried_over"] = None
    late_share = share(expected["late"], expected["handled"])
    same_rows(queries.load("service_flow", **chosen), [expected | {"late_share": late_share}])


@answers("service_change")
def test_the_flow_beside_that_of_the_period_before(here, chosen):
    """An unfinished period is compared with the same number of days of the previous one."""
    now = flow(here, concerned(here, chosen))
    then = flow(here, concerned(here, chosen, here.then(chosen))) if chosen["before"] else None
    if then and not (is_whole(here, chosen, chosen["period"]) and is_whole(here, chosen, here.then(chosen))):
        then = None
    codes = ("handled", "received", "received_online", "resolved", "resolved_late", "open_total", "open_late")
    expected = [
        {"code": code, "value": now[code], "before": then and then[code], "change": then and now[code] - then[code]}
        for code in codes
    ]
    same_rows(queries.load("service_change", **chosen), expected)


@answers("service_form")
def test_the_form_by_level_and_field(here, chosen):
    """Communes are separate from the district's offices; fields are in alphabetical order."""
    communes = set(oracle.communes(here.data))
    # The form covers all fields and channels, whatever the page's filters are.
    groups = count_by(
        handled(here, {**chosen, "field": "", "channel": ""}),
        lambda one: ("C" if one.dossier.unit in communes else "B", field_of(here, one)),
    )
    names = {"C": "Thủ tục tiếp nhận ở cấp xã", "B": "Thủ tục tiếp nhận ở cấp huyện"}
    expected = []
    for (level, field), found in sorted(
        groups.items(), key=lambda pair: (pair[0][0], oracle.vietnamese_order(fields(here)[pair[0][1]]["name"]))
    ):
        sums = flow(here, found)
        sums["unclear"] = 0
        if not carry_known(here, chosen):
            sums["carried_over"] = sums["handled"] = sums["unclear"] = None
        del sums["open_waiting"], sums["late"], sums["received"]
        expected.append(
            {"level_code": level, "level_name": names[level], "field_code": field, "name": fields(here)[field]["name"]}
            | sums
        )
    same_rows(queries.load("service_form", **chosen), expected)


def month_code(ordinal: int) -> str:
    return f"{ordinal // 12}-{ordinal % 12 + 1:02}"


@answers("service_months")
def test_the_last_thirteen_months(here, chosen):
    last = here.now(chosen).last_month
    expected = []
    for ordinal in range(last - 12, last + 1):
        code = month_code(ordinal)
        # Months before the year of the data or after its last day are omitted.
        begin = oracle.month_days(chosen["calendar"], ordinal)[0]
        if begin.year < 2024 or begin > small.AS_OF:
            continue
        found = handled(here, {**chosen, "period": code})
        if not found:
            continue
        sums = flow(here, found)
        names = ("received", "resolved", "open_total", "open_late", "late", "handled")
        expected.append(
            {
                "code": code,
                "period_title": f"T{ordinal % 12 + 1}/{ordinal // 12 % 100}",
                "value": share(sums["late"], sums["handled"]) if is_whole(here, chosen, code) else None,
                "target": None,
                "is_partial": oracle.is_partial(chosen["calendar"], code, oracle.as_of(here.data)),
                **{name: sums[name] for name in names},
            }
        )
    same_rows(queries.load("service_months", **chosen), expected)


# -------------------------------------------------------------------------------- units, fields, channels

DIMENSIONS = {
    "unit": (lambda world, one: one.dossier.unit, unit_name),
    "field": (field_of, lambda world, code: fields(world)[code]["short_name"]),
    "channel": (lambda world, one: one.dossier.channel, lambda world, code: CHANNELS[code]),
    "level": (
        lambda world, one: world.data.procedures[one.dossier.procedure]["service_level"],
        lambda world, code: LEVELS[code],
    ),
}


@pytest.mark.parametrize("subset", ["handled", "open_late"])
@pytest.mark.parametrize("dimension", DIMENSIONS)
@answers("breakdown")
def test_a_breakdown_begins_with_the_greatest_share_of_late(here, chosen, dimension, subset):
    """For equal shares, more dossiers come first; for equal counts, the smaller code."""
    of, named = DIMENSIONS[dimension]
    rows = []
    for code, found in count_by(handled(here, chosen), lambda one: of(here, one)).items():
        listed = sum(subset in lists(here, one) for one in found)
        if listed:
            rows.append((late_of(found) / len(found), len(found), code, late_of(found), listed))
    rows.sort(key=lambda row: (-row[0], -row[1], row[2]))
    expected = [
        {
            "code": code,
            "name": named(here, code),
            "handled": count,
            "dossiers": listed,
            "late": late,
            "value": 100 * part,
            "status": late_status(here, chosen, 100 * part, code if dimension == "unit" else ""),
            "low_volume": count < small.LOW_VOLUME,
            "rank": place,
        }
        for place, (part, count, code, late, listed) in enumerate(rows, start=1)
    ]
    same_rows(queries.load("breakdown", **chosen, dimension=dimension, subset=subset), expected)


def test_equal_shares_of_late_are_there_to_be_told_apart(here):
    """The twins have equal counts of dossiers and late dossiers, the third commune twice as many."""
    rows = queries.load("breakdown", **here.choices("solar", "2024-Q4"), dimension="unit", subset="handled")
    found = rows.set_index("code")["rank"]
    assert found[small.DOUBLE] < found[small.TWIN] == found[small.OTHER_TWIN] - 1


@answers("field_lateness")
def test_where_the_late_dossiers_are(here, chosen):
    """Each field's share of all late dossiers, with the previous period; most late dossiers first."""
    asked = {**chosen, "field": "", "channel": ""}
    now = count_by(handled(here, asked), lambda one: field_of(here, one))
    both = (chosen["period"], here.then(chosen)) if chosen["before"] else ()
    is_compared = both and all(is_whole(here, chosen, period) for period in both)
    then = count_by(handled(here, asked, here.then(chosen)), lambda one: field_of(here, one)) if is_compared else {}
    late = {code: late_of(found) for code, found in now.items() if late_of(found)}
    expected = []
    for place, code in enumerate(sorted(late, key=lambda code: (-late[code], -len(now[code]), code)), start=1):
        value = share(late[code], len(now[code]))
        before = share(late_of(then[code]), len(then[code])) if code in then else None
        expected.append(
            {
                "unit_code": code,
                "field_code": code,
                "name": fields(here)[code]["short_name"],
                "handled": len(now[code]),
                "late": late[code],
                "value": value,
                "share_of_late": 100 * late[code] / sum(late.values()),
                "before": before,
                "change": None if before is None else value - before,
                "is_better": None if before is None else value < before,
                "is_land": fields(here)[code]["is_land"] == "true",
                "status": late_status(here, chosen, value),
                "low_volume": len(now[code]) < small.LOW_VOLUME,
                "rank": place,
            }
        )
    same_rows(queries.load("field_lateness", **chosen), expected)


@answers("lateness_grid")
def test_units_by_fields(here, chosen):
    """Units with most late dossiers first; the ten fields with most."""
    found = handled(here, {**chosen, "field": ""})
    units = count_by(found, lambda one: one.dossier.unit)
    of_field = count_by(found, lambda one: field_of(here, one))

    def worst(groups: dict[str, list[Standing]]) -> list[str]:
        return sorted(groups, key=lambda code: (-late_of(groups[code]), -len(groups[code]), code))

    expected = []
    for unit_sort, unit in enumerate(worst(units), start=1):
        for field_sort, field in enumerate(worst(of_field)[:10], start=1):
            cell = [one for one in units[unit] if field_of(here, one) == field]
            value = share(late_of(cell), len(cell))
            expected.append(
                {
                    "unit_code": unit,
                    "unit_name": unit_name(here, unit),
                    "unit_sort": unit_sort,
                    "indicator_code": field,
                    "short_name": fields(here)[field]["short_name"],
                    "indicator_sort": field_sort,
                    "late": late_of(cell),
                    "handled": len(cell),
                    "value": value,
                    "status": "missing" if value is None else late_status(here, chosen, value, unit),
                    "low_volume": 0 < len(cell) < small.LOW_VOLUME,
                }
            )
    same_rows(queries.load("lateness_grid", **chosen), expected)


@pytest.mark.parametrize(
    ("indicator", "subset", "base"),
    [("T14", "received_online", "received"), ("", "closing_untimely", "resolved"), ("T17", "paid_online", "fee_due")],
)
@answers("unit_share")
def test_a_list_as_part_of_a_larger_one(here, chosen, indicator, subset, base):
    """Two ranks: by number and by share."""
    rows = []
    for code, found in count_by(handled(here, chosen), lambda one: one.dossier.unit).items():
        part, whole = (sum(name in lists(here, one) for one in found) for name in (subset, base))
        if part:
            rows.append((code, part, whole))
    by_share = sorted(rows, key=lambda row: (-row[1] / row[2], -row[2], row[0]))
    expected = [
        {
            "code": code,
            "name": unit_name(here, code),
            "dossiers": part,
            "base": whole,
            "value": 100 * part / whole,
            "target": oracle.number(target(here, chosen, indicator, "commune").get("target")),
            "low_volume": whole < small.LOW_VOLUME,
            "rank": place,
            "share_rank": by_share.index((code, part, whole)) + 1,
        }
        for place, (code, part, whole) in enumerate(sorted(rows, key=lambda row: (-row[1], -row[2], row[0])), start=1)
    ]
    same_rows(queries.load("unit_share", **chosen, indicator=indicator, subset=subset, base=base), expected)


# ------------------------------------------------------------------------------------ causes, officers


@answers("late_causes")
def test_causes_of_late_dossiers(here, chosen):
    late = [one for one in handled(here, chosen) if one.late]
    causes = {row["cause_code"]: row for row in here.reference["late_cause"]}
    said = {"subjective": "Chủ quan", "objective": "Khách quan"}
    counted = Counter(f"cause_{one.dossier.cause}" if one.dossier.cause else "unexplained" for one in late)
    expected = []
    for place, code in enumerate(sorted(counted, key=lambda code: (-counted[code], code)), start=1):
        cause = causes.get(code.removeprefix("cause_"))
        expected.append(
            {
                "code": code,
                "name": cause["name"] if cause else "Chưa ghi nguyên nhân",
                "kind_name": said[cause["attribution"]] if cause else "Chưa rõ",
                "dossiers": counted[code],
                "value": 100 * counted[code] / len(late),
                "rank": place,
            }
        )
    same_rows(queries.load("late_causes", **chosen), expected)


@answers("late_procedures")
def test_procedures_with_most_late_dossiers(here, chosen):
    """The eight worst procedures; a long name is shortened."""
    found = count_by(handled(here, chosen), lambda one: one.dossier.procedure)
    worst = sorted((code for code in found if late_of(found[code])), key=lambda code: (-late_of(found[code]), code))
    expected = []
    for place, code in enumerate(worst[:8], start=1):
        name = here.data.procedures[code]["name"]
        expected.append(
            {
                "code": code,
                "name": name if len(name) <= 96 else f"{name[:92]}…",
                "handled": len(found[code]),
                "late": late_of(found[code]),
                "value": 100 * late_of(found[code]) / len(found[code]),
                "rank": place,
            }
        )
    same_rows(queries.load("late_procedures", **chosen), expected)


def by_officer(world: World, chosen: dict) -> dict[tuple[str, str], Counter]:
    """Unit and code of each officer → numbers of handled, late, and late without a cause."""
    counted: dict[tuple[str, str], Counter] = defaultdict(Counter)
    for one in handled(world, chosen):
        if one.dossier.officer:
            unexplained = one.late and one.dossier.cause is None
            counted[one.dossier.unit, one.dossier.officer] += Counter(handled=1, late=one.late, unexplained=unexplained)
    return counted


@pytest.mark.parametrize("threshold", [1, 2, 3])
@answers("officers")
def test_officers_from_a_threshold_on(here, chosen, threshold):
    """Officers of a unit with at least `threshold` late dossiers; an officer code is unique within a unit."""
    units: dict[str, list[int]] = defaultdict(list)
    for (unit, _), counted in by_officer(here, chosen).items():
        if counted["unexplained"]:
            units[unit].append(counted["unexplained"])
    rows = [(sum(count >= threshold for count in counts), max(counts), unit) for unit, counts in units.items()]
    rows.sort(key=lambda row: (-row[0], -row[1], row[2]))
    expected = [
        {
            "code": unit,
            "name": unit_name(here, unit),
            "officers": len(units[unit]),
            "over_threshold": over,
            "worst": worst,
            "value": over,
            "rank": place,
        }
        for place, (over, worst, unit) in enumerate(rows, start=1)
    ]
    same_rows(queries.load("officers", **chosen, threshold=str(threshold)), expected)


@pytest.mark.parametrize("threshold", [1, 2, 3])
@answers("officer_list")
def test_the_officers_themselves(here, chosen, threshold):
    rows = [
        {"officer_code": officer, "unit_name": unit_name(here, unit), **{n: counted[n] for n in ("handled", "late", "unexplained")}}
        for (unit, officer), counted in by_officer(here, chosen).items()
        if counted["unexplained"] >= threshold
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row["unexplained"], -row["late"], row["unit_name"], row["officer_code"]))
    same_rows(queries.load("officer_list", **chosen, threshold=str(threshold)), rows)


def code_of(kind: str, last_month: int) -> str:
    """The period of a kind that ends with a month."""
    year, month = divmod(last_month, 12)
    return {
        "month": f"{year}-{month + 1:02}",
        "quarter": f"{year}-Q{month // 3 + 1}",
        "half": f"{year}-H{month // 6 + 1}",
    }.get(kind, str(year))


def in_a_row(world: World, chosen: dict, threshold: int) -> dict[tuple[str, str], list[tuple[str, Counter]]]:
    """Unit and code of the officers who reach the threshold in two periods or more in a row, back from the chosen one."""
    length, last = oracle.MONTHS[chosen["kind"]], world.now(chosen).last_month
    known = queries.load("periods", calendar=chosen["calendar"]).set_index("period_code")["title"].to_dict()
    found: dict[tuple[str, str], list[tuple[str, Counter]]] = {}
    going, code = None, chosen["period"]
    while code in known and going != set():
        counts = by_officer(world, chosen | {"period": code})
        over = {officer for officer, count in counts.items() if count["unexplained"] >= threshold}
        going = over if going is None else going & over
        for officer in going:
            found.setdefault(officer, []).append((known[code], counts[officer]))
        last -= length
        code = code_of(chosen["kind"], last)
    return {officer: periods for officer, periods in found.items() if len(periods) > 1}


@pytest.mark.parametrize("threshold", [1, 2])
@answers("officer_streaks")
def test_officers_late_in_period_after_period(here, chosen, threshold):
    """A period below the threshold ends the row, whatever was before it."""
    rows = [
        {
            "officer_code": officer,
            "unit_name": unit_name(here, unit),
            "row_periods": len(periods),
            "since_title": periods[-1][0],
            "late": periods[0][1]["late"],
            "unexplained": periods[0][1]["unexplained"],
        }
        for (unit, officer), periods in in_a_row(here, chosen, threshold).items()
    ]
    rows.sort(
        key=lambda row: (-row["row_periods"], -row["unexplained"], -row["late"], row["unit_name"], row["officer_code"])
    )
    same_rows(queries.load("officer_streaks", **chosen, threshold=str(threshold)), rows)


@pytest.mark.parametrize("threshold", [1, 2, 40])
@answers("officer_streak_count", order=False)
def test_how_many_officers_are_late_in_period_after_period(here, chosen, threshold):
    found = in_a_row(here, chosen, threshold)
    told = {
        "officers": len(found),
        "units": len({unit for unit, _ in found}),
        "kind": chosen["kind"],
        "threshold": threshold,
    }
    expected = told | {"most": max(map(len, found.values()), default=None)}
    same_rows(queries.load("officer_streak_count", **chosen, threshold=str(threshold)), [expected])


def test_some_row_of_late_periods_ends_before_the_first_period(here):
    """Some officer is late in more than two periods in a row, and some was late before a period in which he was not."""
    chosen = here.choices("solar", "2024-Q4")
    assert max(map(len, in_a_row(here, chosen, 1).values())) > 2
    months = [here.choices("solar", f"2024-{number:02}") for number in range(1, 12)]
    late = [{who for who, count in by_officer(here, month).items() if count["unexplained"]} for month in months]
    assert any((late[at - 2] & late[at]) - late[at - 1] for at in range(2, len(late)))
    rows = in_a_row(here, months[9], 1)
    assert any(len(rows[who]) < sum(who in one for one in late[:10]) for who in rows)


def test_some_officer_stands_exactly_at_the_threshold(here):
    counted = by_officer(here, here.choices("solar", "2024-Q4"))
    assert {count["unexplained"] for count in counted.values()} >= {1, 2, 3}


# --------------------------------------------------------------------------------------------- time


def quantile(numbers: list[float], part: float) -> float:
    """The value at a fraction of the way from smallest to largest, linearly interpolated."""
    ordered = sorted(numbers)
    place = part * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@answers("processing_time")
def test_how_long_it_takes(here, chosen):
    """Median and 90th percentile by field; the field most often over its time limit first."""
    ended = [one for one in handled(here, chosen) if one.resolved and one.dossier.statutory_days > 0]
    rows = []
    for code, found in count_by(ended, lambda one: field_of(here, one)).items():
        used = [oracle.working_days_used(here.data, one.dossier) for one in found]
        allowed = [one.dossier.statutory_days for one in found]
        over = 100 * sum(took > limit for took, limit in zip(used, allowed, strict=True)) / len(found)
        rows.append(
            {
                "field_code": code,
                "name": fields(here)[code]["short_name"],
                "dossiers": len(found),
                "median_days": quantile(used, 0.5),
                "p90_days": quantile(used, 0.9),
                "statutory_days": quantile(allowed, 0.5),
                "over_share": over,
            }
        )
    rows.sort(key=lambda row: (-row["over_share"], -row["dossiers"], row["field_code"]))
    same_rows(queries.load("processing_time", **chosen), rows)


@pytest.mark.parametrize("subset", ["resolved", "ineligible"])
@answers("processing_bands")
def test_how_much_of_its_time_a_dossier_used(here, chosen, subset):
    found = [one for one in handled(here, chosen) if subset in lists(here, one) and band(here, one)]
    counted = Counter(band(here, one) for one in found)
    expected = [
        {
            "code": f"{subset}_used_{place}",
            "dossiers": counted[place],
            "value": share(counted[place], len(found)),
            "status": ("context" if place <= 4 else "missed") if found else "missing",
        }
        for place in range(1, 7)
    ]
    same_rows(queries.load("processing_bands", **chosen, subset=subset), expected)


# --------------------------------------------------------------------------------------------- land


@pytest.mark.parametrize("unit", ["597", small.REGISTRY, small.TWIN])
@answers("land_lateness")
def test_counts_of_late_land_dossiers_go_together(here, chosen, unit):
    """The whole field, those of three tiers, the others, and the same of the unit with the most."""
    asked = {**chosen, "unit": unit, "field": "", "channel": ""}
    of_land = {row["field_code"] for row in here.data.procedures.values() if row["three_tier"] == "true"}
    late = [one for one in handled(here, asked) if one.late and field_of(here, one) in of_land]
    by_unit = count_by(late, lambda one: one.dossier.unit)
    tiers = {code: sum("land_late" in lists(here, one) for one in found) for code, found in by_unit.items()}
    expected = []
    if late:
        most = min(by_unit, key=lambda code: (-len(by_unit[code]), code))
        row = {
            "field_late": len(late),
            "three_tier_late": sum(tiers.values()),
            "other_late": len(late) - sum(tiers.values()),
        }
        one = {"office_name": None, "office_late": None, "office_three_tier": None, "office_other": None}
        if len(by_unit) > 1:
            one = {
                "office_name": unit_name(here, most),
                "office_late": len(by_unit[most]),
                "office_three_tier": tiers[most],
            }
            one["office_other"] = len(by_unit[most]) - tiers[most]
        expected = [row | one]
    same_rows(queries.load("land_lateness", **asked), expected)


@answers("land_steps")
def test_land_dossiers_step_by_step(here, chosen):
    asked = {**chosen, "field": "", "channel": ""}
    taken: dict[tuple[int, str], list[tuple[dict, int, int | None]]] = defaultdict(list)
    between = here.data.working_days.between
    for one in handled(here, asked):
        stages = begun(here, one)
        for last, step in pairwise([None, *stages]):
            start = step["received_at"].date()
            end = one.judged if step["is_open"] else step["completed_at"].date()
            waited = None
            if last and last["completed_at"]:
                waited = between(last["completed_at"].date(), start)
            taken[step["number"], step["tier"]].append((step, between(start, end), waited))
    expected = []
    for (number, tier), found in sorted(taken.items()):
        waits = [waited for *_, waited in found if waited is not None]
        late = sum(step["is_late"] for step, *_ in found)
        expected.append(
            {
                "step_number": number,
                "tier": tier,
                "code": f"land_step_late_{number}_{tier}",
                "name": f"Bước {number}: {TIERS[tier]}",
                "steps": len(found),
                "open_steps": sum(step["is_open"] for step, *_ in found),
                "late_steps": late,
                "value": 100 * late / len(found),
                "mean_days": sum(days for _, days, _ in found) / len(found),
                "handover_days": sum(waits) / len(waits) if waits else None,
                "low_volume": len(found) < small.LOW_VOLUME,
            }
        )
    same_rows(queries.load("land_steps", **chosen), expected)


def at_tiers(world: World, dossiers: list[Standing]) -> dict[str, int | None]:
    """How many open land dossiers each tier holds: unknown if no step tells it of any."""
    holders = [holder(world, one) for one in dossiers if one.open]
    unknown = holders.count(None)
    is_told = not holders or unknown < len(holders)
    return {f"at_{tier}": holders.count(tier) if is_told else None for tier in TIERS} | {"at_unknown": unknown}


@answers("land_units")
def test_land_dossiers_of_each_unit(here, chosen):
    asked = {**chosen, "field": "", "channel": ""}
    land = [one for one in handled(here, asked) if "land" in lists(here, one)]
    found = count_by(land, lambda one: one.dossier.unit)
    rows = sorted(found, key=lambda code: (-late_of(found[code]), len(found[code]), code))
    expected = [
        {
            "code": code,
            "name": unit_name(here, code),
            "handled": len(found[code]),
            "late": late_of(found[code]),
            **at_tiers(here, found[code]),
            "value": late_of(found[code]),
            "low_volume": len(found[code]) < small.LOW_VOLUME,
            "rank": place,
        }
        for place, code in enumerate(rows, start=1)
    ]
    same_rows(queries.load("land_units", **chosen), expected)


# ------------------------------------------------------------------------------------------- online


def received_by_procedure(world: World, chosen: dict) -> tuple[Counter, Counter]:
    """Received dossiers by procedure, and those filed online."""
    received = [one for one in handled(world, {**chosen, "field": "", "channel": ""}) if one.received]
    return (
        Counter(one.dossier.procedure for one in received),
        Counter(one.dossier.procedure for one in received if one.dossier.channel == "online"),
    )


@answers("online_procedures")
def test_procedures_that_can_be_filed_online(here, chosen):
    """Procedures without any online filing first, then by the share filed online."""
    every, online = received_by_procedure(here, chosen)
    rows = []
    for code, procedure in here.data.procedures.items():
        if procedure["service_level"] in ("full", "partial") and chosen["field"] in ("", procedure["field_code"]):
            rows.append(
                {
                    "code": code,
                    "name": procedure["name"],
                    "level_name": LEVELS[procedure["service_level"]],
                    "received": every[code],
                    "received_online": online[code],
                    "value": share(online[code], every[code]),
                    "is_essential": "Thiết yếu" if procedure["essential"] == "true" else "",
                }
            )
    rows.sort(key=lambda row: (row["value"] is not None, row["value"] or 0, -row["received"], row["code"]))
    same_rows(queries.load("online_procedures", **chosen), rows)


@answers("essential_services")
def test_essential_services(here, chosen):
    every, online = received_by_procedure(here, chosen)
    rows = []
    for code, procedure in here.data.procedures.items():
        if procedure["essential"] == "true":
            state = "Chưa có hồ sơ trực tuyến" if every[code] else "Chưa phát sinh hồ sơ"
            rows.append(
                {
                    "name": procedure["name"],
                    "level_name": LEVELS.get(procedure["service_level"], "Chưa trực tuyến"),
                    "received": every[code],
                    "received_online": online[code],
                    "state_name": "Đang thực hiện" if online[code] else state,
                }
            )
    rows.sort(key=lambda row: (-row["received_online"], row["name"]))
    same_rows(queries.load("essential_services", **chosen), rows)


# -------------------------------------------------------------------------------------- form II.06

CELLS = {"handled": 3, "received_online": 4, "received_direct": 5, "carried_over": 6, "resolved": 7, "resolved_early": 8,
         "resolved_on_time": 9, "resolved_late": 10, "open_total": 11, "open_in_time": 12, "open_late": 13}  # fmt: skip


def compared(world: World) -> list[dict]:
    """Every reported figure with the figure computed from dossiers; None if the dossiers do not cover it."""
    found = []
    for row in small._forms():
        # By field, or for all fields; without any dossier of the unit nothing is computed.
        asked = world.choices("reporting", row["period"], unit=row["unit_code"])
        known = handled(world, asked) if day(asked["start_on"]).year >= 2024 else []
        mine = [one for one in known if row["field_code"] in ("all", field_of(world, one))]
        for name, column in CELLS.items():
            if row[name]:
                computed = flow(world, mine)[name] if known else None
                found.append({**row, "column": column, "reported": int(row[name]), "computed": computed})
    return found


@answers("service_reports")
def test_reports_and_how_many_of_their_figures_differ(here):
    cells = compared(here)
    titles = {"2024-10": "Tháng 10/2024", "2024-Q3": "Quý III/2024"}
    expected = []
    for unit, period in sorted(
        {(row["unit_code"], row["period"]) for row in cells}, key=lambda key: (-int(key[1][:4]), key)
    ):
        own = [row for row in cells if (row["unit_code"], row["period"]) == (unit, period)]
        known = [row for row in own if row["computed"] is not None]
        full = next(row["full_name"] for row in here.reference["unit"] if row["unit_code"] == unit)
        expected.append(
            {
                "report_code": f"{unit} {period}",
                "unit_code": unit,
                "period_code": period,
                "title": f"{full}, {titles.get(period, period)}",
                "cells": len(own),
                "compared": len(known),
                "different": sum(row["reported"] != row["computed"] for row in known),
            }
        )
    expected.sort(key=lambda row: row["unit_code"])
    expected.sort(key=lambda row: row["period_code"], reverse=True)
    same_rows(queries.load("service_reports"), expected)


@pytest.mark.parametrize(
    ("unit", "period"), [(small.TWIN, "2024-10"), (small.BEST, "2024-Q3"), (small.THIN, "2022-10")]
)
@answers("service_report_cells")
def test_the_figures_of_a_report_that_differ_most_come_first(here, unit, period):
    names = {code: row["name"] for code, row in fields(here).items()} | {"all": "Tất cả lĩnh vực"}
    rows = [
        {
            "field_name": names[row["field_code"]],
            "column_number": row["column"],
            "reported": row["reported"],
            "computed": row["computed"],
            "difference": None if row["computed"] is None else row["reported"] - row["computed"],
        }
        for row in compared(here)
        if (row["unit_code"], row["period"]) == (unit, period)
    ]
    # Unknown values come last.
    rows.sort(
        key=lambda row: (
            row["difference"] is None,
            -abs(row["difference"] or 0),
            row["field_name"],
            row["column_number"],
        )
    )
    same_rows(queries.load("service_report_cells", unit=unit, period=period), rows)


# ------------------------------------------------------------------------------------------ satisfaction


def ratings(world: World, chosen: dict) -> dict[str, tuple[int, int]]:
    """Of each unit of the home: satisfied ratings and all ratings of the dossiers finished in the period."""
    found: dict[str, tuple[int, int]] = {}
    for one in handled(world, chosen | {"unit": "597", "field": "", "channel": ""}):
        if one.resolved and one.dossier.rating:
            satisfied, rated = found.get(one.dossier.unit, (0, 0))
            found[one.dossier.unit] = satisfied + (one.dossier.rating != "dissatisfied"), rated + 1
    return found


@answers("unit_satisfaction")
def test_satisfaction_by_unit(here, chosen):
    """By the share drawn towards the common one, so that a unit with two ratings is neither first nor last."""
    found, few = ratings(here, chosen), small.LOW_VOLUME
    common = sum(good for good, _ in found.values()) / sum(rated for _, rated in found.values())
    rows = [
        {
            "unit": unit,
            "unit_name": next(
                row["full_name"]
                for row in here.reference["unit"]
                if row["unit_code"] == unit and row["valid_from"] < "2025-07"
            ),
            "rated": rated,
            "satisfied": good,
            "satisfied_share": 100 * good / rated,
            "drawn_share": 100 * (good + few * common) / (rated + few),
            "rating_word": "ít phiếu" if rated < few else None,
        }
        for unit, (good, rated) in found.items()
        if chosen["unit"] in ("597", unit)
    ]
    rows.sort(key=lambda row: (row["drawn_share"], oracle.vietnamese_order(unit_name(here, row["unit"]))))
    same_rows(
        queries.load("unit_satisfaction", **chosen), [{k: v for k, v in row.items() if k != "unit"} for row in rows]
    )


@answers("unit_satisfaction_count", order=False)
def test_how_many_ratings_there_are(here, chosen):
    found = {unit: counts for unit, counts in ratings(here, chosen).items() if chosen["unit"] in ("597", unit)}
    good, rated = sum(good for good, _ in found.values()), sum(rated for _, rated in found.values())
    expected = {"rated": rated, "satisfied": good, "value": share(good, rated), "told_units": len(found)}
    expected |= {
        "few_units": sum(count < small.LOW_VOLUME for _, count in found.values()),
        "low_volume": small.LOW_VOLUME,
    }
    same_rows(queries.load("unit_satisfaction_count", **chosen), [expected])


def test_some_unit_has_few_ratings_and_some_has_enough(here):
    counts = [rated for _, rated in ratings(here, here.choices("solar", "2024-Q4")).values()]
    assert min(counts) < small.LOW_VOLUME <= max(counts)
