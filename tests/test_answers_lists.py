"""The values of the questions about lists: what the units have, lack and do, and who has not told."""

from __future__ import annotations

from datetime import date

import pytest

import queries
from tests import oracle, small
from tests.answers import answers, day, same_rows
from tests.small import World
from tests.test_answers import STATES, of_plan, state_of
from tests.test_answers_dossiers import CHOICES, handled
from tests.test_answers_progress import Known, by_name, known

HOME, LATER = "597", "2025-07-01"


def named(here: World, row: dict[str, str]) -> dict[str, str]:
    """The unit of a row: the one that had the code on the day of the row."""
    told = row.get("reported_on") or "2024"
    units = [unit for unit in here.reference["unit"] if unit["unit_code"] == row["unit_code"]]
    return next(unit for unit in units if unit["valid_from"] <= told <= (unit["valid_to"] or "9999"))


def of_unit(here: World, rows: list[dict[str, str]], asked: str) -> list[dict[str, str]]:
    """The rows of a unit: those of its own, or of the home all."""
    return (
        rows
        if asked == HOME
        else [row for row in rows if row["unit_code"] == asked and named(here, row)["valid_from"] < LATER]
    )


def told_of(here: World, rows: list[dict[str, str]], asked: str, offices: bool = False) -> dict[str, object]:
    """How many of the units that should tell have told, and the first six of the others."""
    kinds = ("commune", "district_office") if offices else ("commune",)
    units = [unit for unit in here.reference["unit"] if unit["kind"] in kinds and unit["parent_code"] == HOME]
    units = [unit for unit in units if unit["valid_from"] < LATER and asked in (HOME, unit["unit_code"])]
    told = {named(here, row)["name"] for row in rows}
    silent = sorted((unit["name"] for unit in units if unit["name"] not in told), key=oracle.vietnamese_order)
    return {
        "units": len(units),
        "told_units": len(units) - len(silent),
        "silent_names": ", ".join(silent[:6]) or None,
        "further_units": max(len(silent) - 6, 0),
    }


# ------------------------------------------------------------------------------------------ equipment


def short_of(row: dict[str, str]) -> int:
    return int(row["required_count"]) - int(row["usable_count"])


@pytest.mark.parametrize("unit", [HOME, small.TWIN])
@answers("equipment")
def test_equipment_that_is_short(here, unit):
    """What has nothing usable first, then what lacks most; equal ones by cost, an unknown cost last, then by name."""
    rows = [row for row in of_unit(here, small.EQUIPMENT, unit) if short_of(row) > 0]
    cost = {id(row): short_of(row) * float(row["unit_cost"]) if row["unit_cost"] else None for row in rows}
    rows.sort(
        key=lambda row: (
            int(row["usable_count"]) > 0,
            -short_of(row),
            cost[id(row)] is None,
            -(cost[id(row)] or 0),
            oracle.vietnamese_order(named(here, row)["name"]),
        )
    )
    expected = [
        {
            "unit_name": named(here, row)["full_name"],
            "item_name": row["name"],
            "required_count": int(row["required_count"]),
            "usable_count": int(row["usable_count"]),
            "short_count": short_of(row),
            "unit_cost": oracle.number(row["unit_cost"]),
            "cost": cost[id(row)],
            "reported_on": day(row["reported_on"]),
        }
        for row in rows
    ]
    same_rows(queries.load("equipment", unit=unit), expected)


@pytest.mark.parametrize("unit", [HOME, small.TWIN, small.THIN])
@answers("equipment_count", order=False)
def test_how_much_equipment_is_short(here, unit):
    """A desk that has told that it lacks nothing has told; what more than is needed stands there helps no other desk."""
    # Of the units of 2025 no list is expected yet: what they tell is listed, but not counted.
    rows = [row for row in of_unit(here, small.EQUIPMENT, unit) if named(here, row)["valid_from"] < LATER]
    short = [row for row in rows if short_of(row) > 0]
    same_rows(
        queries.load("equipment_count", unit=unit),
        [
            told_of(here, rows, unit, offices=True)
            | {
                "short_units": len({row["unit_code"] for row in short}),
                "short_count": sum(map(short_of, short)),
                "cost": sum(short_of(row) * float(row["unit_cost"]) for row in short if row["unit_cost"]),
                "unpriced": sum(not row["unit_cost"] for row in short),
            }
        ],
    )


