"""Flows, stocks and values since January: hand-worked cases, and random reports compared with plain Python."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from ingest.publish import publish
from ingest.reading.look import Reading, look
from tests import oracle, small
from tests.browser import ROOT
from tests.test_check import sound
from tests.test_store import database

UNIT, OTHER = "23059", "23062"
FLOW, QUARTERLY, STOCK = "C04", "C05", "S03"
REFERENCE = ROOT / "data" / "reference"


def report(period: str, numerator: float | str = "", denominator: float | str = "", **more: str) -> dict[str, str]:
    """A reported value of the flow, of the first unit."""
    row = {"unit_code": UNIT, "period": period, "indicator_code": FLOW, "value": ""}
    return row | {"numerator": str(numerator), "denominator": str(denominator)} | more


class Case(NamedTuple):
    """What was reported, and what is known of a period: numerator, denominator, months known and all of them."""

    why: str
    told: list[dict[str, str]]
    period: str
    says: tuple | None


MONTHS = [report(f"2024-{month:02}", month, 20) for month in range(1, 13)]
CASES = [
    Case("a month is its own report", MONTHS, "2024-05", (5, 20, 1, 1)),
    Case("a quarter adds its months", MONTHS, "2024-Q2", (15, 60, 3, 3)),
    Case("a year adds its months, it is not December", MONTHS, "2024", (78, 240, 12, 12)),
    Case("two of three months are no quarter", MONTHS[:5], "2024-Q2", (9, 40, 2, 3)),
    Case("its own report of the quarter counts", [*MONTHS, report("2024-Q2", 16, 61)], "2024-Q2", (16, 61, 3, 3)),
    Case("and in the half year that contains it", [*MONTHS, report("2024-Q2", 16, 61)], "2024-H1", (22, 121, 6, 6)),
    Case("a half year and two quarters", [report("2024-H1", 10, 20), report("2024-Q3", 3, 9), report("2024-Q4", 4, 8)],
         "2024", (17, 37, 12, 12)),
    Case("a quarter says nothing of a month in it", [report("2024-Q1", 9, 10)], "2024-02", None),
    Case("nor of its last month", [report("2024-Q1", 9, 10)], "2024-03", None),
    Case("a month between two values since January", [report("2024-C08", 80, 90), report("2024-C09", 99, 110)],
         "2024-09", (19, 20, 1, 1)),
    Case("a value since January says nothing of its last month", [report("2024-C09", 99, 110)], "2024-09", None),
    Case("a half year is a value since January", [report("2024-H1", 50, 60), report("2024-C07", 58, 70)], "2024-07", (8, 10, 1, 1)),
    Case("a quarter between two values since January", [report("2024-H1", 50, 60), report("2024-C09", 99, 110)],
         "2024-Q3", (49, 50, 3, 3)),
    Case("the first quarter is a value since January", [report("2024-C03", 9, 10)], "2024-Q1", (9, 10, 3, 3)),
    Case("values since January are not added", [report("2024-C08", 80, 90), report("2024-C09", 99, 110)], "2024", (99, 110, 9, 12)),
    Case("nine months, and the three that follow", [report("2024-C09", 99, 110), *MONTHS[9:]], "2024", (132, 170, 12, 12)),
    Case("of nine months by months", [report("2024-C09", 99, 110, unit_code=OTHER), *MONTHS], "2024-C09", (45, 180, 9, 9)),
    Case("a value since January that falls tells of no month", [report("2024-C08", 80, 90), report("2024-C09", 79, 91)],
         "2024-09", None),
    Case("the months that are known, where it falls", [*MONTHS[:2], report("2024-C02", 9, 10), report("2024-C03", 4, 12)],
         "2024-03", None),
    Case("nothing happened: known, and no value", [report("2024-01", 0, 0)], "2024-01", (0, 0, 1, 1)),
    Case("nothing happened in two months", [report("2024-01", 0, 0), report("2024-02", 0, 0), report("2024-03", 2, 4)],
         "2024-Q1", (2, 4, 3, 3)),
    Case("a rate alone is that of its own period", [report("2024-Q1", value="75")], "2024-Q1", (None, None, 3, 3)),
    Case("rates cannot be added", [report(f"2024-0{month}", value="75") for month in (1, 2, 3)], "2024-Q1", None),
    Case("a rate is no month of the sum", [*MONTHS[:2], report("2024-03", value="75")], "2024-Q1", (3, 40, 2, 3)),
    Case("a quarterly one is expected when the quarter is over", [report("2024-Q1", 9, 10, indicator_code=QUARTERLY)], "2024-H1",
         (9, 10, 3, 6)),
    Case("the newest stock counts", [report("2024-04", 5, 9, indicator_code=STOCK), report("2024-05", 6, 9, indicator_code=STOCK)],
         "2024-Q2", (6, 9, None, None)),
]  # fmt: skip


def known(store: Path, *units: str) -> dict[tuple[str, str, str], tuple]:
    """Numerator, denominator, value, months known, all months and whole, by unit, period and indicator."""
    asked = """SELECT unit_code, period_code, indicator_code, numerator, denominator, value, known_months, all_months, is_whole
        FROM progress WHERE calendar = 'solar' AND cut = 'full' AND indicator_code NOT LIKE 'T%'"""
    with duckdb.connect(str(database(store)), read_only=True) as snapshot:
        return {row[:3]: row[3:] for row in snapshot.execute(asked).fetchall() if not units or row[0] in units}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What is known of each case: each is a commune of its own, fifteen in a store."""
    units = sorted(
        row["unit_code"]
        for row in oracle.rows(REFERENCE / "unit.csv")
        if row["kind"] == "commune" and row["parent_code"] == "597" and row["valid_to"]
    )
    # The district's own score of the year makes its end the date of the data.
    year = report("2024", value="80", unit_code="597", indicator_code="C01")
    found = {}
    for first in range(0, len(CASES), 15):
        folder, cases = tmp_path_factory.mktemp("flows"), list(zip(CASES[first : first + 15], units[2:], strict=False))
        rows = [
            row | {"unit_code": unit if row["unit_code"] == UNIT else OTHER}
            for case, unit in cases
            for row in case.told
        ]
        publish([small.write(folder / "reports.csv", [*rows, year])], store=folder / "store")
        told = known(folder / "store")
        found |= {case.why: told[unit, case.period, case.told[0]["indicator_code"]] for case, unit in cases}
    return found


