"""The store: uploads can be withdrawn, and readers always see whole snapshots."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from access import audit
from ingest import Busy, Rejected, UnknownUpload
from ingest.durable import UNNAMED
from ingest.publish import publish, rebuild, restore, withdraw
from ingest.reading.look import Reading
from ingest.store import archive
from ingest.store.build import BrokenIdentity
from ingest.store.fault import StoreFault
from ingest.store.verify import verify
from queries.snapshot import ROOT, NoSnapshot, NothingWhole, pointed_id, reader, snapshot_ids
from tests import small
from tests.test_check import sound, stand, write
from words.period import kinds, offered


def database(store: Path) -> Path:
    """The database named by the store's pointer."""
    return store / "snapshots" / f"{pointed_id(store)}.duckdb"


def ask(store: Path, sql: str) -> list[tuple]:
    """The rows of a query on the newest snapshot."""
    with duckdb.connect(str(database(store)), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def table_names(path: Path) -> list[str]:
    """The tables of a database."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return [
            name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
        ]


def differing(one: Path, other: Path, names: list[str] | None = None) -> list[str]:
    """The tables with different rows in the two databases."""
    names = names or table_names(one)
    with duckdb.connect() as connection:
        for alias, path in (("one", one), ("other", other)):
            connection.execute(f"ATTACH '{path}' AS {alias} (READ_ONLY)")
        both_ways = "SELECT count(*) FROM ((FROM one.{0} EXCEPT ALL FROM other.{0}) UNION ALL (FROM other.{0} EXCEPT ALL FROM one.{0}))"
        return [name for name in names if connection.execute(both_ways.format(name)).fetchone()[0]]


def small_files(folder: Path) -> list[Path]:
    """A few rows of every uploaded table."""
    late = {"processed_at": "2024-03-20 10:00:00", "returned_at": "2024-03-20 10:00:00", "apology_at": "2024-03-08"}
    waiting = {"state": "supplement_requested", "supplement_requested_at": "2024-03-05", "processed_at": ""}
    dossiers = [
        sound("dossier", 1, procedure_code="1.003003"),  # a three-tier dossier
        sound("dossier", 2, **late),
        sound("dossier", 3, unit_code="597-MC", channel="online"),
        sound("dossier", 4, unit_code="597-DD", **waiting, returned_at="", status_updated_at=""),
    ]
    values = [sound("kpi_value", month, unit_code=unit) for month in (1, 2, 3) for unit in ("23059", "23062")]
    scores = [sound("index_score", year, district_code=code) for year in (2, 3, 4) for code in ("597", "593")]
    return [
        write(folder / "dossiers.csv", dossiers),
        write(folder / "steps.csv", [sound("dossier_step", 1), sound("dossier_step", 2, tier="district")]),
        write(folder / "values.csv", values),
        write(folder / "scores.csv", scores),
        write(folder / "reports.csv", [sound("service_report", 1), sound("service_report", 2)]),
        write(folder / "initiatives.csv", [sound("initiative", 1), sound("initiative", 2)]),
    ]


def of_small_files(folder: Path) -> None:
    """Make files/ and store/ with the small files."""
    (folder / "files").mkdir()
    publish(small_files(folder / "files"), store=folder / "store")


def with_one_more(store: Path) -> Callable[[Path], None]:
    """Make store/, a copy with one more dossier: two snapshots."""
    return lambda folder: take(shutil.copytree(store, folder / "store"), "dossier", sound("dossier", 9))


def quickly(fill: Callable[[Path], object]) -> Callable[[Path], None]:
    """Make the same, built as by the fixture `quick`."""

    def filled(folder: Path) -> None:
        with small.quickly_built(folder):
            fill(folder)

    return filled


@pytest.fixture(scope="session")
def small_store(shared) -> Path:
    """A store with the small files. Read only."""
    return shared("small_store", of_small_files) / "store"


@pytest.fixture(scope="session")
def twice_store(shared, small_store) -> Path:
    """The small store and one more dossier: two snapshots. Read only."""
    return shared("twice_store", with_one_more(small_store)) / "store"


@pytest.fixture(scope="session")
def quick_store(shared) -> Path:
    """The small store, quickly built. Read only."""
    return shared("quick_store", quickly(of_small_files)) / "store"


@pytest.fixture(scope="session")
def quick_twice_store(shared, quick_store) -> Path:
    """The quickly built store and one more dossier: two snapshots. Read only."""
    return shared("quick_twice_store", quickly(with_one_more(quick_store))) / "store"


@pytest.fixture
def store(request, tmp_path) -> Path:
    """A copy of the small store that the test may change; with `quick`, of the one that was built so."""
    made = request.getfixturevalue("quick_store" if "quick" in request.fixturenames else "small_store")
    return shutil.copytree(made, tmp_path / "store")


@pytest.fixture
def twice(request, tmp_path) -> Path:
    """A copy of the store with two snapshots that the test may change; with `quick`, of the one that was built so."""
    made = request.getfixturevalue("quick_twice_store" if "quick" in request.fixturenames else "twice_store")
    return shutil.copytree(made, tmp_path / "store")


def take(store: Path, table: str, *rows: dict[str, str]) -> dict:
    """Publish rows of one table; returns the upload's entry."""
    path = write(store.parent / f"{table}-{len(list((store / 'uploads').glob('*')))}.csv", rows)
    return publish([path], store=store).uploads[0]


def manifest(store: Path) -> dict:
    """The newest manifest."""
    return archive.newest_manifest(store)


def states(store: Path) -> dict[str, str]:
    """The state of each upload, by its file's name."""
    return {upload["file"]: upload["state"] for upload in manifest(store)["uploads"]}


def test_large_files_wait_for_their_turn_on_the_disk(small_store, tmp_path, monkeypatch):
    """Files whose cells are kept on disk give the same snapshot, and leave nothing behind."""
    monkeypatch.setattr("ingest.publish._LARGE", 0)
    (tmp_path / "files").mkdir()
    publish(small_files(tmp_path / "files"), store=tmp_path / "store")
    assert differing(database(small_store), database(tmp_path / "store")) == []
    assert not [path for path in (tmp_path / "store").rglob("*") if path.name.startswith(UNNAMED)]


# ------------------------------------------------------------------------- taking back


def test_small_store_holds_what_was_given(store):
    """One row of every kind has reached the tables used by pages."""
    counts = {name: ask(store, f"SELECT count(*) FROM {name}")[0][0] for name in table_names(database(store))}
    assert {name: counts[name] for name in ("dossier", "dossier_step", "index_score", "initiative")} == {
        "dossier": 4,
        "dossier_step": 2,
        "index_score": 6,
        "initiative": 2,
    }
    # No word is taught unless somebody teaches it, no row was refused, no file had only what changed; twelve months are not known.
    assert {name for name, count in counts.items() if not count} == {
        "goal_backtest",
        "portal_score",
        "event",
        "equipment",
        "essential_service",
        "community_team",
        "product",
        "process_split",
        "late_risk",
        "late_risk_tenth",
        "goal_projection",
        "process_month",
        "process_peer",
        "process_phase",
        "alias",
        "awaited_row",
        "broken_identity",
        "refused_upload",
        "thin_upload",
        "unchanged_dossier",
    }
    assert set(states(store).values()) == {"live"}


@pytest.mark.parametrize("position", [0, 2, 3])
def test_withdraw_and_restore(store, tmp_path, position):
    """Withdrawing and restoring any file leaves every row of every table unchanged."""
    first = shutil.copy(database(store), tmp_path / "first.duckdb")
    upload = manifest(store)["uploads"][position]
    withdraw(upload["id"], store=store)
    assert {"dossier": "dossier", "kpi_value": "progress"}.get(upload["table"], upload["table"]) in differing(
        first, database(store)
    )
    assert manifest(store)["uploads"][position] | {"state": "live"} == upload | {"rows_in_force": 0}
    restore(upload["id"], store=store)
    assert differing(first, database(store)) == []
    assert manifest(store)["uploads"][position] == upload


def test_publish_and_withdraw(store, tmp_path):
    """Publishing and withdrawing a file leaves every row unchanged."""
    first = shutil.copy(database(store), tmp_path / "first.duckdb")
    upload = take(store, "dossier", sound("dossier", 1, unit_code="23062"), sound("dossier", 9))
    assert "dossier" in differing(first, database(store))
    withdraw(upload["id"], store=store)
    assert differing(first, database(store)) == []


def test_rebuild_changes_nothing(store, tmp_path):
    """The archive contains everything needed for the snapshot."""
    first = shutil.copy(database(store), tmp_path / "first.duckdb")
    before = manifest(store)
    assert rebuild(store=store).snapshot_id == "s000002"
    assert differing(first, database(store)) == []
    assert manifest(store)["uploads"] == before["uploads"]


@pytest.mark.slow
def test_withdraw_and_restore_the_simulated_district(own_light_store, tmp_path):
    """A year of dossiers taken back and given again: every indicator and every month as before."""
    first = shutil.copy(database(own_light_store), tmp_path / "first.duckdb")
    (upload,) = (u for u in manifest(own_light_store)["uploads"] if u["file"] == "ho-so-2024.csv")
    withdraw(upload["id"], store=own_light_store)
    assert differing(first, database(own_light_store), ["progress", "service_month"]) == ["progress", "service_month"]
    restore(upload["id"], store=own_light_store)
    assert differing(first, database(own_light_store), ["progress", "service_month"]) == []


def test_later_row_replaces_earlier(store, quick):
    """The newest file's row wins; after its withdrawal, the previous file's row is in force again."""
    where = "SELECT unit_code FROM dossier WHERE dossier_code = 'H11.16.01-240304-0001'"
    second = take(store, "dossier", sound("dossier", 1, unit_code="23062"))
    third = take(store, "dossier", sound("dossier", 1, unit_code="23065"))
    assert ask(store, where) == [("23065",)]
    assert states(store)[second["file"]] == "superseded"
    assert manifest(store)["uploads"][0]["rows_in_force"] == 3
    withdraw(third["id"], store=store)
    assert ask(store, where) == [("23062",)]
    assert states(store)[second["file"]] == "live"
    withdraw(second["id"], store=store)
    assert ask(store, where) == [("23059",)]
    # Restored in the other order, each upload keeps its old position.
    restore(third["id"], store=store)
    restore(second["id"], store=store)
    assert ask(store, where) == [("23065",)]


def test_later_row_wins_whole(store, quick):
    """A later row replaces the earlier one completely, including its empty values.

    Its day is stated: a row without something that had happened looks older than the one with it.
    """
    code = "'H11.16.01-240304-0002'"
    assert ask(store, f"SELECT apology_at IS NOT NULL FROM dossier WHERE dossier_code = {code}") == [(True,)]
    corrected = write(store.parent / "corrected.csv", [sound("dossier", 2)])
    publish([corrected], store=store, reading=Reading(covers={"as_of": "2024-12-31"}))
    assert ask(store, f"SELECT apology_at IS NOT NULL FROM dossier WHERE dossier_code = {code}") == [(False,)]


def test_uploaded_reference_row_replaces_the_shipped_one(store):
    """An uploaded target takes precedence over the shipped one."""
    target = "SELECT target FROM indicator_target WHERE indicator_code = 'S01' AND year = 2024 AND scope = 'commune'"
    shipped = ask(store, target)
    row = {"indicator_code": "S01", "year": "2024", "scope": "commune", "target": "12.5", "source": "x"}
    upload = take(store, "indicator_target", row | {"status": "confirmed"})
    assert ask(store, target) == [(12.5,)]
    withdraw(upload["id"], store=store)
    assert ask(store, target) == shipped


def test_withdrawn_file_is_restored_not_published(store, tmp_path, quick):
    """For the same bytes the message names the restore command."""
    upload = manifest(store)["uploads"][2]
    withdraw(upload["id"], store=store)
    before = stand(store)
    files = small_files(tmp_path)
    with pytest.raises(Rejected) as rejected:
        publish([files[2]], store=store)
    (problem,) = rejected.value.problems
    assert (problem.rule, problem.line) == ("known_file", 0)
    assert upload["id"] in problem.reason and "restore" in problem.hint
    assert stand(store) == before


def test_unknown_upload(store, quick):
    """An unknown id, or one already in the wanted state, is reported and nothing changes."""
    upload = manifest(store)["uploads"][0]["id"]
    before = stand(store)
    for act, wanted in ((withdraw, "u999999-00000000"), (restore, "u999999-00000000"), (restore, upload)):
        with pytest.raises(UnknownUpload, match=wanted):
            act(wanted, store=store)
    assert stand(store) == before


# ---------------------------------------------------------------------- little to show


def test_empty_store(tmp_path):
    """A missing or empty folder has no snapshot."""
    for store in (tmp_path / "none", tmp_path):
        with pytest.raises(NoSnapshot):
            reader(store)
        assert pointed_id(store) is None and snapshot_ids(store) == []


def test_values_since_january(tmp_path, monkeypatch):
    """Values of nine months are shown for these nine months and for no other period; nothing else is shown there."""
    # Of a stock; flows have tests of their own (test_flows).
    stock = {"indicator_code": "S03"}
    months = [sound("kpi_value", month, value=str(month), **stock) for month in range(1, 10)]
    spans = [{"period": "2024-C09", "value": "99"}, {"period": "9 tháng đầu năm 2023", "value": "88"}]
    spans = [span | stock for span in spans]
    other = sound("kpi_value", 9, unit_code="23062", value="7", **stock)
    store, since = tmp_path / "store", [sound("kpi_value", 1, **span) for span in spans]
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    publish([write(tmp_path / "months.csv", [*months, other])], store=store)
    assert "cumulative" not in kinds()
    publish([write(tmp_path / "since.csv", since)], store=store)
    assert kinds()["cumulative"] == "Lũy kế" and offered("solar", "cumulative") == {
        "2024-C09": "Lũy kế 9 tháng năm 2024"
    }
    shown = """SELECT period_code, value FROM progress WHERE calendar = 'solar' AND cut = 'full' AND unit_code = '{}'
        AND indicator_code = 'S03' AND period_code IN ({}) ORDER BY period_code"""
    named = "'2024-C09', '2024-09', '2024-Q3', '2024-H2', '2024'"
    assert ask(store, shown.format("23059", named)) == [
        ("2024", 9.0), ("2024-09", 9.0), ("2024-C09", 99.0), ("2024-H2", 9.0), ("2024-Q3", 9.0)
    ]  # fmt: skip
    assert ask(store, shown.format("23062", "'2024-C09', '2024-Q3'")) == [("2024-C09", None), ("2024-Q3", 7.0)]
    assert ask(
        store,
        """SELECT DISTINCT period_code, title, first_month % 12, month_count, last_year_code FROM period
        WHERE kind = 'cumulative' ORDER BY ALL""",
    ) == [("2024-C09", "Lũy kế 9 tháng năm 2024", 0, 9, None)]


@pytest.mark.parametrize(
    ("table", "row", "as_of"),
    [
        ("kpi_value", sound("kpi_value", 3), "2024-03-31"),
        ("index_score", sound("index_score", 3), "2023-12-31"),
        ("portal_score", sound("portal_score", 3), "2024-03-31"),
        ("service_report", sound("service_report", 1), "2024-01-31"),
        ("initiative", sound("initiative", 1), "2024-06-15"),
        ("dossier", sound("dossier", 1), "2024-03-06"),
    ],
)
def test_one_table_alone(tmp_path, table, row, as_of):
    """A store with one row of one table works."""
    publish([write(tmp_path / "one.csv", [row])], store=tmp_path / "store")
    store = tmp_path / "store"
    assert manifest(store)["as_of"] == as_of
    shown = {"kpi_value": "progress", "index_score": "index_total"}.get(table, table)
    assert ask(store, f"SELECT count(*) > 0 FROM {shown}") == [(True,)]
    if table == "kpi_value":
        figure = (
            "SELECT value FROM progress WHERE unit_code = '23059' AND indicator_code = 'S01' AND period_code = '{}'"
        )
        assert (63.5,) in ask(store, figure.format("2024-03"))
    assert reader(store).snapshot.manifest["simulated_tables"] == []


def test_every_upload_withdrawn(tmp_path, quick):
    """With every upload withdrawn the store still opens, without figures."""
    store = tmp_path / "store"
    upload = publish([write(tmp_path / "one.csv", [sound("dossier")])], store=store).uploads[0]
    withdraw(upload["id"], store=store)
    assert reader(store).answer("SELECT count(*) AS n FROM dossier", ()).n[0] == 0


# ---------------------------------------------------------------------------- snapshots


def test_five_snapshots_and_every_upload_are_kept(store, quick):
    """After six changes the newest five snapshots and all uploads are kept; an open page can still read."""
    known = reader(store)
    for number in range(10, 16):
        take(store, "dossier", sound("dossier", number))
    assert snapshot_ids(store) == [f"s{n:06d}" for n in (7, 6, 5, 4, 3)]
    assert len(list((store / "snapshots").iterdir())) == 10
    assert {path.stem for path in (store / "uploads").iterdir()} == {u["id"] for u in manifest(store)["uploads"]}
    assert len(manifest(store)["uploads"]) == 12
    assert not known.snapshot.path.exists()
    assert known.answer("SELECT count(*) AS n FROM dossier", ()).n[0] == 4
    assert known.answer("SELECT count(*) AS n FROM index_score", ()).n[0] == 6
    assert reader(store).answer("SELECT count(*) AS n FROM dossier", ()).n[0] == 10


def spoil(store: Path, how: str) -> None:
    """Damage the newest snapshot."""
    path = database(store)
    size = path.stat().st_size
    if how == "deleted":
        path.unlink()
    elif how.startswith("cut to "):
        os.truncate(path, int(size * float(how.removeprefix("cut to "))))
    elif how == "one byte less":
        os.truncate(path, size - 1)
    elif how == "other bytes":
        path.write_bytes(b"no database" * (size // 11))
    else:
        path.with_suffix(".json").write_bytes(how.removeprefix("manifest ").encode("latin-1"))


DATABASE_HARM = ("deleted", "cut to 0", "cut to 0.1", "cut to 0.5", "cut to 0.99", "one byte less", "other bytes")
MANIFEST_HARM = ("manifest ", "manifest {", "manifest {}", "manifest []", "manifest \xff\xfe")


@pytest.mark.parametrize("how", DATABASE_HARM + MANIFEST_HARM)
def test_broken_snapshot_falls_back(twice, how, quick):
    """Readers get the previous snapshot, which names the broken one."""
    spoil(twice, how)
    known = reader(twice)
    assert (known.snapshot.id, known.snapshot.broken) == ("s000001", ("s000002",))
    assert known.answer("SELECT count(*) AS n FROM dossier", ()).n[0] == 4
    assert len(known.snapshot.uploads) == 6


@pytest.mark.parametrize("how", ["deleted", "cut to 0.5"])
def test_rebuild_mends_a_broken_database(twice, tmp_path, how, quick):
    """With a whole manifest the archive restores everything."""
    first = shutil.copy(database(twice), tmp_path / "first.duckdb")
    spoil(twice, how)
    rebuild(store=twice)
    known = reader(twice)
    assert (known.snapshot.id, known.snapshot.broken) == ("s000003", ())
    assert differing(first, database(twice)) == []


@pytest.mark.parametrize("how", MANIFEST_HARM)
def test_writer_keeps_off_a_broken_manifest(twice, how, quick):
    """With a broken newest manifest a writer does nothing, because it might remove an upload."""
    spoil(twice, how)
    before = stand(twice)
    with pytest.raises(StoreFault, match="s000002.json"):
        rebuild(store=twice)
    with pytest.raises(StoreFault, match="restore-backup"):
        take(twice, "dossier", sound("dossier", 10))
    assert stand(twice) == before


def test_two_broken_snapshots(twice, quick):
    """The newest whole snapshot is used; if there is none, there is no snapshot."""
    rebuild(store=twice)
    spoil(twice, "cut to 0.5")
    os.truncate(twice / "snapshots" / "s000002.duckdb", 1000)
    assert reader(twice).snapshot.broken == ("s000003", "s000002")
    bare = shutil.copytree(twice, twice.parent / "bare")
    (bare / "snapshots" / "s000001.duckdb").unlink()
    with pytest.raises(NoSnapshot, match="s000003"):
        reader(bare)


@pytest.mark.parametrize("text", [None, "", "\n"])
def test_lost_pointer_loses_nothing(twice, text, quick):
    """Without the pointer, readers and the next writer use the newest whole snapshot."""
    (twice / "current").unlink()
    if text is not None:
        (twice / "current").write_text(text)
    assert reader(twice).snapshot.id == "s000002"
    take(twice, "dossier", sound("dossier", 10))
    assert ask(twice, "SELECT count(*) FROM dossier") == [(6,)]
    assert len(list((twice / "uploads").iterdir())) == len(manifest(twice)["uploads"]) == 8
    assert (twice / "current").read_text() == "s000003\n"


# ------------------------------------------------------------------------------ writers

HOLD = "import sys, filelock\nwith filelock.FileLock(sys.argv[1]):\n    print('held', flush=True)\n    sys.stdin.read()"


def test_second_writer_is_told_to_wait(store, quick):
    """A second process is told to wait while another holds the lock, and works afterwards."""
    before = stand(store)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        for act in (lambda: rebuild(store=store), lambda: take(store, "dossier", sound("dossier", 9))):
            with pytest.raises(Busy):
                act()
        assert reader(store).snapshot.id == "s000001"
        holder.kill()
    assert stand(store) == before
    take(store, "dossier", sound("dossier", 9))


def test_two_writers_in_one_process(store, quick):
    """Of two pages that publish at the same time, one publishes and the other is told to wait."""
    with archive.writing(store), pytest.raises(Busy):
        rebuild(store=store)
    rebuild(store=store)


def point_at(store: Path, snapshot_id: str, name: str = "current") -> None:
    """Write the pointer by hand, or an unfinished one as left by a stopped writer."""
    (store / name).write_text(f"{snapshot_id}\n")


def test_leftovers_are_swept(store, quick):
    """The next publish removes all remains of an interrupted one; valid files stay."""
    kept = {path.name for path in (store / "uploads").iterdir()}
    (store / "uploads" / ".building-1-1.parquet").write_bytes(b"x")
    for name in (".building-1.duckdb", ".building-1.duckdb.wal", ".building-1-s000002.json", "s000002.duckdb"):
        (store / "snapshots" / name).write_bytes(b"x")
    point_at(store, "s000002", ".building-1-current")
    (store / "snapshots" / "s000000.duckdb").write_bytes(b"half of one that was being pruned")
    spilled = store / "snapshots" / ".building-1.duckdb.tmp"
    spilled.mkdir()
    (spilled / "duckdb_temp_storage-0.tmp").write_bytes(b"x")
    upload = take(store, "dossier", sound("dossier", 9))
    assert {path.name for path in (store / "uploads").iterdir()} == kept | {f"{upload['id']}.parquet"}
    assert {path.name for path in (store / "snapshots").iterdir()} == {
        f"s00000{n}.{suffix}" for n in (1, 2) for suffix in ("json", "duckdb")
    }
    assert not list(store.glob(f"{UNNAMED}*"))


@pytest.mark.parametrize("pointed", [True, False], ids=["a pointer", "no pointer"])
def test_snapshot_never_swapped_in_is_not_read(twice, pointed, quick):
    """A complete newer snapshot that was never published is not shown or kept, nor are its uploads."""
    point_at(twice, "s000002", ".building-1-current")
    arriving = manifest_of(twice, "s000002")["uploads"][-1]["id"]
    (twice / "current").unlink()
    if pointed:
        point_at(twice, "s000001")
    assert reader(twice).snapshot.id == "s000001"
    assert {upload["id"] for upload in manifest(twice)["uploads"]} == {
        upload["id"] for upload in manifest_of(twice, "s000001")["uploads"]
    }
    upload = take(twice, "dossier", sound("dossier", 9, procedure_code="1.003003"))
    assert ask(twice, "SELECT count(*) FROM dossier") == [(5,)]
    assert (reader(twice).snapshot.id, upload["order"]) == ("s000003", 8)  # the log knows of the numbers before
    assert {path.stem for path in (twice / "uploads").iterdir()} == {
        known["id"] for known in manifest(twice)["uploads"]
    }
    assert arriving not in {known["id"] for known in manifest(twice)["uploads"]}


# --------------------------------------------------------------- the pointer moved back by hand


def manifest_of(store: Path, snapshot_id: str) -> dict:
    """One manifest, independent of the pointer."""
    return json.loads((store / "snapshots" / f"{snapshot_id}.json").read_text())


def nothing_lost(store: Path, accepted: dict[str, bytes]) -> None:
    """Every accepted file is unchanged and in the newest manifest; no number was used twice."""
    uploads = manifest(store)["uploads"]
    assert {upload["id"] for upload in uploads} == set(accepted)
    assert len({upload["order"] for upload in uploads}) == len(uploads)
    assert {name: archive.upload_path(store, name).read_bytes() for name in accepted} == accepted


def files_of(store: Path) -> dict[str, bytes]:
    """The archived files by upload."""
    return {path.stem: path.read_bytes() for path in (store / "uploads").iterdir()}


ACTS = {
    "publish": lambda store: take(store, "initiative", sound("initiative", 10)),
    "rebuild": lambda store: rebuild(store=store),
    "withdraw": lambda store: withdraw(manifest(store)["uploads"][3]["id"], store=store),
}


@pytest.mark.parametrize("act", ACTS)
def test_pointer_moved_back(twice, act, quick):
    """Readers see the older snapshot; later operations continue from it and keep the rest for `restore`."""
    files, newer = files_of(twice), manifest(twice)["uploads"][-1]["id"]
    point_at(twice, "s000001")
    assert reader(twice).snapshot.id == "s000001"
    assert manifest(twice)["left_behind"] == [newer]
    ACTS[act](twice)
    assert (reader(twice).snapshot.id, reader(twice).snapshot.broken) == ("s000003", ())
    known = {upload["id"]: upload for upload in manifest(twice)["uploads"]}
    assert (known[newer]["state"], known[newer]["rows_in_force"]) == ("withdrawn", 0)
    assert "left_behind" not in manifest(twice)
    nothing_lost(twice, files | files_of(twice))
    said = [(line["event"], line.get("upload")) for line in audit.events(twice)]
    assert said.count(("withdraw", newer)) == 1
    before = ask(twice, "SELECT count(*) FROM dossier")[0][0]
    restore(newer, store=twice)
    assert ask(twice, "SELECT count(*) FROM dossier") == [(before + 1,)]
    nothing_lost(twice, files | files_of(twice))


def test_pointer_moved_back_and_the_left_upload_restored_at_once(twice, quick):
    newer = manifest(twice)["uploads"][-1]["id"]
    point_at(twice, "s000001")
    restore(newer, store=twice)
    assert ask(twice, "SELECT count(*) FROM dossier") == [(5,)]
    assert "withdraw" not in {line["event"] for line in audit.events(twice) if line.get("upload") == newer}


def test_the_same_file_again_after_the_pointer_was_moved_back(twice, quick):
    """The message says that the file is in the store, and how to restore it."""
    point_at(twice, "s000001")
    before = stand(twice)
    with pytest.raises(Rejected) as refused:
        take(twice, "dossier", sound("dossier", 9))
    assert "đã rút" in refused.value.problems[0].hint
    assert stand(twice) == before


def test_pointer_moved_back_beside_a_damaged_list(twice, quick):
    """With a damaged newer manifest no writer continues, because the owner of files is unknown; readers do."""
    spoil(twice, "manifest {")
    point_at(twice, "s000001")
    before = stand(twice)
    with pytest.raises(StoreFault, match="s000002.json"):
        take(twice, "initiative", sound("initiative", 10))
    assert stand(twice) == before
    assert reader(twice).snapshot.id == "s000001"


def test_file_that_no_list_names_is_set_aside(twice, quick):
    """It is not counted and not removed, because it may be the only copy; it never blocks a file of the same name."""
    for _ in range(2):
        (twice / "uploads" / "u000042-deadbeef.parquet").write_bytes(b"x")
        rebuild(store=twice)
    assert sorted(path.name for path in (twice / archive.SET_ASIDE).iterdir()) == [
        "u000042-deadbeef.parquet",
        "u000042-deadbeef.parquet.1",
    ]
    assert take(twice, "initiative", sound("initiative", 10))["order"] == 43
    assert any(check.what == "Tệp để riêng" and "2 tệp" in check.found for check in verify(twice))


@pytest.mark.parametrize("pointed", [True, False], ids=["a pointer", "no pointer"])
def test_every_list_is_lost(twice, pointed, quick):
    """Archived files without any manifest are damage, not an empty store."""
    for path in (twice / "snapshots").iterdir():
        path.unlink()
    if not pointed:
        (twice / "current").unlink()
    before = stand(twice)
    for act in (lambda: take(twice, "initiative", sound("initiative", 10)), lambda: rebuild(store=twice)):
        with pytest.raises(StoreFault, match="restore-backup"):
            act()
    with pytest.raises(NothingWhole):
        reader(twice)
    assert stand(twice) == before


def test_numbers_are_not_given_twice(twice, quick):
    """Numbers of removed files are not reused either, because the log contains them."""
    last = manifest(twice)["uploads"][-1]
    point_at(twice, "s000001")
    for suffix in ("json", "duckdb"):
        (twice / "snapshots" / f"s000002.{suffix}").unlink()
    archive.upload_path(twice, last["id"]).unlink()
    upload = take(twice, "initiative", sound("initiative", 10))
    assert upload["order"] == last["order"] + 1
    assert reader(twice).snapshot.id == "s000003"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_pointer_moved_about(store, seed, quick):
    """Whatever is done in whichever order, by hand and by command: every accepted file is there, under its own number."""
    draw = random.Random(seed)
    accepted, given = files_of(store), {}
    for number in range(10, 22):
        act = draw.choice(["publish", "publish", "withdraw", "rebuild", "move", "move", "stop"])
        if act == "publish":
            upload = take(store, "initiative", sound("initiative", number))
            assert upload["id"] not in accepted
            accepted[upload["id"]] = archive.upload_path(store, upload["id"]).read_bytes()
        elif act == "withdraw":
            live = [
                upload["id"]
                for upload in manifest(store)["uploads"]
                if upload["table"] == "initiative" and upload["state"] != "withdrawn"
            ]
            if live:
                withdraw(draw.choice(live), store=store)
        elif act == "rebuild":
            rebuild(store=store)
        elif act == "move":
            point_at(store, draw.choice(snapshot_ids(store)))
        else:
            (store / "snapshots" / "s000099.duckdb").write_bytes(b"x")
            point_at(store, "s000099", ".building-1-current")
        for name in snapshot_ids(store):
            made = manifest_of(store, name)["sha256"]
            assert given.setdefault(name, made) == made
        nothing_lost(store, accepted)


# ------------------------------------------------------------------------------ readers


def test_reader_is_opened_once(store, quick):
    """Requesting the snapshot again only reads the pointer and does not open the database again."""
    assert reader(store) is reader(store)
    take(store, "dossier", sound("dossier", 9))
    assert reader(store) is reader(store)


# Tables that a build makes one after the other, each with the number of dossiers.
COUNTED = """CREATE TABLE counted AS SELECT count(*) AS received FROM dossier;
CREATE TABLE shown AS SELECT received, repeat('x', 100_000) AS filler FROM counted, range(50);"""
WHOLE = """SELECT (SELECT count(*) FROM dossier) AS dossiers, (SELECT received FROM counted) AS counted,
    (SELECT max(received) FROM shown) AS received, (SELECT min(received) FROM shown) AS shown"""


@pytest.mark.slow
def test_readers_see_whole_snapshots_only(tmp_path, quick):
    """Three threads read while nine snapshots are swapped in, by publishing and taking back: each answer fits its own
    manifest, that of a snapshot pinned some swaps ago too."""
    store = tmp_path / "store"
    (quick / "20.sql").write_text(COUNTED)
    publish([write(tmp_path / "0.csv", [sound("dossier", 0)])], store=store)
    done, seen, wrong = threading.Event(), set(), []

    def read_on() -> None:
        pinned = []
        while not done.is_set():
            try:
                pinned = [*pinned, reader(store)][-40:]
                for known in (pinned[0], pinned[-1]):
                    (row,) = known.answer.__wrapped__(WHOLE, ()).itertuples(index=False)
                    live = [upload for upload in known.snapshot.uploads if upload["state"] != "withdrawn"]
                    seen.add(known.snapshot.id)
                    if set(row) != {len(live)} or known.snapshot.broken:
                        wrong.append((known.snapshot, row))
            except Exception as error:  # any error is a failure of this test
                wrong.append(error)
            done.wait(0.05)

    threads = [threading.Thread(target=read_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(1, 10):
            if number % 3:
                last = publish([write(tmp_path / f"{number}.csv", [sound("dossier", number)])], store=store)
            else:
                withdraw(last.uploads[0]["id"], store=store)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert len(seen) >= 5 and manifest(store)["sequence"] == 10


FORBIDDEN = (
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM read_text('{file}')",
    "SELECT * FROM read_blob('{file}')",
    "SELECT * FROM read_parquet('{upload}')",
    "SELECT * FROM '{file}'",
    "SELECT * FROM glob('/*')",
    "ATTACH '{other}' AS other",
    "ATTACH ':memory:' AS other",
    "COPY dossier TO '{written}'",
    "COPY (SELECT 1) TO '{written}'",
    "EXPORT DATABASE '{written}'",
    "CREATE TABLE mine AS SELECT 1",
    "INSERT INTO setting SELECT * FROM setting",
    "DELETE FROM dossier",
    "DROP TABLE dossier",
    "INSTALL httpfs",
    "LOAD '{other}'",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET TimeZone",
    "SET TimeZone = 'UTC'",
    "SELECT * FROM seen_here",
)


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_reader_is_locked_down(store, tmp_path, sql):
    """A query can read only this database, and can change nothing."""
    seen_here = reader(store).answer("SELECT 1 AS one", ())  # a local data frame is not readable as a table
    assert len(seen_here) == 1
    (tmp_path / "file.csv").write_text("a,b\n1,2\n")
    paths = {
        "file": tmp_path / "file.csv",
        "upload": next((store / "uploads").iterdir()),
        "other": tmp_path / "other.duckdb",
        "written": tmp_path / "written",
    }
    before = stand(store)
    with pytest.raises(duckdb.Error):
        reader(store).answer(sql.format(**paths), ())
    assert stand(store) == before
    assert not paths["written"].exists() and not paths["other"].exists()


def test_manifest_says_what_was_taken(store):
    """Every upload has its file, checksum, counts and time; the snapshot its date, size and version."""
    newest = json.loads((store / "snapshots" / "s000001.json").read_text(encoding="utf-8"))
    assert newest["bytes"] == database(store).stat().st_size
    assert (newest["sequence"], newest["as_of"]) == (1, "2024-03-20")
    first = newest["uploads"][0]
    assert (first["table"], first["accepted"], first["real_rows"], first["rejected"]) == ("dossier", 4, 4, 0)
    assert first["id"] == f"u000001-{first['sha256'][:8]}" and first["at"].endswith("+00:00")
    assert str(ROOT) not in json.dumps(newest)


def test_procedure_with_dossiers_is_not_withdrawn(store):
    """A withdrawal that would remove dossiers from every figure is refused, and nothing changes."""
    named = take(
        store,
        "procedure",
        {
            "procedure_code": "9.999999",
            "name": "Thủ tục thử",
            "field_code": "CIVIL",
            "level": "commune",
            "service_level": "full",
            "statutory_days": "3",
            "paper_result": "true",
            "essential": "false",
            "three_tier": "false",
        },
    )
    take(store, "dossier", sound("dossier", 30, procedure_code="9.999999"))
    before = stand(store)
    with pytest.raises(BrokenIdentity, match="1 hồ sơ"):
        withdraw(named["id"], store=store)
    assert stand(store) == before
