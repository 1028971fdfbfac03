"""The statements of queries/build/ mean the same to DuckDB and Spark, as far as a static check can tell.

tests/test_spark.py compares the results, because some differences appear only there.
"""

from __future__ import annotations

import re

import pytest

from ingest.schema import tables
from ingest.spark.dialect import NotPortable, steps
from ingest.store.build import statements, text_of

SCRIPTS = [text_of(path) for path in statements()]


@pytest.fixture(scope="module")
def planned():
    """Spark's steps for all scripts; a fixture, because every process would compute them during collection."""
    return steps(SCRIPTS)


def test_every_table_can_be_made_by_spark(planned):
    """All scripts are converted in order; only macros and views that no table reads stay with DuckDB."""
    said = {kind: [step.name for step in planned if step.kind == kind] for kind in ("table", "view", "drop")}
    text = "\n".join(line.partition("--")[0] for script in SCRIPTS for line in script.splitlines())
    assert len(said["table"]) == text.count("CREATE TABLE ") > 40
    assert len(said["drop"]) == text.count("DROP TABLE ")
    assert said["view"] == ["renamed_unit", "foreign_unit", "ranked_district"]
    assert {"dossier", "service_month", "progress", "broken_identity"} <= set(said["table"])


def test_no_macro_is_left_for_spark(planned):
    """No macro call is left: Spark would not know the function."""
    names = {name for script in SCRIPTS for name in re.findall(r"CREATE MACRO (\w+)\(", script)}
    assert {"exact_sum", "ordered_sum", "rounded", "waits_on", "earned_share"} <= names
    for step in planned:
        called = {name for name in names if f"{name}(" in step.query.lower()}
        assert not called, f"{step.name}: {called}"
        assert "ORDER BY ALL" not in step.query and all(name.isidentifier() for name in step.ordered_by)
    assert all(f"merged_{name}" in " ".join(step.query for step in planned) for name in tables())


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * REPLACE (1 AS unit_code) FROM dossier",
        "SELECT list_sum(list(points ORDER BY indicator_code)) FROM progress",
        "SELECT list(points) FROM progress",
        "SELECT round(score, rank_decimals) FROM unit_score",
        "SELECT due_on - received_on FROM dossier",
        "SELECT CAST(due_at AS DATE) - CAST(received_at AS DATE) FROM dossier",
        "SELECT date_diff('month', received_on, due_on) FROM dossier",
        "UNPIVOT service_report ON handled, resolved INTO NAME figure VALUE amount",
        "SELECT count(*) FILTER (WHERE is_ranked) OVER (PARTITION BY scope) FROM unit_score",
        "SELECT *, (SELECT max(minimum) FROM class_band WHERE class_band.minimum <= shared.percent) FROM shared",
        "SELECT day FROM generate_series(DATE '2000-01-01', DATE '2000-12-31', INTERVAL 1 DAY) AS series (day)",
        "SELECT dayofweek(day) FROM calendar_day",
        "SELECT isodow(day) FROM calendar_day",
        "SELECT date_trunc('month', received_on) FROM dossier",
        "SELECT median(ended_working_days) FROM dossier",
        "SELECT quantile_cont(ended_working_days, 0.9) FROM dossier",
        "SELECT * FROM progress QUALIFY row_number() OVER (PARTITION BY unit_code ORDER BY value) = 1",
        "SELECT strftime(received_on, '%Y') FROM dossier",
        "SELECT hidden(score) FROM unit_score",
    ],
)
def test_what_is_not_portable_is_found(query):
    """Each of these queries is refused in a table and in a macro."""
    macro = "CREATE MACRO hidden(x) AS round(x, 1);"
    with pytest.raises(NotPortable, match="added"):
        steps([f"{macro} CREATE TABLE added AS {query}"])


@pytest.mark.slow
def test_what_readers_alone_use_may_be_duckdbs_own(planned):
    """Macros that no table calls and views that no table reads need not be portable."""
    own = "CREATE MACRO shown(x) AS round(x, 1); CREATE VIEW listed AS SELECT median(value) FROM progress;"
    assert steps([*SCRIPTS, own]) == planned
    with pytest.raises(NotPortable):
        steps([own, "CREATE TABLE added AS SELECT * FROM listed"])
    with pytest.raises(NotPortable):
        steps(["INSERT INTO dossier SELECT * FROM other"])
