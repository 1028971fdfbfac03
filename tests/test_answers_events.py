"""Events beside a line, and those that were entered, against plain Python on the files."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

import queries
from tests import oracle, small
from tests.answers import answers, day, same_rows
from tests.browser import rerun, visit
from tests.test_answers_ranks import rows

UNITS = [
    ("597", "T05"),
    (small.TWIN, "T05"),
    (small.TWIN, "T14"),
    ("597", "T14"),
    (small.OTHER_TWIN, "T05"),
    (small.COUNTER, ""),
    ("597", "S08"),
]


def marks(here: small.World, unit: str, indicator: str) -> list[dict]:
    """Every event of a unit's indicator, whenever it was."""
    units = {row["unit_code"]: row for row in here.reference["unit"] if row["valid_from"] < "2025"}
    around = {"", unit, "597", "60"}
    scope = {"district": "district", "commune": "commune"}.get(units[unit]["kind"])
    blank = {"before_target": None, "after_target": None, "measure": None, "splits": False, "source": None}
    measures = {row["indicator_code"]: row["measure"] for row in here.reference["indicator"]}
    found = [
        {**blank, "event_kind": "entered", "from_on": day(row["from_on"]), "to_on": day(row["to_on"] or row["from_on"]), "name": row["name"],
         "splits": row["splits"] == "true", "source": row["source"] or None, "measure": measures.get(row["indicator_code"])}
        for row in small.EVENTS
        if row["unit_code"] in around and row["indicator_code"] in ("", indicator)
    ]  # fmt: skip
    found += [
        {**blank, "event_kind": "pilot", "from_on": day(row["start_on"]), "to_on": day(row["start_on"]), "name": row["name"],
         "measure": measures.get(row["indicator_code"])}
        for row in small._initiatives()
        if row["kind"] == "pilot" and row["start_on"] and row["unit_code"] in around and row["indicator_code"] in ("", indicator)
    ]  # fmt: skip
    targets = {
        (row["indicator_code"], row["scope"], int(row["year"])): row for row in here.reference["indicator_target"]
    }
    for (code, where, year), row in targets.items():
        before = targets.get((code, where, year - 1))
        if code == indicator and where == scope and before and float(before["target"]) != float(row["target"]):
            found.append(
                {**blank, "event_kind": "target", "from_on": date(year, 1, 1), "to_on": date(year, 1, 1), "name": None,
                 "before_target": float(before["target"]), "after_target": float(row["target"]), "measure": measures[code],
                 "source": row["source"] or None}
            )  # fmt: skip
    days = [
        date.fromisoformat(row["holiday_on"])
        for row in here.reference["holiday"]
        if row["kind"] == "off" and row["name"].startswith("Tết Nguyên đán")
    ]
    for year in {one.year for one in days}:
        own = [one for one in days if one.year == year]
        found.append(
            {**blank, "event_kind": "holiday", "from_on": min(own), "to_on": max(own), "name": "Tết Nguyên đán"}
        )
    return found


@pytest.mark.parametrize(("calendar", "kind"), [("solar", "month"), ("reporting", "month"), ("solar", "quarter")])
@pytest.mark.parametrize(("unit", "indicator"), UNITS)
@answers("events")
def test_the_events_of_a_line(here, unit, indicator, calendar, kind):
    codes = [
        row["period_code"]
        for row in rows(
            "SELECT period_code FROM period WHERE calendar = ? AND kind = ? ORDER BY start_on",
            here.store,
            calendar,
            kind,
        )
    ]
    spans = {code: oracle.periods(calendar, kind, code) for code in codes}
    axis = {code: span for code, span in spans.items() if span[0] <= small.AS_OF}
    expected = []
    for mark in marks(here, unit, indicator):
        at = [code for code, (first, last) in axis.items() if first <= mark["from_on"] <= last]
        if at:
            until = max(
                (code for code, (first, _) in axis.items() if first <= mark["to_on"]), key=lambda code: axis[code][0]
            )
            expected.append({"period_code": at[0], "until_code": until} | mark)
    expected.sort(key=lambda row: (row["from_on"], row["event_kind"], row["name"] or "", row["to_on"]))
    same_rows(queries.load("events", calendar=calendar, kind=kind, unit=unit, indicator=indicator), expected)


def test_a_series_is_split_at_its_first_whole_month(here):
    """E3, on the first of July, of one commune and one indicator: July of the solar calendar, the month from 15 July of the other."""
    found = rows(
        "SELECT calendar, unit_code, indicator_code, month, split_on, split_name FROM process_split", here.store
    )
    common = {
        "unit_code": small.TWIN,
        "indicator_code": "T05",
        "split_on": date(2024, 7, 1),
        "split_name": "Thêm một cán bộ một cửa",
    }
    assert found == [
        common | {"calendar": "reporting", "month": 2024 * 12 + 7},
        common | {"calendar": "solar", "month": 2024 * 12 + 6},
    ]


@answers("entered_events")
def test_the_events_that_were_entered(here):
    units = {row["unit_code"]: row["full_name"] for row in here.reference["unit"] if row["valid_from"] < "2025"}
    names = {row["indicator_code"]: row["name"] for row in here.reference["indicator"]}
    expected = [
        {
            "event_code": row["event_code"],
            "from_on": day(row["from_on"]),
            "to_on": day(row["to_on"]),
            "unit_name": units[row["unit_code"]] if row["unit_code"] else "Mọi đơn vị",
            "indicator_name": names[row["indicator_code"]] if row["indicator_code"] else "Mọi chỉ tiêu",
            "event_name": row["name"],
            "splits": {"true": True, "false": False, "": None}[row["splits"]],
            "source": row["source"] or None,
        }
        for row in sorted(
            small.EVENTS, key=lambda row: (-date.fromisoformat(row["from_on"]).toordinal(), row["event_code"])
        )
    ]
    same_rows(queries.load("entered_events"), expected)


def test_an_event_is_entered_on_the_page_and_stands_beside_the_line(page, own_app):
    """Entered by an analyst, seen by everybody, withdrawn like an upload; a mark of its own, and the months start anew."""
    visit(page, f"{own_app}/upload")
    page.get_by_role("tab", name="Sự kiện").click()
    expect(page.get_by_text("Chưa ghi sự kiện nào.")).to_be_visible()
    with rerun(page):
        page.get_by_role("button", name="Ghi sự kiện").click()
    expect(page.get_by_text("Còn thiếu: sự kiện, từ ngày.")).to_be_visible()
    page.get_by_label("Sự kiện (một câu ngắn").fill("Đổi phần mềm một cửa")
    page.get_by_role("spinbutton", name="day, Từ ngày").click()
    page.keyboard.type("15062024")
    page.get_by_text("Từ đây cách làm hay cách tính đã khác hẳn").click()
    with rerun(page):
        page.get_by_role("button", name="Ghi sự kiện").click()
    expect(page.get_by_text("Đã ghi sự kiện: bản số liệu")).to_be_visible()
    visit(page, f"{own_app}/commune?unit=23059&indicator=T05&kind=month&period=2024-12")
    said = page.get_by_test_id("stPlotlyChart").first.get_attribute("aria-label")
    assert "Đổi phần mềm một cửa, mức thường tính lại từ đây (15/06/2024)" in said
    assert page.get_by_test_id("stPlotlyChart").first.locator(".shapelayer path").count() >= 2