@pytest.mark.parametrize("case", CASES, ids=[case.why for case in CASES])
def test_case(case, answers):
    """What is known of a period, worked by hand."""
    numerator, denominator, value, *months, whole = answers[case.why]
    if case.says is None:
        assert (numerator, denominator, value) == (None, None, None)
        return
    assert (numerator, denominator, *months) == case.says
    if denominator:
        assert value == pytest.approx(100 * numerator / denominator)
    elif denominator == 0:
        assert value is None
    assert whole == (months[0] is None or 100 * months[0] >= 90 * months[1])


def test_a_district_that_reports_a_month_hides_nobody(tmp_path):
    """The communes tell of the whole year, the district of January: the year is theirs, January the district's."""
    communes = {
        row["unit_code"]
        for row in oracle.rows(REFERENCE / "unit.csv")
        if row["parent_code"] == "597" and row["kind"] == "commune"
    }
    rows = [report(f"2024-{month:02}", 9, 10, unit_code=unit) for unit in communes for month in range(1, 13)]
    publish(
        [small.write(tmp_path / "reports.csv", [*rows, report("2024-01", 5, 10, unit_code="597")])],
        store=tmp_path / "store",
    )
    told = known(tmp_path / "store", "597")
    count = len(communes)
    assert told["597", "2024", FLOW][:2] == (9 * 12 * count, 10 * 12 * count) and told["597", "2024", FLOW][-1]
    assert told["597", "2024-01", FLOW][:2] == (5, 10) and told["597", "2024-02", FLOW][:2] == (9 * count, 10 * count)


def test_months_that_are_not_over_are_not_missing(tmp_path):
    """In May the first quarter, and the months to April, are all there can be of the half year."""
    rows = [report(f"2024-{month:02}", month, 20) for month in range(1, 5)] + [
        report("2024-Q1", 9, 10, indicator_code=QUARTERLY)
    ]
    covers = {"from_on": "2024-05-01", "to_on": "2024-05-20", "as_of": "2024-05-20", "older": "all"}
    dossier = sound("dossier") | {"received_at": "2024-05-20 08:00:00", "due_at": "2024-05-27", "state": "processing"}
    dossier |= dict.fromkeys(("intake_recorded_at", "processed_at", "returned_at", "status_updated_at"), "")
    dossiers = look(small.write(tmp_path / "dossiers.csv", [dossier]), Reading(covers=covers))
    publish([small.write(tmp_path / "reports.csv", rows), dossiers], store=tmp_path / "store")
    told = known(tmp_path / "store", UNIT)
    assert told[UNIT, "2024-H1", FLOW] == (10, 80, 12.5, 4, 4, True)
    assert told[UNIT, "2024-H1", QUARTERLY] == (9, 10, 90, 3, 3, True)


