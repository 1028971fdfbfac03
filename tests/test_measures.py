"""A new measure needs one row in measure.csv, a new list one row in dossier_list.csv; the SQL is generated."""

from __future__ import annotations

import csv
import random
import re
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from ingest.publish import publish
from ingest.reading.look import Reading
from ingest.store import build
from ingest.store.expand import written_out
from tests.browser import ROOT
from tests.test_check import write
from tests.test_store import ask

UNITS = ("23059", "23092")
PROCEDURE = "1.001193"
MONTHS = [date(2024, month, 1) for month in range(1, 7)]
NEWEST = datetime(2024, 7, 10, 8)
# Every way of counting and summing for a new measure; carried and cell depend on others.
ADDED = [
    (
        "postal_fee",
        "received",
        "count(*) FILTER (WHERE owes_fee AND channel = 'postal')",
        "",
        "flow",
        "fee_required channel",
    ),
    ("resolved_postal", "resolved", "count(*) FILTER (WHERE channel = 'postal')", "", "flow", "channel"),
    ("resolved_allowed", "resolved", "coalesce(exact_sum(statutory_days / 4), 0)", "DOUBLE", "flow", ""),
    ("open_postal", "open", "count(*) FILTER (WHERE channel = 'postal')", "", "last", ""),
    ("carried_postal", "carried", "open_postal", "", "first", ""),
    ("postal_moved", "cell", "coalesce(postal_fee, 0) + coalesce(resolved_postal, 0)", "", "flow", ""),
]
LIST = ("postal_fee", "Có phí, gửi qua bưu chính", "online", "", "is_received AND owes_fee AND channel = 'postal'")
INDICATOR = ("T99", "postal_fee", "fee_due")


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def append(path: Path, *rows: tuple[str, ...]) -> None:
    """Write rows at the end of a CSV file."""
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


@pytest.fixture
def scratch(tmp_path, monkeypatch) -> Path:
    """A copy of the build scripts, used instead of the program's."""
    folder = shutil.copytree(build.STATEMENTS, tmp_path / "build")
    monkeypatch.setattr(build, "STATEMENTS", folder)
    return folder


def dossiers() -> list[dict[str, str]]:
    """Some hundred dossiers of half a year, some with a fee, some open; the last one sets the date of the data."""
    luck, rows = random.Random(7), []
    for number in range(300):
        received = datetime(2024, 1, 2, 8) + timedelta(days=luck.randrange(175)) if number < 299 else NEWEST
        ended = received + timedelta(days=luck.randint(1, 45))
        rows.append(
            {
                "dossier_code": f"D{number:04}",
                "unit_code": luck.choice(UNITS),
                "procedure_code": PROCEDURE,
                "channel": luck.choice(("direct", "online", "postal")),
                "state": "returned" if ended < NEWEST else "processing",
                "received_at": received.isoformat(sep=" "),
                "due_at": (received + timedelta(days=20)).isoformat(sep=" "),
                "processed_at": ended.isoformat(sep=" ") if ended < NEWEST else "",
                "fee_required": luck.choice(("true", "false")),
            }
        )
    return rows


def expected(rows: list[dict[str, str]], first: date, after: date) -> dict[str, float]:
    """The added measures from the first day to the day before `after`, counted one by one."""
    [allowed] = [
        float(row["statutory_days"])
        for row in rows_of(ROOT / "data" / "reference" / "procedure.csv")
        if row["procedure_code"] == PROCEDURE
    ]
    count = dict.fromkeys((name for name, *_ in ADDED), 0)
    for row in rows:
        received = date.fromisoformat(row["received_at"][:10])
        ended = date.fromisoformat(row["processed_at"][:10]) if row["processed_at"] else date.max
        is_postal = row["channel"] == "postal"
        count["postal_fee"] += first <= received < after and is_postal and row["fee_required"] == "true"
        count["resolved_postal"] += first <= ended < after and is_postal
        count["resolved_allowed"] += (first <= ended < after) * allowed / 4
        count["open_postal"] += received < after <= ended and is_postal
        count["carried_postal"] += received < first <= ended and is_postal
    if first == MONTHS[0]:
        count["carried_postal"] = None  # the file tells nothing of the day before
    return count | {"postal_moved": count["postal_fee"] + count["resolved_postal"]}


def alike(figures: dict[str, float | None]) -> tuple:
    """The same figures, fractions approximately."""
    return tuple(None if one is None else pytest.approx(one) for one in figures.values())


