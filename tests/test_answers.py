"""Every query has a test of its values; here those about units, periods, rules, tasks."""

from __future__ import annotations

import math
import re

import pytest

import queries
from tests import oracle, small
from tests.answers import (
    FIGURED,
    ORDERED,
    TESTED,
    _prove,
    a_row_less,
    answers,
    collected,
    day,
    days_from,
    other_figures,
    other_order,
    same_rows,
)
from tests.small import World
from tests.test_answers_dossiers import handled, month_code
from tests.test_answers_indices import criteria, parts_of
from tests.test_answers_progress import by_name

NAMES = sorted(path.stem for path in queries.FOLDER.glob("*.sql"))
# Queries whose rows have no defined order.
UNORDERED = {
    "apology_count", "briefing", "commitment_figure", "dossier_count", "service_flow", "freshness", "holiday_gap", "initiative_count", "index_confirmation", "equipment_count", "undone_service_count", "unit_satisfaction_count", "reported_count", "procedure_cut_count", "community_team_count", "product_count", "officer_streak_count", "period_gap",
}  # fmt: skip


# ------------------------------------------------------------------------------------- the rule itself


def test_every_question_has_a_test_of_its_values():
    """Every query is named by a test marked with @answers, which was seen to fail on a changed answer."""
    collected()
    assert set(TESTED) == set(NAMES)
    # test_documents.py compares each topic of the briefing with the counts.
    assert set(NAMES) - set(FIGURED) == {"briefing"}


def test_every_question_has_a_test_of_the_order_of_its_rows():
    collected()
    assert set(NAMES) - set(ORDERED) == UNORDERED


def test_marked_tests_are_run():
    """Every marked function is collected by pytest: otherwise it proves nothing."""
    collected()
    names = {test for tests in TESTED.values() for test in tests}
    assert all(re.fullmatch(r"(tests\.)?test_\w+\.test_\w+", name) for name in names), names


@pytest.mark.parametrize("change", [other_figures, a_row_less, other_order])
def test_a_bare_mention_is_no_test(here, change):
    """A test that does not query, or that checks only columns, is detected; one that compares values passes."""
    chosen = here.choices("solar", "2024-Q4")

    def looks_at_columns() -> None:
        assert set(queries.load("headline", **chosen).columns) > {"value"}

    def compares(known: object = queries.load("headline", **chosen)) -> None:
        assert queries.load("headline", **chosen).equals(known)

    _prove(compares, "headline", change)
    with pytest.raises(pytest.fail.Exception, match="passes with"):
        _prove(looks_at_columns, "headline", change)
    if change is not other_order:
        with pytest.raises(pytest.fail.Exception, match="never looks"):
            _prove(lambda: None, "headline", change)


def test_a_marked_test_proves_itself_when_it_first_runs(here):
    @answers("units")
    def mentions() -> None:
        assert queries.question("units")

    try:
        with pytest.raises(pytest.fail.Exception, match="never looks at the answer to units"):
            mentions()
    finally:
        for marked in (TESTED, FIGURED, ORDERED):
            marked["units"] = {name for name in marked["units"] if not name.endswith(".mentions")}


# ------------------------------------------------------------------------------------------- units


def shipped_units(world: World) -> tuple[list[dict], list[dict]]:
    """The units of the district in 2024, and their successors of 2025."""
    rows = world.reference["unit"]
    own = [row for row in rows if row["parent_code"] == "597" and row["valid_from"] < "2025"]
    taken = {row["successor_code"] for row in own if row["successor_code"]}
    return own, [row for row in rows if row["unit_code"] in taken and row["valid_from"] >= "2025"]