# ---------------------------------------------------------------------------------- essential services


def state_on(row: dict[str, str], last: str) -> str:
    """The state of an essential service on a day."""
    if row["deployed_on"] and row["deployed_on"] <= last:
        return "done"
    return "overdue" if row["due_on"] and row["due_on"] < last else "running"


DAYS = ["2024-09-30", "2024-10-01", small.AS_OF.isoformat(), "2022-12-31"]


@pytest.mark.parametrize("last", DAYS)
@answers("undone_services")
def test_services_that_are_not_deployed(here, last):
    """Overdue ones by their date, those for which nobody has named a date, then the others."""
    rows = [row for row in small.ESSENTIAL if state_on(row, last) != "done"]
    rows.sort(key=lambda row: (state_on(row, last) != "overdue", row["due_on"], row["name"]))
    words = {"overdue": "✗ Quá hạn", "running": "• Chưa triển khai"}
    expected = [
        {
            "service_name": row["name"],
            "owner": row["owner"] or None,
            "due_on": day(row["due_on"]),
            "state_name": words[state_on(row, last)],
            "days_late": (day(last) - day(row["due_on"])).days if state_on(row, last) == "overdue" else None,
            "obstacle": row["obstacle"] or None,
        }
        for row in rows
    ]
    same_rows(queries.load("undone_services", judged_on=last), expected)


@pytest.mark.parametrize("last", DAYS)
@answers("undone_service_count", order=False)
def test_how_many_services_are_deployed(here, last):
    states = [state_on(row, last) for row in small.ESSENTIAL]
    undated = sum(state != "done" and not row["due_on"] for state, row in zip(states, small.ESSENTIAL, strict=True))
    told = {
        "judged_on": day(last),
        "total": len(states),
        "done": states.count("done"),
        "overdue": states.count("overdue"),
    }
    expected = [told | {"undone": len(states) - states.count("done"), "undated": undated}]
    same_rows(queries.load("undone_service_count", judged_on=last), expected)


# ------------------------------------------------------------------------------------ community teams


@pytest.mark.parametrize("unit", [HOME, small.TWIN])
@answers("community_teams")
def test_teams_without_training(here, unit):
    """Teams nobody of which is trained, those of which nobody knows, those of which most are not; no dissolved team."""
    rows = [
        row for row in of_unit(here, small.TEAMS, unit) if row["members"] != "0" and row["trained"] != row["members"]
    ]
    untrained = {id(row): int(row["members"]) - int(row["trained"]) if row["trained"] else None for row in rows}
    order = {"0": 0, "": 1}
    rows.sort(
        key=lambda row: (
            order.get(row["trained"], 2),
            -(int(row["members"]) if untrained[id(row)] is None else untrained[id(row)]),
            oracle.vietnamese_order(named(here, row)["name"]),
            row["village"],
        )
    )
    words = {"0": "✗ Chưa ai tập huấn", "": "? Chưa rõ"}
    expected = [
        {
            "unit_name": named(here, row)["full_name"],
            "village": row["village"],
            "members": int(row["members"]),
            "trained": int(row["trained"]) if row["trained"] else None,
            "untrained": untrained[id(row)],
            "trained_on": day(row["trained_on"]),
            "state_name": words.get(row["trained"], "≈ Chưa đủ"),
            "reported_on": day(row["reported_on"]),
        }
        for row in rows
    ]
    same_rows(queries.load("community_teams", unit=unit), expected)