def test_a_row_makes_a_measure_with_its_list_and_its_indicator(scratch, tmp_path):
    """The measure is right in each month and quarter; only the data files were written."""
    rows = dossiers()
    append(scratch / "measure.csv", *ADDED)
    append(scratch / "dossier_list.csv", LIST)
    append(scratch / "computed_indicator.csv", INDICATOR)
    [model] = [row for row in rows_of(ROOT / "data" / "reference" / "indicator.csv") if row["indicator_code"] == "T17"]
    store = tmp_path / "store"
    publish(
        [
            write(tmp_path / "indicator.csv", [model | {"indicator_code": "T99", "name": "Chỉ tiêu thử"}]),
            write(tmp_path / "dossiers.csv", rows),
        ],
        store=store,
        # The files have everything: nothing older is open.
        reading=Reading(covers={"older": "all"}),
    )

    names = ", ".join(f"sum({name})" for name, *_ in ADDED)
    for unit in UNITS:
        mine = [row for row in rows if row["unit_code"] == unit]
        for month in MONTHS:
            whole = f"calendar = 'solar' AND cut = 'full' AND month = {month.year * 12 + month.month - 1}"
            [got] = ask(store, f"SELECT {names} FROM service_month WHERE {whole} AND unit_code = '{unit}'")
            after = date(2024, month.month + 1, 1)
            assert got == alike(expected(mine, month, after)), (unit, month)
        for quarter, first, after in (("2024-Q1", MONTHS[0], MONTHS[3]), ("2024-Q2", MONTHS[3], date(2024, 7, 1))):
            whole = f"calendar = 'solar' AND cut = 'full' AND period_code = '{quarter}' AND unit_code = '{unit}'"
            [got] = ask(store, f"SELECT {names} FROM service_period WHERE {whole}")
            said = expected(mine, first, after)
            assert got == alike(said) and min(got[:4]) > 0, (unit, quarter)

            share = f"SELECT numerator, denominator FROM progress WHERE {whole} AND indicator_code = 'T99'"
            due = sum(
                row["fee_required"] == "true" and first <= date.fromisoformat(row["received_at"][:10]) < after
                for row in mine
            )
            assert ask(store, share) == [(said["postal_fee"], due)]
            cells = f"SELECT sum(dossiers) FROM subset_count('solar', '{quarter}', 'postal_fee')"
            listed = f"FROM listed_dossier(DATE '{first}', DATE '{after - timedelta(1)}', 'postal_fee')"
            assert ask(store, f"{cells} WHERE unit_code = '{unit}'") == [(said["postal_fee"],)]
            codes = ask(store, f"SELECT count(*) {listed} WHERE unit_code = '{unit}'")
            assert codes == [(said["postal_fee"],)]
    assert ask(store, "SELECT title, group_code FROM dossier_subset WHERE subset_code = 'postal_fee'") == [LIST[1:3]]


def test_a_snapshot_depends_on_the_rows(scratch):
    """The way a measure is counted is part of the recipe of a snapshot; its description is not."""
    before = build.recipe()
    path = scratch / "measure.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Open and late\n", "Open, and late\n"), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text and build.recipe() == before
    path.write_text(text.replace("count(*) FILTER (WHERE reused)", "count(*) FILTER (WHERE NOT reused)"))
    assert build.recipe() != before
    path.write_text(text, encoding="utf-8")
    append(scratch / "dossier_list.csv", LIST)
    assert build.recipe() != before


@pytest.mark.parametrize(
    ("row", "line", "error"),
    [
        (("x", "recieved", "count(*)", "", "flow", ""), "", ValueError),
        (("x", "received", "count(*)", "", "monthly", ""), "", ValueError),
        ((), "    {{recieved: [sql] AS [measure]}}", ValueError),
        ((), "    {{received: [sql] AS [mesure]}}", KeyError),
    ],
)
def test_a_word_that_means_nothing_is_refused(scratch, row, line, error):
    script = scratch / "99.sql"
    script.write_text(f"SELECT\n{line or '    {{received: [sql]}}'}\nFROM dossier;", encoding="utf-8")
    if row:
        append(scratch / "measure.csv", row)
    with pytest.raises(error):
        written_out(script, scratch)


def test_no_other_column_has_the_name_of_a_measure():
    """No column of the indicator sums has the name of a measure: it would hide the measure."""
    text = (build.STATEMENTS / "home" / "20_progress.sql").read_text(encoding="utf-8").partition("code AS (")[0]
    named = set(re.findall(r" AS (\w+)", text))
    assert "[measure]" in text
    assert named & {row["measure"] for row in rows_of(build.STATEMENTS / "measure.csv")} == set()


def test_a_line_is_written_out_for_every_row_in_the_order_of_the_file(scratch):
    script = scratch / "99.sql"
    (scratch / "measure.csv").write_text(
        "measure,counted,sql,type,over_months,needs,says\n"
        "b,received,count(*),,flow,,\na,received,sum(x),DOUBLE,last,,\nc,received,count(y),,,,\nd,open,1,,first,,\n"
    )
    script.write_text(
        "-- {{kept: [sum]}}\n  {{kept: [over_months] [type]}},\n  {{received: [sql]}}\n{{open: WHEN [sum]}}"
    )
    assert written_out(script, scratch).splitlines() == [
        "-- {{kept: [sum]}}",
        "  sum(b) BIGINT,",
        "  exact_sum(CASE WHEN is_last THEN a ELSE 0 END) DOUBLE,",
        "  sum(CASE WHEN is_first THEN d ELSE 0 END) BIGINT,",
        "  count(*),",
        "  sum(x),",
        "  count(y)",
        "WHEN sum(d)",
    ]


def test_every_measure_and_list_says_what_it_is():
    measures, lists = (rows_of(build.STATEMENTS / f"{name}.csv") for name in ("measure", "dossier_list"))
    assert len({row["measure"] for row in measures}) == len(measures) > 50
    assert len({row["subset_code"] for row in lists}) == len({row["title"] for row in lists}) == len(lists) > 40
    assert all(row["says"] for row in measures) and all(row["title"] and row["dossiers"] for row in lists)
    assert not any(
        "{{" in line
        for path in build.statements()
        for line in build.text_of(path).splitlines()
        if not line.startswith("--")
    )
