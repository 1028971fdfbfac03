"""Dossiers likely to be late: chances, trial and verdict against plain Python, in the demo and in simulated offices."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

import queries
from ingest.publish import publish
from tests import risk, small
from tests.process import rows
from tests.test_store import database

FIRST, LAST = date(2023, 3, 1), date(2024, 12, 31)
UNITS = ("23059", "23062", "23065", "23068", "23071", "23074", "23077", "23080")
PROCEDURES = ("1.001193", "1.004884", "2.000908", "2.001019", "1.001731", "1.001612")


def same(connection: duckdb.DuckDBPyConnection) -> risk.Risk:
    """Compare the three tables with plain Python."""
    plain = risk.Risk(connection)
    told = {row.pop("dossier_code"): row for row in rows(connection, "SELECT * FROM late_risk")}
    expected = plain.told()
    assert told.keys() == expected.keys()
    for code, row in told.items():
        assert {name: row[name] for name in expected[code]} == pytest.approx(expected[code], abs=1.1e-6), code
    tenths = rows(connection, "SELECT tenth, dossiers, different, late, chance, miss FROM late_risk_tenth")
    assert len(tenths) == len(plain.tenths())
    for row, other in zip(tenths, plain.tenths(), strict=True):
        assert row == pytest.approx(other, abs=1e-6)
    [trial] = rows(connection, "SELECT * FROM late_risk_trial")
    summary = plain.summary()
    assert {name: trial[name] for name in summary} == pytest.approx(summary, abs=1e-6)
    return plain


@pytest.mark.slow
def test_the_demo_equals_plain_python(snapshot):
    plain = same(snapshot)
    assert len(plain.trial) > 20_000 and any(row["holder_tier"] for row in plain.told().values())


def test_a_district_of_few_months_says_so(here):
    with duckdb.connect(str(database(here.store)), read_only=True) as connection:
        assert same(connection).summary()["verdict"] == "short"
    assert queries.load("late_risk_trial").iloc[0]["verdict"] == "short"


# --------------------------------------------------------------------------- simulated offices


def by_unit_and_procedure(unit: str, procedure: str, received: date) -> float:
    """Some units are late with some procedures, and with nothing else."""
    return 0.75 if (UNITS.index(unit) + PROCEDURES.index(procedure)) % 5 == 0 else 0.06


def by_chance(unit: str, procedure: str, received: date) -> float:
    """Every dossier is as likely to be late as every other."""
    return 0.2


def suddenly(unit: str, procedure: str, received: date) -> float:
    """Since September, everything of half the units is late."""
    return 0.8 if received >= date(2024, 9, 1) and UNITS.index(unit) % 2 else 0.08


def improving(unit: str, procedure: str, received: date) -> float:
    """What was almost always late is so no longer; only the highest chances are wrong."""
    if by_unit_and_procedure(unit, procedure, received) < 0.5:
        return 0.05
    return 0.9 if received < date(2024, 10, 1) else 0.35


def office(cause, seed: int) -> list[dict[str, str]]:
    """The dossiers of eight communes in 22 months; `cause` gives the chance of each of being late."""
    luck, found = random.Random(seed), []
    for back in range((LAST - FIRST).days + 1):
        received = FIRST + timedelta(days=back)
        if received.weekday() > 4:
            continue
        for unit in UNITS:
            for number in range(luck.choice((0, 1, 1, 2))):
                procedure = luck.choice(PROCEDURES)
                allowed = luck.choice((7, 14, 21))
                late = luck.random() < cause(unit, procedure, received)
                ended = received + timedelta(days=allowed + luck.randint(1, 20) if late else luck.randint(0, allowed))
                is_done = ended <= LAST
                due = received + timedelta(days=allowed)
                found.append(
                    {
                        "dossier_code": f"{unit}.{received:%y%m%d}.{number}",
                        "unit_code": unit,
                        "procedure_code": procedure,
                        "channel": luck.choice(("direct", "online")),
                        "state": "returned" if is_done else "processing",
                        "received_at": f"{received} 08:00:00",
                        "due_at": f"{due} 17:00:00",
                        "processed_at": f"{ended} 10:00:00" if is_done else "",
                    }
                )
    return found


def published(tmp_path: Path, cause, seed: int) -> Path:
    """The newest snapshot of the store of such an office."""
    publish([small.write(tmp_path / "dossier.csv", office(cause, seed))], store=tmp_path / "store")
    return database(tmp_path / "store")


@pytest.mark.parametrize(
    ("cause", "seed", "verdict"),
    [(by_unit_and_procedure, 4, "good"), (by_chance, 7, "no_better"), (suddenly, 4, "off"), (improving, 4, "off")],
    ids=["by unit and procedure", "by chance", "suddenly", "improving"],
)
def test_an_office_gets_the_list_only_if_it_helps(tmp_path, cause, seed, verdict):
    with duckdb.connect(str(published(tmp_path, cause, seed)), read_only=True) as connection:
        summary = same(connection).summary()
    assert summary["verdict"] == verdict, summary


def as_told(rows: list[dict[str, str]], day: date) -> list[dict[str, str]]:
    """The dossiers as an export of that day has them: later ones are not there, later ends not known."""
    found = []
    for row in rows:
        if row["received_at"][:10] <= day.isoformat():
            open_then = row["processed_at"][:10] > day.isoformat()
            found.append(row | ({"state": "processing", "processed_at": ""} if open_then else {}))
    return found


def test_what_an_office_has_not_told_is_neither_late_nor_in_time(tmp_path):
    """A unit silent for two weeks, open dossiers that the newest file does not name."""
    cases = office(by_unit_and_procedure, 9)
    silent = UNITS[0]
    first = as_told(cases, date(2024, 12, 13))
    second = [
        row
        for number, row in enumerate(as_told(cases, LAST))
        if row["unit_code"] != silent and (row["processed_at"] or number % 2 or row["received_at"] > "2024-12-14")
    ]
    for name, told in (("first", first), ("second", second)):
        publish([small.write(tmp_path / f"{name}.csv", told)], store=tmp_path / "store")
    with duckdb.connect(str(database(tmp_path / "store")), read_only=True) as connection:
        plain = same(connection)
        told = plain.told()
        assert told and not [code for code in told if code.startswith(silent)]
        unclear = [
            row
            for row in plain.dossiers
            if not row["ended_on"]
            and row["told_on"] < plain.known[row["unit_code"]]["known_to"]
            and row["unit_code"] != silent
        ]
        assert unclear and not told.keys() & {row["dossier_code"] for row in unclear}


def test_each_district_has_a_trial_of_its_own(tmp_path):
    """What is right for one district and wrong for another is shown to the first alone."""
    cases = office(by_unit_and_procedure, 4)
    for number, row in enumerate(
        office(lambda unit, procedure, received: 0.7 if received >= date(2024, 9, 1) else 0.05, 5)
    ):
        cases.append(row | {"unit_code": "593", "dossier_code": f"593.{number}"})
    publish([small.write(tmp_path / "dossier.csv", cases)], store=tmp_path / "store")
    with duckdb.connect(str(database(tmp_path / "store")), read_only=True) as connection:
        found = {row["home_code"]: row for row in rows(connection, "SELECT * FROM late_risk_trial")}
        tenths = rows(connection, "SELECT home_code, sum(dossiers) AS dossiers FROM late_risk_tenth GROUP BY home_code")
    counts = {home: row["dossiers"] for home, row in found.items()}
    assert counts == {row["home_code"]: row["dossiers"] for row in tenths}
    # A district without units below it has no view of its own; its dossiers are the province's.
    assert counts.keys() == {"60", "597"} and counts["60"] > counts["597"] > 1000
    assert (found["60"]["verdict"], found["597"]["verdict"]) == ("off", "good")