def some_reports(luck: random.Random, years: tuple[int, int]) -> Iterable[dict[str, str]]:
    """Reports of two years, by units that report each in their own way; some contradict each other.

    In 2025 two of the codes are those of successors from July on.
    """
    spans = [f"{year}-{month:02}" for year in years for month in range(1, 13)]
    spans += [f"{year}-Q{number}" for year in years for number in range(1, 5)]
    spans += [f"{year}-{part}" for year in years for part in ("H1", "H2")] + [str(year) for year in years]
    spans += [f"{year}-C{month:02}" for year in years for month in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11)]
    for unit, code in product((UNIT, OTHER, "23065", "597"), (FLOW, QUARTERLY, "S02", "S11", STOCK)):
        often = luck.choice((0.1, 0.3, 0.6, 0.9)) if unit != "597" else luck.choice((0, 0.1, 0.3))
        wanted = luck.choice((spans, spans[:24], spans[:24] + spans[38:], spans[24:]))
        for period in wanted:
            if luck.random() < often:
                first, last = oracle.months(period)
                below = luck.randint(0, 9) * (last - first + 1)
                above = luck.randint(0, below)
                row = report(period, above, below, unit_code=unit, indicator_code=code)
                if luck.random() < 0.1:
                    row |= {"value": "50", "numerator": "", "denominator": ""}
                yield row


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_random_reports(seed, tmp_path):
    """Every unit, indicator and period, the district's sums included, against plain Python."""
    years = (2023, 2024) if seed % 2 else (2024, 2025)
    rows = list(some_reports(random.Random(seed), years))
    rows += [report(str(years[1]), value="80", unit_code="597", indicator_code="C01")]
    (tmp_path / "files").mkdir()
    publish([small.write(tmp_path / "files" / "reports.csv", rows)], store=tmp_path / "store")
    data = oracle.read(tmp_path / "files", REFERENCE)
    seen = 0
    units = (UNIT, OTHER, "23065", "597", "23059@2025", "23065@2025", "22933")
    for (unit, period, code), found in known(tmp_path / "store", *units).items():
        span = oracle.as_period("solar", period)
        numerator, denominator, value = oracle.indicator(data, unit, "solar", span, code)
        extent = oracle.extent(data, unit, "solar", span, code)
        whole = extent.whole
        assert found == (
            pytest.approx(numerator), pytest.approx(denominator), pytest.approx(value), extent.known_months, extent.all_months, whole,
        ), (unit, period, code)  # fmt: skip
        seen += value is not None
    assert seen > 300


def test_a_year_stays_what_it_was_when_the_next_january_is_told(tmp_path):
    """The base of a new year, nothing since January, is not the newest value of the year before."""
    dossiers = [
        sound("dossier", number) | {"unit_code": UNIT, "received_at": f"{day} 08:00:00", "due_at": day, "state": "processing"}
        | dict.fromkeys(("intake_recorded_at", "processed_at", "returned_at", "status_updated_at"), "")
        for number, day in enumerate(("2023-01-03", "2024-02-27"), start=1)
    ]  # fmt: skip
    told = [report(f"2023-{month:02}", month, 20) for month in range(1, 13)]
    told += [report("2024-01", 1, 20), report("2024-C02", 3, 40)]
    publish([small.write(tmp_path / "dossier.csv", dossiers)], store=tmp_path / "store")
    publish([small.write(tmp_path / "kpi.csv", told)], store=tmp_path / "store")
    with duckdb.connect(str(database(tmp_path / "store")), read_only=True) as connection:
        found = connection.execute(
            """SELECT period_code, numerator, denominator FROM progress
            WHERE calendar = 'solar' AND unit_code = ? AND indicator_code = ? AND cut = 'full' AND value IS NOT NULL""",
            [UNIT, FLOW],
        ).fetchall()
    said = {period: (numerator, denominator) for period, numerator, denominator in found}
    wanted = {
        "2023": (78, 240),
        "2023-H2": (57, 120),
        "2023-Q4": (33, 60),
        "2023-12": (12, 20),
        "2024-01": (1, 20),
        "2024-02": (2, 20),
        "2024": (3, 40),
    }
    assert {period: said.get(period) for period in wanted} == wanted


def test_amounts_of_billions_are_summed(tmp_path):
    """Money in đồng: the sum of a district has more digits than most counts."""
    told = [report("2024-03", 999_999_999_999_999, 999_999_999_999_999, unit_code=unit) for unit in (UNIT, OTHER)]
    publish([small.write(tmp_path / "kpi.csv", told)], store=tmp_path / "store")
    found = known(tmp_path / "store", UNIT, "597")
    assert found[UNIT, "2024-03", FLOW][:3] == (999_999_999_999_999, 999_999_999_999_999, 100)
    assert found["597", "2024-03", FLOW][:3] == (1_999_999_999_999_998, 1_999_999_999_999_998, 100)