@answers("units")
def test_units(here):
    """Communes in alphabetical order, then offices, then the units of 2025 as sums of their parts."""
    own, new = shipped_units(here)
    codes = {row["unit_code"] for row in here.reference["unit"] if row["valid_from"] < "2025"}
    own.sort(key=lambda row: (row["kind"] != "commune", oracle.vietnamese_order(row["name"])))
    new.sort(key=lambda row: oracle.vietnamese_order(row["name"]))
    full = {row["unit_code"]: row["full_name"] for row in new}
    expected = [
        {name: row[name] for name in ("unit_code", "name", "full_name", "kind", "area_type")}
        | {
            "population": oracle.number(row["population"]),
            "population_estimated": row["population_estimated"] == "true",
            "area_km2": oracle.number(row["area_km2"]),
            "successor_name": full.get(row["successor_code"], ""),
            "is_successor": False,
            "is_member": row["kind"] == "commune",
            "parts": "",
            "label": row["full_name"],
        }
        for row in own
    ]
    for row in new:
        parts = [one for one in own if one["successor_code"] == row["unit_code"]]
        # A code that was used before gets the year as suffix.
        code = f"{row['unit_code']}@2025" if row["unit_code"] in codes else row["unit_code"]
        expected.append(
            {
                "unit_code": code,
                "name": row["name"],
                "full_name": row["full_name"],
                "population": sum(float(one["population"]) for one in parts),
                "population_estimated": any(one["population_estimated"] == "true" for one in parts),
                "area_km2": sum(float(one["area_km2"]) for one in parts),
                "is_successor": True,
                "is_member": True,
                "parts": ", ".join(sorted(one["full_name"] for one in parts)),
                "label": f"{row['full_name']} (từ 01/7/2025)",
            }
        )
    same_rows(queries.load("units"), expected)


@pytest.mark.parametrize("unit", [small.TWIN, small.BEST])
@answers("unit_peers")
def test_peers(here, unit):
    """Peers in the same kind of area come first, then those nearest in population."""
    own, _ = shipped_units(here)
    rows = {row["unit_code"]: row for row in own if row["kind"] == "commune"}
    mine = rows.pop(unit)

    def ratio(row: dict) -> float:
        return float(row["population"]) / float(mine["population"])

    order = sorted(
        rows.values(),
        key=lambda row: (
            row["area_type"] != mine["area_type"],
            abs(math.log(ratio(row))),
            by_name(here, row["unit_code"]),
        ),
    )
    names = ("unit_code", "name", "full_name", "area_type")
    expected = [
        {name: row[name] for name in names} | {"population": float(row["population"]), "ratio": ratio(row)}
        for row in order
    ]
    same_rows(queries.load("unit_peers", unit=unit), expected)


@answers("homes")
def test_one_district_is_one_home(here):
    """There is only one home until there is data of a second district."""
    expected = {"home_code": "597", "schema_name": "main", "kind": "district", "name": "Hàm Thuận Bắc",
                "full_name": "Huyện Hàm Thuận Bắc", "parent_code": "60"}  # fmt: skip
    same_rows(queries.load("homes"), [expected])


@answers("holiday_gap", order=False)
def test_years_that_the_table_of_holidays_lacks(here):
    """The missing years of a range that starts inside the table and ends after it."""
    known = {int(row["holiday_on"][:4]) for row in here.reference["holiday"]}
    first, last = max(known) - 1, max(known) + 2
    missing = [year for year in range(first, last + 1) if year not in known]
    answer = queries.load("holiday_gap", start_on=f"{first}-06-01", end_on=f"{last}-02-01")
    same_rows(answer, [{"missing_years": ", ".join(map(str, missing)), "last_year": max(known)}])


@answers("freshness", order=False)
def test_freshness(here):
    expected = {
        "as_of": small.AS_OF,
        "home_code": "597",
        "home_name": "Hàm Thuận Bắc",
        "home_full_name": "Huyện Hàm Thuận Bắc",
        "dossier_count": sum(len(found) for found in here.data.dossiers.values()),
        "is_reorganised": False,
        "unit_day": small.AS_OF,
        "level_word": "huyện",
        "member_word": "xã",
        "members_word": "xã, thị trấn",
        "has_successors": True,
        "ranked_code": "597",
        "ranked_name": "Hàm Thuận Bắc",
        "has_template": True,
    }
    same_rows(queries.load("freshness"), [expected])


