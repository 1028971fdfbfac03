"""Spark builds the same snapshot as DuckDB, table by table and bit for bit, from an archive with all kinds of data."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest

from ingest.__main__ import DONE, USAGE, main
from ingest.publish import publish, withdraw
from ingest.store import archive
from ingest.store.backup import backup
from ingest.store.figures import differing, figures
from ingest.store.verify import verify
from tests.test_check import sound, write
from tests.test_paths import ODD
from tests.test_store import ask, database

pytestmark = pytest.mark.slow

# Three thousand dossiers of one year contain all kinds; SPARK_DEMO=1 uses the whole demo (minutes).
SHARE, YEARS = (1, "*") if os.environ.get("SPARK_DEMO") == "1" else (30, "2024")
PART = "SELECT * FROM read_csv('{}/ho-so-{}.csv', all_varchar = true) WHERE hash(dossier_code) % {} = 0"
TARGET = {"indicator_code": "T03", "year": "2024", "scope": "commune", "target": "97", "source": "Huyện"}
TARGET |= {"status": "proposed"}


@pytest.fixture(scope="module")
def spark():
    """pyspark and Java; without them the test is skipped, or fails if REQUIRE_SPARK is 1."""
    missing = [name for name in ("pyspark", "sqlglot") if find_spec(name) is None]
    missing += ["java"] * (shutil.which("java") is None and "JAVA_HOME" not in os.environ)
    if missing and os.environ.get("REQUIRE_SPARK") == "1":
        pytest.fail(f"{', '.join(missing)} not installed (REQUIRE_SPARK=1)", pytrace=False)
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")


@pytest.fixture
def store(demo_files, tmp_path, monkeypatch) -> Path:
    """A store with all kinds of uploads.

    Rows replace rows, one upload is withdrawn, real rows retire simulated ones of every table, and a target and a holiday
    of the office replace shipped ones.
    """
    files, store = tmp_path / "files", tmp_path / ODD
    files.mkdir()
    dossiers = PART.format(demo_files, YEARS, SHARE)
    values, scores, tasks = (
        f"FROM read_csv('{demo_files}/{name}.csv', all_varchar = true)"
        for name in ("chi-tieu", "diem-chi-so", "mo-hinh-nhiem-vu")
    )
    real = "SELECT * REPLACE (NULL AS simulated)"
    for name, sql in {
        "dossiers": f"{real} FROM ({dossiers})",
        "corrected": f"""SELECT * REPLACE (NULL AS simulated, '2' AS reschedule_count, 'dissatisfied' AS rating)
            FROM ({dossiers}) LIMIT 50""",
        "wrong": f"SELECT * REPLACE (NULL AS simulated, 'direct' AS channel) FROM ({dossiers})",
        "steps": f"""{real} FROM read_csv('{demo_files}/buoc-dat-dai.csv', all_varchar = true)
            WHERE dossier_code IN (SELECT dossier_code FROM ({dossiers}))""",
        "simulated": f"{values} WHERE period < '2024'",
        "reported": f"{real} {values} WHERE period >= '2024'",
        "scores": f"{real} {scores}",
        "tasks": f"{real} {tasks}",
    }.items():
        duckdb.execute(f"COPY ({sql}) TO '{files}/{name}.csv' (HEADER)")
    publish([files / "simulated.csv", demo_files / "diem-chi-so.csv", demo_files / "mo-hinh-nhiem-vu.csv"], store=store)
    own = [
        write(files / "reports.csv", [sound("service_report", 1), sound("service_report", 2)]),
        write(files / "targets.csv", [TARGET]),
        write(files / "holidays.csv", [{"holiday_on": "2024-05-21", "name": "Nghỉ bù", "kind": "off"}]),
    ]
    taken = [files / f"{name}.csv" for name in ("dossiers", "corrected", "steps", "reported", "scores", "tasks")]
    publish([*taken, *own], store=store)
    wrong = publish([files / "wrong.csv"], store=store).uploads[0]["id"]
    withdraw(wrong, store=store)
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    return store


@pytest.mark.slow
def test_both_engines_make_the_same_snapshot(spark, store, tmp_path, monkeypatch, capfd):
    # Half of the time would be spent on compiling for long runs.
    (tmp_path / "spark-defaults.conf").write_text(
        "spark.driver.defaultJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    )
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    monkeypatch.setenv("SPARK_DRIVER_MEMORY", "1g")
    by_duckdb = figures(database(store))
    assert ask(store, "SELECT count(*) > 0, bool_or(reschedule_count = 2) FROM dossier") == [(True, True)]
    assert main(["rebuild", "--engine", "spark", "--master", "local[2]"]) == DONE, capfd.readouterr().err
    by_spark = figures(database(store))
    assert differing(by_duckdb, by_spark) == []
    assert by_spark["progress"]["rows"] > 0 and by_spark["service_report_check"]["rows"] > 0
    assert all(check.is_sound for check in verify(store))

    uploads = archive.newest_manifest(store)["uploads"]
    laid_out = {path.stem for path in (store / "lake").rglob("u*.parquet")}
    assert laid_out == {upload["id"] for upload in uploads if upload["state"] != "withdrawn" and upload["real_rows"]}
    assert sum(not upload["real_rows"] for upload in uploads) == 3  # the simulated ones, which no longer count
    assert not (store / "lake" / "_work").exists()
    assert not [name for name in backup(tmp_path / "kho.tar", store)["files"] if "lake" in name]

    before = (store / "current").read_text()
    assert main(["rebuild", "--engine", "spark", "--master", "nowhere"]) == USAGE
    said = capfd.readouterr().err
    assert "Không khởi động được Spark ở “nowhere”" in said and "Traceback" not in said
    assert (store / "current").read_text() == before and not list((store / "snapshots").glob(".building-*"))


@pytest.mark.parametrize(("lost", "said"), [("pyspark", "requirements-spark.txt"), ("java", "Cài Java 17")])
def test_what_is_missing_is_said(lost, said, tmp_path, monkeypatch, capsys):
    """One sentence and what to do, never a traceback; the store stays unchanged."""
    if lost == "pyspark":
        monkeypatch.setitem(sys.modules, "pyspark", None)
        monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    elif find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed")
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    assert main(["rebuild", "--engine", "spark"]) == USAGE
    assert said in " ".join(capsys.readouterr().err.split())
    assert not archive.newest_manifest(tmp_path / "store")["sequence"]


def test_spark_options_need_spark(capsys):
    assert main(["rebuild", "--master", "local[2]"]) == USAGE
    assert "--engine spark" in capsys.readouterr().err