@pytest.mark.parametrize("unit", [HOME, small.TWIN, small.DOUBLE, small.THIN])
@answers("community_team_count", order=False)
def test_how_many_teams_are_trained(here, unit):
    """A commune whose only team is dissolved has told; members of a team of which nobody knows count nowhere."""
    rows = [row for row in of_unit(here, small.TEAMS, unit) if named(here, row)["valid_from"] < LATER]
    teams = [row for row in rows if row["members"] != "0"]
    known = [row for row in teams if row["trained"]]
    same_rows(
        queries.load("community_team_count", unit=unit),
        [
            told_of(here, rows, unit)
            | {
                "teams": len(teams),
                "untrained_teams": sum(row["trained"] == "0" for row in teams),
                "unclear_teams": len(teams) - len(known),
                "trained": sum(int(row["trained"]) for row in known),
                "members": sum(int(row["members"]) for row in known),
            }
        ],
    )


# ------------------------------------------------------------------------------------------- products


def on_sale(row: dict[str, str], last: str) -> bool:
    return row["listed_on"] <= last and (not row["ended_on"] or row["ended_on"] > last)


@pytest.mark.parametrize("last", DAYS)
@pytest.mark.parametrize("unit", [HOME, small.TWIN])
@answers("products")
def test_products_on_sale(here, unit, last):
    """Those without an order, those of which nobody knows, then by orders; on its last day a product is no longer sold."""
    rows = [row for row in of_unit(here, small.PRODUCTS, unit) if on_sale(row, last)]
    rows.sort(
        key=lambda row: (
            {"0": 0, "": 1}.get(row["orders"], 2),
            int(row["orders"] or 0),
            oracle.vietnamese_order(named(here, row)["name"]),
            row["name"],
            row["platform"],
        )
    )
    expected = [
        {
            "product_name": row["name"],
            "platform": row["platform"],
            "unit_name": named(here, row)["full_name"],
            "ocop_stars": int(row["ocop_stars"]) if row["ocop_stars"] else None,
            "listed_on": day(row["listed_on"]),
            "orders": int(row["orders"]) if row["orders"] else None,
        }
        for row in rows
    ]
    same_rows(queries.load("products", unit=unit, judged_on=last), expected)


@pytest.mark.parametrize("last", DAYS)
@pytest.mark.parametrize("unit", [HOME, small.TWIN, small.DOUBLE])
@answers("product_count", order=False)
def test_how_many_products_are_sold(here, unit, last):
    """A commune that reports that it sells nothing has told, although it lists nothing."""
    reports: dict[str, tuple[str, float]] = {}
    for row in oracle.rows(here.store.parent / "files" / "kpi_value.csv"):
        # A month, or a quarter by its last month.
        year, _, part = row["period"].partition("-")
        month = int(part.removeprefix("Q")) * 3 if part.startswith("Q") else int(part or 12)
        if row["indicator_code"] == "S08" and (until := f"{year}-{month:02}") <= last[:7]:
            reports[row["unit_code"]] = max(reports.get(row["unit_code"], ("", 0.0)), (until, float(row["value"])))
    rows = of_unit(here, small.PRODUCTS, unit)
    listed = {row["unit_code"] for row in rows}
    none = [code for code, (_, value) in reports.items() if value == 0 and code not in listed and unit in (HOME, code)]
    sold = [row for row in rows if on_sale(row, last)]
    same_rows(
        queries.load("product_count", unit=unit, judged_on=last),
        [
            told_of(here, [*rows, *({"unit_code": code} for code in none)], unit)
            | {
                "none_units": len(none),
                "products": len({(row["unit_code"], row["name"]) for row in sold}),
                "stalls": len(sold),
                "unsold": sum(row["orders"] == "0" for row in sold),
            }
        ],
    )


# ------------------------------------------------------------------------------- procedures that are cut


def of_period(here: World, case: str) -> dict[str, object]:
    """A reader's choices of one of the cases that also the questions about dossiers are tested with."""
    calendar, period, before, more = CHOICES[case]
    return here.choices(calendar, period, before, **more)


def month_of(calendar: str, when: date) -> int:
    """The month of a calendar in which a day lies."""
    near = when.year * 12 + when.month - 1
    return next(
        month
        for month in (near, near + 1)
        if oracle.month_days(calendar, month)[0] <= when <= oracle.month_days(calendar, month)[1]
    )