@answers("unit_days")
def test_up_to_which_day_each_unit_is_known(here):
    """One row for each day, the newest first; communes without any file come last, offices without one not at all."""
    own, _ = shipped_units(here)
    days: dict[object, list[dict]] = {}
    for row in own:
        known = here.data.known.get(row["unit_code"])
        if known or row["kind"] == "commune":
            days.setdefault(max(known) if known else None, []).append(row)
    expected = []
    for known_to in sorted(days, key=lambda day: (day is None, -day.toordinal() if day else 0)):
        names = [row["name"] for row in sorted(days[known_to], key=lambda row: oracle.vietnamese_order(row["name"]))]
        expected.append(
            {
                "known_to": known_to,
                "units": len(names),
                "unit_names": ", ".join(names[:6]),
                "further_units": max(0, len(names) - 6),
                "all_units": sum(map(len, days.values())),
            }
        )
    assert [row["units"] for row in expected] == [7, 12]
    same_rows(queries.load("unit_days"), expected)


# ------------------------------------------------------------------------------------------ periods

ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}


def titles(code: str) -> tuple[str, str]:
    """A period's title and its short one."""
    year, kind = code[:4], oracle.kind_of(code)
    if kind == "month":
        return f"Tháng {int(code[5:])}/{year}", f"T{int(code[5:])}/{year[2:]}"
    if kind == "quarter":
        return f"Quý {ROMAN[code[6]]}/{year}", f"{ROMAN[code[6]]}/{year[2:]}"
    if kind == "half":
        return (
            f"6 tháng {'đầu' if code[6] == '1' else 'cuối'} năm {year}",
            f"{'Đầu' if code[6] == '1' else 'Cuối'} {year}",
        )
    return f"Năm {year}", year


@pytest.mark.parametrize("calendar", ["solar", "reporting"])
@answers("periods")
def test_periods(here, calendar):
    """All periods with the first month in the data's year, newest first, with previous period and last year's."""
    first = oracle.months("2024-01" if calendar == "solar" else "2024-02")[0]
    codes = [month_code(2024 * 12 + number) for number in range(12)]
    codes += [f"2024-Q{number}" for number in range(1, 5)] + ["2024-H1", "2024-H2", "2024"]
    known = {}
    for code in codes:
        start, end = oracle.periods(calendar, oracle.kind_of(code), code)
        if oracle.months(code)[0] >= first and start <= small.AS_OF:
            known[code] = (oracle.months(code), start, end)
    last = {(oracle.kind_of(code), months[1]): code for code, (months, *_) in known.items()}
    expected = {}
    for code, ((begin, until), start, end) in known.items():
        title, short = titles(code)
        kind = oracle.kind_of(code)
        expected[code] = {
            "kind": kind,
            "period_code": code,
            "title": title,
            "short_title": short,
            "start_on": start,
            "end_on": end,
            "judged_on": min(end, small.AS_OF),
            "is_partial": end > small.AS_OF,
            "previous_code": last.get((kind, until - (until - begin + 1))),
            "last_year_code": last.get((kind, until - 12)),
        }
    shown = queries.load("periods", calendar=calendar)
    # Periods that end in the same month have no defined order.
    assert sorted(shown["period_code"]) == sorted(expected)
    ends = [known[code][0][1] for code in shown["period_code"]]
    assert ends == sorted(ends, reverse=True)
    same_rows(shown, [expected[code] for code in shown["period_code"]])


# ------------------------------------------------------------------------------ indicators and indices


@answers("fields")
def test_fields_with_dossiers(here):
    """Land first, then by name."""
    known = {
        here.data.procedures[one.procedure]["field_code"] for found in here.data.dossiers.values() for one in found
    }
    rows = [row for row in here.reference["field"] if row["field_code"] in known]
    rows.sort(key=lambda row: (row["is_land"] != "true", row["short_name"]))
    same_rows(queries.load("fields"), [{"field_code": row["field_code"], "name": row["short_name"]} for row in rows])


