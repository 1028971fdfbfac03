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

FIRST, LAST = date(2023, 3, 1), date(2024, 12, 31)
UNITS = ("23059", "23062", "23065", "23068", "23071", "23074", "23077", "23080")
PROCEDURES = ("1.001193", "1.004884", "2.000908", "2.001019", "1.001731", "1.001612")


def same(connection: duckdb.DuckDBPyConnection) -> risk.Risk:
    """Compare the three tables with plain Python."""
    plain = risk.Risk(connection)
    told = {row.pop("dossier_code"): row for row in risk.rows(connection, "SELECT * FROM late_risk")}
    expected = plain.told()
    assert told.keys() == expected.keys()
    for code, row in told.items():
        assert {name: row[name] for name in expected[code]} == pytest.approx(expected[code], abs=1.1e-6), code
    tenths = risk.rows(connection, "SELECT tenth, dossiers, different, late, chance, miss FROM late_risk_tenth")
    assert len(tenths) == len(plain.tenths())
    for row, other in zip(tenths, plain.tenths(), strict=True):
        assert row == pytest.approx(other, abs=1e-6)
    [trial] = risk.rows(connection, "SELECT * FROM late_risk_trial")
    summary = plain.summary()
    assert {name: trial[name] for name in summary} == pytest.approx(summary, abs=1e-6)
    return plain


@pytest.mark.slow
def test_the_demo_equals_plain_python(snapshot):
    plain = same(snapshot)
    assert len(plain.trial) > 20_000 and any(row["holder_tier"] for row in plain.told().values())


def test_a_district_of_few_months_says_so(here):
    path = here.store / "snapshots" / f"{queries.snapshots.pointed_id(here.store)}.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
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
    return tmp_path / "store" / "snapshots" / f"{queries.snapshots.pointed_id(tmp_path / 'store')}.duckdb"


@pytest.mark.parametrize(
    ("cause", "verdict"),
    [(by_unit_and_procedure, "good"), (by_chance, "no_better"), (suddenly, "off")],
    ids=["by unit and procedure", "by chance", "suddenly"],
)
def test_an_office_gets_the_list_only_if_it_helps(tmp_path, cause, verdict):
    with duckdb.connect(str(published(tmp_path, cause, 4)), read_only=True) as connection:
        summary = same(connection).summary()
    assert summary["verdict"] == verdict, summary
