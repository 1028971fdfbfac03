"""The points of QĐ 766 as the National Public Service Portal gave them on 10 October 2026, from its numerators and denominators.

tests/fixtures/portal_766_metric.csv: 22 whole units of a province (U), and what another province showed of payment (P) and
of online services (N); score is empty where the portal showed the group's points only. portal_766_group.csv: points of
the groups, and totals. The names of the units are left out.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from contextvars import ContextVar

import pytest

import queries
from ingest.publish import publish
from tests import small
from tests.browser import ROOT
from words.columns import written
from words.definitions import definition_of_points

# The portal shows no part of this group for a unit below the province: its points are taken as given.
GIVEN = "onlineService"
CENT = 0.01 + 1e-9


def read(name: str) -> list[dict[str, str]]:
    with (ROOT / "tests" / "fixtures" / f"portal_766_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def points(snapshot) -> dict[tuple[str, str, str], float]:
    """Unit, group, component → points by the product's own rows and rule."""
    found = {}
    for row in read("metric"):
        bottom = float(row["denominator"])
        value = 100 * float(row["numerator"]) / bottom if bottom else None
        ((earned,),) = snapshot.execute(
            """SELECT maximum * component_share('up', CAST($value AS DOUBLE), CAST($bottom AS DOUBLE), full_at, NULL, maximum, decimals, when_none)
            FROM component WHERE index_code = 'service' AND component_code = $code""",
            {"value": value, "bottom": bottom, "code": row["component_code"]},
        ).fetchall()
        found[row["unit"], row["group"], row["component_code"]] = earned
    return found


def test_every_metric(points):
    """All that have points on the portal, those without anything to count among them."""
    scored = [row for row in read("metric") if row["score"]]
    wrong = [
        row
        for row in scored
        if abs(points[row["unit"], row["group"], row["component_code"]] - float(row["score"])) > CENT
    ]
    assert not wrong, wrong[:5]
    assert len(scored) == 330 and sum(float(row["denominator"]) > 0 for row in scored) == 274


def test_every_group_and_total(points):
    """Sums of the points of the metrics."""
    groups, totals = defaultdict(float), defaultdict(float)
    for (unit, group, _), earned in points.items():
        groups[unit, group] += earned
    for row in read("group"):
        key = row["unit"], row["group"]
        groups.setdefault(key, float(row["score"]))
        assert groups[key] == pytest.approx(float(row["score"]), abs=CENT), key
        totals[row["unit"]] += groups[key]
    whole = {row["unit"]: float(row["total"]) for row in read("group") if row["total"]}
    assert len(whole) == 22
    assert {unit: totals[unit] for unit in whole} == pytest.approx(whole, abs=CENT)


def test_the_points_of_what_dossiers_tell():
    """56 of 100 points come from rows of dossiers."""
    with (ROOT / "data" / "reference" / "component.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["index_code"] == "service"]
    assert sum(float(row["maximum"]) for row in rows) == 100
    told = {"2.1", "3.3", "3.6", "4.1", "4.2", "4.3", "4.4", "4.5b", "5.4"}
    assert sum(float(row["maximum"]) for row in rows if row["component_code"] in told) == 56


def test_an_edited_rule_is_followed(tmp_path, monkeypatch):
    """A component's row that an office uploads changes points, totals, levers and the rule under "Cách tính"."""
    with (ROOT / "data" / "reference" / "component.csv").open(encoding="utf-8", newline="") as file:
        shipped = next(
            row for row in csv.DictReader(file) if (row["index_code"], row["component_code"]) == ("service", "5.2")
        )
    report = {"unit_code": "23059", "period": "2024-03", "indicator_code": shipped["indicator_code"], "value": ""}
    files = [
        small.write(tmp_path / "bao-cao.csv", [report | {"numerator": "30", "denominator": "60"}]),
        small.write(
            tmp_path / "toan-huyen.csv", [report | {"unit_code": "597", "numerator": "30", "denominator": "60"}]
        ),
    ]
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))  # whatever a test before has opened
    asked = {
        "calendar": "solar",
        "kind": "month",
        "period": "2024-03",
        "before": "",
        "before_cut": "full",
        "unit": "23059",
        "index": "service",
    }

    def told() -> tuple[float, float, str, str]:
        parts = written(queries.load("components", **asked))
        own = parts[parts["component_code"] == "5.2"].iloc[0]
        total = queries.load("simulated_groups", **asked).set_index("criterion_code").loc["total", "points"]
        rule = next(line for line in definition_of_points(parts).splitlines() if line.startswith("- 5.2"))
        return own["points"], total, rule, own["source"]

    publish(files, store=tmp_path / "store")
    points, total, rule, _ = told()
    assert (points, total) == (3.0, 3.0) and "× 6 / 100\u00a0%" in rule
    edited = shipped | {"full_at": "50", "maximum": "8", "decimals": "", "source": "Văn bản của tỉnh"}
    publish([small.write(tmp_path / "thanh-phan.csv", [edited])], store=tmp_path / "store")
    points, total, rule, source = told()
    assert (points, total, source) == (8.0, 8.0, "Văn bản của tỉnh")
    assert "× 8 / 50\u00a0%" in rule and "làm tròn" not in rule