@answers("indicators")
def test_indicators_in_the_order_of_the_file(here):
    numbers = ("weight", "limit_value")
    names = (
        "indicator_code",
        "name",
        "short_name",
        "group_code",
        "measure",
        "direction",
        "kind",
        "formula",
        "source",
        "status",
    )
    expected = [
        {name: row[name] for name in names} | {name: oracle.number(row[name]) for name in numbers}
        for row in here.reference["indicator"]
    ]
    same_rows(queries.load("indicators"), expected)


@pytest.mark.parametrize("index", ["dti", "par", "service"])
@answers("criteria")
def test_criteria(here, index):
    expected = [{"criterion_code": code, "name": row["name"]} for code, row in criteria(here, index).items()]
    same_rows(queries.load("criteria", index=index), expected)


@pytest.mark.parametrize("index", ["dti", "service"])
@answers("component_indicators")
def test_indicators_of_an_index(here, index):
    expected = []
    for row in parts_of(here, index):
        indicator = here.data.indicators[row["indicator_code"]]
        expected.append(
            {"indicator_code": row["indicator_code"], "name": indicator["name"], "criterion_code": row["criterion_code"],
             "measure": indicator["measure"]}
        )  # fmt: skip
    same_rows(queries.load("component_indicators", index=index), expected)


@answers("index_years")
def test_years_with_scores(here):
    indices = {row["index_code"]: row for row in here.reference["score_index"]}
    expected = [
        {"index_code": index, "year": year} | {name: indices[index][name] for name in ("name", "short_name", "goal")}
        for index in ("dti", "par")
        for year in (2024, 2023)
    ]
    same_rows(queries.load("index_years"), expected)


@pytest.mark.parametrize("index", ["dti", "par", "service", "sipas", "all"])
@answers("index_confirmation", order=False)
def test_how_much_of_an_index_is_confirmed(here, index):
    """Components, criteria, classes and targets of the newest year; for the overall score its two thresholds."""
    parts = [
        row
        for name in ("component", "criterion", "class_band")
        for row in here.reference[name]
        if row["index_code"] == index
    ]
    used = {row["indicator_code"] for row in here.reference["component"] if row["index_code"] == index}
    if index == "all":
        parts += [row for row in here.reference["setting"] if row["setting_code"] in ("score_target", "score_alert")]
        used = {row["indicator_code"] for row in here.reference["indicator"] if float(row["weight"]) > 0}
    newest = max(row["year"] for row in here.reference["indicator_target"])
    parts += [
        row for row in here.reference["indicator_target"] if row["year"] == newest and row["indicator_code"] in used
    ]
    expected = sum(row["status"] != "confirmed" for row in parts)
    same_rows(queries.load("index_confirmation", index=index), [{"unconfirmed": expected}])


@answers("essential_published")
def test_published_essential_services(here):
    """Each published figure, newest first, with number, year and source."""
    rows = [row for row in here.reference["published_figure"] if row["topic"].startswith("Dịch vụ công thiết yếu")]
    rows.sort(key=lambda row: row["period"], reverse=True)
    shown = queries.load("essential_published")
    assert len(shown) == len(rows)
    for said, row in zip(shown.astype(str).to_dict("records"), rows, strict=True):
        words = " ".join(said.values())
        assert all(row[name] in words for name in ("value", "period", "source"))
        assert "*" not in words


# ---------------------------------------------------------------------------------- tasks and pilots


def state_of(row: dict[str, str]) -> str:
    """The state of a task on the date of the data."""
    done, due = day(row["completed_on"]), day(row["due_on"])
    if done and due and done > due:
        return "done_late"
    if done or row["percent"] == "100":
        return "done" if done else "done_undated"
    return "overdue" if due and due < small.AS_OF else "running"