def cuts(here: World, chosen: dict, plan: str) -> list[dict[str, object]]:
    """The proposals that say what a dossier saves, each with the dossiers of the chosen period that save it."""
    received = [one.dossier for one in handled(here, chosen) if one.received]
    found = []
    for row in of_plan("proposal", plan):
        if not (row["days_saved"] or row["cost_saved"]):
            continue
        state, since = state_of(row), row["completed_on"]
        own = [dossier for dossier in received if dossier.procedure == row["procedure_code"]]
        if since:
            # Whole months after the day: none of the month of the day itself.
            until = month_of(chosen["calendar"], day(since))
            own = [dossier for dossier in own if month_of(chosen["calendar"], dossier.received_day) > until]
        count = None if not row["procedure_code"] or state == "done_undated" else len(own)
        saved = {name: oracle.number(row[name]) for name in ("days_saved", "cost_saved")}
        times = {name: None if count is None or each is None else count * each for name, each in saved.items()}
        found.append(
            {
                "initiative_code": row["initiative_code"],
                "name": row["name"],
                "procedure_name": here.data.procedures[row["procedure_code"]]["name"]
                if row["procedure_code"]
                else None,
                "owner": row["owner"],
                "due_on": day(row["due_on"]),
                "state_name": STATES[state],
                "received": count,
                **saved,
                "saved_days": times["days_saved"],
                "saved_cost": times["cost_saved"],
                "is_granted": state.startswith("done"),
                "is_overdue": state == "overdue",
            }
        )
    return found


@pytest.mark.parametrize(
    "case", [name for name, (*_, more) in CHOICES.items() if not more.keys() & {"field", "channel"}]
)
@pytest.mark.parametrize("plan", ["", "par"])
@answers("procedure_cuts")
def test_procedures_that_are_cut(here, case, plan):
    """What is overdue and what waits come before what is approved; within them what saves most."""
    chosen = of_period(here, case)
    rows = cuts(here, chosen, plan)
    rows.sort(
        key=lambda row: (
            row["is_granted"],
            not row["is_overdue"],
            row["saved_days"] is None,
            -(row["saved_days"] or 0),
            row["saved_cost"] is None,
            -(row["saved_cost"] or 0),
            row["initiative_code"],
        )
    )
    expected = [{name: value for name, value in row.items() if not name.startswith("is_")} for row in rows]
    same_rows(queries.load("procedure_cuts", **chosen, plan=plan), expected)


@pytest.mark.parametrize(
    "case", [name for name, (*_, more) in CHOICES.items() if not more.keys() & {"field", "channel"}]
)
@pytest.mark.parametrize("plan", ["", "par"])
@answers("procedure_cut_count", order=False)
def test_how_much_the_cuts_save(here, case, plan):
    chosen = of_period(here, case)
    rows = cuts(here, chosen, plan)
    sums = {
        f"{word}_{name}": sum(row[f"saved_{name}"] or 0 for row in rows if row["is_granted"] is granted)
        for word, granted in (("granted", True), ("waiting", False))
        for name in ("days", "cost")
    }
    expected = sums | {
        "granted": sum(row["is_granted"] for row in rows),
        "waiting": sum(not row["is_granted"] for row in rows),
        "unclear_cuts": sum(row["received"] is None for row in rows),
        "unmeasured": len(of_plan("proposal", plan)) - len(rows),
    }
    same_rows(queries.load("procedure_cut_count", **chosen, plan=plan), [expected])


# ----------------------------------------------------------------------------- what communes report in numbers

REPORTED = [("solar", "2024-Q4"), ("solar", "2024-10"), ("reporting", "2024-Q3")]


def reports(here: World, calendar: str, period: str, *codes: str) -> dict[str, dict[str, Known]]:
    """Each commune that has reported any of these indicators, with what the oracle knows of each."""
    chosen = here.choices(calendar, period)
    found = {unit: {code: known(here, unit, chosen, code) for code in codes} for unit in oracle.communes(here.data)}
    return {unit: seen for unit, seen in found.items() if any(one.value is not None for one in seen.values())}


def full_name(here: World, unit: str) -> str:
    return next(
        row["full_name"] for row in here.reference["unit"] if row["unit_code"] == unit and row["valid_from"] < LATER
    )


