"""kill -9 at any moment of a publish leaves the old or the new store state, and the store stays usable."""

from __future__ import annotations

import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest

from ingest.publish import publish
from ingest.store import archive, build
from queries.snapshot import ROOT, reader
from tests.test_check import sound, write

pytestmark = pytest.mark.slow

KILLS = 20
PART = 1000
STATE = """SELECT (SELECT count(*) FROM dossier) AS dossiers,
    (SELECT numerator FROM progress WHERE calendar = 'solar' AND period_code = '2024' AND cut = 'full'
        AND unit_code = '597' AND indicator_code = 'T01') AS received"""


def state(store: Path) -> tuple[int, int, list[str]]:
    """The reader's view: number of dossiers, those received in 2024 in the district, the accepted files."""
    known = reader(store)
    assert known.snapshot.broken == ()
    ((dossiers, received),) = known.answer(STATE, ()).itertuples(index=False)
    return dossiers, received, [upload["file"] for upload in known.snapshot.uploads]


def accepted(rows: list[dict[str, str]]) -> int:
    """How many of the rows count as received."""
    return sum(bool(row["received_at"]) and row["state"] not in ("registered", "not_accepted") for row in rows)


def parts(path: Path, number: int) -> list[list[dict[str, str]]]:
    """A file's rows split into several consecutive parts."""
    with path.open(encoding="utf-8", newline="") as file:
        reading = csv.DictReader(file)
        return [list(islice(reading, PART)) for _ in range(number)]


def command(store: Path, file: Path) -> subprocess.Popen:
    """Start python -m ingest publish."""
    return subprocess.Popen(
        [sys.executable, "-m", "ingest", "publish", str(file)],
        cwd=ROOT,
        env=os.environ | {"DASHBOARD_STORE": str(store)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def tidy(store: Path) -> None:
    """The store contains only files named by the newest manifest, and its snapshot uses all of them."""
    uploads = archive.newest_manifest(store)["uploads"]
    assert {path.name for path in (store / "uploads").iterdir()} == {f"{upload['id']}.parquet" for upload in uploads}
    names = [path.name for path in (store / "snapshots").iterdir()]
    assert len(names) == 2 * len({name.partition(".")[0] for name in names}) <= 2 * archive.KEPT


@pytest.fixture
def filled(demo_files, tmp_path) -> tuple[Path, list[list[dict[str, str]]]]:
    """A store with the small tables and part of 2023 and 2024; more parts of 2024 to publish."""
    store = tmp_path / "store"
    (before,) = parts(demo_files / "ho-so-2023.csv", 1)
    first, *more = parts(demo_files / "ho-so-2024.csv", KILLS + 3)
    small = [demo_files / f"{name}.csv" for name in ("chi-tieu", "diem-chi-so", "mo-hinh-nhiem-vu")]
    publish([*small, write(tmp_path / "2023.csv", before), write(tmp_path / "2024.csv", first)], store=store)
    assert state(store)[:2] == (2 * PART, accepted(first))
    return store, more


@pytest.mark.slow
def test_killed_at_any_moment(filled, tmp_path):
    """Twenty kills, a third of them in the last tenth; after each, exactly the old or the new state."""
    store, more = filled
    files = [write(tmp_path / f"part-{number:02}.csv", rows) for number, rows in enumerate(more)]
    dossiers, received, taken = state(store)
    started = time.monotonic()
    assert command(store, files[0]).wait() == 0
    duration = time.monotonic() - started
    now = (dossiers + PART, received + accepted(more[0]), [*taken, files[0].name])
    assert state(store) == now
    number, chance, outcomes = 1, random.Random(597), []
    for kill in range(KILLS):
        after = (now[0] + PART, now[1] + accepted(more[number]), [*now[2], files[number].name])
        moment = duration * chance.uniform(0.9 if kill % 3 == 2 else 0, 1)
        with command(store, files[number]) as process:
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                process.kill()
            process.wait()
        found = state(store)
        assert found in (now, after), f"killed after {moment:.2f} of {duration:.2f} s"
        outcomes.append(process.returncode)
        if found == after:
            now, number = after, number + 1
    # If the machine was busy when the duration was measured, some publishes end before the kill.
    assert set(outcomes) <= {0, -signal.SIGKILL} and outcomes.count(-signal.SIGKILL) >= KILLS // 4
    assert command(store, files[number]).wait() == 0
    assert state(store) == (now[0] + PART, now[1] + accepted(more[number]), [*now[2], files[number].name])
    tidy(store)


STATEMENTS = """CREATE TABLE dossier AS FROM merged_dossier;
CREATE TABLE index_score AS FROM merged_index_score;
CREATE TABLE as_of_date AS SELECT DATE '2024-03-06' AS as_of;
CREATE TABLE home AS SELECT 'main' AS schema_name, '597' AS home_code;
CREATE TABLE broken_identity (identity_name VARCHAR);"""


@pytest.fixture
def quick(tmp_path, monkeypatch) -> Path:
    """A build with few tables: a hundred publishes take seconds, with all steps; returns the statements."""
    folder = tmp_path / "statements"
    folder.mkdir()
    (folder / "10.sql").write_text(STATEMENTS)
    monkeypatch.setattr(build, "STATEMENTS", folder)
    return folder


# The process kills itself before it opens for writing, flushes, renames or removes for the n-th time.
SUICIDE = """
import os, signal, sys
from pathlib import Path
store, file, left, statements = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
def step():
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
def hook(event, details):
    changes = event in ("os.rename", "os.remove") or (event == "open" and (details[2] or 0) & (os.O_WRONLY | os.O_RDWR))
    if changes and str(details[0]).startswith(store):
        step()
def flush(handle, fsync=os.fsync):
    step()
    fsync(handle)
from ingest.store import build
from ingest.publish import publish
build.STATEMENTS = Path(statements)
sys.addaudithook(hook)
os.fsync = flush
publish([Path(file)], store=Path(store))
"""


@pytest.mark.slow
def test_killed_before_each_step(tmp_path, quick):
    """Killed between any two steps, which random kills would rarely hit; the next writer cleans up."""
    full = tmp_path / "full"
    for number in range(archive.KEPT):
        publish([write(tmp_path / f"{number}.csv", [sound("dossier", number)])], store=full)
    old = [f"{number}.csv" for number in range(archive.KEPT)]
    file = write(tmp_path / "new.csv", [sound("dossier", 50)])
    seen = []
    for step in range(80):
        store = shutil.copytree(full, tmp_path / f"store-{step}")
        ended = subprocess.run(
            [sys.executable, "-c", SUICIDE, str(store), str(file), str(step), str(quick)], cwd=ROOT, capture_output=True
        )
        assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
        snapshot = reader(store).snapshot
        files = [upload["file"] for upload in snapshot.uploads]
        assert files in (old, [*old, "new.csv"]) and snapshot.broken == ()
        assert reader(store).answer("SELECT count(*) AS n FROM dossier", ()).n[0] == len(files)
        seen.append(len(files))
        publish([write(tmp_path / "next.csv", [sound("dossier", 60)])], store=store)
        assert len(reader(store).snapshot.uploads) == len(files) + 1
        tidy(store)
        shutil.rmtree(store)
        if ended.returncode == 0:
            break
    # Upload, database, manifest and pointer are each written, flushed and renamed; folders flushed; two files pruned.
    assert step >= 20 and seen == sorted(seen) and set(seen) == {archive.KEPT, archive.KEPT + 1}
