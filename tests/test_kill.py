"""kill -9 at any moment of a publish leaves the old or the new store state, and the store stays usable."""

from __future__ import annotations

import csv
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from ingest.publish import publish
from ingest.store import archive
from queries.snapshot import ROOT, reader
from tests import small
from tests.prepared import Started, start
from tests.test_check import sound, write

pytestmark = pytest.mark.slow

KILLS = 8
PART = 60
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


def command(store: Path, file: Path) -> Started | subprocess.Popen:
    """Start python -m ingest publish."""
    return start(["ingest", "publish", str(file)], ROOT, {"DASHBOARD_STORE": str(store)}, store.parent / "said.txt")


def tidy(store: Path) -> None:
    """The store contains only files named by the newest manifest, and its snapshot uses all of them."""
    uploads = archive.newest_manifest(store)["uploads"]
    assert {path.name for path in (store / "uploads").iterdir()} == {f"{upload['id']}.parquet" for upload in uploads}
    names = [path.name for path in (store / "snapshots").iterdir()]
    assert len(names) == 2 * len({name.partition(".")[0] for name in names}) <= 2 * archive.KEPT


@pytest.fixture
def filled(demo_files, tmp_path) -> tuple[Path, list[list[dict[str, str]]]]:
    """A store with part of 2024; more parts of 2024 to publish."""
    store = tmp_path / "store"
    first, *more = parts(demo_files / "ho-so-2024.csv", KILLS + 3)
    publish([write(tmp_path / "2024.csv", first)], store=store)
    assert state(store)[:2] == (PART, accepted(first))
    return store, more


def test_killed_at_any_moment(filled, tmp_path):
    """Eight kills, a third of them in the last tenth; after each, exactly the old or the new state.

    They hit what no step marks, such as the middle of a statement of DuckDB; each step has its own kill below.
    """
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
        process = command(store, files[number])
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


# One process that has imported everything forks another for each publish. That one ends itself, as by kill -9, before it
# opens for writing, flushes, renames or removes the n-th time. Only the exit status comes back.
SUICIDES = """
import os, signal, sys
from pathlib import Path
from ingest.store import build
from ingest.publish import publish
build.STATEMENTS = Path(sys.argv[1])
left = 0
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
for line in sys.stdin:
    store, file, number = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if not child:
        left = int(number)
        sys.addaudithook(hook)
        os.fsync = flush
        publish([Path(file)], store=Path(store))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def publish_until(quick) -> Iterator[Callable[[Path, Path, int], int]]:
    """publish_until(store, file, step): publish in a process that kills itself at this step; returns how it ended."""
    with subprocess.Popen(
        [sys.executable, "-c", SUICIDES, str(quick)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:

        def run(store: Path, file: Path, step: int) -> int:
            server.stdin.write(f"{store}\t{file}\t{step}\n")
            server.stdin.flush()
            return int(server.stdout.readline())

        yield run
        server.stdin.close()


def score(folder: Path, number: int, name: str = "") -> Path:
    """A file with one row of the table that is checked fastest."""
    return write(folder / f"{name or number}.csv", [sound("index_score", year=f"20{number:02}")])


@pytest.fixture(scope="session")
def full_store(shared) -> Path:
    """A store with the maximum number of snapshots, so that the next publish prunes; quickly built. Read only."""

    def fill(folder: Path) -> None:
        with small.quickly_built(folder):
            for number in range(archive.KEPT):
                publish([score(folder, number)], store=folder / "store")

    return shared("full_store", fill) / "store"


def remains(store: Path) -> set[tuple[str, int]]:
    """Every file of a store and its size; process numbers left out."""
    files = (path for path in store.rglob("*") if path.is_file())
    return {(re.sub(r"building-\d+", "building", str(path.relative_to(store))), path.stat().st_size) for path in files}


def test_killed_before_each_step(full_store, tmp_path, quick, publish_until):
    """Also between any two steps, which chance would hardly meet; the next writer cleans up.

    Flushing changes no file that another process sees: where a kill leaves the same files as the one before, the next
    writer would find the same.
    """
    old = [f"{number}.csv" for number in range(archive.KEPT)]
    file, following = score(tmp_path, 10, "new"), score(tmp_path, 12, "next")
    seen, before = [], None
    for step in range(80):
        store = shutil.copytree(full_store, tmp_path / f"store-{step}")
        ended = publish_until(store, file, step)
        assert ended in (0, -signal.SIGKILL)
        snapshot = reader(store).snapshot
        files = [upload["file"] for upload in snapshot.uploads]
        assert files in (old, [*old, "new.csv"]) and snapshot.broken == ()
        assert reader(store).answer("SELECT count(*) AS n FROM index_score", ()).n[0] == len(files)
        seen.append(len(files))
        left = remains(store)
        if left != before:
            publish([following], store=store)
            assert len(reader(store).snapshot.uploads) == len(files) + 1
            tidy(store)
        before = left
        shutil.rmtree(store)
        if ended == 0:
            break
    # Upload, database, manifest and pointer are each written, flushed and renamed; folders flushed; two files pruned.
    assert step >= 20 and seen == sorted(seen) and set(seen) == {archive.KEPT, archive.KEPT + 1}