STATES = {"overdue": "✗ Quá hạn", "running": "• Đang làm", "done_late": "≈ Xong, trễ hạn", "done": "✓ Đã xong",
          "done_undated": "✓ Đã xong, chưa ghi ngày"}  # fmt: skip
PLANS = [("task", ""), ("task", "par"), ("task", "dti"), ("proposal", ""), ("pilot", "")]


def of_plan(kind: str, plan: str) -> list[dict[str, str]]:
    """The tasks of a kind and a plan; a task without a plan belongs to every plan."""
    rows = [row for row in small._initiatives() if row["kind"] == kind]
    return [row for row in rows if plan in ("", row["plan"]) or not row["plan"]]


@pytest.mark.parametrize(("kind", "plan"), PLANS)
@answers("initiative_count", order=False)
def test_how_many_tasks_are_how_far(here, kind, plan):
    """A task is due soon within thirty days, including the thirtieth, excluding the next."""
    rows = of_plan(kind, plan)
    states = [state_of(row) for row in rows]
    soon = days_from(small.AS_OF, 30)
    due = [row for row in rows if state_of(row) == "running" and day(row["due_on"]) and day(row["due_on"]) <= soon]
    expected = {"total": len(rows), "due_soon": len(due)} | {state: states.count(state) for state in STATES}
    same_rows(queries.load("initiative_count", initiative_kind=kind, plan=plan), [expected])


def test_tasks_are_due_on_either_side_of_thirty_days(here):
    days = {(day(row["due_on"]) - small.AS_OF).days for row in of_plan("task", "") if row["due_on"]}
    assert {30, 31, 60, 61} <= days


@pytest.mark.parametrize(("kind", "plan"), PLANS)
@answers("initiatives")
def test_tasks(here, kind, plan):
    """Overdue tasks come first, then running ones, by due date."""
    names = {row["unit_code"]: row["full_name"] for row in here.reference["unit"] if row["valid_from"] < "2025"}
    order = list(STATES)
    rows = sorted(
        of_plan(kind, plan),
        key=lambda row: (order.index(state_of(row)), not row["due_on"], row["due_on"], row["initiative_code"]),
    )
    expected = []
    for row in rows:
        due, until = day(row["due_on"]), day(row["completed_on"]) or small.AS_OF
        late = max(0, (until - due).days) if due and state_of(row) != "done_undated" else 0
        expected.append(
            {name: row[name] for name in ("initiative_code", "name", "owner", "outcome")}
            | {name: day(row[name]) for name in ("start_on", "due_on", "completed_on")}
            | {
                "unit_name": names[row["unit_code"]],
                "percent": oracle.number(row["percent"]),
                "state_name": STATES[state_of(row)],
                "days_late": late or None,
            }
        )
    same_rows(queries.load("initiatives", initiative_kind=kind, plan=plan), expected)


@pytest.mark.parametrize("unit", ["597", small.TWIN])
@answers("unit_initiatives")
def test_tasks_of_a_unit(here, unit):
    kinds = {"pilot": "Thí điểm", "task": "Nhiệm vụ", "proposal": "Kiến nghị"}
    rows = [row for row in small._initiatives() if row["unit_code"] == unit]
    rows.sort(key=lambda row: (row["kind"], row["start_on"], row["initiative_code"]))
    expected = [
        {name: row[name] for name in ("initiative_code", "name", "owner")}
        | {name: day(row[name]) for name in ("start_on", "due_on", "completed_on")}
        | {
            "kind_name": kinds[row["kind"]],
            "percent": oracle.number(row["percent"]),
            "state_name": STATES[state_of(row)],
            "outcome": row["outcome"] or None,
        }
        for row in rows
    ]
    same_rows(queries.load("unit_initiatives", unit=unit), expected)


def test_the_small_district_has_dossiers_everywhere(here):
    """Every unit has dossiers in every period: otherwise the tests would compare nothing with nothing."""
    for name in ("2024-Q2", "2024-Q3", "2024-Q4"):
        assert len(handled(here, here.choices("solar", name))) > 100