def last(value: float | None) -> tuple[bool, float]:
    """A sort key that puts what is unknown last."""
    return value is None, value or 0


def less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


@pytest.mark.parametrize(("calendar", "period"), REPORTED)
@answers("propaganda")
def test_propaganda(here, calendar, period):
    """The communes whose articles reach the fewest of their people first; one that has sent nothing is not listed."""
    people = {row["unit_code"]: float(row["population"]) for row in here.reference["unit"] if row["population"]}
    rows = []
    for unit, seen in reports(here, calendar, period, "S17", "S18", "S19").items():
        reach = seen["S18"].value
        row = {
            "unit_name": full_name(here, unit),
            "articles": seen["S17"].value,
            "reach": reach,
            "reactions": seen["S19"].value,
        }
        row |= {"reach_per_100": None if reach is None else 100 * reach / people[unit]}
        rows.append(
            row | {"known": seen["S17"].extent.known_months, "expected": seen["S17"].extent.all_months, "unit": unit}
        )
    rows.sort(key=lambda row: (*last(row["reach_per_100"]), by_name(here, row["unit"])))
    expected = [{name: value for name, value in row.items() if name != "unit"} for row in rows]
    same_rows(queries.load("propaganda", calendar=calendar, period=period), expected)


@pytest.mark.parametrize(("calendar", "period"), REPORTED)
@answers("it_staff")
def test_it_staff(here, calendar, period):
    """The communes with most vacant positions first, then those with most people who were not trained."""
    rows = []
    for unit, seen in reports(here, calendar, period, "S20", "S21").items():
        positions, filled, schooled = seen["S20"].denominator, seen["S20"].numerator, seen["S21"].numerator
        row = {
            "unit_name": full_name(here, unit),
            "positions": positions,
            "filled": filled,
            "schooled": schooled,
            "unit": unit,
        }
        rows.append(row | {"vacant": less(positions, filled), "unschooled": less(seen["S21"].denominator, schooled)})
    rows.sort(
        key=lambda row: (*last(less(0, row["vacant"])), *last(less(0, row["unschooled"])), by_name(here, row["unit"]))
    )
    expected = [{name: value for name, value in row.items() if name != "unit"} for row in rows]
    same_rows(queries.load("it_staff", calendar=calendar, period=period), expected)


@pytest.mark.parametrize(("calendar", "period"), REPORTED)
@answers("insurance_visits")
def test_insurance_visits(here, calendar, period):
    rows = []
    for unit, seen in reports(here, calendar, period, "S22", "S23").items():
        at, visits = seen["S22"], seen["S23"]
        row = {
            "unit_name": full_name(here, unit),
            "facilities": at.denominator,
            "ready_facilities": at.numerator,
            "unit": unit,
        }
        row |= {"visits": visits.denominator, "card_visits": visits.numerator, "card_share": visits.value}
        rows.append(row | {"known": visits.extent.known_months, "expected": visits.extent.all_months})
    rows.sort(
        key=lambda row: (
            *last(row["card_share"]),
            *last(less(row["ready_facilities"], row["facilities"])),
            by_name(here, row["unit"]),
        )
    )
    expected = [{name: value for name, value in row.items() if name != "unit"} for row in rows]
    same_rows(queries.load("insurance_visits", calendar=calendar, period=period), expected)


@pytest.mark.parametrize("code", ["S17", "S20", "S23"])
@pytest.mark.parametrize(("calendar", "period"), REPORTED)
@answers("reported_count", order=False)
def test_what_communes_report_makes_together(here, calendar, period, code):
    chosen = here.choices(calendar, period)
    whole, told = known(here, HOME, chosen, code), reports(here, calendar, period, code)
    row = here.data.indicators[code]
    expected = {"indicator_name": row["name"], "measure": row["measure"], "value": whole.value}
    expected |= {"numerator": whole.numerator, "denominator": whole.denominator}
    same_rows(
        queries.load("reported_count", calendar=calendar, period=period, indicator=code),
        [expected | told_of(here, [{"unit_code": unit} for unit in told], HOME)],
    )
